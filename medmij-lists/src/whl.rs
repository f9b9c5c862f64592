//! The Whitelist (WHL): which Nodes may be active on the MedMij network.

use std::collections::HashSet;
use std::sync::Arc;

use medmij_core::{BackchannelUri, ClientIdentity, Hostname};

use crate::envelope::{Envelope, EnvelopeBuilder, EnvelopeField, ListBuilder, Parsed, parse, tijdstempel, volgnummer};
use crate::error::{ListRule, Rejected, Violation};
use crate::limits::Limits;
use crate::schema::{Builder, Element, Facets, Schema, any, once};

/// A Whitelist that was read and found right: immutable, indexed, cheap to clone [WHL, release2].
///
/// # Security
/// The check is exact: no port, path, subdomain or wildcard plays a part. It is for backchannel traffic only; frontchannel
/// traffic has none [Netwerk 7, 1.1]. The Stelselnode is not on the list and is deemed to be [Netwerk 4, 1.1]: the checks
/// take its name.
///
/// ```
/// use medmij_core::ClientIdentity;
/// use medmij_lists::{Limits, Whitelist};
///
/// let xml = br#"<Whitelist xmlns="xmlns://afsprakenstelsel.medmij.nl/whitelist/release2/">
///   <Tijdstempel>2026-11-01T08:00:00Z</Tijdstempel>
///   <Volgnummer>12</Volgnummer>
///   <MedMijNodes><MedMijNode><Hostname>ts.dva.nl</Hostname></MedMijNode></MedMijNodes>
/// </Whitelist>"#;
/// let whl = Whitelist::parse(xml, &Limits::default())?.list;
/// let stelselnode = "stelselnode.medmij.nl".parse()?;
/// assert!(whl.permits_outgoing(&"https://ts.dva.nl:8443/token".parse()?, &stelselnode));
/// assert!(!whl.permits_incoming(&ClientIdentity::from_names(["evil.ts.dva.nl", "*.dva.nl"]), &stelselnode));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Whitelist(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    envelope: Envelope,
    nodes: Vec<Hostname>,
    index: HashSet<Hostname>,
}

impl Whitelist {
    /// Reads a document and checks it by the schema.
    ///
    /// # Errors
    /// Everything that is wrong with the document, up to the limits.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Parsed<Self>, Rejected> {
        parse::<WhlBuilder>(bytes, limits)
    }

    /// Which version of the list it is.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.0.envelope
    }

    /// The host names of the Nodes, in document order.
    #[must_use]
    pub fn nodes(&self) -> &[Hostname] {
        &self.0.nodes
    }

    /// Whether the host stands on the list.
    #[must_use]
    pub fn contains(&self, host: &str) -> bool {
        self.0.index.contains(host)
    }

    /// Whether a Node may start a TLS handshake with the host of this address [Netwerk 7, 1.1].
    #[must_use]
    pub fn permits_outgoing(&self, uri: &BackchannelUri, stelselnode: &Hostname) -> bool {
        uri.host() == stelselnode.as_str() || self.contains(uri.host())
    }

    /// Whether a Node may go on with a TLS client of this certificate: one of its names stands on the list
    /// [Netwerk 8, 1.1].
    #[must_use]
    pub fn permits_incoming(&self, client: &ClientIdentity, stelselnode: &Hostname) -> bool {
        client
            .names()
            .iter()
            .any(|name| name == stelselnode || self.contains(name.as_str()))
    }
}

/// An element of the list, as its builder knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field {
    Wrapper,
    Envelope(EnvelopeField),
    Hostname,
}

/// The namespace of the list.
pub(crate) const RELEASE2: &str = "xmlns://afsprakenstelsel.medmij.nl/whitelist/release2/";

static SCHEMAS: [Schema<Field>; 1] = [Schema {
    namespace: RELEASE2,
    root: &WHITELIST,
    facets: Facets::Official,
}];

static WHITELIST: Element<Field> = Element::sequence(
    "Whitelist",
    Field::Wrapper,
    &[once(&TIJDSTEMPEL), once(&VOLGNUMMER), once(&MEDMIJNODES)],
);
static TIJDSTEMPEL: Element<Field> = tijdstempel(Field::Envelope(EnvelopeField::Tijdstempel));
static VOLGNUMMER: Element<Field> = volgnummer(Field::Envelope(EnvelopeField::Volgnummer));
static MEDMIJNODES: Element<Field> = Element::sequence("MedMijNodes", Field::Wrapper, &[any(&MEDMIJNODE)]);
static MEDMIJNODE: Element<Field> = Element::sequence("MedMijNode", Field::Wrapper, &[once(&HOSTNAME)]);
static HOSTNAME: Element<Field> = Element::text("Hostname", "Hostname", Field::Hostname);

#[derive(Debug, Default)]
pub(crate) struct WhlBuilder {
    envelope: EnvelopeBuilder,
    nodes: Vec<Hostname>,
    index: HashSet<Hostname>,
}

impl Builder for WhlBuilder {
    type Field = Field;

    fn start(&mut self, _: Field) {}

    fn value(&mut self, field: Field, text: &str) -> Vec<Violation> {
        match field {
            Field::Envelope(field) => self.envelope.value(field, text),
            field => self.entry(field, text).err().into_iter().collect(),
        }
    }

    fn end(&mut self, _: Field) {}

    fn is_certain(_: Field) -> bool {
        true
    }
}

impl WhlBuilder {
    fn entry(&mut self, field: Field, text: &str) -> Result<(), Violation> {
        match field {
            Field::Hostname => {
                let hostname: Hostname = text.parse()?;
                if !self.index.insert(hostname.clone()) {
                    let expected = "each Hostname of a MedMijNode once".to_owned();
                    return Err(Violation::new(ListRule::Unique, expected));
                }
                self.nodes.push(hostname);
            }
            Field::Wrapper | Field::Envelope(_) => {}
        }
        Ok(())
    }
}

impl ListBuilder for WhlBuilder {
    type List = Whitelist;

    const SCHEMAS: &'static [Schema<Field>] = &SCHEMAS;

    fn envelope(&mut self) -> EnvelopeBuilder {
        std::mem::take(&mut self.envelope)
    }

    fn build(self, envelope: Envelope) -> Whitelist {
        Whitelist(Arc::new(Inner {
            envelope,
            nodes: self.nodes,
            index: self.index,
        }))
    }
}
