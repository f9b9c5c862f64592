//! Whole HTTP messages: what is asked of them beside their Bundle.

use http::{Request, Response};
use medmij_fhir_bundle::{BsnReport, FhirVersion, Limits, Verdict, bsn_in_request, bsn_in_response, request_findings};

use crate::of_one;

const PATIENT: &str = r#"{"resourceType":"Patient","identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999911120"}]}"#;

/// It does not say what it is, and hides its system behind escapes.
const UNTYPED: &str = r#"{"identifier":{"system":"http:\/\/fhir.nl\/fhir\/NamingSystem\/bsn","value":"x"}}"#;

fn request(url: &str, header: (&str, &str), body: &str) -> Request<Vec<u8>> {
    let request = Request::post(format!("https://rs.dva.nl/{url}")).header(header.0, header.1);
    request.body(body.as_bytes().to_vec()).unwrap()
}

fn places(report: &BsnReport) -> Vec<(Verdict, &str)> {
    assert!(!format!("{report:?}").contains("99991"), "{report:?}");
    let findings = report.findings.iter();
    findings
        .map(|finding| (finding.verdict, finding.path.as_str()))
        .collect()
}

#[test]
fn nt_10_a_request_carries_the_token() {
    for (url, header, expected) in [
        ("Flag", "authorization", &[][..]),
        ("Flag", "accept", &["NT-10"]),
        ("Flag?patient=1", "authorization", &["NT-9"]),
        ("Flag?x=1&%73ubject:Patient.name=1", "accept", &["NT-9", "NT-10"]),
    ] {
        let found = request_findings(&request(url, (header, "x"), ""), FhirVersion::R4);
        let rules: Vec<_> = found.iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!(rules, expected, "{url} {header}");
    }
}

#[test]
fn delen_4_no_bsn_in_the_url_the_headers_or_the_body() {
    use Verdict::{Leak, Suspect};
    let bundle = of_one("transaction", &format!(r#""resource":{PATIENT}"#));
    let xml = "<Patient xmlns=\"http://hl7.org/fhir\"><!-- 999911120 --></Patient>";
    for (url, header, body, expected) in [
        ("fhir", ("accept", "application/fhir+json"), "{}", &[][..]),
        ("fhir", ("authorization", "Bearer 999911120"), "", &[]),
        ("Binary/999911120", ("accept", "*/*"), "", &[(Suspect, "url")]),
        ("Flag?subject=1", ("accept", "*/*"), "", &[(Leak, "url")]),
        ("fhir", ("x-file", "999911120.pdf"), "", &[(Suspect, "header x-file")]),
        (
            "fhir",
            ("if-none-exist", "identifier=http://fhir.nl/fhir/NamingSystem/bsn%7C1"),
            "",
            &[(Leak, "header if-none-exist")],
        ),
        (
            "fhir",
            ("accept", "*/*"),
            &bundle,
            &[(Leak, "Bundle.entry[0].resource.identifier[0]")],
        ),
        (
            "fhir/Patient",
            ("accept", "*/*"),
            PATIENT,
            &[(Leak, "Patient.identifier[0]")],
        ),
        ("fhir/Patient", ("accept", "*/*"), xml, &[(Suspect, "Patient")]),
        ("fhir", ("accept", "*/*"), UNTYPED, &[(Leak, ".identifier")]),
        ("fhir", ("accept", "*/*"), "id=999911120", &[(Suspect, "body")]),
        (
            "_search",
            ("accept", "*/*"),
            "identifier=http%3A%2F%2Ffhir.nl%2Ffhir%2FNamingSystem%2Fbsn%7C1",
            &[(Leak, "body")],
        ),
    ] {
        let report = bsn_in_request(&request(url, header, body), FhirVersion::Stu3, &Limits::default());
        assert_eq!(places(&report), expected, "{url} {header:?} {body}");
        assert_eq!(report.unread, 0);
    }
}

#[test]
fn nt_8_of_a_response() {
    let response = |body: &[u8]| {
        let response = Response::builder().header("location", "https://rs.dva.nl/Patient?patient=1");
        bsn_in_response(
            &response.body(body.to_vec()).unwrap(),
            FhirVersion::Stu3,
            &Limits::default(),
        )
    };
    let location = (Verdict::Leak, "header location");
    let identifier = (Verdict::Leak, "Patient.identifier[0]");
    assert_eq!(places(&response(PATIENT.as_bytes())), [location, identifier]);
    let pdf = response(b"%PDF-1.7 \xff");
    assert_eq!(
        (places(&pdf), pdf.unread),
        (vec![location], 1),
        "what it holds is out of reach"
    );
}
