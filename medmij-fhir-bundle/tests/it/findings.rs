//! Every rule of FHIR: a Bundle that breaks it, one that does not, and where.

use medmij_fhir_bundle::FhirVersion::{R4, R4b, Stu3};
use medmij_fhir_bundle::{FhirVersion, Limits, Rule, RuleSet, Severity};

use crate::{bundle, findings, of_one, parse_as};

/// In these versions the one breaks the rule there, and the other keeps it.
#[track_caller]
fn check(rule: Rule, versions: &[FhirVersion], breaks: &str, path: &str, keeps: &str) {
    for version in versions {
        let found = findings(breaks, *version, RuleSet::NictizElements);
        let found: Vec<_> = found.into_iter().filter(|finding| finding.rule == rule).collect();
        let paths: Vec<_> = found.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(paths, [path], "{version}: {breaks}");
        let entry = path
            .strip_prefix("Bundle.entry[")
            .and_then(|rest| rest.split(']').next());
        let entry = entry.map(|index| index.parse().unwrap());
        assert_eq!((found[0].entry, found[0].version), (entry, *version));
        assert!(found[0].to_string().contains(rule.as_str()));
        keeps_to(rule, *version, keeps);
    }
}

#[track_caller]
fn keeps_to(rule: Rule, version: FhirVersion, text: &str) {
    let found = findings(text, version, RuleSet::NictizElements);
    assert!(found.iter().all(|finding| finding.rule != rule), "{version}: {found:?}");
}

const FLAG: &str = r#""fullUrl":"https://rs/Flag/1","resource":{"resourceType":"Flag","id":"1"}"#;
const ALL: &[FhirVersion] = &FhirVersion::ALL;
const FROM_R4: &[FhirVersion] = &[R4, R4b];

/// An entry with the Flag, and this.
fn flag_with(members: &str) -> String {
    format!("{FLAG},{members}")
}

macro_rules! rules {
    ($($test:ident: $rule:ident, $versions:expr, $breaks:expr, $path:expr, $keeps:expr;)+) => {
        $(
            #[test]
            fn $test() {
                check(Rule::$rule, $versions, &$breaks, $path, &$keeps);
            }
        )+
    };
}

rules! {
    bdl_1_total: Bdl1, ALL, bundle("batch", r#""total":1"#), "Bundle.total", bundle("history", r#""total":1"#);
    bdl_2_search: Bdl2, ALL, of_one("collection", &flag_with(r#""search":{"mode":"match"}"#)), "Bundle.entry[0].search",
        of_one("searchset", &flag_with(r#""search":{"mode":"match"}"#));
    bdl_3_request_where_there_is_none: Bdl3, ALL,
        of_one("searchset", &flag_with(r#""request":{"method":"GET","url":"Flag/1"}"#)), "Bundle.entry[0]",
        of_one("batch", &flag_with(r#""request":{"method":"GET","url":"Flag/1"}"#));
    bdl_3_no_request_where_there_must_be_one: Bdl3, FROM_R4, of_one("history", FLAG), "Bundle.entry[0]",
        of_one("history", r#""request":{"method":"GET","url":"Flag/1"}"#);
    bdl_4_response_where_there_is_none: Bdl4, ALL, of_one("batch", r#""response":{"status":"200"}"#), "Bundle.entry[0]",
        of_one("batch-response", r#""response":{"status":"200"}"#);
    bdl_4_no_response_where_there_must_be_one: Bdl4, FROM_R4, of_one("transaction-response", FLAG), "Bundle.entry[0]",
        of_one("history", r#""response":{"status":"200"}"#);
    bdl_4_in_stu3_history_has_none: Bdl4, &[Stu3], of_one("history", r#""response":{"status":"200"}"#), "Bundle.entry[0]",
        of_one("history", FLAG);
    bdl_5_empty_entry: Bdl5, ALL, of_one("collection", r#""fullUrl":"https://rs/Flag/1""#), "Bundle.entry[0]",
        of_one("collection", FLAG);
    bdl_7_one_identity: Bdl7, ALL, bundle("collection", &format!(r#""entry":[{{{FLAG}}},{{{FLAG}}}]"#)),
        "Bundle.entry[1].fullUrl",
        bundle("collection", &format!(
            r#""entry":[{{{FLAG}}},{{"fullUrl":"https://rs/Flag/1","resource":{{"resourceType":"Flag","id":"1","meta":{{"versionId":"1"}}}}}}]"#
        ));
    bdl_8_version_in_full_url: Bdl8, ALL, of_one("collection", r#""fullUrl":"https://rs/Flag/1/_history/2""#),
        "Bundle.entry[0].fullUrl", of_one("collection", FLAG);
    bdl_9_identifier_of_a_document: Bdl9, ALL, bundle("document", r#""identifier":{"system":"urn:x","value":""}"#),
        "Bundle.identifier", bundle("document", r#""identifier":{"system":"urn:x","value":"1"}"#);
    bdl_10_timestamp_of_a_document: Bdl10, FROM_R4, bundle("document", ""), "Bundle.timestamp",
        bundle("document", r#""timestamp":"2026-11-22T12:00:00Z""#);
    bdl_11_composition: Bdl11, FROM_R4, of_one("document", FLAG), "Bundle.entry[0]",
        of_one("document", r#""resource":{"resourceType":"Composition"}"#);
    bdl_12_message_header: Bdl12, FROM_R4, bundle("message", ""), "Bundle.entry",
        of_one("message", r#""resource":{"resourceType":"MessageHeader"}"#);

    str_resource_type_of_a_resource: StrResourceType, ALL, of_one("collection", r#""resource":{"id":"1"}"#),
        "Bundle.entry[0].resource", of_one("collection", FLAG);
    str_type_is_told: StrType, ALL, r#"{"resourceType":"Bundle"}"#, "Bundle.type", bundle("batch", "");
    str_type_code_is_known: StrTypeCode, ALL, bundle("subscription-notification", ""), "Bundle.type", bundle("batch", "");
    str_total_is_a_number: StrTotal, ALL, bundle("searchset", r#""total":1.0"#), "Bundle.total",
        bundle("searchset", r#""total":18446744073709551615"#);
    str_array_of_entries: StrArray, ALL, bundle("batch", r#""entry":{}"#), "Bundle.entry",
        bundle("batch", r#""entry":[{}]"#);
    str_object_is_an_entry: StrObject, ALL, bundle("batch", r#""entry":[[[]]]"#), "Bundle.entry[0]",
        bundle("batch", r#""entry":[{}]"#);
    str_text_is_a_full_url: StrText, ALL, of_one("batch", r#""fullUrl":7"#), "Bundle.entry[0].fullUrl",
        of_one("batch", FLAG);
    str_required_method: StrRequired, ALL, of_one("batch", r#""request":{"url":"Flag"}"#), "Bundle.entry[0].request.method",
        of_one("batch", r#""request":{"method":"POST","url":"Flag"}"#);
    str_empty_array_of_entries: StrEmptyArray, ALL, bundle("batch", r#""entry":[]"#), "Bundle.entry", bundle("batch", "");
    str_empty_object_is_nothing: StrEmptyObject, ALL, of_one("batch", r#""search":{}"#), "Bundle.entry[0].search",
        of_one("batch", FLAG);
    str_empty_text_is_nothing: StrEmptyText, ALL, bundle("batch", r#""id":"""#), "Bundle.id", bundle("batch", r#""id":"1""#);
    str_null_of_a_member: StrNull, ALL, bundle("batch", r#""id":null"#), "Bundle.id", bundle("batch", r#""id":"1""#);
    str_null_fills_an_array_beside_another: StrNull, ALL,
        of_one("batch", r#""resource":{"resourceType":"Patient","given":["A",null]}"#), "Bundle.entry[0].resource.given",
        of_one("batch", r#""resource":{"resourceType":"Patient","given":["A",null],"_given":[null,{"id":"x"}]}"#);
    str_status_begins_with_a_number: StrStatus, ALL, of_one("batch-response", r#""response":{"status":"OK"}"#),
        "Bundle.entry[0].response.status", of_one("batch-response", r#""response":{"status":"201 Created"}"#);
    str_link_once_each: StrLinkOnce, ALL,
        bundle("searchset", r#""link":[{"relation":"self","url":"a"},{"relation":"next","url":"b"},{"relation":"self","url":"c"}]"#),
        "Bundle.link[2].relation",
        bundle("searchset", r#""link":[{"relation":"self","url":"a"},{"relation":"next","url":"b"}]"#);
    str_search_mode_is_known: StrSearchMode, ALL, of_one("searchset", &flag_with(r#""search":{"mode":"found"}"#)),
        "Bundle.entry[0].search.mode", of_one("searchset", &flag_with(r#""search":{"mode":"include"}"#));
    str_method_of_the_version: StrMethod, &[Stu3], of_one("batch", r#""request":{"method":"PATCH","url":"Flag/1"}"#),
        "Bundle.entry[0].request.method", of_one("batch", r#""request":{"method":"DELETE","url":"Flag/1"}"#);
    str_implicit_rules_are_told: StrImplicitRules, ALL, bundle("batch", r#""implicitRules":"urn:x""#), "Bundle.implicitRules",
        bundle("batch", "");
    str_modifier_extension_is_told: StrModifierExtension, ALL,
        of_one("batch", r#""resource":{"resourceType":"Flag","modifierExtension":[{"url":"urn:x","valueCode":"y"}]}"#),
        "Bundle.entry[0].resource.modifierExtension[0]", of_one("batch", FLAG);
    str_timestamp_is_not_of_stu3: StrTimestamp, &[Stu3], bundle("batch", r#""timestamp":"2026""#), "Bundle.timestamp",
        bundle("batch", "");
    str_byte_order_mark_is_told: ByteOrderMark, ALL, format!("\u{FEFF}{}", bundle("batch", "")), "Bundle", bundle("batch", "");
    str_duplicate_name_by_any_escape: DuplicateName, ALL,
        of_one("batch", r#""resource":{"resourceType":"Flag","id":"1","\u0069d":"2"}"#), "Bundle.entry[0].resource.id",
        of_one("batch", FLAG);
    xml_attribute_that_fhir_has_not: XmlAttribute, ALL,
        "<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"batch\"/><id type=\"x\" value=\"1\"/></Bundle>", "Bundle.id.@type",
        "<Bundle xmlns=\"http://hl7.org/fhir\" xmlns:x=\"urn:x\" x:y=\"z\"><type value=\"batch\"/><id value=\"1\"/></Bundle>";
    str_duplicate_name_of_the_root: DuplicateName, ALL,
        "<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"batch\"/><type value=\"searchset\"/></Bundle>", "Bundle.type[1]",
        "<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"batch\"/><link/><link/></Bundle>";
    json_lone_surrogate_in_a_name: JsonLoneSurrogate, ALL, bundle("batch", r#""a\uD83D":1"#), "Bundle",
        bundle("batch", r#""a\uD83D\uDE00":1"#);
    json_lone_surrogate_is_no_character: JsonLoneSurrogate, ALL, bundle("batch", r#""id":"a\uD83Dx""#), "Bundle.id",
        bundle("batch", r#""id":"\uD83D\uDE00""#);

    url_absolute_or_urn: UrlAbsolute, ALL, of_one("collection", r#""fullUrl":"Flag/1""#), "Bundle.entry[0].fullUrl",
        of_one("collection", r#""fullUrl":"urn:oid:1.2""#);
    url_id_ends_it: UrlId, ALL,
        of_one("collection", r#""fullUrl":"https://rs/Flag/2","resource":{"resourceType":"Flag","id":"1"}"#),
        "Bundle.entry[0].fullUrl", of_one("collection", FLAG);
    url_no_id_of_what_is_there: UrlNoId, ALL,
        of_one("collection", r#""fullUrl":"https://rs/Flag/2","resource":{"resourceType":"Flag"}"#),
        "Bundle.entry[0].resource",
        of_one("batch", r#""fullUrl":"https://rs/Flag/2","resource":{"resourceType":"Flag"},"request":{"method":"POST","url":"Flag"}"#);
    url_missing_of_a_document: UrlMissing, ALL, of_one("document", r#""resource":{"resourceType":"Composition"}"#),
        "Bundle.entry[0]", of_one("document", FLAG);
    url_untold_of_what_was_found: UrlUntold, ALL, of_one("searchset", r#""resource":{"resourceType":"Flag","id":"1"}"#),
        "Bundle.entry[0]", of_one("searchset", r#""resource":{"resourceType":"OperationOutcome"}"#);

    typ_searchset_id_of_a_match: SearchsetId, ALL,
        of_one("searchset", r#""resource":{"resourceType":"Flag"},"search":{"mode":"match"}"#), "Bundle.entry[0].resource",
        of_one("searchset", r#""resource":{"resourceType":"OperationOutcome"},"search":{"mode":"match"}"#);
    typ_searchset_id_without_a_mode: SearchsetId, ALL, of_one("searchset", r#""resource":{"resourceType":"Flag"}"#),
        "Bundle.entry[0].resource", of_one("searchset", r#""fullUrl":"urn:uuid:1","resource":{"resourceType":"Flag"}"#);
    typ_searchset_type_is_not_the_base: SearchsetType, ALL,
        bundle("searchset", &format!(
            r#""link":[{{"relation":"self","url":"https://rs/Patient"}}],"entry":[{{{}}}]"#,
            flag_with(r#""search":{"mode":"match"}"#)
        )),
        "Bundle.entry[0].resource",
        bundle("searchset", &format!(
            r#""link":[{{"relation":"self","url":"https://rs/FHIR?_getpages=x"}}],"entry":[{{{}}}]"#,
            flag_with(r#""search":{"mode":"match"}"#)
        ));
    typ_searchset_type_of_a_match: SearchsetType, ALL,
        bundle("searchset", &format!(
            r#""link":[{{"relation":"self","url":"https://rs/Patient?x=1"}}],"entry":[{{{}}}]"#,
            flag_with(r#""search":{"mode":"match"}"#)
        )),
        "Bundle.entry[0].resource",
        bundle("searchset", &format!(
            r#""link":[{{"relation":"self","url":"https://rs/Flag/$lastn"}}],"entry":[{{{}}}]"#,
            flag_with(r#""search":{"mode":"match"}"#)
        ));
    typ_first_resource_of_a_document: FirstResource, &[Stu3], of_one("document", FLAG), "Bundle.entry[0].resource",
        of_one("document", r#""resource":{"resourceType":"Composition"}"#);
    typ_searchset_mode_is_told: SearchsetMode, ALL, of_one("searchset", FLAG), "Bundle.entry[0]",
        of_one("searchset", &flag_with(r#""search":{"mode":"match"}"#));
    typ_searchset_resource_is_there: SearchsetResource, ALL, of_one("searchset", r#""search":{"mode":"match"}"#),
        "Bundle.entry[0]", of_one("searchset", FLAG);
    typ_outcome_resource_is_one: OutcomeResource, ALL, of_one("searchset", &flag_with(r#""search":{"mode":"outcome"}"#)),
        "Bundle.entry[0].search.mode",
        of_one("searchset", r#""resource":{"resourceType":"OperationOutcome"},"search":{"mode":"outcome"}"#);
    typ_resource_missing_in_a_post: ResourceMissing, ALL, of_one("batch", r#""request":{"method":"POST","url":"Flag"}"#),
        "Bundle.entry[0]", of_one("batch", r#""request":{"method":"DELETE","url":"Flag/1"}"#);
    typ_resource_forbidden_in_a_get: ResourceForbidden, ALL,
        of_one("batch", &flag_with(r#""request":{"method":"GET","url":"Flag/1"}"#)), "Bundle.entry[0].resource",
        of_one("batch", r#""request":{"method":"GET","url":"Flag/1"}"#);
    typ_request_url_fits_its_method: RequestUrl, ALL, of_one("batch", &flag_with(r#""request":{"method":"PUT","url":"Flag/2"}"#)),
        "Bundle.entry[0].request.url", of_one("batch", &flag_with(r#""request":{"method":"PUT","url":"Flag?identifier=1"}"#));
    typ_request_url_of_a_post: RequestUrl, ALL, of_one("batch", &flag_with(r#""request":{"method":"POST","url":"Patient"}"#)),
        "Bundle.entry[0].request.url", of_one("batch", &flag_with(r#""request":{"method":"POST","url":"Flag"}"#));
    typ_request_url_names_no_version: RequestUrl, ALL,
        of_one("batch", r#""request":{"method":"PUT","url":"Flag/1/_history/2"},"resource":{"resourceType":"Flag","id":"1"}"#),
        "Bundle.entry[0].request.url",
        of_one("batch", r#""request":{"method":"GET","url":"Flag/1/_history/2"}"#);
    typ_request_url_relative_to_the_root: RequestUrlRelative, ALL,
        of_one("batch", &flag_with(r#""request":{"method":"PUT","url":"/Flag/1"}"#)), "Bundle.entry[0].request.url",
        of_one("batch", &flag_with(r#""request":{"method":"PUT","url":"Flag/1"}"#));
    typ_if_none_exist_is_a_query: IfNoneExist, ALL,
        of_one("batch", &flag_with(r#""request":{"method":"POST","url":"Flag","ifNoneExist":"?x=1"}"#)),
        "Bundle.entry[0].request.ifNoneExist",
        of_one("batch", &flag_with(r#""request":{"method":"POST","url":"Flag","ifNoneExist":"x=1"}"#));
    typ_same_target_twice: SameTarget, ALL,
        bundle("transaction", r#""entry":[{"request":{"method":"DELETE","url":"Flag/1"}},{"request":{"method":"DELETE","url":"/Flag/1"}}]"#),
        "Bundle.entry[1].request.url",
        bundle("batch", r#""entry":[{"request":{"method":"DELETE","url":"Flag/1"}},{"request":{"method":"DELETE","url":"Flag/1"}}]"#);

    typ_same_target_of_one_search: SameTarget, ALL,
        bundle("transaction", r#""entry":[{"request":{"method":"PUT","url":"Flag?a=1"}},{"request":{"method":"PUT","url":"Flag?a=1"}}]"#),
        "Bundle.entry[1].request.url",
        bundle("transaction", r#""entry":[{"request":{"method":"PUT","url":"Flag?a=1"}},{"request":{"method":"PUT","url":"Flag?a=2"}}]"#);
    typ_same_target_made_and_changed: SameTarget, ALL,
        bundle("transaction", r#""entry":[{"fullUrl":"urn:x","request":{"method":"PUT","url":"Flag/1"}},{"fullUrl":"urn:x","request":{"method":"POST","url":"Flag"}}]"#),
        "Bundle.entry[1].fullUrl",
        bundle("transaction", r#""entry":[{"fullUrl":"urn:x","request":{"method":"PUT","url":"Flag/1"}},{"fullUrl":"urn:y","request":{"method":"POST","url":"Flag"}}]"#);
    typ_resource_missing_in_a_history: ResourceMissing, ALL, of_one("history", r#""request":{"method":"PUT","url":"Flag/1"}"#),
        "Bundle.entry[0]", of_one("history", r#""request":{"method":"DELETE","url":"Flag/1"}"#);
    url_untold_of_a_put: UrlUntold, ALL,
        of_one("transaction", r#""request":{"method":"PUT","url":"Flag/1"},"resource":{"resourceType":"Flag"}"#),
        "Bundle.entry[0]",
        of_one("transaction", r#""request":{"method":"POST","url":"Flag"},"resource":{"resourceType":"Flag"}"#);
    str_text_is_a_search_mode: StrText, ALL, of_one("searchset", &flag_with(r#""search":{"mode":5}"#)),
        "Bundle.entry[0].search.mode", of_one("searchset", &flag_with(r#""search":{"score":1}"#));
    str_timestamp_of_any_form: StrTimestamp, &[Stu3], bundle("batch", r#""timestamp":5"#), "Bundle.timestamp", bundle("batch", "");

    ref_malformed_is_told: ReferenceMalformed, ALL, refers("collection", "not a reference"), SUBJECT,
        refers("collection", "Patient?identifier=1");
    ref_contained_must_be_there: ReferenceContained, ALL, refers("collection", "#p"), SUBJECT,
        of_one("collection", r##""resource":{"resourceType":"Flag","subject":{"reference":"#p"},"contained":[{"resourceType":"Patient","id":"p"}]}"##);
    ref_ambiguous_leads_to_several: ReferenceAmbiguous, ALL,
        bundle("collection", &format!(r#""entry":[{{{}}},{{{FLAG}}},{{{FLAG}}}]"#, refering("https://rs/Flag/1"))), SUBJECT,
        bundle("collection", &format!(r#""entry":[{{{}}},{{{FLAG}}}]"#, refering("https://rs/Flag/1")));
    ref_version_is_another: ReferenceVersion, ALL,
        bundle("collection", &format!(r#""entry":[{{{}}},{{{FLAG}}}]"#, refering("https://rs/Flag/1/_history/2"))), SUBJECT,
        refers("collection", "https://rs/Flag/1/_history/2");
    ref_not_found_in_a_document: ReferenceNotFound, ALL,
        of_one("document", r#""fullUrl":"urn:x","resource":{"resourceType":"Composition","subject":{"reference":"Patient/1"}}"#),
        SUBJECT, refers("collection", "Patient/1");
    ref_urn_unresolved_in_a_transaction: UrnUnresolved, ALL, refers("transaction", "urn:uuid:1"), SUBJECT,
        refers("searchset", "urn:uuid:1");
    ref_relative_no_base_of_a_urn: ReferenceNoBase, ALL,
        of_one("collection", r#""fullUrl":"urn:x","resource":{"resourceType":"Flag","subject":{"reference":"Patient/1"}}"#),
        SUBJECT, refers("collection", "Patient/1");
}

const SUBJECT: &str = "Bundle.entry[0].resource.subject.reference";

fn refering(reference: &str) -> String {
    format!(
        r#""fullUrl":"https://rs/Flag/0","resource":{{"resourceType":"Flag","id":"0","subject":{{"reference":"{reference}"}}}}"#
    )
}

fn refers(code: &str, reference: &str) -> String {
    of_one(code, &refering(reference))
}

#[test]
fn str_more_findings_are_told_of() {
    let mut limits = Limits::default();
    limits.max_findings = 20;
    let found = |text: &str| {
        medmij_fhir_bundle::Bundle::parse(text.as_bytes(), R4, &limits)
            .unwrap()
            .findings(RuleSet::Fhir)
    };
    let errors = found(&bundle(
        "collection",
        &format!(r#""entry":[{}]"#, vec!["5"; 50].join(",")),
    ));
    assert_eq!(errors.len(), 21);
    assert!(errors[..20].iter().all(|finding| finding.severity() == Severity::Error));
    assert_eq!(
        (errors[20].rule, errors[20].severity()),
        (Rule::MoreFindings, Severity::Warning)
    );
    // What matters less crowds out no error, and does not make a Bundle invalid.
    let entries: Vec<_> = (0..50)
        .map(|id| format!(r#"{{"fullUrl":"urn:{id}","resource":{{"resourceType":"Flag","id":"{id}"}}}}"#))
        .collect();
    let others = found(&bundle("searchset", &format!(r#""entry":[{}]"#, entries.join(","))));
    assert_eq!((others.len(), others[20].rule), (21, Rule::MoreFindings));
    assert!(others.iter().all(|finding| finding.severity() < Severity::Error));
    let both = found(&bundle(
        "searchset",
        &format!(r#""entry":[{},{{}}]"#, entries.join(",")),
    ));
    assert!(both.iter().any(|finding| finding.rule == Rule::Bdl5));
}

#[test]
fn str_duplicate_name_of_each_that_is_one() {
    let text = of_one(
        "batch",
        r#""resource":{"resourceType":"Flag","a":1,"b":1,"a":2,"c":1,"b":2,"a":3}"#,
    );
    let told = |text: &str| -> Vec<_> {
        let found = findings(text, R4, RuleSet::Fhir).into_iter();
        found
            .filter(|finding| finding.rule == Rule::DuplicateName)
            .map(|finding| finding.path)
            .collect()
    };
    assert_eq!(
        told(&text),
        ["a", "b"].map(|name| format!("Bundle.entry[0].resource.{name}"))
    );
    let xml = |inner: &str| format!("<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"batch\"/>{inner}</Bundle>");
    let entry = "<entry><fullUrl value=\"urn:x\"/></entry>";
    // In XML what comes again stands beside its like, and some may not come again.
    assert_eq!(told(&xml(&format!("{entry}{entry}"))), Vec::<String>::new());
    assert_eq!(
        told(&xml(&format!("{entry}<id value=\"1\"/>{entry}"))),
        ["Bundle.entry[1]"]
    );
    assert_eq!(told(&xml("<id value=\"1\"/><id value=\"2\"/>")), ["Bundle.id"]);
    let behind = xml("<entry><fullUrl value=\"urn:x\"/></entry><link/><entry><fullUrl value=\"\"/></entry>");
    let empty = findings(&behind, R4, RuleSet::Fhir)
        .into_iter()
        .find(|finding| finding.rule == Rule::StrEmptyText)
        .unwrap();
    assert_eq!((empty.entry, empty.path.as_str()), (Some(1), "Bundle.entry[1].fullUrl"));
}

#[test]
fn ref_ambiguous_is_no_error_in_a_history() {
    let version = |version: u8| {
        format!(
            r#"{{"fullUrl":"https://rs/Patient/1","resource":{{"resourceType":"Patient","id":"1","meta":{{"versionId":"{version}"}}}}}}"#
        )
    };
    let refers = format!(r#"{{{}}}"#, refering("Patient/1"));
    let text = bundle(
        "history",
        &format!(r#""entry":[{},{},{refers}]"#, version(1), version(2)),
    );
    let found = findings(&text, R4, RuleSet::Fhir);
    assert!(
        found.iter().all(|finding| finding.rule != Rule::ReferenceAmbiguous),
        "{found:?}"
    );
}

/// A type that is not known does not silence the others, and is no crash.
#[test]
fn an_unknown_type_is_told_beside_what_follows_from_it() {
    let text = of_one(
        "searchseAAt",
        &flag_with(r#""search":{"mode":"match"},"request":{"method":"GET","url":"x"}"#),
    );
    for version in FhirVersion::ALL {
        let found = findings(&text, version, RuleSet::Fhir);
        let rules: Vec<_> = found.iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, [Rule::StrTypeCode, Rule::Bdl2, Rule::Bdl3]);
    }
}

#[test]
fn bdl_7_holds_in_history_of_stu3_only() {
    let request = r#""request":{"method":"GET","url":"Flag/1"},"response":{"status":"200"}"#;
    let entry = flag_with(request);
    let text = bundle("history", &format!(r#""entry":[{{{entry}}},{{{entry}}}]"#));
    let bdl_7 = |version| {
        findings(&text, version, RuleSet::Fhir)
            .iter()
            .any(|finding| finding.rule == Rule::Bdl7)
    };
    assert_eq!(FhirVersion::ALL.map(bdl_7), [true, false, false]);
}

#[test]
fn findings_repeat_nothing_of_the_content() {
    let text = of_one(
        "geheim",
        r#""fullUrl":"geheim","resource":{"resourceType":"Flag","subject":{"reference":"ge heim"}}"#,
    );
    let shown = format!("{:?}", parse_as(&text, R4).unwrap().findings(RuleSet::NictizElements));
    assert!(!shown.contains("geheim") && !shown.contains("ge heim"), "{shown}");
}

/// Each rule has a test that begins with its name, and with that of no longer one.
/// [bdl-1 to bdl-8, 3.0 to 4.3] What has no content is not there.
#[test]
fn what_is_empty_is_absent() {
    for (code, members, in_stu3, in_r4) in [
        (
            "collection",
            r#""entry":[{"resource":{}}]"#,
            &["bdl-5"][..],
            &["bdl-5"][..],
        ),
        (
            "collection",
            r#""entry":[{"search":{},"resource":{"resourceType":"Flag"}}]"#,
            &[],
            &[],
        ),
        (
            "searchset",
            r#""entry":[{"request":{},"resource":{"resourceType":"Flag","id":"1"}}]"#,
            &[],
            &[],
        ),
        ("batch", r#""entry":[{"request":{}}]"#, &["bdl-5"], &["bdl-3", "bdl-5"]),
        (
            "transaction-response",
            r#""entry":[{"response":{},"resource":{"resourceType":"Flag"}}]"#,
            &[],
            &["bdl-4"],
        ),
        ("collection", r#""total":null"#, &[], &[]),
        (
            "collection",
            r#""entry":[{"fullUrl":"","resource":{"resourceType":"Flag"}},{"fullUrl":"","resource":{"resourceType":"Flag"}}]"#,
            &[],
            &[],
        ),
    ] {
        let text = bundle(code, members);
        for (version, expected) in [(Stu3, in_stu3), (R4, in_r4), (R4b, in_r4)] {
            let found = findings(&text, version, RuleSet::Fhir);
            let mut rules: Vec<_> = found
                .iter()
                .map(|finding| finding.rule.as_str())
                .filter(|rule| rule.starts_with("bdl"))
                .collect();
            rules.sort_unstable();
            assert_eq!(rules, expected, "{version}: {text}");
            assert!(
                found.iter().any(|finding| finding.rule.as_str().starts_with("str-")),
                "it is told: {text}"
            );
        }
    }
}

/// [FHIR Bundle.entry.link, 3.0 to 4.3] The links of an entry have the form of those of the Bundle.
#[test]
fn links_of_entries_are_links() {
    let told = |links: &str| {
        let entry = format!(r#""link":{links},"resource":{{"resourceType":"Flag"}}"#);
        let found = findings(&of_one("collection", &entry), R4, RuleSet::Fhir);
        let told = found.iter().filter(|finding| finding.path.contains("link"));
        told.map(|finding| (finding.rule.as_str(), finding.entry, finding.path.clone()))
            .collect::<Vec<_>>()
    };
    let at = |path: &str| format!("Bundle.entry[0].link{path}");
    let right = r#"{"relation":"self","url":"x"}"#;
    assert_eq!(told(&format!("[{right}]")), []);
    assert_eq!(told(right), [("str-array", Some(0), at(""))]);
    assert_eq!(
        told(&format!("[{right},{right}]")),
        [],
        "only those of the Bundle occur once"
    );
    assert_eq!(
        told(r#"[{"relation":"self"},1]"#),
        [
            ("str-required", Some(0), at("[0].url")),
            ("str-object", Some(0), at("[1]"))
        ]
    );
}

#[test]
fn every_rule_has_a_test() {
    let name = |rule: &Rule| format!("{}_", rule.as_str().to_lowercase().replace('-', "_"));
    let tests = [
        include_str!("findings.rs"),
        include_str!("nictiz.rs"),
        include_str!("message.rs"),
    ]
    .concat();
    let mut untested: Vec<_> = Rule::ALL.iter().map(name).collect();
    for line in tests.lines() {
        let test = line.trim_start().trim_start_matches("fn ");
        let longest = Rule::ALL.iter().map(name).filter(|name| test.starts_with(name));
        if let Some(longest) = longest.max_by_key(String::len) {
            untested.retain(|name| *name != longest);
        }
    }
    assert_eq!(untested, Vec::<String>::new());
}
