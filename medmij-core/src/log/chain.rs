//! A line of the chain log, as it is delivered to MedMij.

use serde::Serialize;
use serde::ser::SerializeMap as _;
use time::format_description::well_known::Rfc3339;

use super::{Event, LogEvent};
use crate::Hostname;

/// The names of the members of a line.
///
/// Of these `trace_id` and `session_id` were seen [Technische storing, 2.x]; the others stand in the OpenAPI document of the
/// Logging interface, which was not. So a deployment gives them.
///
/// ```
/// use medmij_core::{ChainEvent, ChainLine, ChainNames, LogEvent};
///
/// let names = ChainNames::new("moment", "event", "from", "to");
/// let event = LogEvent::new(time::UtcDateTime::UNIX_EPOCH, ChainEvent::ShowLandingPage);
/// let line = ChainLine::of(&event, None, None, None).unwrap();
/// assert_eq!(
///     serde_json::to_string(&names.line(&line))?,
///     r#"{"moment":"1970-01-01T00:00:00Z","event":"show_landing_page","trace_id":null,"session_id":null,"from":null,"to":null}"#
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChainNames {
    moment: String,
    event: String,
    sender: String,
    receiver: String,
}

impl ChainNames {
    /// The names of the moment, the event, the sender and the receiver.
    #[must_use]
    pub fn new(moment: &str, event: &str, sender: &str, receiver: &str) -> Self {
        let [moment, event, sender, receiver] = [moment, event, sender, receiver].map(str::to_owned);
        Self {
            moment,
            event,
            sender,
            receiver,
        }
    }

    /// The line with these names, to be written as JSON [core.logging.205, 2.x].
    #[must_use]
    pub fn line<'a>(&'a self, line: &'a ChainLine) -> impl Serialize + 'a {
        Named { names: self, line }
    }
}

/// What a line tells: who sent what to whom, when, in which chain and session; no person, and nothing of the contents
/// [core.logging.103, 2.x].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ChainLine {
    event: LogEvent,
    /// The session, if there is one. Of which span it is was not found; that of the Authorization Server is likely.
    pub session_id: Option<String>,
    /// Who sent the message that the event is about.
    pub sender: Option<Hostname>,
    /// Who received it.
    pub receiver: Option<Hostname>,
}

impl ChainLine {
    /// The line of an event; `None` if the event is for the own log only.
    #[must_use]
    pub fn of(
        event: &LogEvent,
        session_id: Option<&str>,
        sender: Option<&Hostname>,
        receiver: Option<&Hostname>,
    ) -> Option<Self> {
        matches!(event.event, Event::Chain(_)).then(|| Self {
            event: event.clone(),
            session_id: session_id.map(str::to_owned),
            sender: sender.cloned(),
            receiver: receiver.cloned(),
        })
    }
}

struct Named<'a> {
    names: &'a ChainNames,
    line: &'a ChainLine,
}

impl Serialize for Named<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ChainLine {
            event,
            session_id,
            sender,
            receiver,
        } = self.line;
        let moment = event.at.format(&Rfc3339).map_err(serde::ser::Error::custom)?;
        let mut map = serializer.serialize_map(Some(6))?;
        map.serialize_entry(&self.names.moment, &moment)?;
        map.serialize_entry(&self.names.event, event.event.name())?;
        map.serialize_entry("trace_id", &event.trace_id)?;
        map.serialize_entry("session_id", session_id)?;
        map.serialize_entry(&self.names.sender, sender)?;
        map.serialize_entry(&self.names.receiver, receiver)?;
        map.end()
    }
}
