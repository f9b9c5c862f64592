//! The Subscription Server as a driver: the store, the test and the Aanbieder's agreement between the steps.

use std::future::Future;

use medmij_core::{ClientIdentity, HttpRequest, HttpResponse, LogEvent, Offer, Random, Release};
use time::UtcDateTime;

use super::{
    Abonnement, AbonnementStore, Accepted, Deciding, GrantStore, Permit, Replaced, StoreAs, SubscriptionStep,
    SubscriptionTerms, TestResult, Wanted, permit,
};
use crate::abonneren::{SubscriptionRefusal, SubscriptionRequest};
use crate::scope::ScopeFunction;
use crate::store::Put;

/// How often an Abonnement may be changed by another between finding and storing it.
const TRIES: usize = 4;

/// What an Aanbieder decides about Abonnementen on its data.
pub trait Subscribable: Send + Sync {
    /// Why it could not be decided.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The late test: whether the Aanbieder may and wants to receive an Abonnement of this person [S1, flows 4.3].
    fn test(&self, about: &Permit) -> impl Future<Output = Result<TestResult, Self::Error>> + Send;

    /// Whether the Aanbieder agrees with a new Abonnement or an extension [S1, flows 4.3] [S4, flows 4.3].
    fn agrees(&self, deciding: &Deciding) -> impl Future<Output = Result<bool, Self::Error>> + Send;
}

/// The subscription endpoint of a DVA for one offer.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "what a subscription endpoint needs")]
pub struct SubscriptionServer<'a, S, A> {
    /// The release that is spoken at this address.
    pub release: Release,
    /// The offer whose subscription endpoint this is.
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
    ) -> (HttpResponse, Vec<LogEvent>) {
        let wanted = Wanted {
            function: ScopeFunction::Abonneren,
            aanbieder: &self.offer.aanbieder,
            gegevensdienst: &self.offer.gegevensdienst,
        };
        let (checked, mut events) = permit(request, self.release, client, wanted, self.store, now).await;
        let answered = match checked {
            Err(refusal) => Err(refusal.into()),
            Ok(check) => match self.parse(request) {
                Err(refusal) => Err(refusal),
                Ok((parsed, terms)) => {
                    let step = parsed.permitted(check, terms, now);
                    self.run(step, &mut events, now, random).await
                }
            },
        };
        (answered.unwrap_or_else(|refusal| refusal.to_response()), events)
    }

    fn parse(&self, request: &HttpRequest) -> Result<(SubscriptionRequest, SubscriptionTerms), SubscriptionRefusal> {
        let abonneren = self.offer.abonneren.as_ref();
        let endpoint = abonneren.map(|abonneren| &abonneren.subscription);
        let endpoint = endpoint.ok_or(SubscriptionRefusal::Unavailable)?;
        let terms = SubscriptionTerms {
            release: self.release,
            maximale_duur: abonneren.map_or(0, |abonneren| abonneren.maximale_duur),
        };
        let parsed = SubscriptionRequest::parse(request, endpoint, self.release.abonneren_form())?;
        Ok((parsed, terms))
    }

    async fn run(
        &self,
        mut step: SubscriptionStep,
        events: &mut Vec<LogEvent>,
        now: UtcDateTime,
        random: &mut (impl Random + Send),
    ) -> Result<HttpResponse, SubscriptionRefusal> {
        const UNAVAILABLE: SubscriptionRefusal = SubscriptionRefusal::Unavailable;
        let mut found = None;
        let mut tries = 0;
        loop {
            step = match step {
                SubscriptionStep::Find(finding) => {
                    let id = finding.key().clone();
                    let abonnement = self.store.abonnement(id).await.map_err(|_| UNAVAILABLE)?;
                    found = Some(finding.clone());
                    finding.found(abonnement, now)
                }
                SubscriptionStep::Test(testing) => {
                    let result = self.aanbieder.test(testing.about()).await.map_err(|_| UNAVAILABLE)?;
                    let (step, logged) = testing.result(result, now);
                    events.extend(logged);
                    step
                }
                SubscriptionStep::Decide(deciding) => {
                    if self.aanbieder.agrees(&deciding).await.map_err(|_| UNAVAILABLE)? {
                        SubscriptionStep::Accepted(deciding.accept(now, random).map_err(|_| UNAVAILABLE)?)
                    } else {
                        let (refusal, logged) = deciding.refuse(now);
                        events.extend(logged);
                        return Err(refusal);
                    }
                }
                SubscriptionStep::Refused {
                    refusal,
                    events: logged,
                } => {
                    events.extend(logged);
                    return Err(refusal);
                }
                SubscriptionStep::Accepted(accepted) => match self.put(&accepted).await? {
                    Replaced::Stored => {
                        let (response, logged) = accepted.stored();
                        events.extend(logged);
                        return Ok(response);
                    }
                    Replaced::Outdated if tries < TRIES => {
                        tries += 1;
                        // Changed by another meanwhile: judged anew by what it is now.
                        SubscriptionStep::Find(found.clone().ok_or(UNAVAILABLE)?)
                    }
                    Replaced::Outdated => return Err(UNAVAILABLE),
                },
            };
        }
    }

    async fn put(&self, accepted: &Accepted) -> Result<Replaced, SubscriptionRefusal> {
        let put = match accepted.store_as() {
            StoreAs::Nothing => Ok(Replaced::Stored),
            StoreAs::New(abonnement) => self.store.put_abonnement(abonnement).await.map(|put| match put {
                Put::Stored => Replaced::Stored,
                // An id of 122 random bits that exists: the source of randomness is broken.
                Put::Exists => Replaced::Outdated,
            }),
            StoreAs::Change(abonnement) => self.replace(abonnement).await,
        };
        put.map_err(|_| SubscriptionRefusal::Unavailable)
    }

    async fn replace(&self, abonnement: Abonnement) -> Result<Replaced, <S as AbonnementStore>::Error> {
        self.store.replace_abonnement(abonnement).await
    }
}
