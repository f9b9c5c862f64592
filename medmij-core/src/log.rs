//! Log events as data: what happened, when, in which chain. The library returns them; the caller writes them.

mod batch;
mod chain;
mod retention;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::UtcDateTime;

use crate::{CorrelationId, RequestId};

pub use batch::{LogBatcher, MAX_BATCH_BYTES, MAX_BATCH_CHARACTERS};
pub use chain::{ChainLine, ChainNames};
pub use retention::RecordAge;

/// Something that happened and must be logged [core.logging.202, 2.x] [core.logging.203, 2.x] [core.logging.204, 2.x].
///
/// It names the moment, the event and the ids of the chain, and has no place for a person: what is delivered to MedMij may
/// not be traceable to one [core.logging.103, 2.x]. What the own log must know of the person, the caller adds, who knows
/// it. The `trace_id` of the chain log is the correlation id [core.logging.207, 2.x].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct LogEvent {
    /// The moment.
    pub at: UtcDateTime,
    /// What happened.
    pub event: Event,
    /// The chain it belongs to.
    pub trace_id: Option<CorrelationId>,
    /// The single request it is about.
    pub request_id: Option<RequestId>,
    /// The row of the transition tables that it comes from, by its number.
    pub row: Option<&'static str>,
    /// The status of the answer that it is about, for the own log.
    pub status: Option<u16>,
    /// How long after its request it was, for the own log.
    pub took: Option<Duration>,
}

impl LogEvent {
    /// An event of no chain and no request; the `with_*` methods add them.
    #[must_use]
    pub fn new(at: UtcDateTime, event: impl Into<Event>) -> Self {
        Self {
            at,
            event: event.into(),
            trace_id: None,
            request_id: None,
            row: None,
            status: None,
            took: None,
        }
    }

    /// The same with the row that it comes from.
    #[must_use]
    pub fn at_row(mut self, row: &'static str) -> Self {
        self.row = Some(row);
        self
    }

    /// The same with the status of the answer it is about, and how long after its request it was; the library tells both where
    /// it made the request, and the status where it made the answer [core.logging.202, 2.x] [core.logging.203, 2.x].
    #[must_use]
    pub const fn answered(mut self, status: Option<u16>, took: Option<Duration>) -> Self {
        self.status = status;
        self.took = took;
        self
    }

    /// The same with the id of its chain.
    #[must_use]
    pub fn with_trace_id(mut self, trace_id: Option<&CorrelationId>) -> Self {
        self.trace_id = trace_id.cloned();
        self
    }

    /// The same with the id of its request.
    #[must_use]
    pub fn with_request_id(mut self, request_id: Option<&RequestId>) -> Self {
        self.request_id = request_id.cloned();
        self
    }
}

/// What happened: an event of the chain log, or one for the own log only.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there are two logs")]
pub enum Event {
    /// An event that is delivered to MedMij, by its name in the Logging interface.
    Chain(ChainEvent),
    /// An event for the participant's own log, for which no name of the chain log is known.
    Own(OwnEvent),
}

impl Event {
    /// The name of the event, in the chain log or in the own log.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Chain(event) => event.name(),
            Self::Own(event) => event.name(),
        }
    }
}

impl From<ChainEvent> for Event {
    fn from(event: ChainEvent) -> Self {
        Self::Chain(event)
    }
}

impl From<OwnEvent> for Event {
    fn from(event: OwnEvent) -> Self {
        Self::Own(event)
    }
}

macro_rules! chain_events {
    ($($(#[$doc:meta])* $event:ident = $name:literal;)+) => {
        /// An event of the chain log, by its name in the Logging interface [core.logging.205, 2.x].
        ///
        /// The names behind `send_artifact_resolution_request` were not found; a deployment that has them uses
        /// [`Other`](Self::Other).
        #[derive(Clone, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum ChainEvent {
            $($(#[$doc])* $event,)+
            /// A name that is not known here.
            Other(Arc<str>),
        }

        impl ChainEvent {
            /// The name in the Logging interface.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$event => $name,)+
                    Self::Other(name) => name,
                }
            }
        }

        impl From<&str> for ChainEvent {
            fn from(name: &str) -> Self {
                match name {
                    $($name => Self::$event,)+
                    _ => Self::Other(name.into()),
                }
            }
        }
    };
}

chain_events! {
    /// The DVP sends an authorization request.
    SendAuthorizationRequest = "send_authorization_request";
    /// The DVA receives it.
    ReceiveAuthorizationRequest = "receive_authorization_request";
    /// The DVA shows the landing page.
    ShowLandingPage = "show_landing_page";
    /// Instead: the client or its redirect URI is wrong.
    AuthorizationRequestError = "authorization_request_error";
    /// With it: the DVA shows an error page.
    ShowAuthorizationRequestErrorPage = "show_authorization_request_error_page";
    /// Instead: other parameters are wrong, and the DVP is told.
    SendAuthorizationRequestError = "send_authorization_request_error";
    /// The DVA sends an authentication request.
    SendAuthenticationRequest = "send_authentication_request";
    /// Instead: the DVA sends a cancellation to the DVP.
    SendAuthorizationCancellation = "send_authorization_cancellation";
    /// The DVA receives an authentication response.
    ReceiveAuthenticationResponse = "receive_authentication_response";
    /// Instead: the person broke off the login.
    ReceiveAuthorizationCancellation = "receive_authorization_cancellation";
    /// Instead: the authentication failed.
    ReceiveAuthenticationError = "receive_authentication_error";
    /// The DVA asks for the identity behind an artifact.
    SendArtifactResolutionRequest = "send_artifact_resolution_request";
}

impl fmt::Display for ChainEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for ChainEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for ChainEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Ok(name.as_ref().into())
    }
}

macro_rules! own_events {
    ($($(#[$doc:meta])* $event:ident = $name:literal;)+) => {
        /// An event that the framework asks to be logged, or that an operator wants to see, and for which no name of the chain
        /// log is known. The names are ours.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum OwnEvent {
            $($(#[$doc])* $event,)+
        }

        impl OwnEvent {
            /// The name in the own log.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$event => $name,)+
                }
            }
        }
    };
}

own_events! {
    /// The DVP received an authorization code, its proof that the declaration was given [UCI Verzamelen 11, 1.x].
    CodeReceived = "code_received";
    /// The DVP received an error instead of a code.
    ErrorReceived = "error_received";
    /// A redirect came in that belongs to no run, or to one that has gone on.
    StrayRedirect = "stray_redirect";
    /// The DVA knows who the person is.
    IdentityEstablished = "identity_established";
    /// The DVA could not establish who the person is.
    IdentityNotEstablished = "identity_not_established";
    /// The test of the Aanbieder was positive.
    TestPositive = "test_positive";
    /// The test of the Aanbieder was negative.
    TestNegative = "test_negative";
    /// The DVA showed the page that the request is not granted.
    NotGrantedShown = "not_granted_shown";
    /// The DVA showed the page that the request is invalid.
    InvalidRequestShown = "invalid_request_shown";
    /// The DVA showed the cancellation page [A9, flows 4.2].
    LoginCancelledShown = "login_cancelled_shown";
    /// Representation was used and not expected, or expected and not used, or the date of birth differs; the DVA said so
    /// [A14, flows 4.2] [A14b, flows 4.2].
    RepresentationStopped = "representation_stopped";
    /// The DVA showed the page *Technische storing* [A23, flows 4.2].
    TechnicalFailureShown = "technical_failure_shown";
    /// The DVA sent the error of the class *undetermined* [A21, flows 4.2].
    TechnicalFailureSent = "technical_failure_sent";
    /// The DVA showed the declaration.
    DeclarationShown = "declaration_shown";
    /// The person answered the declaration [P&I 8a, 1.1.2].
    DeclarationAnswered = "declaration_answered";
    /// The DVA sent an authorization code.
    CodeSent = "code_sent";
    /// The DVA sent the one error of the class *not granted*.
    NotGrantedSent = "not_granted_sent";
    /// A token request was sent or received.
    TokenRequest = "token_request";
    /// A token was issued or received.
    TokenIssued = "token_issued";
    /// A token request was refused.
    TokenRefused = "token_refused";
    /// A code was offered a second time; what was obtained by it is to be revoked [T4, flows 4.3].
    CodeReplayed = "code_replayed";
    /// A refresh token was offered after it had been replaced; all that stems from its consent is to be revoked
    /// [T6, flows 4.3].
    RefreshTokenReplayed = "refresh_token_replayed";
    /// A resource request was sent or received.
    ResourceRequest = "resource_request";
    /// A resource request was answered.
    ResourceResponse = "resource_response";
    /// A resource request was refused or failed.
    ResourceError = "resource_error";
    /// The run or session was given up.
    Abandoned = "abandoned";
    /// The run has done all it had to do, well or not.
    RunEnded = "run_ended";
    /// The DVP sent the person to the page of a DVA on which consents are managed [P31, flows 4.1].
    HandedOver = "handed_over";
    /// The DVA received a request to manage consents [M0, flows 4.4].
    ManageRequest = "manage_request";
    /// The DVA showed the overview of consents [M1, flows 4.4].
    OverviewShown = "overview_shown";
    /// The person withdrew a consent [M3, flows 4.4].
    ConsentWithdrawn = "consent_withdrawn";
    /// The person went back from the overview to the PGO [M5, flows 4.4].
    ReturnedToPgo = "returned_to_pgo";
    /// An Abonnement was taken, changed or ended [S1, flows 4.3].
    AbonnementStored = "abonnement_stored";
    /// A subscription request was refused [S2, flows 4.3].
    AbonnementRefused = "abonnement_refused";
    /// The DVA sent a Notificatie [N1, flows 4.4b].
    NotificationSent = "notification_sent";
    /// The DVP took a Notificatie, as the DVA knows by its answer [N4, flows 4.4b].
    NotificationAccepted = "notification_accepted";
    /// A Notificatie was refused, or not answered [Notificeren 1, 2.x] [Notificeren 2, 2.x].
    NotificationRefused = "notification_refused";
    /// The DVP received a Notificatie, and keeps that it did [ext.abo.logging.100, 2.x].
    NotificationReceived = "notification_received";
}
