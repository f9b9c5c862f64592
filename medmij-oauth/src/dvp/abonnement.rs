//! An Abonnement as the DVP keeps it.

use std::collections::BTreeSet;

use medmij_core::{
    Aanbiedernaam, BackchannelUri, CorrelationId, GegevensdienstId, Gegevensdienstnaam, Hostname, Release,
    SubscriptionId,
};
use serde::{Deserialize, Serialize};
use time::{Date, UtcDateTime};

use crate::abonneren::AbonnementState;

/// An Abonnement in the dossier of a person [P25, flows 4.1] [abonneren.md 10].
///
/// Its id is unique at one Subscription Server only: keep it under the [`subscription`](Self::subscription) endpoint and the
/// [`id`](Self::id) together.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Abonnement {
    /// The Aanbieder that notifies.
    pub aanbieder: Aanbiedernaam,
    /// Of which Gegevensdienst.
    pub gegevensdienst: GegevensdienstId,
    /// Its display name when the Abonnement was taken.
    pub gegevensdienstnaam: Option<Gegevensdienstnaam>,
    /// The release in which it was taken.
    pub release: Release,
    /// The subscription endpoint at which it was taken.
    pub subscription: BackchannelUri,
    /// The id that the Subscription Server gave it.
    pub id: SubscriptionId,
    /// The consent under which it was taken, changed or ended last: the chain of its
    /// [`ObtainedConsent`](super::ObtainedConsent).
    pub consent: CorrelationId,
    /// Until when it lasts.
    pub state: AbonnementState,
    /// The hosts whose certificates may notify of it. First the host of the subscription endpoint alone, an inference of
    /// ours: a DVA whose Notification Client goes out by another name is added here by the caller.
    pub hosts: BTreeSet<Hostname>,
}

impl Abonnement {
    /// This state of it, to be stored over the one that is kept: one that has ended meanwhile, by a Notificatie that came while
    /// a change was on its way, stays so [abonneren.md 13].
    #[must_use]
    pub fn over(self, kept: &Self) -> Self {
        let same = kept.id == self.id && kept.subscription == self.subscription;
        match kept.state {
            AbonnementState::Ended if same => Self {
                state: AbonnementState::Ended,
                ..self
            },
            _ => self,
        }
    }

    /// Its last day, if it is active.
    #[must_use]
    pub fn einde(&self, now: UtcDateTime) -> Option<Date> {
        self.state.einde(now)
    }
}
