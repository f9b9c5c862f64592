//! The exceptions of the token interface: oauth.md, table 5, each row in each release.

use http::Method;
use medmij_core::{ClientIdentity, TokenClientId};

use crate::pair::*;
use crate::per_release::rows;
use crate::scene::{Consent, INVALID_CLIENT, INVALID_GRANT, INVALID_REQUEST, INVALID_SCOPE, Scene, text};

fn other() -> ClientIdentity {
    ClientIdentity::from_names(["other.pgo.nl"])
}

rows! {
    table5_parameter_missing_repeated_or_unparsable(release) {
        let scene = Scene::new(release);
        let with = |change: &dyn Fn(&mut medmij_core::HttpRequest)| {
            let mut request = scene.request.clone();
            change(&mut request);
            request
        };
        let requests = [
            scene.changed("grant_type=authorization_code&", ""),
            scene.changed(&format!("code={}&", scene.code), ""),
            scene.changed("code=", "code=x&code="),
            scene.changed("grant_type=", "grant_type=x&grant_type="),
            scene.changed("redirect_uri=", "redirect_uri=x&redirect_uri="),
            scene.changed("redirect_uri=", "client_id=a.b.nl&client_id=c.d.nl&redirect_uri="),
            if release.token_client_id() == TokenClientId::Mandatory {
                scene.changed(CLIENT_ID, "A")
            } else {
                scene.changed("redirect_uri=", "client_id=A&redirect_uri=")
            },
            scene.changed("code=", "code=%FF"),
            scene.changed("code=", "code=%zz"),
            scene.with_body(&"a".repeat(20_000)),
            scene.with_body(&"a&".repeat(100)),
            with(&|request| *request.method_mut() = Method::GET),
            with(&|request| *request.body_mut() = vec![0xFF; 10]),
            with(&|request| drop(request.headers_mut().remove("content-type"))),
            with(&|request| drop(request.headers_mut().insert("content-type", "application/json".parse().unwrap()))),
            with(&|request| assert!(request.headers_mut().append("content-type", "text/plain".parse().unwrap()))),
        ];
        for request in &requests {
            assert_eq!(scene.offer(request), (400, INVALID_REQUEST.into()));
        }
        assert_eq!(scene.offer(&scene.request).0, 200, "nothing was burnt");
    }

    table5_redirect_uri_missing(release) {
        let scene = Scene::new(release);
        let without = scene.changed("&redirect_uri=https%3A%2F%2Fmedmij.deenigeechtepgo.nl%2Fcb", "");
        assert_eq!(scene.offer(&without), (400, INVALID_REQUEST.into()));
        assert_eq!(scene.offer(&scene.request), (400, INVALID_GRANT.into()), "retired");
    }

    table5_certificate_absent_or_not_valid(release) {
        let scene = Scene::new(release);
        let nameless = ClientIdentity::from_names(["192.0.2.1"]);
        for client in [None, Some(&nameless)] {
            assert_eq!(text(&scene.answer(&scene.request, client, 60)), (401, INVALID_CLIENT.into()));
        }
        // The client has left the OAuth Client List since its authorization request.
        let mut gone = Scene::new(release);
        let client = gone.lists.clients.remove(0);
        assert_eq!(gone.offer(&gone.request), (401, INVALID_CLIENT.into()));
        gone.lists.clients.push(client);
        for scene in [scene, gone] {
            assert_eq!(scene.offer(&scene.request).0, 200, "nothing was burnt");
        }
    }

    table5_client_id_differs_from_the_certificate(release) {
        let scene = Scene::new(release);
        let request = match release.token_client_id() {
            TokenClientId::Mandatory => scene.request.clone(),
            TokenClientId::NotUsed => scene.changed("redirect_uri=", &format!("client_id={CLIENT_ID}&redirect_uri=")),
        };
        assert_eq!(text(&scene.answer(&request, Some(&other()), 60)), (401, INVALID_CLIENT.into()));
        assert_eq!(scene.offer(&scene.request).0, 200, "nothing was burnt");
    }

    table5_code_unknown_expired_used_or_of_another(release) {
        let unknown = Scene::new(release);
        let used = Scene::new(release);
        let _ = used.tokens();
        let expired = Scene::new(release);
        let foreign = Scene::new(release);
        let request = match release.token_client_id() {
            TokenClientId::Mandatory => foreign.changed(CLIENT_ID, "other.pgo.nl"),
            TokenClientId::NotUsed => foreign.request.clone(),
        };
        let other_uri = Scene::new(release);
        let answers = [
            unknown.answer(&unknown.changed("code=", "code=x"), Some(&certificate()), 61),
            used.answer(&used.request, Some(&certificate()), 61),
            expired.answer(&expired.request, Some(&certificate()), 900),
            foreign.answer(&request, Some(&other()), 61),
            other_uri.answer(&other_uri.changed("%2Fcb", "%2Fother"), Some(&certificate()), 61),
        ];
        for answer in &answers {
            assert_eq!(text(answer), (400, INVALID_GRANT.into()));
            assert_eq!(answer.headers(), answers[0].headers(), "alike");
        }
        for scene in [foreign, other_uri, expired] {
            assert_eq!(scene.offer(&scene.request), (400, INVALID_GRANT.into()), "retired");
        }
    }

    table5_refresh_token_unknown_expired_withdrawn_or_of_another(release) {
        if !release.langdurige_toestemming() {
            let scene = Scene::new(release);
            let (status, body) = scene.offer(&scene.refresh_request("x"));
            assert_eq!((status, body.as_str()), (400, "{\"error\":\"unsupported_grant_type\"}"));
            return;
        }
        let issued = || {
            let scene = Scene::langdurig(release);
            let token = scene.tokens().refresh.unwrap();
            (scene, token)
        };
        let (expired, token) = issued();
        let six_months = (medmij_oauth::half_a_year_after(at(60)) - start()).whole_seconds();
        let request = expired.refresh_request(&token);
        assert_eq!(expired.offer_at(&request, six_months), (400, INVALID_GRANT.into()));
        assert_eq!(expired.offer_at(&request, six_months - 1).0, 200);
        let (withdrawn, token) = issued();
        let code: medmij_core::AuthorizationCode = withdrawn.code.parse().unwrap();
        let revoked = medmij_oauth::dva::GrantStore::revoke(&withdrawn.store, code.digest());
        crate::drivers::now_or_never(revoked).unwrap();
        assert_eq!(withdrawn.offer(&withdrawn.refresh_request(&token)), (400, INVALID_GRANT.into()));
        let (foreign, token) = issued();
        assert_eq!(foreign.offer(&foreign.refresh_request("unknown")), (400, INVALID_GRANT.into()));
        let body = format!("grant_type=refresh_token&refresh_token={token}&client_id=other.pgo.nl");
        let answer = foreign.answer(&foreign.with_body(&body), Some(&other()), 61);
        assert_eq!(text(&answer), (400, INVALID_GRANT.into()));
        assert_eq!(foreign.offer(&foreign.refresh_request(&token)).0, 200, "and its owner still has it");
    }

    table5_grant_type_not_supported(release) {
        let scene = Scene::new(release);
        for other in ["client_credentials", "refresh_code"] {
            let (status, body) = scene.offer(&scene.changed("authorization_code", other));
            assert_eq!((status, body.as_str()), (400, "{\"error\":\"unsupported_grant_type\"}"));
        }
        assert_eq!(scene.offer(&scene.request).0, 200, "nothing was burnt");
    }

    table5_no_gegevensdienst_left_after_the_ocl_check(release) {
        // The client lost its Gegevensdienst after the authorization request.
        let mut scene = Scene::of(release, Lists::new(release, &["48"]), &["48"], &["48"], Consent::Once);
        scene.lists = scene.lists.limited(release, &["51"]);
        if release.verzamelen_ocl_check() == medmij_core::OclCheck::TokenRequest {
            assert_eq!(scene.offer(&scene.request), (400, INVALID_SCOPE.into()));
            assert_eq!(scene.offer(&scene.request), (400, INVALID_GRANT.into()), "retired");
        } else {
            assert_eq!(scene.offer(&scene.request).0, 200, "checked at the authorization interface");
        }
    }

    table5_overload_or_failure(release) {
        // The store fails before, or after the code was taken: 503 without a code either way.
        for fails_at in [crate::failing::Fails::Take, crate::failing::Fails::Put] {
            let scene = Scene::new(release);
            let answer = crate::failing::answer(&scene, fails_at);
            assert_eq!(text(&answer), (503, "{}".into()));
            let after = scene.offer(&scene.request);
            match fails_at {
                crate::failing::Fails::Take => assert_eq!(after.0, 200, "it was not taken"),
                crate::failing::Fails::Put => assert_eq!(after, (400, INVALID_GRANT.into()), "retired"),
            }
        }
    }
}

#[test]
fn tknint_207_every_refusal_is_json_that_nobody_may_store() {
    use medmij_oauth::{TokenRefusal, TokenRefusalReason as Reason};
    let statuses = [
        (Reason::InvalidRequest, 400),
        (Reason::InvalidClient, 401),
        (Reason::InvalidGrant, 400),
        (Reason::UnsupportedGrantType, 400),
        (Reason::InvalidScope, 400),
        (Reason::Unavailable, 503),
    ];
    for (reason, status) in statuses {
        let response = TokenRefusal::from(reason).to_response();
        let (found, body) = text(&response);
        assert_eq!(found, status);
        let json: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(json["error"].as_str(), reason.code());
        assert_eq!(response.headers().len(), 3);
    }
}
