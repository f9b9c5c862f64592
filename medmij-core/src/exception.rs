//! The exceptions of the framework: which there are, who finds them, who may know of them, and what happens then.

use std::fmt;

use crate::release::{ErrorDelivery, Mark};
use crate::{ParseError, ParseRule, Release};

/// The class *not granted*: the one answer to the DVP for an identity that is not established, data that is not
/// available, and a declaration that is not given [UC Verzamelen 2, 1.4.0] [UC Verzamelen 3, 1.4.0]
/// [UC Verzamelen 4, 1.4.0] [Autoriseren 1, 2.x] [Autoriseren 2, 2.x].
///
/// It has no fields, so that no reason can be put into it, and whatever is made of it is the same each time.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq, thiserror::Error)]
#[error("the request is not granted")]
#[expect(clippy::exhaustive_structs, reason = "it has no fields and must not get any")]
pub struct NotGranted;

/// The class of an exception: it decides who may learn of it, and in which form.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ExceptionClass {
    /// The client or its redirect URI is not verified (exception 1a): the person sees a page, nothing is redirected.
    UnverifiedClient,
    /// The request of a verified client is invalid (exception 1b).
    InvalidRequest,
    /// Identity not established, not available, declaration not given: never told apart towards the DVP.
    NotGranted,
    /// The answer of the person cannot be established, or something technical failed.
    Undetermined,
    /// After consent, data cannot be delivered or placed; the cause may be told.
    NotDelivered,
    /// The person broke off the login.
    LoginCancelled,
    /// Representation was used and not expected, or expected and not used: the person sees a page.
    Representation,
    /// A Notificatie is refused.
    Notification,
}

impl ExceptionClass {
    /// What the DVP may learn of an exception of this class.
    #[must_use]
    pub const fn dvp_learns(self) -> DvpLearns {
        match self {
            Self::UnverifiedClient | Self::Representation | Self::LoginCancelled => DvpLearns::Nothing,
            Self::NotGranted => DvpLearns::NotGranted(NotGranted),
            Self::InvalidRequest | Self::Undetermined => DvpLearns::TheException,
            Self::NotDelivered => DvpLearns::TheExceptionAndCause,
            Self::Notification => DvpLearns::ItsOwn,
        }
    }
}

impl ExceptionClass {
    /// Who tells the person of an exception of this class, in a release [Delen 1, 2.x] [UC Verzamelen 1, 1.4.0].
    #[must_use]
    pub const fn person_told_by(self, release: Release) -> Teller {
        let delivery = match self {
            Self::UnverifiedClient | Self::Representation | Self::LoginCancelled => return Teller::Dva,
            Self::NotGranted => return Teller::DvaThenDvp,
            Self::NotDelivered => return Teller::Dvp,
            Self::Notification => return Teller::Nobody,
            Self::InvalidRequest => release.invalid_request_delivery(),
            Self::Undetermined => release.technical_failure_delivery(),
        };
        match delivery {
            ErrorDelivery::Redirect => Teller::Dvp,
            ErrorDelivery::PageFirst => Teller::DvaThenDvp,
        }
    }
}

/// What the DVP may learn of an exception.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the column of flows.md 4.5; a new way must be met by every sender"
)]
pub enum DvpLearns {
    /// Nothing: no message goes to it.
    Nothing,
    /// That the request is not granted, and no more.
    NotGranted(NotGranted),
    /// Which exception it was.
    TheException,
    /// Which exception it was, with its cause.
    TheExceptionAndCause,
    /// It finds the exception itself and tells the DVA.
    ItsOwn,
}

/// Who finds an exception.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a flow has two sides")]
pub enum Discoverer {
    /// The Dienstverlener aanbieder, in 1.x Bron or Lezer.
    Dva,
    /// The Dienstverlener persoon, in 1.x Uitgever.
    Dvp,
}

/// Who tells the person.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a flow has two sides")]
pub enum Teller {
    /// The DVA, on a page of its own.
    Dva,
    /// The DVP.
    Dvp,
    /// The DVA first; after the person's own click the DVP too.
    DvaThenDvp,
    /// Nobody: the flow does not involve the person at that moment.
    Nobody,
}

/// What happens after the exception.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Continuation {
    /// All stop the flow as soon as they know.
    AllStop,
    /// What can be delivered or placed may still be.
    PartMayGoOn,
    /// The person may log in after all, or close the screen.
    MayLogInAgain,
    /// The DVA stops the flow.
    DvaStops,
    /// The DVP stops the flow.
    DvpStops,
    /// The framework's text was not found.
    NotFound,
}

/// Everything the framework says of one exception.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Exception {
    /// The code.
    pub code: ExceptionCode,
    /// Its name and number in the framework, `UC Verzamelen 3`.
    pub label: &'static str,
    /// The page of the framework that has it.
    pub page: &'static str,
    /// The number on that page, if it was seen.
    pub number: Option<&'static str>,
    /// The first release that has it.
    pub first: Release,
    /// The last release that has it.
    pub last: Release,
    /// Its class.
    pub class: ExceptionClass,
    /// Who finds it.
    pub discovered_by: Discoverer,
    /// What happens then.
    pub continuation: Continuation,
    /// How sure this is, in the least sure of its releases.
    pub mark: Mark,
}

macro_rules! exceptions {
    ($(
        $(#[$doc:meta])*
        $code:ident = $label:literal on $page:literal nr $number:expr,
        $first:ident..$last:ident, $class:ident, $by:ident, $then:ident, $mark:ident;
    )+) => {
        /// The code of an exception of the framework; [`info`](Self::info) tells all about it.
        ///
        /// Grows with what is found of the framework's tables: the numbered table of *Abonneren* and those of the resource
        /// and token interface were not found, so their situations have no number here.
        ///
        /// ```
        /// use medmij_core::{DvpLearns, ExceptionCode, NotGranted};
        ///
        /// let refused: ExceptionCode = "UC Verzamelen 4".parse()?;
        /// assert_eq!(refused.info().class.dvp_learns(), DvpLearns::NotGranted(NotGranted));
        /// # Ok::<(), medmij_core::ParseError>(())
        /// ```
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum ExceptionCode {
            $($(#[$doc])* $code,)+
        }

        impl ExceptionCode {
            /// Every exception, in the order of the specification.
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// What the framework says of the exception.
            #[must_use]
            pub const fn info(self) -> Exception {
                match self {
                    $(Self::$code => Exception {
                        code: self,
                        label: $label,
                        page: $page,
                        number: $number,
                        first: Release::$first,
                        last: Release::$last,
                        class: ExceptionClass::$class,
                        discovered_by: Discoverer::$by,
                        continuation: Continuation::$then,
                        mark: Mark::$mark,
                    },)+
                }
            }
        }
    };
}

impl ExceptionCode {
    /// The exceptions that a release has.
    pub fn of(release: Release) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |code| {
            let info = code.info();
            info.first <= release && release <= info.last
        })
    }
}

impl std::str::FromStr for ExceptionCode {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|code| code.info().label == text);
        found
            .copied()
            .ok_or(ParseError::new("ExceptionCode", ParseRule::Unknown, 0))
    }
}

impl fmt::Display for ExceptionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.info().label)
    }
}

impl serde::Serialize for ExceptionCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.info().label)
    }
}

impl<'de> serde::Deserialize<'de> for ExceptionCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

exceptions! {
    /// The request received is invalid [UC Verzamelen 1, 1.4.0].
    UcVerzamelen1 = "UC Verzamelen 1" on "UC Verzamelen" nr Some("1"),
        R1_1..R1_5, InvalidRequest, Dva, AllStop, Seen;
    /// The identity of the person cannot be established [UC Verzamelen 2, 1.4.0].
    UcVerzamelen2 = "UC Verzamelen 2" on "UC Verzamelen" nr Some("2"),
        R1_1..R1_5, NotGranted, Dva, AllStop, Seen;
    /// No health information is available, in any case without a treatment relation or under sixteen
    /// [UC Verzamelen 3, 1.4.0].
    UcVerzamelen3 = "UC Verzamelen 3" on "UC Verzamelen" nr Some("3"),
        R1_1..R1_5, NotGranted, Dva, AllStop, Seen;
    /// The Toestemmingsverklaring is not given [UC Verzamelen 4, 1.4.0].
    UcVerzamelen4 = "UC Verzamelen 4" on "UC Verzamelen" nr Some("4"),
        R1_1..R1_5, NotGranted, Dva, AllStop, Seen;
    /// The answer to the question for consent cannot be determined [UC Verzamelen 5, 1.4.0].
    UcVerzamelen5 = "UC Verzamelen 5" on "UC Verzamelen" nr Some("5"),
        R1_1..R1_5, Undetermined, Dva, AllStop, Seen;
    /// Even after consent, the health information cannot be made available [UC Verzamelen 6, 1.4.0].
    UcVerzamelen6 = "UC Verzamelen 6" on "UC Verzamelen" nr Some("6"),
        R1_1..R1_5, NotDelivered, Dva, PartMayGoOn, Seen;
    /// The person cancels the login [UC Verzamelen 7, 1.4.0].
    UcVerzamelen7 = "UC Verzamelen 7" on "UC Verzamelen" nr Some("7"),
        R1_4..R1_5, LoginCancelled, Dva, MayLogInAgain, Seen;

    /// The request received is invalid; the mirror of UC Verzamelen, whose own table was not found [UC Delen 1, 1.x].
    UcDelen1 = "UC Delen 1" on "UC Delen" nr Some("1"),
        R1_1..R1_5, InvalidRequest, Dva, AllStop, Inferred;
    /// The identity of the person cannot be established [UC Delen 2, 1.x].
    UcDelen2 = "UC Delen 2" on "UC Delen" nr Some("2"),
        R1_1..R1_5, NotGranted, Dva, AllStop, Inferred;
    /// The Aanbieder is not receptive: no treatment relation, under sixteen, or it does not want to [UC Delen 3, 1.x].
    UcDelen3 = "UC Delen 3" on "UC Delen" nr Some("3"),
        R1_1..R1_5, NotGranted, Dva, AllStop, Inferred;
    /// The Bevestigingsverklaring is not given [UC Delen 4, 1.x].
    UcDelen4 = "UC Delen 4" on "UC Delen" nr Some("4"),
        R1_1..R1_5, NotGranted, Dva, AllStop, Inferred;
    /// The answer to the question for confirmation cannot be determined [UC Delen 5, 1.x].
    UcDelen5 = "UC Delen 5" on "UC Delen" nr Some("5"),
        R1_1..R1_5, Undetermined, Dva, AllStop, Inferred;
    /// Even after confirmation, the health information cannot be placed [UC Delen 6, 1.x].
    UcDelen6 = "UC Delen 6" on "UC Delen" nr Some("6"),
        R1_1..R1_5, NotDelivered, Dva, PartMayGoOn, Inferred;
    /// The person cancels the login [UC Delen 7, 1.4].
    UcDelen7 = "UC Delen 7" on "UC Delen" nr Some("7"),
        R1_4..R1_5, LoginCancelled, Dva, MayLogInAgain, Inferred;

    /// The identity of the person cannot be established [Authenticeren 1, 2.x].
    Authenticeren1 = "Authenticeren 1" on "Authenticeren" nr Some("1"),
        R1_6..R2_2, NotGranted, Dva, AllStop, Seen;
    /// The person cancels the login [Authenticeren 2, 2.x].
    Authenticeren2 = "Authenticeren 2" on "Authenticeren" nr Some("2"),
        R1_6..R2_2, LoginCancelled, Dva, MayLogInAgain, Seen;
    /// No health information is available, or the Aanbieder is not receptive [Autoriseren 1, 1.6].
    Autoriseren1 = "Autoriseren 1" on "Autoriseren" nr Some("1"),
        R1_6..R2_2, NotGranted, Dva, AllStop, Inferred;
    /// The declaration is not given [Autoriseren 2, 1.6].
    Autoriseren2 = "Autoriseren 2" on "Autoriseren" nr Some("2"),
        R1_6..R2_2, NotGranted, Dva, AllStop, Inferred;
    /// The answer to the question for the declaration cannot be determined [Autoriseren 3, 1.6].
    Autoriseren3 = "Autoriseren 3" on "Autoriseren" nr Some("3"),
        R1_6..R2_2, Undetermined, Dva, AllStop, Inferred;
    /// The request received is invalid [Verzamelen 1, 2.x].
    Verzamelen1 = "Verzamelen 1" on "Verzamelen" nr Some("1"),
        R1_6..R2_2, InvalidRequest, Dva, AllStop, Inferred;
    /// Even after consent, the health information cannot be obtained [Verzamelen 2, 2.x].
    Verzamelen2 = "Verzamelen 2" on "Verzamelen" nr Some("2"),
        R1_6..R2_2, NotDelivered, Dva, PartMayGoOn, Inferred;
    /// The request received is invalid [Delen 1, 2.x].
    Delen1 = "Delen 1" on "Delen" nr Some("1"),
        R1_6..R2_2, InvalidRequest, Dva, AllStop, Seen;
    /// Even after confirmation, the health information cannot be placed [Delen 2, 2.x].
    Delen2 = "Delen 2" on "Delen" nr Some("2"),
        R1_6..R2_2, NotDelivered, Dva, PartMayGoOn, Seen;

    /// A request of *Abonneren* is invalid [ext.abo.authint.203, 2.x].
    AbonnerenOngeldig = "Abonneren, ongeldig verzoek" on "Abonneren" nr None,
        R1_2..R2_2, InvalidRequest, Dva, AllStop, Inferred;
    /// The identity of the person cannot be established [ext.abo.authint.203, 2.x].
    AbonnerenIdentiteit = "Abonneren, identiteit" on "Abonneren" nr None,
        R1_2..R2_2, NotGranted, Dva, AllStop, Inferred;
    /// The Aanbieder may not or does not wish to receive an Abonnement [ext.abo.authint.203, 2.x].
    AbonnerenNietMogelijk = "Abonneren, niet mogelijk" on "Abonneren" nr None,
        R1_2..R2_2, NotGranted, Dva, AllStop, Inferred;
    /// The declaration is not given [ext.abo.authint.203, 2.x].
    AbonnerenGeweigerd = "Abonneren, niet toegestaan" on "Abonneren" nr None,
        R1_2..R2_2, NotGranted, Dva, AllStop, Inferred;
    /// The answer to the question for the declaration cannot be determined [ext.abo.authint.203, 2.x].
    AbonnerenOnbepaald = "Abonneren, antwoord onbekend" on "Abonneren" nr None,
        R1_2..R2_2, Undetermined, Dva, AllStop, Inferred;
    /// Even after consent, the Abonnement cannot be taken, changed or ended [ext.abo.authint.203, 2.x].
    AbonnerenNietGeplaatst = "Abonneren, niet geplaatst" on "Abonneren" nr None,
        R1_2..R2_2, NotDelivered, Dva, PartMayGoOn, Inferred;
    /// The person cancels the login [ext.abo.authint.203, 2.x].
    AbonnerenGeannuleerd = "Abonneren, inloggen geannuleerd" on "Abonneren" nr None,
        R1_4..R2_2, LoginCancelled, Dva, MayLogInAgain, Inferred;

    /// A received Notificatie is invalid [Notificeren 1, 2.x].
    Notificeren1 = "Notificeren 1" on "Notificeren" nr Some("1"),
        R1_2..R2_2, Notification, Dvp, AllStop, Seen;
    /// A Notificatie cannot be processed, not entirely, or not in time [Notificeren 2, 2.x].
    Notificeren2 = "Notificeren 2" on "Notificeren" nr Some("2"),
        R1_2..R2_2, Notification, Dvp, NotFound, Inferred;

    /// The DVA does not support representation [Autoriseren Vertegenwoordiging 1, 2.x].
    AutoriserenVertegenwoordiging1 = "Autoriseren Vertegenwoordiging 1"
        on "Autoriseren, Vertegenwoordiging" nr Some("1"),
        R1_5..R2_2, InvalidRequest, Dva, AllStop, Inferred;
    /// The Gegevensdienst of this Aanbieder does not support representation [Autoriseren Vertegenwoordiging 2, 2.x].
    AutoriserenVertegenwoordiging2 = "Autoriseren Vertegenwoordiging 2"
        on "Autoriseren, Vertegenwoordiging" nr Some("2"),
        R1_5..R2_2, InvalidRequest, Dvp, DvpStops, Inferred;
    /// The DVP does not support representation, and it was used [Autoriseren Vertegenwoordiging 3, 2.x].
    AutoriserenVertegenwoordiging3 = "Autoriseren Vertegenwoordiging 3"
        on "Autoriseren, Vertegenwoordiging" nr Some("3"),
        R1_5..R2_2, Representation, Dva, DvaStops, Inferred;
    /// Representation was expected and not used [Authorization interface Vertegenwoordiging 1, 2.x].
    AuthorizationInterfaceVertegenwoordiging1 = "Authorization interface Vertegenwoordiging 1"
        on "Authorization interface, Vertegenwoordiging" nr Some("1"),
        R1_5..R2_2, Representation, Dva, DvaStops, Seen;
    /// Representation was used and not expected [Authorization interface Vertegenwoordiging 2, 2.x].
    AuthorizationInterfaceVertegenwoordiging2 = "Authorization interface Vertegenwoordiging 2"
        on "Authorization interface, Vertegenwoordiging" nr Some("2"),
        R1_5..R2_2, Representation, Dva, DvaStops, Seen;
    /// The date of birth in the request is not the one known behind the DVA [ext.vert.autorisatie.201, 2.x].
    GeboortedatumVerschilt = "ext.vert.autorisatie.201" on "Authorization interface, Vertegenwoordiging" nr None,
        R1_5..R2_2, Representation, Dva, DvaStops, Inferred;

    /// `client_id` or `redirect_uri` is wrong [core.authint.202, 2.x].
    AuthorizationInterface1a = "Authorization interface 1a" on "Authorization interface" nr Some("1a"),
        R1_1..R2_2, UnverifiedClient, Dva, AllStop, Inferred;
    /// Another parameter of the authorization request is wrong [core.authint.203, 2.x].
    AuthorizationInterface1b = "Authorization interface 1b" on "Authorization interface" nr Some("1b"),
        R1_1..R2_2, InvalidRequest, Dva, AllStop, Inferred;
}
