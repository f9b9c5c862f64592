//! The Notification Server: messages of DVAs, and what the person is told of them.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::IntoResponse as _;
use axum::routing::post;
use medmij_core::HttpResponse;
use medmij_oauth::dvp::{AcceptedNotificatie, Channel, NotifiedStep, ReceivedNotificatie};

use super::Pgo;
use crate::clock;
use crate::dva::{Reply, report};
use crate::own_log::About;
use crate::serve::{MAX_BODY, Peer, send, whole};

/// The backchannel: both notification endpoints.
pub fn back(app: Arc<Pgo>) -> Router {
    Router::new().route("/{*path}", post(receive)).with_state(app)
}

/// Rows V1 to V3: what the message says is stored before it is answered.
async fn receive(State(app): State<Arc<Pgo>>, request: Request) -> Reply {
    let peer = match request.extensions().get() {
        Some(Peer(Some(peer))) => Some(peer.clone().permitted(|name| app.lists.permits(name))),
        _ => None,
    };
    let request = match whole(request, MAX_BODY).await {
        Ok(request) => request,
        Err(status) => return Ok(status.into_response()),
    };
    let now = clock::now();
    let (refusal, events) = match ReceivedNotificatie::parse(&request, app.config.release, now) {
        Err(refused) => refused,
        Ok(received) => match app.store.own_abonnementen(Some(received.key())).await {
            Err(_) => received.failed(now),
            Ok(found) => match received.judge(found, peer.as_ref(), now) {
                NotifiedStep::Accepted(accepted) => return Ok(send(app.take(accepted).await)),
                NotifiedStep::Rejected { refusal, events } => (refusal, events),
            },
        },
    };
    // Of whom it would have been is not known.
    app.log.write(&events, &About::default());
    Ok(send(refusal.to_response()))
}

impl Pgo {
    /// Stores what a message says, and then what the person is told, who reads it here: as if after logging in, over a safe channel.
    async fn take(&self, accepted: AcceptedNotificatie) -> HttpResponse {
        let stored = async {
            let abonnement = &accepted.abonnement;
            self.store.store_abonnement(abonnement.clone()).await?;
            if let Some(shown) = accepted.told(Channel::Safe, &self.texts, &self.config.naam)? {
                self.store
                    .store_notice(&abonnement.aanbieder, &shown.declaration)
                    .await?;
            }
            anyhow::Ok(())
        };
        if let Err(error) = stored.await {
            report(error.as_ref());
            let (refusal, events) = accepted.failed(clock::now());
            self.log(&events, None);
            return refusal.to_response();
        }
        self.log(&accepted.events, None);
        accepted.stored()
    }
}
