//! How far links are followed, and where the token goes.

use url::Url;

use super::StopReason;
use crate::{FhirVersion, Limits, bsn};

/// How far links are followed. Each request carries the person's access token, so none goes where it was not given for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PagingPolicy {
    /// The version of FHIR of the pages.
    pub version: FhirVersion,
    /// The limits of each page.
    pub limits: Limits,
    /// Other origins than that of the first request, which may have the token too: `https://host` or `https://host:port`. One that
    /// is not https must be named here as well. Default none.
    pub origins: Vec<String>,
    /// The most pages. Default 1,000.
    pub max_pages: usize,
    /// The most entries of all pages. Default 100,000.
    pub max_entries: usize,
    /// The most bytes of all pages. Default 512 MiB.
    pub max_bytes: usize,
}

impl PagingPolicy {
    /// The policy of a version, with the defaults.
    #[must_use]
    pub fn new(version: FhirVersion) -> Self {
        Self {
            version,
            limits: Limits::default(),
            origins: Vec::new(),
            max_pages: 1_000,
            max_entries: 100_000,
            max_bytes: 512 << 20,
        }
    }

    /// Whether the token may go there from the first request.
    fn allows(&self, first: &Url, next: &Url) -> bool {
        let origin = next.origin();
        let is_named = || {
            self.origins
                .iter()
                .any(|text| Url::parse(text).is_ok_and(|url| url.origin() == origin))
        };
        (next.scheme() == "https" && origin == first.origin()) || (origin.is_tuple() && is_named())
    }
}

/// Whether a request with the token may go to a URL.
pub(super) fn check(policy: &PagingPolicy, first: &Url, url: &Url, text: &str) -> Result<(), StopReason> {
    let has_user = !url.username().is_empty() || url.password().is_some();
    if !policy.allows(first, url) || has_user {
        return Err(StopReason::Foreign);
    }
    if bsn::names_system(text) || bsn::names_patient(text) {
        return Err(StopReason::NamesPerson);
    }
    Ok(())
}
