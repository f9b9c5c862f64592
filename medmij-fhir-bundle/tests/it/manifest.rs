//! The shared bundles get the verdicts that their manifest states; skipped, and said so, where they are not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use medmij_fhir_bundle::{
    Bundle, BundleErrorKind, FhirVersion, Limits, Matching, Refers, RuleSet, Severity, Verdict, references,
};
use serde_json::Value;

use crate::made_up::xml_of;

/// Where what we say differs from the manifest, with the reason.
const EXPECTED_FAILURES: &str = include_str!("../data/expected_failures.txt");

pub(crate) fn say(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

pub(crate) fn folder() -> Option<PathBuf> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/fhir"));
    if folder.exists() {
        return Some(folder.to_owned());
    }
    say(&format!("skipped: the shared bundles are not at {}", folder.display()));
    None
}

fn read(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap()
}

/// The invariants that are broken.
fn invariants(bundle: &Bundle<'_>) -> BTreeSet<String> {
    let found = bundle.findings(RuleSet::Fhir);
    let names = found.iter().map(|finding| finding.rule.as_str());
    names
        .filter(|name| name.starts_with("bdl-"))
        .map(str::to_owned)
        .collect()
}

fn stated(list: &Value) -> BTreeSet<String> {
    let names = list.as_array().unwrap().iter();
    names.map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn version(name: &str) -> FhirVersion {
    name.to_lowercase().parse().unwrap()
}

#[test]
fn the_minimal_bundles_break_what_is_stated() {
    let Some(folder) = folder() else { return };
    let cases = read(&folder, "invariants.json");
    let mut judged = 0;
    for case in cases.as_array().unwrap() {
        let json = case["bundle"].to_string();
        let xml = xml_of(&case["bundle"]);
        for (name, expected) in case["expected"].as_object().unwrap() {
            for text in [&json, &xml] {
                let bundle = Bundle::parse(text.as_bytes(), version(name), &Limits::default()).unwrap();
                assert_eq!(invariants(&bundle), stated(expected), "{} {name} {text}", case["name"]);
                judged += 1;
            }
        }
    }
    say(&format!("{judged} verdicts on minimal bundles"));
    assert!(judged > 100);
}

/// What differs from the manifest for a file, each in a line.
fn differences(folder: &Path, file: &Value) -> Vec<String> {
    let name = file["file"].as_str().unwrap();
    let facts = &file["facts"];
    let bytes = fs::read(folder.join(name)).unwrap();
    let mut differences = Vec::new();
    let mut differs = |what: String| differences.push(format!("{name}: {what}"));
    let is_readable = facts["parse"] == "ok" && facts["resourceType"] == "Bundle";
    for version_name in ["STU3", "R4", "R4B"] {
        let bundle = match Bundle::parse(&bytes, version(version_name), &Limits::default()) {
            Ok(bundle) => bundle,
            Err(error) => {
                if is_readable {
                    differs(format!("{version_name} is refused: {}", error.rule()));
                }
                // The manifest tells that it is no Bundle by another type.
                let is_other = facts["parse"] == "ok" && facts["resourceType"] != "Bundle";
                assert!(
                    !is_other || error.kind == BundleErrorKind::NotABundle,
                    "{name}: {error}"
                );
                continue;
            }
        };
        assert_eq!(
            bundle.source().as_bytes(),
            bytes,
            "{name} is written back byte for byte"
        );
        if !is_readable {
            differs(format!("{version_name} is read"));
            continue;
        }
        let expected = &file["bdl_violations"][version_name];
        if expected.is_array() && invariants(&bundle) != stated(expected) {
            differs(format!("{version_name} breaks {:?}", invariants(&bundle)));
        }
    }
    let Ok(bundle) = Bundle::parse(&bytes, FhirVersion::R4, &Limits::default()) else {
        return differences;
    };
    let mut differs = |what: String| differences.push(format!("{name}: {what}"));
    if facts["entries"].is_u64() && facts["entries"] != bundle.entries().len() {
        differs(format!("{} entries", bundle.entries().len()));
    }
    if facts["references"].is_object() {
        let counted = counts(&bundle);
        let stated: BTreeMap<String, u64> = facts["references"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(outcome, _)| *outcome != "total")
            .map(|(outcome, count)| (outcome.clone(), count.as_u64().unwrap()))
            .collect();
        if counted != stated {
            differs(format!("references {counted:?}"));
        }
    }
    if file["no_bsn_guard"].is_object() {
        let leak = &file["no_bsn_guard"]["leak"];
        let expected = match leak.as_bool() {
            Some(true) => Verdict::Leak,
            Some(false) => Verdict::Clean,
            None => Verdict::Suspect,
        };
        if bundle.bsn().verdict() != expected {
            differs(format!("the guard says {}", bundle.bsn().verdict().as_str()));
        }
    }
    differences
}

/// References of the entries by their `reference`: the manifest counts no others.
fn counts(bundle: &Bundle<'_>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for reference in &references(std::slice::from_ref(bundle), Matching::Strict)[0] {
        let is_counted = reference.refers == Refers::Reference && reference.entry.is_some() && reference.text.is_some();
        if is_counted {
            *counts.entry(reference.resolution.as_str().to_owned()).or_default() += 1;
        }
    }
    counts
}

#[test]
fn every_file_gets_the_verdict_that_is_stated() {
    let Some(folder) = folder() else { return };
    let manifest = read(&folder, "manifest.json");
    let files = manifest["files"].as_array().unwrap();
    let found: Vec<_> = files.iter().flat_map(|file| differences(&folder, file)).collect();
    let lines = EXPECTED_FAILURES
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let expected: Vec<_> = lines.map(str::to_owned).collect();
    assert_eq!(found, expected);
    say(&format!(
        "{} files, {} expected differences",
        files.len(),
        expected.len()
    ));
    assert!(files.len() >= 114);
}

/// What is said of a file in JSON is said of its XML.
#[test]
fn json_and_xml_are_judged_alike() {
    let Some(folder) = folder() else { return };
    let manifest = read(&folder, "manifest.json");
    let mut compared = 0;
    for file in manifest["files"].as_array().unwrap() {
        let name = file["file"].as_str().unwrap();
        let bytes = fs::read(folder.join(name)).unwrap();
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        // What XML cannot say is left out: what stands twice, what is null or not of FHIR's form.
        let is_of_bytes = name.starts_with("bytes/");
        let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
            continue;
        };
        if is_of_bytes || value["resourceType"] != "Bundle" {
            continue;
        }
        let xml = xml_of(&value);
        let judged = |bytes: &[u8]| {
            let bundle = Bundle::parse(bytes, FhirVersion::R4, &Limits::default())
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let mut rules: Vec<_> = bundle
                .findings(RuleSet::NictizElements)
                .iter()
                .map(|finding| (finding.rule, finding.entry))
                .filter(|(rule, _)| rule.severity() >= Severity::Warning)
                .collect();
            rules.sort();
            let report = bundle.bsn();
            let suspects = report
                .findings
                .iter()
                .filter(|finding| finding.verdict == Verdict::Leak)
                .count();
            (
                rules,
                counts(&bundle),
                report.verdict(),
                suspects,
                bundle.entries().len(),
            )
        };
        assert_eq!(judged(bytes), judged(xml.as_bytes()), "{name}");
        compared += 1;
    }
    say(&format!("{compared} files judged alike in JSON and XML"));
    assert!(compared > 80);
}

/// The collection of the mock: the Patient sits in another answer than what refers to it.
#[test]
fn references_across_the_answers_of_the_mock() {
    let Some(folder) = folder() else { return };
    let mut texts = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("stu3-mgo-BGZ-") {
            texts.push(fs::read(path).unwrap());
        }
    }
    let parse = |text| Bundle::parse(text, FhirVersion::Stu3, &Limits::default()).unwrap();
    let bundles: Vec<_> = texts.iter().map(|text| parse(text.as_slice())).collect();
    let inside = |matching| {
        let all = references(&bundles, matching);
        all.iter()
            .flatten()
            .filter(|found| !found.resolution.targets().is_empty())
            .count()
    };
    let alone: usize = bundles
        .iter()
        .map(|bundle| {
            let found = references(std::slice::from_ref(bundle), Matching::Strict);
            found[0]
                .iter()
                .filter(|found| !found.resolution.targets().is_empty())
                .count()
        })
        .sum();
    let together = inside(Matching::Strict);
    say(&format!(
        "{} answers: {alone} references found alone, {together} together",
        bundles.len()
    ));
    assert!(bundles.len() > 2 && together > alone);
    assert!(inside(Matching::Lenient) >= together);
}
