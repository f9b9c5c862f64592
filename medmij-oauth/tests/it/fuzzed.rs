//! The properties that the fuzz targets try, and the ordinary tests on the corpora.
//!
//! An input is a byte that chooses the release, a byte that chooses what else there is to choose, and the text.

use std::collections::HashMap;

use http::Method;
use medmij_core::{HttpRequest, RedirectUri, Release};
use medmij_oauth::dva::{ClientOffer, Opened};
use medmij_oauth::dvp::TokenStep;
use medmij_oauth::{
    AuthorizationReply, AuthorizationSettings, Granted, ParameterPlace, ReplyContent, Scope, ScopeFunction,
    TokenRequest,
};

use crate::pair::*;

/// A property of an input.
pub(crate) type Property = fn(&[u8]);

/// The name of each target, and its property.
pub(crate) const TARGETS: [(&str, Property); 6] = [
    ("authorize_request", authorize_request),
    ("authorize_reply", authorize_reply),
    ("token_request", token_request),
    ("token_response", token_response),
    ("scope", scope),
    ("redirect_uri", redirect_uri),
];

/// The release, what else was chosen, and the text, if it is one.
fn split(input: &[u8]) -> Option<(Release, usize, &str)> {
    let (&[release, choice], text) = input.split_first_chunk()?;
    let release = Release::ALL[usize::from(release) % Release::ALL.len()];
    Some((release, usize::from(choice), std::str::from_utf8(text).ok()?))
}

/// The parameters as another parser reads them, which replaces what it cannot decode.
fn pairs(text: &str) -> HashMap<String, Vec<String>> {
    let mut pairs = HashMap::<_, Vec<_>>::new();
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        pairs.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    pairs
}

/// The value of a parameter that stands there once and is not empty.
fn one<'a>(pairs: &'a HashMap<String, Vec<String>>, name: &str) -> Option<&'a str> {
    match pairs.get(name).map(Vec::as_slice) {
        Some([value]) if !value.is_empty() => Some(value),
        _ => None,
    }
}

/// Nothing is redirected but to the host of the client, and what comes back is the `state` of the request.
pub(crate) fn authorize_request(input: &[u8]) {
    let Some((release, choice, query)) = split(input) else {
        return;
    };
    let Ok(request) = http::Request::get(format!("https://as.dva.nl/auth?{query}")).body(()) else {
        return;
    };
    // A fragment ends what a server sees of a URI.
    let query = request.uri().query().unwrap_or_default();
    let sent = pairs(query);
    let lists = Lists::new(release, &["48", "51", "53"]);
    let lists = if choice % 2 == 0 { lists } else { lists.representing() };
    let mut settings = AuthorizationSettings::default();
    settings.pkce = if choice % 4 < 2 {
        medmij_oauth::Pkce::NotAgreed
    } else {
        medmij_oauth::Pkce::Agreed
    };
    let opened = medmij_oauth::dva::open(&request, release, &lists, &settings, start());
    let right = match &opened {
        Opened::Landing { landing, .. } => Some(landing.request()),
        Opened::Authenticate { awaiting, .. } => Some(awaiting.request()),
        _ => None,
    };
    if let Some(right) = right {
        assert_eq!(one(&sent, "response_type"), Some("code"));
        assert_eq!(one(&sent, "client_id"), Some(right.client.hostname.as_str()));
        assert_eq!(one(&sent, "redirect_uri"), Some(right.redirect_uri.as_str()));
        assert_eq!(right.redirect_uri.host(), right.client.hostname.as_str());
        assert_eq!(one(&sent, "state"), Some(right.state.expose()));
        let text = one(&sent, "scope").unwrap();
        assert_eq!(
            Scope::parse(text, release, right.scope.function()),
            Ok(right.scope.clone())
        );
        assert!(
            right
                .offers
                .iter()
                .all(|offer| lists.offers.gegevensdienst(offer.gegevensdienst.as_str()).is_some())
        );
    }
    let redirect = match opened {
        Opened::ErrorPage { .. } => return,
        Opened::Redirect { redirect, .. } => redirect,
        Opened::InvalidRequest { shown, .. } => shown.back_to_pgo(at(1)).0,
        Opened::Landing { landing, .. } => landing.cancel(at(1)).0,
        Opened::Authenticate { awaiting, .. } => awaiting.failed(at(1)).0.back_to_pgo(at(2)).0,
    };
    let client_id = one(&sent, "client_id").unwrap();
    let location = url::Url::parse(redirect.location()).unwrap();
    assert_eq!(
        (location.scheme(), location.host_str(), location.port()),
        ("https", Some(client_id), None)
    );
    let (uri, back) = redirect.location().split_once('?').unwrap();
    assert_eq!(one(&sent, "redirect_uri"), Some(uri), "as it was sent, byte for byte");
    let back = pairs(back);
    assert!(one(&back, "error").is_some() && !back.contains_key("code"));
    if back.contains_key("state") {
        assert_eq!(one(&back, "state"), one(&sent, "state"));
    }
    assert!(back.len() <= 2, "nothing else comes back");
}

/// A reply is believed to hold a code or an error only if it holds that and nothing else, once.
pub(crate) fn authorize_reply(input: &[u8]) {
    let Ok(query) = std::str::from_utf8(input) else { return };
    let reply = AuthorizationReply::parse(query);
    let sent = pairs(query);
    if let Some(state) = reply.state() {
        assert_eq!(one(&sent, "state"), Some(state.expose()));
    }
    match reply.content() {
        ReplyContent::Code(code) => {
            assert_eq!(one(&sent, "code"), Some(code.expose()));
            assert!(sent.get("error").is_none_or(|errors| **errors == [""]));
        }
        ReplyContent::Error(error) => {
            assert_eq!(one(&sent, "error"), Some(error.as_str()));
            assert!(sent.get("code").is_none_or(|codes| **codes == [""]));
        }
        ReplyContent::Malformed => {}
    }
}

/// A token request that is taken offers what it holds once, and nothing of a release that does not have it.
pub(crate) fn token_request(input: &[u8]) {
    let Some((release, choice, text)) = split(input) else {
        return;
    };
    let mut request = HttpRequest::new(Vec::new());
    *request.method_mut() = Method::POST;
    request
        .headers_mut()
        .insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    let place = if choice % 2 == 0 {
        ParameterPlace::Body
    } else {
        ParameterPlace::BodyOrQuery
    };
    let text = if choice % 4 < 2 {
        *request.body_mut() = text.as_bytes().to_vec();
        text.to_owned()
    } else {
        let Ok(uri) = format!("https://ts.dva.nl/token?{text}").parse() else {
            return;
        };
        *request.uri_mut() = uri;
        request.uri().query().unwrap_or_default().to_owned()
    };
    let Ok(parsed) = TokenRequest::parse(&request, release, place) else {
        return;
    };
    assert!(choice % 4 < 2 || place == ParameterPlace::BodyOrQuery);
    let sent = pairs(&text);
    assert_eq!(one(&sent, "client_id"), parsed.client_id().map(|id| id.as_str()));
    let lists = Lists::new(release, &["48"]);
    let Ok(offer) = parsed.authenticate(Some(&certificate()), &lists) else {
        assert_ne!(one(&sent, "client_id").unwrap_or(CLIENT_ID), CLIENT_ID);
        return;
    };
    let digest = |name| medmij_core::Digest::of(one(&sent, name).unwrap().as_bytes());
    match offer {
        ClientOffer::Code(offer) => {
            assert_eq!(one(&sent, "grant_type"), Some("authorization_code"));
            assert_eq!(offer.key(), digest("code"));
        }
        ClientOffer::Refresh(offer) => {
            assert!(release.langdurige_toestemming());
            assert_eq!(one(&sent, "grant_type"), Some("refresh_token"));
            assert_eq!(offer.key(), digest("refresh_token"));
        }
    }
}

/// A token that is taken covers no more than was asked for, and is believed for no more than 900 seconds.
pub(crate) fn token_response(input: &[u8]) {
    let Some((&[release, status], body)) = input.split_first_chunk() else {
        return;
    };
    let release = Release::ALL[usize::from(release) % Release::ALL.len()];
    let mut answer = response([200, 400, 401, 503][usize::from(status) % 4], "");
    *answer.body_mut() = body.to_vec();
    let awaiting = awaiting(release, &["48"]);
    if let TokenStep::Ready { ready, .. } = awaiting.response(&answer, at(61)) {
        assert_eq!(answer.status(), 200);
        let token = ready.token().unwrap();
        assert!(token.gegevensdiensten == set(&["48"]) && token.expires_at <= at(960));
        assert!(token.refresh.is_none() || release.langdurige_toestemming());
        // In a member that nobody reads, a number that no double can hold is JSON all the same.
        let Ok(json) = serde_json::from_slice::<HashMap<String, serde_json::Value>>(body) else {
            return;
        };
        assert_eq!(json["access_token"].as_str(), Some(token.access_token.expose()));
    }
}

/// What is read is written back and read as the same; what is granted is within what was asked for.
pub(crate) fn scope(input: &[u8]) {
    let Some((release, choice, text)) = split(input) else {
        return;
    };
    let function = ScopeFunction::ALL[choice % 3];
    if let Ok(scope) = Scope::parse(text, release, function) {
        let written = scope.to_string();
        assert_eq!(written.len(), text.len(), "but for the order of its members");
        assert_eq!(Scope::parse(&written, release, function), Ok(scope));
    }
    let offers = offers(release, &["48"]);
    let asked = Scope::verzamelen(&offers, release).unwrap();
    if let Ok(granted) = Granted::parse(text, &asked, &offers, release) {
        assert!(granted.gegevensdiensten.is_subset(&set(&["48"])) && granted.dagen.is_none());
    }
}

/// A redirect URI that is taken is to a URI parser too what it seems to be.
pub(crate) fn redirect_uri(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    for client_id in [CLIENT_ID, "pgo.nl", "evil.com"] {
        let Ok(uri) = RedirectUri::for_client(text, &client_id.parse().unwrap()) else {
            continue;
        };
        assert_eq!((uri.as_str(), uri.host()), (text, client_id));
        let parsed = url::Url::parse(text).unwrap();
        assert_eq!((parsed.scheme(), parsed.host_str()), ("https", Some(client_id)));
        assert_eq!((parsed.port(), parsed.username(), parsed.password()), (None, "", None));
        assert_eq!((parsed.query(), parsed.fragment()), (None, None));
        assert!(http::Uri::try_from(text).is_ok_and(|uri| uri.host() == Some(client_id)));
    }
}
