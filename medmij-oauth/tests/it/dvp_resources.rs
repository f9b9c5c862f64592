//! The DVP from the token to the end of the run: rows P18 to P29 of flows.md 4.1.

use medmij_core::{Digest, Event, HttpResponse, OwnEvent, Release};
use medmij_oauth::dvp::{
    AwaitingResponse, Collected, Done, FailureCause, NextStep, Outcome, Ready, ResourceStep, Stopped,
};

use crate::pair::*;

fn send(ready: Ready, now: i64) -> AwaitingResponse {
    match ready.next(at(now), &mut Counting(9)).unwrap() {
        NextStep::Send(medmij_oauth::dvp::Outgoing { awaiting, .. }) => awaiting,
        other => panic!("{other:?}"),
    }
}

fn end(ready: Ready) -> Stopped {
    match ready.next(at(70), &mut Counting(9)).unwrap() {
        NextStep::Stopped(stopped) => stopped,
        other => panic!("{other:?}"),
    }
}

fn bundle() -> HttpResponse {
    let mut response = response(200, "{\"resourceType\":\"Bundle\"}");
    response
        .headers_mut()
        .insert("content-type", "application/fhir+json".parse().unwrap());
    response
}

fn ready(paths: &[&str]) -> Ready {
    ready_with(
        Release::R2_2,
        &["48"],
        paths.iter().map(|path| query("48", path)).collect(),
    )
}

fn collected(step: ResourceStep) -> (Collected, Ready) {
    match step.done {
        Some(Done::Collected(collected)) => (collected, step.ready),
        other => panic!("{other:?}"),
    }
}

#[test]
fn p18_one_request_after_another_under_one_token() {
    let awaiting = send(ready(&["Patient", "Condition"]), 62);
    assert_eq!(awaiting.todo().path(), "Patient");
    let awaiting = send(awaiting.response(bundle(), at(63)).ready, 64);
    assert_eq!(awaiting.todo().path(), "Condition");
}

#[test]
fn p19_f_03_an_expired_token_asks_for_a_new_authorization() {
    let awaiting = send(ready(&["Patient", "Condition"]), 959);
    let ready = awaiting.response(bundle(), at(959)).ready;
    let NextStep::NeedsToken { selected } = ready.next(at(960), &mut Counting(1)).unwrap() else {
        panic!("not expired")
    };
    let declined = selected.clone().abandon(at(961));
    assert_eq!(
        (declined.outcome, declined.done),
        (Outcome::CompletedPartially, 1),
        "what was collected stays"
    );
    assert_eq!(declined.failed[0].cause, FailureCause::NotAsked);
    // Refused at the second authorization: the answers and causes of the first are still told.
    let begun = selected.begin(at(961), &mut Counting(50)).unwrap();
    let state = parameter(begun.redirect.location(), "state").unwrap();
    let reply = medmij_oauth::AuthorizationReply::parse(&format!("error=access_denied&state={state}"));
    match begun.pending.reply(reply, at(970), &mut Counting(51)).unwrap() {
        medmij_oauth::dvp::ReplyStep::Stopped(stopped) => {
            assert_eq!((stopped.outcome, stopped.done), (Outcome::StoppedRefused, 1));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn p20_completed() {
    let step = send(ready(&["Patient"]), 62).response(bundle(), at(63));
    let stopped = end(step.ready);
    assert_eq!((stopped.outcome, stopped.done), (Outcome::Completed, 1));
}

#[test]
fn p21_uc_verzamelen_6_completed_partially_with_the_cause() {
    let step = send(ready(&["Patient", "Condition"]), 62).response(bundle(), at(63));
    let step = send(step.ready, 64).response(response(503, ""), at(65));
    let Stopped { outcome, failed, .. } = end(step.ready);
    assert_eq!(outcome, Outcome::CompletedPartially);
    assert_eq!(
        (failed[0].todo.path(), failed[0].cause),
        ("Condition", FailureCause::Status(503))
    );
}

#[test]
fn p22_nothing_delivered() {
    let step = send(ready(&["Patient"]), 62).failed(at(122));
    let Stopped { outcome, failed, .. } = end(step.ready);
    assert_eq!(outcome, Outcome::StoppedNotDelivered);
    assert_eq!(failed[0].cause, FailureCause::Unanswered);
}

#[test]
fn p23_f_14_pi_1c_19_an_answer_carries_its_source_and_context() {
    let (collected, _) = collected(send(ready(&["Patient"]), 62).response(bundle(), at(63)));
    assert_eq!(collected.aanbieder.as_str(), "umcharderwijk@medmij");
    assert_eq!(
        collected.gegevensdienstnaam.as_ref().unwrap().as_str(),
        "Gegevensdienst 48"
    );
    assert_eq!(collected.digest, Digest::of(&collected.body));
    assert_eq!(
        (collected.url.as_str(), collected.path.as_str()),
        ("https://rs.dva.nl:8443/fhir/Patient", "Patient")
    );
    assert_eq!(collected.received_at, at(63));
    assert_eq!(collected.content_type.as_deref(), Some("application/fhir+json"));
    assert_eq!(collected.interfaceversie.as_ref().unwrap().as_str(), "2");
    let json = serde_json::to_string(&collected).unwrap();
    assert!(!json.contains("resourceType"), "the bytes are stored as bytes");
    assert!(serde_json::from_str::<Collected>(&json).is_ok());
}

#[test]
fn p26_a_refused_token_puts_the_request_back_once() {
    let paths = ["Patient", "Condition"];
    let authorize = |ready: Ready| match ready.next(at(64), &mut Counting(1)).unwrap() {
        NextStep::NeedsToken { selected } => selected,
        other => panic!("the token is still used: {other:?}"),
    };
    let step = send(ready(&paths), 62).response(response(401, ""), at(63));
    assert_eq!(step.events[0].event, Event::Own(OwnEvent::ResourceError));
    // With a new token the request is tried once more, and then it has failed; the token is used for no other either.
    let held = || ready(&paths).token().unwrap().clone();
    let step = send(authorize(step.ready).resume(held(), at(65)).unwrap(), 65).response(response(401, ""), at(66));
    let ready = authorize(step.ready).resume(held(), at(67)).unwrap();
    let stopped = end(send(ready, 68).response(bundle(), at(69)).ready);
    assert_eq!((stopped.outcome, stopped.done), (Outcome::CompletedPartially, 1));
    assert_eq!(
        (stopped.failed[0].todo.path(), stopped.failed[0].cause),
        ("Patient", FailureCause::TokenRefused)
    );
}

#[test]
fn p26b_forbidden_is_final() {
    let step = send(ready(&["Patient", "Condition"]), 62).response(response(403, ""), at(63));
    let step = send(step.ready, 64).response(bundle(), at(65));
    let Stopped { outcome, failed, .. } = end(step.ready);
    assert_eq!(outcome, Outcome::CompletedPartially);
    assert_eq!(failed[0].cause, FailureCause::Forbidden);
}

#[test]
fn p28_other_errors_go_on_with_the_rest() {
    for status in [204, 302, 400, 406, 422, 500, 504] {
        let step = send(ready(&["Patient", "Condition"]), 62).response(response(status, "x"), at(63));
        assert!(step.done.is_none(), "{status}");
        let step = send(step.ready, 64).response(bundle(), at(65));
        let Stopped { outcome, failed, .. } = end(step.ready);
        assert_eq!(outcome, Outcome::CompletedPartially);
        assert_eq!(failed[0].cause, FailureCause::Status(status));
    }
}

#[test]
fn p28_an_offer_without_an_address_fails_alone() {
    let todo = vec![
        medmij_oauth::dvp::ResourceQuery::new("48".parse().unwrap(), "ANDERS".parse().unwrap(), "x", "a/b").unwrap(),
        query("48", "Patient"),
    ];
    let awaiting = send(ready_with(Release::R2_2, &["48"], todo), 62);
    assert_eq!(awaiting.todo().path(), "Patient");
    let Stopped { outcome, failed, .. } = end(awaiting.response(bundle(), at(63)).ready);
    assert_eq!(outcome, Outcome::CompletedPartially);
    assert_eq!(failed[0].cause, FailureCause::NoAddress);
}

/// Where a page or a document is, the server tells: the token goes to the origin of its endpoint and nowhere else.
#[test]
fn p18_what_a_server_points_at_is_asked_for_at_its_own_origin_only() {
    let follow = |given: &[&str]| {
        let first = query("48", "Patient");
        let queries: Vec<_> = given.iter().map(|url| first.follow(url, "a/b").unwrap()).collect();
        ready(&["Condition"]).follow(queries)
    };
    for (given, asked) in [
        (
            "https://rs.dva.nl:8443/fhir?page=2",
            "https://rs.dva.nl:8443/fhir?page=2",
        ),
        (
            "https://RS.dva.nl:8443/x/999990019?a=999990019#f",
            "https://RS.dva.nl:8443/x/999990019?a=999990019",
        ),
        ("Binary/999990019", "https://rs.dva.nl:8443/fhir/Binary/999990019"),
    ] {
        let NextStep::Send(outgoing) = follow(&[given]).next(at(62), &mut Counting(9)).unwrap() else {
            panic!("{given}")
        };
        assert_eq!(outgoing.request.uri().to_string().to_lowercase(), asked.to_lowercase());
        assert_eq!(outgoing.request.headers()["accept"], "a/b");
        let (collected, ready) = collected(outgoing.awaiting.response(bundle(), at(63)));
        assert!(collected.url.eq_ignore_ascii_case(asked), "{}", collected.url);
        assert_eq!(send(ready, 64).todo().path(), "Condition", "what was left comes after");
    }
    let foreign = [
        "https://rs.dva.nl/fhir?page=2",
        "https://rs.dva.nl.evil.nl:8443/fhir",
        "https://evil.nl:8443/fhir",
    ];
    let awaiting = send(follow(&foreign), 62);
    assert_eq!(awaiting.todo().path(), "Condition", "the token goes to none of them");
    let Stopped { outcome, failed, .. } = end(awaiting.response(bundle(), at(63)).ready);
    assert_eq!(outcome, Outcome::CompletedPartially);
    assert_eq!(failed.len(), 3);
    assert!(failed.iter().all(|failure| failure.cause == FailureCause::Foreign));
}

#[test]
fn p21_a_search_that_was_not_followed_ends_partially() {
    let step = send(ready(&["Patient"]), 62).response(bundle(), at(63));
    let stopped = end(step.ready.incomplete(step.todo.unwrap(), FailureCause::Incomplete));
    assert_eq!((stopped.outcome, stopped.done), (Outcome::CompletedPartially, 1));
}

#[test]
fn p29_cancel_keeps_what_is_stored() {
    let none = ready(&["Patient"]).abandon(at(62));
    assert_eq!(none.outcome, Outcome::Abandoned);
    let step = send(ready(&["Patient", "Condition"]), 62).response(bundle(), at(63));
    let Stopped { outcome, failed, .. } = step.ready.abandon(at(64));
    assert_eq!(outcome, Outcome::CompletedPartially);
    assert_eq!(failed.len(), 1);
}

#[test]
fn resource_7_the_requests_of_every_standard_can_be_sent() {
    use medmij_oauth::dvp::InformationStandard;
    let today = time::Date::from_calendar_date(2026, time::Month::January, 5).unwrap();
    for standard in InformationStandard::ALL {
        let id = standard.gegevensdienst.unwrap_or("48");
        let offer = offers(Release::R2_2, &[id]).iter().next().unwrap().clone();
        let queries = standard.queries(&offer, &"ROL".parse().unwrap(), today).unwrap();
        assert_eq!(queries.len(), standard.requests.len());
        assert_eq!(
            queries[0].accept(),
            format!("application/fhir+json; fhirVersion={}", standard.fhir_version)
        );
        for query in &queries {
            assert!(!query.path().contains(['{', '|', ' ']), "{}", query.path());
        }
        // All of them go out under one token.
        let ready = ready_with(Release::R2_2, &[id], queries);
        let uri = match ready.next(at(62), &mut Counting(9)).unwrap() {
            NextStep::Send(sent) => sent.request.uri().to_string(),
            other => panic!("{other:?}"),
        };
        assert!(uri.starts_with("https://rs.dva.nl:8443/fhir/"), "{uri}");
    }
    let huisarts = InformationStandard::of(&"49".parse().unwrap()).unwrap();
    let offer = offers(Release::R2_2, &["49"]).iter().next().unwrap().clone();
    let queries = huisarts.queries(&offer, &"ROL".parse().unwrap(), today).unwrap();
    assert!(
        queries[2]
            .path()
            .starts_with("MedicationRequest?periodofuse=ge2026-01-05&")
    );
    assert!(queries[4].path().ends_with("date=ge2024-11-04"));
    assert_eq!(InformationStandard::of(&"1".parse().unwrap()), None);
}

#[test]
fn resource_7_what_is_asked_for_each_resource_found() {
    use medmij_oauth::dvp::InformationStandard;
    let mut offer = offers(Release::R2_2, &["51"]).iter().next().unwrap().clone();
    let resource = offer.systeemrollen[0].resource.clone();
    for code in ["MM-3.0-PLB-FHIR", "MM-3.0-PDB-FHIR"] {
        let code = code.parse().unwrap();
        offer.systeemrollen.push(medmij_core::Systeemrol {
            code,
            resource: resource.clone(),
        });
    }
    let documenten = InformationStandard::of(&"51".parse().unwrap()).unwrap();
    let list = documenten.systeemrol(&offer).unwrap();
    assert_eq!(list.as_str(), "MM-3.0-PLB-FHIR");
    // A document is asked at the role that has the documents.
    let then = documenten.then_queries(&offer, list, "ab-1.2").unwrap();
    assert_eq!(
        (then[0].path(), then[0].systeemrol().as_str()),
        ("Binary/ab-1.2", "MM-3.0-PDB-FHIR")
    );

    for standard in InformationStandard::ALL {
        let queries = standard.then_queries(&offer, list, "7").unwrap();
        assert_eq!(queries.len(), standard.then.map_or(0, |then| then.requests.len()));
        for query in &queries {
            assert!(!query.path().contains(['{', '|', ' ']), "{}", query.path());
        }
        // The id is the peer's, and brings no path and no parameters along.
        for id in ["", "../Patient", "1&patient=2", "1?x", "a/b", "%2e", &"1".repeat(65)] {
            assert!(
                standard.then_queries(&offer, list, id).is_err(),
                "{} {id}",
                standard.name
            );
        }
    }
    // A standard whose role was not seen says so.
    let huisarts = InformationStandard::of(&"49".parse().unwrap()).unwrap();
    assert_eq!(huisarts.systeemrol(&offer), None);
}
