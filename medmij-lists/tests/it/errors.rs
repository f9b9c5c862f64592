//! What an error says: rule, path, place, what stood there.

use medmij_lists::{Limits, List, ListRule, Whitelist};

use crate::document::{node, reject, whl};

#[test]
fn errors_have_their_place() {
    let xml = whl(&format!("\n  {}\n  <!-- é -->{}\n", node("a.bc"), node("A.bc")));
    let rejected = reject(&xml);
    let first = rejected.first();
    assert_eq!(
        (first.line, first.column),
        (3, 25),
        "the column counts characters, not bytes"
    );
    assert_eq!(first.byte, xml.find("<Hostname>A").unwrap());
    assert_eq!(first.found, "A.bc");
    assert_eq!(first.path, "/Whitelist/MedMijNodes/MedMijNode[2]/Hostname");
    assert_eq!(
        rejected.to_string(),
        "3:25: /Whitelist/MedMijNodes/MedMijNode[2]/Hostname: a value of type Hostname: this character is not \
         allowed here (byte 0); found `A.bc` [value]"
    );
}

#[test]
fn all_errors_are_told_up_to_the_limit() {
    let nodes: String = (0..150).map(|n| node(&format!("A{n}.bc"))).collect();
    let rejected = reject(whl(&nodes));
    assert_eq!(rejected.errors().count(), 100);
    assert!(rejected.errors_cut());
    let mut limits = Limits::default();
    limits.max_findings = 1_000;
    let rejected = Whitelist::parse(whl(&nodes).as_bytes(), &limits).unwrap_err();
    assert_eq!(rejected.errors().count(), 150);
    assert!(!rejected.errors_cut());
    let paths: Vec<_> = rejected.errors().map(|it| it.path.clone()).collect();
    assert_eq!(paths[149], "/Whitelist/MedMijNodes/MedMijNode[150]/Hostname");
    limits.max_findings = 0;
    assert_eq!(
        Whitelist::parse(whl(&nodes).as_bytes(), &limits)
            .unwrap_err()
            .errors()
            .count(),
        1
    );
}

#[test]
fn what_stood_there_is_cut_and_escaped() {
    let long = "\n<&\u{202E}".replace('<', "&lt;").replace('&', "&amp;") + &"x".repeat(200);
    let rejected = reject(whl(&node(&long)));
    let found = &rejected.first().found;
    assert!(
        found.starts_with("\\n") && found.ends_with('…') && found.chars().count() < 80,
        "{found}"
    );
    assert!(!found.contains('\n') && !found.contains('\u{202E}'));
}

#[test]
fn what_stops_the_reading_comes_first() {
    let xml = whl(&node("A.bc")).replace("</MedMijNodes>", "</MedMijNode>");
    let rejected = reject(xml);
    let rules: Vec<_> = rejected.errors().map(|it| it.rule).collect();
    assert_eq!(rules, [ListRule::WellFormed, ListRule::Value]);
}

#[test]
fn findings_serialise_for_programs() {
    let rejected = reject(whl(&node("A.bc")));
    let json = serde_json::to_value(rejected.first()).unwrap();
    assert_eq!(json["rule"], "value");
    assert_eq!(json["severity"], "error");
    assert_eq!(json["line"], 1);
}

#[test]
fn every_rule_has_a_name_of_its_own() {
    let mut names: Vec<_> = ListRule::ALL.iter().map(|rule| rule.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ListRule::ALL.len());
}

#[test]
fn a_list_is_a_value_for_every_thread() {
    fn check<T: Send + Sync + Clone>(_: &T) {}
    let list = List::parse(whl("").as_bytes(), &Limits::default()).unwrap().list;
    check(&list);
    assert_eq!(list.envelope().volgnummer.as_str(), "7");
    assert_eq!(list.envelope().tijdstempel.as_str(), "2026-11-01T08:00:00Z");
}

#[test]
fn errors_are_in_document_order() {
    let xml =
        whl(&node("A.bc").replace("<Hostname>", "<Hostname x=\"1\">")).replace("<Volgnummer>7<", "<Volgnummer>0<");
    let rejected = reject(&xml);
    let found: Vec<_> = rejected
        .errors()
        .map(|finding| (finding.rule, finding.column))
        .collect();
    let column = |text: &str| xml.find(text).unwrap() + 1;
    let expected = [
        (ListRule::Value, column("<Volgnummer>")),
        (ListRule::Value, column("<Hostname")),
        (ListRule::UnexpectedAttribute, column("x=\"1\"")),
    ];
    assert_eq!(found, expected);
}

#[test]
fn every_end_of_line_counts() {
    for end in ["\n", "\r\n", "\r"] {
        let rejected = reject(whl(&format!("{end}{end} {}", node("A.bc"))));
        assert_eq!((rejected.first().line, rejected.first().column), (3, 14), "{end:?}");
    }
}

#[test]
fn a_fault_in_a_start_tag_is_that_elements() {
    for attributes in ["x=\"1\" x=\"2\"", "q:x=\"1\"", "x"] {
        let xml = whl(&node("a.bc").replace("<Hostname>", &format!("<Hostname {attributes}>")));
        assert_eq!(
            reject(xml).first().path,
            "/Whitelist/MedMijNodes/MedMijNode[1]/Hostname",
            "{attributes}"
        );
    }
    let later = whl(&node("a&nbsp;b"));
    assert_eq!(
        reject(later).first().path,
        "/Whitelist/MedMijNodes/MedMijNode[1]/Hostname"
    );
}
