//! A run that waits for its token: state *AwaitingToken*.

use std::fmt;

use medmij_core::{CorrelationId, HttpRequest, HttpResponse, LogEvent, Offers, OwnEvent, RequestId};
use time::{Duration, UtcDateTime};

use super::start::Run;
use super::{Dvp, Failure, FailureCause, HeldToken, Outcome, Ready, Stopped};
use crate::exchange::TokenResponse;
use crate::scope::{Scope, covered};

/// A token request to send, and what waits for its response.
#[must_use = "the token request is to be sent, once"]
#[non_exhaustive]
pub struct Exchange {
    /// The request, to be sent **once**, over mutual TLS, without following redirects [core.tknint.203, 2.x].
    pub request: HttpRequest,
    /// What takes the response.
    pub awaiting: AwaitingToken,
    /// What is to be logged.
    pub events: Vec<LogEvent>,
}

/// Without the request, in whose body the code is.
impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("awaiting", &self.awaiting)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}

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
    pub(super) dvp: Dvp,
    pub(super) correlation_id: CorrelationId,
    pub(super) request_id: RequestId,
    pub(super) sent_at: UtcDateTime,
    pub(super) run: Run,
}

/// What follows from a token response.
#[derive(Debug)]
#[must_use = "the response decides how the run goes on"]
#[expect(clippy::exhaustive_enums, reason = "a caller that misses a step must not compile")]
#[expect(clippy::large_enum_variant, reason = "made once per run and taken apart at once")]
pub enum TokenStep {
    /// There is a token: go on with the resource requests [P13, flows 4.1].
    Ready {
        /// The run.
        ready: Ready,
        /// What is to be logged.
        events: Vec<LogEvent>,
    },
    /// The run has ended.
    Stopped(Stopped),
}

impl AwaitingToken {
    /// Takes the response of the token endpoint.
    ///
    /// Row P13; P13a if the scope is narrower than what was asked for: the requests of the Gegevensdiensten that are not
    /// covered have failed, and the run is refused if nothing is left; P13c if it is wider or none; P14 for any error.
    pub fn response(self, response: &HttpResponse, now: UtcDateTime) -> TokenStep {
        let Ok(token) = TokenResponse::parse(response) else {
            return TokenStep::Stopped(self.failed(now));
        };
        let release = self.dvp.release;
        let offers = &self.run.offers;
        let all = || Ok(offers.iter().map(|offer| offer.gegevensdienst.clone()).collect());
        let (Ok(gegevensdiensten), Ok(scope)) = (
            token
                .scope
                .as_deref()
                .map_or_else(all, |scope| covered(scope, offers, release)),
            Scope::verzamelen(offers, release),
        ) else {
            return TokenStep::Stopped(self.failed(now));
        };
        let issued = self.event(now, OwnEvent::TokenIssued);
        let Self {
            dvp,
            correlation_id,
            sent_at,
            mut run,
            ..
        } = self;
        let (todo, dropped): (Vec<_>, Vec<_>) = run
            .todo
            .into_iter()
            .partition(|query| gegevensdiensten.contains(query.gegevensdienst()));
        run.todo = todo.into();
        run.failed.extend(dropped.into_iter().map(|query| Failure {
            query,
            cause: FailureCause::NotGranted,
        }));
        if run.todo.is_empty() && run.done == 0 {
            return TokenStep::Stopped(Stopped::new(run, Outcome::StoppedRefused, vec![issued]));
        }
        let lifetime = Duration::seconds(i64::try_from(token.expires_in).unwrap_or_default());
        let held = HeldToken {
            release,
            aanbieder: run.offers.aanbieder().clone(),
            token_endpoint: run.offers.token().clone(),
            gegevensdiensten,
            access_token: token.access_token,
            refresh_token: token.refresh_token.filter(|_| release.langdurige_toestemming()),
            expires_at: sent_at.saturating_add(lifetime),
            correlation_id,
        };
        TokenStep::Ready {
            ready: Ready::new(dvp, scope, held, run),
            events: vec![issued],
        }
    }

    /// No response came: the run ends, and the code counts as offered [P14, flows 4.1].
    pub fn failed(self, now: UtcDateTime) -> Stopped {
        let events = vec![self.event(now, OwnEvent::TokenRefused)];
        Stopped::new(self.run, Outcome::StoppedTechnical, events)
    }

    /// Gives the run up: the code counts as offered [P29, flows 4.1].
    pub fn abandon(self, now: UtcDateTime) -> Stopped {
        let event = self.event(now, OwnEvent::Abandoned);
        Stopped::given_up(self.run, event)
    }

    /// Whose data the person declared to be given: the consent, as it was obtained, is to be stored with the dossier
    /// [P7, flows 4.1].
    #[must_use]
    pub fn offers(&self) -> &Offers {
        &self.run.offers
    }

    /// The id of the chain.
    #[must_use]
    pub const fn correlation_id(&self) -> &CorrelationId {
        &self.correlation_id
    }

    /// The id of the request that was sent.
    #[must_use]
    pub const fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    fn event(&self, now: UtcDateTime, event: OwnEvent) -> LogEvent {
        LogEvent::new(now, event)
            .with_trace_id(Some(&self.correlation_id))
            .with_request_id(Some(&self.request_id))
    }
}
