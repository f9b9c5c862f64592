//! What a DVP keeps between two requests.

use std::collections::BTreeSet;
use std::future::Future;

use medmij_core::{
    Aanbiedernaam, AccessToken, BackchannelUri, CorrelationId, Digest, GegevensdienstId, RefreshToken, Release,
    Representation,
};
use time::UtcDateTime;

use super::Pending;
use crate::exchange::half_a_year_after;
use crate::scope::ScopeFunction;
use crate::store::Put;

/// A run in the store, with the session of the person it belongs to.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct StoredPending {
    /// The digest of the person's session: a reply that another browser brings is not for this run.
    pub session: Digest,
    /// The run.
    pub pending: Pending,
}

impl StoredPending {
    /// A run with the digest of the session it belongs to.
    #[must_use]
    pub const fn new(session: Digest, pending: Pending) -> Self {
        Self { session, pending }
    }
}

/// Where a DVP keeps the runs that wait for a person's return, by the digest of their `state`.
///
/// # Security
/// A run that is taken twice could offer a code twice, or take two codes; one that is lost only costs the person a new
/// start.
pub trait PendingStore: Send + Sync {
    /// Why the store failed; that there is no such run is no failure.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Stores a run under a key, unless the key exists. It may be dropped after its deadline.
    fn put_pending(&self, key: Digest, pending: StoredPending)
    -> impl Future<Output = Result<Put, Self::Error>> + Send;

    /// Takes the run of a key out of the store, if its session is this one. Of two concurrent calls at most one gets it,
    /// and afterwards it is gone; for another session nothing is changed and nothing given.
    fn take_pending(
        &self,
        key: Digest,
        session: Digest,
    ) -> impl Future<Output = Result<Option<Pending>, Self::Error>> + Send;
}

/// Whose token it is, and what for: a token is found again only for exactly this [P2, flows 4.1].
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[expect(
    clippy::exhaustive_structs,
    reason = "the guard of row P2; what is left out would be a hole"
)]
pub struct TokenKey {
    /// The person, by an id of the DVP's own.
    pub person: String,
    /// The person who is represented, by an id of the DVP's own.
    pub represented: Option<String>,
    /// What the token was given for.
    pub function: ScopeFunction,
    /// The release of the run.
    pub release: Release,
    /// The Aanbieder.
    pub aanbieder: Aanbiedernaam,
    /// The token endpoint, which tells the Authorization Server.
    pub token_endpoint: BackchannelUri,
}

/// A token that a DVP holds.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct HeldToken {
    /// The release of the run that got it.
    pub release: Release,
    /// What it was given for.
    pub function: ScopeFunction,
    /// Whether it is for somebody whom the person represents.
    pub representation: Representation,
    /// Whose data it gives.
    pub aanbieder: Aanbiedernaam,
    /// Where it was got.
    pub token_endpoint: BackchannelUri,
    /// The Gegevensdiensten that it covers, of those that were asked for.
    pub gegevensdiensten: BTreeSet<GegevensdienstId>,
    /// For how many days an Abonnement may be taken or changed; 0 to end it, `None` if it is for something else.
    pub dagen: Option<u32>,
    /// The token.
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed"))]
    pub access_token: AccessToken,
    /// The refresh token, if the person gave consent for an indefinite time.
    pub refresh: Option<HeldRefresh>,
    /// From this moment on the token is not valid any more.
    pub expires_at: UtcDateTime,
    /// The id of the chain in which it was got; requests under the token carry it.
    pub correlation_id: CorrelationId,
    /// The id of the chain in which the person gave the declaration: that of [`ObtainedConsent`](super::ObtainedConsent). Under
    /// a long-term consent it stays, and the other id is new at each refresh.
    pub consent: CorrelationId,
}

/// A refresh token that a DVP holds.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "a token and its end")]
pub struct HeldRefresh {
    /// The token.
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed"))]
    pub token: RefreshToken,
    /// From this moment on it is not worth offering: half a year after it came.
    pub expires_at: UtcDateTime,
}

impl HeldRefresh {
    /// A token that came now.
    #[must_use]
    pub fn new(token: RefreshToken, now: UtcDateTime) -> Self {
        Self {
            token,
            expires_at: half_a_year_after(now),
        }
    }
}

impl HeldToken {
    /// The key under which it is kept, as [`Selected::token_key`](super::Selected::token_key) makes it for the runs that may
    /// use it.
    #[must_use]
    pub fn key(&self, person: &str, represented: Option<&str>) -> TokenKey {
        TokenKey {
            person: person.to_owned(),
            represented: represented.map(str::to_owned),
            function: self.function,
            release: self.release,
            aanbieder: self.aanbieder.clone(),
            token_endpoint: self.token_endpoint.clone(),
        }
    }

    /// From this moment on neither of its tokens is valid.
    #[must_use]
    pub fn known_until(&self) -> UtcDateTime {
        let refresh = self.refresh.as_ref().map(|refresh| refresh.expires_at);
        refresh.map_or(self.expires_at, |end| end.max(self.expires_at))
    }
}

/// What a store gives to who wants to refresh a token.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the three answers of the store's contract")]
pub enum Claimed {
    /// The token, which nobody else may refresh until the claim ends.
    Token(HeldToken),
    /// Another has claimed it.
    ByAnother,
    /// There is no such token.
    Unknown,
}

/// Where a DVP keeps tokens for later runs of the same person.
///
/// # Security
/// A token in the wrong hands gives health data for a quarter of an hour, a refresh token for half a year: keep them sealed.
/// A false *none* costs the person a login. A claim that is given twice costs the person their long-term consent: a DVA
/// that is offered one refresh token twice revokes all that stems from it [T6, flows 4.3].
pub trait TokenStore: Send + Sync {
    /// Why the store failed; that there is no such token is no failure.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Stores a token in the place of any other of the same key, in one step, and ends any claim. It may be dropped from
    /// [`known_until`](HeldToken::known_until) on [P15, flows 4.1].
    fn put_token(&self, key: TokenKey, token: HeldToken) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// The token of a key, which stays in the store; whether it is still valid is judged by the machine.
    fn token(&self, key: TokenKey) -> impl Future<Output = Result<Option<HeldToken>, Self::Error>> + Send;

    /// Claims the token of a key for a refresh, atomically, unless another has claimed it until a later moment than `now`.
    /// Of two concurrent calls at most one gets it; who crashes with it holds it no longer than `until`.
    fn claim(
        &self,
        key: TokenKey,
        now: UtcDateTime,
        until: UtcDateTime,
    ) -> impl Future<Output = Result<Claimed, Self::Error>> + Send;

    /// Forgets the token of a key, if there is one.
    fn drop_token(&self, key: TokenKey) -> impl Future<Output = Result<(), Self::Error>> + Send;
}
