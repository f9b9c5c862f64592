//! The public API of medmij-oauth, row by row.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod failing;
mod fuzzed;
mod fuzzed_abonneren;
#[cfg(feature = "persist")]
mod fuzzed_stored;
mod pair;
mod per_release;
mod scene;

mod abonneren;
mod attacks;
mod authorization_server;
mod beheren;
mod checklist;
mod conformance;
mod corpora;
mod delen;
mod drivers;
mod dvp_authorization;
mod dvp_resources;
mod flow_tables;
mod functions;
mod not_granted;
mod notificeren;
mod own_log;
mod persist;
mod pkce;
mod refresh;
mod resource_server;
mod scope;
mod screens;
mod simulation;
mod subscription_server;
mod table_3_3;
mod table_4_1;
mod table_4_5;
mod table_5;
mod token_endpoint;
mod wire;
