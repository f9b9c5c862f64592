//! A DVA: Authorization Server with its screens in the front, token endpoint and Resource Server in the back.

mod back;
mod front;

use std::io::Write as _;
use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use medmij_core::text::{Placeholder, TemplateId};
use medmij_core::{Bsn, LogEvent};
use medmij_oauth::dva::TestResult;

use crate::clock;
use crate::config::DvaConfig;
use crate::lists::{Lists, OwnDirectory};
use crate::pages;
use crate::sql::Sql;
use crate::texts::Texts;

pub use back::back;
pub use front::front;

#[derive(Debug)]
pub struct Dva {
    config: DvaConfig,
    lists: Arc<Lists>,
    store: Sql,
    texts: Texts,
}

/// A response, or a failure of our own.
pub type Answer = Result<Response, Failure>;

/// A failure of our own: an operator reads the cause on standard error, a peer sees a page without one.
#[derive(Debug)]
pub struct Failure(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl axum::response::IntoResponse for Failure {
    fn into_response(self) -> Response {
        drop(writeln!(std::io::stderr(), "error: {:#}", self.0));
        let text = "<p>Er ging bij ons iets mis. Probeer het later nog eens.</p>";
        pages::respond(StatusCode::SERVICE_UNAVAILABLE, pages::page("Het lukt nu niet", text))
    }
}

/// The screens that this server shows, and the values that it has for each.
const SCREENS: [(TemplateId, &[Placeholder]); 7] = [
    (TemplateId::OnbekendeClient, OF_DVA),
    (TemplateId::OngeldigVerzoek, OF_DVA),
    (TemplateId::NietIngewilligd, OF_DVA),
    (TemplateId::Annuleringspagina, OF_DVA),
    (TemplateId::TechnischeStoring, OF_FAILURE),
    (TemplateId::Landingspagina, OF_REQUEST),
    (TemplateId::Toestemmingsverklaring, OF_REQUEST),
];
const OF_DVA: &[Placeholder] = &[Placeholder::NaamDva, Placeholder::TelefoonnummerDva];
const OF_FAILURE: &[Placeholder] = &[
    Placeholder::NaamDva,
    Placeholder::TelefoonnummerDva,
    Placeholder::TraceId,
];
const OF_REQUEST: &[Placeholder] = &[
    Placeholder::NaamDva,
    Placeholder::TelefoonnummerDva,
    Placeholder::NaamAanbieder,
    Placeholder::NaamGegevensdienst,
    Placeholder::NaamLeverancierPgo,
];

/// The parts of a DVA, from its settings; a text that could not be shown is found here and not at the first person.
pub fn assemble(config: DvaConfig, lists: Arc<Lists>, store: Sql) -> anyhow::Result<Arc<Dva>> {
    let texts = Texts::read(&config.texts)?;
    for (template, placeholders) in SCREENS {
        texts.check(template, placeholders)?;
    }
    Ok(Arc::new(Dva {
        config,
        lists,
        store,
        texts,
    }))
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

    /// The test of the Aanbieder, at the login and at each refresh: of whom there are data is in the settings.
    fn test(&self, bsn: &Bsn) -> TestResult {
        let mut persons = self.config.testpersonen.iter();
        let person = persons.find(|person| person.bsn == bsn.expose());
        TestResult::positive(person.iter().flat_map(|person| person.gegevens.iter().cloned()))
    }

    /// This example keeps no log of events; a deployment writes them here.
    fn log(&self, _events: &[LogEvent]) {}
}
