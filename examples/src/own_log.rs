//! The own log of a server: a sealed line for each event, written in the order in which they happen.
//!
//! The lines go through a queue, so that no answer waits for them; a deployment that may lose none when it crashes writes them
//! before it answers. A declaration is such a line, and is.

use medmij_core::{Digest, LogEvent};
use medmij_oauth::dva::Session;
use medmij_oauth::dvp::Stopped;
use medmij_oauth::{LogContext, LogPerson, LogRecord, ServedSubject};
use tokio::sync::mpsc;

use crate::sql::Sql;

/// What the events of one step are about, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct About {
    pub context: Option<LogContext>,
    pub person: Option<LogPerson>,
    /// The digest of what was issued, judged, stored or shared.
    pub reference: Option<Digest>,
}

impl About {
    /// What a request to an endpoint was about.
    pub fn served(subject: Option<ServedSubject>) -> Self {
        let Some(subject) = subject else { return Self::default() };
        Self {
            context: Some(subject.context),
            person: Some(LogPerson::Bsn(subject.bsn)),
            reference: Some(subject.token),
        }
    }

    /// What a session of a DVA is about.
    pub fn of(session: &Session) -> Self {
        Self {
            context: session.log_context(),
            person: session.bsn().cloned().map(LogPerson::Bsn),
            reference: None,
        }
    }
}

#[derive(Clone, Debug)]
pub struct OwnLog(mpsc::UnboundedSender<(i64, Vec<u8>)>);

impl OwnLog {
    /// Starts the task that writes the lines to a store.
    pub fn start(store: Sql) -> Self {
        let (sender, mut receiver) = mpsc::unbounded_channel::<(i64, Vec<u8>)>();
        tokio::spawn(async move {
            while let Some((at, line)) = receiver.recv().await {
                if let Err(error) = store.put_log_line(at, line).await {
                    drop(std::io::Write::write_fmt(
                        &mut std::io::stderr(),
                        format_args!("error: the log cannot be written: {error}\n"),
                    ));
                }
            }
        });
        Self(sender)
    }

    /// Writes events that are all about the same.
    pub fn write(&self, events: &[LogEvent], about: &About) {
        for event in events {
            let record = LogRecord::new(event, about.context.as_ref());
            let record = match &about.person {
                Some(person) => record.of_person(person.clone()),
                None => record,
            };
            let record = match about.reference {
                Some(reference) => record.about(reference),
                None => record,
            };
            self.record(event, &record);
        }
    }

    /// Writes the end of a run.
    pub fn ended(&self, stopped: &Stopped, person: &LogPerson) {
        for event in &stopped.events {
            let record = LogRecord::new(event, Some(&stopped.context));
            let record = record.of_person(person.clone()).with_outcome(stopped.outcome.name());
            self.record(event, &record);
        }
    }

    fn record(&self, event: &LogEvent, record: &LogRecord<'_>) {
        if let Ok(line) = serde_json::to_vec(record) {
            // The task ends with the process.
            let _ = self.0.send((event.at.unix_timestamp(), line));
        }
    }
}
