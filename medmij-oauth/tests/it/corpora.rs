//! The corpora of the fuzz targets, replayed.

use crate::{fuzzed, fuzzed_abonneren};

#[test]
fn every_input_of_the_corpora_keeps_its_property() {
    #[cfg(feature = "persist")]
    let stored: &[(&str, fuzzed::Property)] = &[("stored", crate::fuzzed_stored::stored)];
    #[cfg(not(feature = "persist"))]
    let stored: &[(&str, fuzzed::Property)] = {
        use std::io::Write as _;
        drop(writeln!(
            std::io::stderr(),
            "the corpus of stored states is skipped: the feature persist is off"
        ));
        &[]
    };
    for (name, check) in fuzzed::TARGETS.iter().chain(&fuzzed_abonneren::TARGETS).chain(stored) {
        let folder = format!("{}/../fuzz/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
        let files: Vec<_> = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{folder}: {error}"))
            .map(|file| file.unwrap().path())
            .collect();
        assert!(files.len() > 10, "{name}: {} inputs", files.len());
        for file in files {
            check(&std::fs::read(&file).unwrap());
        }
    }
}
