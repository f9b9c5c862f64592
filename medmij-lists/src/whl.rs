//! The Whitelist (WHL): which Nodes may be active on the MedMij network.

use std::sync::Arc;

use medmij_core::{BackchannelUri, ClientIdentity, Hostname};
use serde::{Serialize, Serializer};

use crate::changes::Changes;
use crate::entries::{Entries, Entry};
use crate::envelope::{Envelope, ListBuilder, Parsed, parse};
use crate::error::{ListRule, Rejected, Violation};
use crate::limits::Limits;
use crate::schema::{Builder, Element, Facets, Schema, any, list_root, once};
use crate::xml::XmlWriter;
use crate::{ListKind, json};

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
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Whitelist(Arc<Inner>);

#[derive(Debug, Eq, PartialEq)]
struct Inner {
    envelope: Envelope,
    nodes: Entries<Hostname>,
}

impl Entry for Hostname {
    fn key(&self) -> &str {
        self.as_str()
    }
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
        self.0.nodes.as_slice()
    }

    /// Whether the host stands on the list, to the letter: no subdomain of it, and none above it.
    #[must_use]
    pub fn contains(&self, host: &Hostname) -> bool {
        self.has(host.as_str())
    }

    pub(crate) fn has(&self, host: &str) -> bool {
        self.0.nodes.contains(host)
    }

    /// Whether backchannel traffic with the host may pass: it stands on the list, or is the Stelselnode
    /// [Netwerk 4, 7, 1.1].
    #[must_use]
    pub fn permits(&self, host: &Hostname, stelselnode: &Hostname) -> bool {
        host == stelselnode || self.contains(host)
    }

    /// Whether a Node may start a TLS handshake with the host of this address [Netwerk 7, 1.1].
    #[must_use]
    pub fn permits_outgoing(&self, uri: &BackchannelUri, stelselnode: &Hostname) -> bool {
        uri.host() == stelselnode.as_str() || self.has(uri.host())
    }

    /// Whether a Node may go on with a TLS client of this certificate: one of its names stands on the list
    /// [Netwerk 8, 1.1].
    #[must_use]
    pub fn permits_incoming(&self, client: &ClientIdentity, stelselnode: &Hostname) -> bool {
        client.names().iter().any(|name| self.permits(name, stelselnode))
    }
}

impl Whitelist {
    /// What is different from an older version.
    #[must_use]
    pub fn changes_since<'l>(&'l self, older: &'l Self) -> Changes<&'l Hostname> {
        self.0.nodes.changes_since(&older.0.nodes)
    }

    /// The list as XML, by the conventions of the official files.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut xml = XmlWriter::list(ROOT, self.envelope(), NODES);
        for node in self.nodes() {
            xml.element("MedMijNode", |xml| xml.text("Hostname", node.as_str()));
        }
        xml.finish(ROOT, NODES)
    }
}

impl Serialize for Whitelist {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json::list(serializer, ListKind::Whl, self.envelope(), "nodes", self.nodes())
    }
}

const ROOT: &str = "Whitelist";
const NODES: &str = "MedMijNodes";

/// An element of the list, as its builder knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field {
    Hostname,
}

/// The namespace of the list.
pub(crate) const RELEASE2: &str = "xmlns://afsprakenstelsel.medmij.nl/whitelist/release2/";

static SCHEMAS: [Schema<Field>; 1] = [Schema {
    namespace: RELEASE2,
    root: &WHITELIST,
    facets: Facets::Official,
}];

static WHITELIST: Element<Field> = list_root!(Field, ROOT { NODES { any(&MEDMIJNODE) } });
static MEDMIJNODE: Element<Field> = Element::group("MedMijNode", &[once(&HOSTNAME)]);
static HOSTNAME: Element<Field> = Element::text("Hostname", "Hostname", Field::Hostname);

#[derive(Debug, Default)]
pub(crate) struct WhlBuilder {
    nodes: Entries<Hostname>,
}

impl Builder for WhlBuilder {
    type Field = Field;

    fn value(&mut self, Field::Hostname: Field, text: &str) -> Vec<Violation> {
        match text.parse() {
            Err(error) => vec![Violation::from(error)],
            Ok(_) if self.nodes.contains(text) => vec![Violation::new(ListRule::Unique, "each Hostname once")],
            Ok(hostname) => {
                self.nodes.push(hostname);
                Vec::new()
            }
        }
    }
}

impl ListBuilder for WhlBuilder {
    type List = Whitelist;

    const SCHEMAS: &'static [Schema<Field>] = &SCHEMAS;

    fn build(self, envelope: Envelope) -> Whitelist {
        Whitelist(Arc::new(Inner {
            envelope,
            nodes: self.nodes,
        }))
    }
}
