//! The example servers together, over real TLS on loopback.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod binaries;
mod demo;
mod foreign_client;
mod lists;
mod pages;
mod postgres;
mod sql;
mod tls;
mod tool;
