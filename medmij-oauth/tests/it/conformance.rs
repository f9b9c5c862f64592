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

    /// One line for each event that the chain log names, with one trace id on both sides and no person in it.
    f_40_both_sides_tell_one_chain_line_by_line(release) {
        let lists = Lists::new(release, &["48"]);
        let begun = begun(release, &["48"]);
        let mut events = begun.events.clone();
        let settings = medmij_oauth::AuthorizationSettings::default();
        let opened = medmij_oauth::dva::open(&visit(begun.redirect.location()), release, &lists, &settings, at(1));
        let awaiting = match opened {
            medmij_oauth::dva::Opened::Landing { landing, events: opened } => {
                events.extend(opened);
                let (awaiting, proceeded) = landing.proceed(at(2));
                events.extend(proceeded);
                awaiting
            }
            medmij_oauth::dva::Opened::Authenticate { awaiting, events: opened } => {
                events.extend(opened);
                awaiting
            }
            other => panic!("{other:?}"),
        };
        let (resolving, responded) = awaiting.response(at(3));
        events.extend(responded);
        let (_, identified) = resolving.identity(person(), medmij_core::TestMoment::Early, at(4));
        events.extend(identified);

        let host = CLIENT_ID.parse().unwrap();
        let lines: Vec<_> = events
            .iter()
            .filter_map(|event| medmij_core::ChainLine::of(event, Some("s"), Some(&host), None))
            .collect();
        let names = medmij_core::ChainNames::new("moment", "event", "from", "to");
        let json: Vec<serde_json::Value> =
            lines.iter().map(|line| serde_json::to_value(names.line(line)).unwrap()).collect();
        let told: Vec<_> = json.iter().map(|line| line["event"].as_str().unwrap()).collect();
        let mut wanted = vec![
            "send_authorization_request",
            "receive_authorization_request",
            "show_landing_page",
            "send_authentication_request",
            "receive_authentication_response",
            "send_artifact_resolution_request",
        ];
        wanted.retain(|name| release.landing_page() || *name != "show_landing_page");
        assert_eq!(told, wanted);
        let chain = release.ids_in_authorization_request().then(|| begun.pending.correlation_id().as_str());
        // The DVP has made an id in every release; the DVA knows it where the request tells it.
        assert_eq!(json[0]["trace_id"], begun.pending.correlation_id().as_str());
        assert!(json[1..].iter().all(|line| line["trace_id"].as_str() == chain), "{json:#?}");
        assert!(!format!("{json:?}").contains(BSN));
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

proptest::proptest! {
    /// Whatever a caller asks for: a request that can be made holds no BSN, in its address, its header fields or its body, however
    /// it is written, unless the caller's own document does.
    #[test]
    fn f_12_no_request_holds_a_bsn(
        before in "[A-Za-z]{1,8}(/[a-z0-9]{0,5}[a-z-])?(\\?[a-z]{1,5}=)?",
        times in 0_usize..3,
        behind in "[a-z&=|,]{0,6}",
        release in proptest::sample::select(RELEASES.as_slice()),
    ) {
        let written = |times: usize| {
            let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
            (0..times).fold(BSN.to_owned(), |text, _| escape(&text))
        };
        let path = format!("{before}{}{behind}", written(times));
        let query = medmij_oauth::dvp::ResourceQuery::new(
            "48".parse().unwrap(), "ROL".parse().unwrap(), &path, "application/fhir+json",
        );
        let placement = medmij_oauth::dvp::Placement::post(
            "53".parse().unwrap(), "ROL".parse().unwrap(), &path, "application/fhir+json", b"{}".to_vec(),
        );
        proptest::prop_assert!(query.is_err() && placement.is_err(), "{path} in {release}");

        // What is sent of a run whose person has this BSN: the DVP never learns it.
        let begun = begun(release, &["48"]);
        proptest::prop_assert!(!begun.redirect.location().contains(BSN));
        let ready = ready_with(release, &["48"], vec![query_of_path(&before)]);
        let step = ready.next(at(62), &mut Counting(9)).unwrap();
        if let medmij_oauth::dvp::NextStep::Send(outgoing) = step {
            let request = outgoing.request;
            let mut text = request.uri().to_string();
            for value in request.headers().values() {
                text.push_str(&String::from_utf8_lossy(value.as_bytes()));
            }
            text.push_str(&String::from_utf8_lossy(request.body()));
            proptest::prop_assert!(!text.contains(BSN));
        }
    }
}

/// A query whose path is right, as far as a generated one is.
fn query_of_path(path: &str) -> medmij_oauth::dvp::ResourceQuery {
    let new =
        |path: &str| medmij_oauth::dvp::ResourceQuery::new("48".parse().unwrap(), "ROL".parse().unwrap(), path, "a/b");
    new(path).unwrap_or_else(|_| new("Patient").unwrap())
}
