//! A session from the test of the Aanbieder to the answer to the declaration.

use std::collections::{BTreeMap, BTreeSet};

use medmij_core::text::{Placeholder, TemplateId, TextVersion, Values};
use medmij_core::{
    Aanbiedernaam, Bsn, CorrelationId, Declaration, GegevensdienstId, Hostname, LogEvent, Representation,
};
use time::UtcDateTime;

use super::session::step;
use super::{Identity, IssuingCode, NotGrantedShown};
use crate::authorize::AuthorizationRequest;
use crate::flow::{Row, a};

/// The test of the Aanbieder is being done: treatment relation, data, age [Verantwoordelijkheden, Zorg, 2.x].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the result of the test"]
pub struct TestingEarly {
    pub(super) request: AuthorizationRequest,
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed"))]
    pub(super) bsn: Bsn,
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed::option"))]
    pub(super) acting: Option<Bsn>,
}

/// The declaration is shown [core.authint.205, 2.x].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the person"]
pub struct AwaitingDeclaration {
    pub(super) request: AuthorizationRequest,
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed"))]
    bsn: Bsn,
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed::option"))]
    acting: Option<Bsn>,
    granted: BTreeSet<GegevensdienstId>,
    tested: bool,
}

step!(TestingEarly, AwaitingDeclaration);

/// What the test of the Aanbieder gave: for which Gegevensdiensten it is positive. For none it is negative, whatever the
/// reason.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TestResult(BTreeSet<GegevensdienstId>);

impl TestResult {
    /// A result that is positive for these Gegevensdiensten.
    pub fn positive(ids: impl IntoIterator<Item = GegevensdienstId>) -> Self {
        Self(ids.into_iter().collect())
    }

    /// A result that is positive for none.
    #[must_use]
    pub const fn negative() -> Self {
        Self(BTreeSet::new())
    }

    /// Whether it is positive for a Gegevensdienst.
    #[must_use]
    pub fn is_positive_for(&self, id: &GegevensdienstId) -> bool {
        self.0.contains(id)
    }

    /// Those of the Gegevensdiensten asked for that it is positive for; others do not count.
    pub(super) fn positive_for(self, asked: impl Fn(&GegevensdienstId) -> bool) -> BTreeSet<GegevensdienstId> {
        self.0.into_iter().filter(asked).collect()
    }
}

/// What follows from the test.
#[derive(Debug)]
#[must_use = "the browser waits for an answer"]
#[expect(clippy::exhaustive_enums, reason = "the rows A17 and A18")]
#[expect(clippy::large_enum_variant, reason = "made once per session and taken apart at once")]
pub enum TestStep {
    /// Show the declaration [A17, flows 4.2].
    Declare(AwaitingDeclaration),
    /// Show the page that the request is not granted [A18, flows 4.2].
    NotGranted(NotGrantedShown),
}

impl TestingEarly {
    /// The person who is to be tested; it stays at the DVA.
    #[must_use]
    pub const fn bsn(&self) -> &Bsn {
        &self.bsn
    }

    /// Takes the result of the test: rows A17 and A18. Gegevensdiensten that were not asked for do not count; if none is
    /// left, the result is negative.
    pub fn result(self, result: TestResult, now: UtcDateTime) -> (TestStep, Vec<LogEvent>) {
        let granted = result.positive_for(|id| self.request.offers.gegevensdienst(id.as_str()).is_some());
        if granted.is_empty() {
            let events = self.events(&a::A18, now);
            return (TestStep::NotGranted(NotGrantedShown::new(self.request)), events);
        }
        let events = self.events(&a::A17, now);
        let declaration = AwaitingDeclaration {
            request: self.request,
            bsn: self.bsn,
            acting: self.acting,
            granted,
            tested: true,
        };
        (TestStep::Declare(declaration), events)
    }
}

/// The record of an answered declaration, for the own log of the DVA: to be stored before anything else happens
/// [A19, flows 4.2] [P&I 8a, 1.1.2].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeclarationRecord {
    /// When it was answered.
    pub at: UtcDateTime,
    /// Whose data it is about: under representation the person who is represented.
    pub bsn: Bsn,
    /// Who declared it for that person, if that was somebody else and is known.
    pub acting: Option<Bsn>,
    /// Whether somebody else declared it for that person.
    pub representation: Representation,
    /// Which declaration.
    pub declaration: Declaration,
    /// What the person answered.
    pub answer: DeclarationAnswer,
    /// Whose data it is about.
    pub aanbieder: Aanbiedernaam,
    /// Which data.
    pub gegevensdiensten: BTreeSet<GegevensdienstId>,
    /// For how many days, if it is about an Abonnement.
    pub dagen: Option<u32>,
    /// Who is to get it.
    pub client_id: Hostname,
    /// Which text the person saw.
    pub text_version: TextVersion,
    /// The values that the person saw in it: those that the step knows, until [`showing`](Self::showing) has told all.
    pub shown: BTreeMap<Placeholder, String>,
    /// The id of the chain.
    pub correlation_id: Option<CorrelationId>,
}

impl DeclarationRecord {
    /// The same with all values that the person saw: see [`Screen::values`](medmij_core::text::Screen::values)
    /// [P&I 8a, 1.1.2].
    #[must_use]
    pub fn showing(self, values: &Values<'_>) -> Self {
        let template = self.declaration.into();
        Self {
            shown: shown(template, values),
            ..self
        }
    }
}

/// The values of the placeholders that a template has.
fn shown(template: TemplateId, values: &Values<'_>) -> BTreeMap<Placeholder, String> {
    let values = values
        .iter()
        .filter(|(placeholder, _)| template.placeholders().contains(placeholder));
    values
        .map(|(placeholder, value)| (*placeholder, value.to_string()))
        .collect()
}

/// What a person answered to a declaration.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum DeclarationAnswer {
    /// Given, for this run.
    Given,
    /// Given, for an indefinite time [Toestemmingsverklaring, 2.2.4].
    GivenLangdurig,
    /// Not given.
    NotGiven,
}

/// An answered declaration: the record to store, and what follows.
#[derive(Debug)]
#[must_use = "store the record before anything else"]
#[non_exhaustive]
pub struct Answered<Next> {
    /// The record, to be stored first.
    pub record: DeclarationRecord,
    /// What follows.
    pub next: Next,
    /// What is to be logged.
    pub events: Vec<LogEvent>,
}

impl AwaitingDeclaration {
    /// The test takes place later, or there is none: everything asked for may be declared.
    pub(super) fn untested(request: AuthorizationRequest, identity: Identity) -> Self {
        let asked = request.offers.iter().map(|offer| offer.gegevensdienst.clone());
        Self {
            granted: asked.collect(),
            request,
            bsn: identity.bsn,
            acting: identity.acting,
            tested: false,
        }
    }

    /// Whose data it is about; it stays at the DVA.
    #[must_use]
    pub const fn bsn(&self) -> &Bsn {
        &self.bsn
    }

    /// The Gegevensdiensten that the declaration is about.
    #[must_use]
    pub const fn gegevensdiensten(&self) -> &BTreeSet<GegevensdienstId> {
        &self.granted
    }

    /// The days that the declaration is about: no more than asked for, and no more than the Aanbieder allows; 0 for the
    /// end of an Abonnement, `None` if it is about none [ext.abo.tknint.200, 2.x].
    #[must_use]
    pub fn dagen(&self) -> Option<u32> {
        let allowed = self.request.offers.iter().filter_map(|offer| offer.abonneren.as_ref());
        let longest = allowed.map(|abonneren| abonneren.maximale_duur).min();
        self.request
            .scope
            .dagen()
            .map(|asked| asked.min(longest.unwrap_or_default()))
    }

    /// Whether consent for an indefinite time may be offered on the screen, never chosen beforehand
    /// [Toestemmingsverklaring, 2.2.4].
    #[must_use]
    pub const fn may_be_langdurig(&self) -> bool {
        self.request.scope.may_be_langdurig(self.request.release)
    }

    /// The person gave the declaration, as worded in this version of the text [A19, flows 4.2].
    pub fn given(self, text_version: TextVersion, now: UtcDateTime) -> Answered<IssuingCode> {
        self.give(DeclarationAnswer::Given, text_version, now)
    }

    /// The person gave the declaration and chose, by an act of their own, that it holds for an indefinite time
    /// [A19, flows 4.2].
    ///
    /// # Errors
    /// Gives the step back, unchanged, where the function or the release has no such consent.
    pub fn given_langdurig(
        self,
        text_version: TextVersion,
        now: UtcDateTime,
    ) -> Result<Answered<IssuingCode>, Box<Self>> {
        if self.may_be_langdurig() {
            Ok(self.give(DeclarationAnswer::GivenLangdurig, text_version, now))
        } else {
            Err(Box::new(self))
        }
    }

    /// The person did not give the declaration: show the page that the request is not granted [A20, flows 4.2].
    pub fn not_given(self, text_version: TextVersion, now: UtcDateTime) -> Answered<NotGrantedShown> {
        let (record, events) = self.answered(&a::A20, DeclarationAnswer::NotGiven, text_version, now);
        Answered {
            record,
            next: NotGrantedShown::new(self.request),
            events,
        }
    }

    fn give(self, answer: DeclarationAnswer, text_version: TextVersion, now: UtcDateTime) -> Answered<IssuingCode> {
        let (record, events) = self.answered(&a::A19, answer, text_version, now);
        let dagen = self.dagen();
        Answered {
            record,
            next: IssuingCode {
                request: self.request,
                bsn: self.bsn,
                granted: self.granted,
                dagen,
                tested: self.tested,
                langdurig: answer == DeclarationAnswer::GivenLangdurig,
            },
            events,
        }
    }

    fn answered(
        &self,
        row: &'static Row,
        answer: DeclarationAnswer,
        text_version: TextVersion,
        now: UtcDateTime,
    ) -> (DeclarationRecord, Vec<LogEvent>) {
        let screen = self.screen();
        let record = DeclarationRecord {
            at: now,
            bsn: self.bsn.clone(),
            acting: self.acting.clone(),
            representation: self.request.scope.representation(),
            declaration: self.request.scope.declaration(),
            answer,
            aanbieder: self.request.offers.aanbieder().clone(),
            gegevensdiensten: self.granted.clone(),
            dagen: self.dagen(),
            client_id: self.request.client.hostname.clone(),
            text_version,
            shown: shown(screen.template(), screen.known_values()),
            correlation_id: self.request.correlation_id.clone(),
        };
        (record, self.events(row, now))
    }
}
