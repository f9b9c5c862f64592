//! PKCE for deployments that agree on it: off by default, never required, ignored when not agreed.

use medmij_core::Release;
use medmij_oauth::dva::{GrantStore, PutTokens, TokenOutcome};
use medmij_oauth::dvp::{Begun, ReplyStep};
use medmij_oauth::{AuthorizationReply, AuthorizationSettings, MemoryStore, Pkce, TokenRequest};

use crate::authorization_server::{changed, is_right, lists, open_with};
use crate::drivers::now_or_never as wait;
use crate::pair::*;

fn agreed() -> AuthorizationSettings {
    let mut settings = AuthorizationSettings::default();
    settings.pkce = Pkce::Agreed;
    settings
}

fn begin(release: Release, pkce: Pkce) -> Begun {
    let dvp = dvp(release).with_pkce(pkce);
    let selected = dvp
        .verzamelen(offers(release, &["48"]), vec![query("48", "Patient")])
        .unwrap();
    selected.begin(start(), &mut Counting(0)).unwrap()
}

/// Status of a whole exchange, with the body of the token request changed.
pub(crate) fn exchanged(release: Release, of_dvp: Pkce, of_dva: Pkce, change: impl Fn(&str) -> String) -> u16 {
    let begun = begin(release, of_dvp);
    let mut settings = AuthorizationSettings::default();
    settings.pkce = of_dva;
    let lists = lists(release);
    let opened = medmij_oauth::dva::open(&visit(begun.redirect.location()), release, &lists, &settings, start());
    let awaiting = match opened {
        medmij_oauth::dva::Opened::Landing { landing, .. } => landing.proceed(start()).0,
        medmij_oauth::dva::Opened::Authenticate { awaiting, .. } => awaiting,
        other => panic!("{other:?}"),
    };
    let moment = medmij_core::TestMoment::Late;
    let step = awaiting.response(start()).0.identity(person(), moment, start()).0;
    let medmij_oauth::dva::IdentityStep::Declare(declaration) = step else {
        panic!("{step:?}")
    };
    let issued = declaration
        .given(text_version(), start())
        .next
        .issue(start(), &mut Counting(9))
        .unwrap();
    let store = MemoryStore::new();
    let _ = wait(store.put_code(issued.key(), issued.grant().clone()));
    let location = redirect(issued);
    let reply = AuthorizationReply::parse(query_of(&location));
    let ReplyStep::Exchange(exchange) = begun.pending.reply(reply, at(1), &mut Counting(7)).unwrap() else {
        panic!("no exchange")
    };
    let mut request = exchange.request;
    let body = change(std::str::from_utf8(request.body()).unwrap());
    *request.body_mut() = body.into_bytes();
    let settings = medmij_oauth::dva::TokenSettings::default();
    let parsed = TokenRequest::parse(&request, release, settings.parameters).unwrap();
    let shown = format!("{parsed:?}");
    let offer = parsed.authenticate(Some(&certificate()), &lists).unwrap();
    let shown = format!("{shown} {offer:?}");
    let sent = String::from_utf8(request.body().clone()).unwrap();
    for secret in sent.split("code_verifier=").skip(1).chain(sent.split("&code=").skip(1)) {
        let secret = secret.split('&').next().unwrap();
        assert!(secret.is_empty() || !shown.contains(secret), "{shown}");
    }
    let medmij_oauth::dva::ClientOffer::Code(offer) = offer else {
        panic!("{offer:?}")
    };
    let taken = wait(store.take_code(offer.key())).unwrap();
    match offer.exchange(taken, settings, at(2), &mut Counting(8)).unwrap() {
        TokenOutcome::Issued(issued) => issued.put(PutTokens::Stored).unwrap().status().as_u16(),
        TokenOutcome::Refused(refused) => refused.refusal.to_response().status().as_u16(),
    }
}

pub(crate) fn without_verifier(body: &str) -> String {
    body.split('&')
        .filter(|pair| !pair.starts_with("code_verifier="))
        .collect::<Vec<_>>()
        .join("&")
}

pub(crate) fn other_verifier(body: &str) -> String {
    without_verifier(body) + "&code_verifier=" + &"x".repeat(43)
}

#[test]
fn pkce_is_off_by_default() {
    for release in RELEASES {
        let begun = begun(release, &["48"]);
        assert!(!begun.redirect.location().contains("code_challenge"));
        let body = String::from_utf8(exchange(release, &["48"]).request.into_body()).unwrap();
        assert!(!body.contains("code_verifier"));
    }
}

#[test]
fn pkce_is_ignored_where_it_is_not_agreed() {
    for release in RELEASES {
        for tail in [
            "&code_challenge=x",
            "&code_challenge_method=plain",
            "&code_challenge=a&code_challenge=b",
        ] {
            let query = changed(release, "x", None) + tail;
            assert!(
                is_right(&open_with(
                    &query,
                    release,
                    &lists(release),
                    &AuthorizationSettings::default()
                )),
                "{tail}"
            );
        }
        assert_eq!(exchanged(release, Pkce::Agreed, Pkce::NotAgreed, other_verifier), 200);
        let twice = |body: &str| format!("{body}&code_verifier=x&code_verifier=%FF");
        assert_eq!(exchanged(release, Pkce::NotAgreed, Pkce::NotAgreed, twice), 200);
    }
}

#[test]
fn rfc_7636_a_challenge_is_held_to() {
    for release in RELEASES {
        assert_eq!(exchanged(release, Pkce::Agreed, Pkce::Agreed, str::to_owned), 200);
        assert_eq!(exchanged(release, Pkce::Agreed, Pkce::Agreed, without_verifier), 400);
        assert_eq!(exchanged(release, Pkce::Agreed, Pkce::Agreed, other_verifier), 400);
        assert_eq!(
            exchanged(release, Pkce::NotAgreed, Pkce::Agreed, str::to_owned),
            200,
            "never required"
        );
        assert_eq!(
            exchanged(release, Pkce::NotAgreed, Pkce::Agreed, other_verifier),
            400,
            "RFC 9700, 4.8.2"
        );
    }
}

#[test]
fn rfc_7636_only_s256() {
    let release = Release::R2_2;
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let right = |tail: &str| {
        is_right(&open_with(
            &(changed(release, "x", None) + tail),
            release,
            &lists(release),
            &agreed(),
        ))
    };
    assert!(right(&format!(
        "&code_challenge={challenge}&code_challenge_method=S256"
    )));
    for tail in [
        format!("&code_challenge={challenge}"),
        format!("&code_challenge={challenge}&code_challenge_method=plain"),
        format!("&code_challenge={challenge}&code_challenge_method=s256"),
        format!("&code_challenge={challenge}=&code_challenge_method=S256"),
        "&code_challenge=x&code_challenge_method=S256".to_owned(),
        "&code_challenge_method=S256".to_owned(),
    ] {
        assert!(!right(&tail), "{tail}");
    }
}

#[test]
fn pkce_the_verifier_does_not_show() {
    let begun = begin(Release::R2_2, Pkce::Agreed);
    let shown = format!("{begun:?}");
    let state = parameter(begun.redirect.location(), "state").unwrap();
    let reply = AuthorizationReply::parse(&format!("code=x&state={state}"));
    let ReplyStep::Exchange(exchange) = begun.pending.reply(reply, at(1), &mut Counting(7)).unwrap() else {
        panic!("no exchange")
    };
    let body = String::from_utf8(exchange.request.body().clone()).unwrap();
    let verifier = body.split("code_verifier=").nth(1).unwrap();
    assert_eq!(verifier.len(), 64);
    assert!(!shown.contains(verifier) && !format!("{exchange:?}").contains(verifier));
}
