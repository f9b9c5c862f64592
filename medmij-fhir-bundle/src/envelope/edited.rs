//! An entry that was changed: a copy, which points at its original [AF-1188].

use medmij_core::Digest;
use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::hop::Onward;
use super::{Edited, EntryEnvelope, Envelope, Form, PassedOn, Received};
use crate::{BundleError, Change, Digests, FhirVersion, Limits, open};

/// The envelope of a copy that was changed: the original stays as it was collected, and this tells which it is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EditedEntry {
    form: Form,
    original: Original,
    received: Received,
    version: FhirVersion,
    digests: Digests,
    onward: Vec<Onward>,
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
    /// It says what the original says: nothing was changed.
    #[error("nothing was changed")]
    NotEdited,
    /// It is no resource.
    #[error(transparent)]
    Resource(#[from] BundleError),
}

impl Envelope {
    /// The envelope of a copy of an entry, changed at this moment. The original and its envelope stay as they are.
    ///
    /// # Errors
    /// If there is no such entry, or nothing was changed but the layout, or what it was changed to is no resource.
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
        open::single(copy, self.version, limits)?;
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
