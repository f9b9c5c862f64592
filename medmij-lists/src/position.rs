//! Where something stands in a document.

use memchr::{memchr, memchr_iter, memrchr2};

/// A place in a document, after decoding to UTF-8 and without byte order mark.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Position {
    /// From 0.
    pub(crate) byte: usize,
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
}

impl Position {
    pub(crate) const START: Self = Self {
        byte: 0,
        line: 1,
        column: 1,
    };

    /// The place behind `text`, which stands here. A line ends with a line feed, a carriage return, or both (XML 1.0,
    /// section 2.11); a text that is cut between the two counts one line too many, and no token is.
    pub(crate) fn behind(self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let feeds = memchr_iter(b'\n', bytes).count();
        let returns = match memchr(b'\r', bytes) {
            None => 0,
            Some(first) => {
                let bytes = bytes.get(first..).unwrap_or_default();
                let both = bytes.windows(2).filter(|pair| pair == b"\r\n").count();
                memchr_iter(b'\r', bytes).count() - both
            }
        };
        let last_line = match memrchr2(b'\n', b'\r', bytes) {
            Some(end) => bytes.get(end + 1..).unwrap_or_default(),
            None => bytes,
        };
        // The first byte of each character; the others are 10xxxxxx.
        let characters = last_line.iter().filter(|&b| b & 0b1100_0000 != 0b1000_0000).count();
        Self {
            byte: self.byte + text.len(),
            line: self.line + feeds + returns,
            column: characters + if feeds + returns > 0 { 1 } else { self.column },
        }
    }
}
