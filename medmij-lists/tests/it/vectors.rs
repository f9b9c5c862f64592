//! Documents and what is said of them: each row of `tests/data/documents.tsv`.

use std::fs;

use medmij_lists::{DatumTijd, Limits, ListKind, Severity};

use crate::document::read;

#[test]
fn documents_are_judged_as_their_rows_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/documents.tsv");
    let (mut count, mut wrong) = (0, Vec::new());
    for line in fs::read_to_string(path)
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let [list, expected, name, document] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("four columns: {line}");
        };
        let document: String = serde_json::from_str(document).unwrap();
        let said = match read(document.as_bytes(), &Limits::default()) {
            Err(rejected) => rejected.first().rule.name().to_owned(),
            Ok(parsed) => {
                let kind = parsed.list.kind();
                assert_eq!(kind.as_str(), list.trim_end_matches('3'), "{name}");
                // That no moment can be told, or no request be sent, is worth a warning of a right list.
                let broken = parsed.warnings.iter().filter(|warning| !warning.rule.is_note());
                assert!(
                    parsed
                        .warnings
                        .iter()
                        .all(|warning| warning.severity == Severity::Warning)
                );
                match broken.map(|warning| warning.rule.name()).collect::<Vec<_>>()[..] {
                    [] => "valid".to_owned(),
                    [rule] => format!("warning {rule}"),
                    ref rules => format!("warnings {rules:?}"),
                }
            }
        };
        if said != expected {
            wrong.push(format!("{list}, {name}: {said}, not {expected}"));
        }
        count += 1;
    }
    assert_eq!(wrong, [""; 0]);
    assert!(count >= 150, "{count} documents");
}

/// The value that is used is the one that was checked, whatever stands between its letters.
#[test]
fn values_are_read_whole() {
    let xml = "<l:Whitelist xmlns:l='xmlns://afsprakenstelsel.medmij.nl/whitelist/release2/'>\
         <l:Tijdstempel> <!-- a -->2026-11-01T<![CDATA[08:00:00]]>&#x5A;\n</l:Tijdstempel>\
         <l:Volgnummer>\t+<?p?>0<![CDATA[7]]></l:Volgnummer>\
         <l:MedMijNodes><l:MedMijNode><l:Hostname>umc<!-- x -->harder<?p?>wijk&#46;<![CDATA[nl]]></l:Hostname>\
         </l:MedMijNode></l:MedMijNodes></l:Whitelist>";
    let list = read(xml.as_bytes(), &Limits::default()).unwrap().list;
    assert_eq!(list.kind(), ListKind::Whl);
    assert_eq!(
        list.envelope().tijdstempel,
        "2026-11-01T08:00:00Z".parse::<DatumTijd>().unwrap()
    );
    assert_eq!(list.envelope().volgnummer.to_u64(), Some(7));
    assert_eq!(
        serde_json::to_value(&list).unwrap()["nodes"],
        serde_json::json!(["umcharderwijk.nl"])
    );
}
