//! The settings of the servers, from TOML.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use medmij_core::{
    Aanbiedernaam, BackchannelUri, Bsn, FrontchannelUri, Geboortedatum, GegevensdienstId, Hostname,
    OAuthclientOrganisatienaam, Release, Systeemrolcode,
};
use medmij_fhir_bundle::FhirVersion;
use medmij_oauth::dva::NotificationEndpoints;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use time::Date;

use crate::client::Resolve;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DvaConfig {
    pub release: Release,
    /// Where persons come: the host of the authorization endpoint.
    pub front_host: Hostname,
    pub front_listen: SocketAddr,
    /// Where DVPs come: the host of the token and resource endpoints, and the Node by whose name lists are fetched.
    pub back_host: Hostname,
    pub back_listen: SocketAddr,
    pub stelselnode: Hostname,
    #[serde(default)]
    pub resolve: Resolve,
    /// The name and telephone number of this DVA, for its screens.
    pub naam: String,
    pub telefoonnummer: String,
    pub texts: PathBuf,
    pub fhir: PathBuf,
    /// The FHIR version of a Gegevensdienst's answers, where it is not STU3.
    #[serde(default)]
    pub fhir_versions: BTreeMap<GegevensdienstId, FhirVersion>,
    /// The most entries on a page of what a search found.
    pub page_size: NonZeroUsize,
    /// The names of the Aanbieders on the screens, by contract with each of them.
    pub aanbieders: BTreeMap<Aanbiedernaam, String>,
    /// The Gegevensdiensten that are to be shared; all others are to be collected.
    #[serde(default)]
    pub delen: BTreeSet<GegevensdienstId>,
    /// Whether persons may be represented.
    #[serde(default)]
    pub vertegenwoordiging: bool,
    /// Where the DVPs receive messages, of which the OAuth Client List does not say it.
    #[serde(default)]
    pub meldingen: BTreeMap<Hostname, Meldingen>,
    /// Persons with whom the login stub lets one try.
    pub testpersonen: Vec<TestPerson>,
}

/// A person of the login stub.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestPerson {
    #[serde(with = "medmij_core::secret::exposed")]
    pub bsn: Bsn,
    pub naam: String,
    #[serde(with = "medmij_core::secret::exposed")]
    pub geboortedatum: Geboortedatum,
    /// The Gegevensdiensten of which the Aanbieder has data, and those it wants to receive.
    pub gegevens: Vec<GegevensdienstId>,
}

impl TestPerson {
    pub fn age(&self, today: Date) -> u16 {
        self.geboortedatum.years_on(today)
    }
}

/// The notification endpoints of a DVP.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meldingen {
    pub subscription: BackchannelUri,
    pub resource: BackchannelUri,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PgoConfig {
    pub release: Release,
    /// The `client_id`, where persons come, and the Node by whose name this PGO goes out.
    pub host: Hostname,
    pub listen: SocketAddr,
    /// Where DVAs come with their messages.
    pub back_host: Hostname,
    pub back_listen: SocketAddr,
    /// What the OAuth Client List calls this PGO.
    pub naam: OAuthclientOrganisatienaam,
    pub texts: PathBuf,
    pub stelselnode: Hostname,
    #[serde(default)]
    pub resolve: Resolve,
    /// Where a DVA's page for managing consents is, by the host of its authorization endpoint: no list tells it.
    #[serde(default)]
    pub toestemmingen: BTreeMap<Hostname, FrontchannelUri>,
    /// What is asked for of each Gegevensdienst.
    pub requests: Vec<Request>,
    /// What the person has to share.
    #[serde(default)]
    pub delen: Vec<Document>,
    /// The child of the one account of this example.
    pub kind: Option<Kind>,
}

/// A document that can be shared.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub gegevensdienst: GegevensdienstId,
    pub systeemrol: Systeemrolcode,
    pub media_type: String,
    /// How it is called.
    pub titel: String,
    /// The document, a PDF.
    pub file: PathBuf,
}

/// Whom the person may represent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// By what the token store and the dossier know the child.
    pub id: String,
    pub naam: String,
    #[serde(with = "medmij_core::secret::exposed")]
    pub geboortedatum: Geboortedatum,
}

/// A request for a Gegevensdienst.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub gegevensdienst: GegevensdienstId,
    pub systeemrol: Systeemrolcode,
    pub path: String,
    pub accept: String,
}

/// Reads a file of settings.
pub fn read<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is no file of settings", path.display()))
}

impl DvaConfig {
    /// Reads the settings; paths in them are relative to the folder of their file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let mut config: Self = read(path)?;
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        config.texts = folder.join(config.texts);
        config.fhir = folder.join(config.fhir);
        Ok(config)
    }

    /// The notification endpoints of a client by these settings.
    pub fn endpoints(&self, client_id: &Hostname) -> Option<NotificationEndpoints> {
        let Meldingen { subscription, resource } = self.meldingen.get(client_id)?.clone();
        Some(NotificationEndpoints {
            client_id: Some(client_id.clone()),
            subscription,
            resource,
        })
    }
}

impl PgoConfig {
    /// Reads the settings; paths in them are relative to the folder of their file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let mut config: Self = read(path)?;
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        config.texts = folder.join(config.texts);
        for document in &mut config.delen {
            document.file = folder.join(&document.file);
        }
        Ok(config)
    }
}
