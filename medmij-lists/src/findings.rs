//! The findings on a document while it is read, and their places once it is.

use crate::error::{Finding, ListRule, Rejected, RejectedKind, Severity};
use crate::limits::Limits;
use crate::reader::Fault;

/// What was found so far; lines and columns are counted at the end, in one pass.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) limits: Limits,
    errors: Vec<Finding>,
    warnings: Vec<Finding>,
    errors_cut: bool,
    warnings_cut: bool,
}

impl Findings {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self {
            limits,
            errors: Vec::new(),
            warnings: Vec::new(),
            errors_cut: false,
            warnings_cut: false,
        }
    }

    pub(crate) fn is_full(&self, severity: Severity) -> bool {
        let found = match severity {
            Severity::Error => self.errors.len(),
            Severity::Warning => self.warnings.len(),
        };
        found >= self.limits.max_findings.max(1)
    }

    /// Remembers that there was one more than there is room for.
    pub(crate) const fn overflow(&mut self, severity: Severity) {
        match severity {
            Severity::Error => self.errors_cut = true,
            Severity::Warning => self.warnings_cut = true,
        }
    }

    pub(crate) fn push(
        &mut self,
        rule: ListRule,
        severity: Severity,
        at: usize,
        path: String,
        found: String,
        expected: String,
    ) {
        let path = if path.is_empty() { "/".to_owned() } else { path };
        let finding = Finding {
            rule,
            severity,
            path,
            line: 0,
            column: 0,
            byte: at,
            found,
            expected,
        };
        match severity {
            Severity::Error => self.errors.push(finding),
            Severity::Warning => self.warnings.push(finding),
        }
    }

    /// Ends a document that could be read to its end: the warnings, and whether there were more.
    pub(crate) fn finish(mut self, input: &str) -> Result<(Vec<Finding>, bool), Rejected> {
        locate(input, &mut self.warnings);
        if self.errors.is_empty() {
            return Ok((self.warnings, self.warnings_cut));
        }
        locate(input, &mut self.errors);
        let first = self.errors.remove(0);
        Err(Rejected::new(first, self.errors, self.warnings, self.errors_cut))
    }

    /// Ends a document at a fault. It comes first: it says more of the document than what the schema missed before it.
    pub(crate) fn fatal(mut self, input: &str, fault: Fault, path: String) -> Rejected {
        locate(input, &mut self.warnings);
        locate(input, &mut self.errors);
        if self.errors_cut && fault.rule.kind() == RejectedKind::Invalid {
            // The reading was only given up because there were enough errors.
            let first = self.errors.remove(0);
            return Rejected::new(first, self.errors, self.warnings, true);
        }
        let path = match fault.rule {
            ListRule::WrongList => format!("/{}", root_name(input, fault.at)),
            _ if path.is_empty() => "/".to_owned(),
            _ => path,
        };
        let mut first = [Finding {
            rule: fault.rule,
            severity: Severity::Error,
            path,
            line: 0,
            column: 0,
            byte: fault.at,
            found: String::new(),
            expected: fault.expected.into_owned(),
        }];
        locate(input, &mut first);
        let [first] = first;
        Rejected::new(first, self.errors, self.warnings, self.errors_cut)
    }
}

/// Puts findings in document order and counts their lines and characters, each byte of the document once.
fn locate(input: &str, findings: &mut [Finding]) {
    findings.sort_by_key(|finding| finding.byte);
    let bytes = input.as_bytes();
    let (mut line, mut column, mut counted) = (1, 1, 0);
    for finding in findings {
        let at = finding.byte.min(bytes.len());
        for (offset, &byte) in bytes.get(counted..at).unwrap_or_default().iter().enumerate() {
            // A line ends with a line feed, a carriage return, or both (XML 1.0, section 2.11).
            let ends = byte == b'\n' || (byte == b'\r' && bytes.get(counted + offset + 1) != Some(&b'\n'));
            match byte {
                _ if ends => (line, column) = (line + 1, 1),
                // The other bytes of a character of several.
                0x80..=0xBF => {}
                _ => column += 1,
            }
        }
        counted = at;
        (finding.line, finding.column) = (line, column);
    }
}

fn root_name(input: &str, at: usize) -> String {
    let behind = input.get(at + 1..).unwrap_or_default();
    cut(behind
        .split([' ', '\t', '\r', '\n', '/', '>'])
        .next()
        .unwrap_or_default())
}

/// A piece of the document for a message: at most 60 characters, controls escaped.
pub(crate) fn cut(text: &str) -> String {
    const LIMIT: usize = 60;
    let mut shown: String = text.chars().take(LIMIT).flat_map(char::escape_debug).collect();
    if text.chars().nth(LIMIT).is_some() {
        shown.push('…');
    }
    shown
}
