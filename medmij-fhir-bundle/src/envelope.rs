//! What belongs inseparably to what was collected [P&I 1c, 1.1.2] [P&I 3, 1.1.2] [AF-1188].

mod edited;
mod hop;
mod moment;
mod url;

use std::collections::HashMap;

use medmij_core::Digest;
use serde::{Deserialize, Serialize};

use crate::integrity::METHODS;
use crate::{Bundle, BundleError, Change, Digests, FhirVersion, Limits, open};

pub use edited::{EditError, EditedEntry, Original};
use hop::Onward;
pub use hop::{Edited, Hop, Origin, PassedOn, Received};
pub use url::{RequestUrl, RequestUrlError};

/// The envelope of an answer that was collected: how it came, what it was, and where each of its entries went since.
///
/// It goes with the bytes, wherever these are kept: it needs no store of its own, and is written with serde. It holds digests
/// and no content, and answers at any time which entries are as they were collected.
///
/// ```
/// use medmij_fhir_bundle::{Change, Envelope, FhirVersion, Limits, Origin, Received};
///
/// let answer = br#"{"resourceType": "Bundle", "type": "searchset", "entry": [
///   {"resource": {"resourceType": "Flag", "id": "1"}}, {"resource": {"resourceType": "Flag", "id": "2"}}]}"#;
/// let received = Received {
///     origin: Origin {
///         aanbieder: "ziekenhuisvoorbeeld@medmij".parse()?,
///         gegevensdienst: "48".parse()?,
///         gegevensdienstnaam: Some("Basisgegevens Zorg".parse()?),
///     },
///     request: "https://rs.dva.nl/fhir/Flag".parse()?,
///     request_id: "9e1b4e1c-2f7a-4d0e-8a5b-3c6d7e8f9a0b".parse()?,
///     at: time::UtcDateTime::UNIX_EPOCH,
///     content_type: Some("application/fhir+json; fhirVersion=3.0".to_owned()),
///     page: 0,
/// };
/// let limits = Limits::default();
/// let envelope = Envelope::new(received, answer, FhirVersion::Stu3, &limits);
/// assert!(envelope.is_of(answer));
///
/// let now = br#"{"resourceType": "Bundle", "type": "searchset", "entry": [
///   {"resource": {"resourceType": "Flag", "id": "1"}}, {"resource": {"resourceType": "Flag", "id": "2", "status": "active"}}]}"#;
/// assert_eq!(envelope.changes(now, &limits)?, [Some(Change::None), Some(Change::Content)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Envelope {
    form: Form,
    received: Received,
    /// Of what is a Bundle or a resource.
    version: Option<FhirVersion>,
    digest: Digest,
    /// Those with a resource.
    entries: Vec<Option<Kept>>,
}

/// What is kept of an entry.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Kept {
    #[serde(flatten)]
    digests: Digests,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    onward: Vec<Onward>,
}

/// The version of what is stored: another is refused.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "u32", into = "u32")]
struct Form;

impl Form {
    const VERSION: u32 = 1;
}

impl TryFrom<u32> for Form {
    type Error = &'static str;

    fn try_from(version: u32) -> Result<Self, Self::Error> {
        if version == Self::VERSION {
            Ok(Self)
        } else {
            Err("an envelope of another version")
        }
    }
}

impl From<Form> for u32 {
    fn from(_: Form) -> Self {
        Form::VERSION
    }
}

/// What belongs to one entry of an answer, or to a copy of one.
#[derive(Clone, Copy, Debug)]
pub struct EntryEnvelope<'e> {
    received: &'e Received,
    onward: &'e [Onward],
    digests: &'e Digests,
}

impl Envelope {
    /// The envelope of an answer, as it came. A Bundle has an envelope for each of its entries, a resource one for itself; what is
    /// neither, a document, or is over the limits, has none but that of the whole.
    #[must_use]
    pub fn new(received: Received, answer: &[u8], version: FhirVersion, limits: &Limits) -> Self {
        let all = digests(answer, version, limits).ok();
        let entry = |digests: Option<Digests>| {
            digests.map(|digests| Kept {
                digests,
                onward: Vec::new(),
            })
        };
        Self {
            form: Form,
            received,
            version: all.is_some().then_some(version),
            digest: Digest::of(answer),
            entries: all.unwrap_or_default().into_iter().map(entry).collect(),
        }
    }

    /// How it came.
    #[must_use]
    pub const fn received(&self) -> &Received {
        &self.received
    }

    /// The version of FHIR, if it is a Bundle or a resource.
    #[must_use]
    pub const fn version(&self) -> Option<FhirVersion> {
        self.version
    }

    /// The SHA-256 over the bytes of the answer.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Whether these are the bytes of the answer: it is unchanged since it was collected, whole.
    #[must_use]
    pub fn is_of(&self, answer: &[u8]) -> bool {
        Digest::of(answer) == self.digest
    }

    /// How many entries the answer has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What belongs to an entry, by its place; `None` if there is none, or it has no resource.
    #[must_use]
    pub fn entry(&self, entry: usize) -> Option<EntryEnvelope<'_>> {
        let kept = self.kept(entry)?;
        Some(EntryEnvelope {
            received: &self.received,
            onward: &kept.onward,
            digests: &kept.digests,
        })
    }

    fn kept(&self, entry: usize) -> Option<&Kept> {
        self.entries.get(entry)?.as_ref()
    }

    /// What was changed in the resource of each entry since it was collected, by what the answer is now. Wherever in it a resource stands
    /// now, it is unchanged; one that is not there any more is changed in content. `None` for an entry without a resource.
    ///
    /// What stands beside the resources, and what was added, only [`is_of`](Self::is_of) tells; and all of what has no entries.
    ///
    /// # Errors
    /// If it is not what it was, and no Bundle or resource any more, or over the limits.
    pub fn changes(&self, now: &[u8], limits: &Limits) -> Result<Vec<Option<Change>>, BundleError> {
        let (Some(version), false) = (self.version, self.is_of(now)) else {
            return Ok(self.all(Change::None));
        };
        let found: Vec<Digests> = digests(now, version, limits)?.into_iter().flatten().collect();
        let mut changes = self.all(Change::Content);
        let mut is_taken = vec![false; found.len()];
        // What is alike to the byte first: each entry is that of one.
        for (method, change) in METHODS {
            let mut left: HashMap<Digest, Vec<usize>> = HashMap::new();
            for (place, digests) in found.iter().enumerate().rev() {
                if is_taken.get(place) == Some(&false) {
                    left.entry(method(digests)).or_default().push(place);
                }
            }
            for (kept, now) in self.entries.iter().zip(&mut changes) {
                let Some(kept) = kept.as_ref().filter(|_| *now == Some(Change::Content)) else {
                    continue;
                };
                if let Some(place) = left.get_mut(&method(&kept.digests)).and_then(Vec::pop) {
                    *now = Some(change);
                    if let Some(is_taken) = is_taken.get_mut(place) {
                        *is_taken = true;
                    }
                }
            }
        }
        Ok(changes)
    }

    fn all(&self, change: Change) -> Vec<Option<Change>> {
        self.entries.iter().map(|kept| kept.as_ref().map(|_| change)).collect()
    }

    /// Notes that an entry was shared with another, and tells whether there is such an entry.
    pub fn passed_on(&mut self, entry: usize, to: PassedOn) -> bool {
        let kept = self.entries.get_mut(entry).and_then(Option::as_mut);
        kept.map(|kept| kept.onward.push(Onward::PassedOn(to))).is_some()
    }
}

/// What each entry of a Bundle is, or the one resource.
fn digests(bytes: &[u8], version: FhirVersion, limits: &Limits) -> Result<Vec<Option<Digests>>, BundleError> {
    let bundle = match Bundle::parse(bytes, version, limits) {
        Ok(bundle) => bundle,
        Err(error) => {
            let single = open::single(bytes, version, limits).ok();
            if single.is_none_or(|single| single.resource_type.is_none()) {
                return Err(error);
            }
            return Ok(vec![Some(Digests::of(bytes, limits)?)]);
        }
    };
    Ok((0..bundle.entries().len())
        .map(|entry| bundle.entry_digests(entry))
        .collect())
}

impl<'e> EntryEnvelope<'e> {
    /// How it came.
    #[must_use]
    pub const fn received(&self) -> &'e Received {
        self.received
    }

    /// The source and the context.
    #[must_use]
    pub const fn origin(&self) -> &'e Origin {
        &self.received.origin
    }

    /// Every step on its way, the first from its source [AF-1188].
    pub fn hops(&self) -> impl Iterator<Item = Hop<'e>> + use<'e> {
        std::iter::once(Hop::Collected(self.received)).chain(self.onward.iter().map(Onward::hop))
    }

    /// What it was.
    #[must_use]
    pub const fn digests(&self) -> &'e Digests {
        self.digests
    }
}
