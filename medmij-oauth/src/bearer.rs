//! The access token in a resource request, and the challenge of its refusal (RFC 6750).

use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use medmij_core::{AccessToken, HttpResponse};

/// The value of an `Authorization` header field with a token, marked as not to be shown [core.rscint.200, 2.x].
pub(crate) fn header(token: &AccessToken) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Reads the token of a request from its `Authorization` header field, the only place where it may stand
/// [core.rscint.200, 2.x].
///
/// # Errors
/// If there is none, more than one, or no bearer token in it.
pub(crate) fn token(headers: &HeaderMap) -> Result<AccessToken, BearerRefusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Err(BearerRefusal::NoToken),
        (Some(value), None) => value,
        _ => return Err(BearerRefusal::InvalidRequest),
    };
    let text = value.to_str().map_err(|_| BearerRefusal::InvalidRequest)?;
    let (scheme, token) = text.split_once(' ').ok_or(BearerRefusal::NoToken)?;
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(BearerRefusal::NoToken);
    }
    token.parse().map_err(|_| BearerRefusal::InvalidToken)
}

/// Why a resource request is refused for its token, with exactly one HTTP form (RFC 6750, section 3.1).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[must_use = "a refusal is to be sent"]
#[non_exhaustive]
pub enum BearerRefusal {
    /// The request has no token.
    #[error("the request has no token")]
    NoToken,
    /// The request is malformed.
    #[error("the request is malformed")]
    InvalidRequest,
    /// The token is unknown, expired, revoked, or of another client, all alike.
    #[error("the token is not valid")]
    InvalidToken,
    /// The token gives no right to what is asked for.
    #[error("the token gives no right to this")]
    InsufficientScope,
}

impl BearerRefusal {
    /// The response to send.
    #[must_use]
    pub fn to_response(&self) -> HttpResponse {
        let (status, challenge, issue) = match self {
            Self::NoToken => (StatusCode::UNAUTHORIZED, "Bearer realm=\"MedMij\"", "login"),
            Self::InvalidRequest => (
                StatusCode::BAD_REQUEST,
                "Bearer realm=\"MedMij\", error=\"invalid_request\"",
                "invalid",
            ),
            Self::InvalidToken => (
                StatusCode::UNAUTHORIZED,
                "Bearer realm=\"MedMij\", error=\"invalid_token\"",
                "login",
            ),
            Self::InsufficientScope => (
                StatusCode::FORBIDDEN,
                "Bearer realm=\"MedMij\", error=\"insufficient_scope\"",
                "forbidden",
            ),
        };
        let body = format!(
            "{{\"resourceType\":\"OperationOutcome\",\"issue\":[{{\"severity\":\"error\",\"code\":\"{issue}\"}}]}}"
        );
        let mut response = HttpResponse::new(body.into_bytes());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/fhir+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
