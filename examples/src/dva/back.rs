//! The token endpoint and the Resource Server.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use medmij_core::{Aanbiedernaam, ClientIdentity, GegevensdienstId, SystemRandom};
use medmij_oauth::ScopeFunction;
use medmij_oauth::dva::{self, TestingRefresh, TokenCheck, TokenEndpoint, TokenSettings, Wanted};

use super::{Answer, Dva};
use crate::clock;
use crate::serve::{Peer, send, whole};

/// The backchannel.
pub fn back(app: Arc<Dva>) -> Router {
    Router::new()
        .route("/oauth/token", post(token))
        .route("/fhir/{aanbieder}/{gegevensdienst}/{resource_type}", get(resource))
        .with_state(app)
}

async fn token(State(app): State<Arc<Dva>>, request: Request) -> Answer {
    let peer = app.peer(&request);
    let request = match whole(request).await {
        Ok(request) => request,
        Err(status) => return Ok(status.into_response()),
    };
    let tester = |testing: &TestingRefresh| std::future::ready(Ok::<_, Infallible>(app.test(testing.bsn())));
    let endpoint = TokenEndpoint {
        release: app.config.release,
        store: &app.store,
        directory: &app.directory(),
        tester: &tester,
        settings: TokenSettings::default(),
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
    let peer = app.peer(&request);
    let names = (
        Aanbiedernaam::from_naam(&aanbieder),
        gegevensdienst.parse::<GegevensdienstId>(),
    );
    let is_type = resource_type.bytes().all(|b| b.is_ascii_alphabetic());
    let (Ok(aanbieder), Ok(gegevensdienst), true) = (names.0, names.1, is_type) else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let wanted = Wanted {
        function: ScopeFunction::Verzamelen,
        aanbieder: &aanbieder,
        gegevensdienst: &gegevensdienst,
    };
    let release = app.config.release;
    let (judged, events) = dva::permit(&request, release, peer.as_ref(), wanted, &app.store, clock::now()).await;
    app.log(&events);
    let permit = judged.and_then(|checked| match checked {
        TokenCheck::Permit(permit) => Ok(permit),
        // No code of this example is issued untested; the test is done all the same, should one be.
        TokenCheck::Test(late) => {
            let result = app.test(late.about().bsn);
            let (permit, events) = late.result(result, clock::now());
            app.log(&events);
            permit
        }
    });
    if let Err(refusal) = permit {
        return Ok(send(refusal.to_response()));
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

impl Dva {
    /// Who asks, by the names of the certificate that stand on the Whitelist now.
    fn peer(&self, request: &Request) -> Option<ClientIdentity> {
        let Peer(peer) = request.extensions().get()?;
        let peer = peer.clone()?;
        Some(peer.permitted(|name| self.lists.permits(name)))
    }
}
