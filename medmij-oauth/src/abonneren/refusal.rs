//! The refusals of the subscription interface.

use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, StatusCode};
use medmij_core::HttpResponse;

use super::response::json;
use crate::bearer::BearerRefusal;

/// Why a subscription request is refused, with exactly one HTTP form.
///
/// The table of exceptions of this interface was not found; the forms follow RFC 6750 and those of the notification
/// interfaces [abonneren.md 6.5].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[must_use = "a refusal is to be sent"]
#[non_exhaustive]
pub enum SubscriptionRefusal {
    /// The request has no token.
    #[error("the request has no token")]
    NoToken,
    /// The request is malformed.
    #[error("the request is malformed")]
    InvalidRequest,
    /// The token is unknown, expired, revoked, or of another client, all alike.
    #[error("the token is not valid")]
    InvalidToken,
    /// The token gives no right to this request.
    #[error("the token gives no right to this")]
    InsufficientScope,
    /// There is no such Abonnement, or it is not of this person, client or Gegevensdienst, all alike [S6, flows 4.3].
    #[error("there is no such Abonnement")]
    UnknownSubscription,
    /// The Aanbieder does not take this Abonnement, or this extension, whatever the reason [S2, flows 4.3] [S4, flows 4.3].
    #[error("the Aanbieder refuses")]
    Refused,
    /// Something of our own failed.
    #[error("the server failed")]
    Unavailable,
}

impl SubscriptionRefusal {
    /// The response to send, its code in the member `error`.
    #[must_use]
    pub fn to_response(&self) -> HttpResponse {
        const INVALID_REQUEST: &str = "Bearer realm=\"MedMij\", error=\"invalid_request\"";
        const INVALID_TOKEN: &str = "Bearer realm=\"MedMij\", error=\"invalid_token\"";
        const INSUFFICIENT_SCOPE: &str = "Bearer realm=\"MedMij\", error=\"insufficient_scope\"";
        let (status, challenge, error) = match self {
            Self::NoToken => (
                StatusCode::UNAUTHORIZED,
                Some("Bearer realm=\"MedMij\""),
                "invalid_token",
            ),
            Self::InvalidRequest => (StatusCode::BAD_REQUEST, Some(INVALID_REQUEST), "invalid_request"),
            Self::InvalidToken => (StatusCode::UNAUTHORIZED, Some(INVALID_TOKEN), "invalid_token"),
            Self::InsufficientScope => (StatusCode::FORBIDDEN, Some(INSUFFICIENT_SCOPE), "insufficient_scope"),
            Self::UnknownSubscription => (StatusCode::NOT_FOUND, None, "invalid_subscription_id"),
            Self::Refused => (StatusCode::FORBIDDEN, None, "access_denied"),
            Self::Unavailable => (StatusCode::INTERNAL_SERVER_ERROR, None, "server_error"),
        };
        let mut response = json(status, format!("{{\"error\":\"{error}\"}}").into_bytes());
        if let Some(challenge) = challenge {
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

impl From<BearerRefusal> for SubscriptionRefusal {
    fn from(refusal: BearerRefusal) -> Self {
        match refusal {
            BearerRefusal::NoToken => Self::NoToken,
            BearerRefusal::InvalidRequest => Self::InvalidRequest,
            BearerRefusal::InvalidToken => Self::InvalidToken,
            BearerRefusal::InsufficientScope => Self::InsufficientScope,
            BearerRefusal::NotAvailable => Self::Refused,
            BearerRefusal::Unavailable | BearerRefusal::Timeout => Self::Unavailable,
        }
    }
}
