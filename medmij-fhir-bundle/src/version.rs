//! The versions of FHIR that MedMij's information standards use.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A version of FHIR: a property of the system role, not of the release of MedMij [resource.md 4].
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new version must be met by every rule that depends on it"
)]
pub enum FhirVersion {
    /// STU3, 3.0.x.
    Stu3,
    /// R4, 4.0.1.
    R4,
    /// R4B, 4.3.0.
    R4b,
}

impl FhirVersion {
    /// Every version, oldest first.
    pub const ALL: [Self; 3] = [Self::Stu3, Self::R4, Self::R4b];

    /// The name as the command line writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stu3 => "stu3",
            Self::R4 => "r4",
            Self::R4b => "r4b",
        }
    }

    /// The value of the media type parameter `fhirVersion`.
    #[must_use]
    pub const fn media_type_parameter(self) -> &'static str {
        match self {
            Self::Stu3 => "3.0",
            Self::R4 => "4.0",
            Self::R4b => "4.3",
        }
    }
}

impl FromStr for FhirVersion {
    type Err = UnknownFhirVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|version| version.as_str() == text)
            .ok_or(UnknownFhirVersion)
    }
}

impl fmt::Display for FhirVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A version of FHIR that is not `stu3`, `r4` or `r4b`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a version of FHIR: stu3, r4 or r4b")]
#[non_exhaustive]
pub struct UnknownFhirVersion;
