//! XML, as the same tokens as JSON: the tags are found in [`markup`], and held to FHIR's form of them here.

mod attributes;
mod markup;

use medmij_core::xml::{find_forbidden_char, is_space};

use crate::text::{Form, Text};
use crate::token::{SyntaxError, SyntaxErrorKind, Token, Tokens};

use attributes::Attributes;
pub(crate) use attributes::decode;
use markup::{IsEmpty, Markup, Piece, Tag, is_name_byte};

pub(crate) struct Reader<'b> {
    text: &'b str,
    markup: Markup<'b>,
    /// What stands before the names of FHIR's elements.
    prefix: &'b str,
    open: Vec<Open<'b>>,
    /// The tokens that were found, and how many of them were given.
    found: Vec<Given<'b>>,
    given: usize,
    /// Tokens are counted only.
    skipping: bool,
    began: bool,
    /// The namespace is declared outside what is read.
    is_inside: bool,
    start: usize,
    at: usize,
    depth: usize,
    max_depth: usize,
}

/// A token that was found, and where.
#[derive(Clone, Copy)]
struct Given<'b> {
    token: Token<'b>,
    start: usize,
    at: usize,
}

/// An element that is open.
struct Open<'b> {
    /// As its tag has it.
    name: &'b str,
    kind: Kind<'b>,
    has_members: bool,
}

#[derive(Clone, Copy)]
enum Kind<'b> {
    Object,
    /// An element around a resource: the object is the resource's.
    Wrapper,
    Resource,
    /// A value of its own, beside which nothing has come yet.
    Value(Text<'b>),
    /// What stands beside a value.
    Beside,
}

/// An element that begins.
struct Element<'b> {
    /// With its prefix.
    qname: &'b str,
    name: &'b str,
    attributes: Attributes<'b>,
    is_empty: IsEmpty,
    start: usize,
    end: usize,
}

impl<'b> Reader<'b> {
    /// Reads from a byte on, behind a byte order mark.
    pub(crate) fn new(text: &'b str, at: usize, max_depth: usize) -> Result<Self, SyntaxError> {
        Self::allowed(text)?;
        Ok(Self::of_allowed(text, at, max_depth))
    }

    /// Whether a text holds no character that XML forbids.
    pub(crate) fn allowed(text: &str) -> Result<(), SyntaxError> {
        find_forbidden_char(text).map_or(Ok(()), |at| Err(error(SyntaxErrorKind::Syntax, at)))
    }

    /// Reads a text that holds no character that XML forbids.
    const fn of_allowed(text: &'b str, at: usize, max_depth: usize) -> Self {
        Self {
            text,
            markup: Markup::new(text, at),
            prefix: "",
            open: Vec::new(),
            found: Vec::new(),
            given: 0,
            skipping: false,
            began: false,
            is_inside: false,
            start: at,
            at,
            depth: 0,
            max_depth,
        }
    }

    /// Reads a resource inside a text that was read before, with the prefix of its elements.
    pub(crate) const fn inside(text: &'b str, at: usize, prefix: &'b str, max_depth: usize) -> Self {
        let mut reader = Self::of_allowed(text, at, max_depth);
        (reader.prefix, reader.is_inside) = (prefix, true);
        reader
    }

    /// Finds the next tokens.
    fn step(&mut self) -> Result<(), SyntaxError> {
        let ended = self.began && self.open.is_empty();
        match self.markup.next() {
            // Nearly every element, where nobody asks what it says.
            Ok(Piece::Plain(name, Some(_), tag, IsEmpty::Yes))
                if self.skipping
                    && self.prefix.is_empty()
                    && name != "div"
                    && name.starts_with(is_lowercase)
                    && self.open.len() < self.max_depth =>
            {
                self.begins_member(tag.start)
            }
            Ok(Piece::Plain(name, value, tag, is_empty)) if self.began && self.prefix.is_empty() && name != "div" => {
                let attributes = Attributes {
                    value,
                    ..Attributes::default()
                };
                self.element(name, name, attributes, tag, is_empty)
            }
            Ok(Piece::Plain(_, _, tag, is_empty) | Piece::Start(tag, is_empty)) => self.tag(tag, is_empty),
            Ok(Piece::End(tag)) => {
                self.ends(tag)?;
                self.closed(tag.start, tag.end);
                Ok(())
            }
            Ok(Piece::Eof(at)) if ended => {
                self.give(Token::End, at, at);
                Ok(())
            }
            Ok(Piece::Eof(at)) => Err(error(SyntaxErrorKind::CutOff, at)),
            Err(found) if ended && found.kind == SyntaxErrorKind::Syntax => {
                Err(error(SyntaxErrorKind::Trailing, found.at))
            }
            Err(found) => Err(found),
        }
    }

    /// An end tag is that of the innermost element.
    fn ends(&self, tag: Tag<'_>) -> Result<(), SyntaxError> {
        match self.open.last() {
            Some(open) if open.name == tag.inner.trim_ascii_end() => Ok(()),
            _ => Err(error(SyntaxErrorKind::Syntax, tag.start)),
        }
    }

    fn give(&mut self, token: Token<'b>, start: usize, at: usize) {
        if self.skipping {
            self.count(token);
        } else {
            self.found.push(Given { token, start, at });
        }
    }

    fn count(&mut self, token: Token<'b>) {
        match token {
            Token::ObjectStart => self.depth += 1,
            Token::ObjectEnd => self.depth -= 1,
            _ => {}
        }
    }

    fn give_member(&mut self, name: &'b str, value: Text<'b>, start: usize, end: usize) {
        self.give(Token::Name(Text::new(name, Form::Plain)), start, end);
        self.give(Token::String(value), start, end);
    }

    /// A tag that begins an element.
    fn tag(&mut self, tag: Tag<'b>, is_empty: IsEmpty) -> Result<(), SyntaxError> {
        let Tag { inner, start, .. } = tag;
        let length = inner
            .bytes()
            .position(|byte| !is_name_byte(byte))
            .unwrap_or(inner.len());
        let (mut name, mut rest) = inner.split_at_checked(length).unwrap_or_default();
        if let Some(local) = rest.strip_prefix(':') {
            (name, rest) = self.local(name, local, start)?;
        } else if self.began && !self.prefix.is_empty() && name != "div" {
            return Err(error(SyntaxErrorKind::Namespace, start));
        }
        if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Err(error(SyntaxErrorKind::Syntax, start));
        }
        let qname = inner.get(..inner.len() - rest.len()).unwrap_or_default();
        if name == "div" && self.open.last().is_some_and(|open| local_name(open.name) == "text") {
            return self.narrative(qname, rest, is_empty, start);
        }
        if name == "div" && prefix_of(qname) != self.prefix {
            return Err(error(SyntaxErrorKind::Namespace, start));
        }
        let attributes =
            Attributes::of(rest, self.prefix, self.began || self.is_inside).map_err(|kind| error(kind, start))?;
        self.element(qname, name, attributes, tag, is_empty)
    }

    fn element(
        &mut self,
        qname: &'b str,
        name: &'b str,
        attributes: Attributes<'b>,
        tag: Tag<'b>,
        is_empty: IsEmpty,
    ) -> Result<(), SyntaxError> {
        let Tag { start, end, .. } = tag;
        if self.open.len() >= self.max_depth {
            return Err(error(SyntaxErrorKind::Depth, start));
        }
        let element = Element {
            qname,
            name,
            attributes,
            is_empty,
            start,
            end,
        };
        let is_resource = !name.starts_with(is_lowercase);
        if self.open.is_empty() {
            if self.began {
                return Err(error(SyntaxErrorKind::Trailing, start));
            }
            self.began = true;
            self.give(Token::ObjectStart, start, end);
            if !is_resource {
                self.begun(element, Kind::Object);
                return Ok(());
            }
        }
        if is_resource {
            self.resource(element)
        } else {
            self.member(element)
        }
    }

    /// The name behind a prefix, which must be that of FHIR's elements, unless it is of a narrative.
    fn local(&mut self, prefix: &'b str, local: &'b str, start: usize) -> Result<(&'b str, &'b str), SyntaxError> {
        let length = local
            .bytes()
            .position(|byte| !is_name_byte(byte))
            .unwrap_or(local.len());
        let (name, rest) = local.split_at_checked(length).unwrap_or_default();
        if !self.began && !self.is_inside {
            self.prefix = prefix;
        }
        if prefix.is_empty() {
            return Err(error(SyntaxErrorKind::Syntax, start));
        }
        if self.prefix == prefix || name == "div" {
            Ok((name, rest))
        } else {
            Err(error(SyntaxErrorKind::Namespace, start))
        }
    }

    /// A resource: the object is that of the element around it, if there is one.
    fn resource(&mut self, element: Element<'b>) -> Result<(), SyntaxError> {
        let (start, end) = (element.start, element.end);
        if let Some(parent) = self.open.last_mut() {
            if !matches!(parent.kind, Kind::Object) || parent.has_members {
                return Err(error(SyntaxErrorKind::Syntax, start));
            }
            parent.kind = Kind::Wrapper;
        }
        // Its id and the like are elements.
        let attributes = &element.attributes;
        if attributes.value.is_some() || attributes.id.is_some() || attributes.url.is_some() {
            return Err(error(SyntaxErrorKind::Syntax, start));
        }
        self.give_member("resourceType", Text::new(element.name, Form::Plain), start, end);
        self.begun(element, Kind::Resource);
        Ok(())
    }

    /// Any other element.
    fn member(&mut self, mut element: Element<'b>) -> Result<(), SyntaxError> {
        let (start, end) = (element.start, element.end);
        self.begins_member(start)?;
        let Some(value) = element.attributes.value.take() else {
            self.give(Token::Name(Text::new(element.name, Form::Plain)), start, end);
            self.give(Token::ObjectStart, start, end);
            self.begun(element, Kind::Object);
            return Ok(());
        };
        self.give_member(element.name, value, start, end);
        let beside = Text::new(element.name, Form::Beside);
        if element.attributes.has_value_only() {
            self.begun(element, Kind::Value(beside));
        } else {
            self.give(Token::Name(beside), start, end);
            self.give(Token::ObjectStart, start, end);
            self.begun(element, Kind::Beside);
        }
        Ok(())
    }

    /// An element has begun, and if it is empty has ended: its attributes but for its value are given here.
    fn begun(&mut self, element: Element<'b>, kind: Kind<'b>) {
        let end = element.end;
        // An element around a resource has none.
        let has_members = !element.attributes.has_value_only();
        self.give_attributes(element.attributes, element.start, end);
        self.open.push(Open {
            name: element.qname,
            kind,
            has_members,
        });
        if element.is_empty == IsEmpty::Yes {
            self.closed(end, end);
        }
    }

    fn give_attributes(&mut self, attributes: Attributes<'b>, start: usize, end: usize) {
        for (name, value) in [("id", attributes.id), ("url", attributes.url)] {
            if let Some(value) = value {
                self.give_member(name, value, start, end);
            }
        }
        for (name, value) in attributes.others {
            self.give(Token::Name(Text::new(name, Form::Attribute)), start, end);
            self.give(Token::String(value), start, end);
        }
    }

    /// A member of the innermost element begins: beside a value, the first opens an object.
    fn begins_member(&mut self, start: usize) -> Result<(), SyntaxError> {
        let Some(parent) = self.open.last_mut() else {
            return Err(error(SyntaxErrorKind::Syntax, start));
        };
        parent.has_members = true;
        match parent.kind {
            Kind::Wrapper => Err(error(SyntaxErrorKind::Syntax, start)),
            Kind::Value(beside) => {
                parent.kind = Kind::Beside;
                self.give(Token::Name(beside), start, start);
                self.give(Token::ObjectStart, start, start);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The innermost element has ended.
    fn closed(&mut self, start: usize, end: usize) {
        match self.open.pop().map(|open| open.kind) {
            Some(Kind::Object | Kind::Resource | Kind::Beside) => self.give(Token::ObjectEnd, start, end),
            Some(Kind::Wrapper | Kind::Value(_)) | None => {}
        }
    }

    /// The `div` of a narrative, as one text with its markup.
    fn narrative(&mut self, name: &'b str, rest: &'b str, is_empty: IsEmpty, start: usize) -> Result<(), SyntaxError> {
        self.begins_member(start)?;
        attributes::check(rest).map_err(|kind| error(kind, start))?;
        let mut inside = match is_empty {
            IsEmpty::Yes => Vec::new(),
            IsEmpty::No => vec![name],
        };
        while !inside.is_empty() {
            let at = self.markup.at();
            match self.markup.next_in_text()? {
                Piece::Plain(name, _, _, IsEmpty::No) => inside.push(name),
                Piece::Start(tag, is_empty) => {
                    let name = qname(tag.inner);
                    let rest = tag.inner.get(name.len()..).unwrap_or_default();
                    let is_name = name.split(':').all(is_xml_name);
                    let checked = if is_name {
                        attributes::check(rest)
                    } else {
                        Err(SyntaxErrorKind::Syntax)
                    };
                    checked.map_err(|kind| error(kind, tag.start))?;
                    if is_empty == IsEmpty::No {
                        inside.push(name);
                    }
                }
                Piece::Plain(..) => {}
                Piece::End(tag) => {
                    if inside.pop() != Some(tag.inner.trim_ascii_end()) {
                        return Err(error(SyntaxErrorKind::Syntax, tag.start));
                    }
                }
                Piece::Eof(at) => return Err(error(SyntaxErrorKind::CutOff, at)),
            }
            if self.open.len() + inside.len() > self.max_depth {
                return Err(error(SyntaxErrorKind::Depth, at));
            }
        }
        let end = self.markup.at();
        self.give_member(
            "div",
            Text::new(self.text.get(start..end).unwrap_or_default(), Form::Plain),
            start,
            end,
        );
        Ok(())
    }
}

impl<'b> Tokens<'b> for Reader<'b> {
    const IS_XML: bool = true;

    fn next(&mut self) -> Result<Token<'b>, SyntaxError> {
        loop {
            if let Some(Given { token, start, at }) = self.found.get(self.given).copied() {
                self.given += 1;
                (self.start, self.at) = (start, at);
                self.count(token);
                return Ok(token);
            }
            self.found.clear();
            self.given = 0;
            self.step()?;
        }
    }

    fn skip_from(&mut self, depth: usize) -> Result<(), SyntaxError> {
        while self.depth >= depth {
            if self.given < self.found.len() {
                self.next()?;
            } else {
                self.skipping = true;
                let stepped = self.step();
                self.skipping = false;
                stepped?;
            }
        }
        Ok(())
    }

    fn start(&self) -> usize {
        self.start
    }

    fn at(&self) -> usize {
        self.at
    }

    fn depth(&self) -> usize {
        self.depth
    }

    fn prefix(&self) -> &'b str {
        self.prefix
    }
}

/// The name of a tag, with its prefix.
fn qname(inner: &str) -> &str {
    let end = inner.bytes().position(is_space).unwrap_or(inner.len());
    inner.get(..end).unwrap_or_default()
}

fn local_name(qname: &str) -> &str {
    qname.rsplit(':').next().unwrap_or_default()
}

fn prefix_of(qname: &str) -> &str {
    qname.split_once(':').map_or("", |(prefix, _)| prefix)
}

fn is_xml_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') && name.bytes().all(is_name_byte)
}

/// The elements of FHIR begin so, and its resources do not.
const fn is_lowercase(first: char) -> bool {
    !first.is_ascii_uppercase()
}

const fn error(kind: SyntaxErrorKind, at: usize) -> SyntaxError {
    SyntaxError { kind, at }
}
