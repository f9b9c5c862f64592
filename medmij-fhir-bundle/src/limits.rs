//! How much of a Bundle is read.

/// How much of a Bundle is read: what is over a limit is refused before it costs anything.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// The most bytes, not above [`MAX_BYTES`](Self::MAX_BYTES). Default 128 MiB.
    pub max_bytes: usize,
    /// The most levels: objects inside one another, with arrays that stand in arrays, and in XML elements. Default 512.
    pub max_depth: usize,
    /// The most entries. Default 100,000.
    pub max_entries: usize,
    /// The most errors that are told of one Bundle, and the most other findings; a last one then says that there are more. Default 10,000.
    pub max_findings: usize,
}

impl Limits {
    /// No Bundle of 512 MiB or more is read, whatever is set.
    pub const MAX_BYTES: usize = (1 << 29) - 1;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 128 << 20,
            max_depth: 512,
            max_entries: 100_000,
            max_findings: 10_000,
        }
    }
}
