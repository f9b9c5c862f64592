//! The chain log: its lines, their delivery, and how long records are kept.

use medmij_core::{
    ChainEvent, ChainLine, ChainNames, LogBatcher, LogEvent, MAX_BATCH_BYTES, OwnEvent, RecordAge, Release,
};
use proptest::prelude::*;
use time::{Date, Duration, Month, UtcDateTime};

fn at(minutes: i64) -> UtcDateTime {
    UtcDateTime::UNIX_EPOCH + Duration::minutes(minutes)
}

fn day(year: i32, month: Month, day: u8) -> UtcDateTime {
    UtcDateTime::UNIX_EPOCH.replace_date(Date::from_calendar_date(year, month, day).unwrap())
}

/// The lines of a body.
fn lines(body: &[u8]) -> Vec<serde_json::Value> {
    serde_json::from_slice(body).unwrap()
}

#[test]
fn logging_103_205_a_line_has_no_place_for_a_person() {
    let event = LogEvent::new(at(0), ChainEvent::SendAuthorizationRequest);
    let trace = "c0e7b545-9606-4eef-bea7-75d8addaa54b".parse().unwrap();
    let event = event.with_trace_id(Some(&trace));
    let (pgo, dva) = ("pgo.nl".parse().unwrap(), "dva.nl".parse().unwrap());
    let line = ChainLine::of(&event, Some("s-1"), Some(&pgo), Some(&dva)).unwrap();
    let json = serde_json::to_value(ChainNames::new("at", "event", "from", "to").line(&line)).unwrap();
    let expected = serde_json::json!({
        "at": "1970-01-01T00:00:00Z",
        "event": "send_authorization_request",
        "trace_id": "c0e7b545-9606-4eef-bea7-75d8addaa54b",
        "session_id": "s-1",
        "from": "pgo.nl",
        "to": "dva.nl",
    });
    assert_eq!(json, expected);
    assert_eq!(
        ChainLine::of(&LogEvent::new(at(0), OwnEvent::CodeSent), None, None, None),
        None,
        "the own log alone"
    );
}

#[test]
fn logging_102_no_line_waits_longer_than_an_hour() {
    let mut batcher = LogBatcher::new().every(Duration::days(1));
    assert_eq!((batcher.next_due(), batcher.poll(at(0))), (None, None));
    batcher.push("1".to_owned(), at(0));
    batcher.push("2".to_owned(), at(40));
    assert_eq!(batcher.next_due(), Some(at(60)), "the first of them");
    assert_eq!(batcher.poll(at(59)), None);
    assert_eq!(batcher.poll(at(60)).unwrap(), b"[1,2]");
    assert_eq!(batcher.poll(at(61)), None, "one at a time");
    batcher.push("3".to_owned(), at(61));
    batcher.answered(200, at(62));
    assert_eq!((batcher.len(), batcher.next_due()), (1, Some(at(121))));
}

#[test]
fn logging_209_f_40_only_200_means_received() {
    for status in [201, 202, 204, 302, 401, 403, 404, 429, 500, 503] {
        let mut batcher = LogBatcher::new();
        batcher.push("1".to_owned(), at(0));
        let first = batcher.poll(at(5)).unwrap();
        batcher.answered(status, at(5));
        assert_eq!(batcher.poll(at(5)), None, "not at once");
        assert_eq!(batcher.poll(at(6)).unwrap(), first, "{status}");
        batcher.failed(at(6));
        assert_eq!(batcher.next_due(), Some(at(8)), "and then in two minutes");
        assert_eq!(batcher.poll(at(8)).unwrap(), first);
        batcher.answered(200, at(8));
        assert!(batcher.is_empty());
        batcher.answered(500, at(9));
        assert!(batcher.is_empty(), "an answer that nobody waits for changes nothing");
    }
}

#[test]
fn logging_209_an_outage_never_makes_a_line_wait_more_than_half_an_hour() {
    let mut batcher = LogBatcher::new();
    batcher.push("1".to_owned(), at(0));
    let mut now = at(5);
    for _ in 0..40 {
        assert!(batcher.poll(now).is_some());
        batcher.failed(now);
        let due = batcher.next_due().unwrap();
        assert!(due - now <= Duration::minutes(30));
        now = due;
    }
}

#[test]
fn a_batch_on_its_way_survives_a_crash() {
    let mut batcher = LogBatcher::new();
    batcher.push("1".to_owned(), at(0));
    let body = batcher.poll(at(5)).unwrap();
    let stored = serde_json::to_string(&batcher).unwrap();
    let mut batcher: LogBatcher = serde_json::from_str(&stored).unwrap();
    assert_eq!(batcher.poll(at(6)), None);
    batcher.restarted();
    assert_eq!(batcher.poll(at(6)).unwrap(), body);
}

#[test]
fn a_batch_is_never_too_long() {
    let mut batcher = LogBatcher::new();
    let line = format!("\"{}\"", "x".repeat(20_000_000));
    for _ in 0..5 {
        batcher.push(line.clone(), at(0));
    }
    batcher.push("y".repeat(MAX_BATCH_BYTES), at(0));
    assert_eq!(batcher.take_set_aside().len(), 1, "one that fits in none");
    let mut delivered = 0;
    while let Some(body) = batcher.poll(at(5)) {
        assert!(body.len() <= MAX_BATCH_BYTES);
        delivered += lines(&body).len();
        batcher.answered(200, at(5));
    }
    assert_eq!((delivered, batcher.len()), (5, 0));
}

proptest! {
    /// One bad line refuses its whole batch; whatever lines are bad, those alone are set aside and all others received once.
    #[test]
    fn logging_209_bad_lines_are_found_and_set_aside(bad in proptest::collection::vec(any::<bool>(), 0..60)) {
        let mut batcher = LogBatcher::new();
        for (number, is_bad) in bad.iter().enumerate() {
            batcher.push(format!("{{\"n\":{number},\"bad\":{is_bad}}}"), at(0));
        }
        let mut received = Vec::new();
        let mut rounds = 0;
        while let Some(body) = batcher.poll(at(5)) {
            let lines = lines(&body);
            if lines.iter().any(|line| line["bad"] == true) {
                batcher.answered(400, at(5));
            } else {
                received.extend(lines.iter().map(|line| line["n"].as_u64().unwrap()));
                batcher.answered(200, at(5));
            }
            rounds += 1;
            prop_assert!(rounds < 500);
        }
        let good: Vec<_> = (0_u64..).zip(&bad).filter(|(_, bad)| !**bad).map(|(number, _)| number).collect();
        prop_assert_eq!(received, good, "in their order");
        prop_assert_eq!(batcher.take_set_aside().len(), bad.iter().filter(|bad| **bad).count());
        prop_assert!(batcher.is_empty());
    }
}

#[test]
fn logging_101_f_41_records_are_destroyed_after_their_time() {
    let now = day(2026, Month::November, 22);
    for (release, keep_from, destroy_before) in [
        (
            Release::R1_1,
            day(2025, Month::November, 22),
            day(2025, Month::August, 22),
        ),
        (
            Release::R2_2,
            day(2024, Month::November, 22),
            day(2023, Month::November, 22),
        ),
    ] {
        let second = Duration::seconds(1);
        for (moment, age) in [
            (now, RecordAge::Keep),
            (keep_from, RecordAge::Keep),
            (keep_from - second, RecordAge::MayGo),
            (destroy_before, RecordAge::MayGo),
            (destroy_before - second, RecordAge::MustGo),
        ] {
            assert_eq!(release.record_age(moment, now), age, "{release} {moment}");
        }
    }
    // The last day of a shorter month.
    let limit = Release::R1_1.log_retention().must_go_before(day(2024, Month::May, 31));
    assert_eq!(limit, day(2023, Month::February, 28));
    let limit = Release::R2_2
        .log_retention()
        .may_go_before(day(2026, Month::February, 28));
    assert_eq!(limit, day(2024, Month::February, 28));
}
