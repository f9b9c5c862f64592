//! An Abonnement as the DVA keeps it: the *Abonnementen-administratie* of the Subscription Server.

use std::future::Future;

use medmij_core::{Aanbiedernaam, Bsn, CorrelationId, GegevensdienstId, Hostname, SubscriptionId};
use time::{Date, UtcDateTime};

use crate::abonneren::AbonnementState;
use crate::store::Put;

/// An Abonnement in the administration of a Subscription Server [abonneren.md 10].
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct Abonnement {
    /// Its id, which this server gave it.
    pub id: SubscriptionId,
    /// Whose data it is about.
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed"))]
    pub bsn: Bsn,
    /// The Aanbieder that notifies.
    pub aanbieder: Aanbiedernaam,
    /// Of which Gegevensdienst.
    pub gegevensdienst: GegevensdienstId,
    /// Who is notified: the client to which the token was issued by which it was taken.
    pub client_id: Hostname,
    /// Until when it lasts.
    pub state: AbonnementState,
    /// The longest duration that the Aanbieder allowed when it was taken, in days.
    pub maximale_duur: u32,
    /// The chain in which it was taken.
    pub correlation_id: Option<CorrelationId>,
    /// How often it was changed: a store replaces a version by the next one only.
    pub version: u32,
}

impl Abonnement {
    /// An active Abonnement that was never changed; set the public fields of another.
    #[must_use]
    pub const fn new(
        id: SubscriptionId,
        bsn: Bsn,
        aanbieder: Aanbiedernaam,
        gegevensdienst: GegevensdienstId,
        client_id: Hostname,
        einde: Date,
        maximale_duur: u32,
    ) -> Self {
        Self {
            id,
            bsn,
            aanbieder,
            gegevensdienst,
            client_id,
            state: AbonnementState::Active { einde },
            maximale_duur,
            correlation_id: None,
            version: 0,
        }
    }

    /// Its last day, if it is active.
    #[must_use]
    pub fn einde(&self, now: UtcDateTime) -> Option<Date> {
        self.state.einde(now)
    }

    /// The next version of it, in another state.
    pub(super) fn changed(self, state: AbonnementState) -> Self {
        Self {
            state,
            version: self.version.saturating_add(1),
            ..self
        }
    }
}

/// What became of a change that was put into a store.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[must_use = "a change that was not stored did not happen"]
#[expect(clippy::exhaustive_enums, reason = "the two answers of the store's contract")]
pub enum Replaced {
    /// It was stored.
    Stored,
    /// Another change came before, or there is no such Abonnement: nothing was changed.
    Outdated,
}

/// Where a DVA keeps Abonnementen. Those that have ended stay as long as their owner may end them once more: a month is
/// ample; that is no rule of the framework.
///
/// # Security
/// A false *none* costs the person their notifications; an old version in the place of a new one may notify of somebody who
/// has ended that. Seal what is written: there is a BSN in it.
pub trait AbonnementStore: Send + Sync {
    /// Why the store failed; that there is no such Abonnement is no failure.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Stores a new Abonnement under its id, unless that exists.
    fn put_abonnement(&self, abonnement: Abonnement) -> impl Future<Output = Result<Put, Self::Error>> + Send;

    /// The Abonnement of an id, active or ended.
    fn abonnement(&self, id: SubscriptionId) -> impl Future<Output = Result<Option<Abonnement>, Self::Error>> + Send;

    /// Stores a changed Abonnement in the place of the version before it, in one step.
    fn replace_abonnement(&self, abonnement: Abonnement) -> impl Future<Output = Result<Replaced, Self::Error>> + Send;

    /// The Abonnementen of a person on a Gegevensdienst of an Aanbieder, active or ended: there may be several, of one
    /// client too [RFC0019, 1.2].
    fn abonnementen(
        &self,
        bsn: Bsn,
        aanbieder: Aanbiedernaam,
        gegevensdienst: GegevensdienstId,
    ) -> impl Future<Output = Result<Vec<Abonnement>, Self::Error>> + Send;
}
