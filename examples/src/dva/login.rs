//! The stub in the place of DigiD. It says what it is.

use std::sync::Arc;

use axum::extract::{Form, Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use medmij_core::{Representation, TestMoment};
use medmij_oauth::dva::{
    self, AwaitingAuthentication, CancelStep, GrantStore as _, Identity, IdentityStep, ManageRequest, ManageSession,
    Session, TestStep,
};
use serde::Deserialize;

use super::front::COOKIE;
use super::{Dva, Reply};
use crate::clock;
use crate::pages::{self, Button};

#[derive(Deserialize)]
pub(super) struct Visit {
    sessie: String,
}

pub(super) async fn page(State(app): State<Arc<Dva>>, Query(Visit { sessie }): Query<Visit>) -> Response {
    let person = |value, label| Button {
        action: "/digid-stub",
        name: "bsn",
        value,
        label,
    };
    let persons = app
        .config
        .testpersonen
        .iter()
        .map(|it| person(it.bsn.as_str(), it.naam.as_str()));
    let buttons: Vec<_> = persons
        .chain([
            person("mislukt", "Laat het inloggen mislukken"),
            person("annuleren", "Annuleren"),
        ])
        .collect();
    let text = "<p><strong>Dit is DigiD niet.</strong> Het is een nagemaakte inlogpagina van een voorbeeldprogramma. \
                Kies met welke testpersoon je wilt proberen. Vraagt je PGO gegevens van iemand anders, kies dan diegene: \
                de stub doet alsof jij die mag vertegenwoordigen.</p>";
    let content = text.to_owned() + &pages::forms(&buttons, &sessie);
    pages::respond(StatusCode::OK, pages::page("Nagemaakt inloggen", &content))
}

#[derive(Deserialize)]
pub(super) struct Login {
    sessie: String,
    bsn: String,
}

pub(super) async fn login(State(app): State<Arc<Dva>>, headers: HeaderMap, Form(login): Form<Login>) -> Reply {
    let browser = pages::browser(&headers, COOKIE)?;
    match app.take(&browser, &login.sessie).await? {
        Some(Session::AwaitingAuthentication(awaiting)) => app.logged_in(&browser, awaiting, &login.bsn).await,
        Some(Session::BeherenToestemmingen(ManageSession::AwaitingAuthentication(awaiting))) => {
            app.logged_in_to_manage(&browser, awaiting, &login.bsn).await
        }
        _ => Dva::out_of_order(),
    }
}

impl Dva {
    /// The login stub gave a test person, a failure, or the person broke it off.
    async fn logged_in(&self, browser: &str, awaiting: AwaitingAuthentication, bsn: &str) -> Reply {
        let now = clock::now();
        let asked = awaiting.request().scope.representation();
        let identity = match self.identity(bsn, asked) {
            Some(identity) => identity,
            None if bsn == "annuleren" => {
                let (step, events) = awaiting.cancelled(now);
                self.log(&events);
                let session = match step {
                    CancelStep::NotGranted(shown) => Session::NotGrantedShown(shown),
                    CancelStep::Cancelled(cancelled) => Session::AuthenticationCancelled(cancelled),
                };
                return self.show(browser, session).await;
            }
            None => {
                let (shown, events) = awaiting.failed(now);
                self.log(&events);
                return self.show(browser, Session::NotGrantedShown(shown)).await;
            }
        };
        let (resolving, events) = awaiting.response(now);
        self.log(&events);
        let (step, events) = resolving.identity(identity, TestMoment::Early, now);
        self.log(&events);
        let session = match step {
            IdentityStep::Declare(declaration) => Session::AwaitingDeclaration(declaration),
            IdentityStep::Stopped(_) => return self.without_session(&dva::representation_stopped()),
            IdentityStep::Test(testing) => {
                let (step, events) = {
                    let result = self.test(testing.bsn(), asked);
                    testing.result(result, now)
                };
                self.log(&events);
                match step {
                    TestStep::NotGranted(shown) => Session::NotGrantedShown(shown),
                    TestStep::Declare(declaration) => Session::AwaitingDeclaration(declaration),
                }
            }
        };
        self.show(browser, session).await
    }

    /// The same for a person who wants to manage consents.
    async fn logged_in_to_manage(
        &self,
        browser: &str,
        awaiting: AwaitingAuthentication<ManageRequest>,
        bsn: &str,
    ) -> Reply {
        let now = clock::now();
        let (session, events) = match self.identity(bsn, Representation::None) {
            Some(identity) => {
                let (resolving, mut events) = awaiting.response(now);
                let consents = self.store.consents(identity.bsn.clone()).await?;
                match resolving.overview(identity, consents, now) {
                    Ok((overview, more)) => {
                        events.extend(more);
                        (ManageSession::Overview(overview), events)
                    }
                    Err((_, more)) => {
                        events.extend(more);
                        self.log(&events);
                        return self.without_session(&dva::representation_stopped());
                    }
                }
            }
            None if bsn == "annuleren" => match awaiting.cancelled(now) {
                (CancelStep::NotGranted(shown), events) => (ManageSession::NotGrantedShown(shown), events),
                (CancelStep::Cancelled(cancelled), events) => {
                    (ManageSession::AuthenticationCancelled(cancelled), events)
                }
            },
            None => {
                let (shown, events) = awaiting.failed(now);
                (ManageSession::NotGrantedShown(shown), events)
            }
        };
        self.log(&events);
        self.show(browser, Session::BeherenToestemmingen(session)).await
    }

    /// Whom the stub lets in. Where representation is asked for, the one who was chosen is the one who is represented.
    fn identity(&self, bsn: &str, asked: Representation) -> Option<Identity> {
        let person = self.config.testpersonen.iter().find(|person| person.bsn == bsn)?;
        let bsn = person.bsn.parse().ok()?;
        Some(match asked {
            Representation::None => Identity::new(bsn),
            asked => Identity::represented(bsn, asked, Some(person.geboortedatum.clone())),
        })
    }
}
