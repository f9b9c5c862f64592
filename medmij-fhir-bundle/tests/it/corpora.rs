//! The corpora of the fuzz targets, replayed.

use crate::fuzzed;

#[test]
fn every_input_of_the_corpora_keeps_its_property() {
    for (name, check) in fuzzed::TARGETS {
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
