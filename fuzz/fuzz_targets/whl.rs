#![no_main]

#[path = "../../medmij-lists/tests/it/fuzzed.rs"]
mod fuzzed;

libfuzzer_sys::fuzz_target!(|document: &[u8]| fuzzed::check(medmij_lists::ListKind::Whl, document));
