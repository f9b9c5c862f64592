//! The corpora of the fuzz targets, replayed without a fuzzer.

use std::fs;

use medmij_lists::ListKind;

use crate::fuzzed::check;

#[test]
fn corpora_replay() {
    for kind in ListKind::ALL {
        let folder = format!("{}/../fuzz/corpus/{kind}", env!("CARGO_MANIFEST_DIR"));
        let files: Vec<_> = fs::read_dir(&folder).unwrap().collect();
        assert!(files.len() >= 10, "{folder}");
        for file in files {
            check(kind, &fs::read(file.unwrap().path()).unwrap());
        }
    }
}
