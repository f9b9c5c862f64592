//! The Gegevensdienstnamenlijst (GNL): which Gegevensdiensten there are, and the names that persons know them by.

use std::collections::HashMap;
use std::sync::Arc;

use medmij_core::{GegevensdienstId, Gegevensdienstnaam};

use crate::envelope::{Envelope, EnvelopeBuilder, EnvelopeField, ListBuilder, Parsed, parse, tijdstempel, volgnummer};
use crate::error::{ListRule, Rejected, Violation};
use crate::limits::Limits;
use crate::schema::{Builder, Element, Facets, Schema, any, once};

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
#[derive(Clone, Debug)]
pub struct Gegevensdienstnamenlijst(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    envelope: Envelope,
    entries: Vec<(GegevensdienstId, Gegevensdienstnaam)>,
    by_id: HashMap<GegevensdienstId, usize>,
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
    pub fn gegevensdiensten(&self) -> &[(GegevensdienstId, Gegevensdienstnaam)] {
        &self.0.entries
    }

    /// The name of a Gegevensdienst [P&I 4, 1.1].
    #[must_use]
    pub fn naam(&self, id: &GegevensdienstId) -> Option<&Gegevensdienstnaam> {
        self.0.entries.get(*self.0.by_id.get(id)?).map(|(_, naam)| naam)
    }
}

/// An element of the list, as its builder knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field {
    Wrapper,
    Envelope(EnvelopeField),
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

static GEGEVENSDIENSTNAMENLIJST: Element<Field> = Element::sequence(
    "Gegevensdienstnamenlijst",
    Field::Wrapper,
    &[once(&TIJDSTEMPEL), once(&VOLGNUMMER), once(&GEGEVENSDIENSTEN)],
);
static TIJDSTEMPEL: Element<Field> = tijdstempel(Field::Envelope(EnvelopeField::Tijdstempel));
static VOLGNUMMER: Element<Field> = volgnummer(Field::Envelope(EnvelopeField::Volgnummer));
static GEGEVENSDIENSTEN: Element<Field> =
    Element::sequence("Gegevensdiensten", Field::Wrapper, &[any(&GEGEVENSDIENST)]);
static GEGEVENSDIENST: Element<Field> = Element::sequence(
    "Gegevensdienst",
    Field::Gegevensdienst,
    &[once(&GEGEVENSDIENST_ID), once(&WEERGAVENAAM)],
);
static GEGEVENSDIENST_ID: Element<Field> =
    Element::text("GegevensdienstId", "GegevensdienstId", Field::GegevensdienstId);
static WEERGAVENAAM: Element<Field> = Element::text("Weergavenaam", "Weergavenaam", Field::Weergavenaam);

#[derive(Debug, Default)]
pub(crate) struct GnlBuilder {
    envelope: EnvelopeBuilder,
    entries: Vec<(GegevensdienstId, Gegevensdienstnaam)>,
    by_id: HashMap<GegevensdienstId, usize>,
    id: Option<GegevensdienstId>,
    naam: Option<Gegevensdienstnaam>,
}

impl Builder for GnlBuilder {
    type Field = Field;

    fn start(&mut self, _: Field) {}

    fn value(&mut self, field: Field, text: &str) -> Vec<Violation> {
        match field {
            Field::Envelope(field) => self.envelope.value(field, text),
            field => self.entry(field, text).err().into_iter().collect(),
        }
    }

    fn end(&mut self, field: Field) {
        let Field::Gegevensdienst = field else { return };
        if let (Some(id), Some(naam)) = (self.id.take(), self.naam.take()) {
            self.entries.push((id, naam));
        }
    }

    fn is_certain(_: Field) -> bool {
        true
    }
}

impl GnlBuilder {
    fn entry(&mut self, field: Field, text: &str) -> Result<(), Violation> {
        match field {
            Field::Weergavenaam => self.naam = Some(text.parse()?),
            Field::GegevensdienstId => {
                let id: GegevensdienstId = text.parse()?;
                if self.by_id.insert(id.clone(), self.entries.len()).is_some() {
                    return Err(Violation::new(ListRule::Unique, "each GegevensdienstId once"));
                }
                self.id = Some(id);
            }
            Field::Wrapper | Field::Envelope(_) | Field::Gegevensdienst => {}
        }
        Ok(())
    }
}

impl ListBuilder for GnlBuilder {
    type List = Gegevensdienstnamenlijst;

    const SCHEMAS: &'static [Schema<Field>] = &SCHEMAS;

    fn envelope(&mut self) -> EnvelopeBuilder {
        std::mem::take(&mut self.envelope)
    }

    fn build(self, envelope: Envelope) -> Gegevensdienstnamenlijst {
        Gegevensdienstnamenlijst(Arc::new(Inner {
            envelope,
            entries: self.entries,
            by_id: self.by_id,
        }))
    }
}
