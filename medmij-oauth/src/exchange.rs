//! The messages of the token interface, each built and read in one place.

mod request;
mod response;

pub(crate) use request::build;
pub use request::{TokenRefusal, TokenRefusalReason, TokenRequest};
pub(crate) use response::TokenResponse;
