//! How long codes and tokens live.

use time::{Date, Duration, Month, UtcDateTime};

/// The lifetime of an authorization code [core.autorisatie.205, 2.x] [Applicatielaag 7, 1.1].
pub const CODE_LIFETIME: Duration = Duration::seconds(900);

/// The lifetime of an access token [core.autorisatie.205, 2.x] [Applicatielaag 7, 1.1].
pub const TOKEN_LIFETIME: Duration = Duration::seconds(900);

/// The end of a refresh token that is issued now: the same day and time six months later, or the last day of that month
/// if it is shorter [RFC0054, 2.0].
///
/// ```
/// use medmij_oauth::half_a_year_after;
/// use time::{Date, Month, Time, UtcDateTime};
///
/// let day = |year, month, day| -> Result<_, time::error::ComponentRange> {
///     Ok(UtcDateTime::new(Date::from_calendar_date(year, month, day)?, Time::MIDNIGHT))
/// };
/// assert_eq!(half_a_year_after(day(2026, Month::March, 15)?), day(2026, Month::September, 15)?);
/// assert_eq!(half_a_year_after(day(2026, Month::August, 31)?), day(2027, Month::February, 28)?);
/// # Ok::<(), time::error::ComponentRange>(())
/// ```
#[must_use]
pub fn half_a_year_after(now: UtcDateTime) -> UtcDateTime {
    let (mut year, mut month) = (now.year(), now.month());
    for _ in 0..6 {
        month = month.next();
        year += i32::from(month == Month::January);
    }
    let day = now.day().min(month.length(year));
    let date = Date::from_calendar_date(year, month, day);
    // Beyond the last year of the calendar there is no later moment.
    date.map_or(UtcDateTime::MAX, |date| now.replace_date(date))
}
