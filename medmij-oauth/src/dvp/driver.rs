//! Thin drivers: an HTTP client between the steps, and no more.

use std::error::Error;
use std::future::Future;

use medmij_core::{HttpClient, HttpLimits, LogEvent, Random, RandomError};
use time::UtcDateTime;

use super::{Collected, Exchange, NextStep, Ready, Selected, Stopped, TokenStep};

/// Logs and sends the token request of an [`Exchange`], once, and takes its response [core.tknint.203, 2.x]. What the
/// response gives to log is in the step.
pub async fn exchange(
    exchange: Exchange,
    client: &impl HttpClient,
    log: impl FnOnce(Vec<LogEvent>) + Send,
    clock: impl Fn() -> UtcDateTime + Send,
) -> TokenStep {
    let Exchange {
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

/// What a run is to do with its answers and its log.
pub trait Collector: Send {
    /// Why an answer could not be stored.
    type Error: Error + Send + Sync + 'static;

    /// Stores an answer, inseparably with what came with it, before the run goes on [P23, flows 4.1].
    fn store(&mut self, collected: Collected) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Logs what happened.
    fn log(&mut self, events: Vec<LogEvent>);
}

/// Does all requests of a run, one after another, storing each answer before the next.
///
/// Gives the end of the run, or the run itself if it needs a new authorization [P19, flows 4.1].
///
/// # Errors
/// If an answer could not be stored: the run stops there, and asks for no more than can be kept. Or if the source of
/// randomness fails.
pub async fn collect<C: Collector>(
    mut ready: Ready,
    client: &impl HttpClient,
    collector: &mut C,
    random: &mut (impl Random + Send),
    clock: impl Fn() -> UtcDateTime + Send,
) -> Result<Result<Stopped, Selected>, CollectError<C::Error>> {
    loop {
        let (request, awaiting, events) = match ready.next(clock(), random)? {
            NextStep::Send {
                request,
                awaiting,
                events,
            } => (request, awaiting, events),
            NextStep::Authorize { selected } => return Ok(Err(selected)),
            NextStep::Stopped(stopped) => return Ok(Ok(stopped)),
        };
        collector.log(events);
        let step = match client.send(request, HttpLimits::RESOURCE).await {
            Ok(response) => awaiting.response(response, clock()),
            Err(_) => awaiting.failed(clock()),
        };
        collector.log(step.events);
        if let Some(collected) = step.collected {
            collector.store(collected).await.map_err(CollectError::Store)?;
        }
        ready = step.ready;
    }
}

/// A run that could not go on for a reason of our own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError<E: Error + 'static> {
    /// An answer could not be stored.
    #[error("an answer could not be stored")]
    Store(#[source] E),
    /// The source of randomness failed.
    #[error(transparent)]
    Random(#[from] RandomError),
}
