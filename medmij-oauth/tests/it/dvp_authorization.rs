//! The DVP from the choice of an Aanbieder to the token: rows P1 to P14 of flows.md 4.1.

use medmij_core::{ChainEvent, Event, OwnEvent, Release};
use medmij_oauth::AuthorizationReply;
use medmij_oauth::dvp::{NextStep, Outcome, ReplyStep, StartError, TokenStep};
use proptest::prelude::*;

use crate::pair::*;

fn state_of(begun: &medmij_oauth::dvp::Begun) -> String {
    parameter(begun.redirect.location(), "state").unwrap()
}

fn stopped(query: impl FnOnce(&str) -> String) -> Outcome {
    let begun = begun(Release::R2_2, &["48"]);
    let query = query(&state_of(&begun));
    match reply(begun, &query) {
        ReplyStep::Stopped(stopped) => stopped.outcome,
        other => panic!("{other:?}"),
    }
}

#[test]
fn p1_only_what_is_offered_in_this_release() {
    let dvp = dvp(Release::R2_2);
    let start = |offers, todo| dvp.verzamelen(offers, todo).map(drop);
    let good = offers(Release::R2_2, &["48"]);
    assert_eq!(start(good.clone(), vec![query("48", "Patient")]), Ok(()));
    assert_eq!(
        start(good.clone(), vec![query("49", "Patient")]),
        Err(StartError::NotOffered)
    );
    assert_eq!(start(good, Vec::new()), Err(StartError::NothingToDo));
    assert_eq!(
        start(offers(Release::R1_4, &["48"]), vec![query("48", "Patient")]),
        Err(StartError::Release)
    );
    let mut unusable = Vec::from(offers(Release::R2_2, &["48"]));
    unusable[0].token = "https://ts.dva.nl:0/token".parse().unwrap();
    assert_eq!(
        start(unusable.try_into().unwrap(), vec![query("48", "Patient")]),
        Err(StartError::Address)
    );
    let two = crate::pair::dvp(Release::R1_4).verzamelen(offers(Release::R1_4, &["1", "2"]), vec![query("1", "x")]);
    assert!(matches!(two, Err(StartError::Scope(_))), "1.4 takes one Gegevensdienst");
}

#[test]
fn p2_f_02_a_token_of_the_same_kind_goes_straight_on() {
    let ready = ready_with(Release::R2_2, &["48", "51"], vec![query("48", "Patient")]);
    let held = ready.token().unwrap().clone();
    let again = |ids: &[&str], now| {
        let todo = ids.iter().map(|id| query(id, "Patient")).collect();
        dvp(Release::R2_2)
            .verzamelen(offers(Release::R2_2, ids), todo)
            .unwrap()
            .resume(held.clone(), now)
    };
    let resumed = again(&["51"], at(600)).unwrap();
    assert!(matches!(
        resumed.next(at(600), &mut Counting(1)).unwrap(),
        NextStep::Send(_)
    ));
    assert!(again(&["48", "49"], at(600)).is_err(), "not covered");
    assert!(again(&["48"], at(60 + 900)).is_err(), "expired");
    let mut foreign = held;
    foreign.token_endpoint = "https://ts.anders.nl/token".parse().unwrap();
    let selected = dvp(Release::R2_2)
        .verzamelen(offers(Release::R2_2, &["48"]), vec![query("48", "x")])
        .unwrap();
    assert!(
        selected.resume(foreign, at(62)).is_err(),
        "another Authorization Server"
    );
}

#[test]
fn p4_everything_is_there_before_the_redirect() {
    for release in RELEASES {
        let begun = begun(release, &["48"]);
        let state = state_of(&begun);
        let reply = AuthorizationReply::parse(&format!("state={state}"));
        assert_eq!(begun.pending.key(), reply.state().unwrap().digest());
        let event = &begun.events[0];
        assert_eq!(event.event, Event::Chain(ChainEvent::SendAuthorizationRequest));
        assert_eq!(event.trace_id.as_ref(), Some(begun.pending.correlation_id()));
    }
}

#[test]
fn p7_uci_verzamelen_11_a_code_is_the_proof_of_the_declaration() {
    let exchange = exchange(Release::R2_2, &["48"]);
    let names: Vec<_> = exchange.events.iter().map(|event| event.event.clone()).collect();
    assert_eq!(
        names,
        [Event::Own(OwnEvent::CodeReceived), Event::Own(OwnEvent::TokenRequest)]
    );
}

#[test]
fn p8_f_04_a_stray_reply_changes_nothing() {
    for query in [
        "code=abc",
        "code=abc&state=other",
        "error=access_denied&state=other",
        "",
        "code=abc&state=%",
        "state=a&state=a&code=x",
    ] {
        let begun = begun(Release::R2_2, &["48"]);
        let key = begun.pending.key();
        match reply(begun, query) {
            ReplyStep::Stray { pending, events } => {
                assert_eq!(pending.key(), key);
                assert_eq!(events[0].event, Event::Own(OwnEvent::StrayRedirect));
            }
            other => panic!("{query}: {other:?}"),
        }
    }
}

#[test]
fn p9_invalid_request() {
    for code in [
        "invalid_request",
        "unauthorized_client",
        "unsupported_response_type",
        "invalid_scope",
    ] {
        let outcome = stopped(|state| format!("error={code}&state={state}"));
        assert!(
            matches!(&outcome, Outcome::StoppedInvalidRequest { error } if error.as_str() == code),
            "{outcome:?}"
        );
    }
}

#[test]
fn p10_f_06_not_granted_has_no_reason() {
    let whole = |extra: &str| {
        let begun = begun(Release::R2_2, &["48"]);
        let query = format!("error=access_denied&state={}{extra}", state_of(&begun));
        match reply(begun, &query) {
            ReplyStep::Stopped(stopped) => format!("{stopped:?}"),
            other => panic!("{other:?}"),
        }
    };
    let plain = whole("");
    assert!(plain.contains("StoppedRefused"));
    assert_eq!(
        whole("&error_description=No+such+resources.&error_uri=x"),
        plain,
        "nothing of a description is kept"
    );
}

#[test]
fn p11_undetermined() {
    for code in ["server_error", "temporarily_unavailable"] {
        let outcome = stopped(|state| format!("error={code}&state={state}"));
        assert!(matches!(outcome, Outcome::StoppedUndetermined { .. }), "{outcome:?}");
    }
}

#[test]
fn p11b_malformed() {
    for tail in [
        "",
        "code=a&error=b",
        "code=a&code=b",
        "error=a&error=a",
        "code=",
        "error=",
        "code=%FF",
        "code=a%0Ab",
        "error=a%22",
    ] {
        assert_eq!(
            stopped(|state| format!("{tail}&state={state}")),
            Outcome::StoppedTechnical,
            "{tail}"
        );
    }
}

#[test]
fn p11c_unknown_codes_are_kept() {
    let outcome = stopped(|state| format!("error=something_new&state={state}"));
    assert!(matches!(&outcome, Outcome::StoppedUndetermined { error } if error.as_str() == "something_new"));
}

#[test]
fn p12_f_07_who_does_not_come_back_is_no_error() {
    let begun = begun(Release::R2_2, &["48"]);
    assert_eq!(begun.pending.deadline(), at(3_600));
    let query = format!("code=abc&state={}", state_of(&begun));
    let late = begun
        .pending
        .clone()
        .reply(AuthorizationReply::parse(&query), at(3_600), &mut Counting(1))
        .unwrap();
    assert!(matches!(late, ReplyStep::Stopped(stopped) if stopped.outcome == Outcome::Abandoned));
    assert_eq!(begun.pending.abandon(at(5)).outcome, Outcome::Abandoned);
}

#[test]
fn p13_token() {
    for release in RELEASES {
        let scope = (release.major() == 2).then_some("48");
        match awaiting(release, &["48"]).response(&response(200, &token_body(scope)), at(65)) {
            TokenStep::Ready { ready, events } => {
                let token = ready.token().unwrap();
                assert_eq!(token.access_token.expose(), "tok-1");
                assert_eq!(
                    token.expires_at,
                    at(60 + 900),
                    "counted from the sending of the request"
                );
                assert_eq!(events[0].event, Event::Own(OwnEvent::TokenIssued));
            }
            other => panic!("{other:?}"),
        }
    }
    let body = r#"{"access_token":"t","token_type":"bEARER","refresh_token":"r","x":[1]}"#;
    let TokenStep::Ready { ready, .. } = awaiting(Release::R2_2, &["48"]).response(&response(200, body), at(65)) else {
        panic!("no token")
    };
    let token = ready.token().unwrap();
    assert_eq!(token.refresh.as_ref().unwrap().token.expose(), "r");
    assert_eq!(token.expires_at, at(960), "absent is 900 seconds");
}

#[test]
fn p13a_f_09_a_narrower_scope_drops_what_is_not_obtainable() {
    for scope in ["48", "umcharderwijk~48", "48 99"] {
        let TokenStep::Ready { ready, .. } =
            awaiting(Release::R2_2, &["48", "51"]).response(&response(200, &token_body(Some(scope))), at(61))
        else {
            panic!("no token")
        };
        assert_eq!(
            ready.not_granted().map(|id| id.as_str()).collect::<Vec<_>>(),
            ["51"],
            "{scope}"
        );
    }
    let whole =
        awaiting(Release::R2_2, &["48", "51"]).response(&response(200, &token_body(Some("umcharderwijk"))), at(61));
    assert!(matches!(whole, TokenStep::Ready { ready, .. } if ready.not_granted().count() == 0));
    let none = awaiting(Release::R2_2, &["48"]).response(&response(200, &token_body(Some("51"))), at(61));
    assert!(matches!(none, TokenStep::Stopped(stopped) if stopped.outcome == Outcome::StoppedRefused));
}

#[test]
fn p13c_a_scope_that_is_wider_or_none() {
    let cases = [
        (Release::R1_4, "umcharderwijk~48 umcharderwijk~49"),
        (Release::R1_4, "umcharderwijk~49"),
        (Release::R1_4, "anders~48"),
        (Release::R2_2, "anders~48"),
        (Release::R2_2, "anders"),
        (Release::R1_4, "umcharderwijk"),
        (Release::R1_4, "48"),
        (Release::R2_2, "48  51"),
        (Release::R2_2, ""),
    ];
    for (release, scope) in cases {
        let step = awaiting(release, &["48"]).response(&response(200, &token_body(Some(scope))), at(61));
        assert!(
            matches!(step, TokenStep::Stopped(stopped) if stopped.outcome == Outcome::StoppedTechnical),
            "{release} {scope}"
        );
    }
}

#[test]
fn p14_any_other_answer_ends_the_run() {
    let good = token_body(Some("48"));
    let cases = [
        (400, r#"{"error":"invalid_grant"}"#.to_owned()),
        (400, good.clone()),
        (201, good.clone()),
        (302, good.clone()),
        (503, String::new()),
        (200, String::new()),
        (200, "[]".into()),
        (200, format!("{good} x")),
        (200, good.replace("Bearer", "MAC")),
        (200, good.replace("tok-1", "")),
        (200, good.replace("tok-1", "a b")),
        (200, good.replace("900", "0")),
        (200, good.replace("900", "-1")),
        (200, good.replace("900", "\"900\"")),
        (
            200,
            good.replace("\"token_type\"", "\"access_token\":\"x\",\"token_type\""),
        ),
        (200, format!("{good}{}", " ".repeat(70_000))),
    ];
    for (status, body) in cases {
        let step = awaiting(Release::R2_2, &["48"]).response(&response(status, &body), at(61));
        assert!(
            matches!(step, TokenStep::Stopped(stopped) if stopped.outcome == Outcome::StoppedTechnical),
            "{status} {}",
            &body[..body.len().min(80)]
        );
    }
    let failed = awaiting(Release::R2_2, &["48"]).failed(at(71));
    assert_eq!(failed.outcome, Outcome::StoppedTechnical);
}

/// Found by the fuzz target `token_response`: bytes that are no UTF-8 in a member that is skipped.
#[test]
fn p14_a_body_that_is_no_utf8_is_no_json() {
    let mut answer = response(200, r#"{"access_token":"t","token_type":"Bearer","x":"?"}"#);
    let mark = answer.body().iter().position(|&b| b == b'?').unwrap();
    answer.body_mut()[mark] = 0x8B;
    let step = awaiting(Release::R1_4, &["48"]).response(&answer, at(61));
    assert!(matches!(step, TokenStep::Stopped(stopped) if stopped.outcome == Outcome::StoppedTechnical));
}

#[test]
fn p13_no_refresh_token_in_1_x() {
    let body = r#"{"access_token":"t","token_type":"Bearer","refresh_token":"r"}"#;
    let TokenStep::Ready { ready, .. } = awaiting(Release::R1_4, &["48"]).response(&response(200, body), at(65)) else {
        panic!("no token")
    };
    assert!(ready.token().unwrap().refresh.is_none());
}

#[test]
fn p29_the_person_may_give_up_while_the_token_is_awaited() {
    assert_eq!(
        awaiting(Release::R2_2, &["48"]).abandon(at(61)).outcome,
        Outcome::Abandoned
    );
}

#[test]
fn tknint_202_a_longer_life_is_not_believed() {
    let body = token_body(Some("48")).replace("900", "86400");
    let TokenStep::Ready { ready, .. } = awaiting(Release::R2_2, &["48"]).response(&response(200, &body), at(61))
    else {
        panic!("no token")
    };
    assert_eq!(ready.token().unwrap().expires_at, at(960));
}

proptest! {
    #[test]
    fn no_reply_panics(query in ".{0,200}") {
        let _ = AuthorizationReply::parse(&query);
    }

    #[test]
    fn no_token_response_panics(body in ".{0,200}", status in 100_u16..600) {
        let _ = awaiting(Release::R2_2, &["48"]).response(&response(status, &body), at(61));
    }
}

#[test]
fn p7_the_consent_as_it_was_obtained() {
    use medmij_core::{Declaration, Representation};
    for release in RELEASES {
        let consent = exchange(release, &["48"]).awaiting.consent();
        assert_eq!(
            (consent.declaration, consent.representation, consent.release),
            (Declaration::Toestemmingsverklaring, Representation::None, release)
        );
        assert_eq!(
            (consent.obtained_at, consent.aanbieder.as_str()),
            (at(60), "umcharderwijk@medmij")
        );
        let (id, naam) = &consent.gegevensdiensten[0];
        assert_eq!(
            (id.as_str(), naam.as_ref().unwrap().as_str()),
            ("48", "Gegevensdienst 48")
        );
        let json = serde_json::to_string(&consent).unwrap();
        assert_eq!(
            serde_json::from_str::<medmij_oauth::dvp::ObtainedConsent>(&json).unwrap(),
            consent
        );
    }
}
