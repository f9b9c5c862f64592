//! The token response: built by the DVA, read by the DVP.

use std::borrow::Cow;

use http::StatusCode;
use medmij_core::{AccessToken, HttpResponse, RefreshToken};
use serde::{Deserialize, Serialize};

use super::TOKEN_LIFETIME;
use super::refusal::json;
use crate::json::read_object;

/// The lifetime of an access token, as `expires_in` tells it.
const EXPIRES_IN: u64 = TOKEN_LIFETIME.whole_seconds().unsigned_abs();
/// The most bytes of a token response.
const MAX_LEN: usize = 64 << 10;

/// A token response that was read and found right [core.tknint.201, 2.x].
#[derive(Debug)]
pub(crate) struct TokenResponse {
    pub(crate) access_token: AccessToken,
    /// In seconds, counted from the sending of the request.
    pub(crate) expires_in: u64,
    pub(crate) refresh_token: Option<RefreshToken>,
    pub(crate) scope: Option<String>,
}

/// Why a response holds no token. It never repeats what came.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum TokenResponseError {
    /// `invalid_grant`: the code or refresh token is worth nothing (any more).
    #[error("the code or refresh token was refused")]
    InvalidGrant,
    /// Anything else: another refusal, another status, a body that is no token response.
    #[error("the response is no token response")]
    Malformed,
}

#[derive(Deserialize)]
struct WireError<'a> {
    #[serde(borrow)]
    error: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    access_token: Cow<'a, str>,
    #[serde(borrow)]
    token_type: Cow<'a, str>,
    expires_in: Option<u64>,
    #[serde(borrow)]
    refresh_token: Option<Cow<'a, str>>,
    scope: Option<String>,
}

#[derive(Serialize)]
struct WireOut<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
}

impl TokenResponse {
    pub(crate) fn parse(response: &HttpResponse) -> Result<Self, TokenResponseError> {
        let malformed = TokenResponseError::Malformed;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::BAD_REQUEST => {
                let refused: WireError<'_> = read_object(response.body(), MAX_LEN).ok_or(malformed)?;
                return Err(if refused.error == "invalid_grant" {
                    TokenResponseError::InvalidGrant
                } else {
                    malformed
                });
            }
            _ => return Err(malformed),
        }
        let wire: Wire<'_> = read_object(response.body(), MAX_LEN).ok_or(malformed)?;
        if !wire.token_type.eq_ignore_ascii_case("Bearer") || wire.expires_in == Some(0) {
            return Err(malformed);
        }
        Ok(Self {
            access_token: wire.access_token.parse().map_err(|_| malformed)?,
            // One that is longer than the framework allows is not believed.
            expires_in: wire.expires_in.unwrap_or(EXPIRES_IN).min(EXPIRES_IN),
            refresh_token: wire
                .refresh_token
                .map(|text| text.parse())
                .transpose()
                .map_err(|_| malformed)?,
            scope: wire.scope,
        })
    }

    /// The response to send with a token.
    pub(crate) fn build(
        access_token: &AccessToken,
        refresh_token: Option<&RefreshToken>,
        scope: Option<&str>,
    ) -> HttpResponse {
        let wire = WireOut {
            access_token: access_token.expose(),
            token_type: "Bearer",
            expires_in: EXPIRES_IN,
            refresh_token: refresh_token.map(RefreshToken::expose),
            scope,
        };
        // Texts and a number: nothing that JSON cannot write.
        json(StatusCode::OK, serde_json::to_string(&wire).unwrap_or_default())
    }
}
