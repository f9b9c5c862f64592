//! The OAuth Client List (OCL): which DVPs there are, by host name, and the names that persons know them by.

mod later;

use std::collections::BTreeSet;
use std::sync::Arc;

use medmij_core::{
    GegevensdienstId, Hostname, InterfaceversieId, OAuthClient, OAuthClientInterfaceversie, OAuthclientOrganisatienaam,
};
use serde::{Serialize, Serializer};

use crate::changes::Changes;
use crate::entries::{Entries, Entry};
use crate::envelope::{Envelope, ListBuilder, Parsed, parse};
use crate::error::{ListRule, Rejected, Violation};
use crate::limits::Limits;
use crate::schema::{Builder, Element, Facets, Schema, any, list_root, once};
use crate::xml::XmlWriter;
use crate::{ListKind, json};

pub(crate) use later::NAMESPACE as LATER;

/// An OAuth Client List that was read and found right: immutable, indexed by host name, cheap to clone [OCL, release2].
///
/// The later form, which also tells per Interfaceversie what a client may use and where it is notified, was not seen; it is
/// read by names inferred from prose, and gives warnings where only they are at stake. Of that form a client whose host name
/// or name is not of its type is left out, and an Interfaceversie whose id is not gives the client nothing.
///
/// ```
/// use medmij_lists::{Limits, OAuthClientList};
///
/// let xml = br#"<OAuthclientlist xmlns="xmlns://afsprakenstelsel.medmij.nl/oauthclientlist/release2/">
///   <Tijdstempel>2026-11-01T08:00:00Z</Tijdstempel>
///   <Volgnummer>7</Volgnummer>
///   <OAuthclients>
///     <OAuthclient>
///       <Hostname>medmij.deenigeechtepgo.nl</Hostname>
///       <OAuthclientOrganisatienaam>De Enige Echte PGO</OAuthclientOrganisatienaam>
///     </OAuthclient>
///   </OAuthclients>
/// </OAuthclientlist>"#;
/// let ocl = OAuthClientList::parse(xml, &Limits::default())?.list;
/// let client = ocl.client(&"medmij.deenigeechtepgo.nl".parse()?).unwrap();
/// assert_eq!(client.organisatienaam.as_str(), "De Enige Echte PGO");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OAuthClientList(Arc<Inner>);

#[derive(Debug, Eq, PartialEq)]
struct Inner {
    envelope: Envelope,
    clients: Entries<OAuthClient>,
}

impl Entry for OAuthClient {
    fn key(&self) -> &str {
        self.hostname.as_str()
    }
}

impl OAuthClientList {
    /// Reads a document and checks it by the schema.
    ///
    /// # Errors
    /// Everything that is wrong with the document, up to the limits.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Parsed<Self>, Rejected> {
        parse::<OclBuilder>(bytes, limits)
    }

    /// Which version of the list it is.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.0.envelope
    }

    /// The clients in document order.
    #[must_use]
    pub fn clients(&self) -> &[OAuthClient] {
        self.0.clients.as_slice()
    }

    /// The client of a `client_id`, which is its host name [core.authint.200, 2.x].
    #[must_use]
    pub fn client(&self, client_id: &Hostname) -> Option<&OAuthClient> {
        self.0.clients.get(client_id.as_str())
    }
}

impl OAuthClientList {
    /// What is different from an older version.
    #[must_use]
    pub fn changes_since<'l>(&'l self, older: &'l Self) -> Changes<&'l OAuthClient> {
        self.0.clients.changes_since(&older.0.clients)
    }

    /// The list as XML, by the conventions of the official files; in the form that was read.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut xml = XmlWriter::list(ROOT, self.envelope(), CLIENTS);
        for client in self.clients() {
            xml.element("OAuthclient", |xml| {
                xml.text("Hostname", client.hostname.as_str());
                xml.text("OAuthclientOrganisatienaam", client.organisatienaam.as_str());
                later::write_interfaceversies(xml, &client.interfaceversies);
            });
        }
        xml.finish(ROOT, CLIENTS)
    }
}

impl Serialize for OAuthClientList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json::list(
            serializer,
            ListKind::Ocl,
            self.envelope(),
            "oauthclients",
            self.clients(),
        )
    }
}

const ROOT: &str = "OAuthclientlist";
const CLIENTS: &str = "OAuthclients";

/// An element of the list, as its builder knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field {
    OAuthclient,
    Hostname,
    Organisatienaam,
    Interfaceversie,
    InterfaceversieId,
    Gegevensdiensten,
    GegevensdienstId,
    SubscriptionNotification,
    ResourceNotification,
}

/// The namespace of the list of 1.1.x.
pub(crate) const RELEASE2: &str = "xmlns://afsprakenstelsel.medmij.nl/oauthclientlist/release2/";

static SCHEMAS: [Schema<Field>; 2] = [
    Schema {
        namespace: RELEASE2,
        root: &OAUTHCLIENTLIST,
        facets: Facets::Official,
    },
    later::SCHEMA,
];

static OAUTHCLIENTLIST: Element<Field> = list_root!(Field, ROOT { CLIENTS { any(&OAUTHCLIENT) } });
static OAUTHCLIENT: Element<Field> = Element::entry(
    "OAuthclient",
    Field::OAuthclient,
    &[once(&HOSTNAME), once(&ORGANISATIENAAM)],
);
static HOSTNAME: Element<Field> = Element::text("Hostname", "Hostname", Field::Hostname);
static ORGANISATIENAAM: Element<Field> = Element::text(
    "OAuthclientOrganisatienaam",
    "OAuthclientOrganisatienaam",
    Field::Organisatienaam,
);

#[derive(Debug, Default)]
pub(crate) struct OclBuilder {
    clients: Entries<OAuthClient>,
    hostname: Option<Hostname>,
    organisatienaam: Option<OAuthclientOrganisatienaam>,
    interfaceversies: Vec<OAuthClientInterfaceversie>,
    ids: BTreeSet<InterfaceversieId>,
}

impl Builder for OclBuilder {
    type Field = Field;

    fn start(&mut self, field: Field) {
        match (field, self.interfaceversies.last_mut()) {
            (Field::Interfaceversie, _) => self.interfaceversies.push(OAuthClientInterfaceversie::new(None)),
            (Field::Gegevensdiensten, Some(versie)) => {
                versie.gegevensdiensten.get_or_insert_default();
            }
            _ => {}
        }
    }

    fn value(&mut self, field: Field, text: &str) -> Vec<Violation> {
        self.judge(field, text).err().into_iter().collect()
    }

    fn end(&mut self, field: Field) -> Option<Violation> {
        if let (Field::Interfaceversie, Some(versie)) = (field, self.interfaceversies.last_mut())
            && versie.id.is_none()
        {
            // Without an id it would be one of 1.1; so it gives nothing, and the list still says which others do.
            *versie = OAuthClientInterfaceversie::new(None);
            versie.gegevensdiensten = Some(BTreeSet::new());
        }
        if matches!(field, Field::OAuthclient) {
            let interfaceversies = std::mem::take(&mut self.interfaceversies);
            self.ids.clear();
            let (hostname, organisatienaam) = (self.hostname.take(), self.organisatienaam.take());
            let mut client = OAuthClient::new(hostname?, organisatienaam?);
            client.interfaceversies = interfaceversies;
            self.clients.push(client);
        }
        None
    }
}

impl OclBuilder {
    fn judge(&mut self, field: Field, text: &str) -> Result<(), Violation> {
        match (field, self.interfaceversies.last_mut()) {
            (Field::Organisatienaam, _) => self.organisatienaam = Some(text.parse()?),
            (Field::Hostname, _) => {
                self.hostname = Some(text.parse()?);
                if self.clients.contains(text) {
                    return Err(Violation::new(ListRule::Unique, "each Hostname once"));
                }
            }
            (Field::InterfaceversieId, _) => {
                let id: InterfaceversieId = text.parse()?;
                let is_new = self.ids.insert(id.clone());
                if let Some(versie) = self.interfaceversies.last_mut() {
                    versie.id = Some(id);
                }
                if !is_new {
                    return Err(Violation::new(
                        ListRule::Unique,
                        "each InterfaceversieId of a client once",
                    ));
                }
            }
            (Field::GegevensdienstId, Some(versie)) => {
                let id: GegevensdienstId = text.parse()?;
                if !versie.gegevensdiensten.get_or_insert_default().insert(id) {
                    return Err(Violation::new(
                        ListRule::Unique,
                        "each GegevensdienstId of an Interfaceversie once",
                    ));
                }
            }
            (Field::SubscriptionNotification, Some(versie)) => versie.subscription_notification = Some(text.parse()?),
            (Field::ResourceNotification, Some(versie)) => versie.resource_notification = Some(text.parse()?),
            _ => {}
        }
        Ok(())
    }
}

impl ListBuilder for OclBuilder {
    type List = OAuthClientList;

    const SCHEMAS: &'static [Schema<Field>] = &SCHEMAS;

    fn build(self, envelope: Envelope) -> OAuthClientList {
        OAuthClientList(Arc::new(Inner {
            envelope,
            clients: self.clients,
        }))
    }
}
