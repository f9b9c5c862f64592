//! A session from the test of the Aanbieder to the code.

use std::collections::BTreeSet;

use medmij_core::{
    Aanbiedernaam, AuthorizationCode, Bsn, CorrelationId, Declaration, Digest, Function, GegevensdienstId, Hostname,
    LogEvent, OwnEvent, Random, RandomError,
};
use time::{Duration, UtcDateTime};

use super::session::step;
use super::{CodeGrant, NotGrantedShown};
use crate::authorize::{AuthorizationRequest, code_redirect};
use crate::redirect::Redirect;

/// The lifetime of an authorization code [core.autorisatie.205, 2.x] [Applicatielaag 7, 1.1].
const CODE_LIFETIME: Duration = Duration::seconds(900);

/// The test of the Aanbieder is being done: treatment relation, data, age [Verantwoordelijkheden, Zorg, 2.x].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the result of the test"]
pub struct TestingEarly {
    pub(super) request: AuthorizationRequest,
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed"))]
    pub(super) bsn: Bsn,
}

/// The declaration is shown [core.authint.205, 2.x].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the person"]
pub struct AwaitingDeclaration {
    pub(super) request: AuthorizationRequest,
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed"))]
    bsn: Bsn,
    granted: BTreeSet<GegevensdienstId>,
}

/// The declaration was given; its record is to be stored before a code is made.
#[derive(Debug)]
#[must_use = "store the record, then issue the code"]
pub struct IssuingCode {
    request: AuthorizationRequest,
    bsn: Bsn,
    granted: BTreeSet<GegevensdienstId>,
}

step!(TestingEarly, AwaitingDeclaration, IssuingCode);

/// What the test of the Aanbieder gave.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "positive for some Gegevensdiensten, or negative")]
pub enum TestResult {
    /// Data is available for these Gegevensdiensten.
    Positive(BTreeSet<GegevensdienstId>),
    /// No data is available, for whatever reason.
    Negative,
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
        let asked = |id: &GegevensdienstId| self.request.offers.gegevensdienst(id.as_str()).is_some();
        let granted: BTreeSet<_> = match result {
            TestResult::Positive(ids) => ids.into_iter().filter(asked).collect(),
            TestResult::Negative => BTreeSet::new(),
        };
        if granted.is_empty() {
            let events = [OwnEvent::TestNegative, OwnEvent::NotGrantedShown].map(|event| self.event(now, event));
            return (TestStep::NotGranted(NotGrantedShown::new(self.request)), events.into());
        }
        let tested = self.event(now, OwnEvent::TestPositive);
        let shown = self.event(now, OwnEvent::DeclarationShown);
        let Self { request, bsn } = self;
        (
            TestStep::Declare(AwaitingDeclaration { request, bsn, granted }),
            vec![tested, shown],
        )
    }
}

/// The record of an answered declaration, for the own log of the DVA: to be stored before anything else happens
/// [A19, flows 4.2] [P&I 8a, 1.1.2].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeclarationRecord {
    /// When it was answered.
    pub at: UtcDateTime,
    /// By whom.
    pub bsn: Bsn,
    /// Which declaration.
    pub declaration: Declaration,
    /// What the person answered.
    pub answer: DeclarationAnswer,
    /// Whose data it is about.
    pub aanbieder: Aanbiedernaam,
    /// Which data.
    pub gegevensdiensten: BTreeSet<GegevensdienstId>,
    /// Who is to get it.
    pub client_id: Hostname,
    /// Which text the person saw: the caller's name of its version.
    pub text_version: String,
    /// The id of the chain.
    pub correlation_id: Option<CorrelationId>,
}

/// What a person answered to a declaration.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum DeclarationAnswer {
    /// Given, for this run.
    Given,
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
    pub event: LogEvent,
}

impl AwaitingDeclaration {
    /// The Gegevensdiensten that the declaration is about.
    #[must_use]
    pub const fn granted(&self) -> &BTreeSet<GegevensdienstId> {
        &self.granted
    }

    /// The person gave the declaration, as worded in this version of the text [A19, flows 4.2].
    pub fn given(self, text_version: &str, now: UtcDateTime) -> Answered<IssuingCode> {
        let (record, event) = self.answered(DeclarationAnswer::Given, text_version, now);
        let Self { request, bsn, granted } = self;
        Answered {
            record,
            next: IssuingCode { request, bsn, granted },
            event,
        }
    }

    /// The person did not give the declaration: show the page that the request is not granted [A20, flows 4.2].
    pub fn not_given(self, text_version: &str, now: UtcDateTime) -> Answered<NotGrantedShown> {
        let (record, event) = self.answered(DeclarationAnswer::NotGiven, text_version, now);
        Answered {
            record,
            next: NotGrantedShown::new(self.request),
            event,
        }
    }

    fn answered(
        &self,
        answer: DeclarationAnswer,
        text_version: &str,
        now: UtcDateTime,
    ) -> (DeclarationRecord, LogEvent) {
        let record = DeclarationRecord {
            at: now,
            bsn: self.bsn.clone(),
            declaration: Function::Verzamelen.declaration(),
            answer,
            aanbieder: self.request.offers.aanbieder().clone(),
            gegevensdiensten: self.granted.clone(),
            client_id: self.request.client.hostname.clone(),
            text_version: text_version.to_owned(),
            correlation_id: self.request.correlation_id.clone(),
        };
        (record, self.event(now, OwnEvent::DeclarationAnswered))
    }
}

/// A code that was made: store its grant under its key, and only then get the redirect [A22, flows 4.2].
#[derive(Debug)]
#[must_use = "store the grant, then send the redirect"]
pub struct CodeIssued {
    issuing: IssuingCode,
    code: AuthorizationCode,
    grant: CodeGrant,
    at: UtcDateTime,
}

impl IssuingCode {
    /// Makes a code, random and to be unique over all codes [A22, flows 4.2] [Changelog, 2.0.0].
    ///
    /// # Errors
    /// If the source of randomness fails.
    pub fn issue(self, now: UtcDateTime, random: &mut impl Random) -> Result<CodeIssued, RandomError> {
        let Self { request, bsn, granted } = &self;
        let code = AuthorizationCode::random(random, request.release)?;
        let grant = CodeGrant {
            release: request.release,
            function: Function::Verzamelen,
            client_id: request.client.hostname.clone(),
            redirect_uri: request.redirect_uri.clone(),
            aanbieder: request.offers.aanbieder().clone(),
            asked: request
                .offers
                .iter()
                .map(|offer| offer.gegevensdienst.clone())
                .collect(),
            granted: granted.clone(),
            bsn: bsn.clone(),
            correlation_id: request.correlation_id.clone(),
            expires_at: now.saturating_add(CODE_LIFETIME),
        };
        Ok(CodeIssued {
            issuing: self,
            code,
            grant,
            at: now,
        })
    }
}

impl CodeIssued {
    /// The digest of the code, under which the grant is to be stored; the code itself is stored nowhere.
    #[must_use]
    pub fn key(&self) -> Digest {
        self.code.digest()
    }

    /// What the code gives a right to.
    #[must_use]
    pub const fn grant(&self) -> &CodeGrant {
        &self.grant
    }

    /// The grant was stored: the redirect that brings the code to the DVP.
    pub fn stored(self) -> (Redirect, LogEvent) {
        let request = &self.issuing.request;
        let redirect = code_redirect(&request.redirect_uri, &self.code, &request.state);
        (redirect, self.issuing.event(self.at, OwnEvent::CodeSent))
    }

    /// The key exists already: the step before, to make another code.
    pub fn exists(self) -> IssuingCode {
        self.issuing
    }
}
