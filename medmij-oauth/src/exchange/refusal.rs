//! The refusals of the token endpoint, each with exactly one HTTP form.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA};
use http::{HeaderValue, StatusCode};
use medmij_core::HttpResponse;

/// Why a token is refused, as the wire tells it [core.tknint.207, 2.x]. The table was not seen; the codes are those of RFC
/// 6749, section 5.2.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TokenRefusalReason {
    /// `invalid_request`: a parameter is missing, repeated or cannot be read.
    InvalidRequest,
    /// `invalid_client`: the certificate is absent, not that of the client, or the client is not on the OAuth Client List.
    InvalidClient,
    /// `invalid_grant`: the code or refresh token is unknown, expired, used, revoked, of another client or of another
    /// redirect URI, all alike.
    InvalidGrant,
    /// `unsupported_grant_type`: another grant type than the release has.
    UnsupportedGrantType,
    /// `invalid_scope`: no Gegevensdienst is left that the client may use and that is available.
    InvalidScope,
    /// Something of our own failed: status 503, for which RFC 6749 has no code.
    Unavailable,
}

impl TokenRefusalReason {
    /// The code of RFC 6749, section 5.2, if it has one.
    #[must_use]
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::InvalidRequest => Some("invalid_request"),
            Self::InvalidClient => Some("invalid_client"),
            Self::InvalidGrant => Some("invalid_grant"),
            Self::UnsupportedGrantType => Some("unsupported_grant_type"),
            Self::InvalidScope => Some("invalid_scope"),
            Self::Unavailable => None,
        }
    }
}

/// A refusal of the token endpoint, with exactly one HTTP form.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the token request is refused: {}", .reason.code().unwrap_or("unavailable"))]
#[must_use = "a refusal is to be sent"]
pub struct TokenRefusal {
    reason: TokenRefusalReason,
}

impl From<TokenRefusalReason> for TokenRefusal {
    fn from(reason: TokenRefusalReason) -> Self {
        Self { reason }
    }
}

impl TokenRefusal {
    /// Why.
    #[must_use]
    pub const fn reason(&self) -> TokenRefusalReason {
        self.reason
    }

    /// The response to send.
    #[must_use]
    pub fn to_response(&self) -> HttpResponse {
        let status = match self.reason {
            TokenRefusalReason::InvalidClient => StatusCode::UNAUTHORIZED,
            TokenRefusalReason::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        match self.reason.code() {
            Some(code) => json(status, format!("{{\"error\":\"{code}\"}}")),
            None => json(status, "{}".to_owned()),
        }
    }
}

/// A response of the token endpoint: JSON that nobody may store (RFC 6749, section 5.1).
pub(crate) fn json(status: StatusCode, body: String) -> HttpResponse {
    let mut response = HttpResponse::new(body.into_bytes());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json;charset=UTF-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
