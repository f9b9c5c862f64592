//! Digests over bytes, over what they say, and over what of it stays.

use medmij_core::Digest;
use medmij_fhir_bundle::{Bundle, BundleErrorKind, DigestMethod, FhirVersion, Limits};
use proptest::prelude::*;
use serde_json::Value;

use crate::made_up;
use crate::{of_one, parse};

fn digest(method: DigestMethod, text: &str) -> Digest {
    method.digest(text.as_bytes(), &Limits::default()).unwrap()
}

/// The form is a text that anybody can make: its SHA-256 is the digest.
#[test]
fn fhirc14n_1_is_a_text_that_others_can_make() {
    for (text, form) in [
        (
            "{ \"b\" : [ 1.0, -0.00, 1E+5, true, null, { } ] , \"a\" : \"\" }",
            r#"{"a":"","b":[1.0,-0.00,1E+5,true,null,{}]}"#,
        ),
        // By UTF-16 units: what is beyond the first plane comes before U+FFFD.
        ("{\"\u{FFFD}\":1,\"\u{1F600}\":2}", "{\"\u{1F600}\":2,\"\u{FFFD}\":1}"),
        (
            r#"{"a":"\/\u0041\u00e9\u0001\n\"\\"}"#,
            "{\"a\":\"/Aé\\u0001\\n\\\"\\\\\"}",
        ),
        ("[]", "[]"),
        (
            "<Flag xmlns=\"http://hl7.org/fhir\"><id value=\"1\"/><b value=\"2\"/><a value=\"x\"/><b value=\"1\"/></Flag>",
            r#"{"a":"x","b":"2","b":"1","id":"1","resourceType":"Flag"}"#,
        ),
    ] {
        assert_eq!(
            digest(DigestMethod::Canonical, text),
            Digest::of(form.as_bytes()),
            "{text}"
        );
    }
    assert_eq!(digest(DigestMethod::Bytes, "x"), Digest::of(b"x"));
    assert!(DigestMethod::Canonical.digest(b"{", &Limits::default()).is_err());
}

#[test]
fn only_what_is_volatile_does_not_count() {
    let bundle = |id: &str, meta: &str, value: &str| {
        format!(
            r#"{{"resourceType":"Bundle","id":"{id}","type":"searchset","timestamp":"{id}","link":[{{"url":"{id}"}}],
               "entry":[{{"resource":{{"resourceType":"Flag","id":"1",{meta}"a":{value}}}}}]}}"#
        )
    };
    let stable = |text: &str| digest(DigestMethod::Stable, text);
    let first = stable(&bundle("a", r#""meta":{"versionId":"1","lastUpdated":"x"},"#, "1.50"));
    assert_eq!(stable(&bundle("b", r#""meta":{"versionId":"2"},"#, "1.50")), first);
    assert_eq!(stable(&bundle("c", "", "1.50")), first);
    for (id, meta, value) in [
        ("a", "", "1.5"),
        ("a", r#""meta":{"profile":["x"]},"#, "1.50"),
        ("a", r#""versionId":"1","#, "1.50"),
    ] {
        assert_ne!(stable(&bundle(id, meta, value)), first, "{meta} {value}");
    }
    // The id of a resource stays; only that of a Bundle does not.
    let flag = |id: &str| stable(&format!(r#"{{"resourceType":"Flag","id":"{id}"}}"#));
    assert_ne!(flag("1"), flag("2"));
}

#[test]
fn pi_3_each_entry_tells_whether_it_was_changed() {
    let text = of_one("searchset", r#""resource":{"resourceType":"Flag","id":"1","a":1.50}"#);
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&text).unwrap()).unwrap();
    let changed = text.replace("1.50", "1.51");
    let of = |text: &str, method| parse(text).unwrap().entry_digest(0, method).unwrap();
    assert_eq!(
        of(&text, DigestMethod::Bytes),
        Digest::of(br#"{"resourceType":"Flag","id":"1","a":1.50}"#)
    );
    assert_ne!(of(&text, DigestMethod::Bytes), of(&pretty, DigestMethod::Bytes));
    assert_ne!(
        of(&text, DigestMethod::Canonical),
        of(&changed, DigestMethod::Canonical)
    );
    assert_eq!(parse(&text).unwrap().entry_digest(1, DigestMethod::Bytes), None);
    // In XML with a prefix too, alone and in its Bundle.
    let xml = "<f:Bundle xmlns:f=\"http://hl7.org/fhir\"><f:entry><f:resource><f:Flag><f:id value=\"1\"/></f:Flag></f:resource></f:entry></f:Bundle>";
    let alone = "<Flag xmlns=\"http://hl7.org/fhir\"> <id value=\"&#49;\"/> </Flag>";
    assert_eq!(of(xml, DigestMethod::Canonical), digest(DigestMethod::Canonical, alone));
}

/// In XML what stands beside a value is told apart from that of another only by its place.
#[test]
fn what_stands_beside_a_value_belongs_to_it() {
    let name = |first: &str, second: &str| {
        digest(
            DigestMethod::Canonical,
            &format!(
                "<Patient xmlns=\"http://hl7.org/fhir\"><name><given value=\"Jan\"{first}<given value=\"J.\"{second}</name></Patient>"
            ),
        )
    };
    let marked = "><extension url=\"x\"><valueCode value=\"BR\"/></extension></given>";
    assert_ne!(name(marked, "/>"), name("/>", marked));
    assert_ne!(name(" id=\"a\"/>", "/>"), name("/>", " id=\"a\"/>"));
}

#[test]
fn each_lone_surrogate_is_itself_and_only_an_empty_meta_says_nothing() {
    let canonical = |text: &str| digest(DigestMethod::Canonical, text);
    assert_ne!(canonical(r#"{"a":"\ud800"}"#), canonical(r#"{"a":"\udbff"}"#));
    assert_ne!(canonical(r#"{"a":"\ud800"}"#), canonical("{\"a\":\"\u{FFFD}\"}"));
    assert_eq!(
        canonical(r#"{"a":"x\ud800\u0041"}"#),
        Digest::of(br#"{"a":"x\ud800A"}"#)
    );
    let stable = |text: &str| digest(DigestMethod::Stable, text);
    assert_ne!(stable(r#"{"meta":"x"}"#), stable("{}"));
    assert_ne!(stable(r#"{"meta":[]}"#), stable("{}"));
    assert_eq!(stable(r#"{"meta":{"versionId":"1"}}"#), stable("{}"));
}

/// What would take a node for every byte or two is told by its bytes alone.
#[test]
fn too_many_values_have_no_canonical_form() {
    let many = format!("[{}0]", "0,".repeat(4_000_000));
    let error = DigestMethod::Canonical
        .digest(many.as_bytes(), &Limits::default())
        .unwrap_err();
    assert_eq!(
        (error.rule(), error.kind),
        ("json-limit-values", BundleErrorKind::TooManyValues)
    );
    let text = of_one(
        "searchset",
        &format!(r#""resource":{{"resourceType":"Flag","x":{many}}}"#),
    );
    let parsed = parse(&text).unwrap();
    assert_eq!(parsed.entry_digest(0, DigestMethod::Canonical), None);
    assert!(parsed.entry_digest(0, DigestMethod::Bytes).is_some());
}

#[test]
fn depth_costs_no_stack() {
    let mut limits = Limits::default();
    limits.max_depth = usize::MAX;
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(
        DigestMethod::Canonical.digest(deep.as_bytes(), &limits).unwrap(),
        Digest::of(deep.as_bytes())
    );
}

proptest! {
    /// Neither the layout nor the order of members counts, and nothing else is left out.
    #[test]
    fn layout_does_not_count(bundle in made_up::bundle()) {
        let compact = serde_json::to_string(&bundle).unwrap();
        let pretty = serde_json::to_string_pretty(&bundle).unwrap();
        prop_assert_eq!(digest(DigestMethod::Canonical, &compact), digest(DigestMethod::Canonical, &pretty));
        prop_assert_eq!(digest(DigestMethod::Stable, &compact), digest(DigestMethod::Stable, &pretty));
        // serde_json writes the members of an object by their names in UTF-8; where that is the order in UTF-16 too, and what it
        // escapes is the same, the form is its own.
        let is_plain = compact.chars().all(|c| c < '\u{E000}' && c != '\u{7F}');
        if is_plain {
            prop_assert_eq!(digest(DigestMethod::Canonical, &pretty), Digest::of(compact.as_bytes()));
        }
        let mut changed = bundle;
        changed["more"] = serde_json::json!({"changed": [changed["more"].clone()]});
        prop_assert_ne!(digest(DigestMethod::Canonical, &changed.to_string()), digest(DigestMethod::Canonical, &compact));
        let parsed = Bundle::parse(compact.as_bytes(), FhirVersion::R4, &Limits::default()).unwrap();
        for entry in 0..parsed.entries().len() {
            let _ = parsed.entry_digest(entry, DigestMethod::Stable);
        }
    }
}
