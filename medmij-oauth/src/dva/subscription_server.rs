//! The Subscription Server as a driver: the store, the test and the Aanbieder's agreement between the steps.

use std::future::Future;

use medmij_core::{BackchannelUri, ClientIdentity, HttpRequest, HttpResponse, LogEvent, Offer, Random, Release};
use time::UtcDateTime;

use super::{
    AbonnementStore, Accepted, Deciding, GrantStore, Permit, Replaced, StoreAs, Subject, SubscriptionStep,
    SubscriptionTerms, TestResult, Wanted, permit,
};
use crate::abonneren::{SubscriptionRefusal, SubscriptionRequest};
use crate::flow::{Row, r, s};
use crate::own_log::{Served, ServedSubject};
use crate::scope::ScopeFunction;
use crate::store::Put;

/// How often an Abonnement may be changed by another between finding and storing it.
const TRIES: usize = 4;

/// What an Aanbieder decides about Abonnementen on its data.
pub trait Subscribable: Send + Sync {
    /// Why it could not be decided.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The late test: whether the Aanbieder may and wants to receive an Abonnement of this person [S1, flows 4.3].
    fn test(&self, about: Subject<'_>) -> impl Future<Output = Result<TestResult, Self::Error>> + Send;

    /// Whether the Aanbieder agrees with a new Abonnement or an extension [S1, flows 4.3] [S4, flows 4.3].
    fn agrees(&self, deciding: &Deciding) -> impl Future<Output = Result<bool, Self::Error>> + Send;
}

/// The subscription endpoint of a DVA for one offer.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "what a subscription endpoint needs")]
pub struct SubscriptionServer<'a, S, A> {
    /// The release that is spoken at this address.
    pub release: Release,
    /// The subscription endpoint.
    pub endpoint: &'a BackchannelUri,
    /// The offer that it serves. Where it has no Abonneren any more, those that exist can still be shortened and ended.
    pub offer: &'a Offer,
    /// Where the grants and Abonnementen are.
    pub store: &'a S,
    /// The Aanbieder.
    pub aanbieder: &'a A,
}

impl<S: GrantStore + AbonnementStore, A: Subscribable> SubscriptionServer<'_, S, A> {
    /// Answers a subscription request: rows R1 to R3 and S1 to S6 of flows.md 4.3.
    pub async fn answer(
        &self,
        request: &HttpRequest,
        client: Option<&ClientIdentity>,
        now: UtcDateTime,
        random: &mut (impl Random + Send),
    ) -> Served {
        let wanted = Wanted {
            function: ScopeFunction::Abonneren,
            aanbieder: &self.offer.aanbieder,
            gegevensdienst: &self.offer.gegevensdienst,
        };
        let (checked, mut events) = permit(request, self.release, client, wanted, self.store, now).await;
        let mut subject = None;
        let answered = match checked {
            Err(refusal) => Err(refusal.into()),
            Ok(check) => {
                let about = check.permit().clone();
                subject = Some(subject_of(&about, self.release));
                let form = self.release.abonneren_form();
                let answered = match SubscriptionRequest::parse(request, self.endpoint, form) {
                    Err(refusal) => {
                        events.extend(about.log(&s::S6, now));
                        Err(Stopped::Refused(refusal))
                    }
                    Ok(parsed) => {
                        let step = parsed.permitted(check, self.terms(), now);
                        self.run(step, &mut events, now, random).await
                    }
                };
                answered.map_err(|stopped| match stopped {
                    Stopped::Refused(refusal) => refusal,
                    Stopped::Failed(row) => {
                        events.extend(about.log(row, now));
                        SubscriptionRefusal::Unavailable
                    }
                })
            }
        };
        let response = answered.unwrap_or_else(|refusal| refusal.to_response());
        Served::new(response, events, subject)
    }

    fn terms(&self) -> SubscriptionTerms {
        SubscriptionTerms {
            release: self.release,
            maximale_duur: self
                .offer
                .abonneren
                .as_ref()
                .map_or(0, |abonneren| abonneren.maximale_duur),
        }
    }

    async fn run(
        &self,
        mut step: SubscriptionStep,
        events: &mut Vec<LogEvent>,
        now: UtcDateTime,
        random: &mut (impl Random + Send),
    ) -> Result<HttpResponse, Stopped> {
        const FAILED: Stopped = Stopped::Failed(&r::R10_SUBSCRIPTION);
        let mut found = None;
        let mut tries = 0;
        loop {
            step = match step {
                SubscriptionStep::Find(finding) => {
                    let id = finding.key().clone();
                    let abonnement = self.store.abonnement(id).await.map_err(|_| FAILED)?;
                    found = Some(finding.clone());
                    finding.found(abonnement, now)
                }
                SubscriptionStep::Test(testing) => {
                    let result = self.aanbieder.test(testing.about()).await;
                    let result = result.map_err(|_| Stopped::Failed(&r::R11))?;
                    let (step, logged) = testing.result(result, now);
                    events.extend(logged);
                    step
                }
                SubscriptionStep::Decide(deciding) => {
                    if self.aanbieder.agrees(&deciding).await.map_err(|_| FAILED)? {
                        SubscriptionStep::Accepted(deciding.accept(now, random).map_err(|_| FAILED)?)
                    } else {
                        let (refusal, logged) = deciding.refuse(now);
                        events.extend(logged);
                        return Err(Stopped::Refused(refusal));
                    }
                }
                SubscriptionStep::Refused {
                    refusal,
                    events: logged,
                } => {
                    events.extend(logged);
                    return Err(Stopped::Refused(refusal));
                }
                SubscriptionStep::Accepted(accepted) => match self.put(&accepted).await.map_err(|_| FAILED)? {
                    Replaced::Stored => {
                        let (response, logged) = accepted.stored();
                        events.extend(logged);
                        return Ok(response);
                    }
                    Replaced::Outdated if tries < TRIES => {
                        tries += 1;
                        // Changed by another meanwhile: judged anew by what it is now.
                        SubscriptionStep::Find(found.clone().ok_or(FAILED)?)
                    }
                    Replaced::Outdated => return Err(FAILED),
                },
            };
        }
    }

    async fn put(&self, accepted: &Accepted) -> Result<Replaced, <S as AbonnementStore>::Error> {
        match accepted.store_as() {
            StoreAs::Nothing => Ok(Replaced::Stored),
            StoreAs::New(abonnement) => self.store.put_abonnement(abonnement).await.map(|put| match put {
                Put::Stored => Replaced::Stored,
                // An id of 122 random bits that exists: the source of randomness is broken.
                Put::Exists => Replaced::Outdated,
            }),
            StoreAs::Change(abonnement) => self.store.replace_abonnement(abonnement).await,
        }
    }
}

/// Why a request is not answered with an Abonnement.
enum Stopped {
    Refused(SubscriptionRefusal),
    /// Something of our own failed, at this row.
    Failed(&'static Row),
}

/// Whom and what a request is about whose token was checked.
fn subject_of(permit: &Permit, release: Release) -> ServedSubject {
    ServedSubject {
        context: permit.log_context(ScopeFunction::Abonneren, release),
        bsn: permit.bsn.clone(),
        token: permit.token(),
    }
}
