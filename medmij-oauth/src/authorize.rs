//! The messages of the authorization interface, each built and read in one place.

mod error;
mod reply;
mod request;

pub use error::{ErrorClass, OAuthErrorCode};
pub use reply::{AuthorizationReply, ReplyContent};
pub(crate) use reply::{code_redirect, error_redirect, not_granted_redirect};
pub(crate) use request::build;
pub use request::{AuthorizationRequest, AuthorizationSettings, Directory, InvalidRequest, UnverifiedClient};
pub(crate) use request::{Checked, check};
