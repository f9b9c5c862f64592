//! The qualification checks of Nictiz.

use medmij_fhir_bundle::{FhirVersion, Rule, RuleSet};

use crate::{bundle, findings, of_one};

/// The one breaks the rule there, and the other keeps it.
#[track_caller]
fn check(rule: Rule, breaks: &str, path: &str, keeps: &str) {
    for version in FhirVersion::ALL {
        let paths = |text: &str| -> Vec<_> {
            let found = findings(text, version, RuleSet::NictizElements);
            found
                .into_iter()
                .filter(|finding| finding.rule == rule)
                .map(|finding| finding.path)
                .collect()
        };
        assert_eq!(paths(breaks), [path], "{version}: {breaks}");
        assert_eq!(paths(keeps), Vec::<String>::new(), "{version}: {keeps}");
        // None of them is in the set of FHIR.
        assert!(
            findings(breaks, version, RuleSet::Fhir)
                .iter()
                .all(|finding| finding.rule != rule)
        );
    }
}

/// An entry that is sent.
fn sent(method: &str, url: &str, rest: &str) -> String {
    of_one(
        "transaction",
        &format!(r#""request":{{"method":"{method}","url":"{url}"}}{rest}"#),
    )
}

fn found(rest: &str) -> String {
    of_one("searchset", rest)
}

/// A resource with one member.
fn with(member: &str) -> String {
    of_one("batch", &format!(r#""resource":{{"resourceType":"Flag",{member}}}"#))
}

macro_rules! rules {
    ($($test:ident: $rule:ident, $breaks:expr, $path:literal, $keeps:expr;)+) => {
        $(
            #[test]
            fn $test() {
                check(Rule::$rule, &$breaks, $path, &$keeps);
            }
        )+
    };
}

rules! {
    nt_1_full_url_ends_with_the_id: Nt1,
        found(r#""fullUrl":"urn:uuid:x","resource":{"resourceType":"Flag","id":"1"}"#), "Bundle.entry[0].fullUrl",
        found(r#""fullUrl":"https://rs/1","resource":{"resourceType":"Flag","id":"1"}"#);
    nt_2_form_of_a_full_url: Nt2, found(r#""fullUrl":"ftp://rs/1""#), "Bundle.entry[0].fullUrl", found(r#""fullUrl":"http://rs/1""#);
    nt_3_coding_has_system_and_code: Nt3, with(r#""code":{"coding":[{"system":"urn:x","display":"y"}]}"#),
        "Bundle.entry[0].resource.code.coding[0]", with(r#""code":{"coding":[{"system":"urn:x","code":"y"}]}"#);
    nt_4_value_set_is_no_system: Nt4,
        with(r#""valueCoding":{"system":"urn:oid:2.16.840.1.113883.2.4.3.11.60.40.2.1","code":"y"}"#),
        "Bundle.entry[0].resource.valueCoding", with(r#""valueCoding":{"system":"urn:oid:2.16.840.1.113883.2","code":"y"}"#);
    nt_5_concept_has_something_to_read: Nt5, with(r#""code":{"coding":[{"system":"urn:x","code":"y"}]}"#),
        "Bundle.entry[0].resource.code", with(r#""code":{"coding":[{"system":"urn:x","code":"y","display":"z"}]}"#);
    nt_6_reference_has_a_display: Nt6, with(r#""subject":{"reference":"Patient/1"}"#), "Bundle.entry[0].resource.subject",
        with(r#""subject":{"reference":"Patient/1","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}"#);
    nt_6_reference_by_an_identifier: Nt6, with(r#""subject":{"identifier":{"system":"urn:x","value":"1"}}"#),
        "Bundle.entry[0].resource.subject",
        with(r#""subject":{"identifier":{"system":"urn:x","value":"1"},"display":"x"}"#);
    nt_7_identifier_of_any_name: Nt7, with(r#""masterIdentifier":{"system":"urn:x"}"#), "Bundle.entry[0].resource.masterIdentifier",
        with(r#""masterIdentifier":{"system":"urn:x","value":"1"}"#);
    nt_7_identifier_has_value_and_system: Nt7, with(r#""identifier":[{"value":"1"}]"#), "Bundle.entry[0].resource.identifier[0]",
        with(r#""identifier":[{"value":"1","type":{"text":"x"}}]"#);
    nt_8_no_bsn: Nt8, with(r#""identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"1"}]"#),
        "Bundle.entry[0].resource.identifier[0]",
        with(r#""identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","_value":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}}]"#);
    nt_9_the_request_names_no_patient: Nt9, sent("GET", "Flag?Subject:Patient.name=x", ""), "Bundle.entry[0].request.url",
        sent("GET", "Flag?code=patient", "");
    nt_11_put_has_full_url_and_id: Nt11, sent("PUT", "Flag/1", r#","fullUrl":"https://rs/Flag/1","resource":{"resourceType":"Flag"}"#),
        "Bundle.entry[0]", sent("PUT", "Flag/1", r#","fullUrl":"https://rs/Flag/1","resource":{"resourceType":"Flag","id":"1"}"#);
    nt_12_post_has_no_id: Nt12, sent("POST", "Flag", r#","resource":{"resourceType":"Flag","id":"1"}"#),
        "Bundle.entry[0].resource.id", sent("POST", "Flag", r#","resource":{"resourceType":"Flag"}"#);
    nt_13_post_has_no_address: Nt13, sent("POST", "Flag", r#","fullUrl":"https://rs/Flag/1""#), "Bundle.entry[0].fullUrl",
        sent("POST", "Flag", r#","fullUrl":"urn:uuid:1""#);
    nt_14_what_is_posted_tells_its_profile: Nt14, sent("POST", "Flag", r#","resource":{"resourceType":"Flag"}"#),
        "Bundle.entry[0].resource.meta.profile",
        sent("POST", "Flag", r#","resource":{"resourceType":"Flag","meta":{"profile":["http://x"]}}"#);
    nt_15_id_of_what_is_answered: Nt15Id, found(r#""resource":{"resourceType":"Flag"}"#), "Bundle.entry[0].resource",
        found(r#""fullUrl":"urn:uuid:1","resource":{"resourceType":"Flag"}"#);
    nt_15_profile_of_what_is_answered: Nt15Profile, found(r#""resource":{"resourceType":"Flag"}"#),
        "Bundle.entry[0].resource.meta.profile", found(r#""resource":{"resourceType":"Binary"}"#);
    nt_16_self_link: Nt16Self, bundle("searchset", ""), "Bundle.link",
        bundle("searchset", r#""link":[{"relation":"self","url":"https://rs/Flag"}]"#);
    nt_16_total_of_what_was_found: Nt16Total, bundle("searchset", r#""total":1"#), "Bundle.total",
        bundle("searchset", r#""total":1,"link":[{"relation":"next","url":"https://rs/Flag?p=2"}]"#);
    nt_16_total_on_a_last_page: Nt16Total, of_one("searchset", r#""search":{"score":1}"#).replace("\"entry\"", "\"total\":1,\"entry\""),
        "Bundle.total",
        bundle("searchset", r#""total":11,"link":[{"relation":"self","url":"https://rs/Flag?p=2"},{"relation":"first","url":"https://rs/Flag"}]"#);
    nt_16_bsn_in_a_link: Nt16Bsn,
        bundle("searchset", r#""link":[{"relation":"self","url":"https://rs/Patient?identifier=http%3A%2F%2Ffhir.nl%2Ffhir%2FNamingSystem%2Fbsn%7C1"}]"#),
        "Bundle.link[0].url", bundle("searchset", r#""link":[{"relation":"self","url":"https://rs/Patient"}]"#);
}
