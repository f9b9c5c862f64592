//! A DVA: Authorization Server with its screens in the front, token endpoint and Resource Server in the back.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, Path, RawQuery, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use medmij_core::text::{Placeholder, TemplateId, Values};
use medmij_core::{Aanbiedernaam, Bsn, Digest, GegevensdienstId, LogEvent, SystemRandom};
use medmij_oauth::AuthorizationRequest;
use medmij_oauth::dva::{
    self, AwaitingAuthentication, NotGrantedShown, Opened, Session, SessionStore as _, TestResult, TestStep,
    TestingEarly, TokenEndpoint, TokenSettings,
};
use serde::Deserialize;
use time::Duration;

use crate::clock;
use crate::config::DvaConfig;
use crate::lists::Lists;
use crate::pages::{self, Button};
use crate::serve::{Peer, send, whole};
use crate::sqlite::Sqlite;
use crate::texts::Texts;

/// How long a person may take for one screen.
const SCREEN_TIMEOUT: Duration = Duration::minutes(15);
const COOKIE: &str = "dva";

#[derive(Debug)]
pub struct Dva {
    pub config: DvaConfig,
    pub lists: Arc<Lists>,
    pub store: Sqlite,
    pub texts: Texts,
}

/// A response, or a failure of our own, which a person and a DVP see as 503.
type Answer = Result<Response, Failure>;

#[derive(Debug)]
pub struct Failure;

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(_: E) -> Self {
        // The cause stays here: an operator finds it in the log, a peer does not.
        Self
    }
}

impl axum::response::IntoResponse for Failure {
    fn into_response(self) -> Response {
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    }
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
        .route("/fhir/{aanbieder}/{gegevensdienst}/{*path}", get(resource))
        .with_state(app)
}

async fn authorize(State(app): State<Arc<Dva>>, RawQuery(query): RawQuery) -> Answer {
    let lists = app.lists.now();
    let now = clock::now();
    match dva::open(query.as_deref().unwrap_or_default(), app.config.release, &*lists, now) {
        Opened::ErrorPage { events, .. } => {
            app.log(&events);
            app.page(StatusCode::BAD_REQUEST, TemplateId::OnbekendeClient, None, &[])
        }
        Opened::Redirect { redirect, events } => {
            app.log(&events);
            Ok(send(redirect.to_response()))
        }
        Opened::InvalidRequest { shown, events } => {
            app.log(&events);
            let page = app.page(StatusCode::BAD_REQUEST, TemplateId::OngeldigVerzoek, None, &[BACK])?;
            app.keep(Session::InvalidRequestShown(shown), page).await
        }
        Opened::Landing { landing, events } => {
            app.log(&events);
            let button = Button {
                action: "/sessie",
                name: "stap",
                value: "inloggen",
                label: "Inloggen",
            };
            let page = app.page(
                StatusCode::OK,
                TemplateId::Landingspagina,
                Some(landing.request()),
                &[button],
            )?;
            app.keep(Session::Landing(landing), page).await
        }
        Opened::Authenticate { awaiting, events } => {
            app.log(&events);
            app.keep(
                Session::AwaitingAuthentication(awaiting),
                Redirect::to("/digid-stub").into_response(),
            )
            .await
        }
    }
}

const BACK: Button<'static> = Button {
    action: "/sessie",
    name: "stap",
    value: "terug",
    label: "Terug naar je PGO",
};

#[derive(Deserialize)]
struct Step {
    stap: String,
}

/// A person's click on one of the screens.
async fn step(State(app): State<Arc<Dva>>, headers: HeaderMap, Form(Step { stap }): Form<Step>) -> Answer {
    let now = clock::now();
    match (app.session(&headers).await?, stap.as_str()) {
        (Some(Session::Landing(landing)), "inloggen") => {
            let (awaiting, event) = landing.proceed(now);
            app.log(&[event]);
            app.keep(
                Session::AwaitingAuthentication(awaiting),
                Redirect::to("/digid-stub").into_response(),
            )
            .await
        }
        (Some(Session::AwaitingDeclaration(declaration)), "ja") => {
            let answered = declaration.given(&app.declaration_version(), now);
            app.store.log_declaration(&answered.record).await?;
            app.log(&[answered.event]);
            match dva::issue_code(answered.next, &app.store, now, &mut SystemRandom).await {
                Ok((redirect, event)) => {
                    app.log(&[event]);
                    Ok(send(redirect.to_response()))
                }
                Err(response) => Ok(send(response)),
            }
        }
        (Some(Session::AwaitingDeclaration(declaration)), "nee") => {
            let answered = declaration.not_given(&app.declaration_version(), now);
            app.store.log_declaration(&answered.record).await?;
            app.not_granted(answered.next, answered.event).await
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
        (session, _) => app.out_of_order(session).await,
    }
}

/// The stub in the place of DigiD. It says what it is.
async fn login_page(State(app): State<Arc<Dva>>) -> Response {
    let mut buttons: Vec<_> = app
        .config
        .testpersonen
        .iter()
        .map(|person| login_button(&person.bsn, &person.naam))
        .collect();
    buttons.push(login_button("mislukt", "Laat het inloggen mislukken"));
    let text = "<p><strong>Dit is DigiD niet.</strong> Het is een nagemaakte inlogpagina van een voorbeeldprogramma. \
                Kies met welke testpersoon je wilt proberen.</p>";
    pages::respond(
        StatusCode::OK,
        pages::page("Nagemaakt inloggen", &(text.to_owned() + &pages::forms(&buttons))),
    )
}

const fn login_button<'a>(value: &'a str, label: &'a str) -> Button<'a> {
    Button {
        action: "/digid-stub",
        name: "bsn",
        value,
        label,
    }
}

#[derive(Deserialize)]
struct Login {
    bsn: String,
}

async fn login(State(app): State<Arc<Dva>>, headers: HeaderMap, Form(Login { bsn }): Form<Login>) -> Answer {
    match app.session(&headers).await? {
        Some(Session::AwaitingAuthentication(awaiting)) => app.logged_in(awaiting, &bsn).await,
        session => app.out_of_order(session).await,
    }
}

impl Dva {
    /// The login stub gave a test person, or a failure.
    async fn logged_in(&self, awaiting: AwaitingAuthentication, bsn: &str) -> Answer {
        let now = clock::now();
        let person = self.config.testpersonen.iter().find(|person| person.bsn == bsn);
        let (Some(person), Ok(bsn)) = (person, bsn.parse::<Bsn>()) else {
            let (shown, event) = awaiting.failed(now);
            return self.not_granted(shown, event).await;
        };
        let (resolving, events) = awaiting.response(now);
        self.log(&events);
        let testing: TestingEarly = resolving.identity(bsn);
        let available: BTreeSet<_> = person.gegevens.iter().cloned().collect();
        let result = if available.is_empty() {
            TestResult::Negative
        } else {
            TestResult::Positive(available)
        };
        let (step, events) = testing.result(result, now);
        self.log(&events);
        match step {
            TestStep::NotGranted(shown) => {
                let page = self.page(StatusCode::OK, TemplateId::NietIngewilligd, None, &[BACK])?;
                self.keep(Session::NotGrantedShown(shown), page).await
            }
            TestStep::Declare(declaration) => {
                let yes = Button {
                    action: "/sessie",
                    name: "stap",
                    value: "ja",
                    label: "Ja, ik geef toestemming",
                };
                let no = Button {
                    action: "/sessie",
                    name: "stap",
                    value: "nee",
                    label: "Nee, ik geef geen toestemming",
                };
                let template = TemplateId::Toestemmingsverklaring;
                let page = self.page(StatusCode::OK, template, Some(declaration.request()), &[yes, no])?;
                self.keep(Session::AwaitingDeclaration(declaration), page).await
            }
        }
    }

    /// The one page of all that is not granted.
    async fn not_granted(&self, shown: NotGrantedShown, event: LogEvent) -> Answer {
        self.log(&[event]);
        let page = self.page(StatusCode::OK, TemplateId::NietIngewilligd, None, &[BACK])?;
        self.keep(Session::NotGrantedShown(shown), page).await
    }

    /// A click that does not fit the screen changes nothing.
    async fn out_of_order(&self, session: Option<Session>) -> Answer {
        let text = "<p>Dat kan nu niet. Ga terug naar je PGO en begin opnieuw.</p>";
        let page = pages::respond(StatusCode::CONFLICT, pages::page("Er ging iets mis", text));
        match session {
            Some(session) => self.keep(session, page).await,
            None => Ok(page),
        }
    }

    /// Takes the session of a browser out of the store.
    async fn session(&self, headers: &HeaderMap) -> Result<Option<Session>, Failure> {
        match pages::cookie(headers, COOKIE) {
            None => Ok(None),
            Some(cookie) => Ok(self.store.take_session(Digest::of(cookie.as_bytes())).await?),
        }
    }

    /// Keeps a session under a new cookie, and sends the response with it.
    async fn keep(&self, session: Session, mut response: Response) -> Answer {
        let cookie = clock::cookie_secret()?;
        let expires_at = clock::now().saturating_add(SCREEN_TIMEOUT);
        let _ = self
            .store
            .put_session(Digest::of(cookie.as_bytes()), session, expires_at)
            .await?;
        pages::set_cookie(&mut response, COOKIE, &cookie);
        Ok(response)
    }

    /// A screen with its text; what is shown of the request comes from where the framework says.
    fn page(
        &self,
        status: StatusCode,
        template: TemplateId,
        request: Option<&AuthorizationRequest>,
        buttons: &[Button<'_>],
    ) -> Answer {
        let mut values = Values::from([
            (Placeholder::NaamDva, self.config.naam.as_str().into()),
            (
                Placeholder::TelefoonnummerDva,
                self.config.telefoonnummer.as_str().into(),
            ),
        ]);
        if let Some(request) = request {
            let naam = request.offers.aanbieder();
            let shown = self
                .config
                .aanbieders
                .get(naam)
                .map_or_else(|| naam.naam(), String::as_str);
            values.insert(Placeholder::NaamAanbieder, shown.into());
            values.insert(
                Placeholder::NaamLeverancierPgo,
                request.client.organisatienaam.as_str().into(),
            );
            let names = request
                .offers
                .iter()
                .filter_map(|offer| offer.naam.as_ref())
                .map(|naam| naam.as_str());
            values.insert(
                Placeholder::NaamGegevensdienst,
                names.collect::<Vec<_>>().join(", ").into(),
            );
        }
        let screen = self.texts.screen(template, &values)?;
        Ok(pages::respond(status, pages::screen(&screen, buttons)))
    }

    fn declaration_version(&self) -> String {
        self.texts
            .version(TemplateId::Toestemmingsverklaring, self.config.release)
    }

    /// Where a deployment writes its log; the example shows the steps instead.
    fn log(&self, _events: &[LogEvent]) {}
}

async fn token(State(app): State<Arc<Dva>>, request: Request) -> Answer {
    let Some(Peer(peer)) = request.extensions().get::<Peer>().cloned() else {
        return Err(Failure);
    };
    let request = match whole(request).await {
        Ok(request) => request,
        Err(status) => return Ok(status.into_response()),
    };
    let lists = app.lists.now();
    let settings = TokenSettings::default();
    let endpoint = TokenEndpoint {
        release: app.config.release,
        store: &app.store,
        directory: &*lists,
        settings,
    };
    let (response, events) = endpoint
        .answer(&request, peer.as_ref(), clock::now(), &mut SystemRandom)
        .await;
    app.log(&events);
    Ok(send(response))
}

/// Rows R1 to R8: the token, then the data of the person of the token, from the example's own answers.
async fn resource(
    State(app): State<Arc<Dva>>,
    Path((aanbieder, gegevensdienst, path)): Path<(String, String, String)>,
    request: Request,
) -> Answer {
    let peer = request.extensions().get::<Peer>().and_then(|Peer(peer)| peer.clone());
    let wanted = (
        Aanbiedernaam::from_naam(&aanbieder),
        gegevensdienst.parse::<GegevensdienstId>(),
    );
    let (Ok(aanbieder), Ok(gegevensdienst)) = wanted else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let wanted = (&aanbieder, &gegevensdienst);
    let permit = dva::permit(
        request.headers(),
        app.config.release,
        peer.as_ref(),
        wanted,
        &app.store,
        clock::now(),
    )
    .await;
    if let Err(response) = permit {
        return Ok(send(response));
    }
    let resource_type = path.split(['/', '?']).next().unwrap_or_default();
    let is_type = !resource_type.is_empty() && resource_type.bytes().all(|b| b.is_ascii_alphabetic());
    let file = app
        .config
        .fhir
        .join(gegevensdienst.as_str())
        .join(format!("{resource_type}.json"));
    match tokio::fs::read(file).await {
        Ok(bytes) if is_type => Ok(([(CONTENT_TYPE, "application/fhir+json")], bytes).into_response()),
        _ => {
            let outcome = "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\
                           \"code\":\"not-supported\",\"diagnostics\":\"This example has no such resource.\"}]}";
            Ok((
                StatusCode::NOT_FOUND,
                [(CONTENT_TYPE, "application/fhir+json")],
                outcome,
            )
                .into_response())
        }
    }
}

/// The parts of a DVA, from its settings.
pub fn assemble(config: DvaConfig, lists: Arc<Lists>, store: Sqlite) -> anyhow::Result<Arc<Dva>> {
    let texts = Texts::read(&config.texts)?;
    Ok(Arc::new(Dva {
        config,
        lists,
        store,
        texts,
    }))
}
