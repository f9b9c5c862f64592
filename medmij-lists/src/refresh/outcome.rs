//! What came of fetching a list.

use std::cmp::Ordering;
use std::error::Error;
use std::fmt::{self, Write as _};

use time::UtcDateTime;

use crate::{DatumTijd, Envelope, Finding, List, ListKind, Rejected};

/// What came of fetching a list, to be logged: as text it is one line.
#[derive(Debug)]
#[non_exhaustive]
pub struct Refreshed {
    /// Which list.
    pub kind: ListKind,
    /// What came of it.
    pub outcome: Outcome,
    /// When it is due again.
    pub next: UtcDateTime,
    /// Whether there is a list of this kind in use now.
    pub in_use: bool,
}

/// What was done with an answer [lists.md 6.6].
#[derive(Debug)]
#[must_use]
#[non_exhaustive]
pub enum Outcome {
    /// A new version is in use. That its Volgnummer is more than one higher is normal: versions were skipped.
    Accepted {
        /// The list.
        list: List,
        /// What in it may be unusable.
        warnings: Vec<Finding>,
        /// The version that was in use before, to tell what changed.
        replaced: Option<List>,
        /// The bytes as they came: for an archive.
        document: Vec<u8>,
    },
    /// The version in use is still the newest.
    Unchanged,
    /// The version in use stays in use, if there is one.
    Refused(RefreshFailure),
}

/// Why there is no new version of a list. In all cases the last good one stays in use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshFailure {
    /// The Stelselnode could not be reached, or did not answer in time. Retried soon.
    #[error("the Stelselnode cannot be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// The Stelselnode answered something else than 200. Retried soon.
    #[error("the Stelselnode answers {0}")]
    Status(u16),
    /// The document is no XML, not this list, breaks the schema, or goes over a limit: see
    /// [`Rejected::kind`].
    #[error("the document is refused")]
    Rejected(#[source] Rejected),
    /// The version is older than the one in use, as far as it tells.
    #[error("{0}")]
    Regression(RegressionKind),
    /// The list has no entries, and the settings want some.
    #[error("the list has no entries")]
    Empty,
    /// It is not one of the lists that are kept.
    #[error("this list is not one of those that are kept")]
    NotWanted,
}

impl RefreshFailure {
    /// Whether another attempt may soon succeed.
    #[must_use]
    pub const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Status(_))
    }
}

/// How a version goes back behind the one in use.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum RegressionKind {
    /// Its Volgnummer is lower.
    LowerVolgnummer,
    /// Its Volgnummer is the same, and its content is not.
    SameVolgnummer,
    /// Its Volgnummer is higher, and its Tijdstempel is older.
    OlderTijdstempel,
}

impl RegressionKind {
    /// Compares the version in use with another one of other content.
    pub(super) fn between(current: &Envelope, other: &Envelope) -> Option<Self> {
        match other.volgnummer.cmp(&current.volgnummer) {
            Ordering::Less => Some(Self::LowerVolgnummer),
            Ordering::Equal => Some(Self::SameVolgnummer),
            Ordering::Greater => is_before(&other.tijdstempel, &current.tijdstempel).then_some(Self::OlderTijdstempel),
        }
    }
}

/// Whether a moment comes before another; one without a time zone is no moment, and comes before none.
fn is_before(one: &DatumTijd, other: &DatumTijd) -> bool {
    one.moment().zip(other.moment()).is_some_and(|(one, other)| one < other)
}

impl fmt::Display for RegressionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LowerVolgnummer => "its Volgnummer is lower than that of the list in use",
            Self::SameVolgnummer => "its Volgnummer is that of the list in use, and its content is not",
            Self::OlderTijdstempel => {
                "its Volgnummer is higher than that of the list in use, and its Tijdstempel is older"
            }
        })
    }
}

impl fmt::Display for Refreshed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.kind)?;
        match &self.outcome {
            Outcome::Unchanged => f.write_str("unchanged")?,
            Outcome::Accepted { list, warnings, .. } => {
                let envelope = list.envelope();
                let (volgnummer, tijdstempel) = (&envelope.volgnummer, &envelope.tijdstempel);
                write!(
                    f,
                    "Volgnummer {volgnummer} of {tijdstempel}, {} entries",
                    list.entries()
                )?;
                if !warnings.is_empty() {
                    write!(f, ", {} warnings", warnings.len())?;
                }
            }
            Outcome::Refused(failure) => {
                let mut why = failure.to_string();
                let mut cause = failure.source();
                while let Some(error) = cause {
                    let _ = write!(why, ": {error}");
                    cause = error.source();
                }
                // An error of a client may be of several lines; that of a log is one.
                let line = why.split_whitespace().collect::<Vec<_>>().join(" ");
                let line: String = line.chars().filter(|c| !c.is_control()).collect();
                f.write_str(&line)?;
                let rest = if self.in_use {
                    "the last good list stays in use"
                } else {
                    "there is no list in use"
                };
                write!(f, "; {rest}")?;
            }
        }
        write!(
            f,
            "; due again at {:02}:{:02}:{:02} UTC",
            self.next.hour(),
            self.next.minute(),
            self.next.second()
        )
    }
}
