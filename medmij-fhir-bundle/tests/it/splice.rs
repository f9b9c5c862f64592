//! A Bundle in which a resource is another: the rest stays byte for byte.

use medmij_fhir_bundle::{Bundle, FhirVersion, Limits, SpliceError};
use proptest::prelude::*;

use crate::made_up;

fn parse(text: &str) -> Bundle<'_> {
    Bundle::parse(text.as_bytes(), FhirVersion::Stu3, &Limits::default()).unwrap()
}

const JSON: &str = "\u{FEFF}{ \"resourceType\":\"Bundle\",\n\"x\":1.50e0,\"entry\":[{\"resource\":{\"resourceType\":\"Flag\"},\"y\":\"\\u0041\"},{},
    {\"resource\": {\"resourceType\":\"List\"} }] } ";
const XML: &str =
    "<?xml version='1.0'?><!-- é --><Bundle xmlns=\"http://hl7.org/fhir\"><entry><resource><Flag/></resource></entry>
    <entry/><entry><resource> <List ><id value='&#49;'/></List> </resource></entry></Bundle>\n";
const PREFIXED: &str =
    "<f:Bundle xmlns:f=\"http://hl7.org/fhir\"><f:entry><f:resource><f:Flag/></f:resource></f:entry></f:Bundle>";

#[test]
fn what_is_not_changed_stays() {
    for (bundle, one, other) in [
        (
            JSON,
            r#"{"resourceType":"Flag"}"#,
            "\n{ \"a\": 1.0, \"resourceType\":\"Flag\" }\n",
        ),
        (JSON, r#"{"resourceType":"List"}"#, r#"{"resourceType":"Patient"}"#),
        (XML, "<Flag/>", "<Patient xmlns=\"http://hl7.org/fhir\" > </Patient>"),
        (XML, "<List ><id value='&#49;'/></List>", "<List/>"),
        (PREFIXED, "<f:Flag/>", "<f:List> </f:List>"),
    ] {
        let entry = usize::from(one.contains("List")) * 2;
        let changed = parse(bundle).with_resources(&[(entry, other.as_bytes())]).unwrap();
        assert_eq!(
            String::from_utf8(changed).unwrap(),
            bundle.replacen(one, other.trim(), 1),
            "{other}"
        );
        assert_eq!(parse(bundle).with_resources(&[]).unwrap(), bundle.as_bytes());
    }
    let both: [(usize, &[u8]); 2] = [(2, b"{\"resourceType\":\"B\"}"), (0, b"{\"resourceType\":\"A\"}")];
    assert_eq!(
        String::from_utf8(parse(JSON).with_resources(&both).unwrap()).unwrap(),
        JSON.replace("Flag", "A").replace("List", "B")
    );
}

#[test]
fn what_has_no_place_is_refused() {
    let fail = |bundle: &str, changes: &[(usize, &[u8])]| parse(bundle).with_resources(changes).unwrap_err();
    let flag: &[u8] = b"{\"resourceType\":\"Flag\"}";
    assert_eq!(fail(JSON, &[(1, flag)]), SpliceError::Entry { entry: 1 });
    assert_eq!(fail(JSON, &[(3, flag)]), SpliceError::Entry { entry: 3 });
    assert_eq!(fail(JSON, &[(0, flag), (0, flag)]), SpliceError::Entry { entry: 0 });
    assert_eq!(fail(JSON, &[(0, b"{}")]), SpliceError::Type);
    assert!(matches!(fail(JSON, &[(0, b"<Flag/>")]), SpliceError::Format { .. }));
    for broken in [
        &b"{\"resourceType\":\"Flag\"},{}"[..],
        b"",
        b"[]",
        b"{\"resourceType\":\"Flag\"}}",
    ] {
        assert!(
            matches!(fail(JSON, &[(0, broken)]), SpliceError::Resource(_)),
            "{broken:?}"
        );
    }
    assert!(
        parse(PREFIXED).with_resources(&[(0, b"<Flag/>")]).is_err(),
        "of no namespace there"
    );
}

proptest! {
    /// A resource put back where it was is the Bundle that it was; another is found there, and the others as they were.
    #[test]
    fn putting_back_changes_nothing(bundle in made_up::bundle()) {
        let text = bundle.to_string();
        let parsed = Bundle::parse(text.as_bytes(), FhirVersion::R4, &Limits::default()).unwrap();
        for (index, entry) in parsed.entries().enumerate() {
            let Some(resource) = entry.resource() else { continue };
            if resource.resource_type().is_empty() { continue }
            let same = parsed.with_resources(&[(index, resource.source().as_bytes())]).unwrap();
            prop_assert_eq!(&same, text.as_bytes());
            let other = parsed.with_resources(&[(index, b"{\"resourceType\":\"Spliced\"}")]).unwrap();
            let other = Bundle::parse(&other, FhirVersion::R4, &Limits::default()).unwrap();
            for (at, entry) in other.entries().enumerate() {
                let now = entry.resource().map(|resource| resource.source());
                let before = parsed.entry(at).unwrap().resource().map(|resource| resource.source());
                prop_assert_eq!(now, if at == index { Some("{\"resourceType\":\"Spliced\"}") } else { before });
            }
        }
    }
}
