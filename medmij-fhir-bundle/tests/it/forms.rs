//! JSON and XML as they come: what is of its form, what is not, and that nothing of it is lost.

use medmij_fhir_bundle::{
    Bundle, BundleErrorKind, FhirVersion, Format, Limits, Matching, RuleSet, Verdict, references,
};
use proptest::prelude::*;

use crate::fuzzed;
use crate::made_up::{self, xml_of};
use crate::{bundle, of_one, parse};

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        fuzzed::bundle(&bytes);
    }

    #[test]
    fn nothing_of_any_json_is_lost(bundle in made_up::bundle(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&bundle) } else { serde_json::to_string(&bundle) };
        let text = text.unwrap();
        prop_assert!(parse(&text).is_ok(), "{}", text);
        fuzzed::bundle(text.as_bytes());
    }

    /// What `serde_json` reads is read, and what it does not, is not.
    #[test]
    fn json_is_what_serde_json_reads(bundle in made_up::bundle(), cut in any::<prop::sample::Index>(), by in ".{0,2}") {
        let text = serde_json::to_string(&bundle).unwrap();
        let at = (0..=cut.index(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let changed = format!("{}{by}{}", &text[..at], &text[at..]);
        let read = serde_json::from_str::<serde_json::Value>(&changed);
        // There serde_json stops at a number that no machine holds, and reads no further.
        let is_huge = read.as_ref().is_err_and(|error| error.to_string().starts_with("number out of range"));
        // Half an escaped character is a finding here and an error there, and so is a byte order mark.
        if !is_huge && !changed.contains("\\u") && !changed.starts_with('\u{FEFF}') {
            let is_syntax = matches!(
                parse(&changed).map_err(|error| error.kind),
                Err(BundleErrorKind::Syntax { .. } | BundleErrorKind::Utf8 { .. })
            );
            // What begins with `<` is taken for XML, and is none.
            prop_assert_eq!(read.is_ok(), !is_syntax, "{}", changed);
        }
        fuzzed::bundle(changed.as_bytes());
    }

    #[test]
    fn no_changed_xml_panics(cut in any::<prop::sample::Index>(), by in "[<>/&\"'=a-z :!-]{0,3}", gone in 0_usize..4) {
        let json = of_one("searchset", r#""fullUrl":"urn:x","resource":{"resourceType":"Flag","text":{"div":"<div>&#57; x</div>"},"a":"&"}"#);
        let text = xml_of(&serde_json::from_str(&json).unwrap());
        let at = cut.index(text.len());
        let changed = format!("{}{by}{}", &text[..at], text.get(at + gone..).unwrap_or_default());
        fuzzed::bundle(changed.as_bytes());
    }
}

#[test]
fn what_is_no_json_is_refused() {
    for text in [
        "",
        " ",
        "{",
        "{]",
        "[}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{\"resourceType\":\"Bundle\",\"total\":01}",
        "{\"resourceType\":\"Bundle\",\"total\":+1}",
        "{\"resourceType\":\"Bundle\",\"total\":.5}",
        "{\"resourceType\":\"Bundle\",\"total\":1.}",
        "{\"resourceType\":\"Bundle\",\"total\":1e}",
        "{\"resourceType\":\"Bundle\",\"total\":-}",
        "{\"resourceType\":\"Bundle\",\"total\":NaN}",
        "{\"resourceType\":\"Bundle\",\"x\":tru}",
        "{\"resourceType\":\"Bundle\",\"x\":\"\t\"}",
        "{\"resourceType\":\"Bundle\",\"x\":\"\\x\"}",
        "{\"resourceType\":\"Bundle\",\"x\":\"\\u00g0\"}",
        "{\"resourceType\":\"Bundle\",\"x\":\"",
        "{\"resourceType\":\"Bundle\"} x",
        "{\"resourceType\":\"Bundle\"}{}",
        "\u{FEFF}\u{FEFF}{\"resourceType\":\"Bundle\"}",
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!((error.rule(), error.format), ("json-syntax", Format::Json), "{text}");
    }
    let error = parse("{\"resourceType\":\"Bundle\",\n  \"x\": }").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no JSON: something else was expected here (line 2, column 8)"
    );
}

#[test]
fn what_is_no_bundle_is_refused() {
    for text in [
        "{}",
        "[]",
        "7",
        "null",
        "\"x\"",
        r#"{"resourceType":"Patient"}"#,
        r#"{"resourceType":["Bundle"]}"#,
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(
            (error.kind.clone(), error.rule()),
            (BundleErrorKind::NotABundle, "str-resource-type"),
            "{text}"
        );
    }
    let error = parse("<Patient xmlns=\"http://hl7.org/fhir\"/>").unwrap_err();
    assert_eq!((error.kind, error.format), (BundleErrorKind::NotABundle, Format::Xml));
    let error = Bundle::parse(b"\"\xFF", FhirVersion::R4, &Limits::default()).unwrap_err();
    assert_eq!(
        (error.kind.clone(), error.rule()),
        (BundleErrorKind::Utf8 { at: 1 }, "json-utf8")
    );
}

/// A Bundle in XML with this inside.
fn xml(inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Bundle xmlns=\"http://hl7.org/fhir\">{inner}</Bundle>\n<!-- end -->"
    )
}

#[test]
fn what_is_no_xml_of_fhir_is_refused() {
    let whole = [
        "<Bundle/>",
        "<Bundle xmlns=\"http://hl7.org/fhir/\"/>",
        "<f:Bundle xmlns=\"http://hl7.org/fhir\"/>",
        "<f:Bundle xmlns:f=\"http://hl7.org/fhir/2\"/>",
        "<!DOCTYPE Bundle><Bundle xmlns=\"http://hl7.org/fhir\"/>",
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><Bundle xmlns=\"http://hl7.org/fhir\"/>",
        "<Bundle xmlns=\"http://hl7.org/fhir\"/>x",
        "\n<?xml version=\"1.0\"?><Bundle xmlns=\"http://hl7.org/fhir\"/>",
        "<Bundle xmlns=\"http://hl7.org/fhir\"/></Bundle>",
        "<Bundle xmlns=\"http://hl7.org/fhir\"/><Bundle xmlns=\"http://hl7.org/fhir\"/>",
        "<Bundle xmlns=\"http://hl7.org/fhir\">",
        "<:Bundle xmlns=\"http://hl7.org/fhir\"/>",
        "<?xml version=\"1.1\"?><Bundle xmlns=\"http://hl7.org/fhir\"/>",
        "<",
        "<Bundle xmlns=\"http://hl7.org/fhir\"><id value=\"\u{1}\"/></Bundle>",
    ];
    let inner = [
        "<id value=\"a\" value=\"b\"/>",
        "<id value=\"a\"id=\"b\"/>",
        "<id value=a/>",
        "<id value=\"<\"/>",
        "<id value=\"&x;\"/>",
        "<id value=\"&#0;\"/>",
        "<id value=\"&amp\"/>",
        "<id value=\"a\">text</id>",
        "text",
        "<![CDATA[]]>",
        "<id value=\"a\"></type>",
        "<id value=\"a\"/></id>",
        "<text><div><p></div></p></text>",
        "<text><div></text></div>",
        "<?xml version=\"1.0\"?>",
        "<x:id xmlns:x=\"urn:x\" value=\"a\"/>",
        "<id xmlns=\"urn:x\" value=\"a\"/>",
        "<entry><resource><Flag/><Flag/></resource></entry>",
        "<entry><resource><Flag/><id/></resource></entry>",
        "<entry><resource><id/><Flag/></resource></entry>",
        "<entry><resource><Flag value=\"x\"/></resource></entry>",
        "<text><div></text>",
        "<1 value=\"a\"/>",
        "<id val ue=\"a\"/>",
        "<!-- -- -->",
        // A narrative stands in a text, and is well-formed.
        "<div><entry/></div><x:div/>",
        "<text><div><p a=b></p></div></text>",
        "<text><div><p a=\"1\" a=\"2\"></p></div></text>",
        "<text><div><p a=\"&nosuch;\"></p></div></text>",
        "<text><div><p a=\"<b>\"></p></div></text>",
        "<text><div><1p></1p></div></text>",
        "<text><div>&nosuch;</div></text>",
        "<text><div>]]></div></text>",
        "<entry><resource id=\"9\"><Flag/></resource></entry>",
        "<entry><resource><Flag id=\"9\"/></resource></entry>",
        "<id 1z=\"\"/>",
    ];
    let inner = inner.map(xml);
    for text in whole.into_iter().chain(inner.iter().map(String::as_str)) {
        let error = parse(text).err().unwrap_or_else(|| panic!("{text}"));
        assert_eq!((error.rule(), error.format), ("xml-syntax", Format::Xml), "{text}");
    }
}

#[test]
fn the_forms_of_xml_that_say_the_same() {
    for text in [
        xml("<type value=\"batch\"/><entry><resource><Flag><id value=\"a&#38;b\"/></Flag></resource></entry>"),
        xml("<type value='batch' ></type ><entry ><resource><!-- x --><Flag ><id  value = \"a&amp;b\"/></Flag></resource></entry>"),
        "\u{FEFF}<f:Bundle xmlns:f=\"http://hl7.org/fhir\" xmlns:xsi=\"urn:x\" xsi:schemaLocation=\"a b\"><f:type value=\"batch\"/>\
         <f:entry><f:resource><f:Flag><f:id value=\"a&#x26;b\"/></f:Flag></f:resource></f:entry></f:Bundle>"
            .to_owned(),
    ] {
        let bundle = parse(&text).unwrap();
        assert_eq!((bundle.bundle_type().as_deref(), bundle.format()), (Some("batch"), Format::Xml));
        let resource = bundle.entry(0).unwrap().resource().unwrap();
        assert_eq!((&*resource.resource_type(), resource.id().as_deref()), ("Flag", Some("a&b")));
        assert!(resource.source().ends_with("Flag>"), "{}", resource.source());
        assert!(!resource.source().contains("resource"), "{}", resource.source());
    }
    let spaced = xml("<id value=\"a\tb\r\nc&#9;\"/>");
    assert_eq!(parse(&spaced).unwrap().id().as_deref(), Some("a b c\t"));
}

#[test]
fn limits_hold_before_work() {
    let mut limits = Limits::default();
    let text = bundle("batch", r#""entry":[{},{},{}]"#);
    limits.max_entries = 2;
    let error = Bundle::parse(text.as_bytes(), FhirVersion::R4, &limits).unwrap_err();
    assert_eq!(
        (error.kind.clone(), error.rule()),
        (BundleErrorKind::TooManyEntries { limit: 2 }, "json-limit-entries")
    );
    limits.max_bytes = 3;
    for (text, rule) in [("[[[[", "json-limit-bytes"), ("<<<<", "xml-limit-bytes")] {
        let error = Bundle::parse(text.as_bytes(), FhirVersion::R4, &limits).unwrap_err();
        assert_eq!(
            (error.kind.clone(), error.rule()),
            (BundleErrorKind::TooLong { limit: 3 }, rule)
        );
    }
}

#[test]
fn depth_has_a_limit_and_costs_no_stack() {
    // Around it stand the Bundle, the entry and the resource; the first array is a member's.
    let json = |levels: usize| {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        of_one(
            "batch",
            &format!(r#""resource":{{"resourceType":"Basic","y":"[[\"[[","x":{open}1{close}}}"#),
        )
    };
    // Of XML the elements count: Bundle, entry, resource, Basic.
    let in_xml = |levels: usize, name: &str| {
        let (open, close) = (format!("<{name}>").repeat(levels), format!("</{name}>").repeat(levels));
        xml(&format!(
            "<type value=\"batch\"/><entry><resource><Basic>{open}{close}</Basic></resource></entry>"
        ))
    };
    for text in [json(510), in_xml(508, "x"), in_xml(508, "div")] {
        fuzzed::bundle(text.as_bytes());
        assert!(parse(&text).is_ok());
    }
    let too_deep = [
        json(511),
        json(1_000_000),
        "[".repeat(1_000_000),
        in_xml(509, "x"),
        in_xml(509, "div"),
        in_xml(100_000, "x"),
        "<a>"
            .repeat(100_000)
            .replacen('>', " xmlns=\"http://hl7.org/fhir\">", 1),
    ];
    for text in too_deep {
        assert_eq!(parse(&text).unwrap_err().kind, BundleErrorKind::TooDeep { limit: 512 });
    }
    let mut limits = Limits::default();
    limits.max_depth = usize::MAX;
    for text in [json(100_000), in_xml(100_000, "x"), in_xml(100_000, "div")] {
        let bundle = Bundle::parse(text.as_bytes(), FhirVersion::R4, &limits).unwrap();
        let _ = (bundle.findings(RuleSet::NictizElements), bundle.bsn());
    }
}

/// As deep as may be, the rest is looked at like anything else.
#[test]
fn depth_hides_nothing() {
    for levels in 500..=509 {
        let deep = format!("{}<b value=\"x\"/>{}", "<a>".repeat(levels), "</a>".repeat(levels));
        let bsn =
            "<identifier><system value=\"http://fhir.nl/fhir/NamingSystem/bsn\"/><value value=\"1\"/></identifier>";
        let text = xml(&format!(
            "<entry><resource><Patient>{deep}{bsn}</Patient></resource></entry>"
        ));
        match parse(&text) {
            Ok(bundle) => assert_eq!(bundle.bsn().verdict(), Verdict::Leak, "{levels}"),
            Err(error) => assert_eq!(
                (error.kind, levels > 507),
                (BundleErrorKind::TooDeep { limit: 512 }, true)
            ),
        }
    }
}

/// Input that costs the square of its length somewhere would not end here.
#[test]
fn hostile_input_costs_no_more_than_its_length() {
    let many = |count: usize, item: &dyn Fn(usize) -> String| (0..count).map(item).collect::<Vec<_>>().join(",");
    let flag = |members: &str| {
        of_one(
            "batch",
            &format!(r#""fullUrl":"https://rs/Flag/1","resource":{{"resourceType":"Flag",{members}}}"#),
        )
    };
    let base = format!("https://{}/Patient/1", "a".repeat(500_000));
    let refers = many(25_000, &|_| r#"{"reference":"Aa/1"}"#.to_owned());
    let from_long = of_one(
        "batch",
        &format!(r#""fullUrl":"{base}","resource":{{"resourceType":"Flag","a":[{refers}]}}"#),
    );
    let escaped = flag(&format!(
        r#""\u0061{}":[{}]"#,
        "a".repeat(100_000),
        many(50_000, &|_| r#""x""#.to_owned())
    ));
    let nulls = flag(&many(100_000, &|number| format!(r#""a{number}":[null]"#)));
    let contained = many(100_000, &|number| {
        format!(r#"{{"resourceType":"Flag","id":"{number}"}}"#)
    });
    let fragments = many(100_000, &|_| r##"{"reference":"#x"}"##.to_owned());
    let inside = flag(&format!(r#""a":[{fragments}],"contained":[{contained}]"#));
    let before = bundle(
        "batch",
        &format!(r#""a":[{fragments}],"entry":[{}]"#, many(100_000, &|_| "{}".to_owned())),
    );
    let links = bundle(
        "searchset",
        &format!(
            r#""link":[{}]"#,
            many(200_000, &|number| format!(r#"{{"relation":"r{number}","url":"x"}}"#))
        ),
    );
    let same = bundle(
        "history",
        &format!(
            r#""entry":[{}]"#,
            many(50_000, &|version| format!(
                r#"{{"fullUrl":"https://rs/Flag/1","resource":{{"resourceType":"Flag","id":"1","meta":{{"versionId":"{version}"}},"a":{{"reference":"Flag/1/_history/{version}"}}}}}}"#
            ))
        ),
    );
    for text in [from_long, escaped, nulls, inside, before, links, same] {
        let bundle = parse(&text).unwrap();
        let _ = (bundle.findings(RuleSet::NictizElements), bundle.bsn());
        let _ = references(&[bundle], Matching::Lenient);
    }
    let attributes: String = (0..100_000).map(|number| format!(" a{number}=\"\"")).collect();
    assert!(
        parse(&xml(&format!("<id{attributes}/>"))).is_err(),
        "no element has so many"
    );
}

#[test]
fn numbers_that_no_machine_holds_are_kept() {
    let text = of_one(
        "batch",
        r#""resource":{"resourceType":"Flag","a":1e999999999,"b":-0.00,"c":1.000000000000000000E-245}"#,
    );
    assert!(
        parse(&text)
            .unwrap()
            .entry(0)
            .unwrap()
            .resource()
            .unwrap()
            .source()
            .contains("1e999999999")
    );
    let total = bundle("searchset", r#""total":99999999999999999999"#);
    assert_eq!(parse(&total).unwrap().total(), None);
}

/// 200 MB in one string, over the limit that is set and below it.
#[test]
fn a_string_of_200_mb() {
    let text = bundle("batch", &format!(r#""x":"{}""#, "9".repeat(200_000_000)));
    let error = Bundle::parse(text.as_bytes(), FhirVersion::R4, &Limits::default()).unwrap_err();
    assert!(matches!(error.kind, BundleErrorKind::TooLong { .. }));
    let mut limits = Limits::default();
    limits.max_bytes = usize::MAX;
    let bundle = Bundle::parse(text.as_bytes(), FhirVersion::R4, &limits).unwrap();
    assert!(bundle.findings(RuleSet::Fhir).is_empty());
    assert!(bundle.bsn().findings.is_empty(), "too many digits for a BSN");
}
