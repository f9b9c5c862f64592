//! From the identity of the person to the test or the declaration.

use medmij_core::{Bsn, ExceptionCode, Geboortedatum, LogEvent, Representation, TestMoment};
use time::UtcDateTime;

use super::session::{Visit, step};
use super::{Abonnement, AwaitingDeclaration, NotGrantedShown, TestingEarly};
use crate::abonneren::days_after;
use crate::authorize::AuthorizationRequest;
use crate::flow::a;

/// The identity is being fetched from the Authentication Server, server to server.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the identity"]
pub struct ResolvingIdentity<V = AuthorizationRequest> {
    pub(super) request: V,
}

step!(any ResolvingIdentity);

impl<V: Visit> ResolvingIdentity<V> {
    /// The identity could not be established with the certainty that is asked for: show the page that the request is not
    /// granted [A12, flows 4.2] [UC Verzamelen 2, 1.4.0].
    pub fn failed(self, now: UtcDateTime) -> (NotGrantedShown<V::WayBack>, Vec<LogEvent>) {
        let events = self.events(&a::A12_ARTIFACT, now);
        (NotGrantedShown::new(self.request), events)
    }
}

/// Whose data the session is about, as the Authentication Server tells.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Identity {
    /// The person; under representation the one who is **represented** [ext.vert.authint.202, 2.x].
    pub bsn: Bsn,
    /// Under representation who acts, if the Authentication Server tells it: for the own log, and for nothing else.
    pub acting: Option<Bsn>,
    /// Whether and how representation was used during authentication.
    pub representation: Representation,
    /// The date of birth of the person who is represented, as known behind the DVA.
    pub geboortedatum: Option<Geboortedatum>,
}

impl Identity {
    /// A person who acts for themselves.
    #[must_use]
    pub const fn new(bsn: Bsn) -> Self {
        Self {
            bsn,
            acting: None,
            representation: Representation::None,
            geboortedatum: None,
        }
    }

    /// A person who is represented, with the date of birth that is known of them behind the DVA. Without one, a request
    /// that tells a date of birth is stopped: what cannot be compared does not match.
    #[must_use]
    pub const fn represented(bsn: Bsn, representation: Representation, geboortedatum: Option<Geboortedatum>) -> Self {
        Self {
            bsn,
            acting: None,
            representation,
            geboortedatum,
        }
    }

    /// The same with who acts for that person.
    #[must_use]
    pub fn acted_by(self, acting: Bsn) -> Self {
        Self {
            acting: Some(acting),
            ..self
        }
    }
}

/// What follows from an identity.
#[derive(Debug)]
#[must_use = "the browser waits for an answer"]
#[expect(clippy::exhaustive_enums, reason = "the rows A14, A14b, A15 and A16")]
pub enum IdentityStep {
    /// Do the test of the Aanbieder [A15, flows 4.2].
    Test(TestingEarly),
    /// Show the declaration: the test takes place later, or there is none [A16, flows 4.2].
    Declare(AwaitingDeclaration),
    /// Show the person a page on this exception, without any way back: the session has ended and nothing goes to the DVP
    /// [A14, flows 4.2] [A14b, flows 4.2].
    Stopped(ExceptionCode),
}

impl ResolvingIdentity {
    /// The person is known: rows A14, A14b, A15, A16. The test takes place at the moment that is chosen for this Aanbieder,
    /// if the function allows it; *Verzamelen* advises the early one, *Delen* knows no other.
    pub fn identity(self, identity: Identity, moment: TestMoment, now: UtcDateTime) -> (IdentityStep, Vec<LogEvent>) {
        if let Some(exception) = self.stops(&identity) {
            let row = match exception {
                ExceptionCode::GeboortedatumVerschilt => &a::A14B,
                _ => &a::A14,
            };
            return (IdentityStep::Stopped(exception), self.events(row, now));
        }
        let early = !self.request.scope.allows_test(moment) || moment == TestMoment::Early;
        if self.request.scope.test().is_some() && early {
            let events = self.events(&a::A15, now);
            let testing = TestingEarly {
                request: self.request,
                bsn: identity.bsn,
                acting: identity.acting,
            };
            return (IdentityStep::Test(testing), events);
        }
        let events = self.events(&a::A16, now);
        (
            IdentityStep::Declare(AwaitingDeclaration::untested(self.request, identity)),
            events,
        )
    }

    /// When to do the test, of the moment that is preferred: late, if the person has an Abonnement here that lasts as long as
    /// what is asked for, since the request may then be a shortening, which has no test and may not be refused
    /// [S3, flows 4.3]. A new Abonnement and an extension are tested at the latest moment all the same.
    #[must_use]
    pub fn test_moment(
        &self,
        preferred: TestMoment,
        bsn: &Bsn,
        abonnementen: &[Abonnement],
        now: UtcDateTime,
    ) -> TestMoment {
        let Some(dagen) = self.request.scope.dagen() else {
            return preferred;
        };
        let asked = days_after(now, dagen);
        let may_shorten = abonnementen.iter().any(|kept| {
            kept.bsn == *bsn
                && kept.client_id == self.request.client.hostname
                && kept.aanbieder == *self.request.offers.aanbieder()
                && self
                    .request
                    .offers
                    .gegevensdienst(kept.gegevensdienst.as_str())
                    .is_some()
                && kept.einde(now).is_some_and(|einde| asked <= einde)
        });
        if may_shorten { TestMoment::Late } else { preferred }
    }

    /// Whether the representation that was used, and the person it was used for, are those that were asked for
    /// [ext.vert.authint.202, 2.x] [ext.vert.autorisatie.201, 2.x].
    fn stops(&self, identity: &Identity) -> Option<ExceptionCode> {
        let asked = self.request.scope.representation();
        if asked != identity.representation {
            return Some(match asked {
                Representation::None => ExceptionCode::AuthorizationInterfaceVertegenwoordiging2,
                _ => ExceptionCode::AuthorizationInterfaceVertegenwoordiging1,
            });
        }
        let told = self.request.geboortedatum.as_ref()?;
        let same = identity.geboortedatum.as_ref() == Some(told);
        (!same).then_some(ExceptionCode::GeboortedatumVerschilt)
    }
}
