//! The Gegevensdienstnamenlijst (GNL): which Gegevensdiensten there are, and the names that persons know them by.

use std::sync::Arc;

use medmij_core::{GegevensdienstId, Gegevensdienstnaam};
use serde::{Serialize, Serializer};

use crate::changes::Changes;
use crate::entries::{Entries, Entry};
use crate::envelope::{Envelope, ListBuilder, Parsed, parse};
use crate::error::{ListRule, Rejected, Violation};
use crate::limits::Limits;
use crate::schema::{Builder, Element, Facets, Schema, any, list_root, once};
use crate::xml::XmlWriter;
use crate::{ListKind, json};

/// A Gegevensdienstnamenlijst that was read and found right: immutable, indexed by id, cheap to clone [GNL, release1].
///
/// ```
/// use medmij_lists::{Gegevensdienstnamenlijst, Limits};
///
/// let xml = br#"<Gegevensdienstnamenlijst
///     xmlns="xmlns://afsprakenstelsel.medmij.nl/gegevensdienstnamenlijst/release1/">
///   <Tijdstempel>2026-11-01T08:00:00Z</Tijdstempel>
///   <Volgnummer>3</Volgnummer>
///   <Gegevensdiensten>
///     <Gegevensdienst>
///       <GegevensdienstId>48</GegevensdienstId>
///       <Weergavenaam>Basisgegevens Zorg</Weergavenaam>
///     </Gegevensdienst>
///   </Gegevensdiensten>
/// </Gegevensdienstnamenlijst>"#;
/// let gnl = Gegevensdienstnamenlijst::parse(xml, &Limits::default())?.list;
/// assert_eq!(gnl.naam(&"48".parse()?).unwrap().as_str(), "Basisgegevens Zorg");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Gegevensdienstnamenlijst(Arc<Inner>);

#[derive(Debug, Eq, PartialEq)]
struct Inner {
    envelope: Envelope,
    entries: Entries<NamedGegevensdienst>,
}

/// A Gegevensdienst and its name.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NamedGegevensdienst {
    /// Its id.
    pub id: GegevensdienstId,
    /// The name that persons know it by.
    pub weergavenaam: Gegevensdienstnaam,
}

impl Entry for NamedGegevensdienst {
    fn key(&self) -> &str {
        self.id.as_str()
    }
}

impl Gegevensdienstnamenlijst {
    /// Reads a document and checks it by the schema.
    ///
    /// # Errors
    /// Everything that is wrong with the document, up to the limits.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Parsed<Self>, Rejected> {
        parse::<GnlBuilder>(bytes, limits)
    }

    /// Which version of the list it is.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.0.envelope
    }

    /// The Gegevensdiensten with their names, in document order.
    #[must_use]
    pub fn gegevensdiensten(&self) -> &[NamedGegevensdienst] {
        self.0.entries.as_slice()
    }

    pub(crate) fn gegevensdienst(&self, id: &str) -> Option<&NamedGegevensdienst> {
        self.0.entries.get(id)
    }

    /// The name of a Gegevensdienst [P&I 4, 1.1].
    #[must_use]
    pub fn naam(&self, id: &GegevensdienstId) -> Option<&Gegevensdienstnaam> {
        self.gegevensdienst(id.as_str()).map(|entry| &entry.weergavenaam)
    }
}

impl Gegevensdienstnamenlijst {
    /// What is different from an older version.
    #[must_use]
    pub fn changes_since<'l>(&'l self, older: &'l Self) -> Changes<&'l NamedGegevensdienst> {
        self.0.entries.changes_since(&older.0.entries)
    }

    /// The list as XML, by the conventions of the official files.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut xml = XmlWriter::list(ROOT, self.envelope(), ENTRIES);
        for entry in self.gegevensdiensten() {
            xml.element("Gegevensdienst", |xml| {
                xml.text("GegevensdienstId", entry.id.as_str());
                xml.text("Weergavenaam", entry.weergavenaam.as_str());
            });
        }
        xml.finish(ROOT, ENTRIES)
    }
}

impl Serialize for Gegevensdienstnamenlijst {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = self.gegevensdiensten();
        json::list(serializer, ListKind::Gnl, self.envelope(), "gegevensdiensten", entries)
    }
}

const ROOT: &str = "Gegevensdienstnamenlijst";
const ENTRIES: &str = "Gegevensdiensten";

/// An element of the list, as its builder knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field {
    Gegevensdienst,
    GegevensdienstId,
    Weergavenaam,
}

/// The namespace of the list.
pub(crate) const RELEASE1: &str = "xmlns://afsprakenstelsel.medmij.nl/gegevensdienstnamenlijst/release1/";

static SCHEMAS: [Schema<Field>; 1] = [Schema {
    namespace: RELEASE1,
    root: &GEGEVENSDIENSTNAMENLIJST,
    facets: Facets::Official,
}];

static GEGEVENSDIENSTNAMENLIJST: Element<Field> = list_root!(Field, ROOT { ENTRIES { any(&GEGEVENSDIENST) } });
static GEGEVENSDIENST: Element<Field> = Element::entry(
    "Gegevensdienst",
    Field::Gegevensdienst,
    &[once(&GEGEVENSDIENST_ID), once(&WEERGAVENAAM)],
);
static GEGEVENSDIENST_ID: Element<Field> =
    Element::text("GegevensdienstId", "GegevensdienstId", Field::GegevensdienstId);
static WEERGAVENAAM: Element<Field> = Element::text("Weergavenaam", "Weergavenaam", Field::Weergavenaam);

#[derive(Debug, Default)]
pub(crate) struct GnlBuilder {
    entries: Entries<NamedGegevensdienst>,
    id: Option<GegevensdienstId>,
    weergavenaam: Option<Gegevensdienstnaam>,
}

impl Builder for GnlBuilder {
    type Field = Field;

    fn value(&mut self, field: Field, text: &str) -> Vec<Violation> {
        self.judge(field, text).err().into_iter().collect()
    }

    fn end(&mut self, _: Field) -> Option<Violation> {
        if let (Some(id), Some(weergavenaam)) = (self.id.take(), self.weergavenaam.take()) {
            self.entries.push(NamedGegevensdienst { id, weergavenaam });
        }
        None
    }
}

impl GnlBuilder {
    fn judge(&mut self, field: Field, text: &str) -> Result<(), Violation> {
        match field {
            Field::Gegevensdienst => {}
            Field::Weergavenaam => self.weergavenaam = Some(text.parse()?),
            Field::GegevensdienstId => {
                self.id = Some(text.parse()?);
                if self.entries.contains(text) {
                    return Err(Violation::new(ListRule::Unique, "each GegevensdienstId once"));
                }
            }
        }
        Ok(())
    }
}

impl ListBuilder for GnlBuilder {
    type List = Gegevensdienstnamenlijst;

    const SCHEMAS: &'static [Schema<Field>] = &SCHEMAS;

    fn build(self, envelope: Envelope) -> Gegevensdienstnamenlijst {
        Gegevensdienstnamenlijst(Arc::new(Inner {
            envelope,
            entries: self.entries,
        }))
    }
}
