//! The Authorization Server: the screens and what a person does on them.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, Query, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode};
use medmij_core::text::{Placeholder, TemplateId, Values};
use medmij_core::{Bsn, Digest, GegevensdienstId, SystemRandom, TestMoment};
use medmij_oauth::dva::{
    self, Answered, AwaitingAuthentication, AwaitingDeclaration, CancelStep, FailureStep, Identity, IdentityStep,
    IssuingCode, NotGrantedShown, Opened, Session, SessionStore as _, TestStep,
};
use medmij_oauth::{AuthorizationRequest, AuthorizationSettings, Put};
use serde::Deserialize;
use time::Duration;

use super::{Answer, Dva, Failure};
use crate::clock;
use crate::pages::{self, Button};
use crate::serve::send;

/// How long a person may take for one screen.
const SCREEN_TIMEOUT: Duration = Duration::minutes(15);
const COOKIE: &str = "dva";

/// The frontchannel.
pub fn front(app: Arc<Dva>) -> Router {
    Router::new()
        .route("/oauth/authorize", get(authorize))
        .route("/sessie", post(step))
        .route("/digid-stub", get(login_page).post(login))
        .with_state(app)
}

const PROCEED: Button<'static> = button("inloggen", "Inloggen");
const YES: Button<'static> = button("ja", "Ja, ik geef toestemming");
const YES_LANGDURIG: Button<'static> = button("ja-langdurig", "Ja, en ook voor later");
const CANCEL: Button<'static> = button("stoppen", "Stoppen");
const RETRY: Button<'static> = button("inloggen", "Alsnog inloggen");
const NO: Button<'static> = button("nee", "Nee, ik geef geen toestemming");
const BACK: Button<'static> = button("terug", "Terug naar je PGO");

const fn button(value: &'static str, label: &'static str) -> Button<'static> {
    Button {
        action: "/sessie",
        name: "stap",
        value,
        label,
    }
}

async fn authorize(State(app): State<Arc<Dva>>, request: Request) -> Answer {
    let browser = pages::browser(request.headers(), COOKIE)?;
    let settings = AuthorizationSettings::default();
    let opened = dva::open(&request, app.config.release, &app.directory(), &settings, clock::now());
    // Its body, which nobody reads, could not wait for the store with us.
    drop(request);
    match opened {
        Opened::ErrorPage { events, .. } => {
            app.log(&events);
            let screen = app.texts.screen(TemplateId::OnbekendeClient, &app.values())?;
            Ok(pages::respond(StatusCode::BAD_REQUEST, pages::screen(&screen, &[], "")))
        }
        Opened::Redirect { redirect, events } => {
            app.log(&events);
            Ok(send(redirect.to_response()))
        }
        Opened::InvalidRequest { shown, events } => {
            app.log(&events);
            let session = Session::InvalidRequestShown(shown);
            let mut page = app
                .show(&browser, session, TemplateId::OngeldigVerzoek, &app.values(), &[BACK])
                .await?;
            *page.status_mut() = StatusCode::BAD_REQUEST;
            Ok(page)
        }
        Opened::Landing { landing, events } => {
            app.log(&events);
            let values = app.values_of(landing.request(), None);
            app.show(
                &browser,
                Session::Landing(landing),
                TemplateId::Landingspagina,
                &values,
                &[PROCEED, CANCEL],
            )
            .await
        }
        Opened::Authenticate { awaiting, events } => {
            app.log(&events);
            app.to_login(&browser, awaiting).await
        }
    }
}

#[derive(Deserialize)]
struct Click {
    sessie: String,
    stap: String,
}

/// A person's click on one of the screens.
async fn step(State(app): State<Arc<Dva>>, headers: HeaderMap, Form(click): Form<Click>) -> Answer {
    let browser = pages::browser(&headers, COOKIE)?;
    let now = clock::now();
    match (app.take(&browser, &click.sessie).await?, click.stap.as_str()) {
        (Some(Session::Landing(landing)), "inloggen") => {
            let (awaiting, events) = landing.proceed(now);
            app.log(&events);
            app.to_login(&browser, awaiting).await
        }
        (Some(Session::Landing(landing)), "stoppen") => {
            let (redirect, events) = landing.cancel(now);
            app.log(&events);
            Ok(send(redirect.to_response()))
        }
        (Some(Session::AuthenticationCancelled(cancelled)), "inloggen") => {
            let (awaiting, events) = cancelled.retry(now);
            app.log(&events);
            app.to_login(&browser, awaiting).await
        }
        (Some(Session::AwaitingDeclaration(declaration)), "ja") => {
            let answered = declaration.given(&app.declaration_version(), now);
            app.given(&browser, answered).await
        }
        (Some(Session::AwaitingDeclaration(declaration)), "ja-langdurig") => {
            match declaration.given_langdurig(&app.declaration_version(), now) {
                Ok(answered) => app.given(&browser, answered).await,
                Err(_) => Dva::out_of_order(),
            }
        }
        (Some(Session::AwaitingDeclaration(declaration)), "nee") => {
            let answered = declaration.not_given(&app.declaration_version(), now);
            app.store.log_declaration(&answered.record).await?;
            app.log(&answered.events);
            app.not_granted(&browser, answered.next).await
        }
        (Some(Session::NotGrantedShown(shown)), "terug") => {
            let (redirect, events) = shown.back_to_pgo(now);
            app.log(&events);
            Ok(send(redirect.to_response()))
        }
        (Some(Session::InvalidRequestShown(shown)), "terug") => {
            let (redirect, events) = shown.back_to_pgo(now);
            app.log(&events);
            Ok(send(redirect.to_response()))
        }
        (Some(Session::TechnischeStoring(shown)), "terug") => {
            let (redirect, events) = shown.back_to_pgo(now);
            app.log(&events);
            Ok(send(redirect.to_response()))
        }
        _ => Dva::out_of_order(),
    }
}

#[derive(Deserialize)]
struct Visit {
    sessie: String,
}

/// The stub in the place of DigiD. It says what it is.
async fn login_page(State(app): State<Arc<Dva>>, Query(Visit { sessie }): Query<Visit>) -> Response {
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
                Kies met welke testpersoon je wilt proberen.</p>";
    let content = text.to_owned() + &pages::forms(&buttons, &sessie);
    pages::respond(StatusCode::OK, pages::page("Nagemaakt inloggen", &content))
}

#[derive(Deserialize)]
struct Login {
    sessie: String,
    bsn: String,
}

async fn login(State(app): State<Arc<Dva>>, headers: HeaderMap, Form(login): Form<Login>) -> Answer {
    let browser = pages::browser(&headers, COOKIE)?;
    match app.take(&browser, &login.sessie).await? {
        Some(Session::AwaitingAuthentication(awaiting)) if login.bsn == "annuleren" => {
            app.cancelled(&browser, awaiting).await
        }
        Some(Session::AwaitingAuthentication(awaiting)) => app.logged_in(&browser, awaiting, &login.bsn).await,
        _ => Dva::out_of_order(),
    }
}

impl Dva {
    /// The login stub gave a test person, or a failure.
    async fn logged_in(&self, browser: &str, awaiting: AwaitingAuthentication, bsn: &str) -> Answer {
        let now = clock::now();
        let mut persons = self.config.testpersonen.iter();
        let (true, Ok(bsn)) = (persons.any(|person| person.bsn == bsn), bsn.parse::<Bsn>()) else {
            let (shown, events) = awaiting.failed(now);
            self.log(&events);
            return self.not_granted(browser, shown).await;
        };
        let (resolving, events) = awaiting.response(now);
        self.log(&events);
        let (step, events) = resolving.identity(Identity::new(bsn), TestMoment::Early, now);
        self.log(&events);
        let testing = match step {
            IdentityStep::Test(testing) => testing,
            IdentityStep::Declare(declaration) => return self.declare(browser, declaration).await,
            // The stub knows no representation, and the directory supports none.
            IdentityStep::Stopped(_) => return Self::out_of_order(),
        };
        let result = self.test(testing.bsn());
        let (step, events) = testing.result(result, now);
        self.log(&events);
        match step {
            TestStep::NotGranted(shown) => self.not_granted(browser, shown).await,
            TestStep::Declare(declaration) => self.declare(browser, declaration).await,
        }
    }

    /// Shows the declaration. What is declared is what is shown: the Gegevensdiensten of which there are data.
    async fn declare(&self, browser: &str, declaration: AwaitingDeclaration) -> Answer {
        let values = self.values_of(declaration.request(), Some(declaration.gegevensdiensten()));
        let buttons: &[_] = if declaration.may_be_langdurig() {
            &[YES, YES_LANGDURIG, NO]
        } else {
            &[YES, NO]
        };
        let session = Session::AwaitingDeclaration(declaration);
        self.show(browser, session, TemplateId::Toestemmingsverklaring, &values, buttons)
            .await
    }

    /// The person broke off the login.
    async fn cancelled(&self, browser: &str, awaiting: AwaitingAuthentication) -> Answer {
        let (step, events) = awaiting.cancelled(clock::now());
        self.log(&events);
        match step {
            CancelStep::NotGranted(shown) => self.not_granted(browser, shown).await,
            CancelStep::Cancelled(cancelled) => {
                let session = Session::AuthenticationCancelled(cancelled);
                let template = TemplateId::Annuleringspagina;
                self.show(browser, session, template, &self.values(), &[RETRY]).await
            }
        }
    }

    /// The declaration was given: it is logged before a code is made.
    async fn given(&self, browser: &str, answered: Answered<IssuingCode>) -> Answer {
        self.store.log_declaration(&answered.record).await?;
        self.log(&answered.events);
        match dva::issue_code(answered.next, &self.store, clock::now(), &mut SystemRandom).await {
            Ok((redirect, events)) => {
                self.log(&events);
                Ok(send(redirect.to_response()))
            }
            Err((step, events)) => {
                self.log(&events);
                self.failed(browser, step).await
            }
        }
    }

    /// Something of our own failed: the page with its way back, or where the release says so the redirect at once.
    async fn failed(&self, browser: &str, step: FailureStep) -> Answer {
        match step {
            FailureStep::Redirect(redirect) => Ok(send(redirect.to_response())),
            // This example does not manage consents yet.
            FailureStep::ManagePage(_) => Self::out_of_order(),
            FailureStep::Page(shown) => {
                let mut values = self.values();
                let trace_id = shown.trace_id().map_or_else(String::new, ToString::to_string);
                values.insert(Placeholder::TraceId, trace_id.into());
                let session = Session::TechnischeStoring(shown);
                self.show(browser, session, TemplateId::TechnischeStoring, &values, &[BACK])
                    .await
            }
        }
    }

    /// The one page of all that is not granted.
    async fn not_granted(&self, browser: &str, shown: NotGrantedShown) -> Answer {
        let session = Session::NotGrantedShown(shown);
        self.show(browser, session, TemplateId::NietIngewilligd, &self.values(), &[BACK])
            .await
    }

    async fn to_login(&self, browser: &str, awaiting: AwaitingAuthentication) -> Answer {
        let form = self.keep(browser, Session::AwaitingAuthentication(awaiting)).await?;
        let mut response = Redirect::to(&format!("/digid-stub?sessie={form}")).into_response();
        pages::set_cookie(&mut response, COOKIE, browser);
        Ok(response)
    }

    /// A click that no screen offers: its session is gone.
    fn out_of_order() -> Answer {
        let text = "<p>Dat kan nu niet. Ga terug naar je PGO en begin opnieuw.</p>";
        Ok(pages::respond(
            StatusCode::CONFLICT,
            pages::page("Er ging iets mis", text),
        ))
    }

    /// Keeps a session, and shows the screen at which it waits.
    async fn show(
        &self,
        browser: &str,
        session: Session,
        template: TemplateId,
        values: &Values<'_>,
        buttons: &[Button<'_>],
    ) -> Answer {
        let screen = self.texts.screen(template, values)?;
        let form = self.keep(browser, session).await?;
        let mut response = pages::respond(StatusCode::OK, pages::screen(&screen, buttons, &form));
        pages::set_cookie(&mut response, COOKIE, browser);
        Ok(response)
    }

    /// Keeps a session under a new secret, which stands in the forms of its screen alone: a click on another screen of the
    /// same browser is not for it.
    async fn keep(&self, browser: &str, session: Session) -> Result<String, Failure> {
        let form = clock::cookie_secret()?;
        match self.put(browser, &form, session).await? {
            Put::Stored => Ok(form),
            Put::Exists => Err(anyhow::anyhow!("a fresh secret exists already").into()),
        }
    }

    async fn put(&self, browser: &str, form: &str, session: Session) -> Result<Put, Failure> {
        let expires_at = clock::now().saturating_add(SCREEN_TIMEOUT);
        Ok(self.store.put_session(key(browser, form), session, expires_at).await?)
    }

    /// Takes the session of a screen in a browser out of the store.
    async fn take(&self, browser: &str, form: &str) -> Result<Option<Session>, Failure> {
        Ok(self.store.take_session(key(browser, form), clock::now()).await?)
    }

    /// The values that every screen has.
    fn values(&self) -> Values<'_> {
        Values::from([
            (Placeholder::NaamDva, self.config.naam.as_str().into()),
            (
                Placeholder::TelefoonnummerDva,
                self.config.telefoonnummer.as_str().into(),
            ),
        ])
    }

    /// The values of a screen about a request, each from where the framework says; of the Gegevensdiensten only these.
    fn values_of(&self, request: &AuthorizationRequest, only: Option<&BTreeSet<GegevensdienstId>>) -> Values<'_> {
        let mut values = self.values();
        // The directory offers nothing of an Aanbieder that has no name here.
        let naam = self
            .config
            .aanbieders
            .get(request.offers.aanbieder())
            .map_or("", String::as_str);
        values.insert(Placeholder::NaamAanbieder, naam.into());
        values.insert(
            Placeholder::NaamLeverancierPgo,
            request.client.organisatienaam.as_str().to_owned().into(),
        );
        let shown = request
            .offers
            .iter()
            .filter(|offer| only.is_none_or(|only| only.contains(&offer.gegevensdienst)));
        let names = shown.map(|offer| {
            offer
                .naam
                .as_ref()
                .map_or(offer.gegevensdienst.as_str(), |naam| naam.as_str())
        });
        values.insert(
            Placeholder::NaamGegevensdienst,
            names.collect::<Vec<_>>().join(", ").into(),
        );
        values
    }

    fn declaration_version(&self) -> String {
        self.texts
            .version(TemplateId::Toestemmingsverklaring, self.config.release)
    }
}

fn key(browser: &str, form: &str) -> Digest {
    Digest::of(format!("{browser}.{form}").as_bytes())
}
