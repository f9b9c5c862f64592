//! The findings on a document while it is read, and their places once it is.

use crate::error::{Finding, Found, Rejected, RejectedKind, Seen, Severity};
use crate::fault::Fault;
use crate::limits::Limits;
use crate::position::Position;

/// What was found so far. Lines and columns are counted when the part of the document where they are is done with.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) limits: Limits,
    found: Found,
}

impl Findings {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            found: Found::default(),
        }
    }

    pub(crate) fn is_full(&self, severity: Severity) -> bool {
        let found = match severity {
            Severity::Error => self.found.errors.len(),
            Severity::Warning => self.found.warnings.len(),
        };
        found >= self.limits.max_findings.max(1)
    }

    /// Remembers that there was one more than there is room for.
    pub(crate) const fn overflow(&mut self, severity: Severity) {
        match severity {
            Severity::Error => self.found.errors_cut = true,
            Severity::Warning => self.found.warnings_cut = true,
        }
    }

    pub(crate) fn push(&mut self, finding: Finding) {
        match finding.severity {
            Severity::Error => self.found.errors.push(finding),
            Severity::Warning => self.found.warnings.push(finding),
        }
    }

    /// Counts the lines and columns of what was found in `text`, which stands at `start` and is done with.
    pub(crate) fn locate(&mut self, start: Position, text: &str) {
        for findings in [&mut self.found.errors, &mut self.found.warnings] {
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
    pub(crate) fn finish(mut self, seen: Seen) -> Result<(Vec<Finding>, bool), Rejected> {
        if self.found.errors.is_empty() {
            return Ok((self.found.warnings, self.found.warnings_cut));
        }
        let first = self.found.errors.remove(0);
        Err(Rejected::new(first, self.found, seen))
    }

    /// Ends a document at a fault, at which `here` stands. It comes first: it says more of the document than what the
    /// schema missed before it.
    pub(crate) fn fatal(mut self, fault: Fault, position: Position, path: String, here: &str, seen: Seen) -> Rejected {
        if self.found.errors_cut && fault.rule.kind() == RejectedKind::Invalid {
            // The reading was only given up because there were enough errors.
            let first = self.found.errors.remove(0);
            return Rejected::new(first, self.found, seen);
        }
        let first = Finding {
            rule: fault.rule,
            severity: Severity::Error,
            path: if path.is_empty() { "/".to_owned() } else { path },
            line: position.line,
            column: position.column,
            byte: position.byte,
            found: if fault.shows { cut(token(here)) } else { String::new() },
            expected: fault.expected.into_owned(),
        };
        Rejected::new(first, self.found, seen)
    }
}

/// What stands at a fault, as far as the next markup or the end of the line: no more than any part of the document that
/// has the fault is sure to hold.
fn token(here: &str) -> &str {
    let bytes = here.as_bytes();
    let end = bytes.iter().enumerate().find_map(|(at, b)| match b {
        b'>' => Some(at + 1),
        b'\n' | b'\r' => Some(at),
        b'<' | b'&' if at > 0 => Some(at),
        _ => None,
    });
    here.get(..end.unwrap_or(here.len())).unwrap_or_default()
}

/// A piece of the document for a message: at most 60 characters, controls escaped.
pub(crate) fn cut(text: &str) -> String {
    const LIMIT: usize = 60;
    let mut shown = String::new();
    for c in text.chars().take(LIMIT) {
        match c {
            '"' | '\'' => shown.push(c),
            c => shown.extend(c.escape_debug()),
        }
    }
    if text.chars().nth(LIMIT).is_some() {
        shown.push('…');
    }
    shown
}
