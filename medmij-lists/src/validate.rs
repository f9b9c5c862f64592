//! The one engine that holds a document to a schema and hands what is right to the list's builder.

use std::borrow::Cow;
use std::fmt::Write as _;

use medmij_core::xml::{find_forbidden_char, is_blank, split_qname};

use crate::encoding::{Undecodable, decode};
use crate::error::{Finding, ListRule, Rejected, Severity};
use crate::findings::{Findings, cut};
use crate::limits::Limits;
use crate::namespaces::XSI;
use crate::reader::{Fault, Reader, Token};
use crate::schema::{Builder, Content, Element, Facets, Particle, Schema};

/// A document that was found right.
pub(crate) struct Validated<F: 'static> {
    pub(crate) schema: &'static Schema<F>,
    pub(crate) warnings: Vec<Finding>,
    pub(crate) is_cut: bool,
}

/// Reads a document as one of the schemas, the one of its root element.
///
/// Gives the schema that was used and the warnings, when nothing refuses the list; the builder then holds all of it.
pub(crate) fn validate<B: Builder>(
    bytes: &[u8],
    schemas: &'static [Schema<B::Field>],
    limits: &Limits,
    builder: &mut B,
) -> Result<Validated<B::Field>, Rejected> {
    let findings = Findings::new(*limits);
    let text = match readable(bytes, limits) {
        Ok((text, encoding)) => (text, encoding),
        Err((fault, text)) => return Err(findings.fatal(&text, fault, String::new())),
    };
    let (text, encoding) = (text.0.as_ref(), text.1);
    let mut validator = Validator {
        input: text,
        reader: Reader::new(text, encoding, *limits),
        findings,
        schema: None,
        stack: Vec::new(),
        value: Value::Borrowed(""),
        value_at: 0,
        builder,
    };
    match validator.run(schemas) {
        Ok(schema) => {
            let (warnings, is_cut) = validator.findings.finish(text)?;
            Ok(Validated {
                schema,
                warnings,
                is_cut,
            })
        }
        Err(fault) => {
            let path = validator.path(validator.reader.opening());
            Err(validator.findings.fatal(text, fault, path))
        }
    }
}

/// The namespace and local name of a document's root element, as far as it can be read.
pub(crate) fn root_of(bytes: &[u8], limits: &Limits) -> Result<(String, String), Rejected> {
    let findings = Findings::new(*limits);
    match readable(bytes, limits) {
        Err((fault, text)) => Err(findings.fatal(&text, fault, String::new())),
        Ok((text, encoding)) => {
            let mut reader = Reader::new(&text, encoding, *limits);
            let root = reader.next().and_then(|token| match token {
                Token::Start { local, prefix: "" } => {
                    Ok((reader.namespaces().unprefixed().to_owned(), local.to_owned()))
                }
                Token::Start { local, prefix } => Ok((
                    reader.namespaces().resolve(prefix, reader.at())?.to_owned(),
                    local.to_owned(),
                )),
                _ => Err(Fault::new(ListRule::WellFormed, reader.at(), "a root element")),
            });
            root.map_err(|fault| findings.fatal(&text, fault, String::new()))
        }
    }
}

type Readable<'b> = (Cow<'b, str>, crate::encoding::Encoding);

/// The characters of a document, if it is not too long, decodes, and has only characters that XML allows.
fn readable<'b>(bytes: &'b [u8], limits: &Limits) -> Result<Readable<'b>, (Fault, String)> {
    if bytes.len() > limits.max_bytes {
        let expected = format!("at most {} bytes; the document has {}", limits.max_bytes, bytes.len());
        return Err((Fault::new(ListRule::LimitBytes, 0, expected), String::new()));
    }
    let (text, encoding) = decode(bytes)
        .map_err(|Undecodable { before, expected }| (Fault::new(ListRule::Encoding, before.len(), expected), before))?;
    if text.starts_with('\u{FEFF}') {
        let fault = Fault::new(ListRule::WellFormed, 0, "one byte order mark at most");
        return Err((fault, text.into_owned()));
    }
    match find_forbidden_char(&text) {
        None => Ok((text, encoding)),
        Some(at) => {
            let fault = Fault::new(ListRule::WellFormed, at, "only characters that XML 1.0 allows");
            Err((fault, text.into_owned()))
        }
    }
}

/// The text of the element that is being read.
enum Value<'i> {
    /// One piece of the document itself, the common case.
    Borrowed(&'i str),
    /// Put together from several pieces.
    Owned(String),
}

/// An element that is open.
struct Frame<F: 'static> {
    /// `None` below an element that the schema does not have: whatever stands in there is passed over.
    element: Option<&'static Element<F>>,
    /// Which particle of the sequence is being filled, and how often it was.
    particle: usize,
    count: u32,
    /// Which one it is among those that may repeat; 0 where none may.
    index: u32,
}

struct Validator<'i, 'b, B: Builder> {
    input: &'i str,
    reader: Reader<'i>,
    findings: Findings,
    schema: Option<&'static Schema<B::Field>>,
    stack: Vec<Frame<B::Field>>,
    value: Value<'i>,
    value_at: usize,
    builder: &'b mut B,
}

impl<B: Builder> Validator<'_, '_, B> {
    fn run(&mut self, schemas: &'static [Schema<B::Field>]) -> Result<&'static Schema<B::Field>, Fault> {
        loop {
            match self.reader.next()? {
                Token::Start { local, prefix } => match self.schema {
                    Some(schema) => self.start(schema, local, prefix)?,
                    None => self.root(schemas, local, prefix)?,
                },
                Token::End => self.end()?,
                Token::Text(text) => self.text(text)?,
                Token::Char(c) => self.character(c)?,
                Token::Eof => match self.schema {
                    Some(schema) => return Ok(schema),
                    None => return Err(Fault::new(ListRule::WellFormed, self.reader.at(), "a root element")),
                },
            }
        }
    }

    fn root(&mut self, schemas: &'static [Schema<B::Field>], local: &str, prefix: &str) -> Result<(), Fault> {
        let namespace = self.namespace(prefix)?;
        let found = schemas
            .iter()
            .find(|schema| schema.namespace == namespace && schema.root.name == local);
        let Some(schema) = found else {
            let names = schemas
                .iter()
                .map(|schema| format!("`{}` in `{}`", schema.root.name, schema.namespace));
            let expected = format!("the root element {}", names.collect::<Vec<_>>().join(" or "));
            self.stack.push(Frame {
                element: None,
                particle: 0,
                count: 0,
                index: 0,
            });
            let mut fault = Fault::new(ListRule::WrongList, self.reader.at(), expected);
            let _ = write!(
                fault.expected.to_mut(),
                "; this is `{}` in `{}`",
                cut(local),
                cut(&namespace)
            );
            return Err(fault);
        };
        self.schema = Some(schema);
        self.open(schema, schema.root, 0)
    }

    fn start(&mut self, schema: &'static Schema<B::Field>, local: &str, prefix: &str) -> Result<(), Fault> {
        let Some(frame) = self.stack.last_mut() else {
            return Ok(());
        };
        // Below an element that was refused nothing is judged but well-formedness.
        let Some(parent) = frame.element else {
            self.skip();
            return Ok(());
        };
        let in_namespace = match prefix {
            "" => self.reader.namespaces().unprefixed() == schema.namespace,
            _ => self.reader.namespaces().resolve(prefix, self.reader.at())? == schema.namespace,
        };
        let Content::Sequence(particles) = &parent.content else {
            let expected = format!("text only in `{}`", parent.name);
            self.error(ListRule::UnexpectedElement, Some(local), local, expected)?;
            self.skip();
            return Ok(());
        };
        if !in_namespace {
            let expected = format!("an element in the namespace `{}`", schema.namespace);
            self.error(ListRule::UnexpectedElement, Some(local), local, expected)?;
            self.skip();
            return Ok(());
        }
        match frame.accept(particles, local) {
            Step::Next { index } => {
                if let Some(element) = self.accepted(particles) {
                    self.open(schema, element, index)?;
                }
            }
            Step::Behind { from, to } => {
                self.missing(particles, from, to, Some(local))?;
                if let Some(frame) = self.stack.last_mut() {
                    frame.particle = to;
                    frame.count = 1;
                }
                if let Some(element) = self.accepted(particles) {
                    let index = u32::from(particles.get(to).is_some_and(|it| it.max > 1));
                    self.open(schema, element, index)?;
                }
            }
            Step::TooMany { element, index } => {
                let expected = self.wanted(particles);
                let at = self.reader.at();
                self.report(
                    ListRule::UnexpectedElement,
                    Severity::Warning,
                    at,
                    Some(local),
                    local,
                    expected,
                )?;
                self.open(schema, element, index)?;
            }
            Step::Refused => {
                let expected = self.wanted(particles);
                let severity = Severity::Error;
                self.report(
                    ListRule::UnexpectedElement,
                    severity,
                    self.reader.at(),
                    Some(local),
                    local,
                    expected,
                )?;
                self.skip();
            }
        }
        Ok(())
    }

    /// Passes over an element that the schema does not have here, with all that stands in it.
    fn skip(&mut self) {
        self.stack.push(Frame {
            element: None,
            particle: 0,
            count: 0,
            index: 0,
        });
    }

    /// The element of the particle that the innermost open element has come to.
    fn accepted(&self, particles: &'static [Particle<B::Field>]) -> Option<&'static Element<B::Field>> {
        let frame = self.stack.last()?;
        Some(particles.get(frame.particle)?.element)
    }

    fn open(
        &mut self,
        schema: &'static Schema<B::Field>,
        element: &'static Element<B::Field>,
        index: u32,
    ) -> Result<(), Fault> {
        self.stack.push(Frame {
            element: Some(element),
            particle: 0,
            count: 0,
            index,
        });
        if !self.reader.attributes().is_empty() {
            self.check_attributes(schema, element)?;
        }
        match element.content {
            Content::Sequence(_) => self.builder.start(element.field),
            Content::Text => {
                self.value = Value::Borrowed("");
                self.value_at = self.reader.at();
            }
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
            let namespaces = self.reader.namespaces();
            let is_xsi = !attribute.prefix.is_empty() && namespaces.resolve(attribute.prefix, attribute.at)? == XSI;
            let (rule, expected) = match attribute.local {
                // Never fetched, never believed.
                "schemaLocation" | "noNamespaceSchemaLocation" if is_xsi => continue,
                "type" if is_xsi => {
                    let qname = split_qname(attribute.value.trim_matches([' ', '\t', '\n', '\r']));
                    let named = qname.map(|(prefix, local)| match prefix {
                        None => Ok((namespaces.unprefixed(), local)),
                        Some(prefix) => namespaces.resolve(prefix, attribute.at).map(|uri| (uri, local)),
                    });
                    match named.and_then(Result::ok) {
                        Some((uri, local)) if uri == schema.namespace && local == element.type_name => continue,
                        _ => (ListRule::XsiType, format!("the type `{}`", element.type_name)),
                    }
                }
                "nil" if is_xsi => (
                    ListRule::XsiNil,
                    "no `xsi:nil`: no element of a list may be nil".to_owned(),
                ),
                _ => (
                    ListRule::UnexpectedAttribute,
                    format!("no attributes on `{}`", element.name),
                ),
            };
            wrong.push((rule, attribute.at, attribute.local.to_owned(), expected));
        }
        for (rule, at, found, expected) in wrong {
            self.report(rule, Severity::Error, at, None, &found, expected)?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        let Some(frame) = self.stack.last() else {
            return Ok(());
        };
        let Some(element) = frame.element else {
            self.stack.pop();
            return Ok(());
        };
        match &element.content {
            Content::Sequence(particles) => {
                let from = if particles.get(frame.particle).is_some_and(|it| frame.count >= it.min) {
                    frame.particle + 1
                } else {
                    frame.particle
                };
                self.missing(particles, from, particles.len(), None)?;
                self.builder.end(element.field);
            }
            Content::Text => {
                let value = std::mem::replace(&mut self.value, Value::Borrowed(""));
                let text = match &value {
                    Value::Borrowed(text) => text,
                    Value::Owned(text) => text.as_str(),
                };
                let derived = self.schema.is_some_and(|schema| schema.facets == Facets::Derived);
                let lenient = derived && !B::is_certain(element.field);
                for violation in self.builder.value(element.field, text) {
                    let is_warning = lenient || violation.rule.is_note();
                    let severity = if is_warning { Severity::Warning } else { Severity::Error };
                    self.report(violation.rule, severity, self.value_at, None, text, violation.expected)?;
                }
            }
        }
        self.stack.pop();
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Fault> {
        match self.stack.last().map(|frame| frame.element) {
            Some(Some(Element {
                content: Content::Text, ..
            })) => self.append(text),
            Some(Some(element)) if !is_blank(text) => {
                let offset = text.len() - text.trim_start_matches([' ', '\t', '\n', '\r']).len();
                let at = self.reader.at() + offset;
                let found = text.trim_matches([' ', '\t', '\n', '\r']);
                let expected = format!("elements only in `{}`", element.name);
                self.report(ListRule::UnexpectedText, Severity::Error, at, None, found, expected)
            }
            _ => Ok(()),
        }
    }

    fn character(&mut self, c: char) -> Result<(), Fault> {
        let mut buffer = [0; 4];
        let text: &str = c.encode_utf8(&mut buffer);
        match self.stack.last().map(|frame| frame.element) {
            Some(Some(Element {
                content: Content::Text, ..
            })) => self.append_owned(text),
            Some(Some(element)) if !is_blank(text) => {
                let expected = format!("elements only in `{}`", element.name);
                self.error(ListRule::UnexpectedText, None, text, expected)
            }
            _ => Ok(()),
        }
    }

    fn append(&mut self, text: &str) -> Result<(), Fault> {
        let is_first = matches!(self.value, Value::Borrowed(""));
        if is_first && !text.contains('\r') {
            // The token borrows from the document; taken by its place, it keeps the document's lifetime.
            let start = self.reader.at();
            // CDATA has its mark before its text.
            let raw = self.input.get(start..).unwrap_or_default();
            let start = if raw.starts_with("<![CDATA[") {
                start + "<![CDATA[".len()
            } else {
                start
            };
            self.value = Value::Borrowed(self.input.get(start..start + text.len()).unwrap_or_default());
            return Ok(());
        }
        // Every end of line is read as a line feed (XML 1.0, section 2.11).
        self.append_owned(&text.replace("\r\n", "\n").replace('\r', "\n"))
    }

    fn append_owned(&mut self, text: &str) -> Result<(), Fault> {
        let value = match &mut self.value {
            Value::Owned(value) => value,
            Value::Borrowed(value) => {
                self.value = Value::Owned((*value).to_owned());
                return self.append_owned(text);
            }
        };
        value.push_str(text);
        let limit = self.findings.limits.max_text;
        if value.len() > limit {
            let expected = format!("at most {limit} bytes in one piece of text");
            return Err(Fault::new(ListRule::LimitText, self.reader.at(), expected));
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
            self.report(ListRule::MissingElement, severity, self.reader.at(), None, "", expected)?;
        }
        Ok(())
    }

    /// What the schema wants next, in words.
    fn wanted(&self, particles: &[Particle<B::Field>]) -> String {
        let Some(frame) = self.stack.last() else {
            return String::new();
        };
        let mut names = Vec::new();
        for (index, particle) in particles.iter().enumerate().skip(frame.particle) {
            let count = if index == frame.particle { frame.count } else { 0 };
            if count < particle.max {
                names.push(format!("`{}`", particle.element.name));
            }
            if count < particle.min {
                break;
            }
        }
        match names.is_empty() {
            true => "the end of the element".to_owned(),
            false => names.join(" or "),
        }
    }

    fn namespace(&self, prefix: &str) -> Result<String, Fault> {
        match prefix {
            "" => Ok(self.reader.namespaces().unprefixed().to_owned()),
            _ => self
                .reader
                .namespaces()
                .resolve(prefix, self.reader.at())
                .map(str::to_owned),
        }
    }

    fn error(&mut self, rule: ListRule, child: Option<&str>, found: &str, expected: String) -> Result<(), Fault> {
        self.report(rule, Severity::Error, self.reader.at(), child, found, expected)
    }

    fn report(
        &mut self,
        rule: ListRule,
        severity: Severity,
        at: usize,
        child: Option<&str>,
        found: &str,
        expected: String,
    ) -> Result<(), Fault> {
        if self.findings.is_full(severity) {
            self.findings.overflow(severity);
            // Nothing more is to be said of a list that is refused already.
            return match severity {
                Severity::Error => Err(Fault::new(rule, at, expected)),
                Severity::Warning => Ok(()),
            };
        }
        let path = self.path(child);
        self.findings.push(rule, severity, at, path, cut(found), expected);
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

/// What the sequence of an element says of a child.
enum Step<F: 'static> {
    /// It is the next one; which it is among those that may repeat.
    Next { index: u32 },
    /// It comes later in the sequence: those required in between are missing.
    Behind { from: usize, to: usize },
    /// It is one more than the schema has, by a cardinality that is only inferred.
    TooMany { element: &'static Element<F>, index: u32 },
    /// It has no place any more, or none at all.
    Refused,
}

impl<F> Frame<F> {
    fn accept(&mut self, particles: &'static [Particle<F>], local: &str) -> Step<F> {
        let mut index = self.particle;
        let mut count = self.count;
        // First as far as the sequence lets itself be followed without a gap.
        while let Some(particle) = particles.get(index) {
            if particle.element.name == local && count < particle.max {
                self.particle = index;
                self.count = count.saturating_add(1);
                return Step::Next {
                    index: if particle.max > 1 { self.count } else { 0 },
                };
            }
            if count < particle.min {
                break;
            }
            index += 1;
            count = 0;
        }
        let later = particles
            .iter()
            .enumerate()
            .skip(index + 1)
            .find(|(_, it)| it.element.name == local);
        match later {
            Some((to, _)) => Step::Behind { from: index, to },
            None => match particles.get(self.particle) {
                Some(full) if full.inferred && full.element.name == local => {
                    self.count = self.count.saturating_add(1);
                    Step::TooMany {
                        element: full.element,
                        index: self.count,
                    }
                }
                _ => Step::Refused,
            },
        }
    }
}
