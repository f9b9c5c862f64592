//! The values that never show themselves: codes, tokens, `state`, and the burgerservicenummer.

use std::fmt;
use std::str::FromStr;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::ids::random_uuid;
use crate::release::SecretForm;
use crate::{Digest, ParseError, ParseRule, Random, RandomError, Release};

/// Makes a secret text: `Debug` shows its type only, there is no `Display` and no `Serialize`, memory is wiped on drop,
/// comparison takes the same time wherever two values of one length differ, and `expose` is the only door.
macro_rules! secret {
    ($(#[$meta:meta])* $name:ident, $check:path) => {
        $(#[$meta])*
        ///
        /// # Security
        /// `Debug` prints the name of the type only; [`expose`](Self::expose) is the only way to the text. A store keeps
        /// the [`digest`](Self::digest), or a sealed blob where the text must be read back.
        #[derive(Clone)]
        pub struct $name(Zeroizing<String>);

        impl $name {
            /// The text itself. Search for this word to find every place where a secret leaves its type.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }

            /// The SHA-256 digest of the text, by which a store finds it without knowing it.
            #[must_use]
            pub fn digest(&self) -> Digest {
                Digest::of(self.0.as_bytes())
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                // Wiped also when it is refused.
                let text = Zeroizing::new(text);
                $check(stringify!($name), &text)?;
                Ok(Self(text))
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::try_from(text.to_owned())
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
            }
        }

        impl Eq for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

secret! {
    /// The local `state` of an authorization request, by which the DVP knows its answer again
    /// [core.authint.200, 2.x] [RFC0047, 1.4].
    ///
    /// Opaque and without meaning. We make 32 hexadecimal digits of 128 random bits; from a peer 1 to
    /// [`MAX_LEN`](Self::MAX_LEN) characters of visible ASCII or blanks are taken (RFC 6749, VSCHAR). Release 1.5
    /// prescribes bounds whose numbers were not found: a server takes those of its settings.
    State, check_vschar
}

secret! {
    /// An authorization code [core.autorisatie.206, 2.x].
    ///
    /// Holds nothing but randomness [core.autorisatie.207, 2.x]; valid for 900 seconds and offered once. Up to
    /// [`MAX_LEN`](Self::MAX_LEN) characters VSCHAR are taken.
    AuthorizationCode, check_vschar
}

secret! {
    /// A bearer access token [core.autorisatie.206, 2.x]; never interpreted by the DVP [core.autorisatie.207, 2.x].
    ///
    /// Up to [`MAX_LEN`](Self::MAX_LEN) characters of RFC 6750's `b64token`, so that it can stand in a header field.
    AccessToken, check_b64token
}

secret! {
    /// A refresh token, by which a DVP collects under a long-term consent without the person [RFC0054, 2.0].
    ///
    /// Valid for half a year and replaced at each use. Up to [`MAX_LEN`](Self::MAX_LEN) characters VSCHAR are taken.
    RefreshToken, check_vschar
}

secret! {
    /// The `code_verifier` of PKCE (RFC 7636, section 4.1), for deployments that agree on it; MedMij has none.
    ///
    /// 43 to 128 unreserved characters. We make 64 hexadecimal digits of 256 random bits.
    CodeVerifier, check_code_verifier
}

secret! {
    /// A burgerservicenummer (BSN), the citizen service number by which the DVA knows the person [P&I 9, 1.1.2].
    ///
    /// Nine digits that pass the eleven test. It exists at the DVA only, and stands in no message between DVP and DVA
    /// [core.rscint.203, 2.x].
    ///
    /// ```
    /// let bsn: medmij_core::Bsn = "999990019".parse()?;
    /// assert_eq!(format!("{bsn:?}"), "Bsn(..)");
    /// assert!("999990018".parse::<medmij_core::Bsn>().is_err());
    /// # Ok::<(), medmij_core::ParseError>(())
    /// ```
    Bsn, check_bsn
}

secret! {
    /// The date of birth of a represented person, `MedMij_geboortedatum`: `JJJJMMDD` [ext.vert.authint.200, 2.x]
    /// [ext.vert.autorisatie.200, 2.x].
    ///
    /// A day of the calendar, which the DVA compares with the one it knows [ext.vert.autorisatie.201, 2.x]. It is the only
    /// personal value that the framework puts into a URI.
    ///
    /// ```
    /// let born: medmij_core::Geboortedatum = "19700901".parse()?;
    /// assert_eq!(format!("{born:?}"), "Geboortedatum(..)");
    /// assert!("19700931".parse::<medmij_core::Geboortedatum>().is_err());
    /// # Ok::<(), medmij_core::ParseError>(())
    /// ```
    Geboortedatum, check_geboortedatum
}

impl Geboortedatum {
    /// The name of the parameter of the authorization request.
    pub const PARAMETER: &'static str = "MedMij_geboortedatum";

    /// The age in whole years on a day, for the age rule: see
    /// [`Representation::age_is_right`](crate::Representation::age_is_right). Who is born on 29 February is a year older on
    /// 1 March of a year without that day. Before the birth it is 0.
    ///
    /// ```
    /// use time::{Date, Month};
    ///
    /// let born: medmij_core::Geboortedatum = "20100901".parse()?;
    /// let on = |day| Date::from_calendar_date(2026, Month::September, day).unwrap();
    /// # let on_last = Date::from_calendar_date(2026, Month::August, 31).unwrap();
    /// assert_eq!((born.years_on(on_last), born.years_on(on(1))), (15, 16));
    /// # Ok::<(), medmij_core::ParseError>(())
    /// ```
    #[must_use]
    pub fn years_on(&self, day: time::Date) -> u16 {
        // As numbers of eight digits the days are in order; a whole year is 10000.
        let born: i64 = self.expose().parse().unwrap_or(i64::MAX);
        let (year, month, of_month) = day.to_calendar_date();
        let day = i64::from(year) * 10_000 + i64::from(u8::from(month)) * 100 + i64::from(of_month);
        u16::try_from((day - born) / 10_000).unwrap_or(0)
    }
}

const MAX_LEN: usize = 4_096;

/// The secrets that this library makes, all of the same randomness.
macro_rules! made_of_randomness {
    ($($name:ident: $form:expr;)+) => {
        $(impl $name {
            /// The most bytes that are taken from a peer.
            pub const MAX_LEN: usize = MAX_LEN;

            /// Makes a new secret in the form of the release.
            ///
            /// # Errors
            /// If the source of randomness fails.
            pub fn random(random: &mut impl Random, release: Release) -> Result<Self, RandomError> {
                let form: fn(Release) -> SecretForm = $form;
                let text = match form(release) {
                    SecretForm::UuidV4 => random_uuid(random)?,
                    SecretForm::Opaque => random_hex::<32>(random)?,
                };
                Ok(Self(Zeroizing::new(text)))
            }
        })+
    };
}

made_of_randomness! {
    AuthorizationCode: Release::secret_form;
    AccessToken: Release::secret_form;
    RefreshToken: Release::secret_form;
}

impl CodeVerifier {
    /// Makes a new random verifier.
    ///
    /// # Errors
    /// If the source of randomness fails.
    pub fn random(random: &mut impl Random) -> Result<Self, RandomError> {
        Ok(Self(Zeroizing::new(random_hex::<32>(random)?)))
    }
}

impl State {
    /// The most bytes that are taken from a peer.
    pub const MAX_LEN: usize = MAX_LEN;

    /// Makes a new random state.
    ///
    /// # Errors
    /// If the source of randomness fails.
    pub fn random(random: &mut impl Random) -> Result<Self, RandomError> {
        Ok(Self(Zeroizing::new(random_hex::<16>(random)?)))
    }
}

fn random_hex<const BYTES: usize>(random: &mut impl Random) -> Result<String, RandomError> {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let mut bytes = [0_u8; BYTES];
    random.fill(&mut bytes)?;
    // Made at its full length: a text that grows leaves copies behind.
    let mut text = String::with_capacity(2 * BYTES);
    for nibble in bytes.iter().flat_map(|&byte| [byte >> 4, byte & 0xF]) {
        text.push(DIGITS.get(usize::from(nibble)).copied().unwrap_or('0'));
    }
    bytes.zeroize();
    Ok(text)
}

fn check_length(expected: &'static str, text: &str) -> Result<(), ParseError> {
    match text.len() {
        0 => Err(ParseError::new(expected, ParseRule::TooShort, 0)),
        1..=MAX_LEN => Ok(()),
        _ => Err(ParseError::new(expected, ParseRule::TooLong, MAX_LEN)),
    }
}

fn check_vschar(expected: &'static str, text: &str) -> Result<(), ParseError> {
    check_length(expected, text)?;
    match text.bytes().position(|b| !matches!(b, b' '..=b'~')) {
        Some(offset) => Err(ParseError::new(expected, ParseRule::Character, offset)),
        None => Ok(()),
    }
}

fn check_b64token(expected: &'static str, text: &str) -> Result<(), ParseError> {
    check_length(expected, text)?;
    let body = text.trim_end_matches('=');
    if body.is_empty() {
        return Err(ParseError::new(expected, ParseRule::TooShort, 0));
    }
    let is_token = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
    match body.bytes().position(|b| !is_token(b)) {
        Some(offset) => Err(ParseError::new(expected, ParseRule::Character, offset)),
        None => Ok(()),
    }
}

fn check_code_verifier(expected: &'static str, text: &str) -> Result<(), ParseError> {
    let error = |rule, offset| Err(ParseError::new(expected, rule, offset));
    let is_unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    match text.len() {
        0..43 => error(ParseRule::TooShort, text.len()),
        43..=128 => match text.bytes().position(|b| !is_unreserved(b)) {
            Some(offset) => error(ParseRule::Character, offset),
            None => Ok(()),
        },
        _ => error(ParseRule::TooLong, 128),
    }
}

fn check_bsn(expected: &'static str, text: &str) -> Result<(), ParseError> {
    let digits = text.bytes().filter(u8::is_ascii_digit).map(|b| i32::from(b - b'0'));
    // Weights 9 down to 2, and -1 for the last digit.
    let sum: i32 = digits
        .zip([9, 8, 7, 6, 5, 4, 3, 2, -1])
        .map(|(digit, weight)| digit * weight)
        .sum();
    let nine_digits = text.len() == 9 && text.bytes().all(|b| b.is_ascii_digit());
    if nine_digits && text != "000000000" && sum % 11 == 0 {
        Ok(())
    } else {
        Err(ParseError::new(expected, ParseRule::Bsn, 0))
    }
}

fn check_geboortedatum(expected: &'static str, text: &str) -> Result<(), ParseError> {
    let number = |range| text.get(range).and_then(|part: &str| part.parse::<u16>().ok());
    let is_day = || {
        let month = u8::try_from(number(4..6)?).ok()?.try_into().ok()?;
        let day = u8::try_from(number(6..8)?).ok()?;
        time::Date::from_calendar_date(i32::from(number(0..4)?), month, day).ok()
    };
    let eight_digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    if eight_digits && is_day().is_some() {
        Ok(())
    } else {
        Err(ParseError::new(expected, ParseRule::Geboortedatum, 0))
    }
}

/// Serialises a secret in the open, for a state that waits in a store (feature `persist`): `#[serde(with = "…")]`.
///
/// # Security
/// What this writes holds the secret itself. Seal the whole blob with a key of the deployment before it reaches a disk or
/// a database, and read it back on the server only.
#[cfg(feature = "persist")]
pub mod exposed {
    use std::fmt::Display;

    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// A secret that can be written in the open and read back.
    pub trait Exposed: TryFrom<String, Error: Display> {
        /// The secret text.
        fn exposed(&self) -> &str;
    }

    macro_rules! exposed {
        ($($name:ident),+) => {
            $(impl Exposed for super::$name {
                fn exposed(&self) -> &str {
                    self.expose()
                }
            })+
        };
    }

    exposed!(
        AccessToken,
        AuthorizationCode,
        Bsn,
        CodeVerifier,
        Geboortedatum,
        RefreshToken,
        State
    );

    /// Writes the secret text.
    ///
    /// # Errors
    /// If the serializer fails.
    pub fn serialize<T: Exposed, S: Serializer>(secret: &T, serializer: S) -> Result<S::Ok, S::Error> {
        secret.exposed().serialize(serializer)
    }

    /// Reads the secret text back, checked as ever.
    ///
    /// # Errors
    /// If the deserializer fails or the text is no such secret.
    pub fn deserialize<'de, T: Exposed, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        T::try_from(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }

    /// The same for a secret that may be absent.
    pub mod option {
        use super::{Deserialize, Deserializer, Exposed, Serialize, Serializer};
        use serde::de::Error as _;

        /// Writes the secret text, or nothing.
        ///
        /// # Errors
        /// If the serializer fails.
        pub fn serialize<T: Exposed, S: Serializer>(secret: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
            secret.as_ref().map(Exposed::exposed).serialize(serializer)
        }

        /// Reads the secret text back, if there is one.
        ///
        /// # Errors
        /// If the deserializer fails or the text is no such secret.
        pub fn deserialize<'de, T: Exposed, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
            let text = Option::<String>::deserialize(deserializer)?;
            text.map(|text| T::try_from(text).map_err(D::Error::custom)).transpose()
        }
    }
}
