#![no_main]

#[path = "../../medmij-oauth/tests/it/fuzzed_stored.rs"]
#[allow(dead_code, reason = "one property of several")]
mod fuzzed_stored;

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzzed_stored::stored(input));
