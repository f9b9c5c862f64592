//! *Beheren toestemmingen*: the person sees and withdraws long-term consents.

use std::sync::Arc;

use axum::extract::{Request, State};
use http::StatusCode;
use medmij_core::Digest;
use medmij_core::text::{Answer, Screen};
use medmij_oauth::Directory;
use medmij_oauth::dva::{
    self, GrantStore as _, ManageOpened, ManageSession, Overview, Session, TechnicalError, Withdrawing,
};

use super::front::COOKIE;
use super::{Dva, Reply, report};
use crate::clock;
use crate::own_log::About;
use crate::pages::{self, Row};
use crate::serve::send;

pub(super) async fn open(State(app): State<Arc<Dva>>, request: Request) -> Reply {
    let browser = pages::browser(request.headers(), COOKIE)?;
    let opened = dva::manage(&request, app.config.release, &app.directory(), clock::now());
    drop(request);
    match opened {
        ManageOpened::Landing { landing, events } => {
            let session = Session::BeherenToestemmingen(ManageSession::Landing(landing));
            app.log(&events, &About::of(&session));
            app.show(&browser, session).await
        }
        ManageOpened::ErrorPage { events, .. } => {
            app.log(&events, &About::default());
            app.without_session(&dva::unknown_client())
        }
    }
}

impl Dva {
    async fn managing(&self, browser: &str, session: ManageSession) -> Reply {
        self.show(browser, Session::BeherenToestemmingen(session)).await
    }

    /// A person's answer on one of the screens: rows M1 to M7.
    pub(super) async fn manage(
        &self,
        browser: &str,
        session: ManageSession,
        answer: Answer,
        toestemming: Option<Digest>,
        about: &About,
    ) -> Reply {
        let now = clock::now();
        let (redirect, events) = match (session, answer) {
            (ManageSession::Landing(landing), Answer::LogIn) => {
                let (awaiting, events) = landing.proceed(now);
                self.log(&events, about);
                let session = ManageSession::AwaitingAuthentication(awaiting);
                return self.at_login(browser, Session::BeherenToestemmingen(session)).await;
            }
            (ManageSession::AuthenticationCancelled(cancelled), Answer::LogIn) => {
                let (awaiting, events) = cancelled.retry(now);
                self.log(&events, about);
                let session = ManageSession::AwaitingAuthentication(awaiting);
                return self.at_login(browser, Session::BeherenToestemmingen(session)).await;
            }
            (ManageSession::Overview(overview), Answer::Select) => {
                let Some(family) = toestemming else {
                    return self.managing(browser, ManageSession::Overview(overview)).await;
                };
                let session = match overview.select(family, now) {
                    Ok((confirming, events)) => {
                        self.log(&events, about);
                        ManageSession::Confirming(confirming)
                    }
                    Err(overview) => ManageSession::Overview(*overview),
                };
                return self.managing(browser, session).await;
            }
            (ManageSession::Confirming(confirming), Answer::Withdraw) => {
                let screen = confirming.screen(&self.directory());
                let version = self.version(screen.template())?;
                let withdrawing = confirming.confirm(version, now);
                return self.withdraw(browser, withdrawing, &screen, about).await;
            }
            (ManageSession::Confirming(confirming), Answer::Cancel) => {
                let (overview, events) = confirming.cancel(now);
                self.log(&events, about);
                return self.managing(browser, ManageSession::Overview(overview)).await;
            }
            (ManageSession::Landing(landing), Answer::Cancel) => landing.cancel(now),
            (ManageSession::Overview(overview), Answer::BackToPgo) => overview.back_to_pgo(now),
            (ManageSession::NotGrantedShown(shown), Answer::BackToPgo) => shown.back_to_pgo(now),
            (ManageSession::TechnischeStoring(shown), Answer::BackToPgo) => shown.back_to_pgo(now),
            _ => return Self::out_of_order(),
        };
        self.log(&events, about);
        match redirect {
            Some(redirect) => Ok(send(redirect.to_response())),
            None => {
                let text = "<p>Je kunt dit scherm sluiten.</p>";
                Ok(pages::respond(StatusCode::OK, pages::page("Klaar", text)))
            }
        }
    }

    /// Row M3: the record first, then nothing that stems from the consent gives data any more.
    async fn withdraw(&self, browser: &str, withdrawing: Withdrawing, screen: &Screen, about: &About) -> Reply {
        let logged = self.log_declaration(withdrawing.record(), screen, about).await;
        let done = match logged {
            Ok(()) => self
                .store
                .revoke(withdrawing.family())
                .await
                .map_err(anyhow::Error::from),
            failed => failed,
        };
        let now = clock::now();
        if let Err(error) = done {
            report(error.as_ref());
            let (step, events) = withdrawing.technical_failure(TechnicalError::ServerError, now);
            self.log(&events, about);
            return self.failed(browser, step).await;
        }
        let (overview, events) = withdrawing.revoked(now);
        self.log(&events, about);
        self.managing(browser, ManageSession::Overview(overview)).await
    }

    /// What the overview shows of each consent, by the names that the lists have.
    pub(super) fn rows(&self, overview: &Overview, directory: &impl Directory) -> Vec<Row> {
        let row = |consent: &dva::Consent| {
            let named = consent.named(self.config.release, directory);
            let pgo = named
                .client
                .as_ref()
                .map_or(consent.client_id.as_str(), |client| client.organisatienaam.as_str());
            let names = named.gegevensdiensten.iter();
            let names: Vec<_> = names
                .map(|(id, naam)| naam.as_ref().map_or(id.as_str(), |naam| naam.as_str()))
                .collect();
            Row {
                cells: vec![
                    self.naam(&consent.aanbieder).to_owned(),
                    pgo.to_owned(),
                    names.join(", "),
                    format!("tot {}", consent.expires_at.date()),
                ],
                name: "toestemming",
                value: consent.family.to_string(),
            }
        };
        overview.consents().iter().map(row).collect()
    }
}
