//! *Delen* of a document: the transaction in which it goes, as the information standard has it.

use medmij_core::Random;
use medmij_fhir_bundle::{BinaryContent, FhirVersion, Format, Sent, Share, SharePolicy, ShareType};
use serde_json::{Value, json};
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;

/// The transaction: whose it is, the document, and what it is.
pub(super) fn transaction(
    title: &str,
    pdf: &[u8],
    now: UtcDateTime,
    random: &mut impl Random,
) -> anyhow::Result<(Sent, Vec<u8>)> {
    let (version, policy) = (FhirVersion::Stu3, SharePolicy::default());
    let mut share = Share::new(ShareType::Transaction, version, Format::Json, policy);
    let content = BinaryContent::new("application/pdf", pdf.len() as u64, pdf);
    let binary = share.binary(content, random)?;
    let patient = share.post(bytes(&patient()), random)?;
    let subject = json!({"reference": patient.as_str(), "display": NAAM});
    // The person's own word, and that of nobody else.
    let author = json!([{"reference": patient.as_str(), "display": NAAM}]);
    let reference = json!({
        "resourceType": "DocumentReference",
        "meta": {"profile": ["http://nictiz.nl/fhir/StructureDefinition/IHE.MHD.Minimal.DocumentReference"]},
        "status": "current",
        "type": {"text": title},
        "subject": &subject,
        "author": &author,
        "indexed": now.format(&Rfc3339)?,
        "content": [{"attachment": {
            "contentType": "application/pdf",
            "url": binary.as_str(),
            "size": pdf.len(),
            "title": title,
        }}],
    });
    let reference = share.post(bytes(&reference), random)?;
    let manifest = json!({
        "resourceType": "DocumentManifest",
        "meta": {"profile": ["http://nictiz.nl/fhir/StructureDefinition/IHE.MHD.DocumentManifest"]},
        "status": "current",
        "subject": &subject,
        "created": now.format(&Rfc3339)?,
        "author": &author,
        "content": [{"pReference": {"reference": reference.as_str(), "display": title}}],
    });
    share.post(bytes(&manifest), random)?;
    Ok(share.into_bytes()?)
}

/// How the one account of this example is called.
const NAAM: &str = "T. Voorbeeld";

/// Whose it is, the token tells; the number is masked [Delen 4, 2.x].
fn patient() -> Value {
    json!({
        "resourceType": "Patient",
        "meta": {"profile": ["http://fhir.nl/fhir/StructureDefinition/nl-core-patient"]},
        "identifier": [{
            "system": "http://fhir.nl/fhir/NamingSystem/bsn",
            "_value": {"extension": [{
                "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
                "valueCode": "masked",
            }]},
        }],
        "name": [{"text": NAAM}],
    })
}

fn bytes(resource: &Value) -> Vec<u8> {
    resource.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use medmij_core::SystemRandom;
    use medmij_fhir_bundle::{Bundle, Limits, RuleSet, Severity, Verdict};

    use super::*;
    use crate::clock;

    #[test]
    fn a_document_goes_by_all_the_rules_and_names_nobody() {
        let (sent, body) = transaction("Verslag", b"%PDF-1.4", clock::now(), &mut SystemRandom).unwrap();
        assert_eq!(sent.length(), body.len());
        let bundle = Bundle::parse(&body, FhirVersion::Stu3, &Limits::default()).unwrap();
        assert_eq!(bundle.bsn().verdict(), Verdict::Clean);
        let told = bundle.findings(RuleSet::NictizElements);
        let wrong: Vec<_> = told
            .iter()
            .filter(|finding| finding.severity() > Severity::Information)
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}
