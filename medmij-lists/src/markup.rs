//! Comments, processing instructions and the XML declaration, held to XML 1.0. quick-xml finds where they end.

use medmij_core::xml::{is_ncname, is_space};

use crate::attributes::RawAttributes;
use crate::encoding::Encoding;
use crate::error::ListRule;
use crate::fault::Fault;

/// Checks a comment, the text between `<!--` and `-->`.
pub(crate) fn check_comment(text: &str, at: usize) -> Result<(), Fault> {
    if text.contains("--") || text.ends_with('-') {
        return Err(Fault::new(ListRule::WellFormed, at, "no `--` in a comment"));
    }
    Ok(())
}

/// Checks a processing instruction, the text between `<?` and `?>`.
pub(crate) fn check_instruction(text: &str, at: usize) -> Result<(), Fault> {
    let target = text.split(is_blank_char).next().unwrap_or_default();
    let expected = if target.eq_ignore_ascii_case("xml") {
        "an XML declaration at the very start only"
    } else if !is_ncname(target) {
        "the name of a processing instruction behind `<?`"
    } else {
        return Ok(());
    };
    Err(Fault::new(ListRule::WellFormed, at, expected))
}

/// Checks `<?xml version="1.0" encoding="…" standalone="…"?>`, the text behind `<?xml`, which stands at `at`.
pub(crate) fn check_declaration(text: &str, at: usize, encoding: Encoding, must_name_it: bool) -> Result<(), Fault> {
    const START: &str = "<?xml";
    let fault = |at, expected: &'static str| Fault::new(ListRule::WellFormed, at, expected);
    if at != 0 {
        return Err(fault(at, "an XML declaration at the very start only"));
    }
    let mut attributes = RawAttributes::new(text, START.len());
    let mut next = attributes.next()?;
    let Some(version) = next.filter(|it| it.name == "version") else {
        return Err(fault(at, "`version` first in the XML declaration"));
    };
    if version.value != "1.0" {
        let looks_right = version.value.strip_prefix("1.").is_some_and(is_digits);
        let rule = if looks_right {
            ListRule::XmlVersion
        } else {
            ListRule::WellFormed
        };
        return Err(Fault::new(rule, version.at, "version 1.0 of XML"));
    }
    next = attributes.next()?;
    let declared = next.filter(|it| it.name == "encoding");
    if let Some(declared) = declared {
        let mut letters = declared.value.chars();
        let is_name = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
            && letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        if !is_name {
            return Err(fault(declared.at, "the name of an encoding"));
        }
        if !encoding.is_named(declared.value) {
            let found = encoding.name();
            let expected = format!("UTF-8 or UTF-16, declared as what it is; the bytes are {found}");
            return Err(Fault::new(ListRule::Encoding, declared.at, expected));
        }
        next = attributes.next()?;
    } else if must_name_it {
        return Err(undeclared(at));
    }
    if let Some(standalone) = next.filter(|it| it.name == "standalone") {
        if !matches!(standalone.value, "yes" | "no") {
            return Err(fault(standalone.at, "`yes` or `no`"));
        }
        next = attributes.next()?;
    }
    match next {
        None => Ok(()),
        Some(other) => {
            let expected = "`version`, `encoding` and `standalone`, in this order, in the XML declaration";
            Err(fault(other.at, expected))
        }
    }
}

/// The fault of a document in UTF-16 that tells it in no way.
pub(crate) fn undeclared(at: usize) -> Fault {
    let expected = "a byte order mark, or a declaration of the encoding, in a document in UTF-16";
    Fault::new(ListRule::Encoding, at, expected)
}

pub(crate) fn is_blank_char(c: char) -> bool {
    u8::try_from(c).is_ok_and(is_space)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}
