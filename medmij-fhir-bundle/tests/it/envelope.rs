//! Envelopes: what belongs inseparably to what was collected.

use medmij_core::Digest;
use medmij_core::SystemRandom;
use medmij_fhir_bundle::{
    Bundle, Change, EditError, EditedEntry, EntryState, Envelope, FhirVersion, Format, Hop, Limits, Origin, OriginForm,
    PassedOn, Received, RequestUrl, RequestUrlError, Share, ShareError, SharePolicy, ShareType,
};
use serde_json::{Value, json};
use time::{Duration, UtcDateTime, macros::utc_datetime};

const AT: UtcDateTime = utc_datetime!(2026-11-22 09:30);

const ANSWER: &str = r#"{"resourceType":"Bundle","type":"searchset","entry":[
 {"resource":{"resourceType":"Observation","id":"1","valueDecimal":1.50,"meta":{"versionId":"1"}}},
 {"search":{"mode":"match"}},
 {"resource":{"resourceType":"Patient","id":"2"}}]}"#;

pub(crate) fn received() -> Received {
    Received {
        origin: Origin {
            aanbieder: "umcharderwijk@medmij".parse().unwrap(),
            gegevensdienst: "48".parse().unwrap(),
            gegevensdienstnaam: Some("Basisgegevens Zorg".parse().unwrap()),
        },
        request: "https://rs.dva.nl/fhir/Observation?_count=2".parse().unwrap(),
        request_id: "9e1b4e1c-2f7a-4d0e-8a5b-3c6d7e8f9a0b".parse().unwrap(),
        at: AT,
        content_type: Some("application/fhir+json; fhirVersion=3.0".to_owned()),
        page: 1,
    }
}

fn of(answer: &[u8]) -> Envelope {
    Envelope::new(received(), answer, FhirVersion::Stu3, &Limits::default())
}

fn changes(envelope: &Envelope, now: &str) -> Vec<Option<Change>> {
    envelope.changes(now.as_bytes(), &Limits::default()).unwrap()
}

fn resource(bundle: &str, entry: usize) -> &str {
    let bundle = Bundle::parse(bundle.as_bytes(), FhirVersion::Stu3, &Limits::default()).unwrap();
    bundle.entry(entry).unwrap().resource().unwrap().source()
}

fn passed_on(state: EntryState) -> PassedOn {
    PassedOn {
        aanbieder: "huisartsvoorbeeld@medmij".parse().unwrap(),
        gegevensdienst: "53".parse().unwrap(),
        at: AT + Duration::HOUR,
        request_id: "00000000-0000-4000-8000-000000000001".parse().unwrap(),
        state,
    }
}

#[test]
fn pi_1c_source_and_context_are_stored_with_the_answer() {
    let envelope = of(ANSWER.as_bytes());
    assert_eq!(envelope.received(), &received());
    assert_eq!((envelope.version(), envelope.len()), (Some(FhirVersion::Stu3), 3));
    assert_eq!(envelope.digest(), Digest::of(ANSWER.as_bytes()));
    let stored = serde_json::to_value(&envelope).unwrap();
    assert_eq!(stored["form"], 1);
    assert_eq!(stored["version"], "stu3");
    assert_eq!(stored["received"]["at"], "2026-11-22T09:30:00Z");
    assert_eq!(stored["received"]["origin"]["aanbieder"], "umcharderwijk@medmij");
    assert_eq!(
        stored["entries"][2]["sha256-bytes"],
        Digest::of(resource(ANSWER, 2).as_bytes()).to_string()
    );
    assert_eq!(stored["entries"][1], Value::Null);
    assert!(!stored.to_string().contains("1.50"), "no content");
    assert_eq!(serde_json::from_value::<Envelope>(stored).unwrap(), envelope);
}

#[test]
fn an_envelope_of_another_form_is_refused() {
    let stored = serde_json::to_value(of(ANSWER.as_bytes())).unwrap();
    for (member, other) in [
        ("/form", json!(2)),
        ("/form", json!("1")),
        ("/version", json!("r5")),
        ("/digest", json!("x")),
        ("/received/at", json!("yesterday")),
        ("/received/request", json!("https://rs.dva.nl/fhir/Flag?patient=1")),
        ("/entries/0/sha256-bytes", json!(null)),
    ] {
        let mut changed = stored.clone();
        *changed.pointer_mut(member).unwrap() = other;
        assert!(serde_json::from_value::<Envelope>(changed).is_err(), "{member}");
    }
}

#[test]
fn pi_3_each_entry_tells_whether_it_is_as_it_was_collected() {
    let envelope = of(ANSWER.as_bytes());
    let all = |first| vec![Some(first), None, Some(Change::None)];
    assert_eq!(changes(&envelope, ANSWER), all(Change::None));
    let pretty = ANSWER.replace("\"valueDecimal\":1.50", "\"valueDecimal\" : 1.50");
    assert_eq!(changes(&envelope, &pretty), all(Change::Layout));
    assert_eq!(
        changes(&envelope, &ANSWER.replace(r#""versionId":"1""#, r#""versionId":"2""#)),
        all(Change::Version)
    );
    assert_eq!(changes(&envelope, &ANSWER.replace("1.50", "1.5")), all(Change::Content));
    // Wherever it stands; and what is not there any more is not as it was.
    let turned = format!(
        r#"{{"resourceType":"Bundle","entry":[{{"resource":{}}}]}}"#,
        resource(ANSWER, 2)
    );
    assert_eq!(changes(&envelope, &turned), all(Change::Content));
    assert!(envelope.changes(b"%PDF", &Limits::default()).is_err());
    assert!(!envelope.is_of(pretty.as_bytes()));
}

/// Of two that are alike each has its own: one of them that is gone is not told as there.
#[test]
fn pi_3_each_entry_is_held_against_one() {
    let flag = |version: &str| {
        format!(r#"{{"resource":{{"resourceType":"Flag","id":"1","meta":{{"versionId":"{version}"}}}}}}"#)
    };
    let bundle = |entries: &[String]| format!(r#"{{"resourceType":"Bundle","entry":[{}]}}"#, entries.join(","));
    let envelope = of(bundle(&[flag("1"), flag("2"), flag("2")]).as_bytes());
    let told = |entries: &[String]| {
        changes(&envelope, &bundle(entries))
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&[flag("2")]), [Change::Content, Change::None, Change::Content]);
    assert_eq!(
        told(&[flag("2"), flag("3")]),
        [Change::Version, Change::None, Change::Content]
    );
    assert_eq!(told(&[flag("2"), flag("2"), flag("1")]), [Change::None; 3]);
}

/// An element that is called as JSON calls the type is not the beginning of a resource.
#[test]
fn pi_3_no_entry_hides_from_its_envelope() {
    let answer = "<Bundle xmlns=\"http://hl7.org/fhir\"><entry><resource><Flag><id value=\"1\"/><resourceType value=\"X\"/></Flag></resource></entry></Bundle>";
    let envelope = of(answer.as_bytes());
    assert!(envelope.entry(0).is_some());
    assert_eq!(
        changes(&envelope, &answer.replace("\"1\"", "\"2\"")),
        [Some(Change::Content)]
    );
    let bundle = Bundle::parse(answer.as_bytes(), FhirVersion::Stu3, &Limits::default()).unwrap();
    let source = bundle.entry(0).unwrap().resource().unwrap().source();
    assert!(source.starts_with("<Flag>") && source.ends_with("</Flag>"), "{source}");
}

#[test]
fn what_is_no_bundle_has_an_envelope_too() {
    let flag = br#"{"resourceType":"Flag","id":"1"}"#;
    let envelope = of(flag);
    assert_eq!((envelope.len(), envelope.version()), (1, Some(FhirVersion::Stu3)));
    assert_eq!(
        changes(&envelope, r#"{"id":"1","resourceType":"Flag"}"#),
        [Some(Change::Layout)]
    );
    for answer in [&b"%PDF-1.7"[..], b"", b"{\"a\":1}", b"<a/>", b"[]"] {
        let envelope = of(answer);
        assert!(envelope.is_empty() && envelope.is_of(answer) && envelope.version().is_none());
        assert_eq!(envelope.changes(b"other", &Limits::default()), Ok(Vec::new()));
    }
}

#[test]
fn af_1188_an_edited_entry_is_a_copy_that_points_at_its_original() {
    let (envelope, limits) = (of(ANSWER.as_bytes()), Limits::default());
    let original = resource(ANSWER, 0);
    let copy = original.replace("1.50", "1.75");
    let edited = envelope
        .edited(0, copy.as_bytes(), AT + Duration::DAY, &limits)
        .unwrap();
    assert_eq!(edited.original().answer, envelope.digest());
    assert_eq!(edited.original().entry, 0);
    assert_eq!(edited.original().digests.bytes, Digest::of(original.as_bytes()));
    assert_eq!(edited.entry().digests().bytes, Digest::of(copy.as_bytes()));
    assert_eq!(
        envelope.entry(0).unwrap().digests().bytes,
        Digest::of(original.as_bytes()),
        "the original stays"
    );
    let again = copy.replace("1.75", "1.80");
    let again = edited
        .clone()
        .edited(again.as_bytes(), AT + Duration::DAY * 2, &limits)
        .unwrap();
    assert_eq!(again.original(), edited.original());
    let stored = serde_json::to_string(&again).unwrap();
    assert_eq!(serde_json::from_str::<EditedEntry>(&stored).unwrap(), again);
    assert!(serde_json::from_str::<EditedEntry>(&stored.replace("\"form\":1", "\"form\":3")).is_err());

    // What tells of no change, or of another, is none.
    let mut doctored = serde_json::to_value(&again).unwrap();
    doctored["onward"].as_array_mut().unwrap().pop();
    assert!(serde_json::from_value::<EditedEntry>(doctored.clone()).is_err());
    doctored["onward"] = json!([]);
    assert!(serde_json::from_value::<EditedEntry>(doctored).is_err());

    let layout = original.replace("1.50", " 1.50");
    let fail = |entry, copy: &str| envelope.edited(entry, copy.as_bytes(), AT, &limits).unwrap_err();
    assert_eq!(fail(0, original), EditError::NotEdited);
    assert_eq!(fail(0, &layout), EditError::NotEdited);
    assert_eq!(fail(1, &copy), EditError::NoEntry);
    assert_eq!(fail(3, &copy), EditError::NoEntry);
    assert!(matches!(fail(0, "{"), EditError::Resource(_)));
    assert_eq!(fail(0, r#"{"a":1}"#), EditError::Type);
    assert_eq!(
        fail(0, &original.replace(r#""versionId":"1""#, r#""versionId":"2""#)),
        EditError::NotEdited
    );
}

#[test]
fn af_1188_the_envelope_lists_every_hop() {
    let (mut envelope, limits) = (of(ANSWER.as_bytes()), Limits::default());
    assert!(envelope.passed_on(0, passed_on(EntryState::Unknown)));
    assert!(
        !envelope.passed_on(1, passed_on(EntryState::Done)),
        "no resource, no hop"
    );
    let copy = resource(ANSWER, 0).replace("1.50", "1.75");
    let mut edited = envelope
        .edited(0, copy.as_bytes(), AT + Duration::DAY, &limits)
        .unwrap();
    edited.passed_on(passed_on(EntryState::Done));
    let envelope: Envelope = serde_json::from_str(&serde_json::to_string(&envelope).unwrap()).unwrap();

    let kinds = |hops: Vec<Hop<'_>>| -> Vec<String> {
        let name = |hop: &Hop<'_>| match hop {
            Hop::Collected(received) => format!("collected from {}", received.origin.aanbieder),
            Hop::Edited(edited) => format!("edited to {}", edited.digest),
            Hop::PassedOn(to) => format!("passed on to {} {:?}", to.aanbieder, to.state),
        };
        hops.iter().map(name).collect()
    };
    let first = [
        "collected from umcharderwijk@medmij",
        "passed on to huisartsvoorbeeld@medmij Unknown",
    ];
    assert_eq!(kinds(envelope.entry(0).unwrap().hops().collect()), first);
    assert_eq!(
        kinds(edited.entry().hops().collect()),
        [
            first[0],
            first[1],
            &format!("edited to {}", Digest::of(copy.as_bytes())),
            "passed on to huisartsvoorbeeld@medmij Done",
        ]
    );
    assert_eq!(envelope.entry(2).unwrap().hops().count(), 1);
}

/// What is shared with an envelope is what the envelope is of: an original, or the copy that was changed.
#[test]
fn pi_1c_an_envelope_goes_with_its_own_entry_only() {
    let (envelope, limits) = (of(ANSWER.as_bytes()), Limits::default());
    let copy = resource(ANSWER, 0).replace("1.50", "1.75");
    let edited = envelope.edited(0, copy.as_bytes(), AT, &limits).unwrap();
    let mut share = Share::new(
        ShareType::Batch,
        FhirVersion::Stu3,
        Format::Json,
        SharePolicy::default(),
    )
    .with_origins(OriginForm::Provenance);
    let random = &mut SystemRandom;
    let mut post = |bytes: &str, envelope| {
        let posted = share.post_collected(bytes.as_bytes().to_vec(), envelope, &[], random);
        posted.is_ok()
    };
    assert!(post(resource(ANSWER, 2), envelope.entry(2).unwrap()));
    assert!(post(&copy, edited.entry()));
    assert!(!post(&copy, envelope.entry(0).unwrap()), "it was changed");
    let wrong = share.post_collected(copy.into_bytes(), envelope.entry(2).unwrap(), &[], random);
    assert!(matches!(wrong, Err(ShareError::Envelope)));
    // Of what the person changed, the person is the agent.
    let text = String::from_utf8(share.into_bytes().unwrap().1).unwrap();
    let told = |role: &str, agent: &str| {
        let role = text.find(role).map(|at| &text[..at]).unwrap();
        assert!(role.rsplit("Provenance").next().unwrap().contains(agent), "{text}");
    };
    told(
        r#""role":"source""#,
        r#""agent":[{"whoReference":{"display":"umcharderwijk@medmij"}}]"#,
    );
    told(
        r#""role":"revision""#,
        r#""recorded":"2026-11-22T09:30:00Z","agent":[{"whoReference":{"display":"Persoon"}}]"#,
    );
}

#[test]
fn nt_9_a_request_url_is_kept_only_if_it_names_nobody_and_gives_no_access() {
    for (text, expected) in [
        (
            "https://rs.dva.nl/fhir/Flag?_count=2#x",
            Ok("https://rs.dva.nl/fhir/Flag?_count=2"),
        ),
        ("http://localhost:8080/Flag", Ok("http://localhost:8080/Flag")),
        ("Flag", Err(RequestUrlError::NoUrl)),
        ("ftp://rs.dva.nl/Flag", Err(RequestUrlError::NoUrl)),
        (
            "https://rs.dva.nl/fhir/Flag?subject=Patient/1",
            Err(RequestUrlError::Person),
        ),
        (
            "https://rs.dva.nl/fhir/Patient?identifier=http%3A%2F%2Ffhir.nl%2Ffhir%2FNamingSystem%2Fbsn%7C1",
            Err(RequestUrlError::Person),
        ),
        ("https://a:b@rs.dva.nl/Flag", Err(RequestUrlError::Secret)),
        ("https://rs.dva.nl/Flag?access_token=x", Err(RequestUrlError::Secret)),
    ] {
        let parsed = text.parse::<RequestUrl>();
        assert_eq!(
            parsed.as_ref().map(RequestUrl::as_str),
            expected.as_ref().copied(),
            "{text}"
        );
    }
    let url: RequestUrl = "https://rs.dva.nl/fhir/Binary/999911120".parse().unwrap();
    assert_eq!(format!("{url:?}"), r#"RequestUrl("https://rs.dva.nl")"#);
}
