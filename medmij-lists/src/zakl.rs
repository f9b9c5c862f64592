//! The Zorgaanbiederskoppellijst (ZAKL), a companion of the four lists: which numbers identify a Zorgaanbieder elsewhere.

use std::collections::BTreeSet;
use std::sync::Arc;

use medmij_core::{Aanbiedernaam, GegevensdienstId, Gegevensdienstnaam, InterfaceversieId};
use serde::{Serialize, Serializer};

use crate::changes::Changes;
use crate::entries::{Entries, Entry};
use crate::envelope::{Envelope, ListBuilder, Parsed, parse};
use crate::error::{ListRule, Rejected, Violation};
use crate::limits::Limits;
use crate::pool::{Judgement, Pooled};
use crate::schema::{Builder, Element, Facets, Schema, any, inferred, list_root, once, optional, some};
use crate::xml::XmlWriter;
use crate::{ListKind, json};

/// A Zorgaanbiederskoppellijst that was read: immutable, indexed by name, cheap to clone [ZAKL, release1].
///
/// It couples a MedMij name to identifying numbers, so that an address book can find the entry of the
/// [`Zorgaanbiederslijst`](crate::Zorgaanbiederslijst). No schema of it was seen, only an example: what it holds is kept as
/// it stands, and only what breaks the structure of the example refuses it.
///
/// ```
/// use medmij_lists::{KenmerkSoort, Limits, Zorgaanbiederskoppellijst};
///
/// let xml = br#"<Zorgaanbiederskoppellijst
///     xmlns="xmlns://afsprakenstelsel.medmij.nl/Zorgaanbiederskoppellijst/release1/">
///   <Tijdstempel>2026-11-01T08:00:00Z</Tijdstempel>
///   <Volgnummer>3</Volgnummer>
///   <Zorgaanbieders>
///     <Zorgaanbieder>
///       <Zorgaanbiedernaam>huisartsdevries@medmij</Zorgaanbiedernaam>
///       <IdentificerendeKenmerken>
///         <IdentificerendKenmerk><AGB>01234567</AGB></IdentificerendKenmerk>
///       </IdentificerendeKenmerken>
///       <Gegevensdiensten>
///         <Gegevensdienst>
///           <GegevensdienstId>48</GegevensdienstId>
///           <Weergavenaam>Basisgegevens Zorg</Weergavenaam>
///           <Interfaceversies>
///             <Interfaceversie><InterfaceversieId>2</InterfaceversieId></Interfaceversie>
///           </Interfaceversies>
///         </Gegevensdienst>
///       </Gegevensdiensten>
///     </Zorgaanbieder>
///   </Zorgaanbieders>
/// </Zorgaanbiederskoppellijst>"#;
/// let zakl = Zorgaanbiederskoppellijst::parse(xml, &Limits::default())?.list;
/// let koppeling = zakl.identified_by(KenmerkSoort::Agb, "01234567").next().unwrap();
/// assert_eq!(koppeling.naam, "huisartsdevries@medmij");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Zorgaanbiederskoppellijst(Arc<Inner>);

#[derive(Debug, Eq, PartialEq)]
struct Inner {
    envelope: Envelope,
    koppelingen: Entries<Koppeling>,
}

/// What couples the name of a Zorgaanbieder to identifying numbers.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Koppeling {
    /// The name of the Zorgaanbieder, as it stands in the list.
    pub naam: String,
    /// The numbers.
    pub kenmerken: Vec<Kenmerk>,
    /// What the Zorgaanbieder offers, by the names that persons know.
    pub gegevensdiensten: Vec<GekoppeldeGegevensdienst>,
}

/// An identifying number.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Kenmerk {
    /// Which kind of number.
    pub soort: KenmerkSoort,
    /// The number, as it stands in the list.
    pub waarde: String,
}

/// The kinds of identifying numbers; AGB, URA and OIN stand in the example of the list.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum KenmerkSoort {
    /// An AGB code, of a care provider.
    Agb,
    /// A URA number, of a subscriber of the UZI register.
    Ura,
    /// An organisation identification number.
    Oin,
    /// Known from an importer of the list only.
    Hrn,
    /// Known from an importer of the list only.
    Kvk,
}

impl KenmerkSoort {
    /// Its name, which is also that of its element.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agb => "AGB",
            Self::Ura => "URA",
            Self::Oin => "OIN",
            Self::Hrn => "HRN",
            Self::Kvk => "KVK",
        }
    }
}

/// A Gegevensdienst of a [`Koppeling`], each value as it stands in the list.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GekoppeldeGegevensdienst {
    /// Its id.
    pub id: String,
    /// The name that persons know.
    pub naam: String,
    /// The ids of the Interfaceversies in which it is offered.
    pub interfaceversies: Vec<String>,
}

impl Entry for Koppeling {
    fn key(&self) -> &str {
        &self.naam
    }
}

impl Zorgaanbiederskoppellijst {
    /// Reads a document and checks its structure.
    ///
    /// # Errors
    /// Everything that is wrong with the document, up to the limits.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Parsed<Self>, Rejected> {
        parse::<ZaklBuilder>(bytes, limits)
    }

    /// Which version of the list it is.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.0.envelope
    }

    /// The entries in document order.
    #[must_use]
    pub fn koppelingen(&self) -> &[Koppeling] {
        self.0.koppelingen.as_slice()
    }

    /// The entry of a name.
    #[must_use]
    pub fn koppeling(&self, naam: &Aanbiedernaam) -> Option<&Koppeling> {
        self.0.koppelingen.get(naam.as_str())
    }

    /// The entries with this number, in document order. Each one is looked at.
    pub fn identified_by<'z>(&'z self, soort: KenmerkSoort, waarde: &'z str) -> impl Iterator<Item = &'z Koppeling> {
        self.koppelingen().iter().filter(move |koppeling| {
            let mut kenmerken = koppeling.kenmerken.iter();
            kenmerken.any(|kenmerk| kenmerk.soort == soort && kenmerk.waarde == waarde)
        })
    }

    /// What is different from an older version.
    #[must_use]
    pub fn changes_since<'l>(&'l self, older: &'l Self) -> Changes<&'l Koppeling> {
        self.0.koppelingen.changes_since(&older.0.koppelingen)
    }

    /// The list as XML, by the conventions of the official files.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut xml = XmlWriter::list(ROOT, self.envelope(), ENTRIES);
        for koppeling in self.koppelingen() {
            xml.element("Zorgaanbieder", |xml| write_koppeling(xml, koppeling));
        }
        xml.finish(ROOT, ENTRIES)
    }
}

fn write_koppeling(xml: &mut XmlWriter, koppeling: &Koppeling) {
    xml.text("Zorgaanbiedernaam", &koppeling.naam);
    xml.element("IdentificerendeKenmerken", |xml| {
        for kenmerk in &koppeling.kenmerken {
            let name = kenmerk.soort.as_str();
            xml.element("IdentificerendKenmerk", |xml| xml.text(name, &kenmerk.waarde));
        }
    });
    xml.element("Gegevensdiensten", |xml| {
        for dienst in &koppeling.gegevensdiensten {
            xml.element("Gegevensdienst", |xml| {
                xml.text("GegevensdienstId", &dienst.id);
                xml.text("Weergavenaam", &dienst.naam);
                xml.element("Interfaceversies", |xml| {
                    for versie in &dienst.interfaceversies {
                        xml.element("Interfaceversie", |xml| xml.text("InterfaceversieId", versie));
                    }
                });
            });
        }
    });
}

impl Serialize for Zorgaanbiederskoppellijst {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let koppelingen = self.koppelingen();
        json::list(
            serializer,
            ListKind::Zakl,
            self.envelope(),
            "zorgaanbieders",
            koppelingen,
        )
    }
}

const ROOT: &str = "Zorgaanbiederskoppellijst";
const ENTRIES: &str = "Zorgaanbieders";

/// The namespace of the list, with a capital letter where the others have none.
pub(crate) const RELEASE1: &str = "xmlns://afsprakenstelsel.medmij.nl/Zorgaanbiederskoppellijst/release1/";

/// An element of the list, as its builder knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field {
    Zorgaanbieder,
    Zorgaanbiedernaam,
    Kenmerk,
    KenmerkOf(KenmerkSoort),
    Gegevensdienst,
    GegevensdienstId,
    Weergavenaam,
    InterfaceversieId,
}

static SCHEMAS: [Schema<Field>; 1] = [Schema {
    namespace: RELEASE1,
    root: &ZORGAANBIEDERSKOPPELLIJST,
    facets: Facets::Derived,
}];

static ZORGAANBIEDERSKOPPELLIJST: Element<Field> =
    list_root!(Field, ROOT { ENTRIES { inferred(any(&ZORGAANBIEDER)) } });
static ZORGAANBIEDER: Element<Field> = Element::entry(
    "Zorgaanbieder",
    Field::Zorgaanbieder,
    &[once(&ZORGAANBIEDERNAAM), once(&KENMERKEN), once(&GEGEVENSDIENSTEN)],
);
static ZORGAANBIEDERNAAM: Element<Field> =
    Element::text("Zorgaanbiedernaam", "Zorgaanbiedernaam", Field::Zorgaanbiedernaam);
static KENMERKEN: Element<Field> = Element::group("IdentificerendeKenmerken", &[some(&KENMERK)]);
// One of these; that it is one is for the builder to see.
static KENMERK: Element<Field> = Element::entry(
    "IdentificerendKenmerk",
    Field::Kenmerk,
    &[
        optional(&AGB),
        optional(&URA),
        optional(&OIN),
        optional(&HRN),
        optional(&KVK),
    ],
);
static AGB: Element<Field> = kenmerk(KenmerkSoort::Agb);
static URA: Element<Field> = kenmerk(KenmerkSoort::Ura);
static OIN: Element<Field> = kenmerk(KenmerkSoort::Oin);
static HRN: Element<Field> = kenmerk(KenmerkSoort::Hrn);
static KVK: Element<Field> = kenmerk(KenmerkSoort::Kvk);
static GEGEVENSDIENSTEN: Element<Field> = Element::group("Gegevensdiensten", &[inferred(some(&GEGEVENSDIENST))]);
static GEGEVENSDIENST: Element<Field> = Element::entry(
    "Gegevensdienst",
    Field::Gegevensdienst,
    &[once(&GEGEVENSDIENST_ID), once(&WEERGAVENAAM), once(&INTERFACEVERSIES)],
);
static GEGEVENSDIENST_ID: Element<Field> =
    Element::text("GegevensdienstId", "GegevensdienstId", Field::GegevensdienstId);
static WEERGAVENAAM: Element<Field> = Element::text("Weergavenaam", "Weergavenaam", Field::Weergavenaam);
static INTERFACEVERSIES: Element<Field> = Element::group("Interfaceversies", &[some(&INTERFACEVERSIE)]);
static INTERFACEVERSIE: Element<Field> = Element::group("Interfaceversie", &[once(&INTERFACEVERSIE_ID)]);
static INTERFACEVERSIE_ID: Element<Field> =
    Element::text("InterfaceversieId", "InterfaceversieId", Field::InterfaceversieId);

const fn kenmerk(soort: KenmerkSoort) -> Element<Field> {
    Element::text(soort.as_str(), soort.as_str(), Field::KenmerkOf(soort))
}

#[derive(Debug, Default)]
pub(crate) struct ZaklBuilder {
    koppelingen: Entries<Koppeling>,
    current: Koppeling,
    dienst: GekoppeldeGegevensdienst,
    /// How many numbers the current IdentificerendKenmerk has.
    numbers: usize,
    ids: BTreeSet<String>,
    versie_ids: BTreeSet<String>,
}

impl Builder for ZaklBuilder {
    type Field = Field;

    fn start(&mut self, field: Field) {
        match field {
            Field::Zorgaanbieder => self.ids.clear(),
            Field::Kenmerk => self.numbers = 0,
            Field::Gegevensdienst => self.versie_ids.clear(),
            _ => {}
        }
    }

    fn value(&mut self, field: Field, text: &str) -> Vec<Violation> {
        let unique =
            |is_new: bool, expected: &'static str| (!is_new).then(|| Violation::new(ListRule::Unique, expected));
        let (judgement, repeated) = match field {
            Field::Zorgaanbiedernaam => {
                text.clone_into(&mut self.current.naam);
                let is_new = !self.koppelingen.contains(text);
                (
                    Aanbiedernaam::judge(text),
                    unique(is_new, "each Zorgaanbiedernaam once"),
                )
            }
            Field::GegevensdienstId => {
                text.clone_into(&mut self.dienst.id);
                let is_new = self.ids.insert(text.to_owned());
                let expected = "each GegevensdienstId of a Zorgaanbieder once";
                (GegevensdienstId::judge(text), unique(is_new, expected))
            }
            Field::InterfaceversieId => {
                let is_new = self.versie_ids.insert(text.to_owned());
                self.dienst.interfaceversies.push(text.to_owned());
                let expected = "each InterfaceversieId of a Gegevensdienst once";
                (InterfaceversieId::judge(text), unique(is_new, expected))
            }
            Field::Weergavenaam => {
                text.clone_into(&mut self.dienst.naam);
                (Gegevensdienstnaam::judge(text), None)
            }
            Field::KenmerkOf(soort) => {
                self.numbers += 1;
                let waarde = text.to_owned();
                self.current.kenmerken.push(Kenmerk { soort, waarde });
                (Judgement::Right, None)
            }
            Field::Zorgaanbieder | Field::Kenmerk | Field::Gegevensdienst => (Judgement::Right, None),
        };
        judgement.violation().into_iter().chain(repeated).collect()
    }

    fn end(&mut self, field: Field) -> Option<Violation> {
        match field {
            Field::Zorgaanbieder => self.koppelingen.push(std::mem::take(&mut self.current)),
            Field::Gegevensdienst => self.current.gegevensdiensten.push(std::mem::take(&mut self.dienst)),
            Field::Kenmerk if self.numbers != 1 => {
                let rule = if self.numbers == 0 {
                    ListRule::MissingElement
                } else {
                    ListRule::UnexpectedElement
                };
                return Some(Violation::new(rule, "one of `AGB`, `URA`, `OIN`, `HRN` and `KVK`"));
            }
            _ => {}
        }
        None
    }
}

impl ListBuilder for ZaklBuilder {
    type List = Zorgaanbiederskoppellijst;

    const SCHEMAS: &'static [Schema<Field>] = &SCHEMAS;

    fn build(self, envelope: Envelope) -> Zorgaanbiederskoppellijst {
        Zorgaanbiederskoppellijst(Arc::new(Inner {
            envelope,
            koppelingen: self.koppelingen,
        }))
    }
}
