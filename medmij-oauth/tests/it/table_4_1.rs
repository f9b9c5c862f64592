//! The parameters of the token request: oauth.md, table 4.1, each row in each release.

use medmij_core::{ClientIdentity, TokenClientId};
use medmij_oauth::ParameterPlace;

use crate::pair::*;
use crate::per_release::rows;
use crate::scene::{INVALID_CLIENT, INVALID_GRANT, INVALID_REQUEST, Scene, text};

fn body(scene: &Scene) -> String {
    String::from_utf8(scene.request.body().clone()).unwrap()
}

/// Refused as invalid, and nothing burnt: the right request still gets its token.
fn invalid_and_nothing_burnt(scene: &Scene, request: &medmij_core::HttpRequest) {
    assert_eq!(scene.offer(request), (400, INVALID_REQUEST.into()));
    assert_eq!(scene.offer(&scene.request).0, 200);
}

rows! {
    t41_grant_type(release) {
        assert!(body(&Scene::new(release)).starts_with("grant_type=authorization_code&"));
        let scene = Scene::new(release);
        for other in ["password", "refresh_code", "authorization_code2", "AUTHORIZATION_CODE"] {
            let (status, body) = scene.offer(&scene.changed("authorization_code", other));
            assert_eq!((status, body.as_str()), (400, "{\"error\":\"unsupported_grant_type\"}"), "{other}");
        }
        invalid_and_nothing_burnt(&scene, &scene.changed("grant_type=authorization_code&", ""));
    }

    t41_code(release) {
        let scene = Scene::new(release);
        assert!(body(&scene).contains(&format!("&code={}&", scene.code)));
        let without = scene.changed(&format!("code={}&", scene.code), "");
        invalid_and_nothing_burnt(&scene, &without);
        let twice = Scene::new(release);
        invalid_and_nothing_burnt(&twice, &twice.changed("code=", "code=x&code="));
    }

    t41_client_id(release) {
        let scene = Scene::new(release);
        let parameter = format!("client_id={CLIENT_ID}&");
        match release.token_client_id() {
            TokenClientId::NotUsed => {
                assert!(!body(&scene).contains("client_id"), "not sent");
                for present in ["client_id=&", parameter.as_str()] {
                    let scene = Scene::new(release);
                    let request = scene.changed("redirect_uri=", &format!("{present}redirect_uri="));
                    assert_eq!(scene.offer(&request).0, 200, "{present}");
                }
                let other = ClientIdentity::from_names(["192.0.2.1", "*.pgo.nl"]);
                let answer = scene.answer(&scene.request, Some(&other), 60);
                assert_eq!(text(&answer), (401, INVALID_CLIENT.into()), "the certificate alone tells who asks");
                assert_eq!(scene.offer(&scene.request).0, 200);
            }
            TokenClientId::Mandatory => {
                assert!(body(&scene).contains(&parameter));
                assert_eq!(scene.offer(&scene.changed(&parameter, "client_id=&")), (400, INVALID_REQUEST.into()));
                invalid_and_nothing_burnt(&scene, &scene.changed(&parameter, ""));
            }
        }
    }

    t41_mmos_67_redirect_uri(release) {
        let scene = Scene::new(release);
        let sent = "redirect_uri=https%3A%2F%2Fmedmij.deenigeechtepgo.nl%2Fcb";
        assert!(body(&scene).ends_with(sent), "encoded once");
        let twice = scene.changed(sent, "redirect_uri=https%253A%252F%252Fmedmij.deenigeechtepgo.nl%252Fcb");
        assert_eq!(scene.offer(&twice), (400, INVALID_GRANT.into()), "not the same value");
        for other in ["https%3A%2F%2Fmedmij.deenigeechtepgo.nl", "https%3A%2F%2Fmedmij.deenigeechtepgo.nl%2Fcb%2F"] {
            let scene = Scene::new(release);
            let request = scene.changed(sent, &format!("redirect_uri={other}"));
            assert_eq!(scene.offer(&request), (400, INVALID_GRANT.into()), "{other}");
        }
    }

    t41_client_secret(release) {
        let scene = Scene::new(release);
        assert!(!body(&scene).contains("client_secret"), "not sent");
        assert_eq!(scene.offer(&scene.changed("redirect_uri=", "client_secret=x&redirect_uri=")).0, 200, "ignored");
    }

    t41_code_verifier(release) {
        let scene = Scene::new(release);
        assert!(!body(&scene).contains("code_verifier"), "not sent");
        assert_eq!(scene.offer(&scene.changed("redirect_uri=", "code_verifier=x&redirect_uri=")).0, 200, "ignored");
    }

    t41_others(release) {
        let scene = Scene::new(release);
        let request = scene.changed("redirect_uri=", "foo=1&foo=2&scope=x&state=%&redirect_uri=");
        assert_eq!(scene.offer(&request).0, 200, "ignored");
    }

    /// The note below the table: the query form is for a compatibility mode, and both forms are never taken.
    t41_body_only(release) {
        let in_query = |scene: &Scene, body: &[u8]| {
            let mut request = scene.request.clone();
            let query = String::from_utf8(scene.request.body().clone()).unwrap();
            *request.uri_mut() = format!("https://ts.dva.nl/token?{query}").parse().unwrap();
            *request.body_mut() = body.to_vec();
            request
        };
        let scene = Scene::new(release);
        invalid_and_nothing_burnt(&scene, &in_query(&scene, b""));
        let mut compatible = Scene::new(release);
        compatible.settings.parameters = ParameterPlace::BodyOrQuery;
        let both = in_query(&compatible, compatible.request.body());
        assert_eq!(compatible.offer(&both), (400, INVALID_REQUEST.into()));
        let mut bare = in_query(&compatible, b"");
        bare.headers_mut().remove("content-type");
        assert_eq!(compatible.offer(&bare).0, 200);
    }
}
