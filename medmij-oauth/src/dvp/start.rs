//! The start of a run: what the DVP is, and the redirect to the Authorization Server.

use std::collections::VecDeque;

use medmij_core::{
    ChainEvent, CorrelationId, Hostname, LogEvent, Offers, OwnEvent, ParseError, Random, RandomError, RedirectUri,
    Release, RequestId, State,
};
use time::{Duration, UtcDateTime};

use super::{Failure, HeldToken, Pending, Ready, ResourceQuery, Stopped};
use crate::authorize;
use crate::redirect::Redirect;
use crate::scope::{Scope, ScopeError};

/// A DVP: the release it speaks, and the redirect URI whose host is its `client_id` [core.authint.200, 2.x].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
pub struct Dvp {
    pub(super) release: Release,
    pub(super) client_id: Hostname,
    pub(super) redirect_uri: RedirectUri,
    authorization_timeout: Duration,
}

impl Dvp {
    /// A DVP. A person has an hour to come back from the Authorization Server, unless
    /// [`with_authorization_timeout`](Self::with_authorization_timeout) says otherwise; the framework leaves it free.
    ///
    /// # Errors
    /// If the host of the redirect URI cannot be a `client_id`.
    pub fn new(release: Release, redirect_uri: RedirectUri) -> Result<Self, ParseError> {
        let client_id = redirect_uri.host().parse()?;
        Ok(Self {
            release,
            client_id,
            redirect_uri,
            authorization_timeout: Duration::HOUR,
        })
    }

    /// The same with another time within which a person must come back.
    #[must_use]
    pub const fn with_authorization_timeout(mut self, timeout: Duration) -> Self {
        self.authorization_timeout = timeout;
        self
    }

    /// Starts a *Verzamelen*: which offers the person chose, and which requests are to be done under the token
    /// [P1, flows 4.1].
    ///
    /// # Errors
    /// If the offers are not of this release, have no usable addresses or cannot go in one scope, nothing is to be done, or a request is for a
    /// Gegevensdienst that is not among the offers.
    pub fn verzamelen(&self, offers: Offers, todo: Vec<ResourceQuery>) -> Result<Selected, StartError> {
        if !self.release.serves(offers.interfaceversie()) {
            return Err(StartError::Release);
        }
        if offers.authorization().to_uri().is_err() || offers.token().to_uri().is_err() {
            return Err(StartError::Address);
        }
        if todo.is_empty() {
            return Err(StartError::NothingToDo);
        }
        if todo
            .iter()
            .any(|query| offers.gegevensdienst(query.gegevensdienst().as_str()).is_none())
        {
            return Err(StartError::NotOffered);
        }
        let scope = Scope::verzamelen(&offers, self.release)?;
        let run = Run {
            offers,
            todo: todo.into(),
            done: 0,
            failed: Vec::new(),
        };
        Ok(Selected {
            dvp: self.clone(),
            scope,
            run,
        })
    }
}

/// What a run carries from its start to its end.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
pub(super) struct Run {
    pub(super) offers: Offers,
    pub(super) todo: VecDeque<ResourceQuery>,
    pub(super) done: u32,
    pub(super) failed: Vec<Failure>,
}

/// A run in which the person has chosen: state *Selecting*.
#[derive(Clone, Debug)]
#[must_use = "a run that is not begun does nothing"]
pub struct Selected {
    pub(super) dvp: Dvp,
    pub(super) scope: Scope,
    pub(super) run: Run,
}

/// A run that was begun: store `pending` under its key, then send the redirect.
#[derive(Debug)]
#[must_use = "store the pending run before the redirect is sent"]
#[non_exhaustive]
pub struct Begun {
    /// What waits for the person's return.
    pub pending: Pending,
    /// Where the person's browser goes.
    pub redirect: Redirect,
    /// What is to be logged.
    pub events: Vec<LogEvent>,
}

impl Selected {
    /// Makes the authorization request [P4, flows 4.1] [core.authint.208, 2.x].
    ///
    /// # Errors
    /// If the source of randomness fails.
    pub fn begin(self, now: UtcDateTime, random: &mut impl Random) -> Result<Begun, RandomError> {
        let Self { dvp, scope, run } = self;
        let Dvp {
            release,
            client_id,
            redirect_uri,
            authorization_timeout,
        } = &dvp;
        let state = State::random(random)?;
        let request_id = RequestId::random(random)?;
        let correlation_id = CorrelationId::random(random)?;
        let ids = (&request_id, &correlation_id);
        let redirect = authorize::build(*release, client_id, redirect_uri, &run.offers, &scope, &state, ids);
        let event = LogEvent::new(now, ChainEvent::SendAuthorizationRequest)
            .with_trace_id(Some(&correlation_id))
            .with_request_id(Some(&request_id));
        let deadline = now.saturating_add(*authorization_timeout);
        let pending = Pending {
            dvp,
            state,
            correlation_id,
            request_id,
            deadline,
            run,
        };
        Ok(Begun {
            pending,
            redirect,
            events: vec![event],
        })
    }

    /// Gives the run up: the person will not go to the Authorization Server, or not once more [P29, flows 4.1].
    pub fn abandon(self, now: UtcDateTime) -> Stopped {
        Stopped::given_up(self.run, LogEvent::new(now, OwnEvent::Abandoned))
    }

    /// Goes on under a token that is still valid, without a new authorization [P2, flows 4.1] [Delen, 2.x].
    ///
    /// The caller has found the token under the [`TokenKey`](super::TokenKey) of the same person.
    ///
    /// # Errors
    /// Gives the run back if the token has expired, is of another release, Aanbieder or Authorization Server, or does not
    /// cover every Gegevensdienst.
    pub fn resume(self, held: HeldToken, now: UtcDateTime) -> Result<Ready, Box<Self>> {
        let HeldToken {
            release,
            aanbieder,
            token_endpoint,
            gegevensdiensten,
            ..
        } = &held;
        let fits = *release == self.dvp.release
            && aanbieder == self.run.offers.aanbieder()
            && token_endpoint == self.run.offers.token()
            && self
                .run
                .offers
                .iter()
                .all(|offer| gegevensdiensten.contains(&offer.gegevensdienst))
            && now < held.expires_at;
        if fits {
            Ok(Ready::new(self.dvp, self.scope, held, self.run))
        } else {
            Err(Box::new(self))
        }
    }
}

/// A run that cannot start: our caller's mistake.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The offers are of an Interfaceversie that the release does not serve.
    #[error("the offers are not of the release of this DVP")]
    Release,
    /// No request can be sent to the authorization or token endpoint.
    #[error("the authorization or token endpoint is no usable address")]
    Address,
    /// There is no request to do.
    #[error("there is no resource request to do")]
    NothingToDo,
    /// A request is for a Gegevensdienst that is not among the offers.
    #[error("a resource request is for a Gegevensdienst that is not offered")]
    NotOffered,
    /// The offers cannot go in one scope of the release.
    #[error(transparent)]
    Scope(#[from] ScopeError),
}
