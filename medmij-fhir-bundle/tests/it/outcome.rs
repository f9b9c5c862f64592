//! OperationOutcomes, read and written.

use medmij_fhir_bundle::{BundleErrorKind, Cause, Format, Issue, IssueSeverity, Limits, OperationOutcome};
use proptest::prelude::*;

use crate::made_up::xml_of;
use crate::{bundle, of_one, parse};

fn read(text: &str) -> OperationOutcome {
    OperationOutcome::parse(text.as_bytes(), &Limits::default()).unwrap()
}

const OUTCOME: &str = r#"{"resourceType":"OperationOutcome","id":"x","issue":[
    {"severity":"warning","code":"informational","details":{"coding":[{"display":"Eén"},{"code":"y","display":"Twee"}]}},
    {"severity":"error","code":"eigen-code","details":{"text":"Tekst","coding":[{"display":"Niet deze"}]},
     "diagnostics":"at line 3","location":["/f:x"],"expression":["Bundle.entry[0]","Bundle.type"]},
    {"severity":"onbekend"}]}"#;

#[test]
fn every_part_of_an_issue_in_json_and_in_xml() {
    let xml = xml_of(&serde_json::from_str(OUTCOME).unwrap());
    for text in [OUTCOME, &xml] {
        let outcome = read(text);
        assert_eq!(outcome.worst(), Some(IssueSeverity::Error));
        assert_eq!(outcome.texts().collect::<Vec<_>>(), ["Eén; Twee", "Tekst"]);
        let [first, second, third] = outcome.issues.as_slice() else {
            panic!("{outcome:?}")
        };
        assert_eq!(
            (first.severity, first.diagnostics.as_deref()),
            (IssueSeverity::Warning, None)
        );
        assert_eq!(
            (second.code.as_str(), second.diagnostics.as_deref()),
            ("eigen-code", Some("at line 3"))
        );
        let mut places = second.places.clone();
        places.sort();
        assert_eq!(places, ["/f:x", "Bundle.entry[0]", "Bundle.type"]);
        assert_eq!(
            (third.severity, third.code.as_str(), third.text.as_deref()),
            (IssueSeverity::Error, "", None)
        );
    }
}

#[test]
fn what_is_no_operation_outcome_is_refused() {
    for (text, kind) in [
        ("{}", BundleErrorKind::NotABundle),
        (r#"{"resourceType":"Bundle"}"#, BundleErrorKind::NotABundle),
        ("[]", BundleErrorKind::NotABundle),
        (r#"<Bundle xmlns="http://hl7.org/fhir"/>"#, BundleErrorKind::NotABundle),
    ] {
        let error = OperationOutcome::parse(text.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(error.kind, kind, "{text}");
    }
    assert!(OperationOutcome::parse(b"x", &Limits::default()).is_err());
    let misshapen =
        r#"{"resourceType":"OperationOutcome","issue":{"severity":[],"code":{},"details":[],"expression":"x"}}"#;
    assert_eq!(read(misshapen).issues.len(), 1);
    assert_eq!(
        read(r#"{"resourceType":"OperationOutcome","issue":[1,null,[]]}"#).issues,
        []
    );
}

#[test]
fn outcomes_of_a_bundle_are_found_apart_from_its_matches() {
    let entries = format!(
        r#""entry":[{{"resource":{{"resourceType":"Flag","id":"1"}}}},{{"resource":{OUTCOME},"search":{{"mode":"outcome"}}}},
                   {{"response":{{"status":"200","outcome":{OUTCOME}}}}},
                   {{"response":{{"status":"200","outcome":{{"resourceType":"Flag"}}}}}}]"#
    );
    let text = bundle("searchset", &entries);
    let xml = xml_of(&serde_json::from_str(&text).unwrap());
    let prefixed = xml
        .replace("</", "</f:")
        .replace('<', "<f:")
        .replace("<f:/f:", "</f:")
        .replace("xmlns=", "xmlns:f=");
    for text in [text, xml, prefixed] {
        let outcomes = parse(&text).unwrap().outcomes();
        let entries: Vec<_> = outcomes
            .iter()
            .map(|(entry, outcome)| (*entry, outcome.issues.len()))
            .collect();
        assert_eq!(entries, [(1, 3), (2, 3)], "{text}");
    }
}

#[test]
fn a_text_with_a_bsn_is_not_for_a_person() {
    let outcome =
        OperationOutcome::from(Issue::new(IssueSeverity::Error, "not-found").with_text("999911120 is onbekend"));
    assert_eq!(outcome.texts().count(), 0);
    assert!(!format!("{outcome:?}").contains("999911120"));
}

/// Codes of STU3 and of R4, and what a person may be told of them: what is hidden is like what is not there.
#[test]
fn causes_of_the_codes() {
    for (code, cause) in [
        ("structure", Cause::NotUnderstood),
        ("code-invalid", Cause::NotUnderstood),
        ("not-supported", Cause::NotSupported),
        ("not-found", Cause::NotThere),
        ("deleted", Cause::NotThere),
        ("suppressed", Cause::NotThere),
        ("too-long", Cause::TooMuch),
        ("too-costly", Cause::TooMuch),
        ("duplicate", Cause::Conflict),
        ("multiple-matches", Cause::Conflict),
        ("business-rule", Cause::NotAllowed),
        ("expired", Cause::NoRight),
        ("throttled", Cause::NotNow),
        ("incomplete", Cause::NotNow),
        ("informational", Cause::Other),
        ("iets-nieuws", Cause::Other),
    ] {
        assert_eq!(Issue::new(IssueSeverity::Error, code).cause(), cause, "{code}");
    }
}

#[test]
fn an_outcome_beside_an_entry_has_its_place() {
    let text = of_one(
        "batch-response",
        &format!(r#""response":{{"status":"422","outcome":{OUTCOME}}}"#),
    );
    assert_eq!(parse(&text).unwrap().outcomes()[0].0, 0);
}

proptest! {
    /// What is written is read again.
    #[test]
    fn written_and_read(code in "\\PC{0,9}", text: Option<String>, place in "\\PC{1,9}", diagnostics in "\\PC{1,9}") {
        for format in [Format::Json, Format::Xml] {
            let mut issue = Issue::new(IssueSeverity::Fatal, &code).at(&place);
            // XML cannot write every character.
            let can = |text: &String| format == Format::Json || medmij_core::xml::find_forbidden_char(text).is_none();
            issue.text = text.clone().filter(can);
            issue.diagnostics = Some(diagnostics.clone());
            let outcome = OperationOutcome { issues: vec![issue.clone(), issue] };
            let bytes = outcome.to_bytes(format);
            prop_assert_eq!(OperationOutcome::parse(&bytes, &Limits::default()).unwrap(), outcome);
        }
    }
}
