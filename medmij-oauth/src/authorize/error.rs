//! The error codes of the authorization interface, and what each means for a run.

use std::fmt;
use std::sync::Arc;

/// An error code of an authorization reply (RFC 6749, section 4.1.2.1). One that is not known is kept as text.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum OAuthErrorCode {
    /// `invalid_request`
    InvalidRequest,
    /// `unauthorized_client`
    UnauthorizedClient,
    /// `access_denied`: the one code of the class *not granted*.
    AccessDenied,
    /// `unsupported_response_type`
    UnsupportedResponseType,
    /// `invalid_scope`
    InvalidScope,
    /// `server_error`
    ServerError,
    /// `temporarily_unavailable`
    TemporarilyUnavailable,
    /// Another code, as it came.
    Other(Arc<str>),
}

/// What an error means for a run [flows.md 4.5].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the rows P9, P10, P11 and P11c")]
pub enum ErrorClass {
    /// The request was invalid.
    InvalidRequest,
    /// The request is not granted; there is no reason to know.
    NotGranted,
    /// The answer could not be established, or a code that is not known.
    Undetermined,
}

impl OAuthErrorCode {
    /// The most bytes of a code.
    pub const MAX_LEN: usize = 128;

    /// Reads a code: visible ASCII and blanks but for `"` and `\`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let right = text
            .bytes()
            .all(|b| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\'));
        if !right || text.is_empty() || text.len() > Self::MAX_LEN {
            return None;
        }
        Some(match text {
            "invalid_request" => Self::InvalidRequest,
            "unauthorized_client" => Self::UnauthorizedClient,
            "access_denied" => Self::AccessDenied,
            "unsupported_response_type" => Self::UnsupportedResponseType,
            "invalid_scope" => Self::InvalidScope,
            "server_error" => Self::ServerError,
            "temporarily_unavailable" => Self::TemporarilyUnavailable,
            other => Self::Other(other.into()),
        })
    }

    /// The code as the wire has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::Other(code) => code,
        }
    }

    /// What the code means for a run.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::InvalidRequest | Self::UnauthorizedClient | Self::UnsupportedResponseType | Self::InvalidScope => {
                ErrorClass::InvalidRequest
            }
            Self::AccessDenied => ErrorClass::NotGranted,
            Self::ServerError | Self::TemporarilyUnavailable | Self::Other(_) => ErrorClass::Undetermined,
        }
    }
}

impl fmt::Display for OAuthErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
