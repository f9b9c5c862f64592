//! The simple types against vectors: our own always, the framework's where they are at hand. Each value goes through a
//! whole document, so that what is judged is what stands in a list.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use medmij_lists::{DatumTijd, Limits, List, Positiefnummer};

use crate::document::{GNL1, client, gnl, naamdienst, ocl};

fn escape(value: &str) -> String {
    // A reference for every character: nothing is normalised on the way.
    value.chars().map(|c| format!("&#{};", u32::from(c))).collect()
}

fn takes(name: &str, value: &str) -> Option<bool> {
    let text = escape(value);
    let dated = |stempel: &str, nummer: &str| {
        format!(
            "<Gegevensdienstnamenlijst xmlns=\"{GNL1}\"><Tijdstempel>{stempel}</Tijdstempel>\
             <Volgnummer>{nummer}</Volgnummer><Gegevensdiensten/></Gegevensdienstnamenlijst>"
        )
    };
    let (xml, alone) = match name {
        "DatumTijd" => (dated(&text, "1"), value.parse::<DatumTijd>().is_ok()),
        "Positiefnummer" => (
            dated("2026-11-01T08:00:00Z", &text),
            value.parse::<Positiefnummer>().is_ok(),
        ),
        "OAuthclientOrganisatienaam" => (
            ocl(&client("pgo.nl", &text)),
            value.parse::<medmij_core::OAuthclientOrganisatienaam>().is_ok(),
        ),
        "Weergavenaam" => (
            gnl(&naamdienst("1", &text)),
            value.parse::<medmij_core::Gegevensdienstnaam>().is_ok(),
        ),
        _ => return None,
    };
    let taken = List::parse(xml.as_bytes(), &Limits::default()).is_ok();
    assert_eq!(taken, alone, "{name} {value:?} alone and in a document");
    Some(taken)
}

fn check(path: &Path) -> usize {
    let mut count = 0;
    for line in fs::read_to_string(path)
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
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
        48
    );
}

#[test]
fn lists_8_shared_vectors() {
    let path = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/data/lists/vectors.tsv"
    ));
    if path.exists() {
        assert_eq!(check(path), 59);
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
fn datum_tijd_moments() {
    let moment = |text: &str| {
        text.parse::<DatumTijd>()
            .unwrap()
            .moment()
            .map(|moment| moment.to_string())
    };
    assert_eq!(moment("2018-04-16T24:00:00Z").unwrap(), "2018-04-17 0:00:00.0 +00");
    assert_eq!(moment("2018-12-31T24:00:00-01:00").unwrap(), "2019-01-01 1:00:00.0 +00");
    assert_eq!(
        moment("2021-05-04T18:13:51.0+01:00").unwrap(),
        "2021-05-04 17:13:51.0 +00"
    );
    assert_eq!(
        moment("2021-05-04T18:13:51.1234567891Z").unwrap(),
        "2021-05-04 18:13:51.123456789 +00"
    );
    assert_eq!(moment("2018-04-16T10:43:41.1"), None, "no time zone");
    assert_eq!(moment("99999-04-16T10:43:41Z"), None, "no such year in our calendar");
    assert_eq!(moment("9999999999999-04-16T10:43:41Z"), None);
    assert_eq!(
        moment("9999-12-31T23:59:59-14:00"),
        None,
        "its moment in UTC is outside our calendar"
    );
    assert_eq!(moment("-9999-01-01T00:00:00+14:00"), None);
}

#[test]
fn positiefnummer_is_ordered_by_value() {
    let numbers = [
        "1",
        "+2",
        "009",
        "10",
        "99",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999",
    ];
    let numbers: Vec<Positiefnummer> = numbers.iter().map(|text| text.parse().unwrap()).collect();
    assert!(numbers.is_sorted());
    assert_eq!(numbers[5].to_u64(), Some(u64::MAX));
    assert_eq!(numbers[6].to_u64(), None);
    assert_eq!("007".parse::<Positiefnummer>(), "+7".parse());
}
