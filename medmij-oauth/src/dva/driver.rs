//! Thin drivers: a store call between the steps, and no more.

use http::StatusCode;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue};
use medmij_core::{
    Aanbiedernaam, ClientIdentity, Function, GegevensdienstId, HttpRequest, HttpResponse, LogEvent, OwnEvent, Random,
    Release,
};
use time::UtcDateTime;

use super::{Exchanged, GrantStore, IssuingCode, Permit, ResourceAsked, TokenOutcome, TokenSettings, check, exchange};
use crate::authorize::Directory;
use crate::exchange::TokenRequest;
use crate::redirect::Redirect;
use crate::store::Put;

/// How often a fresh code or token may turn out to exist before the source of randomness is held to be broken.
const TRIES: usize = 4;

/// Stores a code that no other has, and gives the redirect that brings it to the DVP [A22, flows 4.2].
///
/// # Errors
/// The response to give instead, if the store or the source of randomness fails.
pub async fn issue_code(
    mut issuing: IssuingCode,
    store: &impl GrantStore,
    now: UtcDateTime,
    random: &mut (impl Random + Send),
) -> Result<(Redirect, LogEvent), HttpResponse> {
    for _ in 0..TRIES {
        let issued = issuing.issue(now, random).map_err(|_| unavailable())?;
        match store
            .put_code(issued.key(), issued.grant().clone())
            .await
            .map_err(|_| unavailable())?
        {
            Put::Stored => return Ok(issued.stored()),
            Put::Exists => issuing = issued.exists(),
        }
    }
    Err(unavailable())
}

/// The token endpoint of a DVA.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "what a token endpoint needs")]
pub struct TokenEndpoint<'a, S, D> {
    /// The release that is spoken at this address.
    pub release: Release,
    /// Where the grants are.
    pub store: &'a S,
    /// The clients.
    pub directory: &'a D,
    /// What the deployment chose.
    pub settings: TokenSettings,
}

impl<S: GrantStore, D: Directory + Sync> TokenEndpoint<'_, S, D> {
    /// Answers a token request: parse, authenticate, burn, compare, store, in this order [T1, flows 4.3]
    /// [T2, flows 4.3] [T4, flows 4.3].
    pub async fn answer(
        &self,
        request: &HttpRequest,
        client: Option<&ClientIdentity>,
        now: UtcDateTime,
        random: &mut (impl Random + Send),
    ) -> (HttpResponse, Vec<LogEvent>) {
        let answered = |response, parsed: Option<&TokenRequest>, event| {
            let event = LogEvent::new(now, event)
                .with_trace_id(parsed.and_then(TokenRequest::correlation_id))
                .with_request_id(parsed.and_then(TokenRequest::request_id));
            (response, vec![event])
        };
        let parsed = match TokenRequest::parse(request, self.release) {
            Ok(parsed) => parsed,
            Err(refusal) => return answered(refusal.to_response(), None, OwnEvent::TokenRefused),
        };
        let identity = match parsed.authenticate(client) {
            Ok(identity) => identity,
            Err(refusal) => return answered(refusal.to_response(), Some(&parsed), OwnEvent::TokenRefused),
        };
        let Ok(taken) = self.store.take_code(parsed.code().digest()).await else {
            return answered(unavailable(), Some(&parsed), OwnEvent::TokenRefused);
        };
        let find = |client_id: &_| self.directory.client(client_id);
        match exchange(&parsed, identity, taken, find, self.settings, now, random) {
            Ok(TokenOutcome::Issued(Exchanged {
                access_token,
                grant,
                response,
            })) => {
                match self.store.put_access(access_token.digest(), grant).await {
                    Ok(Put::Stored) => answered(response, Some(&parsed), OwnEvent::TokenIssued),
                    // The code is burnt, so the DVP must start anew: never a token that is not stored.
                    Ok(Put::Exists) | Err(_) => answered(unavailable(), Some(&parsed), OwnEvent::TokenRefused),
                }
            }
            Ok(TokenOutcome::Refused {
                refusal,
                revoke: Some(code),
            }) => match self.store.revoke(code).await {
                Ok(()) => answered(refusal.to_response(), Some(&parsed), OwnEvent::CodeReplayed),
                Err(_) => answered(unavailable(), Some(&parsed), OwnEvent::CodeReplayed),
            },
            Ok(TokenOutcome::Refused { refusal, revoke: None }) => {
                answered(refusal.to_response(), Some(&parsed), OwnEvent::TokenRefused)
            }
            Err(_) => answered(unavailable(), Some(&parsed), OwnEvent::TokenRefused),
        }
    }
}

/// What a resource request asks for.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "what a token is compared with; what is left out would be a hole"
)]
pub struct Wanted<'a> {
    /// Reading is *Verzamelen*, creating is *Delen*.
    pub function: Function,
    /// Whose data.
    pub aanbieder: &'a Aanbiedernaam,
    /// Which data.
    pub gegevensdienst: &'a GegevensdienstId,
}

/// Checks the token of a resource request: rows R1, R1b, R2 and R3. Gives the right to it, or the response to give
/// instead, and what is to be logged of the request.
pub async fn permit(
    headers: &HeaderMap,
    release: Release,
    client: Option<&ClientIdentity>,
    wanted: Wanted<'_>,
    store: &impl GrantStore,
    now: UtcDateTime,
) -> (Result<Permit, HttpResponse>, LogEvent) {
    let asked = match ResourceAsked::parse(headers, release) {
        Ok(asked) => asked,
        Err(refusal) => return (Err(refusal.to_response()), LogEvent::new(now, OwnEvent::ResourceError)),
    };
    let event = |event| {
        LogEvent::new(now, event)
            .with_trace_id(asked.correlation_id())
            .with_request_id(asked.request_id())
    };
    let judged = match store.access(asked.token().digest()).await {
        Ok(grant) => check(grant, client, wanted, now).map_err(|refusal| refusal.to_response()),
        Err(_) => Err(unavailable()),
    };
    let name = if judged.is_ok() {
        OwnEvent::ResourceRequest
    } else {
        OwnEvent::ResourceError
    };
    (judged, event(name))
}

/// Something of our own failed: 503 without a cause.
fn unavailable() -> HttpResponse {
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
