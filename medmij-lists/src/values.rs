//! The simple types that all lists share, and the values of a list that is not judged to the letter.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use medmij_core::xml::is_space;
use serde::{Serialize, Serializer};
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcDateTime, UtcOffset};

use crate::error::{ListRule, Violation};

/// The moment of publication of a list, its *Tijdstempel* [ZAL, release2].
///
/// Type DatumTijd: an `xs:dateTime` of at least 20 characters, white space around it collapsed. That bound is meant to
/// demand a time zone, but a fraction, a minus sign or a five-digit year makes up for the missing character, so
/// [`moment`](Self::moment) may be absent of a value that is right.
///
/// ```
/// use medmij_lists::DatumTijd;
///
/// let stempel: DatumTijd = "2021-05-04T18:13:51.0+01:00".parse()?;
/// assert_eq!(stempel.moment().unwrap().to_string(), "2021-05-04 17:13:51.0 +00");
/// assert!("2018-04-16T10:43:41".parse::<DatumTijd>().is_err());
/// assert!("2018-04-16T10:43:41.1".parse::<DatumTijd>()?.moment().is_none());
/// # Ok::<(), medmij_lists::ValueError>(())
/// ```
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct DatumTijd {
    text: Arc<str>,
    moment: Option<UtcDateTime>,
    has_zone: bool,
}

impl DatumTijd {
    /// The text, without white space around it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The moment in UTC; `None` without a time zone, or for a year that no calendar of ours reaches.
    #[must_use]
    pub const fn moment(&self) -> Option<UtcDateTime> {
        self.moment
    }

    /// Whether it has a time zone.
    #[must_use]
    pub const fn has_zone(&self) -> bool {
        self.has_zone
    }
}

impl FromStr for DatumTijd {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const ERROR: ValueError = ValueError("a date and time of at least 20 characters, with a time zone");
        let text = collapse(text);
        let parts = DateTimeParts::read(&text).ok_or(ERROR)?;
        if text.len() < 20 {
            return Err(ERROR);
        }
        Ok(Self {
            moment: parts.moment(),
            has_zone: parts.offset.is_some(),
            text: text.into(),
        })
    }
}

/// The parts of an `xs:dateTime`, checked.
struct DateTimeParts<'a> {
    negative: bool,
    year: &'a str,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    fraction: &'a str,
    /// In minutes east of Greenwich.
    offset: Option<i16>,
}

impl<'a> DateTimeParts<'a> {
    /// `'-'? yyyy+ '-' MM '-' DD 'T' hh ':' mm ':' ss ('.' s+)? (Z | (+|-) hh ':' mm)?`
    fn read(text: &'a str) -> Option<Self> {
        if !text.is_ascii() {
            return None;
        }
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (year, rest) = rest.split_once('-')?;
        let four_or_more = year.len() == 4 || (year.len() > 4 && !year.starts_with('0'));
        if !four_or_more || !is_digits(year) || year.bytes().all(|b| b == b'0') {
            return None;
        }
        let (date_time, rest) = rest.split_at_checked("MM-DDThh:mm:ss".len())?;
        let [b'0'..=b'9', b'0'..=b'9', b'-', _, _, b'T', _, _, b':', _, _, b':', _, _] = date_time.as_bytes() else {
            return None;
        };
        let two = |at: usize| two_digits(date_time.get(at..at + 2)?);
        let (month, day, hour, minute, second) = (two(0)?, two(3)?, two(6)?, two(9)?, two(12)?);
        let (fraction, zone) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count()),
            None => ("", rest),
        };
        if rest.starts_with('.') && fraction.is_empty() {
            return None;
        }
        let offset = match zone.as_bytes() {
            [] => None,
            [b'Z'] => Some(0),
            [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
                let (hours, minutes) = (two_digits(zone.get(1..3)?)?, two_digits(zone.get(4..6)?)?);
                if minutes > 59 || hours > 14 || (hours == 14 && minutes > 0) {
                    return None;
                }
                let offset = i16::from(hours) * 60 + i16::from(minutes);
                Some(if *sign == b'-' { -offset } else { offset })
            }
            _ => return None,
        };
        let parts = Self {
            negative,
            year,
            month,
            day,
            hour,
            minute,
            second,
            fraction,
            offset,
        };
        let midnight = hour == 24 && minute == 0 && second == 0 && fraction.bytes().all(|b| b == b'0');
        let right = (1..=parts.last_day()?).contains(&day) && minute < 60 && second < 60 && (hour < 24 || midnight);
        right.then_some(parts)
    }

    /// The last day of the month; `None` if there is no such month.
    fn last_day(&self) -> Option<u8> {
        // A year has any number of digits; whether it leaps shows in the last four, since 400 divides 10,000.
        let last = self.year.get(self.year.len() - 4..)?.parse::<u16>().ok()?;
        let leaps = last % 4 == 0 && (last % 100 != 0 || last % 400 == 0);
        match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
            4 | 6 | 9 | 11 => Some(30),
            2 => Some(if leaps { 29 } else { 28 }),
            _ => None,
        }
    }

    fn moment(&self) -> Option<UtcDateTime> {
        let year = self.year.parse::<i32>().ok()?;
        let year = if self.negative { -year } else { year };
        let date = Date::from_calendar_date(year, Month::try_from(self.month).ok()?, self.day).ok()?;
        let (date, hour) = if self.hour == 24 {
            (date.next_day()?, 0)
        } else {
            (date, self.hour)
        };
        let nanos = format!("{:0<9.9}", self.fraction).parse().ok()?;
        let time = Time::from_hms_nano(hour, self.minute, self.second, nanos).ok()?;
        let offset = UtcOffset::from_whole_seconds(i32::from(self.offset?) * 60).ok()?;
        let moment: OffsetDateTime = PrimitiveDateTime::new(date, time).assume_offset(offset);
        moment.checked_to_utc()
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn two_digits(text: &str) -> Option<u8> {
    if is_digits(text) { text.parse().ok() } else { None }
}

/// The version counter of a list, its *Volgnummer*: raised by one when a changed list is published [RFC0050, 1.4].
///
/// Type Positiefnummer: a positive whole number of any size. Ordered by its value; `+7` and `007` are 7.
///
/// ```
/// use medmij_lists::Positiefnummer;
///
/// let huge: Positiefnummer = "18446744073709551616".parse()?;
/// assert!(huge > "9".parse()?);
/// assert_eq!(huge.to_u64(), None);
/// assert_eq!(" +007 ".parse::<Positiefnummer>()?.to_u64(), Some(7));
/// # Ok::<(), medmij_lists::ValueError>(())
/// ```
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Positiefnummer(Arc<str>);

impl Positiefnummer {
    /// The number in decimal digits, without sign and leading zeros.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number, if it is not larger than that.
    #[must_use]
    pub fn to_u64(&self) -> Option<u64> {
        self.0.parse().ok()
    }
}

impl FromStr for Positiefnummer {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = collapse(text);
        let digits = text.strip_prefix('+').unwrap_or(&text);
        let number = digits.trim_start_matches('0');
        if !is_digits(digits) || number.is_empty() {
            return Err(ValueError("a whole number of 1 or more"));
        }
        Ok(Self(number.into()))
    }
}

impl Ord for Positiefnummer {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Positiefnummer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

macro_rules! shown_as_text {
    ($($name:ident),+) => {
        $(
            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(self.as_str())
                }
            }

            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.debug_tuple(stringify!($name)).field(&self.as_str()).finish()
                }
            }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.serialize_str(self.as_str())
                }
            }
        )+
    };
}

shown_as_text!(DatumTijd, Positiefnummer);

/// White space as `xs:dateTime` and the integers collapse it: none around, one blank between.
fn collapse(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim_matches(|c| u8::try_from(c).is_ok_and(is_space));
    if trimmed.bytes().any(is_space) {
        Cow::Owned(
            trimmed
                .split([' ', '\t', '\n', '\r'])
                .filter(|it| !it.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
        )
    } else {
        Cow::Borrowed(trimmed)
    }
}

/// A text that is no value of a simple type of the lists.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not {0}")]
pub struct ValueError(&'static str);

impl From<ValueError> for Violation {
    fn from(error: ValueError) -> Self {
        Self::new(ListRule::Value, error.0)
    }
}

/// A number of days, of any size by the schema: how long an Abonnement may last [ext.abo.tknint.200, 2.x].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dagen(Positiefnummer);

impl Dagen {
    /// The number; one that is larger than any duration is taken as the largest.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.as_str().parse().unwrap_or(u32::MAX)
    }
}

impl FromStr for Dagen {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A value as it stands in a list.
///
/// In the lists whose schema is official every value is of its type. Where the schema is derived a text that is not gave
/// a warning, if there was room for one, and stays in the list.
pub struct Listed<'l, T> {
    text: &'l str,
    of: PhantomData<fn() -> T>,
}

impl<'l, T> Listed<'l, T> {
    pub(crate) const fn new(text: &'l str) -> Self {
        Self { text, of: PhantomData }
    }

    /// The text as it stands in the list.
    #[must_use]
    pub const fn as_str(self) -> &'l str {
        self.text
    }
}

impl<T: FromStr> Listed<'_, T> {
    /// The value, if the text is of its type.
    #[must_use]
    pub fn usable(self) -> Option<T> {
        self.text.parse().ok()
    }
}

impl<T> Clone for Listed<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Listed<'_, T> {}

impl<T> PartialEq for Listed<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<T> Eq for Listed<'_, T> {}

impl<T> fmt::Debug for Listed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.text, f)
    }
}

impl<T> Serialize for Listed<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text)
    }
}
