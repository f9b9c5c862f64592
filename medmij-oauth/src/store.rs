//! What the stores of both sides share.

/// What became of a value that was put into a store.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[must_use = "a value that was not stored is lost"]
#[expect(clippy::exhaustive_enums, reason = "it was stored or its key was taken")]
pub enum Put {
    /// It was stored.
    Stored,
    /// The key exists: nothing was changed.
    Exists,
}
