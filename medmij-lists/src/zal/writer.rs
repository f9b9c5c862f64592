//! Writing a Zorgaanbiederslijst: one that was read, or one from values.

use medmij_core::{Aanbiedernaam, Aanbiedertype, InterfaceversieId, Offer};

use super::schema::{RELEASE2, RELEASE3};
use super::{Gegevensdienst, Interfaceversie, Zorgaanbieder, Zorgaanbiederslijst};
use crate::envelope::Envelope;
use crate::values::{DatumTijd, Positiefnummer};
use crate::xml::XmlWriter;

const ROOT: &str = "Zorgaanbiederslijst";
const ENTRIES: &str = "Zorgaanbieders";

/// The form of a Zorgaanbiederslijst, which its namespace tells.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ZalRelease {
    /// That of 1.1.x, without Interfaceversies.
    Release2,
    /// That with Interfaceversies.
    Release3,
}

impl ZalRelease {
    const fn namespace(self) -> &'static str {
        match self {
            Self::Release2 => RELEASE2,
            Self::Release3 => RELEASE3,
        }
    }
}

/// Writes a Zorgaanbiederslijst from values, by the conventions of the official files: for tests, trials, and registers of
/// one's own.
///
/// Whether the list as a whole is right (no name twice, a Gegevensdienst at least for each Zorgaanbieder, no duration of 0)
/// [`Zorgaanbiederslijst::parse`] tells of what was written.
///
/// ```
/// use medmij_core::{Aanbiedertype, Offer, Systeemrol};
/// use medmij_lists::{Limits, ZalRelease, ZalWriter, Zorgaanbiederslijst};
///
/// let naam: medmij_core::Aanbiedernaam = "huisartsdevries@medmij".parse()?;
/// let versie = "2".parse()?;
/// let (authorization, token) = ("https://as.dva.nl/auth".parse()?, "https://ts.dva.nl/token".parse()?);
/// let mut offer = Offer::new(naam.clone(), Some(versie), "48".parse()?, authorization, token);
/// offer.systeemrollen.push(Systeemrol {
///     code: "BG-1.0-RBA-FHIR".parse()?,
///     resource: "https://rs.dva.nl/fhir".parse()?,
/// });
/// let mut zal = ZalWriter::new(ZalRelease::Release3, "2026-11-01T08:00:00Z".parse()?, "41".parse()?);
/// zal.zorgaanbieder(&naam, &Aanbiedertype::Za, &[offer])?;
/// let xml = zal.finish();
/// let list = Zorgaanbiederslijst::parse(xml.as_bytes(), &Limits::default())?.list;
/// assert_eq!(list.len(), 1);
/// assert_eq!(list.to_xml(), xml);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ZalWriter {
    release: ZalRelease,
    xml: XmlWriter,
}

impl ZalWriter {
    /// Starts a list.
    #[must_use]
    pub fn new(release: ZalRelease, tijdstempel: DatumTijd, volgnummer: Positiefnummer) -> Self {
        let envelope = Envelope {
            namespace: release.namespace(),
            tijdstempel,
            volgnummer,
        };
        Self {
            release,
            xml: XmlWriter::list(ROOT, &envelope, ENTRIES),
        }
    }

    /// Writes a Zorgaanbieder with what it offers; the name counts, not that in the offers. Those of one Interfaceversie come
    /// to stand together, in the order in which the first ones are given. Release2 has no type and no Abonneren, and leaves
    /// them out.
    ///
    /// # Errors
    /// In release3 if an offer has no Interfaceversie, in release2 if the offers are of more than one; nothing is written.
    pub fn zorgaanbieder(
        &mut self,
        naam: &Aanbiedernaam,
        aanbiedertype: &Aanbiedertype,
        offers: &[Offer],
    ) -> Result<(), InterfaceversieError> {
        let mut versies: Vec<(Option<&InterfaceversieId>, Vec<&Offer>)> = Vec::new();
        for offer in offers {
            let id = offer.interfaceversie.as_ref();
            match versies.iter_mut().find(|(known, _)| *known == id) {
                Some((_, offers)) => offers.push(offer),
                None => versies.push((id, vec![offer])),
            }
        }
        let release = self.release;
        match release {
            ZalRelease::Release2 if versies.len() > 1 => return Err(InterfaceversieError),
            ZalRelease::Release3 if versies.iter().any(|(id, _)| id.is_none()) => return Err(InterfaceversieError),
            ZalRelease::Release2 | ZalRelease::Release3 => {}
        }
        self.xml.element("Zorgaanbieder", |xml| {
            xml.text("Zorgaanbiedernaam", naam.as_str());
            if release == ZalRelease::Release2 {
                return write_offers(xml, release, &offers.iter().collect::<Vec<_>>());
            }
            xml.text("Aanbiedertype", aanbiedertype.as_str());
            xml.element("Interfaceversies", |xml| {
                for (id, offers) in versies {
                    xml.element("Interfaceversie", |xml| {
                        xml.text("InterfaceversieId", id.map_or("", |id| id.as_str()));
                        write_offers(xml, release, &offers);
                    });
                }
            });
        });
        Ok(())
    }

    /// Ends the list and gives the document.
    #[must_use]
    pub fn finish(self) -> String {
        self.xml.finish(ROOT, ENTRIES)
    }
}

/// Offers that do not fit the release of the list: of no Interfaceversie, or of more than there is room for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("offers of an Interfaceversie each in release3, of one in release2")]
#[non_exhaustive]
pub struct InterfaceversieError;

fn write_offers(xml: &mut XmlWriter, release: ZalRelease, offers: &[&Offer]) {
    xml.element("Gegevensdiensten", |xml| {
        for offer in offers {
            let abonneren = offer.abonneren.as_ref().filter(|_| release != ZalRelease::Release2);
            let duur = abonneren.map(|it| it.maximale_duur.to_string());
            let rollen = offer.systeemrollen.iter();
            write_gegevensdienst(
                xml,
                offer.gegevensdienst.as_str(),
                (offer.authorization.as_str(), offer.token.as_str()),
                duur.as_deref().zip(abonneren.map(|it| it.subscription.as_str())),
                rollen.map(|rol| (rol.code.as_str(), rol.resource.as_str())),
            );
        }
    });
}

fn write_gegevensdienst<'a>(
    xml: &mut XmlWriter,
    id: &str,
    (authorization, token): (&str, &str),
    abonneren: Option<(&str, &str)>,
    systeemrollen: impl Iterator<Item = (&'a str, &'a str)>,
) {
    xml.element("Gegevensdienst", |xml| {
        xml.text("GegevensdienstId", id);
        xml.element("AuthorizationEndpoint", |xml| {
            xml.text("AuthorizationEndpointuri", authorization)
        });
        xml.element("TokenEndpoint", |xml| xml.text("TokenEndpointuri", token));
        if let Some((duur, subscription)) = abonneren {
            xml.element("Abonneren", |xml| {
                xml.text("MaximaleDuur", duur);
                xml.text("SubscriptionEndpointuri", subscription);
            });
        }
        xml.element("Systeemrollen", |xml| {
            for (code, resource) in systeemrollen {
                xml.element("Systeemrol", |xml| {
                    xml.text("Systeemrolcode", code);
                    xml.element("ResourceEndpoint", |xml| xml.text("ResourceEndpointuri", resource));
                });
            }
        });
    });
}

impl Zorgaanbiederslijst {
    /// The list as XML, by the conventions of the official files; in the release that was read.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut xml = XmlWriter::list(ROOT, self.envelope(), ENTRIES);
        for zorgaanbieder in self.iter() {
            write_zorgaanbieder(&mut xml, zorgaanbieder);
        }
        xml.finish(ROOT, ENTRIES)
    }
}

fn write_zorgaanbieder(xml: &mut XmlWriter, zorgaanbieder: Zorgaanbieder<'_>) {
    xml.element("Zorgaanbieder", |xml| {
        xml.text("Zorgaanbiedernaam", zorgaanbieder.naam().as_str());
        let Some(aanbiedertype) = zorgaanbieder.aanbiedertype() else {
            zorgaanbieder
                .interfaceversies()
                .for_each(|versie| write_gegevensdiensten(xml, versie));
            return;
        };
        xml.text("Aanbiedertype", aanbiedertype.as_str());
        xml.element("Interfaceversies", |xml| {
            for versie in zorgaanbieder.interfaceversies() {
                xml.element("Interfaceversie", |xml| {
                    xml.text("InterfaceversieId", versie.id().map_or("", |id| id.as_str()));
                    write_gegevensdiensten(xml, versie);
                });
            }
        });
    });
}

fn write_gegevensdiensten(xml: &mut XmlWriter, versie: Interfaceversie<'_>) {
    xml.element("Gegevensdiensten", |xml| {
        for dienst in versie.gegevensdiensten() {
            write_listed(xml, dienst);
        }
    });
}

fn write_listed(xml: &mut XmlWriter, dienst: Gegevensdienst<'_>) {
    write_gegevensdienst(
        xml,
        dienst.id().as_str(),
        (dienst.authorization().as_str(), dienst.token().as_str()),
        dienst.abonneren().map(|(duur, uri)| (duur.as_str(), uri.as_str())),
        dienst.systeemrollen().map(|(code, uri)| (code.as_str(), uri.as_str())),
    );
}
