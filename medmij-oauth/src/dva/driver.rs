//! Thin drivers: a store call between the steps, and no more.

use std::future::Future;

use medmij_core::{ClientIdentity, Digest, HttpRequest, HttpResponse, LogEvent, OwnEvent, Random, Release};
use time::UtcDateTime;

use super::{
    Checked, ClientOffer, CodeOffer, FailureStep, GrantStore, IssuingCode, PutTokens, RefreshOffer, RefreshOutcome,
    RefreshStep, RefreshTest, ResourceAsked, TechnicalError, TestResult, TokenOutcome, TokenSettings, Wanted, check,
};
use crate::authorize::Directory;
use crate::bearer::BearerRefusal;
use crate::exchange::{TokenRefusal, TokenRefusalReason, TokenRequest};
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
) -> Result<(Redirect, LogEvent), (FailureStep, LogEvent)> {
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
pub trait Toets: Send + Sync {
    /// Why the test could not be done.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Does the test; nothing of an earlier result may be used.
    fn toets(&self, test: &RefreshTest) -> impl Future<Output = Result<TestResult, Self::Error>> + Send;
}

impl<F, Fut, E> Toets for F
where
    F: Fn(&RefreshTest) -> Fut + Send + Sync,
    Fut: Future<Output = Result<TestResult, E>> + Send,
    E: std::error::Error + Send + Sync + 'static,
{
    type Error = E;

    fn toets(&self, test: &RefreshTest) -> impl Future<Output = Result<TestResult, E>> + Send {
        self(test)
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
    /// The clients.
    pub directory: &'a D,
    /// The test at a refresh.
    pub toets: &'a T,
    /// What the deployment chose.
    pub settings: TokenSettings,
}

/// A response or a refusal, and what happened.
type Answer = (Result<HttpResponse, TokenRefusal>, OwnEvent);

const UNAVAILABLE: TokenRefusalReason = TokenRefusalReason::Unavailable;

const fn refused(refusal: TokenRefusal) -> Answer {
    (Err(refusal), OwnEvent::TokenRefused)
}

impl<S: GrantStore, D: Directory + Sync, T: Toets> TokenEndpoint<'_, S, D, T> {
    /// Answers a token request: parse, authenticate, burn, compare, store, in this order: rows T1, T1b, T2, T4, T5 and T6
    /// of flows.md 4.3.
    pub async fn answer(
        &self,
        request: &HttpRequest,
        client: Option<&ClientIdentity>,
        now: UtcDateTime,
        random: &mut (impl Random + Send),
    ) -> (HttpResponse, LogEvent) {
        let parsed = match TokenRequest::parse(request, self.release, self.settings.parameters) {
            Ok(parsed) => parsed,
            Err(refusal) => return (refusal.to_response(), LogEvent::new(now, OwnEvent::TokenRefused)),
        };
        let correlation_id = parsed.correlation_id().cloned();
        let request_id = parsed.request_id().cloned();
        let (answer, event) = match parsed.authenticate(client, self.directory) {
            Err(refusal) => refused(refusal),
            Ok(ClientOffer::Code(offer)) => self.exchange(offer, now, random).await,
            Ok(ClientOffer::Refresh(offer)) => self.refresh(offer, correlation_id.as_ref(), now, random).await,
        };
        let event = LogEvent::new(now, event)
            .with_trace_id(correlation_id.as_ref())
            .with_request_id(request_id.as_ref());
        (answer.unwrap_or_else(|refusal| refusal.to_response()), event)
    }

    async fn exchange(&self, offer: CodeOffer, now: UtcDateTime, random: &mut (impl Random + Send)) -> Answer {
        let Ok(taken) = self.store.take_code(offer.key()).await else {
            return refused(UNAVAILABLE.into());
        };
        match offer.exchange(taken, self.settings, now, random) {
            Ok(TokenOutcome::Issued(issued)) => {
                match self.store.put_tokens(issued.tokens.clone()).await {
                    // If they are gone, then as if what revoked them had come a moment later: they give nothing.
                    Ok(PutTokens::Stored | PutTokens::Gone) => (Ok(issued.response), OwnEvent::TokenIssued),
                    // Never a token that is not stored; the code is used up all the same.
                    Ok(PutTokens::Exists) | Err(_) => refused(UNAVAILABLE.into()),
                }
            }
            Ok(TokenOutcome::Refused { refusal, revoke }) => self.refuse(refusal, revoke, OwnEvent::CodeReplayed).await,
            Err(_) => refused(UNAVAILABLE.into()),
        }
    }

    async fn refresh(
        &self,
        offer: RefreshOffer,
        correlation_id: Option<&medmij_core::CorrelationId>,
        now: UtcDateTime,
        random: &mut (impl Random + Send),
    ) -> Answer {
        let Ok(found) = self.store.refresh(offer.key()).await else {
            return refused(UNAVAILABLE.into());
        };
        let test = match offer.judge(found, now) {
            RefreshStep::Test(test) => test,
            RefreshStep::Refused { refusal, revoke } => {
                return self.refuse(refusal, revoke, OwnEvent::RefreshTokenReplayed).await;
            }
        };
        let Ok(result) = self.toets.toets(&test).await else {
            return refused(UNAVAILABLE.into());
        };
        match test.result(result, correlation_id, self.settings, now, random) {
            Ok(RefreshOutcome::Issued { old, issued }) => {
                match self.store.replace_refresh(old, issued.tokens.clone()).await {
                    // Somebody else offered the same token meanwhile, or it was revoked: as if it came after that.
                    Ok(PutTokens::Gone) => {
                        let family = issued.tokens.family();
                        self.refuse(issued.gone(), Some(family), OwnEvent::RefreshTokenReplayed)
                            .await
                    }
                    Ok(PutTokens::Stored) => (Ok(issued.response), OwnEvent::TokenIssued),
                    Ok(PutTokens::Exists) | Err(_) => refused(UNAVAILABLE.into()),
                }
            }
            Ok(RefreshOutcome::Refused(refusal)) => refused(refusal),
            Err(_) => refused(UNAVAILABLE.into()),
        }
    }

    /// Revokes first, if there is something to revoke; what could not be revoked is not answered as if it were.
    async fn refuse(&self, refusal: TokenRefusal, revoke: Option<Digest>, replayed: OwnEvent) -> Answer {
        match revoke {
            None => refused(refusal),
            Some(family) => match self.store.revoke(family).await {
                Ok(()) => (Err(refusal), replayed),
                Err(_) => (Err(UNAVAILABLE.into()), replayed),
            },
        }
    }
}

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
) -> impl Future<Output = (Result<Checked, BearerRefusal>, LogEvent)> + Send + use<'a, B, S> {
    let (request_id, correlation_id) = super::resource::ids(request.headers(), release);
    let asked = ResourceAsked::parse(request, release);
    async move {
        let judged = match asked {
            Ok(asked) => match store.access(asked.token().digest()).await {
                Ok(grant) => check(grant, client, wanted, now),
                Err(_) => Err(BearerRefusal::Unavailable),
            },
            Err(refusal) => Err(refusal),
        };
        let name = if judged.is_ok() {
            OwnEvent::ResourceRequest
        } else {
            OwnEvent::ResourceError
        };
        let event = LogEvent::new(now, name)
            .with_trace_id(correlation_id.as_ref())
            .with_request_id(request_id.as_ref());
        (judged, event)
    }
}
