//! Sending the person's browser elsewhere.

use http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY};
use http::{HeaderValue, StatusCode};
use medmij_core::HttpResponse;

/// A redirect of the person's browser, with exactly one HTTP form.
#[derive(Clone, Eq, PartialEq)]
#[must_use = "a redirect is to be sent to the browser"]
pub struct Redirect {
    location: String,
}

impl Redirect {
    /// `uri` has no query of its own: neither endpoints nor redirect URIs may have one.
    pub(crate) fn new<'a>(uri: &str, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self {
            location: format!("{uri}?{}", crate::form::encode(parameters)),
        }
    }

    /// To a URI without parameters.
    pub(crate) fn to(uri: &str) -> Self {
        Self {
            location: uri.to_owned(),
        }
    }

    /// Where the browser is sent, with codes and state in it: never log it.
    #[must_use]
    pub fn location(&self) -> &str {
        &self.location
    }

    /// The response to the browser: 302, not stored, no referrer.
    #[must_use]
    pub fn to_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(Vec::new());
        *response.status_mut() = StatusCode::FOUND;
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        // An endpoint or redirect URI and an encoded query: visible ASCII only.
        if let Ok(mut location) = HeaderValue::try_from(&self.location) {
            location.set_sensitive(true);
            headers.insert(LOCATION, location);
        }
        response
    }
}

impl std::fmt::Debug for Redirect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let uri = self.location.split('?').next().unwrap_or_default();
        write!(f, "Redirect({uri}?..)")
    }
}
