//! Why a document cannot be read on.

use std::borrow::Cow;

use crate::error::ListRule;

/// A document that cannot be read on: not well-formed, or over a limit.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) rule: ListRule,
    pub(crate) at: usize,
    pub(crate) expected: Cow<'static, str>,
}

impl Fault {
    pub(crate) fn new(rule: ListRule, at: usize, expected: impl Into<Cow<'static, str>>) -> Self {
        Self {
            rule,
            at,
            expected: expected.into(),
        }
    }
}
