//! The public API of medmij-lists, rule by rule.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod corpora;
mod differential;
mod document;
mod documents;
mod encodings;
mod errors;
mod examples;
mod fuzzed;
mod limits;
mod made_up;
mod offers;
mod refresh;
mod release3;
mod simple_types;
mod use_of_lists;
mod vectors;
mod well_formed;
