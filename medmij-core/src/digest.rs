//! SHA-256 digests: how secrets are looked up, stored answers are proven unchanged and official wordings recognised.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::{ParseError, ParseRule};

/// A SHA-256 digest, written as 64 hexadecimal digits.
///
/// ```
/// use medmij_core::Digest;
///
/// let digest = Digest::of(b"abc");
/// assert_eq!(digest.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
/// assert_eq!(digest.to_string().parse(), Ok(digest));
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of the bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 32 bytes of a digest, as a database keeps them.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |rule, offset| Err(ParseError::new("Digest", rule, offset));
        if let Some(offset) = text.bytes().position(|b| !b.is_ascii_hexdigit()) {
            return error(ParseRule::Character, offset);
        }
        let mut digest = [0; 32];
        let pairs = text.as_bytes().chunks(2);
        match pairs.len() {
            32 if text.len() == 64 => {}
            0..=32 => return error(ParseRule::TooShort, text.len()),
            _ => return error(ParseRule::TooLong, 64),
        }
        let value = |digit: u8| (digit as char).to_digit(16).unwrap_or_default();
        for (byte, pair) in digest.iter_mut().zip(pairs) {
            let number = pair.iter().fold(0, |number, &digit| number << 4 | value(digit));
            *byte = u8::try_from(number).unwrap_or_default();
        }
        Ok(Self(digest))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
