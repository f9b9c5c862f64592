//! A run that waits for its token: state *AwaitingToken*.

use medmij_core::{CorrelationId, HttpResponse, LogEvent, Offers};
use time::{Duration, UtcDateTime};

use super::start::Run;
use super::{AbonnementTodo, Failure, FailureCause, HeldRefresh, HeldToken, Outcome, Ready, Stopped, Todo};
use crate::abonneren::days_after;
use crate::awaited::Awaited;
use crate::exchange::TokenResponse;
use crate::flow::{Row, p};
use crate::scope::{Comparison, Granted, ScopeFunction};

/// A run that waits for its token. The code is inside the request that was sent, and nowhere else: whatever happens, there
/// is nothing left to offer a second time [core.tknint.203, 2.x].
///
/// ```compile_fail
/// fn twice(awaiting: medmij_oauth::dvp::AwaitingToken, response: &medmij_core::HttpResponse, now: time::UtcDateTime) {
///     let _ = awaiting.response(response, now);
///     let _ = awaiting.response(response, now); // used up
/// }
/// ```
#[derive(Debug)]
#[must_use = "the run waits for a response"]
pub struct AwaitingToken {
    pub(super) awaited: Awaited,
    pub(super) run: Run,
}

/// What follows from a token response.
#[derive(Debug)]
#[must_use = "the response decides how the run goes on"]
#[expect(clippy::exhaustive_enums, reason = "a caller that misses a step must not compile")]
#[expect(clippy::large_enum_variant, reason = "made once per run and taken apart at once")]
pub enum TokenStep {
    /// There is a token: go on with the requests under it [P13, flows 4.1]. For later runs of the same person, and under a
    /// long-term consent before anything else, store [`Ready::token`].
    Ready {
        /// The run.
        ready: Ready,
        /// What is to be logged.
        events: Vec<LogEvent>,
    },
    /// The run has ended.
    Stopped(Stopped),
}

/// What a token response means for a run.
pub(super) enum Received {
    /// A token that covers something.
    Covered {
        held: HeldToken,
        run: Run,
        row: &'static Row,
    },
    /// A token that covers nothing of what is to be done [P13a, flows 4.1].
    NothingLeft { held: HeldToken, run: Run },
    /// The token is discarded [P13b, flows 4.1] [P13c, flows 4.1].
    Refused {
        outcome: Outcome,
        run: Run,
        row: &'static Row,
    },
}

/// Holds a token response against what the run asked for: rows P13, P13a, P13b, P13c, of a code and of a refresh token
/// alike. `kept` is the refresh token that stays if there is no new one. The chains are this one and that of the declaration.
pub(super) fn receive(
    mut run: Run,
    token: TokenResponse,
    kept: Option<HeldRefresh>,
    sent_at: UtcDateTime,
    now: UtcDateTime,
    [correlation_id, consent]: [CorrelationId; 2],
) -> Received {
    let release = run.dvp.release;
    let refused = |run, outcome, row| Received::Refused { outcome, run, row };
    let granted = match &token.scope {
        Some(text) => Granted::parse(text, &run.scope, &run.offers, release).ok(),
        // Mandatory for an Abonnement [ext.abo.tknint.200, 2.x].
        None if run.scope.function() == ScopeFunction::Abonneren => None,
        None => Some(Granted::all(&run.scope, &run.offers)),
    };
    let Some(granted) = granted.filter(|granted| granted.is_acceptable(&run.scope)) else {
        return refused(run, Outcome::StoppedTechnical, &p::P13C);
    };
    // Nothing is granted for what is to last, or nothing beyond what an Abonnement has: nothing is sent.
    let none = granted.dagen == Some(0) && run.scope.dagen() != Some(0);
    let no_extension = granted.dagen.is_some_and(|dagen| run.extension_refused(dagen, now));
    if none || no_extension {
        let cause = if none {
            FailureCause::NotGranted
        } else {
            FailureCause::ExtensionRefused
        };
        let dropped = run.todo.drain(..).map(|queued| Failure {
            todo: queued.todo,
            cause,
        });
        run.failed.extend(dropped);
        return refused(run, Outcome::StoppedNotDelivered, &p::P13B);
    }
    let (todo, dropped): (Vec<_>, Vec<_>) = run
        .todo
        .into_iter()
        .partition(|queued| granted.gegevensdiensten.contains(queued.todo.gegevensdienst()));
    let nothing_left = granted.gegevensdiensten.is_empty() || (todo.is_empty() && !dropped.is_empty() && run.done == 0);
    run.todo = todo.into();
    run.failed.extend(dropped.into_iter().map(|queued| Failure {
        todo: queued.todo,
        cause: FailureCause::NotGranted,
    }));
    let lifetime = Duration::seconds(i64::try_from(token.expires_in).unwrap_or_default());
    let new = token.refresh_token.map(|token| HeldRefresh::new(token, now));
    let held = HeldToken {
        release,
        function: run.scope.function(),
        representation: run.scope.representation(),
        aanbieder: run.offers.aanbieder().clone(),
        token_endpoint: run.offers.token().clone(),
        gegevensdiensten: granted.gegevensdiensten,
        dagen: granted.dagen,
        access_token: token.access_token,
        refresh: new.or(kept).filter(|_| run.scope.may_be_langdurig(release)),
        expires_at: sent_at.saturating_add(lifetime),
        correlation_id,
        consent,
    };
    if nothing_left {
        Received::NothingLeft { held, run }
    } else {
        let row = match (held.dagen, granted.comparison) {
            (Some(_), _) => &p::P13B,
            (None, Comparison::Narrower) => &p::P13A,
            _ => &p::P13,
        };
        Received::Covered { held, run, row }
    }
}

impl Run {
    /// Whether an extension was asked for, and what is granted does not reach past the present end: it is refused
    /// [P13b, flows 4.1].
    fn extension_refused(&self, granted: u32, now: UtcDateTime) -> bool {
        self.todo.iter().any(|queued| {
            let Todo::Abonnement(AbonnementTodo::Wijzigen(abonnement)) = &queued.todo else {
                return false;
            };
            let asked = days_after(now, self.scope.dagen().unwrap_or_default());
            let einde = abonnement.einde(now);
            einde.is_some_and(|einde| asked > einde && days_after(now, granted) <= einde)
        })
    }
}

impl AwaitingToken {
    /// Takes the response of the token endpoint.
    ///
    /// Row P13; P13a if the scope is narrower than what was asked for: the requests of the Gegevensdiensten that are not
    /// covered have failed, and the run is refused if nothing is left; P13b and P13c if the scope of an Abonnement is
    /// missing, or a scope is wider than what was asked for; P14 for any error.
    pub fn response(mut self, response: &HttpResponse, now: UtcDateTime) -> TokenStep {
        self.awaited.answered(response);
        let Ok(token) = TokenResponse::parse(response) else {
            return TokenStep::Stopped(self.failed(now));
        };
        let Self { awaited, run } = self;
        let log = |row: &'static Row| awaited.log(row, now);
        let chains = [awaited.correlation_id.clone(), awaited.correlation_id.clone()];
        match receive(run, token, None, awaited.sent_at, now, chains) {
            Received::Covered { held, run, row } => TokenStep::Ready {
                ready: Ready::new(held, run),
                events: log(row),
            },
            Received::NothingLeft { held, run } => {
                let stopped = Stopped::new(run, Outcome::StoppedRefused, log(&p::P13A));
                TokenStep::Stopped(stopped.with_token(held))
            }
            Received::Refused { outcome, run, row } => TokenStep::Stopped(Stopped::new(run, outcome, log(row))),
        }
    }

    /// No response came: the run ends, and the code counts as offered [P14, flows 4.1].
    pub fn failed(self, now: UtcDateTime) -> Stopped {
        let events = self.awaited.log(&p::P14, now);
        Stopped::new(self.run, Outcome::StoppedTechnical, events)
    }

    /// Whose data the person declared to be given: the consent, as it was obtained, is to be stored with the dossier
    /// [P7, flows 4.1].
    #[must_use]
    pub fn offers(&self) -> &Offers {
        &self.run.offers
    }
}

/// Gives the two steps that wait at the token endpoint the same getters, log line and way out.
macro_rules! at_token_endpoint {
    ($step:ident) => {
        impl $step {
            /// Gives the run up; what was offered counts as offered [P29, flows 4.1].
            pub fn abandon(self, now: time::UtcDateTime) -> super::Stopped {
                let events = self.awaited.log(&crate::flow::p::P29, now);
                super::Stopped::given_up(self.run, events)
            }

            /// From this moment on the server is too late: give up, and call `failed` [core.tknint.206, 2.x].
            #[must_use]
            pub fn deadline(&self) -> time::UtcDateTime {
                self.awaited.deadline(time::Duration::seconds(10))
            }

            /// What the run is about, for the own log.
            #[must_use]
            pub fn log_context(&self) -> crate::LogContext {
                self.run.log_context()
            }

            /// The id of the chain.
            #[must_use]
            pub const fn correlation_id(&self) -> &medmij_core::CorrelationId {
                &self.awaited.correlation_id
            }

            /// The id of the request that was sent.
            #[must_use]
            pub const fn request_id(&self) -> &medmij_core::RequestId {
                &self.awaited.request_id
            }
        }
    };
}

pub(super) use at_token_endpoint;

at_token_endpoint!(AwaitingToken);
