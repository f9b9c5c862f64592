//! The token endpoint: a refresh token for new tokens, without the person [flows.md 4.3] [RFC0054, 2.0].

use std::collections::BTreeSet;
use std::fmt;

use medmij_core::{Aanbiedernaam, Bsn, CorrelationId, Digest, GegevensdienstId, Random, RandomError, Representation};
use time::UtcDateTime;

use super::exchange::{Authenticated, Made, response_scope, usable};
use super::{FoundRefresh, Issued, RefreshGrant, TestResult, TokenSettings};
use crate::exchange::{TokenRefusal, TokenRefusalReason};

/// A refresh token that an authenticated client offers.
#[derive(Clone)]
#[must_use = "look the token up, then judge it"]
pub struct RefreshOffer {
    pub(super) client: Authenticated,
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
pub enum RefreshStep {
    /// It is good so far: do the test of the Aanbieder anew, for availability and age [T5, flows 4.3].
    Test(RefreshTest),
    /// No token [T6, flows 4.3].
    Refused {
        /// The refusal to send.
        refusal: TokenRefusal,
        /// All that stems from this code is to be revoked first: a token that had been replaced was offered again.
        revoke: Option<Digest>,
    },
}

impl RefreshOffer {
    /// The digest of the token, under which the store finds it.
    #[must_use]
    pub const fn key(&self) -> Digest {
        self.token
    }

    /// Judges what the store found: known, current, of this client, not expired, and no other scope than that of the
    /// consent [T5, flows 4.3] [T6, flows 4.3]. Nothing is used up by this.
    pub fn judge(self, found: FoundRefresh, now: UtcDateTime) -> RefreshStep {
        let refused = |reason: TokenRefusalReason, revoke| RefreshStep::Refused {
            refusal: reason.into(),
            revoke,
        };
        let grant = match found {
            FoundRefresh::Current(grant) => grant,
            FoundRefresh::Replaced { family } => return refused(TokenRefusalReason::InvalidGrant, Some(family)),
            FoundRefresh::Unknown => return refused(TokenRefusalReason::InvalidGrant, None),
        };
        let Some(client) = self.client.owner(&grant.client_id).filter(|_| now < grant.expires_at) else {
            return refused(TokenRefusalReason::InvalidGrant, None);
        };
        // A scope is no parameter of the framework's request; RFC 6749, section 6, lets a client repeat its own.
        if self.scope.is_some_and(|scope| scope != grant.scope.to_string()) {
            return refused(TokenRefusalReason::InvalidScope, None);
        }
        let usable = usable(grant.gegevensdiensten.clone(), client, &grant.scope, grant.release);
        if usable.is_empty() {
            return refused(TokenRefusalReason::InvalidScope, None);
        }
        RefreshStep::Test(RefreshTest {
            token: self.token,
            grant,
            usable,
        })
    }
}

/// A refresh that waits for the test of the Aanbieder.
#[derive(Clone, Debug)]
#[must_use = "the client waits for an answer"]
pub struct RefreshTest {
    token: Digest,
    grant: RefreshGrant,
    usable: BTreeSet<GegevensdienstId>,
}

/// What follows from the test at a refresh.
#[derive(Debug)]
#[must_use = "the client waits for an answer"]
#[expect(clippy::exhaustive_enums, reason = "positive or negative")]
#[expect(clippy::large_enum_variant, reason = "made once per request and taken apart at once")]
pub enum RefreshOutcome {
    /// New tokens: put them in the place of the one that was offered, in one step, and only then send the response.
    Issued {
        /// The digest of the refresh token that they replace.
        old: Digest,
        /// The tokens and the response.
        issued: Issued,
    },
    /// Nothing is available now; the refresh token stays as it is.
    Refused(TokenRefusal),
}

impl RefreshTest {
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
    /// for half a year from now [T5, flows 4.3].
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
    ) -> Result<RefreshOutcome, RandomError> {
        let gegevensdiensten = result.of(|id| self.usable.contains(id));
        if gegevensdiensten.is_empty() {
            return Ok(RefreshOutcome::Refused(TokenRefusalReason::InvalidScope.into()));
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
        let issued = made.tokens(now, random)?;
        Ok(RefreshOutcome::Issued {
            old: self.token,
            issued,
        })
    }
}
