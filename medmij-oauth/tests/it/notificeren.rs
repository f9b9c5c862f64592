//! *Notificeren* at both sides: rows N1 to N8, V1 to V3 and the life of an Abonnement L1 to L6 of the tables in code.

use medmij_core::text::TemplateId;
use medmij_core::{AbonnerenForm, BackchannelUri, ClientIdentity, HttpRequest, HttpResponse, OAuthClient, Release};
use medmij_oauth::dva::{self, AckStep, NotSent, NotificationEndpoints, NotificationRoute, NotifyStep, Notifying};
use medmij_oauth::dvp::{self, AcceptedNotificatie, Channel, Notice, NotifiedStep, ReceivedNotificatie};
use medmij_oauth::{AbonnementState, NotificationAnswer, NotificationRefusal};
use time::{Date, Duration};

use crate::pair::*;

fn day(dagen: i64) -> Date {
    (start() + Duration::days(dagen)).date()
}

fn releases() -> impl Iterator<Item = Release> {
    RELEASES.into_iter().filter(|release| release.abonneren())
}

fn rest() -> impl Iterator<Item = Release> {
    releases().filter(|release| release.abonneren_form() == AbonnerenForm::Restful)
}

fn endpoints() -> NotificationEndpoints {
    let uri = |path: &str| {
        format!("https://not.pgo.nl:9443/{path}")
            .parse::<BackchannelUri>()
            .unwrap()
    };
    NotificationEndpoints {
        client_id: Some(CLIENT_ID.parse().unwrap()),
        subscription: uri("s"),
        resource: uri("r"),
    }
}

/// An Abonnement of the DVA that lasts so many days.
pub(crate) fn watched(dagen: i64) -> dva::Abonnement {
    dva::Abonnement::new(
        "496749327x".parse().unwrap(),
        BSN.parse().unwrap(),
        "umcharderwijk@medmij".parse().unwrap(),
        "48".parse().unwrap(),
        CLIENT_ID.parse().unwrap(),
        day(dagen),
        365,
    )
}

fn route(endpoints: &NotificationEndpoints, release: Release) -> NotificationRoute<'_> {
    NotificationRoute { release, endpoints }
}

pub(crate) fn changed(abonnement: dva::Abonnement, release: Release) -> NotifyStep {
    abonnement
        .changed_content(true, route(&endpoints(), release), at(60), &mut Counting(1))
        .unwrap()
}

fn end(abonnement: dva::Abonnement, dagen: i64, release: Release) -> NotifyStep {
    abonnement
        .set_end(day(dagen), route(&endpoints(), release), at(60), &mut Counting(1))
        .unwrap()
}

pub(crate) fn sent(step: NotifyStep) -> Notifying {
    match step {
        NotifyStep::Send(notifying) => notifying,
        NotifyStep::Nothing { why, .. } => panic!("{why:?}"),
    }
}

fn not_sent(step: NotifyStep) -> (dva::Abonnement, NotSent) {
    match step {
        NotifyStep::Nothing { abonnement, why } => (abonnement, why),
        NotifyStep::Send(_) => panic!("sent"),
    }
}

fn body(request: &HttpRequest) -> serde_json::Value {
    assert_eq!(request.method(), http::Method::POST);
    assert_eq!(request.headers()["content-type"], "application/json");
    assert!(request.uri().query().is_none());
    assert!(!request.headers().contains_key("authorization"));
    serde_json::from_slice(request.body()).unwrap()
}

fn refusal(code: &str) -> HttpResponse {
    response(400, &format!("{{\"error\":\"{code}\"}}"))
}

#[test]
fn n1_rscnotint_201_206_207_a_change_is_told_to_the_client_by_its_endpoint() {
    for release in rest() {
        let notifying = sent(changed(watched(10), release));
        assert_eq!(
            notifying.request.uri().to_string(),
            "https://not.pgo.nl:9443/r/Notification"
        );
        assert_eq!(
            body(&notifying.request),
            serde_json::json!({"subscription_id": "496749327x", "notification_type": "resource"})
        );
        assert_eq!(notifying.place_before, at(60 + 3_600), "rscnotint_206");
        assert_eq!(notifying.awaiting.deadline(), at(70), "rscnotint_207");
        assert_eq!(notifying.events[0].row, Some("N1"));
        assert_eq!(notifying.abonnement, watched(10), "the Abonnement stays as it is");
    }
    let predecessor = body(&sent(changed(watched(10), Release::R1_2)).request);
    assert_eq!(predecessor["subscription_status"], "active");
    assert!(predecessor["id"].is_string());
}

#[test]
fn n1_l5_only_of_an_active_abonnement() {
    for release in releases() {
        assert_eq!(
            not_sent(changed(watched(-1), release)).1,
            NotSent::Ended,
            "n7 l5: its last day has passed"
        );
        let mut ended = watched(10);
        ended.state = AbonnementState::Ended;
        assert_eq!(not_sent(changed(ended, release)).1, NotSent::Ended);
        assert!(
            matches!(changed(watched(0), release), NotifyStep::Send(_)),
            "its last day counts"
        );
    }
}

#[test]
fn n2_what_nobody_vouches_for_is_not_told() {
    let step = watched(10).changed_content(false, route(&endpoints(), Release::R2_2), at(60), &mut Counting(1));
    assert_eq!(not_sent(step.unwrap()), (watched(10), NotSent::NotVouched));
}

#[test]
fn n3_l4_subnotint_201_204_the_aanbieder_ends_or_shortens() {
    for release in rest() {
        // The day that the Aanbieder sets; what is left.
        for (dagen, left) in [(-5, None), (0, None), (3, Some(3)), (9, Some(9))] {
            let notifying = sent(end(watched(10), dagen, release));
            assert_eq!(notifying.abonnement.einde(at(60)), left.map(day), "{dagen}");
            assert_eq!(notifying.request.uri().path(), "/s/Notification", "subnotint_201");
            let body = body(&notifying.request);
            assert_eq!(body["notification_type"], "subscription");
            assert_eq!(body["end_date"], day(dagen).to_string(), "subnotint_204");
            assert_eq!(notifying.events[0].row, Some("N3"));
        }
    }
    for dagen in [10, 99] {
        let (same, why) = not_sent(end(watched(10), dagen, Release::R2_2));
        assert_eq!(
            (same, why),
            (watched(10), NotSent::NoSooner),
            "an Aanbieder makes none longer"
        );
    }
    assert!(matches!(
        end(watched(0), 5, Release::R2_2),
        NotifyStep::Nothing {
            why: NotSent::NoSooner,
            ..
        }
    ));
    // One that was ended, and not told, can be told later.
    let mut ended = watched(10);
    ended.state = AbonnementState::Ended;
    let again = ended
        .tell_end(route(&endpoints(), Release::R2_2), at(60), &mut Counting(1))
        .unwrap();
    assert_eq!(body(&sent(again).request)["end_date"], day(0).to_string());
    let predecessor = sent(end(watched(10), 0, Release::R1_2));
    assert_eq!(body(&predecessor.request)["subscription_status"], "off");
    let (abonnement, why) = not_sent(end(watched(10), 3, Release::R1_2));
    assert_eq!((abonnement.einde(at(60)), why), (Some(day(3)), NotSent::NoSuchMessage));
    assert_eq!(not_sent(end(watched(-1), 3, Release::R2_2)).1, NotSent::Ended);
}

#[test]
fn n4_n5a_n5b_n6_l6_the_answer_decides_what_becomes_of_it() {
    use NotificationAnswer::{Accepted, Refused};
    use NotificationRefusal::{InvalidNotificationType, InvalidSubscriptionId, NotProcessed};
    for release in releases() {
        for (answer, expected, active, row) in [
            (response(200, ""), Accepted, true, "N4"),
            (response(204, "x"), Accepted, true, "N4"),
            (
                refusal("invalid_subscription_id"),
                Refused(InvalidSubscriptionId),
                false,
                "N5a",
            ),
            (
                refusal("invalid_notification_type"),
                Refused(InvalidNotificationType),
                true,
                "N5b",
            ),
            (refusal("other"), Refused(InvalidNotificationType), true, "N5b"),
            (response(400, "["), Refused(InvalidNotificationType), true, "N5b"),
            (response(500, ""), Refused(NotProcessed), true, "N6"),
            (response(302, ""), Refused(NotProcessed), true, "N6"),
        ] {
            let step = sent(changed(watched(10), release)).awaiting.response(&answer, at(65));
            assert_eq!(step.answer, Some(expected));
            assert_eq!(step.abonnement.einde(at(65)).is_some(), active);
            assert_eq!(step.events[0].row, Some(row));
            assert!(step.queued.is_none());
            let told = sent(end(watched(10), 0, release)).awaiting.response(&answer, at(65));
            assert_eq!(
                told.abonnement.state,
                AbonnementState::Ended,
                "an end that was set holds"
            );
        }
        let silent = sent(changed(watched(10), release)).awaiting.failed(at(70));
        assert_eq!((silent.answer, silent.events[0].row), (None, Some("N6")));
        assert!(silent.abonnement.einde(at(70)).is_some());
    }
}

#[test]
fn n8_what_changes_meanwhile_is_told_after_the_answer() {
    let release = Release::R2_2;
    let endpoints = endpoints();
    let mut awaiting = sent(changed(watched(10), release)).awaiting;
    awaiting.changed_content(false, at(61));
    awaiting.changed_content(true, at(62));
    awaiting.changed_content(true, at(63));
    awaiting.set_end(day(0), at(64));
    assert_eq!(
        awaiting.abonnement().state,
        AbonnementState::Ended,
        "the end is set at once"
    );
    let AckStep { abonnement, queued, .. } = awaiting.response(&response(200, ""), at(65));
    // New information of an Abonnement that has ended is told no more; that it ended is.
    let step = queued
        .unwrap()
        .tell(abonnement, route(&endpoints, release), at(65), &mut Counting(3))
        .unwrap();
    let next = sent(step);
    assert_eq!(body(&next.request)["end_date"], day(0).to_string());

    // A later end than the one that was set is none.
    let mut awaiting = sent(changed(watched(10), release)).awaiting;
    awaiting.set_end(day(3), at(62));
    awaiting.set_end(day(6), at(63));
    let AckStep {
        abonnement,
        queued,
        changed: is_changed,
        ..
    } = awaiting.response(&response(200, ""), at(65));
    assert!(!is_changed, "the answer changed nothing");
    assert_eq!(abonnement.einde(at(65)), Some(day(3)));
    let next = sent(
        queued
            .clone()
            .unwrap()
            .tell(abonnement, route(&endpoints, release), at(65), &mut Counting(3))
            .unwrap(),
    );
    assert_eq!(body(&next.request)["end_date"], day(3).to_string());
    // What is queued of one is told of no other.
    let mut other = watched(10);
    other.id = "another".parse().unwrap();
    let step = queued
        .unwrap()
        .tell(other, route(&endpoints, release), at(65), &mut Counting(3))
        .unwrap();
    assert!(matches!(step, NotifyStep::Nothing { .. }));

    let mut awaiting = sent(changed(watched(10), release)).awaiting;
    awaiting.set_end(day(4), at(62));
    let AckStep { abonnement, queued, .. } = awaiting.response(&response(500, ""), at(65));
    let next = sent(
        queued
            .unwrap()
            .tell(abonnement, route(&endpoints, release), at(65), &mut Counting(3))
            .unwrap(),
    );
    assert_eq!(body(&next.request)["end_date"], day(4).to_string());

    // Nothing more for one that the DVP does not know.
    let mut awaiting = sent(changed(watched(10), release)).awaiting;
    awaiting.set_end(day(4), at(62));
    let step = awaiting.response(&refusal("invalid_subscription_id"), at(65));
    assert!(step.queued.is_none());
    assert_eq!(step.abonnement.state, AbonnementState::Ended);
}

#[test]
fn n7_when_the_person_ends_it_nothing_is_told() {
    let mut awaiting = sent(changed(watched(10), Release::R2_2)).awaiting;
    awaiting.changed_content(true, at(61));
    let mut ended = watched(10);
    ended.state = AbonnementState::Ended;
    awaiting.ended_by_person(ended.clone());
    let step = awaiting.response(&response(200, ""), at(65));
    assert!(step.queued.is_none());
    assert_eq!(step.abonnement, ended);
}

#[test]
fn subnotint_201_the_endpoints_come_from_the_ocl() {
    let lists = Lists::new(Release::R2_2, &["48"]).limited(Release::R2_2, &["48"]);
    let mut client: OAuthClient = lists.clients[0].clone();
    assert_eq!(NotificationEndpoints::of(&client, Release::R2_2), None);
    client.interfaceversies[0].subscription_notification = Some(endpoints().subscription);
    let both = NotificationEndpoints::of(&client, Release::R2_2).unwrap();
    assert_eq!(both.resource, endpoints().subscription, "one serves for both");
    client.interfaceversies[0].resource_notification = Some(endpoints().resource);
    assert_eq!(NotificationEndpoints::of(&client, Release::R2_2), Some(endpoints()));
    assert_eq!(
        NotificationEndpoints::of(&client, Release::R1_4),
        None,
        "another release has its own"
    );
}

fn peer(host: &str) -> ClientIdentity {
    ClientIdentity::from_names([host])
}

fn receive(
    request: &HttpRequest,
    release: Release,
    found: Vec<dvp::Abonnement>,
    host: &str,
) -> Result<AcceptedNotificatie, NotificationRefusal> {
    let received = match ReceivedNotificatie::parse(request, release, at(66)) {
        Ok(received) => received,
        Err((refusal, events)) => {
            assert_eq!(events[0].row, Some("V2"));
            return Err(refusal);
        }
    };
    assert_eq!(received.key().as_str(), "496749327x");
    match received.judge(found, Some(&peer(host)), at(66)) {
        NotifiedStep::Accepted(accepted) => {
            assert_eq!(accepted.events[0].row, Some("V1"));
            Ok(accepted)
        }
        NotifiedStep::Rejected { refusal, events } => {
            assert_eq!(events[0].row, Some("V2"));
            Err(refusal)
        }
    }
}

#[test]
fn v1_logging_100_what_one_side_sends_the_other_takes() {
    for release in releases() {
        let held = || vec![abonnement(release, 10)];
        let notifying = sent(changed(watched(10), release));
        let accepted = receive(&notifying.request, release, held(), "ss.dva.nl").unwrap();
        assert_eq!(accepted.notice, Some(Notice::NewInformation));
        assert_eq!(accepted.abonnement, held()[0]);
        assert_eq!(
            accepted.events[0].request_id, notifying.events[0].request_id,
            "both logs carry the same ids"
        );
        assert_eq!(accepted.events[0].trace_id, notifying.events[0].trace_id);
        let answer = accepted.stored();
        assert_eq!((answer.status().as_u16(), answer.body().len()), (200, 0));
        assert_eq!(
            notifying.awaiting.response(&answer, at(67)).answer,
            Some(NotificationAnswer::Accepted)
        );

        let ended = receive(
            &sent(end(watched(10), 0, release)).request,
            release,
            held(),
            "ss.dva.nl",
        )
        .unwrap();
        assert_eq!(
            (ended.notice, ended.abonnement.state),
            (Some(Notice::Ended), AbonnementState::Ended)
        );
    }
    for release in rest() {
        let held = vec![abonnement(release, 10)];
        let shortened = receive(&sent(end(watched(10), 4, release)).request, release, held, "ss.dva.nl").unwrap();
        assert_eq!(
            (shortened.notice, shortened.abonnement.einde(at(66))),
            (Some(Notice::Shortened), Some(day(4)))
        );
        // A message cannot make it longer than what the person agreed to.
        let held = vec![abonnement(release, 2)];
        let same = receive(&sent(end(watched(10), 9, release)).request, release, held, "ss.dva.nl").unwrap();
        assert_eq!(same.abonnement.einde(at(66)), Some(day(2)));
    }
}

#[test]
fn v2_unknown_ended_and_of_another_dva_look_alike() {
    for release in releases() {
        let message = sent(end(watched(10), 0, release)).request;
        let of_another = || {
            let mut abonnement = abonnement(release, 10);
            abonnement.hosts = ["other.dva.nl".parse().unwrap()].into();
            abonnement
        };
        let mut ended = abonnement(release, 10);
        ended.state = AbonnementState::Ended;
        for found in [
            Vec::new(),
            vec![of_another()],
            vec![ended],
            vec![abonnement(release, -1)],
        ] {
            let refused = receive(&message, release, found, "ss.dva.nl");
            assert_eq!(refused.unwrap_err(), NotificationRefusal::InvalidSubscriptionId);
        }
        // One id at two DVAs: the message is for the one of its sender.
        let both = vec![of_another(), abonnement(release, 10)];
        let accepted = receive(&message, release, both.clone(), "ss.dva.nl").unwrap();
        assert_eq!(accepted.abonnement.hosts, both[1].hosts);
        let received = ReceivedNotificatie::parse(&message, release, at(66)).unwrap();
        assert!(matches!(
            received.judge(both, None, at(66)),
            NotifiedStep::Rejected {
                refusal: NotificationRefusal::NotProcessed,
                ..
            }
        ));
    }
    let refused = NotificationRefusal::InvalidSubscriptionId.to_response();
    assert_eq!(
        (refused.status().as_u16(), refused.body().as_slice()),
        (400, &b"{\"error\":\"invalid_subscription_id\"}"[..])
    );
}

#[test]
fn v2_notificeren_1_what_is_no_notificatie_does_not_end_an_abonnement() {
    let release = Release::R2_2;
    let right = sent(changed(watched(10), release)).request;
    let with = |text: &str| {
        let mut request = right.clone();
        *request.body_mut() = text.as_bytes().to_vec();
        request
    };
    for wrong in [
        "",
        "{",
        "[]",
        "{}",
        "{\"subscription_id\":\"496749327x\"}",
        "{\"subscription_id\":\"496749327x\",\"notification_type\":\"other\"}",
        "{\"subscription_id\":\"496749327x\",\"notification_type\":\"subscription\"}",
        "{\"subscription_id\":\"496749327x\",\"notification_type\":\"subscription\",\"end_date\":\"2026-02-30\"}",
        "{\"subscription_id\":\"496749327x\",\"notification_type\":\"subscription\",\"end_date\":20260101}",
        "{\"subscription_id\":\"a\",\"subscription_id\":\"b\",\"notification_type\":\"resource\"}",
    ] {
        let refused = receive(&with(wrong), release, Vec::new(), "ss.dva.nl");
        assert_eq!(
            refused.unwrap_err(),
            NotificationRefusal::InvalidNotificationType,
            "{wrong}"
        );
    }
    let mut get = right.clone();
    *get.method_mut() = http::Method::GET;
    let mut query = right.clone();
    *query.uri_mut() = "https://not.pgo.nl/Notification?x=1".parse().unwrap();
    let mut long = right;
    *long.body_mut() = vec![b' '; 20_000];
    for wrong in [get, query, long] {
        assert!(receive(&wrong, release, Vec::new(), "ss.dva.nl").is_err());
    }
}

#[test]
fn v2_an_id_that_none_here_can_have_is_unknown() {
    let mut request = sent(changed(watched(10), Release::R2_2)).request;
    *request.body_mut() = b"{\"subscription_id\":\"ab_12\",\"notification_type\":\"resource\"}".to_vec();
    let refused = ReceivedNotificatie::parse(&request, Release::R2_2, at(1))
        .unwrap_err()
        .0;
    assert_eq!(refused, NotificationRefusal::InvalidSubscriptionId);
}

/// A failure of our own must not end an Abonnement.
#[test]
fn v3_what_cannot_be_looked_up_is_not_unknown() {
    let release = Release::R2_2;
    let message = sent(changed(watched(10), release)).request;
    let received = || ReceivedNotificatie::parse(&message, release, at(66)).unwrap();
    let (refusal, events) = received().failed(at(67));
    assert_eq!(
        (refusal, events[0].row),
        (NotificationRefusal::NotProcessed, Some("V3"))
    );
    let held = vec![abonnement(release, 10)];
    let NotifiedStep::Rejected { refusal, .. } = received().judge(held.clone(), None, at(67)) else {
        panic!()
    };
    assert_eq!(
        refusal,
        NotificationRefusal::NotProcessed,
        "our own TLS did not tell who it is"
    );
    let twice = vec![held[0].clone(), held[0].clone()];
    let NotifiedStep::Rejected { refusal, .. } = received().judge(twice, Some(&peer("ss.dva.nl")), at(67)) else {
        panic!()
    };
    assert_eq!(
        refusal,
        NotificationRefusal::NotProcessed,
        "two servers behind one name"
    );
}

#[test]
fn n1_nothing_of_one_client_goes_to_another() {
    let mut others = endpoints();
    others.client_id = Some("other.pgo.nl".parse().unwrap());
    let step = watched(10)
        .changed_content(true, route(&others, Release::R2_2), at(60), &mut Counting(1))
        .unwrap();
    assert_eq!(not_sent(step).1, NotSent::OtherClient);
}

#[test]
fn v3_notificeren_2_what_cannot_be_stored_is_told() {
    let release = Release::R2_2;
    let notifying = sent(changed(watched(10), release));
    let accepted = receive(&notifying.request, release, vec![abonnement(release, 10)], "ss.dva.nl").unwrap();
    let (refusal, events) = accepted.failed(at(77));
    assert_eq!(events[0].row, Some("V3"));
    let answer = refusal.to_response();
    assert_eq!(answer.status().as_u16(), 500);
    let step = notifying.awaiting.response(&answer, at(78));
    assert_eq!(
        step.answer,
        Some(NotificationAnswer::Refused(NotificationRefusal::NotProcessed))
    );
}

#[test]
fn f_50_the_short_text_if_and_only_if_the_channel_is_not_safe() {
    use TemplateId::{
        NotificatieAbonnementKort, NotificatieAbonnementLang, NotificatieInhoudelijkKort, NotificatieInhoudelijkLang,
    };
    for (notice, channel, template) in [
        (Notice::NewInformation, Channel::Safe, Some(NotificatieInhoudelijkLang)),
        (
            Notice::NewInformation,
            Channel::NotSafe,
            Some(NotificatieInhoudelijkKort),
        ),
        (Notice::Ended, Channel::Safe, Some(NotificatieAbonnementLang)),
        (Notice::Ended, Channel::NotSafe, Some(NotificatieAbonnementKort)),
        (Notice::Shortened, Channel::Safe, None),
    ] {
        assert_eq!(notice.template(channel), template);
        let named = template.is_some_and(|template| {
            template
                .placeholders()
                .contains(&medmij_core::text::Placeholder::NaamAanbieder)
        });
        assert_eq!(
            named,
            channel == Channel::Safe && template.is_some(),
            "names only where it is safe"
        );
    }
}
