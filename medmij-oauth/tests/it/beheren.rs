//! *Beheren toestemmingen*: rows M0 to M7, A13 and T7 of flows.md 4.2, 4.3 and 4.4.

use medmij_core::{Declaration, Digest, ExceptionCode, Release, Representation};
use medmij_oauth::dva::{
    self, CancelStep, Consent, DeclarationAnswer, FailureStep, GrantStore, Identity, Landing, ManageOpened,
    ManageRequest, ManageSession, Overview, ResolvingIdentity, Session, TechnicalError,
};

use crate::drivers::now_or_never as wait;
use crate::pair::*;
use crate::scene::{INVALID_GRANT, Scene};

const WAY_BACK: &str =
    "client_id=medmij.deenigeechtepgo.nl&redirect_uri=https%3A%2F%2Fmedmij.deenigeechtepgo.nl%2Fcb&state=s-1";

fn releases() -> impl Iterator<Item = Release> {
    RELEASES.into_iter().filter(|release| release.langdurige_toestemming())
}

fn open(release: Release, query: &str) -> ManageOpened {
    let request = http::Request::get(format!("/toestemmingen?{query}")).body(()).unwrap();
    dva::manage(&request, release, &Lists::new(release, &["48", "51"]), at(0))
}

fn landing(release: Release, query: &str) -> Landing<ManageRequest> {
    match open(release, query) {
        ManageOpened::Landing { landing, events } => {
            assert_eq!(events[0].row, Some("M0"));
            landing
        }
        other => panic!("{other:?}"),
    }
}

fn resolving(release: Release, query: &str) -> ResolvingIdentity<ManageRequest> {
    let (awaiting, events) = landing(release, query).proceed(at(1));
    assert_eq!(events[0].row, Some("A6"));
    awaiting.response(at(2)).0
}

/// The overview of the person, by what the store of a scene holds.
fn overview(scene: &Scene, query: &str) -> Overview {
    let consents = wait(scene.store.consents(BSN.parse().unwrap())).unwrap();
    let (overview, events) = resolving(scene.release, query)
        .overview(person(), consents, at(3))
        .unwrap();
    let rows: Vec<_> = events.iter().filter_map(|event| event.row).collect();
    assert_eq!(rows, ["A13", "M1"]);
    overview
}

/// A scene with a long-term consent, and its refresh token.
fn with_consent(release: Release) -> (Scene, String) {
    let scene = Scene::langdurig(release);
    let refresh = scene.tokens().refresh.unwrap();
    (scene, refresh)
}

#[test]
fn m0_client_and_redirect_uri_are_verified_if_they_are_given() {
    for release in RELEASES {
        let opens = |query: &str| matches!(open(release, query), ManageOpened::Landing { .. });
        assert_eq!(opens(WAY_BACK), release.langdurige_toestemming(), "{release}");
        assert_eq!(opens(""), release.langdurige_toestemming(), "{release}");
    }
    let release = Release::R2_2;
    for wrong in [
        WAY_BACK.replace("client_id=medmij.deenigeechtepgo.nl", "client_id=evil.nl"),
        WAY_BACK.replace("deenigeechtepgo.nl%2Fcb", "deenigeechtepgo.nl.evil.nl%2Fcb"),
        WAY_BACK.replace("client_id=medmij.deenigeechtepgo.nl&", ""),
        format!("{WAY_BACK}&client_id=medmij.deenigeechtepgo.nl"),
        WAY_BACK.replace("client_id=medmij.deenigeechtepgo.nl", "client_id=a%20b"),
    ] {
        let ManageOpened::ErrorPage { cause, .. } = open(release, &wrong) else {
            panic!("{wrong}")
        };
        assert!(cause.is_some(), "{wrong}");
    }
    let post = http::Request::post(format!("/toestemmingen?{WAY_BACK}"))
        .body(())
        .unwrap();
    let opened = dva::manage(&post, release, &Lists::new(release, &["48"]), at(0));
    assert!(matches!(
        opened,
        ManageOpened::ErrorPage {
            cause: Some(medmij_oauth::UnverifiedClient::Method),
            ..
        }
    ));
}

#[test]
fn m1_a13_the_overview_has_every_consent_of_this_person_and_no_other() {
    for release in releases() {
        let (scene, _) = with_consent(release);
        let shown = overview(&scene, WAY_BACK);
        let [consent] = shown.consents() else {
            panic!("{:?}", shown.consents())
        };
        assert_eq!(
            (consent.client_id.as_str(), consent.aanbieder.as_str()),
            (CLIENT_ID, "umcharderwijk@medmij")
        );
        assert_eq!(consent.gegevensdiensten, set(&["48", "51"]));
        let others = wait(scene.store.consents("999990020".parse().unwrap())).unwrap();
        assert!(others.is_empty());
        // One that was unused for half a year is not valid any more.
        let expired = vec![Consent::clone(consent)];
        let (late, _) = resolving(release, "")
            .overview(person(), expired, consent.expires_at)
            .unwrap();
        assert!(late.consents().is_empty());
    }
}

#[test]
fn a14_nobody_manages_for_someone_else() {
    let identity = Identity::represented(BSN.parse().unwrap(), Representation::OnBehalfOf, None);
    let refused = resolving(Release::R2_2, WAY_BACK).overview(identity, Vec::new(), at(3));
    let (exception, events) = refused.unwrap_err();
    assert_eq!(exception, ExceptionCode::AuthorizationInterfaceVertegenwoordiging2);
    assert_eq!(events[0].row, Some("A14"));
}

#[test]
fn m2_m3_t7_f_35_a_withdrawal_is_logged_and_nothing_works_any_more() {
    for release in releases() {
        let (scene, refresh) = with_consent(release);
        let shown = overview(&scene, WAY_BACK);
        let family = shown.consents()[0].family;
        let (confirming, events) = shown.select(family, at(4)).unwrap();
        assert_eq!(events[0].row, Some("M2"));
        assert_eq!(confirming.consent().family, family);
        let withdrawing = confirming.confirm(text_version(), at(5));
        let record = withdrawing.record();
        assert_eq!(
            (record.declaration, record.answer, record.bsn.expose(), record.at),
            (
                Declaration::BeeindigingsverklaringToestemming,
                DeclarationAnswer::Given,
                BSN,
                at(5)
            )
        );
        wait(scene.store.revoke(withdrawing.family())).unwrap();
        let (left, events) = withdrawing.revoked(at(6));
        let rows: Vec<_> = events.iter().filter_map(|event| event.row).collect();
        assert_eq!(rows, ["M3", "M3"]);
        assert!(left.consents().is_empty());
        assert_eq!(
            scene.offer_at(&scene.refresh_request(&refresh), 120),
            (400, INVALID_GRANT.to_owned())
        );
        assert!(overview(&scene, "").consents().is_empty());
    }
}

#[test]
fn m2_only_what_is_shown_can_be_chosen() {
    let (scene, _) = with_consent(Release::R2_2);
    let shown = overview(&scene, WAY_BACK);
    let same = shown.select(Digest::of(b"another"), at(4)).unwrap_err();
    assert_eq!(same.consents().len(), 1);
}

#[test]
fn m4_m7_who_does_not_confirm_withdraws_nothing() {
    let (scene, refresh) = with_consent(Release::R2_2);
    let shown = overview(&scene, WAY_BACK);
    let family = shown.consents()[0].family;
    let (confirming, _) = shown.select(family, at(4)).unwrap();
    let (again, events) = confirming.clone().cancel(at(5));
    assert_eq!((again.consents().len(), events[0].row), (1, Some("M4")));
    let events = Session::BeherenToestemmingen(ManageSession::Confirming(confirming)).close(at(5));
    assert_eq!(events[0].row, Some("M7"));
    assert_eq!(scene.offer_at(&scene.refresh_request(&refresh), 120).0, 200);
}

#[test]
fn m5_m6_back_only_where_that_was_verified() {
    let (scene, _) = with_consent(Release::R2_2);
    let back = format!("{REDIRECT_URI}?state=s-1");
    for (query, expected) in [
        (WAY_BACK, Some(back.as_str())),
        ("state=s-1", None),
        ("client_id=medmij.deenigeechtepgo.nl", None),
    ] {
        let shown = overview(&scene, query);
        assert_eq!(shown.has_way_back(), expected.is_some());
        let (redirect, events) = shown.back_to_pgo(at(4));
        assert_eq!(redirect.as_ref().map(|redirect| redirect.location()), expected);
        assert_eq!(events[0].row, Some(if expected.is_some() { "M5" } else { "M6" }));
        // A cancel at the landing page, and the page of what is not granted, lead back by the same redirect.
        let (redirect, _) = landing(Release::R2_2, query).cancel(at(1));
        assert_eq!(redirect.as_ref().map(|redirect| redirect.location()), expected);
        let (not_granted, _) = resolving(Release::R2_2, query).failed(at(3));
        let (redirect, _) = not_granted.back_to_pgo(at(4));
        assert_eq!(redirect.as_ref().map(|redirect| redirect.location()), expected);
    }
    let without_state = overview(&scene, WAY_BACK.split("&state").next().unwrap())
        .back_to_pgo(at(4))
        .0;
    assert_eq!(without_state.unwrap().location(), REDIRECT_URI);
}

#[test]
fn m6_a_closed_screen_ends_it() {
    let (scene, _) = with_consent(Release::R2_2);
    let session = Session::BeherenToestemmingen(ManageSession::Overview(overview(&scene, WAY_BACK)));
    assert_eq!(session.close(at(4))[0].row, Some("M6"));
    let (awaiting, _) = landing(Release::R2_2, WAY_BACK).proceed(at(1));
    let (step, events) = awaiting.cancelled(at(2));
    assert_eq!(events[0].row, Some("A9"));
    let CancelStep::Cancelled(cancelled) = step else {
        panic!("{step:?}")
    };
    assert_eq!(cancelled.clone().retry(at(3)).1[0].row, Some("A11"));
    let session = Session::BeherenToestemmingen(ManageSession::AuthenticationCancelled(cancelled));
    assert_eq!(session.close(at(3))[0].row, Some("A11b"));
}

#[test]
fn a23_a_failure_shows_its_page_and_withdraws_nothing() {
    let (scene, refresh) = with_consent(Release::R2_2);
    let shown = overview(&scene, WAY_BACK);
    let family = shown.consents()[0].family;
    let withdrawing = shown.select(family, at(4)).unwrap().0.confirm(text_version(), at(5));
    let (step, events) = withdrawing.technical_failure(TechnicalError::ServerError, at(6));
    assert_eq!(events[0].row, Some("A23"));
    let FailureStep::ManagePage(shown) = step else {
        panic!("{step:?}")
    };
    let (redirect, _) = shown.back_to_pgo(at(7));
    assert_eq!(redirect.unwrap().location(), format!("{REDIRECT_URI}?state=s-1"));
    assert_eq!(scene.offer_at(&scene.refresh_request(&refresh), 120).0, 200);
    let session = Session::BeherenToestemmingen(ManageSession::Landing(landing(Release::R2_2, "")));
    let (step, _) = session.technical_failure(TechnicalError::ServerError, at(6));
    let FailureStep::ManagePage(shown) = step else {
        panic!("{step:?}")
    };
    assert!(shown.back_to_pgo(at(7)).0.is_none());
}
