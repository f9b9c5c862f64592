//! The token endpoint: a refresh token for new tokens, without the person [flows.md 4.3] [RFC0054, 2.0].

use std::collections::BTreeSet;
use std::fmt;

use medmij_core::{
    Aanbiedernaam, Bsn, CorrelationId, Digest, GegevensdienstId, Random, RandomError, Release, Representation,
};
use time::UtcDateTime;

use super::exchange::{Authenticated, Made, response_scope, retain_listed};
use super::{FoundRefresh, RefreshGrant, Refused, TestResult, TokenOutcome, TokenSettings};
use crate::authorize::Directory;
use crate::exchange::TokenRefusalReason;
use crate::scope::Scope;

/// A refresh token that an authenticated client offers.
#[derive(Clone)]
#[must_use = "look the token up, then judge it"]
pub struct RefreshOffer {
    pub(super) client: Authenticated,
    pub(super) release: Release,
    pub(super) token: Digest,
    pub(super) scope: Option<String>,
}

/// Without the scope, which is the peer's text.
impl fmt::Debug for RefreshOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshOffer")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// What the offer of a refresh token came to.
#[derive(Debug)]
#[must_use = "the client waits for an answer"]
#[expect(clippy::exhaustive_enums, reason = "the rows T5 and T6")]
pub enum RefreshJudged {
    /// It is good so far: do the test of the Aanbieder anew, for availability and age [T5, flows 4.3].
    Test(TestingRefresh),
    /// No token [T6, flows 4.3].
    Refused(Refused),
}

impl RefreshOffer {
    /// The digest of the token, under which the store finds it.
    #[must_use]
    pub const fn key(&self) -> Digest {
        self.token
    }

    /// Judges what the store found: known, current, of this client and release, not expired, and no other scope than that
    /// of the consent [T5, flows 4.3] [T6, flows 4.3]. What the DVA does not disclose any more, or the client may not use
    /// any more by the OAuth Client List, is left out of the new access token. Nothing is used up by this.
    pub fn judge(self, found: FoundRefresh, directory: &impl Directory, now: UtcDateTime) -> RefreshJudged {
        let refused = |reason: TokenRefusalReason| RefreshJudged::Refused(reason.into());
        let grant = match found {
            FoundRefresh::Current(grant) => grant,
            FoundRefresh::Replaced { family } => return RefreshJudged::Refused(Refused::replayed(family)),
            FoundRefresh::Unknown => return refused(TokenRefusalReason::InvalidGrant),
        };
        let owner = self.client.owner(&grant.client_id);
        let Some(client) = owner.filter(|_| grant.release == self.release && now < grant.expires_at) else {
            return refused(TokenRefusalReason::InvalidGrant);
        };
        // A scope is no parameter of the framework's request; RFC 6749, section 6, lets a client repeat its own.
        let function = grant.scope.function();
        let repeats = |text: String| Scope::parse(&text, grant.release, function).is_ok_and(|it| it == grant.scope);
        if !self.scope.is_none_or(repeats) {
            return refused(TokenRefusalReason::InvalidScope);
        }
        let mut usable = grant.gegevensdiensten.clone();
        retain_listed(&mut usable, client, grant.release);
        let offers = directory.offers(grant.scope.aanbieder(), function, grant.release);
        let offered = |id: &_| {
            offers
                .as_ref()
                .is_some_and(|offers| offers.gegevensdienst(id).is_some())
        };
        usable.retain(|id| offered(id.as_str()));
        if usable.is_empty() {
            return refused(TokenRefusalReason::InvalidScope);
        }
        RefreshJudged::Test(TestingRefresh {
            token: self.token,
            grant,
            usable,
        })
    }
}

/// A refresh that waits for the test of the Aanbieder.
#[derive(Clone, Debug)]
#[must_use = "the client waits for an answer"]
pub struct TestingRefresh {
    token: Digest,
    grant: RefreshGrant,
    usable: BTreeSet<GegevensdienstId>,
}

impl TestingRefresh {
    /// Whose data it is.
    #[must_use]
    pub const fn bsn(&self) -> &Bsn {
        &self.grant.bsn
    }

    /// Whether that person is represented, which decides the right age.
    #[must_use]
    pub const fn representation(&self) -> Representation {
        self.grant.scope.representation()
    }

    /// Whose data is to be tested for.
    #[must_use]
    pub const fn aanbieder(&self) -> &Aanbiedernaam {
        self.grant.scope.aanbieder()
    }

    /// Which data.
    #[must_use]
    pub const fn gegevensdiensten(&self) -> &BTreeSet<GegevensdienstId> {
        &self.usable
    }

    /// Takes the result of the test, and makes the tokens if it is positive for anything: a new refresh token too, valid
    /// for half a year from now. If it is negative, the refresh token stays as it is [T5, flows 4.3].
    ///
    /// The chain is the one of the refresh request [core.tknint.208, 2.x].
    ///
    /// # Errors
    /// If the source of randomness fails; nothing was changed.
    pub fn result(
        self,
        result: TestResult,
        correlation_id: Option<&CorrelationId>,
        settings: TokenSettings,
        now: UtcDateTime,
        random: &mut impl Random,
    ) -> Result<TokenOutcome, RandomError> {
        let gegevensdiensten = result.positive_for(|id| self.usable.contains(id));
        if gegevensdiensten.is_empty() {
            return Ok(TokenRefusalReason::InvalidScope.into());
        }
        let RefreshGrant {
            family,
            release,
            client_id,
            scope,
            gegevensdiensten: consented,
            bsn,
            ..
        } = self.grant;
        let made = Made {
            release,
            family,
            client_id,
            response_scope: response_scope(release, &scope, &consented, &gegevensdiensten, None, settings),
            scope,
            gegevensdiensten,
            // What was consented to, not what is available today.
            consented: Some(consented),
            dagen: None,
            bsn,
            tested: true,
            correlation_id: correlation_id.cloned(),
        };
        made.tokens(Some(self.token), now, random)
    }
}
