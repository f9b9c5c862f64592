#![no_main]

#[path = "../../medmij-oauth/tests/it/fuzzed_abonneren.rs"]
#[allow(dead_code, reason = "one property of several")]
mod fuzzed_abonneren;
#[path = "../../medmij-oauth/tests/it/pair.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod pair;

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzzed_abonneren::notification_answer(input));
