//! Thin drivers: an HTTP client between the steps, and no more.

use std::error::Error;
use std::future::Future;

use medmij_core::{HttpClient, HttpLimits, LogEvent, Random, RandomError};
use time::{Duration, UtcDateTime};

use super::{
    AwaitingToken, Claimed, Done, FailureCause, HeldToken, NextStep, Outgoing, Ready, RefreshChoice, RefreshStep,
    ResourceQuery, Selected, Stopped, TokenKey, TokenStep, TokenStore,
};

/// Logs and sends the token request of a run, once, and takes its response [core.tknint.203, 2.x]. What the
/// response gives to log is in the step.
pub async fn exchange(
    exchange: Outgoing<AwaitingToken>,
    client: &impl HttpClient,
    log: impl FnOnce(Vec<LogEvent>) + Send,
    clock: impl Fn() -> UtcDateTime + Send,
) -> TokenStep {
    let Outgoing {
        request,
        awaiting,
        events,
    } = exchange;
    log(events);
    match client.send(request, HttpLimits::TOKEN).await {
        Ok(response) => awaiting.response(&response, clock()),
        Err(_) => TokenStep::Stopped(awaiting.failed(clock())),
    }
}

/// How long a refresh may take before another may try: longer than the token endpoint may [core.tknint.206, 2.x].
const CLAIM: Duration = Duration::minutes(1);

/// How a refresh ended.
#[derive(Debug)]
#[must_use = "the run goes on or has ended"]
#[expect(clippy::exhaustive_enums, reason = "a caller that misses a step must not compile")]
#[expect(clippy::large_enum_variant, reason = "made once per run and taken apart at once")]
pub enum Refreshed {
    /// There are new tokens, and they are stored [P15, flows 4.1].
    Ready(Ready),
    /// There is no refresh token for this run, or it is worth nothing any more and was forgotten: the person must consent
    /// again [P16, flows 4.1].
    Authorize(Selected),
    /// Another run of the same person is refreshing this token: try again in a while.
    Busy(Selected),
    /// The run has ended [P17, flows 4.1].
    Stopped(Stopped),
}

/// Refreshes the token of a key, so that no two runs offer it: claim, send once, store or forget.
///
/// # Errors
/// If the store or the source of randomness fails. If the store fails when new tokens have come, they are lost, and with
/// them the long-term consent.
pub async fn refresh<S: TokenStore>(
    selected: Selected,
    key: TokenKey,
    store: &S,
    client: &impl HttpClient,
    mut log: impl FnMut(Vec<LogEvent>) + Send,
    clock: impl Fn() -> UtcDateTime + Send,
    random: &mut (impl Random + Send),
) -> Result<Refreshed, DriverError<S::Error>> {
    let now = clock();
    // Looked at before it is claimed: a claim for nothing would keep others from it.
    let held = store.token(key.clone()).await.map_err(DriverError::Store)?;
    if !held.is_some_and(|held| selected.can_refresh(&held, now)) {
        return Ok(Refreshed::Authorize(selected));
    }
    let claimed = store.claim(key.clone(), now, now.saturating_add(CLAIM));
    let held = match claimed.await.map_err(DriverError::Store)? {
        Claimed::Token(held) => held,
        Claimed::ByAnother => return Ok(Refreshed::Busy(selected)),
        Claimed::Unknown => return Ok(Refreshed::Authorize(selected)),
    };
    let Outgoing {
        request,
        awaiting,
        events,
    } = match selected.refresh(&held, now, random)? {
        RefreshChoice::Refresh(refreshing) => refreshing,
        RefreshChoice::Authorize(selected) => return Ok(Refreshed::Authorize(selected)),
    };
    log(events);
    let step = match client.send(request, HttpLimits::TOKEN).await {
        Ok(response) => awaiting.response(&response, clock()),
        Err(_) => RefreshStep::Stopped(awaiting.failed(clock())),
    };
    Ok(match step {
        RefreshStep::Ready { ready, events } => {
            log(events);
            if let Some(token) = ready.token() {
                store.put_token(key, token.clone()).await.map_err(DriverError::Store)?;
            }
            Refreshed::Ready(ready)
        }
        RefreshStep::Refused { selected, events } => {
            log(events);
            store.drop_token(key).await.map_err(DriverError::Store)?;
            Refreshed::Authorize(selected)
        }
        RefreshStep::Stopped(stopped) => {
            if let Some(token) = &stopped.token {
                store
                    .put_token(key, HeldToken::clone(token))
                    .await
                    .map_err(DriverError::Store)?;
            }
            Refreshed::Stopped(stopped)
        }
    })
}

/// What a run is to do with its answers and its log.
pub trait Collector: Send {
    /// Why an answer could not be stored.
    type Error: Error + Send + Sync + 'static;

    /// Stores what was done, an answer inseparably with what came with it, before the run goes on [P23, flows 4.1]
    /// [P24, flows 4.1] [P25, flows 4.1], and tells what follows from it.
    fn store(&mut self, done: Done) -> impl Future<Output = Result<FollowUp, Self::Error>> + Send;

    /// Keeps a run **before** its next request is sent, as it is to be taken up when this process ends meanwhile: what may
    /// have been placed, taken, changed or ended then counts as unknown and is not sent again [P28, flows 4.1].
    fn keep(&mut self, run: Ready) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Logs what happened.
    fn log(&mut self, events: Vec<LogEvent>);
}

/// What follows from something that was done; most often nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the caller fills it in")]
pub struct FollowUp {
    /// What is to be asked for next under the same token: see [`Ready::follow`].
    pub queries: Vec<ResourceQuery>,
    /// Why a part of it is missing, if one is: see [`Ready::incomplete`].
    pub missing: Option<FailureCause>,
}

/// How the requests of a run ended.
#[derive(Debug)]
#[must_use = "the run goes on or has ended"]
#[expect(clippy::exhaustive_enums, reason = "a caller that misses a step must not compile")]
#[expect(clippy::large_enum_variant, reason = "made once per run and taken apart at once")]
pub enum CollectEnd<E> {
    /// The run has ended.
    Stopped(Stopped),
    /// Requests are left, and the run needs a [`refresh`] or a new authorization first [P19, flows 4.1].
    NeedsToken(Selected),
    /// Something could not be kept or stored: the run stops there, and asks for no more than can be kept.
    NotStored {
        /// What was done and is not stored: with it an answer, or that something was placed or an Abonnement taken, is lost.
        done: Option<Done>,
        /// The run, to go on with.
        ready: Ready,
        /// Why.
        error: E,
    },
}

/// Does all requests of a run, one after another: each is kept before it is sent, and what came of it is stored before the
/// next.
///
/// # Errors
/// If the source of randomness fails.
pub async fn collect<C: Collector>(
    mut ready: Ready,
    client: &impl HttpClient,
    collector: &mut C,
    random: &mut (impl Random + Send),
    clock: impl Fn() -> UtcDateTime + Send,
) -> Result<CollectEnd<C::Error>, RandomError> {
    loop {
        let (request, awaiting, events) = match ready.next(clock(), random)? {
            NextStep::Send(Outgoing {
                request,
                awaiting,
                events,
            }) => (request, awaiting, events),
            NextStep::NeedsToken { selected } => return Ok(CollectEnd::NeedsToken(selected)),
            NextStep::Stopped(stopped) => return Ok(CollectEnd::Stopped(stopped)),
        };
        if let Err(error) = collector.keep(awaiting.if_lost()).await {
            let (ready, done) = (awaiting.not_sent(), None);
            return Ok(CollectEnd::NotStored { done, ready, error });
        }
        collector.log(events);
        let step = match client.send(request, HttpLimits::RESOURCE).await {
            Ok(response) => awaiting.response(response, clock()),
            Err(_) => awaiting.failed(clock()),
        };
        collector.log(step.events);
        ready = step.ready;
        if let Some(done) = step.done {
            match collector.store(done.clone()).await {
                Ok(FollowUp { queries, missing }) => {
                    ready = ready.follow(queries);
                    if let Some((todo, cause)) = step.todo.zip(missing) {
                        ready = ready.incomplete(todo, cause);
                    }
                }
                Err(error) => {
                    let done = Some(done);
                    return Ok(CollectEnd::NotStored { done, ready, error });
                }
            }
        }
    }
}

/// A run that could not go on for a reason of our own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriverError<E: Error + 'static> {
    /// The store failed, for an answer or a token.
    #[error("the store failed")]
    Store(#[source] E),
    /// The source of randomness failed.
    #[error(transparent)]
    Random(#[from] RandomError),
}
