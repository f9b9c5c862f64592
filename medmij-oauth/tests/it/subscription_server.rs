//! The Subscription Server: rows S1 to S6 of flows.md 4.3, in every release that has it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::convert::Infallible;

use http::header::AUTHORIZATION;
use medmij_core::{
    AbonnerenForm, BackchannelUri, ClientIdentity, HttpRequest, HttpResponse, LogEvent, Release, SubscriptionId,
    TestMoment,
};
use medmij_oauth::dva::{
    Abonnement, AbonnementStore, Deciding, GrantStore, Identity, IdentityStep, Subject, Subscribable,
    SubscriptionServer, TestResult, TestStep, TestingRefresh, TokenEndpoint, TokenSettings,
};
use medmij_oauth::dvp::{Done, Dvp, NextStep, Ready, ReplyStep};
use medmij_oauth::{AbonnementState, AuthorizationReply, MemoryStore, Put};
use time::{Date, Duration};

use crate::drivers::now_or_never as wait;
use crate::pair::*;
use crate::scene::Tokens;

/// What an Aanbieder decides.
struct Aanbieder {
    positive: bool,
    agrees: bool,
}

/// An Aanbieder and its server, a store, and a token for so many days.
struct Server {
    release: Release,
    store: MemoryStore,
    offer: medmij_core::Offer,
    endpoint: BackchannelUri,
    positive: bool,
    agrees: bool,
    tokens: RefCell<HashMap<String, String>>,
}

impl Subscribable for Aanbieder {
    type Error = Infallible;

    async fn test(&self, about: Subject<'_>) -> Result<TestResult, Infallible> {
        assert_eq!(about.bsn.expose(), BSN);
        Ok(if self.positive {
            TestResult::positive(set(&["48"]))
        } else {
            TestResult::negative()
        })
    }

    async fn agrees(&self, _: &Deciding) -> Result<bool, Infallible> {
        Ok(self.agrees)
    }
}

fn day(dagen: i64) -> Date {
    (start() + Duration::days(dagen)).date()
}

fn releases() -> impl Iterator<Item = Release> {
    RELEASES.into_iter().filter(|release| release.abonneren())
}

impl Server {
    fn new(release: Release) -> Self {
        let offer = offers(release, &["48"]).iter().next().unwrap().clone();
        Self {
            release,
            store: MemoryStore::new(),
            endpoint: offer.abonneren.as_ref().unwrap().subscription.clone(),
            offer,
            positive: true,
            agrees: true,
            tokens: RefCell::default(),
        }
    }

    /// Issues a token for so many days to a client for a person, known here by a name.
    fn issue(&self, name: &str, dagen: u32, tested: bool, client: &str, bsn: &str) {
        let lists = Lists::new(self.release, &["48"]);
        let dvp = Dvp::new(self.release, format!("https://{client}/cb").parse().unwrap()).unwrap();
        let offer = lists.offers.iter().next().unwrap().clone();
        let selected = match dagen {
            0 => dvp.abonnement_beeindigen(offer, abonnement(self.release, 5)),
            dagen => dvp.abonneren(offer, dagen),
        };
        let seed = 100_000 + 1_000 * u64::try_from(self.tokens.borrow().len()).unwrap();
        let begun = selected.unwrap().begin(start(), &mut Counting(seed)).unwrap();
        let moment = if tested { TestMoment::Early } else { TestMoment::Late };
        let identity = Identity::new(bsn.parse().unwrap());
        let declaration = match resolving(&lists, self.release, &begun)
            .identity(identity, moment, start())
            .0
        {
            IdentityStep::Declare(declaration) => declaration,
            IdentityStep::Test(testing) => match testing.result(TestResult::positive(set(&["48"])), start()).0 {
                TestStep::Declare(declaration) => declaration,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        };
        let issued = declaration
            .given(text_version(), start())
            .next
            .issue(start(), &mut Counting(seed + 100))
            .unwrap();
        assert_eq!(
            wait(self.store.put_code(issued.key(), issued.grant().clone())),
            Ok(Put::Stored)
        );
        let location = redirect(issued);
        let reply = AuthorizationReply::parse(query_of(&location));
        let ReplyStep::Exchange(exchange) = begun.pending.reply(reply, at(1), &mut Counting(seed + 200)).unwrap()
        else {
            panic!("no exchange")
        };
        let tester = |_: &TestingRefresh| std::future::ready(Ok::<_, Infallible>(TestResult::negative()));
        let endpoint = TokenEndpoint {
            release: self.release,
            store: &self.store,
            directory: &lists,
            tester: &tester,
            settings: TokenSettings::default(),
        };
        let client = ClientIdentity::from_names([client]);
        let answer = wait(endpoint.answer(&exchange.request, Some(&client), at(2), &mut Counting(seed + 300))).response;
        let token = Tokens::read(std::str::from_utf8(answer.body()).unwrap()).access;
        self.tokens.borrow_mut().insert(name.to_owned(), token);
    }

    /// The token of a name.
    fn token(&self, name: &str) -> String {
        self.tokens
            .borrow()
            .get(name)
            .cloned()
            .unwrap_or_else(|| name.to_owned())
    }

    fn answer(&self, request: &HttpRequest, client: &str, seconds: i64) -> (HttpResponse, Vec<LogEvent>) {
        let server = SubscriptionServer {
            release: self.release,
            endpoint: &self.endpoint,
            offer: &self.offer,
            store: &self.store,
            aanbieder: &Aanbieder {
                positive: self.positive,
                agrees: self.agrees,
            },
        };
        let client = ClientIdentity::from_names([client]);
        let random = &mut Counting(u64::try_from(seconds).unwrap() * 100 + 7);
        let served = wait(server.answer(request, Some(&client), at(seconds), random));
        (served.response, served.events)
    }

    fn send_as(&self, request: &HttpRequest, client: &str, seconds: i64) -> (u16, String, Vec<&'static str>) {
        let (response, events) = self.answer(request, client, seconds);
        assert_eq!(response.headers()["content-type"], "application/json", "subint_201");
        let rows = events.iter().filter_map(|event| event.row).collect();
        (
            response.status().as_u16(),
            String::from_utf8(response.body().clone()).unwrap(),
            rows,
        )
    }

    fn send(&self, request: &HttpRequest, seconds: i64) -> (u16, String, Vec<&'static str>) {
        self.send_as(request, CLIENT_ID, seconds)
    }

    fn request(&self, token: &str, method: &str, path: &str, body: &str) -> HttpRequest {
        let mut request = HttpRequest::new(body.as_bytes().to_vec());
        *request.method_mut() = method.parse().unwrap();
        *request.uri_mut() = format!("https://ss.dva.nl:8443/sub{path}").parse().unwrap();
        request
            .headers_mut()
            .insert(AUTHORIZATION, format!("Bearer {}", self.token(token)).parse().unwrap());
        request
            .headers_mut()
            .insert("content-type", "application/json".parse().unwrap());
        request
    }

    fn create(&self, token: &str, einde: Option<Date>) -> HttpRequest {
        let body = einde.map_or_else(|| "{}".to_owned(), |einde| self.einde(einde));
        match self.release.abonneren_form() {
            AbonnerenForm::Predecessor => self.request(token, "POST", "", &body),
            AbonnerenForm::Restful => self.request(token, "POST", "/Subscription", &body),
        }
    }

    fn einde(&self, einde: Date) -> String {
        match self.release.abonneren_form() {
            AbonnerenForm::Predecessor => format!("{{\"end\":\"{einde}T23:59:59+01:00\"}}"),
            AbonnerenForm::Restful => format!("{{\"end_date\":\"{einde}\"}}"),
        }
    }

    fn change(&self, token: &str, id: &str, einde: Date) -> HttpRequest {
        match self.release.abonneren_form() {
            AbonnerenForm::Predecessor => {
                let body = format!("{{\"id\":\"{id}\",\"end\":\"{einde}T12:00:00Z\"}}");
                self.request(token, "POST", "", &body)
            }
            AbonnerenForm::Restful => self.request(token, "PUT", &format!("/Subscription/{id}"), &self.einde(einde)),
        }
    }

    fn end(&self, token: &str, id: &str) -> HttpRequest {
        match self.release.abonneren_form() {
            AbonnerenForm::Predecessor => {
                self.request(token, "POST", "", &format!("{{\"id\":\"{id}\",\"status\":\"off\"}}"))
            }
            AbonnerenForm::Restful => self.request(token, "DELETE", &format!("/Subscription/{id}"), ""),
        }
    }

    /// A token, and an Abonnement that was taken by it for so many days.
    fn taken(&self, dagen: u32) -> String {
        self.issue("t1", dagen, true, CLIENT_ID, BSN);
        let (status, body, rows) = self.send(&self.create("t1", None), 60);
        assert_eq!((status, rows.last()), (201, Some(&"S1")), "{body}");
        let json: serde_json::Value = serde_json::from_str(&body).unwrap();
        let name = if self.release.abonneren_form() == AbonnerenForm::Restful {
            "subscription_id"
        } else {
            "id"
        };
        json[name].as_str().unwrap().to_owned()
    }

    fn found(&self, id: &str) -> Abonnement {
        wait(self.store.abonnement(id.parse::<SubscriptionId>().unwrap()))
            .unwrap()
            .unwrap()
    }
}

const REFUSED: (u16, &str) = (403, "{\"error\":\"access_denied\"}");
const UNKNOWN: (u16, &str) = (404, "{\"error\":\"invalid_subscription_id\"}");
const INSUFFICIENT: (u16, &str) = (403, "{\"error\":\"insufficient_scope\"}");

#[test]
fn s1_the_earliest_of_what_is_asked_granted_and_allowed() {
    for release in releases() {
        // Asked, granted by the token, allowed by the list; given.
        for (asked, granted, allowed, given) in [
            (Some(30), 90, 365, 30),
            (Some(90), 30, 365, 30),
            (Some(90), 90, 10, 10),
            (None, 90, 365, 90),
            (Some(0), 90, 365, 0),
        ] {
            let mut server = Server::new(release);
            server.offer.abonneren.as_mut().unwrap().maximale_duur = allowed;
            server.issue("t1", granted, true, CLIENT_ID, BSN);
            let (status, body, rows) = server.send(&server.create("t1", asked.map(day)), 60);
            assert_eq!((status, rows), (201, vec!["R3", "S1"]), "{release} {body}");
            assert!(body.contains(&day(given).to_string()), "the day is told: {body}");
        }
    }
}

#[test]
fn s1_the_test_is_done_now_at_the_latest() {
    for release in releases() {
        let server = Server::new(release);
        server.issue("t1", 90, false, CLIENT_ID, BSN);
        let (status, _, rows) = server.send(&server.create("t1", None), 60);
        assert_eq!((status, rows), (201, vec!["R3", "R7", "S1"]));
    }
}

#[test]
fn s2_a_refusal_and_a_negative_test_look_alike() {
    for release in releases() {
        let mut server = Server::new(release);
        server.issue("t1", 90, false, CLIENT_ID, BSN);
        server.positive = false;
        let tested = server.send(&server.create("t1", None), 60);
        assert_eq!((tested.0, tested.1.as_str()), REFUSED);
        assert_eq!(tested.2, ["R3", "R6", "R6", "S2"]);
        server.positive = true;
        server.agrees = false;
        let refused = server.send(&server.create("t1", None), 60);
        assert_eq!((refused.0, refused.1.as_str()), REFUSED);
        assert_eq!(refused.2.last(), Some(&"S2"));
        let bsn: medmij_core::Bsn = BSN.parse().unwrap();
        let left = wait(server.store.abonnementen(
            bsn,
            server.offer.aanbieder.clone(),
            server.offer.gegevensdienst.clone(),
        ));
        assert!(left.unwrap().is_empty(), "nothing is stored");
    }
}

#[test]
fn s3_f_36_a_shortening_cannot_be_refused() {
    for release in releases() {
        let mut server = Server::new(release);
        let id = server.taken(90);
        (server.positive, server.agrees) = (false, false);
        server.issue("t2", 90, false, CLIENT_ID, BSN);
        for dagen in [90, 40, 40, 0] {
            let (status, body, rows) = server.send(&server.change("t2", &id, day(dagen)), 120);
            assert_eq!((status, rows), (200, vec!["R3", "S3"]), "{release} {body}");
            assert_eq!(server.found(&id).state, AbonnementState::Active { einde: day(dagen) });
        }
    }
}

#[test]
fn s4_an_extension_may_be_refused() {
    for release in releases() {
        let mut server = Server::new(release);
        let id = server.taken(30);
        server.issue("t2", 90, false, CLIENT_ID, BSN);
        let extend = |server: &Server, dagen| server.send(&server.change("t2", &id, day(dagen)), 120);
        let (status, _, rows) = extend(&server, 60);
        assert_eq!((status, rows), (200, vec!["R3", "R7", "S4"]));
        assert_eq!(server.found(&id).state, AbonnementState::Active { einde: day(60) });
        server.agrees = false;
        let refused = extend(&server, 90);
        assert_eq!((refused.0, refused.1.as_str()), REFUSED);
        assert_eq!(
            server.found(&id).state,
            AbonnementState::Active { einde: day(60) },
            "the old end stays"
        );
    }
}

#[test]
fn s4b_no_further_than_what_is_granted() {
    for release in releases() {
        let server = Server::new(release);
        let id = server.taken(30);
        server.issue("t2", 90, true, CLIENT_ID, BSN);
        let (status, body, rows) = server.send(&server.change("t2", &id, day(91)), 120);
        assert_eq!((status, body.as_str()), REFUSED);
        assert_eq!(rows, ["R3", "S4b"]);
        assert_eq!(server.found(&id).state, AbonnementState::Active { einde: day(30) });
    }
}

#[test]
fn s5_f_36_an_end_cannot_be_refused_nor_its_repetition() {
    for release in releases() {
        let mut server = Server::new(release);
        let id = server.taken(90);
        (server.positive, server.agrees) = (false, false);
        server.issue("t2", 0, false, CLIENT_ID, BSN);
        for _ in 0..3 {
            let (status, _, rows) = server.send(&server.end("t2", &id), 120);
            assert_eq!((status, rows), (200, vec!["R3", "S5"]));
            assert_eq!(server.found(&id).state, AbonnementState::Ended);
        }
        // Ended is ended.
        server.issue("t3", 90, true, CLIENT_ID, BSN);
        let (status, body, _) = server.send(&server.change("t3", &id, day(10)), 180);
        assert_eq!((status, body.as_str()), UNKNOWN);
    }
}

#[test]
fn s5_some_end_by_changing_the_last_day_to_today() {
    let server = Server::new(Release::R2_2);
    let id = server.taken(90);
    server.issue("t2", 0, true, CLIENT_ID, BSN);
    let (status, body, _) = server.send(&server.change("t2", &id, day(2)), 120);
    assert_eq!((status, body.as_str()), INSUFFICIENT);
    // The day of a client may have begun before ours.
    for dagen in [1, 0] {
        let (status, _, rows) = server.send(&server.change("t2", &id, day(dagen)), 120);
        assert_eq!((status, rows.last()), (200, Some(&"S5")));
    }
    assert_eq!(server.found(&id).state, AbonnementState::Ended);
}

#[test]
fn s6_unknown_and_not_yours_look_alike() {
    for release in releases() {
        let server = Server::new(release);
        let id = server.taken(90);
        server.issue("other-person", 90, true, CLIENT_ID, "999990020");
        server.issue("other-client", 90, true, "other.pgo.nl", BSN);
        server.issue("ends-for-other", 0, true, CLIENT_ID, "999990020");
        let answers = [
            server.send(&server.change("t1", "unknown", day(3)), 120),
            server.send(&server.change("other-person", &id, day(3)), 120),
            server.send_as(&server.change("other-client", &id, day(3)), "other.pgo.nl", 120),
            server.send(&server.end("ends-for-other", &id), 120),
        ];
        for (number, (status, body, _)) in answers.iter().enumerate() {
            assert_eq!((*status, body.as_str()), UNKNOWN, "{release} {number}");
        }
        if release.abonneren_form() == AbonnerenForm::Restful {
            for none in ["..", "a_b", &"x".repeat(65)] {
                let (status, body, _) = server.send(&server.change("t1", none, day(3)), 120);
                assert_eq!((status, body.as_str()), UNKNOWN, "an id that is none names none");
            }
        }
        assert_eq!(server.found(&id).version, 0, "nothing changed");
    }
}

#[test]
fn subint_202_a_token_gives_a_right_to_its_own_kind_of_request_only() {
    for release in releases() {
        let server = Server::new(release);
        let id = server.taken(90);
        server.issue("ends", 0, true, CLIENT_ID, BSN);
        for request in [
            server.create("ends", None),
            server.end("t1", &id),
            server.change("ends", &id, day(9)),
        ] {
            let (status, body, _) = server.send(&request, 120);
            assert_eq!((status, body.as_str()), INSUFFICIENT, "{release}");
        }
        let mut without = server.create("t1", None);
        without.headers_mut().remove(AUTHORIZATION);
        assert_eq!(server.send(&without, 120).0, 401);
        assert_eq!(server.send(&server.create("unknown", None), 120).0, 401);
        assert_eq!(
            server.send_as(&server.create("t1", None), "other.pgo.nl", 120).0,
            401,
            "r1b"
        );
    }
}

#[test]
fn subint_201_what_is_no_request_is_refused() {
    let server = Server::new(Release::R2_2);
    let id = server.taken(90);
    for (method, path, body) in [
        ("GET", "/Subscription", ""),
        ("POST", "/Other", "{}"),
        ("POST", "/Subscription?x=1", "{}"),
        ("POST", "/Subscription", "{"),
        ("POST", "/Subscription", "[]"),
        ("POST", "/Subscription", "{\"end_date\":\"2026-13-01\"}"),
        ("POST", "/Subscription", "{\"end_date\":\"01-01-2030\"}"),
        ("POST", "/Subscription", "{\"end_date\":1}"),
        (
            "POST",
            "/Subscription",
            "{\"end_date\":\"2030-01-01\",\"end_date\":\"2030-01-02\"}",
        ),
        ("POST", "/Subscription", "{\"end_date\":\"2020-01-01\"}"),
        ("DELETE", "/Subscription", ""),
        ("PUT", "/Subscription", "{\"end_date\":\"2030-01-01\"}"),
    ] {
        let (status, answer, _) = server.send(&server.request("t1", method, path, body), 120);
        assert_eq!(
            (status, answer.as_str()),
            (400, "{\"error\":\"invalid_request\"}"),
            "{method} {path} {body}"
        );
    }
    let two_ids = format!("{{\"subscription_id\":\"x{id}\",\"end_date\":\"2030-01-01\"}}");
    let request = server.request("t1", "PUT", &format!("/Subscription/{id}"), &two_ids);
    assert_eq!(server.send(&request, 120).0, 400);
    let mut long = server.request("t1", "POST", "/Subscription", "{}");
    *long.body_mut() = vec![b' '; 17 << 10];
    assert_eq!(server.send(&long, 120).0, 400);
    let mut text = server.request("t1", "POST", "/Subscription", "{}");
    text.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(server.send(&text, 120).0, 400);
}

#[test]
fn l1_l2_l3_what_one_side_sends_the_other_reads() {
    for release in releases() {
        let server = Server::new(release);
        let offer = server.offer.clone();
        let mut runs = 0;
        let mut run = |selected: medmij_oauth::dvp::Selected, dagen: u32| {
            runs += 1;
            // Each run has a token of its own, as a DVA issues them.
            let token = format!("run-{runs}");
            server.issue(&token, dagen, false, CLIENT_ID, BSN);
            let ready = with_token(selected, &server.token(&token), dagen);
            let NextStep::Send(sent) = ready.next(at(100 + runs), &mut Counting(77)).unwrap() else {
                panic!()
            };
            let (response, _) = server.answer(&sent.request, CLIENT_ID, 100 + runs);
            match sent.awaiting.response(response, at(101 + runs)).done {
                Some(Done::Abonnement(abonnement)) => abonnement,
                other => panic!("{release} {other:?}"),
            }
        };
        let taken = run(dvp(release).abonneren(offer.clone(), 90).unwrap(), 90);
        assert_eq!(taken.einde(at(200)), Some(day(90)));
        let changed = run(dvp(release).abonnement_wijzigen(offer.clone(), taken, 20).unwrap(), 20);
        assert_eq!(changed.einde(at(200)), Some(day(20)));
        let longer = run(
            dvp(release).abonnement_wijzigen(offer.clone(), changed, 40).unwrap(),
            40,
        );
        assert_eq!(server.found(longer.id.as_str()).einde(at(200)), Some(day(40)));
        let ended = run(dvp(release).abonnement_beeindigen(offer, longer).unwrap(), 0);
        assert_eq!(ended.state, AbonnementState::Ended);
        assert_eq!(server.found(ended.id.as_str()).state, AbonnementState::Ended);
        assert_ne!(abonnement(release, 3).id, ended.id);
    }
}

/// The run, holding this token.
fn with_token(selected: medmij_oauth::dvp::Selected, token: &str, dagen: u32) -> Ready {
    let begun = selected.begin(at(60), &mut Counting(0)).unwrap();
    let state = parameter(begun.redirect.location(), "state").unwrap();
    let ReplyStep::Exchange(exchange) = reply(begun, &format!("code=abc&state={state}")) else {
        panic!("no exchange")
    };
    let scope = format!("subscribe~{dagen}/umcharderwijk~48");
    let body = token_body(Some(&scope)).replace("tok-1", token);
    match exchange.awaiting.response(&response(200, &body), at(62)) {
        medmij_oauth::dvp::TokenStep::Ready { ready, .. } => ready,
        other => panic!("{other:?}"),
    }
}

#[test]
fn s5_s3_one_that_exists_can_be_ended_where_no_new_ones_are_offered() {
    for release in releases() {
        let mut server = Server::new(release);
        let id = server.taken(90);
        server.issue("ends", 0, true, CLIENT_ID, BSN);
        server.offer.abonneren = None;
        let (status, body, _) = server.send(&server.create("t1", None), 120);
        assert_eq!((status, body.as_str()), REFUSED, "no new one");
        assert_eq!(server.send(&server.change("t1", &id, day(3)), 121).0, 200, "shorter");
        assert_eq!(server.send(&server.end("ends", &id), 122).0, 200);
        assert_eq!(server.found(&id).state, AbonnementState::Ended);
    }
}

#[test]
fn subint_201_the_paths_of_the_endpoint_and_no_others() {
    let server = Server::new(Release::R2_2);
    let id = server.taken(90);
    let status = |method: &str, path: &str, body: &str| server.send(&server.request("t1", method, path, body), 120).0;
    assert_eq!(status("POST", "/Subscription/", "{}"), 201, "a slash at the end");
    let later = format!("{{\"end_date\":\"{}\"}}", day(3));
    for path in [
        format!("Subscription/{id}"),
        format!("//Subscription/{id}"),
        format!("/Subscription//{id}"),
        format!("X/Subscription/{id}"),
    ] {
        assert!([400, 404].contains(&status("PUT", &path, &later)), "{path}");
    }
    assert_eq!(
        status("PUT", &format!("/Subscription/{id}"), "{\"endDate\":\"2026-10-01\"}"),
        400,
        "misspelt"
    );
    assert_eq!(
        status(
            "PUT",
            &format!("/Subscription/{id}"),
            &format!("{{\"id\":7,{}", &later[1..])
        ),
        200,
        "a foreign member"
    );
}
