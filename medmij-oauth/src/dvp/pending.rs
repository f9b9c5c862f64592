//! A run that waits for the person's return: state *AwaitingAuthorization*.

use http::Uri;
use medmij_core::{
    AuthorizationCode, CodeVerifier, CorrelationId, Digest, LogEvent, Random, RandomError, RequestId, State,
};
use time::UtcDateTime;

use super::start::Run;
use super::{AwaitingToken, Outcome, Outgoing, Stopped};
use crate::authorize::{AuthorizationReply, ErrorClass, OAuthErrorCode, ReplyContent};
use crate::awaited::Awaited;
use crate::exchange::Sent;
use crate::flow::{Row, p};
use crate::own_log::LogContext;

/// A run that waits for the person to come back from the Authorization Server.
///
/// # Security
/// Keep it on the server, under [`key`](Self::key), bound to the person's session, and take it out once: a reply is
/// matched by `state` alone [P8, flows 4.1]. With the feature `persist` it can be serialised, its `state` included: seal
/// what is written.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the run waits for a reply"]
pub struct Pending {
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed"))]
    pub(super) state: State,
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed::option"))]
    pub(super) code_verifier: Option<CodeVerifier>,
    pub(super) correlation_id: CorrelationId,
    pub(super) request_id: RequestId,
    pub(super) deadline: UtcDateTime,
    pub(super) run: Run,
}

/// What follows from a reply.
#[derive(Debug)]
#[must_use = "the reply decides how the run goes on"]
#[expect(clippy::exhaustive_enums, reason = "a caller that misses a step must not compile")]
pub enum ReplyStep {
    /// The declaration was given: send the token request [P7, flows 4.1].
    Exchange(Outgoing<AwaitingToken>),
    /// The run has ended.
    Stopped(Stopped),
    /// The reply is not for this run: show its bearer a neutral error, and keep the run [P8, flows 4.1].
    Stray {
        /// The run, unchanged.
        pending: Pending,
        /// What is to be logged.
        events: Vec<LogEvent>,
    },
}

/// What is to be logged of a redirect that belongs to no run that waits: nothing of it is used, and its bearer is shown a
/// neutral page [P8, flows 4.1].
#[must_use]
pub fn stray_redirect(now: UtcDateTime) -> Vec<LogEvent> {
    p::P8.log(now, None, None)
}

impl Pending {
    /// The key to store it under: the digest of its `state`.
    #[must_use]
    pub fn key(&self) -> Digest {
        self.state.digest()
    }

    /// After this moment the person is not expected any more.
    #[must_use]
    pub const fn deadline(&self) -> UtcDateTime {
        self.deadline
    }

    /// What the run is about, for the own log.
    #[must_use]
    pub fn log_context(&self) -> LogContext {
        self.run.log_context()
    }

    /// The id of the chain.
    #[must_use]
    pub const fn correlation_id(&self) -> &CorrelationId {
        &self.correlation_id
    }

    /// The id of the authorization request; releases that send none have it for the log.
    #[must_use]
    pub const fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// Takes the reply that the person's browser brought to the redirect URI.
    ///
    /// Rows P7, P8, P9, P10, P11, P11b, P11c, and P12 for one that comes too late.
    ///
    /// # Errors
    /// If the source of randomness fails; the code was then not offered, and the run is lost.
    pub fn reply(
        self,
        reply: AuthorizationReply,
        now: UtcDateTime,
        random: &mut impl Random,
    ) -> Result<ReplyStep, RandomError> {
        if reply.state() != Some(&self.state) {
            let events = self.events(&p::P8, now);
            return Ok(ReplyStep::Stray { pending: self, events });
        }
        if now >= self.deadline {
            return Ok(ReplyStep::Stopped(self.timeout(now)));
        }
        let (row, outcome) = match reply.into_content() {
            ReplyContent::Code(code) => match self.run.offers.token().to_uri() {
                Ok(endpoint) => return self.exchange(&code, &endpoint, now, random).map(ReplyStep::Exchange),
                // No run starts with such an address; one from a store might.
                Err(_) => (&p::P11B, Outcome::StoppedTechnical),
            },
            ReplyContent::Malformed => (&p::P11B, Outcome::StoppedTechnical),
            ReplyContent::Error(error) => match error.class() {
                ErrorClass::InvalidRequest => (&p::P9, Outcome::StoppedInvalidRequest { error }),
                ErrorClass::NotGranted => (&p::P10, Outcome::StoppedRefused),
                ErrorClass::Undetermined if matches!(error, OAuthErrorCode::Other(_)) => {
                    (&p::P11C, Outcome::StoppedUndetermined { error })
                }
                ErrorClass::Undetermined => (&p::P11, Outcome::StoppedUndetermined { error }),
            },
        };
        let events = self.events(row, now);
        Ok(ReplyStep::Stopped(Stopped::new(self.run, outcome, events)))
    }

    /// The person did not come back in time, came back without anything, or starts anew. No error: in 2.x the DVA has told
    /// the person itself [P12, flows 4.1].
    pub fn timeout(self, now: UtcDateTime) -> Stopped {
        let events = self.events(&p::P12, now);
        Stopped::given_up(self.run, events)
    }

    /// The person cancelled at the DVP [P29, flows 4.1].
    pub fn abandon(self, now: UtcDateTime) -> Stopped {
        let events = self.events(&p::P29, now);
        Stopped::given_up(self.run, events)
    }

    /// Row P7: from the code it follows that the declaration was given.
    fn exchange(
        self,
        code: &AuthorizationCode,
        endpoint: &Uri,
        now: UtcDateTime,
        random: &mut impl Random,
    ) -> Result<Outgoing<AwaitingToken>, RandomError> {
        let mut events = self.events(&p::P7, now);
        let request_id = RequestId::random(random)?;
        let Self {
            code_verifier,
            correlation_id,
            run,
            ..
        } = self;
        let dvp = &run.dvp;
        let sent = Sent::Code {
            code,
            redirect_uri: &dvp.redirect_uri,
            code_verifier: code_verifier.as_ref(),
        };
        let request = sent.request(dvp.release, endpoint, &dvp.client_id, (&request_id, &correlation_id));
        // That the code came is about the request before; the last event is about this one.
        if let Some(sent) = events.last_mut() {
            sent.request_id = Some(request_id.clone());
        }
        let awaiting = AwaitingToken {
            awaited: Awaited::new(correlation_id, request_id, now),
            run,
        };
        Ok(Outgoing {
            request,
            awaiting,
            events,
        })
    }

    fn events(&self, row: &'static Row, now: UtcDateTime) -> Vec<LogEvent> {
        row.log(now, Some(&self.correlation_id), None)
    }
}
