//! What a DVP counts for the monthly Beheerrapport [Managementinformatie, 1.5].

use std::collections::{BTreeMap, BTreeSet};

use medmij_core::GegevensdienstId;
use serde::{Deserialize, Serialize};
use time::{Date, Time, UtcDateTime};

use super::{Outcome, Stopped};
use crate::scope::ScopeFunction;

/// The runs of a period, per Gegevensdienst, and the persons.
///
/// The form in which it is delivered is an XML schema that was not found; these are its numbers, by the names that were, and
/// who delivers it and when (`Deelnemer`, `Tijdstempel`) is the caller's to write. What a DVA counts was not found either. A
/// run counts for every Gegevensdienst that it was about. One that was done in part counts as done: how it counts is not said.
///
/// ```
/// use medmij_oauth::ScopeFunction;
/// use medmij_oauth::dvp::{AccountActivity, Beheerrapport};
/// use time::{Date, Month, Time, UtcDateTime};
///
/// let mut rapport = Beheerrapport::of(Date::from_calendar_date(2026, Month::November, 22)?);
/// assert_eq!((rapport.vanaf().day(), rapport.vanaf().month()), (1, Month::November));
/// assert_eq!((rapport.tot().day(), rapport.tot().month()), (1, Month::December));
/// let at = |month| Ok::<_, time::error::ComponentRange>(UtcDateTime::new(Date::from_calendar_date(2026, month, 3)?, Time::MIDNIGHT));
/// let (mut new, mut known) = (AccountActivity::default(), AccountActivity::default());
/// new.asked(ScopeFunction::Verzamelen, at(Month::November)?);
/// new.succeeded(at(Month::November)?);
/// known.succeeded(at(Month::March)?); // reported in March
/// rapport.count_person(&new);
/// rapport.count_person(&known);
/// assert_eq!((rapport.personen, rapport.personen_nieuw), (2, 1));
/// assert_eq!(rapport.actief[&ScopeFunction::Verzamelen], 1);
/// # Ok::<(), time::error::ComponentRange>(())
/// ```
///
/// It counts what it is given; a process that ends begins anew, from the own log.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Beheerrapport {
    first: Date,
    /// The runs of each function, by Gegevensdienst.
    pub runs: BTreeMap<(ScopeFunction, GegevensdienstId), Telling>,
    /// The persons who have an account (`Personen.Aantal`).
    pub personen: u64,
    /// The persons who in the period asked for data or to share them at least once, successful or not, by function
    /// [Managementinformatie, 1.1].
    pub actief: BTreeMap<ScopeFunction, u64>,
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
            first: first_of_month(day),
            runs: BTreeMap::new(),
            personen: 0,
            actief: BTreeMap::new(),
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

    /// Counts a person of the PGO: whether they are new in this period, and what they did in it.
    pub fn count_person(&mut self, kept: &AccountActivity) {
        let first = kept.first_success(self.first.year());
        self.personen += 1;
        self.personen_nieuw += u64::from(first.is_some_and(|day| self.has(UtcDateTime::new(day, Time::MIDNIGHT))));
        for (function, month) in &kept.asked {
            if *month == self.first {
                *self.actief.entry(*function).or_default() += 1;
            }
        }
    }
}

/// What is kept with an account for the Beheerrapport: for each calendar year the day of the first resource request with success
/// [RFC0031, 1.3], and in which months each function was asked for [Managementinformatie, 1.1].
///
/// A year's day and the months stay when the next begins: the report of December is made in January.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct AccountActivity {
    first_successes: BTreeMap<i32, Date>,
    /// Each month by its first day.
    asked: BTreeSet<(ScopeFunction, Date)>,
}

impl AccountActivity {
    /// The person asks for a function now, whatever comes of it.
    pub fn asked(&mut self, function: ScopeFunction, now: UtcDateTime) {
        self.asked.insert((function, first_of_month(now.date())));
    }

    /// A request had success now.
    pub fn succeeded(&mut self, now: UtcDateTime) {
        let today = now.date();
        self.first_successes.entry(today.year()).or_insert(today);
    }

    /// The day of a year, if there was one.
    #[must_use]
    pub fn first_success(&self, year: i32) -> Option<Date> {
        self.first_successes.get(&year).copied()
    }
}

fn first_of_month(day: Date) -> Date {
    day.replace_day(1).unwrap_or(day)
}
