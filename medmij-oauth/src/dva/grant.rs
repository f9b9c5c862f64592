//! What codes and tokens give a right to, as a [`GrantStore`](super::GrantStore) keeps it under their digests.

use std::collections::BTreeSet;

use medmij_core::{Aanbiedernaam, Bsn, CorrelationId, Digest, GegevensdienstId, Hostname, RedirectUri, Release};
use time::UtcDateTime;

use crate::own_log::{LogContext, ServedSubject};
use crate::pkce::Challenge;
use crate::scope::{Scope, ScopeFunction};

/// What an authorization code gives a right to.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct CodeGrant {
    /// The release of the session.
    pub release: Release,
    /// To whom the code was issued.
    pub client_id: Hostname,
    /// The redirect URI of the authorization request.
    pub redirect_uri: RedirectUri,
    /// The scope of the authorization request [core.autorisatie.206, 2.x].
    pub scope: Scope,
    /// The Gegevensdiensten that were asked for.
    pub asked: BTreeSet<GegevensdienstId>,
    /// Those that were declared to be given.
    pub granted: BTreeSet<GegevensdienstId>,
    /// The days that were declared, if it is about an Abonnement; 0 ends it.
    pub dagen: Option<u32>,
    /// Whose data it is; under representation the person who is represented.
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed"))]
    pub bsn: Bsn,
    /// Whether the test of the Aanbieder has been done; if not, it is due at the resource or subscription request.
    pub tested: bool,
    /// Whether the declaration holds for an indefinite time.
    pub langdurig: bool,
    /// The id of the chain.
    pub correlation_id: Option<CorrelationId>,
    /// From this moment on the code is refused: at 899 seconds it is good, at 900 it is not.
    pub expires_at: UtcDateTime,
    pub(crate) challenge: Challenge,
}

/// What an access token gives a right to.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct AccessGrant {
    /// The digest of the code that it stems from, at once or by refresh tokens: by it all of a consent is revoked.
    pub family: Digest,
    /// What the token was issued for.
    pub function: ScopeFunction,
    /// To whom the token was issued.
    pub client_id: Hostname,
    /// Whose data it gives.
    pub aanbieder: Aanbiedernaam,
    /// Which data.
    pub gegevensdiensten: BTreeSet<GegevensdienstId>,
    /// The days of the Abonnement that it may take or change; 0 ends it, `None` if it is for something else.
    pub dagen: Option<u32>,
    /// Whose data it is; under representation the person who is represented.
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed"))]
    pub bsn: Bsn,
    /// Whether the test of the Aanbieder has been done; if not, it is due at each request [R4, flows 4.3].
    pub tested: bool,
    /// The id of the chain.
    pub correlation_id: Option<CorrelationId>,
    /// From this moment on the token is refused.
    pub expires_at: UtcDateTime,
}

/// What a refresh token gives a right to: a long-term consent [RFC0054, 2.0].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct RefreshGrant {
    /// The digest of the code that it stems from.
    pub family: Digest,
    /// The release of the session.
    pub release: Release,
    /// To whom the token was issued.
    pub client_id: Hostname,
    /// The scope of the authorization request [core.autorisatie.203, 2.x].
    pub scope: Scope,
    /// The Gegevensdiensten that were declared to be given.
    pub gegevensdiensten: BTreeSet<GegevensdienstId>,
    /// Whose data it is; under representation the person who is represented.
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed"))]
    pub bsn: Bsn,
    /// From this moment on the token is refused: half a year after it was issued.
    pub expires_at: UtcDateTime,
}

/// The tokens of one response, to be stored in one step.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewTokens {
    /// The digest of the access token.
    pub access_key: Digest,
    /// What it gives a right to.
    pub access: AccessGrant,
    /// The digest of the refresh token and what it gives a right to, under a long-term consent.
    pub refresh: Option<(Digest, RefreshGrant)>,
}

impl NewTokens {
    /// Whom and what they are for, for the own log.
    pub(super) fn subject(&self, release: Release) -> ServedSubject {
        let grant = &self.access;
        ServedSubject {
            context: LogContext::under_token(
                release,
                grant.function,
                grant.client_id.clone(),
                grant.aanbieder.clone(),
                grant.gegevensdiensten.clone(),
            ),
            bsn: grant.bsn.clone(),
            token: self.access_key,
        }
    }

    /// The code that they stem from.
    #[must_use]
    pub const fn family(&self) -> Digest {
        self.access.family
    }
}
