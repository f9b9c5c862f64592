//! The public API of medmij-oauth, row by row.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod pair;

mod authorization_server;
mod drivers;
mod dvp_authorization;
mod dvp_resources;
mod not_granted;
mod persist;
mod resource_server;
mod scope;
mod token_endpoint;
mod wire;
