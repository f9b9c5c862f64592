//! The own log of either side, and the counts of the Beheerrapport.

use std::time::Duration;

use medmij_core::text::Placeholder;
use medmij_core::{ChainEvent, Digest, LogEvent, Release, Representation};
use medmij_oauth::dva::Session;
use medmij_oauth::dvp::{AccountActivity, Beheerrapport, NextStep, Outcome, Stopped, TokenStep};
use medmij_oauth::flow::Side;
use medmij_oauth::{LogPerson, LogRecord, ScopeFunction};
use serde_json::{Value, json};
use time::{Date, Month, UtcDateTime};

use crate::pair::*;

fn written(record: &LogRecord<'_>) -> Value {
    serde_json::to_value(record).unwrap()
}

#[test]
fn logging_100_202_a_record_says_who_did_what_with_whose_data_where_and_when() {
    let release = Release::R2_2;
    let begun = begun(release, &["48", "51"]);
    let context = begun.pending.log_context();
    let trace = parameter(begun.redirect.location(), "X-Correlation-ID").unwrap();
    let event = begun.events[0]
        .clone()
        .answered(Some(302), Some(Duration::from_millis(12)));
    let record = LogRecord::new(&event, Some(&context))
        .of_person(LogPerson::Account("7".to_owned()))
        .acted_by(LogPerson::Account("8".to_owned()))
        .about(Digest::of(b"x"))
        .with_outcome(Outcome::Completed.name());
    let line = written(&record);
    let request_id = parameter(begun.redirect.location(), "MedMij-Request-ID").unwrap();
    assert_eq!(
        line,
        json!({
            "at": "2026-09-21T14:13:20Z", "event": "send_authorization_request", "row": "P4",
            "trace_id": trace, "request_id": request_id,
            "side": "dvp", "function": "verzamelen", "release": "2.2", "interfaceversie": "2", "counterpart": "ts.dva.nl",
            "aanbieder": "umcharderwijk@medmij", "gegevensdiensten": ["48", "51"],
            "representation": "none",
            "person": "7", "acting": "8", "status": 302, "took_ms": 12,
            "reference": Digest::of(b"x").to_string(), "outcome": "Completed",
        })
    );
}

#[test]
fn logging_203_the_dva_names_the_person_and_its_client() {
    for release in RELEASES {
        let lists = Lists::new(release, &["48"]);
        let begun = begun(release, &["48"]);
        let session = Session::AwaitingDeclaration(declaration(&lists, release, &begun, &["48"]));
        let context = session.log_context().unwrap();
        assert_eq!(context.side, Side::Dva);
        assert_eq!(context.counterpart.as_ref().map(|it| it.as_str()), Some(CLIENT_ID));
        assert_eq!(context.representation, Some(Representation::None));
        assert_eq!(session.bsn().unwrap().expose(), BSN);
        let event = LogEvent::new(at(1), ChainEvent::ShowLandingPage);
        let record = LogRecord::new(&event, Some(&context)).of_person(LogPerson::Bsn(session.bsn().unwrap().clone()));
        assert!(!format!("{record:?}").contains(BSN), "not in Debug");
        assert_eq!(written(&record)["person"], BSN);
        // What is left after a refusal is a way back, and that of all causes alike.
        let Session::AwaitingDeclaration(declaration) = session else {
            unreachable!()
        };
        let refused = Session::NotGrantedShown(declaration.not_given(text_version(), at(2)).next);
        assert!(refused.log_context().is_none() && refused.bsn().is_none());
        assert!(written(&LogRecord::new(&event, None)).get("aanbieder").is_none());
    }
}

#[test]
fn pi_8a_the_record_of_a_declaration_tells_what_was_declared() {
    let release = Release::R2_2;
    let lists = Lists::new(release, &["48", "51"]);
    let begun = begun(release, &["48", "51"]);
    let declaration = declaration(&lists, release, &begun, &["51"]);
    let context = declaration.request().log_context();
    let screen = declaration.screen();
    let answered = declaration.given_langdurig(text_version(), at(5)).unwrap();
    let line = written(&LogRecord::of_declaration(&answered.record, Some(&context)));
    assert_eq!(line["event"], "declaration_answered");
    assert_eq!(
        line["gegevensdiensten"],
        json!(["51"]),
        "what was declared, and not what was asked"
    );
    assert_eq!(line["declaration"], "toestemmingsverklaring");
    assert_eq!(
        (&line["answer"], &line["person"]),
        (&json!("given-langdurig"), &json!(BSN))
    );
    assert_eq!(line["text_version"], text_version().to_string());
    assert_eq!(line["client_id"], CLIENT_ID);
    let mut seen = json!({"NaamGegevensdienst": "Gegevensdienst 51", "NaamLeverancierPGO": "De Enige Echte PGO"});
    assert_eq!(line["shown"], seen);
    // What the Aanbieder wants to be called only the DVA knows; what the declaration has no place for nobody saw.
    let mut values = screen.known_values().clone();
    values.insert(Placeholder::NaamAanbieder, "Het Ziekenhuis".into());
    values.insert(Placeholder::SessionId, "7".into());
    let line = written(&LogRecord::of_declaration(
        &answered.record.showing(&values),
        Some(&context),
    ));
    seen["NaamAanbieder"] = "Het Ziekenhuis".into();
    assert_eq!(line["shown"], seen);
    assert_eq!(
        line["trace_id"],
        json!(parameter(begun.redirect.location(), "X-Correlation-ID"))
    );
}

/// [core.logging.202, 2.x] The answer to each request: its status, and how long it took. Also where none came.
#[test]
fn logging_202_an_answer_is_logged_with_its_status_and_how_long_it_took() {
    let told = |events: &[LogEvent]| -> Vec<_> { events.iter().map(|event| (event.status, event.took)).collect() };
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    for release in RELEASES {
        // The token request was sent at second 60, the resource request at 70.
        let token = awaiting(release, &["48"]).response(&response(400, "{}"), at(63));
        let TokenStep::Stopped(stopped) = token else {
            panic!("taken")
        };
        assert_eq!(told(&stopped.events), [(Some(400), seconds(3))]);
        assert_eq!(
            told(&awaiting(release, &["48"]).failed(at(70)).events),
            [(None, seconds(10))]
        );

        let send = || match ready_with(release, &["48"], vec![query("48", "Patient")]).next(at(70), &mut Counting(5)) {
            Ok(NextStep::Send(outgoing)) => outgoing,
            other => panic!("{other:?}"),
        };
        assert_eq!(told(&send().events), [(None, None)], "nothing is known when it is sent");
        for status in [200, 401, 403, 404, 500] {
            let step = send().awaiting.response(response(status, "{}"), at(72));
            assert_eq!(told(&step.events), [(Some(status), seconds(2))], "{status}");
        }
        assert_eq!(told(&send().awaiting.failed(at(130)).events), [(None, seconds(60))]);
    }
}

fn ended(release: Release, ids: &[&str], status: u16) -> Stopped {
    let ready = ready_with(release, ids, vec![query(ids[0], "Patient")]);
    let NextStep::Send(outgoing) = ready.next(at(70), &mut Counting(5)).unwrap() else {
        panic!("nothing to send")
    };
    let step = outgoing.awaiting.response(response(status, "{}"), at(71));
    match step.ready.next(at(72), &mut Counting(6)).unwrap() {
        NextStep::Stopped(stopped) => stopped,
        other => panic!("{other:?}"),
    }
}

/// [Managementinformatie, 1.5] Per Gegevensdienst: the runs that were done, and the others.
#[test]
fn managementinformatie_1_5_the_beheerrapport_counts_runs_per_gegevensdienst() {
    let mut rapport = Beheerrapport::of(at(0).date());
    for status in [200, 200, 404] {
        rapport.count_run(&ended(Release::R2_2, &["48", "51"], status), at(72));
    }
    rapport.count_run(&ended(Release::R1_4, &["48"], 200), at(72));
    let count = |id: &str| {
        let telling = rapport.runs[&(ScopeFunction::Verzamelen, id.parse().unwrap())];
        (telling.succesvol, telling.niet_afgerond)
    };
    assert_eq!((count("48"), count("51")), ((3, 1), (2, 1)));
    // Another month's run is in another report.
    let before = rapport.clone();
    rapport.count_run(&ended(Release::R2_2, &["48"], 200), rapport.tot());
    assert_eq!(rapport, before);
    assert!(rapport.has(rapport.vanaf()) && !rapport.has(rapport.tot()));
}

/// [RFC0031, 1.3] Who was counted in the calendar year is not counted again before January; the report of December is made then.
#[test]
fn rfc0031_a_person_is_new_once_a_year() {
    let day = |year, month, day| Date::from_calendar_date(year, month, day).unwrap();
    let at = |date| UtcDateTime::new(date, time::Time::MIDNIGHT);
    let reported = |kept: &AccountActivity, date| {
        let mut rapport = Beheerrapport::of(date);
        rapport.count_person(kept);
        assert_eq!(rapport.personen, 1);
        rapport.personen_nieuw
    };
    let (december, january) = (day(2026, Month::December, 30), day(2027, Month::January, 2));
    let mut kept = AccountActivity::default();
    assert_eq!(reported(&kept, december), 0, "nothing was done");
    kept.succeeded(at(december));
    kept.succeeded(at(day(2026, Month::December, 31)));
    kept.succeeded(at(january));
    assert_eq!(kept.first_success(2026), Some(december));
    assert_eq!((reported(&kept, december), reported(&kept, january)), (1, 1));
    assert_eq!(reported(&kept, day(2027, Month::February, 1)), 0);
    let json = serde_json::to_string(&kept).unwrap();
    assert_eq!(serde_json::from_str::<AccountActivity>(&json).unwrap(), kept);
}

/// [Managementinformatie, 1.1] Who asked in the period counts once per function, whatever came of it and however often.
#[test]
fn managementinformatie_1_1_a_person_is_active_once_per_function_and_period() {
    let at = |month, day| {
        UtcDateTime::new(
            Date::from_calendar_date(2026, month, day).unwrap(),
            time::Time::MIDNIGHT,
        )
    };
    let mut kept = AccountActivity::default();
    for (function, month) in [
        (ScopeFunction::Verzamelen, Month::November),
        (ScopeFunction::Verzamelen, Month::November),
        (ScopeFunction::Delen, Month::November),
        (ScopeFunction::Verzamelen, Month::December),
    ] {
        kept.asked(function, at(month, 3));
    }
    let actief = |month| {
        let mut rapport = Beheerrapport::of(at(month, 30).date());
        rapport.count_person(&kept);
        rapport.count_person(&AccountActivity::default());
        assert_eq!((rapport.personen, rapport.personen_nieuw), (2, 0));
        rapport.actief.into_iter().collect::<Vec<_>>()
    };
    let (verzamelen, delen) = (ScopeFunction::Verzamelen, ScopeFunction::Delen);
    assert_eq!(actief(Month::November), [(verzamelen, 1), (delen, 1)]);
    assert_eq!(actief(Month::December), [(verzamelen, 1)]);
    assert_eq!(actief(Month::October), []);
}
