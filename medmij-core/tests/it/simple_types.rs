//! The simple types against vectors: our own always, the framework's where they are at hand.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use medmij_core::{Aanbiedernaam, BackchannelUri, FrontchannelUri, GegevensdienstId, Hostname, Systeemrolcode};

/// Whether the type takes the value; `None` for a type of another crate.
fn takes(name: &str, value: &str) -> Option<bool> {
    Some(match name {
        "Hostname" => value.parse::<Hostname>().is_ok(),
        "Zorgaanbiedernaam" => Aanbiedernaam::from_schema(value).is_ok(),
        "GegevensdienstId" => value.parse::<GegevensdienstId>().is_ok(),
        "Systeemrolcode" => value.parse::<Systeemrolcode>().is_ok(),
        "Frontchanneluri" => value.parse::<FrontchannelUri>().is_ok(),
        "Backchanneluri" => value.parse::<BackchannelUri>().is_ok(),
        _ => return None,
    })
}

/// Runs a file of vectors and gives the number of those that are this crate's.
fn check(path: &Path) -> usize {
    let text = fs::read_to_string(path).unwrap();
    let mut count = 0;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<_> = line.split('\t').collect();
        let value: String = serde_json::from_str(columns[2]).unwrap();
        if let Some(taken) = takes(columns[0], &value) {
            assert_eq!(taken, columns[1] == "valid", "{line}");
            count += 1;
        }
    }
    count
}

#[test]
fn lists_8_own_vectors() {
    assert_eq!(
        check(Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/data/simple_types.tsv"
        ))),
        72
    );
}

#[test]
fn lists_8_shared_vectors() {
    let path = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/data/lists/vectors.tsv"
    ));
    if path.exists() {
        assert_eq!(check(path), 131);
    } else {
        writeln!(
            std::io::stderr(),
            "skipped: the shared vectors are not at {}",
            path.display()
        )
        .unwrap();
    }
}

#[test]
fn limits_hold_before_content_is_looked_at() {
    let long = "a".repeat(Hostname::MAX_LEN) + ".nl";
    assert!(long.parse::<Hostname>().is_err());
    assert!(format!("https://{long}").parse::<FrontchannelUri>().is_err());
    assert!(format!("https://{long}").parse::<BackchannelUri>().is_err());
    assert!(
        format!("{}.nl", "a".repeat(Hostname::MAX_LEN - 3))
            .parse::<Hostname>()
            .is_ok()
    );
}
