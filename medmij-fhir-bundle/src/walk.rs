//! One walk over all of a Bundle, which tells who listens what stands where: every value, every object when it has ended.
//!
//! What is open is a list and not a call, so the depth of the input costs no stack.

mod members;
mod place;

use std::collections::HashSet;

use crate::text::{Span, Text};
use crate::token::{SyntaxError, Token, Tokens};
use crate::{Bundle, Format, json, open, xml};

pub(crate) use members::Members;
pub(crate) use place::Place;
use place::SINGLE;

/// A value without members.
#[derive(Clone, Copy)]
pub(crate) enum Scalar<'b> {
    Text(Text<'b>),
    Number(&'b str),
    Bool,
}

/// What is wrong with the form of a value, wherever it stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flaw {
    DuplicateName,
    EmptyObject,
    EmptyArray,
    Null,
    /// An attribute that FHIR has not.
    Attribute,
    /// A name with half of a character.
    LoneSurrogate,
}

/// Who listens.
pub(crate) trait Visit<'b> {
    fn scalar(&mut self, _place: &Place<'_, 'b>, _scalar: Scalar<'b>) {}

    /// The name of a member.
    fn name(&mut self, _place: &Place<'_, 'b>, _name: Text<'b>) {}

    /// An object has ended; these are its members that anybody asks for.
    fn object(&mut self, place: &Place<'_, 'b>, members: &Members<'b>);

    fn flaw(&mut self, _place: &Place<'_, 'b>, _flaw: Flaw) {}
}

/// An object or array that is open.
struct Frame<'b> {
    /// The member whose value it is, or in an array that of the array.
    element: Option<Text<'b>>,
    kind: Kind,
    /// The item that is being read: of an array; in XML of the members of one name, one after another.
    index: usize,
    /// In XML the member that came last.
    last: Option<Text<'b>>,
    /// How many members or items it has.
    count: usize,
    /// Where its names begin in the list of all that are open.
    names: usize,
    nulls: usize,
    has_null: bool,
    members: Members<'b>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Kind {
    Array,
    /// An array or an object in an array: it has no name of its own.
    InnerArray,
    Item,
    Member,
}

impl Frame<'_> {
    fn is(&self, name: &str) -> bool {
        self.element.is_some_and(|found| found.is(name))
    }

    fn is_array(&self) -> bool {
        matches!(self.kind, Kind::Array | Kind::InnerArray)
    }
}

/// Walks over a Bundle, and tells whether it came to the end. It was read before: an error does not occur.
pub(crate) fn walk<'b>(bundle: &Bundle<'b>, visitor: &mut impl Visit<'b>) -> bool {
    let (source, begin, depth) = (bundle.source, bundle.begin, bundle.limits.max_depth);
    let walked = match bundle.format {
        Format::Json => walk_tokens(
            &mut json::Reader::new(source, begin, depth),
            source,
            Format::Json,
            visitor,
        ),
        Format::Xml => xml::Reader::new(source, begin, depth)
            .and_then(|mut reader| walk_tokens(&mut reader, source, Format::Xml, visitor)),
    };
    debug_assert!(walked.is_ok(), "it was read before");
    walked.is_ok()
}

/// Walks over a resource that stands alone, and was read before.
pub(crate) fn walk_single<'b>(
    text: &'b str,
    format: Format,
    max_depth: usize,
    visitor: &mut impl Visit<'b>,
) -> Result<(), SyntaxError> {
    let begin = open::begin(text);
    match format {
        Format::Json => walk_tokens(&mut json::Reader::new(text, begin, max_depth), text, format, visitor),
        Format::Xml => walk_tokens(
            &mut xml::Reader::inside(text, begin, "", max_depth),
            text,
            format,
            visitor,
        ),
    }
}

/// Walks over any text of a form.
fn walk_tokens<'b, T: Tokens<'b>>(
    reader: &mut T,
    source: &'b str,
    format: Format,
    visitor: &mut impl Visit<'b>,
) -> Result<(), SyntaxError> {
    let mut walker = Walker {
        source,
        format,
        frames: Vec::new(),
        names: Vec::new(),
        nulls: Vec::new(),
        member: None,
        entries: 0,
    };
    loop {
        match reader.next()? {
            Token::End => return Ok(()),
            Token::Name(name) => walker.name(name, visitor),
            Token::ObjectStart => walker.open(false),
            Token::ArrayStart => walker.open(true),
            Token::ObjectEnd => walker.object_ended(visitor),
            Token::ArrayEnd => walker.array_ended(visitor),
            Token::String(text) => walker.scalar(Scalar::Text(text), visitor),
            Token::Number(literal) => walker.scalar(Scalar::Number(literal), visitor),
            Token::True | Token::False => walker.scalar(Scalar::Bool, visitor),
            Token::Null => walker.null(visitor),
        }
    }
}

struct Walker<'b> {
    source: &'b str,
    format: Format,
    frames: Vec<Frame<'b>>,
    /// The names of all open objects.
    names: Vec<Span>,
    /// The arrays of the open objects that hold a null.
    nulls: Vec<Text<'b>>,
    /// The member whose value comes next.
    member: Option<Text<'b>>,
    /// How many entries of the Bundle began, in XML.
    entries: usize,
}

impl<'b> Walker<'b> {
    fn place(&self, name: Option<Text<'b>>) -> Place<'_, 'b> {
        Place {
            frames: &self.frames,
            name,
            format: self.format,
        }
    }

    fn name(&mut self, name: Text<'b>, visitor: &mut impl Visit<'b>) {
        visitor.name(&self.place(None), name);
        if self.format == Format::Xml && !name.is_beside() {
            self.in_order(name, visitor);
        } else if name.has_lone_surrogate() {
            visitor.flaw(&self.place(None), Flaw::LoneSurrogate);
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.count += 1;
        }
        self.names.push(Span::of(name, self.source));
        self.member = Some(name);
    }

    /// Counts the members of one name in XML. One that comes again behind others, or that may not come again, is told of.
    fn in_order(&mut self, name: Text<'b>, visitor: &mut impl Visit<'b>) {
        let is_root = self.frames.len() == 1;
        let (mut index, mut is_wrong) = (0, false);
        if let Some(frame) = self.frames.last() {
            let own = self.names.get(frame.names..).unwrap_or_default();
            if frame.last.is_some_and(|last| last.same(name)) {
                index = frame.index + 1;
                // Of a Bundle itself only these come again.
                let again = ["entry", "link", "extension", "modifierExtension"];
                is_wrong =
                    SINGLE.iter().any(|single| name.is(single)) || is_root && !again.iter().any(|it| name.is(it));
            } else if is_root && name.is("entry") {
                index = self.entries;
                is_wrong = index > 0;
            } else {
                // Objects of FHIR have few members; of more only the first are looked at.
                let own = own.iter().take(64).filter_map(|found| found.text(self.source));
                is_wrong = own.filter(|found| !found.is_beside()).any(|found| found.same(name));
            }
        }
        if is_root && name.is("entry") {
            self.entries += 1;
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.index = index;
            frame.last = Some(name);
        }
        if is_wrong {
            visitor.flaw(&self.place(Some(name)), Flaw::DuplicateName);
        }
        if name.is_attribute() {
            visitor.flaw(&self.place(Some(name)), Flaw::Attribute);
        }
    }

    /// Counts the next item, if an array is open.
    fn item(&mut self) {
        if let Some(frame) = self.frames.last_mut().filter(|frame| frame.is_array()) {
            frame.index = frame.count;
            frame.count += 1;
        }
    }

    fn open(&mut self, is_array: bool) {
        self.item();
        let name = self.member.take();
        let (mut element, mut is_item) = (name, false);
        if let Some(frame) = self.frames.last_mut() {
            match name {
                Some(name) => frame.members.opens(name, is_array),
                None => (element, is_item) = (frame.element, true),
            }
        }
        let kind = match (is_array, is_item) {
            (true, true) => Kind::InnerArray,
            (true, false) => Kind::Array,
            (false, true) => Kind::Item,
            (false, false) => Kind::Member,
        };
        self.frames.push(Frame {
            element,
            kind,
            index: 0,
            last: None,
            count: 0,
            names: self.names.len(),
            nulls: self.nulls.len(),
            has_null: false,
            members: Members::default(),
        });
    }

    fn scalar(&mut self, scalar: Scalar<'b>, visitor: &mut impl Visit<'b>) {
        self.item();
        let name = self.member.take();
        visitor.scalar(&self.place(name), scalar);
        let mut objects = self.frames.iter_mut().rev();
        match (objects.next(), name) {
            (Some(frame), Some(name)) => frame.members.take(name, scalar),
            // What may not be an array is looked at all the same.
            (Some(list), None) => {
                if let (Some(name), Some(object)) = (list.element, objects.find(|frame| !frame.is_array())) {
                    object.members.take_item(name, scalar);
                }
            }
            _ => {}
        }
    }

    fn null(&mut self, visitor: &mut impl Visit<'b>) {
        self.item();
        let name = self.member.take();
        match self.frames.last_mut() {
            Some(frame) if frame.is_array() => frame.has_null = true,
            _ => visitor.flaw(&self.place(name), Flaw::Null),
        }
    }

    fn array_ended(&mut self, visitor: &mut impl Visit<'b>) {
        let Some(frame) = self.frames.pop() else { return };
        let name = frame.element.filter(|_| frame.kind == Kind::Array);
        if frame.count == 0 {
            visitor.flaw(&self.place(name), Flaw::EmptyArray);
        }
        match name {
            Some(name) if frame.has_null => self.nulls.push(name),
            // An array in an array has no sibling.
            None if frame.has_null => visitor.flaw(&self.place(None), Flaw::Null),
            _ => {}
        }
    }

    fn object_ended(&mut self, visitor: &mut impl Visit<'b>) {
        let Some((frame, outer)) = self.frames.split_last() else {
            return;
        };
        let (names, nulls) = (frame.names, frame.nulls);
        let place = Place {
            frames: outer,
            name: frame.element.filter(|_| frame.kind == Kind::Member),
            format: self.format,
        };
        visitor.object(&place, &frame.members);
        if frame.count == 0 {
            visitor.flaw(&place, Flaw::EmptyObject);
        }
        self.tell_outer();
        if self.format == Format::Json {
            for name in self.unpaired(names, nulls) {
                visitor.flaw(&self.place(Some(name)), Flaw::Null);
            }
            for duplicate in self.duplicates(names) {
                visitor.flaw(&self.place(Some(duplicate)), Flaw::DuplicateName);
            }
        }
        self.names.truncate(names);
        self.nulls.truncate(nulls);
        self.frames.pop();
    }

    /// The arrays with nulls that have no array of extensions beside their values, or the other way round.
    fn unpaired(&self, names: usize, nulls: usize) -> Vec<Text<'b>> {
        let nulls = self.nulls.get(nulls..).unwrap_or_default();
        if nulls.is_empty() {
            return Vec::new();
        }
        let own = self.names.get(names..).unwrap_or_default();
        let own: HashSet<_> = own
            .iter()
            .filter_map(|name| name.text(self.source))
            .map(Text::decode)
            .collect();
        let has_partner = |name: &&Text<'b>| {
            let name = name.decode();
            name.strip_prefix('_')
                .map_or_else(|| own.contains(&*format!("_{name}")), |value| own.contains(value))
        };
        nulls.iter().filter(|name| !has_partner(name)).copied().collect()
    }

    /// The names that the object has more than once.
    fn duplicates(&mut self, names: usize) -> Vec<Text<'b>> {
        let source = self.source;
        let mut duplicates: Vec<Text<'b>> = Vec::new();
        let Some(own) = self.names.get_mut(names..) else {
            return duplicates;
        };
        let same = |one: &Span, other: &Span| {
            one.may_be(*other)
                && match (one.text(source), other.text(source)) {
                    (Some(one), Some(other)) => one.same(other),
                    _ => false,
                }
        };
        if own.len() > 24 {
            own.sort_by_cached_key(|name| name.text(source).map(Text::decode));
            for pair in own.windows(2) {
                if let [one, other] = pair
                    && same(one, other)
                    && let Some(name) = one.text(source)
                    && duplicates.last().is_none_or(|last| !last.same(name))
                {
                    duplicates.push(name);
                }
            }
        } else {
            let mut rest = &*own;
            while let Some((first, behind)) = rest.split_first() {
                if behind.iter().any(|other| same(first, other))
                    && let Some(name) = first.text(source)
                    && !duplicates.iter().any(|known| known.same(name))
                {
                    duplicates.push(name);
                }
                rest = behind;
            }
        }
        duplicates
    }

    /// What the innermost object means for those it stands in.
    fn tell_outer(&mut self) {
        let Some((frame, outer)) = self.frames.split_last_mut() else {
            return;
        };
        let mut objects = outer.iter_mut().rev().filter(|frame| !frame.is_array());
        let Some(holder) = objects.next() else { return };
        match frame.element {
            Some(name) if name.is("coding") => frame.members.as_coding(holder, objects.next()),
            Some(name) if name.is("extension") => frame.members.as_extension(holder, objects.next(), self.format),
            _ => {}
        }
    }
}
