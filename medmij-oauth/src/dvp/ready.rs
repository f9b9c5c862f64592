//! A run with a token, and one that waits for an answer: states *Ready* and *AwaitingResponse*.

use std::fmt;

use medmij_core::{
    CorrelationId, GegevensdienstId, HttpRequest, HttpResponse, LogEvent, Random, RandomError, RequestId,
};
use time::{Date, Duration, UtcDateTime};

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode, Uri};
use url::Url;

use super::done::{Asked, Done, Placed};
use super::start::Run;
use super::todo::Queued;
use super::{
    Abonnement, AbonnementTodo, Failure, FailureCause, HeldToken, Outcome, Outgoing, ResourceQuery, Selected, Stopped,
    Todo,
};
use crate::abonneren::{AbonnementState, SubscriptionRequest, SubscriptionResponse, days_after};
use crate::awaited::Awaited;
use crate::flow::{Row, p};
use crate::own_log::LogContext;
use crate::{ScopeFunction, bearer, headers};

/// How long a Resource Server may take [core.rscint.202, 2.x].
const RESPONSE_TIME: Duration = Duration::seconds(60);

/// A run that holds a token. Call [`next`](Self::next) until it is done.
///
/// # Security
/// With the feature `persist` it can be serialised, its token included: seal what is written, and take it out once. Of a
/// request that is on its way, store [`AwaitingResponse::if_lost`].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the run has requests to do"]
pub struct Ready {
    /// `None` once the server refused it [P26, flows 4.1].
    token: Option<HeldToken>,
    correlation_id: CorrelationId,
    consent: CorrelationId,
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
        let (correlation_id, consent) = (token.correlation_id.clone(), token.consent.clone());
        Self {
            token: Some(token),
            correlation_id,
            consent,
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
        failed.map(|failure| failure.todo.gegevensdienst())
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

    /// Asks for more under the same token, before what is left: the next page of a search, the documents of a list [P18, flows 4.1]. A run
    /// that is no *Verzamelen* tells each as not granted.
    ///
    /// How many there may be is the caller's to bound, as paging does.
    pub fn follow(mut self, queries: impl IntoIterator<Item = ResourceQuery>) -> Self {
        let queries = queries.into_iter().map(Todo::Query);
        if self.run.scope.function() == ScopeFunction::Verzamelen {
            let left = std::mem::take(&mut self.run.todo);
            self.run.todo = queries.map(Queued::from).chain(left).collect();
        } else {
            let cause = FailureCause::NotGranted;
            self.run.failed.extend(queries.map(|todo| Failure { todo, cause }));
        }
        self
    }

    /// Notes that of something that was done a part is missing, and why: of a batch that was [placed](Placed) entries were refused,
    /// as the caller reads in its answer [Delen 2, 2.x]; of a search pages were not followed. The run then ends partially.
    pub fn incomplete(mut self, todo: Todo, cause: FailureCause) -> Self {
        self.run.failed.push(Failure { todo, cause });
        self
    }

    /// What is to be done now: rows P18, P19, P20, P21, P22.
    ///
    /// # Errors
    /// If the source of randomness fails.
    pub fn next(mut self, now: UtcDateTime, random: &mut impl Random) -> Result<NextStep, RandomError> {
        loop {
            let Some(queued) = self.run.todo.pop_front() else {
                return Ok(NextStep::Stopped(self.end(now)));
            };
            let Some(token) = self.token.as_ref().filter(|token| now < token.expires_at) else {
                self.run.todo.push_front(queued);
                return Ok(NextStep::NeedsToken {
                    selected: Selected { run: self.run },
                });
            };
            let mut request = match build(&self.run, &queued.todo, token, now.date()) {
                Ok(request) => request,
                Err(cause) => {
                    let todo = queued.todo;
                    self.run.failed.push(Failure { todo, cause });
                    continue;
                }
            };
            let request_id = RequestId::random(random)?;
            let correlated = self.run.dvp.release.correlation_id_in_resource_request();
            headers::insert_ids(
                request.headers_mut(),
                &request_id,
                correlated.then_some(&self.correlation_id),
            );
            let events = p::P18.log(now, Some(&self.correlation_id), Some(&request_id));
            let awaited = Awaited::new(self.correlation_id.clone(), request_id, now);
            let awaiting = AwaitingResponse {
                ready: self,
                queued,
                url: request.uri().clone(),
                awaited,
            };
            return Ok(NextStep::Send(Outgoing {
                request,
                awaiting,
                events,
            }));
        }
    }

    /// Rows P20, P21 and P22: what is unknown counts as not done.
    fn end(self, now: UtcDateTime) -> Stopped {
        let whole = self.run.failed.is_empty() && self.run.unknown.is_empty();
        let (row, outcome) = match (self.run.done, whole) {
            (_, true) => (&p::P20, Outcome::Completed),
            (0, false) => (&p::P22, Outcome::StoppedNotDelivered),
            (_, false) => (&p::P21, Outcome::CompletedPartially),
        };
        let events = row.log(now, Some(&self.correlation_id), None);
        Stopped::new(self.run, outcome, events)
    }

    /// The run took too long; what was stored stays [P30, flows 4.1].
    pub fn timeout(self, now: UtcDateTime) -> Stopped {
        let events = p::P30.log(now, Some(&self.correlation_id), None);
        Stopped::given_up(self.run, events)
    }

    /// Gives the run up; what was stored stays [P29, flows 4.1].
    pub fn abandon(self, now: UtcDateTime) -> Stopped {
        let events = p::P29.log(now, Some(&self.correlation_id), None);
        Stopped::given_up(self.run, events)
    }
}

/// The request with its token, if the offer still has a usable address for it [core.rscint.200, 2.x]
/// [ext.abo.subint.202, 2.x].
fn build(run: &Run, todo: &Todo, token: &HeldToken, today: Date) -> Result<HttpRequest, FailureCause> {
    const NO_ADDRESS: FailureCause = FailureCause::NoAddress;
    let offer = run.offers.gegevensdienst(todo.gegevensdienst().as_str());
    let offer = offer.ok_or(NO_ADDRESS)?;
    let (systeemrol, method, accept, body) = match todo {
        Todo::Query(query) => (query.systeemrol(), http::Method::GET, query.accept(), None),
        Todo::Placement(placement) => {
            let body = Some((placement.media_type(), placement.body()));
            (placement.systeemrol(), placement.method(), placement.media_type(), body)
        }
        Todo::Abonnement(todo) => {
            let wire = &run.dvp.subscription_wire;
            // One that exists can be ended also where no new ones are offered any more.
            let offered = offer.abonneren.as_ref().map(|abonneren| &abonneren.subscription);
            let endpoint = match todo {
                AbonnementTodo::Aanmaken { .. } => offered.ok_or(NO_ADDRESS)?,
                AbonnementTodo::Wijzigen(kept) | AbonnementTodo::Beeindigen(kept) => {
                    offered.unwrap_or(&kept.subscription)
                }
            };
            let einde = run.einde(token, today);
            let request = abonnement_request(todo, einde).build(wire, endpoint, &token.access_token, today);
            return request.ok_or(NO_ADDRESS);
        }
    };
    let base = offer
        .resource(systeemrol.as_str())
        .filter(|base| base.to_uri().is_ok())
        .ok_or(NO_ADDRESS)?;
    let mut request = HttpRequest::new(body.map_or_else(Vec::new, |(_, body)| body.to_vec()));
    *request.method_mut() = method;
    *request.uri_mut() = match todo {
        Todo::Query(query) if query.is_absolute() => {
            if !is_same_origin(base.as_str(), query.path()) {
                return Err(FailureCause::Foreign);
            }
            Uri::try_from(query.path())
        }
        _ => {
            let separator = if todo.path().is_empty() { "" } else { "/" };
            Uri::try_from(format!("{base}{separator}{}", todo.path()))
        }
    }
    .map_err(|_| NO_ADDRESS)?;
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| NO_ADDRESS);
    let headers = request.headers_mut();
    headers.insert(AUTHORIZATION, bearer::header(&token.access_token).ok_or(NO_ADDRESS)?);
    headers.insert(ACCEPT, value(accept)?);
    if let Some((content_type, _)) = body {
        headers.insert(CONTENT_TYPE, value(content_type)?);
    }
    Ok(request)
}

/// Whether two URLs have one scheme, host and port: what may go to the one may go to the other. That a token goes to the host of its
/// endpoint only was concluded, not prescribed [resource.md 6].
fn is_same_origin(one: &str, other: &str) -> bool {
    let origin = |url: &str| Url::parse(url).ok().map(|url| url.origin());
    origin(one).is_some() && origin(one) == origin(other)
}

/// What is asked of the Subscription Server, with the last day that the token allows and the person wants.
fn abonnement_request(todo: &AbonnementTodo, einde: Date) -> SubscriptionRequest {
    match todo {
        AbonnementTodo::Aanmaken { .. } => SubscriptionRequest::Aanmaken { einde: Some(einde) },
        AbonnementTodo::Wijzigen(abonnement) => SubscriptionRequest::Wijzigen {
            id: abonnement.id.clone(),
            einde: Some(einde),
        },
        AbonnementTodo::Beeindigen(abonnement) => SubscriptionRequest::Beeindigen {
            id: abonnement.id.clone(),
        },
    }
}

impl Run {
    /// The last day to ask for: no more than what the person asked, and no more than what the token grants
    /// [P13b, flows 4.1].
    pub(super) fn einde(&self, token: &HeldToken, today: Date) -> Date {
        let asked = self.scope.dagen().unwrap_or_default();
        let dagen = token.dagen.map_or(0, |granted| granted.min(asked));
        days_after(today.midnight().as_utc(), dagen)
    }
}

/// A run that waits for the answer to a request.
#[must_use = "the run waits for an answer"]
pub struct AwaitingResponse {
    ready: Ready,
    queued: Queued,
    url: Uri,
    awaited: Awaited,
}

/// Without the URL, whose digits may be somebody's.
impl fmt::Debug for AwaitingResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitingResponse")
            .field("ready", &self.ready)
            .field("queued", &self.queued)
            .field("awaited", &self.awaited)
            .finish_non_exhaustive()
    }
}

/// What follows from an answer.
#[derive(Debug)]
#[must_use = "store what was done before the run goes on"]
#[non_exhaustive]
pub struct ResourceStep {
    /// What came of it, to be stored before the run goes on.
    pub done: Option<Done>,
    /// The request, if something came of it: for [`Ready::incomplete`].
    pub todo: Option<Todo>,
    /// The answer, if it refused the request: an OperationOutcome in it may tell the cause, which the person is to be told
    /// [UC Verzamelen 6, 1.4.0] [Delen 2, 2.x].
    pub refusal: Option<HttpResponse>,
    /// The token, if the server refused it: its access token is void from now on, its refresh token is not. Store it in the
    /// place of the one that was kept, so that no other run goes on under it [P26, flows 4.1].
    pub refused_token: Option<HeldToken>,
    /// The run.
    pub ready: Ready,
    /// What is to be logged.
    pub events: Vec<LogEvent>,
}

impl AwaitingResponse {
    /// Takes the answer of the Resource or Subscription Server: rows P23, P24, P25, P26, P26b, P27, P28.
    pub fn response(mut self, response: HttpResponse, now: UtcDateTime) -> ResourceStep {
        self.awaited.answered(&response);
        let status = response.status();
        let cause = match (status, &self.queued.todo) {
            (StatusCode::OK, Todo::Query(_)) => return self.collected(response, now),
            (StatusCode::OK | StatusCode::CREATED, _) => return self.written(response, now),
            (StatusCode::NO_CONTENT, Todo::Abonnement(_)) => return self.written(response, now),
            (StatusCode::UNAUTHORIZED, _) => return self.token_refused(response, now),
            // After consent the Aanbieder may say no; only an end it cannot refuse.
            (StatusCode::FORBIDDEN, Todo::Abonnement(todo)) if !is_about_token(&response) => match todo {
                AbonnementTodo::Aanmaken { .. } => {
                    return self.fail(&p::P27, FailureCause::NotAvailable, Some(response), now);
                }
                AbonnementTodo::Wijzigen(_) => {
                    return self.fail(&p::P27, FailureCause::ExtensionRefused, Some(response), now);
                }
                AbonnementTodo::Beeindigen(_) => FailureCause::Forbidden,
            },
            (StatusCode::FORBIDDEN, _) => return self.fail(&p::P26B, FailureCause::Forbidden, Some(response), now),
            (StatusCode::NOT_FOUND | StatusCode::GONE, Todo::Query(_)) => {
                return self.fail(&p::P27, FailureCause::NotAvailable, Some(response), now);
            }
            (StatusCode::NOT_FOUND, Todo::Abonnement(AbonnementTodo::Wijzigen(_) | AbonnementTodo::Beeindigen(_))) => {
                FailureCause::UnknownAbonnement
            }
            // What the server, or one before it, did of it cannot be told from these.
            (other, todo) if todo.is_write() && may_have_happened(other) => return self.lost(now),
            (other, _) => FailureCause::Status(other.as_u16()),
        };
        self.fail(&p::P28, cause, Some(response), now)
    }

    /// No answer came within 60 seconds, or the connection broke. Something that was to be placed, taken, changed or ended
    /// may have been: it counts as unknown, and is never sent again by itself [P28, flows 4.1].
    pub fn failed(self, now: UtcDateTime) -> ResourceStep {
        if self.queued.todo.is_write() {
            self.lost(now)
        } else {
            self.fail(&p::P28, FailureCause::Unanswered, None, now)
        }
    }

    /// Gives the run up while an answer is awaited: something that was to be placed, taken, changed or ended counts as
    /// unknown [P29, flows 4.1].
    pub fn abandon(self, now: UtcDateTime) -> Stopped {
        self.if_lost().abandon(now)
    }

    /// The run as it is to be stored **before the request is sent**, for when this process ends before the answer has come:
    /// what only reads is done again; what may have happened counts as unknown and is not sent again [P28, flows 4.1].
    pub fn if_lost(&self) -> Ready {
        let mut ready = self.ready.clone();
        if self.queued.todo.is_write() {
            ready.run.unknown.push(self.queued.todo.clone());
        } else {
            ready.run.todo.push_front(self.queued.clone());
        }
        ready
    }

    /// The run without this request, which was **not sent**: it is still to be done.
    pub fn not_sent(self) -> Ready {
        let mut ready = self.ready;
        ready.run.todo.push_front(self.queued);
        ready
    }

    /// What the request asks for.
    #[must_use]
    pub const fn todo(&self) -> &Todo {
        &self.queued.todo
    }

    /// The id of the request that was sent.
    #[must_use]
    pub const fn request_id(&self) -> &RequestId {
        &self.awaited.request_id
    }

    /// From this moment on the server is too late: give up, and call [`failed`](Self::failed) [core.rscint.202, 2.x].
    #[must_use]
    pub fn deadline(&self) -> UtcDateTime {
        self.awaited.deadline(RESPONSE_TIME)
    }

    fn collected(self, response: HttpResponse, now: UtcDateTime) -> ResourceStep {
        let Todo::Query(query) = self.queued.todo.clone() else {
            return self.lost(now);
        };
        let asked = Asked {
            gegevensdienst: query.gegevensdienst(),
            systeemrol: query.systeemrol(),
            path: query.path(),
            url: &self.url,
            accept: query.accept(),
            request_id: &self.awaited.request_id,
            correlation_id: &self.awaited.correlation_id,
            consent: &self.ready.consent,
        };
        let collected = asked.answered(&self.ready.run, response, now);
        self.done(&p::P23, Done::Collected(collected), now)
    }

    fn written(self, response: HttpResponse, now: UtcDateTime) -> ResourceStep {
        match self.queued.todo.clone() {
            Todo::Query(_) => self.collected(response, now),
            Todo::Placement(placement) => {
                let asked = Asked {
                    gegevensdienst: placement.gegevensdienst(),
                    systeemrol: placement.systeemrol(),
                    path: placement.path(),
                    url: &self.url,
                    accept: placement.media_type(),
                    request_id: &self.awaited.request_id,
                    correlation_id: &self.awaited.correlation_id,
                    consent: &self.ready.consent,
                };
                let placed = Placed {
                    placed: placement.digest(),
                    answer: asked.answered(&self.ready.run, response, now),
                };
                self.done(&p::P24, Done::Placed(placed), now)
            }
            Todo::Abonnement(todo) => {
                let form = self.ready.run.dvp.subscription_wire.form;
                let answer = SubscriptionResponse::parse(&response, form);
                match answer.and_then(|answer| self.abonnement(todo, answer)) {
                    Some(abonnement) => self.done(&p::P25, Done::Abonnement(abonnement), now),
                    // The server has done something, and what it is cannot be read.
                    None => self.lost(now),
                }
            }
        }
    }

    /// What an Abonnement is after this answer. Never longer than what was asked: the person agreed to no more.
    fn abonnement(&self, todo: AbonnementTodo, answer: SubscriptionResponse) -> Option<Abonnement> {
        let run = &self.ready.run;
        let einde = run.einde(self.ready.token.as_ref()?, self.awaited.sent_at.date());
        let einde = answer.einde.map_or(einde, |granted| granted.min(einde));
        let consent = self.ready.consent.clone();
        let same = |abonnement: &Abonnement| answer.id.as_ref().is_none_or(|id| *id == abonnement.id);
        match todo {
            AbonnementTodo::Aanmaken { gegevensdienst } => {
                let offer = run.offers.gegevensdienst(gegevensdienst.as_str())?;
                let subscription = offer.abonneren.as_ref()?.subscription.clone();
                Some(Abonnement {
                    aanbieder: offer.aanbieder.clone(),
                    gegevensdienst,
                    gegevensdienstnaam: offer.naam.clone(),
                    release: run.dvp.release,
                    id: answer.id?,
                    consent,
                    state: AbonnementState::Active { einde },
                    hosts: subscription.host().parse().into_iter().collect(),
                    subscription,
                })
            }
            AbonnementTodo::Wijzigen(abonnement) => same(&abonnement).then_some(Abonnement {
                state: AbonnementState::Active { einde },
                consent,
                ..abonnement
            }),
            AbonnementTodo::Beeindigen(abonnement) => same(&abonnement).then_some(Abonnement {
                state: AbonnementState::Ended,
                consent,
                ..abonnement
            }),
        }
    }

    fn done(self, row: &'static Row, done: Done, now: UtcDateTime) -> ResourceStep {
        let events = self.awaited.log(row, now);
        let mut ready = self.ready;
        ready.run.done = ready.run.done.saturating_add(1);
        ResourceStep {
            done: Some(done),
            todo: Some(self.queued.todo),
            refusal: None,
            refused_token: None,
            ready,
            events,
        }
    }

    /// Row P26: the token is gone; the request is put back once.
    fn token_refused(mut self, response: HttpResponse, now: UtcDateTime) -> ResourceStep {
        // A token that was refused is used no more, for this request or the next, in this run or another.
        let refused_token = self.ready.token.take().map(|held| HeldToken {
            expires_at: held.expires_at.min(now),
            ..held
        });
        let step = if self.queued.retried {
            self.fail(&p::P28, FailureCause::TokenRefused, Some(response), now)
        } else {
            let events = self.awaited.log(&p::P26, now);
            self.queued.retried = true;
            self.ready.run.todo.push_front(self.queued);
            ResourceStep {
                done: None,
                todo: None,
                refusal: Some(response),
                refused_token: None,
                ready: self.ready,
                events,
            }
        };
        ResourceStep { refused_token, ..step }
    }

    /// A write of which is not known whether it happened.
    fn lost(self, now: UtcDateTime) -> ResourceStep {
        ResourceStep {
            done: None,
            todo: None,
            refusal: None,
            refused_token: None,
            ready: self.if_lost(),
            events: self.awaited.log(&p::P28, now),
        }
    }

    fn fail(
        self,
        row: &'static Row,
        cause: FailureCause,
        refusal: Option<HttpResponse>,
        now: UtcDateTime,
    ) -> ResourceStep {
        let events = self.awaited.log(row, now);
        let mut ready = self.ready;
        let todo = self.queued.todo;
        ready.run.failed.push(Failure { todo, cause });
        ResourceStep {
            done: None,
            todo: None,
            refusal,
            refused_token: None,
            ready,
            events,
        }
    }
}

/// Whether a 403 is about the token, and not a decision of the Aanbieder.
fn is_about_token(response: &HttpResponse) -> bool {
    let challenges = response.headers().get_all(WWW_AUTHENTICATE);
    challenges
        .iter()
        .any(|value| value.as_bytes().windows(18).any(|part| part == b"insufficient_scope"))
}

/// Whether a request that changes something may have done so although this came back: a gateway that heard nothing in time
/// knows no more than we do, and another success than those of the interface tells nothing.
fn may_have_happened(status: StatusCode) -> bool {
    status.is_success() || matches!(status, StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT)
}
