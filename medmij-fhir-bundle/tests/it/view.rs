//! The view over a bundle's bytes.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use medmij_fhir_bundle::{Bundle, BundleError, FhirVersion, Limits};
use proptest::prelude::*;

fn parse(json: &str) -> Result<Bundle<'_>, BundleError> {
    Bundle::parse(json.as_bytes(), FhirVersion::R4, &Limits::default())
}

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
        let found = bundle.entries()[0].resource().unwrap();
        assert_eq!(found.json(), resource);
        assert_eq!(&json[found.range()], resource, "the range counts the byte order mark");
        assert_eq!(found.resource_type(), "Observation");
        assert_eq!((found.id(), found.version_id()), (None, None));
        assert_eq!(bundle.version(), version);
    }
}

#[test]
fn members_of_a_searchset() {
    let json = r#"{"resourceType":"Bundle","id":"b","type":"searchseAAt","total":7,
        "link":[{"relation":"self","url":"https://rs/x"},{"relation":"next","url":"https:\/\/rs/x?p=2"}],
        "entry":[{"fullUrl":"urn:uuid:1","search":{"mode":"include"},
                  "resource":{"resourceType":"Patient","id":"p","meta":{"versionId":"3","profile":[]}}},
                 {"response":{"status":"204"}}]}"#;
    let bundle = parse(json).unwrap();
    assert_eq!(bundle.bundle_type(), "searchseAAt", "an unknown type is kept");
    assert_eq!((bundle.id(), bundle.total()), (Some("b"), Some(7)));
    assert_eq!(bundle.link("next"), Some("https://rs/x?p=2"));
    assert_eq!(bundle.link("last"), None);
    assert_eq!(bundle.links()[0].relation(), "self");
    let [first, second] = bundle.entries() else {
        panic!("two entries")
    };
    assert_eq!(
        (first.full_url(), first.search_mode()),
        (Some("urn:uuid:1"), Some("include"))
    );
    assert_eq!(first.resource().unwrap().version_id(), Some("3"));
    assert!(second.resource().is_none() && second.full_url().is_none());
}

#[test]
fn what_is_no_bundle_is_refused() {
    assert_eq!(
        parse(r#"{"resourceType":"Patient"}"#).unwrap_err(),
        BundleError::NotABundle
    );
    assert_eq!(parse(r#"{"resourceType":"Bundle"}"#).unwrap_err(), BundleError::NoType);
    for json in [
        "",
        "[]",
        "{",
        "null",
        "{}",
        "7",
        r#"{"resourceType":"Bundle","type":"batch"} x"#,
        r#"{"resourceType":"Bundle","type":"batch","type":"batch"}"#,
        r#"{"resourceType":"Bundle","type":"batch","entry":{}}"#,
        r#"{"resourceType":"Bundle","type":"batch","entry":[null]}"#,
        r#"{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"id":"1"}}]}"#,
        r#"{"resourceType":"Bundle","type":"batch","total":-1}"#,
        r#"{"resourceType":"Bundle","type":"batch","id":"\uD800"}"#,
    ] {
        assert!(matches!(parse(json), Err(BundleError::Json { .. })), "{json}");
    }
    let error = Bundle::parse(b"\"\xFF", FhirVersion::R4, &Limits::default()).unwrap_err();
    assert_eq!(error, BundleError::Utf8 { at: 1 });
}

#[test]
fn limits_hold_before_work() {
    let mut limits = Limits::default();
    let json = r#"{"resourceType":"Bundle","type":"batch","entry":[{},{},{}]}"#;
    limits.max_entries = 2;
    assert_eq!(
        Bundle::parse(json.as_bytes(), FhirVersion::R4, &limits).unwrap_err(),
        BundleError::TooManyEntries { limit: 2 }
    );
    limits.max_bytes = 3;
    assert_eq!(
        Bundle::parse(b"[[[[", FhirVersion::R4, &limits).unwrap_err(),
        BundleError::TooLong { limit: 3 }
    );
}

#[test]
fn depth_has_a_limit_and_costs_no_stack() {
    // Around it stand the Bundle, its entries, the entry and the resource.
    let nested = |levels: usize| {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        with_resource(&format!(
            "{{\"resourceType\":\"Basic\",\"y\":\"[[\\\"[[\",\"x\":{open}1{close}}}"
        ))
    };
    assert!(parse(&nested(508)).is_ok());
    for levels in [509, 1_000_000] {
        assert_eq!(
            parse(&nested(levels)).unwrap_err(),
            BundleError::TooDeep { limit: 512 },
            "{levels}"
        );
    }
    assert!(parse(&"[".repeat(1_000_000)).is_err());
    let limits = {
        let mut limits = Limits::default();
        limits.max_depth = usize::MAX;
        limits
    };
    assert!(Bundle::parse(nested(1_000_000).as_bytes(), FhirVersion::R4, &limits).is_ok());
}

#[test]
fn debug_shows_no_content() {
    let json = r#"{"resourceType":"Bundle","id":"geheim","type":"searchset","link":[{"relation":"self","url":"https://rs/geheim"}],
        "entry":[{"fullUrl":"urn:geheim","search":{"mode":"geheim"},"resource":{"resourceType":"geheim","id":"geheim"}}]}"#;
    let bundle = parse(json).unwrap();
    let shown = format!("{bundle:?} {:?} {:?}", bundle.links(), bundle.entries());
    assert!(!shown.contains("geheim") && shown.contains("range"), "{shown}");
}

#[test]
fn shared_bundles_are_read_or_refused() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/fhir"));
    if !folder.exists() {
        writeln!(
            std::io::stderr(),
            "skipped: the shared bundles are not at {}",
            folder.display()
        )
        .unwrap();
        return;
    }
    let mut read = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let version = name.split('-').next().and_then(|version| version.parse().ok());
        if let (true, Some(version)) = (name.ends_with(".json"), version) {
            let bytes = fs::read(&path).unwrap();
            if let Ok(bundle) = Bundle::parse(&bytes, version, &Limits::default()) {
                read += 1;
                for resource in bundle.entries().iter().filter_map(|entry| entry.resource()) {
                    assert_eq!(&bytes[resource.range()], resource.json().as_bytes(), "{name}");
                }
            }
        }
    }
    assert!(read >= 40, "only {read} of the shared bundles could be read");
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Bundle::parse(&bytes, FhirVersion::R4, &Limits::default());
    }
}
