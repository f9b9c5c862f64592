//! The way of what was collected: from its source to here, and on.

use medmij_core::{Aanbiedernaam, Digest, GegevensdienstId, Gegevensdienstnaam, RequestId};
use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::RequestUrl;
use crate::EntryState;

/// Where something was collected: the source and the context, which belong to it inseparably [P&I 1c, 1.1.2].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[expect(
    clippy::exhaustive_structs,
    reason = "what the framework names, and the id behind the name"
)]
pub struct Origin {
    /// The source.
    pub aanbieder: Aanbiedernaam,
    /// The context, by its id.
    pub gegevensdienst: GegevensdienstId,
    /// The context, by its name at the time; `None` if the Gegevensdienstnamenlijst did not have it.
    pub gegevensdienstnaam: Option<Gegevensdienstnaam>,
}

impl Origin {
    /// How the context is called: by its name, or else its id.
    #[must_use]
    pub fn context(&self) -> &str {
        let naam = self.gegevensdienstnaam.as_ref();
        naam.map_or(self.gegevensdienst.as_str(), Gegevensdienstnaam::as_str)
    }
}

/// How an answer came: its source and context, the request, and when [P&I 1c, 1.1.2] [P&I 19, 1.1.2].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the caller fills it in")]
pub struct Received {
    /// The source and the context.
    pub origin: Origin,
    /// What was asked for.
    pub request: RequestUrl,
    /// The id of the request.
    pub request_id: RequestId,
    /// When the answer came.
    #[serde(with = "super::moment")]
    pub at: UtcDateTime,
    /// Its media type, as told.
    pub content_type: Option<String>,
    /// Which page of a search it is, from 0.
    pub page: u32,
}

/// One step on the way of what was collected [AF-1188].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a caller that misses a step must not compile")]
pub enum Hop<'e> {
    /// It came from its source.
    Collected(&'e Received),
    /// It was changed: from here on it is a copy.
    Edited(&'e Edited),
    /// It was shared with another.
    PassedOn(&'e PassedOn),
}

/// What became of it here, as it is stored.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "hop", rename_all = "snake_case")]
pub(super) enum Onward {
    Edited(Edited),
    PassedOn(PassedOn),
}

impl Onward {
    pub(super) const fn hop(&self) -> Hop<'_> {
        match self {
            Self::Edited(edited) => Hop::Edited(edited),
            Self::PassedOn(to) => Hop::PassedOn(to),
        }
    }
}

/// That something was changed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Edited {
    /// When.
    #[serde(with = "super::moment")]
    pub at: UtcDateTime,
    /// The SHA-256 over the bytes that it was changed to.
    pub digest: Digest,
}

/// To whom something was shared that was collected elsewhere [P&I 3, 1.1.2].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the caller fills it in")]
pub struct PassedOn {
    /// With whom.
    pub aanbieder: Aanbiedernaam,
    /// As which Gegevensdienst.
    pub gegevensdienst: GegevensdienstId,
    /// When.
    #[serde(with = "super::moment")]
    pub at: UtcDateTime,
    /// The request with which it went.
    pub request_id: RequestId,
    /// What became of it.
    pub state: EntryState,
}
