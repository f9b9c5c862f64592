//! The findings on a document while it is read, and their places once it is.

use crate::error::{Finding, Rejected, RejectedKind, Severity};
use crate::fault::Fault;
use crate::limits::Limits;
use crate::position::Position;

/// What was found so far. Lines and columns are counted when the part of the document where they are is done with.
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

    pub(crate) fn push(&mut self, finding: Finding) {
        match finding.severity {
            Severity::Error => self.errors.push(finding),
            Severity::Warning => self.warnings.push(finding),
        }
    }

    /// Counts the lines and columns of what was found in `text`, which stands at `start` and is done with.
    pub(crate) fn locate(&mut self, start: Position, text: &str) {
        for findings in [&mut self.errors, &mut self.warnings] {
            findings.sort_by_key(|finding| finding.byte);
            let mut from = start;
            for finding in findings.iter_mut().filter(|finding| finding.line == 0) {
                // Each byte is counted once, since the findings are in order.
                let between = text.get(from.byte - start.byte..finding.byte.saturating_sub(start.byte));
                from = from.behind(between.unwrap_or_default());
                (finding.line, finding.column) = (from.line, from.column);
            }
        }
    }

    /// Ends a document that could be read to its end: the warnings, and whether there were more.
    pub(crate) fn finish(mut self) -> Result<(Vec<Finding>, bool), Rejected> {
        if self.errors.is_empty() {
            return Ok((self.warnings, self.warnings_cut));
        }
        let first = self.errors.remove(0);
        Err(Rejected::new(first, self.errors, self.warnings, self.errors_cut))
    }

    /// Ends a document at a fault. It comes first: it says more of the document than what the schema missed before it.
    pub(crate) fn fatal(mut self, fault: Fault, position: Position, path: String) -> Rejected {
        if self.errors_cut && fault.rule.kind() == RejectedKind::Invalid {
            // The reading was only given up because there were enough errors.
            let first = self.errors.remove(0);
            return Rejected::new(first, self.errors, self.warnings, true);
        }
        let first = Finding {
            rule: fault.rule,
            severity: Severity::Error,
            path: if path.is_empty() { "/".to_owned() } else { path },
            line: position.line,
            column: position.column,
            byte: position.byte,
            found: String::new(),
            expected: fault.expected.into_owned(),
        };
        Rejected::new(first, self.errors, self.warnings, self.errors_cut)
    }
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
