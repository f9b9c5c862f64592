//! Where something stands in a document.

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
        let feeds = count(bytes, |b| b == b'\n');
        let returns = match bytes.contains(&b'\r') {
            false => 0,
            true => {
                let both = bytes.windows(2).filter(|pair| pair == b"\r\n").count();
                count(bytes, |b| b == b'\r') - both
            }
        };
        let last_line = match bytes.iter().rposition(|b| matches!(b, b'\n' | b'\r')) {
            Some(end) => bytes.get(end + 1..).unwrap_or_default(),
            None => bytes,
        };
        // The first byte of each character; the others are 10xxxxxx.
        let characters = count(last_line, |b| b & 0b1100_0000 != 0b1000_0000);
        Self {
            byte: self.byte + text.len(),
            line: self.line + feeds + returns,
            column: characters + if feeds + returns > 0 { 1 } else { self.column },
        }
    }
}

fn count(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    bytes.iter().filter(|&&b| is(b)).count()
}
