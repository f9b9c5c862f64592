//! The messages of the token interface, each built and read in one place.

mod request;
mod response;

pub(crate) use request::build;
pub use request::{TokenRefusal, TokenRefusalReason, TokenRequest};
pub use response::TOKEN_LIFETIME;
pub(crate) use response::TokenResponse;
