//! A request of a run, on its way out.

use std::fmt;

use medmij_core::{HttpRequest, LogEvent};

/// A request to send, **once**, over mutual TLS and without following redirects, and what waits for its response
/// [core.tknint.203, 2.x].
#[must_use = "the request is to be sent, once"]
#[non_exhaustive]
pub struct Outgoing<Awaiting> {
    /// The request.
    pub request: HttpRequest,
    /// What takes the response.
    pub awaiting: Awaiting,
    /// What is to be logged.
    pub events: Vec<LogEvent>,
}

/// Without the request, in whose body or header a code or token is.
impl<Awaiting: fmt::Debug> fmt::Debug for Outgoing<Awaiting> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("awaiting", &self.awaiting)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}
