//! The releases of the Afsprakenstelsel, and the one table of what differs between them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::gegevensdienst::check_length;
use crate::newtype::text_newtype;
use crate::{ParseError, ParseRule};

/// A release of the MedMij Afsprakenstelsel, as far as a flow can tell releases apart: `1.4` stands for every 1.4.x.
///
/// A flow has one release from its start to its end. What a release demands is asked of the table below, through one
/// method per rule; [`rules`](Self::rules) lists the whole column with its sources. Code never compares releases.
///
/// ```
/// use medmij_core::{Release, VerzamelenScope};
///
/// let release: Release = "2.2.4".parse()?;
/// assert_eq!(release, Release::R2_2);
/// assert_eq!(release.verzamelen_scope(), VerzamelenScope::Aanbieder);
/// assert_eq!(Release::R1_4.verzamelen_scope(), VerzamelenScope::OneCombination);
/// # Ok::<(), medmij_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Release {
    /// Release 1.1 (1.1.x).
    R1_1,
    /// Release 1.2.
    R1_2,
    /// Release 1.3.
    R1_3,
    /// Release 1.4.
    R1_4,
    /// Release 1.5.
    R1_5,
    /// Release 1.6.
    R1_6,
    /// Release 2.0.
    R2_0,
    /// Release 2.1.
    R2_1,
    /// Release 2.2, and every later 2.x until one is known to differ.
    R2_2,
}

impl Release {
    /// Every release, oldest first.
    pub const ALL: [Self; 9] = [
        Self::R1_1,
        Self::R1_2,
        Self::R1_3,
        Self::R1_4,
        Self::R1_5,
        Self::R1_6,
        Self::R2_0,
        Self::R2_1,
        Self::R2_2,
    ];

    /// The release with two numbers, `1.4`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::R1_1 => "1.1",
            Self::R1_2 => "1.2",
            Self::R1_3 => "1.3",
            Self::R1_4 => "1.4",
            Self::R1_5 => "1.5",
            Self::R1_6 => "1.6",
            Self::R2_0 => "2.0",
            Self::R2_1 => "2.1",
            Self::R2_2 => "2.2",
        }
    }

    /// The first number of the release.
    #[must_use]
    pub const fn major(self) -> u8 {
        match self {
            Self::R1_1 | Self::R1_2 | Self::R1_3 | Self::R1_4 | Self::R1_5 | Self::R1_6 => 1,
            Self::R2_0 | Self::R2_1 | Self::R2_2 => 2,
        }
    }

    /// Whether an entry of a list with this Interfaceversie is for a flow of this release.
    ///
    /// Compared by major and minor number in 1.x, by major number alone from 2.0 on, as the versions of the interfaces
    /// are [core.lijsten.300, 2.x]. An entry without one stands in an old list and is of 1.1 [ZAL, release2]. An
    /// Interfaceversie of another form serves no release.
    ///
    /// ```
    /// use medmij_core::{InterfaceversieId, Release};
    ///
    /// let id: InterfaceversieId = "1.4.0".parse()?;
    /// assert!(Release::R1_4.serves(Some(&id)));
    /// assert!(!Release::R1_5.serves(Some(&id)));
    /// assert!(Release::R2_0.serves(Some(&"2".parse()?)));
    /// assert!(Release::R1_1.serves(None));
    /// # Ok::<(), medmij_core::ParseError>(())
    /// ```
    #[must_use]
    pub fn serves(self, interfaceversie: Option<&InterfaceversieId>) -> bool {
        let Some(id) = interfaceversie else {
            return self.entries_without_interfaceversie();
        };
        let Some((major, minor)) = numbers(id.as_str()) else {
            return false;
        };
        let (own_major, own_minor) = numbers(self.as_str()).unwrap_or_default();
        major == own_major && (self.interfaceversie_by_major() || minor == own_minor)
    }
}

/// The first two numbers of up to three, separated by full stops; all of them without sign or leading zero.
fn numbers(text: &str) -> Option<(u16, Option<u16>)> {
    let number = |part: &str| -> Option<u16> {
        let plain = part.bytes().all(|b| b.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
        if plain { part.parse().ok() } else { None }
    };
    let mut parts = text.split('.');
    let major = number(parts.next()?)?;
    let minor = parts.next().map(number);
    let patch = parts.next().map(number);
    if minor == Some(None) || patch == Some(None) || parts.next().is_some() {
        return None;
    }
    Some((major, minor.flatten()))
}

impl FromStr for Release {
    type Err = ParseError;

    /// Parses `1.4`, `1.4.0`, `2.2.4`; a later 2.x is taken as 2.2.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = match numbers(text) {
            Some((2, Some(minor))) if minor > 2 => Some(Self::R2_2),
            Some((_, Some(_))) => {
                let two = text.split('.').take(2).collect::<Vec<_>>().join(".");
                Self::ALL.into_iter().find(|release| release.as_str() == two)
            }
            _ => None,
        };
        known.ok_or(ParseError::new("Release", ParseRule::Release, 0))
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Release {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Release {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

text_newtype! {
    /// The id of an Interfaceversie in a list: the release whose interfaces the addresses below it implement, `1.4.0` or
    /// `2` [ZAL, release3].
    ///
    /// Kept as text and compared exactly; [`Release::serves`] reads it. 1 to 30 code points, a bound of ours, since the
    /// official schema was not seen.
    ///
    /// ```
    /// let id: medmij_core::InterfaceversieId = "1.4.0".parse()?;
    /// # Ok::<(), medmij_core::ParseError>(())
    /// ```
    InterfaceversieId, check_interfaceversie_id
}

fn check_interfaceversie_id(text: &str) -> Result<(), ParseError> {
    check_length("InterfaceversieId", text, 1, 30)
}

/// How sure a rule is, by what was seen of the framework's text.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a fact was seen, inferred or not found; there is no fourth"
)]
pub enum Mark {
    /// Seen literally in a source of this release.
    Seen,
    /// Inferred from other sources; a deployment may have to differ.
    Inferred,
    /// Looked for and not found; taken from the nearest release that has it.
    NotFound,
}

/// One cell of the table: what a rule is in one release, and where that stands.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AppliedRule {
    /// The rule's name: that of the method of [`Release`] which answers it.
    pub name: &'static str,
    /// Its value in this release, as `Debug` writes it.
    pub value: String,
    /// How sure that is.
    pub mark: Mark,
    /// The requirement or page it was taken from.
    pub source: &'static str,
}

/// Makes one method per rule, and [`Release::rules`], from the table.
macro_rules! release_table {
    ($(
        $(#[$doc:meta])*
        $rule:ident: $type:ty {
            $($($release:ident)|+ => $value:expr, $mark:ident, $source:literal;)+
        }
    )+) => {
        /// The table of the rules that differ between releases: one method per rule, one row per value.
        impl Release {
            $(
                $(#[$doc])*
                #[must_use]
                pub const fn $rule(self) -> $type {
                    match self {
                        $($(Self::$release)|+ => $value,)+
                    }
                }
            )+

            /// Every rule of the table for this release, with its mark and source.
            #[must_use]
            pub fn rules(self) -> Vec<AppliedRule> {
                vec![$({
                    let (mark, source) = match self {
                        $($(Self::$release)|+ => (Mark::$mark, $source),)+
                    };
                    AppliedRule { name: stringify!($rule), value: format!("{:?}", self.$rule()), mark, source }
                },)+]
            }
        }
    };
}

/// What the scope of a request for *Verzamelen* holds.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the three forms of oauth.md 1.3.1; a fourth must be met by every caller"
)]
pub enum VerzamelenScope {
    /// Exactly one `naam~gegevensdienst`.
    OneCombination,
    /// One or more `naam~gegevensdienst`, separated by one blank, all of the same Aanbieder.
    Combinations,
    /// The name of the Aanbieder alone; the token response tells which Gegevensdiensten it covers.
    Aanbieder,
}

/// What the request id of a resource request may be.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two forms of resource.md 2")]
pub enum RequestIdForm {
    /// Any text that is unique in the network: an integer, a UUID or another pattern.
    AnyText,
    /// A UUID.
    Uuid,
}

/// What `client_id` is in a token request.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two rules of oauth.md 4.1")]
pub enum TokenClientId {
    /// Not used: absent, or empty; the client certificate alone tells who asks.
    NotUsed,
    /// Mandatory, and equal to the name in the client certificate.
    Mandatory,
}

/// How the DVA tells of an exception that may be told to the DVP.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two ways of flows.md 3.6 and 4.2")]
pub enum ErrorDelivery {
    /// By a redirect to the DVP at once.
    Redirect,
    /// By a page for the person first; the redirect follows on the person's own click only.
    PageFirst,
}

/// How long a received `state` may be, in bytes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a minimum and a maximum")]
pub struct StateLength {
    /// The fewest bytes.
    pub min: usize,
    /// The most bytes.
    pub max: usize,
}

impl StateLength {
    /// Whether a length lies between the bounds; both count.
    #[must_use]
    pub const fn contains(self, length: usize) -> bool {
        self.min <= length && length <= self.max
    }
}

/// The form in which a DVA writes the Gegevensdiensten of a token for *Verzamelen*; both occur, and a DVP reads both.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two forms of oauth.md 4.4")]
pub enum GrantedForm {
    /// `48 49 51`
    Ids,
    /// `naam~48 naam~49 naam~51`
    Combinations,
}

/// When a token response to *Verzamelen* must hold a `scope`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two rules of oauth.md 4.4")]
pub enum GrantedScope {
    /// If it differs from the scope that was asked for.
    IfDifferent,
    /// Always: it tells which Gegevensdiensten the token covers.
    Always,
}

/// What an authorization code or access token that we make looks like.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two forms of oauth.md 6")]
pub enum SecretForm {
    /// A random UUID of version 4.
    UuidV4,
    /// 256 random bits in hexadecimal digits.
    Opaque,
}

/// At which interface the Gegevensdiensten are checked against the OAuth Client List.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two places of oauth.md 1.7 and 4.4")]
pub enum OclCheck {
    /// At the authorization request; one that is missing there makes the request invalid.
    AuthorizationRequest,
    /// At the token request; those that are missing there are left out of the granted scope.
    TokenRequest,
}

/// Which representation the release knows.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the three stages of the extension Vertegenwoordiging"
)]
pub enum RepresentationSupport {
    /// None.
    None,
    /// `onbehalfof`, voluntary representation.
    OnBehalfOf,
    /// `onbehalfof`, and `onbehalfofchild` on the ground of parental authority.
    OnBehalfOfAndChild,
}

/// Which members and calls the subscription and notification interfaces have.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the two forms of abonneren.md 6.3 and 6.4")]
pub enum AbonnerenForm {
    /// The predecessor of RFC0019: one POST for all, `id`, `end` as a date-time, `status`.
    Predecessor,
    /// RFC0019 and later: `subscription_id`, `end_date` as a date, `notification_type`.
    Restful,
}

/// How the version of the list interfaces stands in the URI of a list.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the three forms of lists.md 6.1")]
pub enum ListsApi {
    /// No `api` parameter.
    Absent,
    /// `api=` and the full number of the release.
    FullNumber,
    /// `api=` and the major number.
    Major,
}

/// How long log files are kept, in months; after the longest they must be destroyed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a minimum and a maximum")]
pub struct Retention {
    /// Kept at least so long.
    pub min_months: u8,
    /// Kept no longer than so.
    pub max_months: u8,
}

release_table! {
    /// What the scope of a request for *Verzamelen* holds [core.autorisatie.203, 2.x] [RFC0039, 1.5.0].
    verzamelen_scope: VerzamelenScope {
        R1_1 | R1_2 | R1_3 | R1_4 => VerzamelenScope::OneCombination, Seen, "UCI Verzamelen 1, 1.x";
        R1_5 => VerzamelenScope::Combinations, Seen, "RFC0039, 1.5.0";
        R1_6 => VerzamelenScope::Combinations, Inferred, "RFC0039, 1.5.0";
        R2_0 | R2_1 => VerzamelenScope::Aanbieder, Inferred, "core.autorisatie.203, 2.2.4";
        R2_2 => VerzamelenScope::Aanbieder, Seen, "core.autorisatie.203, 2.2.4";
    }

    /// Whether the authorization request carries `MedMij-Request-ID` and `X-Correlation-ID`, as query parameters
    /// [core.authint.208, 2.x].
    ids_in_authorization_request: bool {
        R1_1 | R1_2 | R1_3 | R1_4 => false, Seen, "Authorization interface, 1.4";
        R1_5 | R1_6 => false, Inferred, "Authorization interface, 1.5";
        R2_0 | R2_1 | R2_2 => true, Seen, "core.authint.208, 2.x";
    }

    /// Whether the token request carries `MedMij-Request-ID` and `X-Correlation-ID`, as header fields
    /// [core.tknint.208, 2.x].
    ids_in_token_request: bool {
        R1_1 | R1_2 | R1_3 | R1_4 => false, Seen, "Token interface, 1.4";
        R1_5 | R1_6 => false, Inferred, "Token interface, 1.5.1";
        R2_0 | R2_1 | R2_2 => true, Seen, "core.tknint.208, 2.x";
    }

    /// What the `MedMij-Request-ID` of a resource request may be; every release has one [core.rscint.201, 2.x].
    resource_request_id: RequestIdForm {
        R1_1 | R1_2 | R1_3 => RequestIdForm::AnyText, NotFound, "Resource interface 1b, 1.4.0";
        R1_4 => RequestIdForm::AnyText, Seen, "Resource interface 1b, 1.4.0";
        R1_5 | R1_6 => RequestIdForm::Uuid, Inferred, "core.rscint.201, 2.0.3A";
        R2_0 | R2_1 | R2_2 => RequestIdForm::Uuid, Seen, "core.rscint.201, 2.x";
    }

    /// Whether a resource request carries `X-Correlation-ID` [core.rscint.201, 2.x].
    correlation_id_in_resource_request: bool {
        R1_1 | R1_2 | R1_3 => false, NotFound, "Resource interface, 1.4.0";
        R1_4 => false, Seen, "Resource interface, 1.4.0";
        R1_5 | R1_6 => true, Inferred, "core.rscint.201, 2.0.3A";
        R2_0 | R2_1 | R2_2 => true, Seen, "core.rscint.201, 2.x";
    }

    /// What `client_id` is in a token request [core.tknint.200, 2.x] [AF-1044, 1.3].
    token_client_id: TokenClientId {
        R1_1 | R1_2 => TokenClientId::NotUsed, Seen, "AF-1044, old text";
        R1_3 | R1_4 | R1_5 | R1_6 => TokenClientId::Mandatory, Seen, "AF-1044, 1.3";
        R2_0 | R2_1 | R2_2 => TokenClientId::Mandatory, Seen, "core.tknint.200, 2.x";
    }

    /// What an authorization code or access token that we make looks like; a received one may have any form
    /// [Applicatielaag 8, 1.1].
    secret_form: SecretForm {
        R1_1 => SecretForm::UuidV4, Seen, "Applicatielaag, 2018";
        R1_2 | R1_3 => SecretForm::UuidV4, Inferred, "Applicatielaag, 2018";
        R1_4 | R1_5 | R1_6 | R2_0 | R2_1 | R2_2 => SecretForm::Opaque, Seen, "core.autorisatie.206, .207, 1.4-2.x";
    }

    /// Whether a person may give consent for an indefinite time, by which the DVP gets a refresh token
    /// [Changelog, 2.0.0].
    langdurige_toestemming: bool {
        R1_1 | R1_2 | R1_3 | R1_4 | R1_5 | R1_6 => false, Seen, "Applicatielaag: no refresh tokens, 1.x";
        R2_0 | R2_1 | R2_2 => true, Seen, "Changelog, 2.0.0";
    }

    /// Whether the Authorization Server first shows a landing page, and a cancellation page when the person breaks off
    /// the login [core.usrint.100, 2.x] [core.usrint.101, 2.x] [RFC0032, 1.4].
    landing_page: bool {
        R1_1 | R1_2 => false, Inferred, "UCI Verzamelen, 1.x";
        R1_3 => false, Inferred, "RFC0032: seen in 1.4.0, not verified for 1.3";
        R1_4 => true, Seen, "User interface (Autorisatieserver), 1.4.0";
        R1_5 | R1_6 | R2_0 | R2_1 | R2_2 => true, Seen, "core.usrint.100, core.usrint.101, 2.x";
    }

    /// How an invalid request of a known client is told (exception 1b) [core.authint.207, 2.x] [Delen 1, 2.x].
    invalid_request_delivery: ErrorDelivery {
        R1_1 | R1_2 | R1_3 | R1_4 | R1_5 | R1_6 => ErrorDelivery::Redirect, Seen, "UC Verzamelen 1, 1.4.0";
        R2_0 | R2_1 | R2_2 => ErrorDelivery::PageFirst, Inferred, "Delen 1, 2.x; Changelog, 2.0.0";
    }

    /// How a technical failure, or an answer that cannot be established, is told [Technische storing, 2.x]
    /// [UC Verzamelen 5, 1.4.0].
    technical_failure_delivery: ErrorDelivery {
        R1_1 | R1_2 | R1_3 | R1_4 | R1_5 | R1_6 => ErrorDelivery::Redirect, Inferred, "UC Verzamelen 5, 1.4.0";
        R2_0 | R2_1 | R2_2 => ErrorDelivery::PageFirst, Seen, "Technische storing, Core, 2.x";
    }

    /// When the token response to *Verzamelen* must hold a `scope` [core.tknint.201, 2.x].
    granted_scope: GrantedScope {
        R1_1 | R1_2 | R1_3 | R1_4 => GrantedScope::IfDifferent, Seen, "RFC 6749 5.1";
        R1_5 | R1_6 => GrantedScope::IfDifferent, Seen, "core.tknint.201, 1.5";
        R2_0 | R2_1 | R2_2 => GrantedScope::Always, Inferred, "core.tknint.201, 2.x";
    }

    /// The form of that `scope`; where it is always there, a deployment may choose the other one [core.tknint.201, 2.x].
    granted_form: GrantedForm {
        R1_1 | R1_2 | R1_3 | R1_4 => GrantedForm::Combinations, Inferred, "RFC 6749 5.1";
        R1_5 | R1_6 => GrantedForm::Combinations, Seen, "core.tknint.201, 1.5";
        R2_0 | R2_1 | R2_2 => GrantedForm::Ids, NotFound, "core.tknint.201, 2.x: two implementations use bare ids";
    }

    /// How long a received `state` may be; a deployment may choose other bounds [RFC0060, 1.5.0].
    state_length: StateLength {
        R1_1 | R1_2 | R1_3 | R1_4 => StateLength { min: 1, max: 512 }, Inferred, "RFC 6749 4.1.1: no bounds";
        R1_5 | R1_6 | R2_0 | R2_1 | R2_2 =>
            StateLength { min: 1, max: 512 }, NotFound, "RFC0060, 1.5.0: bounds, without their numbers";
    }

    /// Where the Gegevensdiensten of *Verzamelen* are checked against the OAuth Client List [core.tknint.201, 2.2].
    verzamelen_ocl_check: OclCheck {
        R1_1 | R1_2 | R1_3 => OclCheck::AuthorizationRequest, NotFound, "Authorization interface 2b, 1.4";
        R1_4 | R1_5 => OclCheck::AuthorizationRequest, Seen, "Authorization interface 2b, 1.4 and 1.5.0";
        R1_6 | R2_0 | R2_1 => OclCheck::AuthorizationRequest, Inferred, "Authorization interface 2b, 1.5.0";
        R2_2 => OclCheck::TokenRequest, Seen, "Token interface, change note, 2.2.0";
    }

    /// Which representation the release knows [ext.vert.authint.200, 2.x].
    representation: RepresentationSupport {
        R1_1 | R1_2 | R1_3 | R1_4 => RepresentationSupport::None, Seen, "Changelog, 1.5.0";
        R1_5 => RepresentationSupport::OnBehalfOf, Seen, "Changelog, 1.5.0";
        R1_6 => RepresentationSupport::OnBehalfOf, Inferred, "Changelog, 1.5.0";
        R2_0 | R2_1 | R2_2 => RepresentationSupport::OnBehalfOfAndChild, Seen, "Changelog, 2.0.0";
    }

    /// Whether the release knows *Abonneren* and *Notificeren* [RFC0019, 1.2].
    abonneren: bool {
        R1_1 => false, Seen, "Processen en Informatie, 1.1.2";
        R1_2 | R1_3 | R1_4 | R1_5 | R1_6 | R2_0 | R2_1 | R2_2 => true, Seen, "RFC0019, 1.2";
    }

    /// Which form the subscription and notification interfaces have, where the release has them [RFC0019, 1.2].
    abonneren_form: AbonnerenForm {
        R1_1 => AbonnerenForm::Predecessor, NotFound, "RFC0019, 1.2";
        R1_2 => AbonnerenForm::Predecessor, Inferred, "RFC0019, 1.2: its predecessor, response not seen";
        R1_3 => AbonnerenForm::Restful, Inferred, "RFC0019, 1.2; Subscription notification interface, 1.3.0";
        R1_4 | R1_5 | R1_6 | R2_0 | R2_1 | R2_2 =>
            AbonnerenForm::Restful, Inferred, "RFC0019, 1.2; ext.abo.subnotint.204, 2.x";
    }

    /// Whether the release asks for *Verwijderen Gegevens* at the DVP [RFC0071, 1.6].
    verwijderen_gegevens: bool {
        R1_1 | R1_2 | R1_3 | R1_4 | R1_5 => false, Seen, "RFC0071, 1.6.0";
        R1_6 | R2_0 | R2_1 | R2_2 => true, Seen, "RFC0071, 1.6.0";
    }

    /// How long log files are kept [core.logging.101, 2.x] [P&I 20, 1.1.2].
    log_retention: Retention {
        R1_1 => Retention { min_months: 12, max_months: 15 }, Seen, "P&I 20, 1.1.2";
        R1_2 | R1_3 | R1_4 | R1_5 | R1_6 => Retention { min_months: 12, max_months: 15 }, Inferred, "P&I 20, 1.1.2";
        R2_0 | R2_1 | R2_2 => Retention { min_months: 24, max_months: 36 }, Seen, "core.logging.101, 2.x";
    }

    /// How the version of the list interfaces stands in the URI of a list [core.lijsten.300, 2.x].
    lists_api: ListsApi {
        R1_1 => ListsApi::Absent, Inferred, "Interfaces lijsten, 2.0: 1.1.1 has none, 1.1.2 has one";
        R1_2 | R1_3 | R1_4 | R1_5 | R1_6 => ListsApi::FullNumber, Inferred, "Interfaces lijsten, 2.0";
        R2_0 | R2_1 | R2_2 => ListsApi::Major, Seen, "core.lijsten.300, 2.x";
    }

    /// Whether Interfaceversies are told apart by their major number alone [core.lijsten.300, 2.x].
    interfaceversie_by_major: bool {
        R1_1 | R1_2 | R1_3 | R1_4 | R1_5 | R1_6 => false, Inferred, "ZAL release3 example: 1.4.0";
        R2_0 | R2_1 | R2_2 => true, Inferred, "core.lijsten.300, 2.x";
    }

    /// Whether an entry without an Interfaceversie, of the old form of the lists, is for this release [ZAL, release2].
    entries_without_interfaceversie: bool {
        R1_1 => true, Seen, "ZAL release2, 1.1.x";
        R1_2 | R1_3 | R1_4 | R1_5 | R1_6 | R2_0 | R2_1 | R2_2 => false, Inferred, "ZAL release2, 1.1.x";
    }
}
