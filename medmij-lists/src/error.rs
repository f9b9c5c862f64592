//! What can be wrong with a list: every rule, its name, and the finding that says where.

use std::fmt;

use medmij_core::{ParseError, ParseRule};
use serde::{Serialize, Serializer};

use crate::values::{DatumTijd, Positiefnummer};

/// One thing that is wrong with a list, or doubtful in it.
///
/// ```
/// use medmij_lists::{Limits, ListRule, Whitelist};
///
/// let rejected = Whitelist::parse(b"<Whitelist/>", &Limits::default()).unwrap_err();
/// let finding = rejected.first();
/// assert_eq!(finding.rule, ListRule::WrongList);
/// assert_eq!((finding.line, finding.column, finding.path.as_str()), (1, 1, "/Whitelist"));
/// ```
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The rule that is broken.
    pub rule: ListRule,
    /// Whether the list is refused for it.
    pub severity: Severity,
    /// The element it is about, with its position among those that may repeat:
    /// `/Whitelist/MedMijNodes/MedMijNode[17]/Hostname`.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// The byte in the document (after decoding to UTF-8, without byte order mark), from 0.
    pub byte: usize,
    /// What stood there, cut and escaped; empty where something is missing.
    pub found: String,
    /// What was expected, in words: for a value its type in the schema, and which rule of it the value breaks.
    pub expected: String,
}

impl Finding {
    /// What was expected and what was found, without the place.
    #[must_use]
    pub fn message(&self) -> String {
        if self.found.is_empty() {
            self.expected.clone()
        } else {
            format!("{}; found `{}`", self.expected, self.found)
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}: {} [{}]",
            self.line,
            self.column,
            self.path,
            self.message(),
            self.rule
        )
    }
}

/// Whether a list is refused for a finding.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a list is refused or it is not")]
pub enum Severity {
    /// The list is refused.
    Error,
    /// The list is used; what the finding is about may be unusable.
    Warning,
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// Why a list is refused: one or more findings, the first of them the one to mend first.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rejected {
    first: Box<Finding>,
    others: Vec<Finding>,
    warnings: Vec<Finding>,
    errors_cut: bool,
    warnings_cut: bool,
    seen: Box<Seen>,
}

/// What a list that is refused told of itself before it was.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Seen {
    /// The namespace, if it is one of a list.
    pub namespace: Option<&'static str>,
    /// The Tijdstempel, if it came and was right.
    pub tijdstempel: Option<DatumTijd>,
    /// The Volgnummer, if it came and was right.
    pub volgnummer: Option<Positiefnummer>,
}

/// All that was found in a document.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) errors: Vec<Finding>,
    pub(crate) warnings: Vec<Finding>,
    /// Whether there were more than there was room for.
    pub(crate) errors_cut: bool,
    pub(crate) warnings_cut: bool,
}

impl Rejected {
    /// `first` comes before the other errors.
    pub(crate) fn new(first: Finding, found: Found, seen: Seen) -> Self {
        Self {
            first: Box::new(first),
            others: found.errors,
            warnings: found.warnings,
            errors_cut: found.errors_cut,
            warnings_cut: found.warnings_cut,
            seen: Box::new(seen),
        }
    }

    /// A list without its envelope, which no schema lets pass.
    pub(crate) fn incomplete() -> Self {
        let first = Finding {
            rule: ListRule::MissingElement,
            severity: Severity::Error,
            path: "/".to_owned(),
            line: 1,
            column: 1,
            byte: 0,
            found: String::new(),
            expected: "a Tijdstempel and a Volgnummer".to_owned(),
        };
        Self::new(first, Found::default(), Seen::default())
    }

    /// The first error.
    #[must_use]
    pub fn first(&self) -> &Finding {
        &self.first
    }

    /// All errors found, in document order, but for the one that stopped the reading, which comes first.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        std::iter::once(self.first()).chain(&self.others)
    }

    /// What was found besides that would not refuse the list.
    #[must_use]
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }

    /// Whether there were more errors than the limits let through.
    #[must_use]
    pub const fn errors_cut(&self) -> bool {
        self.errors_cut
    }

    /// Whether there were more warnings than the limits let through.
    #[must_use]
    pub const fn warnings_cut(&self) -> bool {
        self.warnings_cut
    }

    /// Which list and version it says it is, as far as it was read.
    #[must_use]
    pub const fn seen(&self) -> &Seen {
        &self.seen
    }

    /// What is to be done about it [lists.md 6.6].
    #[must_use]
    pub fn kind(&self) -> RejectedKind {
        self.first.rule.kind()
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first)?;
        match self.others.len() {
            0 => Ok(()),
            more => write!(f, " (and {more}{} more)", if self.errors_cut { " or" } else { "" }),
        }
    }
}

impl std::error::Error for Rejected {}

/// The kinds of refusal, each with its own handling at a refresh. In all of them the last good list stays in use.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum RejectedKind {
    /// It is no XML, or XML that we do not read.
    NotWellFormed,
    /// It is a document of another kind, or of a release that we do not know.
    WrongList,
    /// It breaks the schema.
    Invalid,
    /// It goes over a limit of ours.
    Limit,
}

/// What is wrong with a value, or doubtful about it, for the validator to place.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) rule: ListRule,
    pub(crate) expected: String,
}

impl Violation {
    pub(crate) fn new(rule: ListRule, expected: impl Into<String>) -> Self {
        Self {
            rule,
            expected: expected.into(),
        }
    }
}

impl From<ParseError> for Violation {
    fn from(error: ParseError) -> Self {
        // The schemas set these types no length; the bound is ours, and so has a name of its own.
        let ours = matches!(error.expected(), "Hostname" | "FrontchannelUri" | "BackchannelUri");
        let rule = if ours && error.rule() == ParseRule::TooLong {
            ListRule::LimitText
        } else {
            ListRule::Value
        };
        Self::new(rule, format!("{} (byte {})", error.rule(), error.offset()))
    }
}

macro_rules! list_rules {
    ($($(#[$doc:meta])* $rule:ident = $name:literal $kind:ident;)+) => {
        /// A rule that a list can break.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum ListRule {
            $($(#[$doc])* $rule,)+
        }

        impl ListRule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$rule),+];

            /// The stable name, for programs.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$rule => $name,)+
                }
            }

            /// Whether the schema takes what the rule is about: then it is never more than a warning.
            #[must_use]
            pub const fn is_note(self) -> bool {
                matches!(self, Self::TimeZone | Self::ScopeId | Self::UnusableUri)
            }

            pub(crate) const fn kind(self) -> RejectedKind {
                match self {
                    $(Self::$rule => RejectedKind::$kind,)+
                }
            }
        }
    };
}

list_rules! {
    /// The document is in another encoding than UTF-8 or UTF-16, or not in the one it declares.
    Encoding = "encoding" NotWellFormed;
    /// The document declares another version of XML than 1.0.
    XmlVersion = "xml-version" NotWellFormed;
    /// The document has a DOCTYPE, which no list needs and which is never read.
    Doctype = "doctype" NotWellFormed;
    /// The document is not well-formed XML 1.0.
    WellFormed = "well-formed" NotWellFormed;
    /// The document breaks *Namespaces in XML 1.0*.
    Namespace = "namespace" NotWellFormed;

    /// The document has more bytes than the limit.
    LimitBytes = "limit-bytes" Limit;
    /// Elements are nested deeper than the limit.
    LimitDepth = "limit-depth" Limit;
    /// The document has more elements than the limit.
    LimitElements = "limit-elements" Limit;
    /// A value, comment or other piece is longer than the limit.
    LimitText = "limit-text" Limit;
    /// An element has more attributes than the limit.
    LimitAttributes = "limit-attributes" Limit;
    /// More namespace declarations are in scope than the limit.
    LimitNamespaces = "limit-namespaces" Limit;

    /// The root element or its namespace is not that of the list.
    WrongList = "wrong-list" WrongList;

    /// An element stands where the schema wants none, or another.
    UnexpectedElement = "unexpected-element" Invalid;
    /// An element is missing.
    MissingElement = "missing-element" Invalid;
    /// Text stands where the schema wants elements only.
    UnexpectedText = "unexpected-text" Invalid;
    /// An attribute that the schema does not have.
    UnexpectedAttribute = "unexpected-attribute" Invalid;
    /// `xsi:type` names another type than that of the element.
    XsiType = "xsi-type" Invalid;
    /// `xsi:nil` stands on an element; none of a list may be nil.
    XsiNil = "xsi-nil" Invalid;
    /// A value is not of its simple type.
    Value = "value" Invalid;
    /// A value that must be unique in its scope occurs twice.
    Unique = "unique" Invalid;

    /// A Tijdstempel that the schema takes and that has no time zone, so no moment. Never more than a warning.
    TimeZone = "time-zone" Invalid;
    /// A GegevensdienstId that the schema takes and that cannot stand in an OAuth scope. Never more than a warning.
    ScopeId = "scope-id" Invalid;
    /// An address that the schema takes and to which no request can be sent. Never more than a warning.
    UnusableUri = "unusable-uri" Invalid;
}

impl fmt::Display for ListRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for ListRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
