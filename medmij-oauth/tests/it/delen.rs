//! *Delen* at the DVP, and writes of any function: rows P5, P6, P8, P18, P24, P26 to P31 of flows.md 4.1.

use http::Method;
use medmij_core::{AbonnerenForm, HttpRequest, HttpResponse, Release};
use medmij_oauth::dvp::{
    AbonnementTodo, AwaitingResponse, Done, FailureCause, NextStep, Outcome, Outgoing, Placement, Ready, Selected,
    StartError, Stopped, Todo, TokenStep,
};

use time::{Date, Duration};

use crate::pair::*;

pub(crate) fn offer(release: Release, id: &str) -> medmij_core::Offer {
    offers(release, &[id]).iter().next().unwrap().clone()
}

pub(crate) fn day(dagen: i64) -> Date {
    (start() + Duration::days(dagen)).date()
}

/// The run with its token, whose scope is this.
pub(crate) fn ready(selected: Selected, scope: Option<&str>) -> Result<Ready, Box<Stopped>> {
    let begun = selected.begin(start(), &mut Counting(0)).unwrap();
    let state = parameter(begun.redirect.location(), "state").unwrap();
    let medmij_oauth::dvp::ReplyStep::Exchange(exchange) = reply(begun, &format!("code=abc&state={state}")) else {
        panic!("no exchange")
    };
    match exchange.awaiting.response(&response(200, &token_body(scope)), at(61)) {
        TokenStep::Ready { ready, .. } => Ok(ready),
        TokenStep::Stopped(stopped) => Err(Box::new(stopped)),
    }
}

pub(crate) fn next(ready: Ready, seconds: i64) -> (HttpRequest, AwaitingResponse) {
    match ready.next(at(seconds), &mut Counting(9)).unwrap() {
        NextStep::Send(Outgoing { request, awaiting, .. }) => (request, awaiting),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn end(ready: Ready) -> Stopped {
    match ready.next(at(200), &mut Counting(9)).unwrap() {
        NextStep::Stopped(stopped) => stopped,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn json(status: u16, body: &str) -> HttpResponse {
    let mut response = response(status, body);
    let value = "application/json".parse().unwrap();
    response.headers_mut().insert("content-type", value);
    response
}

fn sharing(release: Release, todo: Vec<Placement>) -> Ready {
    ready(dvp(release).delen(offer(release, "53"), todo).unwrap(), None).unwrap()
}

pub(crate) fn with_form() -> impl Iterator<Item = (Release, AbonnerenForm)> {
    let releases = RELEASES.into_iter().filter(|release| release.abonneren());
    releases.map(|release| (release, release.abonneren_form()))
}

#[test]
fn p18_rscint_200_a_placement_is_posted_with_its_token() {
    for release in RELEASES {
        let (request, awaiting) = next(sharing(release, vec![placement()]), 62);
        assert_eq!(
            (request.method(), request.uri().to_string()),
            (&Method::POST, "https://rs.dva.nl:8443/fhir".to_owned())
        );
        assert_eq!(request.headers()["authorization"], "Bearer tok-1");
        assert_eq!(request.headers()["content-type"], "application/fhir+json");
        assert_eq!(request.headers()["accept"], "application/fhir+json");
        assert_eq!(
            request.headers().contains_key("x-correlation-id"),
            release.correlation_id_in_resource_request()
        );
        assert_eq!(request.headers()["medmij-request-id"], awaiting.request_id().as_str());
        assert_eq!(request.body(), placement().body());
        assert_eq!(awaiting.deadline(), at(122), "rscint_202");
    }
}

#[test]
fn p24_delen_6_what_was_placed_is_noted_with_whom() {
    let todo = vec![
        Placement::post(
            "53".parse().unwrap(),
            "ROL".parse().unwrap(),
            "Observation",
            "application/fhir+json",
            b"{}".to_vec(),
        )
        .unwrap(),
        Placement::put(
            "53".parse().unwrap(),
            "ROL".parse().unwrap(),
            "Task/1",
            "application/fhir+json",
            b"[]".to_vec(),
        )
        .unwrap(),
    ];
    let (request, awaiting) = next(sharing(Release::R2_2, todo.clone()), 62);
    assert_eq!(request.uri().path(), "/fhir/Observation");
    let step = awaiting.response(response(201, "{\"id\":\"1\"}"), at(63));
    let Some(Done::Placed(placed)) = step.done else {
        panic!("{:?}", step.done)
    };
    assert_eq!(placed.placed, todo[0].digest());
    assert_eq!(placed.answer.aanbieder.as_str(), "umcharderwijk@medmij");
    assert_eq!(
        placed.answer.gegevensdienstnaam.as_ref().unwrap().as_str(),
        "Gegevensdienst 53"
    );
    assert_eq!(
        (placed.answer.path.as_str(), placed.answer.received_at),
        ("Observation", at(63))
    );
    assert!(
        !format!("{placed:?}").contains("\"id\""),
        "what came back is health data"
    );
    let (request, awaiting) = next(step.ready, 64);
    assert_eq!((request.method(), request.uri().path()), (&Method::PUT, "/fhir/Task/1"));
    let stopped = end(awaiting.response(response(200, "{}"), at(65)).ready);
    assert_eq!((stopped.outcome, stopped.done), (Outcome::Completed, 2));
}

#[test]
fn p18_nothing_is_read_under_the_token_of_a_delen() {
    let (_, awaiting) = next(sharing(Release::R2_2, vec![placement()]), 62);
    let step = awaiting.response(response(200, "{}"), at(63));
    let stopped = end(step.ready.follow([query("53", "Patient")]));
    assert_eq!(stopped.outcome, Outcome::CompletedPartially);
    assert_eq!(stopped.failed[0].cause, FailureCause::NotGranted);
}

#[test]
fn p24_a_batch_that_was_refused_in_part_ends_partially() {
    let (_, awaiting) = next(sharing(Release::R2_2, vec![placement()]), 62);
    let step = awaiting.response(response(200, "{}"), at(63));
    let stopped = end(step
        .ready
        .incomplete(step.todo.unwrap(), FailureCause::RefusedInPart { entries: 1 }));
    assert_eq!(stopped.outcome, Outcome::CompletedPartially);
    assert_eq!(stopped.failed[0].cause, FailureCause::RefusedInPart { entries: 1 });
}

#[test]
fn p28_a_write_whose_outcome_is_unknown_is_never_sent_again() {
    let lost: [fn(AwaitingResponse) -> Ready; 5] = [
        |awaiting| awaiting.failed(at(122)).ready,
        |awaiting| awaiting.response(response(502, ""), at(63)).ready,
        |awaiting| awaiting.response(response(504, ""), at(63)).ready,
        |awaiting| awaiting.response(response(202, ""), at(63)).ready,
        // The process ended, and another reads what was stored before the request was sent.
        |awaiting| awaiting.if_lost(),
    ];
    for (number, lose) in lost.into_iter().enumerate() {
        let (_, awaiting) = next(sharing(Release::R2_2, vec![placement()]), 62);
        let stopped = end(lose(awaiting));
        assert_eq!(stopped.outcome, Outcome::StoppedNotDelivered, "{number}");
        assert_eq!(stopped.unknown, [Todo::Placement(placement())], "{number}");
        assert!(stopped.failed.is_empty(), "{number}");
    }
    // A refusal is no doubt: it did not happen.
    for status in [400, 422, 500, 503] {
        let (_, awaiting) = next(sharing(Release::R2_2, vec![placement()]), 62);
        let step = awaiting.response(response(status, "why"), at(63));
        assert_eq!(
            step.refusal.as_ref().map(|refusal| refusal.body().as_slice()),
            Some(&b"why"[..])
        );
        let stopped = end(step.ready);
        assert!(stopped.unknown.is_empty());
        assert_eq!(stopped.failed[0].cause, FailureCause::Status(status));
    }
}

#[test]
fn p28_a_read_that_was_lost_is_done_again() {
    let todo = vec![query("48", "Patient"), query("48", "Condition")];
    let (_, awaiting) = next(ready_with(Release::R2_2, &["48"], todo), 62);
    let (request, _) = next(awaiting.if_lost(), 63);
    assert_eq!(request.uri().path(), "/fhir/Patient");
}

#[test]
fn p26_a_write_that_was_refused_for_its_token_is_put_back_once() {
    let (_, awaiting) = next(sharing(Release::R2_2, vec![placement()]), 62);
    let step = awaiting.response(response(401, ""), at(63));
    let NextStep::NeedsToken { selected } = step.ready.next(at(64), &mut Counting(9)).unwrap() else {
        panic!("the token was dropped")
    };
    let (_, awaiting) = next(ready(selected, None).unwrap(), 65);
    let step = awaiting.response(response(401, ""), at(66));
    let stopped = end(step.ready);
    assert_eq!(stopped.failed[0].cause, FailureCause::TokenRefused);
}

#[test]
fn p27_not_available_may_be_known_after_consent() {
    for status in [404, 410] {
        let (_, awaiting) = next(ready_with(Release::R2_2, &["48"], vec![query("48", "Patient")]), 62);
        let stopped = end(awaiting.response(response(status, ""), at(63)).ready);
        assert_eq!(stopped.outcome, Outcome::StoppedNotDelivered);
        assert_eq!(stopped.failed[0].cause, FailureCause::NotAvailable);
    }
}

#[test]
fn p29_a_write_on_its_way_counts_as_unknown() {
    let (_, awaiting) = next(sharing(Release::R2_2, vec![placement(), placement()]), 62);
    let (_, awaiting) = next(awaiting.response(response(200, "{}"), at(63)).ready, 64);
    let stopped = awaiting.abandon(at(65));
    assert_eq!(
        (stopped.outcome, stopped.unknown.len()),
        (Outcome::CompletedPartially, 1)
    );
    let (_, awaiting) = next(sharing(Release::R2_2, vec![placement(), placement()]), 62);
    let stopped = awaiting.abandon(at(65));
    assert_eq!((stopped.outcome, stopped.unknown.len()), (Outcome::Abandoned, 1));
    assert_eq!(stopped.failed[0].cause, FailureCause::NotAsked);
}

#[test]
fn p30_a_run_that_takes_too_long_keeps_what_is_stored() {
    let (_, awaiting) = next(sharing(Release::R2_2, vec![placement(), placement()]), 62);
    let ready = awaiting.response(response(200, "{}"), at(63)).ready;
    assert_eq!(ready.timeout(at(90_000)).outcome, Outcome::CompletedPartially);
    assert_eq!(
        sharing(Release::R2_2, vec![placement()]).timeout(at(90_000)).outcome,
        Outcome::Abandoned
    );
}

#[test]
fn p6_who_does_not_go_to_the_authorization_server_abandons() {
    let selected = dvp(Release::R2_2)
        .delen(offer(Release::R2_2, "53"), vec![placement()])
        .unwrap();
    let stopped = selected.abandon(start());
    assert_eq!(stopped.outcome, Outcome::Abandoned);
    assert_eq!(stopped.events[0].row, Some("P6"));
}

#[test]
fn p5_what_is_not_offered_is_not_begun() {
    let release = Release::R2_2;
    let refused = |selected: Result<Selected, StartError>| selected.map(drop).unwrap_err();
    assert_eq!(
        refused(dvp(release).delen(offer(release, "54"), vec![placement()])),
        StartError::NotOffered
    );
    assert_eq!(
        refused(dvp(release).delen(offer(release, "53"), Vec::new())),
        StartError::NothingToDo
    );
    let mut without = offer(release, "48");
    without.abonneren = None;
    assert_eq!(refused(dvp(release).abonneren(without, 10)), StartError::NotOffered);
    for dagen in [0, 366] {
        assert_eq!(
            refused(dvp(release).abonneren(offer(release, "48"), dagen)),
            StartError::Dagen
        );
    }
    let mut other = abonnement(release, 5);
    other.gegevensdienst = "51".parse().unwrap();
    assert_eq!(
        refused(dvp(release).abonnement_beeindigen(offer(release, "48"), other.clone())),
        StartError::NotOffered
    );
    assert_eq!(
        refused(dvp(release).abonnement_wijzigen(offer(release, "48"), other, 9)),
        StartError::NotOffered
    );
    let old = refused(dvp(Release::R1_1).abonneren(offer(Release::R1_1, "48"), 10));
    assert_eq!(old, StartError::Scope(medmij_oauth::ScopeError::Function));
}

#[test]
fn p31_the_person_is_handed_over_to_the_dva() {
    let page = "https://as.dva.nl/toestemmingen".parse().unwrap();
    for release in RELEASES {
        match dvp(release).beheren_toestemmingen(&page, start()) {
            Ok(handed_over) => {
                assert!(release.langdurige_toestemming());
                assert_eq!(handed_over.redirect.location(), "https://as.dva.nl/toestemmingen");
                assert_eq!(handed_over.events[0].row, Some("P31"));
            }
            Err(error) => {
                assert!(!release.langdurige_toestemming());
                assert_eq!(error, StartError::Scope(medmij_oauth::ScopeError::Function));
            }
        }
    }
}

#[test]
fn p18_no_write_carries_anything_that_names_a_person() {
    let post = |path: &str| Placement::post("53".parse().unwrap(), "ROL".parse().unwrap(), path, "a/b", Vec::new());
    for path in [
        "Observation?patient=1",
        "..",
        "Observation/../x",
        "/Observation",
        "https://evil.nl",
        "a b",
        "Observation?subject:Patient=2",
    ] {
        assert!(post(path).is_err(), "{path}");
    }
    assert!(Placement::put("53".parse().unwrap(), "ROL".parse().unwrap(), "", "a/b", Vec::new()).is_err());
    for media_type in ["", "a\r\nb: c"] {
        assert!(
            Placement::post(
                "53".parse().unwrap(),
                "ROL".parse().unwrap(),
                "",
                media_type,
                Vec::new()
            )
            .is_err()
        );
    }
}

#[test]
fn a_todo_survives_a_store_and_a_damaged_one_is_refused() {
    let todos = [
        Todo::Query(query("48", "Patient")),
        Todo::Placement(placement()),
        Todo::Abonnement(AbonnementTodo::Wijzigen(abonnement(Release::R2_2, 4))),
        Todo::Abonnement(AbonnementTodo::Aanmaken {
            gegevensdienst: "48".parse().unwrap(),
        }),
    ];
    for todo in todos {
        let json = serde_json::to_string(&todo).unwrap();
        assert_eq!(serde_json::from_str::<Todo>(&json).unwrap(), todo);
    }
    let json = serde_json::to_string(&Todo::Placement(placement())).unwrap();
    assert!(serde_json::from_str::<Todo>(&json.replace("\"path\":\"\"", "\"path\":\"x?patient=1\"")).is_err());
}

#[test]
fn p27_p28_delen_2_what_the_aanbieder_says_no_to_is_told_apart() {
    let release = Release::R2_2;
    let cause = |selected: Selected, scope: &str, answer: HttpResponse| {
        let (_, awaiting) = next(ready(selected, Some(scope)).unwrap(), 62);
        let step = awaiting.response(answer, at(63));
        let row = step.events[0].row.unwrap();
        (end(step.ready).failed[0].cause, row)
    };
    let taken = || dvp(release).abonneren(offer(release, "48"), 30).unwrap();
    let extended = || {
        dvp(release)
            .abonnement_wijzigen(offer(release, "48"), abonnement(release, 5), 30)
            .unwrap()
    };
    let ended = || {
        dvp(release)
            .abonnement_beeindigen(offer(release, "48"), abonnement(release, 5))
            .unwrap()
    };
    let (some, none) = ("subscribe~30/umcharderwijk~48", "subscribe~0/umcharderwijk~48");
    let refused = || json(403, "{\"error\":\"access_denied\"}");
    let mut scope = json(403, "{\"error\":\"insufficient_scope\"}");
    let challenge = "Bearer realm=\"MedMij\", error=\"insufficient_scope\"".parse().unwrap();
    scope.headers_mut().insert("www-authenticate", challenge);
    assert_eq!(cause(taken(), some, refused()), (FailureCause::NotAvailable, "P27"));
    assert_eq!(
        cause(extended(), some, refused()),
        (FailureCause::ExtensionRefused, "P27")
    );
    assert_eq!(cause(ended(), none, refused()), (FailureCause::Forbidden, "P28"));
    assert_eq!(cause(taken(), some, scope), (FailureCause::Forbidden, "P26b"));
    assert_eq!(
        cause(ended(), none, json(404, "{}")),
        (FailureCause::UnknownAbonnement, "P28")
    );
    let (_, awaiting) = next(sharing(release, vec![placement()]), 62);
    let step = awaiting.response(response(404, ""), at(63));
    assert_eq!(step.events[0].row, Some("P28"), "there is no late test of a Delen");
}

#[test]
fn p26_a_token_that_was_refused_is_for_no_other_run() {
    let (_, awaiting) = next(ready_with(Release::R2_2, &["48"], vec![query("48", "Patient")]), 62);
    let step = awaiting.response(response(401, ""), at(63));
    let held = step.refused_token.unwrap();
    assert_eq!(held.expires_at, at(63));
    let selected = dvp(Release::R2_2)
        .verzamelen(offers(Release::R2_2, &["48"]), vec![query("48", "Patient")])
        .unwrap();
    assert!(selected.resume(held, at(63)).is_err());
}

#[test]
fn p8_a_redirect_of_no_run_is_logged() {
    let events = medmij_oauth::dvp::stray_redirect(at(1));
    assert_eq!((events[0].row, events[0].trace_id.as_ref()), (Some("P8"), None));
}

#[test]
fn rscint_203_no_path_holds_a_bsn() {
    let path = |path: &str| {
        medmij_oauth::dvp::ResourceQuery::new("48".parse().unwrap(), "ROL".parse().unwrap(), path, "a/b").is_ok()
    };
    for leaks in [
        "Patient/999990019",
        "Patient?_id=999990019",
        "Task?for=Patient/999990019",
        "Patient/x999990019",
    ] {
        assert!(!path(leaks), "{leaks}");
    }
    for right in [
        "Observation?code=http://snomed.info/sct|365508006,http://loinc.org|8302-2",
        "Binary/12345",
        "Patient/9999900190",
    ] {
        assert!(path(right), "{right}");
    }
}
