//! A run with a token, and one that waits for a resource: states *Ready* and *AwaitingResponse*.

use std::fmt;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, StatusCode, Uri};
use medmij_core::{
    Aanbiedernaam, CorrelationId, Digest, GegevensdienstId, Gegevensdienstnaam, HttpRequest, HttpResponse,
    InterfaceversieId, LogEvent, OwnEvent, Random, RandomError, Release, RequestId, Systeemrolcode,
};
use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::start::Run;
use super::{Failure, FailureCause, HeldToken, Outcome, Outgoing, ResourceQuery, Selected, Stopped};
use crate::{bearer, headers};

/// A run that holds a token. Call [`next`](Self::next) until it is done.
///
/// # Security
/// With the feature `persist` it can be serialised, its token included: seal what is written, and take it out once.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the run has requests to do"]
pub struct Ready {
    /// `None` once the server refused it [P26, flows 4.1].
    token: Option<HeldToken>,
    correlation_id: CorrelationId,
    run: Run,
}

/// What a run with a token has to do next.
#[derive(Debug)]
#[must_use = "this is what is to be done now"]
#[expect(clippy::exhaustive_enums, reason = "a caller that misses a step must not compile")]
#[expect(clippy::large_enum_variant, reason = "made once per request and taken apart at once")]
pub enum NextStep {
    /// Send a request [P18, flows 4.1].
    Send(Outgoing<AwaitingResponse>),
    /// The token has expired or was refused, and something is left to do: under a long-term consent a
    /// [`refresh`](Selected::refresh), else a new authorization, for which the person is needed [P19, flows 4.1].
    NeedsToken {
        /// The run, to begin anew with what is left.
        selected: Selected,
    },
    /// The run has ended.
    Stopped(Stopped),
}

impl Ready {
    pub(super) fn new(token: HeldToken, run: Run) -> Self {
        let correlation_id = token.correlation_id.clone();
        Self {
            token: Some(token),
            correlation_id,
            run,
        }
    }

    /// The token, to be kept for another run of the same person [P2, flows 4.1].
    #[must_use]
    pub const fn token(&self) -> Option<&HeldToken> {
        self.token.as_ref()
    }

    /// The Gegevensdiensten whose data cannot be obtained, to tell the person [P13a, flows 4.1].
    pub fn not_granted(&self) -> impl Iterator<Item = &GegevensdienstId> {
        let failed = self
            .run
            .failed
            .iter()
            .filter(|failure| failure.cause == FailureCause::NotGranted);
        failed.map(|failure| failure.query.gegevensdienst())
    }

    /// The id of the chain.
    #[must_use]
    pub const fn correlation_id(&self) -> &CorrelationId {
        &self.correlation_id
    }

    /// What is to be done now: rows P18, P19, P20, P21, P22.
    ///
    /// # Errors
    /// If the source of randomness fails.
    pub fn next(mut self, now: UtcDateTime, random: &mut impl Random) -> Result<NextStep, RandomError> {
        loop {
            let Some(query) = self.run.todo.pop_front() else {
                let outcome = match (self.run.done, self.run.failed.is_empty()) {
                    (_, true) => Outcome::Completed,
                    (0, false) => Outcome::StoppedNotDelivered,
                    (_, false) => Outcome::CompletedPartially,
                };
                return Ok(NextStep::Stopped(Stopped::new(self.run, outcome, Vec::new())));
            };
            let Some(token) = self.token.as_ref().filter(|token| now < token.expires_at) else {
                self.run.todo.push_front(query);
                return Ok(NextStep::NeedsToken {
                    selected: Selected { run: self.run },
                });
            };
            let Some(mut request) = build(&self.run, &query, token) else {
                self.run.failed.push(Failure {
                    query,
                    cause: FailureCause::NoAddress,
                });
                continue;
            };
            let request_id = RequestId::random(random)?;
            let correlated = self.run.dvp.release.correlation_id_in_resource_request();
            headers::insert_ids(
                request.headers_mut(),
                &request_id,
                correlated.then_some(&self.correlation_id),
            );
            let event = LogEvent::new(now, OwnEvent::ResourceRequest)
                .with_trace_id(Some(&self.correlation_id))
                .with_request_id(Some(&request_id));
            let awaiting = AwaitingResponse {
                ready: self,
                query,
                request_id,
            };
            return Ok(NextStep::Send(Outgoing {
                request,
                awaiting,
                events: vec![event],
            }));
        }
    }

    /// Gives the run up; what was stored stays [P29, flows 4.1].
    pub fn abandon(self, now: UtcDateTime) -> Stopped {
        let event = LogEvent::new(now, OwnEvent::Abandoned).with_trace_id(Some(&self.correlation_id));
        Stopped::given_up(self.run, event)
    }
}

/// The request with its token, if the offer still has a usable address for it [core.rscint.200, 2.x].
fn build(run: &Run, query: &ResourceQuery, token: &HeldToken) -> Option<HttpRequest> {
    let offer = run.offers.gegevensdienst(query.gegevensdienst().as_str())?;
    let base = offer
        .resource(query.systeemrol().as_str())
        .filter(|base| base.to_uri().is_ok())?;
    let mut request = HttpRequest::new(Vec::new());
    *request.uri_mut() = Uri::try_from(format!("{base}/{}", query.path())).ok()?;
    let headers = request.headers_mut();
    headers.insert(AUTHORIZATION, bearer::header(&token.access_token)?);
    headers.insert(ACCEPT, HeaderValue::from_str(query.accept()).ok()?);
    Some(request)
}

/// A run that waits for the response to a resource request.
#[derive(Debug)]
#[must_use = "the run waits for a response"]
pub struct AwaitingResponse {
    ready: Ready,
    query: ResourceQuery,
    request_id: RequestId,
}

/// What follows from a resource response.
#[derive(Debug)]
#[must_use = "store what was collected before the run goes on"]
#[non_exhaustive]
pub struct ResourceStep {
    /// What was collected, to be stored before the run goes on [P23, flows 4.1].
    pub collected: Option<Collected>,
    /// The run.
    pub ready: Ready,
    /// What is to be logged.
    pub events: Vec<LogEvent>,
}

/// One answer, as it came, with all that must be kept with it inseparably [P23, flows 4.1] [P&I 1c, 1.1.2]
/// [P&I 19, 1.1.2].
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Collected {
    /// Whose data it is: the source.
    pub aanbieder: Aanbiedernaam,
    /// The release whose interfaces were used.
    pub release: Release,
    /// The Interfaceversie of the entry in the list.
    pub interfaceversie: Option<InterfaceversieId>,
    /// Which Gegevensdienst.
    pub gegevensdienst: GegevensdienstId,
    /// Its display name at the time: the context.
    pub gegevensdienstnaam: Option<Gegevensdienstnaam>,
    /// The system role that served it.
    pub systeemrol: Systeemrolcode,
    /// The host that served it.
    pub host: String,
    /// The path that was asked for.
    pub path: String,
    /// The id of the request.
    pub request_id: RequestId,
    /// The id of the chain.
    pub correlation_id: CorrelationId,
    /// When it came.
    pub received_at: UtcDateTime,
    /// Its media type, as told.
    pub content_type: Option<String>,
    /// The SHA-256 digest of the bytes.
    pub digest: Digest,
    /// The bytes.
    #[serde(skip)]
    pub body: Vec<u8>,
}

/// Without the bytes, which are health data.
impl fmt::Debug for Collected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collected")
            .field("aanbieder", &self.aanbieder)
            .field("gegevensdienst", &self.gegevensdienst)
            .field("path", &self.path)
            .field("request_id", &self.request_id)
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

impl AwaitingResponse {
    /// Takes the response of the Resource Server: rows P23, P26, P26b, P28.
    pub fn response(self, response: HttpResponse, now: UtcDateTime) -> ResourceStep {
        let cause = match response.status() {
            StatusCode::OK => return self.collected(response, now),
            StatusCode::UNAUTHORIZED => return self.token_refused(now),
            StatusCode::FORBIDDEN => FailureCause::Forbidden,
            other => FailureCause::Status(other.as_u16()),
        };
        self.fail(cause, now)
    }

    /// No response came within 60 seconds, or the connection broke [P28, flows 4.1].
    pub fn failed(self, now: UtcDateTime) -> ResourceStep {
        self.fail(FailureCause::Unanswered, now)
    }

    /// The request that was sent.
    #[must_use]
    pub const fn query(&self) -> &ResourceQuery {
        &self.query
    }

    /// The id of the request that was sent.
    #[must_use]
    pub const fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    fn collected(self, response: HttpResponse, now: UtcDateTime) -> ResourceStep {
        let event = self.event(now, OwnEvent::ResourceResponse);
        let Self {
            mut ready,
            query,
            request_id,
        } = self;
        ready.run.done += 1;
        let offer = ready.run.offers.gegevensdienst(query.gegevensdienst().as_str());
        let host = offer
            .and_then(|offer| offer.resource(query.systeemrol().as_str()))
            .map(|uri| uri.host().to_owned());
        let content_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let collected = Collected {
            aanbieder: ready.run.offers.aanbieder().clone(),
            release: ready.run.dvp.release,
            interfaceversie: ready.run.offers.interfaceversie().cloned(),
            gegevensdienst: query.gegevensdienst().clone(),
            gegevensdienstnaam: offer.and_then(|offer| offer.naam.clone()),
            systeemrol: query.systeemrol().clone(),
            host: host.unwrap_or_default(),
            path: query.path().to_owned(),
            request_id,
            correlation_id: ready.correlation_id.clone(),
            received_at: now,
            content_type: content_type.map(str::to_owned),
            digest: Digest::of(response.body()),
            body: response.into_body(),
        };
        ResourceStep {
            collected: Some(collected),
            ready,
            events: vec![event],
        }
    }

    /// Row P26: the token is gone; the request is put back once.
    fn token_refused(mut self, now: UtcDateTime) -> ResourceStep {
        // A token that was refused is used no more, for this request or the next.
        self.ready.token = None;
        if self.query.retried {
            return self.fail(FailureCause::TokenRefused, now);
        }
        let event = self.event(now, OwnEvent::ResourceError);
        self.query.retried = true;
        self.ready.run.todo.push_front(self.query);
        ResourceStep {
            collected: None,
            ready: self.ready,
            events: vec![event],
        }
    }

    fn fail(self, cause: FailureCause, now: UtcDateTime) -> ResourceStep {
        let event = self.event(now, OwnEvent::ResourceError);
        let Self { mut ready, query, .. } = self;
        ready.run.failed.push(Failure { query, cause });
        ResourceStep {
            collected: None,
            ready,
            events: vec![event],
        }
    }

    fn event(&self, now: UtcDateTime, event: OwnEvent) -> LogEvent {
        LogEvent::new(now, event)
            .with_trace_id(Some(&self.ready.correlation_id))
            .with_request_id(Some(&self.request_id))
    }
}
