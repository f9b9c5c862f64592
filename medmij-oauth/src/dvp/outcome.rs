//! How a run ends.

use medmij_core::LogEvent;
use serde::{Deserialize, Serialize};

use super::start::Run;
use super::{HeldToken, Todo};
use crate::authorize::OAuthErrorCode;
use crate::own_log::LogContext;

/// The named end of a run.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "each end has its own words for the person")]
pub enum Outcome {
    /// All that was asked for was done [P20, flows 4.1].
    Completed,
    /// Some was done, some not, or it is not known: tell the person, with the causes [P21, flows 4.1].
    CompletedPartially,
    /// The request was invalid: tell the person [P9, flows 4.1].
    StoppedInvalidRequest {
        /// The code that came.
        error: OAuthErrorCode,
    },
    /// The request is not granted: tell the person so. There is no reason, and none is to be derived [P10, flows 4.1].
    StoppedRefused,
    /// The answer could not be established: tell the person [P11, flows 4.1].
    StoppedUndetermined {
        /// The code that came, one that we do not know included [P11c, flows 4.1].
        error: OAuthErrorCode,
    },
    /// Something technical failed: tell the person [P11b, flows 4.1] [P14, flows 4.1].
    StoppedTechnical,
    /// Nothing was done after consent, as far as is known: tell the person, with the causes [P22, flows 4.1].
    StoppedNotDelivered,
    /// The person left, or did not come back; no error [P12, flows 4.1] [P29, flows 4.1].
    Abandoned,
}

impl Outcome {
    /// The name of the state, as the tables have it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Completed => "Completed",
            Self::CompletedPartially => "CompletedPartially",
            Self::StoppedInvalidRequest { .. } => "StoppedInvalidRequest",
            Self::StoppedRefused => "StoppedRefused",
            Self::StoppedUndetermined { .. } => "StoppedUndetermined",
            Self::StoppedTechnical => "StoppedTechnical",
            Self::StoppedNotDelivered => "StoppedNotDelivered",
            Self::Abandoned => "Abandoned",
        }
    }
}

/// A run that has ended.
#[derive(Clone, Debug)]
#[must_use = "the person is to be told how the run ended"]
#[non_exhaustive]
pub struct Stopped {
    /// How.
    pub outcome: Outcome,
    /// How many requests were done.
    pub done: u32,
    /// What was not done, with the causes: after consent the person may know them [UC Verzamelen 6, 1.4.0] [Delen 2, 2.x].
    pub failed: Vec<Failure>,
    /// What may have been placed, taken, changed or ended, or not: the person is to be told, and decides whether it is sent
    /// again [P28, flows 4.1].
    pub unknown: Vec<Todo>,
    /// A token that came all the same, to be kept for later runs in the place of an older one.
    pub token: Option<Box<HeldToken>>,
    /// What the run was about, for the own log and the Beheerrapport.
    pub context: LogContext,
    /// What is to be logged.
    pub events: Vec<LogEvent>,
}

impl Stopped {
    /// A run that ends in this way.
    pub(super) fn new(run: Run, outcome: Outcome, events: Vec<LogEvent>) -> Self {
        Self {
            context: run.log_context(),
            outcome,
            done: run.done,
            failed: run.failed,
            unknown: run.unknown,
            token: None,
            events,
        }
    }

    pub(super) fn with_token(self, held: HeldToken) -> Self {
        Self {
            token: Some(Box::new(held)),
            ..self
        }
    }

    /// A run that is given up: what was done stays, and what was left was not asked for [P29, flows 4.1].
    pub(super) fn given_up(mut run: Run, events: Vec<LogEvent>) -> Self {
        let left = run.todo.drain(..).map(|queued| Failure {
            todo: queued.todo,
            cause: FailureCause::NotAsked,
        });
        run.failed.extend(left);
        let outcome = if run.done > 0 {
            Outcome::CompletedPartially
        } else {
            Outcome::Abandoned
        };
        Self::new(run, outcome, events)
    }
}

/// A request that gave nothing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Failure {
    /// Which request.
    pub todo: Todo,
    /// Why.
    pub cause: FailureCause,
}

/// Why a request gave nothing; after consent the person may know [UC Verzamelen 6, 1.4.0].
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub enum FailureCause {
    /// The Aanbieder has no such Gegevensdienst, system role or usable address any more.
    NoAddress,
    /// A server gave a URL of another origin than the endpoint's: the token does not go there.
    Foreign,
    /// A part of it is missing or unknown: pages or documents that were not followed, entries of which nobody knows.
    Incomplete,
    /// The token does not cover the Gegevensdienst [P13a, flows 4.1].
    NotGranted,
    /// The server refused the token twice [P26, flows 4.1].
    TokenRefused,
    /// The server refuses this to the token [P26b, flows 4.1].
    Forbidden,
    /// The server has it not, or not for this person: the DVP may know that now, and not why [P27, flows 4.1].
    NotAvailable,
    /// The server does not know the Abonnement, or not as one of this person [S6, flows 4.3].
    UnknownAbonnement,
    /// An extension of an Abonnement was refused, by the Aanbieder or by a grant that does not reach past its present end
    /// [P13b, flows 4.1] [S4, flows 4.3].
    ExtensionRefused,
    /// Of what was placed so many entries were refused [Delen 2, 2.x].
    RefusedInPart {
        /// How many.
        entries: u32,
    },
    /// The server answered with this status.
    Status(u16),
    /// No answer came within the time, or the connection broke.
    Unanswered,
    /// The run was given up before it was asked for [P29, flows 4.1].
    NotAsked,
}
