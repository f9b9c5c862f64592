//! A PGO: a small web front, the runs of every function, the dossier, and the Notification Server.

mod answers;
mod delen;
mod front;
mod meldingen;
pub mod runs;

use std::sync::Arc;

use medmij_core::text::Texts;
use medmij_core::{Digest, LogEvent};
use medmij_fhir_bundle::{Bundle, Limits, RuleSet, Severity};
use medmij_oauth::dvp::{Collected, Dvp};
use medmij_oauth::{LogContext, LogPerson};

use crate::client::Backchannel;
use crate::clock;
use crate::config::{self, PgoConfig};
use crate::lists::Lists;
use crate::own_log::{About, OwnLog};
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
    log: OwnLog,
}

/// The parts of a PGO, from its settings. What a run that was cut off may have sent is not sent again: it is
/// given up here, and the person is told.
pub async fn assemble(
    config: PgoConfig,
    lists: Arc<Lists>,
    store: Sql,
    client: Backchannel,
) -> anyhow::Result<Arc<Pgo>> {
    let dvp = Dvp::new(config.release, format!("https://{}/cb", config.host).parse()?)?;
    let texts: Texts = config::read(&config.texts)?;
    texts.check_dvp(config.release)?;
    let log = OwnLog::start(store.clone());
    // Longer ago than a request may take: what another process works on is left alone.
    let since = clock::now().saturating_sub(time::Duration::minutes(5));
    for run in store.take_left_runs(since).await? {
        let context = run.log_context();
        let stopped = run.abandon(clock::now());
        log.ended(&stopped, &account());
        let aanbieder = context.aanbieder;
        if let Some(aanbieder) = aanbieder.as_ref().filter(|_| !stopped.unknown.is_empty()) {
            let text = "We weten niet of wat je deelde of afsprak is aangekomen. We sturen het niet nog eens.";
            store.store_notice(aanbieder, text).await?;
        } else if let Some(aanbieder) = aanbieder {
            // What the last answer pointed at, nobody knows any more.
            let text = "Het ophalen is onderbroken. Misschien is niet alles opgehaald.";
            store.store_notice(&aanbieder, text).await?;
        }
    }
    Ok(Arc::new(Pgo {
        config,
        dvp,
        lists,
        store,
        client,
        texts,
        log,
    }))
}

pub fn person() -> Digest {
    Digest::of(PERSON.as_bytes())
}

impl Pgo {
    /// Logs events of the one account.
    fn log(&self, events: &[LogEvent], context: Option<LogContext>) {
        let person = Some(account());
        self.log.write(
            events,
            &About {
                context,
                person,
                reference: None,
            },
        );
    }
}

/// How the own log knows the one account.
fn account() -> LogPerson {
    LogPerson::Account(PERSON.to_owned())
}

/// How many resources an answer holds, if it is a Bundle.
pub fn resources(answer: &Collected) -> Option<usize> {
    let bundle = bundle(answer)?;
    Some(bundle.entries().filter(|entry| entry.resource().is_some()).count())
}

/// What is wrong with an answer by the rules of FHIR and the qualification checks, if it is a Bundle: nothing that stands in it.
pub fn findings(answer: &Collected) -> Vec<String> {
    let findings = bundle(answer)
        .map(|bundle| bundle.findings(RuleSet::Nictiz))
        .unwrap_or_default();
    let told = findings
        .iter()
        .filter(|finding| finding.severity() > Severity::Information);
    told.map(ToString::to_string).collect()
}

fn bundle(answer: &Collected) -> Option<Bundle<'_>> {
    Bundle::parse(&answer.body, answers::version(answer), &Limits::default()).ok()
}
