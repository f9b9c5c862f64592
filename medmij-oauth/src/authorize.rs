//! The messages of the authorization interface, each built and read in one place.

mod check;
mod error;
mod reply;
mod request;

pub use check::{AuthorizationSettings, Directory, UnverifiedClient};
pub(crate) use check::{Checked, InvalidRequest, check};
pub use error::{ErrorClass, OAuthErrorCode};
pub use reply::{AuthorizationReply, ReplyContent};
pub(crate) use reply::{code_redirect, error_redirect, not_granted_redirect};
pub use request::AuthorizationRequest;
pub(crate) use request::Sent;
