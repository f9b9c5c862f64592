//! The strict XML reader: quick-xml finds the tokens, this module holds them to XML 1.0 and to the limits.
//!
//! What quick-xml leaves open is checked here and in [`markup`](crate::markup): one root, nothing but white space around it,
//! matching tags, names, namespaces, attributes, `]]>`, references, and no DOCTYPE at all. Which characters XML allows is
//! checked before, in [`reading`](crate::reading).

use std::borrow::Cow;

use medmij_core::xml::{is_space, resolve_reference, split_qname};
use quick_xml::events::Event;

use crate::attributes::{RawAttribute, RawAttributes};
use crate::encoding::{Encoding, Start};
use crate::error::ListRule;
use crate::fault::Fault;
use crate::findings::cut;
use crate::limits::Limits;
use crate::markup::{check_comment, check_declaration, check_instruction, is_blank_char, undeclared};
use crate::namespaces::Namespaces;
use crate::plain::Plain;
use crate::window::Window;

/// A piece of a document that matters to a schema; comments and processing instructions do not.
#[derive(Debug)]
pub(crate) enum Token<'w> {
    /// A start tag, to be [entered](Reader::enter); an empty element gives its end next.
    Start(Tag<'w>),
    /// An end tag.
    End,
    /// Text as it stands, line ends not yet normalised.
    Text(&'w str),
    /// A character written as a reference.
    Char(char),
    /// The end of the window, before the end of the document.
    More,
    /// The end of the document.
    Eof,
}

/// A start tag that nothing is known of yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag<'w> {
    pub(crate) name: &'w str,
    /// What stands behind the name, up to the end of the tag.
    pub(crate) rest: &'w str,
}

/// An attribute that is no namespace declaration.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) prefix: String,
    pub(crate) local: String,
    pub(crate) value: String,
    pub(crate) at: usize,
}

/// An element that is open.
#[derive(Debug)]
struct Open {
    name: Name,
    /// How many namespace declarations were in scope outside it.
    outer_bindings: usize,
}

#[derive(Debug)]
enum Name {
    Known(&'static str),
    Other(Box<str>),
}

impl Name {
    fn as_str(&self) -> &str {
        match self {
            Self::Known(name) => name,
            Self::Other(name) => name,
        }
    }
}

/// What is known of a document between two tokens.
#[derive(Debug)]
pub(crate) struct Reader {
    encoding: Encoding,
    must_declare: bool,
    limits: Limits,
    open: Vec<Open>,
    attributes: Vec<Attribute>,
    namespaces: Namespaces,
    /// Goes up with each change of the namespaces in scope.
    scopes: u64,
    elements: usize,
    at: usize,
    root_closed: bool,
    /// The element that was just opened is empty, so its end comes next.
    empty: bool,
    /// The element whose start tag is being read, or could not be.
    opening: Option<Box<str>>,
}

impl Reader {
    pub(crate) fn new(start: Start, limits: Limits) -> Self {
        Self {
            encoding: start.encoding,
            must_declare: start.must_declare,
            limits,
            open: Vec::new(),
            attributes: Vec::new(),
            namespaces: Namespaces::default(),
            scopes: 0,
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
    pub(crate) fn opening(&self) -> Option<&str> {
        self.opening.as_deref()
    }

    /// The attributes of the last start tag.
    pub(crate) fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The namespace declarations in scope at the last token.
    pub(crate) const fn namespaces(&self) -> &Namespaces {
        &self.namespaces
    }

    /// Goes to a tag that was found to be plain.
    pub(crate) fn go_to(&mut self, window: &Window<'_>, tag: Plain<'_>) {
        self.at = window.start() + tag.at();
    }

    /// Whether the innermost open element is empty, so that its end comes next without a tag.
    pub(crate) const fn is_at_empty(&self) -> bool {
        self.empty
    }

    /// The name of the innermost open element, if it was entered as known.
    pub(crate) fn known(&self) -> Option<&'static str> {
        match self.open.last()?.name {
            Name::Known(name) => Some(name),
            Name::Other(_) => None,
        }
    }

    /// Passes over an element that has text only and is found to be plain.
    pub(crate) fn pass_leaf(&mut self) -> Result<(), Fault> {
        self.check_room()
    }

    /// Leaves the innermost open element, whose end tag is found to be plain.
    pub(crate) fn leave_known(&mut self) {
        self.close();
    }

    /// A number that is the same as long as the namespaces in scope are.
    pub(crate) const fn scopes(&self) -> u64 {
        self.scopes
    }

    /// The next token.
    pub(crate) fn next<'w>(&mut self, window: &mut Window<'w>) -> Result<Token<'w>, Fault> {
        if std::mem::take(&mut self.empty) {
            return Ok(self.close());
        }
        loop {
            let found = window.next();
            self.at = window.at();
            let event = match found {
                Ok(Some(event)) => event,
                Ok(None) => return Ok(Token::More),
                // quick-xml's sentence says what it missed, and repeats nothing of the document but names.
                Err(error) => return Err(self.fault(format!("well-formed XML: {error}"))),
            };
            if self.must_declare && !matches!(event, Event::Decl(_)) {
                return Err(undeclared(self.at));
            }
            match event {
                Event::Start(tag) => return self.start(window.inner(1, 1), tag.name().as_ref().len()),
                Event::Empty(tag) => {
                    self.empty = true;
                    return self.start(window.inner(1, 2), tag.name().as_ref().len());
                }
                Event::End(_) => return self.end(window.inner(2, 1)),
                Event::Text(_) => {
                    if let Some(token) = self.text(window.inner(0, 0), window.has_marks)? {
                        return Ok(token);
                    }
                }
                Event::CData(_) => {
                    let text = window.inner("<![CDATA[".len(), "]]>".len());
                    self.check_length(text.len())?;
                    if self.open.is_empty() {
                        return Err(self.fault("no text outside the root element"));
                    }
                    return Ok(Token::Text(text));
                }
                Event::GeneralRef(_) => return self.reference(window.inner(1, 1)),
                Event::Comment(_) => {
                    let text = window.inner("<!--".len(), "-->".len());
                    self.check_length(text.len())?;
                    check_comment(text, self.at)?;
                }
                Event::PI(_) => {
                    let text = window.inner("<?".len(), "?>".len());
                    self.check_length(text.len())?;
                    check_instruction(text, self.at)?;
                }
                Event::Decl(_) => {
                    let text = window.inner("<?xml".len(), "?>".len());
                    self.check_length(text.len())?;
                    check_declaration(text, self.at, self.encoding, self.must_declare)?;
                    self.must_declare = false;
                }
                Event::DocType(_) => {
                    let expected = "no DOCTYPE: no list needs one";
                    return Err(Fault::new(ListRule::Doctype, self.at, expected));
                }
                Event::Eof => return self.eof(),
            }
        }
    }

    /// Enters the element of a tag that has no attributes, no prefix, and a name that is known to be one.
    pub(crate) fn enter_known(&mut self, name: &'static str) -> Result<(), Fault> {
        self.check_room()?;
        self.attributes.clear();
        self.open.push(Open {
            name: Name::Known(name),
            outer_bindings: self.namespaces.len(),
        });
        Ok(())
    }

    /// Enters the element of a tag: reads its attributes, and gives its prefix, empty for none, and its local name.
    pub(crate) fn enter<'w>(&mut self, tag: Tag<'w>) -> Result<(&'w str, &'w str), Fault> {
        self.check_room()?;
        let Some((prefix, local)) = split_qname(tag.name) else {
            return Err(self.fault("the name of an element behind `<`"));
        };
        let prefix = prefix.unwrap_or_default();
        self.opening = Some(local.into());
        self.open.push(Open {
            name: Name::Other(tag.name.into()),
            outer_bindings: self.namespaces.len(),
        });
        self.attributes.clear();
        if !tag.rest.is_empty() {
            self.read_attributes(tag.rest, self.at + 1 + tag.name.len())?;
        }
        if !prefix.is_empty() {
            self.namespaces.resolve(prefix, self.at)?;
        }
        self.opening = None;
        Ok((prefix, local))
    }

    fn fault(&self, expected: impl Into<Cow<'static, str>>) -> Fault {
        Fault::new(ListRule::WellFormed, self.at, expected)
    }

    fn start<'w>(&self, content: &'w str, name_len: usize) -> Result<Token<'w>, Fault> {
        self.check_length(content.len())?;
        if self.root_closed {
            return Err(self.fault("nothing but comments behind the root element"));
        }
        match content.split_at_checked(name_len) {
            Some((name, rest)) => Ok(Token::Start(Tag { name, rest })),
            None => Err(self.fault("the name of an element behind `<`")),
        }
    }

    fn check_room(&mut self) -> Result<(), Fault> {
        self.elements += 1;
        if self.elements > self.limits.max_elements {
            let expected = format!("at most {} elements", self.limits.max_elements);
            return Err(Fault::new(ListRule::LimitElements, self.at, expected));
        }
        if self.open.len() >= self.limits.max_depth {
            let expected = format!("at most {} levels of elements", self.limits.max_depth);
            return Err(Fault::new(ListRule::LimitDepth, self.at, expected));
        }
        Ok(())
    }

    fn read_attributes(&mut self, text: &str, at: usize) -> Result<(), Fault> {
        let mut raw: Vec<RawAttribute<'_>> = Vec::new();
        let mut attributes = RawAttributes::new(text, at);
        while let Some(attribute) = attributes.next()? {
            if raw.len() == self.limits.max_attributes {
                let expected = format!("at most {} attributes", self.limits.max_attributes);
                return Err(Fault::new(ListRule::LimitAttributes, attribute.at, expected));
            }
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
            let declared = match (prefix, local) {
                (None, "xmlns") => "",
                (Some("xmlns"), prefix) => prefix,
                (prefix, local) => {
                    self.attributes.push(Attribute {
                        prefix: prefix.unwrap_or_default().to_owned(),
                        local: local.to_owned(),
                        value: value.into_owned(),
                        at: attribute.at,
                    });
                    continue;
                }
            };
            self.namespaces.declare(declared, value.into_owned(), attribute.at)?;
            self.scopes += 1;
        }
        self.check_repeated()
    }

    /// No two attributes of an element have the same local name and namespace.
    fn check_repeated(&self) -> Result<(), Fault> {
        let mut seen: Vec<(&str, &str)> = Vec::new();
        for attribute in self.attributes.iter().filter(|attribute| !attribute.prefix.is_empty()) {
            let namespace = self.namespaces.resolve(&attribute.prefix, attribute.at)?;
            let name = (attribute.local.as_str(), namespace);
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

    /// `name` is that of the end tag, white space behind it included.
    fn end<'w>(&mut self, name: &str) -> Result<Token<'w>, Fault> {
        match self.open.last().map(|open| open.name.as_str()) {
            Some(open) if open == name || open == name.trim_end_matches(is_blank_char) => Ok(self.close()),
            Some(open) => Err(self.fault(format!("the end tag `</{}>`", cut(open)))),
            None => Err(self.fault("no end tag without a start tag")),
        }
    }

    fn close<'w>(&mut self) -> Token<'w> {
        if let Some(open) = self.open.pop()
            && open.outer_bindings != self.namespaces.len()
        {
            self.namespaces.truncate(open.outer_bindings);
            self.scopes += 1;
        }
        self.root_closed = self.open.is_empty();
        Token::End
    }

    fn text<'w>(&self, raw: &'w str, has_marks: bool) -> Result<Option<Token<'w>>, Fault> {
        self.check_length(raw.len())?;
        if has_marks && let Some(offset) = raw.find("]]>") {
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

    fn reference<'w>(&self, name: &str) -> Result<Token<'w>, Fault> {
        self.check_length(name.len())?;
        if self.open.is_empty() {
            return Err(self.fault("no text outside the root element"));
        }
        match resolve_reference(name) {
            Some(c) => Ok(Token::Char(c)),
            None => Err(self.fault("one of the five predefined entities or a character reference")),
        }
    }

    fn eof<'w>(&self) -> Result<Token<'w>, Fault> {
        match self.open.last() {
            Some(open) => {
                let name = cut(open.name.as_str());
                Err(self.fault(format!("the end tag `</{name}>`; the document is cut off")))
            }
            None if self.root_closed => Ok(Token::Eof),
            None => Err(self.fault("a root element")),
        }
    }

    fn check_length(&self, len: usize) -> Result<(), Fault> {
        if len > self.limits.max_text {
            Err(self.too_long())
        } else {
            Ok(())
        }
    }

    /// The fault of a token that is longer than the limit, or of which so much has come already.
    pub(crate) fn too_long(&self) -> Fault {
        let expected = format!("at most {} bytes in one tag or piece of text", self.limits.max_text);
        Fault::new(ListRule::LimitText, self.at, expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reader relies on quick-xml's positions; each token must span exactly its own text.
    #[test]
    fn tokens_have_their_positions() {
        let input = "<?xml version=\"1.0\"?>\n<!--c--><a x=\"1\">t&amp;<![CDATA[d]]><b/>\u{FEFF}é<i>\u{FEFF}</i>\u{FEFF}&lt;</a >\n<?p q?>";
        let at = |needle: &str| input.find(needle).unwrap();
        let expected = [
            (at("<a"), "Start a"),
            (at("t&"), "Text(\"t\")"),
            (at("&amp"), "Char('&')"),
            (at("<![CD"), "Text(\"d\")"),
            (at("<b/>"), "Start b"),
            (at("<b/>"), "End"),
            (at("\u{FEFF}é"), "Text(\"\\u{feff}é\")"),
            (at("<i>"), "Start i"),
            (at("<i>") + 3, "Text(\"\\u{feff}\")"),
            (at("</i>"), "End"),
            (at("</i>") + 4, "Text(\"\\u{feff}\")"),
            (at("&lt;"), "Char('<')"),
            (at("</a"), "End"),
        ]
        .map(|(at, token)| (at, token.to_owned()));
        // Wherever the document is cut into windows, the tokens and their places are the same.
        for cut in 0..=input.len() {
            let Some((first, _)) = input.split_at_checked(cut) else {
                continue;
            };
            let start = Start::detect(b"<?xm").unwrap();
            let mut reader = Reader::new(start, Limits::default());
            let mut seen = Vec::new();
            let mut window = Window::new(first, 0, false);
            loop {
                match reader.next(&mut window).unwrap() {
                    Token::More => window = Window::new(&input[window.used()..], window.used(), true),
                    Token::Eof => break,
                    Token::Start(tag) => {
                        reader.enter(tag).unwrap();
                        seen.push((reader.at(), format!("Start {}", tag.name)));
                    }
                    token => seen.push((reader.at(), format!("{token:?}"))),
                }
            }
            assert_eq!(seen, expected, "cut at {cut}");
        }
    }
}
