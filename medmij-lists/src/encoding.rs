//! From the bytes of a document to its characters, piece by piece.

/// The encoding of a document.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
}

impl Encoding {
    /// Whether a declaration of this encoding name is true of a document in this encoding.
    pub(crate) fn is_named(self, name: &str) -> bool {
        let names: &[&str] = match self {
            Self::Utf8 => &["UTF-8", "UTF8"],
            Self::Utf16Le => &["UTF-16", "UTF-16LE"],
            Self::Utf16Be => &["UTF-16", "UTF-16BE"],
        };
        names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
        }
    }
}

/// What the first bytes of a document tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub(crate) encoding: Encoding,
    /// How long the byte order mark is.
    pub(crate) mark: usize,
    /// The encoding shows only in the first `<`, so an XML declaration must name it (XML 1.0, section 4.3.3).
    pub(crate) must_declare: bool,
}

/// How many bytes of a document tell its encoding.
pub(crate) const HEAD: usize = 4;

impl Start {
    /// Detects UTF-8, or UTF-16 by its byte order mark or by its first character `<` (XML 1.0, appendix F). `head` is at least [`HEAD`] bytes, or the whole document.
    pub(crate) fn detect(head: &[u8]) -> Result<Self, &'static str> {
        let (encoding, mark, must_declare) = match head {
            [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] | [0x3C, 0, 0, 0, ..] | [0, 0, 0, 0x3C, ..] => {
                return Err("a document in UTF-8 or UTF-16; this looks like UTF-32");
            }
            [0xFF, 0xFE, ..] => (Encoding::Utf16Le, 2, false),
            [0xFE, 0xFF, ..] => (Encoding::Utf16Be, 2, false),
            [0x3C, 0, ..] => (Encoding::Utf16Le, 0, true),
            [0, 0x3C, ..] => (Encoding::Utf16Be, 0, true),
            [0xEF, 0xBB, 0xBF, ..] => (Encoding::Utf8, 3, false),
            _ => (Encoding::Utf8, 0, false),
        };
        Ok(Self {
            encoding,
            mark,
            must_declare,
        })
    }
}

/// Decodes the pieces of a document, of which a character may lie in two.
#[derive(Debug)]
pub(crate) struct Decoder {
    encoding: Encoding,
    /// The bytes of a character that is not complete: of UTF-8 at most three, of UTF-16 one unit and a byte.
    carried: Vec<u8>,
}

impl Decoder {
    pub(crate) const fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            carried: Vec::new(),
        }
    }

    /// Appends the characters of the next piece. On an error those before it have been appended.
    pub(crate) fn decode(&mut self, piece: &[u8], text: &mut String) -> Result<(), &'static str> {
        match self.encoding {
            Encoding::Utf8 => self.decode_utf8(piece, text),
            Encoding::Utf16Le => self.decode_utf16(piece, text, u16::from_le_bytes),
            Encoding::Utf16Be => self.decode_utf16(piece, text, u16::from_be_bytes),
        }
    }

    /// Checks that the document does not end within a character.
    pub(crate) fn finish(&self) -> Result<(), &'static str> {
        match (self.carried.len(), self.encoding) {
            (0, _) => Ok(()),
            (_, Encoding::Utf8) => Err(NO_UTF8),
            (2, _) => Err(HALF_A_PAIR),
            (_, _) => Err("an even number of bytes in a document in UTF-16"),
        }
    }

    fn decode_utf8(&mut self, piece: &[u8], text: &mut String) -> Result<(), &'static str> {
        let mut piece = piece;
        while !self.carried.is_empty() {
            let Some((&byte, rest)) = piece.split_first() else {
                return Ok(());
            };
            piece = rest;
            self.carried.push(byte);
            match std::str::from_utf8(&self.carried) {
                Ok(character) => {
                    text.push_str(character);
                    self.carried.clear();
                }
                Err(error) if error.error_len().is_some() => return Err(NO_UTF8),
                Err(_) => {}
            }
        }
        match std::str::from_utf8(piece) {
            Ok(characters) => text.push_str(characters),
            Err(error) => {
                let (valid, rest) = piece.split_at(error.valid_up_to());
                text.push_str(std::str::from_utf8(valid).unwrap_or_default());
                if error.error_len().is_some() {
                    return Err(NO_UTF8);
                }
                self.carried.extend_from_slice(rest);
            }
        }
        Ok(())
    }

    fn decode_utf16(&mut self, piece: &[u8], text: &mut String, unit: fn([u8; 2]) -> u16) -> Result<(), &'static str> {
        self.carried.extend_from_slice(piece);
        let (pairs, _) = self.carried.as_chunks::<2>();
        let mut units = pairs.iter().map(|&pair| unit(pair)).peekable();
        let mut used = 0;
        while let Some(first) = units.next() {
            let is_high = (0xD800..0xDC00).contains(&first);
            if is_high && units.peek().is_none() {
                break;
            }
            let second = if is_high { units.next() } else { None };
            let character = char::decode_utf16([Some(first), second].into_iter().flatten()).next();
            text.push(character.and_then(Result::ok).ok_or(HALF_A_PAIR)?);
            used += if is_high { 4 } else { 2 };
        }
        self.carried.drain(..used);
        Ok(())
    }
}

const NO_UTF8: &str = "a document in UTF-8 or UTF-16; these bytes are no UTF-8";
const HALF_A_PAIR: &str = "a document in UTF-8 or UTF-16; half a surrogate pair is no UTF-16";
