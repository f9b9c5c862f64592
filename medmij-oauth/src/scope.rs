//! The scope of *Verzamelen*: what is asked for in each release, and what comes back as granted.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use medmij_core::{Aanbiedernaam, GegevensdienstId, Offers, Release, VerzamelenScope};

/// The most bytes of a scope, and the most Gegevensdiensten in one; the framework names no limit.
const MAX_LEN: usize = 4_096;
const MAX_MEMBERS: usize = 100;

/// The scope of a request for *Verzamelen* [core.autorisatie.203, 2.x] [RFC0039, 1.5.0].
///
/// ```
/// use medmij_core::Release;
/// use medmij_oauth::Scope;
///
/// let scope = Scope::parse("eenofanderezorgaanbieder", Release::R2_2)?;
/// assert_eq!(scope.aanbieder().as_str(), "eenofanderezorgaanbieder@medmij");
/// let scope = Scope::parse("eenofanderezorgaanbieder~42", Release::R1_4)?;
/// assert_eq!(scope.gegevensdiensten().unwrap().len(), 1);
/// assert!(Scope::parse("eenofanderezorgaanbieder", Release::R1_4).is_err());
/// # Ok::<(), medmij_oauth::ScopeError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
pub struct Scope {
    aanbieder: Aanbiedernaam,
    /// `None` where the scope names the Aanbieder alone.
    gegevensdiensten: Option<Vec<GegevensdienstId>>,
}

impl Scope {
    /// The scope by which to ask for offers in a release.
    ///
    /// # Errors
    /// If the release takes one Gegevensdienst and there are more, or an id cannot stand in a scope.
    pub fn verzamelen(offers: &Offers, release: Release) -> Result<Self, ScopeError> {
        let ids = || {
            offers
                .iter()
                .map(|offer| offer.gegevensdienst.clone())
                .collect::<Vec<_>>()
        };
        let gegevensdiensten = match release.verzamelen_scope() {
            VerzamelenScope::Aanbieder => None,
            VerzamelenScope::OneCombination if offers.len() > 1 => return Err(ScopeError::MoreThanOne),
            VerzamelenScope::OneCombination | VerzamelenScope::Combinations => Some(ids()),
        };
        if gegevensdiensten.iter().flatten().any(|id| !id.fits_in_scope()) {
            return Err(ScopeError::Gegevensdienst);
        }
        Ok(Self {
            aanbieder: offers.aanbieder().clone(),
            gegevensdiensten,
        })
    }

    /// Reads the scope of a request for *Verzamelen* in a release.
    ///
    /// # Errors
    /// The first rule of the release's grammar that it breaks.
    pub fn parse(text: &str, release: Release) -> Result<Self, ScopeError> {
        if text.len() > MAX_LEN || text.split(' ').nth(MAX_MEMBERS).is_some() {
            return Err(ScopeError::TooLong);
        }
        let form = release.verzamelen_scope();
        if form == VerzamelenScope::Aanbieder {
            let aanbieder = Aanbiedernaam::from_naam(text).map_err(|_| ScopeError::Aanbieder)?;
            return Ok(Self {
                aanbieder,
                gegevensdiensten: None,
            });
        }
        let mut members = text.split(' ').map(combination);
        let (aanbieder, first) = members.next().ok_or(ScopeError::Combination)??;
        let mut ids = vec![first];
        for member in members {
            let (other, id) = member?;
            if other != aanbieder {
                return Err(ScopeError::TwoAanbieders);
            }
            if ids.contains(&id) {
                return Err(ScopeError::Repeated);
            }
            ids.push(id);
        }
        if form == VerzamelenScope::OneCombination && ids.len() > 1 {
            return Err(ScopeError::MoreThanOne);
        }
        Ok(Self {
            aanbieder,
            gegevensdiensten: Some(ids),
        })
    }

    /// Whose data is asked for.
    #[must_use]
    pub const fn aanbieder(&self) -> &Aanbiedernaam {
        &self.aanbieder
    }

    /// The Gegevensdiensten that are asked for, one or more; `None` for all that the Aanbieder has at the DVA.
    #[must_use]
    pub fn gegevensdiensten(&self) -> Option<&[GegevensdienstId]> {
        self.gegevensdiensten.as_deref()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.gegevensdiensten {
            None => f.write_str(self.aanbieder.naam()),
            Some(ids) => write_combinations(f, &self.aanbieder, ids),
        }
    }
}

fn write_combinations(
    f: &mut impl fmt::Write,
    aanbieder: &Aanbiedernaam,
    ids: impl IntoIterator<Item = impl fmt::Display>,
) -> fmt::Result {
    ids.into_iter().enumerate().try_for_each(|(index, id)| {
        let separator = if index > 0 { " " } else { "" };
        write!(f, "{separator}{}~{id}", aanbieder.naam())
    })
}

/// `naam~id`
fn combination(text: &str) -> Result<(Aanbiedernaam, GegevensdienstId), ScopeError> {
    let (naam, id) = text.split_once('~').ok_or(ScopeError::Combination)?;
    let aanbieder = Aanbiedernaam::from_naam(naam).map_err(|_| ScopeError::Aanbieder)?;
    Ok((aanbieder, gegevensdienst(id)?))
}

fn gegevensdienst(text: &str) -> Result<GegevensdienstId, ScopeError> {
    let id = GegevensdienstId::from_str(text)
        .ok()
        .filter(GegevensdienstId::fits_in_scope);
    id.ok_or(ScopeError::Gegevensdienst)
}

/// A text that is no scope of *Verzamelen* in this release.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeError {
    /// It is too long, or has too many members.
    #[error("the scope is too long")]
    TooLong,
    /// A member is not of the form `naam~gegevensdienst`.
    #[error("a part of the scope is not of the form `naam~gegevensdienst`")]
    Combination,
    /// The name of the Aanbieder is none.
    #[error("the name in the scope is not that of an Aanbieder without `@medmij`")]
    Aanbieder,
    /// The id of a Gegevensdienst is not of digits.
    #[error("the Gegevensdienst in the scope is not a number")]
    Gegevensdienst,
    /// Two Aanbieders in one scope.
    #[error("the scope names more than one Aanbieder")]
    TwoAanbieders,
    /// The same Gegevensdienst twice.
    #[error("the scope names a Gegevensdienst twice")]
    Repeated,
    /// More than one Gegevensdienst where the release takes one.
    #[error("the scope names more than one Gegevensdienst; this release takes one")]
    MoreThanOne,
}

/// The form in which a DVA writes the Gegevensdiensten of a token in 2.x; both occur, and a DVP reads both.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two forms of oauth.md 4.4")]
pub enum GrantedForm {
    /// `48 49 51`
    #[default]
    Ids,
    /// `naam~48 naam~49 naam~51`
    Combinations,
}

impl GrantedForm {
    /// Writes the scope of a token response.
    pub(crate) fn write(self, aanbieder: &Aanbiedernaam, ids: &BTreeSet<GegevensdienstId>) -> String {
        let mut text = String::new();
        match self {
            Self::Ids => text = ids.iter().map(GegevensdienstId::as_str).collect::<Vec<_>>().join(" "),
            // Writing to a string cannot fail.
            Self::Combinations => drop(write_combinations(&mut text, aanbieder, ids)),
        }
        text
    }
}

/// Which of the offers asked for a token covers, by the scope in the token response [core.tknint.201, 2.x].
///
/// `Err` if the scope is not one, names another Aanbieder, or is wider than a request that named its Gegevensdiensten
/// [P13c, flows 4.1]. Where the request named the Aanbieder alone, Gegevensdiensten beyond the offers are no surprise.
pub(crate) fn covered(text: &str, offers: &Offers, release: Release) -> Result<BTreeSet<GegevensdienstId>, ScopeError> {
    if text.len() > MAX_LEN || text.split(' ').nth(MAX_MEMBERS).is_some() {
        return Err(ScopeError::TooLong);
    }
    let mut ids = BTreeSet::new();
    for member in text.split(' ') {
        let (naam, id) = match member.split_once('~') {
            Some((naam, id)) => (Some(naam), Some(id)),
            // The short forms belong to releases that ask by name alone.
            None if release.verzamelen_scope() != VerzamelenScope::Aanbieder => return Err(ScopeError::Combination),
            None if member == offers.aanbieder().naam() => (None, None),
            None => (None, Some(member)),
        };
        if naam.is_some_and(|naam| naam != offers.aanbieder().naam()) {
            return Err(ScopeError::TwoAanbieders);
        }
        match id {
            Some(id) => drop(ids.insert(gegevensdienst(id)?)),
            None => ids.extend(offers.iter().map(|offer| offer.gegevensdienst.clone())),
        }
    }
    let asked: BTreeSet<_> = offers.iter().map(|offer| offer.gegevensdienst.clone()).collect();
    match release.verzamelen_scope() {
        VerzamelenScope::OneCombination | VerzamelenScope::Combinations if !ids.is_subset(&asked) => {
            Err(ScopeError::MoreThanOne)
        }
        _ => Ok(ids.intersection(&asked).cloned().collect()),
    }
}
