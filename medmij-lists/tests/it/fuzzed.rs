//! What must hold of every document, whoever made it: the property of the fuzz targets.

use medmij_lists::{Limits, List, ListKind, ListReader};

/// Reads a document: it does not panic, says the same of it in pieces, and what is written of a list is that list again.
pub(crate) fn check(kind: ListKind, document: &[u8]) {
    let limits = Limits::default();
    let whole = List::parse_as(kind, document, &limits);
    let mut reader = ListReader::new(kind, limits);
    // Where the pieces end is up to the document, so that a fuzzer can move it.
    let size = usize::from(document.last().copied().unwrap_or(0)) + 1;
    let pushed = document.chunks(size).try_for_each(|piece| reader.push(piece));
    let pieces = pushed.and_then(|()| reader.finish());
    match (&whole, &pieces) {
        (Ok(whole), Ok(pieces)) => {
            assert_eq!(whole.list, pieces.list);
            assert_eq!(whole.warnings, pieces.warnings);
        }
        (Err(whole), Err(pieces)) => assert_eq!(whole, pieces),
        _ => panic!("as a whole: {whole:?}; in pieces: {pieces:?}"),
    }
    let detected = ListKind::detect(document);
    if let Ok(parsed) = whole {
        assert_eq!(detected, Some(kind), "its root tells which list it is");
        let written = parsed.list.to_xml();
        match List::parse_as(kind, written.as_bytes(), &limits) {
            Ok(again) => assert_eq!(parsed.list, again.list),
            Err(rejected) => panic!("{rejected}\n{written}"),
        }
    }
}
