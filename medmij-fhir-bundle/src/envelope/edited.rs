//! An entry that was changed: a copy, which points at its original [AF-1188].

use medmij_core::Digest;
use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::hop::Onward;
use super::{Edited, EntryEnvelope, Envelope, Form, PassedOn, Received};
use crate::{BundleError, Change, Digests, FhirVersion, Limits, open};

/// The envelope of a copy that was changed: the original stays as it was collected, and this tells which it is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "Stored")]
pub struct EditedEntry {
    form: Form,
    original: Original,
    received: Received,
    version: FhirVersion,
    digests: Digests,
    onward: Vec<Onward>,
}

/// The same as it was stored: what does not tell of the change is refused.
#[derive(Deserialize)]
struct Stored {
    form: Form,
    original: Original,
    received: Received,
    version: FhirVersion,
    digests: Digests,
    onward: Vec<Onward>,
}

impl TryFrom<Stored> for EditedEntry {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let Stored {
            form,
            original,
            received,
            version,
            digests,
            onward,
        } = stored;
        let edited = onward.iter().rev().find_map(|onward| match onward {
            Onward::Edited(edited) => Some(edited.digest),
            Onward::PassedOn(_) => None,
        });
        if edited != Some(digests.bytes) {
            return Err("a copy that does not tell how it was changed");
        }
        Ok(Self {
            form,
            original,
            received,
            version,
            digests,
            onward,
        })
    }
}

/// What a copy is a copy of.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Original {
    /// The SHA-256 over the answer that it came in.
    pub answer: Digest,
    /// Its entry, from 0.
    pub entry: usize,
    /// What it was.
    pub digests: Digests,
}

/// Why something is no copy that was changed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// There is no such entry, or no resource in it.
    #[error("there is no such entry, or no resource in it")]
    NoEntry,
    /// It says what it said before, but for the layout and what is volatile: nothing was changed.
    #[error("nothing was changed")]
    NotEdited,
    /// It tells no type.
    #[error("a resource tells its type")]
    Type,
    /// It is no resource.
    #[error(transparent)]
    Resource(#[from] BundleError),
}

impl Envelope {
    /// The envelope of a copy of an entry, changed at this moment. The original and its envelope stay as they are.
    ///
    /// # Errors
    /// If there is no such entry, or nothing was changed but the layout and what is volatile, or what it was changed to is no resource.
    pub fn edited(
        &self,
        entry: usize,
        copy: &[u8],
        at: UtcDateTime,
        limits: &Limits,
    ) -> Result<EditedEntry, EditError> {
        let (version, kept) = self.version.zip(self.kept(entry)).ok_or(EditError::NoEntry)?;
        let digests = kept.digests;
        let original = Original {
            answer: self.digest,
            entry,
            digests,
        };
        EditedEntry {
            form: Form,
            original,
            received: self.received.clone(),
            version,
            digests,
            onward: kept.onward.clone(),
        }
        .edited(copy, at, limits)
    }
}

impl EditedEntry {
    /// The same, changed once more.
    ///
    /// # Errors
    /// As [`Envelope::edited`].
    pub fn edited(mut self, copy: &[u8], at: UtcDateTime, limits: &Limits) -> Result<Self, EditError> {
        if open::single(copy, self.version, limits)?.resource_type.is_none() {
            return Err(EditError::Type);
        }
        let digests = Digests::of(copy, limits)?;
        if self.digests.to(&digests) < Change::Content {
            return Err(EditError::NotEdited);
        }
        let digest = digests.bytes;
        self.digests = digests;
        self.onward.push(Onward::Edited(Edited { at, digest }));
        Ok(self)
    }

    /// What it is a copy of.
    #[must_use]
    pub const fn original(&self) -> &Original {
        &self.original
    }

    /// What belongs to the copy, as to any other resource.
    #[must_use]
    pub fn entry(&self) -> EntryEnvelope<'_> {
        EntryEnvelope {
            received: &self.received,
            onward: &self.onward,
            digests: &self.digests,
        }
    }

    /// Notes that it was shared.
    pub fn passed_on(&mut self, to: PassedOn) {
        self.onward.push(Onward::PassedOn(to));
    }
}
