//! The strict XML reader: quick-xml finds the tokens, this module holds them to XML 1.0 and to the limits.
//!
//! What quick-xml leaves open is checked here: one root, nothing but white space around it, matching tags, the XML
//! declaration, names, namespaces, attributes, forbidden characters, `]]>`, references, and no DOCTYPE at all.

use std::borrow::Cow;

use medmij_core::xml::{is_blank, is_ncname, is_space, resolve_reference, split_qname};
use quick_xml::events::Event;

use crate::attributes::{RawAttribute, RawAttributes};
use crate::encoding::Encoding;
use crate::error::ListRule;
use crate::limits::Limits;
use crate::namespaces::Namespaces;

/// A document that cannot be read on: not well-formed, or over a limit.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) rule: ListRule,
    pub(crate) at: usize,
    pub(crate) expected: Cow<'static, str>,
}

impl Fault {
    pub(crate) fn new(rule: ListRule, at: usize, expected: impl Into<Cow<'static, str>>) -> Self {
        Self {
            rule,
            at,
            expected: expected.into(),
        }
    }
}

/// A piece of a document that matters to a schema; comments and processing instructions do not.
#[derive(Debug)]
pub(crate) enum Token<'i> {
    /// A start tag; an empty element gives its end next. Its attributes are in [`Reader::attributes`].
    Start {
        /// The local name.
        local: &'i str,
        /// The prefix; empty for none.
        prefix: &'i str,
    },
    /// An end tag.
    End,
    /// Text as it stands, line ends not yet normalised.
    Text(&'i str),
    /// A character written as a reference.
    Char(char),
    /// The end of the document.
    Eof,
}

/// An attribute that is no namespace declaration.
#[derive(Debug)]
pub(crate) struct Attribute<'i> {
    pub(crate) prefix: &'i str,
    pub(crate) local: &'i str,
    pub(crate) value: Cow<'i, str>,
    pub(crate) at: usize,
}

/// An element that is open.
#[derive(Debug)]
struct Open<'i> {
    name: &'i str,
    /// How many namespace declarations were in scope outside it.
    outer_bindings: usize,
}

pub(crate) struct Reader<'i> {
    input: &'i str,
    encoding: Encoding,
    xml: quick_xml::Reader<&'i [u8]>,
    limits: Limits,
    open: Vec<Open<'i>>,
    attributes: Vec<Attribute<'i>>,
    namespaces: Namespaces<'i>,
    elements: usize,
    at: usize,
    root_closed: bool,
    /// The element that was just opened is empty, so its end comes next.
    empty: bool,
    /// The element whose start tag is being read, or could not be.
    opening: Option<&'i str>,
}

impl<'i> Reader<'i> {
    /// Reads a document whose characters were checked by [`medmij_core::xml::find_forbidden_char`].
    pub(crate) fn new(input: &'i str, encoding: Encoding, limits: Limits) -> Self {
        let mut xml = quick_xml::Reader::from_str(input);
        let config = xml.config_mut();
        // Both are checked here, with the place and the words of our own errors.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        Self {
            input,
            encoding,
            xml,
            limits,
            open: Vec::new(),
            attributes: Vec::new(),
            namespaces: Namespaces::default(),
            elements: 0,
            at: 0,
            root_closed: false,
            empty: false,
            opening: None,
        }
    }

    /// The byte at which the last token starts.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// The element in whose start tag the reading stopped, if it did there.
    pub(crate) const fn opening(&self) -> Option<&'i str> {
        self.opening
    }

    /// The attributes of the last start tag.
    pub(crate) fn attributes(&self) -> &[Attribute<'i>] {
        &self.attributes
    }

    /// The namespace declarations in scope at the last token.
    pub(crate) const fn namespaces(&self) -> &Namespaces<'i> {
        &self.namespaces
    }

    /// The next token.
    pub(crate) fn next(&mut self) -> Result<Token<'i>, Fault> {
        if std::mem::take(&mut self.empty) {
            return Ok(self.close());
        }
        loop {
            let from = self.position();
            let event = self.xml.read_event();
            let raw = self.input.get(from..self.position()).unwrap_or_default();
            self.at = from;
            match event.map_err(|error| Self::syntax_fault(from, &error))? {
                Event::Start(tag) => return self.start(raw, tag.name().as_ref().len(), 1),
                Event::Empty(tag) => {
                    self.empty = true;
                    return self.start(raw, tag.name().as_ref().len(), 2);
                }
                Event::End(_) => return self.end(raw),
                Event::Text(_) => {
                    if let Some(token) = self.text(raw)? {
                        return Ok(token);
                    }
                }
                Event::CData(_) => {
                    let text = raw
                        .get("<![CDATA[".len()..raw.len().saturating_sub("]]>".len()))
                        .unwrap_or_default();
                    self.check_length(text.len())?;
                    if self.open.is_empty() {
                        return Err(self.fault("no text outside the root element"));
                    }
                    return Ok(Token::Text(text));
                }
                Event::GeneralRef(_) => return self.reference(raw),
                Event::Comment(_) => self.comment(raw)?,
                Event::PI(_) => self.instruction(raw)?,
                Event::Decl(_) => self.declaration(raw)?,
                Event::DocType(_) => {
                    return Err(Fault::new(ListRule::Doctype, from, "no DOCTYPE: no list needs one"));
                }
                Event::Eof => return self.eof(),
            }
        }
    }

    fn position(&self) -> usize {
        usize::try_from(self.xml.buffer_position()).unwrap_or(usize::MAX)
    }

    fn fault(&self, expected: &'static str) -> Fault {
        Fault::new(ListRule::WellFormed, self.at, expected)
    }

    /// `closing` bytes end the tag: `>` or `/>`.
    fn start(&mut self, raw: &'i str, name_len: usize, closing: usize) -> Result<Token<'i>, Fault> {
        let name = raw.get(1..1 + name_len).unwrap_or_default();
        let rest = raw
            .get(1 + name_len..raw.len().saturating_sub(closing))
            .unwrap_or_default();
        if self.root_closed {
            return Err(self.fault("nothing but comments behind the root element"));
        }
        self.elements += 1;
        if self.elements > self.limits.max_elements {
            let limit = self.limits.max_elements;
            return Err(Fault::new(
                ListRule::LimitElements,
                self.at,
                format!("at most {limit} elements"),
            ));
        }
        if self.open.len() >= self.limits.max_depth {
            let limit = self.limits.max_depth;
            return Err(Fault::new(
                ListRule::LimitDepth,
                self.at,
                format!("at most {limit} levels of elements"),
            ));
        }
        let Some((prefix, local)) = split_qname(name) else {
            return Err(self.fault("the name of an element behind `<`"));
        };
        let prefix = prefix.unwrap_or_default();
        self.opening = Some(local);
        self.open.push(Open {
            name,
            outer_bindings: self.namespaces.len(),
        });
        self.attributes.clear();
        if !rest.is_empty() {
            self.read_attributes(rest, self.at + 1 + name_len)?;
        }
        if !prefix.is_empty() {
            self.namespaces.resolve(prefix, self.at)?;
        }
        self.opening = None;
        Ok(Token::Start { local, prefix })
    }

    fn read_attributes(&mut self, text: &'i str, at: usize) -> Result<(), Fault> {
        let mut raw: Vec<RawAttribute<'i>> = Vec::new();
        let mut attributes = RawAttributes::new(text, at);
        while let Some(attribute) = attributes.next()? {
            if raw.len() == self.limits.max_attributes {
                let expected = format!("at most {} attributes", self.limits.max_attributes);
                return Err(Fault::new(ListRule::LimitAttributes, attribute.at, expected));
            }
            self.check_length(attribute.value.len())?;
            if raw.iter().any(|other| other.name == attribute.name) {
                return Err(Fault::new(
                    ListRule::WellFormed,
                    attribute.at,
                    "each attribute of an element once",
                ));
            }
            raw.push(attribute);
        }
        // Declarations count for the whole tag, wherever they stand in it.
        for attribute in raw {
            if self.namespaces.len() > self.limits.max_namespaces {
                let expected = format!("at most {} namespace declarations in scope", self.limits.max_namespaces);
                return Err(Fault::new(ListRule::LimitNamespaces, attribute.at, expected));
            }
            let value = attribute.resolve()?;
            let Some((prefix, local)) = split_qname(attribute.name) else {
                return Err(Fault::new(
                    ListRule::WellFormed,
                    attribute.at,
                    "the name of an attribute",
                ));
            };
            match (prefix, local) {
                (None, "xmlns") => self.namespaces.declare("", value, attribute.at)?,
                (Some("xmlns"), prefix) => self.namespaces.declare(prefix, value, attribute.at)?,
                (prefix, local) => {
                    let prefix = prefix.unwrap_or_default();
                    self.attributes.push(Attribute {
                        prefix,
                        local,
                        value,
                        at: attribute.at,
                    });
                }
            }
        }
        self.check_repeated()
    }

    /// No two attributes of an element have the same local name and namespace.
    fn check_repeated(&self) -> Result<(), Fault> {
        let mut seen: Vec<(&str, &str)> = Vec::new();
        for attribute in self.attributes.iter().filter(|attribute| !attribute.prefix.is_empty()) {
            let name = (
                attribute.local,
                self.namespaces.resolve(attribute.prefix, attribute.at)?,
            );
            if seen.contains(&name) {
                return Err(Fault::new(
                    ListRule::Namespace,
                    attribute.at,
                    "each attribute of an element once",
                ));
            }
            seen.push(name);
        }
        Ok(())
    }

    fn end(&mut self, raw: &'i str) -> Result<Token<'i>, Fault> {
        let name = raw.get(2..raw.len().saturating_sub(1)).unwrap_or_default();
        match self.open.last() {
            Some(open) if open.name == name || open.name == name.trim_end_matches(is_blank_char) => Ok(self.close()),
            Some(open) => {
                let expected = format!("the end tag `</{}>`", crate::findings::cut(open.name));
                Err(Fault::new(ListRule::WellFormed, self.at, expected))
            }
            None => Err(self.fault("no end tag without a start tag")),
        }
    }

    fn close(&mut self) -> Token<'i> {
        if let Some(open) = self.open.pop() {
            self.namespaces.truncate(open.outer_bindings);
        }
        self.root_closed = self.open.is_empty();
        Token::End
    }

    fn text(&self, raw: &'i str) -> Result<Option<Token<'i>>, Fault> {
        self.check_length(raw.len())?;
        if let Some(offset) = raw.find("]]>") {
            return Err(Fault::new(ListRule::WellFormed, self.at + offset, "no `]]>` in text"));
        }
        if !self.open.is_empty() {
            return Ok(Some(Token::Text(raw)));
        }
        match raw.bytes().position(|b| !is_space(b)) {
            None => Ok(None),
            Some(offset) => Err(Fault::new(
                ListRule::WellFormed,
                self.at + offset,
                "no text outside the root element",
            )),
        }
    }

    fn reference(&self, raw: &str) -> Result<Token<'i>, Fault> {
        if self.open.is_empty() {
            return Err(self.fault("no text outside the root element"));
        }
        let name = raw
            .strip_prefix('&')
            .and_then(|raw| raw.strip_suffix(';'))
            .unwrap_or_default();
        match resolve_reference(name) {
            Some(c) => Ok(Token::Char(c)),
            None => Err(self.fault("one of the five predefined entities or a character reference")),
        }
    }

    fn comment(&self, raw: &str) -> Result<(), Fault> {
        self.check_length(raw.len())?;
        let text = raw
            .get("<!--".len()..raw.len().saturating_sub("-->".len()))
            .unwrap_or_default();
        if text.contains("--") || text.ends_with('-') {
            return Err(self.fault("no `--` in a comment"));
        }
        Ok(())
    }

    fn instruction(&self, raw: &str) -> Result<(), Fault> {
        self.check_length(raw.len())?;
        let text = raw
            .get("<?".len()..raw.len().saturating_sub("?>".len()))
            .unwrap_or_default();
        let target = text.split(is_blank_char).next().unwrap_or_default();
        if target.eq_ignore_ascii_case("xml") {
            return Err(self.fault("an XML declaration at the very start only"));
        }
        if !is_ncname(target) {
            return Err(self.fault("the name of a processing instruction behind `<?`"));
        }
        Ok(())
    }

    /// `<?xml version="1.0" encoding="…" standalone="…"?>`
    fn declaration(&self, raw: &'i str) -> Result<(), Fault> {
        const START: &str = "<?xml";
        if self.at != 0 {
            return Err(self.fault("an XML declaration at the very start only"));
        }
        let text = raw
            .get(START.len()..raw.len().saturating_sub("?>".len()))
            .unwrap_or_default();
        let mut attributes = RawAttributes::new(text, START.len());
        let mut next = attributes.next()?;
        let Some(version) = next.filter(|it| it.name == "version") else {
            return Err(self.fault("`version` first in the XML declaration"));
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
        if let Some(encoding) = declared {
            let mut letters = encoding.value.chars();
            let is_name = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
                && letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
            if !is_name {
                return Err(Fault::new(ListRule::WellFormed, encoding.at, "the name of an encoding"));
            }
            if !self.encoding.is_named(encoding.value) {
                let found = self.encoding.name();
                let expected = format!("UTF-8 or UTF-16, declared as what it is; the bytes are {found}");
                return Err(Fault::new(ListRule::Encoding, encoding.at, expected));
            }
            next = attributes.next()?;
        }
        if let Some(standalone) = next.filter(|it| it.name == "standalone") {
            if !matches!(standalone.value, "yes" | "no") {
                return Err(Fault::new(ListRule::WellFormed, standalone.at, "`yes` or `no`"));
            }
            next = attributes.next()?;
        }
        match next {
            None => Ok(()),
            Some(other) => {
                let expected = "`version`, `encoding` and `standalone`, in this order, in the XML declaration";
                Err(Fault::new(ListRule::WellFormed, other.at, expected))
            }
        }
    }

    fn eof(&mut self) -> Result<Token<'i>, Fault> {
        self.at = self.input.len();
        match self.open.last() {
            Some(open) => {
                let expected = format!(
                    "the end tag `</{}>`; the document is cut off",
                    crate::findings::cut(open.name)
                );
                Err(Fault::new(ListRule::WellFormed, self.at, expected))
            }
            None if self.root_closed => Ok(Token::Eof),
            None if is_blank(self.input) => Err(self.fault("an XML document; this one is empty")),
            None => Err(self.fault("a root element")),
        }
    }

    fn check_length(&self, len: usize) -> Result<(), Fault> {
        if len > self.limits.max_text {
            let expected = format!("at most {} bytes in one piece of text", self.limits.max_text);
            return Err(Fault::new(ListRule::LimitText, self.at, expected));
        }
        Ok(())
    }

    fn syntax_fault(at: usize, error: &quick_xml::Error) -> Fault {
        // quick-xml's sentence says what it missed, and repeats nothing of the document but names.
        Fault::new(ListRule::WellFormed, at, format!("well-formed XML: {error}"))
    }
}

fn is_blank_char(c: char) -> bool {
    u8::try_from(c).is_ok_and(is_space)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reader relies on quick-xml's positions; each token must span exactly its own text.
    #[test]
    fn tokens_have_their_positions() {
        let input = "<?xml version=\"1.0\"?>\n<!--c--><a x=\"1\">t&amp;<![CDATA[d]]><b/>é</a >\n<?p q?>";
        let mut reader = Reader::new(input, Encoding::Utf8, Limits::default());
        let mut seen = Vec::new();
        loop {
            match reader.next().unwrap() {
                Token::Eof => break,
                token => seen.push((reader.at(), format!("{token:?}"))),
            }
        }
        let at = |needle: &str| input.find(needle).unwrap();
        let expected = [
            (at("<a"), "Start { local: \"a\", prefix: \"\" }"),
            (at("t&"), "Text(\"t\")"),
            (at("&amp"), "Char('&')"),
            (at("<![CD"), "Text(\"d\")"),
            (at("<b/>"), "Start { local: \"b\", prefix: \"\" }"),
            (at("<b/>"), "End"),
            (at("é"), "Text(\"é\")"),
            (at("</a"), "End"),
        ];
        assert_eq!(seen, expected.map(|(at, token)| (at, token.to_owned())));
    }
}
