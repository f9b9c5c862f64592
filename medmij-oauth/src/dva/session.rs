//! A session of the Authorization Server's front channel, up to the identity of the person.

use medmij_core::{Bsn, CorrelationId, ErrorDelivery, LogEvent, Release, RequestId};
use time::UtcDateTime;

use super::shown::WayBack;
use super::{
    AwaitingDeclaration, FailureStep, InvalidRequestShown, ManageSession, NotGrantedShown, ResolvingIdentity,
    TechnicalError, TechnischeStoring, TestingEarly,
};
use crate::authorize::{
    AuthorizationRequest, AuthorizationSettings, Checked, Directory, InvalidRequest, UnverifiedClient, check,
    error_redirect,
};
use crate::flow::{Row, a};
use crate::own_log::LogContext;
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
    /// The person manages consents.
    BeherenToestemmingen(ManageSession),
}

impl Session {
    /// What the session is about, for the own log; `None` once it holds no more than a way back.
    #[must_use]
    pub fn log_context(&self) -> Option<LogContext> {
        Some(match self {
            Self::Landing(it) => it.request().log_context(),
            Self::AwaitingAuthentication(it) => it.request().log_context(),
            Self::AuthenticationCancelled(it) => it.request().log_context(),
            Self::ResolvingIdentity(it) => it.request().log_context(),
            Self::TestingEarly(it) => it.request().log_context(),
            Self::AwaitingDeclaration(it) => it.request().log_context(),
            Self::InvalidRequestShown(_) | Self::NotGrantedShown(_) | Self::TechnischeStoring(_) => return None,
            Self::BeherenToestemmingen(it) => return it.log_context(),
        })
    }

    /// Whose data it is about, for the own log; `None` while nobody is known, and once it holds no more than a way back.
    #[must_use]
    pub const fn bsn(&self) -> Option<&Bsn> {
        match self {
            Self::TestingEarly(it) => Some(it.bsn()),
            Self::AwaitingDeclaration(it) => Some(it.bsn()),
            Self::BeherenToestemmingen(it) => it.bsn(),
            _ => None,
        }
    }

    /// Ends the session because the screen was closed or nothing came in time: nothing goes to the DVP
    /// [A24, flows 4.2] [A11b, flows 4.2] [A20c, flows 4.2] [A21b, flows 4.2] [M6, flows 4.4] [M7, flows 4.4].
    #[must_use]
    pub fn close(self, now: UtcDateTime) -> Vec<LogEvent> {
        let row = match self {
            Self::AuthenticationCancelled(_) => &a::A11B,
            Self::NotGrantedShown(_) => &a::A20C,
            Self::AwaitingDeclaration(_) => &a::A21B,
            Self::BeherenToestemmingen(managing) => return managing.close(now),
            _ => &a::A24,
        };
        let correlation_id = self.into_way_back().and_then(|way_back| way_back.correlation_id);
        row.log(now, correlation_id.as_ref(), None)
    }

    /// Ends the session because something of our own failed, or the answer to the declaration could not be established
    /// [A23, flows 4.2] [A21, flows 4.2] [UC Verzamelen 5, 1.4.0] [Autoriseren 3, 1.6].
    pub fn technical_failure(self, error: TechnicalError, now: UtcDateTime) -> (FailureStep, Vec<LogEvent>) {
        let rows = match self {
            Self::AwaitingDeclaration(_) => [&a::A21, &a::A21_PAGE],
            _ => [&a::A23, &a::A23_PAGE],
        };
        match self.parts() {
            Ok(way_back) => way_back.fail(error, rows, now),
            Err(managing) => managing.technical_failure(error, now),
        }
    }

    fn into_way_back(self) -> Option<WayBack> {
        self.parts().ok()
    }

    fn parts(self) -> Result<WayBack, Box<ManageSession>> {
        Ok(match self {
            Self::Landing(Landing { request })
            | Self::AwaitingAuthentication(AwaitingAuthentication { request })
            | Self::AuthenticationCancelled(AuthenticationCancelled { request })
            | Self::ResolvingIdentity(ResolvingIdentity { request })
            | Self::TestingEarly(TestingEarly { request, .. })
            | Self::AwaitingDeclaration(AwaitingDeclaration { request, .. }) => WayBack::of(request),
            Self::InvalidRequestShown(InvalidRequestShown { way_back, .. })
            | Self::NotGrantedShown(NotGrantedShown { way_back })
            | Self::TechnischeStoring(TechnischeStoring { way_back, .. }) => way_back,
            Self::BeherenToestemmingen(managing) => return Err(Box::new(managing)),
        })
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
    let log = |row: &'static Row, trace: Option<&CorrelationId>, id: Option<&RequestId>| row.log(now, trace, id);
    match check(request, release, directory, settings) {
        Checked::Unverified(cause, ids) => {
            let (trace, id) = (ids.correlation_id.as_ref(), ids.request_id.as_ref());
            let mut events = log(&a::A1, trace, id);
            events.extend(log(&a::A2, trace, id));
            Opened::ErrorPage { cause, events }
        }
        Checked::Invalid(invalid) => {
            let InvalidRequest {
                error,
                is_representation,
                redirect_uri,
                state,
                correlation_id,
                request_id,
            } = *invalid;
            let trace = correlation_id.as_ref();
            let mut events = log(&a::A1, trace, request_id.as_ref());
            let way_back = WayBack {
                release,
                redirect_uri,
                state,
                correlation_id: correlation_id.clone(),
                aanbieder: None,
            };
            match release.invalid_request_delivery() {
                ErrorDelivery::Redirect => {
                    let redirect = error_redirect(&way_back.redirect_uri, &error, way_back.state.as_ref());
                    let row = if is_representation { &a::A14C } else { &a::A3 };
                    events.extend(log(row, trace, request_id.as_ref()));
                    Opened::Redirect { redirect, events }
                }
                ErrorDelivery::PageFirst => {
                    let row = if is_representation { &a::A14C_PAGE } else { &a::A3_PAGE };
                    events.extend(log(row, trace, None));
                    let error = error.as_str().to_owned();
                    Opened::InvalidRequest {
                        shown: InvalidRequestShown { error, way_back },
                        events,
                    }
                }
            }
        }
        Checked::Right(request) => {
            let trace = request.correlation_id.as_ref();
            let mut events = log(&a::A1, trace, request.request_id.as_ref());
            if release.landing_page() {
                events.extend(log(&a::A4, trace, None));
                Opened::Landing {
                    landing: Landing { request: *request },
                    events,
                }
            } else {
                events.extend(log(&a::A5, trace, None));
                Opened::Authenticate {
                    awaiting: AwaitingAuthentication { request: *request },
                    events,
                }
            }
        }
    }
}

/// What a person came for: an authorization, or to manage consents.
pub trait Visit: Sealed {
    /// The release that is spoken.
    fn release(&self) -> Release;
    /// The id of the chain, if the request had one.
    fn correlation_id(&self) -> Option<&CorrelationId>;
}

mod sealed {
    /// How a visit ends that is not granted.
    #[expect(unnameable_types, reason = "so that nobody else implements it")]
    pub trait Sealed {
        type WayBack;
        type Cancelled;
        fn into_way_back(self) -> Self::WayBack;
        fn cancelled(way_back: Self::WayBack) -> (Self::Cancelled, &'static crate::flow::Row);
    }
}

pub(super) use sealed::Sealed;

impl Visit for AuthorizationRequest {
    fn release(&self) -> Release {
        self.release
    }

    fn correlation_id(&self) -> Option<&CorrelationId> {
        self.correlation_id.as_ref()
    }
}

impl Sealed for AuthorizationRequest {
    type WayBack = WayBack;
    type Cancelled = Redirect;

    fn into_way_back(self) -> WayBack {
        WayBack::of(self)
    }

    fn cancelled(way_back: WayBack) -> (Redirect, &'static Row) {
        (way_back.not_granted(), &a::A7)
    }
}

/// Gives the steps of a session the same getter and log lines.
macro_rules! step {
    (@body $visit:ty) => {
        /// The request of this session: what the screens show comes from it.
        #[must_use]
        pub const fn request(&self) -> &$visit {
            &self.request
        }

        pub(super) fn events(&self, row: &'static crate::flow::Row, now: UtcDateTime) -> Vec<LogEvent> {
            row.log(now, $crate::dva::session::Visit::correlation_id(&self.request), None)
        }
    };
    ($($step:ident),+) => {
        $(impl $step {
            step!(@body AuthorizationRequest);
        })+
    };
    (any $($step:ident),+) => {
        $(impl<V: $crate::dva::session::Visit> $step<V> {
            step!(@body V);
        })+
    };
}

pub(super) use step;

/// The landing page is shown: the person sees that this is the domain of the Aanbieder [core.usrint.100, 2.x].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the person"]
pub struct Landing<V = AuthorizationRequest> {
    pub(super) request: V,
}

/// The person is at the Authentication Server.
///
/// Representation is to be allowed there if and only if the scope of the request asks for it: see
/// [`Scope::representation`](crate::Scope::representation) [ext.vert.authint.201, 2.x] [ext.vert.authint.204, 2.x].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the Authentication Server"]
pub struct AwaitingAuthentication<V = AuthorizationRequest> {
    pub(super) request: V,
}

/// The cancellation page is shown: the person may log in after all, or close it [core.usrint.101, 2.x].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the person"]
pub struct AuthenticationCancelled<V = AuthorizationRequest> {
    pub(super) request: V,
}

step!(any Landing, AwaitingAuthentication, AuthenticationCancelled);

impl<V: Visit> Landing<V> {
    /// The person goes on to log in: send the authentication request [A6, flows 4.2].
    pub fn proceed(self, now: UtcDateTime) -> (AwaitingAuthentication<V>, Vec<LogEvent>) {
        let events = self.events(&a::A6, now);
        (AwaitingAuthentication { request: self.request }, events)
    }

    /// The person does not want to: the one redirect of the class *not granted* [A7, flows 4.2]; in *Beheren toestemmingen*
    /// the way back, if there is one [M5, flows 4.4] [M6, flows 4.4].
    pub fn cancel(self, now: UtcDateTime) -> (V::Cancelled, Vec<LogEvent>) {
        let correlation_id = self.request.correlation_id().cloned();
        let (cancelled, row) = V::cancelled(self.request.into_way_back());
        (cancelled, row.log(now, correlation_id.as_ref(), None))
    }
}

/// What follows when the person breaks off the login.
#[derive(Debug)]
#[must_use = "the browser waits for an answer"]
#[expect(clippy::exhaustive_enums, reason = "the rows A9 and A10")]
pub enum CancelStep<V: Visit = AuthorizationRequest> {
    /// Show the cancellation page [A9, flows 4.2].
    Cancelled(AuthenticationCancelled<V>),
    /// The release has none: show the page that the request is not granted [A10, flows 4.2].
    NotGranted(NotGrantedShown<V::WayBack>),
}

impl<V: Visit> AwaitingAuthentication<V> {
    /// The Authentication Server sent the person back with an artifact: resolve it, server to server [A8, flows 4.2].
    pub fn response(self, now: UtcDateTime) -> (ResolvingIdentity<V>, Vec<LogEvent>) {
        let events = self.events(&a::A8, now);
        (ResolvingIdentity { request: self.request }, events)
    }

    /// The person broke off the login: rows A9 and A10 [UC Verzamelen 7, 1.4.0] [Authenticeren 2, 2.x].
    pub fn cancelled(self, now: UtcDateTime) -> (CancelStep<V>, Vec<LogEvent>) {
        if self.request.release().landing_page() {
            let events = self.events(&a::A9, now);
            let cancelled = AuthenticationCancelled { request: self.request };
            (CancelStep::Cancelled(cancelled), events)
        } else {
            let events = self.events(&a::A10, now);
            (CancelStep::NotGranted(NotGrantedShown::new(self.request)), events)
        }
    }

    /// The authentication failed: show the page that the request is not granted [A12, flows 4.2]
    /// [Authenticeren 1, 2.x].
    pub fn failed(self, now: UtcDateTime) -> (NotGrantedShown<V::WayBack>, Vec<LogEvent>) {
        let events = self.events(&a::A12, now);
        (NotGrantedShown::new(self.request), events)
    }
}

impl<V: Visit> AuthenticationCancelled<V> {
    /// The person logs in after all: send a new authentication request [A11, flows 4.2].
    pub fn retry(self, now: UtcDateTime) -> (AwaitingAuthentication<V>, Vec<LogEvent>) {
        let events = self.events(&a::A11, now);
        (AwaitingAuthentication { request: self.request }, events)
    }
}
