//! The answer to what was shared, entry by entry [Delen 6, 2.x] [Delen 2, 2.x].

use serde::{Deserialize, Serialize};

use super::{Handle, Sent, ShareType};
use crate::{Bundle, Limits, OperationOutcome};

/// What became of an entry.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth")]
pub enum EntryState {
    /// The server took it. It does not tell that it was processed.
    Done,
    /// The server did not take it.
    Refused,
    /// It is not known: it is not to be sent again by itself.
    Unknown,
}

/// What became of an entry, with what the server says of it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct EntryAnswer {
    /// Which.
    pub handle: Handle,
    /// What became of it.
    pub state: EntryState,
    /// The status, as it stands.
    pub status: Option<String>,
    /// Where it is now.
    pub location: Option<String>,
    /// What is said of it.
    pub outcome: Option<OperationOutcome>,
}

/// What became of all that was shared.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ShareAnswer {
    /// Each entry, in the order in which they were added.
    pub entries: Vec<EntryAnswer>,
    /// What is said of the whole.
    pub outcome: Option<OperationOutcome>,
}

impl ShareAnswer {
    /// Whether all was taken.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.entries.iter().all(|entry| entry.state == EntryState::Done)
    }

    /// Whether some was taken and some not: the person is told which [Delen 2, 2.x].
    #[must_use]
    pub fn is_partial(&self) -> bool {
        let done = self
            .entries
            .iter()
            .filter(|entry| entry.state == EntryState::Done)
            .count();
        done > 0 && done < self.entries.len()
    }
}

impl Sent {
    /// The answer, by its HTTP status and body. An answer that cannot be matched entry by entry says nothing of any.
    #[must_use]
    pub fn answer(&self, status: u16, body: &[u8]) -> ShareAnswer {
        let limits = Limits::default();
        let whole = match status {
            // Nothing of it was taken: a transaction is all or nothing, and a batch was not begun.
            400..=499 => EntryState::Refused,
            _ => EntryState::Unknown,
        };
        let outcome = OperationOutcome::parse(body, &limits).ok();
        let bundle = Bundle::parse(body, self.version, &limits).ok();
        let expected = match self.kind {
            ShareType::Transaction => "transaction-response",
            ShareType::Batch => "batch-response",
        };
        let is_answer = matches!(status, 200..=299);
        let bundle = bundle
            .filter(|bundle| is_answer && bundle.type_is(expected) && bundle.entries().len() == self.handles.len());
        let Some(bundle) = bundle else {
            return self.all(whole, outcome);
        };
        let mut outcomes = bundle.outcomes().into_iter().peekable();
        let mut entries = Vec::new();
        for (index, (entry, handle)) in bundle.entries().zip(&self.handles).enumerate() {
            let mut outcome = None;
            while let Some((_, found)) = outcomes.next_if(|(of, _)| *of == index) {
                outcome = Some(found);
            }
            let response = entry.response();
            let status = response.map(|response| response.status().into_owned());
            entries.push(EntryAnswer {
                handle: handle.clone(),
                state: state(status.as_deref()),
                location: response.and_then(|response| response.location()).map(Into::into),
                status,
                outcome,
            });
        }
        ShareAnswer { entries, outcome: None }
    }

    /// No answer came.
    #[must_use]
    pub fn lost(&self) -> ShareAnswer {
        self.all(EntryState::Unknown, None)
    }

    fn all(&self, state: EntryState, outcome: Option<OperationOutcome>) -> ShareAnswer {
        let entry = |handle: &Handle| EntryAnswer {
            handle: handle.clone(),
            state,
            status: None,
            location: None,
            outcome: None,
        };
        ShareAnswer {
            entries: self.handles.iter().map(entry).collect(),
            outcome,
        }
    }
}

/// By the three digits at the begin of a status: 200 and 201 are done [NT-14, 2026-05], as is any other success.
fn state(status: Option<&str>) -> EntryState {
    let digits = status
        .and_then(|status| status.get(..3))
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    match digits.and_then(|digits| digits.bytes().next()) {
        Some(b'2') => EntryState::Done,
        Some(b'4') => EntryState::Refused,
        // What a server that failed has done, nobody knows.
        _ => EntryState::Unknown,
    }
}
