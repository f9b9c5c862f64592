//! The end of an Abonnement: a day, in UTC, and what it means for its life [abonneren.md 13].

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use time::{Date, Duration, Month, OffsetDateTime, Time, UtcDateTime};

/// Where an Abonnement is in its life; both sides keep it [abonneren.md 13].
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the two states of an Abonnement that exists")]
pub enum AbonnementState {
    /// It lasts up to and including this day.
    Active {
        /// Its last day.
        einde: Date,
    },
    /// It has ended, and never becomes active again.
    Ended,
}

impl AbonnementState {
    /// Its last day, if it is still active: one whose day has passed has ended by itself, without a message.
    #[must_use]
    pub fn einde(self, now: UtcDateTime) -> Option<Date> {
        match self {
            Self::Active { einde } if now.date() <= einde => Some(einde),
            Self::Active { .. } | Self::Ended => None,
        }
    }

    /// What becomes of it when the Aanbieder sets its end: today or before, it has ended already
    /// [ext.abo.subnotint.204, 2.x].
    pub(crate) fn set_by_aanbieder(einde: Option<Date>, now: UtcDateTime) -> Self {
        match einde {
            Some(einde) if einde > now.date() => Self::Active { einde },
            _ => Self::Ended,
        }
    }
}

/// The day so many days after the day of a moment.
pub(crate) fn days_after(now: UtcDateTime, dagen: u32) -> Date {
    now.date().saturating_add(Duration::days(i64::from(dagen)))
}

/// A day as RFC 3339's full-date.
pub(super) fn write_date(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// Reads RFC 3339's full-date, `2023-07-30`.
pub(super) fn read_date(text: &str) -> Option<Date> {
    let number = |range| text.get(range).and_then(|part: &str| part.parse::<u16>().ok());
    let digits = |range| {
        text.get(range)
            .is_some_and(|part: &str| part.bytes().all(|b| b.is_ascii_digit()))
    };
    if text.len() != 10 || !digits(0..4) || !digits(5..7) || !digits(8..10) || text.get(4..5) != Some("-") {
        return None;
    }
    if text.get(7..8) != Some("-") {
        return None;
    }
    let month = Month::try_from(u8::try_from(number(5..7)?).ok()?).ok()?;
    Date::from_calendar_date(i32::from(number(0..4)?), month, u8::try_from(number(8..10)?).ok()?).ok()
}

/// A day as the predecessor of the interface writes it: its last second, in UTC.
pub(super) fn write_date_time(date: Date) -> String {
    format!("{}T23:59:59Z", write_date(date))
}

/// Reads RFC 3339's date-time, as the day it falls on in UTC.
pub(super) fn read_date_time(text: &str) -> Option<Date> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    let utc = moment.checked_to_offset(time::UtcOffset::UTC)?;
    // The first instant of a day ends the day before.
    if utc.time() == Time::MIDNIGHT {
        utc.date().previous_day()
    } else {
        Some(utc.date())
    }
}

/// Whether the body is told to be JSON, once.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(content_type), None) = (types.next(), types.next()) else {
        return false;
    };
    let essence = content_type.to_str().unwrap_or_default().split(';').next();
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}
