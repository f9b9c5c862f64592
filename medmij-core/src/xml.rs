//! The rules of XML 1.0 on characters, names and references that an XML reader may leave open.

/// Whether XML 1.0 allows the character anywhere in a document (production 2, `Char`).
///
/// ```
/// assert!(medmij_core::xml::is_char('é'));
/// assert!(!medmij_core::xml::is_char('\u{1}'));
/// ```
#[must_use]
pub const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// The byte at which a text holds a character that XML 1.0 allows nowhere, if it does.
///
/// ```
/// assert_eq!(medmij_core::xml::find_forbidden_char("ab\u{1}"), Some(2));
/// assert_eq!(medmij_core::xml::find_forbidden_char("ab\n\u{FFFE}"), Some(3));
/// assert_eq!(medmij_core::xml::find_forbidden_char("één\t𝒳"), None);
/// ```
#[must_use]
pub fn find_forbidden_char(text: &str) -> Option<usize> {
    // Of the characters that UTF-8 can write, only controls and U+FFFE and U+FFFF (EF BF BE, EF BF BF) are forbidden.
    // A first pass without branches finds out, for nearly every document, that there is nothing to look for.
    const BLOCK: usize = 4_096;
    let bytes = text.as_bytes();
    for (index, block) in bytes.chunks(BLOCK).enumerate() {
        let suspicious = block.iter().fold(false, |found, &b| {
            found | (b < b' ' && b != b'\n' && b != b'\t' && b != b'\r') | (b == 0xEF)
        });
        if suspicious {
            let from = index * BLOCK;
            let end = (from + BLOCK).min(bytes.len());
            let found = (from..end).find(|&at| match bytes.get(at) {
                Some(b'\n' | b'\t' | b'\r') => false,
                Some(0..b' ') => true,
                Some(0xEF) => matches!(bytes.get(at + 1..at + 3), Some([0xBF, 0xBE | 0xBF])),
                _ => false,
            });
            if found.is_some() {
                return found;
            }
        }
    }
    None
}

/// Whether XML 1.0 calls the character white space (production 3, `S`).
#[must_use]
pub const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether the text is white space only, or empty.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.bytes().all(is_space)
}

/// Whether a name may start with the character (production 4, `NameStartChar`, fifth edition).
#[must_use]
pub const fn is_name_start(c: char) -> bool {
    matches!(c,
        ':' | 'A'..='Z' | '_' | 'a'..='z'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}'
        | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}'
        | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// Whether a name may hold the character behind its first (production 4a, `NameChar`, fifth edition).
#[must_use]
pub const fn is_name_char(c: char) -> bool {
    is_name_start(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Whether the text is an XML name (production 5, `Name`).
#[must_use]
pub fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(is_name_start) && chars.all(is_name_char)
}

/// Whether the text is a name without a colon, as *Namespaces in XML* wants it of prefixes and local parts.
#[must_use]
pub fn is_ncname(text: &str) -> bool {
    is_name(text) && !text.contains(':')
}

/// Splits a qualified name into prefix and local part, if it is one.
///
/// ```
/// assert_eq!(medmij_core::xml::split_qname("zal:Naam"), Some((Some("zal"), "Naam")));
/// assert_eq!(medmij_core::xml::split_qname("Naam"), Some((None, "Naam")));
/// assert_eq!(medmij_core::xml::split_qname("a:b:c"), None);
/// ```
#[must_use]
pub fn split_qname(name: &str) -> Option<(Option<&str>, &str)> {
    match name.split_once(':') {
        None => is_name(name).then_some((None, name)),
        Some((prefix, local)) => (is_ncname(prefix) && is_ncname(local)).then_some((Some(prefix), local)),
    }
}

/// The character that a reference stands for: `lt`, `gt`, `amp`, `apos`, `quot`, or `#` and a number.
///
/// `None` for any other entity, since no document type is ever read, and for a number that is no XML character.
///
/// ```
/// use medmij_core::xml::resolve_reference;
///
/// assert_eq!(resolve_reference("amp"), Some('&'));
/// assert_eq!(resolve_reference("#x41"), Some('A'));
/// assert_eq!(resolve_reference("#0"), None);
/// assert_eq!(resolve_reference("nbsp"), None);
/// ```
#[must_use]
pub fn resolve_reference(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        return match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "apos" => Some('\''),
            "quot" => Some('"'),
            _ => None,
        };
    };
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    // `from_str_radix` would take a sign.
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    // Leading zeros are allowed without end, so the number is read behind them; a larger one is no character anyway.
    let code = u32::from_str_radix(digits.trim_start_matches('0'), radix).ok()?;
    char::from_u32(code).filter(|&c| is_char(c))
}

/// Whether `\d` of an XML Schema pattern matches: any decimal digit of Unicode (category Nd, Unicode 14).
///
/// ```
/// assert!(medmij_core::xml::is_decimal_digit('7'));
/// assert!(medmij_core::xml::is_decimal_digit('٤'));
/// assert!(!medmij_core::xml::is_decimal_digit('½'));
/// ```
#[must_use]
pub fn is_decimal_digit(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_digit();
    }
    let code = u32::from(c);
    DECIMAL_DIGITS.iter().any(|&zero| (zero..zero + 10).contains(&code))
}

/// The zeros of Unicode's decimal digits outside ASCII; the nine others follow each.
const DECIMAL_DIGITS: [u32; 65] = [
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0, 0xF20,
    0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0,
    0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0,
    0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0,
    0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
];
