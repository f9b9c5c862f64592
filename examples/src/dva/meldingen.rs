//! The Notification Client: what changed is told to every DVP that a person lets watch it.

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::response::IntoResponse as _;
use http::{HeaderMap, StatusCode};
use medmij_core::{Aanbiedernaam, GegevensdienstId, HttpClient as _, HttpLimits, Representation, SystemRandom};
use medmij_oauth::dva::{Abonnement, AbonnementStore as _, NotificationEndpoints, NotificationRoute, NotifyStep};
use medmij_oauth::{Directory as _, LogPerson, ScopeFunction};
use serde::Deserialize;

use super::front::COOKIE;
use super::{Dva, Failure, Reply};
use crate::clock;
use crate::own_log::About;
use crate::pages::{self, Button};

/// The stub in the place of the system of an Aanbieder that reports changes. It says what it is.
pub(super) async fn page(State(app): State<Arc<Dva>>, headers: HeaderMap) -> Reply {
    let cookie = pages::browser(&headers, COOKIE)?;
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
        .flat_map(|offer| {
            let about = format!("{} {}", offer.aanbieder, offer.gegevensdienst);
            [format!("nieuw {about}"), format!("einde {about}")]
        })
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
    let text = "<p>Dit is een nagemaakt systeem van een zorgaanbieder. Waarvan zijn er nieuwe gegevens, en waarover komen er \
                geen seintjes meer?</p>";
    let content = text.to_owned() + &pages::forms(&buttons, &pages::form_secret(&cookie));
    let mut response = pages::respond(StatusCode::OK, pages::page("Nieuwe gegevens", &content));
    pages::set_cookie(&mut response, COOKIE, &cookie);
    Ok(response)
}

#[derive(Deserialize)]
pub(super) struct Changed {
    sessie: String,
    wat: String,
}

/// What an Aanbieder reports.
#[derive(Clone, Copy)]
enum Change {
    /// There are new data.
    New,
    /// It ends the Abonnementen.
    End,
}

pub(super) async fn changed(State(app): State<Arc<Dva>>, headers: HeaderMap, Form(form): Form<Changed>) -> Reply {
    let words: Vec<_> = form.wat.split(' ').collect();
    let change = match words.first() {
        Some(&"nieuw") => Some(Change::New),
        Some(&"einde") => Some(Change::End),
        _ => None,
    };
    let about = match words.as_slice() {
        [_, aanbieder, gegevensdienst] => aanbieder.parse().ok().zip(gegevensdienst.parse().ok()),
        _ => None,
    };
    let own = pages::own_form(&headers, COOKIE, &form.sessie);
    let (Some(_), Some(change), Some((aanbieder, gegevensdienst))) = (own, change, about) else {
        return Ok(StatusCode::BAD_REQUEST.into_response());
    };
    let told = app.tell(change, &aanbieder, &gegevensdienst).await?;
    let text = format!("<p id=\"verteld\">{told}</p>");
    Ok(pages::respond(StatusCode::OK, pages::page("Verteld aan", &text)))
}

impl Dva {
    /// Rows N1 to N3 and N8: tells of what changed for every test person, and gives how many messages were taken.
    async fn tell(
        &self,
        change: Change,
        aanbieder: &Aanbiedernaam,
        gegevensdienst: &GegevensdienstId,
    ) -> Result<usize, Failure> {
        let mut taken = 0;
        for person in &self.config.testpersonen {
            let bsn = person.bsn.clone();
            let vouched = self.test(&bsn, Representation::None).is_positive_for(gegevensdienst);
            let watching = self
                .store
                .abonnementen(bsn, aanbieder.clone(), gegevensdienst.clone())
                .await?;
            for abonnement in watching {
                taken += self.tell_one(change, abonnement, vouched).await?;
            }
        }
        Ok(taken)
    }

    async fn tell_one(&self, change: Change, abonnement: Abonnement, vouched: bool) -> Result<usize, Failure> {
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
            reference: None,
        };
        let mut taken = 0;
        let now = clock::now();
        let mut step = match change {
            Change::New => abonnement.changed_content(vouched, route, now, &mut SystemRandom)?,
            Change::End => abonnement.set_end(now.date(), route, now, &mut SystemRandom)?,
        };
        while let NotifyStep::Send(notifying) = step {
            if let Change::End = change {
                // The end holds from now on, whether the DVP hears of it or not.
                let _ = self.store.replace_abonnement(notifying.abonnement.clone()).await?;
            }
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
