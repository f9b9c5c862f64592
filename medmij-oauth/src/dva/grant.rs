//! The token endpoint: a code for an access token [flows.md 4.3].

use std::collections::BTreeSet;
use std::fmt;

use medmij_core::{
    Aanbiedernaam, AccessToken, Bsn, CorrelationId, Digest, Function, GegevensdienstId, GrantedScope, Hostname,
    HttpResponse, Listing, OAuthClient, OclCheck, Random, RandomError, RedirectUri, Release,
};
use time::UtcDateTime;

use super::TakenCode;
use crate::exchange::{TOKEN_LIFETIME, TokenRefusal, TokenRefusalReason, TokenRequest, TokenResponse};
use crate::scope::GrantedForm;

/// What an authorization code gives a right to, under the code's digest in a [`GrantStore`](super::GrantStore).
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct CodeGrant {
    /// The release of the session.
    pub release: Release,
    /// What the code was issued for.
    pub function: Function,
    /// To whom the code was issued.
    pub client_id: Hostname,
    /// The redirect URI of the authorization request.
    pub redirect_uri: RedirectUri,
    /// Whose data it gives.
    pub aanbieder: Aanbiedernaam,
    /// The Gegevensdiensten that were asked for.
    pub asked: BTreeSet<GegevensdienstId>,
    /// Those that were declared to be given.
    pub granted: BTreeSet<GegevensdienstId>,
    /// Whose data it is.
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed"))]
    pub bsn: Bsn,
    /// The id of the chain.
    pub correlation_id: Option<CorrelationId>,
    /// From this moment on the code is refused: at 899 seconds it is good, at 900 it is not.
    pub expires_at: UtcDateTime,
}

/// What an access token gives a right to, under the token's digest in a [`GrantStore`](super::GrantStore).
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct AccessGrant {
    /// The digest of the code it was issued for, by which it is revoked.
    pub code: Digest,
    /// What the token was issued for.
    pub function: Function,
    /// To whom the token was issued.
    pub client_id: Hostname,
    /// Whose data it gives.
    pub aanbieder: Aanbiedernaam,
    /// Which data.
    pub gegevensdiensten: BTreeSet<GegevensdienstId>,
    /// Whose data it is.
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed"))]
    pub bsn: Bsn,
    /// The id of the chain.
    pub correlation_id: Option<CorrelationId>,
    /// From this moment on the token is refused.
    pub expires_at: UtcDateTime,
}

/// What a deployment chooses at its token endpoint.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct TokenSettings {
    /// The form of the scope in a token response of 2.x. Default: bare ids.
    pub granted_form: GrantedForm,
}

/// What the offer of a code came to: the response to send, and what is to be stored or revoked before it is sent.
#[derive(Debug)]
#[must_use = "store or revoke, then send the response"]
#[expect(clippy::exhaustive_enums, reason = "the rows T1, T1b, T2 and T4")]
#[expect(clippy::large_enum_variant, reason = "made once per request and taken apart at once")]
pub enum TokenOutcome {
    /// A token: store the grant under the token's digest [T1, flows 4.3].
    Issued(Exchanged),
    /// No token.
    Refused {
        /// The refusal to send.
        refusal: TokenRefusal,
        /// What was obtained with this code before, and is to be revoked: the code was offered again [T4, flows 4.3].
        revoke: Option<Digest>,
    },
}

/// A token for a code.
#[must_use = "store the grant before the response is sent"]
#[non_exhaustive]
pub struct Exchanged {
    /// The token, of which only the digest is to be stored.
    pub access_token: AccessToken,
    /// What it gives a right to.
    pub grant: AccessGrant,
    /// The response to send.
    pub response: HttpResponse,
}

/// Without the response, in whose body the token is.
impl fmt::Debug for Exchanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchanged")
            .field("grant", &self.grant)
            .finish_non_exhaustive()
    }
}

/// Judges a code that was offered and has been burnt.
///
/// The order is part of the contract [T2, flows 4.3]: [`TokenRequest::parse`] (nothing burnt), then
/// [`TokenRequest::authenticate`] (nothing burnt), then [`take_code`](super::GrantStore::take_code), which burns it
/// whatever comes after [core.tknint.204, 2.x], and then this, which compares owner, redirect URI and expiry
/// [core.tknint.205, 2.x]. What the code gives is limited to what the client may use by the OAuth Client List, where the
/// release checks that here [core.tknint.201, 2.2].
///
/// # Errors
/// If the source of randomness fails; the code is burnt all the same.
pub fn exchange(
    request: &TokenRequest,
    identity: &medmij_core::ClientIdentity,
    taken: TakenCode,
    client: impl FnOnce(&Hostname) -> Option<OAuthClient>,
    settings: TokenSettings,
    now: UtcDateTime,
    random: &mut impl Random,
) -> Result<TokenOutcome, RandomError> {
    let refuse = |reason| TokenOutcome::Refused {
        refusal: TokenRefusal::new(reason),
        revoke: None,
    };
    let grant = match taken {
        TakenCode::Grant(grant) => grant,
        TakenCode::Unknown => return Ok(refuse(TokenRefusalReason::InvalidGrant)),
        TakenCode::UsedBefore => {
            let revoke = Some(request.code().digest());
            let refusal = TokenRefusal::new(TokenRefusalReason::InvalidGrant);
            return Ok(TokenOutcome::Refused { refusal, revoke });
        }
    };
    // `client_id` was compared with the certificate, so the certificate speaks for both.
    if !identity.is(&grant.client_id) || request.client_id().is_some_and(|id| *id != grant.client_id) {
        return Ok(refuse(TokenRefusalReason::InvalidGrant));
    }
    match request.redirect_uri() {
        None => return Ok(refuse(TokenRefusalReason::InvalidRequest)),
        Some(uri) if uri != grant.redirect_uri.as_str() => return Ok(refuse(TokenRefusalReason::InvalidGrant)),
        Some(_) => {}
    }
    if now >= grant.expires_at {
        return Ok(refuse(TokenRefusalReason::InvalidGrant));
    }
    let release = grant.release;
    let mut gegevensdiensten = grant.granted;
    if release.verzamelen_ocl_check() == OclCheck::TokenRequest {
        let client = client(&grant.client_id);
        gegevensdiensten.retain(|id| {
            client
                .as_ref()
                .is_some_and(|client| client.listing(release, id) != Listing::NotListed)
        });
    }
    if gegevensdiensten.is_empty() {
        return Ok(refuse(TokenRefusalReason::InvalidScope));
    }
    let scope = match release.granted_scope() {
        GrantedScope::Always => Some(settings.granted_form.write(&grant.aanbieder, &gegevensdiensten)),
        GrantedScope::IfDifferent if gegevensdiensten != grant.asked => {
            Some(GrantedForm::Combinations.write(&grant.aanbieder, &gegevensdiensten))
        }
        GrantedScope::IfDifferent => None,
    };
    let access_token = AccessToken::random(random, release)?;
    let response = TokenResponse::build(&access_token, scope.as_deref());
    let grant = AccessGrant {
        code: request.code().digest(),
        function: grant.function,
        client_id: grant.client_id,
        aanbieder: grant.aanbieder,
        gegevensdiensten,
        bsn: grant.bsn,
        correlation_id: grant.correlation_id,
        expires_at: now.saturating_add(TOKEN_LIFETIME),
    };
    Ok(TokenOutcome::Issued(Exchanged {
        access_token,
        grant,
        response,
    }))
}
