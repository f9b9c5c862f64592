//! The check of a token by the Resource and Subscription Server, in seven steps [flows.md 4.3] [resource.md 2.0].

use http::HeaderMap;
use medmij_core::{
    Aanbiedernaam, AccessToken, Bsn, ClientIdentity, CorrelationId, Digest, GegevensdienstId, Hostname, LogEvent,
    MEDMIJ_REQUEST_ID, Release, RequestId, X_CORRELATION_ID,
};
use time::{Duration, UtcDateTime};

use super::{AccessGrant, TestResult};
use crate::bearer::{self, BearerRefusal};
use crate::flow::{Row, r};
use crate::headers;
use crate::own_log::LogContext;
use crate::scope::ScopeFunction;

/// How long a request may take [core.rscint.202, 2.x].
const RESPONSE_TIME: Duration = Duration::seconds(60);

/// A resource request whose token was found in it, and looked at no further [core.rscint.200, 2.x].
#[derive(Clone, Debug)]
pub struct ResourceRequest {
    token: AccessToken,
    request_id: Option<RequestId>,
    correlation_id: Option<CorrelationId>,
}

impl ResourceRequest {
    /// Check 1: reads the token and the ids of a request [R1, flows 4.3].
    ///
    /// # Errors
    /// If there is no token, or more than one, in the `Authorization` header field, or one in the query.
    pub fn parse<B>(request: &http::Request<B>, release: Release) -> Result<Self, BearerRefusal> {
        let token = bearer::token(request.uri(), request.headers())?;
        let (request_id, correlation_id) = Self::ids(request.headers(), release);
        Ok(Self {
            token,
            request_id,
            correlation_id,
        })
    }

    /// The digest of the token, under which the store finds its grant.
    #[must_use]
    pub fn key(&self) -> Digest {
        self.token.digest()
    }

    /// The ids of a resource request, for the log: those that stand there once and are well-formed. They have no exception
    /// of their own [core.rscint.201, 2.x].
    #[must_use]
    pub fn ids(map: &HeaderMap, release: Release) -> (Option<RequestId>, Option<CorrelationId>) {
        let request_id = headers::id(map, MEDMIJ_REQUEST_ID).and_then(|id| RequestId::received(id, release).ok());
        let correlation_id = headers::id(map, X_CORRELATION_ID).and_then(|id| id.parse().ok());
        (request_id, correlation_id)
    }
}

/// What a request asks for.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "what a token is compared with; what is left out would be a hole"
)]
pub struct Wanted<'a> {
    /// Reading is *Verzamelen*, creating is *Delen*, and the Subscription Server serves *Abonneren*.
    pub function: ScopeFunction,
    /// Whose data: the Aanbieder of the endpoint.
    pub aanbieder: &'a Aanbiedernaam,
    /// Which data: the Gegevensdienst to one of whose system roles the interaction belongs.
    pub gegevensdienst: &'a GegevensdienstId,
}

/// The right to one request: act for this person only [R3, flows 4.3].
#[derive(Clone, Debug)]
#[must_use = "serve the request for this person"]
#[non_exhaustive]
pub struct Permit {
    /// Whose data may be given.
    pub bsn: Bsn,
    /// Of which Aanbieder.
    pub aanbieder: Aanbiedernaam,
    /// Of which Gegevensdienst.
    pub gegevensdienst: GegevensdienstId,
    /// For how many days an Abonnement may be taken or changed; 0 to end it, `None` for the other functions.
    pub dagen: Option<u32>,
    /// The client to which the token was issued.
    pub client_id: Hostname,
    /// The id of the chain in which the token was issued.
    pub correlation_id: Option<CorrelationId>,
    asked: Asked,
}

/// Who and what a test or a decision is about; no right to anything.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Subject<'a> {
    /// Whose data.
    pub bsn: &'a Bsn,
    /// Of which Aanbieder.
    pub aanbieder: &'a Aanbiedernaam,
    /// Of which Gegevensdienst.
    pub gegevensdienst: &'a GegevensdienstId,
    /// The client that asks.
    pub client_id: &'a Hostname,
}

/// The request that a permit is for.
#[derive(Clone, Debug)]
struct Asked {
    token: Digest,
    received_at: UtcDateTime,
    request_id: Option<RequestId>,
    correlation_id: Option<CorrelationId>,
}

impl Permit {
    pub(super) const fn subject(&self) -> Subject<'_> {
        Subject {
            bsn: &self.bsn,
            aanbieder: &self.aanbieder,
            gegevensdienst: &self.gegevensdienst,
            client_id: &self.client_id,
        }
    }

    /// What the request is about, for the own log.
    #[must_use]
    pub fn log_context(&self, function: ScopeFunction, release: Release) -> LogContext {
        LogContext::under_token(
            release,
            function,
            self.client_id.clone(),
            self.aanbieder.clone(),
            [self.gegevensdienst.clone()].into(),
        )
    }

    /// From this moment on the answer is too late: give up, and answer as [`failed`](Self::failed) [core.rscint.202, 2.x].
    #[must_use]
    pub fn deadline(&self) -> UtcDateTime {
        self.asked.received_at.saturating_add(RESPONSE_TIME)
    }

    /// The digest of the token, to look its grant up again before something is given long after the check.
    #[must_use]
    pub const fn token(&self) -> Digest {
        self.asked.token
    }

    /// Whether the token still stands, by what the store found under [`token`](Self::token) now: a consent that was withdrawn
    /// meanwhile gives nothing any more [R12, flows 4.3].
    ///
    /// # Errors
    /// The refusal to send, and what is to be logged.
    pub fn recheck(
        self,
        found: Option<&AccessGrant>,
        now: UtcDateTime,
    ) -> Result<Self, (BearerRefusal, Vec<LogEvent>)> {
        match found {
            Some(grant) if grant.bsn == self.bsn && grant.client_id == self.client_id => Ok(self),
            _ => Err((BearerRefusal::InvalidToken, self.asked.log(&r::R12, now))),
        }
    }

    /// What is to be logged of the request at a row of another machine.
    pub(super) fn log(&self, row: &'static Row, now: UtcDateTime) -> Vec<LogEvent> {
        self.asked.log(row, now)
    }

    /// The request was served whole: what is to be logged [R8, flows 4.3].
    #[must_use]
    pub fn done(self, now: UtcDateTime) -> Vec<LogEvent> {
        self.asked.log(&r::R8, now)
    }

    /// The request was served in part, with an OperationOutcome for the rest: what is to be logged [R9, flows 4.3]
    /// [UC Verzamelen 6, 1.4.0].
    #[must_use]
    pub fn partly_done(self, now: UtcDateTime) -> Vec<LogEvent> {
        self.asked.log(&r::R9, now)
    }

    /// What stands behind the server failed, or took too long: the refusal to send, and what is to be logged
    /// [R10, flows 4.3].
    pub fn failed(self, now: UtcDateTime) -> (BearerRefusal, Vec<LogEvent>) {
        let refusal = if now < self.deadline() {
            BearerRefusal::Unavailable
        } else {
            BearerRefusal::Timeout
        };
        (refusal, self.asked.log(&r::R10, now))
    }
}

impl Asked {
    fn log(&self, row: &'static Row, now: UtcDateTime) -> Vec<LogEvent> {
        row.log(now, self.correlation_id.as_ref(), self.request_id.as_ref())
    }
}

/// What the check of a token came to.
#[derive(Debug)]
#[must_use = "serve the request, or do the test first"]
#[expect(clippy::exhaustive_enums, reason = "the rows R4 and R5")]
pub enum TokenCheck {
    /// Serve the request [R5, flows 4.3].
    Permit(Permit),
    /// The test of the Aanbieder has not been done yet, and this is its latest moment [R4, flows 4.3].
    Test(TestingLate),
}

impl TokenCheck {
    /// The right, also where it is not given yet.
    pub(super) const fn permit(&self) -> &Permit {
        match self {
            Self::Permit(permit) => permit,
            Self::Test(late) => late.permit(),
        }
    }
}

/// A request that waits for the test of the Aanbieder.
#[derive(Clone, Debug)]
#[must_use = "do the test"]
pub struct TestingLate {
    permit: Permit,
}

impl TestingLate {
    /// Whose data is to be tested for, and which.
    #[must_use]
    pub const fn about(&self) -> Subject<'_> {
        self.permit.subject()
    }

    /// The right that is not given yet.
    pub(super) const fn permit(&self) -> &Permit {
        &self.permit
    }

    /// Check 7: takes the result of the test. After consent the DVP may know that nothing is available; why, it may not
    /// [R6, flows 4.3] [R7, flows 4.3]. Gives the right to the request or the refusal to send, and what is to be logged.
    pub fn result(self, result: TestResult, now: UtcDateTime) -> (Result<Permit, BearerRefusal>, Vec<LogEvent>) {
        let positive = !result.positive_for(|id| *id == self.permit.gegevensdienst).is_empty();
        if positive {
            let events = self.permit.asked.log(&r::R7, now);
            (Ok(self.permit), events)
        } else {
            let events = self.permit.asked.log(&r::R6, now);
            (Err(BearerRefusal::NotAvailable), events)
        }
    }

    /// The test could not be done, or took too long: the refusal to send, and what is to be logged [R11, flows 4.3].
    pub fn failed(self, now: UtcDateTime) -> (BearerRefusal, Vec<LogEvent>) {
        let events = self.permit.asked.log(&r::R11, now);
        (self.permit.failed(now).0, events)
    }
}

impl ResourceRequest {
    /// Judges the grant that was found for the token, in this order: 2 known and not expired, 3 of this TLS client
    /// [R1, flows 4.3] [R1b, flows 4.3], 4 for this function, 5 of this Aanbieder, 6 covering the Gegevensdienst
    /// [R2, flows 4.3] [R3, flows 4.3], 7 tested. A revoked token is in no store [R12, flows 4.3].
    ///
    /// # Errors
    /// If the token gives no right to the request.
    pub fn check(
        self,
        grant: Option<AccessGrant>,
        client: Option<&ClientIdentity>,
        wanted: Wanted<'_>,
        now: UtcDateTime,
    ) -> Result<TokenCheck, BearerRefusal> {
        let grant = grant
            .filter(|grant| now < grant.expires_at)
            .ok_or(BearerRefusal::InvalidToken)?;
        if !client.is_some_and(|client| client.is(&grant.client_id)) {
            return Err(BearerRefusal::InvalidToken);
        }
        let Wanted {
            function,
            aanbieder,
            gegevensdienst,
        } = wanted;
        let covered = grant.aanbieder == *aanbieder && grant.gegevensdiensten.contains(gegevensdienst);
        if grant.function != function || !covered {
            return Err(BearerRefusal::InsufficientScope);
        }
        let permit = Permit {
            bsn: grant.bsn,
            aanbieder: grant.aanbieder,
            gegevensdienst: gegevensdienst.clone(),
            dagen: grant.dagen,
            client_id: grant.client_id,
            correlation_id: grant.correlation_id,
            asked: Asked {
                token: self.token.digest(),
                received_at: now,
                request_id: self.request_id,
                correlation_id: self.correlation_id,
            },
        };
        // The end of an Abonnement has no test: it may not be refused.
        Ok(if grant.tested || grant.dagen == Some(0) {
            TokenCheck::Permit(permit)
        } else {
            TokenCheck::Test(TestingLate { permit })
        })
    }
}
