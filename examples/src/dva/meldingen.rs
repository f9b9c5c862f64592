//! The Notification Client: what changed is told to every DVP that a person lets watch it.

use std::sync::Arc;

use anyhow::Context as _;
use axum::extract::{Form, State};
use axum::response::Response;
use http::StatusCode;
use medmij_core::{Aanbiedernaam, GegevensdienstId, HttpClient as _, HttpLimits, Representation, SystemRandom};
use medmij_oauth::dva::{Abonnement, AbonnementStore as _, NotificationEndpoints, NotificationRoute, NotifyStep};
use medmij_oauth::{Directory as _, LogPerson, ScopeFunction};
use serde::Deserialize;

use super::{Dva, Failure, Reply};
use crate::clock;
use crate::own_log::About;
use crate::pages::{self, Button};

/// The stub in the place of the system of an Aanbieder that reports changes. It says what it is.
pub(super) async fn page(State(app): State<Arc<Dva>>) -> Response {
    let directory = app.directory();
    let release = app.config.release;
    let offers = app
        .config
        .aanbieders
        .keys()
        .filter_map(|naam| directory.offers(naam, ScopeFunction::Abonneren, release));
    let watched: Vec<_> = offers
        .flat_map(|offers| {
            offers
                .iter()
                .filter(|offer| offer.abonneren.is_some())
                .cloned()
                .collect::<Vec<_>>()
        })
        .map(|offer| format!("{} {}", offer.aanbieder, offer.gegevensdienst))
        .collect();
    let buttons: Vec<_> = watched
        .iter()
        .map(|value| Button {
            action: "/nieuwe-gegevens-stub",
            name: "wat",
            value,
            label: value,
        })
        .collect();
    let text = "<p>Dit is een nagemaakt systeem van een zorgaanbieder. Waarvan zijn er nieuwe gegevens?</p>";
    let content = text.to_owned() + &pages::forms(&buttons, "");
    pages::respond(StatusCode::OK, pages::page("Nieuwe gegevens", &content))
}

#[derive(Deserialize)]
pub(super) struct Changed {
    wat: String,
}

pub(super) async fn changed(State(app): State<Arc<Dva>>, Form(Changed { wat }): Form<Changed>) -> Reply {
    let parsed = wat
        .split_once(' ')
        .and_then(|(aanbieder, gegevensdienst)| Some((aanbieder.parse().ok()?, gegevensdienst.parse().ok()?)));
    let (aanbieder, gegevensdienst) = parsed.context("no such information")?;
    let told = app.tell(&aanbieder, &gegevensdienst).await?;
    let text = format!("<p id=\"verteld\">{told}</p>");
    Ok(pages::respond(StatusCode::OK, pages::page("Verteld aan", &text)))
}

impl Dva {
    /// Rows N1, N2 and N8: tells of new information of every test person, and gives how many messages were taken.
    async fn tell(&self, aanbieder: &Aanbiedernaam, gegevensdienst: &GegevensdienstId) -> Result<usize, Failure> {
        let mut taken = 0;
        for person in &self.config.testpersonen {
            let bsn: medmij_core::Bsn = person.bsn.parse()?;
            let vouched = self.test(&bsn, Representation::None).is_positive_for(gegevensdienst);
            let watching = self
                .store
                .abonnementen(bsn, aanbieder.clone(), gegevensdienst.clone())
                .await?;
            for abonnement in watching {
                taken += self.tell_one(abonnement, vouched).await?;
            }
        }
        Ok(taken)
    }

    async fn tell_one(&self, abonnement: Abonnement, vouched: bool) -> Result<usize, Failure> {
        let release = self.config.release;
        let listed = self.directory().client(&abonnement.client_id);
        let listed = listed.and_then(|client| NotificationEndpoints::of(&client, release));
        let Some(endpoints) = listed.or_else(|| self.config.endpoints(&abonnement.client_id)) else {
            return Ok(0);
        };
        let route = NotificationRoute {
            release,
            endpoints: &endpoints,
        };
        let about = About {
            context: None,
            person: Some(LogPerson::Bsn(abonnement.bsn.clone())),
        };
        let mut taken = 0;
        let mut step = abonnement.changed_content(vouched, route, clock::now(), &mut SystemRandom)?;
        while let NotifyStep::Send(notifying) = step {
            self.log(&notifying.events, &about);
            let answer = self.client.send(notifying.request, HttpLimits::NOTIFICATION).await;
            let ack = match answer {
                Ok(response) => notifying.awaiting.response(&response, clock::now()),
                Err(_) => notifying.awaiting.failed(clock::now()),
            };
            self.log(&ack.events, &about);
            taken += usize::from(ack.answer == Some(medmij_oauth::NotificationAnswer::Accepted));
            if ack.changed {
                // Where another was sooner, what it stored holds.
                let _ = self.store.replace_abonnement(ack.abonnement.clone()).await?;
            }
            let Some(queued) = ack.queued else { break };
            step = queued.tell(ack.abonnement, route, clock::now(), &mut SystemRandom)?;
        }
        Ok(taken)
    }
}
