//! The public API of medmij-core, rule by rule.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod aanbieder;
mod endpoint;
mod exception;
mod function;
mod ids;
mod logging;
mod official_wording;
mod party;
mod redirect_uri;
mod release;
mod screens;
mod secret;
mod serde_forms;
mod simple_types;
mod text;
mod xml;
