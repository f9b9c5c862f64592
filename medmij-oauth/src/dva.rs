//! The DVA's side of a run: the Authorization Server's front channel, the token endpoint, and the check of tokens by the
//! Resource and Subscription Server [flows.md 4.2] [flows.md 4.3].
//!
//! The front channel is a session of steps, each a type that is used up: [`open`] → [`Landing`] →
//! [`AwaitingAuthentication`] → [`ResolvingIdentity`] → [`TestingEarly`] → [`AwaitingDeclaration`] → [`IssuingCode`]. Where
//! the request is not granted it goes to [`NotGrantedShown`], which knows no cause; where the person breaks off the login to
//! [`AuthenticationCancelled`]; where something of our own fails to [`TechnischeStoring`]. [`Session`] holds any waiting step
//! as data.
//!
//! The back channel is a row of steps too: [`TokenRequest`](crate::TokenRequest) → [`ClientOffer`] (a [`CodeOffer`], or a
//! [`RefreshOffer`] → [`TestingRefresh`]) → [`Issued`] → the response; and [`ResourceRequest`] → [`TokenCheck`].

mod abonnement;
mod beheren;
mod code;
mod declaration;
mod driver;
mod exchange;
mod grant;
mod identity;
mod notification;
mod refresh;
mod resource;
mod screens;
mod session;
mod shown;
mod store;
mod subscription;
mod subscription_server;

pub use abonnement::{Abonnement, AbonnementStore, Replaced};
pub use beheren::{
    Confirming, Consent, ManageOpened, ManageRequest, ManageSession, ManageWayBack, Overview, Withdrawing, manage,
};
pub use code::{CodeIssued, IssuingCode};
pub use declaration::{
    Answered, AwaitingDeclaration, DeclarationAnswer, DeclarationRecord, TestResult, TestStep, TestingEarly,
};
pub use driver::{RefreshTester, TokenEndpoint, issue_code, permit};
pub use exchange::{ClientOffer, CodeOffer, Issued, Refused, TokenOutcome, TokenSettings};
pub use grant::{AccessGrant, CodeGrant, NewTokens, RefreshGrant};
pub use identity::{Identity, IdentityStep, ResolvingIdentity};
pub use notification::{
    AckStep, AwaitingAck, NotSent, NotificationEndpoints, NotificationRoute, NotifyStep, Notifying, Queued,
};
pub use refresh::{RefreshJudged, RefreshOffer, TestingRefresh};
pub use resource::{Permit, ResourceRequest, Subject, TestingLate, TokenCheck, Wanted};
pub use screens::{NamedConsent, representation_stopped, unknown_client};
pub use session::{AuthenticationCancelled, AwaitingAuthentication, CancelStep, Landing, Opened, Session, Visit, open};
pub use shown::{FailureStep, InvalidRequestShown, NotGrantedShown, TechnicalError, TechnischeStoring, WayBack};
pub use store::{FoundRefresh, GrantStore, PutTokens, SessionStore, TakenCode};
pub use subscription::{
    Accepted, Deciding, Finding, StoreAs, SubscriptionStep, SubscriptionTerms, TestingSubscription,
};
pub use subscription_server::{Subscribable, SubscriptionServer};
