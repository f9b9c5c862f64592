//! The attributes of a tag, read strictly, and the pseudo-attributes of the XML declaration by the same rules.

use std::borrow::Cow;

use medmij_core::xml::{is_space, resolve_reference};

use crate::error::ListRule;
use crate::fault::Fault;

/// An attribute as it stands in the tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawAttribute<'i> {
    pub(crate) name: &'i str,
    /// The value between its quotes, references unresolved.
    pub(crate) value: &'i str,
    /// The byte of the name.
    pub(crate) at: usize,
}

/// Reads `(S Name S? '=' S? quoted)* S?`, the part of a tag behind its name, one attribute a call.
#[derive(Debug)]
pub(crate) struct RawAttributes<'i> {
    rest: &'i str,
    at: usize,
}

impl<'i> RawAttributes<'i> {
    /// `text` starts at byte `at` of the document.
    pub(crate) const fn new(text: &'i str, at: usize) -> Self {
        Self { rest: text, at }
    }

    pub(crate) fn next(&mut self) -> Result<Option<RawAttribute<'i>>, Fault> {
        let blanks = self.skip_space();
        if self.rest.is_empty() {
            return Ok(None);
        }
        if blanks == 0 {
            return Err(self.fault("white space before an attribute"));
        }
        let at = self.at;
        let name = self.take(
            self.rest
                .bytes()
                .position(|b| is_space(b) || b == b'=')
                .unwrap_or(self.rest.len()),
        );
        self.skip_space();
        if !self.rest.starts_with('=') {
            return Err(self.fault("`=` behind the name of an attribute"));
        }
        self.take(1);
        self.skip_space();
        let quote = match self.rest.as_bytes().first() {
            Some(b'"') => '"',
            Some(b'\'') => '\'',
            _ => return Err(self.fault("the value of an attribute in quotes")),
        };
        self.take(1);
        let Some(end) = self.rest.find(quote) else {
            return Err(self.fault("a closing quote"));
        };
        let value = self.take(end);
        if let Some(offset) = value.find('<') {
            let at = self.at - value.len() + offset;
            return Err(Fault::new(
                ListRule::WellFormed,
                at,
                "no `<` in the value of an attribute",
            ));
        }
        self.take(1);
        Ok(Some(RawAttribute { name, value, at }))
    }

    fn take(&mut self, len: usize) -> &'i str {
        let (taken, rest) = self.rest.split_at(len);
        self.rest = rest;
        self.at += len;
        taken
    }

    fn skip_space(&mut self) -> usize {
        self.take(self.rest.bytes().take_while(|&b| is_space(b)).count()).len()
    }

    fn fault(&self, expected: &'static str) -> Fault {
        Fault::new(ListRule::WellFormed, self.at, expected)
    }
}

impl<'i> RawAttribute<'i> {
    /// The value with its references resolved and its white space turned into blanks (XML 1.0, section 3.3.3).
    pub(crate) fn resolve(&self) -> Result<Cow<'i, str>, Fault> {
        if !self.value.bytes().any(|b| matches!(b, b'&' | b'\t' | b'\n' | b'\r')) {
            return Ok(Cow::Borrowed(self.value));
        }
        let mut resolved = String::with_capacity(self.value.len());
        // An end of line counts as one character, however it is written.
        let value = self.value.replace("\r\n", "\n");
        let mut rest = value.as_str();
        while let Some(c) = rest.chars().next() {
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            match c {
                '&' => {
                    let reference = rest
                        .split_once(';')
                        .and_then(|(name, tail)| Some((resolve_reference(name)?, tail)));
                    let Some((character, tail)) = reference else {
                        let expected = "one of the five predefined entities or a character reference";
                        return Err(Fault::new(ListRule::WellFormed, self.at, expected));
                    };
                    resolved.push(character);
                    rest = tail;
                }
                '\t' | '\n' | '\r' => resolved.push(' '),
                c => resolved.push(c),
            }
        }
        Ok(Cow::Owned(resolved))
    }
}
