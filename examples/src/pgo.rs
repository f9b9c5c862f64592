//! A PGO: a small web front, the runs of every function, the dossier, and the Notification Server.

mod front;
mod meldingen;
pub mod runs;

use std::sync::Arc;

use medmij_core::text::Texts;
use medmij_core::{Digest, LogEvent};
use medmij_fhir_bundle::{Bundle, FhirVersion, Limits};
use medmij_oauth::dvp::{Collected, Dvp};

use crate::client::Backchannel;
use crate::clock;
use crate::config::{self, PgoConfig};
use crate::lists::Lists;
use crate::sql::Sql;

pub use front::front;
pub use meldingen::back;

/// The one account of this example; a real PGO has users who log in with two factors.
const PERSON: &str = "testgebruiker";

#[derive(Debug)]
pub struct Pgo {
    pub config: PgoConfig,
    pub dvp: Dvp,
    pub lists: Arc<Lists>,
    pub store: Sql,
    pub client: Backchannel,
    texts: Texts,
}

/// The parts of a PGO, from its settings. What a run that was cut off may have sent is not sent again: it is given up here.
pub async fn assemble(
    config: PgoConfig,
    lists: Arc<Lists>,
    store: Sql,
    client: Backchannel,
) -> anyhow::Result<Arc<Pgo>> {
    let dvp = Dvp::new(config.release, format!("https://{}/cb", config.host).parse()?)?;
    let texts = config::read(&config.texts)?;
    for run in store.left_runs().await? {
        let correlation_id = run.correlation_id().clone();
        log(&run.abandon(clock::now()).events);
        store.drop_run(correlation_id.as_str()).await?;
    }
    Ok(Arc::new(Pgo {
        config,
        dvp,
        lists,
        store,
        client,
        texts,
    }))
}

pub fn person() -> Digest {
    Digest::of(PERSON.as_bytes())
}

/// This example keeps no log of events; a deployment writes them here.
fn log(_events: &[LogEvent]) {}

/// How many resources an answer holds, if it is a Bundle.
pub fn resources(answer: &Collected) -> Option<usize> {
    let version = match answer.content_type.as_deref() {
        Some(text) if text.contains("fhirVersion=4.0") => FhirVersion::R4,
        _ => FhirVersion::Stu3,
    };
    let bundle = Bundle::parse(&answer.body, version, &Limits::default()).ok()?;
    Some(
        bundle
            .entries()
            .iter()
            .filter(|entry| entry.resource().is_some())
            .count(),
    )
}
