//! A session of the Authorization Server's front channel, up to the identity of the person.

use medmij_core::{
    Bsn, ChainEvent, CorrelationId, ErrorDelivery, LogEvent, NotGranted, OwnEvent, RedirectUri, Release, RequestId,
    State,
};
use time::UtcDateTime;

use super::{AwaitingDeclaration, TestingEarly};
use crate::authorize::{
    AuthorizationRequest, AuthorizationSettings, Checked, Directory, InvalidRequest, OAuthErrorCode, UnverifiedClient,
    check, error_redirect, not_granted_redirect,
};
use crate::redirect::Redirect;

/// A session that waits, as data: what a [`SessionStore`](super::SessionStore) keeps between two requests of the browser.
///
/// # Security
/// Keep it on the server and take it out once per step. With the feature `persist` it can be serialised, with the `state`
/// and the BSN in it: seal what is written.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_enums, reason = "a caller that misses a step must not compile")]
pub enum Session {
    /// The landing page is shown.
    Landing(Landing),
    /// The person is at the Authentication Server.
    AwaitingAuthentication(AwaitingAuthentication),
    /// The identity is being fetched.
    ResolvingIdentity(ResolvingIdentity),
    /// The test of the Aanbieder is being done.
    TestingEarly(TestingEarly),
    /// The declaration is shown.
    AwaitingDeclaration(AwaitingDeclaration),
    /// The page on an invalid request is shown.
    InvalidRequestShown(InvalidRequestShown),
    /// The page that the request is not granted is shown.
    NotGrantedShown(NotGrantedShown),
}

impl Session {
    /// Ends the session because the screen was closed or nothing came in time: nothing goes to the DVP
    /// [A24, flows 4.2] [A20c, flows 4.2].
    #[must_use]
    pub fn close(self, now: UtcDateTime) -> LogEvent {
        let trace = match &self {
            Self::Landing(Landing { request })
            | Self::AwaitingAuthentication(AwaitingAuthentication { request })
            | Self::ResolvingIdentity(ResolvingIdentity { request })
            | Self::TestingEarly(TestingEarly { request, .. })
            | Self::AwaitingDeclaration(AwaitingDeclaration { request, .. }) => request.correlation_id.as_ref(),
            Self::InvalidRequestShown(InvalidRequestShown { correlation_id, .. })
            | Self::NotGrantedShown(NotGrantedShown { correlation_id, .. }) => correlation_id.as_ref(),
        };
        LogEvent::new(now, OwnEvent::Abandoned).with_trace_id(trace)
    }
}

/// What follows from an authorization request.
#[derive(Debug)]
#[must_use = "the browser waits for an answer"]
#[expect(clippy::exhaustive_enums, reason = "a caller that misses a step must not compile")]
pub enum Opened {
    /// The client or its redirect URI is not verified: an error page without any way back, status 400 [A2, flows 4.2].
    ErrorPage {
        /// Why, for the own log.
        cause: UnverifiedClient,
        /// What is to be logged.
        events: Vec<LogEvent>,
    },
    /// The request is invalid, and the release tells the DVP at once [A3, flows 4.2].
    Redirect {
        /// The redirect with the error.
        redirect: Redirect,
        /// What is to be logged.
        events: Vec<LogEvent>,
    },
    /// The request is invalid, and the release tells the person first: show the page [A3, flows 4.2].
    InvalidRequest {
        /// The session.
        shown: InvalidRequestShown,
        /// What is to be logged.
        events: Vec<LogEvent>,
    },
    /// All is right: show the landing page [A4, flows 4.2].
    Landing {
        /// The session.
        landing: Landing,
        /// What is to be logged.
        events: Vec<LogEvent>,
    },
    /// All is right, and the release has no landing page: send the person to the Authentication Server [A5, flows 4.2].
    Authenticate {
        /// The session.
        awaiting: AwaitingAuthentication,
        /// What is to be logged.
        events: Vec<LogEvent>,
    },
}

/// Opens a session for an authorization request, a GET whose query this is [A1, flows 4.2] [core.authint.201, 2.x].
///
/// Checks first what decides whether anything may be redirected [core.authint.202, 2.x], then the rest
/// [core.authint.203, 2.x].
pub fn open(
    query: &str,
    release: Release,
    directory: &impl Directory,
    settings: &AuthorizationSettings,
    now: UtcDateTime,
) -> Opened {
    let event = |event: ChainEvent, trace: Option<&CorrelationId>, id: Option<&RequestId>| {
        LogEvent::new(now, event).with_trace_id(trace).with_request_id(id)
    };
    match check(query, release, directory, settings) {
        Checked::Unverified(cause, ids) => {
            let events = [
                ChainEvent::ReceiveAuthorizationRequest,
                ChainEvent::AuthorizationRequestError,
                ChainEvent::ShowAuthorizationRequestErrorPage,
            ];
            let events = events.map(|name| event(name, ids.correlation_id.as_ref(), ids.request_id.as_ref()));
            Opened::ErrorPage {
                cause,
                events: events.into(),
            }
        }
        Checked::Invalid(invalid) => {
            let InvalidRequest {
                error,
                redirect_uri,
                state,
                correlation_id,
                request_id,
            } = *invalid;
            let trace = correlation_id.as_ref();
            let received = event(ChainEvent::ReceiveAuthorizationRequest, trace, request_id.as_ref());
            match release.invalid_request_delivery() {
                ErrorDelivery::Redirect => {
                    let redirect = error_redirect(&redirect_uri, &error, state.as_ref());
                    let sent = event(ChainEvent::SendAuthorizationRequestError, trace, request_id.as_ref());
                    Opened::Redirect {
                        redirect,
                        events: vec![received, sent],
                    }
                }
                ErrorDelivery::PageFirst => {
                    let page = LogEvent::new(now, OwnEvent::InvalidRequestShown).with_trace_id(trace);
                    let error = error.as_str().to_owned();
                    let shown = InvalidRequestShown {
                        error,
                        redirect_uri,
                        state,
                        correlation_id,
                    };
                    Opened::InvalidRequest {
                        shown,
                        events: vec![received, page],
                    }
                }
            }
        }
        Checked::Right(request) => {
            let (trace, id) = (request.correlation_id.as_ref(), request.request_id.as_ref());
            let received = event(ChainEvent::ReceiveAuthorizationRequest, trace, id);
            if release.landing_page() {
                let events = vec![received, event(ChainEvent::ShowLandingPage, trace, None)];
                Opened::Landing {
                    landing: Landing { request: *request },
                    events,
                }
            } else {
                let events = vec![received, event(ChainEvent::SendAuthenticationRequest, trace, None)];
                Opened::Authenticate {
                    awaiting: AwaitingAuthentication { request: *request },
                    events,
                }
            }
        }
    }
}

/// Gives the steps of a session the same getter and log line.
macro_rules! step {
    ($($step:ident),+) => {
        $(impl $step {
            /// The request of this session: what the screens show comes from it.
            #[must_use]
            pub const fn request(&self) -> &AuthorizationRequest {
                &self.request
            }

            pub(super) fn event(&self, now: UtcDateTime, event: impl Into<medmij_core::Event>) -> LogEvent {
                LogEvent::new(now, event).with_trace_id(self.request.correlation_id.as_ref())
            }
        })+
    };
}

pub(super) use step;

/// The landing page is shown: the person sees that this is the domain of the Aanbieder [core.usrint.100, 2.x].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the person"]
pub struct Landing {
    request: AuthorizationRequest,
}

/// The person is at the Authentication Server.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the Authentication Server"]
pub struct AwaitingAuthentication {
    request: AuthorizationRequest,
}

/// The identity is being fetched from the Authentication Server, server to server.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the identity"]
pub struct ResolvingIdentity {
    request: AuthorizationRequest,
}

step!(Landing, AwaitingAuthentication, ResolvingIdentity);

impl Landing {
    /// The person goes on to log in: send the authentication request [A6, flows 4.2].
    pub fn proceed(self, now: UtcDateTime) -> (AwaitingAuthentication, LogEvent) {
        let event = self.event(now, ChainEvent::SendAuthenticationRequest);
        (AwaitingAuthentication { request: self.request }, event)
    }
}

impl AwaitingAuthentication {
    /// The Authentication Server sent the person back with an artifact: resolve it, server to server [A8, flows 4.2].
    pub fn response(self, now: UtcDateTime) -> (ResolvingIdentity, [LogEvent; 2]) {
        let events = [
            ChainEvent::ReceiveAuthenticationResponse,
            ChainEvent::SendArtifactResolutionRequest,
        ];
        let events = events.map(|event| self.event(now, event));
        (ResolvingIdentity { request: self.request }, events)
    }

    /// The authentication failed: show the page that the request is not granted [A12, flows 4.2]
    /// [Authenticeren 1, 2.x].
    pub fn failed(self, now: UtcDateTime) -> (NotGrantedShown, [LogEvent; 2]) {
        let received = self.event(now, ChainEvent::ReceiveAuthenticationError);
        let shown = self.event(now, OwnEvent::NotGrantedShown);
        (NotGrantedShown::new(self.request), [received, shown])
    }
}

impl ResolvingIdentity {
    /// The person is known: do the test of the Aanbieder [A15, flows 4.2]. The function *Verzamelen* advises this early
    /// moment.
    pub fn identity(self, bsn: Bsn, now: UtcDateTime) -> (TestingEarly, LogEvent) {
        let event = self.event(now, OwnEvent::IdentityEstablished);
        (
            TestingEarly {
                request: self.request,
                bsn,
            },
            event,
        )
    }

    /// The identity could not be established with the certainty that is asked for: show the page that the request is not
    /// granted [A12, flows 4.2] [UC Verzamelen 2, 1.4.0].
    pub fn failed(self, now: UtcDateTime) -> (NotGrantedShown, [LogEvent; 2]) {
        let events = [OwnEvent::IdentityNotEstablished, OwnEvent::NotGrantedShown].map(|event| self.event(now, event));
        (NotGrantedShown::new(self.request), events)
    }
}

/// The page on an invalid request is shown; the DVP is told only on the person's own click.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the person"]
pub struct InvalidRequestShown {
    error: String,
    redirect_uri: RedirectUri,
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed::option"))]
    state: Option<State>,
    correlation_id: Option<CorrelationId>,
}

impl InvalidRequestShown {
    /// The person goes back to the PGO [A3b, flows 4.2].
    pub fn back_to_pgo(self, now: UtcDateTime) -> (Redirect, LogEvent) {
        // Our own code, from a session of our own; one that a store has damaged is told as the plainest.
        let error = OAuthErrorCode::parse(&self.error).unwrap_or(OAuthErrorCode::InvalidRequest);
        let redirect = error_redirect(&self.redirect_uri, &error, self.state.as_ref());
        let event = LogEvent::new(now, ChainEvent::SendAuthorizationRequestError);
        (redirect, event.with_trace_id(self.correlation_id.as_ref()))
    }
}

/// The page that the request is not granted is shown.
///
/// # Security
/// It holds where the person came from and nothing else: why the request was not granted is not in it, so neither the
/// page's way back nor its moment can tell. The redirect follows only on the person's own click, whatever the cause
/// [UC Verzamelen 2, 1.4.0] [UC Verzamelen 3, 1.4.0] [UC Verzamelen 4, 1.4.0].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the person"]
pub struct NotGrantedShown {
    redirect_uri: RedirectUri,
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed"))]
    state: State,
    correlation_id: Option<CorrelationId>,
}

impl NotGrantedShown {
    pub(super) fn new(request: AuthorizationRequest) -> Self {
        let AuthorizationRequest {
            redirect_uri,
            state,
            correlation_id,
            ..
        } = request;
        Self {
            redirect_uri,
            state,
            correlation_id,
        }
    }

    /// The person goes back to the PGO: the one redirect of the class *not granted* [A20b, flows 4.2].
    pub fn back_to_pgo(self, now: UtcDateTime) -> (Redirect, LogEvent) {
        let redirect = not_granted_redirect(NotGranted, &self.redirect_uri, &self.state);
        let event = LogEvent::new(now, OwnEvent::NotGrantedSent).with_trace_id(self.correlation_id.as_ref());
        (redirect, event)
    }
}
