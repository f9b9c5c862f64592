//! The token endpoint: a code for tokens [flows.md 4.3].
//!
//! The order is that of the types [T2, flows 4.3]: [`TokenRequest::parse`] (nothing burnt) → [`TokenRequest::authenticate`]
//! (nothing burnt) → the store burns the code → [`CodeOffer::exchange`], which compares.

use std::collections::BTreeSet;
use std::fmt;

use medmij_core::{
    AccessToken, ClientIdentity, CorrelationId, Digest, GegevensdienstId, GrantedForm, GrantedScope, Hostname,
    HttpResponse, Listing, OAuthClient, OclCheck, Random, RandomError, RefreshToken, Release,
};
use time::UtcDateTime;

use super::{AccessGrant, NewTokens, PutTokens, RefreshGrant, RefreshOffer, TakenCode};
use crate::authorize::Directory;
use crate::exchange::{
    Offered, ParameterPlace, TOKEN_LIFETIME, TokenRefusal, TokenRefusalReason, TokenRequest, TokenResponse,
    half_a_year_after,
};
use crate::pkce::OfferedVerifier;
use crate::scope::{Scope, ScopeFunction, write_granted};

/// What a deployment chooses at its token endpoint.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct TokenSettings {
    /// The form of the scope in a token response to *Verzamelen*, in the releases that always tell it; no effect in the
    /// others. Default: what [`Release::granted_form`] says.
    pub granted_form: Option<GrantedForm>,
    /// Where the parameters may stand. Default: in the body only.
    pub parameters: ParameterPlace,
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
                release: self.release,
                code: code.digest(),
                redirect_uri,
                code_verifier,
            }),
            Offered::Refresh { token, scope } => ClientOffer::Refresh(RefreshOffer {
                client,
                release: self.release,
                token: token.digest(),
                scope,
            }),
        })
    }
}

/// A code that an authenticated client offers.
#[derive(Clone, Debug)]
#[must_use = "burn the code, then exchange it"]
pub struct CodeOffer {
    client: Authenticated,
    release: Release,
    code: Digest,
    redirect_uri: Option<String>,
    code_verifier: OfferedVerifier,
}

/// What the offer of a code or refresh token came to.
#[derive(Debug)]
#[must_use = "store or revoke, then send the response"]
#[expect(clippy::exhaustive_enums, reason = "the rows T1 to T6")]
#[expect(clippy::large_enum_variant, reason = "made once per request and taken apart at once")]
pub enum TokenOutcome {
    /// Tokens, to be stored [T1, flows 4.3] [T5, flows 4.3].
    Issued(Issued),
    /// No token.
    Refused(Refused),
}

/// A refusal to send, and what is to be revoked before it is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use = "revoke, then send the refusal"]
#[non_exhaustive]
pub struct Refused {
    /// The refusal.
    pub refusal: TokenRefusal,
    /// The family that is to be revoked first: its code, or a refresh token that had been replaced, was offered again
    /// [T4, flows 4.3] [T6, flows 4.3].
    pub revoke: Option<Digest>,
}

impl Refused {
    pub(super) fn replayed(family: Digest) -> Self {
        Self {
            refusal: TokenRefusalReason::InvalidGrant.into(),
            revoke: Some(family),
        }
    }
}

impl From<TokenRefusalReason> for Refused {
    fn from(reason: TokenRefusalReason) -> Self {
        Self {
            refusal: reason.into(),
            revoke: None,
        }
    }
}

impl From<TokenRefusalReason> for TokenOutcome {
    fn from(reason: TokenRefusalReason) -> Self {
        Self::Refused(reason.into())
    }
}

/// Tokens that were made and are not stored yet: store them, then [`put`](Self::put) gives the response.
#[must_use = "store the tokens, then send the response"]
pub struct Issued {
    tokens: NewTokens,
    replaces: Option<Digest>,
    response: HttpResponse,
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
    /// What is to be stored, in one step.
    #[must_use]
    pub const fn tokens(&self) -> &NewTokens {
        &self.tokens
    }

    /// The refresh token in whose place they are to be stored, by
    /// [`replace_refresh`](super::GrantStore::replace_refresh); if `None`, by
    /// [`put_tokens`](super::GrantStore::put_tokens).
    #[must_use]
    pub const fn replaces(&self) -> Option<Digest> {
        self.replaces
    }

    /// Takes what became of them in the store, and gives the response to send.
    ///
    /// Tokens for a code are also sent when they are [`Gone`](PutTokens::Gone): the code was offered again, or the consent
    /// withdrawn, between its burning and this moment, and they give nothing, just as if that had come a moment later. So
    /// of many who offer one code at once exactly one gets a response with tokens.
    ///
    /// # Errors
    /// The refusal to send instead, if a key exists, or the refresh token was replaced or revoked meanwhile, which is
    /// answered as any replay.
    pub fn put(self, put: PutTokens) -> Result<HttpResponse, Refused> {
        match (put, self.replaces) {
            (PutTokens::Stored, _) | (PutTokens::Gone, None) => Ok(self.response),
            (PutTokens::Gone, Some(_)) => Err(Refused::replayed(self.tokens.family())),
            // Never a token that is not stored; what was offered is used up all the same.
            (PutTokens::Exists, _) => Err(TokenRefusalReason::Unavailable.into()),
        }
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
        // What the request alone shows is told first, whatever became of the code: so all codes look alike.
        let reason = match self.redirect_uri {
            None => TokenRefusalReason::InvalidRequest,
            Some(_) => TokenRefusalReason::InvalidGrant,
        };
        let grant = match taken {
            TakenCode::Grant(grant) => grant,
            TakenCode::Unknown => return Ok(reason.into()),
            TakenCode::UsedBefore => {
                return Ok(TokenOutcome::Refused(Refused {
                    refusal: reason.into(),
                    revoke: Some(self.code),
                }));
            }
        };
        let same_uri = self.redirect_uri.as_deref() == Some(grant.redirect_uri.as_str());
        // A code of another release is not for this endpoint, whose rules the request was read by.
        let owner = self.client.owner(&grant.client_id);
        let Some(client) = owner.filter(|_| same_uri && grant.release == self.release) else {
            return Ok(reason.into());
        };
        if now >= grant.expires_at || !grant.challenge.fits(&self.code_verifier) {
            return Ok(TokenRefusalReason::InvalidGrant.into());
        }
        // What was consented to, not what the client may use today: that is looked at anew at each refresh.
        let consented = grant.langdurig.then(|| grant.granted.clone());
        let mut gegevensdiensten = grant.granted;
        // In the other releases they were checked when the code was asked for.
        if grant.release.verzamelen_ocl_check() == OclCheck::TokenRequest {
            retain_listed(&mut gegevensdiensten, client, grant.release);
        }
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
            gegevensdiensten,
            consented,
            dagen: grant.dagen,
            bsn: grant.bsn,
            tested: grant.tested,
            correlation_id: grant.correlation_id,
        };
        made.tokens(None, now, random)
    }
}

/// Leaves what the client may use by the OAuth Client List [core.tknint.201, 2.2].
pub(super) fn retain_listed(ids: &mut BTreeSet<GegevensdienstId>, client: &OAuthClient, release: Release) {
    ids.retain(|id| client.listing(release, id) != Listing::NotListed);
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
    Some(write_granted(form, scope, granted))
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
    pub(super) fn tokens(
        self,
        replaces: Option<Digest>,
        now: UtcDateTime,
        random: &mut impl Random,
    ) -> Result<TokenOutcome, RandomError> {
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
        Ok(TokenOutcome::Issued(Issued {
            tokens,
            replaces,
            response,
        }))
    }
}
