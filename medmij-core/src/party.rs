//! The parties of a flow as the lists know them: what an Aanbieder offers, which DVP asks, and who ended its TLS.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::gegevensdienst::check_length;
use crate::newtype::text_newtype;
use crate::{
    Aanbiedernaam, BackchannelUri, FrontchannelUri, GegevensdienstId, Gegevensdienstnaam, Hostname, InterfaceversieId,
    ParseError, Systeemrolcode,
};

/// One Gegevensdienst of one Aanbieder in one Interfaceversie, with the addresses at which it is disclosed
/// [ZAL, release3].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Offer {
    /// The name of the Aanbieder.
    pub aanbieder: Aanbiedernaam,
    /// The release whose interfaces the addresses implement; `None` in the old form of the list.
    pub interfaceversie: Option<InterfaceversieId>,
    /// The id of the Gegevensdienst.
    pub gegevensdienst: GegevensdienstId,
    /// Its display name, if the Gegevensdienstnamenlijst has it.
    pub naam: Option<Gegevensdienstnaam>,
    /// Where the person's browser is sent.
    pub authorization: FrontchannelUri,
    /// Where a code is exchanged for a token.
    pub token: BackchannelUri,
    /// What the Aanbieder offers to subscribers, if it does.
    pub abonneren: Option<Abonneren>,
    /// The system roles, each with its FHIR base.
    pub systeemrollen: Vec<Systeemrol>,
}

impl Offer {
    /// An offer without display name, Abonneren and system roles.
    #[must_use]
    pub fn new(
        aanbieder: Aanbiedernaam,
        interfaceversie: Option<InterfaceversieId>,
        gegevensdienst: GegevensdienstId,
        authorization: FrontchannelUri,
        token: BackchannelUri,
    ) -> Self {
        Self {
            aanbieder,
            interfaceversie,
            gegevensdienst,
            naam: None,
            authorization,
            token,
            abonneren: None,
            systeemrollen: Vec::new(),
        }
    }

    /// The address of a system role.
    #[must_use]
    pub fn resource(&self, code: &str) -> Option<&BackchannelUri> {
        let rol = self.systeemrollen.iter().find(|rol| rol.code.as_str() == code)?;
        Some(&rol.resource)
    }
}

/// A system role of a Gegevensdienst and the FHIR base at which it is served [ZAL, release2].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "code and address, as the list has them")]
pub struct Systeemrol {
    /// Which role.
    pub code: Systeemrolcode,
    /// Its resource endpoint.
    pub resource: BackchannelUri,
}

/// What an Aanbieder offers to subscribers of a Gegevensdienst [ZAL, release3].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "duration and address, as the list has them")]
pub struct Abonneren {
    /// The longest duration of an Abonnement, in days [ext.abo.tknint.200, 2.x].
    pub maximale_duur: u32,
    /// The subscription endpoint.
    pub subscription: BackchannelUri,
}

/// The offers that go together in one authorization request: one Aanbieder, one Interfaceversie, and the same
/// authorization and token endpoint.
///
/// Never empty, and no Gegevensdienst twice.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "Vec<Offer>", into = "Vec<Offer>")]
pub struct Offers {
    first: Offer,
    others: Vec<Offer>,
}

impl Offers {
    /// Takes offers that can go in one request.
    ///
    /// # Errors
    /// If there is none, if they differ in Aanbieder, Interfaceversie, authorization or token endpoint, or if a
    /// Gegevensdienst occurs twice.
    pub fn new(offers: Vec<Offer>) -> Result<Self, OffersError> {
        let mut offers = offers.into_iter();
        let first = offers.next().ok_or(OffersError::Empty)?;
        let others: Vec<_> = offers.collect();
        let mut ids = BTreeSet::from([&first.gegevensdienst]);
        for offer in &others {
            if offer.aanbieder != first.aanbieder {
                return Err(OffersError::Aanbieder);
            }
            if offer.interfaceversie != first.interfaceversie {
                return Err(OffersError::Interfaceversie);
            }
            if offer.authorization != first.authorization || offer.token != first.token {
                return Err(OffersError::Endpoint);
            }
            if !ids.insert(&offer.gegevensdienst) {
                return Err(OffersError::Repeated(offer.gegevensdienst.clone()));
            }
        }
        Ok(Self { first, others })
    }

    /// The offers, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = &Offer> + Clone {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// How many offers there are: one or more.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        1 + self.others.len()
    }

    /// The offer of a Gegevensdienst.
    #[must_use]
    pub fn gegevensdienst(&self, id: &str) -> Option<&Offer> {
        self.iter().find(|offer| offer.gegevensdienst.as_str() == id)
    }

    /// The Aanbieder that offers them.
    #[must_use]
    pub fn aanbieder(&self) -> &Aanbiedernaam {
        &self.first.aanbieder
    }

    /// Their Interfaceversie.
    #[must_use]
    pub fn interfaceversie(&self) -> Option<&InterfaceversieId> {
        self.first.interfaceversie.as_ref()
    }

    /// Their authorization endpoint.
    #[must_use]
    pub fn authorization(&self) -> &FrontchannelUri {
        &self.first.authorization
    }

    /// Their token endpoint.
    #[must_use]
    pub fn token(&self) -> &BackchannelUri {
        &self.first.token
    }
}

impl TryFrom<Vec<Offer>> for Offers {
    type Error = OffersError;

    fn try_from(offers: Vec<Offer>) -> Result<Self, Self::Error> {
        Self::new(offers)
    }
}

impl From<Offer> for Offers {
    fn from(offer: Offer) -> Self {
        Self {
            first: offer,
            others: Vec::new(),
        }
    }
}

impl From<Offers> for Vec<Offer> {
    fn from(offers: Offers) -> Self {
        let mut all = vec![offers.first];
        all.extend(offers.others);
        all
    }
}

/// Offers that cannot go in one request.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OffersError {
    /// There is none.
    #[error("there is no offer")]
    Empty,
    /// They are of more than one Aanbieder.
    #[error("the offers are of more than one Aanbieder")]
    Aanbieder,
    /// They are of more than one Interfaceversie.
    #[error("the offers are of more than one Interfaceversie")]
    Interfaceversie,
    /// They have more than one authorization or token endpoint.
    #[error("the offers have more than one authorization or token endpoint")]
    Endpoint,
    /// A Gegevensdienst occurs twice.
    #[error("the Gegevensdienst {0} is offered twice")]
    Repeated(GegevensdienstId),
}

text_newtype! {
    /// The name under which a person knows the DVP, from the OAuth Client List [OCL, release2] [P&I 14, 1.1.2].
    ///
    /// Any 3 to 50 Unicode code points; not unique. It is shown to persons: escape it for HTML.
    ///
    /// ```
    /// let naam: medmij_core::OAuthclientOrganisatienaam = "De Enige Echte PGO".parse()?;
    /// # Ok::<(), medmij_core::ParseError>(())
    /// ```
    OAuthclientOrganisatienaam, check_organisatienaam
}

fn check_organisatienaam(text: &str) -> Result<(), ParseError> {
    check_length("OAuthclientOrganisatienaam", text, 3, 50)
}

/// A DVP as the OAuth Client List knows it: an OAuth client, whose `client_id` is its host name [OCL, release2].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OAuthClient {
    /// The host name, and `client_id`.
    pub hostname: Hostname,
    /// The name that persons know.
    pub organisatienaam: OAuthclientOrganisatienaam,
    /// What the list says per Interfaceversie; empty where the list has no Interfaceversies.
    pub interfaceversies: Vec<OAuthClientInterfaceversie>,
}

impl OAuthClient {
    /// A client of which the list says no more than its names.
    #[must_use]
    pub const fn new(hostname: Hostname, organisatienaam: OAuthclientOrganisatienaam) -> Self {
        Self {
            hostname,
            organisatienaam,
            interfaceversies: Vec::new(),
        }
    }

    /// What the list says of the client's right to a Gegevensdienst in a release [ext.abo.authint.201, 2.x].
    #[must_use]
    pub fn listing(&self, release: crate::Release, gegevensdienst: &GegevensdienstId) -> Listing {
        if self.interfaceversies.is_empty() {
            return Listing::NotSaid;
        }
        let mut serving = self
            .interfaceversies
            .iter()
            .filter(|versie| release.serves(versie.id.as_ref()));
        serving
            .try_fold(Listing::NotListed, |found, versie| match &versie.gegevensdiensten {
                None => Err(Listing::NotSaid),
                Some(ids) if ids.contains(gegevensdienst) => Err(Listing::Listed),
                Some(_) => Ok(found),
            })
            .unwrap_or_else(|found| found)
    }
}

/// What the OAuth Client List says of a client in one Interfaceversie; `None` is *the list does not say*.
///
/// The later form of the list was not seen; its content is known from prose.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OAuthClientInterfaceversie {
    /// Which Interfaceversie.
    pub id: Option<InterfaceversieId>,
    /// The Gegevensdiensten that the client may use.
    pub gegevensdiensten: Option<BTreeSet<GegevensdienstId>>,
    /// Where it receives subscription notifications.
    pub subscription_notification: Option<BackchannelUri>,
    /// Where it receives resource notifications.
    pub resource_notification: Option<BackchannelUri>,
}

impl OAuthClientInterfaceversie {
    /// An Interfaceversie of which nothing is said yet; set the public fields.
    #[must_use]
    pub const fn new(id: Option<InterfaceversieId>) -> Self {
        Self {
            id,
            gegevensdiensten: None,
            subscription_notification: None,
            resource_notification: None,
        }
    }
}

/// Whether the OAuth Client List gives a client a Gegevensdienst.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a list says yes, no or nothing")]
pub enum Listing {
    /// It does.
    Listed,
    /// It lists others, not this one.
    NotListed,
    /// It does not say, which must not be read as *nothing allowed*.
    NotSaid,
}

/// Who a TLS client is by its certificate: the Common Name and the DNS names, as far as they are host names
/// [Netwerk 8, 1.1].
///
/// Made by whoever ended TLS, from a certificate whose chain was verified; never from a header field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClientIdentity {
    names: Vec<Hostname>,
}

impl ClientIdentity {
    /// Takes the names of a verified certificate. What is no host name, a wildcard for one, can never match and is left
    /// out.
    ///
    /// ```
    /// use medmij_core::ClientIdentity;
    ///
    /// let identity = ClientIdentity::from_names(["medmij.pgo.nl", "*.pgo.nl", "Other.PGO.nl"]);
    /// let names: Vec<_> = identity.names().iter().map(|name| name.as_str()).collect();
    /// assert_eq!(names, ["medmij.pgo.nl", "other.pgo.nl"]);
    /// ```
    pub fn from_names(names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self {
            names: names
                .into_iter()
                .filter_map(|name| Hostname::from_dns_name(name.as_ref()).ok())
                .collect(),
        }
    }

    /// The same with those names only that may be spoken to: a certificate with one name on the Whitelist lends it to no
    /// other [Netwerk 7, 1.1].
    #[must_use]
    pub fn permitted(mut self, permits: impl FnMut(&Hostname) -> bool) -> Self {
        self.names.retain(permits);
        self
    }

    /// The host names.
    #[must_use]
    pub fn names(&self) -> &[Hostname] {
        &self.names
    }

    /// Whether the certificate was made out to this host.
    #[must_use]
    pub fn is(&self, host: &Hostname) -> bool {
        self.names.contains(host)
    }
}
