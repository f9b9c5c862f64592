//! The functions that have a scope.

use std::fmt;

use medmij_core::{Release, VerzamelenScope};

use super::{SUBSCRIBE, ScopeError};

/// A function of the framework as a scope and a token tell it. Taking, changing and ending an Abonnement share one form.
///
/// ```
/// use medmij_oauth::ScopeFunction;
///
/// assert_eq!("delen".parse(), Ok(ScopeFunction::Delen));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "the three functions that have a scope")]
pub enum ScopeFunction {
    /// *Verzamelen*.
    Verzamelen,
    /// *Delen*.
    Delen,
    /// *Abonneren*.
    Abonneren,
}

impl ScopeFunction {
    /// Every function that has a scope.
    pub const ALL: [Self; 3] = [Self::Verzamelen, Self::Delen, Self::Abonneren];

    /// The name, as configuration and JSON write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verzamelen => "verzamelen",
            Self::Delen => "delen",
            Self::Abonneren => "abonneren",
        }
    }

    /// As which functions a text may be read: where its form does not tell, the Gegevensdienst does, which is either to be
    /// collected or to be shared.
    pub(crate) fn readings(text: &str, release: Release) -> &'static [Self] {
        let by_name = release.verzamelen_scope() == VerzamelenScope::Aanbieder;
        if text.starts_with(SUBSCRIBE) && text.contains('/') {
            &[Self::Abonneren]
        } else if !by_name {
            &[Self::Verzamelen, Self::Delen]
        } else if text.contains('~') {
            &[Self::Delen]
        } else {
            &[Self::Verzamelen]
        }
    }
}

impl fmt::Display for ScopeFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for ScopeFunction {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|function| function.as_str() == text)
            .ok_or(ScopeError::Function)
    }
}
