//! The DVA's front channel: rows A1 to A24 of flows.md 4.2.

use medmij_core::{ChainEvent, Event, OwnEvent, Release};
use medmij_oauth::dva::{self, Landing, Opened, Session, TestResult, TestStep};
use medmij_oauth::{AuthorizationSettings, UnverifiedClient, dva::DeclarationAnswer};
use proptest::prelude::*;

use crate::pair::*;

pub(crate) fn lists(release: Release) -> Lists {
    Lists::new(release, &["48", "51", "53"])
}

fn landing(begun: &medmij_oauth::dvp::Begun) -> Landing {
    match opened(&lists(Release::R2_2), Release::R2_2, begun) {
        Opened::Landing { landing, .. } => landing,
        other => panic!("{other:?}"),
    }
}

/// A right request in the release, with one parameter changed: `None` leaves it out.
pub(crate) fn changed(release: Release, name: &str, value: Option<&str>) -> String {
    let scope = scope_of(release);
    let parameters = [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT_URI),
        ("scope", scope),
        ("state", "s-1"),
    ];
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (parameter, right) in parameters {
        match (parameter == name, value) {
            (false, _) => drop(query.append_pair(parameter, right)),
            (true, Some(value)) => drop(query.append_pair(parameter, value)),
            (true, None) => {}
        }
    }
    query.finish()
}

/// The scope by which *Verzamelen* is asked for.
pub(crate) fn scope_of(release: Release) -> &'static str {
    if release.major() == 2 {
        "umcharderwijk"
    } else {
        "umcharderwijk~48"
    }
}

pub(crate) fn open_with(query: &str, release: Release, lists: &Lists, settings: &AuthorizationSettings) -> Opened {
    // What a browser cannot send in a URI does not get here.
    let location = format!("https://as.dva.nl/auth?{query}");
    dva::open(&visit(&location), release, lists, settings, start())
}

pub(crate) fn open(release: Release, query: &str) -> Opened {
    open_with(query, release, &lists(release), &AuthorizationSettings::default())
}

/// Whether a request is right: a landing page or a login follows.
pub(crate) fn is_right(opened: &Opened) -> bool {
    matches!(opened, Opened::Landing { .. } | Opened::Authenticate { .. })
}

/// Where the DVP is told of an invalid request, if it is; 2.x shows a page first.
pub(crate) fn told(release: Release, query: &str) -> String {
    match open(release, query) {
        Opened::Redirect { redirect, .. } if release.major() == 1 => redirect.location().to_owned(),
        Opened::InvalidRequest { shown, .. } if release.major() == 2 => {
            shown.back_to_pgo(at(9)).0.location().to_owned()
        }
        other => panic!("{release} {query}: {other:?}"),
    }
}

#[test]
fn a1_a4_usrint_100_a_right_request_gets_the_landing_page() {
    for release in RELEASES.into_iter().filter(|release| release.landing_page()) {
        let begun = begun(release, &["48"]);
        match open(release, query_of(begun.redirect.location())) {
            Opened::Landing { landing, events } => {
                let names: Vec<_> = events.iter().map(|event| event.event.clone()).collect();
                let expected = [ChainEvent::ReceiveAuthorizationRequest, ChainEvent::ShowLandingPage];
                assert_eq!(names, expected.map(Event::Chain));
                let request = landing.request();
                assert_eq!(request.client.organisatienaam.as_str(), "De Enige Echte PGO");
                assert_eq!(request.offers.len(), if release.major() == 2 { 2 } else { 1 });
                let sent = release.ids_in_authorization_request();
                assert_eq!(
                    request.correlation_id.as_ref(),
                    sent.then_some(begun.pending.correlation_id())
                );
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a2_f_20_authint_202_nothing_is_redirected_to_who_is_not_verified() {
    let cases = [
        (changed(Release::R2_2, "client_id", None), UnverifiedClient::ClientId),
        (
            changed(Release::R2_2, "client_id", Some("")),
            UnverifiedClient::ClientId,
        ),
        (
            changed(Release::R2_2, "client_id", Some("MEDMIJ.deenigeechtepgo.nl")),
            UnverifiedClient::ClientId,
        ),
        (
            changed(Release::R2_2, "client_id", Some("unknown.nl")),
            UnverifiedClient::UnknownClient,
        ),
        (
            changed(Release::R2_2, "x", None) + "&client_id=medmij.deenigeechtepgo.nl",
            UnverifiedClient::ClientId,
        ),
        (
            changed(Release::R2_2, "redirect_uri", None),
            UnverifiedClient::RedirectUri,
        ),
        (
            changed(Release::R2_2, "x", None) + "&redirect_uri=https://other",
            UnverifiedClient::RedirectUri,
        ),
        (
            changed(
                Release::R2_2,
                "redirect_uri",
                Some("https://medmij.deenigeechtepgo.nl.evil.com/"),
            ),
            UnverifiedClient::RedirectUri,
        ),
        (
            changed(Release::R2_2, "redirect_uri", Some("https://other.pgo.nl/cb")),
            UnverifiedClient::RedirectUri,
        ),
        (
            changed(
                Release::R2_2,
                "redirect_uri",
                Some("https%3A%2F%2Fmedmij.deenigeechtepgo.nl%2Fcb"),
            ),
            UnverifiedClient::RedirectUri,
        ),
        ("a=b&".repeat(10_000), UnverifiedClient::Unreadable),
    ];
    for (query, expected) in cases {
        match open(Release::R2_2, &query) {
            Opened::ErrorPage { cause, events } => {
                assert_eq!(cause, expected, "{}", &query[..query.len().min(200)]);
                assert!(events.iter().all(|event| event.trace_id.is_none()), "no ids were sent");
                let names: Vec<_> = events.into_iter().map(|event| event.event).collect();
                assert!(names.contains(&Event::Chain(ChainEvent::ShowAuthorizationRequestErrorPage)));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a3_a3b_authint_203_an_invalid_request_is_told_with_its_state() {
    for release in RELEASES {
        let cases = [
            (changed(release, "response_type", None), "invalid_request"),
            (
                changed(release, "response_type", Some("token")),
                "unsupported_response_type",
            ),
            (changed(release, "x", None) + "&response_type=code", "invalid_request"),
            (changed(release, "scope", None), "invalid_request"),
            (changed(release, "x", None) + "&scope=x", "invalid_request"),
            (changed(release, "scope", Some("")), "invalid_request"),
            (changed(release, "scope", Some("umc harderwijk")), "invalid_scope"),
            (changed(release, "scope", Some("anders")), "invalid_scope"),
            (changed(release, "scope", Some("umcharderwijk~99")), "invalid_scope"),
        ];
        for (query, error) in cases {
            let expected = format!("{REDIRECT_URI}?error={error}&state=s-1");
            assert_eq!(told(release, &query), expected, "{release} {query}");
        }
        for query in [
            changed(release, "state", None),
            changed(release, "x", None) + "&state=t",
        ] {
            assert_eq!(
                told(release, &query),
                format!("{REDIRECT_URI}?error=invalid_request"),
                "no state that is none"
            );
        }
    }
}

#[test]
fn a3_f_21_a_gegevensdienst_that_is_not_on_the_ocl() {
    for release in RELEASES {
        let lists = lists(release).limited(release, &["51"]);
        let opened = |scope: Option<&str>| {
            let query = scope.map_or_else(
                || changed(release, "x", None),
                |scope| changed(release, "scope", Some(scope)),
            );
            open_with(&query, release, &lists, &AuthorizationSettings::default())
        };
        let row = |events: &[medmij_core::LogEvent]| events.last().and_then(|event| event.row);
        match opened(None) {
            Opened::Redirect { redirect, events } => {
                assert!(redirect.location().contains("error=invalid_scope"), "{release}");
                assert_eq!(row(&events), Some("A3"));
            }
            // From 2.0 on the person sees it first, and may then go back.
            Opened::InvalidRequest { shown, events } => {
                assert!(
                    shown.back_to_pgo(at(1)).0.location().contains("error=invalid_scope"),
                    "{release}"
                );
                assert_eq!(row(&events), Some("A3"));
            }
            // A scope that names the Aanbieder alone asks for what is listed, or leaves the check to the token interface
            // [core.autorisatie.203, 2.x].
            Opened::Landing { landing, .. } => {
                let left = landing
                    .request()
                    .offers
                    .iter()
                    .map(|offer| offer.gegevensdienst.as_str());
                let left: Vec<_> = left.collect();
                let is_here = release.verzamelen_ocl_check() == medmij_core::OclCheck::AuthorizationRequest;
                assert_eq!(left.contains(&"48"), !is_here, "{release} {left:?}");
                assert!(release.major() == 2 && left.contains(&"51"), "{release} {left:?}");
            }
            // It is left to the token interface.
            Opened::Authenticate { .. } => {
                assert_ne!(
                    release.verzamelen_ocl_check(),
                    medmij_core::OclCheck::AuthorizationRequest,
                    "{release}"
                );
            }
            other => panic!("{release} {other:?}"),
        }
        if release.major() == 1 {
            assert!(
                matches!(
                    opened(Some("umcharderwijk~51")),
                    Opened::Landing { .. } | Opened::Authenticate { .. }
                ),
                "{release}"
            );
        }
    }
}

#[test]
fn a5_no_landing_page_before_1_4() {
    for release in [Release::R1_1, Release::R1_2, Release::R1_3] {
        match open(release, &changed(release, "x", None)) {
            Opened::Authenticate { awaiting, events } => {
                assert_eq!(events[1].event, Event::Chain(ChainEvent::SendAuthenticationRequest));
                assert_eq!(awaiting.request().state.expose(), "s-1");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn authint_200_unknown_parameters_are_ignored() {
    for extra in [
        "&foo=bar",
        "&foo=%",
        "&code_challenge=x&code_challenge_method=S256",
        "&x=1&x=2",
        "&=",
        "&",
    ] {
        assert!(
            matches!(
                open(Release::R2_2, &(changed(Release::R2_2, "y", None) + extra)),
                Opened::Landing { .. }
            ),
            "{extra}"
        );
    }
}

#[test]
fn authint_208_a_missing_or_wrong_id_is_no_exception() {
    for extra in ["", "&X-Correlation-ID=x", "&MedMij-Request-ID=1&MedMij-Request-ID=2"] {
        let Opened::Landing { landing, .. } = open(Release::R2_2, &(changed(Release::R2_2, "y", None) + extra)) else {
            panic!("refused")
        };
        assert_eq!(
            (&landing.request().correlation_id, &landing.request().request_id),
            (&None, &None),
            "{extra}"
        );
    }
}

#[test]
fn a6_a8_authentication() {
    let begun = begun(Release::R2_2, &["48"]);
    let (awaiting, event) = landing(&begun).proceed(at(1));
    assert_eq!(event[0].event, Event::Chain(ChainEvent::SendAuthenticationRequest));
    assert_eq!(event[0].trace_id.as_ref(), Some(begun.pending.correlation_id()));
    let (_, events) = awaiting.response(at(2));
    let expected = [
        ChainEvent::ReceiveAuthenticationResponse,
        ChainEvent::SendArtifactResolutionRequest,
    ];
    assert_eq!(logged(&events), expected.map(Event::Chain));
}

#[test]
fn a12_no_identity_is_not_granted() {
    let begun = begun(Release::R2_2, &["48"]);
    let (_, events) = landing(&begun).proceed(at(1)).0.failed(at(2));
    let expected = [
        Event::Chain(ChainEvent::ReceiveAuthenticationError),
        Event::Own(OwnEvent::NotGrantedShown),
    ];
    assert_eq!(logged(&events), expected);
    let (_, events) = resolving(&lists(Release::R2_2), Release::R2_2, &begun).failed(at(3));
    let expected = [OwnEvent::IdentityNotEstablished, OwnEvent::NotGrantedShown];
    assert_eq!(logged(&events), expected.map(Event::Own));
}

#[test]
fn a15_a17_authint_205_a_positive_test_leads_to_the_declaration() {
    for (available, expected) in [(&["48", "51"][..], &["48", "51"][..]), (&["51", "99"], &["51"])] {
        let begun = begun(Release::R2_2, &["48", "51"]);
        let testing = testing(&lists(Release::R2_2), Release::R2_2, &begun);
        assert_eq!(testing.bsn().expose(), BSN);
        let (step, events) = testing.result(TestResult::positive(set(available)), at(3));
        let TestStep::Declare(declaration) = step else {
            panic!("not positive")
        };
        assert_eq!(*declaration.gegevensdiensten(), set(expected));
        assert_eq!(events[1].event, Event::Own(OwnEvent::DeclarationShown));
    }
}

#[test]
fn a18_a_test_that_leaves_nothing_is_negative() {
    for result in [
        TestResult::negative(),
        TestResult::positive(set(&[])),
        TestResult::positive(set(&["99"])),
    ] {
        let begun = begun(Release::R2_2, &["48"]);
        let testing = testing(&lists(Release::R2_2), Release::R2_2, &begun);
        assert!(matches!(testing.result(result, at(3)).0, TestStep::NotGranted(_)));
    }
}

#[test]
fn a19_a20_the_answer_is_recorded_first() {
    let release = Release::R2_2;
    let begun = begun(release, &["48"]);
    let given = declaration(&lists(release), release, &begun, &["48"]).given(text_version(), at(30));
    let record = given.record;
    assert_eq!(
        (record.answer, record.at, record.text_version),
        (DeclarationAnswer::Given, at(30), text_version())
    );
    assert_eq!((record.bsn.expose(), record.client_id.as_str()), (BSN, CLIENT_ID));
    assert_eq!(record.gegevensdiensten, set(&["48"]));
    assert!(!format!("{record:?}").contains(BSN));
    let refused = declaration(&lists(release), release, &begun, &["48"]).not_given(text_version(), at(30));
    assert_eq!(refused.record.answer, DeclarationAnswer::NotGiven);
    assert_eq!(refused.events[0].event, Event::Own(OwnEvent::DeclarationAnswered));
}

#[test]
fn a22_the_code_is_bound_to_the_request() {
    for release in RELEASES {
        let begun = begun(release, &["48"]);
        let issued = issued(&lists(release), release, &begun, &["48"]);
        let state = parameter(begun.redirect.location(), "state").unwrap();
        let (key, grant) = (issued.key(), issued.grant().clone());
        let location = redirect(issued);
        let code = parameter(&location, "code").unwrap();
        assert_eq!(location, format!("{REDIRECT_URI}?code={code}&state={state}"));
        assert_eq!(code.parse::<medmij_core::AuthorizationCode>().unwrap().digest(), key);
        assert_eq!(
            (grant.client_id.as_str(), grant.redirect_uri.as_str()),
            (CLIENT_ID, REDIRECT_URI)
        );
        assert_eq!((grant.expires_at, grant.granted), (at(900), set(&["48"])));
    }
}

#[test]
fn a22_a_code_that_exists_gives_the_step_back() {
    let release = Release::R2_2;
    let begun = begun(release, &["48"]);
    let first = issued(&lists(release), release, &begun, &["48"]);
    let key = first.key();
    let second = first.not_stored().issue(at(1), &mut Counting(7_777)).unwrap();
    assert_ne!(second.key(), key);
}

#[test]
fn rfc0060_state_within_its_bounds() {
    let release = Release::R1_4;
    let mut settings = AuthorizationSettings::default();
    settings.state_length = Some(medmij_core::StateLength { min: 2, max: 4 });
    for (state, right) in [("a", false), ("ab", true), ("abcd", true), ("abcde", false)] {
        let query = changed(release, "state", Some(state));
        let opened = open_with(&query, release, &lists(release), &settings);
        assert_eq!(is_right(&opened), right, "{state}");
    }
    let long = changed(release, "state", Some(&"s".repeat(513)));
    assert_eq!(
        told(release, &long),
        format!("{REDIRECT_URI}?error=invalid_request&state={}", "s".repeat(513)),
        "512 by default; it comes back all the same"
    );
}

#[test]
fn logging_207_a_refused_request_keeps_its_ids() {
    let ids = "&X-Correlation-ID=c0e7b545-9606-4eef-bea7-75d8addaa54b";
    let query = changed(Release::R2_2, "client_id", Some("unknown.nl")) + ids;
    let Opened::ErrorPage { events, .. } = open(Release::R2_2, &query) else {
        panic!("not refused")
    };
    assert!(events.iter().all(|event| event.trace_id.is_some()));
}

#[test]
fn a20c_a21b_a24_a_closed_screen_sends_nothing() {
    let release = Release::R2_2;
    let begun = begun(release, &["48"]);
    let landing = landing(&begun);
    let (not_granted, _) = landing.clone().proceed(at(1)).0.failed(at(2));
    let declaration = declaration(&lists(release), release, &begun, &["48"]);
    let sessions = [
        Session::Landing(landing),
        Session::AwaitingDeclaration(declaration),
        Session::NotGrantedShown(not_granted),
    ];
    for session in sessions {
        let event = session.close(at(3));
        assert_eq!(event[0].event, Event::Own(OwnEvent::Abandoned));
        assert_eq!(event[0].trace_id.as_ref(), Some(begun.pending.correlation_id()));
    }
}

proptest! {
    /// Whatever the query, what is redirected goes to the verified client.
    #[test]
    fn a2_no_query_redirects_elsewhere(
        uri in "https://(medmij\\.deenigeechtepgo\\.nl|[a-z.]{1,12})[/@.:?#\\\\a-z]{0,12}",
        tail in ".{0,60}",
    ) {
        let tail = url::form_urlencoded::byte_serialize(tail.as_bytes()).collect::<String>();
        let query = changed(Release::R1_4, "redirect_uri", Some(&uri)).replace("scope=", "scope=x") + &tail;
        if let Opened::Redirect { redirect, .. } = open(Release::R1_4, &query) {
            let rest = redirect.location().strip_prefix("https://medmij.deenigeechtepgo.nl").unwrap();
            prop_assert!(rest.starts_with('/') || rest.starts_with('?'));
        }
    }
}
