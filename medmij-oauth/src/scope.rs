//! The scope of an authorization request: what is asked for, in each function and release.

mod error;
mod function;
mod granted;

use std::fmt;

use medmij_core::{
    Aanbiedernaam, Declaration, Function, GegevensdienstId, Offer, Offers, Release, Representation,
    RepresentationSupport, Test, TestMoment, VerzamelenScope,
};

pub use error::ScopeError;
pub use function::ScopeFunction;
pub(crate) use granted::write as write_granted;
pub use granted::{Comparison, Granted};

/// The most bytes of a scope, and the most members in one; the framework names no limit.
const MAX_LEN: usize = 4_096;
const MAX_MEMBERS: usize = 100;

const SUBSCRIBE: &str = "subscribe~";

/// The scope of a request [core.autorisatie.203, 2.x] [RFC0039, 1.5.0] [ext.vert.authint.200, 2.x].
///
/// ```
/// use medmij_core::Release;
/// use medmij_oauth::{Scope, ScopeFunction::{Abonneren, Delen, Verzamelen}};
///
/// let scope = Scope::parse("eenofanderezorgaanbieder", Release::R2_2, Verzamelen)?;
/// assert_eq!(scope.aanbieder().as_str(), "eenofanderezorgaanbieder@medmij");
/// let scope = Scope::parse("eenofanderezorgaanbieder~42", Release::R1_4, Verzamelen)?;
/// assert_eq!(scope.gegevensdiensten().unwrap().len(), 1);
/// assert!(Scope::parse("eenofanderezorgaanbieder~42", Release::R2_2, Verzamelen).is_err());
/// assert!(Scope::parse("eenofanderezorgaanbieder~42", Release::R2_2, Delen).is_ok());
/// let scope = Scope::parse("subscribe~180/eenofanderezorgaanbieder~42", Release::R2_2, Abonneren)?;
/// assert_eq!(scope.dagen(), Some(180));
/// # Ok::<(), medmij_oauth::ScopeError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
pub struct Scope {
    aanbieder: Aanbiedernaam,
    asked: Asked,
    representation: Representation,
}

#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
enum Asked {
    /// All that the Aanbieder has at the DVA.
    Aanbieder,
    /// One or more Gegevensdiensten, to be collected.
    Verzamelen(Vec<GegevensdienstId>),
    Delen([GegevensdienstId; 1]),
    Abonneren {
        dagen: u32,
        gegevensdienst: [GegevensdienstId; 1],
    },
}

impl Scope {
    /// The scope by which to ask for offers in a release.
    ///
    /// # Errors
    /// If the release takes one Gegevensdienst and there are more, or an id cannot stand in a scope.
    pub fn verzamelen(offers: &Offers, release: Release) -> Result<Self, ScopeError> {
        let ids = || offers.iter().map(scope_id).collect::<Result<Vec<_>, _>>();
        let asked = match release.verzamelen_scope() {
            VerzamelenScope::Aanbieder => Asked::Aanbieder,
            VerzamelenScope::OneCombination if offers.len() > 1 => return Err(ScopeError::MoreThanOne),
            VerzamelenScope::OneCombination | VerzamelenScope::Combinations => Asked::Verzamelen(ids()?),
        };
        Ok(Self::new(offers.aanbieder(), asked))
    }

    /// The scope by which to ask for the sharing of one Gegevensdienst, in any release.
    ///
    /// # Errors
    /// If its id cannot stand in a scope.
    pub fn delen(offer: &Offer) -> Result<Self, ScopeError> {
        Ok(Self::new(&offer.aanbieder, Asked::Delen([scope_id(offer)?])))
    }

    /// The scope by which to ask for an Abonnement of at most so many days from today, or with 0 for its end.
    ///
    /// # Errors
    /// If the release has no Abonneren, or the id of the Gegevensdienst cannot stand in a scope.
    pub fn abonneren(offer: &Offer, dagen: u32, release: Release) -> Result<Self, ScopeError> {
        if !release.abonneren() {
            return Err(ScopeError::Function);
        }
        let gegevensdienst = [scope_id(offer)?];
        Ok(Self::new(&offer.aanbieder, Asked::Abonneren { dagen, gegevensdienst }))
    }

    /// The same for a person who is represented; *Verzamelen* only [ext.vert.authint.200, 2.x].
    ///
    /// # Errors
    /// If the release or function has no such representation.
    pub fn with_representation(self, representation: Representation, release: Release) -> Result<Self, ScopeError> {
        let known = match (representation, release.representation()) {
            (Representation::None, _) | (_, RepresentationSupport::OnBehalfOfAndChild) => true,
            (_, RepresentationSupport::None) => false,
            (representation, RepresentationSupport::OnBehalfOf) => representation == Representation::OnBehalfOf,
        };
        let fits = representation == Representation::None || self.function() == ScopeFunction::Verzamelen;
        if known && fits {
            Ok(Self { representation, ..self })
        } else {
            Err(ScopeError::Representation)
        }
    }

    /// The same with other days, if it is of an Abonnement.
    pub(crate) fn with_dagen(&self, granted: u32) -> Self {
        let mut scope = self.clone();
        if let Asked::Abonneren { dagen, .. } = &mut scope.asked {
            *dagen = granted;
        }
        scope
    }

    fn new(aanbieder: &Aanbiedernaam, asked: Asked) -> Self {
        Self {
            aanbieder: aanbieder.clone(),
            asked,
            representation: Representation::None,
        }
    }

    /// Reads the scope of a request for a function in a release. At most 4096 bytes and 100 members.
    ///
    /// # Errors
    /// The first rule of the grammar that it breaks.
    pub fn parse(text: &str, release: Release, function: ScopeFunction) -> Result<Self, ScopeError> {
        check_size(text)?;
        let mut representation = Representation::None;
        let mut members = Vec::new();
        // The order of members has no meaning in OAuth.
        for member in text.split(' ') {
            match [Representation::OnBehalfOf, Representation::OnBehalfOfChild]
                .into_iter()
                .find(|kind| kind.scope_member() == Some(member))
            {
                None => members.push(member),
                Some(kind) if representation == Representation::None => representation = kind,
                Some(kind) if kind == representation => return Err(ScopeError::Repeated),
                Some(_) => return Err(ScopeError::Representation),
            }
        }
        let scope = match function {
            ScopeFunction::Verzamelen => Self::parse_verzamelen(&members, release),
            ScopeFunction::Delen => {
                let (aanbieder, id) = combination(one(&members)?)?;
                Ok(Self::new(&aanbieder, Asked::Delen([id])))
            }
            ScopeFunction::Abonneren => Self::parse_abonneren(one(&members)?, release),
        };
        scope?.with_representation(representation, release)
    }

    fn parse_verzamelen(members: &[&str], release: Release) -> Result<Self, ScopeError> {
        let form = release.verzamelen_scope();
        if form == VerzamelenScope::Aanbieder {
            let aanbieder = Aanbiedernaam::from_naam(one(members)?).map_err(|_| ScopeError::Aanbieder)?;
            return Ok(Self::new(&aanbieder, Asked::Aanbieder));
        }
        let mut members = members.iter().map(|member| combination(member));
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
        Ok(Self::new(&aanbieder, Asked::Verzamelen(ids)))
    }

    fn parse_abonneren(text: &str, release: Release) -> Result<Self, ScopeError> {
        if !release.abonneren() {
            return Err(ScopeError::Function);
        }
        let (dagen, rest) = text
            .strip_prefix(SUBSCRIBE)
            .and_then(|rest| rest.split_once('/'))
            .ok_or(ScopeError::Abonneren)?;
        let plain = dagen.bytes().all(|b| b.is_ascii_digit()) && (dagen == "0" || !dagen.starts_with('0'));
        let dagen = dagen.parse().ok().filter(|_| plain).ok_or(ScopeError::Dagen)?;
        let (aanbieder, id) = combination(rest)?;
        let gegevensdienst = [id];
        Ok(Self::new(&aanbieder, Asked::Abonneren { dagen, gegevensdienst }))
    }

    /// Whose data it is about.
    #[must_use]
    pub const fn aanbieder(&self) -> &Aanbiedernaam {
        &self.aanbieder
    }

    /// What is asked for.
    #[must_use]
    pub const fn function(&self) -> ScopeFunction {
        match self.asked {
            Asked::Aanbieder | Asked::Verzamelen(_) => ScopeFunction::Verzamelen,
            Asked::Delen(_) => ScopeFunction::Delen,
            Asked::Abonneren { .. } => ScopeFunction::Abonneren,
        }
    }

    /// The Gegevensdiensten that are named, one or more; `None` for all that the Aanbieder has at the DVA.
    #[must_use]
    pub fn gegevensdiensten(&self) -> Option<&[GegevensdienstId]> {
        match &self.asked {
            Asked::Aanbieder => None,
            Asked::Verzamelen(ids) => Some(ids),
            Asked::Delen(id) | Asked::Abonneren { gegevensdienst: id, .. } => Some(id),
        }
    }

    /// How many days an Abonnement is to last from today, at most; 0 ends it. `None` for the other functions.
    #[must_use]
    pub const fn dagen(&self) -> Option<u32> {
        match self.asked {
            Asked::Abonneren { dagen, .. } => Some(dagen),
            _ => None,
        }
    }

    /// Whether the person acts for someone else.
    #[must_use]
    pub const fn representation(&self) -> Representation {
        self.representation
    }

    /// The declaration that the person is asked for [core.authint.205, 2.x] [ext.abo.authint.202, 2.x].
    #[must_use]
    pub const fn declaration(&self) -> Declaration {
        self.of_flow().declaration()
    }

    /// The test that the DVA does for the Aanbieder, if there is one.
    #[must_use]
    pub const fn test(&self) -> Option<Test> {
        self.of_flow().test()
    }

    /// Whether that test may take place at this moment.
    #[must_use]
    pub const fn allows_test(&self, moment: TestMoment) -> bool {
        self.of_flow().allows(moment)
    }

    /// Whether the person may choose consent for an indefinite time in a release.
    #[must_use]
    pub const fn may_be_langdurig(&self, release: Release) -> bool {
        self.of_flow().may_be_langdurig(release)
    }

    /// The function of the flow; whether an Abonnement is taken or changed, a scope does not tell, nor does it matter here.
    const fn of_flow(&self) -> Function {
        match self.asked {
            Asked::Aanbieder | Asked::Verzamelen(_) => Function::Verzamelen,
            Asked::Delen(_) => Function::Delen,
            Asked::Abonneren { dagen: 0, .. } => Function::AbonnementBeeindigen,
            Asked::Abonneren { .. } => Function::AbonnementAanmaken,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(dagen) = self.dagen() {
            write!(f, "{SUBSCRIBE}{dagen}/")?;
        }
        match self.gegevensdiensten() {
            None => f.write_str(self.aanbieder.naam())?,
            Some(ids) => write_combinations(f, &self.aanbieder, ids)?,
        }
        match self.representation.scope_member() {
            Some(member) => write!(f, " {member}"),
            None => Ok(()),
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

fn check_size(text: &str) -> Result<(), ScopeError> {
    if text.len() > MAX_LEN || text.split(' ').nth(MAX_MEMBERS).is_some() {
        return Err(ScopeError::TooLong);
    }
    Ok(())
}

/// The only member.
fn one<'a>(members: &[&'a str]) -> Result<&'a str, ScopeError> {
    match members {
        [member] => Ok(member),
        [] => Err(ScopeError::Combination),
        _ => Err(ScopeError::MoreThanOne),
    }
}

/// `naam~id`
fn combination(text: &str) -> Result<(Aanbiedernaam, GegevensdienstId), ScopeError> {
    let (naam, id) = text.split_once('~').ok_or(ScopeError::Combination)?;
    let aanbieder = Aanbiedernaam::from_naam(naam).map_err(|_| ScopeError::Aanbieder)?;
    Ok((aanbieder, gegevensdienst(id)?))
}

fn gegevensdienst(text: &str) -> Result<GegevensdienstId, ScopeError> {
    let id = text.parse().ok().filter(GegevensdienstId::fits_in_scope);
    id.ok_or(ScopeError::Gegevensdienst)
}

fn scope_id(offer: &Offer) -> Result<GegevensdienstId, ScopeError> {
    gegevensdienst(offer.gegevensdienst.as_str())
}
