//! The lines of oauth.md 12, and the list of all rows that must have a test: one without fails here.

use medmij_core::{AuthorizationCode, RedirectUri, Release};
use medmij_oauth::{AuthorizationReply, ReplyContent, Scope, ScopeFunction};

use crate::authorization_server::{changed, told};
use crate::pair::*;
use crate::per_release::rows;
use crate::scene::{INVALID_CLIENT, INVALID_GRANT, INVALID_REQUEST, Scene, text};

/// Every line and row: where it stands, what it says in short, and the start of the names of its tests.
const ROWS: &[(&str, &str, &str)] = &[
    ("oauth.md 12, 1", "scope parser per release", "l12_1_"),
    ("oauth.md 12, 2", "redirect_uri on its raw text", "l12_2_"),
    ("oauth.md 12, 3", "client_id absent, unknown, twice", "l12_3_"),
    ("oauth.md 12, 4", "errors carry state; 2, 3 and 4 are alike", "l12_4_"),
    ("oauth.md 12, 5", "the order at the token endpoint", "l12_5_"),
    ("oauth.md 12, 6", "empty client_id", "l12_6_"),
    ("oauth.md 12, 7", "ids", "l12_7_"),
    ("oauth.md 12, 8", "refresh", "l12_8_"),
    ("oauth.md 12, 9", "unknown errors and bodies at the client", "l12_9_"),
    ("oauth.md 12, 10", "nothing secret shows", "l12_10_"),
    (
        "oauth.md 3.3",
        "client_id or redirect_uri invalid",
        "t33_client_id_or_redirect_uri",
    ),
    (
        "oauth.md 3.3",
        "other request error",
        "t33_uc_verzamelen_1_verzamelen_1_other_request_error",
    ),
    (
        "oauth.md 3.3",
        "identity not established",
        "t33_uc_verzamelen_2_authenticeren_1_identity_not_established",
    ),
    (
        "oauth.md 3.3",
        "not available",
        "t33_uc_verzamelen_3_autoriseren_1_not_available",
    ),
    (
        "oauth.md 3.3",
        "consent refused",
        "t33_uc_verzamelen_4_autoriseren_2_consent_refused",
    ),
    (
        "oauth.md 3.3",
        "answer cannot be established",
        "t33_a21_uc_verzamelen_5_autoriseren_3_answer_undetermined",
    ),
    (
        "oauth.md 3.3",
        "login cancelled",
        "t33_a9_a10_a11_uc_verzamelen_7_authenticeren_2_login_cancelled",
    ),
    ("oauth.md 3.3", "technical failure", "t33_a23_technical_failure"),
    ("oauth.md 4.1", "grant_type", "t41_grant_type"),
    ("oauth.md 4.1", "code", "t41_code"),
    ("oauth.md 4.1", "client_id", "t41_client_id"),
    ("oauth.md 4.1", "redirect_uri", "t41_mmos_67_redirect_uri"),
    ("oauth.md 4.1", "client_secret", "t41_client_secret"),
    ("oauth.md 4.1", "code_verifier", "t41_code_verifier"),
    ("oauth.md 4.1", "others", "t41_others"),
    ("oauth.md 4.5", "offer once", "t45_tknint_203_"),
    ("oauth.md 4.5", "retire", "t45_tknint_204_"),
    ("oauth.md 4.5", "no token without redirect_uri", "t45_tknint_205_"),
    ("oauth.md 4.5", "within 10 seconds", "t45_tknint_206_"),
    ("oauth.md 4.5", "two id headers", "t45_tknint_208_"),
    ("oauth.md 4.5", "offer only under the conditions", "t45_tknint_202_"),
    (
        "oauth.md 4.5",
        "to the token endpoint of the same entry",
        "t45_the_code_goes_to_",
    ),
    ("oauth.md 4.5", "a second offer revokes", "t45_a_second_offer_revokes"),
    (
        "oauth.md 5",
        "parameter missing, repeated, unparsable",
        "table5_parameter_",
    ),
    ("oauth.md 5", "redirect_uri missing", "table5_redirect_uri_missing"),
    ("oauth.md 5", "certificate absent or not valid", "table5_certificate_"),
    (
        "oauth.md 5",
        "client_id differs from the certificate",
        "table5_client_id_differs_",
    ),
    ("oauth.md 5", "code unknown, expired, used, of another", "table5_code_"),
    (
        "oauth.md 5",
        "refresh token unknown, expired, withdrawn, of another",
        "table5_refresh_token_",
    ),
    (
        "oauth.md 5",
        "grant_type not supported",
        "table5_grant_type_not_supported",
    ),
    ("oauth.md 5", "no Gegevensdienst left", "table5_no_gegevensdienst_left_"),
    ("oauth.md 5", "overload, failure", "table5_overload_or_failure"),
];

/// The rows of the tables, each of which has a test for every release.
const SOURCES: &[&str] = &[
    include_str!("checklist.rs"),
    include_str!("table_3_3.rs"),
    include_str!("table_4_1.rs"),
    include_str!("table_4_5.rs"),
    include_str!("table_5.rs"),
];

/// The names of the rows that are made into a test for each release.
fn named() -> Vec<&'static str> {
    let lines = SOURCES.iter().flat_map(|source| source.lines());
    let heads = lines.filter_map(|line| line.trim().strip_suffix("(release) {"));
    heads
        .filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
        .collect()
}

#[test]
fn every_row_has_a_test() {
    let named = named();
    for (place, row, start) in ROWS {
        assert!(
            named.iter().any(|name| name.starts_with(start)),
            "{place}, {row}: no test {start}…"
        );
    }
    // And every test of a row is one of these.
    for name in named.iter().filter(|name| {
        ["l12_", "t33_", "t41_", "t45_", "table5_"]
            .iter()
            .any(|it| name.starts_with(it))
    }) {
        let known = ROWS.iter().any(|(_, _, start)| name.starts_with(start)) || *name == "t41_body_only";
        assert!(known, "{name} is of no row");
    }
}

/// The tests of flows.md 8.2 that stand in this crate; F-01, F-13, F-27 and F-41 stand in those of the examples, the lists and the
/// core.
const F_TESTS: [&str; 32] = [
    "f_02", "f_03", "f_04", "f_05", "f_06", "f_07", "f_08", "f_09", "f_10", "f_11", "f_12", "f_14", "f_20", "f_21",
    "f_22", "f_23", "f_24", "f_25", "f_26", "f_28", "f_29", "f_30", "f_30a", "f_31", "f_32", "f_33", "f_34", "f_35",
    "f_36", "f_37", "f_40", "f_50",
];

#[test]
fn every_test_of_flows_8_2_is_there() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it");
    let mut named = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let mut is_test = false;
        for line in std::fs::read_to_string(&path).unwrap().lines().map(str::trim) {
            match (line.strip_prefix("fn "), line.strip_suffix("(release) {")) {
                _ if line == "#[test]" => is_test = true,
                (Some(name), _) if std::mem::take(&mut is_test) => {
                    named.push(name.split('(').next().unwrap_or_default().to_owned());
                }
                (None, Some(row)) => named.push(row.to_owned()),
                _ => {}
            }
        }
    }
    for wanted in F_TESTS {
        let is = |name: &&String| format!("_{name}_").contains(&format!("_{wanted}_"));
        assert!(named.iter().any(|name| is(&name)), "{wanted} has no test");
    }
}

/// Where the specification lies beside the checkout, the list is held against it: as many lines and rows.
#[test]
fn every_row_of_the_specification_is_listed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/spec/oauth.md");
    let Ok(text) = std::fs::read_to_string(path) else {
        use std::io::Write as _;
        drop(writeln!(std::io::stderr(), "skipped: the specification is not here"));
        return;
    };
    let section = |heading: &str| {
        let rest = text.split_once(heading).unwrap().1;
        let end = rest.find("\n##").unwrap_or(rest.len());
        rest[..end].to_owned()
    };
    let rows = |heading: &str| section(heading).lines().filter(|line| line.starts_with('|')).count() - 2;
    let listed = |place: &str| {
        ROWS.iter()
            .filter(|(listed, ..)| listed.split(',').next() == Some(place))
            .count()
    };
    assert_eq!(rows("### 3.3 "), listed("oauth.md 3.3"));
    assert_eq!(rows("### 4.1 "), listed("oauth.md 4.1"));
    assert_eq!(rows("### 4.5 "), listed("oauth.md 4.5"));
    assert_eq!(rows("## 5. "), listed("oauth.md 5"));
    let numbered = |line: &&str| {
        line.split_once(". ")
            .is_some_and(|(number, _)| number.parse::<u8>().is_ok())
    };
    assert_eq!(
        section("## 12. ").lines().filter(numbered).count(),
        listed("oauth.md 12")
    );
}

rows! {
    l12_1_scope(release) {
        let parse = |text: &str, function| Scope::parse(text, release, function).is_ok();
        use ScopeFunction::{Abonneren, Delen, Verzamelen};
        let (one, by_name) = (release <= Release::R1_4, release.major() == 2);
        for (text, function, right) in [
            ("umc~4", Verzamelen, !by_name),
            ("umc", Verzamelen, by_name),
            ("umc~4 umc~5", Verzamelen, !one && !by_name),
            ("umc~4 amc~5", Verzamelen, false),
            ("umc~4  umc~5", Verzamelen, false),
            ("a12345", Verzamelen, false),
            ("a12345~4", Verzamelen, false),
            ("a1234", Verzamelen, by_name),
            ("4", Verzamelen, false),
            ("umc~4", Delen, true),
            ("umc", Delen, false),
            ("subscribe~180/umc~4", Abonneren, release.abonneren()),
            ("subscribe~0/umc~4", Abonneren, release.abonneren()),
            ("subscribe~-1/umc~4", Abonneren, false),
            ("subscribe~007/umc~4", Abonneren, false),
        ] {
            assert_eq!(parse(text, function), right, "{text} {function}");
        }
    }

    /// The whole list of refusals is in `attacks`.
    l12_2_redirect_uri(release) {
        for uri in [
            "https://medmij.deenigeechtepgo.nl.evil.com/",
            "https://medmij.deenigeechtepgo.nl@evil.com/",
            "https://medmij.deenigeechtepgo.nl:443/cb",
            "https:medmij.deenigeechtepgo.nl",
            "https://medmij.deenigeechtepgo.nl/\t",
            "https://medmij.deenigeechtepgo.nl\\cb",
        ] {
            let query = changed(release, "redirect_uri", Some(uri));
            let opened = crate::authorization_server::open(release, &query);
            assert!(matches!(opened, medmij_oauth::dva::Opened::ErrorPage { .. }), "{uri}");
            assert!(RedirectUri::for_client(uri, &CLIENT_ID.parse().unwrap()).is_err());
        }
        for uri in ["https://medmij.deenigeechtepgo.nl", "https://medmij.deenigeechtepgo.nl/a%20b"] {
            let query = changed(release, "redirect_uri", Some(uri));
            assert!(crate::authorization_server::is_right(&crate::authorization_server::open(release, &query)), "{uri}");
        }
    }

    l12_3_client_id(release) {
        let twice = changed(release, "x", None) + "&client_id=" + CLIENT_ID;
        let queries = [
            changed(release, "client_id", None),
            changed(release, "client_id", Some("unknown.pgo.nl")),
            changed(release, "client_id", Some("")),
            twice,
        ];
        for query in queries {
            let opened = crate::authorization_server::open(release, &query);
            assert!(matches!(opened, medmij_oauth::dva::Opened::ErrorPage { .. }), "{query}");
        }
    }

    /// That the three are alike, byte for byte, `not_granted` shows over random sessions.
    l12_4_state(release) {
        for state in ["s", "xcoivjuywkdkhvusuye3kch", "a b&c=d"] {
            let encoded: String = url::form_urlencoded::byte_serialize(state.as_bytes()).collect();
            let query = changed(release, "state", Some(state)).replace("scope=", "scope=x");
            assert_eq!(told(release, &query), format!("{REDIRECT_URI}?error=invalid_scope&state={encoded}"));
        }
    }

    l12_5_order(release) {
        let scene = Scene::new(release);
        let other = medmij_core::ClientIdentity::from_names(["192.0.2.1"]);
        // Wrong in every way: the first check tells, and nothing is burnt before the client is known.
        let all_wrong = scene.changed("grant_type=", "code=x&grant_type=");
        assert_eq!(text(&scene.answer(&all_wrong, None, 2_000)), (400, INVALID_REQUEST.into()));
        let no_client = scene.changed("%2Fcb", "%2Fother");
        assert_eq!(text(&scene.answer(&no_client, Some(&other), 60)), (401, INVALID_CLIENT.into()));
        assert_eq!(scene.offer(&scene.request).0, 200);
        for (seconds, status) in [(899, 200), (900, 400)] {
            let scene = Scene::new(release);
            assert_eq!(scene.offer_at(&scene.request, seconds).0, status, "{seconds}");
        }
        let wrong_first = Scene::new(release);
        assert_eq!(wrong_first.offer(&wrong_first.changed("%2Fcb", "%2Fother")), (400, INVALID_GRANT.into()));
        assert_eq!(wrong_first.offer(&wrong_first.request), (400, INVALID_GRANT.into()), "must stay refused");
    }

    l12_6_empty_client_id(release) {
        let scene = Scene::new(release);
        let named = format!("client_id={CLIENT_ID}");
        let body = String::from_utf8(scene.request.body().clone()).unwrap();
        let request = if body.contains(&named) {
            scene.changed(&named, "client_id=")
        } else {
            scene.changed("redirect_uri=", "client_id=&redirect_uri=")
        };
        let expected = if release <= Release::R1_2 { 200 } else { 400 };
        assert_eq!(scene.offer(&request).0, expected);
    }

    l12_7_ids(release) {
        let begun = begun(release, &["48"]);
        let location = begun.redirect.location();
        let sent = (parameter(location, "MedMij-Request-ID"), parameter(location, "X-Correlation-ID"));
        if release.ids_in_authorization_request() {
            assert_eq!(sent.0.as_deref(), Some(begun.pending.request_id().as_str()));
            assert_eq!(sent.1.as_deref(), Some(begun.pending.correlation_id().as_str()));
        } else {
            assert_eq!(sent, (None, None));
        }
        // The server reads the query parameters, and tolerates header fields where they are absent.
        let request = http::Request::get(format!("https://as.dva.nl/auth?{}", changed(release, "x", None)))
            .header("X-Correlation-ID", "c0e7b545-9606-4eef-bea7-75d8addaa54b")
            .body(())
            .unwrap();
        let lists = crate::authorization_server::lists(release);
        let settings = medmij_oauth::AuthorizationSettings::default();
        let id = match medmij_oauth::dva::open(&request, release, &lists, &settings, start()) {
            medmij_oauth::dva::Opened::Landing { landing, .. } => landing.request().correlation_id.clone(),
            medmij_oauth::dva::Opened::Authenticate { awaiting, .. } => awaiting.request().correlation_id.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(id.is_some(), release.ids_in_authorization_request());
    }

    /// Rotation and reuse are in `refresh`.
    l12_8_refresh(release) {
        let scene = if release.langdurige_toestemming() { Scene::langdurig(release) } else { Scene::new(release) };
        let tokens = scene.tokens();
        assert_eq!(tokens.refresh.is_some(), release.langdurige_toestemming());
        let token = tokens.refresh.unwrap_or_else(|| "x".into());
        let (status, body) = scene.offer(&scene.refresh_request(&token));
        if release.langdurige_toestemming() {
            assert_eq!(status, 200);
            assert_eq!(scene.offer(&scene.refresh_request(&token)), (400, INVALID_GRANT.into()), "reuse of the old one");
        } else {
            assert_eq!((status, body.as_str()), (400, "{\"error\":\"unsupported_grant_type\"}"));
        }
    }

    l12_9_unknown_errors_and_bodies(release) {
        for error in ["something_new", "401", "invalid_grant"] {
            let reply = AuthorizationReply::parse(&format!("error={error}&state=x"));
            assert!(matches!(reply.content(), ReplyContent::Error(found) if found.as_str() == error));
        }
        for body in ["", "<html>", "null", "[]", "{\"error\":401}", "{\"access_token\":{}}", "\u{0}", "{"] {
            for status in [200, 400, 401, 500] {
                let step = awaiting(release, &["48"]).response(&response(status, body), at(61));
                assert!(matches!(step, medmij_oauth::dvp::TokenStep::Stopped(_)), "{status} {body}");
            }
        }
    }

    l12_10_nothing_secret_shows(release) {
        let begun = begun(release, &["48"]);
        let state = parameter(begun.redirect.location(), "state").unwrap();
        let declaration = declaration(&Lists::new(release, &["48"]), release, &begun, &["48"]);
        let session = medmij_oauth::dva::Session::AwaitingDeclaration(declaration.clone());
        let given = declaration.given(text_version(), at(1));
        let record = format!("{:?}", given.record);
        let issued = given.next.issue(at(1), &mut Counting(5)).unwrap();
        let shown = format!("{begun:?} {session:?} {record} {issued:?}");
        let location = redirect(issued);
        let code = parameter(&location, "code").unwrap();
        let step = reply(begun, query_of(&location));
        let shown = format!("{shown} {step:?}");
        let digest = code.parse::<AuthorizationCode>().unwrap().digest().to_string();
        assert!(!shown.is_empty() && !digest.is_empty());
        for secret in [BSN, &state, &code] {
            // A body shows as decimal bytes, so those are looked for too.
            let bytes = secret.bytes().map(|b| b.to_string()).collect::<Vec<_>>().join(", ");
            assert!(!shown.contains(secret) && !shown.contains(&bytes), "{shown}");
        }
    }
}
