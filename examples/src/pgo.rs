//! A PGO: a small web front, the runs of Verzamelen, and the dossier.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, RawQuery, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode};
use medmij_core::{Digest, LogEvent, Offers, SystemRandom, VerzamelenScope};
use medmij_fhir_bundle::{Bundle, FhirVersion, Limits};
use medmij_oauth::AuthorizationReply;
use medmij_oauth::dvp::{
    self, CollectEnd, Collected, Collector, Done, Dvp, Outcome, PendingStore as _, Ready, ReplyStep, ResourceQuery,
    Stopped, StoredPending, TokenStep,
};
use serde::Deserialize;

use crate::client::Backchannel;
use crate::clock;
use crate::config::PgoConfig;
use crate::dva::Answer;
use crate::lists::Lists;
use crate::pages::{self, Button, escape};
use crate::serve::send;
use crate::sql::{Sql, StoreError};

const COOKIE: &str = "pgo";
/// The one account of this example; a real PGO has users who log in with two factors.
const PERSON: &str = "testgebruiker";

#[derive(Debug)]
pub struct Pgo {
    pub config: PgoConfig,
    pub dvp: Dvp,
    pub lists: Arc<Lists>,
    pub store: Sql,
    pub client: Backchannel,
}

pub fn router(app: Arc<Pgo>) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/verzamelen", post(collect))
        .route("/cb", get(callback))
        .route("/dossier", get(dossier))
        .with_state(app)
}

/// The parts of a PGO, from its settings.
pub fn assemble(config: PgoConfig, lists: Arc<Lists>, store: Sql, client: Backchannel) -> anyhow::Result<Arc<Pgo>> {
    let dvp = Dvp::new(config.release, format!("https://{}/cb", config.host).parse()?)?;
    Ok(Arc::new(Pgo {
        config,
        dvp,
        lists,
        store,
        client,
    }))
}

pub fn person() -> Digest {
    Digest::of(PERSON.as_bytes())
}

/// Row P1: what is on the Zorgaanbiederslijst for this release.
async fn home(State(app): State<Arc<Pgo>>, headers: HeaderMap) -> Answer {
    let cookie = pages::browser(&headers, COOKIE)?;
    let lists = app.lists.now();
    let names = lists
        .zal
        .iter()
        .flat_map(|zal| zal.iter())
        .filter_map(|entry| entry.naam().usable());
    let offered = names.filter(|naam| {
        lists
            .zal
            .as_ref()
            .is_some_and(|zal| !zal.offers(naam, app.config.release, None).is_empty())
    });
    let offered: Vec<_> = offered.collect();
    let buttons: Vec<_> = offered
        .iter()
        .map(|naam| Button {
            action: "/verzamelen",
            name: "aanbieder",
            value: naam.as_str(),
            label: naam.naam(),
        })
        .collect();
    let content = format!(
        "<p>Bij wie wil je gegevens ophalen?</p>{}",
        pages::forms(&buttons, &form_secret(&cookie))
    );
    let mut response = pages::respond(StatusCode::OK, pages::page("Mijn voorbeeld-PGO", &content));
    pages::set_cookie(&mut response, COOKIE, &cookie);
    Ok(response)
}

/// What a form of this browser carries, so that no other site can start a run in it.
fn form_secret(cookie: &str) -> String {
    Digest::of(format!("form {cookie}").as_bytes()).to_string()
}

#[derive(Deserialize)]
struct Choice {
    sessie: String,
    aanbieder: String,
}

/// Row P4: the person chose an Aanbieder.
async fn collect(State(app): State<Arc<Pgo>>, headers: HeaderMap, Form(choice): Form<Choice>) -> Answer {
    let cookie = pages::cookie(&headers, COOKIE).filter(|cookie| form_secret(cookie) == choice.sessie);
    let Some(cookie) = cookie else {
        return Ok(stray());
    };
    let lists = app.lists.now();
    let offers = choice.aanbieder.parse().ok().and_then(|naam| {
        // One flow for each DVA of an Aanbieder; this example takes the first.
        lists
            .zal
            .as_ref()?
            .offers(&naam, app.config.release, lists.gnl.as_ref())
            .into_iter()
            .next()
    });
    let Some(offers) = offers else {
        let text = "<p>Deze zorgaanbieder staat niet op de lijst.</p>";
        return Ok(pages::respond(
            StatusCode::NOT_FOUND,
            pages::page("Niet gevonden", text),
        ));
    };
    let offers = match app.config.release.verzamelen_scope() {
        VerzamelenScope::OneCombination => Offers::new(offers.iter().take(1).cloned().collect())?,
        VerzamelenScope::Combinations | VerzamelenScope::Aanbieder => offers,
    };
    let begun = app
        .dvp
        .verzamelen(offers.clone(), app.todo(&offers)?)?
        .begin(clock::now(), &mut SystemRandom)?;
    log(&begun.events);
    // One cookie for all that is open in a browser: each run is found by its own state.
    let session = Digest::of(cookie.as_bytes());
    let stored = StoredPending::new(session, begun.pending);
    let _ = app.store.put_pending(stored.pending.key(), stored).await?;
    Ok(send(begun.redirect.to_response()))
}

/// Rows P7 to P28: the person is back.
async fn callback(State(app): State<Arc<Pgo>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Answer {
    let reply = AuthorizationReply::parse(query.as_deref().unwrap_or_default());
    let session = pages::cookie(&headers, COOKIE).map(|cookie| Digest::of(cookie.as_bytes()));
    let pending = match (reply.state(), session) {
        (Some(state), Some(session)) => app.store.take_pending(state.digest(), session).await?,
        _ => None,
    };
    let Some(pending) = pending else {
        return Ok(stray());
    };
    // The run goes on when the person closes the browser: the code can be offered only once.
    tokio::spawn(async move { app.finish(pending, reply).await }).await?
}

impl Pgo {
    /// From the reply to the end of the run.
    async fn finish(&self, pending: dvp::Pending, reply: AuthorizationReply) -> Answer {
        let exchange = match pending.reply(reply, clock::now(), &mut SystemRandom)? {
            ReplyStep::Exchange(exchange) => exchange,
            ReplyStep::Stopped(stopped) => return Ok(ended(&stopped)),
            ReplyStep::Stray { events, .. } => {
                log(&events);
                return Ok(stray());
            }
        };
        // That a code came is the proof of consent: it is stored before anything is done with the code (row P7).
        let awaiting = &exchange.awaiting;
        let naam = awaiting.offers().aanbieder().as_str();
        self.store
            .store_consent(person(), naam, awaiting.correlation_id())
            .await?;
        let ready = match dvp::exchange(exchange, &self.client, |events| log(&events), clock::now).await {
            TokenStep::Ready { ready, events } => {
                log(&events);
                ready
            }
            TokenStep::Stopped(stopped) => return Ok(ended(&stopped)),
        };
        let mut dossier = Dossier(self.store.clone());
        let stopped = match dvp::collect(ready, &self.client, &mut dossier, &mut SystemRandom, clock::now).await? {
            CollectEnd::Stopped(stopped) => stopped,
            // The token ran out while requests were left. A second login is not asked of the person here.
            CollectEnd::NeedsToken(selected) => selected.abandon(clock::now()),
            // What was stored before stays; the person is told that the rest was not.
            CollectEnd::NotStored { error, .. } => return Err(error.into()),
        };
        Ok(ended(&stopped))
    }

    /// What is to be asked for, of what these offers have.
    fn todo(&self, offers: &Offers) -> Result<Vec<ResourceQuery>, dvp::QueryError> {
        let wanted = self.config.requests.iter().filter(|request| {
            let offer = offers.gegevensdienst(request.gegevensdienst.as_str());
            offer.is_some_and(|offer| offer.resource(request.systeemrol.as_str()).is_some())
        });
        wanted
            .map(|it| ResourceQuery::new(it.gegevensdienst.clone(), it.systeemrol.clone(), &it.path, &it.accept))
            .collect()
    }
}

/// Stores each answer of a run.
struct Dossier(Sql);

impl Collector for Dossier {
    type Error = StoreError;

    async fn store(&mut self, done: Done) -> Result<(), StoreError> {
        match done {
            Done::Collected(collected) => self.0.store_answer(person(), &collected).await,
            // This PGO starts no Delen and no Abonneren.
            Done::Placed(_) | Done::Abonnement(_) => Ok(()),
        }
    }

    /// This PGO only reads, and a run that a crash ends is begun anew by its person.
    async fn keep(&mut self, _: Ready) -> Result<(), StoreError> {
        Ok(())
    }

    fn log(&mut self, events: Vec<LogEvent>) {
        log(&events);
    }
}

/// This example keeps no log of events; a deployment writes them here.
fn log(_events: &[LogEvent]) {}

/// A reply that belongs to nothing here: a neutral page, and nothing of it is used.
fn stray() -> Response {
    let text = "<p>Deze link hoort niet bij iets waar je mee bezig bent.</p>";
    pages::respond(StatusCode::BAD_REQUEST, pages::page("Er is niets te doen", text))
}

/// What the person is told at the end of a run.
pub const fn message(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "Je gegevens staan in je dossier.",
        Outcome::CompletedPartially => {
            "Een deel van je gegevens staat in je dossier. De rest kon niet worden opgehaald."
        }
        Outcome::StoppedInvalidRequest { .. } => "Er zit een fout in ons verzoek. Je gegevens zijn niet opgehaald.",
        Outcome::StoppedRefused => "Het verzoek is niet ingewilligd. Er zijn geen gegevens opgehaald.",
        Outcome::StoppedUndetermined { .. } => {
            "We weten niet of je toestemming hebt gegeven. Probeer het later opnieuw."
        }
        Outcome::StoppedTechnical => "Er ging technisch iets mis. Probeer het later opnieuw.",
        Outcome::StoppedNotDelivered => "De zorgaanbieder kon je gegevens niet leveren.",
        Outcome::Abandoned => "Je bent gestopt. Er zijn geen gegevens opgehaald.",
    }
}

fn ended(stopped: &Stopped) -> Response {
    log(&stopped.events);
    let line = |failure: &dvp::Failure| format!("<li>{}: {:?}</li>", escape(failure.todo.path()), failure.cause);
    let causes: String = stopped.failed.iter().map(line).collect();
    let content = format!(
        "<p id=\"melding\" data-outcome=\"{}\" data-stored=\"{}\">{}</p><ul>{causes}</ul>\
         <p><a href=\"/dossier\">Naar je dossier</a></p>",
        stopped.outcome.name(),
        stopped.done,
        escape(message(&stopped.outcome))
    );
    pages::respond(StatusCode::OK, pages::page("Gegevens ophalen", &content))
}

/// What was collected, from whom and in which context, and whether it is as it came.
async fn dossier(State(app): State<Arc<Pgo>>) -> Answer {
    let answers = app.store.answers().await?;
    let rows: String = answers
        .iter()
        .map(|answer| {
            let naam = answer
                .gegevensdienstnaam
                .as_ref()
                .map_or(answer.gegevensdienst.as_str(), |naam| naam.as_str());
            let unchanged = if Digest::of(&answer.body) == answer.digest {
                "ongewijzigd"
            } else {
                "gewijzigd"
            };
            let resources = resources(answer).map_or_else(|| "-".to_owned(), |count| count.to_string());
            let cells = [answer.aanbieder.naam(), naam, &answer.path, &resources, unchanged];
            let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
            format!("<tr>{cells}</tr>")
        })
        .collect();
    let head = "<tr><th>Van</th><th>Gegevensdienst</th><th>Wat</th><th>Aantal</th><th>Sinds ophalen</th></tr>";
    let content = format!("<table>{head}{rows}</table>");
    Ok(pages::respond(StatusCode::OK, pages::page("Je dossier", &content)))
}

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
