#![no_main]

#[path = "../../medmij-fhir-bundle/tests/it/fuzzed.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod fuzzed;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzzed::bundle(bytes));
