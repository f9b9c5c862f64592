//! Why a document cannot be read on.

use std::borrow::Cow;

use crate::error::ListRule;

/// A document that cannot be read on: not well-formed, or over a limit.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) rule: ListRule,
    pub(crate) at: usize,
    pub(crate) expected: Cow<'static, str>,
    /// Whether what stands there is shown; not where it is no text.
    pub(crate) shows: bool,
}

impl Fault {
    pub(crate) fn new(rule: ListRule, at: usize, expected: impl Into<Cow<'static, str>>) -> Self {
        Self {
            rule,
            at,
            expected: expected.into(),
            shows: true,
        }
    }

    /// A fault in what is no text, or not yet.
    pub(crate) fn unseen(rule: ListRule, at: usize, expected: impl Into<Cow<'static, str>>) -> Self {
        Self {
            shows: false,
            ..Self::new(rule, at, expected)
        }
    }
}
