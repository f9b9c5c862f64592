//! The OAuth Client List (OCL): which DVPs there are, by host name, and the names that persons know them by.

use std::collections::HashMap;
use std::sync::Arc;

use medmij_core::{Hostname, OAuthClient, OAuthclientOrganisatienaam};

use crate::envelope::{Envelope, EnvelopeBuilder, EnvelopeField, ListBuilder, Parsed, parse, tijdstempel, volgnummer};
use crate::error::{ListRule, Rejected, Violation};
use crate::limits::Limits;
use crate::schema::{Builder, Element, Facets, Schema, any, once};

/// An OAuth Client List that was read and found right: immutable, indexed by host name, cheap to clone [OCL, release2].
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
#[derive(Clone, Debug)]
pub struct OAuthClientList(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    envelope: Envelope,
    clients: Vec<OAuthClient>,
    by_hostname: HashMap<Hostname, usize>,
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
        &self.0.clients
    }

    /// The client of a `client_id`, which is its host name [core.authint.200, 2.x].
    #[must_use]
    pub fn client(&self, client_id: &Hostname) -> Option<&OAuthClient> {
        self.0.clients.get(*self.0.by_hostname.get(client_id)?)
    }
}

/// An element of the list, as its builder knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field {
    Wrapper,
    Envelope(EnvelopeField),
    OAuthclient,
    Hostname,
    Organisatienaam,
}

/// The namespace of the list of 1.1.x.
pub(crate) const RELEASE2: &str = "xmlns://afsprakenstelsel.medmij.nl/oauthclientlist/release2/";

static SCHEMAS: [Schema<Field>; 1] = [Schema {
    namespace: RELEASE2,
    root: &OAUTHCLIENTLIST,
    facets: Facets::Official,
}];

static OAUTHCLIENTLIST: Element<Field> = Element::sequence(
    "OAuthclientlist",
    Field::Wrapper,
    &[once(&TIJDSTEMPEL), once(&VOLGNUMMER), once(&OAUTHCLIENTS)],
);
static TIJDSTEMPEL: Element<Field> = tijdstempel(Field::Envelope(EnvelopeField::Tijdstempel));
static VOLGNUMMER: Element<Field> = volgnummer(Field::Envelope(EnvelopeField::Volgnummer));
static OAUTHCLIENTS: Element<Field> = Element::sequence("OAuthclients", Field::Wrapper, &[any(&OAUTHCLIENT)]);
static OAUTHCLIENT: Element<Field> = Element::sequence(
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
    envelope: EnvelopeBuilder,
    clients: Vec<OAuthClient>,
    by_hostname: HashMap<Hostname, usize>,
    hostname: Option<Hostname>,
    organisatienaam: Option<OAuthclientOrganisatienaam>,
}

impl Builder for OclBuilder {
    type Field = Field;

    fn start(&mut self, _: Field) {}

    fn value(&mut self, field: Field, text: &str) -> Vec<Violation> {
        match field {
            Field::Envelope(field) => self.envelope.value(field, text),
            field => self.entry(field, text).err().into_iter().collect(),
        }
    }

    fn end(&mut self, field: Field) {
        let Field::OAuthclient = field else { return };
        if let (Some(hostname), Some(organisatienaam)) = (self.hostname.take(), self.organisatienaam.take()) {
            self.clients.push(OAuthClient::new(hostname, organisatienaam));
        }
    }

    fn is_certain(_: Field) -> bool {
        true
    }
}

impl OclBuilder {
    fn entry(&mut self, field: Field, text: &str) -> Result<(), Violation> {
        match field {
            Field::Organisatienaam => self.organisatienaam = Some(text.parse()?),
            Field::Hostname => {
                let hostname: Hostname = text.parse()?;
                if self.by_hostname.insert(hostname.clone(), self.clients.len()).is_some() {
                    let expected = "each Hostname of an OAuthclient once".to_owned();
                    return Err(Violation::new(ListRule::Unique, expected));
                }
                self.hostname = Some(hostname);
            }
            Field::Wrapper | Field::Envelope(_) | Field::OAuthclient => {}
        }
        Ok(())
    }
}

impl ListBuilder for OclBuilder {
    type List = OAuthClientList;

    const SCHEMAS: &'static [Schema<Field>] = &SCHEMAS;

    fn envelope(&mut self) -> EnvelopeBuilder {
        std::mem::take(&mut self.envelope)
    }

    fn build(self, envelope: Envelope) -> OAuthClientList {
        OAuthClientList(Arc::new(Inner {
            envelope,
            clients: self.clients,
            by_hostname: self.by_hostname,
        }))
    }
}
