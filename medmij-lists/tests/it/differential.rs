//! The verdict of the schema, document by document: ours against that of xmllint with the official schemas, where both are
//! at hand. The documents are made up, most of them with something wrong.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use medmij_lists::{Limits, List, ListKind, ListRule, Rejected};

use crate::document::{GNL1, OCL2, WHL2, ZAL2};
use crate::made_up::Maker;

/// How many documents are made of each list.
const DOCUMENTS: u64 = 1_600;

/// The lists whose official schema was seen.
const SCHEMAS: [(ListKind, &str, &str); 4] = [
    (ListKind::Zal, ZAL2, "ZAL-release2-fileversion5.xsd"),
    (ListKind::Ocl, OCL2, "OCL-release2-fileversion5.xsd"),
    (ListKind::Gnl, GNL1, "GNL-release1-fileversion7.xsd"),
    (ListKind::Whl, WHL2, "WHL-release2-fileversion13.xsd"),
];

/// Where xmllint and we differ, each with its reason.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Quirk {
    /// libxml2 reads integers of up to 24 digits only; the specification sets no bound.
    LongInteger,
    /// libxml2 warns of what breaks *Namespaces in XML*, and goes on.
    Namespaces,
    /// Ours by intent: no DOCTYPE, no encoding but UTF-8 and UTF-16, no XML but 1.0.
    Policy,
    /// libxml2 counts a CDATA section as text of an element that has elements only, even if there is nothing in it.
    BlankCdata,
    /// libxml2 does not collapse the white space around the name in `xsi:type`.
    BlankType,
}

fn quirk(document: &[u8], ours: &Result<List, Rejected>) -> Option<Quirk> {
    // A document in UTF-16 has the same letters with zeros between them.
    let text = String::from_utf8_lossy(document).replace('\0', "");
    match ours {
        Err(rejected) => match rejected.first().rule {
            ListRule::Namespace => Some(Quirk::Namespaces),
            ListRule::Doctype | ListRule::Encoding | ListRule::XmlVersion => Some(Quirk::Policy),
            _ => None,
        },
        Ok(list) => {
            let blank_cdata = ["<![CDATA[]]>", "<![CDATA[ ]]>"];
            if list.envelope().volgnummer.as_str().len() > 24 {
                Some(Quirk::LongInteger)
            } else if blank_cdata.iter().any(|blank| text.contains(blank)) {
                Some(Quirk::BlankCdata)
            } else if text.contains("xsi:type=\" ") {
                Some(Quirk::BlankType)
            } else {
                None
            }
        }
    }
}

#[test]
fn verdicts_are_those_of_the_schema() {
    let data = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/lists"));
    let xmllint = Command::new("xmllint").arg("--version").output();
    if !data.exists() || xmllint.is_err() {
        let missing = if data.exists() {
            "xmllint"
        } else {
            "the official schemas"
        };
        writeln!(
            std::io::stderr(),
            "skipped: {missing} not found, so there is nothing to compare with"
        )
        .unwrap();
        return;
    }
    let folder = std::env::temp_dir().join(format!("medmij-differential-{}", std::process::id()));
    let (mut valid, mut invalid, mut quirks) = (0, 0, BTreeMap::new());
    let mut differences = Vec::new();
    for (kind, namespace, schema) in SCHEMAS {
        fs::create_dir_all(&folder).unwrap();
        let documents: Vec<_> = (0..DOCUMENTS)
            .map(|seed| Maker::new(seed).document(kind, namespace))
            .collect();
        let theirs = verdicts(&folder, &data.join(schema), &documents);
        for (document, theirs) in documents.iter().zip(theirs) {
            let ours = List::parse_as(kind, document, &Limits::default()).map(|parsed| parsed.list);
            *if theirs { &mut valid } else { &mut invalid } += 1;
            if ours.is_ok() != theirs {
                match quirk(document, &ours) {
                    Some(quirk) => *quirks.entry(quirk).or_insert(0) += 1,
                    None => {
                        differences.push((ours.map(|_| ()), theirs, String::from_utf8_lossy(document).into_owned()))
                    }
                }
            }
        }
        fs::remove_dir_all(&folder).unwrap();
    }
    writeln!(
        std::io::stderr(),
        "xmllint: {valid} documents valid, {invalid} not; known differences: {quirks:?}"
    )
    .unwrap();
    differences.sort_by_key(|(_, _, document)| document.len());
    for (ours, theirs, document) in differences.iter().take(5) {
        writeln!(std::io::stderr(), "ours: {ours:?}\nxmllint: {theirs}\n{document}\n").unwrap();
    }
    assert_eq!(differences.len(), 0, "documents on which we differ");
    assert!(valid > 1_500 && invalid > 1_500, "both kinds are tried");
}

/// What xmllint says of each document.
fn verdicts(folder: &Path, schema: &Path, documents: &[Vec<u8>]) -> Vec<bool> {
    let paths: Vec<PathBuf> = (0..documents.len()).map(|n| folder.join(format!("{n}.xml"))).collect();
    for (path, document) in paths.iter().zip(documents) {
        fs::write(path, document).unwrap();
    }
    let mut verdicts = Vec::new();
    for paths in paths.chunks(400) {
        let mut command = Command::new("xmllint");
        command.args(["--noout", "--nonet", "--schema"]).arg(schema).args(paths);
        let output = String::from_utf8_lossy(&command.output().unwrap().stderr).into_owned();
        for path in paths {
            let validates = format!("{} validates", path.display());
            verdicts.push(output.lines().any(|line| line == validates));
        }
    }
    verdicts
}
