//! The access token in a resource request, and the challenge of its refusal (RFC 6750).

use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
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
/// If there is none, more than one, no bearer token in it, or one in the query.
pub(crate) fn token(uri: &Uri, headers: &HeaderMap) -> Result<AccessToken, BearerRefusal> {
    let mut parameters = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    if parameters.any(|(name, _)| name == "access_token") {
        return Err(BearerRefusal::InvalidRequest);
    }
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

/// Why a resource or subscription request is refused, with exactly one HTTP form (RFC 6750, section 3.1).
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
    /// The token gives a right to it, but nothing is available, whatever the reason [R6, flows 4.3].
    #[error("nothing is available")]
    NotAvailable,
    /// Something of our own failed.
    #[error("the server failed")]
    Unavailable,
    /// What stands behind the server took more than 60 seconds [core.rscint.202, 2.x].
    #[error("it took too long")]
    Timeout,
}

impl BearerRefusal {
    /// The response to send: a challenge where it is about the token, and an OperationOutcome without detail.
    #[must_use]
    pub fn to_response(&self) -> HttpResponse {
        let (status, challenge, issue) = match self {
            Self::NoToken => (StatusCode::UNAUTHORIZED, Some("Bearer realm=\"MedMij\""), "login"),
            Self::InvalidRequest => (
                StatusCode::BAD_REQUEST,
                Some("Bearer realm=\"MedMij\", error=\"invalid_request\""),
                "invalid",
            ),
            Self::InvalidToken => (
                StatusCode::UNAUTHORIZED,
                Some("Bearer realm=\"MedMij\", error=\"invalid_token\""),
                "login",
            ),
            Self::InsufficientScope => (
                StatusCode::FORBIDDEN,
                Some("Bearer realm=\"MedMij\", error=\"insufficient_scope\""),
                "forbidden",
            ),
            Self::NotAvailable => (StatusCode::NOT_FOUND, None, "not-found"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, None, "transient"),
            Self::Timeout => (StatusCode::GATEWAY_TIMEOUT, None, "timeout"),
        };
        let body = format!(
            "{{\"resourceType\":\"OperationOutcome\",\"issue\":[{{\"severity\":\"error\",\"code\":\"{issue}\"}}]}}"
        );
        let mut response = HttpResponse::new(body.into_bytes());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        if let Some(challenge) = challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/fhir+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
