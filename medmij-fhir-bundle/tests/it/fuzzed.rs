//! What must hold of all bytes, whoever made them: the properties of the fuzz targets.

use medmij_fhir_bundle::{
    Binary, Bundle, Change, Envelope, FhirVersion, Format, Limits, Matching, Origin, Received, RuleSet, Verdict,
    bsn_in_text, bsn_in_url, references,
};

/// Bytes are a Bundle that is kept byte for byte, or refused, and all that can be asked of one is answered.
pub(crate) fn bundle(bytes: &[u8]) {
    for version in FhirVersion::ALL {
        match Bundle::parse(bytes, version, &Limits::default()) {
            Ok(bundle) => {
                assert_eq!(bundle.source().as_bytes(), bytes, "nothing is lost");
                for resource in bundle.entries().filter_map(|entry| entry.resource()) {
                    assert_eq!(&bytes[resource.range()], resource.source().as_bytes());
                    let (open, close) = match bundle.format() {
                        Format::Json => ("{", "}"),
                        Format::Xml => ("<", ">"),
                    };
                    assert!(resource.source().starts_with(open) && resource.source().ends_with(close));
                }
                for finding in bundle.findings(RuleSet::NictizElements) {
                    assert!(finding.path.starts_with("Bundle"), "{finding}");
                    assert!(
                        finding.entry.is_none_or(|entry| entry < bundle.entries().len()),
                        "{finding}"
                    );
                }
                for (index, entry) in bundle.entries().enumerate() {
                    let _ = bundle.binary(index);
                    // What is put back where it was changes nothing.
                    let resource = entry.resource().filter(|resource| !resource.resource_type().is_empty());
                    if let Some(resource) = resource.filter(|_| index < 3) {
                        let same = bundle.with_resources(&[(index, resource.source().as_bytes())]);
                        assert_eq!(same.unwrap(), bytes);
                    }
                }
                assert!(bundle.attachments().iter().all(|it| it.path.starts_with("Bundle")));
                let _ = bundle.outcomes();
                let envelope = Envelope::new(received(), bytes, version, &Limits::default());
                assert_eq!(envelope.len(), bundle.entries().len());
                let changes = envelope.changes(bytes, &Limits::default()).unwrap();
                assert!(changes.into_iter().flatten().all(|change| change == Change::None));
                let all = references(&[bundle.clone(), bundle.clone()], Matching::Lenient);
                let targets = all
                    .iter()
                    .flatten()
                    .flat_map(|reference| reference.resolution.targets());
                assert!(targets.into_iter().all(|target| target.entry < bundle.entries().len()));
            }
            Err(error) => assert!(!error.to_string().is_empty() && !error.rule().is_empty()),
        }
        let _ = Binary::parse(bytes, version, &Limits::default());
    }
}

fn received() -> Received {
    Received {
        origin: Origin {
            aanbieder: "umcharderwijk@medmij".parse().unwrap(),
            gegevensdienst: "48".parse().unwrap(),
            gegevensdienstnaam: None,
        },
        request: "https://rs.dva.nl/fhir/Observation".parse().unwrap(),
        request_id: "9e1b4e1c-2f7a-4d0e-8a5b-3c6d7e8f9a0b".parse().unwrap(),
        at: time::UtcDateTime::UNIX_EPOCH,
        content_type: None,
        page: 0,
    }
}

/// The guard says the same of a Bundle each time, and never shows what it found.
pub(crate) fn guard(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (in_text, in_url) = (bsn_in_text(&text), bsn_in_url(&text));
    assert!(in_text < Verdict::Leak, "a text alone does not say what it is");
    let nine = |text: &str| text.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() > 7);
    assert!(in_text == Verdict::Clean || text.bytes().filter(u8::is_ascii_digit).count() > 8);
    assert_eq!(in_url, bsn_in_url(&text));
    let Ok(bundle) = Bundle::parse(bytes, FhirVersion::Stu3, &Limits::default()) else {
        return;
    };
    let report = bundle.bsn();
    assert_eq!(report, bundle.bsn());
    // A copy that is masked is a Bundle, and holds no more than before.
    let masked = bundle.masked();
    let again = Bundle::parse(&masked, FhirVersion::Stu3, &Limits::default()).unwrap();
    assert!(again.bsn().verdict() <= report.verdict());
    for finding in &report.findings {
        assert!(!nine(&finding.path), "a number is told: {}", finding.path);
    }
}

pub(crate) type Property = fn(&[u8]);

/// The properties by the names of their targets.
pub(crate) const TARGETS: [(&str, Property); 3] =
    [("bundle_json", bundle), ("bundle_xml", bundle), ("bsn_guard", guard)];
