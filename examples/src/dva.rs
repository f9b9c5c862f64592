//! A DVA: Authorization Server with its screens in the front, token endpoint and Resource Server in the back.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, Path, Query, RawQuery, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use medmij_core::text::{Placeholder, TemplateId, Values};
use medmij_core::{Aanbiedernaam, Bsn, Digest, Function, GegevensdienstId, LogEvent, SystemRandom};
use medmij_oauth::dva::{
    self, AwaitingAuthentication, AwaitingDeclaration, NotGrantedShown, Opened, Session, SessionStore as _, TestResult,
    TestStep, TokenEndpoint, TokenSettings, Wanted,
};
use medmij_oauth::{AuthorizationRequest, AuthorizationSettings, Put};
use serde::Deserialize;
use time::Duration;

use crate::clock;
use crate::config::DvaConfig;
use crate::lists::{Lists, OwnDirectory};
use crate::pages::{self, Button};
use crate::serve::{Peer, send, whole};
use crate::sqlite::Sqlite;
use crate::texts::Texts;

/// How long a person may take for one screen.
const SCREEN_TIMEOUT: Duration = Duration::minutes(15);
const COOKIE: &str = "dva";

#[derive(Debug)]
pub struct Dva {
    config: DvaConfig,
    lists: Arc<Lists>,
    store: Sqlite,
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
const SCREENS: [(TemplateId, &[Placeholder]); 5] = [
    (TemplateId::OnbekendeClient, OF_DVA),
    (TemplateId::OngeldigVerzoek, OF_DVA),
    (TemplateId::NietIngewilligd, OF_DVA),
    (TemplateId::Landingspagina, OF_REQUEST),
    (TemplateId::Toestemmingsverklaring, OF_REQUEST),
];
const OF_DVA: &[Placeholder] = &[Placeholder::NaamDva, Placeholder::TelefoonnummerDva];
const OF_REQUEST: &[Placeholder] = &[
    Placeholder::NaamDva,
    Placeholder::TelefoonnummerDva,
    Placeholder::NaamAanbieder,
    Placeholder::NaamGegevensdienst,
    Placeholder::NaamLeverancierPgo,
];

/// The parts of a DVA, from its settings; a text that could not be shown is found here and not at the first person.
pub fn assemble(config: DvaConfig, lists: Arc<Lists>, store: Sqlite) -> anyhow::Result<Arc<Dva>> {
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

/// The frontchannel.
pub fn front(app: Arc<Dva>) -> Router {
    Router::new()
        .route("/oauth/authorize", get(authorize))
        .route("/sessie", post(step))
        .route("/digid-stub", get(login_page).post(login))
        .with_state(app)
}

/// The backchannel.
pub fn back(app: Arc<Dva>) -> Router {
    Router::new()
        .route("/oauth/token", post(token))
        .route("/fhir/{aanbieder}/{gegevensdienst}/{resource_type}", get(resource))
        .with_state(app)
}

const PROCEED: Button<'static> = button("inloggen", "Inloggen");
const YES: Button<'static> = button("ja", "Ja, ik geef toestemming");
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

async fn authorize(State(app): State<Arc<Dva>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Answer {
    let browser = pages::browser(&headers, COOKIE)?;
    let directory = app.directory();
    let (query, settings) = (query.unwrap_or_default(), AuthorizationSettings::default());
    match dva::open(&query, app.config.release, &directory, &settings, clock::now()) {
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
                &[PROCEED],
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
            let (awaiting, event) = landing.proceed(now);
            app.log(&[event]);
            app.to_login(&browser, awaiting).await
        }
        (Some(Session::AwaitingDeclaration(declaration)), "ja") => app.given(declaration).await,
        (Some(Session::AwaitingDeclaration(declaration)), "nee") => {
            let answered = declaration.not_given(&app.declaration_version(), now);
            app.store.log_declaration(&answered.record).await?;
            app.log(&[answered.event]);
            app.not_granted(&browser, answered.next).await
        }
        (Some(Session::NotGrantedShown(shown)), "terug") => {
            let (redirect, event) = shown.back_to_pgo(now);
            app.log(&[event]);
            Ok(send(redirect.to_response()))
        }
        (Some(Session::InvalidRequestShown(shown)), "terug") => {
            let (redirect, event) = shown.back_to_pgo(now);
            app.log(&[event]);
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
        .chain([person("mislukt", "Laat het inloggen mislukken")])
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
        Some(Session::AwaitingAuthentication(awaiting)) => app.logged_in(&browser, awaiting, &login.bsn).await,
        _ => Dva::out_of_order(),
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

    /// The login stub gave a test person, or a failure.
    async fn logged_in(&self, browser: &str, awaiting: AwaitingAuthentication, bsn: &str) -> Answer {
        let now = clock::now();
        let person = self.config.testpersonen.iter().find(|person| person.bsn == bsn);
        let (Some(person), Ok(bsn)) = (person, bsn.parse::<Bsn>()) else {
            let (shown, events) = awaiting.failed(now);
            self.log(&events);
            return self.not_granted(browser, shown).await;
        };
        let (resolving, events) = awaiting.response(now);
        self.log(&events);
        let (testing, event) = resolving.identity(bsn, now);
        self.log(&[event]);
        let available: BTreeSet<_> = person.gegevens.iter().cloned().collect();
        let result = if available.is_empty() {
            TestResult::Negative
        } else {
            TestResult::Positive(available)
        };
        let (step, events) = testing.result(result, now);
        self.log(&events);
        match step {
            TestStep::NotGranted(shown) => self.not_granted(browser, shown).await,
            TestStep::Declare(declaration) => {
                // What is declared is what is shown: the Gegevensdiensten of which there are data.
                let values = self.values_of(declaration.request(), Some(declaration.granted()));
                let session = Session::AwaitingDeclaration(declaration);
                self.show(
                    browser,
                    session,
                    TemplateId::Toestemmingsverklaring,
                    &values,
                    &[YES, NO],
                )
                .await
            }
        }
    }

    /// The declaration was given: it is logged before a code is made.
    async fn given(&self, declaration: AwaitingDeclaration) -> Answer {
        let now = clock::now();
        let answered = declaration.given(&self.declaration_version(), now);
        self.store.log_declaration(&answered.record).await?;
        self.log(&[answered.event]);
        match dva::issue_code(answered.next, &self.store, now, &mut SystemRandom).await {
            Ok((redirect, event)) => {
                self.log(&[event]);
                Ok(send(redirect.to_response()))
            }
            Err(response) => Ok(send(response)),
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

    /// This example keeps no log of events; a deployment writes them here.
    fn log(&self, _events: &[LogEvent]) {}
}

fn key(browser: &str, form: &str) -> Digest {
    Digest::of(format!("{browser}.{form}").as_bytes())
}

async fn token(State(app): State<Arc<Dva>>, request: Request) -> Answer {
    let peer = request.extensions().get::<Peer>().and_then(|Peer(peer)| peer.clone());
    let request = match whole(request).await {
        Ok(request) => request,
        Err(status) => return Ok(status.into_response()),
    };
    let (directory, settings) = (app.directory(), TokenSettings::default());
    let endpoint = TokenEndpoint {
        release: app.config.release,
        store: &app.store,
        directory: &directory,
        settings,
    };
    let (response, events) = endpoint
        .answer(&request, peer.as_ref(), clock::now(), &mut SystemRandom)
        .await;
    app.log(&events);
    Ok(send(response))
}

/// Rows R1 to R3, R5 and R8: the token, then the data. The example has one set of answers, for every test person of whom there are
/// data: that there are any for this person and Gegevensdienst, the token tells.
async fn resource(
    State(app): State<Arc<Dva>>,
    Path((aanbieder, gegevensdienst, resource_type)): Path<(String, String, String)>,
    request: Request,
) -> Answer {
    let peer = request.extensions().get::<Peer>().and_then(|Peer(peer)| peer.clone());
    let names = (
        Aanbiedernaam::from_naam(&aanbieder),
        gegevensdienst.parse::<GegevensdienstId>(),
    );
    let is_type = resource_type.bytes().all(|b| b.is_ascii_alphabetic());
    let (Ok(aanbieder), Ok(gegevensdienst), true) = (names.0, names.1, is_type) else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let wanted = Wanted {
        function: Function::Verzamelen,
        aanbieder: &aanbieder,
        gegevensdienst: &gegevensdienst,
    };
    let (permit, event) = dva::permit(
        request.headers(),
        app.config.release,
        peer.as_ref(),
        wanted,
        &app.store,
        clock::now(),
    )
    .await;
    app.log(&[event]);
    if let Err(response) = permit {
        return Ok(send(response));
    }
    let version = app
        .config
        .fhir_versions
        .get(&gegevensdienst)
        .map_or("3.0", String::as_str);
    let content_type = format!("application/fhir+json; fhirVersion={version}");
    // Of what a token covers there are data by the settings, so its id names a folder that was meant.
    let file = app
        .config
        .fhir
        .join(gegevensdienst.as_str())
        .join(format!("{resource_type}.json"));
    match tokio::fs::read(file).await {
        Ok(bytes) => Ok(([(CONTENT_TYPE, content_type)], bytes).into_response()),
        Err(_) => {
            let outcome = "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\
                           \"code\":\"not-supported\",\"diagnostics\":\"This example has no such resource.\"}]}";
            Ok((StatusCode::NOT_FOUND, [(CONTENT_TYPE, content_type)], outcome).into_response())
        }
    }
}
