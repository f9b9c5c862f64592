//! The attributes of a tag.

use medmij_core::xml::resolve_reference;

use super::markup::is_name_byte;
use crate::scan::plain;
use crate::text::{Form, Text};
use crate::token::SyntaxErrorKind;

const FHIR: &str = "http://hl7.org/fhir";

#[derive(Default)]
pub(super) struct Attributes<'b> {
    pub(super) value: Option<Text<'b>>,
    pub(super) id: Option<Text<'b>>,
    pub(super) url: Option<Text<'b>>,
    /// What FHIR has not: kept in sight.
    pub(super) others: Vec<(&'b str, Text<'b>)>,
}

impl<'b> Attributes<'b> {
    /// Reads the attributes of a tag, from behind its name. The first tag declares the namespace of FHIR, for the prefix of
    /// its elements; no other takes it away.
    pub(super) fn of(mut rest: &'b str, prefix: &str, began: bool) -> Result<Self, SyntaxErrorKind> {
        let mut attributes = Self::default();
        let mut default = None;
        let mut declared = began;
        while let Some((name, text, behind)) = attribute(rest)? {
            rest = behind;
            let slot = match name {
                "value" => &mut attributes.value,
                "id" => &mut attributes.id,
                "url" => &mut attributes.url,
                "xmlns" => &mut default,
                _ => match name.strip_prefix("xmlns:") {
                    Some(other) if other == prefix && text.is(FHIR) => {
                        declared = true;
                        continue;
                    }
                    Some(other) if other == prefix => return Err(SyntaxErrorKind::Namespace),
                    // No element has so many.
                    _ if attributes.others.len() >= MAX_OTHERS => return Err(SyntaxErrorKind::Syntax),
                    _ => {
                        if attributes.others.iter().any(|(known, _)| *known == name) {
                            return Err(SyntaxErrorKind::Syntax);
                        }
                        attributes.others.push((name, text));
                        continue;
                    }
                },
            };
            if slot.replace(text).is_some() {
                return Err(SyntaxErrorKind::Syntax);
            }
        }
        if prefix.is_empty() {
            declared = default.map_or(began, |uri| uri.is(FHIR));
        }
        if declared {
            Ok(attributes)
        } else {
            Err(SyntaxErrorKind::Namespace)
        }
    }

    /// Whether there are none but a value.
    pub(super) fn has_value_only(&self) -> bool {
        self.id.is_none() && self.url.is_none() && self.others.is_empty()
    }
}

/// The most attributes of an element beside those of FHIR.
const MAX_OTHERS: usize = 64;

/// Whether the attributes of a tag of a narrative are well-formed.
pub(super) fn check(mut rest: &str) -> Result<(), SyntaxErrorKind> {
    let mut names = Vec::new();
    while let Some((name, _, behind)) = attribute(rest)? {
        if names.contains(&name) || names.len() >= MAX_OTHERS {
            return Err(SyntaxErrorKind::Syntax);
        }
        names.push(name);
        rest = behind;
    }
    Ok(())
}

/// An attribute: its name, what it says, and what stands behind it.
type Found<'b> = Option<(&'b str, Text<'b>, &'b str)>;

/// The next attribute, behind white space.
fn attribute(rest: &str) -> Result<Found<'_>, SyntaxErrorKind> {
    let wrong = SyntaxErrorKind::Syntax;
    let trimmed = rest.trim_ascii_start();
    if trimmed.is_empty() {
        return Ok(None);
    }
    let (name, behind) = trimmed.split_once('=').ok_or(wrong)?;
    let name = name.trim_ascii_end();
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| is_name_byte(byte) || byte == b':');
    let behind = behind.trim_ascii_start();
    let quote = behind
        .bytes()
        .next()
        .filter(|quote| matches!(quote, b'"' | b'\''))
        .ok_or(wrong)?;
    if !is_name || trimmed.len() == rest.len() {
        return Err(wrong);
    }
    let behind = behind.get(1..).unwrap_or_default();
    let (length, form) = value(behind, quote).ok_or(wrong)?;
    let (raw, rest) = behind.split_at_checked(length).ok_or(wrong)?;
    if form == Form::Xml && !has_known_references(raw) {
        return Err(SyntaxErrorKind::Reference);
    }
    Ok(Some((name, Text::new(raw, form), rest.get(1..).unwrap_or_default())))
}

/// How long a value is, up to its quote, and whether it stands as it is. `None` if it does not end, or holds a `<`.
fn value(text: &str, quote: u8) -> Option<(usize, Form)> {
    let bytes = text.as_bytes();
    let (mut at, mut form) = (0, Form::Plain);
    loop {
        at += plain(bytes.get(at..)?, [quote, b'&', b'<']);
        match bytes.get(at)? {
            byte if *byte == quote => return Some((at, form)),
            b'<' => return None,
            _ => form = Form::Xml,
        }
        at += 1;
    }
}

/// Whether all references to characters and entities of a text are known.
pub(super) fn has_known_references(raw: &str) -> bool {
    raw.split('&').skip(1).all(|piece| {
        piece
            .split_once(';')
            .is_some_and(|(name, _)| resolve_reference(name).is_some())
    })
}

/// What an attribute says whose references are known.
pub(crate) fn decode(raw: &str) -> String {
    let mut said = String::with_capacity(raw.len());
    let mut pieces = raw.split('&');
    push_spaced(&mut said, pieces.next().unwrap_or_default());
    for piece in pieces {
        let (name, rest) = piece.split_once(';').unwrap_or((piece, ""));
        said.extend(resolve_reference(name));
        push_spaced(&mut said, rest);
    }
    said
}

/// White space in an attribute is a space; a line end of two characters is one.
fn push_spaced(said: &mut String, piece: &str) {
    let mut chars = piece.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                said.push(' ');
            }
            '\t' | '\n' => said.push(' '),
            other => said.push(other),
        }
    }
}
