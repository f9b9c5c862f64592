//! OperationOutcome: what a server says of a request, apart from what was found.

use std::fmt;
use std::io;
use std::ops::Range;

use crate::error::BundleErrorKind;
use crate::token::{SyntaxError, Token, Tokens};
use crate::write::Writer;
use crate::{Bundle, BundleError, Format, Limits, Verdict, bsn_in_text, json, xml};

/// How bad an issue is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "the four of FHIR, required")]
pub enum IssueSeverity {
    /// It is worth knowing.
    Information,
    /// It was done, and may not be what was meant.
    Warning,
    /// It was not done.
    Error,
    /// It was not done, and nothing of it was looked at further.
    Fatal,
}

impl IssueSeverity {
    const ALL: [Self; 4] = [Self::Information, Self::Warning, Self::Error, Self::Fatal];

    /// The code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

impl fmt::Display for IssueSeverity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One thing that is said of a request.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct Issue {
    /// How bad it is. What tells none that is known counts as an error.
    pub severity: IssueSeverity,
    /// The code, such as `not-found`, known or not; empty if there is none.
    pub code: String,
    /// What a person may read: `details.text`, or the displays of its codings.
    pub text: Option<String>,
    /// What an engineer may read. It may hold anything: it is never shown to a person unasked.
    pub diagnostics: Option<String>,
    /// Where: FHIRPath, or XPath before R4.
    pub places: Vec<String>,
}

impl Issue {
    /// An issue with a code and nothing more.
    #[must_use]
    pub fn new(severity: IssueSeverity, code: &str) -> Self {
        Self {
            severity,
            code: code.to_owned(),
            text: None,
            diagnostics: None,
            places: Vec::new(),
        }
    }

    /// The same with a text for a person.
    #[must_use]
    pub fn with_text(self, text: &str) -> Self {
        let text = Some(text.to_owned());
        Self { text, ..self }
    }

    /// The same with a place.
    #[must_use]
    pub fn at(mut self, place: &str) -> Self {
        self.places.push(place.to_owned());
        self
    }

    /// What a person may be told.
    #[must_use]
    pub fn cause(&self) -> Cause {
        Cause::of(&self.code)
    }
}

/// Without its texts: they may be personal.
impl fmt::Debug for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issue")
            .field("severity", &self.severity)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

/// Why a request was not done, as far as a person may be told [Delen 2, 2.x]: what the codes of FHIR mean for them. Who may not
/// see something, and that it is there, is not among them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Cause {
    /// What was sent or asked for is not what the server can read.
    NotUnderstood,
    /// The server does not do this.
    NotSupported,
    /// What is asked for is not there, or not for this request.
    NotThere,
    /// It is more than the server takes.
    TooMuch,
    /// It is there already, or was changed meanwhile.
    Conflict,
    /// The server's rules do not allow it.
    NotAllowed,
    /// The right to it has ended or was not given.
    NoRight,
    /// The server cannot do it now: later it may.
    NotNow,
    /// Something else.
    Other,
}

impl Cause {
    fn of(code: &str) -> Self {
        match code {
            "invalid" | "structure" | "required" | "value" | "invariant" | "code-invalid" | "extension" => {
                Self::NotUnderstood
            }
            "not-supported" => Self::NotSupported,
            // What is hidden looks like what is not there.
            "not-found" | "deleted" | "suppressed" => Self::NotThere,
            "too-long" | "too-costly" => Self::TooMuch,
            "duplicate" | "conflict" | "multiple-matches" => Self::Conflict,
            "business-rule" => Self::NotAllowed,
            "security" | "login" | "unknown" | "expired" | "forbidden" => Self::NoRight,
            "transient" | "lock-error" | "no-store" | "exception" | "timeout" | "throttled" | "incomplete" => {
                Self::NotNow
            }
            _ => Self::Other,
        }
    }
}

/// What a server says of a request: the whole body of a failure, an entry with mode `outcome`, or beside an entry's response.
///
/// ```
/// use medmij_fhir_bundle::{Cause, Format, Issue, IssueSeverity, Limits, OperationOutcome};
///
/// let body = br#"{"resourceType": "OperationOutcome", "issue": [{"severity": "fatal", "code": "not-supported",
///   "details": {"text": "This is not offered here."}, "diagnostics": "NPE at line 3"}]}"#;
/// let outcome = OperationOutcome::parse(body, &Limits::default())?;
/// assert_eq!(outcome.worst(), Some(IssueSeverity::Fatal));
/// assert_eq!(outcome.texts().collect::<Vec<_>>(), ["This is not offered here."]);
/// assert_eq!(outcome.issues[0].cause(), Cause::NotSupported);
///
/// let own = OperationOutcome::from(Issue::new(IssueSeverity::Error, "too-long").with_text("Te groot."));
/// assert_eq!(OperationOutcome::parse(&own.to_bytes(Format::Xml), &Limits::default())?, own);
/// # Ok::<(), medmij_fhir_bundle::BundleError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "it has issues and nothing else")]
pub struct OperationOutcome {
    /// The issues, in order.
    pub issues: Vec<Issue>,
}

impl From<Issue> for OperationOutcome {
    fn from(issue: Issue) -> Self {
        let issues = vec![issue];
        Self { issues }
    }
}

impl OperationOutcome {
    /// The most issues that are read of one.
    pub const MAX_ISSUES: usize = 1_000;

    /// Reads a whole body, in JSON or XML.
    ///
    /// # Errors
    /// If the bytes are over the limits, not of their form, or no OperationOutcome (told as no Bundle is).
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, BundleError> {
        let format = Format::of(bytes);
        let source = crate::open::text(bytes, format, limits)?;
        let begin = crate::open::begin(source);
        let depth = limits.max_depth;
        let read = match format {
            Format::Json => read(json::Reader::new(source, begin, depth)),
            Format::Xml => xml::Reader::new(source, begin, depth).and_then(read),
        };
        read.map_err(|error| BundleError::syntax(error, source, format, limits))?
            .ok_or_else(|| BundleError::new(format, BundleErrorKind::NotABundle))
    }

    /// Writes it. What XML cannot write of a text is U+FFFD.
    #[must_use]
    pub fn to_bytes(&self, format: Format) -> Vec<u8> {
        let mut bytes = Vec::new();
        let written = self.write(&mut Writer::new(&mut bytes, format));
        debug_assert!(written.is_ok(), "memory takes all");
        bytes
    }

    fn write<W: io::Write>(&self, writer: &mut Writer<W>) -> io::Result<()> {
        writer.resource("OperationOutcome", None)?;
        if !self.issues.is_empty() {
            writer.list("issue")?;
            for issue in &self.issues {
                writer.object("issue")?;
                writer.text("severity", issue.severity.as_str())?;
                writer.text("code", &issue.code)?;
                if let Some(text) = &issue.text {
                    writer.object("details")?;
                    writer.text("text", text)?;
                    writer.end()?;
                }
                if let Some(diagnostics) = &issue.diagnostics {
                    writer.text("diagnostics", diagnostics)?;
                }
                if !issue.places.is_empty() {
                    writer.list("expression")?;
                    for place in &issue.places {
                        writer.text("expression", place)?;
                    }
                    writer.end()?;
                }
                writer.end()?;
            }
            writer.end()?;
        }
        writer.end()
    }

    /// The worst severity.
    #[must_use]
    pub fn worst(&self) -> Option<IssueSeverity> {
        self.issues.iter().map(|issue| issue.severity).max()
    }

    /// The texts that a person may read, of the issues in order. One with digits like those of a BSN is left out.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let texts = self.issues.iter().filter_map(|issue| issue.text.as_deref());
        texts.filter(|text| bsn_in_text(text) == Verdict::Clean)
    }
}

impl Bundle<'_> {
    /// The OperationOutcomes among the entries and beside their responses, each with its entry: they are no matches.
    ///
    /// ```
    /// use medmij_fhir_bundle::{Bundle, FhirVersion, Limits};
    ///
    /// let json = br#"{"resourceType": "Bundle", "type": "batch-response", "entry": [
    ///   {"response": {"status": "201"}},
    ///   {"response": {"status": "422", "outcome": {"resourceType": "OperationOutcome",
    ///                 "issue": [{"severity": "error", "code": "business-rule"}]}}}]}"#;
    /// let bundle = Bundle::parse(json, FhirVersion::Stu3, &Limits::default())?;
    /// let (entry, outcome) = &bundle.outcomes()[0];
    /// assert_eq!((*entry, outcome.issues[0].code.as_str()), (1, "business-rule"));
    /// # Ok::<(), medmij_fhir_bundle::BundleError>(())
    /// ```
    #[must_use]
    pub fn outcomes(&self) -> Vec<(usize, OperationOutcome)> {
        let mut outcomes = Vec::new();
        for (index, entry) in self.entries().enumerate() {
            let resource = entry.resource().filter(|resource| resource.is("OperationOutcome"));
            let resource = resource.map(|resource| resource.range());
            let beside = entry.response().and_then(|response| response.outcome_range());
            let found = [resource, beside]
                .into_iter()
                .flatten()
                .filter_map(|range| self.outcome_at(range));
            outcomes.extend(found.map(|outcome| (index, outcome)));
        }
        outcomes
    }

    /// The OperationOutcome that stands there, if one does: it was read before as a part of the whole.
    fn outcome_at(&self, range: Range<usize>) -> Option<OperationOutcome> {
        let source = self.source.get(..range.end)?;
        let depth = self.limits.max_depth;
        match self.format {
            Format::Json => read(json::Reader::new(source, range.start, depth)).ok()?,
            Format::Xml => read(xml::Reader::inside(source, range.start, self.prefix, depth)).ok()?,
        }
    }
}

/// An OperationOutcome, or `None` of another resource.
fn read<'b, T: Tokens<'b>>(mut reader: T) -> Result<Option<OperationOutcome>, SyntaxError> {
    let (mut issues, mut is_outcome) = (Vec::new(), false);
    let first = reader.next()?;
    if let Token::ObjectStart = first {
        while let Token::Name(name) = reader.next()? {
            match &*name.decode() {
                "resourceType" => is_outcome = reader.text()?.is_some_and(|text| text.is("OperationOutcome")),
                "issue" => each(&mut reader, |reader, token| {
                    let issue = issue(reader, token)?;
                    if issues.len() < OperationOutcome::MAX_ISSUES {
                        issues.extend(issue);
                    }
                    Ok(())
                })?,
                _ => reader.value()?,
            }
        }
    } else {
        reader.pass(first)?;
    }
    reader.next()?;
    Ok(is_outcome.then_some(OperationOutcome { issues }))
}

/// What may stand more than once: the items of an array, or in XML this one of them.
fn each<'b, T: Tokens<'b>>(
    reader: &mut T,
    mut item: impl FnMut(&mut T, Token<'b>) -> Result<(), SyntaxError>,
) -> Result<(), SyntaxError> {
    match reader.next()? {
        Token::ArrayStart => loop {
            match reader.next()? {
                Token::ArrayEnd => return Ok(()),
                token => item(reader, token)?,
            }
        },
        token => item(reader, token),
    }
}

fn issue<'b, T: Tokens<'b>>(reader: &mut T, token: Token<'b>) -> Result<Option<Issue>, SyntaxError> {
    let Token::ObjectStart = token else {
        reader.pass(token)?;
        return Ok(None);
    };
    let mut issue = Issue::new(IssueSeverity::Error, "");
    while let Token::Name(name) = reader.next()? {
        match &*name.decode() {
            "severity" => {
                let said = reader.text()?;
                let known = IssueSeverity::ALL.into_iter();
                let mut known = known.filter(|severity| said.is_some_and(|said| said.is(severity.as_str())));
                issue.severity = known.next().unwrap_or(IssueSeverity::Error);
            }
            "code" => {
                issue.code = reader
                    .text()?
                    .map(|text| text.decode().into_owned())
                    .unwrap_or_default()
            }
            "diagnostics" => issue.diagnostics = reader.text()?.map(|text| text.decode().into_owned()),
            "details" => issue.text = details(reader)?,
            // R4 deprecates the first for the second; where both stand, both are kept.
            "location" | "expression" => each(reader, |reader, token| {
                if let Token::String(text) = token {
                    issue.places.push(text.decode().into_owned());
                }
                reader.pass(token)
            })?,
            _ => reader.value()?,
        }
    }
    Ok(Some(issue))
}

/// The text of a CodeableConcept, or else the displays of its codings.
fn details<'b, T: Tokens<'b>>(reader: &mut T) -> Result<Option<String>, SyntaxError> {
    let token = reader.next()?;
    let Token::ObjectStart = token else {
        reader.pass(token)?;
        return Ok(None);
    };
    let (mut text, mut displays): (Option<String>, Vec<String>) = (None, Vec::new());
    while let Token::Name(name) = reader.next()? {
        if name.is("text") {
            text = reader.text()?.map(|text| text.decode().into_owned());
        } else if name.is("coding") {
            each(reader, |reader, token| {
                let Token::ObjectStart = token else {
                    return reader.pass(token);
                };
                while let Token::Name(name) = reader.next()? {
                    if name.is("display") {
                        displays.extend(reader.text()?.map(|text| text.decode().into_owned()));
                    } else {
                        reader.value()?;
                    }
                }
                Ok(())
            })?;
        } else {
            reader.value()?;
        }
    }
    Ok(text.or_else(|| (!displays.is_empty()).then(|| displays.join("; "))))
}
