//! The properties of the messages of *Abonneren* and *Notificeren* that the fuzz targets try.
//!
//! An input is a byte that chooses the release, a byte that chooses what else there is to choose, and the text.

use http::Method;
use medmij_core::{AbonnerenForm, ClientIdentity, HttpRequest, HttpResponse, Release};
use medmij_oauth::dva::{self, NotificationEndpoints, NotificationRoute, NotifyStep};
use medmij_oauth::dvp::{Done, NextStep, NotifiedStep, ReceivedNotificatie, ReplyStep, TokenStep};
use medmij_oauth::{NotificationAnswer, NotificationRefusal, SubscriptionRequest};
use serde_json::Value;

use crate::pair::*;

/// A property of an input.
type Property = fn(&[u8]);

/// The name of each target, and its property.
pub(crate) const TARGETS: [(&str, Property); 4] = [
    ("subscription_request", subscription_request),
    ("subscription_response", subscription_response),
    ("notification", notification),
    ("notification_answer", notification_answer),
];

fn split(input: &[u8]) -> Option<(Release, usize, &[u8])> {
    let (&[release, choice], body) = input.split_first_chunk()?;
    let mut releases = RELEASES.into_iter().filter(|release| release.abonneren()).cycle();
    Some((releases.nth(usize::from(release))?, usize::from(choice), body))
}

/// A member of an object, as another reader finds it.
fn member(body: &[u8], name: &str) -> Option<String> {
    let json: Value = serde_json::from_slice(body).ok()?;
    Some(json.get(name)?.as_str()?.to_owned())
}

fn is_id(text: &str) -> bool {
    let right = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    (1..=64).contains(&text.len()) && text.bytes().all(right) && text.bytes().any(|b| b != b'.')
}

/// What is read of a request stands in it, and an id is one.
pub(crate) fn subscription_request(input: &[u8]) {
    let Some((release, choice, body)) = split(input) else {
        return;
    };
    let methods = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::GET];
    let paths = [
        "/sub",
        "/sub/Subscription",
        "/sub/Subscription/496749327x",
        "/subX",
        "/sub/Subscription/..",
        "/",
    ];
    let mut request = HttpRequest::new(body.to_vec());
    *request.method_mut() = methods[choice % methods.len()].clone();
    *request.uri_mut() = format!("https://ss.dva.nl{}", paths[choice / 8 % paths.len()])
        .parse()
        .unwrap();
    request
        .headers_mut()
        .insert("content-type", "application/json; charset=utf-8".parse().unwrap());
    let endpoint = "https://ss.dva.nl/sub".parse().unwrap();
    let form = release.abonneren_form();
    let names = match form {
        AbonnerenForm::Predecessor => ("id", "end"),
        AbonnerenForm::Restful => ("subscription_id", "end_date"),
    };
    let (id, einde) = match SubscriptionRequest::parse(&request, &endpoint, form) {
        Err(refusal) => {
            assert!(refusal.to_response().status().is_client_error());
            return;
        }
        Ok(SubscriptionRequest::Aanmaken { einde }) => (None, einde),
        Ok(SubscriptionRequest::Wijzigen { id, einde }) => (Some(id), einde),
        Ok(SubscriptionRequest::Beeindigen { id }) => (Some(id), None),
    };
    assert!(request.uri().path() != "/subX" && request.uri().path() != "/");
    if let Some(id) = id {
        assert!(is_id(id.as_str()));
        let in_path = request.uri().path().ends_with(id.as_str());
        assert!(in_path || member(body, names.0).as_deref() == Some(id.as_str()));
    }
    if let Some(einde) = einde {
        let text = member(body, names.1).unwrap();
        if form == AbonnerenForm::Restful {
            assert_eq!(text, einde.to_string());
        }
    }
}

/// An Abonnement that a DVP takes has the id of the answer, and never lasts longer than what was asked for.
pub(crate) fn subscription_response(input: &[u8]) {
    let Some((release, choice, body)) = split(input) else {
        return;
    };
    let offer = offers(release, &["48"]).iter().next().unwrap().clone();
    let begun = dvp(release)
        .abonneren(offer, 30)
        .unwrap()
        .begin(start(), &mut Counting(0))
        .unwrap();
    let state = parameter(begun.redirect.location(), "state").unwrap();
    let ReplyStep::Exchange(exchange) = reply(begun, &format!("code=abc&state={state}")) else {
        panic!()
    };
    let token = response(200, &token_body(Some("subscribe~30/umcharderwijk~48")));
    let TokenStep::Ready { ready, .. } = exchange.awaiting.response(&token, at(61)) else {
        panic!()
    };
    let NextStep::Send(sent) = ready.next(at(62), &mut Counting(9)).unwrap() else {
        panic!()
    };
    let statuses = [201, 200, 202, 400, 401, 403, 404, 500, 504];
    let mut answer = HttpResponse::new(body.to_vec());
    *answer.status_mut() = http::StatusCode::from_u16(statuses[choice % statuses.len()]).unwrap();
    answer
        .headers_mut()
        .insert("content-type", "application/json".parse().unwrap());
    match sent.awaiting.response(answer.clone(), at(63)).done {
        None => {}
        Some(Done::Abonnement(abonnement)) => {
            assert!(answer.status().is_success() && is_id(abonnement.id.as_str()));
            let name = if release.abonneren_form() == AbonnerenForm::Restful {
                "subscription_id"
            } else {
                "id"
            };
            assert_eq!(member(body, name).as_deref(), Some(abonnement.id.as_str()));
            let last = (start() + time::Duration::days(30)).date();
            assert!(abonnement.einde(start()).is_none_or(|einde| einde <= last));
        }
        Some(other) => panic!("{other:?}"),
    }
}

/// A message is taken only for an Abonnement of this id and DVA, and makes none last longer.
pub(crate) fn notification(input: &[u8]) {
    let Some((release, choice, body)) = split(input) else {
        return;
    };
    let mut request = HttpRequest::new(body.to_vec());
    *request.method_mut() = if choice % 8 == 7 { Method::GET } else { Method::POST };
    *request.uri_mut() = "https://not.pgo.nl/Notification".parse().unwrap();
    request
        .headers_mut()
        .insert("content-type", "application/json".parse().unwrap());
    let received = match ReceivedNotificatie::parse(&request, release, at(1)) {
        Ok(received) => received,
        Err((refusal, _)) => {
            let no_id = member(body, "subscription_id").is_some_and(|id| !is_id(&id));
            let code = if no_id && refusal == NotificationRefusal::InvalidSubscriptionId {
                "invalid_subscription_id"
            } else {
                "invalid_notification_type"
            };
            assert_eq!(
                refusal.to_response().body(),
                format!("{{\"error\":\"{code}\"}}").as_bytes()
            );
            return;
        }
    };
    let key = received.key().as_str().to_owned();
    assert!(is_id(&key));
    assert_eq!(member(body, "subscription_id").as_deref(), Some(key.as_str()));
    let held = abonnement(release, 10);
    let host = if choice % 2 == 0 { "ss.dva.nl" } else { "other.dva.nl" };
    match received.judge(vec![held.clone()], Some(&ClientIdentity::from_names([host])), at(1)) {
        NotifiedStep::Rejected { refusal, .. } => {
            assert!(key != held.id.as_str() || choice % 2 == 1);
            assert_eq!(refusal.to_response().body(), b"{\"error\":\"invalid_subscription_id\"}");
        }
        NotifiedStep::Accepted(accepted) => {
            assert_eq!((key.as_str(), choice % 2), (held.id.as_str(), 0));
            assert!(accepted.abonnement.einde(at(1)) <= held.einde(at(1)));
        }
    }
}

/// An Abonnement is ended by the one code that says so, and by nothing else.
pub(crate) fn notification_answer(input: &[u8]) {
    let Some((release, choice, body)) = split(input) else {
        return;
    };
    let watched = dva::Abonnement::new(
        "496749327x".parse().unwrap(),
        BSN.parse().unwrap(),
        "umcharderwijk@medmij".parse().unwrap(),
        "48".parse().unwrap(),
        CLIENT_ID.parse().unwrap(),
        (start() + time::Duration::days(10)).date(),
        365,
    );
    let uri: medmij_core::BackchannelUri = "https://not.pgo.nl".parse().unwrap();
    let endpoints = NotificationEndpoints {
        client_id: None,
        subscription: uri.clone(),
        resource: uri,
    };
    let route = NotificationRoute {
        release,
        endpoints: &endpoints,
    };
    let Ok(NotifyStep::Send(sent)) = watched.changed_content(true, route, at(1), &mut Counting(1)) else {
        panic!()
    };
    let statuses = [400, 200, 204, 302, 401, 404, 500, 503];
    let mut answer = HttpResponse::new(body.to_vec());
    *answer.status_mut() = http::StatusCode::from_u16(statuses[choice % statuses.len()]).unwrap();
    let step = sent.awaiting.response(&answer, at(2));
    let says_so = answer.status() == 400 && member(body, "error").as_deref() == Some("invalid_subscription_id");
    // A message in which a member stands twice is none, whatever the other reader makes of it.
    assert!(says_so || step.abonnement.einde(at(2)).is_some());
    assert_eq!(
        step.answer == Some(NotificationAnswer::Accepted),
        matches!(answer.status().as_u16(), 200 | 204)
    );
}
