//! What was sent, to be held against its answer.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ShareType;
use crate::{BsnReport, FhirVersion};

/// The address of an entry inside the Bundle, for other entries to refer to.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Handle(pub(super) String);

impl Handle {
    /// `urn:uuid:…`, or the address of what is put.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What was sent: to be held against what comes back, and stored until then.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Sent {
    pub(super) kind: ShareType,
    pub(super) version: FhirVersion,
    pub(super) length: usize,
    pub(super) handles: Vec<Handle>,
    pub(super) suspects: Vec<(usize, BsnReport)>,
    pub(super) untold: Vec<Handle>,
}

impl Sent {
    /// How many bytes the Bundle has.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length
    }

    /// What is suspected to hold a BSN and was sent all the same: the entries, by their places.
    #[must_use]
    pub fn suspects(&self) -> &[(usize, BsnReport)] {
        &self.suspects
    }

    /// The entries that were collected elsewhere and go without their source [P&I 1c, 1.1.2].
    #[must_use]
    pub fn untold(&self) -> &[Handle] {
        &self.untold
    }
}
