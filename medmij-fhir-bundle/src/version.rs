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

/// What the versions do not have in common, as far as this crate asks.
pub(crate) struct Differences {
    /// bdl-3 and bdl-4.
    pub(crate) request_and_response: Presence,
    /// bdl-4.
    pub(crate) history_has_responses: bool,
    /// bdl-7.
    pub(crate) history_repeats_full_urls: bool,
    pub(crate) has_timestamp: bool,
    /// bdl-10.
    pub(crate) document_has_timestamp: bool,
    /// bdl-11 and bdl-12.
    pub(crate) first_is_invariant: bool,
    pub(crate) methods: &'static [&'static str],
    pub(crate) binary_content: &'static str,
    pub(crate) provenance_who: &'static str,
    pub(crate) provenance_what: &'static str,
}

/// Of a member of an entry that belongs to some types of Bundle.
#[derive(Clone, Copy)]
pub(crate) enum Presence {
    /// It may stand there.
    Allowed,
    /// It must.
    Demanded,
}

const STU3: Differences = Differences {
    request_and_response: Presence::Allowed,
    history_has_responses: false,
    history_repeats_full_urls: false,
    has_timestamp: false,
    document_has_timestamp: false,
    first_is_invariant: false,
    methods: &["GET", "POST", "PUT", "DELETE"],
    binary_content: "content",
    provenance_who: "whoReference",
    provenance_what: "whatReference",
};

const R4: Differences = Differences {
    request_and_response: Presence::Demanded,
    history_has_responses: true,
    history_repeats_full_urls: true,
    has_timestamp: true,
    document_has_timestamp: true,
    first_is_invariant: true,
    methods: &["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"],
    binary_content: "data",
    provenance_who: "who",
    provenance_what: "what",
};

impl FhirVersion {
    pub(crate) const fn differences(self) -> &'static Differences {
        match self {
            Self::Stu3 => &STU3,
            Self::R4 | Self::R4b => &R4,
        }
    }

    /// The version that a media type tells by its parameter `fhirVersion`; `None` if it tells none that is known.
    ///
    /// ```
    /// use medmij_fhir_bundle::FhirVersion;
    ///
    /// assert_eq!(FhirVersion::of_media_type("application/fhir+json; fhirVersion=4.0"), Some(FhirVersion::R4));
    /// assert_eq!(FhirVersion::of_media_type("application/fhir+json; charset=utf-8; fhirversion=\"3.0\""), Some(FhirVersion::Stu3));
    /// assert_eq!(FhirVersion::of_media_type("application/fhir+json"), None);
    /// ```
    #[must_use]
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        let mut parameters = media_type.split(';').skip(1);
        let told = parameters.find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let is_it = name.trim().eq_ignore_ascii_case("fhirVersion");
            is_it.then(|| value.trim().trim_matches('"'))
        })?;
        // With the number of the correction or without it.
        let is_it = |version: &Self| {
            let rest = told.strip_prefix(version.media_type_parameter());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        Self::ALL.into_iter().find(is_it)
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
