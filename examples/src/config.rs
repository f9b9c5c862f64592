//! The settings of the servers, from TOML.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use medmij_core::{Aanbiedernaam, GegevensdienstId, Hostname, Release, Systeemrolcode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

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
    /// The FHIR version of a Gegevensdienst's answers, where it is not 3.0.
    #[serde(default)]
    pub fhir_versions: BTreeMap<GegevensdienstId, String>,
    /// The names of the Aanbieders on the screens, by contract with each of them.
    pub aanbieders: BTreeMap<Aanbiedernaam, String>,
    /// Persons with whom the login stub lets one try.
    pub testpersonen: Vec<TestPerson>,
}

/// A person of the login stub.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestPerson {
    pub bsn: String,
    pub naam: String,
    /// The Gegevensdiensten of which the Aanbieder has data.
    pub gegevens: Vec<GegevensdienstId>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PgoConfig {
    pub release: Release,
    /// The `client_id`, where persons come, and the Node by whose name this PGO goes out.
    pub host: Hostname,
    pub listen: SocketAddr,
    pub stelselnode: Hostname,
    #[serde(default)]
    pub resolve: Resolve,
    /// What is asked for of each Gegevensdienst.
    pub requests: Vec<Request>,
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
}
