//! The name of an Aanbieder (care provider), `<naam>@medmij`, and its type on the list.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::newtype::text_newtype;
use crate::{ParseError, ParseRule};

/// The suffix of every name of an Aanbieder.
const SUFFIX: &str = "@medmij";

const TYPE: &str = "Aanbiedernaam";

text_newtype! {
    /// The MedMij name of an Aanbieder: unique, lower case, `umcharderwijk@medmij`
    /// [P&I 12, 1.2-1.3] [Aanbiedersnamenbeleid, 2.x].
    ///
    /// Two rules exist for its form, told apart by [`Naamvorm`]: the schema of the Zorgaanbiederslijst takes letters
    /// from a to z only, 3 to 50 of them; the naming policy also takes digits and the separators `-`, `&` and `.`
    /// [AF-1049, 1.x]. Parsing takes both; ask [`vorm`](Self::vorm), or parse with [`from_schema`](Self::from_schema)
    /// where only the schema's form is right. In an OAuth scope the name stands without its suffix: see
    /// [`naam`](Self::naam) and [`from_naam`](Self::from_naam).
    ///
    /// At most [`MAX_LEN`](Self::MAX_LEN) bytes, suffix included. For names of the wider policy no limit was found; the
    /// schema's is used.
    ///
    /// ```
    /// use medmij_core::{Aanbiedernaam, Naamvorm};
    ///
    /// let naam: Aanbiedernaam = "umcharderwijk@medmij".parse()?;
    /// assert_eq!(naam.naam(), "umcharderwijk");
    /// assert_eq!(naam.vorm(), Naamvorm::Schema);
    /// assert_eq!(Aanbiedernaam::from_naam("umc-harderwijk12")?.vorm(), Naamvorm::Beleid);
    /// assert!("UMCHarderwijk@medmij".parse::<Aanbiedernaam>().is_err());
    /// # Ok::<(), medmij_core::ParseError>(())
    /// ```
    Aanbiedernaam, check_any
}

/// Which of the two rules on the form of a name a name keeps; every name in the schema's form keeps both.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Naamvorm {
    /// The form of the Zorgaanbiederslijst's schema: 3 to 50 letters from a to z.
    Schema,
    /// The wider naming policy only: digits, hyphens, ampersands or full stops, or fewer than 3 characters.
    Beleid,
}

impl Aanbiedernaam {
    /// The most bytes of a name with its suffix.
    pub const MAX_LEN: usize = 57;

    /// Parses a name with its suffix in the form that the Zorgaanbiederslijst's schema takes [ZAL, release2].
    ///
    /// # Errors
    /// The first rule of the schema that the text breaks; names of the wider policy are refused.
    pub fn from_schema(text: &str) -> Result<Self, ParseError> {
        Self::check_schema(text)?;
        Ok(Self(text.into()))
    }

    /// Checks a name with its suffix against the schema without keeping it [ZAL, release2].
    ///
    /// # Errors
    /// As [`from_schema`](Self::from_schema).
    pub fn check_schema(text: &str) -> Result<(), ParseError> {
        if text.len() > Self::MAX_LEN {
            return Err(ParseError::new(TYPE, ParseRule::TooLong, Self::MAX_LEN));
        }
        let naam = text.strip_suffix(SUFFIX).unwrap_or(text);
        if let Some(offset) = naam.bytes().position(|b| !b.is_ascii_lowercase()) {
            return Err(ParseError::new(TYPE, ParseRule::Character, offset));
        }
        if naam.len() == text.len() {
            return Err(ParseError::new(TYPE, ParseRule::MedmijSuffix, text.len()));
        }
        if naam.len() < 3 {
            return Err(ParseError::new(TYPE, ParseRule::TooShort, naam.len()));
        }
        Ok(())
    }

    /// Makes a name from its bare form, without `@medmij`, as an OAuth scope carries it [core.autorisatie.203, 2.x].
    ///
    /// # Errors
    /// If the text is no name, or has the suffix already.
    pub fn from_naam(naam: &str) -> Result<Self, ParseError> {
        if let Some(bare) = naam.strip_suffix(SUFFIX) {
            return Err(ParseError::new(TYPE, ParseRule::MedmijSuffixPresent, bare.len()));
        }
        check_naam(naam)?;
        let mut text = String::with_capacity(naam.len() + SUFFIX.len());
        text.push_str(naam);
        text.push_str(SUFFIX);
        Ok(Self(text.into()))
    }

    /// The bare name, without `@medmij`.
    #[must_use]
    pub fn naam(&self) -> &str {
        self.as_str().strip_suffix(SUFFIX).unwrap_or(self.as_str())
    }

    /// Whether the name has the schema's form or only that of the wider policy.
    #[must_use]
    pub fn vorm(&self) -> Naamvorm {
        match Self::check_schema(self.as_str()) {
            Ok(()) => Naamvorm::Schema,
            Err(_) => Naamvorm::Beleid,
        }
    }
}

fn check_any(text: &str) -> Result<(), ParseError> {
    if text.len() > Aanbiedernaam::MAX_LEN {
        return Err(ParseError::new(TYPE, ParseRule::TooLong, Aanbiedernaam::MAX_LEN));
    }
    let Some(naam) = text.strip_suffix(SUFFIX) else {
        return Err(ParseError::new(TYPE, ParseRule::MedmijSuffix, text.len()));
    };
    check_naam(naam)
}

/// `segment *( ( "-" / "&" / "." ) segment )`, a segment being runs of letters with at most four digits behind each.
fn check_naam(naam: &str) -> Result<(), ParseError> {
    if naam.len() > Aanbiedernaam::MAX_LEN - SUFFIX.len() {
        let offset = Aanbiedernaam::MAX_LEN - SUFFIX.len();
        return Err(ParseError::new(TYPE, ParseRule::TooLong, offset));
    }
    let mut at_segment_start = true;
    let mut digits = 0;
    for (offset, byte) in naam.bytes().enumerate() {
        let rule = match byte {
            b'a'..=b'z' => {
                at_segment_start = false;
                digits = 0;
                continue;
            }
            b'0'..=b'9' if at_segment_start => ParseRule::NaamSegment,
            b'0'..=b'9' if digits == 4 => ParseRule::NaamDigits,
            b'0'..=b'9' => {
                digits += 1;
                continue;
            }
            b'-' | b'&' | b'.' if at_segment_start => ParseRule::NaamSegment,
            b'-' | b'&' | b'.' => {
                at_segment_start = true;
                digits = 0;
                continue;
            }
            _ => ParseRule::Character,
        };
        return Err(ParseError::new(TYPE, rule, offset));
    }
    if at_segment_start {
        return Err(ParseError::new(TYPE, ParseRule::NaamSegment, naam.len()));
    }
    Ok(())
}

/// What kind of Aanbieder an entry of the Zorgaanbiederslijst is about [ZAL, release3].
///
/// Grows by publication of MedMij: a value we do not know is kept as text and refused nowhere.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Aanbiedertype {
    /// `ZA`: a care provider with treatment relations.
    Za,
    /// `BAZB`: an Aanbieder without treatment relations; the rule on the treatment relation does not apply to it.
    Bazb,
    /// `APD`: an Aanbieder in the person's own domain, another PGO (announced in 2025).
    Apd,
    /// A value not known here, as it stood.
    Other(Arc<str>),
}

impl Aanbiedertype {
    /// The value as the list writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Za => "ZA",
            Self::Bazb => "BAZB",
            Self::Apd => "APD",
            Self::Other(text) => text,
        }
    }
}

impl From<&str> for Aanbiedertype {
    fn from(text: &str) -> Self {
        match text {
            "ZA" => Self::Za,
            "BAZB" => Self::Bazb,
            "APD" => Self::Apd,
            _ => Self::Other(text.into()),
        }
    }
}

impl fmt::Display for Aanbiedertype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Aanbiedertype {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Aanbiedertype {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Ok(text.as_ref().into())
    }
}
