//! The rules on both sides of the token interface: oauth.md, table 4.5, each row in each release.

use http::Method;
use medmij_core::{HttpLimits, Release};
use medmij_oauth::dvp::{Outcome, ReplyStep, TokenStep};

use crate::pair::*;
use crate::per_release::rows;
use crate::scene::{INVALID_GRANT, INVALID_REQUEST, Scene};

rows! {
    /// The value that waits is used up by any answer, as the `compile_fail` example of `AwaitingToken` shows; that the driver
    /// sends once, `drivers::tknint_203_f_05_the_code_is_sent_once` counts.
    t45_tknint_203_a_code_is_offered_once(release) {
        for answer in [response(400, INVALID_GRANT), response(503, ""), response(200, "x")] {
            let step = awaiting(release, &["48"]).response(&answer, at(61));
            let TokenStep::Stopped(stopped) = step else { panic!("{step:?}") };
            assert_eq!(stopped.outcome, Outcome::StoppedTechnical);
        }
        assert_eq!(awaiting(release, &["48"]).failed(at(70)).outcome, Outcome::StoppedTechnical);
    }

    t45_tknint_204_a_code_is_retired_whatever_the_outcome(release) {
        let scene = Scene::new(release);
        assert_eq!(scene.offer(&scene.changed("%2Fcb", "%2Fother")), (400, INVALID_GRANT.into()));
        assert_eq!(scene.offer(&scene.request), (400, INVALID_GRANT.into()), "the right one must stay refused");
    }

    t45_tknint_205_no_token_without_the_redirect_uri(release) {
        let scene = Scene::new(release);
        let without = scene.changed("redirect_uri=https%3A%2F%2Fmedmij.deenigeechtepgo.nl%2Fcb", "");
        assert_eq!(scene.offer(&without), (400, INVALID_REQUEST.into()));
        assert_eq!(scene.offer(&scene.request), (400, INVALID_GRANT.into()), "and the code is retired");
    }

    /// A client waits no longer than the server may take: the limit that its HTTP client is given. How long the server takes
    /// is measured by the benchmark.
    t45_tknint_206_within_ten_seconds(release) {
        assert_eq!(HttpLimits::TOKEN.timeout.as_secs(), 10);
        let awaiting = awaiting(release, &["48"]);
        assert_eq!(awaiting.failed(at(71)).outcome, Outcome::StoppedTechnical);
    }

    t45_tknint_208_two_id_headers(release) {
        let begun = begun(release, &["48"]);
        let (first, chain) = (begun.pending.request_id().clone(), begun.pending.correlation_id().clone());
        let state = parameter(begun.redirect.location(), "state").unwrap();
        let ReplyStep::Exchange(exchange) = reply(begun, &format!("code=x&state={state}")) else { panic!("no exchange") };
        let header = |name| exchange.request.headers().get(name).map(|value| value.to_str().unwrap());
        if release.ids_in_token_request() {
            assert_eq!(header("x-correlation-id"), Some(chain.as_str()), "that of the authorization request");
            let id = header("medmij-request-id").unwrap();
            assert_eq!(id, exchange.awaiting.request_id().as_str());
            assert_ne!(id, first.as_str(), "new for each request");
        } else {
            assert_eq!((header("x-correlation-id"), header("medmij-request-id")), (None, None));
        }
    }

    t45_tknint_202_offered_only_under_its_conditions(release) {
        for query in ["code=x", "code=x&state=other", "code=x&state=a&state=a"] {
            let step = reply(begun(release, &["48"]), query);
            assert!(matches!(step, ReplyStep::Stray { .. }), "{query}");
        }
        let begun = begun(release, &["48"]);
        let state = parameter(begun.redirect.location(), "state").unwrap();
        let step = reply(begun, &format!("code=x&error=access_denied&state={state}"));
        assert!(matches!(step, ReplyStep::Stopped(_)), "code and error together");
    }

    t45_the_code_goes_to_the_token_endpoint_of_the_same_entry(release) {
        let exchange = exchange(release, &["48"]);
        assert_eq!(exchange.request.uri().to_string(), "https://ts.dva.nl/token");
        assert_eq!(exchange.request.method(), Method::POST);
    }

    t45_a_second_offer_revokes(release) {
        let scene = Scene::new(release);
        let tokens = scene.tokens();
        assert!(scene.grant(&tokens.access).is_some());
        assert_eq!(scene.offer(&scene.request), (400, INVALID_GRANT.into()));
        assert!(scene.grant(&tokens.access).is_none(), "what was obtained is revoked");
    }
}

#[test]
fn tknint_203_the_same_code_leaves_no_trace_in_what_waits() {
    let exchange = exchange(Release::R2_2, &["48"]);
    assert!(
        !format!("{:?}", exchange.awaiting).contains("abc"),
        "the code is in the request alone"
    );
}
