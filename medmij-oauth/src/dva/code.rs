//! The end of a session: the code.

use std::collections::BTreeSet;

use medmij_core::{AuthorizationCode, Bsn, Digest, GegevensdienstId, LogEvent, Random, RandomError};
use time::UtcDateTime;

use super::session::step;
use super::shown::WayBack;
use super::{CodeGrant, FailureStep, TechnicalError};
use crate::authorize::{AuthorizationRequest, code_redirect};
use crate::exchange::CODE_LIFETIME;
use crate::flow::a;
use crate::redirect::Redirect;

/// The declaration was given; its record is to be stored before a code is made.
#[derive(Debug)]
#[must_use = "store the record, then issue the code"]
pub struct IssuingCode {
    pub(super) request: AuthorizationRequest,
    pub(super) bsn: Bsn,
    pub(super) granted: BTreeSet<GegevensdienstId>,
    pub(super) dagen: Option<u32>,
    pub(super) tested: bool,
    pub(super) langdurig: bool,
}

step!(IssuingCode);

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
    /// Gives the step back if the source of randomness fails.
    pub fn issue(self, now: UtcDateTime, random: &mut impl Random) -> Result<CodeIssued, (Box<Self>, RandomError)> {
        let request = &self.request;
        let code = match AuthorizationCode::random(random, request.release) {
            Ok(code) => code,
            Err(error) => return Err((Box::new(self), error)),
        };
        let offers = request.offers.iter();
        let grant = CodeGrant {
            release: request.release,
            client_id: request.client.hostname.clone(),
            redirect_uri: request.redirect_uri.clone(),
            scope: request.scope.clone(),
            asked: offers.map(|offer| offer.gegevensdienst.clone()).collect(),
            granted: self.granted.clone(),
            dagen: self.dagen,
            bsn: self.bsn.clone(),
            tested: self.tested,
            langdurig: self.langdurig,
            correlation_id: request.correlation_id.clone(),
            expires_at: now.saturating_add(CODE_LIFETIME),
            challenge: request.challenge,
        };
        Ok(CodeIssued {
            issuing: self,
            code,
            grant,
            at: now,
        })
    }

    /// No code could be made or stored: the session ends [A23, flows 4.2].
    pub fn technical_failure(self, error: TechnicalError, now: UtcDateTime) -> (FailureStep, Vec<LogEvent>) {
        WayBack::of(self.request).fail(error, [&a::A23, &a::A23_PAGE], now)
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
    pub fn stored(self) -> (Redirect, Vec<LogEvent>) {
        let request = &self.issuing.request;
        let redirect = code_redirect(&request.redirect_uri, &self.code, &request.state);
        (redirect, self.issuing.events(&a::A22, self.at))
    }

    /// The key exists already, or the store failed: the step before, to make another code or to give up.
    pub fn not_stored(self) -> IssuingCode {
        self.issuing
    }
}
