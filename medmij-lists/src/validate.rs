//! The one engine that holds a document to a schema and hands what is right to the list's builder.

use std::fmt::Write as _;

use medmij_core::xml::is_blank;

use crate::encoding::Start;
use crate::envelope::{Envelope, EnvelopeBuilder};
use crate::error::{Finding, ListRule, Rejected, Severity, Violation};
use crate::fault::Fault;
use crate::findings::{Findings, cut};
use crate::limits::Limits;
use crate::position::Position;
use crate::reader::{Reader, Tag, Token};
use crate::schema::{Builder, Content, Element, Facets, Particle, Schema, Simple};
use crate::sequence::{Frame, Stray};
use crate::window::Window;
use crate::xsi::judge_attribute;

/// A document that was found right.
pub(crate) struct Validated<B: Builder> {
    pub(crate) envelope: Envelope,
    pub(crate) warnings: Vec<Finding>,
    pub(crate) is_cut: bool,
    /// Holds all of the document.
    pub(crate) builder: B,
}

/// The text of the element that is being read.
enum Value<'w> {
    /// One piece of the document itself, the common case.
    Borrowed(&'w str),
    /// Put together from several pieces.
    Owned(String),
}

/// Where something was found.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// In the window that is being read.
    Byte(usize),
    /// In an earlier one.
    Known(Position),
}

/// Holds a document to one of the schemas, the one of its root element.
#[derive(Debug)]
pub(crate) struct Validator<B: Builder> {
    schemas: &'static [Schema<B::Field>],
    reader: Reader,
    findings: Findings,
    schema: Option<&'static Schema<B::Field>>,
    /// The root element, if it is that of no schema.
    foreign_root: Option<Box<str>>,
    stack: Vec<Frame<B::Field>>,
    /// Up to which [scope](Reader::scopes) names without a prefix are known to be in the schema's namespace.
    unprefixed: Option<u64>,
    /// What has come of the text of the element that is being read, between two windows.
    value: String,
    value_at: Place,
    envelope: EnvelopeBuilder,
    builder: B,
    /// Reads nothing the plain way, to hold the two ways to each other.
    #[cfg(test)]
    pub(crate) by_events_only: bool,
}

impl<B: Builder + Default> Validator<B> {
    pub(crate) fn new(schemas: &'static [Schema<B::Field>], start: Start, limits: Limits) -> Self {
        Self {
            schemas,
            reader: Reader::new(start, limits),
            findings: Findings::new(limits),
            schema: None,
            foreign_root: None,
            stack: Vec::new(),
            unprefixed: None,
            value: String::new(),
            value_at: Place::Known(Position::START),
            envelope: EnvelopeBuilder::default(),
            builder: B::default(),
            #[cfg(test)]
            by_events_only: false,
        }
    }

    /// Reads the next part of the document, which stands at `start`: as much as there is of whole tokens. Gives how much
    /// that was.
    pub(crate) fn read(&mut self, start: Position, text: &str, is_last: bool) -> Result<usize, Fault> {
        let mut window = Window::new(text, start.byte, is_last);
        let mut value = match std::mem::take(&mut self.value) {
            kept if kept.is_empty() => Value::Borrowed(""),
            kept => Value::Owned(kept),
        };
        self.run(&mut window, &mut value)?;
        self.value = match value {
            Value::Borrowed(text) => text.to_owned(),
            Value::Owned(text) => text,
        };
        Ok(window.used())
    }

    /// Counts the lines of what was found in `text`, which stands at `start`.
    pub(crate) fn locate(&mut self, start: Position, text: &str) {
        self.findings.locate(start, text);
    }

    /// Goes on with another window than `text`, which stands at `start`.
    pub(crate) fn leave(&mut self, start: Position, text: &str) {
        self.locate(start, text);
        if let Place::Byte(at) = self.value_at {
            let before = text.get(..at.saturating_sub(start.byte)).unwrap_or_default();
            self.value_at = Place::Known(start.behind(before));
        }
    }

    /// Ends a document that was read to its end.
    pub(crate) fn finish(self) -> Result<Validated<B>, Rejected> {
        let namespace = self.schema.map(|schema| schema.namespace);
        let (warnings, is_cut) = self.findings.finish(self.envelope.seen(namespace))?;
        let envelope = namespace.and_then(|namespace| self.envelope.build(namespace));
        Ok(Validated {
            envelope: envelope.ok_or_else(Rejected::incomplete)?,
            warnings,
            is_cut,
            builder: self.builder,
        })
    }

    /// The fault of a token of which more has come than the limits allow.
    pub(crate) fn too_long(&self) -> Fault {
        self.reader.too_long()
    }

    /// Ends a document at a fault, at which `here` stands.
    pub(crate) fn fatal(self, fault: Fault, position: Position, here: &str) -> Rejected {
        let path = self.path(self.foreign_root.as_deref().or_else(|| self.reader.opening()));
        let seen = self.envelope.seen(self.schema.map(|schema| schema.namespace));
        self.findings.fatal(fault, position, path, here, seen)
    }

    fn run<'w>(&mut self, window: &mut Window<'w>, value: &mut Value<'w>) -> Result<(), Fault> {
        loop {
            self.run_plain(window)?;
            match self.reader.next(window)? {
                Token::Start(tag) => match self.schema {
                    Some(schema) => self.start(schema, tag)?,
                    None => self.root(tag)?,
                },
                Token::End => self.end(value)?,
                Token::Text(text) => self.text(text, window.has_marks, value)?,
                Token::Char(c) => self.character(c, value)?,
                Token::More | Token::Eof => return Ok(()),
            }
        }
    }

    /// Reads on as long as the document is plain and the schema has nothing to say against it.
    fn run_plain(&mut self, window: &mut Window<'_>) -> Result<(), Fault> {
        #[cfg(test)]
        if self.by_events_only {
            return Ok(());
        }
        // An empty element that was just opened is to be closed first.
        if self.unprefixed != Some(self.reader.scopes()) || self.reader.is_at_empty() {
            return Ok(());
        }
        let Some(mut place) = window.plain(self.findings.limits.max_text) else {
            return Ok(());
        };
        while let Some(frame) = self.stack.last_mut()
            && let Some(element) = frame.element
            && let Content::Sequence(field, particles) = &element.content
            && let Some(tag) = place.skip_blanks()
        {
            if let Some(known) = self.reader.known()
                && let Some(behind) = tag.skip_end(known)
            {
                self.reader.go_to(window, tag);
                self.end_sequence(*field, particles)?;
                self.reader.leave_known();
                place = behind;
                continue;
            }
            let mut within = None;
            let mut leaf = None;
            let next = frame.follow(particles, |element| {
                within = tag.skip_start(element.name);
                match element.content {
                    Content::Sequence(..) => within.is_some(),
                    Content::Text(_) => {
                        leaf = within.and_then(|place| place.leaf(element.name));
                        leaf.is_some()
                    }
                }
            });
            let (Some((element, index)), Some(within)) = (next, within) else {
                break;
            };
            self.reader.go_to(window, tag);
            match (element.content, leaf) {
                (Content::Text(simple), Some(leaf)) => {
                    self.reader.pass_leaf()?;
                    let violations = self.value(simple, leaf.value);
                    if !violations.is_empty() {
                        self.stack.push(Frame::new(element, index));
                        self.value_at = Place::Byte(self.reader.at());
                        self.judge(element, simple, leaf.value, violations)?;
                        self.stack.pop();
                    }
                    place = within.skip_leaf(leaf);
                }
                (Content::Sequence(field, _), _) => {
                    self.reader.enter_known(element.name)?;
                    self.stack.push(Frame::new(element, index));
                    if let Some(field) = field {
                        self.builder.start(field);
                    }
                    place = within;
                }
                (Content::Text(_), None) => break,
            }
        }
        window.skip_to(place);
        Ok(())
    }

    fn root(&mut self, tag: Tag<'_>) -> Result<(), Fault> {
        let (prefix, local) = self.reader.enter(tag)?;
        let at = self.reader.at();
        let namespace = self.reader.namespaces().of_element(prefix, at)?;
        let found = self
            .schemas
            .iter()
            .find(|schema| schema.namespace == namespace && schema.root.name == local);
        let Some(schema) = found else {
            let names = self
                .schemas
                .iter()
                .map(|schema| format!("`{}` in `{}`", schema.root.name, schema.namespace));
            let names = names.collect::<Vec<_>>().join(" or ");
            let (found, namespace) = (cut(local), cut(namespace));
            let expected = format!("the root element {names}; this is `{found}` in `{namespace}`");
            self.foreign_root = Some(local.into());
            return Err(Fault::new(ListRule::WrongList, at, expected));
        };
        self.schema = Some(schema);
        self.open(schema, schema.root, 0)
    }

    fn start(&mut self, schema: &'static Schema<B::Field>, tag: Tag<'_>) -> Result<(), Fault> {
        let Some(frame) = self.stack.last_mut() else {
            return Ok(());
        };
        // Nearly every tag is that of the next element, with no prefix and no attributes.
        if tag.rest.is_empty()
            && self.unprefixed == Some(self.reader.scopes())
            && let Some(Element {
                content: Content::Sequence(_, particles),
                ..
            }) = frame.element
            && let Some((element, index)) = frame.follow(particles, |element| element.name == tag.name)
        {
            self.reader.enter_known(element.name)?;
            return self.open(schema, element, index);
        }
        let (prefix, local) = self.reader.enter(tag)?;
        let at = self.reader.at();
        let namespaces = self.reader.namespaces();
        let in_namespace = namespaces.of_element(prefix, at)? == schema.namespace;
        self.unprefixed = (namespaces.unprefixed() == schema.namespace).then(|| self.reader.scopes());
        // Below an element that was refused nothing is judged but well-formedness.
        let Some(parent) = frame.element else {
            self.skip();
            return Ok(());
        };
        let refused = match &parent.content {
            Content::Text(_) => format!("text only in `{}`", parent.name),
            Content::Sequence(..) if !in_namespace => format!("an element in the namespace `{}`", schema.namespace),
            Content::Sequence(_, particles) => return self.child(schema, particles, local),
        };
        self.unexpected(local, Severity::Error, refused)?;
        self.skip();
        Ok(())
    }

    /// Finds the place of an element in the sequence of its parent.
    fn child(
        &mut self,
        schema: &'static Schema<B::Field>,
        particles: &'static [Particle<B::Field>],
        local: &str,
    ) -> Result<(), Fault> {
        let Some(frame) = self.stack.last_mut() else {
            return Ok(());
        };
        if let Some((element, index)) = frame.follow(particles, |element| element.name == local) {
            return self.open(schema, element, index);
        }
        let expected = frame.wanted(particles);
        match frame.stray(particles, local) {
            Stray::Behind { from, to, particle } => {
                self.missing(particles, from, to, Some(local))?;
                if let Some(frame) = self.stack.last_mut() {
                    frame.jump(to);
                }
                self.open(schema, particle.element, u32::from(particle.max > 1))
            }
            Stray::TooMany { element, index } => {
                self.unexpected(local, Severity::Warning, expected)?;
                self.open(schema, element, index)
            }
            Stray::Refused => {
                self.unexpected(local, Severity::Error, expected)?;
                self.skip();
                Ok(())
            }
        }
    }

    fn unexpected(&mut self, local: &str, severity: Severity, expected: String) -> Result<(), Fault> {
        let at = Place::Byte(self.reader.at());
        self.report(ListRule::UnexpectedElement, severity, at, Some(local), local, expected)
    }

    /// Passes over an element that the schema does not have here, with all that stands in it.
    fn skip(&mut self) {
        self.stack.push(Frame::unknown());
    }

    fn open(
        &mut self,
        schema: &'static Schema<B::Field>,
        element: &'static Element<B::Field>,
        index: u32,
    ) -> Result<(), Fault> {
        self.stack.push(Frame::new(element, index));
        if !self.reader.attributes().is_empty() {
            self.check_attributes(schema, element)?;
        }
        match element.content {
            Content::Sequence(None, _) => {}
            Content::Sequence(Some(field), _) => self.builder.start(field),
            Content::Text(_) => self.value_at = Place::Byte(self.reader.at()),
        }
        Ok(())
    }

    fn check_attributes(
        &mut self,
        schema: &'static Schema<B::Field>,
        element: &'static Element<B::Field>,
    ) -> Result<(), Fault> {
        let mut wrong = Vec::new();
        for attribute in self.reader.attributes() {
            if let Some((rule, expected)) = judge_attribute(attribute, self.reader.namespaces(), schema, element)? {
                wrong.push((rule, attribute.at, attribute.local.clone(), expected));
            }
        }
        for (rule, at, found, expected) in wrong {
            self.report(rule, Severity::Error, Place::Byte(at), None, &found, expected)?;
        }
        Ok(())
    }

    fn end(&mut self, value: &mut Value<'_>) -> Result<(), Fault> {
        let Some(frame) = self.stack.last() else {
            return Ok(());
        };
        let Some(element) = frame.element else {
            self.stack.pop();
            return Ok(());
        };
        match &element.content {
            Content::Sequence(field, particles) => return self.end_sequence(*field, particles),
            Content::Text(simple) => {
                let value = std::mem::replace(value, Value::Borrowed(""));
                let text = match &value {
                    Value::Borrowed(text) => text,
                    Value::Owned(text) => text.as_str(),
                };
                let violations = self.value(*simple, text);
                self.judge(element, *simple, text, violations)?;
            }
        }
        self.stack.pop();
        Ok(())
    }

    fn end_sequence(&mut self, field: Option<B::Field>, particles: &'static [Particle<B::Field>]) -> Result<(), Fault> {
        if let Some(frame) = self.stack.last() {
            let from = frame.unfilled(particles);
            if from < particles.len() {
                self.missing(particles, from, particles.len(), None)?;
            }
        }
        if let Some(violation) = field.and_then(|field| self.builder.end(field)) {
            let at = Place::Byte(self.reader.at());
            self.report(violation.rule, Severity::Error, at, None, "", violation.expected)?;
        }
        self.stack.pop();
        Ok(())
    }

    /// Keeps a value, and gives what is wrong with it or doubtful about it.
    fn value(&mut self, simple: Simple<B::Field>, text: &str) -> Vec<Violation> {
        let judged = match simple {
            Simple::Of(field) => return self.builder.value(field, text),
            Simple::Tijdstempel => self.envelope.tijdstempel(text),
            Simple::Volgnummer => self.envelope.volgnummer(text),
        };
        judged.err().into_iter().collect()
    }

    /// Reports what was said of the value of an element.
    fn judge(
        &mut self,
        element: &'static Element<B::Field>,
        simple: Simple<B::Field>,
        text: &str,
        violations: Vec<Violation>,
    ) -> Result<(), Fault> {
        for mut violation in violations {
            if violation.rule == ListRule::Value {
                violation.expected = format!("a value of type {}: {}", element.type_name, violation.expected);
            }
            let derived = self.schema.is_some_and(|schema| schema.facets == Facets::Derived);
            let lenient = derived && matches!(simple, Simple::Of(_));
            let is_warning = lenient || violation.rule.is_note();
            let severity = if is_warning { Severity::Warning } else { Severity::Error };
            self.report(violation.rule, severity, self.value_at, None, text, violation.expected)?;
        }
        Ok(())
    }

    fn text<'w>(&mut self, text: &'w str, has_marks: bool, value: &mut Value<'w>) -> Result<(), Fault> {
        match self.stack.last().map(|frame| frame.element) {
            Some(Some(Element {
                content: Content::Text(_),
                ..
            })) => {
                if has_marks && text.contains('\r') {
                    // Every end of line is read as a line feed (XML 1.0, section 2.11).
                    return self.append(&text.replace("\r\n", "\n").replace('\r', "\n"), value);
                }
                match value {
                    Value::Borrowed("") => *value = Value::Borrowed(text),
                    _ => self.append(text, value)?,
                }
                Ok(())
            }
            Some(Some(element)) if !is_blank(text) => {
                let found = text.trim_start_matches([' ', '\t', '\n', '\r']);
                let at = Place::Byte(self.reader.at() + text.len() - found.len());
                let found = found.trim_end_matches([' ', '\t', '\n', '\r']);
                let expected = format!("elements only in `{}`", element.name);
                self.report(ListRule::UnexpectedText, Severity::Error, at, None, found, expected)
            }
            _ => Ok(()),
        }
    }

    fn character(&mut self, c: char, value: &mut Value<'_>) -> Result<(), Fault> {
        let mut buffer = [0; 4];
        let text: &str = c.encode_utf8(&mut buffer);
        match self.stack.last().map(|frame| frame.element) {
            Some(Some(Element {
                content: Content::Text(_),
                ..
            })) => self.append(text, value),
            Some(Some(element)) if !is_blank(text) => {
                let expected = format!("elements only in `{}`", element.name);
                let at = Place::Byte(self.reader.at());
                self.report(ListRule::UnexpectedText, Severity::Error, at, None, text, expected)
            }
            _ => Ok(()),
        }
    }

    fn append(&self, text: &str, value: &mut Value<'_>) -> Result<(), Fault> {
        if let Value::Borrowed(first) = value {
            *value = Value::Owned((*first).to_owned());
        }
        if let Value::Owned(value) = value {
            value.push_str(text);
            if value.len() > self.findings.limits.max_text {
                return Err(self.reader.too_long());
            }
        }
        Ok(())
    }

    /// Reports each required particle from `from` to before `to`.
    fn missing(
        &mut self,
        particles: &'static [Particle<B::Field>],
        from: usize,
        to: usize,
        before: Option<&str>,
    ) -> Result<(), Fault> {
        for particle in particles.iter().take(to).skip(from).filter(|particle| particle.min > 0) {
            let name = particle.element.name;
            let expected = match before {
                Some(before) => format!("`{name}` before `{}`", cut(before)),
                None => format!("`{name}` before the end of the element"),
            };
            let severity = if particle.inferred {
                Severity::Warning
            } else {
                Severity::Error
            };
            self.report(
                ListRule::MissingElement,
                severity,
                Place::Byte(self.reader.at()),
                None,
                "",
                expected,
            )?;
        }
        Ok(())
    }

    fn report(
        &mut self,
        rule: ListRule,
        severity: Severity,
        at: Place,
        child: Option<&str>,
        found: &str,
        expected: String,
    ) -> Result<(), Fault> {
        if self.findings.is_full(severity) {
            self.findings.overflow(severity);
            // Nothing more is to be said of a list that is refused already.
            return match severity {
                Severity::Error => Err(Fault::new(rule, self.reader.at(), expected)),
                Severity::Warning => Ok(()),
            };
        }
        let position = match at {
            Place::Known(position) => position,
            Place::Byte(byte) => Position {
                byte,
                line: 0,
                column: 0,
            },
        };
        self.findings.push(Finding {
            rule,
            severity,
            path: self.path(child),
            line: position.line,
            column: position.column,
            byte: position.byte,
            found: cut(found),
            expected,
        });
        Ok(())
    }

    /// The path of the innermost open element, or of a child that is not opened.
    fn path(&self, child: Option<&str>) -> String {
        let mut path = String::new();
        for frame in &self.stack {
            let Some(element) = frame.element else {
                continue;
            };
            let _ = write!(path, "/{}", element.name);
            if frame.index > 0 {
                let _ = write!(path, "[{}]", frame.index);
            }
        }
        if let Some(child) = child {
            let _ = write!(path, "/{}", cut(child));
        }
        path
    }
}
