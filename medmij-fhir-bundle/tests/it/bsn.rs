//! The guard against BSNs: each form that it knows.

use medmij_fhir_bundle::{BsnReport, Verdict, bsn_in_text, bsn_in_url};

use crate::made_up::xml_of;
use crate::{bundle, of_one, parse};

fn report(text: &str) -> BsnReport {
    parse(text).unwrap().bsn()
}

/// What is said of this and where, in JSON and, without its indexes, in XML.
#[track_caller]
fn check(text: &str, verdict: Verdict, paths: &[&str]) {
    let found = report(text);
    assert_eq!(found.verdict(), verdict, "{text}: {found:?}");
    let told: Vec<_> = found.findings.iter().map(|finding| finding.path.as_str()).collect();
    assert_eq!(told, paths, "{text}");
    let xml = xml_of(&serde_json::from_str(text).unwrap());
    let in_xml = report(&xml);
    assert_eq!(in_xml.verdict(), verdict, "{xml}: {in_xml:?}");
    let plain = |path: &str| path.replace("[0]", "");
    let mut told: Vec<_> = in_xml.findings.iter().map(|finding| plain(&finding.path)).collect();
    let mut paths: Vec<_> = paths.iter().map(|path| plain(path)).collect();
    told.sort();
    paths.sort();
    assert_eq!(told, paths, "{xml}");
    let shown = format!("{found:?} {in_xml:?}");
    assert!(!shown.contains("99991112") && !shown.contains("9999.11"), "{shown}");
}

fn patient(members: &str) -> String {
    of_one(
        "transaction",
        &format!(r#""resource":{{"resourceType":"Patient",{members}}}"#),
    )
}

const SYSTEM: &str = "http://fhir.nl/fhir/NamingSystem/bsn";
const MASKED: &str = r#""_value":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}"#;

#[test]
fn an_identifier_of_the_system_with_a_value_is_a_leak() {
    for system in [
        SYSTEM,
        "urn:oid:2.16.840.1.113883.2.4.6.3",
        "HTTP://fhir.nl/fhir/NamingSystem/BSN/",
    ] {
        let identifier = format!(r#"{{"system":"{system}","value":"x"}}"#);
        for (member, path) in [
            (format!(r#""identifier":[{identifier}]"#), "identifier[0]"),
            (
                format!(r#""link":[{{"other":{{"identifier":{identifier}}}}}]"#),
                "link[0].other.identifier",
            ),
            (
                format!(r#""contained":[{{"resourceType":"Patient","identifier":[{identifier}]}}]"#),
                "contained[0].identifier[0]",
            ),
            (
                format!(r#""extension":[{{"url":"urn:x","valueIdentifier":{identifier}}}]"#),
                "extension[0].valueIdentifier",
            ),
        ] {
            check(
                &patient(&member),
                Verdict::Leak,
                &[&format!("Bundle.entry[0].resource.{path}")],
            );
        }
    }
}

#[test]
fn a_national_number_of_nine_digits_is_a_leak() {
    let identifier = |value: &str| {
        format!(
            r#""identifier":[{{"type":{{"coding":[{{"system":"http://hl7.org/fhir/v2/0203","code":"NNNLD"}}]}},"value":"{value}"}}]"#
        )
    };
    check(
        &patient(&identifier("123456789")),
        Verdict::Leak,
        &["Bundle.entry[0].resource.identifier[0]"],
    );
    check(&patient(&identifier("12345678x")), Verdict::Clean, &[]);
}

#[test]
fn a_masked_identifier_is_allowed() {
    check(
        &patient(&format!(r#""identifier":[{{"system":"{SYSTEM}",{MASKED}}}]"#)),
        Verdict::Clean,
        &[],
    );
    check(
        &patient(&format!(r#""identifier":[{{"system":"{SYSTEM}"}}]"#)),
        Verdict::Clean,
        &[],
    );
}

#[test]
fn a_value_beside_its_mask_is_a_leak() {
    let both = format!(r#""identifier":[{{"system":"{SYSTEM}","value":"1",{MASKED}}}]"#);
    check(
        &patient(&both),
        Verdict::Leak,
        &["Bundle.entry[0].resource.identifier[0]"],
    );
}

/// A resource may say what the system is called; an address is none.
#[test]
fn the_system_alone_is_a_leak_in_an_address_and_not_in_a_resource() {
    let link = bundle(
        "searchset",
        &format!(r#""link":[{{"relation":"self","url":"{SYSTEM}"}}]"#),
    );
    check(&link, Verdict::Leak, &["Bundle.link[0].url"]);
    for (entry, path) in [
        (
            format!(r#""request":{{"method":"GET","url":"{SYSTEM}"}}"#),
            "request.url",
        ),
        (format!(r#""fullUrl":"{SYSTEM}""#), "fullUrl"),
        (
            format!(r#""response":{{"status":"201","location":"{SYSTEM}"}}"#),
            "response.location",
        ),
    ] {
        check(
            &of_one("batch", &entry),
            Verdict::Leak,
            &[&format!("Bundle.entry[0].{path}")],
        );
    }
    let named = format!(r#""resource":{{"resourceType":"NamingSystem","url":"{SYSTEM}","source":"{SYSTEM}"}}"#);
    check(&of_one("collection", &named), Verdict::Clean, &[]);
}

/// Forms that a second look found: the other scheme, a search that is told, a plus, an encoded mark.
#[test]
fn a_bsn_hides_in_no_other_spelling() {
    let secure = SYSTEM.replace("http://", "https://");
    let identifier = format!(r#""identifier":[{{"system":"{secure}","value":"x"}}]"#);
    check(
        &patient(&identifier),
        Verdict::Leak,
        &["Bundle.entry[0].resource.identifier[0]"],
    );
    for member in ["address", "criteria", "valueString", "whoUri"] {
        let told = format!(r#""{member}":"https://x/Patient?identifier={SYSTEM}""#);
        check(
            &patient(&told),
            Verdict::Leak,
            &[&format!("Bundle.entry[0].resource.{member}")],
        );
    }
    for (url, verdict) in [
        ("Observation%3Fpatient=1", Verdict::Leak),
        ("Observation%253Fa=b%26subject=1", Verdict::Leak),
        ("Patient?identifier=9999+11120", Verdict::Suspect),
        ("Condition%3Fpatient=1?_count=5", Verdict::Leak),
        ("Observation?x=a%3Fpatient", Verdict::Clean),
    ] {
        assert_eq!(bsn_in_url(url), verdict, "{url}");
    }
    let number = |value: &str| {
        format!(
            r#""identifier":[{{"type":{{"coding":[{{"system":"urn:oid:2.16.840.1.113883.18.108","code":"NNNLD"}}]}},"value":"{value}"}}]"#
        )
    };
    check(
        &patient(&number("1234.56.789")),
        Verdict::Leak,
        &["Bundle.entry[0].resource.identifier[0]"],
    );
    for value in ["9999-11-120", "999\u{a0}911\u{a0}120", "999911120 "] {
        check(
            &patient(&number(value)),
            Verdict::Leak,
            &["Bundle.entry[0].resource.identifier[0]"],
        );
    }
    check(&patient(&number("AB-1234-56789")), Verdict::Clean, &[]);
    for query in ["patient=1", "?patient=1", "Observation?patient=1"] {
        let told = format!(r#""request":{{"method":"POST","url":"Flag","ifNoneExist":"{query}"}}"#);
        check(
            &of_one("batch", &told),
            Verdict::Leak,
            &["Bundle.entry[0].request.ifNoneExist"],
        );
    }
    for tag in ["code", "mark", "del", "q", "tt"] {
        let text = format!(r#""text":{{"status":"generated","div":"<div>9999<{tag}>11</{tag}>120</div>"}}"#);
        check(
            &patient(&text),
            Verdict::Suspect,
            &["Bundle.entry[0].resource.text.div"],
        );
    }
}

#[test]
fn the_system_in_a_url_is_a_leak_however_it_is_encoded() {
    let encoded = |times: usize| {
        let mut url = format!("Patient?identifier={SYSTEM}|1");
        for _ in 0..times {
            url = url.replace('%', "%25").replace('/', "%2F").replace(':', "%3a");
        }
        url
    };
    for times in [0, 1, 2, 9] {
        let url = encoded(times);
        assert_eq!(bsn_in_url(&url), Verdict::Leak, "{url}");
        for (entry, path) in [
            (format!(r#""request":{{"method":"GET","url":"{url}"}}"#), "request.url"),
            (
                format!(r#""request":{{"method":"POST","url":"Patient","ifNoneExist":"{url}"}}"#),
                "request.ifNoneExist",
            ),
            (format!(r#""fullUrl":"{url}""#), "fullUrl"),
            (
                format!(r#""resource":{{"resourceType":"Flag","subject":{{"reference":"{url}"}}}}"#),
                "resource.subject.reference",
            ),
        ] {
            check(
                &of_one("batch", &entry),
                Verdict::Leak,
                &[&format!("Bundle.entry[0].{path}")],
            );
        }
        let link = bundle("searchset", &format!(r#""link":[{{"relation":"self","url":"{url}"}}]"#));
        check(&link, Verdict::Leak, &["Bundle.link[0].url"]);
    }
}

#[test]
fn nt_9_the_patient_in_a_request_is_a_leak() {
    for url in [
        "Flag?patient=1",
        "Flag?x=1&subject:Patient=1",
        "Flag?Patient.identifier=1",
        "Flag?%70atient=1",
    ] {
        assert_eq!(bsn_in_url(url), Verdict::Leak, "{url}");
        let text = of_one("batch", &format!(r#""request":{{"method":"GET","url":"{url}"}}"#));
        check(&text, Verdict::Leak, &["Bundle.entry[0].request.url"]);
    }
    for url in [
        "Patient/1",
        "Flag?code=patient",
        "Patient?_include=Patient:general-practitioner",
        "Flag?x=a:patient",
    ] {
        assert_eq!(bsn_in_url(url), Verdict::Clean, "{url}");
    }
}

#[test]
fn digits_like_those_of_a_bsn_are_suspect() {
    for (member, path) in [
        (r#""id":"999911120""#, "id"),
        (
            r#""text":{"status":"generated","div":"<div>BSN 9999.11.120</div>"}"#,
            "text.div",
        ),
        (
            r#""text":{"status":"generated","div":"<div>&#57;99911120</div>"}"#,
            "text.div",
        ),
        (r#""name":[{"family":"999911120 (Jansen)"}]"#, "name[0].family"),
        (
            r#""identifier":[{"system":"urn:x","value":"999911120"}]"#,
            "identifier[0].value",
        ),
        (r#""identifier":[{"value":"12345672"}]"#, "identifier[0].value"),
        (r#""photo":[{"title":"scan 999911120.pdf"}]"#, "photo[0].title"),
        (r#""photo":[{"url":"Binary/999911120"}]"#, "photo[0].url"),
        (r#""code":{"coding":[{"code":"999911120"}]}"#, "code.coding[0].code"),
        (r#""x":["999911120"]"#, "x[0]"),
    ] {
        check(
            &patient(member),
            Verdict::Suspect,
            &[&format!("Bundle.entry[0].resource.{path}")],
        );
    }
    let number = report(&patient(r#""valueInteger":999911120"#));
    assert_eq!(number.verdict(), Verdict::Suspect);
}

#[test]
fn what_only_looks_like_a_bsn_is_clean() {
    for text in [
        "999911121",
        "9999111200",
        "a999911120",
        "999911120b",
        "é999911120",
        "999911120-1",
        "-999911120",
        "000000000",
        "2.16.840.1.113883.2.4.3.11.60.40",
        "urn:oid:2.16.528.1.1007",
        "12 999911120",
        "9999 11120",
        "2026-11-22T12:00:00",
        "99 99-11120",
    ] {
        let expected = if text == "9999 11120" {
            Verdict::Suspect
        } else {
            Verdict::Clean
        };
        assert_eq!(bsn_in_text(text), expected, "{text}");
    }
    check(
        &patient(r#""code":{"coding":[{"system":"http://snomed.info/sct","code":"275711006"}]}"#),
        Verdict::Clean,
        &[],
    );
    // Of eight digits only in an identifier.
    check(&patient(r#""birthDate":"12345672""#), Verdict::Clean, &[]);
    assert_eq!(
        bsn_in_url("Observation/$lastn?category=http://snomed.info/sct|275711006,http://loinc.org|1"),
        Verdict::Clean
    );
}

#[test]
fn the_name_of_a_member_is_looked_at_and_not_shown() {
    let found = report(&patient(r#""999911120":{"x":["999911120"]}"#));
    let paths: Vec<_> = found.findings.iter().map(|finding| finding.path.as_str()).collect();
    assert_eq!(
        paths,
        ["Bundle.entry[0].resource", "Bundle.entry[0].resource.*****.x[0]"]
    );
}

/// What is said twice, or in another form than it should be, is looked at each time: the server may read the other.
#[test]
fn what_is_repeated_or_misshapen_hides_nothing() {
    for identifier in [
        format!(r#"{{"system":"{SYSTEM}","value":"999911120","value":""}}"#),
        format!(r#"{{"system":"{SYSTEM}","value":"123","system":"http://x"}}"#),
        format!(r#"{{"system":"http://x","value":"123","system":"{SYSTEM}"}}"#),
        format!(r#"{{"system":"{SYSTEM}","value":999911120}}"#),
        format!(r#"{{"system":["{SYSTEM}"],"value":["999911120"]}}"#),
    ] {
        let found = report(&patient(&format!(r#""identifier":[{identifier}]"#)));
        assert_eq!(found.verdict(), Verdict::Leak, "{identifier}");
    }
    let twice =
        format!("<value value=\"1\"/><value value=\"\"/><system value=\"{SYSTEM}\"/><system value=\"http://x\"/>");
    let xml = format!("<Bundle xmlns=\"http://hl7.org/fhir\"><identifier>{twice}</identifier></Bundle>");
    assert_eq!(report(&xml).verdict(), Verdict::Leak);
    let codes = report(&patient(r#""code":{"coding":[{"code":"999911120","code":"x"}]}"#));
    assert_eq!(codes.verdict(), Verdict::Suspect);
}

/// What is read by a server or a person is looked at, whatever member it stands in and however it is written.
#[test]
fn the_places_in_which_a_bsn_can_hide() {
    let url = "https://x/Patient?identifier=http%3A%2F%2Ffhir.nl%2Ffhir%2FNamingSystem%2Fbsn%7C999911120";
    for member in [
        "source",
        "instantiatesUri",
        "valueCanonical",
        "implicitRules",
        "valueString",
        "x",
    ] {
        let found = report(&patient(&format!(r#""{member}":"{url}""#)));
        assert_eq!(found.verdict(), Verdict::Leak, "{member}");
    }
    assert_eq!(
        report(&patient(&format!(
            r#""text":{{"div":"<div><a href=\"{url}\">x</a></div>"}}"#
        )))
        .verdict(),
        Verdict::Leak
    );
    for member in [
        r#""photo":[{"title":"brief%20999911120.pdf"}]"#,
        r#""id":"%3999911120""#,
        r#""photo":[{"url":"Patient?identifier=http://ziekenhuis.nl/burgerservicenummer|999911120"}]"#,
        r#""photo":[{"url":"Patient/urn:|999911120"}]"#,
        r#""photo":[{"url":"Flag?code=http://a|1$999911120"}]"#,
        r#""photo":[{"data":"BSN: 999911120"}]"#,
        r#""x":{"data":"1, 999911120"}"#,
        r#""text":{"div":"<div>9999<b>11</b>120</div>"}"#,
        r#""text":{"div":"<div>9999<!-- -->11120</div>"}"#,
        r#""text":{"div":"<div>9999<![CDATA[11120]]></div>"}"#,
        r#""text":{"div":"<div>&#0000000000057;99911120</div>"}"#,
        r#""text":{"div":"<div>& 999911120;</div>"}"#,
        r#""text":{"div":"<div>&999911120;</div>"}"#,
        r#""text":{"div":"<div>999&nbsp;911&#xA0;120</div>"}"#,
        r#""code":{"coding":[{"code":"x","code":"999911120","code":"y"}]}"#,
        r#""masterIdentifier":{"value":"12345672"}"#,
        r#""valueIdentifier":{"value":"12345672"}"#,
    ] {
        assert_eq!(report(&patient(member)).verdict(), Verdict::Suspect, "{member}");
    }
    let national = |value: &str| {
        let coding = r#"{"system":"http://hl7.org/fhir/v2/0203","code":"NNNLD"}"#;
        report(&patient(&format!(
            r#""identifier":[{{"type":{{"coding":[{coding}]}},{value}}}]"#
        )))
        .verdict()
    };
    for value in [
        r#""value":123456789"#,
        r#""value":["123456789"]"#,
        r#""value":"123456789","value":"x""#,
    ] {
        assert_eq!(national(value), Verdict::Leak, "{value}");
    }
    for system in [
        "URN:OID:2.16.840.1.113883.2.4.6.3",
        "http://fhir.nl/fhir/NamingSystem/%62sn",
    ] {
        let found = report(&patient(&format!(
            r#""identifier":[{{"system":"{system}","value":"1"}}]"#
        )));
        assert_eq!(found.verdict(), Verdict::Leak, "{system}");
    }
    let only_query = r#""request":{"method":"POST","url":"Flag","ifNoneExist":"patient=Patient/1"}"#;
    assert_eq!(report(&of_one("batch", only_query)).verdict(), Verdict::Leak);
    let attribute =
        "<Bundle xmlns=\"http://hl7.org/fhir\" xmlns:b=\"urn:b\"><id b:bsn=\"999911120\" value=\"x\"/></Bundle>";
    assert_eq!(report(attribute).verdict(), Verdict::Suspect);
}

#[test]
fn what_names_nobody_is_clean() {
    for text in [
        patient(r#""photo":[{"url":"https://dva.nl/doc?subject=Brief"}]"#),
        patient(r#""valueString":"kolom a | b, zie http://fhir.nl/fhir/NamingSystem/bsn""#),
        bundle(
            "searchset",
            r#""link":[{"relation":"self","url":"https://rs/Flag?patient=Patient/1"}]"#,
        ),
    ] {
        assert_eq!(report(&text).verdict(), Verdict::Clean, "{text}");
    }
    assert_eq!(bsn_in_url("Observation?code=a%26patient%3D1"), Verdict::Clean);
}

/// What is encoded more often than anybody does is held to hide something; and it costs no more than so many readings.
#[test]
fn a_url_is_not_decoded_for_ever() {
    assert_eq!(
        bsn_in_url(&format!("Flag?x=%{}41", "25".repeat(500_000))),
        Verdict::Leak
    );
    assert_eq!(bsn_in_url("Flag?x=%252541"), Verdict::Clean);
}

#[test]
fn another_oid_is_another_system() {
    assert_eq!(
        bsn_in_url("Patient?identifier=urn:oid:2.16.840.1.113883.2.4.6.31|5"),
        Verdict::Clean
    );
    assert_eq!(
        bsn_in_url("Patient?identifier=urn:oid:2.16.840.1.113883.2.4.6.3|5"),
        Verdict::Leak
    );
}

#[test]
fn base64_is_out_of_reach_and_that_is_told() {
    let found = report(&patient(r#""photo":[{"data":"OTk5OTExMTIw"}]"#));
    assert_eq!((found.verdict(), found.unread), (Verdict::Clean, 1));
}

#[test]
fn escapes_hide_nothing() {
    let text = r#""identifier":[{"\u0073ystem":"http:\/\/fhir.nl\/fhir\/NamingSystem\/bsn","value":"\u0031"}]"#;
    assert_eq!(report(&patient(text)).verdict(), Verdict::Leak);
    let xml = "<Bundle xmlns=\"http://hl7.org/fhir\"><identifier><system value=\"http&#58;//fhir.nl/fhir/NamingSystem/bsn\"/>\
               <value value=\"1\"/></identifier></Bundle>";
    assert_eq!(report(xml).verdict(), Verdict::Leak);
    let xml = "<Bundle xmlns=\"http://hl7.org/fhir\"><!-- 999911120 --><id value=\"1\"/></Bundle>";
    assert_eq!(report(xml).verdict(), Verdict::Suspect);
}

/// Masked, in JSON and XML, whatever stands around it; and not a byte else is changed.
#[test]
fn masked_is_a_copy_without_the_value() {
    let reason = r#""_value":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}"#;
    let of = |members: &str| {
        patient(&format!(
            r#""a":1.50,"identifier":[{{{members}}},{{"system":"urn:x","value":"1"}}], "b":"\u0041""#
        ))
    };
    let masked = |text: &str| String::from_utf8(parse(text).unwrap().masked()).unwrap();
    let system = format!(r#""system":"{SYSTEM}""#);
    for (members, expected) in [
        (
            format!(r#"{system}, "value" : "999911120""#),
            format!("{system}, {reason}"),
        ),
        (format!(r#""\u0076alue":"1",{system}"#), format!("{reason},{system}")),
        (format!(r#"{system},"value":999911120"#), format!("{system},{reason}")),
        (
            format!(r#"{system},"value":"1",{MASKED}"#),
            format!("{system},{MASKED}"),
        ),
        (
            format!(r#"{MASKED} , "value":"1" ,{system}"#),
            format!("{MASKED} , {system}"),
        ),
        (
            format!(r#"{system},{MASKED} , "value":"1" "#),
            format!("{system},{MASKED}  "),
        ),
        (
            format!(r#"{system},"value":"1","value":"2""#),
            format!("{system},{reason}"),
        ),
        (
            r#""system":"urn:y","value":"1""#.to_owned(),
            r#""system":"urn:y","value":"1""#.to_owned(),
        ),
        (system.clone(), system),
    ] {
        let copy = masked(&of(&members));
        assert_eq!(copy, of(&expected), "{members}");
        assert_eq!(report(&copy).verdict(), Verdict::Clean, "{copy}");
    }
    let xml = |prefix: &str, value: &str| {
        let p = prefix;
        let declared = if p.is_empty() {
            "xmlns".to_owned()
        } else {
            format!("xmlns:{}", p.trim_end_matches(':'))
        };
        format!(
            "<{p}Bundle {declared}=\"http://hl7.org/fhir\"><!-- x --><{p}identifier><{p}system value=\"{SYSTEM}\"/>{value}</{p}identifier></{p}Bundle>"
        )
    };
    let reason = |p: &str| {
        format!(
            "<{p}extension url=\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\"><{p}valueCode value=\"masked\"/></{p}extension>"
        )
    };
    for (prefix, value, expected) in [
        (
            "",
            "<value value=\"999911120\"/>".to_owned(),
            format!("<value>{}</value>", reason("")),
        ),
        (
            "f:",
            "<f:value id='>' value='1' />".to_owned(),
            format!("<f:value id='>'>{}</f:value>", reason("f:")),
        ),
        (
            "",
            "<value value=\"1\"></value>".to_owned(),
            format!("<value>{}</value>", reason("")),
        ),
        (
            "",
            format!("<value value=\"1\">{}</value>", reason("")),
            format!("<value>{}</value>", reason("")),
        ),
    ] {
        let copy = masked(&xml(prefix, &value));
        assert_eq!(copy, xml(prefix, &expected));
        assert_eq!(report(&copy).verdict(), Verdict::Clean, "{copy}");
    }
}
