//! Whether something is what it was: digests over bytes, and over what they say.

mod canonical;

use medmij_core::Digest;
use serde::{Deserialize, Serialize};

use crate::{Bundle, BundleError, Format, Limits, Resource, json, open, xml};
use canonical::Tree;

/// What a digest is made over, by a name that is kept with it: another version of a method is another name.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum DigestMethod {
    /// `sha256-bytes`: the bytes as they came. Nothing was changed, not even the layout.
    Bytes,
    /// `sha256-fhirc14n-1`: what the bytes say, whatever their layout: members by their names (in UTF-16 units), no white space,
    /// the escapes of RFC 8785, numbers as they are written. JSON and XML of the same content are not to be compared: XML does
    /// not tell a number from a text.
    Canonical,
    /// `sha256-fhirc14n-1-stable`: the same without what differs between two collections of the same content: `meta.versionId`
    /// and `meta.lastUpdated` of each resource, and of the Bundle `id`, `link` and `timestamp`.
    Stable,
}

impl DigestMethod {
    /// The name, to be kept with a digest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bytes => "sha256-bytes",
            Self::Canonical => "sha256-fhirc14n-1",
            Self::Stable => "sha256-fhirc14n-1-stable",
        }
    }

    /// The digest of a whole document: a Bundle or a resource, in JSON or XML.
    ///
    /// ```
    /// use medmij_fhir_bundle::{DigestMethod, Limits};
    ///
    /// let one = br#"{"resourceType": "Flag", "a": 1.50, "id": "x"}"#;
    /// let two = br#"{"id":"\u0078","a":1.50,"resourceType":"Flag"}"#;
    /// let of = |bytes, method: DigestMethod| method.digest(bytes, &Limits::default());
    /// assert_ne!(of(&one[..], DigestMethod::Bytes)?, of(&two[..], DigestMethod::Bytes)?);
    /// assert_eq!(of(&one[..], DigestMethod::Canonical)?, of(&two[..], DigestMethod::Canonical)?);
    /// let other = br#"{"resourceType": "Flag", "a": 1.5, "id": "x"}"#;
    /// assert_ne!(of(&one[..], DigestMethod::Canonical)?, of(&other[..], DigestMethod::Canonical)?);
    /// # Ok::<(), medmij_fhir_bundle::BundleError>(())
    /// ```
    ///
    /// # Errors
    /// If the bytes are over the limits, or not of their form. Over the bytes alone it never fails.
    pub fn digest(self, bytes: &[u8], limits: &Limits) -> Result<Digest, BundleError> {
        Ok(match self {
            Self::Bytes => Digest::of(bytes),
            Self::Canonical => Digest::of(&tree(bytes, limits)?.form()),
            Self::Stable => stable(&mut tree(bytes, limits)?),
        })
    }
}

fn tree<'b>(bytes: &'b [u8], limits: &Limits) -> Result<Tree<'b>, BundleError> {
    let format = Format::of(bytes);
    let source = open::text(bytes, format, limits)?;
    let (begin, depth) = (open::begin(source), limits.max_depth);
    let tree = match format {
        Format::Json => Tree::read(json::Reader::new(source, begin, depth)),
        Format::Xml => {
            let whole = xml::Reader::new(source, begin, depth).and_then(Tree::read);
            // One that was taken out of its entry has its namespace from where it was.
            whole.or_else(|error| Tree::read(xml::Reader::inside(source, begin, "", depth)).map_err(|_| error))
        }
    };
    tree.map_err(|error| BundleError::syntax(error, source, format, limits))
}

fn stable(tree: &mut Tree<'_>) -> Digest {
    tree.drop_volatile();
    Digest::of(&tree.form())
}

/// What a resource was, by every method: to be kept with what was collected [P&I 3, 1.1.2].
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Digests {
    /// By [`DigestMethod::Bytes`].
    #[serde(rename = "sha256-bytes")]
    pub bytes: Digest,
    /// By [`DigestMethod::Canonical`].
    #[serde(rename = "sha256-fhirc14n-1")]
    pub canonical: Digest,
    /// By [`DigestMethod::Stable`].
    #[serde(rename = "sha256-fhirc14n-1-stable")]
    pub stable: Digest,
}

/// What is not as it was: the least that was changed.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "one more than there are methods")]
pub enum Change {
    /// Nothing: these are the same bytes.
    None,
    /// The layout: it says the same.
    Layout,
    /// What differs between two collections of the same content: it says the same but for its version.
    Version,
    /// What it says.
    Content,
}

/// A digest, and what was changed where it is the first that is the same.
type Method = (fn(&Digests) -> Digest, Change);

/// Every digest, the most exact first.
pub(crate) const METHODS: [Method; 3] = [
    (|it| it.bytes, Change::None),
    (|it| it.canonical, Change::Layout),
    (|it| it.stable, Change::Version),
];

impl Digests {
    /// The digests of a resource.
    ///
    /// # Errors
    /// If the bytes are over the limits, or not of their form.
    pub fn of(resource: &[u8], limits: &Limits) -> Result<Self, BundleError> {
        Ok(Self::of_tree(resource, &mut tree(resource, limits)?))
    }

    fn of_tree(resource: &[u8], tree: &mut Tree<'_>) -> Self {
        Self {
            bytes: Digest::of(resource),
            canonical: Digest::of(&tree.form()),
            stable: stable(tree),
        }
    }

    /// What was changed in a resource since.
    ///
    /// ```
    /// use medmij_fhir_bundle::{Change, Digests, Limits};
    ///
    /// let limits = Limits::default();
    /// let collected = Digests::of(br#"{"resourceType":"Flag","meta":{"versionId":"1"},"id":"x"}"#, &limits)?;
    /// let since = |now: &[u8]| collected.since(now, &limits);
    /// assert_eq!(since(br#"{"resourceType":"Flag","meta":{"versionId":"1"},"id":"x"}"#)?, Change::None);
    /// assert_eq!(since(br#"{"resourceType":"Flag", "id":"x", "meta":{"versionId":"1"}}"#)?, Change::Layout);
    /// assert_eq!(since(br#"{"resourceType":"Flag","meta":{"versionId":"2"},"id":"x"}"#)?, Change::Version);
    /// assert_eq!(since(br#"{"resourceType":"Flag","meta":{"versionId":"1"},"id":"y"}"#)?, Change::Content);
    /// # Ok::<(), medmij_fhir_bundle::BundleError>(())
    /// ```
    ///
    /// # Errors
    /// If the bytes are over the limits, or not of their form.
    pub fn since(&self, resource: &[u8], limits: &Limits) -> Result<Change, BundleError> {
        // Most are as they were, and then nothing is read.
        if Digest::of(resource) == self.bytes {
            return Ok(Change::None);
        }
        Self::of(resource, limits).map(|now| self.to(&now))
    }

    pub(crate) fn to(&self, now: &Self) -> Change {
        let same = METHODS.iter().find(|(method, _)| method(now) == method(self));
        same.map_or(Change::Content, |(_, change)| *change)
    }
}

impl<'b> Bundle<'b> {
    /// The digest of the resource of an entry, by its place: to be kept at collection, and held against the same later.
    ///
    /// ```
    /// use medmij_fhir_bundle::{Bundle, DigestMethod, FhirVersion, Limits};
    ///
    /// let json = br#"{"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": {"resourceType": "Flag", "id": "1"}}]}"#;
    /// let bundle = Bundle::parse(json, FhirVersion::Stu3, &Limits::default())?;
    /// let collected = bundle.entry_digest(0, DigestMethod::Stable);
    /// let again = br#"{"resourceType": "Bundle", "type": "searchset", "entry": [
    ///   {"resource": {"resourceType": "Flag", "id": "1", "meta": {"versionId": "2"}}}]}"#;
    /// let again = Bundle::parse(again, FhirVersion::Stu3, &Limits::default())?;
    /// assert_eq!(again.entry_digest(0, DigestMethod::Stable), collected);
    /// assert_ne!(again.entry_digest(0, DigestMethod::Canonical), bundle.entry_digest(0, DigestMethod::Canonical));
    /// # Ok::<(), medmij_fhir_bundle::BundleError>(())
    /// ```
    ///
    /// `None` if there is no such entry, or no resource in it.
    #[must_use]
    pub fn entry_digest(&self, entry: usize, method: DigestMethod) -> Option<Digest> {
        self.resource_digest(self.entry(entry)?.resource()?, method)
    }

    fn resource_digest(&self, resource: Resource<'b>, method: DigestMethod) -> Option<Digest> {
        Some(match method {
            DigestMethod::Bytes => Digest::of(resource.source().as_bytes()),
            DigestMethod::Canonical => Digest::of(&self.tree(resource)?.form()),
            DigestMethod::Stable => stable(&mut self.tree(resource)?),
        })
    }

    /// What the resource of an entry is by every method; `None` if there is none. Of one with too many values only the bytes count.
    pub(crate) fn entry_digests(&self, entry: usize) -> Option<Digests> {
        let resource = self.entry(entry)?.resource()?;
        let source = resource.source().as_bytes();
        let of_bytes = || {
            let bytes = Digest::of(source);
            let (canonical, stable) = (bytes, bytes);
            Digests {
                bytes,
                canonical,
                stable,
            }
        };
        let tree = self.tree(resource);
        Some(tree.map_or_else(of_bytes, |mut tree| Digests::of_tree(source, &mut tree)))
    }

    fn tree(&self, resource: Resource<'b>) -> Option<Tree<'b>> {
        let range = resource.range();
        let (source, depth) = (self.source.get(..range.end)?, self.limits.max_depth);
        // It was read before, as a part of the whole.
        let tree = match self.format {
            Format::Json => Tree::read(json::Reader::new(source, range.start, depth)),
            Format::Xml => Tree::read(xml::Reader::inside(source, range.start, self.prefix, depth)),
        };
        tree.ok()
    }
}
