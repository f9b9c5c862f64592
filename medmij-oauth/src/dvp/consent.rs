//! The consent as the DVP obtained it.

use medmij_core::{
    Aanbiedernaam, CorrelationId, Declaration, GegevensdienstId, Gegevensdienstnaam, Release, Representation,
};
use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::AwaitingToken;

/// That a declaration was given, as the DVP may conclude from the code that came: to be stored with the dossier before anything
/// else, and kept with what is collected or placed under it [P7, flows 4.1] [UCI Verzamelen 11, 1.x].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ObtainedConsent {
    /// When the code came.
    pub obtained_at: UtcDateTime,
    /// Which declaration it was.
    pub declaration: Declaration,
    /// Whether the person gave it for somebody else.
    pub representation: Representation,
    /// Whose data it is about.
    pub aanbieder: Aanbiedernaam,
    /// Which data were asked for, with their display names at the time. What the person declared may be less: the scope of
    /// the token tells.
    pub gegevensdiensten: Vec<(GegevensdienstId, Option<Gegevensdienstnaam>)>,
    /// For how many days, if it is about an Abonnement; 0 ends it.
    pub dagen: Option<u32>,
    /// The release of the run.
    pub release: Release,
    /// The id of the chain.
    pub correlation_id: CorrelationId,
}

impl AwaitingToken {
    /// The consent, as it was obtained.
    #[must_use]
    pub fn consent(&self) -> ObtainedConsent {
        let Self { run, awaited } = self;
        let asked = run.offers.iter();
        ObtainedConsent {
            obtained_at: awaited.sent_at,
            declaration: run.scope.declaration(),
            representation: run.scope.representation(),
            aanbieder: run.offers.aanbieder().clone(),
            gegevensdiensten: asked
                .map(|offer| (offer.gegevensdienst.clone(), offer.naam.clone()))
                .collect(),
            dagen: run.scope.dagen(),
            release: run.dvp.release,
            correlation_id: awaited.correlation_id.clone(),
        }
    }
}
