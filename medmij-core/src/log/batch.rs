//! The delivery of the chain log: batches, at least once an hour, kept until they were received.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use time::{Duration, UtcDateTime};

/// Gathers lines of the chain log and tells what is to be delivered, as a machine without I/O [core.logging.102, 2.x]
/// [core.logging.205, 2.x] [core.logging.209, 2.x].
///
/// Only an answer 200 means that a batch was received; on any other it is delivered again. The receiver judges a batch as a
/// whole, so one bad line refuses all of it: a batch that is refused for what it holds is halved until the bad line is
/// alone, which is set aside for an operator, and the others are delivered.
///
/// It can be serialised, to survive a crash; a batch that was on its way is then delivered again.
///
/// ```
/// use medmij_core::LogBatcher;
/// use time::{Duration, UtcDateTime};
///
/// let mut now = UtcDateTime::UNIX_EPOCH;
/// let mut batcher = LogBatcher::new();
/// batcher.push("{\"event\":\"show_landing_page\"}".to_owned(), now);
/// now += Duration::minutes(5);
/// let body = batcher.poll(now).unwrap();
/// assert_eq!(body, b"[{\"event\":\"show_landing_page\"}]");
/// batcher.answered(200, now);
/// assert!(batcher.is_empty());
/// ```
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LogBatcher {
    interval: Duration,
    /// Lines that are in no batch yet, and since when the oldest of them waits.
    waiting: VecDeque<String>,
    since: Option<UtcDateTime>,
    batches: VecDeque<Batch>,
    in_flight: bool,
    set_aside: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Batch {
    lines: Vec<String>,
    attempts: u32,
    not_before: UtcDateTime,
}

/// The most bytes of a batch [Implementatiehandleiding ketenlogging, 2.2].
pub const MAX_BATCH_BYTES: usize = 60_000_000;

/// The most characters of a batch [Implementatiehandleiding ketenlogging, 2.2].
pub const MAX_BATCH_CHARACTERS: usize = 62_914_560;

/// The longest time that a line may wait for its batch [core.logging.102, 2.x].
const AT_LEAST_EVERY: Duration = Duration::HOUR;

/// The longest time between two attempts.
const LONGEST_PAUSE: Duration = Duration::minutes(30);

impl Default for LogBatcher {
    fn default() -> Self {
        Self::new()
    }
}

impl LogBatcher {
    /// An empty batcher, which delivers five minutes after the first line at the latest.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            interval: Duration::minutes(5),
            waiting: VecDeque::new(),
            since: None,
            batches: VecDeque::new(),
            in_flight: false,
            set_aside: Vec::new(),
        }
    }

    /// The same with another interval; of more than an hour an hour is taken.
    #[must_use]
    pub fn every(mut self, interval: Duration) -> Self {
        self.interval = interval.clamp(Duration::ZERO, AT_LEAST_EVERY);
        self
    }

    /// Takes a line, as [`ChainNames::line`](crate::ChainNames::line) gives it. One that is too long for any batch is set
    /// aside at once.
    pub fn push(&mut self, line: String, now: UtcDateTime) {
        if fits(&line) {
            self.since.get_or_insert(now);
            self.waiting.push_back(line);
        } else {
            self.set_aside.push(line);
        }
    }

    /// Whether every line was received or set aside.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.batches.is_empty()
    }

    /// How many lines are still to be received.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len() + self.batches.iter().map(|batch| batch.lines.len()).sum::<usize>()
    }

    /// When [`poll`](Self::poll) has something to deliver; `None` while nothing waits or an answer is awaited.
    #[must_use]
    pub fn next_due(&self) -> Option<UtcDateTime> {
        if self.in_flight {
            return None;
        }
        let again = self.batches.front().map(|batch| batch.not_before);
        let fresh = self.since.map(|since| since.saturating_add(self.interval));
        again.into_iter().chain(fresh).min()
    }

    /// The body to POST to the Logging interface now, if something is due: a JSON array of lines. Answer with
    /// [`answered`](Self::answered) or [`failed`](Self::failed) before it is asked again.
    pub fn poll(&mut self, now: UtcDateTime) -> Option<Vec<u8>> {
        if self.in_flight || self.next_due().is_none_or(|due| now < due) {
            return None;
        }
        let is_again = self.batches.front().is_some_and(|batch| batch.not_before <= now);
        if !is_again {
            let batch = self.gather(now)?;
            self.batches.push_front(batch);
        }
        let batch = self.batches.front()?;
        self.in_flight = true;
        let mut body = Vec::with_capacity(bytes_of(&batch.lines));
        body.push(b'[');
        for (index, line) in batch.lines.iter().enumerate() {
            if index > 0 {
                body.push(b',');
            }
            body.extend_from_slice(line.as_bytes());
        }
        body.push(b']');
        Some(body)
    }

    /// Takes the status of the answer.
    pub fn answered(&mut self, status: u16, now: UtcDateTime) {
        if !std::mem::take(&mut self.in_flight) {
            return;
        }
        match status {
            200 => drop(self.batches.pop_front()),
            // What it holds is refused: found by halving.
            400 | 413 | 422 => {
                let Some(Batch { mut lines, .. }) = self.batches.pop_front() else {
                    return;
                };
                if lines.len() < 2 {
                    self.set_aside.append(&mut lines);
                    return;
                }
                let second = lines.split_off(lines.len() / 2);
                for lines in [second, lines] {
                    self.batches.push_front(Batch {
                        lines,
                        attempts: 0,
                        not_before: now,
                    });
                }
            }
            _ => self.later(now),
        }
    }

    /// No answer came: whether the batch was received is not known, so it is delivered again [core.logging.209, 2.x].
    pub fn failed(&mut self, now: UtcDateTime) {
        if std::mem::take(&mut self.in_flight) {
            self.later(now);
        }
    }

    /// Takes the lines that were set aside: refused when they were alone, or too long for any batch.
    #[must_use]
    pub fn take_set_aside(&mut self) -> Vec<String> {
        std::mem::take(&mut self.set_aside)
    }

    /// After a restart: a batch that was on its way is delivered again.
    pub fn restarted(&mut self) {
        self.in_flight = false;
    }

    fn later(&mut self, now: UtcDateTime) {
        if let Some(batch) = self.batches.front_mut() {
            batch.attempts = batch.attempts.saturating_add(1);
            let pause = Duration::minutes(1).saturating_mul(1 << batch.attempts.min(5).saturating_sub(1));
            batch.not_before = now.saturating_add(pause.min(LONGEST_PAUSE));
        }
    }

    /// As many of the waiting lines as fit into one batch.
    fn gather(&mut self, now: UtcDateTime) -> Option<Batch> {
        let (mut bytes, mut characters, mut count) = (2, 2, 0);
        for line in &self.waiting {
            bytes += line.len() + 1;
            characters += line.chars().count() + 1;
            if bytes > MAX_BATCH_BYTES || characters > MAX_BATCH_CHARACTERS {
                break;
            }
            count += 1;
        }
        let lines: Vec<_> = self.waiting.drain(..count).collect();
        if self.waiting.is_empty() {
            self.since = None;
        }
        (!lines.is_empty()).then_some(Batch {
            lines,
            attempts: 0,
            not_before: now,
        })
    }
}

fn bytes_of(lines: &[String]) -> usize {
    lines.iter().map(|line| line.len() + 1).sum::<usize>() + 2
}

/// Whether a line fits into a batch of its own.
fn fits(line: &str) -> bool {
    line.len() + 2 <= MAX_BATCH_BYTES && line.chars().count() + 2 <= MAX_BATCH_CHARACTERS
}
