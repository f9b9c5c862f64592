//! The view over a Bundle's bytes.

use medmij_fhir_bundle::{Bundle, FhirVersion, Format, Limits};

use crate::made_up::xml_of;
use crate::parse;

fn with_resource(resource: &str) -> String {
    format!(
        "\u{FEFF}{{\"resourceType\":\"Bundle\",\"type\":\"collection\",\n\"entry\":[{{\"resource\": {resource} }}]}}"
    )
}

#[test]
fn resources_are_ranges_of_the_original_bytes() {
    let resource = "{ \"x\" : 1.50e+0,\"resourceType\":\"Obs\\u0065rvation\", \"unknown\":[{}], \"y\":\"\\/é\" }";
    let json = with_resource(resource);
    for version in FhirVersion::ALL {
        let bundle = Bundle::parse(json.as_bytes(), version, &Limits::default()).unwrap();
        let found = bundle.entry(0).unwrap().resource().unwrap();
        assert_eq!(found.source(), resource);
        assert_eq!(&json[found.range()], resource, "the range counts the byte order mark");
        assert_eq!(found.resource_type(), "Observation");
        assert_eq!((found.id(), found.version_id()), (None, None));
        assert_eq!((bundle.version(), bundle.format()), (version, Format::Json));
    }
}

const SEARCHSET: &str = r#"{"resourceType":"Bundle","id":"b","type":"searchseAAt","total":7,
    "link":[{"relation":"self","url":"https://rs/x"},{"relation":"next","url":"https:\/\/rs/x?p=2"}],
    "entry":[{"fullUrl":"urn:uuid:1","search":{"mode":"include"},
              "resource":{"resourceType":"Patient","id":"p","meta":{"versionId":"3","profile":["http://x"]}}},
             {"response":{"status":"204","location":"Patient/p","outcome":{"resourceType":"OperationOutcome","issue":[{"code":"x"}]}}},
             {"request":{"method":"POST","url":"Patient","ifNoneExist":"x=1"}},
             {"resource":{"resourceType":"OperationOutcome","meta":{"profile":[""]}}}]}"#;

#[test]
fn members_in_json_and_in_xml() {
    let xml = xml_of(&serde_json::from_str(SEARCHSET).unwrap());
    for text in [SEARCHSET, &xml] {
        let bundle = parse(text).unwrap();
        assert_eq!(
            bundle.bundle_type().as_deref(),
            Some("searchseAAt"),
            "an unknown type is kept"
        );
        assert_eq!((bundle.id().as_deref(), bundle.total()), (Some("b"), Some(7)));
        assert_eq!(bundle.link("next").as_deref(), Some("https://rs/x?p=2"));
        assert_eq!(bundle.link("last"), None);
        let relations: Vec<_> = bundle.links().map(|link| link.relation()).collect();
        assert_eq!(relations, ["self", "next"]);
        let entries: Vec<_> = bundle.entries().collect();
        let [patient, answer, request, outcome] = entries.as_slice() else {
            panic!("four entries")
        };
        assert_eq!(patient.full_url().as_deref(), Some("urn:uuid:1"));
        assert_eq!(
            (patient.search_mode().as_deref(), patient.is_match()),
            (Some("include"), false)
        );
        let resource = patient.resource().unwrap();
        assert_eq!(
            (resource.version_id().as_deref(), resource.has_profile()),
            (Some("3"), true)
        );
        let response = answer.response().unwrap();
        assert_eq!(
            (&*response.status(), response.location().as_deref()),
            ("204", Some("Patient/p"))
        );
        let told = response.outcome().unwrap();
        assert!(
            told.starts_with("{\"resourceType\":\"OperationOutcome\"") || told.starts_with("<OperationOutcome>"),
            "{told}"
        );
        assert!(told.ends_with("]}") || told.ends_with("</OperationOutcome>"), "{told}");
        assert!(answer.resource().is_none() && answer.full_url().is_none() && answer.is_match());
        let request = request.request().unwrap();
        assert_eq!((&*request.method(), &*request.url()), ("POST", "Patient"));
        assert_eq!(request.if_none_exist().as_deref(), Some("x=1"));
        assert!(!outcome.is_match(), "an OperationOutcome without a mode");
        assert!(!outcome.resource().unwrap().has_profile());
    }
}

#[test]
fn what_is_misshapen_is_passed_over() {
    let text = r#"{"resourceType":"Bundle","type":7,"total":-1,"link":{},"identifier":[],"entry":[null,[{}],
        {"fullUrl":{},"resource":[],"search":1,"request":"x","response":null},
        {"resource":{"resourceType":1,"id":[1],"meta":[]},"request":{"x":1},"response":{"x":1}},
        {"resource":{},"request":{},"response":{},"search":{},"link":[{}]}]}"#;
    let bundle = parse(text).unwrap();
    assert_eq!(
        (bundle.bundle_type(), bundle.total(), bundle.links().len()),
        (None, None, 0)
    );
    assert_eq!(bundle.entries().len(), 5);
    // What has no members is not there.
    let empty = bundle.entry(4).unwrap();
    assert!(empty.resource().is_none() && empty.request().is_none() && empty.response().is_none());
    let entry = bundle.entry(3).unwrap();
    let resource = entry.resource().unwrap();
    assert_eq!((&*resource.resource_type(), resource.id()), ("", None));
    assert_eq!(
        (
            &*entry.request().unwrap().method(),
            &*entry.response().unwrap().status()
        ),
        ("", "")
    );
    assert!(bundle.entry(2).unwrap().resource().is_none());
}

#[test]
fn debug_shows_no_content() {
    let json = r#"{"resourceType":"Bundle","id":"geheim","type":"searchset","link":[{"relation":"self","url":"https://rs/geheim"}],
        "entry":[{"fullUrl":"urn:geheim","search":{"mode":"geheim"},"resource":{"resourceType":"geheim","id":"geheim"},
                  "request":{"method":"geheim","url":"geheim"},"response":{"status":"geheim"}}]}"#;
    let bundle = parse(json).unwrap();
    let entry = bundle.entry(0).unwrap();
    let shown = format!(
        "{bundle:?} {:?} {entry:?} {:?} {:?}",
        bundle.links().collect::<Vec<_>>(),
        entry.request(),
        entry.response()
    );
    assert!(!shown.contains("geheim") && shown.contains("range"), "{shown}");
}
