//! The Authorization Server: its screens, and what a person answers on them.

use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::extract::{Form, Request, State};
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode};
use medmij_core::text::{Answer, Screen};
use medmij_core::{Digest, SystemRandom};
use medmij_oauth::dva::{
    self, AwaitingDeclaration, FailureStep, ManageSession, Opened, Session, SessionStore as _, TechnicalError,
};
use medmij_oauth::{AuthorizationSettings, Put};
use serde::Deserialize;
use time::Duration;

use super::{Dva, Failure, Reply, login, meldingen, report, toestemmingen};
use crate::clock;
use crate::own_log::About;
use crate::pages::{self, Row};
use crate::serve::send;

/// How long a person may take for one screen.
const SCREEN_TIMEOUT: Duration = Duration::minutes(15);
pub(super) const COOKIE: &str = "dva";

/// The frontchannel.
pub fn front(app: Arc<Dva>) -> Router {
    Router::new()
        .route("/oauth/authorize", get(authorize))
        .route("/toestemmingen", get(toestemmingen::open))
        .route("/sessie", post(click))
        .route("/digid-stub", get(login::page).post(login::login))
        .route("/nieuwe-gegevens-stub", get(meldingen::page).post(meldingen::changed))
        .with_state(app)
}

async fn authorize(State(app): State<Arc<Dva>>, request: Request) -> Reply {
    let browser = pages::browser(request.headers(), COOKIE)?;
    let settings = AuthorizationSettings::default();
    let opened = dva::open(&request, app.config.release, &app.directory(), &settings, clock::now());
    // Its body, which nobody reads, could not wait for the store with us.
    drop(request);
    match opened {
        Opened::ErrorPage { events, .. } => {
            app.log(&events, &About::default());
            app.without_session(&dva::unknown_client())
        }
        Opened::Redirect { redirect, events } => {
            app.log(&events, &About::default());
            Ok(send(redirect.to_response()))
        }
        Opened::InvalidRequest { shown, events } => {
            app.log(&events, &About::default());
            let mut page = app.show(&browser, Session::InvalidRequestShown(shown)).await?;
            *page.status_mut() = StatusCode::BAD_REQUEST;
            Ok(page)
        }
        Opened::Landing { landing, events } => {
            let session = Session::Landing(landing);
            app.log(&events, &About::of(&session));
            app.show(&browser, session).await
        }
        Opened::Authenticate { awaiting, events } => {
            let session = Session::AwaitingAuthentication(awaiting);
            app.log(&events, &About::of(&session));
            app.at_login(&browser, session).await
        }
    }
}

/// A button of a screen: an answer, or one of the consents that are shown.
#[derive(Deserialize)]
struct Click {
    sessie: String,
    antwoord: Option<Answer>,
    toestemming: Option<Digest>,
}

/// A person's answer on one of the screens.
async fn click(State(app): State<Arc<Dva>>, headers: HeaderMap, Form(click): Form<Click>) -> Reply {
    let browser = pages::browser(&headers, COOKIE)?;
    let Some(session) = app.take(&browser, &click.sessie).await? else {
        return Dva::out_of_order();
    };
    let answer = match (click.antwoord, click.toestemming) {
        (_, Some(_)) => Some(Answer::Select),
        (answer, None) => answer,
    };
    // Nobody's screen offers it: nothing changes, and the screen is shown again.
    let offered = session.screen(&app.directory());
    let offered = offered.as_ref().map(Screen::answers).unwrap_or_default();
    let Some(answer) = answer.filter(|answer| offered.contains(answer)) else {
        return app.again(&browser, &click.sessie, session).await;
    };
    let (now, about) = (clock::now(), About::of(&session));
    let (redirect, events) = match (session, answer) {
        (Session::BeherenToestemmingen(session), answer) => {
            return app.manage(&browser, session, answer, click.toestemming, &about).await;
        }
        (Session::Landing(landing), Answer::LogIn) => {
            let (awaiting, events) = landing.proceed(now);
            app.log(&events, &about);
            return app.at_login(&browser, Session::AwaitingAuthentication(awaiting)).await;
        }
        (Session::AuthenticationCancelled(cancelled), Answer::LogIn) => {
            let (awaiting, events) = cancelled.retry(now);
            app.log(&events, &about);
            return app.at_login(&browser, Session::AwaitingAuthentication(awaiting)).await;
        }
        (Session::AwaitingDeclaration(declaration), answer) => {
            return app.declared(&browser, declaration, answer, &about).await;
        }
        (Session::Landing(landing), Answer::Cancel) => landing.cancel(now),
        (Session::NotGrantedShown(shown), Answer::BackToPgo) => shown.back_to_pgo(now),
        (Session::InvalidRequestShown(shown), Answer::BackToPgo) => shown.back_to_pgo(now),
        (Session::TechnischeStoring(shown), Answer::BackToPgo) => shown.back_to_pgo(now),
        (session, _) => return app.again(&browser, &click.sessie, session).await,
    };
    app.log(&events, &about);
    Ok(send(redirect.to_response()))
}

impl Dva {
    /// The declaration was answered: that is logged before anything follows from it.
    async fn declared(&self, browser: &str, declaration: AwaitingDeclaration, answer: Answer, about: &About) -> Reply {
        let now = clock::now();
        let version = self.version(declaration.request().scope.declaration().into())?;
        let screen = declaration.screen();
        let before = Session::AwaitingDeclaration(declaration.clone());
        let given = match answer {
            Answer::GiveLangdurig => match declaration.given_langdurig(version, now) {
                Ok(answered) => answered,
                Err(declaration) => return self.show(browser, Session::AwaitingDeclaration(*declaration)).await,
            },
            Answer::NotGive => {
                let answered = declaration.not_given(version, now);
                if let Err(error) = self.log_declaration(&answered.record, &screen, about).await {
                    report(error.as_ref());
                    return self.storing(browser, before).await;
                }
                self.log(&answered.events, about);
                return self.show(browser, Session::NotGrantedShown(answered.next)).await;
            }
            _ => declaration.given(version, now),
        };
        if let Err(error) = self.log_declaration(&given.record, &screen, about).await {
            report(error.as_ref());
            return self.storing(browser, before).await;
        }
        self.log(&given.events, about);
        match dva::issue_code(given.next, &self.store, clock::now(), &mut SystemRandom).await {
            Ok((redirect, events)) => {
                self.log(&events, about);
                Ok(send(redirect.to_response()))
            }
            Err((step, events)) => {
                self.log(&events, about);
                self.failed(browser, step).await
            }
        }
    }

    /// Something of our own failed while a session waited (row A23).
    pub(super) async fn storing(&self, browser: &str, session: Session) -> Reply {
        let about = About::of(&session);
        let (step, events) = session.technical_failure(TechnicalError::ServerError, clock::now());
        self.log(&events, &about);
        self.failed(browser, step).await
    }

    /// A message that the session has no row for changes nothing: it is put back as it was, and its screen is shown again.
    pub(super) async fn again(&self, browser: &str, form: &str, session: Session) -> Reply {
        if session.screen(&self.directory()).is_some() {
            return self.show(browser, session).await;
        }
        let expires_at = clock::now().saturating_add(SCREEN_TIMEOUT);
        let _ = self
            .store
            .put_session(self.key(browser, form), session, expires_at)
            .await?;
        Self::out_of_order()
    }

    /// Something of our own failed: the page with its way back, or where the release says so the redirect at once.
    pub(super) async fn failed(&self, browser: &str, step: FailureStep) -> Reply {
        let session = match step {
            FailureStep::Redirect(redirect) => return Ok(send(redirect.to_response())),
            FailureStep::Page(shown) => Session::TechnischeStoring(shown),
            FailureStep::ManagePage(shown) => Session::BeherenToestemmingen(ManageSession::TechnischeStoring(shown)),
        };
        self.show(browser, session).await
    }

    /// Sends the person to the login, and keeps the session meanwhile.
    pub(super) async fn at_login(&self, browser: &str, session: Session) -> Reply {
        let form = self.keep(browser, session).await?;
        let mut response = Redirect::to(&format!("/digid-stub?sessie={form}")).into_response();
        pages::protect(&mut response);
        pages::set_cookie(&mut response, COOKIE, browser);
        Ok(response)
    }

    /// A click that no screen offers: its session is gone.
    pub(super) fn out_of_order() -> Reply {
        let text = "<p>Dat kan nu niet. Ga terug naar je PGO en begin opnieuw.</p>";
        Ok(pages::respond(
            StatusCode::CONFLICT,
            pages::page("Er ging iets mis", text),
        ))
    }

    /// Keeps a session, and shows the screen at which it waits.
    pub(super) async fn show(&self, browser: &str, session: Session) -> Reply {
        let directory = self.directory();
        let screen = session.screen(&directory).context("the session waits for nobody")?;
        let rows = match &session {
            Session::BeherenToestemmingen(ManageSession::Overview(overview)) => self.rows(overview, &directory),
            _ => Vec::new(),
        };
        let form = self.keep(browser, session).await?;
        let shown = self.texts.show(&screen, self)?;
        let mut response = pages::respond(StatusCode::OK, pages::screen(&shown, &rows, &form));
        pages::set_cookie(&mut response, COOKIE, browser);
        Ok(response)
    }

    /// A screen that nothing follows.
    pub(super) fn without_session(&self, screen: &Screen) -> Reply {
        let shown = self.texts.show(screen, self)?;
        let no_rows: &[Row] = &[];
        Ok(pages::respond(
            StatusCode::BAD_REQUEST,
            pages::screen(&shown, no_rows, ""),
        ))
    }

    /// Keeps a session under a new secret, which stands in the forms of its screen, or in the address of the login: a click on
    /// another screen of the same browser is not for it.
    async fn keep(&self, browser: &str, session: Session) -> Result<String, Failure> {
        let form = clock::cookie_secret()?;
        let expires_at = clock::now().saturating_add(SCREEN_TIMEOUT);
        match self
            .store
            .put_session(self.key(browser, &form), session, expires_at)
            .await?
        {
            Put::Stored => Ok(form),
            Put::Exists => Err(anyhow::anyhow!("a fresh secret exists already").into()),
        }
    }

    /// Takes the session of a screen in a browser out of the store.
    pub(super) async fn take(&self, browser: &str, form: &str) -> Result<Option<Session>, Failure> {
        Ok(self.store.take_session(self.key(browser, form), clock::now()).await?)
    }

    /// Under what a session is kept. The texts are in it: what was shown in others is not answered in these.
    fn key(&self, browser: &str, form: &str) -> Digest {
        Digest::of(format!("{browser}.{form}.{}", self.texts_digest).as_bytes())
    }
}
