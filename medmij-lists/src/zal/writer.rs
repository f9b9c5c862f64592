//! Writing a Zorgaanbiederslijst: one that was read, or one from values.

use medmij_core::{Aanbiedernaam, Aanbiedertype, InterfaceversieId, Offer};

use super::schema::{RELEASE2, RELEASE3};
use super::{Gegevensdienst, Zorgaanbiederslijst};
use crate::envelope::Envelope;
use crate::values::{DatumTijd, Listed, Positiefnummer};
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

/// What is different between the releases of the list.
#[derive(Clone, Copy, Debug)]
struct Form {
    namespace: &'static str,
    /// Whether it has Aanbiedertype, Interfaceversies and Abonneren.
    has_interfaceversies: bool,
}

impl ZalRelease {
    const fn form(self) -> Form {
        match self {
            Self::Release2 => Form {
                namespace: RELEASE2,
                has_interfaceversies: false,
            },
            Self::Release3 => Form {
                namespace: RELEASE3,
                has_interfaceversies: true,
            },
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
    form: Form,
    xml: XmlWriter,
}

impl ZalWriter {
    /// Starts a list.
    #[must_use]
    pub fn new(release: ZalRelease, tijdstempel: DatumTijd, volgnummer: Positiefnummer) -> Self {
        let form = release.form();
        let envelope = Envelope {
            namespace: form.namespace,
            tijdstempel,
            volgnummer,
        };
        Self {
            form,
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
        let form = self.form;
        let fits = match form.has_interfaceversies {
            true => versies.iter().all(|(id, _)| id.is_some()),
            false => versies.len() <= 1,
        };
        if !fits {
            return Err(InterfaceversieError);
        }
        let aanbiedertype = form.has_interfaceversies.then(|| aanbiedertype.as_str());
        let versies = versies
            .into_iter()
            .map(|(id, offers)| (id.map(|id| id.as_str()), offers));
        write_zorgaanbieder(&mut self.xml, naam.as_str(), aanbiedertype, versies, |xml, offers| {
            for offer in offers {
                write_offer(xml, form, offer);
            }
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

/// Writes a Zorgaanbieder: without a type and Interfaceversies in release2, which has neither.
fn write_zorgaanbieder<I: AsRef<str>, D>(
    xml: &mut XmlWriter,
    naam: &str,
    aanbiedertype: Option<&str>,
    versies: impl Iterator<Item = (Option<I>, D)>,
    write_diensten: impl Fn(&mut XmlWriter, D),
) {
    let write = |xml: &mut XmlWriter, diensten| xml.element("Gegevensdiensten", |xml| write_diensten(xml, diensten));
    xml.element("Zorgaanbieder", |xml| {
        xml.text("Zorgaanbiedernaam", naam);
        let Some(aanbiedertype) = aanbiedertype else {
            versies.for_each(|(_, diensten)| write(xml, diensten));
            return;
        };
        xml.text("Aanbiedertype", aanbiedertype);
        xml.element("Interfaceversies", |xml| {
            for (id, diensten) in versies {
                xml.element("Interfaceversie", |xml| {
                    xml.text("InterfaceversieId", id.as_ref().map_or("", AsRef::as_ref));
                    write(xml, diensten);
                });
            }
        });
    });
}

fn write_offer(xml: &mut XmlWriter, form: Form, offer: &Offer) {
    let abonneren = offer.abonneren.as_ref().filter(|_| form.has_interfaceversies);
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
            let aanbiedertype = zorgaanbieder.aanbiedertype();
            let aanbiedertype = aanbiedertype.as_ref().map(Aanbiedertype::as_str);
            let versies = zorgaanbieder.interfaceversies();
            let versies = versies.map(|versie| (versie.id().map(Listed::as_str), versie));
            write_zorgaanbieder(
                &mut xml,
                zorgaanbieder.naam().as_str(),
                aanbiedertype,
                versies,
                |xml, versie| {
                    versie.gegevensdiensten().for_each(|dienst| write_listed(xml, dienst));
                },
            );
        }
        xml.finish(ROOT, ENTRIES)
    }
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
