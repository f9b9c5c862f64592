//! The one place where the examples read the clock and draw randomness; the libraries get both as arguments.

use medmij_core::{Random, RandomError, SystemRandom};
use time::UtcDateTime;

#[expect(clippy::disallowed_methods, reason = "a program reads the clock; a library does not")]
pub fn now() -> UtcDateTime {
    UtcDateTime::now()
}

/// A fresh secret for a cookie: 128 random bits in hexadecimal digits.
pub fn cookie_secret() -> Result<String, RandomError> {
    let mut bytes = [0; 16];
    SystemRandom.fill(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
