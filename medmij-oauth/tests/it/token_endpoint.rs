//! The token endpoint: rows T1 to T4 of flows.md 4.3, in the order of oauth.md 12, test 5.

use http::Method;
use medmij_core::{ClientIdentity, HttpRequest, HttpResponse, Release};
use medmij_oauth::MemoryStore;
use medmij_oauth::dva::{GrantStore, TakenCode, TokenEndpoint, TokenSettings};
use medmij_oauth::{GrantedForm, Put};

use crate::drivers::now_or_never as wait;
use crate::pair::*;

/// A DVA with one code issued, and the token request for it.
struct Scene {
    release: Release,
    lists: Lists,
    store: MemoryStore,
    request: HttpRequest,
    code: String,
}

fn scene_of(release: Release, lists: Lists, ids: &[&str], granted: &[&str]) -> Scene {
    let begun = begun(release, ids);
    let issued = issued(&lists, release, &begun, granted);
    let store = MemoryStore::new();
    assert_eq!(
        wait(store.put_code(issued.key(), issued.grant().clone())),
        Ok(Put::Stored)
    );
    let location = redirect(issued);
    let code = parameter(&location, "code").unwrap();
    let medmij_oauth::dvp::ReplyStep::Exchange(exchange) = reply(begun, query_of(&location)) else {
        panic!("no exchange")
    };
    Scene {
        release,
        lists,
        store,
        request: exchange.request,
        code,
    }
}

fn scene(release: Release) -> Scene {
    scene_of(release, Lists::new(release, &["48", "51"]), &["48"], &["48"])
}

impl Scene {
    fn offer_as(&self, request: &HttpRequest, client: Option<&ClientIdentity>, seconds: i64) -> HttpResponse {
        let settings = TokenSettings::default();
        let endpoint = TokenEndpoint {
            release: self.release,
            store: &self.store,
            directory: &self.lists,
            settings,
        };
        wait(endpoint.answer(request, client, at(seconds), &mut Counting(77))).0
    }

    fn offer(&self, request: &HttpRequest) -> (u16, String) {
        text(&self.offer_as(request, Some(&certificate()), 60))
    }

    fn changed(&self, from: &str, to: &str) -> HttpRequest {
        let mut request = self.request.clone();
        let body = String::from_utf8(request.body().clone()).unwrap();
        assert!(body.contains(from), "{body}");
        *request.body_mut() = body.replace(from, to).into_bytes();
        request
    }
}

fn text(response: &HttpResponse) -> (u16, String) {
    assert_eq!(response.headers()["cache-control"], "no-store");
    (
        response.status().as_u16(),
        String::from_utf8(response.body().clone()).unwrap(),
    )
}

const INVALID_GRANT: &str = "{\"error\":\"invalid_grant\"}";

#[test]
fn t1_a_token_for_a_code() {
    for release in RELEASES {
        let scene = scene(release);
        let response = scene.offer_as(&scene.request, Some(&certificate()), 60);
        assert_eq!(response.headers()["content-type"], "application/json;charset=UTF-8");
        assert_eq!(response.headers()["pragma"], "no-cache");
        let (status, body) = text(&response);
        let json: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (status, &json["token_type"], &json["expires_in"]),
            (200, &"Bearer".into(), &900.into())
        );
        let scope = if release.major() == 2 {
            serde_json::Value::from("48")
        } else {
            serde_json::Value::Null
        };
        assert_eq!(
            json["scope"], scope,
            "mandatory in 2.x, needless when it is the same in 1.4"
        );
        assert!(json.get("refresh_token").is_none());
        let token: medmij_core::AccessToken = json["access_token"].as_str().unwrap().parse().unwrap();
        let grant = wait(scene.store.access(token.digest())).unwrap().unwrap();
        assert_eq!((grant.expires_at, grant.gegevensdiensten), (at(960), set(&["48"])));
    }
}

#[test]
fn t1_the_scope_in_both_forms() {
    let release = Release::R2_2;
    let scene = scene_of(
        release,
        Lists::new(release, &["48", "51"]),
        &["48", "51"],
        &["48", "51"],
    );
    let mut settings = TokenSettings::default();
    settings.granted_form = GrantedForm::Combinations;
    let endpoint = TokenEndpoint {
        release,
        store: &scene.store,
        directory: &scene.lists,
        settings,
    };
    let (response, _) = wait(endpoint.answer(&scene.request, Some(&certificate()), at(60), &mut Counting(1)));
    assert!(
        text(&response)
            .1
            .contains("\"scope\":\"umcharderwijk~48 umcharderwijk~51\"")
    );
}

#[test]
fn t1b_nothing_is_left_after_the_ocl_check() {
    let release = Release::R2_2;
    let lists = Lists::new(release, &["48", "51"]).limited(release, &["51"]);
    let narrowed = scene_of(release, lists.clone(), &["48", "51"], &["48", "51"]);
    assert!(narrowed.offer(&narrowed.request).1.contains("\"scope\":\"51\""));
    let none = scene_of(release, lists, &["48"], &["48"]);
    assert_eq!(none.offer(&none.request), (400, "{\"error\":\"invalid_scope\"}".into()));
    assert_eq!(
        none.offer(&none.request),
        (400, INVALID_GRANT.into()),
        "the code is burnt"
    );
}

#[test]
fn t2_nothing_is_burnt_by_a_malformed_form_or_another_client() {
    for release in RELEASES {
        let scene = scene(release);
        let client_id = format!("client_id={CLIENT_ID}");
        let invalid = [
            scene.changed("grant_type=authorization_code&", ""),
            scene.changed(&format!("code={}&", scene.code), ""),
            scene.changed("code=", "code=x&code="),
            scene.changed("redirect_uri=", "redirect_uri=x&redirect_uri="),
            scene.changed(&client_id, "client_id="),
            scene.changed(&client_id, "client_id=A"),
            scene.changed("code=", "code=%FF"),
            {
                let mut request = scene.request.clone();
                *request.method_mut() = Method::GET;
                request
            },
            {
                let mut request = scene.request.clone();
                request
                    .headers_mut()
                    .insert("content-type", "application/json".parse().unwrap());
                request
            },
            {
                let mut request = scene.request.clone();
                *request.uri_mut() = "https://ts.dva.nl/token?code=x".parse().unwrap();
                request
            },
        ];
        for request in &invalid {
            assert_eq!(scene.offer(request), (400, "{\"error\":\"invalid_request\"}".into()));
        }
        let other_type = scene.changed("authorization_code", "refresh_token");
        assert_eq!(
            scene.offer(&other_type),
            (400, "{\"error\":\"unsupported_grant_type\"}".into())
        );
        let other = ClientIdentity::from_names(["other.pgo.nl"]);
        for client in [None, Some(&other)] {
            let (status, body) = text(&scene.offer_as(&scene.request, client, 60));
            assert_eq!((status, body.as_str()), (401, "{\"error\":\"invalid_client\"}"));
        }
        assert_eq!(
            scene.offer(&scene.request).0,
            200,
            "the right request still gets its token"
        );
    }
}

#[test]
fn t2_tknint_204_burnt_whatever_the_outcome() {
    for release in RELEASES {
        // Another client, with its own certificate.
        let scene = scene(release);
        let stolen = scene.changed(CLIENT_ID, "other.pgo.nl");
        let other = ClientIdentity::from_names(["other.pgo.nl"]);
        assert_eq!(
            text(&scene.offer_as(&stolen, Some(&other), 60)),
            (400, INVALID_GRANT.into())
        );
        assert_eq!(
            scene.offer(&scene.request),
            (400, INVALID_GRANT.into()),
            "then the right one must stay refused"
        );

        let scene = self::scene(release);
        assert_eq!(
            scene.offer(&scene.changed("%2Fcb", "%2Fother")),
            (400, INVALID_GRANT.into())
        );
        assert_eq!(scene.offer(&scene.request), (400, INVALID_GRANT.into()));

        let scene = self::scene(release);
        let without = scene.changed("&redirect_uri=https%3A%2F%2Fmedmij.deenigeechtepgo.nl%2Fcb", "");
        assert_eq!(
            scene.offer(&without),
            (400, "{\"error\":\"invalid_request\"}".into()),
            "tknint_205"
        );
        assert_eq!(scene.offer(&scene.request), (400, INVALID_GRANT.into()));
    }
}

#[test]
fn t3_autorisatie_205_a_code_lives_900_seconds() {
    for (seconds, status) in [(899, 200), (900, 400), (901, 400)] {
        let scene = scene(Release::R2_2);
        assert_eq!(
            scene.offer_as(&scene.request, Some(&certificate()), seconds).status(),
            status,
            "{seconds}"
        );
    }
}

#[test]
fn t4_a_second_offer_is_refused_and_revokes() {
    let scene = scene(Release::R2_2);
    let (_, body) = scene.offer(&scene.request);
    let json: serde_json::Value = serde_json::from_str(&body).unwrap();
    let token: medmij_core::AccessToken = json["access_token"].as_str().unwrap().parse().unwrap();
    assert!(wait(scene.store.access(token.digest())).unwrap().is_some());
    assert_eq!(scene.offer(&scene.request), (400, INVALID_GRANT.into()));
    assert!(
        wait(scene.store.access(token.digest())).unwrap().is_none(),
        "what was obtained is revoked"
    );
}

#[test]
fn tknint_207_unknown_expired_and_used_are_alike() {
    let used = scene(Release::R2_2);
    used.offer(&used.request);
    let expired = scene(Release::R2_2);
    let unknown = scene(Release::R2_2);
    let answers = [
        used.offer_as(&used.request, Some(&certificate()), 61),
        expired.offer_as(&expired.request, Some(&certificate()), 1_000),
        unknown.offer_as(&unknown.changed("code=", "code=x"), Some(&certificate()), 61),
    ];
    let whole = answers.map(|answer| format!("{answer:?}"));
    assert!(whole.iter().all(|answer| *answer == whole[0]), "{whole:?}");
}

#[test]
fn tknint_200_an_empty_client_id_where_it_is_not_used() {
    let store = MemoryStore::new();
    let mut lists = Lists::new(Release::R1_4, &["48"]);
    let mut offers = Vec::from(lists.offers);
    offers.iter_mut().for_each(|offer| offer.interfaceversie = None);
    lists.offers = offers.try_into().unwrap();
    for client_id in ["", "&client_id=", "&client_id=medmij.deenigeechtepgo.nl"] {
        let begun = begun(Release::R1_4, &["48"]);
        let mut grant = issued(&Lists::new(Release::R1_4, &["48"]), Release::R1_4, &begun, &["48"])
            .grant()
            .clone();
        grant.release = Release::R1_1;
        let code: medmij_core::AuthorizationCode = format!("c{}", client_id.len()).parse().unwrap();
        assert_eq!(wait(store.put_code(code.digest(), grant)), Ok(Put::Stored));
        let body = format!(
            "grant_type=authorization_code&code={}{client_id}&redirect_uri=https%3A%2F%2Fmedmij.deenigeechtepgo.nl%2Fcb",
            code.expose()
        );
        let mut request = HttpRequest::new(body.into_bytes());
        *request.method_mut() = Method::POST;
        request.headers_mut().insert(
            "content-type",
            "application/x-www-form-urlencoded; charset=UTF-8".parse().unwrap(),
        );
        let settings = TokenSettings::default();
        let endpoint = TokenEndpoint {
            release: Release::R1_1,
            store: &store,
            directory: &lists,
            settings,
        };
        let nobody = ClientIdentity::from_names(["192.0.2.1"]);
        let (response, _) = wait(endpoint.answer(&request, Some(&nobody), at(60), &mut Counting(3)));
        assert_eq!(response.status(), 401, "a certificate without a host name");
        let (response, _) = wait(endpoint.answer(
            &request,
            Some(&certificate()),
            at(60),
            &mut Counting(100 + client_id.len() as u64),
        ));
        assert_eq!(response.status(), 200, "{client_id}");
    }
}

#[test]
fn tknint_204_of_many_threads_one_gets_the_grant() {
    for _ in 0..50 {
        let scene = scene(Release::R2_2);
        let digest = scene.code.parse::<medmij_core::AuthorizationCode>().unwrap().digest();
        let won: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| matches!(wait(scene.store.take_code(digest)), Ok(TakenCode::Grant(_)))))
                .collect();
            threads
                .into_iter()
                .map(|thread| usize::from(thread.join().unwrap()))
                .sum()
        });
        assert_eq!(won, 1);
    }
}

#[test]
fn store_forgets_what_expired_and_nothing_else() {
    let scene = scene(Release::R2_2);
    let digest = scene.code.parse::<medmij_core::AuthorizationCode>().unwrap().digest();
    scene.offer(&scene.request);
    scene.store.drop_expired(at(1_799));
    assert!(
        matches!(wait(scene.store.take_code(digest)), Ok(TakenCode::UsedBefore)),
        "a token that it gave may live until 1800"
    );
    scene.store.drop_expired(at(1_800));
    assert!(matches!(wait(scene.store.take_code(digest)), Ok(TakenCode::Unknown)));
}
