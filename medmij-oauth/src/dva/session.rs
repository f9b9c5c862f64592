//! A session of the Authorization Server's front channel, up to the identity of the person.

use medmij_core::{ChainEvent, CorrelationId, ErrorDelivery, LogEvent, OwnEvent, Release, RequestId};
use time::UtcDateTime;

use super::shown::WayBack;
use super::{
    AwaitingDeclaration, FailureStep, InvalidRequestShown, NotGrantedShown, ResolvingIdentity, TechnicalError,
    TechnischeStoring, TestingEarly,
};
use crate::authorize::{
    AuthorizationRequest, AuthorizationSettings, Checked, Directory, InvalidRequest, UnverifiedClient, check,
    error_redirect,
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
    /// The cancellation page is shown.
    AuthenticationCancelled(AuthenticationCancelled),
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
    /// The page *Technische storing* is shown.
    TechnischeStoring(TechnischeStoring),
}

impl Session {
    /// Ends the session because the screen was closed or nothing came in time: nothing goes to the DVP
    /// [A24, flows 4.2] [A11b, flows 4.2] [A20c, flows 4.2] [A21b, flows 4.2].
    #[must_use]
    pub fn close(self, now: UtcDateTime) -> LogEvent {
        self.into_way_back().event(now, OwnEvent::Abandoned)
    }

    /// Ends the session because something of our own failed, or the answer to the declaration could not be established
    /// [A23, flows 4.2] [A21, flows 4.2] [UC Verzamelen 5, 1.4.0] [Autoriseren 3, 1.6].
    pub fn technical_failure(self, error: TechnicalError, now: UtcDateTime) -> (FailureStep, LogEvent) {
        self.into_way_back().fail(error, now)
    }

    fn into_way_back(self) -> WayBack {
        match self {
            Self::Landing(Landing { request })
            | Self::AwaitingAuthentication(AwaitingAuthentication { request })
            | Self::AuthenticationCancelled(AuthenticationCancelled { request })
            | Self::ResolvingIdentity(ResolvingIdentity { request })
            | Self::TestingEarly(TestingEarly { request, .. })
            | Self::AwaitingDeclaration(AwaitingDeclaration { request, .. }) => WayBack::of(request),
            Self::InvalidRequestShown(InvalidRequestShown { way_back, .. })
            | Self::NotGrantedShown(NotGrantedShown { way_back })
            | Self::TechnischeStoring(TechnischeStoring { way_back, .. }) => way_back,
        }
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

/// Opens a session for an authorization request, a GET without a body [A1, flows 4.2] [core.authint.201, 2.x].
///
/// Checks first what decides whether anything may be redirected [core.authint.202, 2.x], then the rest
/// [core.authint.203, 2.x].
pub fn open<B>(
    request: &http::Request<B>,
    release: Release,
    directory: &impl Directory,
    settings: &AuthorizationSettings,
    now: UtcDateTime,
) -> Opened {
    let event = |event: ChainEvent, trace: Option<&CorrelationId>, id: Option<&RequestId>| {
        LogEvent::new(now, event).with_trace_id(trace).with_request_id(id)
    };
    match check(request, release, directory, settings) {
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
            let way_back = WayBack {
                release,
                redirect_uri,
                state,
                correlation_id: correlation_id.clone(),
            };
            match release.invalid_request_delivery() {
                ErrorDelivery::Redirect => {
                    let redirect = error_redirect(&way_back.redirect_uri, &error, way_back.state.as_ref());
                    let sent = event(ChainEvent::SendAuthorizationRequestError, trace, request_id.as_ref());
                    Opened::Redirect {
                        redirect,
                        events: vec![received, sent],
                    }
                }
                ErrorDelivery::PageFirst => {
                    let page = LogEvent::new(now, OwnEvent::InvalidRequestShown).with_trace_id(trace);
                    let error = error.as_str().to_owned();
                    Opened::InvalidRequest {
                        shown: InvalidRequestShown { error, way_back },
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
///
/// Representation is to be allowed there if and only if the scope of the request asks for it: see
/// [`Scope::representation`](crate::Scope::representation) [ext.vert.authint.201, 2.x] [ext.vert.authint.204, 2.x].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the Authentication Server"]
pub struct AwaitingAuthentication {
    request: AuthorizationRequest,
}

/// The cancellation page is shown: the person may log in after all, or close it [core.usrint.101, 2.x].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the person"]
pub struct AuthenticationCancelled {
    request: AuthorizationRequest,
}

step!(Landing, AwaitingAuthentication, AuthenticationCancelled);

impl Landing {
    /// The person goes on to log in: send the authentication request [A6, flows 4.2].
    pub fn proceed(self, now: UtcDateTime) -> (AwaitingAuthentication, LogEvent) {
        let event = self.event(now, ChainEvent::SendAuthenticationRequest);
        (AwaitingAuthentication { request: self.request }, event)
    }

    /// The person does not want to: the one redirect of the class *not granted* [A7, flows 4.2].
    pub fn cancel(self, now: UtcDateTime) -> (Redirect, LogEvent) {
        let event = self.event(now, ChainEvent::SendAuthorizationCancellation);
        (WayBack::of(self.request).not_granted(), event)
    }
}

/// What follows when the person breaks off the login.
#[derive(Debug)]
#[must_use = "the browser waits for an answer"]
#[expect(clippy::exhaustive_enums, reason = "the rows A9 and A10")]
#[expect(clippy::large_enum_variant, reason = "made once per session and taken apart at once")]
pub enum CancelStep {
    /// Show the cancellation page [A9, flows 4.2].
    Cancelled(AuthenticationCancelled),
    /// The release has none: show the page that the request is not granted [A10, flows 4.2].
    NotGranted(NotGrantedShown),
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

    /// The person broke off the login: rows A9 and A10 [UC Verzamelen 7, 1.4.0] [Authenticeren 2, 2.x].
    pub fn cancelled(self, now: UtcDateTime) -> (CancelStep, [LogEvent; 2]) {
        let received = self.event(now, ChainEvent::ReceiveAuthorizationCancellation);
        if self.request.release.landing_page() {
            let shown = self.event(now, OwnEvent::LoginCancelledShown);
            let cancelled = AuthenticationCancelled { request: self.request };
            (CancelStep::Cancelled(cancelled), [received, shown])
        } else {
            let shown = self.event(now, OwnEvent::NotGrantedShown);
            (
                CancelStep::NotGranted(NotGrantedShown::new(self.request)),
                [received, shown],
            )
        }
    }

    /// The authentication failed: show the page that the request is not granted [A12, flows 4.2]
    /// [Authenticeren 1, 2.x].
    pub fn failed(self, now: UtcDateTime) -> (NotGrantedShown, [LogEvent; 2]) {
        let received = self.event(now, ChainEvent::ReceiveAuthenticationError);
        let shown = self.event(now, OwnEvent::NotGrantedShown);
        (NotGrantedShown::new(self.request), [received, shown])
    }
}

impl AuthenticationCancelled {
    /// The person logs in after all: send a new authentication request [A11, flows 4.2].
    pub fn retry(self, now: UtcDateTime) -> (AwaitingAuthentication, LogEvent) {
        let event = self.event(now, ChainEvent::SendAuthenticationRequest);
        (AwaitingAuthentication { request: self.request }, event)
    }
}
