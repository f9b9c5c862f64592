//! What references lead to: each outcome.

use medmij_fhir_bundle::{Bundle, Matching, Reference, Refers, Resolution, RuleSet, references};

use crate::made_up::xml_of;
use crate::{bundle, parse};

/// An entry with a Flag that refers, from this fullUrl.
fn from(full_url: &str, reference: &str) -> String {
    let full_url = if full_url.is_empty() {
        String::new()
    } else {
        format!(r#""fullUrl":"{full_url}","#)
    };
    format!(r#"{{{full_url}"resource":{{"resourceType":"Flag","id":"f","subject":{{"reference":"{reference}"}}}}}}"#)
}

fn patient(full_url: &str, rest: &str) -> String {
    format!(r#"{{"fullUrl":"{full_url}","resource":{{"resourceType":"Patient","id":"1"{rest}}}}}"#)
}

fn collection(entries: &[String]) -> String {
    bundle("collection", &format!(r#""entry":[{}]"#, entries.join(",")))
}

fn resolved(text: &str, matching: Matching) -> Vec<Reference> {
    references(&[parse(text).unwrap()], matching).remove(0)
}

/// The outcome, the entries, and whether it was lenient, of the first reference; in XML the same.
#[track_caller]
fn check(text: &str, matching: Matching, outcome: &str, entries: &[usize], is_lenient: bool) {
    let xml = xml_of(&serde_json::from_str(text).unwrap());
    for text in [text, &xml] {
        let found = resolved(text, matching).remove(0);
        let targets: Vec<_> = found.resolution.targets().iter().map(|target| target.entry).collect();
        assert_eq!(
            (found.resolution.as_str(), targets.as_slice(), found.is_lenient),
            (outcome, entries, is_lenient),
            "{text}"
        );
        assert!(found.path.starts_with("Bundle.entry[0].resource."), "{}", found.path);
        assert_eq!(found.entry, Some(0));
    }
}

#[track_caller]
fn strict(entries: &[String], outcome: &str, targets: &[usize]) {
    check(&collection(entries), Matching::Strict, outcome, targets, false);
}

#[test]
fn r1_a_fragment_leads_into_the_outermost_resource_only() {
    strict(&[from("urn:a", "#")], "container", &[]);
    strict(&[from("urn:a", "#p"), patient("#p", "")], "not_in_bundle", &[]);
    let contained = r##"{"resource":{"resourceType":"Flag","subject":{"reference":"#p"},
        "contained":[{"resourceType":"Patient","id":"p","link":[{"other":{"reference":"#p"}}]}]}}"##;
    strict(&[contained.to_owned()], "contained", &[]);
    let found = resolved(&collection(&[contained.to_owned()]), Matching::Strict);
    assert_eq!(found.len(), 2);
    assert!(
        found
            .iter()
            .all(|reference| reference.resolution == Resolution::Contained)
    );
    // Another entry's contained resource is not its own.
    let other = r##"{"resource":{"resourceType":"Flag","contained":[{"resourceType":"Patient","id":"p"}]}}"##;
    strict(&[from("urn:a", "#p"), other.to_owned()], "not_in_bundle", &[]);
}

#[test]
fn r2_an_absolute_reference_is_a_full_url() {
    for url in ["https://rs/fhir/Patient/1", "urn:uuid:1", "urn:oid:1.2"] {
        strict(&[from("urn:a", url), patient(url, "")], "in_bundle", &[1]);
        strict(
            &[from("urn:a", url), patient("https://rs/Patient/1", "")],
            "not_in_bundle",
            &[],
        );
    }
    strict(
        &[
            from("urn:a", "https://rs/Patient/1?x"),
            patient("https://rs/Patient/1", ""),
        ],
        "not_in_bundle",
        &[],
    );
}

#[test]
fn r3_a_relative_reference_begins_from_its_entry() {
    let entries = |full_url| [from(full_url, "Patient/1"), patient("https://rs/fhir/Patient/1", "")];
    strict(&entries("https://rs/fhir/Flag/f"), "in_bundle", &[1]);
    strict(&entries("https://other/fhir/Flag/f"), "not_in_bundle", &[]);
    for full_url in ["urn:uuid:1", "", "Flag/f", "https://rs/fhir/f_g"] {
        strict(&entries(full_url), "relative_no_base", &[]);
    }
}

#[test]
fn r4_a_version_must_be_that_of_the_resource() {
    let versioned = |version: &str| {
        patient(
            "https://rs/Patient/1",
            &format!(r#","meta":{{"versionId":"{version}"}}"#),
        )
    };
    let entries = |reference| [from("https://rs/Flag/f", reference), versioned("1"), versioned("2")];
    strict(&entries("Patient/1/_history/2"), "in_bundle", &[2]);
    strict(&entries("https://rs/Patient/1/_history/1"), "in_bundle", &[1]);
    strict(&entries("Patient/1/_history/3"), "not_in_bundle", &[]);
    strict(&entries("Patient/1"), "ambiguous", &[1, 2]);
}

#[test]
fn r5_several_entries_stay_ambiguous() {
    let one = patient("https://rs/Patient/1", "");
    strict(
        &[from("urn:a", "https://rs/Patient/1"), one.clone(), one],
        "ambiguous",
        &[1, 2],
    );
}

#[test]
fn r6_a_search_is_never_resolved_here() {
    strict(&[from("https://rs/Flag/f", "Patient?identifier=1")], "conditional", &[]);
}

#[test]
fn r7_an_identifier_or_a_name_is_no_address() {
    for subject in [
        r#"{"identifier":{"system":"urn:x","value":"1"}}"#,
        r#"{"display":"Jansen"}"#,
    ] {
        let entry = format!(r#"{{"resource":{{"resourceType":"Flag","subject":{subject}}}}}"#);
        check(&collection(&[entry]), Matching::Lenient, "logical", &[], false);
    }
    let coding =
        r#"{"resource":{"resourceType":"Flag","code":{"coding":[{"display":"x"}]},"identifier":[{"value":"1"}]}}"#;
    assert_eq!(resolved(&collection(&[coding.to_owned()]), Matching::Strict), []);
}

#[test]
fn what_is_no_reference_is_malformed() {
    for reference in ["", "Patient", "patient/1", "Patient/a b", "/Patient/1", "Patient/1/2"] {
        strict(&[from("https://rs/Flag/f", reference)], "malformed", &[]);
    }
}

#[test]
fn lenient_finds_by_type_and_id_and_says_so() {
    let lenient = |entries: &[String], outcome, targets: &[usize], is_lenient| {
        check(&collection(entries), Matching::Lenient, outcome, targets, is_lenient);
    };
    let urn = patient("urn:uuid:1", "");
    lenient(&[from("urn:a", "Patient/1"), urn.clone()], "in_bundle", &[1], true);
    lenient(
        &[from("urn:a", "https://other/Patient/1"), urn.clone()],
        "in_bundle",
        &[1],
        true,
    );
    lenient(
        &[from("urn:a", "Patient/1"), urn.clone(), patient("urn:uuid:2", "")],
        "ambiguous",
        &[1, 2],
        true,
    );
    lenient(
        &[from("urn:a", "Patient/2"), urn.clone()],
        "relative_no_base",
        &[],
        false,
    );
    // A version must be that of the resource here too.
    lenient(
        &[from("urn:a", "Patient/1/_history/2"), urn.clone()],
        "relative_no_base",
        &[],
        false,
    );
    // What the strict rule finds is not marked.
    lenient(&[from("urn:a", "urn:uuid:1"), urn], "in_bundle", &[1], false);
}

#[test]
fn a_urn_of_an_attachment_leads_to_its_binary() {
    let media = r#"{"fullUrl":"urn:uuid:m","resource":{"resourceType":"Media","content":{"url":"urn:uuid:b"}}}"#;
    let binary = r#"{"fullUrl":"urn:uuid:b","resource":{"resourceType":"Binary"}}"#;
    let found = resolved(&collection(&[media.to_owned(), binary.to_owned()]), Matching::Strict);
    assert_eq!((found.len(), found[0].refers), (1, Refers::Attachment));
    assert_eq!(found[0].path, "Bundle.entry[0].resource.content.url");
    assert_eq!(found[0].resolution.targets()[0].entry, 1);
    // An address elsewhere is to be fetched, and an extension is no attachment.
    let others = r#"{"resource":{"resourceType":"Media","content":{"url":"https://rs/Binary/1"},"extension":[{"url":"urn:x"}]}}"#;
    assert_eq!(resolved(&collection(&[others.to_owned()]), Matching::Strict), []);
}

/// Most references of a collection lead from one answer to another.
#[test]
fn across_the_answers_of_a_collection() {
    let flags = collection(&[from("https://rs/Flag/f", "Patient/1")]);
    let patients = collection(&[patient("https://rs/Patient/1", "")]);
    let changed = collection(&[patient("https://rs/Patient/1", r#","active":true"#)]);
    let across = |texts: &[&str]| {
        let bundles: Vec<Bundle<'_>> = texts.iter().map(|text| parse(text).unwrap()).collect();
        let found = references(&bundles, Matching::Strict).remove(0).remove(0);
        let targets: Vec<_> = found
            .resolution
            .targets()
            .iter()
            .map(|target| (target.bundle, target.entry))
            .collect();
        (found.resolution.as_str(), targets)
    };
    assert_eq!(across(&[&flags]), ("not_in_bundle", vec![]));
    assert_eq!(across(&[&flags, &flags, &patients]), ("in_bundle", vec![(2, 0)]));
    // The same resource in several answers, as includes are, is one; another with its address is not.
    assert_eq!(across(&[&flags, &patients, &patients]), ("in_bundle", vec![(1, 0)]));
    assert_eq!(
        across(&[&flags, &patients, &changed]),
        ("ambiguous", vec![(1, 0), (2, 0)])
    );
}

/// A batch-response may hold searchsets: each has its own entries to begin from, and what leads into it leads to the entry around it.
#[test]
fn a_bundle_in_an_entry_has_its_own_scope() {
    let inner = [
        from("https://rs/Flag/f", "Patient/1"),
        patient("https://rs/Patient/1", ""),
        r##"{"resource":{"resourceType":"Flag","subject":{"reference":"#p"},"contained":[{"resourceType":"Patient","id":"p"}]}}"##
            .to_owned(),
    ];
    let nested = format!(r#"{{"resource":{}}}"#, collection(&inner));
    let list = r#"{"fullUrl":"https://rs/List/1","resource":{"resourceType":"List","id":"1","entry":[{"item":{"reference":"Patient/1"}}]}}"#;
    let outcome = r##"{"response":{"status":"200","outcome":{"resourceType":"OperationOutcome","extension":[{"url":"urn:x",
        "valueReference":{"reference":"#q"}}],"contained":[{"resourceType":"Basic","id":"q"}]}}}"##;
    let text = collection(&[nested, list.to_owned(), outcome.to_owned()]);
    for text in [text.clone(), xml_of(&serde_json::from_str(&text).unwrap())] {
        let found = resolved(&text, Matching::Strict);
        let told: Vec<_> = found
            .iter()
            .map(|it| (it.entry, it.resolution.as_str(), it.resolution.targets().len()))
            .collect();
        assert_eq!(
            told,
            [
                (Some(0), "in_bundle", 1),
                (Some(0), "contained", 0),
                (Some(1), "in_bundle", 1),
                (Some(2), "contained", 0)
            ]
        );
        assert_eq!(found[0].resolution.targets()[0].entry, 0);
    }
}

/// Two searches of one batch may hold the same resource: each refers to its own.
#[test]
fn a_bundle_in_an_entry_has_its_own_entries() {
    let inner = |code: &str, versions: &[&str]| {
        let mut entries = vec![from("https://rs/Flag/f", "Patient/1")];
        entries.extend(versions.iter().map(|version| {
            patient(
                "https://rs/Patient/1",
                &format!(r#","meta":{{"versionId":"{version}"}}"#),
            )
        }));
        format!(
            r#"{{"resource":{}}}"#,
            bundle(code, &format!(r#""entry":[{}]"#, entries.join(",")))
        )
    };
    let patient = patient("https://rs/Patient/1", r#","meta":{"versionId":"9"}"#);
    for (entries, kinds) in [
        (
            vec![inner("searchset", &["1"]), inner("searchset", &["1"])],
            vec!["in_bundle", "in_bundle"],
        ),
        (vec![inner("document", &["1"]), patient.clone()], vec!["in_bundle"]),
        (vec![inner("document", &[]), patient.clone()], vec!["in_bundle"]),
        // A history is one entry, in however many versions.
        (vec![inner("history", &["1", "2"])], vec!["in_bundle"]),
        (
            vec![inner("history", &["1", "2"]), from("https://rs/Flag/g", "Patient/1")],
            vec!["in_bundle", "in_bundle"],
        ),
        // What several answers hold is there once; what one holds twice is ambiguous.
        (
            vec![
                inner("searchset", &["1"]),
                inner("searchset", &["1"]),
                from("https://rs/Flag/g", "Patient/1"),
            ],
            vec!["in_bundle", "in_bundle", "in_bundle"],
        ),
        // The version that is asked for may be further away.
        (
            vec![
                inner("searchset", &["1"]).replace("\"Patient/1\"}", "\"Patient/1/_history/9\"}"),
                patient,
            ],
            vec!["in_bundle"],
        ),
    ] {
        let text = bundle("batch-response", &format!(r#""entry":[{}]"#, entries.join(",")));
        for text in [text.clone(), xml_of(&serde_json::from_str(&text).unwrap())] {
            let found = resolved(&text, Matching::Strict);
            assert_eq!(
                found.iter().map(|it| it.resolution.as_str()).collect::<Vec<_>>(),
                kinds,
                "{text}"
            );
            let wrong = parse(&text).unwrap().findings(RuleSet::Fhir);
            assert!(
                !wrong.iter().any(|finding| finding.rule.as_str().starts_with("ref-")),
                "{wrong:?}"
            );
        }
    }
}

#[test]
fn what_stands_outside_the_entries_is_no_entrys() {
    let refers = r##""signature":{"who":{"reference":"#p"},"onBehalfOf":{"reference":"Patient/1"}}"##;
    let entries = r#""entry":[{"resource":{"resourceType":"Flag","contained":[{"resourceType":"Patient","id":"p"}]}}]"#;
    for members in [format!("{refers},{entries}"), format!("{entries},{refers}")] {
        let mut found = resolved(&bundle("document", &members), Matching::Strict);
        found.sort_by_key(|reference| reference.resolution.as_str());
        let told: Vec<_> = found.iter().map(|it| (it.entry, it.resolution.as_str())).collect();
        assert_eq!(told, [(None, "not_in_bundle"), (None, "relative_no_base")]);
    }
}

/// What a hostile Bundle costs has a bound: each reference leads to no more than so many entries, and paths are cut.
#[test]
fn ambiguity_and_paths_have_bounds() {
    let same: Vec<_> = (0..2_000).map(|_| patient("urn:a:b", "")).collect();
    let items: Vec<_> = (0..2_000).map(|_| r#"{"item":{"reference":"urn:a:b"}}"#).collect();
    let list = format!(
        r#"{{"resource":{{"resourceType":"List","entry":[{}]}}}}"#,
        items.join(",")
    );
    let found = resolved(&collection(&[vec![list], same].concat()), Matching::Strict);
    assert_eq!(found.len(), 2_000);
    assert!(
        found
            .iter()
            .all(|it| it.resolution.targets().len() == Resolution::MAX_TARGETS)
    );
    // The name of a member may be as long as the input.
    let (name, deep) = ("n".repeat(1_000), 400);
    let open = format!(r#"{{"{name}":"#).repeat(deep);
    let refers = vec![r#"{"reference":"urn:x"}"#; 50_000].join(",");
    let text = bundle(
        "collection",
        &format!(r#""entry":[{{"resource":{open}[{refers}]{}}}]"#, "}".repeat(deep)),
    );
    let found = resolved(&text, Matching::Strict);
    assert_eq!(found.len(), 50_000);
    assert!(found.iter().map(|reference| reference.path.len()).sum::<usize>() < 5 * text.len());
}

#[test]
fn debug_shows_nothing_of_what_a_reference_says() {
    let found = resolved(&collection(&[from("urn:a", "Patient/geheim")]), Matching::Strict);
    assert_eq!(found[0].text.as_deref(), Some("Patient/geheim"));
    assert!(!format!("{found:?}").contains("geheim"));
}
