//! Which encodings are read, and which are refused by name.

use medmij_lists::{Limits, List, ListRule};

use crate::document::*;

fn utf16(text: &str, little: bool, mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
    units
        .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
        .collect()
}

fn naam(bytes: &[u8]) -> String {
    match List::parse(bytes, &Limits::default()).map(|parsed| parsed.list) {
        Ok(List::Gnl(list)) => list.gegevensdiensten()[0].weergavenaam.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn utf8_and_utf16_are_read() {
    let plain = gnl(&naamdienst("1", "Één 𝒳"));
    let declared = |name: &str| format!("<?xml version=\"1.0\" encoding=\"{name}\"?>{plain}");
    assert_eq!(naam(plain.as_bytes()), "Één 𝒳");
    assert_eq!(naam(declared("UTF-8").as_bytes()), "Één 𝒳");
    assert_eq!(naam(format!("\u{FEFF}{}", declared("utf-8")).as_bytes()), "Één 𝒳");
    for little in [true, false] {
        for mark in [true, false] {
            assert_eq!(naam(&utf16(&declared("UTF-16"), little, mark)), "Één 𝒳");
            let version_alone = format!("<?xml version=\"1.0\"?>{plain}");
            for undeclared in [&plain, &version_alone] {
                let bytes = utf16(undeclared, little, mark);
                if mark {
                    assert_eq!(naam(&bytes), "Één 𝒳");
                } else {
                    assert_eq!(
                        reject(bytes).first().rule,
                        ListRule::Encoding,
                        "neither a mark nor a declaration"
                    );
                }
            }
        }
    }
}

#[test]
fn other_encodings_are_refused_by_name() {
    let plain = gnl(&naamdienst("1", "Naam"));
    let declared = |name: &str| format!("<?xml version=\"1.0\" encoding=\"{name}\"?>{plain}");
    for name in ["ISO-8859-1", "US-ASCII", "windows-1252", "UTF-16", "UTF-32", "UTF-7"] {
        assert_eq!(reject(declared(name)).first().rule, ListRule::Encoding, "{name}");
    }
    assert_eq!(
        reject(utf16(&declared("UTF-8"), true, true)).first().rule,
        ListRule::Encoding
    );
    assert_eq!(
        reject(utf16(&declared("UTF-16BE"), true, true)).first().rule,
        ListRule::Encoding
    );

    let latin: Vec<u8> = gnl(&naamdienst("1", "Caf\u{e9}"))
        .chars()
        .map(|c| u8::try_from(c).unwrap())
        .collect();
    let rejected = reject(&latin);
    assert_eq!(rejected.first().rule, ListRule::Encoding);
    assert_eq!(rejected.first().byte, latin.iter().position(|&b| b == 0xE9).unwrap());

    let utf32: Vec<u8> = plain.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    assert_eq!(reject(utf32).first().rule, ListRule::Encoding);
    let mut odd = utf16(&plain, true, true);
    odd.push(0);
    assert_eq!(reject(odd).first().rule, ListRule::Encoding);
    let half: Vec<u8> = [0xFEFF_u16, u16::from(b'<'), 0xD800, u16::from(b'a')]
        .iter()
        .flat_map(|u| u.to_le_bytes())
        .collect();
    assert_eq!(reject(half).first().rule, ListRule::Encoding);
}

#[test]
fn other_versions_of_xml_are_refused() {
    for version in ["1.1", "1.2", "1.99"] {
        let xml = format!("<?xml version=\"{version}\"?>{}", whl(""));
        assert_eq!(reject(xml).first().rule, ListRule::XmlVersion, "{version}");
    }
}

#[test]
fn one_byte_order_mark_at_most() {
    let rejected = reject(format!("\u{FEFF}\u{FEFF}{}", whl("")));
    assert_eq!(
        (rejected.first().rule, rejected.first().byte),
        (ListRule::WellFormed, 0)
    );
}
