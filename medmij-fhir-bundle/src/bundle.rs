//! A Bundle as a view over its original bytes.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::text::{Span, Text};
use crate::{FhirVersion, Finding, Format, Limits};

/// A FHIR Bundle, in JSON or XML, read as a view: what is not looked at is not copied, and the bytes stay as they came.
///
/// Number literals, the order of members, escapes and unknown members are those of the original, because each entry's
/// resource is a range of its bytes. Type codes that are not known are kept as text. Whatever is well-formed and says that it is
/// a Bundle is read; what is wrong with it, [`findings`](Self::findings) tells.
///
/// ```
/// use medmij_fhir_bundle::{Bundle, FhirVersion, Limits};
///
/// let json = br#"{"resourceType": "Bundle", "type": "searchset", "total": 1,
///   "link": [{"relation": "self", "url": "https://rs.dva.nl/fhir/Observation"}],
///   "entry": [{"fullUrl": "https://rs.dva.nl/fhir/Observation/1",
///              "resource": {"resourceType": "Observation", "id": "1", "valueQuantity": {"value": 1.50}}}]}"#;
///
/// let bundle = Bundle::parse(json, FhirVersion::R4, &Limits::default())?;
/// assert_eq!((bundle.bundle_type().as_deref(), bundle.total()), (Some("searchset"), Some(1)));
/// assert_eq!(bundle.link("self").as_deref(), Some("https://rs.dva.nl/fhir/Observation"));
/// for entry in bundle.entries() {
///     let resource = entry.resource().unwrap();
///     assert_eq!((&*resource.resource_type(), resource.id().as_deref()), ("Observation", Some("1")));
///     assert!(resource.source().contains("1.50"));
/// }
/// # Ok::<(), medmij_fhir_bundle::BundleError>(())
/// ```
///
/// `Debug` of a Bundle and its parts shows places and counts only: the content is personal.
#[derive(Clone)]
pub struct Bundle<'b> {
    pub(crate) version: FhirVersion,
    pub(crate) format: Format,
    pub(crate) source: &'b str,
    pub(crate) limits: Limits,
    /// Where it begins: behind a byte order mark.
    pub(crate) begin: usize,
    /// What stands before the names of FHIR's elements, in XML.
    pub(crate) prefix: &'b str,
    pub(crate) bundle_type: Span,
    pub(crate) id: Span,
    pub(crate) total: Option<Total>,
    /// Whether it says something, if it is there.
    pub(crate) timestamp: Option<bool>,
    pub(crate) identifier: RawIdentifier,
    pub(crate) links: Vec<RawLink>,
    pub(crate) entries: Vec<RawEntry>,
    /// What does not have the form that it must have.
    pub(crate) misshapen: Vec<Finding>,
}

/// The total of a searchset or history.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Total {
    Number(u64),
    /// It is there and no total.
    Other,
}

/// The business identifier of the Bundle, as far as a rule asks.
#[derive(Clone, Copy)]
pub(crate) struct RawIdentifier {
    pub(crate) system: Span,
    pub(crate) value: Span,
}

impl RawIdentifier {
    pub(crate) const NONE: Self = Self {
        system: Span::NONE,
        value: Span::NONE,
    };
}

#[derive(Clone, Copy)]
pub(crate) struct RawLink {
    pub(crate) relation: Span,
    pub(crate) url: Span,
}

#[derive(Clone, Copy)]
pub(crate) struct RawEntry {
    pub(crate) full_url: Span,
    pub(crate) has_search: bool,
    pub(crate) search_mode: Span,
    pub(crate) resource: Option<RawResource>,
    pub(crate) request: Option<RawRequest>,
    pub(crate) response: Option<RawResponse>,
}

impl RawEntry {
    pub(crate) const EMPTY: Self = Self {
        full_url: Span::NONE,
        has_search: false,
        search_mode: Span::NONE,
        resource: None,
        request: None,
        response: None,
    };
}

#[derive(Clone, Copy)]
pub(crate) struct RawResource {
    pub(crate) resource_type: Span,
    pub(crate) id: Span,
    pub(crate) version_id: Span,
    pub(crate) has_profile: bool,
    pub(crate) bytes: RawRange,
}

#[derive(Clone, Copy)]
pub(crate) struct RawRequest {
    pub(crate) method: Span,
    pub(crate) url: Span,
    pub(crate) if_none_exist: Span,
}

#[derive(Clone, Copy)]
pub(crate) struct RawResponse {
    pub(crate) status: Span,
    pub(crate) location: Span,
    pub(crate) outcome: Option<RawRange>,
}

/// From where to where something stands in the source.
#[derive(Clone, Copy)]
pub(crate) struct RawRange {
    start: u32,
    end: u32,
}

impl RawRange {
    /// Both fit: a source is shorter than 512 MiB.
    pub(crate) fn new(start: usize, end: usize) -> Self {
        let place = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            start: place(start),
            end: place(end),
        }
    }

    pub(crate) const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The business identifier of a Bundle.
#[derive(Clone, Copy)]
pub struct Identifier<'b> {
    source: &'b str,
    raw: RawIdentifier,
}

/// A link of a Bundle: `self`, `next` and the like.
#[derive(Clone, Copy)]
pub struct Link<'b> {
    source: &'b str,
    raw: RawLink,
}

/// An entry of a Bundle.
#[derive(Clone, Copy)]
pub struct Entry<'b> {
    pub(crate) source: &'b str,
    pub(crate) raw: RawEntry,
}

/// The resource of an entry: its type, id and version, and its bytes.
#[derive(Clone, Copy)]
pub struct Resource<'b> {
    source: &'b str,
    raw: RawResource,
}

/// What an entry of a transaction, a batch or a history asks for.
#[derive(Clone, Copy)]
pub struct Request<'b> {
    source: &'b str,
    raw: RawRequest,
}

/// What became of an entry.
#[derive(Clone, Copy)]
pub struct Response<'b> {
    source: &'b str,
    raw: RawResponse,
}

fn decoded(span: Span, source: &str) -> Option<Cow<'_, str>> {
    span.text(source).map(Text::decode)
}

impl<'b> Bundle<'b> {
    /// The version of FHIR that it was read as.
    #[must_use]
    pub const fn version(&self) -> FhirVersion {
        self.version
    }

    /// The form in which it is written.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The bytes, as they came.
    #[must_use]
    pub const fn source(&self) -> &'b str {
        self.source
    }

    /// The type code, as it stands, known or not.
    #[must_use]
    pub fn bundle_type(&self) -> Option<Cow<'b, str>> {
        decoded(self.bundle_type, self.source)
    }

    /// The id of the Bundle.
    #[must_use]
    pub fn id(&self) -> Option<Cow<'b, str>> {
        decoded(self.id, self.source)
    }

    /// The business identifier, if it tells a system or a value.
    #[must_use]
    pub fn identifier(&self) -> Option<Identifier<'b>> {
        let (source, raw) = (self.source, self.identifier);
        (raw.system.is_some() || raw.value.is_some()).then_some(Identifier { source, raw })
    }

    /// The number of matches over all pages, if it is told.
    #[must_use]
    pub const fn total(&self) -> Option<u64> {
        match self.total {
            Some(Total::Number(total)) => Some(total),
            _ => None,
        }
    }

    /// The links, in order.
    #[must_use]
    pub fn links(&self) -> impl ExactSizeIterator<Item = Link<'b>> + '_ {
        let source = self.source;
        self.links.iter().map(move |raw| Link { source, raw: *raw })
    }

    /// The URL of the first link of a relation.
    #[must_use]
    pub fn link(&self, relation: &str) -> Option<Cow<'b, str>> {
        let is_it = |link: &Link<'b>| {
            link.raw
                .relation
                .text(self.source)
                .is_some_and(|found| found.is(relation))
        };
        self.links().find(is_it).map(|link| link.url())
    }

    /// The entries, in order.
    #[must_use]
    pub fn entries(&self) -> impl ExactSizeIterator<Item = Entry<'b>> + DoubleEndedIterator + '_ {
        let source = self.source;
        self.entries.iter().map(move |raw| Entry { source, raw: *raw })
    }

    /// An entry by its place, from 0.
    #[must_use]
    pub fn entry(&self, index: usize) -> Option<Entry<'b>> {
        let source = self.source;
        self.entries.get(index).map(|raw| Entry { source, raw: *raw })
    }

    pub(crate) fn type_is(&self, code: &str) -> bool {
        self.bundle_type.text(self.source).is_some_and(|found| found.is(code))
    }
}

impl<'b> Identifier<'b> {
    /// Whose identifier it is.
    #[must_use]
    pub fn system(&self) -> Option<Cow<'b, str>> {
        decoded(self.raw.system, self.source)
    }

    /// What it is.
    #[must_use]
    pub fn value(&self) -> Option<Cow<'b, str>> {
        decoded(self.raw.value, self.source)
    }
}

impl<'b> Link<'b> {
    /// What the link is to the Bundle; empty if it does not tell.
    #[must_use]
    pub fn relation(&self) -> Cow<'b, str> {
        decoded(self.raw.relation, self.source).unwrap_or_default()
    }

    /// Where it points; empty if it does not tell.
    #[must_use]
    pub fn url(&self) -> Cow<'b, str> {
        decoded(self.raw.url, self.source).unwrap_or_default()
    }
}

impl<'b> Entry<'b> {
    /// The identity of the entry's resource as a URL.
    #[must_use]
    pub fn full_url(&self) -> Option<Cow<'b, str>> {
        decoded(self.raw.full_url, self.source)
    }

    /// Why the entry is in a searchset: `match`, `include`, `outcome`.
    #[must_use]
    pub fn search_mode(&self) -> Option<Cow<'b, str>> {
        decoded(self.raw.search_mode, self.source)
    }

    /// Whether the entry is what was searched for: by its mode, or without one unless it is an OperationOutcome.
    #[must_use]
    pub fn is_match(&self) -> bool {
        self.raw.search_mode.text(self.source).map_or_else(
            || !self.resource().is_some_and(|it| it.is("OperationOutcome")),
            |mode| mode.is("match"),
        )
    }

    /// The resource.
    #[must_use]
    pub fn resource(&self) -> Option<Resource<'b>> {
        let source = self.source;
        self.raw.resource.map(|raw| Resource { source, raw })
    }

    /// What it asks for.
    #[must_use]
    pub fn request(&self) -> Option<Request<'b>> {
        let source = self.source;
        self.raw.request.map(|raw| Request { source, raw })
    }

    /// What became of it.
    #[must_use]
    pub fn response(&self) -> Option<Response<'b>> {
        let source = self.source;
        self.raw.response.map(|raw| Response { source, raw })
    }
}

impl<'b> Request<'b> {
    /// The HTTP method, as it stands; empty if it is not told.
    #[must_use]
    pub fn method(&self) -> Cow<'b, str> {
        decoded(self.raw.method, self.source).unwrap_or_default()
    }

    /// The URL, relative to the root; empty if it is not told.
    #[must_use]
    pub fn url(&self) -> Cow<'b, str> {
        decoded(self.raw.url, self.source).unwrap_or_default()
    }

    /// The search under which nothing is to be found for the resource to be created.
    #[must_use]
    pub fn if_none_exist(&self) -> Option<Cow<'b, str>> {
        decoded(self.raw.if_none_exist, self.source)
    }
}

impl<'b> Response<'b> {
    /// The status, as it stands; it should begin with a number of three digits. Empty if it is not told.
    #[must_use]
    pub fn status(&self) -> Cow<'b, str> {
        decoded(self.raw.status, self.source).unwrap_or_default()
    }

    /// Where the resource is now.
    #[must_use]
    pub fn location(&self) -> Option<Cow<'b, str>> {
        decoded(self.raw.location, self.source)
    }

    /// The OperationOutcome with it, byte for byte as it came.
    #[must_use]
    pub fn outcome(&self) -> Option<&'b str> {
        self.source.get(self.outcome_range()?)
    }

    pub(crate) fn outcome_range(&self) -> Option<Range<usize>> {
        self.raw.outcome.map(RawRange::range)
    }
}

impl<'b> Resource<'b> {
    /// Its type, as it stands; empty if it tells none.
    #[must_use]
    pub fn resource_type(&self) -> Cow<'b, str> {
        decoded(self.raw.resource_type, self.source).unwrap_or_default()
    }

    /// Whether it tells a profile.
    #[must_use]
    pub const fn has_profile(&self) -> bool {
        self.raw.has_profile
    }

    pub(crate) fn is(&self, resource_type: &str) -> bool {
        let found = self.raw.resource_type.text(self.source);
        found.is_some_and(|found| found.is(resource_type))
    }

    /// Its logical id.
    #[must_use]
    pub fn id(&self) -> Option<Cow<'b, str>> {
        decoded(self.raw.id, self.source)
    }

    /// Its version.
    #[must_use]
    pub fn version_id(&self) -> Option<Cow<'b, str>> {
        decoded(self.raw.version_id, self.source)
    }

    /// Its bytes, as they came.
    #[must_use]
    pub fn source(&self) -> &'b str {
        self.source.get(self.range()).unwrap_or_default()
    }

    /// Where it stands in [`Bundle::source`].
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.raw.bytes.range()
    }
}

impl fmt::Debug for Bundle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bundle")
            .field("version", &self.version)
            .field("format", &self.format)
            .field("links", &self.links.len())
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}

macro_rules! shows_nothing {
    ($($part:ident),+) => {
        $(impl fmt::Debug for $part<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($part)).finish_non_exhaustive()
            }
        })+
    };
}

shows_nothing!(Identifier, Link, Request, Response);

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("resource", &self.resource())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Resource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resource")
            .field("range", &self.range())
            .finish_non_exhaustive()
    }
}
