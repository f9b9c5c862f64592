//! A DVA: Authorization Server with its screens in the front; token endpoint, Resource Server and Subscription Server in the
//! back; and the Notification Client.

mod back;
mod front;
mod login;
mod meldingen;
mod search;
mod toestemmingen;

use std::borrow::Cow;
use std::io::Write as _;
use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use medmij_core::text::{DvaNames, Screen, TemplateId, TextVersion, Texts, TextsError};
use medmij_core::{Aanbiedernaam, Bsn, Digest, LogEvent, Representation};
use medmij_oauth::LogRecord;
use medmij_oauth::dva::{DeclarationRecord, TestResult};

use crate::client::Backchannel;
use crate::clock;
use crate::config::{self, DvaConfig};
use crate::lists::{Lists, OwnDirectory};
use crate::own_log::{About, OwnLog};
use crate::pages;
use crate::sql::Sql;

pub use back::back;
pub use front::front;

#[derive(Debug)]
pub struct Dva {
    config: DvaConfig,
    lists: Arc<Lists>,
    store: Sql,
    texts: Texts,
    /// Of the file of the texts, so that it is known when they have changed.
    texts_digest: Digest,
    client: Backchannel,
    log: OwnLog,
}

/// A response, or a failure of our own.
pub type Reply = Result<Response, Failure>;

/// A failure of our own: an operator reads the cause on standard error, a peer sees a page without one.
#[derive(Debug)]
pub struct Failure(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// Tells an operator of a failure that a person sees a page of.
pub fn report(error: &dyn std::error::Error) {
    drop(writeln!(std::io::stderr(), "error: {error}"));
}

impl axum::response::IntoResponse for Failure {
    fn into_response(self) -> Response {
        drop(writeln!(std::io::stderr(), "error: {:#}", self.0));
        let text = "<p>Er ging bij ons iets mis. Straks kun je het opnieuw doen.</p>";
        pages::respond(StatusCode::SERVICE_UNAVAILABLE, pages::page("Het lukt nu niet", text))
    }
}

/// The parts of a DVA, from its settings; a text that is missing is found here and not at the first person.
pub fn assemble(config: DvaConfig, lists: Arc<Lists>, store: Sql, client: Backchannel) -> anyhow::Result<Arc<Dva>> {
    let texts: Texts = config::read(&config.texts)?;
    let texts_digest = Digest::of(&std::fs::read(&config.texts)?);
    texts.check_dva(config.release)?;
    let log = OwnLog::start(store.clone());
    Ok(Arc::new(Dva {
        log,
        config,
        lists,
        store,
        texts,
        texts_digest,
        client,
    }))
}

/// What the screens call things that no list names.
impl DvaNames for Dva {
    fn dva(&self) -> &str {
        &self.config.naam
    }

    fn telefoonnummer(&self) -> &str {
        &self.config.telefoonnummer
    }

    fn aanbieder(&self, naam: &Aanbiedernaam) -> Cow<'_, str> {
        Cow::Owned(self.naam(naam).to_owned())
    }

    fn some_aanbieder(&self) -> &str {
        "je zorgaanbieder"
    }

    fn some_pgo(&self) -> &str {
        "je PGO"
    }
}

impl Dva {
    fn directory(&self) -> OwnDirectory<'_> {
        OwnDirectory {
            lists: self.lists.now(),
            history: self.lists.history(),
            config: &self.config,
            now: clock::now(),
        }
    }

    /// The test of the Aanbieder, at the login and at each refresh: of whom there are data, and how old everybody is, is in the
    /// settings.
    fn test(&self, bsn: &Bsn, representation: Representation) -> TestResult {
        let mut persons = self.config.testpersonen.iter();
        let person = persons.find(|person| person.bsn == *bsn);
        let person = person.filter(|person| representation.age_is_right(person.age(clock::now().date())));
        TestResult::positive(person.iter().flat_map(|person| person.gegevens.iter().cloned()))
    }

    /// What an Aanbieder wants to be called. The directory offers nothing of one that has no name here.
    fn naam<'a>(&'a self, naam: &'a Aanbiedernaam) -> &'a str {
        self.config
            .aanbieders
            .get(naam)
            .map_or_else(|| naam.naam(), String::as_str)
    }

    /// Which wording a declaration has now.
    fn version(&self, template: TemplateId) -> Result<TextVersion, TextsError> {
        self.texts.version(template, self.config.release)
    }

    fn log(&self, events: &[LogEvent], about: &About) {
        self.log.write(events, about);
    }

    /// Logs an answered declaration, before anything follows from it.
    async fn log_declaration(&self, record: &DeclarationRecord, screen: &Screen, about: &About) -> anyhow::Result<()> {
        let record = record.clone().showing(&screen.values(self));
        let line = serde_json::to_vec(&LogRecord::of_declaration(&record, about.context.as_ref()))?;
        Ok(self.store.log_declaration(line, record.at).await?)
    }
}
