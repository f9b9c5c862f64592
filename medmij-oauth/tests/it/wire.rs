//! The messages on the wire, as the worked examples of oauth.md 10 have them.

use http::header::{AUTHORIZATION, LOCATION};
use medmij_core::Release;
use medmij_oauth::dvp::NextStep;

use crate::pair::*;

#[test]
fn authint_200_authorization_request_2_2() {
    let begun = begun(Release::R2_2, &["48", "51"]);
    let state = parameter(begun.redirect.location(), "state").unwrap();
    assert_eq!(state.len(), 32);
    let expected = format!(
        "https://as.dva.nl/auth?response_type=code&client_id=medmij.deenigeechtepgo.nl\
         &redirect_uri=https%3A%2F%2Fmedmij.deenigeechtepgo.nl%2Fcb&scope=umcharderwijk&state={state}\
         &MedMij-Request-ID={}&X-Correlation-ID={}",
        begun.pending.request_id(),
        begun.pending.correlation_id(),
    );
    assert_eq!(begun.redirect.location(), expected);
}

#[test]
fn authint_200_authorization_request_1_4() {
    let begun = begun(Release::R1_4, &["4"]);
    let state = parameter(begun.redirect.location(), "state").unwrap();
    let expected = format!(
        "https://as.dva.nl/auth?response_type=code&client_id=medmij.deenigeechtepgo.nl\
         &redirect_uri=https%3A%2F%2Fmedmij.deenigeechtepgo.nl%2Fcb&scope=umcharderwijk%7E4&state={state}"
    );
    assert_eq!(begun.redirect.location(), expected);
}

#[test]
fn redirects_have_one_http_form() {
    let begun = begun(Release::R2_2, &["48"]);
    let response = begun.redirect.to_response();
    assert_eq!(response.status(), 302);
    assert_eq!(response.headers().len(), 3);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["referrer-policy"], "no-referrer");
    assert_eq!(response.headers()[LOCATION], begun.redirect.location());
    let state = parameter(begun.redirect.location(), "state").unwrap();
    assert!(!format!("{response:?} {:?}", begun.redirect).contains(&state));
}

#[test]
fn tknint_200_token_request() {
    for (release, ids) in [(Release::R2_2, true), (Release::R1_4, false), (Release::R1_1, false)] {
        let mut offers = Vec::from(offers(release, &["4"]));
        offers[0].interfaceversie = interfaceversie(release);
        let selected = dvp(release)
            .verzamelen(offers.try_into().unwrap(), vec![query("4", "Patient")])
            .unwrap();
        let begun = selected.begin(start(), &mut Counting(0)).unwrap();
        let (first_id, chain) = (
            begun.pending.request_id().clone(),
            begun.pending.correlation_id().clone(),
        );
        let state = parameter(begun.redirect.location(), "state").unwrap();
        let medmij_oauth::dvp::ReplyStep::Exchange(exchange) = reply(begun, &format!("code=a%2Bb&state={state}"))
        else {
            panic!("no exchange")
        };
        let request = exchange.request;
        assert_eq!(
            (request.method().as_str(), request.uri().to_string().as_str()),
            ("POST", "https://ts.dva.nl/token")
        );
        let client_id = if release == Release::R1_1 {
            ""
        } else {
            "&client_id=medmij.deenigeechtepgo.nl"
        };
        let body = format!(
            "grant_type=authorization_code&code=a%2Bb{client_id}&redirect_uri=https%3A%2F%2Fmedmij.deenigeechtepgo.nl%2Fcb"
        );
        assert_eq!(String::from_utf8(request.body().clone()).unwrap(), body);
        assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
        assert_eq!(request.headers().get("x-correlation-id").is_some(), ids);
        if ids {
            assert_eq!(
                request.headers()["x-correlation-id"],
                chain.as_str(),
                "the same as in the authorization request"
            );
            assert_ne!(
                request.headers()["medmij-request-id"],
                first_id.as_str(),
                "new for every request"
            );
        }
    }
}

#[test]
fn rscint_200_and_201_resource_request() {
    for (release, correlated) in [(Release::R2_2, true), (Release::R1_4, false)] {
        let ready = ready_with(release, &["48"], vec![query("48", "Condition?code=a|b")]);
        let chain = ready.correlation_id().clone();
        let NextStep::Send(medmij_oauth::dvp::Outgoing { request, awaiting, .. }) =
            ready.next(at(62), &mut Counting(7)).unwrap()
        else {
            panic!("nothing to send")
        };
        assert_eq!(
            request.uri().to_string(),
            "https://rs.dva.nl:8443/fhir/Condition?code=a%7Cb"
        );
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer tok-1");
        assert!(request.headers()[AUTHORIZATION].is_sensitive());
        assert!(!format!("{request:?}").contains("tok-1"));
        assert_eq!(request.headers()["medmij-request-id"], awaiting.request_id().as_str());
        assert_eq!(request.headers().get("x-correlation-id").is_some(), correlated);
        if correlated {
            assert_eq!(request.headers()["x-correlation-id"], chain.as_str());
        }
        assert_eq!(request.headers()["accept"], "application/fhir+json");
        assert!(request.body().is_empty());
    }
}

#[test]
fn rscint_203_no_person_in_a_query() {
    use medmij_oauth::dvp::{QueryError, ResourceQuery};
    let new = |path: &str| {
        ResourceQuery::new(
            "48".parse().unwrap(),
            "ROL".parse().unwrap(),
            path,
            "application/fhir+json",
        )
        .map(drop)
    };
    for path in [
        "Patient",
        "Patient?_include=Patient:general-practitioner",
        "Binary/a1",
        "Observation?code=http://snomed.info/sct|999990019",
        "Observation/$lastn?code=x,y",
    ] {
        assert_eq!(new(path), Ok(()), "{path}");
    }
    for path in [
        "Condition?patient=1",
        "Condition?a=b&subject=Patient/1",
        "Condition?subject:Patient=1",
        "Condition?patient.identifier=x",
        "Condition?p%61tient=1",
        "Encounter?_has:Observation:patient:code=x",
        "Observation?encounter.subject=x",
        "Patient?identifier=999990019",
        "Observation?patient.identifier:x=1",
        "Observation?performer.identifier=%20999990019",
        "Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn|1",
        "Patient?identifier=urn:oid:2.16.840.1.113883.2.4.6.3|1",
    ] {
        assert_eq!(new(path), Err(QueryError::Person), "{path}");
    }
    for path in [
        "",
        "/Patient",
        "../x",
        "a//b",
        "https://evil.nl/x",
        "a b",
        "a\r\nb",
        "é",
        "a#b",
        "x/./y",
        "%2e%2e/x",
        ".%2E/x",
        "a/%2e",
        "%zz",
        "a%2",
        "a?b=%",
    ] {
        assert_eq!(new(path), Err(QueryError::Path), "{path}");
    }
    assert!(ResourceQuery::new("48".parse().unwrap(), "ROL".parse().unwrap(), "Patient", "a\r\nb").is_err());
}

/// What a server points at may name a person no more than what a DVP asks for; but digits in it are the server's own.
#[test]
fn rscint_203_no_person_in_what_is_followed() {
    use medmij_oauth::dvp::{QueryError, ResourceQuery};
    let first = ResourceQuery::new("48".parse().unwrap(), "ROL".parse().unwrap(), "Patient", "a/b").unwrap();
    let follow = |given: &str| first.follow(given, "a/b").map(|query| query.path().to_owned());
    for (given, path) in [
        ("https://rs.dva.nl", Ok("https://rs.dva.nl/")),
        ("https://rs.dva.nl?patient=1/x", Err(QueryError::Person)),
        (
            "https://rs.dva.nl?identifier=http:%2F%2Ffhir.nl%2Ffhir%2FNamingSystem%2Fbsn%7C1/x",
            Err(QueryError::Person),
        ),
        (
            "https://rs.dva.nl/fhir.nl/fhir/namingsystem/bsn",
            Err(QueryError::Person),
        ),
        ("https://rs.dva.nl/x?Patient=1", Err(QueryError::Person)),
        ("https://rs.dva.nl\\@evil.nl/x", Ok("https://rs.dva.nl/@evil.nl/x")),
        ("https://rs.dva.nl/?_getpages=1", Ok("https://rs.dva.nl/?_getpages=1")),
        (
            "https://rs.dva.nl/a//b/?page={2}[é]",
            Ok("https://rs.dva.nl/a//b/?page=%7B2%7D%5B%C3%A9%5D"),
        ),
        ("https://rs.dva.nl:443/x#y", Ok("https://rs.dva.nl/x")),
        ("https://a:b@rs.dva.nl/x", Err(QueryError::Path)),
        ("https:///x", Ok("https://x/")),
        ("https://rs.dva.nl/a/../x", Ok("https://rs.dva.nl/x")),
        ("http://rs.dva.nl/x", Err(QueryError::Path)),
        ("//rs.dva.nl/x", Err(QueryError::Path)),
        ("?page=2", Err(QueryError::Path)),
        ("https://rs.dva.nl/x?patient=1", Err(QueryError::Person)),
        (
            "https://rs.dva.nl/x?page=http://fhir.nl/fhir/NamingSystem/bsn%7C1",
            Err(QueryError::Person),
        ),
        ("https://rs.dva.nl/fhir?a=b|c", Ok("https://rs.dva.nl/fhir?a=b%7Cc")),
        (
            "https://rs.dva.nl/fhir?page=999990019",
            Ok("https://rs.dva.nl/fhir?page=999990019"),
        ),
    ] {
        assert_eq!(follow(given), path.map(str::to_owned), "{given}");
    }
    let stored = serde_json::to_string(&first.follow("https://rs.dva.nl/fhir?page=999990019", "a/b").unwrap()).unwrap();
    assert!(
        serde_json::from_str::<ResourceQuery>(&stored)
            .unwrap()
            .path()
            .ends_with("999990019")
    );
    let own = stored.replace("\"given\":true", "\"given\":false");
    assert!(
        serde_json::from_str::<ResourceQuery>(&own).is_err(),
        "a DVP makes no such query"
    );
}
