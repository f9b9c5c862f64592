//! *Abonneren* at the DVP: rows P2, P13b and P25 of flows.md 4.1, and the forms of the subscription interface.

use http::Method;
use medmij_core::{AbonnerenForm, CorrelationId, Release};
use medmij_oauth::dvp::{AwaitingResponse, Done, FailureCause, Outcome, Placement, Selected, StartError};
use medmij_oauth::{AbonnementState, SubscriptionEnding, SubscriptionMethod, SubscriptionPath, SubscriptionWire};
use time::Duration;

use crate::delen::{day, end, json, next, offer, ready, with_form};
use crate::pair::*;

#[test]
fn p25_an_abonnement_is_taken_with_what_was_granted() {
    for (release, form) in with_form() {
        let selected = dvp(release).abonneren(offer(release, "48"), 180).unwrap();
        let ready = ready(selected, Some("subscribe~90/umcharderwijk~48")).unwrap();
        let (request, awaiting) = next(ready, 62);
        let (path, body, answer) = match form {
            AbonnerenForm::Predecessor => (
                "/sub",
                format!("{{\"end\":\"{}T23:59:59Z\"}}", day(90)),
                format!("{{\"id\":\"x-1\",\"end\":\"{}T23:59:59Z\"}}", day(60)),
            ),
            AbonnerenForm::Restful => (
                "/sub/Subscription",
                format!("{{\"end_date\":\"{}\"}}", day(90)),
                format!("{{\"subscription_id\":\"x-1\",\"end_date\":\"{}\"}}", day(60)),
            ),
        };
        assert_eq!((request.method(), request.uri().path()), (&Method::POST, path));
        assert_eq!(std::str::from_utf8(request.body()).unwrap(), body);
        assert_eq!(request.headers()["content-type"], "application/json");
        assert_eq!(request.headers()["accept"], "application/json");
        assert_eq!(request.headers()["authorization"], "Bearer tok-1");
        let consent = consent_of(&awaiting);
        let step = awaiting.response(json(201, &answer), at(63));
        let Some(Done::Abonnement(abonnement)) = step.done else {
            panic!("{:?}", step.done)
        };
        assert_eq!(abonnement.consent, consent, "the consent under which it was taken");
        assert_eq!(abonnement.id.as_str(), "x-1");
        assert_eq!(abonnement.state, AbonnementState::Active { einde: day(60) });
        assert_eq!(
            abonnement.hosts.iter().map(|host| host.as_str()).collect::<Vec<_>>(),
            ["ss.dva.nl"]
        );
        assert_eq!(end(step.ready).outcome, Outcome::Completed);
    }
}

/// The chain of the consent under which something is asked for: of a code, that of the token.
fn consent_of(awaiting: &AwaitingResponse) -> CorrelationId {
    awaiting.if_lost().correlation_id().clone()
}

#[test]
fn p25_never_longer_than_what_the_person_agreed_to() {
    let selected = dvp(Release::R2_2).abonneren(offer(Release::R2_2, "48"), 30).unwrap();
    let (_, awaiting) = next(ready(selected, Some("subscribe~30/umcharderwijk~48")).unwrap(), 62);
    let answer = format!("{{\"subscription_id\":\"x\",\"end_date\":\"{}\"}}", day(99));
    let Some(Done::Abonnement(abonnement)) = awaiting.response(json(201, &answer), at(63)).done else {
        panic!()
    };
    assert_eq!(abonnement.einde(at(63)), Some(day(30)));
    assert_eq!(
        abonnement.einde(start() + Duration::days(31)),
        None,
        "it ends by itself"
    );
}

#[test]
fn p25_an_answer_that_cannot_be_read_leaves_it_unknown() {
    for answer in [
        json(201, "{}"),
        json(201, "x"),
        response(201, "{\"subscription_id\":\"x\"}"),
        json(200, "{\"subscription_id\":\"../x\"}"),
    ] {
        let selected = dvp(Release::R2_2).abonneren(offer(Release::R2_2, "48"), 30).unwrap();
        let (_, awaiting) = next(ready(selected, Some("subscribe~30/umcharderwijk~48")).unwrap(), 62);
        let stopped = end(awaiting.response(answer, at(63)).ready);
        assert_eq!(
            (stopped.outcome, stopped.unknown.len()),
            (Outcome::StoppedNotDelivered, 1)
        );
    }
}

#[test]
fn p25_a_change_and_an_end() {
    for (release, form) in with_form() {
        let selected = dvp(release)
            .abonnement_wijzigen(offer(release, "48"), abonnement(release, 100), 20)
            .unwrap();
        let (request, awaiting) = next(ready(selected, Some("subscribe~20/umcharderwijk~48")).unwrap(), 62);
        let expected = match form {
            AbonnerenForm::Predecessor => (
                Method::POST,
                "/sub",
                format!("{{\"id\":\"496749327x\",\"end\":\"{}T23:59:59Z\"}}", day(20)),
            ),
            AbonnerenForm::Restful => (
                Method::PUT,
                "/sub/Subscription/496749327x",
                format!("{{\"end_date\":\"{}\"}}", day(20)),
            ),
        };
        let body = String::from_utf8(request.body().clone()).unwrap();
        assert_eq!((request.method().clone(), request.uri().path(), body), expected);
        let consent = consent_of(&awaiting);
        let Some(Done::Abonnement(changed)) = awaiting.response(json(200, ""), at(63)).done else {
            panic!()
        };
        assert_eq!(changed.consent, consent, "the consent under which it was changed");
        assert_eq!(changed.state, AbonnementState::Active { einde: day(20) });

        let selected = dvp(release)
            .abonnement_beeindigen(offer(release, "48"), abonnement(release, 100))
            .unwrap();
        let (request, awaiting) = next(ready(selected, Some("subscribe~0/umcharderwijk~48")).unwrap(), 62);
        let expected = match form {
            AbonnerenForm::Predecessor => (Method::POST, "/sub", "{\"id\":\"496749327x\",\"status\":\"off\"}"),
            AbonnerenForm::Restful => (Method::DELETE, "/sub/Subscription/496749327x", ""),
        };
        let body = std::str::from_utf8(request.body()).unwrap();
        assert_eq!((request.method().clone(), request.uri().path(), body), expected);
        let Some(Done::Abonnement(ended)) = awaiting.response(json(200, ""), at(63)).done else {
            panic!()
        };
        assert_eq!((ended.state, ended.einde(at(63))), (AbonnementState::Ended, None));
    }
}

#[test]
fn subscription_wire_is_a_setting() {
    let mut wire = SubscriptionWire::of(Release::R2_2);
    wire.change.method = SubscriptionMethod::Patch;
    wire.end = wire.change;
    wire.ending = SubscriptionEnding::Today;
    wire.create.path = SubscriptionPath::Endpoint;
    let dvp = dvp(Release::R2_2).with_subscription_wire(wire);
    let offer = offer(Release::R2_2, "48");
    let selected = dvp
        .abonnement_beeindigen(offer.clone(), abonnement(Release::R2_2, 9))
        .unwrap();
    let (request, _) = next(ready(selected, Some("subscribe~0/umcharderwijk~48")).unwrap(), 62);
    assert_eq!(
        (request.method(), request.uri().path()),
        (&Method::PATCH, "/sub/Subscription/496749327x")
    );
    assert_eq!(
        String::from_utf8(request.body().clone()).unwrap(),
        format!("{{\"end_date\":\"{}\"}}", day(0))
    );
    let selected = dvp.abonneren(offer, 9).unwrap();
    let (request, _) = next(ready(selected, Some("subscribe~9/umcharderwijk~48")).unwrap(), 62);
    assert_eq!(request.uri().path(), "/sub");
}

#[test]
fn p13b_an_extension_that_reaches_no_further_was_refused() {
    // Today's end, asked, granted; whether anything is sent.
    for (present, asked, granted, sent) in [
        (100, 180, 180, true),
        (100, 180, 101, true),
        (100, 180, 100, false),
        (100, 180, 7, false),
        // A shortening is none.
        (100, 50, 50, true),
        (100, 50, 30, true),
        (100, 100, 100, true),
    ] {
        for release in RELEASES.into_iter().filter(|release| release.abonneren()) {
            let selected = dvp(release)
                .abonnement_wijzigen(offer(release, "48"), abonnement(release, present), asked)
                .unwrap();
            let scope = format!("subscribe~{granted}/umcharderwijk~48");
            match ready(selected, Some(&scope)) {
                Ok(_) => assert!(sent, "{present} {asked} {granted}"),
                Err(stopped) => {
                    assert!(!sent, "{present} {asked} {granted}");
                    assert_eq!(stopped.outcome, Outcome::StoppedNotDelivered);
                    assert_eq!(stopped.failed[0].cause, FailureCause::ExtensionRefused);
                }
            }
        }
    }
}

#[test]
fn p2_f_02_a_token_for_an_abonnement_serves_no_longer_one_and_no_end() {
    let release = Release::R2_2;
    let taken = |dagen| dvp(release).abonneren(offer(release, "48"), dagen).unwrap();
    let held = ready(taken(90), Some("subscribe~90/umcharderwijk~48"))
        .unwrap()
        .token()
        .unwrap()
        .clone();
    let goes_on = |selected: Selected| selected.resume(held.clone(), at(100)).is_ok();
    assert!(goes_on(taken(90)) && goes_on(taken(30)));
    assert!(!goes_on(taken(91)));
    assert!(!goes_on(
        dvp(release)
            .abonnement_beeindigen(offer(release, "48"), abonnement(release, 5))
            .unwrap()
    ));
    assert!(!goes_on(
        dvp(release)
            .delen(
                offer(release, "48"),
                vec![Placement::post("48".parse().unwrap(), "ROL".parse().unwrap(), "", "a/b", Vec::new()).unwrap()]
            )
            .unwrap()
    ));
    assert!(!goes_on(
        dvp(release)
            .verzamelen(offers(release, &["48"]), vec![query("48", "Patient")])
            .unwrap()
    ));
    assert!(taken(30).resume(held.clone(), at(61 + 900)).is_err(), "expired");
    // Under a longer token no more is asked for than was chosen.
    let (request, _) = next(taken(30).resume(held.clone(), at(100)).unwrap(), 101);
    assert!(
        String::from_utf8(request.body().clone())
            .unwrap()
            .contains(&day(30).to_string())
    );
}

#[test]
fn p25_an_end_without_a_body_is_one() {
    let selected = dvp(Release::R2_2).abonnement_beeindigen(offer(Release::R2_2, "48"), abonnement(Release::R2_2, 5));
    let (_, awaiting) = next(
        ready(selected.unwrap(), Some("subscribe~0/umcharderwijk~48")).unwrap(),
        62,
    );
    let Some(Done::Abonnement(ended)) = awaiting.response(response(204, ""), at(63)).done else {
        panic!()
    };
    assert_eq!(ended.state, AbonnementState::Ended);
}

#[test]
fn p25_one_that_has_ended_stays_so() {
    let release = Release::R2_2;
    let mut ended = abonnement(release, 5);
    ended.state = AbonnementState::Ended;
    let refused = dvp(release).abonnement_wijzigen(offer(release, "48"), ended.clone(), 9);
    assert_eq!(refused.map(drop), Err(StartError::Ended));
    // A Notificatie ended it while a change was on its way.
    assert_eq!(abonnement(release, 9).over(&ended).state, AbonnementState::Ended);
    assert_eq!(ended.over(&abonnement(release, 5)).state, AbonnementState::Ended);
    assert_eq!(
        abonnement(release, 9).over(&abonnement(release, 5)).einde(start()),
        Some(day(9))
    );
}

#[test]
fn p25_one_can_be_ended_where_none_are_offered_any_more_and_at_its_own_server_only() {
    let release = Release::R2_2;
    let mut without = offer(release, "48");
    without.abonneren = None;
    let selected = dvp(release)
        .abonnement_beeindigen(without, abonnement(release, 5))
        .unwrap();
    let (request, _) = next(ready(selected, Some("subscribe~0/umcharderwijk~48")).unwrap(), 62);
    assert_eq!(
        request.uri().to_string(),
        "https://ss.dva.nl:8443/sub/Subscription/496749327x"
    );
    let mut moved = offer(release, "48");
    moved.abonneren.as_mut().unwrap().subscription = "https://other.dva.nl/sub".parse().unwrap();
    let refused = dvp(release).abonnement_beeindigen(moved, abonnement(release, 5));
    assert_eq!(refused.map(drop), Err(StartError::OtherServer));
}

#[test]
fn subscription_wire_always_says_which_abonnement() {
    let mut wire = SubscriptionWire::of(Release::R2_2);
    wire.end.path = SubscriptionPath::Subscription;
    let dvp = dvp(Release::R2_2).with_subscription_wire(wire);
    let selected = dvp
        .abonnement_beeindigen(offer(Release::R2_2, "48"), abonnement(Release::R2_2, 9))
        .unwrap();
    let ready = ready(selected, Some("subscribe~0/umcharderwijk~48")).unwrap();
    assert_eq!(
        end(ready).failed[0].cause,
        FailureCause::NoAddress,
        "a DELETE of all of them is never sent"
    );
}
