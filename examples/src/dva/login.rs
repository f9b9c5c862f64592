//! The stub in the place of DigiD. It says what it is.

use std::sync::Arc;

use axum::extract::{Form, Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use medmij_core::{LogEvent, Representation, TestMoment};
use medmij_oauth::LogPerson;
use medmij_oauth::dva::{
    self, AbonnementStore as _, AwaitingAuthentication, CancelStep, GrantStore as _, Identity, IdentityStep,
    ManageRequest, ManageSession, Session, TestStep,
};
use serde::Deserialize;

use super::front::COOKIE;
use super::{Dva, Reply, report};
use crate::clock;
use crate::own_log::About;
use crate::pages::{self, Button};

/// What the stub's button sends by which the person breaks off the login.
const CANCELLED: &str = "annuleren";

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
        .map(|it| person(it.bsn.expose(), it.naam.as_str()));
    let buttons: Vec<_> = persons
        .chain([
            person("mislukt", "Laat het inloggen mislukken"),
            person(CANCELLED, "Annuleren"),
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
        Some(session) => app.again(&browser, &login.sessie, session).await,
        None => Dva::out_of_order(),
    }
}

impl Dva {
    /// The login stub gave a test person, a failure, or the person broke it off.
    async fn logged_in(&self, browser: &str, awaiting: AwaitingAuthentication, bsn: &str) -> Reply {
        let now = clock::now();
        let asked = awaiting.request().scope.representation();
        let identity = self.identity(bsn, asked);
        let about = About {
            context: Some(awaiting.request().log_context()),
            person: identity.as_ref().map(|identity| LogPerson::Bsn(identity.bsn.clone())),
            reference: None,
        };
        let (session, events) = match identity {
            Some(identity) => {
                let (resolving, mut events) = awaiting.response(now);
                let is_abonnement = resolving.request().scope.dagen().is_some();
                let offers = resolving.request().offers.clone();
                let mut abonnementen = Vec::new();
                for offer in offers.iter().filter(|_| is_abonnement) {
                    let found = self.store.abonnementen(
                        identity.bsn.clone(),
                        offer.aanbieder.clone(),
                        offer.gegevensdienst.clone(),
                    );
                    match found.await {
                        Ok(found) => abonnementen.extend(found),
                        Err(error) => {
                            report(&error);
                            let session = Session::ResolvingIdentity(resolving);
                            return self.storing(browser, session).await;
                        }
                    }
                }
                // What may be a shortening is tested late, since it may not be refused (row S3).
                let moment = resolving.test_moment(TestMoment::Early, &identity.bsn, &abonnementen, now);
                let (step, more) = resolving.identity(identity, moment, now);
                events.extend(more);
                match step {
                    IdentityStep::Declare(declaration) => (Session::AwaitingDeclaration(declaration), events),
                    IdentityStep::Test(testing) => {
                        let result = self.test(testing.bsn(), asked);
                        let (step, more) = testing.result(result, now);
                        events.extend(more);
                        match step {
                            TestStep::NotGranted(shown) => (Session::NotGrantedShown(shown), events),
                            TestStep::Declare(declaration) => (Session::AwaitingDeclaration(declaration), events),
                        }
                    }
                    IdentityStep::Stopped(_) => return self.representation_stopped(&events, &about),
                }
            }
            None if bsn == CANCELLED => match awaiting.cancelled(now) {
                (CancelStep::NotGranted(shown), events) => (Session::NotGrantedShown(shown), events),
                (CancelStep::Cancelled(cancelled), events) => (Session::AuthenticationCancelled(cancelled), events),
            },
            None => {
                let (shown, events) = awaiting.failed(now);
                (Session::NotGrantedShown(shown), events)
            }
        };
        self.log(&events, &about);
        self.show(browser, session).await
    }

    fn representation_stopped(&self, events: &[LogEvent], about: &About) -> Reply {
        self.log(events, about);
        self.without_session(&dva::representation_stopped())
    }

    /// The same for a person who wants to manage consents.
    async fn logged_in_to_manage(
        &self,
        browser: &str,
        awaiting: AwaitingAuthentication<ManageRequest>,
        bsn: &str,
    ) -> Reply {
        let now = clock::now();
        let identity = self.identity(bsn, Representation::None);
        let about = About {
            context: Session::BeherenToestemmingen(ManageSession::AwaitingAuthentication(awaiting.clone()))
                .log_context(),
            person: identity.as_ref().map(|identity| LogPerson::Bsn(identity.bsn.clone())),
            reference: None,
        };
        let (session, events) = match identity {
            Some(identity) => {
                let (resolving, mut events) = awaiting.response(now);
                let consents = match self.store.consents(identity.bsn.clone()).await {
                    Ok(consents) => consents,
                    Err(error) => {
                        report(&error);
                        let session = ManageSession::ResolvingIdentity(resolving);
                        return self.storing(browser, Session::BeherenToestemmingen(session)).await;
                    }
                };
                match resolving.overview(identity, consents, now) {
                    Ok((overview, more)) => {
                        events.extend(more);
                        (ManageSession::Overview(overview), events)
                    }
                    Err((_, more)) => {
                        events.extend(more);
                        return self.representation_stopped(&events, &about);
                    }
                }
            }
            None if bsn == CANCELLED => match awaiting.cancelled(now) {
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
        self.log(&events, &about);
        self.show(browser, Session::BeherenToestemmingen(session)).await
    }

    /// Whom the stub lets in. Where representation is asked for, the one who was chosen is the one who is represented.
    fn identity(&self, bsn: &str, asked: Representation) -> Option<Identity> {
        let mut persons = self.config.testpersonen.iter();
        let person = persons.find(|person| person.bsn.expose() == bsn)?;
        let bsn = person.bsn.clone();
        Some(match asked {
            Representation::None => Identity::new(bsn),
            asked => Identity::represented(bsn, asked, Some(person.geboortedatum.clone())),
        })
    }
}
