//! Tests of flows.md 8.2 that go through several steps of a DVA; the others stand with the rows that they are about.

use std::collections::BTreeSet;

use medmij_oauth::dva::{CancelStep, GrantStore, TakenCode};
use medmij_oauth::{MemoryStore, Put};

use crate::drivers::now_or_never as wait;
use crate::pair::*;
use crate::per_release::rows;
use crate::scene::{INVALID_GRANT, Scene, Tokens};

rows! {
    /// Cancel at DigiD, then the login after all, then success.
    f_23_who_cancels_the_login_may_log_in_after_all(release) {
        let lists = Lists::new(release, &["48"]);
        let begun = begun(release, &["48"]);
        let awaiting = authenticating(&lists, release, &begun);
        let CancelStep::Cancelled(cancelled) = awaiting.cancelled(at(1)).0 else {
            assert!(!release.landing_page(), "no cancellation page before the landing page");
            return;
        };
        let (resolving, _) = cancelled.retry(at(2)).0.response(at(3));
        let (step, _) = resolving.identity(person(), medmij_core::TestMoment::Late, at(4));
        let medmij_oauth::dva::IdentityStep::Declare(declaration) = step else { panic!("{step:?}") };
        let issued = declaration.given(text_version(), at(5)).next.issue(at(5), &mut Counting(1)).unwrap();
        assert!(redirect(issued).starts_with(&format!("{REDIRECT_URI}?code=")));
    }

    /// The declaration is logged before there is a code: a crash before leaves nothing, and one between leaves a record without
    /// a code, never a code without a record.
    f_28_there_is_no_code_without_a_logged_declaration(release) {
        let lists = Lists::new(release, &["48"]);
        let begun = begun(release, &["48"]);
        let (store, mut log) = (MemoryStore::new(), Vec::new());
        let waiting = declaration(&lists, release, &begun, &["48"]);
        let answered = waiting.given(text_version(), at(5));
        // The step that makes a code comes out of the answer together with the record, and is no session that could be stored.
        log.push(answered.record.clone());
        drop(answered.next);
        assert_eq!(log.len(), 1);
        // After the crash the person answers again, and gets the one code there is.
        let again = declaration(&lists, release, &begun, &["48"]).given(text_version(), at(60));
        log.push(again.record.clone());
        let (location, _) = wait(medmij_oauth::dva::issue_code(again.next, &store, at(60), &mut Counting(3))).unwrap();
        let code: medmij_core::AuthorizationCode = parameter(location.location(), "code").unwrap().parse().unwrap();
        assert!(matches!(wait(store.take_code(code.digest())), Ok(TakenCode::Grant(grant)) if grant.bsn == log[1].bsn));
    }

    /// Another's certificate, or a form that cannot be read, and then the right request with the same code.
    f_30a_what_is_not_the_clients_own_offer_burns_nothing(release) {
        let scene = Scene::new(release);
        let other = medmij_core::ClientIdentity::from_names(["other.pgo.nl"]);
        // Without a `client_id`, as before 1.3, the other's certificate is an offer of the other's own.
        let names_itself = scene.request.body().windows(10).any(|window| window == b"client_id=");
        for client in [Some(&other).filter(|_| names_itself), None] {
            assert_ne!(scene.answer(&scene.request, client, 60).status(), 200);
        }
        let twice = scene.changed("grant_type=", "grant_type=authorization_code&grant_type=");
        assert_eq!(scene.offer(&twice).0, 400);
        assert_eq!(scene.offer(&scene.with_body("%%%")).0, 400);
        assert_eq!(scene.offer(&scene.request).0, 200, "T1");
    }

    /// A code used twice; a wrong or missing redirect URI; another client that is itself.
    f_30_a_code_is_for_one_offer_of_its_own_client(release) {
        let refused = (400, INVALID_GRANT.to_owned());
        let scene = Scene::new(release);
        let tokens = scene.tokens();
        assert_eq!(scene.offer(&scene.request), refused, "T4");
        assert!(scene.grant(&tokens.access).is_none(), "and what it gave is revoked");

        let scene = Scene::new(release);
        assert_eq!(scene.offer(&scene.changed("%2Fcb", "%2Fother")), refused);
        assert_eq!(scene.offer(&scene.request), refused);

        let scene = Scene::new(release);
        let without = scene.changed("redirect_uri=https%3A%2F%2Fmedmij.deenigeechtepgo.nl%2Fcb", "");
        assert_eq!(scene.offer(&without).0, 400);
        assert_eq!(scene.offer(&scene.request), refused);

        // Another client that offers it in its own name.
        let scene = Scene::new(release);
        let other = medmij_core::ClientIdentity::from_names(["other.pgo.nl"]);
        let body = String::from_utf8(scene.request.body().clone()).unwrap().replace(CLIENT_ID, "other.pgo.nl");
        assert_eq!(scene.answer(&scene.with_body(&body), Some(&other), 60).status(), 400);
    }

    /// Of many runs no two have a code or a token in common, and a store takes none twice.
    f_31_codes_and_tokens_are_unique(release) {
        let lists = Lists::new(release, &["48"]);
        let (mut random, mut made) = (Counting(0), BTreeSet::new());
        let store = MemoryStore::new();
        for run in 0..300 {
            let begun = begun(release, &["48"]);
            let given = declaration(&lists, release, &begun, &["48"]).given(text_version(), at(run));
            let issued = given.next.issue(at(run), &mut random).unwrap();
            let (key, grant) = (issued.key(), issued.grant().clone());
            assert_eq!(wait(store.put_code(key, grant.clone())), Ok(Put::Stored));
            assert_eq!(wait(store.put_code(key, grant)), Ok(Put::Exists), "a store takes no code twice");
            assert!(made.insert(parameter(&redirect(issued), "code").unwrap()));
        }
        if release.langdurige_toestemming() {
            let scene = Scene::langdurig(release);
            let mut refresh = scene.tokens().refresh.unwrap();
            for _ in 0..100 {
                let (status, body) = scene.offer(&scene.refresh_request(&refresh));
                assert_eq!(status, 200, "{body}");
                let tokens = Tokens::read(&body);
                refresh = tokens.refresh.unwrap();
                assert!(made.insert(tokens.access) && made.insert(refresh.clone()));
            }
        }
    }
}
