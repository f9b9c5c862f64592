//! The check of a token by the Resource and Subscription Server: rows R1 to R12 of flows.md 4.3, in the order of
//! resource.md 2.0.

use medmij_core::{ClientIdentity, Event, OwnEvent, Release};
use medmij_oauth::ScopeFunction;
use medmij_oauth::dva::{GrantStore, TestResult, TokenCheck, Wanted, permit};

use crate::drivers::now_or_never as wait;
use crate::pair::*;
use crate::scene::Scene;

/// A store with a token for Gegevensdienst 48, and the token.
fn store() -> (Scene, String) {
    let scene = Scene::new(Release::R2_2);
    let token = scene.tokens().access;
    (scene, token)
}

struct Asked<'a> {
    authorization: &'a [&'a str],
    uri: &'a str,
    client: Option<&'a str>,
    aanbieder: &'a str,
    gegevensdienst: &'a str,
    function: ScopeFunction,
    seconds: i64,
}

/// Asks with the token in the place of `$`; what is permitted, or the status and the challenge.
fn ask((scene, token): &(Scene, String), asked: &Asked<'_>) -> Result<TokenCheck, (u16, String)> {
    let mut request = http::Request::get(asked.uri).body(()).unwrap();
    for value in asked.authorization {
        let value = value.replace('$', token).parse().unwrap();
        request.headers_mut().append("authorization", value);
    }
    let client = asked.client.map(|name| ClientIdentity::from_names([name]));
    let (aanbieder, gegevensdienst) = (asked.aanbieder.parse().unwrap(), asked.gegevensdienst.parse().unwrap());
    let wanted = Wanted {
        function: asked.function,
        aanbieder: &aanbieder,
        gegevensdienst: &gegevensdienst,
    };
    let (judged, event) = wait(permit(
        &request,
        scene.release,
        client.as_ref(),
        wanted,
        &scene.store,
        at(asked.seconds),
    ));
    let logged = if judged.is_ok() {
        OwnEvent::ResourceRequest
    } else {
        OwnEvent::ResourceError
    };
    assert_eq!(event[0].event, Event::Own(logged));
    judged.map_err(|refusal| {
        let response = refusal.to_response();
        let challenge = response
            .headers()
            .get("www-authenticate")
            .map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), challenge.unwrap_or_default())
    })
}

fn refused(store: &(Scene, String), asked: &Asked<'_>) -> (u16, String) {
    ask(store, asked).map(|permitted| panic!("{permitted:?}")).unwrap_err()
}

const RIGHT: Asked<'static> = Asked {
    authorization: &["Bearer $"],
    uri: "https://rs.dva.nl/fhir/Patient",
    client: Some(CLIENT_ID),
    aanbieder: "umcharderwijk@medmij",
    gegevensdienst: "48",
    function: ScopeFunction::Verzamelen,
    seconds: 120,
};

#[test]
fn r1_no_valid_token() {
    let store = store();
    let (none, invalid_request, invalid_token) = (
        (401, "Bearer realm=\"MedMij\"".to_owned()),
        (400, "Bearer realm=\"MedMij\", error=\"invalid_request\"".to_owned()),
        (401, "Bearer realm=\"MedMij\", error=\"invalid_token\"".to_owned()),
    );
    let cases: [(&[&str], _); 10] = [
        (&[], &none),
        (&["Basic x"], &none),
        (&["Bearer"], &none),
        (&["Token $"], &none),
        (&["Bearer $", "Bearer $"], &invalid_request),
        (&["Bearer "], &invalid_token),
        (&["Bearer tok-2"], &invalid_token),
        (&["Bearer  $"], &invalid_token),
        (&["Bearer $ x"], &invalid_token),
        (&["bearer tok-9"], &invalid_token),
    ];
    for (authorization, expected) in cases {
        assert_eq!(
            refused(&store, &Asked { authorization, ..RIGHT }),
            *expected,
            "{authorization:?}"
        );
    }
    for (authorization, uri) in [
        (&[][..], "https://rs.dva.nl/fhir/Patient?access_token=x"),
        (&["Bearer $"], "https://rs.dva.nl/fhir/Patient?a=b&access%5Ftoken=x"),
    ] {
        let answer = refused(
            &store,
            &Asked {
                authorization,
                uri,
                ..RIGHT
            },
        );
        assert_eq!(
            answer, invalid_request,
            "rscint_200: the header field is the only place"
        );
    }
}

#[test]
fn t9_r1_f_34_a_token_lives_900_seconds() {
    let store = store();
    assert!(ask(&store, &Asked { seconds: 959, ..RIGHT }).is_ok());
    assert_eq!(refused(&store, &Asked { seconds: 960, ..RIGHT }).0, 401);
}

#[test]
fn r1b_a_token_of_another_client() {
    let store = store();
    let unknown = refused(
        &store,
        &Asked {
            authorization: &["Bearer tok-2"],
            ..RIGHT
        },
    );
    for client in [Some("other.pgo.nl"), None] {
        assert_eq!(refused(&store, &Asked { client, ..RIGHT }), unknown, "alike");
    }
}

#[test]
fn r2_f_33_a_token_for_something_else() {
    let store = store();
    for asked in [
        Asked {
            gegevensdienst: "51",
            ..RIGHT
        },
        Asked {
            aanbieder: "anders@medmij",
            ..RIGHT
        },
        Asked {
            function: ScopeFunction::Delen,
            ..RIGHT
        },
        Asked {
            function: ScopeFunction::Abonneren,
            ..RIGHT
        },
    ] {
        let (status, challenge) = refused(&store, &asked);
        assert_eq!(
            (status, challenge.ends_with("error=\"insufficient_scope\"")),
            (403, true)
        );
    }
}

/// Where several checks fail, the first tells.
#[test]
fn resource_2_0_the_checks_in_order() {
    let store = store();
    let all_wrong = Asked {
        authorization: &[],
        client: None,
        aanbieder: "anders@medmij",
        gegevensdienst: "51",
        function: ScopeFunction::Delen,
        seconds: 960,
        ..RIGHT
    };
    assert_eq!(refused(&store, &all_wrong).1, "Bearer realm=\"MedMij\"", "1");
    let expired = Asked {
        authorization: RIGHT.authorization,
        ..all_wrong
    };
    assert!(refused(&store, &expired).1.ends_with("\"invalid_token\""), "2");
    let foreign = Asked {
        seconds: 120,
        ..expired
    };
    assert!(refused(&store, &foreign).1.ends_with("\"invalid_token\""), "3");
    let other = Asked {
        client: RIGHT.client,
        ..foreign
    };
    assert!(refused(&store, &other).1.ends_with("\"insufficient_scope\""), "4, 5, 6");
}

#[test]
fn r3_r5_the_token_is_the_person() {
    for authorization in [&["Bearer $"], &["bEARER $"]] {
        match ask(&store(), &Asked { authorization, ..RIGHT }).unwrap() {
            TokenCheck::Permit(permit) => assert_eq!(permit.bsn.expose(), BSN),
            other @ TokenCheck::Test(_) => panic!("{other:?}"),
        }
    }
}

#[test]
fn r4_r6_r7_f_32_the_late_test() {
    let release = Release::R2_2;
    let scene = Scene::late(release);
    let token = scene.tokens().access;
    let store = (scene, token);
    let test = || match ask(&store, &RIGHT).unwrap() {
        TokenCheck::Test(test) => test,
        other @ TokenCheck::Permit(_) => panic!("{other:?}"),
    };
    assert_eq!(test().about().bsn.expose(), BSN);
    let (permit, event) = test().result(TestResult::positive(set(&["48"])), at(121));
    assert!(permit.is_ok() && event[0].event == Event::Own(OwnEvent::TestPositive));
    for negative in [TestResult::negative(), TestResult::positive(set(&["51"]))] {
        let (refused, event) = test().result(negative, at(121));
        assert_eq!(event[0].event, Event::Own(OwnEvent::TestNegative));
        let response = refused.unwrap_err().to_response();
        assert_eq!(response.status(), 404);
        let body = String::from_utf8(response.into_body()).unwrap();
        assert!(
            body.contains("\"not-found\"") && !body.contains("diagnostics"),
            "the same whatever the cause"
        );
    }
}

/// The right to the request of a store.
fn permitted(store: &(Scene, String)) -> medmij_oauth::dva::Permit {
    match ask(store, &RIGHT).unwrap() {
        TokenCheck::Permit(permit) => permit,
        other @ TokenCheck::Test(_) => panic!("{other:?}"),
    }
}

#[test]
fn r8_r9_logging_204_what_was_served_is_logged() {
    let store = store();
    let permit = permitted(&store);
    assert_eq!(permit.deadline(), at(180), "rscint_202");
    assert_eq!(permit.client_id.as_str(), CLIENT_ID);
    assert_eq!(permit.clone().done(at(121))[0].row, Some("R8"));
    assert_eq!(permit.partly_done(at(121))[0].row, Some("R9"));
}

#[test]
fn r10_rscint_202_what_failed_or_took_too_long_tells_so() {
    let store = store();
    for (seconds, status) in [(121, 503), (179, 503), (180, 504), (500, 504)] {
        let (refusal, events) = permitted(&store).failed(at(seconds));
        assert_eq!(
            (refusal.to_response().status().as_u16(), events[0].row),
            (status, Some("R10"))
        );
    }
}

#[test]
fn r11_a_test_that_could_not_be_done() {
    let scene = Scene::late(Release::R2_2);
    let token = scene.tokens().access;
    let store = (scene, token);
    for (seconds, status) in [(121, 503), (180, 504)] {
        let TokenCheck::Test(test) = ask(&store, &RIGHT).unwrap() else {
            panic!()
        };
        let (refusal, events) = test.failed(at(seconds));
        assert_eq!(
            (refusal.to_response().status().as_u16(), events[0].row),
            (status, Some("R11"))
        );
    }
}

#[test]
fn r12_a_consent_that_is_withdrawn_while_a_test_is_done_gives_nothing() {
    let store = store();
    let permit = permitted(&store);
    let look = || wait(store.0.store.find_access(permit.token())).unwrap();
    assert!(permit.clone().recheck(look().as_ref(), at(130)).is_ok());
    let family = look().unwrap().family;
    wait(store.0.store.revoke(family)).unwrap();
    let (refusal, events) = permit.clone().recheck(look().as_ref(), at(131)).unwrap_err();
    assert_eq!(
        (refusal.to_response().status().as_u16(), events[0].row),
        (401, Some("R12"))
    );
}

#[test]
fn r12_t7_a_revoked_token_gives_nothing() {
    let store = store();
    let family = store.0.grant(&store.1).unwrap().family;
    wait(store.0.store.revoke(family)).unwrap();
    assert_eq!(refused(&store, &RIGHT).0, 401);
}

#[test]
fn rfc_6750_every_refusal_has_one_form() {
    use medmij_oauth::BearerRefusal as Refusal;
    for (refusal, status, issue) in [
        (Refusal::NoToken, 401, "login"),
        (Refusal::InvalidRequest, 400, "invalid"),
        (Refusal::InvalidToken, 401, "login"),
        (Refusal::InsufficientScope, 403, "forbidden"),
        (Refusal::NotAvailable, 404, "not-found"),
        (Refusal::Unavailable, 503, "transient"),
        (Refusal::Timeout, 504, "timeout"),
    ] {
        let response = refusal.to_response();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["cache-control"], "no-store");
        let json: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(
            (&json["resourceType"], &json["issue"][0]["code"]),
            (&"OperationOutcome".into(), &issue.into())
        );
    }
}
