//! Thin drivers: a store call between the steps, and no more.

use std::future::Future;

use medmij_core::{ClientIdentity, CorrelationId, HttpRequest, HttpResponse, LogEvent, OwnEvent, Random, Release};
use time::UtcDateTime;

use super::{
    AccessGrant, ClientOffer, CodeOffer, FailureStep, GrantStore, Issued, IssuingCode, PutTokens, RefreshJudged,
    RefreshOffer, Refused, ResourceRequest, TechnicalError, TestResult, TestingRefresh, TokenCheck, TokenOutcome,
    TokenSettings, Wanted,
};
use crate::authorize::Directory;
use crate::bearer::BearerRefusal;
use crate::exchange::{TokenRefusal, TokenRefusalReason, TokenRequest};
use crate::flow::{Row, r, t};
use crate::own_log::Served;
use crate::redirect::Redirect;
use crate::store::Put;

/// How often a fresh code may turn out to exist before the source of randomness is held to be broken.
const TRIES: usize = 4;

/// Stores a code that no other has, and gives the redirect that brings it to the DVP [A22, flows 4.2].
///
/// # Errors
/// If the store or the source of randomness fails: what the browser is to be shown instead [A23, flows 4.2].
pub async fn issue_code(
    mut issuing: IssuingCode,
    store: &impl GrantStore,
    now: UtcDateTime,
    random: &mut (impl Random + Send),
) -> Result<(Redirect, Vec<LogEvent>), (FailureStep, Vec<LogEvent>)> {
    for _ in 0..TRIES {
        let issued = match issuing.issue(now, random) {
            Ok(issued) => issued,
            Err((issuing, _)) => return Err(issuing.technical_failure(TechnicalError::ServerError, now)),
        };
        match store.put_code(issued.key(), issued.grant().clone()).await {
            Ok(Put::Stored) => return Ok(issued.stored()),
            Ok(Put::Exists) => issuing = issued.not_stored(),
            Err(_) => {
                let issuing = issued.not_stored();
                return Err(issuing.technical_failure(TechnicalError::TemporarilyUnavailable, now));
            }
        }
    }
    Err(issuing.technical_failure(TechnicalError::ServerError, now))
}

/// The test of the Aanbieder that is repeated at each refresh: availability and age, by what is known at this moment
/// [T5, flows 4.3] [RFC0054, 2.0].
///
/// Implemented for every closure of the right form.
pub trait RefreshTester: Send + Sync {
    /// Why the test could not be done.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Does the test; nothing of an earlier result may be used.
    fn test(&self, testing: &TestingRefresh) -> impl Future<Output = Result<TestResult, Self::Error>> + Send;
}

impl<F, Fut, E> RefreshTester for F
where
    F: Fn(&TestingRefresh) -> Fut + Send + Sync,
    Fut: Future<Output = Result<TestResult, E>> + Send,
    E: std::error::Error + Send + Sync + 'static,
{
    type Error = E;

    fn test(&self, testing: &TestingRefresh) -> impl Future<Output = Result<TestResult, E>> + Send {
        self(testing)
    }
}

/// The token endpoint of a DVA.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "what a token endpoint needs")]
pub struct TokenEndpoint<'a, S, D, T> {
    /// The release that is spoken at this address.
    pub release: Release,
    /// Where the grants are.
    pub store: &'a S,
    /// The clients, and what is disclosed.
    pub directory: &'a D,
    /// The test at a refresh.
    pub tester: &'a T,
    /// What the deployment chose.
    pub settings: TokenSettings,
}

/// The store, the test or the source of randomness failed.
const UNAVAILABLE: TokenRefusalReason = TokenRefusalReason::Unavailable;

impl<S: GrantStore, D: Directory + Sync, T: RefreshTester> TokenEndpoint<'_, S, D, T> {
    /// Answers a token request: parse, authenticate, burn, compare, store, in this order: rows T1, T1b, T2, T4, T5 and T6
    /// of flows.md 4.3.
    pub async fn answer(
        &self,
        request: &HttpRequest,
        client: Option<&ClientIdentity>,
        now: UtcDateTime,
        random: &mut (impl Random + Send),
    ) -> Served {
        let (request_id, correlation_id) = TokenRequest::ids(request.headers());
        let offer = TokenRequest::parse(request, self.release, self.settings.parameters)
            .and_then(|parsed| parsed.authenticate(client, self.directory));
        let (outcome, rows) = match offer {
            Err(refusal) => {
                // Before any grant is looked at, so no row of one.
                let event = LogEvent::new(now, OwnEvent::TokenRefused)
                    .with_trace_id(correlation_id.as_ref())
                    .with_request_id(request_id.as_ref());
                return Served::new(refusal.to_response(), vec![event], None);
            }
            Ok(ClientOffer::Code(offer)) => (self.exchange(offer, now, random).await, &OF_CODE),
            Ok(ClientOffer::Refresh(offer)) => {
                let outcome = self.refresh(offer, correlation_id.as_ref(), now, random).await;
                (outcome, &OF_REFRESH)
            }
        };
        let ((response, row), subject) = match outcome {
            TokenOutcome::Refused(refused) => (self.refuse(refused, rows).await, None),
            TokenOutcome::Issued(issued) => {
                let subject = issued.tokens().subject(self.release);
                (self.issue(issued, rows).await, Some(subject))
            }
        };
        let events = row.log(now, correlation_id.as_ref(), request_id.as_ref());
        Served::new(response, events, subject)
    }

    async fn exchange(&self, offer: CodeOffer, now: UtcDateTime, random: &mut (impl Random + Send)) -> TokenOutcome {
        match self.store.take_code(offer.key()).await {
            Ok(taken) => offer
                .exchange(taken, self.settings, now, random)
                .unwrap_or_else(|_| UNAVAILABLE.into()),
            Err(_) => UNAVAILABLE.into(),
        }
    }

    async fn refresh(
        &self,
        offer: RefreshOffer,
        correlation_id: Option<&CorrelationId>,
        now: UtcDateTime,
        random: &mut (impl Random + Send),
    ) -> TokenOutcome {
        let Ok(found) = self.store.find_refresh(offer.key()).await else {
            return UNAVAILABLE.into();
        };
        let testing = match offer.judge(found, self.directory, now) {
            RefreshJudged::Test(testing) => testing,
            RefreshJudged::Refused(refused) => return TokenOutcome::Refused(refused),
        };
        match self.tester.test(&testing).await {
            Ok(result) => testing
                .result(result, correlation_id, self.settings, now, random)
                .unwrap_or_else(|_| UNAVAILABLE.into()),
            Err(_) => UNAVAILABLE.into(),
        }
    }

    async fn issue(&self, issued: Issued, rows: &Rows) -> (HttpResponse, &'static Row) {
        let tokens = issued.tokens().clone();
        let put = match issued.replaces() {
            None => self.store.put_tokens(tokens).await,
            Some(old) => self.store.replace_refresh(old, tokens).await,
        };
        let Ok(put) = put else {
            return self.refuse(UNAVAILABLE.into(), rows).await;
        };
        match issued.put(put) {
            Ok(response) if put == PutTokens::Stored => (response, rows.issued),
            // They give nothing: what they stem from was revoked meanwhile.
            Ok(response) => (response, rows.replayed),
            Err(refused) => self.refuse(refused, rows).await,
        }
    }

    /// Revokes first, if there is something to revoke; what could not be revoked is not answered as if it were.
    async fn refuse(&self, refused: Refused, rows: &Rows) -> (HttpResponse, &'static Row) {
        let Refused { refusal, revoke } = refused;
        match revoke {
            None if refusal.reason() == TokenRefusalReason::InvalidScope => (refusal.to_response(), rows.nothing_left),
            None => (refusal.to_response(), rows.refused),
            Some(family) => match self.store.revoke(family).await {
                Ok(()) => (refusal.to_response(), rows.replayed),
                Err(_) => (TokenRefusal::from(UNAVAILABLE).to_response(), rows.replayed),
            },
        }
    }
}

/// The rows of a grant type.
struct Rows {
    issued: &'static Row,
    nothing_left: &'static Row,
    refused: &'static Row,
    replayed: &'static Row,
}

static OF_CODE: Rows = Rows {
    issued: &t::T1,
    nothing_left: &t::T1B,
    refused: &t::T2,
    replayed: &t::T4,
};
static OF_REFRESH: Rows = Rows {
    issued: &t::T5,
    nothing_left: &t::T6,
    refused: &t::T6,
    replayed: &t::T6_REPLAYED,
};

/// Checks the token of a resource or subscription request: rows R1, R1b, R2, R3, R4 and R5. Gives the right to it or the
/// test that is due, or the refusal to send instead; and what is to be logged of the request.
///
/// The request is read at once and not kept: its body need not be `Sync`.
pub fn permit<'a, B, S: GrantStore>(
    request: &http::Request<B>,
    release: Release,
    client: Option<&'a ClientIdentity>,
    wanted: Wanted<'a>,
    store: &'a S,
    now: UtcDateTime,
) -> impl Future<Output = (Result<TokenCheck, BearerRefusal>, Vec<LogEvent>)> + Send + use<'a, B, S> {
    let (request_id, correlation_id) = ResourceRequest::ids(request.headers(), release);
    let asked = ResourceRequest::parse(request, release);
    async move {
        let mut foreign = false;
        let judged = match asked {
            Ok(asked) => match store.find_access(asked.key()).await {
                Ok(grant) => {
                    let own = |grant: &AccessGrant| client.is_some_and(|client| client.is(&grant.client_id));
                    foreign = grant.as_ref().is_some_and(|grant| !own(grant));
                    asked.check(grant, client, wanted, now)
                }
                Err(_) => Err(BearerRefusal::Unavailable),
            },
            Err(refusal) => Err(refusal),
        };
        let row = match &judged {
            Ok(_) => &r::R3,
            Err(BearerRefusal::InsufficientScope) => &r::R2,
            Err(BearerRefusal::InvalidToken) if foreign => &r::R1B,
            Err(_) => &r::R1,
        };
        let events = row.log(now, correlation_id.as_ref(), request_id.as_ref());
        (judged, events)
    }
}
