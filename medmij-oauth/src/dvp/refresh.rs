//! New tokens under a long-term consent, without the person: state *AwaitingRefresh* [RFC0054, 2.0].

use medmij_core::{CorrelationId, HttpResponse, LogEvent, Random, RandomError, RequestId};
use time::UtcDateTime;

use super::start::Run;
use super::token::{Received, at_token_endpoint, receive};
use super::{HeldRefresh, HeldToken, Outcome, Outgoing, Ready, Selected, Stopped};
use crate::awaited::Awaited;
use crate::exchange::{Sent, TokenResponse, TokenResponseError};
use crate::flow::p;

/// How a run goes on that has no valid access token.
#[derive(Debug)]
#[must_use = "this is what is to be done now"]
#[expect(clippy::exhaustive_enums, reason = "the rows P3 and P4")]
#[expect(clippy::large_enum_variant, reason = "made once per run and taken apart at once")]
pub enum RefreshChoice {
    /// Send a refresh request: a refresh token that is offered twice revokes the consent [P3, flows 4.1] [T6, flows 4.3].
    Refresh(Outgoing<AwaitingRefresh>),
    /// There is no refresh token for this run: begin an authorization, for which the person is needed [P4, flows 4.1].
    Authorize(Selected),
}

/// A run that waits for its new tokens. The refresh token is offered once: there is nothing to send it again with.
///
/// ```compile_fail
/// fn twice(awaiting: medmij_oauth::dvp::AwaitingRefresh, response: &medmij_core::HttpResponse, now: time::UtcDateTime) {
///     let _ = awaiting.response(response, now);
///     let _ = awaiting.response(response, now); // used up
/// }
/// ```
#[derive(Debug)]
#[must_use = "the run waits for a response"]
pub struct AwaitingRefresh {
    held: HeldToken,
    awaited: Awaited,
    run: Run,
}

/// What follows from the response to a refresh request.
#[derive(Debug)]
#[must_use = "the response decides how the run goes on"]
#[expect(clippy::exhaustive_enums, reason = "the rows P15, P16 and P17")]
#[expect(clippy::large_enum_variant, reason = "made once per run and taken apart at once")]
pub enum RefreshStep {
    /// There are new tokens: put [`Ready::token`] in the place of the old one, in one step and before anything else
    /// [P15, flows 4.1].
    Ready {
        /// The run.
        ready: Ready,
        /// What is to be logged.
        events: Vec<LogEvent>,
    },
    /// The refresh token is worth nothing any more: forget it. If the person is there, begin anew; if not, give the run up
    /// by [`stop_without_person`](Selected::stop_without_person) and tell them later that consent is needed again
    /// [P16, flows 4.1].
    Refused {
        /// The run.
        selected: Selected,
        /// What is to be logged.
        events: Vec<LogEvent>,
    },
    /// The run has ended, and the old refresh token stays: whether the server has replaced it is not known. If
    /// [`Stopped::token`] holds a new one, that takes its place [P17, flows 4.1].
    Stopped(Stopped),
}

/// The refresh token of an earlier run, if it is for what this run asks and has not expired.
fn usable<'a>(run: &Run, held: &'a HeldToken, now: UtcDateTime) -> Option<&'a HeldRefresh> {
    let possible = run.scope.may_be_langdurig(run.dvp.release) && run.fits(held);
    held.refresh
        .as_ref()
        .filter(|refresh| possible && now < refresh.expires_at)
}

impl Selected {
    /// Whether [`refresh`](Self::refresh) could ask for new tokens by this one: see before it is claimed.
    #[must_use]
    pub fn can_refresh(&self, held: &HeldToken, now: UtcDateTime) -> bool {
        usable(&self.run, held, now).is_some()
    }

    /// Stops a run whose long-term consent is worth nothing any more, when the person is not there: tell them later that
    /// consent is needed again [P16, flows 4.1].
    pub fn stop_without_person(self) -> Stopped {
        let stopped = Stopped::given_up(self.run, Vec::new());
        Stopped {
            outcome: Outcome::StoppedRefused,
            ..stopped
        }
    }

    /// Asks for new tokens by the refresh token of an earlier run of the same person, if there is one for this
    /// [P3, flows 4.1]. The chain is a new one [core.tknint.208, 2.x].
    ///
    /// The caller has **claimed** the token under the [`TokenKey`](super::TokenKey) of the same person: see
    /// [`TokenStore::claim`](super::TokenStore::claim).
    ///
    /// # Errors
    /// If the source of randomness fails.
    pub fn refresh(
        self,
        held: &HeldToken,
        now: UtcDateTime,
        random: &mut impl Random,
    ) -> Result<RefreshChoice, RandomError> {
        let Self { run } = self;
        let dvp = &run.dvp;
        let (Some(refresh), Ok(endpoint)) = (usable(&run, held, now), run.offers.token().to_uri()) else {
            return Ok(RefreshChoice::Authorize(Self { run }));
        };
        let request_id = RequestId::random(random)?;
        let correlation_id = CorrelationId::random(random)?;
        let ids = (&request_id, &correlation_id);
        let request = Sent::Refresh(&refresh.token).request(dvp.release, &endpoint, &dvp.client_id, ids);
        let events = p::P3.log(now, Some(&correlation_id), Some(&request_id));
        let awaiting = AwaitingRefresh {
            held: held.clone(),
            awaited: Awaited::new(correlation_id, request_id, now),
            run,
        };
        Ok(RefreshChoice::Refresh(Outgoing {
            request,
            awaiting,
            events,
        }))
    }
}

impl AwaitingRefresh {
    /// Takes the response of the token endpoint: rows P15, P16, P17.
    pub fn response(mut self, response: &HttpResponse, now: UtcDateTime) -> RefreshStep {
        self.awaited.answered(response);
        let token = match TokenResponse::parse(response) {
            Ok(token) => token,
            Err(TokenResponseError::InvalidGrant) => {
                let events = self.awaited.log(&p::P16, now);
                let selected = Selected { run: self.run };
                return RefreshStep::Refused { selected, events };
            }
            Err(TokenResponseError::Malformed) => return RefreshStep::Stopped(self.failed(now)),
        };
        let issued = self.awaited.log(&p::P15, now);
        let Self { mut held, awaited, run } = self;
        // A server that gives no new one leaves the old one as it is (RFC 6749, section 6).
        if let Some(token) = &token.refresh_token {
            held.refresh = Some(HeldRefresh::new(token.clone(), now));
        }
        let chains = [awaited.correlation_id.clone(), held.consent.clone()];
        match receive(run, token, held.refresh.clone(), awaited.sent_at, now, chains) {
            Received::Covered { held, run, .. } => RefreshStep::Ready {
                ready: Ready::new(held, run),
                events: issued,
            },
            Received::NothingLeft { held, run } => {
                let stopped = Stopped::new(run, Outcome::StoppedRefused, issued);
                RefreshStep::Stopped(stopped.with_token(held))
            }
            // The access token is discarded; the server has replaced the refresh token all the same.
            Received::Refused { outcome, run, row } => {
                held.expires_at = held.expires_at.min(now);
                let row = if row.row == p::P13C.row { &p::P13C_REFRESH } else { row };
                let refused = awaited.log(row, now);
                RefreshStep::Stopped(Stopped::new(run, outcome, refused).with_token(held))
            }
        }
    }

    /// No response came: the run ends, and the old refresh token stays [P17, flows 4.1].
    pub fn failed(self, now: UtcDateTime) -> Stopped {
        let events = self.awaited.log(&p::P17, now);
        Stopped::new(self.run, Outcome::StoppedTechnical, events)
    }
}

at_token_endpoint!(AwaitingRefresh);
