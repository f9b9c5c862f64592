//! How long log records are kept, and when they must be destroyed.

use time::{Date, Month, UtcDateTime};

use crate::{Release, Retention};

/// What is to become of a log record.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the three times of a record")]
pub enum RecordAge {
    /// It must be kept.
    Keep,
    /// It may be destroyed.
    MayGo,
    /// It must be destroyed.
    MustGo,
}

impl Retention {
    /// Records of before this moment may be destroyed, from their moment on counted in calendar months
    /// [core.logging.101, 2.x] [P&I 20, 1.1.2].
    #[must_use]
    pub fn may_go_before(self, now: UtcDateTime) -> UtcDateTime {
        months_before(now, self.min_months)
    }

    /// Records of before this moment must be destroyed now [core.logging.101, 2.x] [P&I 20, 1.1.2]. This is about records of
    /// the log alone, and never about the contents of a dossier, which stay until their person deletes them.
    ///
    /// ```
    /// use medmij_core::Release;
    /// use time::{Date, Month, UtcDateTime};
    ///
    /// let now = UtcDateTime::UNIX_EPOCH.replace_date(Date::from_calendar_date(2026, Month::November, 22)?);
    /// let limit = Release::R2_2.log_retention().must_go_before(now);
    /// assert_eq!(limit.date(), Date::from_calendar_date(2023, Month::November, 22)?);
    /// # Ok::<(), time::error::ComponentRange>(())
    /// ```
    #[must_use]
    pub fn must_go_before(self, now: UtcDateTime) -> UtcDateTime {
        months_before(now, self.max_months)
    }

    /// What is to become of a record of this moment.
    #[must_use]
    pub fn age(self, recorded_at: UtcDateTime, now: UtcDateTime) -> RecordAge {
        if recorded_at < self.must_go_before(now) {
            RecordAge::MustGo
        } else if recorded_at < self.may_go_before(now) {
            RecordAge::MayGo
        } else {
            RecordAge::Keep
        }
    }
}

impl Release {
    /// What is to become of a log record of this moment, in this release.
    #[must_use]
    pub fn record_age(self, recorded_at: UtcDateTime, now: UtcDateTime) -> RecordAge {
        self.log_retention().age(recorded_at, now)
    }
}

/// The same moment so many calendar months before, or the last day of that month if it has fewer days.
fn months_before(now: UtcDateTime, months: u8) -> UtcDateTime {
    let date = now.date();
    let number = date.year() * 12 + i32::from(u8::from(date.month())) - 1 - i32::from(months);
    let month = u8::try_from(number.rem_euclid(12) + 1)
        .ok()
        .and_then(|month| Month::try_from(month).ok());
    let year = number.div_euclid(12);
    let before = month.and_then(|month| {
        let day = date.day().min(month.length(year));
        Date::from_calendar_date(year, month, day).ok()
    });
    // Only before the year -9999 there is none.
    now.replace_date(before.unwrap_or(date))
}
