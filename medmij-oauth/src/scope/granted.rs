//! The scope of a token response: what was granted, held against what was asked for.

use std::collections::BTreeSet;

use medmij_core::{GegevensdienstId, GrantedForm, Offers, Release, VerzamelenScope};

use super::{Asked, Scope, ScopeError, check_size, combination, gegevensdienst, write_combinations};

/// What the scope of a token response grants [core.tknint.201, 2.x] [ext.abo.tknint.200, 2.x].
///
/// ```
/// use medmij_core::{Offer, Offers, Release};
/// use medmij_oauth::{Comparison, Granted, Scope};
///
/// let offer = |id: &str| -> Result<Offer, medmij_core::ParseError> {
///     Ok(Offer::new("umc@medmij".parse()?, None, id.parse()?, "https://a.nl/a".parse()?, "https://a.nl/t".parse()?))
/// };
/// let offers = Offers::new(vec![offer("48")?, offer("51")?])?;
/// let asked = Scope::verzamelen(&offers, Release::R2_2)?;
/// // Both forms occur in 2.x.
/// assert_eq!(Granted::parse("48 51", &asked, &offers, Release::R2_2)?.comparison, Comparison::Equal);
/// assert_eq!(Granted::parse("umc~48", &asked, &offers, Release::R2_2)?.comparison, Comparison::Narrower);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Granted {
    /// How it compares with what was asked for.
    pub comparison: Comparison,
    /// The Gegevensdiensten that are granted, of those that were asked for.
    pub gegevensdiensten: BTreeSet<GegevensdienstId>,
    /// How many days an Abonnement may last; `None` for the other functions.
    pub dagen: Option<u32>,
}

/// How a granted scope compares with the one asked for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "two sets compare in four ways")]
pub enum Comparison {
    /// The same.
    Equal,
    /// Less.
    Narrower,
    /// The same and more.
    Wider,
    /// Something else.
    Other,
}

impl Granted {
    /// What a response without a scope grants: all that was asked for (RFC 6749, section 5.1).
    pub(crate) fn all(asked: &Scope, offers: &Offers) -> Self {
        Self {
            comparison: Comparison::Equal,
            gegevensdiensten: ids(asked, offers),
            dagen: asked.dagen(),
        }
    }

    /// Reads the scope of a token response, in either of the forms that occur, and compares it with the one asked for by
    /// these offers. At most 4096 bytes and 100 members.
    ///
    /// # Errors
    /// If it is no granted scope, or of another Aanbieder.
    pub fn parse(text: &str, asked: &Scope, offers: &Offers, release: Release) -> Result<Self, ScopeError> {
        check_size(text)?;
        if let Some(asked_dagen) = asked.dagen() {
            let scope = Scope::parse(text, release, asked.function())?;
            let dagen = scope.dagen().unwrap_or_default();
            let same = scope.aanbieder == asked.aanbieder && scope.gegevensdiensten() == asked.gegevensdiensten();
            let comparison = match dagen.cmp(&asked_dagen) {
                _ if !same => Comparison::Other,
                std::cmp::Ordering::Less => Comparison::Narrower,
                std::cmp::Ordering::Equal => Comparison::Equal,
                std::cmp::Ordering::Greater => Comparison::Wider,
            };
            let gegevensdiensten = if same { ids(asked, offers) } else { BTreeSet::new() };
            return Ok(Self {
                comparison,
                gegevensdiensten,
                dagen: Some(dagen),
            });
        }
        let wanted = ids(asked, offers);
        let mut granted = BTreeSet::new();
        for member in text.split(' ') {
            let (aanbieder, id) = match member.split_once('~') {
                Some(_) => combination(member).map(|(aanbieder, id)| (Some(aanbieder), Some(id)))?,
                // A response may repeat that it is for a represented person.
                None if asked.representation.scope_member() == Some(member) => continue,
                // The short forms belong to releases that ask by name alone.
                None if release.verzamelen_scope() != VerzamelenScope::Aanbieder => {
                    return Err(ScopeError::Combination);
                }
                None if asked.asked == Asked::Aanbieder && member == asked.aanbieder.naam() => (None, None),
                None => (None, Some(gegevensdienst(member)?)),
            };
            if aanbieder.is_some_and(|aanbieder| aanbieder != asked.aanbieder) {
                return Err(ScopeError::TwoAanbieders);
            }
            match id {
                Some(id) => drop(granted.insert(id)),
                None => granted.extend(wanted.iter().cloned()),
            }
        }
        let comparison = match (granted.is_subset(&wanted), granted.is_superset(&wanted)) {
            (true, true) => Comparison::Equal,
            (true, false) => Comparison::Narrower,
            (false, true) => Comparison::Wider,
            (false, false) => Comparison::Other,
        };
        Ok(Self {
            comparison,
            gegevensdiensten: granted.intersection(&wanted).cloned().collect(),
            dagen: None,
        })
    }

    /// Whether a DVP may go on with it: not if it is wider than the request or something else [P13c, flows 4.1]. A request
    /// that named the Aanbieder alone named nothing that it could be wider than.
    pub(crate) fn is_acceptable(&self, asked: &Scope) -> bool {
        let by_name = asked.asked == Asked::Aanbieder;
        by_name || matches!(self.comparison, Comparison::Equal | Comparison::Narrower)
    }
}

/// The Gegevensdiensten that were asked for: those named, or all that are offered.
fn ids(asked: &Scope, offers: &Offers) -> BTreeSet<GegevensdienstId> {
    match asked.gegevensdiensten() {
        Some(ids) => ids.iter().cloned().collect(),
        None => offers.iter().map(|offer| offer.gegevensdienst.clone()).collect(),
    }
}

/// Writes the scope of a token response for *Verzamelen*. As combinations it is the scope of the request with what is not
/// granted left out, so it keeps that it is for a represented person [core.tknint.201, 1.5].
pub(crate) fn write(form: GrantedForm, asked: &Scope, ids: &BTreeSet<GegevensdienstId>) -> String {
    let mut text = String::new();
    match form {
        GrantedForm::Ids => text = ids.iter().map(GegevensdienstId::as_str).collect::<Vec<_>>().join(" "),
        GrantedForm::Combinations => {
            // Writing to a string cannot fail.
            let _ = write_combinations(&mut text, &asked.aanbieder, ids);
            if let Some(member) = asked.representation.scope_member() {
                text.push(' ');
                text.push_str(member);
            }
        }
    }
    text
}
