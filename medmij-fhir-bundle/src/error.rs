//! Bytes that are no Bundle.

use std::fmt;

use crate::token::{SyntaxError, SyntaxErrorKind};
use crate::{Format, Limits};

/// Bytes that are no Bundle. Nothing of the content is repeated: it may be personal.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct BundleError {
    /// What the bytes were taken for.
    pub format: Format,
    /// What is wrong with them.
    pub kind: BundleErrorKind,
}

/// Why bytes are no Bundle.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BundleErrorKind {
    /// More bytes than the limit.
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// More entries than the limit.
    TooManyEntries {
        /// The limit.
        limit: usize,
    },
    /// More values than a canonical digest is made of: 4,000,000.
    TooManyValues,
    /// More levels inside one another than the limit.
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Bytes that are no UTF-8.
    Utf8 {
        /// The first such byte.
        at: usize,
    },
    /// Not of their form.
    Syntax {
        /// What is wrong.
        what: &'static str,
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
    },
    /// A resource of another type, or none.
    NotABundle,
}

impl BundleError {
    pub(crate) const fn new(format: Format, kind: BundleErrorKind) -> Self {
        Self { format, kind }
    }

    pub(crate) fn syntax(error: SyntaxError, source: &str, format: Format, limits: &Limits) -> Self {
        let what = match error.kind {
            SyntaxErrorKind::Depth => {
                let limit = limits.max_depth;
                return Self::new(format, BundleErrorKind::TooDeep { limit });
            }
            SyntaxErrorKind::TooManyValues => return Self::new(format, BundleErrorKind::TooManyValues),
            SyntaxErrorKind::Syntax => "something else was expected here",
            SyntaxErrorKind::CutOff => "it is cut off",
            SyntaxErrorKind::Trailing => "something stands behind the end",
            SyntaxErrorKind::Namespace => "an element that is not of FHIR's namespace",
            SyntaxErrorKind::Doctype => "a document type",
            SyntaxErrorKind::Reference => "a reference to nothing that is known",
            SyntaxErrorKind::Encoding => "another encoding than UTF-8",
        };
        let before = source.as_bytes().get(..error.at).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        Self::new(format, BundleErrorKind::Syntax { what, line, column })
    }

    /// The name of the rule that is broken, as a finding would have it: `json-syntax`, `xml-limit-depth` and the like.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        let (json, xml) = match self.kind {
            BundleErrorKind::TooLong { .. } => ("json-limit-bytes", "xml-limit-bytes"),
            BundleErrorKind::TooManyEntries { .. } => ("json-limit-entries", "xml-limit-entries"),
            BundleErrorKind::TooDeep { .. } => ("json-limit-depth", "xml-limit-depth"),
            BundleErrorKind::TooManyValues => ("json-limit-values", "xml-limit-values"),
            BundleErrorKind::Utf8 { .. } => ("json-utf8", "xml-utf8"),
            BundleErrorKind::Syntax { .. } => ("json-syntax", "xml-syntax"),
            BundleErrorKind::NotABundle => ("str-resource-type", "str-resource-type"),
        };
        match self.format {
            Format::Json => json,
            Format::Xml => xml,
        }
    }
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            BundleErrorKind::TooLong { limit } => write!(f, "a bundle of more than {limit} bytes"),
            BundleErrorKind::TooManyEntries { limit } => write!(f, "a bundle of more than {limit} entries"),
            BundleErrorKind::TooDeep { limit } => write!(f, "a bundle of more than {limit} levels"),
            BundleErrorKind::TooManyValues => f.write_str("too many values for a canonical digest"),
            BundleErrorKind::Utf8 { at } => write!(f, "no UTF-8 (byte {at})"),
            BundleErrorKind::Syntax { what, line, column } => {
                write!(f, "no {}: {what} (line {line}, column {column})", self.format)
            }
            BundleErrorKind::NotABundle => f.write_str("no Bundle"),
        }
    }
}

impl std::error::Error for BundleError {}
