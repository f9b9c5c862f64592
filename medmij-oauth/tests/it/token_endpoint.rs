//! The token endpoint with a code: rows T1 to T4 of flows.md 4.3, beyond the tables of oauth.md.

use medmij_core::{GrantedForm, Release};
use medmij_oauth::dva::{GrantStore, TakenCode};

use crate::drivers::now_or_never as wait;
use crate::pair::*;
use crate::scene::{Consent, INVALID_GRANT, INVALID_SCOPE, Scene, Tokens};

fn digest(scene: &Scene) -> medmij_core::Digest {
    scene.code.parse::<medmij_core::AuthorizationCode>().unwrap().digest()
}

#[test]
fn t1_a_token_for_a_code() {
    for release in RELEASES {
        let scene = Scene::new(release);
        let (status, body) = scene.offer(&scene.request);
        let json: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (status, &json["token_type"], &json["expires_in"]),
            (200, &"Bearer".into(), &900.into())
        );
        assert!(json.get("refresh_token").is_none(), "the consent holds for this run");
        let tokens = Tokens::read(&body);
        let scope = (release.major() == 2).then_some("48");
        assert_eq!(
            tokens.scope.as_deref(),
            scope,
            "mandatory in 2.x, needless when it is the same before"
        );
        let grant = scene.grant(&tokens.access).unwrap();
        assert_eq!((grant.expires_at, grant.gegevensdiensten), (at(960), set(&["48"])));
        assert_eq!((grant.family, grant.tested, grant.dagen), (digest(&scene), true, None));
    }
}

#[test]
fn tknint_201_a_narrower_scope_is_told_in_the_form_of_the_release() {
    for release in [Release::R1_5, Release::R1_6, Release::R2_2] {
        let lists = Lists::new(release, &["48", "51"]);
        let scene = Scene::of(release, lists, &["48", "51"], &["51"], Consent::Once);
        let expected = if release.major() == 2 { "51" } else { "umcharderwijk~51" };
        assert_eq!(scene.tokens().scope.as_deref(), Some(expected), "{release}");
    }
}

#[test]
fn tknint_201_a_deployment_chooses_the_form_where_the_framework_does_not() {
    for (release, expected) in [
        (Release::R2_2, Some("umcharderwijk~48 umcharderwijk~51")),
        (Release::R1_5, None),
    ] {
        let lists = Lists::new(release, &["48", "51"]);
        let mut scene = Scene::of(release, lists, &["48", "51"], &["48", "51"], Consent::Once);
        scene.settings.granted_form = Some(GrantedForm::Combinations);
        assert_eq!(scene.tokens().scope.as_deref(), expected);
    }
}

#[test]
fn t1b_nothing_is_left_after_the_ocl_check() {
    let release = Release::R2_2;
    let lists = Lists::new(release, &["48", "51"]).limited(release, &["51"]);
    let narrowed = Scene::of(release, lists.clone(), &["48", "51"], &["48", "51"], Consent::Once);
    assert_eq!(narrowed.tokens().scope.as_deref(), Some("51"));
    let none = Scene::of(release, lists, &["48"], &["48"], Consent::Once);
    assert_eq!(none.offer(&none.request), (400, INVALID_SCOPE.into()));
    assert_eq!(
        none.offer(&none.request),
        (400, INVALID_GRANT.into()),
        "the code is burnt"
    );
}

#[test]
fn t3_autorisatie_205_a_code_lives_900_seconds() {
    for release in RELEASES {
        for (seconds, status) in [(899, 200), (900, 400), (901, 400)] {
            let scene = Scene::new(release);
            assert_eq!(scene.offer_at(&scene.request, seconds).0, status, "{seconds}");
        }
    }
}

#[test]
fn t7_a_revoked_code_cannot_be_exchanged() {
    let scene = Scene::new(Release::R2_2);
    wait(scene.store.revoke(digest(&scene))).unwrap();
    assert_eq!(scene.offer(&scene.request), (400, INVALID_GRANT.into()));
}

/// 64 threads offer one code over the whole endpoint, 10,000 times over.
#[test]
fn tknint_204_of_64_threads_one_gets_a_token() {
    const ROUNDS: usize = 10_000;
    const THREADS: usize = 64;
    let scenes: Vec<_> = (0..ROUNDS).map(|_| std::sync::OnceLock::<Scene>::new()).collect();
    let won: Vec<_> = (0..ROUNDS).map(|_| std::sync::atomic::AtomicUsize::new(0)).collect();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for (scene, won) in scenes.iter().zip(&won) {
                    let scene = scene.get_or_init(|| Scene::new(Release::R2_2));
                    if scene.offer(&scene.request).0 == 200 {
                        won.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert!(
        won.iter()
            .all(|won| won.load(std::sync::atomic::Ordering::Relaxed) == 1)
    );
}

#[test]
fn store_forgets_what_expired_and_nothing_else() {
    let scene = Scene::new(Release::R2_2);
    scene.offer(&scene.request);
    scene.store.drop_expired(at(1_799));
    assert!(
        matches!(wait(scene.store.take_code(digest(&scene))), Ok(TakenCode::UsedBefore)),
        "a token that it gave may live until 1800"
    );
    scene.store.drop_expired(at(1_800));
    assert!(matches!(
        wait(scene.store.take_code(digest(&scene))),
        Ok(TakenCode::Unknown)
    ));
    // With a refresh token the family lives for half a year.
    let scene = Scene::langdurig(Release::R2_2);
    scene.offer(&scene.request);
    scene.store.drop_expired(at(86_400 * 180));
    assert!(matches!(
        wait(scene.store.take_code(digest(&scene))),
        Ok(TakenCode::UsedBefore)
    ));
}

#[test]
fn tknint_200_a_code_of_another_release_is_not_for_this_endpoint() {
    let mut scene = Scene::langdurig(Release::R2_2);
    scene.release = Release::R1_1;
    let request = scene.changed(&format!("&client_id={CLIENT_ID}"), "");
    assert_eq!(scene.offer(&request), (400, INVALID_GRANT.into()));
}

#[test]
fn tknint_201_delen_and_abonneren_are_checked_against_the_ocl_too() {
    let release = Release::R2_2;
    let offer = offers(release, &["53"]).iter().next().unwrap().clone();
    let selected = dvp(release).delen(offer, vec![placement()]).unwrap();
    let (mut scene, _) = Scene::select(release, Lists::new(release, &["53"]), selected, &["53"]);
    scene.lists = scene.lists.limited(release, &["51"]);
    assert_eq!(scene.offer(&scene.request), (400, INVALID_SCOPE.into()));
}

/// Good, used, unknown and expired codes: what the request lacks is told the same for each.
#[test]
fn t2_tknint_205_without_a_redirect_uri_all_codes_look_alike() {
    for release in RELEASES {
        let lacking = |scene: &Scene| scene.changed("redirect_uri=https%3A%2F%2Fmedmij.deenigeechtepgo.nl%2Fcb", "");
        let (good, used, expired) = (Scene::new(release), Scene::new(release), Scene::new(release));
        let tokens = used.tokens();
        let unknown = Scene::new(release);
        let other = String::from_utf8(lacking(&unknown).into_body())
            .unwrap()
            .replace(&unknown.code, "unknown");
        let answers = [
            good.offer(&lacking(&good)),
            used.offer(&lacking(&used)),
            expired.offer_at(&lacking(&expired), 1_000),
            unknown.offer(&unknown.with_body(&other)),
        ];
        assert!(
            answers
                .iter()
                .all(|answer| *answer == (400, crate::scene::INVALID_REQUEST.into())),
            "{answers:?}"
        );
        assert!(
            used.grant(&tokens.access).is_none(),
            "a second offer revokes, whatever it lacks"
        );
    }
}
