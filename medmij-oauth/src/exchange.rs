//! The messages of the token interface, each built and read in one place.

mod lifetime;
mod refusal;
mod request;
mod response;

pub use lifetime::{CODE_LIFETIME, TOKEN_LIFETIME, half_a_year_after};
pub use refusal::{TokenRefusal, TokenRefusalReason};
pub(crate) use request::{Offered, Sent};
pub use request::{ParameterPlace, TokenRequest};
pub(crate) use response::{TokenResponse, TokenResponseError};
