//! The Subscription Server: takes, changes and ends Abonnementen [flows.md 4.3].
//!
//! [`SubscriptionRequest::parse`] → the token is checked as for any request → [`SubscriptionRequest::permitted`] →
//! [`SubscriptionStep`]. What may not be refused has no way to refuse it: [`Deciding`] exists for a new Abonnement and an
//! extension alone.

use medmij_core::{AbonnerenForm, HttpResponse, LogEvent, Random, RandomError, Release, SubscriptionId};
use time::{Date, UtcDateTime};

use super::{Abonnement, Permit, Subject, TestResult, TestingLate, TokenCheck};
use crate::abonneren::{AbonnementState, SubscriptionRefusal, SubscriptionRequest, SubscriptionResponse, days_after};
use crate::flow::{Row, r, s};

/// What the Aanbieder offers at this moment, and how its answers look.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "what the rows S1 to S6 ask")]
pub struct SubscriptionTerms {
    /// The release that is spoken.
    pub release: Release,
    /// The longest duration, in days, by the Zorgaanbiederslijst; 0 if no new Abonnementen are offered.
    pub maximale_duur: u32,
}

/// What follows from a subscription request.
#[derive(Debug)]
#[must_use = "the client waits for an answer"]
#[expect(clippy::exhaustive_enums, reason = "a caller that misses a step must not compile")]
pub enum SubscriptionStep {
    /// Look the Abonnement up.
    Find(Finding),
    /// Do the test of the Aanbieder: this is its latest moment [S1, flows 4.3].
    Test(TestingSubscription),
    /// Ask the Aanbieder, or decide for it, whether it agrees [S1, flows 4.3] [S2, flows 4.3] [S4, flows 4.3].
    Decide(Deciding),
    /// It is accepted, since it may not be refused: store it [S3, flows 4.3] [S5, flows 4.3].
    Accepted(Accepted),
    /// It is refused [S4b, flows 4.3] [S6, flows 4.3].
    Refused {
        /// The refusal to send.
        refusal: SubscriptionRefusal,
        /// What is to be logged.
        events: Vec<LogEvent>,
    },
}

/// A request whose token gives a right to it.
#[derive(Clone, Debug)]
struct Permitted {
    permit: Permit,
    terms: SubscriptionTerms,
}

impl Permitted {
    fn log(&self, row: &'static Row, now: UtcDateTime) -> Vec<LogEvent> {
        self.permit.log(row, now)
    }

    fn refused(&self, refusal: SubscriptionRefusal, row: &'static Row, now: UtcDateTime) -> SubscriptionStep {
        SubscriptionStep::Refused {
            refusal,
            events: self.log(row, now),
        }
    }

    /// The last day that may be given: what is granted, and what the Aanbieder allows now.
    fn longest(&self, now: UtcDateTime) -> Date {
        let granted = self.permit.dagen.unwrap_or_default();
        days_after(now, granted.min(self.terms.maximale_duur))
    }
}

impl SubscriptionRequest {
    /// Holds a request against what its token gives a right to: days for a new Abonnement or a change, none for an end
    /// [ext.abo.subint.202, 2.x].
    pub fn permitted(self, check: TokenCheck, terms: SubscriptionTerms, now: UtcDateTime) -> SubscriptionStep {
        let (permit, test) = match check {
            TokenCheck::Permit(permit) => (permit, None),
            TokenCheck::Test(late) => (late.permit().clone(), Some(late)),
        };
        let permitted = Permitted { permit, terms };
        let ends = permitted.permit.dagen == Some(0);
        match self {
            Self::Beeindigen { id } if ends => SubscriptionStep::Find(Finding {
                permitted,
                test,
                id,
                wanted: Wanted::Einde,
            }),
            Self::Wijzigen { id, einde } if ends => match einde {
                // An end by another name: some end by changing the last day to today [abonneren.md 6.3].
                // Of a client whose day has begun an hour or two before ours, it is tomorrow.
                Some(einde) if einde <= days_after(now, 1) => SubscriptionStep::Find(Finding {
                    permitted,
                    test,
                    id,
                    wanted: Wanted::Einde,
                }),
                _ => permitted.refused(SubscriptionRefusal::InsufficientScope, &r::R2, now),
            },
            Self::Wijzigen { id, einde } => SubscriptionStep::Find(Finding {
                permitted,
                test,
                id,
                wanted: Wanted::Dag(einde),
            }),
            Self::Aanmaken { einde } if !ends => {
                if permitted.terms.maximale_duur == 0 {
                    // No new ones are offered any more.
                    return permitted.refused(SubscriptionRefusal::Refused, &s::S2, now);
                }
                // The client never asks for more than is granted; one that does gets what is.
                let longest = permitted.longest(now);
                let einde = einde.map_or(longest, |einde| einde.min(longest));
                if einde < now.date() {
                    return permitted.refused(SubscriptionRefusal::InvalidRequest, &s::S2, now);
                }
                Deciding {
                    permitted,
                    einde,
                    extends: None,
                }
                .after(test)
            }
            Self::Aanmaken { .. } => permitted.refused(SubscriptionRefusal::InsufficientScope, &r::R2, now),
            Self::Beeindigen { .. } => permitted.refused(SubscriptionRefusal::InsufficientScope, &r::R2, now),
        }
    }
}

/// What is wanted of an Abonnement that exists.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    Einde,
    Dag(Option<Date>),
}

/// A request about an Abonnement that is to be looked up.
#[derive(Clone, Debug)]
#[must_use = "look the Abonnement up"]
pub struct Finding {
    permitted: Permitted,
    test: Option<TestingLate>,
    id: SubscriptionId,
    wanted: Wanted,
}

impl Finding {
    /// The id of the Abonnement.
    #[must_use]
    pub const fn key(&self) -> &SubscriptionId {
        &self.id
    }

    /// Takes what the store found: rows S3, S4, S4b, S5 and S6. A shortening and an end have no test and no refusal.
    pub fn found(self, found: Option<Abonnement>, now: UtcDateTime) -> SubscriptionStep {
        let Self {
            permitted,
            test,
            wanted,
            ..
        } = self;
        let permit = &permitted.permit;
        let own = found.filter(|it| {
            it.bsn == permit.bsn
                && it.client_id == permit.client_id
                && it.aanbieder == permit.aanbieder
                && it.gegevensdienst == permit.gegevensdienst
        });
        let Some(abonnement) = own else {
            return permitted.refused(SubscriptionRefusal::UnknownSubscription, &s::S6, now);
        };
        let wanted = match wanted {
            Wanted::Einde => return Accepted::ended(&permitted, abonnement, now),
            Wanted::Dag(wanted) => wanted.unwrap_or_else(|| permitted.longest(now)),
        };
        let Some(present) = abonnement.einde(now) else {
            // One that has ended never becomes active again.
            return permitted.refused(SubscriptionRefusal::UnknownSubscription, &s::S6, now);
        };
        if wanted <= present {
            return Accepted::shortened(&permitted, abonnement, wanted, now);
        }
        if wanted > permitted.longest(now) {
            return permitted.refused(SubscriptionRefusal::Refused, &s::S4B, now);
        }
        Deciding {
            permitted,
            einde: wanted,
            extends: Some(abonnement),
        }
        .after(test)
    }
}

/// A request that waits for the test of the Aanbieder: whether it may and wants to receive the Abonnement.
#[derive(Clone, Debug)]
#[must_use = "do the test"]
pub struct TestingSubscription {
    late: TestingLate,
    deciding: Deciding,
}

impl TestingSubscription {
    /// Whose data is to be tested for, and which.
    #[must_use]
    pub const fn about(&self) -> Subject<'_> {
        self.late.about()
    }

    /// Takes the result of the test. A negative one is refused as if the Aanbieder had refused it: why, is not told
    /// [S2, flows 4.3]. Gives what is to be logged of the test.
    pub fn result(self, result: TestResult, now: UtcDateTime) -> (SubscriptionStep, Vec<LogEvent>) {
        let (permit, logged) = self.late.result(result, now);
        let step = match permit {
            Ok(_) => SubscriptionStep::Decide(self.deciding),
            Err(_) => {
                let (refusal, events) = self.deciding.refuse(now);
                SubscriptionStep::Refused { refusal, events }
            }
        };
        (step, logged)
    }
}

/// A new Abonnement or an extension: the Aanbieder may refuse it.
#[derive(Clone, Debug)]
#[must_use = "accept or refuse"]
pub struct Deciding {
    permitted: Permitted,
    einde: Date,
    extends: Option<Abonnement>,
}

impl Deciding {
    fn after(self, test: Option<TestingLate>) -> SubscriptionStep {
        match test {
            None => SubscriptionStep::Decide(self),
            Some(late) => SubscriptionStep::Test(TestingSubscription { late, deciding: self }),
        }
    }

    /// Whose data it is about, which, and for whom.
    #[must_use]
    pub const fn about(&self) -> Subject<'_> {
        self.permitted.permit.subject()
    }

    /// The last day that it would get.
    #[must_use]
    pub const fn einde(&self) -> Date {
        self.einde
    }

    /// The Abonnement that would be extended; `None` if it would be a new one.
    #[must_use]
    pub const fn extends(&self) -> Option<&Abonnement> {
        self.extends.as_ref()
    }

    /// The Aanbieder agrees [S1, flows 4.3] [S4, flows 4.3].
    ///
    /// # Errors
    /// If the source of randomness fails.
    pub fn accept(self, now: UtcDateTime, random: &mut impl Random) -> Result<Accepted, RandomError> {
        let Self {
            permitted,
            einde,
            extends,
        } = self;
        let state = AbonnementState::Active { einde };
        let (abonnement, row, is_new) = match extends {
            Some(abonnement) => (abonnement.changed(state), &s::S4, false),
            None => {
                let permit = &permitted.permit;
                let mut abonnement = Abonnement::new(
                    SubscriptionId::random(random)?,
                    permit.bsn.clone(),
                    permit.aanbieder.clone(),
                    permit.gegevensdienst.clone(),
                    permit.client_id.clone(),
                    einde,
                    permitted.terms.maximale_duur,
                );
                abonnement.correlation_id.clone_from(&permit.correlation_id);
                (abonnement, &s::S1, true)
            }
        };
        Ok(Accepted {
            form: permitted.terms.release.abonneren_form(),
            events: permitted.log(row, now),
            abonnement,
            einde: Some(einde),
            is_new,
            unchanged: false,
        })
    }

    /// The Aanbieder does not agree: the refusal to send, and what is to be logged [S2, flows 4.3] [S4, flows 4.3].
    pub fn refuse(self, now: UtcDateTime) -> (SubscriptionRefusal, Vec<LogEvent>) {
        let row = if self.extends.is_some() { &s::S4_REFUSED } else { &s::S2 };
        (SubscriptionRefusal::Refused, self.permitted.log(row, now))
    }
}

/// An Abonnement that was accepted, changed or ended: store it, then send the response.
#[derive(Clone, Debug)]
#[must_use = "store it, then send the response"]
pub struct Accepted {
    form: AbonnerenForm,
    abonnement: Abonnement,
    einde: Option<Date>,
    is_new: bool,
    unchanged: bool,
    events: Vec<LogEvent>,
}

/// How an accepted Abonnement is to be stored.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the calls of the store's contract")]
pub enum StoreAs {
    /// By [`put_abonnement`](super::AbonnementStore::put_abonnement).
    New(Abonnement),
    /// By [`replace_abonnement`](super::AbonnementStore::replace_abonnement).
    Change(Abonnement),
    /// Not at all: its owner ends it once more.
    Nothing,
}

impl Accepted {
    fn ended(permitted: &Permitted, abonnement: Abonnement, now: UtcDateTime) -> SubscriptionStep {
        let unchanged = abonnement.einde(now).is_none();
        let abonnement = if unchanged {
            abonnement
        } else {
            abonnement.changed(AbonnementState::Ended)
        };
        SubscriptionStep::Accepted(Self {
            form: permitted.terms.release.abonneren_form(),
            events: permitted.log(&s::S5, now),
            abonnement,
            einde: None,
            is_new: false,
            unchanged,
        })
    }

    fn shortened(permitted: &Permitted, abonnement: Abonnement, einde: Date, now: UtcDateTime) -> SubscriptionStep {
        SubscriptionStep::Accepted(Self {
            form: permitted.terms.release.abonneren_form(),
            events: permitted.log(&s::S3, now),
            abonnement: abonnement.changed(AbonnementState::Active { einde }),
            einde: Some(einde),
            is_new: false,
            unchanged: false,
        })
    }

    /// What is to be stored.
    #[must_use]
    pub fn store_as(&self) -> StoreAs {
        match (self.unchanged, self.is_new) {
            (true, _) => StoreAs::Nothing,
            (false, true) => StoreAs::New(self.abonnement.clone()),
            (false, false) => StoreAs::Change(self.abonnement.clone()),
        }
    }

    /// It was stored: the response to send, and what is to be logged.
    #[must_use]
    pub fn stored(self) -> (HttpResponse, Vec<LogEvent>) {
        let response = SubscriptionResponse {
            id: Some(self.abonnement.id),
            einde: self.einde,
        };
        (response.build(self.form, self.is_new), self.events)
    }
}
