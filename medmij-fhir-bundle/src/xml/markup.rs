//! The tags of XML: those that stand as nearly all do are found here, anything else by quick-xml.
//!
//! Over quick-xml's events alone the same reading took about half as long again.

use quick_xml::events::Event;

use super::attributes::has_known_references;
use crate::scan::plain;
use crate::text::{Form, Text};
use crate::token::{SyntaxError, SyntaxErrorKind};

/// A text, tag by tag; blank text and comments are passed over.
pub(super) struct Markup<'b> {
    text: &'b str,
    begin: usize,
    at: usize,
}

/// Where a tag stands.
#[derive(Clone, Copy)]
pub(super) struct Tag<'b> {
    /// What is in it.
    pub(super) inner: &'b str,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Clone, Copy)]
pub(super) enum Piece<'b> {
    /// An element that has no prefix, and no attribute but a value that stands as it is.
    Plain(&'b str, Option<Text<'b>>, Tag<'b>, IsEmpty),
    Start(Tag<'b>, IsEmpty),
    End(Tag<'b>),
    Eof(usize),
}

#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum IsEmpty {
    Yes,
    No,
}

impl<'b> Markup<'b> {
    pub(super) const fn new(text: &'b str, begin: usize) -> Self {
        Self { text, begin, at: begin }
    }

    /// Behind the last tag.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    pub(super) fn next(&mut self) -> Result<Piece<'b>, SyntaxError> {
        loop {
            let bytes = self.text.as_bytes();
            let first = self.at;
            while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(self.at) {
                self.at += 1;
            }
            match bytes.get(self.at) {
                None => return Ok(Piece::Eof(self.at)),
                Some(b'<') => {}
                Some(_) => return Err(self.error(SyntaxErrorKind::Syntax)),
            }
            if let Some(piece) = self.piece(first)? {
                return Ok(piece);
            }
        }
    }

    /// The next where text may stand.
    pub(super) fn next_in_text(&mut self) -> Result<Piece<'b>, SyntaxError> {
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let length = rest.find('<').unwrap_or(rest.len());
            let (text, rest) = rest.split_at_checked(length).unwrap_or_default();
            if !has_known_references(text) {
                return Err(self.error(SyntaxErrorKind::Reference));
            }
            if text.contains("]]>") {
                return Err(self.error(SyntaxErrorKind::Syntax));
            }
            self.at += length;
            if rest.is_empty() {
                return Ok(Piece::Eof(self.at));
            }
            if rest.starts_with("<![CDATA[") {
                let length = rest.find("]]>").ok_or_else(|| self.error(SyntaxErrorKind::CutOff))?;
                self.at += length + 3;
            } else if let Some(piece) = self.piece(self.at)? {
                return Ok(piece);
            }
        }
    }

    /// What stands here, if it is not passed over. `first` is where the blank text before it began.
    fn piece(&mut self, first: usize) -> Result<Option<Piece<'b>>, SyntaxError> {
        let plain = match self.text.as_bytes().get(self.at + 1) {
            Some(b'/') => self.plain_end(),
            Some(byte) if byte.is_ascii_alphabetic() => self.plain_start(),
            _ => None,
        };
        if plain.is_some() { Ok(plain) } else { self.other(first) }
    }

    const fn error(&self, kind: SyntaxErrorKind) -> SyntaxError {
        SyntaxError { kind, at: self.at }
    }

    /// The bytes of a name from here on.
    fn name_from(&self, at: usize) -> usize {
        let rest = self.text.as_bytes().get(at..).unwrap_or_default();
        rest.iter().take_while(|byte| is_name_byte(**byte)).count()
    }

    fn tag(&mut self, inner: std::ops::Range<usize>, end: usize) -> Tag<'b> {
        let start = self.at;
        self.at = end;
        let inner = self.text.get(inner).unwrap_or_default();
        Tag { inner, start, end }
    }

    fn plain_end(&mut self) -> Option<Piece<'b>> {
        let name = self.at + 2;
        let end = name + self.name_from(name);
        (self.text.as_bytes().get(end) == Some(&b'>')).then(|| Piece::End(self.tag(name..end, end + 1)))
    }

    fn plain_start(&mut self) -> Option<Piece<'b>> {
        let bytes = self.text.as_bytes();
        let name = self.at + 1;
        let mut end = name + self.name_from(name);
        let (said, mut value) = (self.text.get(name..end)?, None);
        if bytes.get(end) == Some(&b' ') {
            let from = end + " value=\"".len();
            if bytes.get(end..from) != Some(b" value=\"") {
                return None;
            }
            let to = from + plain(bytes.get(from..)?, [b'"', b'&', b'<']);
            if bytes.get(to) != Some(&b'"') {
                return None;
            }
            value = Some(Text::new(self.text.get(from..to)?, Form::Plain));
            end = to + 1;
        }
        let (is_empty, behind) = match bytes.get(end..end + 2) {
            Some([b'>', _]) => (IsEmpty::No, end + 1),
            Some(b"/>") => (IsEmpty::Yes, end + 2),
            _ => return None,
        };
        let tag = self.tag(name..end, behind);
        Some(Piece::Plain(said, value, tag, is_empty))
    }

    /// What is found by quick-xml.
    fn other(&mut self, first: usize) -> Result<Option<Piece<'b>>, SyntaxError> {
        let mut xml = quick_xml::Reader::from_str(self.text.get(self.at..).unwrap_or_default());
        let config = xml.config_mut();
        config.check_comments = true;
        config.check_end_names = false;
        config.trim_markup_names_in_closing_tags = false;
        config.allow_unmatched_ends = true;
        let event = xml.read_event().map_err(|found| {
            self.error(match found {
                quick_xml::Error::Syntax(_) => SyntaxErrorKind::CutOff,
                _ => SyntaxErrorKind::Syntax,
            })
        })?;
        let end = self.at + usize::try_from(xml.buffer_position()).unwrap_or(usize::MAX);
        let is_first = first == self.begin && self.at == self.begin;
        Ok(Some(match event {
            Event::Start(_) => Piece::Start(self.tag(self.at + 1..end - 1, end), IsEmpty::No),
            Event::Empty(_) => Piece::Start(self.tag(self.at + 1..end - 2, end), IsEmpty::Yes),
            Event::End(_) => Piece::End(self.tag(self.at + 2..end - 1, end)),
            Event::Comment(_) | Event::PI(_) => {
                self.at = end;
                return Ok(None);
            }
            Event::Decl(declaration) if is_first && declaration.version().is_ok_and(|it| &*it == b"1.0") => {
                match declaration.encoding() {
                    Some(Ok(name)) if !name.eq_ignore_ascii_case(b"UTF-8") => {
                        return Err(self.error(SyntaxErrorKind::Encoding));
                    }
                    Some(Err(_)) => return Err(self.error(SyntaxErrorKind::Encoding)),
                    _ => {
                        self.at = end;
                        return Ok(None);
                    }
                }
            }
            Event::DocType(_) => return Err(self.error(SyntaxErrorKind::Doctype)),
            _ => return Err(self.error(SyntaxErrorKind::Syntax)),
        }))
    }
}

pub(super) const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}
