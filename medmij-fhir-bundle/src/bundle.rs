//! A Bundle as a view over its original bytes.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::FhirVersion;

/// A FHIR Bundle in JSON, read as a view: what is not looked at is not copied, and the bytes stay as they came.
///
/// Number literals, the order of members, escapes and unknown members are those of the original, because each entry's
/// resource is a range of its bytes. Type codes that are not known are kept as text.
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
/// assert_eq!((bundle.bundle_type(), bundle.total()), ("searchset", Some(1)));
/// assert_eq!(bundle.link("self"), Some("https://rs.dva.nl/fhir/Observation"));
/// let resource = bundle.entries()[0].resource().unwrap();
/// assert_eq!((resource.resource_type(), resource.id()), ("Observation", Some("1")));
/// assert!(resource.json().contains("1.50"));
/// # Ok::<(), medmij_fhir_bundle::BundleError>(())
/// ```
///
/// `Debug` of a Bundle and its parts shows places and counts only: the content is personal.
#[derive(Clone)]
pub struct Bundle<'b> {
    version: FhirVersion,
    bundle_type: Cow<'b, str>,
    id: Option<Cow<'b, str>>,
    total: Option<u64>,
    links: Vec<Link<'b>>,
    entries: Vec<Entry<'b>>,
}

/// A link of a Bundle: `self`, `next` and the like.
#[derive(Clone, Deserialize, Eq, PartialEq)]
pub struct Link<'b> {
    #[serde(borrow)]
    relation: Cow<'b, str>,
    #[serde(borrow)]
    url: Cow<'b, str>,
}

/// An entry of a Bundle.
#[derive(Clone)]
pub struct Entry<'b> {
    full_url: Option<Cow<'b, str>>,
    search_mode: Option<Cow<'b, str>>,
    resource: Option<Resource<'b>>,
}

/// The resource of an entry: its type, id and version, and its bytes.
#[derive(Clone)]
pub struct Resource<'b> {
    resource_type: Cow<'b, str>,
    id: Option<Cow<'b, str>>,
    version_id: Option<Cow<'b, str>>,
    json: &'b str,
    range: Range<usize>,
}

/// How much of a Bundle is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// The most bytes. Default 128 MiB.
    pub max_bytes: usize,
    /// The most arrays and objects inside one another. Default 512.
    pub max_depth: usize,
    /// The most entries. Default 100,000.
    pub max_entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 128 << 20,
            max_depth: 512,
            max_entries: 100_000,
        }
    }
}

/// Text that is borrowed where no escape stands in it; serde would copy a bare `Option<Cow>` always.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'b>(#[serde(borrow)] Cow<'b, str>);

#[derive(Deserialize)]
struct RawBundle<'b> {
    #[serde(borrow, rename = "resourceType")]
    resource_type: Cow<'b, str>,
    #[serde(borrow, rename = "type")]
    bundle_type: Option<Text<'b>>,
    #[serde(borrow)]
    id: Option<Text<'b>>,
    total: Option<u64>,
    #[serde(borrow, default)]
    link: Vec<Link<'b>>,
    #[serde(borrow, default)]
    entry: Vec<&'b RawValue>,
}

#[derive(Deserialize)]
struct RawEntry<'b> {
    #[serde(borrow, rename = "fullUrl")]
    full_url: Option<Text<'b>>,
    #[serde(borrow)]
    search: Option<RawSearch<'b>>,
    #[serde(borrow)]
    resource: Option<&'b RawValue>,
}

#[derive(Deserialize)]
struct RawSearch<'b> {
    #[serde(borrow)]
    mode: Option<Text<'b>>,
}

#[derive(Deserialize)]
struct RawResource<'b> {
    #[serde(borrow, rename = "resourceType")]
    resource_type: Cow<'b, str>,
    #[serde(borrow)]
    id: Option<Text<'b>>,
    #[serde(borrow)]
    meta: Option<RawMeta<'b>>,
}

#[derive(Deserialize)]
struct RawMeta<'b> {
    #[serde(borrow, rename = "versionId")]
    version_id: Option<Text<'b>>,
}

impl<'b> Bundle<'b> {
    /// Reads a Bundle in JSON.
    ///
    /// # Errors
    /// If the bytes are over the limits, no UTF-8, no JSON, no Bundle, or if a member that is read has another JSON type or
    /// occurs twice. The place is told, and nothing of the content.
    pub fn parse(bytes: &'b [u8], version: FhirVersion, limits: &Limits) -> Result<Self, BundleError> {
        if bytes.len() > limits.max_bytes {
            return Err(BundleError::TooLong {
                limit: limits.max_bytes,
            });
        }
        let text = std::str::from_utf8(bytes).map_err(|error| BundleError::Utf8 {
            at: error.valid_up_to(),
        })?;
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        if is_deeper(text, limits.max_depth) {
            return Err(BundleError::TooDeep {
                limit: limits.max_depth,
            });
        }
        let raw: RawBundle<'b> = serde_json::from_str(text).map_err(|error| BundleError::json(&error, None))?;
        if raw.resource_type != "Bundle" {
            return Err(BundleError::NotABundle);
        }
        if raw.entry.len() > limits.max_entries {
            return Err(BundleError::TooManyEntries {
                limit: limits.max_entries,
            });
        }
        let start = bytes.len() - text.len();
        let entries = raw.entry.iter().enumerate();
        let entries = entries
            .map(|(index, entry)| Entry::read(entry, text, start, index))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            version,
            bundle_type: raw.bundle_type.ok_or(BundleError::NoType)?.0,
            id: raw.id.map(|id| id.0),
            total: raw.total,
            links: raw.link,
            entries,
        })
    }

    /// The version of FHIR that it was read as.
    #[must_use]
    pub const fn version(&self) -> FhirVersion {
        self.version
    }

    /// The type code, as it stands, known or not.
    #[must_use]
    pub fn bundle_type(&self) -> &str {
        &self.bundle_type
    }

    /// The id of the Bundle.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The number of matches over all pages, if it is told.
    #[must_use]
    pub const fn total(&self) -> Option<u64> {
        self.total
    }

    /// The links.
    #[must_use]
    pub fn links(&self) -> &[Link<'b>] {
        &self.links
    }

    /// The URL of the first link of a relation.
    #[must_use]
    pub fn link(&self, relation: &str) -> Option<&str> {
        self.links.iter().find(|link| link.relation == relation).map(Link::url)
    }

    /// The entries, in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry<'b>] {
        &self.entries
    }
}

impl Link<'_> {
    /// What the link is to the Bundle.
    #[must_use]
    pub fn relation(&self) -> &str {
        &self.relation
    }

    /// Where it points.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl<'b> Entry<'b> {
    fn read(raw: &'b RawValue, text: &'b str, start: usize, index: usize) -> Result<Self, BundleError> {
        let error = |error: serde_json::Error| BundleError::json(&error, Some(index));
        let RawEntry {
            full_url,
            search,
            resource,
        } = serde_json::from_str(raw.get()).map_err(error)?;
        let resource = resource.map(|raw| {
            let json = raw.get();
            let RawResource {
                resource_type,
                id,
                meta,
            } = serde_json::from_str(json).map_err(error)?;
            // The raw value is a piece of the text, so its place is a difference of addresses.
            let at = start + (json.as_ptr().addr() - text.as_ptr().addr());
            let version_id = meta.and_then(|meta| meta.version_id).map(|version| version.0);
            Ok(Resource {
                resource_type,
                id: id.map(|id| id.0),
                version_id,
                json,
                range: at..at + json.len(),
            })
        });
        Ok(Self {
            full_url: full_url.map(|url| url.0),
            search_mode: search.and_then(|search| search.mode).map(|mode| mode.0),
            resource: resource.transpose()?,
        })
    }

    /// The identity of the entry's resource as a URL.
    #[must_use]
    pub fn full_url(&self) -> Option<&str> {
        self.full_url.as_deref()
    }

    /// Why the entry is in a searchset: `match`, `include`, `outcome`.
    #[must_use]
    pub fn search_mode(&self) -> Option<&str> {
        self.search_mode.as_deref()
    }

    /// The resource.
    #[must_use]
    pub const fn resource(&self) -> Option<&Resource<'b>> {
        self.resource.as_ref()
    }
}

impl<'b> Resource<'b> {
    /// Its type, as it stands.
    #[must_use]
    pub fn resource_type(&self) -> &str {
        &self.resource_type
    }

    /// Its logical id.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Its version.
    #[must_use]
    pub fn version_id(&self) -> Option<&str> {
        self.version_id.as_deref()
    }

    /// Its JSON, byte for byte as it came.
    #[must_use]
    pub const fn json(&self) -> &'b str {
        self.json
    }

    /// Where its JSON stands in the bytes of the Bundle.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }
}

impl fmt::Debug for Bundle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bundle")
            .field("version", &self.version)
            .field("links", &self.links.len())
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Link<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Resource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resource")
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}

/// If arrays and objects stand deeper inside one another than the limit, told without recursion and before any parsing.
fn is_deeper(json: &str, limit: usize) -> bool {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// Bytes that are no Bundle. Nothing of the content is repeated: it may be personal.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// More bytes than the limit.
    #[error("a bundle of more than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// More entries than the limit.
    #[error("a bundle of more than {limit} entries")]
    TooManyEntries {
        /// The limit.
        limit: usize,
    },
    /// Arrays and objects deeper inside one another than the limit.
    #[error("a bundle of more than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Bytes that are no UTF-8.
    #[error("no UTF-8 (byte {at})")]
    Utf8 {
        /// The first such byte.
        at: usize,
    },
    /// No JSON, or JSON in which a member has the wrong type, is missing or occurs twice.
    #[error("no bundle in JSON: {what}{} (line {line}, column {column})", .entry.map_or(String::new(), |entry| format!(" in entry {entry}")))]
    Json {
        /// What kind of error it is.
        what: &'static str,
        /// The entry it is in, from 0; the place is then relative to the entry or its resource.
        entry: Option<usize>,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// A resource of another type.
    #[error("a resource that is no Bundle")]
    NotABundle,
    /// A Bundle without a type.
    #[error("a Bundle without a type")]
    NoType,
}

impl BundleError {
    fn json(error: &serde_json::Error, entry: Option<usize>) -> Self {
        use serde_json::error::Category;
        let what = match error.classify() {
            Category::Io => "it cannot be read",
            Category::Syntax => "a syntax error",
            Category::Data => "a member is missing, repeated, or of the wrong type",
            Category::Eof => "it is cut off",
        };
        Self::Json {
            what,
            entry,
            line: error.line(),
            column: error.column(),
        }
    }
}
