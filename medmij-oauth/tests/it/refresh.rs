//! Long-term consent on the wire: rows T5 to T8 of flows.md 4.3 and P3, P15 to P17, P19 of flows.md 4.1.

use std::sync::Mutex;

use medmij_core::{HttpLimits, HttpRequest, HttpResponse, Release};
use medmij_oauth::dva::{GrantStore, TestResult};
use medmij_oauth::dvp::{
    self, AwaitingRefresh, HeldToken, NextStep, Outcome, RefreshChoice, RefreshStep, Refreshed, Selected, TokenKey,
    TokenStore,
};
use medmij_oauth::{MemoryStore, ScopeFunction, half_a_year_after};
use proptest::prelude::*;

use crate::drivers::now_or_never as wait;
use crate::pair::*;
use crate::scene::{Consent, INVALID_GRANT, INVALID_SCOPE, Scene, Tokens};

const WITH_REFRESH: [Release; 3] = [Release::R2_0, Release::R2_1, Release::R2_2];
const REFRESHED: &str =
    r#"{"access_token":"t2","token_type":"Bearer","expires_in":900,"refresh_token":"r2","scope":"48"}"#;

fn refresh(scene: &Scene, token: &str, seconds: i64) -> Result<Tokens, (u16, String)> {
    match scene.offer_at(&scene.refresh_request(token), seconds) {
        (200, body) => Ok(Tokens::read(&body)),
        refused => Err(refused),
    }
}

fn invalid_grant() -> (u16, String) {
    (400, INVALID_GRANT.into())
}

#[test]
fn t5_rfc0054_new_tokens_without_the_person() {
    for release in WITH_REFRESH {
        let scene = Scene::langdurig(release);
        let first = scene.tokens();
        let second = refresh(&scene, first.refresh.as_ref().unwrap(), 5_000_000).unwrap_or_else(|_| panic!("refused"));
        assert_eq!(second.scope.as_deref(), Some("48 51"));
        assert_ne!(second.refresh, first.refresh, "replaced at each use");
        let grant = scene.grant(&second.access).unwrap();
        assert_eq!(grant.expires_at, at(5_000_900));
        let end = half_a_year_after(at(5_000_000));
        let third = refresh(
            &scene,
            second.refresh.as_ref().unwrap(),
            (end - start()).whole_seconds() - 1,
        );
        assert!(third.is_ok(), "half a year from each use");
    }
}

#[test]
fn t5_what_is_available_is_tested_anew() {
    let mut scene = Scene::langdurig(Release::R2_2);
    let first = scene.tokens().refresh.unwrap();
    scene.tested = TestResult::positive(set(&["51", "99"]));
    let second = refresh(&scene, &first, 1_000).ok().unwrap();
    assert_eq!(second.scope.as_deref(), Some("51"));
    scene.tested = TestResult::negative();
    let token = second.refresh.unwrap();
    let refused = refresh(&scene, &token, 2_000).err();
    assert_eq!(refused, Some((400, INVALID_SCOPE.into())));
    // The consent still stands, and of what was consented to nothing is lost by one test.
    scene.tested = TestResult::positive(set(&["48", "51"]));
    assert_eq!(
        refresh(&scene, &token, 3_000).ok().unwrap().scope.as_deref(),
        Some("48 51")
    );
}

#[test]
fn t5_the_ocl_is_checked_anew() {
    for release in WITH_REFRESH {
        let mut scene = Scene::langdurig(release);
        let token = scene.tokens().refresh.unwrap();
        scene.lists = scene.lists.limited(release, &["51"]);
        let second = refresh(&scene, &token, 1_000).ok().unwrap();
        assert_eq!(second.scope.as_deref(), Some("51"), "{release}");
        scene.lists.clients[0].interfaceversies[0].gegevensdiensten = Some(set(&["7"]));
        let refused = refresh(&scene, &second.refresh.unwrap(), 2_000).err();
        assert_eq!(refused, Some((400, INVALID_SCOPE.into())));
    }
}

/// What the client may not use when the code is exchanged was consented to all the same.
#[test]
fn t5_a_gegevensdienst_that_comes_back_on_the_ocl_is_granted_again() {
    let mut scene = Scene::langdurig(Release::R2_2);
    scene.lists = scene.lists.limited(Release::R2_2, &["51"]);
    let tokens = scene.tokens();
    assert_eq!(tokens.scope.as_deref(), Some("51"));
    scene.lists.clients[0].interfaceversies.clear();
    let second = refresh(&scene, &tokens.refresh.unwrap(), 1_000).ok().unwrap();
    assert_eq!(second.scope.as_deref(), Some("48 51"));
}

#[test]
fn oauth_4_4_what_is_not_disclosed_any_more_is_not_granted() {
    let mut scene = Scene::langdurig(Release::R2_2);
    let token = scene.tokens().refresh.unwrap();
    let before = std::mem::replace(&mut scene.lists.offers, offers(Release::R2_2, &["51"]));
    let second = refresh(&scene, &token, 1_000).ok().unwrap();
    assert_eq!(second.scope.as_deref(), Some("51"));
    scene.lists.offers = offers(Release::R2_2, &["7"]);
    let token = second.refresh.unwrap();
    assert_eq!(refresh(&scene, &token, 2_000).err(), Some((400, INVALID_SCOPE.into())));
    scene.lists.offers = before;
    assert_eq!(
        refresh(&scene, &token, 3_000).ok().unwrap().scope.as_deref(),
        Some("48 51")
    );
}

#[test]
fn t5_a_token_of_another_release_is_not_for_this_endpoint() {
    let mut scene = Scene::langdurig(Release::R2_0);
    let token = scene.tokens().refresh.unwrap();
    scene.release = Release::R2_2;
    assert_eq!(refresh(&scene, &token, 100).err(), Some(invalid_grant()));
}

#[test]
fn t6_a_token_that_was_replaced_revokes_the_whole_family() {
    for release in WITH_REFRESH {
        let scene = Scene::langdurig(release);
        let first = scene.tokens();
        let second = refresh(&scene, first.refresh.as_ref().unwrap(), 100).ok().unwrap();
        assert!(scene.grant(&first.access).is_some() && scene.grant(&second.access).is_some());
        assert_eq!(
            refresh(&scene, first.refresh.as_ref().unwrap(), 200).err(),
            Some(invalid_grant())
        );
        assert!(scene.grant(&first.access).is_none() && scene.grant(&second.access).is_none());
        assert_eq!(
            refresh(&scene, second.refresh.as_ref().unwrap(), 300).err(),
            Some(invalid_grant())
        );
    }
}

#[test]
fn t4_a_code_offered_months_later_revokes_the_family() {
    let scene = Scene::langdurig(Release::R2_2);
    let token = scene.tokens().refresh.unwrap();
    scene.store.drop_expired(at(10_000_000));
    assert_eq!(scene.offer_at(&scene.request, 10_000_000), invalid_grant());
    assert_eq!(refresh(&scene, &token, 10_000_001).err(), Some(invalid_grant()));
}

#[test]
fn t7_a_withdrawn_consent_gives_nothing_any_more() {
    let scene = Scene::langdurig(Release::R2_2);
    let tokens = scene.tokens();
    let family = scene.grant(&tokens.access).unwrap().family;
    wait(scene.store.revoke(family)).unwrap();
    assert!(
        scene.grant(&tokens.access).is_none(),
        "code, access and refresh tokens together"
    );
    assert_eq!(
        refresh(&scene, &tokens.refresh.unwrap(), 100).err(),
        Some(invalid_grant())
    );
    assert_eq!(scene.offer(&scene.request), invalid_grant());
}

#[test]
fn t8_after_half_a_year_consent_is_needed_again() {
    let scene = Scene::langdurig(Release::R2_2);
    let token = scene.tokens().refresh.unwrap();
    let end = (half_a_year_after(at(60)) - start()).whole_seconds();
    assert_eq!(refresh(&scene, &token, end).err(), Some(invalid_grant()));
}

#[test]
fn rfc_6749_6_a_scope_that_is_repeated_must_be_the_same() {
    let scene = Scene::langdurig(Release::R2_2);
    let token = scene.tokens().refresh.unwrap();
    let with = |scope: &str| {
        let body = format!("grant_type=refresh_token&refresh_token={token}&client_id={CLIENT_ID}&scope={scope}");
        scene.offer(&scene.with_body(&body))
    };
    assert_eq!(with("anders"), (400, INVALID_SCOPE.into()));
    assert_eq!(with("umcharderwijk").0, 200);
}

#[test]
fn f_29_langdurig_only_where_the_release_and_function_have_it() {
    for release in Release::ALL {
        let begun = begun(release, &["48"]);
        let declaration = declaration(&Lists::new(release, &["48"]), release, &begun, &["48"]);
        assert_eq!(declaration.may_be_langdurig(), release.langdurige_toestemming());
        assert_eq!(
            declaration.given_langdurig(text_version(), at(1)).is_ok(),
            release.langdurige_toestemming()
        );
        // Delen and Abonneren have none in any release, and nowhere is anything chosen beforehand.
        let lists = Lists::new(release, &["48", "53"]);
        let offer = |id: &str| offers(release, &[id]).gegevensdienst(id).unwrap().clone();
        let delen = dvp(release).delen(offer("53"), vec![placement()]).unwrap();
        let abonneren = dvp(release).abonneren(offer("48"), 5).ok();
        for (selected, id) in [(Some(delen), "53"), (abonneren, "48")] {
            let Some(selected) = selected else { continue };
            let begun = selected.begin(start(), &mut Counting(0)).unwrap();
            let declaration = crate::scene::declared(&lists, release, &begun, &[id]);
            assert!(!declaration.may_be_langdurig() && declaration.given_langdurig(text_version(), at(1)).is_err());
        }
    }
    for &declaration in medmij_core::Declaration::ALL {
        let template = medmij_core::text::TemplateId::from(declaration);
        assert!(template.presentation().nothing_preselected);
    }
}

/// Of two that refresh the same token at the same moment one gets tokens; the other is a replay, so all is revoked.
#[test]
fn t6_two_at_once() {
    let scene = Scene::langdurig(Release::R2_2);
    let token = scene.tokens().refresh.unwrap();
    let won: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|seconds| {
                scope.spawn({
                    let (scene, token) = (&scene, &token);
                    move || usize::from(refresh(scene, token, 100 + seconds).is_ok())
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(won, 1);
    assert_eq!(refresh(&scene, &token, 300).err(), Some(invalid_grant()));
}

// The DVP's side.

fn held(release: Release) -> HeldToken {
    let body = r#"{"access_token":"t1","token_type":"Bearer","expires_in":900,"refresh_token":"r1","scope":"48"}"#;
    match awaiting(release, &["48"]).response(&response(200, body), at(61)) {
        dvp::TokenStep::Ready { ready, .. } => ready.token().unwrap().clone(),
        other => panic!("{other:?}"),
    }
}

fn selected(release: Release) -> Selected {
    dvp(release)
        .verzamelen(offers(release, &["48"]), vec![query("48", "Patient")])
        .unwrap()
}

fn refreshing(release: Release, seconds: i64) -> (HttpRequest, AwaitingRefresh) {
    match selected(release)
        .refresh(&held(release), at(seconds), &mut Counting(500))
        .unwrap()
    {
        RefreshChoice::Refresh(refreshing) => (refreshing.request, refreshing.awaiting),
        RefreshChoice::Authorize(other) => panic!("{other:?}"),
    }
}

#[test]
fn p3_mmos_95_a_refresh_request_has_no_redirect_uri_and_new_ids() {
    for release in WITH_REFRESH {
        let held = held(release);
        let (request, awaiting) = refreshing(release, 2_000);
        let body = format!("grant_type=refresh_token&refresh_token=r1&client_id={CLIENT_ID}");
        assert_eq!(String::from_utf8(request.body().clone()).unwrap(), body, "MMOS-95");
        assert_eq!(request.uri().to_string(), "https://ts.dva.nl/token");
        let header = |name| request.headers()[name].to_str().unwrap();
        assert_eq!(header("x-correlation-id"), awaiting.correlation_id().as_str());
        assert_ne!(
            header("x-correlation-id"),
            held.correlation_id.as_str(),
            "tknint_208: a new chain"
        );
        assert_eq!(header("medmij-request-id"), awaiting.request_id().as_str());
        assert!(!format!("{awaiting:?}").contains("r1"));
    }
}

#[test]
fn p3_not_with_a_token_of_another_kind() {
    let release = Release::R2_2;
    let choice = |change: &dyn Fn(&mut HeldToken), now| {
        let mut held = held(release);
        change(&mut held);
        let choice = selected(release).refresh(&held, now, &mut Counting(500)).unwrap();
        matches!(choice, RefreshChoice::Refresh(_))
    };
    assert!(choice(&|_| {}, at(2_000)));
    assert!(!choice(&|held| held.refresh = None, at(2_000)));
    assert!(!choice(&|held| held.function = ScopeFunction::Delen, at(2_000)));
    assert!(!choice(
        &|held| held.representation = medmij_core::Representation::OnBehalfOf,
        at(2_000)
    ));
    assert!(!choice(
        &|held| held.token_endpoint = "https://ts.anders.nl/token".parse().unwrap(),
        at(2_000)
    ));
    assert!(!choice(
        &|held| held.aanbieder = "anders@medmij".parse().unwrap(),
        at(2_000)
    ));
    assert!(!choice(&|held| held.release = Release::R2_1, at(2_000)));
    assert!(!choice(&|_| {}, half_a_year_after(at(61))));
    let body = r#"{"access_token":"t1","token_type":"Bearer","refresh_token":"r1"}"#;
    let dvp::TokenStep::Ready { ready, .. } = awaiting(Release::R1_4, &["48"]).response(&response(200, body), at(61))
    else {
        panic!("no token")
    };
    assert!(
        ready.token().unwrap().refresh.is_none(),
        "1.x has no refresh tokens, whatever a server sends"
    );
}

#[test]
fn p15_f_11_the_new_refresh_token_takes_the_place_of_the_old() {
    let (_, awaiting) = refreshing(Release::R2_2, 2_000);
    let chain = awaiting.correlation_id().clone();
    let RefreshStep::Ready { ready, .. } = awaiting.response(&response(200, REFRESHED), at(2_001)) else {
        panic!("no token")
    };
    let token = ready.token().unwrap();
    let refresh = token.refresh.as_ref().unwrap();
    assert_eq!(
        (refresh.token.expose(), refresh.expires_at),
        ("r2", half_a_year_after(at(2_001)))
    );
    assert_eq!((token.expires_at, &token.correlation_id), (at(2_900), &chain));
    let NextStep::Send(dvp::Outgoing { request, .. }) = ready.next(at(2_002), &mut Counting(9)).unwrap() else {
        panic!("nothing to do")
    };
    assert_eq!(
        request.headers()["x-correlation-id"],
        chain.as_str(),
        "that of the token request"
    );
}

#[test]
fn p15_a_server_that_gives_no_new_one_leaves_the_old() {
    let (_, awaiting) = refreshing(Release::R2_2, 2_000);
    let body = REFRESHED.replace("\"refresh_token\":\"r2\",", "");
    let RefreshStep::Ready { ready, .. } = awaiting.response(&response(200, &body), at(2_001)) else {
        panic!("no token")
    };
    let refresh = ready.token().unwrap().refresh.as_ref().unwrap().clone();
    assert_eq!(
        (refresh.token.expose(), refresh.expires_at),
        ("r1", half_a_year_after(at(61)))
    );
}

#[test]
fn p15_nothing_left_still_keeps_the_new_token() {
    let (_, awaiting) = refreshing(Release::R2_2, 2_000);
    let step = awaiting.response(&response(200, &REFRESHED.replace("48", "51")), at(2_001));
    let RefreshStep::Stopped(stopped) = step else {
        panic!("{step:?}")
    };
    assert_eq!(stopped.outcome, Outcome::StoppedRefused);
    assert_eq!(stopped.token.unwrap().refresh.unwrap().token.expose(), "r2");
}

#[test]
fn p16a_f_11_a_refused_refresh_token_leads_to_a_new_authorization() {
    let (_, awaiting) = refreshing(Release::R2_2, 2_000);
    let RefreshStep::Refused { selected, .. } = awaiting.response(&response(400, INVALID_GRANT), at(2_001)) else {
        panic!("not refused")
    };
    assert!(selected.begin(at(2_002), &mut Counting(9)).is_ok());
}

#[test]
fn p16b_without_the_person_the_run_stops() {
    let (_, awaiting) = refreshing(Release::R2_2, 2_000);
    let RefreshStep::Refused { selected, events } = awaiting.response(&response(400, INVALID_GRANT), at(2_001)) else {
        panic!("not refused")
    };
    assert_eq!(events[0].row, Some("P16"));
    let stopped = selected.stop_without_person();
    assert_eq!(stopped.outcome, Outcome::StoppedRefused);
    assert!(!stopped.failed.is_empty(), "what was left is told");
}

#[test]
fn p17_anything_else_ends_the_run_and_keeps_the_token() {
    for answer in [
        response(503, ""),
        response(200, "x"),
        response(400, INVALID_SCOPE),
        response(401, "{\"error\":\"invalid_client\"}"),
        response(400, "{\"error\":17}"),
        response(400, "{\"error\":\"something_new\"}"),
    ] {
        let (_, awaiting) = refreshing(Release::R2_2, 2_000);
        let step = awaiting.response(&answer, at(2_001));
        let RefreshStep::Stopped(stopped) = step else {
            panic!("{step:?}")
        };
        assert_eq!(
            (stopped.outcome, stopped.token.is_none()),
            (Outcome::StoppedTechnical, true)
        );
    }
    let (_, awaiting) = refreshing(Release::R2_2, 2_000);
    assert_eq!(awaiting.failed(at(2_010)).outcome, Outcome::StoppedTechnical);
}

/// The server has replaced the refresh token, whatever else is wrong with its answer.
#[test]
fn p13c_p15_a_scope_that_is_none_still_keeps_the_new_refresh_token() {
    for scope in ["48 patient/*.read", "anders", "anders~48"] {
        let (_, awaiting) = refreshing(Release::R2_2, 2_000);
        let answer = response(200, &REFRESHED.replace("\"48\"", &format!("\"{scope}\"")));
        let RefreshStep::Stopped(stopped) = awaiting.response(&answer, at(2_001)) else {
            panic!("{scope}")
        };
        assert_eq!(stopped.outcome, Outcome::StoppedTechnical);
        let kept = stopped.token.unwrap();
        assert_eq!(kept.refresh.unwrap().token.expose(), "r2");
        assert!(
            kept.access_token.expose() == "t1" && kept.expires_at <= at(2_001),
            "the access token is discarded"
        );
    }
}

#[test]
fn p29_the_person_may_give_up_while_a_refresh_is_awaited() {
    let (_, awaiting) = refreshing(Release::R2_2, 2_000);
    assert_eq!(awaiting.abandon(at(2_001)).outcome, Outcome::Abandoned);
}

/// What cannot be refreshed is not claimed, so that nobody waits for it.
#[test]
fn p3_no_claim_for_nothing() {
    let store = MemoryStore::new();
    let mut held = held(Release::R2_2);
    held.refresh = None;
    wait(store.put_token(key(), held)).unwrap();
    for _ in 0..2 {
        assert!(matches!(driven(&store, None, 2_000), (Refreshed::Authorize(_), 0)));
    }
}

#[test]
fn p2_the_key_of_a_run_is_that_of_its_tokens() {
    assert_eq!(selected(Release::R2_2).token_key("p-1", None), key());
}

#[test]
fn p19_an_expired_token_is_refreshed() {
    let body = r#"{"access_token":"t1","token_type":"Bearer","refresh_token":"r1","scope":"48"}"#;
    let dvp::TokenStep::Ready { ready, .. } = awaiting(Release::R2_2, &["48"]).response(&response(200, body), at(61))
    else {
        panic!("no token")
    };
    let held = ready.token().unwrap().clone();
    let NextStep::NeedsToken { selected } = ready.next(at(960), &mut Counting(1)).unwrap() else {
        panic!("not expired")
    };
    let choice = selected.refresh(&held, at(961), &mut Counting(2)).unwrap();
    assert!(matches!(choice, RefreshChoice::Refresh(_)));
}

fn key() -> TokenKey {
    TokenKey {
        person: "p-1".into(),
        represented: None,
        function: ScopeFunction::Verzamelen,
        release: Release::R2_2,
        aanbieder: "umcharderwijk@medmij".parse().unwrap(),
        token_endpoint: "https://ts.dva.nl/token".parse().unwrap(),
    }
}

/// The driver with a client that gives this answer; how often it was asked.
fn driven(store: &MemoryStore, answer: Option<&HttpResponse>, seconds: i64) -> (Refreshed, usize) {
    let sent = Mutex::new(0);
    let client = |_: HttpRequest, _: HttpLimits| {
        *sent.lock().unwrap() += 1;
        std::future::ready(answer.cloned().ok_or_else(|| std::io::Error::other("broken")))
    };
    let end = wait(dvp::refresh(
        selected(Release::R2_2),
        key(),
        store,
        &client,
        |_| {},
        || at(seconds),
        &mut Counting(3),
    ));
    let sent = *sent.lock().unwrap();
    (end.unwrap(), sent)
}

#[test]
fn p3_the_driver_claims_sends_once_and_stores() {
    let store = MemoryStore::new();
    assert!(
        matches!(driven(&store, None, 0), (Refreshed::Authorize(_), 0)),
        "there is no token"
    );
    wait(store.put_token(key(), held(Release::R2_2))).unwrap();
    let (end, sent) = driven(&store, None, 2_000);
    assert!(matches!(end, Refreshed::Stopped(_)) && sent == 1, "P17");
    let (end, sent) = driven(&store, Some(&response(200, REFRESHED)), 2_059);
    assert!(
        matches!(end, Refreshed::Busy(_)) && sent == 0,
        "the claim holds for a minute"
    );
    let (end, _) = driven(&store, Some(&response(200, REFRESHED)), 2_060);
    assert!(matches!(end, Refreshed::Ready(_)));
    let stored = wait(store.token(key())).unwrap().unwrap();
    assert_eq!(stored.refresh.unwrap().token.expose(), "r2", "P15");
    let (end, _) = driven(&store, Some(&response(400, INVALID_GRANT)), 2_061);
    assert!(matches!(end, Refreshed::Authorize(_)), "storing ends the claim");
    assert!(wait(store.token(key())).unwrap().is_none(), "P16: forgotten");
}

/// A DVP and a DVA over half a year and more: only what is unused for half a year ends.
#[test]
fn f_35_refreshing_for_years() {
    let scene = Scene::of(
        Release::R2_2,
        Lists::new(Release::R2_2, &["48"]),
        &["48"],
        &["48"],
        Consent::Langdurig,
    );
    let mut token = scene.tokens().refresh.unwrap();
    let month = 30 * 86_400;
    for round in 1..=40 {
        token = refresh(&scene, &token, round * 5 * month)
            .ok()
            .unwrap()
            .refresh
            .unwrap();
        scene.store.drop_expired(at(round * 5 * month));
    }
    assert_eq!(
        refresh(&scene, &token, 40 * 5 * month + 7 * month).err(),
        Some(invalid_grant())
    );
}

proptest! {
    /// Whatever is offered in whatever order: at most one refresh token of a family works, and after a replay none.
    #[test]
    fn t6_at_most_one_token_of_a_family_works(picks in prop::collection::vec(0_usize..6, 1..12)) {
        let scene = Scene::langdurig(Release::R2_2);
        let mut tokens = vec![scene.tokens().refresh.unwrap()];
        let mut alive = true;
        for (round, pick) in picks.into_iter().enumerate() {
            let pick = pick % tokens.len();
            let current = pick + 1 == tokens.len();
            let answer = refresh(&scene, &tokens[pick], 100 + i64::try_from(round).unwrap());
            prop_assert_eq!(answer.is_ok(), alive && current);
            alive &= current;
            if let Ok(new) = answer {
                tokens.push(new.refresh.unwrap());
            }
        }
    }
}
