//! One line per step: who, what, request and correlation id, status, milliseconds.

use std::io::Write as _;
use std::sync::Mutex;
use std::time::Duration;

/// Where the lines go.
#[derive(Debug, Default)]
pub struct Steps {
    kept: Option<Mutex<Vec<String>>>,
}

/// One message that was sent and answered.
#[derive(Debug)]
pub struct Step<'a> {
    pub who: &'a str,
    pub what: String,
    pub request_id: Option<&'a str>,
    pub correlation_id: Option<&'a str>,
    /// What came back; `None` if nothing did.
    pub status: Option<u16>,
    pub took: Duration,
}

impl Steps {
    /// Keeps the lines instead of printing them, for a test.
    pub fn kept() -> Self {
        Self {
            kept: Some(Mutex::default()),
        }
    }

    /// The lines that were kept.
    pub fn lines(&self) -> Vec<String> {
        self.kept
            .as_ref()
            .and_then(|kept| kept.lock().ok().map(|lines| lines.clone()))
            .unwrap_or_default()
    }

    pub fn take(&self, step: &Step<'_>) {
        let status = step.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
        self.line(format!(
            "{:<7} {:<70} {:<36} {:<36} {status:>3} {:>5} ms",
            step.who,
            step.what,
            step.request_id.unwrap_or("-"),
            step.correlation_id.unwrap_or("-"),
            step.took.as_millis(),
        ));
    }

    /// A line that is no step.
    pub fn say(&self, text: &str) {
        self.line(text.to_owned());
    }

    fn line(&self, line: String) {
        match &self.kept {
            Some(kept) => kept.lock().map(|mut lines| lines.push(line)).unwrap_or_default(),
            // A reader that went away is no reason to stop.
            None => drop(writeln!(std::io::stdout(), "{line}")),
        }
    }
}
