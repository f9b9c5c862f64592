//! What a DVP counts for the monthly Beheerrapport [Managementinformatie, 1.5].

use std::collections::BTreeMap;

use medmij_core::GegevensdienstId;
use time::{Date, Time, UtcDateTime};

use super::{Outcome, Stopped};
use crate::scope::ScopeFunction;

/// The runs of a period, per Gegevensdienst, and the persons.
///
/// The form in which it is delivered is an XML schema that was not found; these are its numbers, by the names that were. A run
/// counts for every Gegevensdienst that it was about. One that was done in part counts as done: how it counts is not said.
///
/// ```
/// use medmij_oauth::dvp::Beheerrapport;
/// use time::{Date, Month};
///
/// let mut rapport = Beheerrapport::of(Date::from_calendar_date(2026, Month::November, 22)?);
/// assert_eq!((rapport.vanaf().day(), rapport.vanaf().month()), (1, Month::November));
/// assert_eq!((rapport.tot().day(), rapport.tot().month()), (1, Month::December));
/// rapport.count_person(Date::from_calendar_date(2026, Month::November, 3)?);
/// rapport.count_person(Date::from_calendar_date(2026, Month::March, 3)?); // reported in March
/// assert_eq!(rapport.personen_nieuw, 1);
/// # Ok::<(), time::error::ComponentRange>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Beheerrapport {
    first: Date,
    /// The runs of each function, by Gegevensdienst.
    pub runs: BTreeMap<(ScopeFunction, GegevensdienstId), Telling>,
    /// The persons who did a *Verzamelen* or *Delen* with success for the first time in the calendar year [RFC0031, 1.3].
    pub personen_nieuw: u64,
}

/// How often a function was done for a Gegevensdienst.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Telling {
    /// Done, in whole or in part.
    pub succesvol: u64,
    /// Ended in any other way.
    pub niet_afgerond: u64,
}

impl Beheerrapport {
    /// An empty report of the calendar month of a day.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self {
            first: day.replace_day(1).unwrap_or(day),
            runs: BTreeMap::new(),
            personen_nieuw: 0,
        }
    }

    /// The begin of the period: midnight of the first of the month. The framework names no time zone; this is UTC.
    #[must_use]
    pub const fn vanaf(&self) -> UtcDateTime {
        UtcDateTime::new(self.first, Time::MIDNIGHT)
    }

    /// The end of the period: midnight of the first of the next month.
    #[must_use]
    pub fn tot(&self) -> UtcDateTime {
        let month = self.first.month();
        let days = month.length(self.first.year());
        let next = self.first.saturating_add(time::Duration::days(i64::from(days)));
        UtcDateTime::new(next, Time::MIDNIGHT)
    }

    /// Whether a moment is in the period.
    #[must_use]
    pub fn has(&self, at: UtcDateTime) -> bool {
        (self.vanaf()..self.tot()).contains(&at)
    }

    /// Counts a run that ended, if it ended in the period and began with a function that has a scope.
    pub fn count_run(&mut self, stopped: &Stopped, ended_at: UtcDateTime) {
        let Some(function) = stopped.context.function.filter(|_| self.has(ended_at)) else {
            return;
        };
        for id in &stopped.context.gegevensdiensten {
            let telling = self.runs.entry((function, id.clone())).or_default();
            match stopped.outcome {
                Outcome::Completed | Outcome::CompletedPartially => telling.succesvol += 1,
                _ => telling.niet_afgerond += 1,
            }
        }
    }

    /// Counts a person by the day of the first success in the calendar year, as [`first_success`] kept it.
    pub fn count_person(&mut self, first_success: Date) {
        self.personen_nieuw += u64::from(self.has(UtcDateTime::new(first_success, Time::MIDNIGHT)));
    }
}

/// The day to keep with an account after a resource request with success: the first of the calendar year [RFC0031, 1.3].
#[must_use]
pub fn first_success(kept: Option<Date>, now: UtcDateTime) -> Date {
    let today = now.date();
    kept.filter(|kept| kept.year() == today.year()).unwrap_or(today)
}
