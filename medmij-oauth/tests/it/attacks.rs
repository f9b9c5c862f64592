//! Attacks, one function each, with the section of RFC 6819 or RFC 9700 that describes it.

use medmij_core::{AccessToken, AuthorizationCode, ClientIdentity, RedirectUri, Release, State, TokenClientId};
use medmij_oauth::dva::{Opened, Session};
use medmij_oauth::dvp::{PendingStore, ReplyStep, StoredPending};
use medmij_oauth::{AuthorizationReply, AuthorizationSettings, MemoryStore, Redirect};
use proptest::prelude::*;

use crate::authorization_server::{changed, is_right, lists, open};
use crate::drivers::now_or_never as wait;
use crate::pair::*;
use crate::scene::{INVALID_GRANT, INVALID_REQUEST, Scene, text};

/// Where an answer sends the browser, if anywhere, at once or on the person's click.
fn destination(opened: Opened) -> Option<Redirect> {
    match opened {
        Opened::ErrorPage { .. } => None,
        Opened::Redirect { redirect, .. } => Some(redirect),
        Opened::InvalidRequest { shown, .. } => Some(shown.back_to_pgo(at(1)).0),
        Opened::Landing { landing, .. } => Some(landing.cancel(at(1)).0),
        Opened::Authenticate { awaiting, .. } => Some(awaiting.failed(at(1)).0.back_to_pgo(at(2)).0),
    }
}

/// The forms by which a URI pretends to be of `pgo.nl`.
const PRETENDERS: &[&str] = &[
    "https://pgo.nl.evil.com",
    "https://pgo.nl.evil.com/",
    "https://pgo.nl@evil.com",
    "https://pgo.nl:443@evil.com/",
    "https://evil.com/pgo.nl",
    "https://evil.com?pgo.nl",
    "https://evil.com#pgo.nl",
    "https://evil.com\\@pgo.nl/",
    "https://pgo.nl\\.evil.com/",
    "https://pgo.nl\\@evil.com/",
    "https://pgo.nl:444",
    "https://pgo.nl:443",
    "https://pgo.nl:443/cb",
    "https://pgo.nl:",
    "https://pgo.nl:/cb",
    "//pgo.nl/cb",
    "///pgo.nl/cb",
    "/cb",
    "https:/pgo.nl/cb",
    "https:pgo.nl/cb",
    "https:\\\\pgo.nl/cb",
    "https:///pgo.nl/cb",
    "https://pgo.nl\\cb",
    "https://pgo.nl%2Fcb",
    "https://pgo.nl%2f.evil.com/",
    "https://pgo.nl%40evil.com/",
    "https://pgo.nl%00.evil.com/",
    "https://pgo%2enl/cb",
    "https://PGO.nl/cb",
    "https://pgo.NL/cb",
    "HTTPS://pgo.nl/cb",
    "Https://pgo.nl/cb",
    "http://pgo.nl/cb",
    "javascript://pgo.nl/%0aalert(1)",
    "data:text/html,pgo.nl",
    "pgo.nl",
    "pgo.nl://cb",
    "https://pgo.nl./cb",
    "https://pgo.nl.",
    "https://.pgo.nl/cb",
    "https://www.pgo.nl/cb",
    "https://pgo.n1/cb",
    "https://pgo。nl/cb",
    "https://ｐｇｏ.nl/cb",
    "https://pgо.nl/cb",
    "https://xn--pg-fmc.nl/cb",
    "https://pgo.nl\u{200B}/cb",
    "https://user@pgo.nl/cb",
    "https://user:secret@pgo.nl/cb",
    "https://@pgo.nl/cb",
    "https://pgo.nl/cb#fragment",
    "https://pgo.nl/cb#",
    "https://pgo.nl#",
    "https://pgo.nl/cb?next=https://evil.com",
    "https://pgo.nl/cb?",
    "https://pgo.nl?",
    "https://pgo.nl/a b",
    "https://pgo.nl/a\tb",
    "https://pgo.nl/a\r\nSet-Cookie: x",
    "https://pgo.nl/a%",
    "https://pgo.nl/a%0",
    "https://pgo.nl/é",
    " https://pgo.nl/cb",
    "https://pgo.nl/cb ",
    "\thttps://pgo.nl/cb",
    "ht\ttps://pgo.nl/cb",
    "https://pg\no.nl/cb",
    "https://1.2.3.4/cb",
    "https://[::1]/cb",
    "https://2130706433/cb",
    "https://0x7f.1/cb",
    "https://nl/cb",
    "https://*.nl/cb",
    "https://",
    "https:///",
    "",
];

#[test]
fn rfc9700_4_1_insufficient_redirect_uri_validation() {
    let client_id = "pgo.nl".parse().unwrap();
    for uri in PRETENDERS {
        assert!(RedirectUri::for_client(uri, &client_id).is_err(), "{uri:?}");
    }
    for uri in [
        "https://pgo.nl",
        "https://pgo.nl/",
        "https://pgo.nl/cb",
        "https://pgo.nl/a/b%2Fc/;x=1,2@:~",
    ] {
        assert!(RedirectUri::for_client(uri, &client_id).is_ok(), "{uri:?}");
    }
}

#[test]
fn rfc6819_4_1_5_open_redirector_on_the_client_and_4_2_4_on_the_server() {
    for release in RELEASES {
        for uri in PRETENDERS {
            let uri = uri.replace("pgo.nl", CLIENT_ID);
            let opened = open(release, &changed(release, "redirect_uri", Some(&uri)));
            assert!(
                matches!(opened, Opened::ErrorPage { .. }),
                "{release} {uri:?} {opened:?}"
            );
            // Nor with everything else wrong as well.
            let query = changed(release, "redirect_uri", Some(&uri)) + "&response_type=x&scope=y";
            assert!(destination(open(release, &query)).is_none(), "{uri:?}");
        }
    }
}

#[test]
fn rfc9700_4_11_2_the_authorization_server_as_open_redirector() {
    // Not even a known client's other host, or a known host of another client.
    for release in RELEASES {
        for (client_id, uri) in [(CLIENT_ID, "https://other.pgo.nl/cb"), ("other.pgo.nl", REDIRECT_URI)] {
            let query = changed(release, "client_id", Some(client_id)).replace(
                "redirect_uri=https%3A%2F%2Fmedmij.deenigeechtepgo.nl%2Fcb",
                &format!(
                    "redirect_uri={}",
                    url::form_urlencoded::byte_serialize(uri.as_bytes()).collect::<String>()
                ),
            );
            assert!(matches!(open(release, &query), Opened::ErrorPage { .. }), "{query}");
        }
    }
}

#[test]
fn rfc6819_4_4_1_13_code_substitution_at_another_client() {
    for release in RELEASES {
        // Refused and burnt: the certificate is that of the client.
        let victim = Scene::new(release);
        let client = ClientIdentity::from_names(["other.pgo.nl"]);
        let request = match release.token_client_id() {
            TokenClientId::Mandatory => victim.changed(CLIENT_ID, "other.pgo.nl"),
            TokenClientId::NotUsed => victim.request.clone(),
        };
        assert_eq!(
            text(&victim.answer(&request, Some(&client), 61)),
            (400, INVALID_GRANT.into())
        );
        assert_eq!(victim.offer(&victim.request), (400, INVALID_GRANT.into()));
    }
}

/// A code that was stolen before it was offered, put into the thief's own run at the same client: MedMij has no defence
/// against it but that codes are hard to steal; PKCE is one, where it is agreed.
#[test]
fn rfc9700_4_5_code_injection() {
    use crate::pkce::{exchanged, other_verifier};
    for release in RELEASES {
        let (agreed, not) = (medmij_oauth::Pkce::Agreed, medmij_oauth::Pkce::NotAgreed);
        assert_eq!(
            exchanged(release, agreed, agreed, other_verifier),
            400,
            "the thief has a verifier of their own"
        );
        assert_eq!(exchanged(release, not, not, str::to_owned), 200);
    }
}

/// A reply that another browser brings is not for the run.
#[test]
fn rfc9700_4_7_csrf_with_a_reply_of_the_attacker() {
    for release in RELEASES {
        let own = begun(release, &["48"]);
        let state = parameter(own.redirect.location(), "state").unwrap();
        let store = MemoryStore::new();
        let key = own.pending.key();
        let stored = StoredPending::new(medmij_core::Digest::of(b"attacker"), own.pending);
        let _ = wait(store.put_pending(key, stored));
        let reply = AuthorizationReply::parse(&format!("code=x&state={state}"));
        let state = reply.state().unwrap().digest();
        let taken = wait(store.take_pending(state, medmij_core::Digest::of(b"victim"))).unwrap();
        assert!(taken.is_none());
    }
}

#[test]
fn rfc6819_4_4_1_1_code_replay() {
    for release in RELEASES {
        let scene = Scene::new(release);
        let tokens = scene.tokens();
        for _ in 0..3 {
            assert_eq!(scene.offer(&scene.request), (400, INVALID_GRANT.into()));
        }
        assert!(scene.grant(&tokens.access).is_none(), "and the first token is revoked");
    }
}

#[test]
fn rfc9700_4_4_mix_up() {
    // A code that an attacker's server sent is offered to the server that the run was begun at, and to no other.
    for release in RELEASES {
        let begun = begun(release, &["48"]);
        let state = parameter(begun.redirect.location(), "state").unwrap();
        let query = format!("code=of-the-attacker&state={state}&iss=https://evil.com&token_endpoint=https://evil.com");
        let ReplyStep::Exchange(exchange) = reply(begun, &query) else {
            panic!("no exchange")
        };
        assert_eq!(exchange.request.uri().host(), Some("ts.dva.nl"));
    }
}

#[test]
fn rfc6819_4_4_1_8_csrf_against_the_redirect_uri() {
    for release in RELEASES {
        for query in [
            "code=x",
            "code=x&state=",
            "code=x&state=guessed",
            "error=access_denied&state=guessed",
        ] {
            let step = reply(begun(release, &["48"]), query);
            assert!(matches!(step, ReplyStep::Stray { .. }), "{query}");
        }
        // A state that was used is not used again.
        let store = MemoryStore::new();
        let pending = begun(release, &["48"]).pending;
        let (key, session) = (pending.key(), medmij_core::Digest::of(b"s"));
        let _ = wait(store.put_pending(key, StoredPending::new(session, pending)));
        assert!(wait(store.take_pending(key, session)).unwrap().is_some());
        assert!(wait(store.take_pending(key, session)).unwrap().is_none());
    }
}

#[test]
fn rfc6819_4_4_1_7_code_for_another_redirect_uri() {
    for release in RELEASES {
        for other in [
            "https://medmij.deenigeechtepgo.nl/other",
            "https://evil.com/cb",
            "https://medmij.deenigeechtepgo.nl/CB",
        ] {
            let scene = Scene::new(release);
            let encoded: String = url::form_urlencoded::byte_serialize(other.as_bytes()).collect();
            let request = scene.changed("https%3A%2F%2Fmedmij.deenigeechtepgo.nl%2Fcb", &encoded);
            assert_eq!(scene.offer(&request), (400, INVALID_GRANT.into()), "{other}");
        }
    }
}

#[test]
fn rfc6819_4_4_1_12_manufactured_codes() {
    let scene = Scene::new(Release::R2_2);
    for guess in 0..1_000 {
        let request = scene.changed(&scene.code, &format!("{guess:064x}"));
        assert_eq!(scene.offer(&request), (400, INVALID_GRANT.into()));
    }
    assert_eq!(
        scene.offer(&scene.request).0,
        200,
        "and the right one is none the worse for it"
    );
}

/// No redirect follows by itself but that to the login, and the person's answers are steps of their own. Clickjacking
/// (4.4.1.9) is for the pages, which the tests of the examples look at.
#[test]
fn rfc6819_4_4_1_10_impersonating_the_person() {
    for release in RELEASES.into_iter().filter(|release| release.landing_page()) {
        assert!(matches!(
            open(release, &changed(release, "x", None)),
            Opened::Landing { .. }
        ));
    }
}

#[test]
fn rfc6819_4_4_1_11_denial_of_service_by_unused_sessions() {
    use medmij_oauth::dva::SessionStore;
    let store = MemoryStore::new();
    let begun = begun(Release::R2_2, &["48"]);
    let lists = lists(Release::R2_2);
    let session = Session::AwaitingAuthentication(authenticating(&lists, Release::R2_2, &begun));
    let _ = wait(store.put_session(begun.pending.key(), session, at(900)));
    store.drop_expired(at(900));
    let gone = format!("{store:?}");
    assert!(gone.contains("sessions: {}"), "{gone}");
}

#[test]
fn rfc9700_4_1_parameter_pollution() {
    for release in RELEASES {
        for (name, second) in [
            ("client_id", "other.pgo.nl"),
            ("redirect_uri", "https://evil.com"),
            ("client%5Fid", "other.pgo.nl"),
            ("%72edirect_uri", "https://evil.com"),
        ] {
            for query in [
                format!("{name}={second}&{}", changed(release, "x", None)),
                format!("{}&{name}={second}", changed(release, "x", None)),
            ] {
                assert!(matches!(open(release, &query), Opened::ErrorPage { .. }), "{query}");
            }
        }
        for name in ["response_type", "scope", "state", "%73cope"] {
            let opened = open(release, &(changed(release, "x", None) + &format!("&{name}=code")));
            assert!(!is_right(&opened), "{name}");
            let location = destination(opened).unwrap();
            assert!(location.location().starts_with(REDIRECT_URI), "{name}");
        }
        let scene = Scene::new(release);
        for name in ["code", "grant_type", "redirect_uri", "%63ode"] {
            let request = scene.changed("redirect_uri=", &format!("{name}=x&redirect_uri="));
            assert_eq!(scene.offer(&request), (400, INVALID_REQUEST.into()), "{name}");
        }
        assert_eq!(scene.offer(&scene.request).0, 200, "nothing was burnt");
    }
}

#[test]
fn rfc6819_4_4_1_11_everything_oversized() {
    for release in RELEASES {
        let long = "a".repeat(15_000);
        for name in ["client_id", "redirect_uri"] {
            assert!(matches!(
                open(release, &changed(release, name, Some(&long))),
                Opened::ErrorPage { .. }
            ));
        }
        for name in ["scope", "state", "response_type"] {
            let location = destination(open(release, &changed(release, name, Some(&long)))).unwrap();
            assert!(location.location().len() < 600, "{name}: nothing of it comes back");
            let state = changed(release, "state", Some(&"s".repeat(4_096)));
            assert!(
                destination(open(release, &state)).unwrap().location().len() < 4_300,
                "a state of any legal length"
            );
        }
        let huge = changed(release, "x", None) + "&y=" + &"a".repeat(20_000);
        assert!(matches!(open(release, &huge), Opened::ErrorPage { .. }));
        let scene = Scene::new(release);
        for body in [
            "a".repeat(1 << 20),
            "a=1&".repeat(1_000),
            format!("code={}", "a".repeat(10_000)),
        ] {
            assert_eq!(scene.offer(&scene.with_body(&body)), (400, INVALID_REQUEST.into()));
        }
        let step = reply(begun(release, &["48"]), &format!("code={long}&state={long}"));
        assert!(matches!(step, ReplyStep::Stray { .. }));
    }
    assert!("a".repeat(4_097).parse::<State>().is_err());
    assert!("a".repeat(4_097).parse::<AuthorizationCode>().is_err());
    assert!("a".repeat(4_097).parse::<AccessToken>().is_err());
}

#[test]
fn rfc9700_4_11_header_injection() {
    for release in RELEASES {
        for state in ["a%0D%0ASet-Cookie:%20x=y", "a%0a", "a%00", "%E2%80%A8", "a%7F"] {
            let query = changed(release, "state", None) + "&state=" + state;
            let location = destination(open(release, &query)).unwrap();
            assert_eq!(
                location.location(),
                format!("{REDIRECT_URI}?error=invalid_request"),
                "{state}"
            );
        }
        // What may stand in a state comes back byte for byte, encoded.
        let query = changed(release, "state", None) + "&state=%22%27%3C%3E%26%3D%23%25%20%2B%7E";
        let location = destination(open(release, &query)).unwrap();
        assert_eq!(parameter(location.location(), "state").as_deref(), Some("\"'<>&=#% +~"));
        let response = location.to_response();
        assert_eq!(response.headers().len(), 3);
    }
}

/// The attacker leaves the challenge out of the request; the client's verifier then shows it.
#[test]
fn rfc9700_4_8_pkce_downgrade() {
    use crate::pkce::{exchanged, other_verifier, without_verifier};
    let (agreed, not) = (medmij_oauth::Pkce::Agreed, medmij_oauth::Pkce::NotAgreed);
    for release in RELEASES {
        assert_eq!(
            exchanged(release, not, agreed, other_verifier),
            400,
            "no challenge, but a verifier"
        );
        assert_eq!(
            exchanged(release, agreed, agreed, without_verifier),
            400,
            "a challenge, but no verifier"
        );
    }
}

#[test]
fn rfc9700_4_14_refresh_token_replay() {
    let scene = Scene::langdurig(Release::R2_2);
    let first = scene.tokens();
    let stolen = scene.refresh_request(first.refresh.as_ref().unwrap());
    assert_eq!(scene.offer_at(&stolen, 100).0, 200, "the thief is first");
    assert_eq!(
        scene.offer_at(&stolen, 101),
        (400, INVALID_GRANT.into()),
        "the owner is refused"
    );
    assert!(
        scene.grant(&first.access).is_none(),
        "and the thief has nothing any more"
    );
}

#[test]
fn rfc6819_5_1_4_1_3_no_secret_is_stored_in_the_clear_and_none_is_compared_by_the_store() {
    // By construction: a store knows digests only, so no comparison stops at the first byte that differs; where two secrets
    // meet they are compared by `subtle`, and their type has no other equality.
    let store = format!("{:?}", Scene::langdurig(Release::R2_2).store);
    let scene = Scene::langdurig(Release::R2_2);
    let tokens = scene.tokens();
    let kept = format!("{:?}{store}", scene.store);
    for secret in [&scene.code, &tokens.access, tokens.refresh.as_ref().unwrap()] {
        assert!(!kept.contains(secret.as_str()), "no secret is in the store");
    }
    let (a, b): (State, State) = ("aaaa".parse().unwrap(), "aaab".parse().unwrap());
    assert!(a != b && a == a.clone());
}

#[test]
fn rfc9700_4_12_a_307_would_send_the_form_on() {
    for release in RELEASES {
        let opened = open(release, &changed(release, "scope", Some("x")));
        assert_eq!(destination(opened).unwrap().to_response().status(), 302);
    }
}

#[test]
fn authint_201_another_method_is_no_authorization_request() {
    for release in RELEASES {
        let uri = format!("https://as.dva.nl/auth?{}", changed(release, "x", None));
        for method in ["POST", "PUT", "HEAD", "OPTIONS"] {
            let request = http::Request::builder().method(method).uri(&uri).body(()).unwrap();
            let settings = AuthorizationSettings::default();
            let opened = medmij_oauth::dva::open(&request, release, &lists(release), &settings, start());
            assert!(matches!(opened, Opened::ErrorPage { .. }), "{method}");
        }
    }
}

proptest! {
    /// Whatever stands in the parameters: nothing is redirected but to the client's own host.
    #[test]
    fn rfc9700_4_11_2_no_request_redirects_elsewhere(
        client in prop::sample::select(vec![CLIENT_ID, "other.pgo.nl", "evil.com", ""]),
        uri in prop::sample::select(PRETENDERS.to_vec()),
        host in prop::sample::select(vec![CLIENT_ID, "other.pgo.nl", "evil.com"]),
        tail in "[ -~]{0,40}",
        which in 0_usize..9,
    ) {
        let release = Release::ALL[which];
        let uri = uri.replace("pgo.nl", host);
        let tail: String = tail.replace(['#', '"', '<', '>', '\\', '^', '`', '{', '|', '}', ' '], "");
        let query = changed(release, "client_id", Some(client)).replace(
            "https%3A%2F%2Fmedmij.deenigeechtepgo.nl%2Fcb",
            &url::form_urlencoded::byte_serialize(uri.as_bytes()).collect::<String>(),
        ) + "&" + &tail;
        if let Some(redirect) = destination(open(release, &query)) {
            let rest = redirect.location().strip_prefix("https://").unwrap();
            let rest = rest.strip_prefix(client).unwrap();
            prop_assert!(rest.starts_with('/') || rest.starts_with('?'), "{}", redirect.location());
        }
    }
}
