//! The URL of a request, to be kept: it names nobody and gives nobody access.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{Verdict, bsn_in_url};

/// The URL of the request to which something is the answer, without its fragment [NT-9, 2026-05]. Digits that may be a BSN are let
/// through: nobody can tell them from an id.
///
/// ```
/// use medmij_fhir_bundle::RequestUrl;
///
/// assert!("https://rs.dva.nl/fhir/Flag?_count=2".parse::<RequestUrl>().is_ok());
/// assert!("https://rs.dva.nl/fhir/Flag?patient=1".parse::<RequestUrl>().is_err());
/// ```
#[derive(Clone, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequestUrl(String);

impl RequestUrl {
    /// The URL, as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for RequestUrl {
    type Err = RequestUrlError;

    fn from_str(text: &str) -> Result<Self, RequestUrlError> {
        let text = text.split('#').next().unwrap_or_default();
        let url = Url::parse(text).map_err(|_| RequestUrlError::NoUrl)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(RequestUrlError::NoUrl);
        }
        let has_token = url
            .query_pairs()
            .any(|(name, _)| name.eq_ignore_ascii_case("access_token"));
        if has_token || !url.username().is_empty() || url.password().is_some() {
            return Err(RequestUrlError::Secret);
        }
        if bsn_in_url(text) == Verdict::Leak {
            return Err(RequestUrlError::Person);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for RequestUrl {
    type Error = RequestUrlError;

    fn try_from(text: String) -> Result<Self, RequestUrlError> {
        text.parse()
    }
}

impl From<RequestUrl> for String {
    fn from(url: RequestUrl) -> Self {
        url.0
    }
}

/// Without what it asks for.
impl fmt::Debug for RequestUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = Url::parse(&self.0);
        f.debug_tuple("RequestUrl")
            .field(
                &url.as_ref()
                    .map(|url| url.origin().ascii_serialization())
                    .unwrap_or_default(),
            )
            .finish()
    }
}

/// Why a URL is not kept.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestUrlError {
    /// It is no absolute URL of HTTP.
    #[error("no absolute URL of HTTP")]
    NoUrl,
    /// It names the patient, or the system of the BSN.
    #[error("the URL names a person")]
    Person,
    /// It holds a token, or who logs in.
    #[error("the URL holds what gives access")]
    Secret,
}
