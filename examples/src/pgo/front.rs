//! The pages of the PGO: what can be done, how it ended, the dossier.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, RawQuery, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode};
use medmij_core::{Aanbiedernaam, Digest, Hostname, RepresentationSupport};
use medmij_fhir_bundle::{Change, Limits};
use medmij_oauth::AuthorizationReply;
use medmij_oauth::dvp::{Failure, Outcome, PendingStore as _, Placed, Todo};
use serde::Deserialize;

use super::runs::{RunEnd, Started, Wish};
use super::{Pgo, bundle, findings, person, resources};
use crate::clock;
use crate::dossier::Piece;
use crate::dva::Reply;
use crate::pages::{self, Button, escape};
use crate::serve::send;

const COOKIE: &str = "pgo";

/// The frontchannel.
pub fn front(app: Arc<Pgo>) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/start", post(start))
        .route("/cb", get(callback))
        .route("/dossier", get(dossier))
        .route("/verwijderen", post(delete))
        .route("/toestemmingen", post(manage_consents))
        .with_state(app)
}

/// Row P1: what is on the Zorgaanbiederslijst for this release, what the Abonnementen told, and what there is to end.
async fn home(State(app): State<Arc<Pgo>>, headers: HeaderMap) -> Reply {
    let cookie = pages::browser(&headers, COOKIE)?;
    let lists = app.lists.now();
    let names = lists
        .zal
        .iter()
        .flat_map(|zal| zal.iter())
        .filter_map(|entry| entry.naam().usable());
    let mut wishes: Vec<(Wish, String)> = names.flat_map(|naam| app.wishes(&naam)).collect();
    for abonnement in app.store.own_abonnementen(None).await? {
        if abonnement.einde(clock::now()).is_some() {
            let called = abonnement.gegevensdienstnaam.as_ref();
            let called = called.map_or(abonnement.gegevensdienst.as_str(), |naam| naam.as_str());
            let label = format!("Geen seintjes meer van {}: {called}", abonnement.aanbieder.naam());
            wishes.push((Wish::end_of(&abonnement), label));
        }
    }
    let values: Vec<_> = wishes.iter().map(|(wish, _)| wish.to_string()).collect();
    let buttons: Vec<_> = wishes
        .iter()
        .zip(&values)
        .map(|((_, label), value)| Button {
            action: "/start",
            name: "keuze",
            value,
            label,
        })
        .collect();
    let mut content = String::new();
    for (aanbieder, text) in app.store.notices().await? {
        let _ = write!(
            content,
            "<p class=\"melding\" data-aanbieder=\"{}\">{}</p>",
            escape(&aanbieder),
            escape(&text)
        );
    }
    let secret = pages::form_secret(&cookie);
    content += "<p>Wat wil je doen?</p>";
    content += &pages::forms(&buttons, &secret);
    let page = app.config.toestemmingen.keys().map(|host| Button {
        action: "/toestemmingen",
        name: "host",
        value: host.as_str(),
        label: "Toestemmingen aanpassen",
    });
    content += &pages::forms(&page.collect::<Vec<_>>(), &secret);
    content += "<p><a href=\"/dossier\">Naar je dossier</a></p>";
    let mut response = pages::respond(StatusCode::OK, pages::page("Mijn voorbeeld-PGO", &content));
    pages::set_cookie(&mut response, COOKIE, &cookie);
    Ok(response)
}

impl Pgo {
    /// What the person can do at an Aanbieder, and how its button is called.
    pub fn wishes(&self, naam: &Aanbiedernaam) -> Vec<(Wish, String)> {
        let release = self.config.release;
        let Some(offers) = self.offers(naam) else {
            return Vec::new();
        };
        let mut wishes = Vec::new();
        if self.to_collect(naam).is_some() {
            let wish = |voor_kind| Wish::Verzamelen {
                aanbieder: naam.clone(),
                voor_kind,
            };
            wishes.push((wish(false), format!("Ophalen bij {}", naam.naam())));
            if self.config.kind.is_some() && release.representation() == RepresentationSupport::OnBehalfOfAndChild {
                wishes.push((wish(true), format!("Ophalen bij {} voor je kind", naam.naam())));
            }
        }
        for offer in offers.iter() {
            let about = (naam.clone(), offer.gegevensdienst.clone());
            let called = offer
                .naam
                .as_ref()
                .map_or(offer.gegevensdienst.as_str(), |naam| naam.as_str());
            let delen = &self.config.delen;
            if delen
                .iter()
                .any(|document| document.gegevensdienst == offer.gegevensdienst)
            {
                let (aanbieder, gegevensdienst) = about;
                let wish = Wish::Delen {
                    aanbieder,
                    gegevensdienst,
                };
                wishes.push((wish, format!("Delen met {}: {called}", naam.naam())));
            } else if offer.abonneren.is_some() && release.abonneren() {
                let (aanbieder, gegevensdienst) = about;
                let wish = Wish::Abonneren {
                    aanbieder,
                    gegevensdienst,
                };
                wishes.push((wish, format!("Seintjes van {}: {called}", naam.naam())));
            }
        }
        wishes
    }
}

#[derive(Deserialize)]
struct Choice {
    sessie: String,
    keuze: String,
}

/// Row P4: the person chose. One cookie for all that is open in a browser: each run is found by its own state.
async fn start(State(app): State<Arc<Pgo>>, headers: HeaderMap, Form(choice): Form<Choice>) -> Reply {
    let (Some(cookie), Ok(wish)) = (
        pages::own_form(&headers, COOKIE, &choice.sessie),
        choice.keuze.parse::<Wish>(),
    ) else {
        return Ok(stray());
    };
    let session = Digest::of(cookie.as_bytes());
    // A run that goes on at once does so when the person closes the browser.
    let started = tokio::spawn(async move { app.start(&wish, session).await });
    Ok(match started.await?? {
        Ok(Started::Authorize(redirect)) => send(redirect.to_response()),
        Ok(Started::Ended(end)) => ended(&end),
        Ok(Started::Busy) => said(
            StatusCode::CONFLICT,
            "We zijn hier al mee bezig. Probeer het zo nog eens.",
        ),
        Err(text) => said(StatusCode::NOT_FOUND, text),
    })
}

/// Rows P7 to P28: the person is back.
async fn callback(State(app): State<Arc<Pgo>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Reply {
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
    let finished = tokio::spawn(async move { app.finish(pending, reply).await }).await??;
    Ok(finished.as_ref().map_or_else(stray, ended))
}

#[derive(Deserialize)]
struct Host {
    sessie: String,
    host: String,
}

/// Row P31: the person goes to the DVA's page for managing consents.
async fn manage_consents(State(app): State<Arc<Pgo>>, headers: HeaderMap, Form(form): Form<Host>) -> Reply {
    let host = form.host.parse::<Hostname>().ok();
    let page = host.and_then(|host| app.config.toestemmingen.get(&host));
    let (Some(_), Some(page)) = (pages::own_form(&headers, COOKIE, &form.sessie), page) else {
        return Ok(stray());
    };
    let handed = app.dvp.beheren_toestemmingen(page, clock::now())?;
    app.log(&handed.events, None);
    Ok(send(handed.redirect.to_response()))
}

fn said(status: StatusCode, text: &str) -> Response {
    pages::respond(
        status,
        pages::page("Dat lukt nu niet", &format!("<p>{}</p>", escape(text))),
    )
}

/// A reply that belongs to nothing here: a neutral page, and nothing of it is used.
fn stray() -> Response {
    said(
        StatusCode::BAD_REQUEST,
        "Deze link hoort niet bij iets waar je mee bezig bent.",
    )
}

/// What the person is told at the end of a run.
const fn message(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "Het is gelukt.",
        Outcome::CompletedPartially => "Een deel is gelukt. Hieronder staat wat niet lukte.",
        Outcome::StoppedInvalidRequest { .. } => "Er zit een fout in ons verzoek. Er is niets gebeurd.",
        Outcome::StoppedRefused => "Het verzoek is niet ingewilligd. Er is niets gebeurd.",
        Outcome::StoppedUndetermined { .. } => "We weten niet of je het goed vond. Probeer het later opnieuw.",
        Outcome::StoppedTechnical => "Er ging technisch iets mis. Probeer het later opnieuw.",
        Outcome::StoppedNotDelivered => "De zorgaanbieder kon dit niet doen.",
        Outcome::Abandoned => "Je bent gestopt.",
    }
}

fn ended(end: &RunEnd) -> Response {
    let RunEnd { stopped, lost_sight } = end;
    let failed = |failure: &Failure| format!("<li>{}: {:?}</li>", escape(failure.todo.path()), failure.cause);
    let unknown = |todo: &Todo| {
        let path = escape(todo.path());
        format!("<li>{path}: we weten niet of dit is aangekomen; we sturen het niet nog eens</li>")
    };
    let lost = lost_sight.then(|| {
        "<li>er is iets gedeeld of afgesproken dat wij niet konden noteren; doe het niet nog eens</li>".to_owned()
    });
    let causes: String = stopped
        .failed
        .iter()
        .map(failed)
        .chain(stopped.unknown.iter().map(unknown))
        .chain(lost)
        .collect();
    let content = format!(
        "<p id=\"melding\" data-outcome=\"{}\" data-stored=\"{}\">{}</p><ul>{causes}</ul>\
         <p><a href=\"/\">Terug</a> <a href=\"/dossier\">Naar je dossier</a></p>",
        stopped.outcome.name(),
        stopped.done,
        escape(message(&stopped.outcome))
    );
    pages::respond(StatusCode::OK, pages::page("Klaar", &content))
}

/// The answers to responsibility 3: what was collected from whom and is as it came, what was shared with whom, and what was not.
async fn dossier(State(app): State<Arc<Pgo>>, headers: HeaderMap) -> Reply {
    let cookie = pages::browser(&headers, COOKIE)?;
    let secret = pages::form_secret(&cookie);
    let (pieces, placed) = (app.store.pieces().await?, app.store.placed().await?);
    let row = |cells: &[&str]| {
        let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
        format!("<tr>{cells}")
    };
    // What was shared is the document in a transaction of its own.
    let documents = app.store.documents().await?;
    let with = |content: &[u8]| {
        let document = Digest::of(content);
        let name = |it: &Placed| {
            let naam = it.answer.aanbieder.naam();
            match documents.get(&it.placed) {
                Some((of, told)) if *of == document && told.is_empty() => Some(naam.to_owned()),
                Some((of, told)) if *of == document => Some(format!("{naam} ({told})")),
                _ => (it.placed == document).then(|| naam.to_owned()),
            }
        };
        let names: Vec<_> = placed.iter().filter_map(name).collect();
        if names.is_empty() {
            "niemand".to_owned()
        } else {
            names.join(", ")
        }
    };
    let heads = [
        "Wat",
        "Van wie",
        "Opgehaald bij",
        "Gegevensdienst",
        "Aantal",
        "Gedeeld met",
        "",
    ];
    let heads: String = heads
        .iter()
        .map(|head| format!("<th scope=\"col\">{head}</th>"))
        .collect();
    let mut rows = format!("<tr>{heads}</tr>");
    for piece in &pieces {
        let answer = &piece.answer;
        let context = answer.gegevensdienstnaam.as_ref();
        let context = context.map_or(answer.gegevensdienst.as_str(), |naam| naam.as_str());
        let mut count = resources(answer).map_or_else(|| "-".to_owned(), |count| count.to_string());
        let found = findings(answer).len();
        if found > 0 {
            count += &format!(" ({found} bevindingen)");
        }
        if is_cut_off(piece, &pieces) {
            count += " (niet alle pagina's)";
        }
        let from = format!("{}, {}", answer.aanbieder.naam(), unchanged(piece));
        let subject = if piece.represented.is_some() {
            "je kind"
        } else {
            "jezelf"
        };
        rows += &row(&[&answer.path, subject, &from, context, &count, &with(&answer.body)]);
        let button = Button {
            action: "/verwijderen",
            name: "stuk",
            value: &piece.number.to_string(),
            label: "Verwijderen",
        };
        rows += &format!("<td>{}</td></tr>", pages::forms(&[button], &secret));
    }
    for document in &app.config.delen {
        let Ok(body) = tokio::fs::read(&document.file).await else {
            continue;
        };
        let name = document.file.file_name().unwrap_or_default().to_string_lossy();
        rows += &row(&[&name, "jezelf", "niet opgehaald", "-", "-", &with(&body)]);
        rows += "<td></td></tr>";
    }
    let content = format!("<table>{rows}</table>");
    let mut response = pages::respond(StatusCode::OK, pages::page("Je dossier", &content));
    pages::set_cookie(&mut response, COOKIE, &cookie);
    Ok(response)
}

/// Whether a piece is as it was collected, entry by entry [P&I 3, 1.1.2].
fn unchanged(piece: &Piece) -> String {
    let (envelope, body) = (&piece.envelope, &piece.answer.body);
    if envelope.is_of(body) {
        return "ongewijzigd".to_owned();
    }
    let changes = envelope.changes(body, &Limits::default()).unwrap_or_default();
    let entries = changes.iter().flatten();
    let (all, same) = (
        entries.clone().count(),
        entries.filter(|change| **change < Change::Content).count(),
    );
    format!("gewijzigd sinds het ophalen ({same} van {all} ongewijzigd)")
}

/// Whether a piece tells of a next page that did not come in its run.
fn is_cut_off(piece: &Piece, pieces: &[Piece]) -> bool {
    let answer = &piece.answer;
    let bundle = bundle(answer);
    let Some(next) = bundle.as_ref().and_then(|bundle| bundle.link("next")) else {
        return false;
    };
    let next = url::Url::parse(&answer.url).and_then(|url| url.join(&next));
    let next = next
        .ok()
        .and_then(|next| answer.follow(next.as_str(), &answer.accept).ok());
    let came = |other: &Piece| {
        let is_same_run = other.answer.correlation_id == answer.correlation_id;
        is_same_run && next.as_ref().is_some_and(|next| next.path() == other.answer.path)
    };
    !pieces.iter().any(came)
}

#[derive(Deserialize)]
struct Delete {
    sessie: String,
    stuk: i64,
}

/// *Verwijderen Gegevens*: one piece that was collected is removed [RFC0071, 1.6].
async fn delete(State(app): State<Arc<Pgo>>, headers: HeaderMap, Form(form): Form<Delete>) -> Reply {
    if pages::own_form(&headers, COOKIE, &form.sessie).is_none() {
        return Ok(stray());
    }
    let removed = app.store.delete_piece(person(), form.stuk).await?;
    let text = format!("<p>{removed} verwijderd.</p><p><a href=\"/dossier\">Naar je dossier</a></p>");
    Ok(pages::respond(StatusCode::OK, pages::page("Verwijderd", &text)))
}
