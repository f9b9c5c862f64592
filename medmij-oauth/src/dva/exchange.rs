//! The token endpoint: a code for tokens [flows.md 4.3].
//!
//! The order is that of the types [T2, flows 4.3]: [`TokenRequest::parse`] (nothing burnt) → [`TokenRequest::authenticate`]
//! (nothing burnt) → the store burns the code → [`CodeOffer::exchange`], which compares.

use std::collections::BTreeSet;
use std::fmt;

use medmij_core::{
    AccessToken, ClientIdentity, CodeVerifier, CorrelationId, Digest, GegevensdienstId, GrantedForm, GrantedScope,
    Hostname, HttpResponse, Listing, OAuthClient, OclCheck, Random, RandomError, RefreshToken, Release,
};
use time::UtcDateTime;

use super::{AccessGrant, CodeGrant, NewTokens, RefreshGrant, RefreshOffer, TakenCode};
use crate::authorize::Directory;
use crate::exchange::{
    Offered, ParameterPlace, TOKEN_LIFETIME, TokenRefusal, TokenRefusalReason, TokenRequest, TokenResponse,
    half_a_year_after,
};
use crate::pkce::{CodeChallenge, Pkce};
use crate::scope::{Scope, ScopeFunction, write_granted};

/// What a deployment chooses at its token endpoint.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct TokenSettings {
    /// The form of the scope in a token response to *Verzamelen*. Default: what [`Release::granted_form`] says.
    pub granted_form: Option<GrantedForm>,
    /// Where the parameters may stand. Default: in the body only.
    pub parameters: ParameterPlace,
    /// Whether PKCE is agreed with the clients. Default: not.
    pub pkce: Pkce,
}

/// What an authenticated client offers.
#[derive(Clone, Debug)]
#[must_use = "the client waits for an answer"]
#[expect(clippy::exhaustive_enums, reason = "the two grant types of the framework")]
pub enum ClientOffer {
    /// A code: burn it, then [`exchange`](CodeOffer::exchange).
    Code(CodeOffer),
    /// A refresh token: look it up, then [`judge`](RefreshOffer::judge).
    Refresh(RefreshOffer),
}

/// Who offers: the client of `client_id`, or where the release does not use that, whoever the certificate was made out to.
#[derive(Clone, Debug)]
pub(super) struct Authenticated(Vec<OAuthClient>);

impl Authenticated {
    /// The client, if it is the owner of a grant.
    pub(super) fn owner(&self, client_id: &Hostname) -> Option<&OAuthClient> {
        self.0.iter().find(|client| client.hostname == *client_id)
    }
}

impl TokenRequest {
    /// Authenticates the client: its certificate must be made out to its `client_id`, which must stand on the OAuth Client
    /// List. Nothing is burnt if this refuses it [T2, flows 4.3].
    ///
    /// # Errors
    /// If there is no certificate, it is not that of the client, or the client is unknown.
    pub fn authenticate(
        self,
        identity: Option<&ClientIdentity>,
        directory: &impl Directory,
    ) -> Result<ClientOffer, TokenRefusal> {
        let names = identity.map_or(&[][..], ClientIdentity::names);
        let is_asking = |name: &&Hostname| self.client_id.as_ref().is_none_or(|client_id| client_id == *name);
        let listed = |name: &Hostname| directory.client(name).filter(|client| client.hostname == *name);
        let clients: Vec<_> = names.iter().filter(is_asking).filter_map(listed).collect();
        if clients.is_empty() {
            return Err(TokenRefusalReason::InvalidClient.into());
        }
        let client = Authenticated(clients);
        Ok(match self.offered {
            Offered::Code {
                code,
                redirect_uri,
                code_verifier,
            } => ClientOffer::Code(CodeOffer {
                client,
                code: code.digest(),
                redirect_uri,
                code_verifier,
            }),
            Offered::Refresh { token, scope } => ClientOffer::Refresh(RefreshOffer {
                client,
                token: token.digest(),
                scope,
            }),
        })
    }
}

/// A code that an authenticated client offers.
#[derive(Clone)]
#[must_use = "burn the code, then exchange it"]
pub struct CodeOffer {
    client: Authenticated,
    code: Digest,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
}

/// Without the verifier.
impl fmt::Debug for CodeOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeOffer")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// What the offer of a code came to.
#[derive(Debug)]
#[must_use = "store or revoke, then send the response"]
#[expect(clippy::exhaustive_enums, reason = "the rows T1, T1b, T2 and T4")]
#[expect(clippy::large_enum_variant, reason = "made once per request and taken apart at once")]
pub enum TokenOutcome {
    /// Tokens: store them, and only then send the response [T1, flows 4.3].
    Issued(Issued),
    /// No token.
    Refused {
        /// The refusal to send.
        refusal: TokenRefusal,
        /// All that stems from this code is to be revoked first: it was offered again [T4, flows 4.3].
        revoke: Option<Digest>,
    },
}

/// Tokens that were made and are not stored yet.
#[must_use = "store the tokens, then send the response"]
#[non_exhaustive]
pub struct Issued {
    /// What is to be stored, in one step.
    pub tokens: NewTokens,
    /// The response to send once that is done.
    ///
    /// For a code also if the store answers [`PutTokens::Gone`](super::PutTokens::Gone): the code was offered again, or the
    /// consent withdrawn, between its burning and this moment, and the tokens give nothing, just as if that had come a
    /// moment later. So of many who offer one code at once exactly one gets a response with tokens. For a refresh token
    /// send [`gone`](Self::gone) then.
    pub response: HttpResponse,
}

/// Without the response, in whose body the tokens are.
impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued")
            .field("tokens", &self.tokens)
            .finish_non_exhaustive()
    }
}

impl Issued {
    /// The refresh token that was offered has been replaced or revoked meanwhile: refused as ever.
    pub fn gone(self) -> TokenRefusal {
        TokenRefusalReason::InvalidGrant.into()
    }
}

impl CodeOffer {
    /// The digest of the code, under which the store burns it.
    #[must_use]
    pub const fn key(&self) -> Digest {
        self.code
    }

    /// Judges the code, which [`take_code`](super::GrantStore::take_code) has burnt whatever comes of it
    /// [core.tknint.204, 2.x]: owner, redirect URI, expiry [core.tknint.205, 2.x].
    ///
    /// What it gives is limited to what the client may use by the OAuth Client List, where the release checks that here
    /// [core.tknint.201, 2.2].
    ///
    /// # Errors
    /// If the source of randomness fails; the code is burnt all the same.
    pub fn exchange(
        self,
        taken: TakenCode,
        settings: TokenSettings,
        now: UtcDateTime,
        random: &mut impl Random,
    ) -> Result<TokenOutcome, RandomError> {
        let grant = match taken {
            TakenCode::Grant(grant) => grant,
            TakenCode::Unknown => return Ok(TokenRefusalReason::InvalidGrant.into()),
            TakenCode::UsedBefore => {
                return Ok(TokenOutcome::Refused {
                    refusal: TokenRefusalReason::InvalidGrant.into(),
                    revoke: Some(self.code),
                });
            }
        };
        let Some(client) = self.client.owner(&grant.client_id) else {
            return Ok(TokenRefusalReason::InvalidGrant.into());
        };
        match &self.redirect_uri {
            None => return Ok(TokenRefusalReason::InvalidRequest.into()),
            Some(uri) if uri != grant.redirect_uri.as_str() => return Ok(TokenRefusalReason::InvalidGrant.into()),
            Some(_) => {}
        }
        if now >= grant.expires_at || !self.verifies(&grant, settings.pkce) {
            return Ok(TokenRefusalReason::InvalidGrant.into());
        }
        let gegevensdiensten = usable(grant.granted, client, &grant.scope, grant.release);
        if gegevensdiensten.is_empty() {
            return Ok(TokenRefusalReason::InvalidScope.into());
        }
        let made = Made {
            release: grant.release,
            family: self.code,
            client_id: grant.client_id,
            response_scope: response_scope(
                grant.release,
                &grant.scope,
                &grant.asked,
                &gegevensdiensten,
                grant.dagen,
                settings,
            ),
            scope: grant.scope,
            consented: grant.langdurig.then(|| gegevensdiensten.clone()),
            gegevensdiensten,
            dagen: grant.dagen,
            bsn: grant.bsn,
            tested: grant.tested,
            correlation_id: grant.correlation_id,
        };
        made.tokens(now, random).map(TokenOutcome::Issued)
    }

    /// PKCE, where it is agreed: a code that was asked for with a challenge needs its verifier, and one that was not may
    /// not come with one (RFC 9700, section 4.8.2).
    fn verifies(&self, grant: &CodeGrant, pkce: Pkce) -> bool {
        let verifier = self.code_verifier.as_deref().map(str::parse::<CodeVerifier>);
        match (pkce, grant.challenge, verifier) {
            (Pkce::NotAgreed, _, _) | (Pkce::Agreed, None, None) => true,
            (Pkce::Agreed, Some(challenge), Some(Ok(verifier))) => CodeChallenge::of(&verifier) == challenge,
            (Pkce::Agreed, _, _) => false,
        }
    }
}

impl From<TokenRefusalReason> for TokenOutcome {
    fn from(reason: TokenRefusalReason) -> Self {
        Self::Refused {
            refusal: reason.into(),
            revoke: None,
        }
    }
}

/// Those that the client may use by the OAuth Client List, where the release checks that at the token interface
/// [core.tknint.201, 2.2]. What a scope names was checked at the authorization interface.
pub(super) fn usable(
    mut ids: BTreeSet<GegevensdienstId>,
    client: &OAuthClient,
    scope: &Scope,
    release: Release,
) -> BTreeSet<GegevensdienstId> {
    if scope.function() == ScopeFunction::Verzamelen && release.verzamelen_ocl_check() == OclCheck::TokenRequest {
        ids.retain(|id| client.listing(release, id) != Listing::NotListed);
    }
    ids
}

/// The `scope` of a token response, where it is mandatory [core.tknint.201, 2.x] [ext.abo.tknint.200, 2.x].
pub(super) fn response_scope(
    release: Release,
    scope: &Scope,
    asked: &BTreeSet<GegevensdienstId>,
    granted: &BTreeSet<GegevensdienstId>,
    dagen: Option<u32>,
    settings: TokenSettings,
) -> Option<String> {
    let form = match (scope.function(), release.granted_scope()) {
        (ScopeFunction::Abonneren, _) => return dagen.map(|dagen| scope.with_dagen(dagen).to_string()),
        // Exactly the one that was asked for.
        (ScopeFunction::Delen, _) => return None,
        (ScopeFunction::Verzamelen, GrantedScope::Always) => {
            settings.granted_form.unwrap_or_else(|| release.granted_form())
        }
        (ScopeFunction::Verzamelen, GrantedScope::IfDifferent) if granted == asked => return None,
        (ScopeFunction::Verzamelen, GrantedScope::IfDifferent) => release.granted_form(),
    };
    Some(write_granted(form, scope.aanbieder(), granted))
}

/// All that goes into the tokens of a response.
pub(super) struct Made {
    pub(super) release: Release,
    pub(super) family: Digest,
    pub(super) client_id: Hostname,
    pub(super) scope: Scope,
    pub(super) response_scope: Option<String>,
    pub(super) gegevensdiensten: BTreeSet<GegevensdienstId>,
    /// What a new refresh token covers, if there is to be one.
    pub(super) consented: Option<BTreeSet<GegevensdienstId>>,
    pub(super) dagen: Option<u32>,
    pub(super) bsn: medmij_core::Bsn,
    pub(super) tested: bool,
    pub(super) correlation_id: Option<CorrelationId>,
}

impl Made {
    /// Makes the tokens and the response that brings them.
    pub(super) fn tokens(self, now: UtcDateTime, random: &mut impl Random) -> Result<Issued, RandomError> {
        let access_token = AccessToken::random(random, self.release)?;
        let refresh_token = match &self.consented {
            Some(_) => Some(RefreshToken::random(random, self.release)?),
            None => None,
        };
        let response = TokenResponse::build(&access_token, refresh_token.as_ref(), self.response_scope.as_deref());
        let refresh = refresh_token.zip(self.consented).map(|(token, gegevensdiensten)| {
            let grant = RefreshGrant {
                family: self.family,
                release: self.release,
                client_id: self.client_id.clone(),
                scope: self.scope.clone(),
                gegevensdiensten,
                bsn: self.bsn.clone(),
                expires_at: half_a_year_after(now),
            };
            (token.digest(), grant)
        });
        let access = AccessGrant {
            family: self.family,
            function: self.scope.function(),
            client_id: self.client_id,
            aanbieder: self.scope.aanbieder().clone(),
            gegevensdiensten: self.gegevensdiensten,
            dagen: self.dagen,
            bsn: self.bsn,
            tested: self.tested,
            correlation_id: self.correlation_id,
            expires_at: now.saturating_add(TOKEN_LIFETIME),
        };
        let tokens = NewTokens {
            access_key: access_token.digest(),
            access,
            refresh,
        };
        Ok(Issued { tokens, response })
    }
}
