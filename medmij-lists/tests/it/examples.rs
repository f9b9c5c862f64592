//! The framework's own examples, where they are at hand.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use medmij_lists::{Limits, List};

#[test]
fn official_examples() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/lists/examples"));
    if !folder.exists() {
        writeln!(
            std::io::stderr(),
            "skipped: the official examples are not at {}",
            folder.display()
        )
        .unwrap();
        return;
    }
    let expected = [
        ("GNL-release1-example-fileversion2.xml", Some(("gnl", 7))),
        ("OCL-release2-example-fileversion2.xml", Some(("ocl", 2))),
        ("OCL-release2-example-localtest.xml", Some(("ocl", 3))),
        ("WHL-release2-example-2021.xml", Some(("whl", 7))),
        ("WHL-release2-example-fileversion2-obsolete-form.xml", None),
        ("WHL-release2-example-fileversion5.xml", Some(("whl", 7))),
        ("ZAL-release2-example-empty.xml", Some(("zal", 0))),
        ("ZAL-release2-example-fileversion2.xml", Some(("zal", 2))),
        ("ZAL-release2-example-localtest-b.xml", Some(("zal", 3))),
        ("ZAL-release2-invalid-name-with-dot.xml", None),
        ("ZAL-release3-example-9.3-fileversion8.xml", Some(("zal", 2))),
        ("ZAKL-release1-example-5.1-fileversion4.xml", Some(("zakl", 2))),
    ];
    for (name, expected) in expected {
        let parsed = List::parse(&fs::read(folder.join(name)).unwrap(), &Limits::default());
        let found = parsed
            .as_ref()
            .ok()
            .map(|parsed| (parsed.list.kind().as_str(), parsed.list.entries()));
        assert_eq!(found, expected, "{name}: {:?}", parsed.err());
        if let Ok(parsed) = List::parse(&fs::read(folder.join(name)).unwrap(), &Limits::default()) {
            assert!(parsed.warnings.is_empty(), "{name}");
        }
    }
}
