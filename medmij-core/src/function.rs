//! The functions of the framework and what belongs to each: declaration, test, representation.

use crate::Release;
use crate::newtype::enum_as_text;

/// What a person does with MedMij: collect, share, subscribe, or manage consents [UC Verzamelen, 1.4.0] [Delen, 2.x].
///
/// ```
/// use medmij_core::{Declaration, Function};
///
/// let function: Function = "verzamelen".parse()?;
/// assert_eq!(function.declaration(), Declaration::Toestemmingsverklaring);
/// # Ok::<(), medmij_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new function must be met by every machine that handles functions"
)]
pub enum Function {
    /// *Verzamelen*: the PGO collects health data from the Aanbieder.
    Verzamelen,
    /// *Delen*: the PGO places health data with the Aanbieder.
    Delen,
    /// *Abonneren*, taking an Abonnement (a subscription).
    AbonnementAanmaken,
    /// *Abonneren*, changing the end date of an Abonnement.
    AbonnementWijzigen,
    /// *Abonneren*, ending an Abonnement.
    AbonnementBeeindigen,
    /// *Beheren toestemmingen*: seeing and withdrawing long-term consents.
    BeherenToestemmingen,
}

enum_as_text!(
    Function,
    Verzamelen = "verzamelen",
    Delen = "delen",
    AbonnementAanmaken = "abonneren-aanmaken",
    AbonnementWijzigen = "abonneren-wijzigen",
    AbonnementBeeindigen = "abonneren-beeindigen",
    BeherenToestemmingen = "beheren-toestemmingen",
);

impl Function {
    /// The declaration that the person is asked for [core.authint.205, 2.x] [ext.abo.authint.202, 2.x].
    #[must_use]
    pub const fn declaration(self) -> Declaration {
        match self {
            Self::Verzamelen => Declaration::Toestemmingsverklaring,
            Self::Delen => Declaration::Bevestigingsverklaring,
            Self::AbonnementAanmaken | Self::AbonnementWijzigen => Declaration::ToestemmingsverklaringAbonneren,
            Self::AbonnementBeeindigen => Declaration::BeeindigingsverklaringAbonnement,
            Self::BeherenToestemmingen => Declaration::BeeindigingsverklaringToestemming,
        }
    }

    /// The test that the DVA does for the Aanbieder, if the function has one. Ending may not be refused, so it has none.
    #[must_use]
    pub const fn test(self) -> Option<Test> {
        match self {
            Self::Verzamelen | Self::AbonnementAanmaken | Self::AbonnementWijzigen => Some(Test::Beschikbaarheid),
            Self::Delen => Some(Test::Ontvankelijkheid),
            Self::AbonnementBeeindigen | Self::BeherenToestemmingen => None,
        }
    }

    /// Whether the test may take place at this moment. *Delen* knows the early moment only [Delen, 2.x].
    #[must_use]
    pub const fn allows(self, moment: TestMoment) -> bool {
        match self {
            Self::Delen => matches!(moment, TestMoment::Early),
            Self::Verzamelen | Self::AbonnementAanmaken | Self::AbonnementWijzigen => true,
            Self::AbonnementBeeindigen | Self::BeherenToestemmingen => false,
        }
    }

    /// Whether the person may choose consent for an indefinite time: *Verzamelen* in the releases that have it
    /// [Toestemmingsverklaring, 2.2.4] [RFC0054, 2.0].
    #[must_use]
    pub const fn may_be_langdurig(self, release: Release) -> bool {
        matches!(self, Self::Verzamelen) && release.langdurige_toestemming()
    }

    /// Whether the release has the function.
    #[must_use]
    pub const fn exists_in(self, release: Release) -> bool {
        match self {
            Self::Verzamelen | Self::Delen => true,
            Self::AbonnementAanmaken | Self::AbonnementWijzigen | Self::AbonnementBeeindigen => release.abonneren(),
            Self::BeherenToestemmingen => release.langdurige_toestemming(),
        }
    }
}

/// What the person declares at the DVA [core.usrint.102, 2.x] [core.usrint.103, 2.x].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Declaration {
    /// Consent to send health data to the PGO (*Verzamelen*).
    Toestemmingsverklaring,
    /// Consent to send notifications to the PGO (*Abonneren*).
    ToestemmingsverklaringAbonneren,
    /// The end of an Abonnement.
    BeeindigingsverklaringAbonnement,
    /// Confirmation that health data is shared (*Delen*).
    Bevestigingsverklaring,
    /// The withdrawal of a long-term consent.
    BeeindigingsverklaringToestemming,
}

enum_as_text!(
    Declaration,
    Toestemmingsverklaring = "toestemmingsverklaring",
    ToestemmingsverklaringAbonneren = "toestemmingsverklaring-abonneren",
    BeeindigingsverklaringAbonnement = "beeindigingsverklaring-abonnement",
    Bevestigingsverklaring = "bevestigingsverklaring",
    BeeindigingsverklaringToestemming = "beeindigingsverklaring-toestemming",
);

/// The automatic test that the DVA does for the Aanbieder.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Test {
    /// *Beschikbaarheidstoets*: a treatment relation, data, and the right age [Verantwoordelijkheden, Zorg, 2.x].
    Beschikbaarheid,
    /// *Ontvankelijkheidstoets*: whether the Aanbieder may and wants to receive [Delen, 2.x].
    Ontvankelijkheid,
}

enum_as_text!(
    Test,
    Beschikbaarheid = "beschikbaarheid",
    Ontvankelijkheid = "ontvankelijkheid"
);

/// When the test takes place.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the framework knows an earliest and a latest moment"
)]
pub enum TestMoment {
    /// In the authorization, between authentication and declaration; advised.
    Early,
    /// At the resource or subscription request.
    Late,
}

enum_as_text!(TestMoment, Early = "early", Late = "late");

/// Whether the person acts for someone else [ext.vert.authint.200, 2.x]; *Verzamelen* only.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "the forms of the extension Vertegenwoordiging")]
pub enum Representation {
    /// The person acts for themselves.
    #[default]
    None,
    /// Voluntary representation, scope member `onbehalfof`.
    OnBehalfOf,
    /// Parental authority over a child younger than twelve, scope member `onbehalfofchild`.
    OnBehalfOfChild,
}

enum_as_text!(
    Representation,
    None = "none",
    OnBehalfOf = "onbehalfof",
    OnBehalfOfChild = "onbehalfofchild"
);

impl Representation {
    /// The member of an OAuth scope that asks for it, if there is one.
    #[must_use]
    pub const fn scope_member(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::OnBehalfOf | Self::OnBehalfOfChild => Some(self.as_str()),
        }
    }

    /// Whether the subject of the data has the right age, in whole years: sixteen or older, or younger than twelve under
    /// parental authority [Functies en gegevens, Vertegenwoordiging, 2.x] [UC Verzamelen 3, 1.4.0].
    ///
    /// ```
    /// use medmij_core::Representation;
    ///
    /// assert!(Representation::None.age_is_right(16) && !Representation::None.age_is_right(15));
    /// assert!(Representation::OnBehalfOfChild.age_is_right(11) && !Representation::OnBehalfOfChild.age_is_right(12));
    /// ```
    #[must_use]
    pub const fn age_is_right(self, years: u16) -> bool {
        match self {
            Self::None | Self::OnBehalfOf => years >= 16,
            Self::OnBehalfOfChild => years < 12,
        }
    }
}
