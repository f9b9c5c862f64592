//! Randomness as an argument.

/// A source of random bytes that the caller passes in, like the time.
///
/// # Security
/// Codes, tokens, `state` and ids are made of it: it must be cryptographically strong. A predictable one is for tests
/// only.
pub trait Random {
    /// Fills `bytes` with random bytes.
    ///
    /// # Errors
    /// If the source has none to give; nothing that was asked for is then made.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

impl<R: Random + ?Sized> Random for &mut R {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        (**self).fill(bytes)
    }
}

/// The source of randomness failed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, thiserror::Error)]
#[error("the source of randomness failed")]
#[non_exhaustive]
pub struct RandomError;

/// The operating system's random source (feature `getrandom`).
///
/// ```
/// use medmij_core::{RequestId, SystemRandom};
///
/// let id = RequestId::random(&mut SystemRandom)?;
/// assert_eq!(id.as_str().len(), 36);
/// # Ok::<(), medmij_core::RandomError>(())
/// ```
#[cfg(feature = "getrandom")]
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it has no state")]
pub struct SystemRandom;

#[cfg(feature = "getrandom")]
impl Random for SystemRandom {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(bytes).map_err(|_| RandomError)
    }
}
