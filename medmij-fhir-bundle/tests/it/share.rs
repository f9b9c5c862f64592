//! Delen: what is shared, what is refused before a byte leaves, and what the answer says of each entry.

use std::io::Read;

use medmij_core::SystemRandom;
use medmij_fhir_bundle::{
    BinaryContent, Bundle, Cause, Create, EntryState, Envelope, FhirVersion, Format, Handle, Limits, Matching,
    OriginForm, Resolution, RuleSet, Sent, Severity, Share, ShareAnswer, ShareError, SharePolicy, ShareType, Verdict,
    references,
};

use crate::made_up::xml_of;

const PROFILE: &str = r#""meta":{"profile":["http://nictiz.nl/fhir/StructureDefinition/x"]}"#;
const FORMATS: [Format; 2] = [Format::Json, Format::Xml];

fn share(kind: ShareType, version: FhirVersion, format: Format) -> Share<'static> {
    Share::new(kind, version, format, SharePolicy::default())
}

fn transaction() -> Share<'static> {
    share(ShareType::Transaction, FhirVersion::Stu3, Format::Json)
}

/// A resource in a form.
fn resource(format: Format, json: &str) -> Vec<u8> {
    match format {
        Format::Json => json.as_bytes().to_vec(),
        Format::Xml => xml_of(&serde_json::from_str(json).unwrap()).into_bytes(),
    }
}

fn with(members: &str) -> String {
    format!(r#"{{"resourceType":"Media",{PROFILE},{members}}}"#)
}

fn bytes(share: Share<'_>) -> (Sent, Vec<u8>) {
    let (sent, bytes) = share.into_bytes().unwrap();
    assert_eq!(bytes.len(), sent.length());
    (sent, bytes)
}

/// Images as the information standard has them: a List, Media, Binaries, a Patient; each refers to others by their handles.
#[test]
fn delen_4_a_transaction_of_images_in_every_version_and_form() {
    for version in FhirVersion::ALL {
        for format in FORMATS {
            let mut share = share(ShareType::Transaction, version, format);
            let random = &mut SystemRandom;
            let image: Vec<u8> = (0..=255).collect();
            let patient = format!(r#"{{"resourceType":"Patient",{PROFILE},"birthDate":"1970-09-01"}}"#);
            let patient = share.post(resource(format, &patient), random).unwrap();
            for length in [255, 256] {
                let binary = BinaryContent::new("image/png", length, std::io::Cursor::new(image.clone()).take(length));
                let binary = share.binary(binary, random).unwrap();
                let media = with(&format!(
                    r#""subject":{{"reference":"{patient}"}},"content":{{"contentType":"image/png","url":"{binary}"}}"#
                ));
                share.post(resource(format, &media), random).unwrap();
            }
            let (sent, bytes) = bytes(share);
            let bundle = Bundle::parse(&bytes, version, &Limits::default()).unwrap();
            let wrong: Vec<_> = bundle.findings(RuleSet::Nictiz);
            assert_eq!(wrong, [], "{version} {format}: {}", String::from_utf8_lossy(&bytes));
            assert_eq!(
                (bundle.bundle_type().as_deref(), bundle.entries().len()),
                (Some("transaction"), 5)
            );
            let found = references(std::slice::from_ref(&bundle), Matching::Strict).remove(0);
            assert_eq!(found.len(), 4);
            assert!(
                found
                    .iter()
                    .all(|reference| matches!(reference.resolution, Resolution::InBundle(_)))
            );
            // The bytes of the image are there, under the name of the version.
            let name = if version == FhirVersion::Stu3 {
                "content"
            } else {
                "data"
            };
            let binary = bundle.entry(1).unwrap().resource().unwrap().source();
            assert!(
                binary.contains(name) && binary.contains("AAECAwQFBgcICQoLDA0ODxAREhM"),
                "{binary}"
            );
            assert_eq!((sent.suspects(), sent.untold()), (&[][..], &[][..]));
        }
    }
}

#[test]
fn delen_4_a_batch_with_an_identifier() {
    for format in FORMATS {
        let mut share = share(ShareType::Batch, FhirVersion::Stu3, format).with_identifier("urn:\"x\"&", "<1>");
        share
            .post(resource(format, &with(r#""a":1"#)), &mut SystemRandom)
            .unwrap();
        let (_, bytes) = bytes(share);
        let bundle = Bundle::parse(&bytes, FhirVersion::Stu3, &Limits::default()).unwrap();
        assert_eq!(
            (bundle.bundle_type().as_deref(), bundle.findings(RuleSet::Nictiz)),
            (Some("batch"), vec![])
        );
        let text = String::from_utf8(bytes).unwrap();
        let expected = match format {
            Format::Json => r#""identifier":{"system":"urn:\"x\"&","value":"<1>"}"#,
            Format::Xml => {
                r#"<identifier><system value="urn:&quot;x&quot;&amp;"/><value value="&lt;1>"/></identifier>"#
            }
        };
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn delen_4_no_bsn_leaves() {
    let bsn = with(r#""identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999911120"}]"#);
    for format in FORMATS {
        let mut share = share(ShareType::Transaction, FhirVersion::Stu3, format);
        let Err(ShareError::Bsn(report)) = share.post(resource(format, &bsn), &mut SystemRandom) else {
            panic!()
        };
        assert_eq!((report.verdict(), report.findings[0].entry), (Verdict::Leak, None));
        assert!(report.findings[0].path.starts_with("Media.identifier"), "{report:?}");
        let (_, bytes) = bytes(share);
        assert!(
            !String::from_utf8(bytes).unwrap().contains("999911120"),
            "it was not added"
        );
        assert!(matches!(
            Create::new(&resource(format, &bsn), FhirVersion::Stu3, &SharePolicy::default()),
            Err(ShareError::Bsn(_))
        ));
    }
    let mut share = transaction();
    let put = format!(r#"{{"resourceType":"Task","id":"1",{PROFILE}}}"#);
    assert!(matches!(
        share.put("https://rs/Task/1?patient=1", put.into_bytes()),
        Err(ShareError::Put)
    ));
}

#[test]
fn delen_4_what_is_suspect_is_sent_and_told_unless_the_policy_says_no() {
    let suspect = with(r#""note":[{"text":"999911120"}]"#);
    let mut share = transaction();
    share.post(with(r#""a":1"#).into_bytes(), &mut SystemRandom).unwrap();
    share.post(suspect.clone().into_bytes(), &mut SystemRandom).unwrap();
    let (sent, _) = bytes(share);
    let [(entry, report)] = sent.suspects() else {
        panic!("{:?}", sent.suspects())
    };
    assert_eq!((*entry, report.findings[0].path.as_str()), (1, "Media.note[0].text"));

    let mut policy = SharePolicy::default();
    policy.send_suspect = false;
    let mut share = Share::new(ShareType::Batch, FhirVersion::R4, Format::Json, policy.clone());
    assert!(matches!(
        share.post(suspect.clone().into_bytes(), &mut SystemRandom),
        Err(ShareError::Bsn(_))
    ));
    assert!(matches!(
        Create::new(suspect.as_bytes(), FhirVersion::R4, &policy),
        Err(ShareError::Bsn(_))
    ));
    let create = Create::new(suspect.as_bytes(), FhirVersion::R4, &SharePolicy::default()).unwrap();
    assert_eq!(
        (create.path.as_str(), create.report.verdict()),
        ("Media", Verdict::Suspect)
    );
}

#[test]
fn af_1252_three_attachments_of_twenty_million_bytes() {
    let random = &mut SystemRandom;
    let attachment = |length| BinaryContent::new("application/pdf", length, std::io::repeat(0).take(length));
    let mut share = transaction();
    assert!(matches!(
        share.binary(attachment(20_000_001), random),
        Err(ShareError::AttachmentTooLong { limit: 20_000_000 })
    ));
    for _ in 0..3 {
        share.binary(attachment(20_000_000), random).unwrap();
    }
    assert!(matches!(
        share.binary(attachment(1), random),
        Err(ShareError::TooManyAttachments { limit: 3 })
    ));
    // One that is in a resource counts too.
    let inline = with(r#""content":{"data":"AAAA"}"#);
    assert!(matches!(
        share.post(inline.into_bytes(), random),
        Err(ShareError::TooManyAttachments { .. })
    ));
    let (sent, bytes) = bytes(share);
    assert!(sent.length() > 80_000_000 && bytes.ends_with(b"}"));

    // By its decoded length, without white space and padding.
    for (data, length) in [("", 0), ("AA==", 1), ("AAA=", 2), ("A A\\nA A", 3), ("AAAAAAA=", 5)] {
        let mut policy = SharePolicy::default();
        policy.max_attachment_bytes = length;
        let inline = with(&format!(r#""content":{{"data":"{data}"}}"#));
        let tried = |policy: &SharePolicy| Create::new(inline.as_bytes(), FhirVersion::Stu3, policy);
        assert!(tried(&policy).is_ok(), "{data}");
        policy.max_attachment_bytes = length.saturating_sub(1);
        assert!(
            length == 0 || matches!(tried(&policy), Err(ShareError::AttachmentTooLong { .. })),
            "{data}"
        );
    }
}

#[test]
fn an_attachment_is_as_long_as_it_was_said_to_be() {
    for (said, there) in [(5, 4), (5, 6), (0, 1)] {
        let mut share = transaction();
        let attachment = BinaryContent::new("text/plain", said, std::io::repeat(b'x').take(there));
        share.binary(attachment, &mut SystemRandom).unwrap();
        assert!(share.into_bytes().is_err(), "{said} {there}");
    }
}

#[test]
fn written_piece_by_piece_it_is_the_same() {
    let made = || {
        let mut share = transaction();
        let address = "https://rs/fhir/Task/1";
        let task = format!(r#" {{ "resourceType" : "Task","id":"1","weight":1.50, {PROFILE} }} "#);
        share.put(address, task.into_bytes()).unwrap();
        share
    };
    let mut pieces = Vec::new();
    let sent = made().write_to(&mut pieces).unwrap();
    let (_, whole) = bytes(made());
    assert_eq!((&pieces, pieces.len()), (&whole, sent.length()));
    let text = String::from_utf8(whole).unwrap();
    assert!(text.contains(r#""fullUrl":"https://rs/fhir/Task/1""#), "{text}");
    assert!(text.contains(r#""request":{"method":"PUT","url":"Task/1"}"#), "{text}");
    assert!(
        text.contains(&format!(
            r#""resource":{{ "resourceType" : "Task","id":"1","weight":1.50, {PROFILE} }}"#
        )),
        "{text}"
    );
}

#[test]
fn what_is_no_resource_is_refused() {
    let mut share = transaction();
    let random = &mut SystemRandom;
    for text in ["", "[]", "7", "{", "{} {}"] {
        assert!(
            matches!(share.post(text.as_bytes(), random), Err(ShareError::Resource(_))),
            "{text}"
        );
    }
    for text in [
        "{}",
        r#"{"resourceType":"media"}"#,
        r#"{"resourceType":"../x"}"#,
        r#"{"resourceType":7}"#,
    ] {
        assert!(
            matches!(share.post(text.as_bytes(), random), Err(ShareError::Type)),
            "{text}"
        );
    }
    assert!(matches!(
        share.post(&b"<Flag/>"[..], random),
        Err(ShareError::Format { .. })
    ));
    for (address, json) in [
        ("https://rs/Task/2", r#"{"resourceType":"Task","id":"1"}"#),
        ("https://rs/Flag/1", r#"{"resourceType":"Task","id":"1"}"#),
        ("Task/1", r#"{"resourceType":"Task","id":"1"}"#),
        ("https://rs/Task/1", r#"{"resourceType":"Task"}"#),
    ] {
        assert!(
            matches!(share.put(address, json.as_bytes()), Err(ShareError::Put)),
            "{address} {json}"
        );
    }
    assert_eq!(bytes(share).1, br#"{"resourceType":"Bundle","type":"transaction"}"#);
}

fn envelope(answer: &[u8]) -> Envelope {
    Envelope::new(
        crate::envelope::received(),
        answer,
        FhirVersion::Stu3,
        &Limits::default(),
    )
}

/// What fails is not in the Bundle, in no list, and takes no room.
#[test]
fn what_is_refused_leaves_nothing_behind() {
    let random = &mut SystemRandom;
    let inline = br#"{"resourceType":"Media","id":"1","content":{"data":"AAAA","title":"999911120"}}"#;
    let mut one = share(ShareType::Batch, FhirVersion::Stu3, Format::Json);
    for _ in 0..3 {
        assert!(matches!(
            one.put("https://x.nl/fhir/Media/2", &inline[..]),
            Err(ShareError::Put)
        ));
    }
    one.put("https://x.nl/fhir/Media/1", &inline[..]).unwrap();
    let (sent, text) = bytes_of(one);
    assert_eq!(sent.suspects().iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0]);
    assert_eq!(String::from_utf8(text).unwrap().matches("fullUrl").count(), 1);

    let collected = br#"{"resourceType":"Flag"}"#;
    let envelope = envelope(collected);
    let form = OriginForm::Other(|_, _, _, _| b"<Basic/>".to_vec());
    let mut other = share(ShareType::Batch, FhirVersion::Stu3, Format::Json).with_origins(form);
    let posted = other.post_collected(&collected[..], envelope.entry(0).unwrap(), &[], random);
    assert!(
        matches!(posted, Err(ShareError::Format { .. })),
        "it does not go without its source"
    );
    let (sent, text) = bytes_of(other);
    assert_eq!(sent.untold(), []);
    assert_eq!(text, br#"{"resourceType":"Bundle","type":"batch"}"#);
}

/// What was collected elsewhere goes by its original bytes; only its references are written anew, in place.
#[test]
fn f_14_pi_1c_what_was_collected_keeps_its_bytes_and_tells_its_source() {
    let collected = r#"{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{ "resourceType" : "Media",
        "valueDecimal": 1.50,"subject":{"reference":"Patient\/1", "display":"Patient/1"},"x":{"reference":"Patient/2"},
        "content":{"url":"Patient/1"} }}]}"#;
    for format in FORMATS {
        let collected = resource(format, collected);
        let bundle = Bundle::parse(&collected, FhirVersion::Stu3, &Limits::default()).unwrap();
        let original = bundle.entry(0).unwrap().resource().unwrap().source();
        let envelope = envelope(&collected);
        let envelope = envelope.entry(0).unwrap();
        let made = |form: OriginForm| {
            let mut share = share(ShareType::Transaction, FhirVersion::Stu3, format).with_origins(form);
            let random = &mut SystemRandom;
            let patient = share
                .post(
                    resource(format, &format!(r#"{{"resourceType":"Patient",{PROFILE}}}"#)),
                    random,
                )
                .unwrap();
            let rewritten = [("Patient/1", &patient)];
            let media = share
                .post_collected(original.as_bytes(), envelope, &rewritten, random)
                .unwrap();
            let (sent, bytes) = bytes_of(share);
            (patient, media, sent, String::from_utf8(bytes).unwrap())
        };
        let (patient, media, sent, text) = made(OriginForm::Off);
        assert_eq!(sent.untold(), std::slice::from_ref(&media), "the result says so");
        let before = original.replace("Patient\\/1", "Patient/1");
        // The display is no reference.
        let expected = before
            .replacen("Patient/1", patient.as_str(), 1)
            .replace("\"url\":\"Patient/1\"", &format!("\"url\":\"{patient}\""))
            .replace("<url value=\"Patient/1\"/>", &format!("<url value=\"{patient}\"/>"));
        let expected = if format == Format::Xml {
            in_xml(original, &patient)
        } else {
            expected
        };
        assert!(text.contains(&expected), "{text}\n{expected}");

        let (_, media, sent, text) = made(OriginForm::Provenance);
        assert_eq!(sent.untold(), []);
        for told in [
            "Provenance",
            media.as_str(),
            "2026-11-22T09:30:00Z",
            "umcharderwijk@medmij",
            "Basisgegevens Zorg",
        ] {
            assert!(text.contains(told), "{told}: {text}");
        }
        let bundle = Bundle::parse(text.as_bytes(), FhirVersion::Stu3, &Limits::default()).unwrap();
        assert!(
            bundle
                .findings(RuleSet::Fhir)
                .iter()
                .all(|finding| finding.severity() < Severity::Error)
        );
        assert_eq!(
            sent.answer(500, b"").entries.len(),
            3,
            "the Provenance has an answer too"
        );

        let (.., text) = made(OriginForm::Other(|_, handle, _, format| {
            let json = format!(r#"{{"resourceType":"Basic","subject":{{"reference":"{handle}"}}}}"#);
            resource(format, &json)
        }));
        assert!(text.contains("Basic"), "{text}");
    }
}

fn bytes_of(share: Share<'_>) -> (Sent, Vec<u8>) {
    bytes(share)
}

fn in_xml(original: &str, patient: &Handle) -> String {
    original
        .replace(
            "<reference value=\"Patient/1\"/>",
            &format!("<reference value=\"{patient}\"/>"),
        )
        .replace(
            "<reference value=\"Patient/1\"></reference>",
            &format!("<reference value=\"{patient}\"></reference>"),
        )
        .replace(
            "<url value=\"Patient/1\"></url>",
            &format!("<url value=\"{patient}\"></url>"),
        )
}

/// Two entries that were sent as a transaction or a batch.
fn sent(kind: ShareType) -> Sent {
    let mut share = share(kind, FhirVersion::Stu3, Format::Json);
    for _ in 0..2 {
        share.post(with(r#""a":1"#).into_bytes(), &mut SystemRandom).unwrap();
    }
    bytes(share).0
}

fn states(answer: &ShareAnswer) -> Vec<EntryState> {
    answer.entries.iter().map(|entry| entry.state).collect()
}

#[test]
fn delen_2_6_the_answer_is_matched_entry_by_entry() {
    use EntryState::{Done, Refused, Unknown};
    let response = |code: &str, statuses: &[&str]| {
        let entries: Vec<_> = statuses
            .iter()
            .map(|status| format!(r#"{{"response":{{"status":"{status}"}}}}"#))
            .collect();
        crate::bundle(code, &format!(r#""entry":[{}]"#, entries.join(",")))
    };
    let (transaction, batch) = ("transaction-response", "batch-response");
    for (kind, status, body, expected) in [
        (
            ShareType::Transaction,
            200,
            response(transaction, &["201 Created", "200"]),
            [Done, Done],
        ),
        (
            ShareType::Batch,
            200,
            response(batch, &["201", "422 Unprocessable"]),
            [Done, Refused],
        ),
        (
            ShareType::Batch,
            200,
            response(batch, &["500", "x"]),
            [Unknown, Unknown],
        ),
        (ShareType::Batch, 200, response(batch, &["", "304"]), [Unknown, Unknown]),
        // What cannot be matched by its place is not guessed.
        (ShareType::Batch, 200, response(batch, &["201"]), [Unknown, Unknown]),
        (
            ShareType::Batch,
            200,
            response(batch, &["201", "201", "201"]),
            [Unknown, Unknown],
        ),
        (
            ShareType::Batch,
            200,
            response(transaction, &["201", "201"]),
            [Unknown, Unknown],
        ),
        (ShareType::Transaction, 200, "<html>".to_owned(), [Unknown, Unknown]),
        (
            ShareType::Transaction,
            500,
            response(transaction, &["201", "201"]),
            [Unknown, Unknown],
        ),
        (ShareType::Transaction, 413, String::new(), [Refused, Refused]),
    ] {
        let answer = sent(kind).answer(status, body.as_bytes());
        assert_eq!(states(&answer), expected, "{status} {body}");
        assert_eq!(answer.is_partial(), expected == [Done, Refused]);
        assert_eq!(answer.is_done(), expected == [Done, Done]);
    }
    assert_eq!(states(&sent(ShareType::Batch).lost()), [Unknown, Unknown]);
}

#[test]
fn delen_2_the_cause_comes_with_the_entry_or_with_the_whole() {
    let outcome = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"too-long","details":{"text":"Te groot"}}]}"#;
    let answer = sent(ShareType::Transaction).answer(422, outcome.as_bytes());
    assert_eq!(states(&answer), [EntryState::Refused; 2]);
    assert_eq!(answer.outcome.unwrap().issues[0].cause(), Cause::TooMuch);
    let body = crate::bundle(
        "batch-response",
        &format!(
            r#""entry":[{{"response":{{"status":"201","location":"Media/7"}}}},{{"response":{{"status":"422","outcome":{outcome}}}}}]"#
        ),
    );
    let answer = sent(ShareType::Batch).answer(200, body.as_bytes());
    let [first, second] = answer.entries.as_slice() else {
        panic!()
    };
    assert_eq!((first.location.as_deref(), &first.outcome), (Some("Media/7"), &None));
    assert_eq!(
        second.outcome.as_ref().unwrap().texts().collect::<Vec<_>>(),
        ["Te groot"]
    );
    assert_eq!(second.status.as_deref(), Some("422"));
}

#[test]
fn a_single_resource_goes_by_itself() {
    let json = format!("\u{FEFF} {} \n", with(r#""valueDecimal":1.50"#));
    let create = Create::new(json.as_bytes(), FhirVersion::R4, &SharePolicy::default()).unwrap();
    assert_eq!(
        (create.path.as_str(), create.body.as_slice()),
        ("Media", with(r#""valueDecimal":1.50"#).as_bytes())
    );
    let xml = "<?xml version=\"1.0\"?><!-- x --><Flag xmlns=\"http://hl7.org/fhir\"><id value=\"1\"/></Flag>";
    let create = Create::new(xml.as_bytes(), FhirVersion::R4, &SharePolicy::default()).unwrap();
    assert_eq!(
        create.body,
        b"<Flag xmlns=\"http://hl7.org/fhir\"><id value=\"1\"/></Flag>"
    );
    assert!(
        Create::new(
            b"<f:Flag xmlns:f=\"http://hl7.org/fhir\"/>",
            FhirVersion::R4,
            &SharePolicy::default()
        )
        .is_err()
    );
    assert!(Create::new(b"<Flag xmlns=\"urn:x\"/>", FhirVersion::R4, &SharePolicy::default()).is_err());
}
