//! The demo: a Stelselnode, a DVA and a PGO in one process on loopback, and a person who collects.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use medmij_core::Release;
use medmij_oauth::dvp::Collected;

use crate::client::{Backchannel, Resolve, plain};
use crate::config::{DvaConfig, PgoConfig};
use crate::lists::{Lists, OF_DVA, OF_PGO};
use crate::person::{Browser, Ended, Refuse};
use crate::serve::{listen, serve};
use crate::sql::Sql;
use crate::steps::Steps;
use crate::{clock, config, dva, keep_clean, keep_current, pgo, pki, stelselnode, tls};

/// What the demo is to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the stores, their keys and the certificates go.
    pub data: PathBuf,
    pub release: Release,
    pub refuse: Option<Refuse>,
    /// Where the four lists are.
    pub lists: PathBuf,
    pub aanbieder: String,
}

/// What it came to.
#[derive(Debug)]
pub struct Summary {
    pub ended: Ended,
    /// How many answers the dossier held before.
    pub before: usize,
    /// What this run added.
    pub added: Vec<Collected>,
}

/// The folder of the example's own data.
pub fn data() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/data"))
}

fn settings() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config"))
}

/// All servers, up and running until the process ends.
#[derive(Debug)]
pub struct Servers {
    /// Where each host is found.
    pub resolve: Resolve,
    /// The folder of the certificates.
    pub pki: PathBuf,
    /// The host of the PGO.
    pub pgo: String,
    store: Sql,
}

/// Starts a Stelselnode, a DVA and a PGO, each host on a free port of loopback, with new certificates.
pub async fn start(options: &Options, steps: &Arc<Steps>) -> anyhow::Result<Servers> {
    let mut dva_config = DvaConfig::read(&settings().join("dva.toml"))?;
    let mut pgo_config: PgoConfig = config::read(&settings().join("pgo.toml"))?;
    (dva_config.release, pgo_config.release) = (options.release, options.release);
    let stelselnode_host = pgo_config.stelselnode.clone();

    let pki = options.data.join("pki");
    let hosts = [
        &stelselnode_host,
        &dva_config.front_host,
        &dva_config.back_host,
        &pgo_config.host,
    ];
    pki::make(&pki, &hosts.map(|host| host.as_str()))?;
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listeners = [
        listen(loopback).await?,
        listen(loopback).await?,
        listen(loopback).await?,
        listen(loopback).await?,
    ];
    let mut resolve = Resolve::new();
    for (host, listener) in hosts.iter().zip(&listeners) {
        resolve.insert(host.to_string(), listener.local_addr()?);
    }
    let [stelselnode_listener, front_listener, back_listener, pgo_listener] = listeners;

    let admits_nodes = stelselnode::admits(&options.lists)?;
    let config = tls::back_server(&pki, stelselnode_host.as_str(), admits_nodes)?;
    tokio::spawn(serve(
        stelselnode_listener,
        config,
        stelselnode::router(options.lists.clone()),
    ));

    let lists = Lists::new(stelselnode_host.clone(), &OF_DVA, options.release, clock::now())?;
    let client = backchannel("dva", &pki, dva_config.back_host.as_str(), &resolve, &lists, steps)?;
    lists.start(&client, steps).await?;
    let front = tls::front_server(&pki, dva_config.front_host.as_str())?;
    let back = tls::back_server(&pki, dva_config.back_host.as_str(), admits(&lists))?;
    let store = Sql::sqlite(&options.data.join("dva.sqlite")).await?;
    let app = dva::assemble(dva_config, Arc::clone(&lists), store.clone())?;
    tokio::spawn(keep_current(lists, client, Arc::clone(steps)));
    tokio::spawn(keep_clean(store, Arc::clone(steps)));
    tokio::spawn(serve(front_listener, front, dva::front(Arc::clone(&app))));
    tokio::spawn(serve(back_listener, back, dva::back(app)));

    let lists = Lists::new(stelselnode_host, &OF_PGO, options.release, clock::now())?;
    let host = pgo_config.host.to_string();
    let client = backchannel("pgo", &pki, &host, &resolve, &lists, steps)?;
    lists.start(&client, steps).await?;
    let front = tls::front_server(&pki, &host)?;
    let store = Sql::sqlite(&options.data.join("pgo.sqlite")).await?;
    let app = pgo::assemble(pgo_config, Arc::clone(&lists), store.clone(), client.clone())?;
    tokio::spawn(keep_current(lists, client, Arc::clone(steps)));
    tokio::spawn(keep_clean(store.clone(), Arc::clone(steps)));
    tokio::spawn(serve(pgo_listener, front, pgo::router(app)));
    Ok(Servers {
        resolve,
        pki,
        pgo: host,
        store,
    })
}

/// Runs a whole Verzamelen.
pub async fn run(options: &Options, steps: &Arc<Steps>) -> anyhow::Result<Summary> {
    let Servers {
        resolve,
        pki,
        pgo,
        store,
    } = start(options, steps).await?;
    let before = store.answers().await?.len();
    let mut browser = Browser::new(plain(&pki, None, &resolve)?, Arc::clone(steps));
    let ended = browser.verzamelen(&pgo, &options.aanbieder, options.refuse).await?;
    let added = store.answers().await?.split_off(before);
    Ok(Summary { ended, before, added })
}

impl Servers {
    /// Where a person finds them.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<_> = self
            .resolve
            .iter()
            .map(|(host, address)| format!("{host} is at {address}"))
            .collect();
        let ca = self.pki.join("ca.pem");
        lines.push(format!(
            "start at https://{}/ and trust {} for this test alone; Ctrl-C ends",
            self.pgo,
            ca.display()
        ));
        lines
    }
}

/// A client of a Node, which goes where its own Whitelist permits.
pub fn backchannel(
    who: &str,
    pki_folder: &Path,
    host: &str,
    resolve: &Resolve,
    lists: &Arc<Lists>,
    steps: &Arc<Steps>,
) -> anyhow::Result<Backchannel> {
    let lists = Arc::clone(lists);
    let permits = Arc::new(move |host: &str| host.parse().is_ok_and(|host| lists.permits(&host)));
    Backchannel::new(who, pki_folder, host, resolve, permits, Arc::clone(steps))
}

/// The Whitelist check of a Node that is a TLS server.
pub fn admits(lists: &Arc<Lists>) -> tls::Admits {
    let lists = Arc::clone(lists);
    Arc::new(move |client| client.names().iter().any(|name| lists.permits(name)))
}

impl Summary {
    /// What is printed at the end.
    pub fn lines(&self) -> Vec<String> {
        let resources: usize = self.added.iter().filter_map(pgo::resources).sum();
        let mut lines = vec![format!("{} ({})", self.ended.message, self.ended.outcome)];
        if !self.added.is_empty() {
            lines.push(format!(
                "{resources} resources in {} answers are stored:",
                self.added.len()
            ));
        }
        for answer in &self.added {
            let naam = answer.gegevensdienstnaam.as_ref().map_or("-", |naam| naam.as_str());
            let count = pgo::resources(answer).map_or_else(|| "-".to_owned(), |count| count.to_string());
            lines.push(format!(
                "  {count:>3} from {} / {naam} / {:<24} sha256 {}",
                answer.aanbieder, answer.path, answer.digest
            ));
        }
        let chains: BTreeSet<_> = self.added.iter().map(|answer| &answer.correlation_id).collect();
        debug_assert!(chains.len() <= 1, "one run is one chain");
        lines.push(format!(
            "the dossier held {} answers before, and holds {} now",
            self.before,
            self.before + self.added.len()
        ));
        lines
    }
}
