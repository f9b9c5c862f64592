//! From the bytes of a document to its characters.

use std::borrow::Cow;

/// The encoding that the first bytes of a document tell.
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

/// A document that cannot be decoded.
#[derive(Debug)]
pub(crate) struct Undecodable {
    /// The text up to the place of the error.
    pub(crate) before: String,
    pub(crate) expected: &'static str,
}

/// Decodes a document without its byte order mark: UTF-8, or UTF-16 that a byte order mark tells, or the first two
/// characters `<?` of an XML declaration, which must then name the encoding (XML 1.0, section 4.3.3 and appendix F).
pub(crate) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), Undecodable> {
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] | [0x3C, 0, 0, 0, ..] | [0, 0, 0, 0x3C, ..] => {
            let expected = "a document in UTF-8 or UTF-16; this looks like UTF-32";
            Err(Undecodable {
                before: String::new(),
                expected,
            })
        }
        [0xFF, 0xFE, rest @ ..] => decode_utf16(rest, Encoding::Utf16Le),
        [0xFE, 0xFF, rest @ ..] => decode_utf16(rest, Encoding::Utf16Be),
        [0x3C, 0, 0x3F, 0, ..] => decode_utf16(bytes, Encoding::Utf16Le).and_then(declared),
        [0, 0x3C, 0, 0x3F, ..] => decode_utf16(bytes, Encoding::Utf16Be).and_then(declared),
        [0xEF, 0xBB, 0xBF, rest @ ..] => decode_utf8(rest),
        _ => decode_utf8(bytes),
    }
}

/// A document that is known by its declaration alone must have one that names its encoding.
fn declared(decoded: (Cow<'_, str>, Encoding)) -> Result<(Cow<'_, str>, Encoding), Undecodable> {
    let declaration = decoded.0.strip_prefix("<?xml").and_then(|text| text.split_once("?>"));
    match declaration {
        Some((declaration, _)) if declaration.contains("encoding") => Ok(decoded),
        _ => {
            let expected = "a byte order mark, or a declaration of the encoding, in a document in UTF-16";
            Err(Undecodable {
                before: String::new(),
                expected,
            })
        }
    }
}

fn decode_utf8(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), Undecodable> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((Cow::Borrowed(text), Encoding::Utf8)),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let before = String::from_utf8_lossy(before).into_owned();
            Err(Undecodable {
                before,
                expected: "a document in UTF-8 or UTF-16; these bytes are no UTF-8",
            })
        }
    }
}

fn decode_utf16(bytes: &[u8], encoding: Encoding) -> Result<(Cow<'_, str>, Encoding), Undecodable> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|&pair| match encoding {
        Encoding::Utf16Be => u16::from_be_bytes(pair),
        Encoding::Utf16Le | Encoding::Utf8 => u16::from_le_bytes(pair),
    });
    let mut text = String::with_capacity(pairs.len());
    for unit in char::decode_utf16(units) {
        match unit {
            Ok(c) => text.push(c),
            Err(_) => {
                let expected = "a document in UTF-8 or UTF-16; half a surrogate pair is no UTF-16";
                return Err(Undecodable { before: text, expected });
            }
        }
    }
    if odd.is_empty() {
        Ok((Cow::Owned(text), encoding))
    } else {
        Err(Undecodable {
            before: text,
            expected: "an even number of bytes in a document in UTF-16",
        })
    }
}
