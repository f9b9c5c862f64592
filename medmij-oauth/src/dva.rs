//! The DVA's side of a run: the Authorization Server's front channel, the token endpoint, and the Resource Server
//! [flows.md 4.2] [flows.md 4.3].
//!
//! The front channel is a session of steps, each a type that is used up: [`open`] → [`Landing`] →
//! [`AwaitingAuthentication`] → [`ResolvingIdentity`] → [`TestingEarly`] → [`AwaitingDeclaration`] → [`IssuingCode`]. Where
//! the request is not granted it goes to [`NotGrantedShown`], which knows no cause. [`Session`] holds any waiting step as
//! data.

mod declaration;
mod driver;
mod grant;
mod resource;
mod session;
mod store;

pub use declaration::{
    Answered, AwaitingDeclaration, CodeIssued, DeclarationAnswer, DeclarationRecord, IssuingCode, TestResult, TestStep,
    TestingEarly,
};
pub use driver::{TokenEndpoint, Wanted, issue_code, permit};
pub use grant::{AccessGrant, CodeGrant, Exchanged, TokenOutcome, TokenSettings, exchange};
pub use resource::{Permit, ResourceAsked, check};
pub use session::{
    AwaitingAuthentication, InvalidRequestShown, Landing, NotGrantedShown, Opened, ResolvingIdentity, Session, open,
};
pub use store::{GrantStore, SessionStore, TakenCode};
