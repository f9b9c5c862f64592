//! The public API of medmij-fhir-bundle.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod bsn;
mod corpora;
mod documents;
mod envelope;
mod findings;
mod forms;
mod fuzzed;
mod integrity;
mod made_up;
mod manifest;
mod message;
mod nictiz;
mod outcome;
mod paging;
mod references;
mod share;
mod splice;
mod view;

use medmij_fhir_bundle::{Bundle, BundleError, FhirVersion, Finding, Limits, RuleSet};

fn parse(text: &str) -> Result<Bundle<'_>, BundleError> {
    parse_as(text, FhirVersion::R4)
}

fn parse_as(text: &str, version: FhirVersion) -> Result<Bundle<'_>, BundleError> {
    Bundle::parse(text.as_bytes(), version, &Limits::default())
}

/// What is found in a Bundle.
fn findings(text: &str, version: FhirVersion, rules: RuleSet) -> Vec<Finding> {
    parse_as(text, version).unwrap().findings(rules)
}

/// A Bundle of a type with these members behind it.
fn bundle(code: &str, members: &str) -> String {
    let comma = if members.is_empty() { "" } else { "," };
    format!(r#"{{"resourceType":"Bundle","type":"{code}"{comma}{members}}}"#)
}

/// A Bundle of a type with one entry.
fn of_one(code: &str, entry: &str) -> String {
    bundle(code, &format!(r#""entry":[{{{entry}}}]"#))
}
