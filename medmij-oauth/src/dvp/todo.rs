//! What a run has to do under its token.

use medmij_core::GegevensdienstId;
use serde::{Deserialize, Serialize};

use super::{Abonnement, Placement, ResourceQuery};

/// One request that a run has to do under its token: of one function, and so all of one kind in one run.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "one kind per function of a scope")]
pub enum Todo {
    /// Something to collect, in a *Verzamelen*.
    Query(ResourceQuery),
    /// Something to place, in a *Delen*.
    Placement(Placement),
    /// An Abonnement to take, change or end, in an *Abonneren*.
    Abonnement(AbonnementTodo),
}

/// What is to become of an Abonnement.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "the three request types of abonneren.md 6.2")]
pub enum AbonnementTodo {
    /// A new one is to be taken.
    Aanmaken {
        /// Of which Gegevensdienst.
        gegevensdienst: GegevensdienstId,
    },
    /// One is to last longer or shorter.
    Wijzigen(Abonnement),
    /// One is to end.
    Beeindigen(Abonnement),
}

impl Todo {
    /// Of which Gegevensdienst it is.
    #[must_use]
    pub const fn gegevensdienst(&self) -> &GegevensdienstId {
        match self {
            Self::Query(query) => query.gegevensdienst(),
            Self::Placement(placement) => placement.gegevensdienst(),
            Self::Abonnement(
                AbonnementTodo::Wijzigen(Abonnement { gegevensdienst, .. })
                | AbonnementTodo::Beeindigen(Abonnement { gegevensdienst, .. })
                | AbonnementTodo::Aanmaken { gegevensdienst },
            ) => gegevensdienst,
        }
    }

    /// The path that it goes to; empty for the endpoint itself.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Query(query) => query.path(),
            Self::Placement(placement) => placement.path(),
            Self::Abonnement(_) => "",
        }
    }

    /// Whether it changes something at the other side: then it is never sent again by itself [P28, flows 4.1].
    #[must_use]
    pub const fn is_write(&self) -> bool {
        !matches!(self, Self::Query(_))
    }
}

/// One request in the queue of a run.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(Deserialize, Serialize))]
pub(super) struct Queued {
    pub(super) todo: Todo,
    /// Whether it was refused with `invalid_token` before: it is put back once [P26, flows 4.1].
    pub(super) retried: bool,
}

impl From<Todo> for Queued {
    fn from(todo: Todo) -> Self {
        Self { todo, retried: false }
    }
}
