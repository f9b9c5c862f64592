//! Keeping the lists current, under a clock of the test's own.

use std::collections::VecDeque;
use std::io;

use http::StatusCode;
use medmij_core::{HttpResponse, Random, RandomError, Release};
use medmij_lists::{
    ListKind, ListStore, Outcome, RefreshFailure, RefreshSettings, Refreshed, Regression, RegressionKind, RejectedKind,
};
use proptest::prelude::*;
use time::{Duration, UtcDateTime};

use crate::document::{gnl, naamdienst, node, whl};

/// The same byte again and again.
struct Fixed(u8);

impl Random for Fixed {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        bytes.fill(self.0);
        Ok(())
    }
}

const START: UtcDateTime = UtcDateTime::UNIX_EPOCH;

fn settings() -> RefreshSettings {
    RefreshSettings::new(&"stelselnode.medmij.nl".parse().unwrap(), Release::R2_2)
}

fn store(change: impl FnOnce(&mut RefreshSettings)) -> ListStore {
    let mut settings = settings();
    change(&mut settings);
    ListStore::new(settings, &[ListKind::Whl], START).unwrap()
}

/// A Whitelist of this version with this Node.
fn version(volgnummer: u32, host: &str) -> String {
    whl(&node(host)).replace(">7<", &format!(">{volgnummer}<"))
}

fn ok(body: impl Into<Vec<u8>>) -> Result<HttpResponse, io::Error> {
    Ok(HttpResponse::new(body.into()))
}

fn unreachable() -> Result<HttpResponse, io::Error> {
    Err(io::Error::other("no route to the host"))
}

/// Fetches what is due next, at the moment it is due.
fn next(store: &mut ListStore, answer: Result<HttpResponse, io::Error>) -> (Refreshed, UtcDateTime) {
    let now = store.next_due().unwrap();
    let fetch = store.due(now).remove(0);
    (store.answer(fetch, answer, now, &mut Fixed(0)), now)
}

fn host(store: &ListStore) -> Option<String> {
    Some(store.snapshot().whl.as_ref()?.nodes()[0].to_string())
}

#[test]
fn netwerk_3_the_whitelist_is_fetched_at_least_every_900_seconds() {
    for (byte, pause) in [(0, 900), (0xFF, 840)] {
        let mut store = store(|_| {});
        let fetch = store.due(START).remove(0);
        assert!(store.due(START).is_empty(), "one request is enough");
        // However long the answer takes, the interval counts from the request.
        let refreshed = store.answer(
            fetch,
            ok(version(1, "a.bc")),
            START + Duration::seconds(30),
            &mut Fixed(byte),
        );
        assert_eq!(refreshed.next, START + Duration::seconds(pause));
        assert!(store.due(refreshed.next - Duration::SECOND).is_empty());
        assert_eq!(store.due(refreshed.next).len(), 1);
    }
}

#[test]
fn a_request_that_is_never_answered_comes_again() {
    let mut store = store(|_| {});
    drop(store.due(START));
    assert_eq!(store.next_due(), Some(START + Duration::seconds(900)));
    assert_eq!(store.due(START + Duration::seconds(900)).len(), 1);
}

#[test]
fn the_whitelist_comes_first() {
    let kinds = [ListKind::Zal, ListKind::Gnl, ListKind::Whl, ListKind::Ocl];
    let mut store = ListStore::new(settings(), &kinds, START).unwrap();
    let order: Vec<_> = store.due(START).iter().map(|fetch| fetch.kind()).collect();
    assert_eq!(order, [ListKind::Whl, ListKind::Zal, ListKind::Ocl, ListKind::Gnl]);
}

#[test]
fn lijsten_300_addresses_of_the_lists() {
    let address = |settings: RefreshSettings| {
        let mut store = ListStore::new(settings, &[ListKind::Ocl], START).unwrap();
        store.due(START)[0].request().uri().to_string()
    };
    let of = |release| RefreshSettings::new(&"stelselnode.medmij.nl".parse().unwrap(), release);
    let plain = "https://stelselnode.medmij.nl/MedMij_OAuthclientlist.xml";
    assert_eq!(address(of(Release::R2_2)), format!("{plain}?api=2"));
    assert_eq!(address(of(Release::R1_4)), format!("{plain}?api=1.4.0"));
    assert_eq!(address(of(Release::R1_1)), plain);
    let mut own = of(Release::R2_2);
    "https://register.medmij.nl:8443/lijsten".clone_into(&mut own.base);
    own.file_names.insert(ListKind::Ocl, "ocl.xml".to_owned());
    own.api = Some("3".to_owned());
    assert_eq!(address(own), "https://register.medmij.nl:8443/lijsten/ocl.xml?api=3");
    for base in ["http://stelselnode.medmij.nl", "stelselnode", "https://a b"] {
        let mut wrong = of(Release::R2_2);
        base.clone_into(&mut wrong.base);
        assert!(ListStore::new(wrong, &[ListKind::Ocl], START).is_err(), "{base}");
    }
}

#[test]
fn lists_6_6_unreachable_is_retried_ten_times_doubling_from_half_a_second() {
    let mut store = store(|_| {});
    let _ = next(&mut store, ok(version(1, "a.bc")));
    let mut pauses = Vec::new();
    for attempt in 0..12 {
        let answer = if attempt % 2 == 0 {
            unreachable()
        } else {
            let mut response = HttpResponse::new(version(2, "d.ef").into_bytes());
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            Ok(response)
        };
        let (refreshed, now) = next(&mut store, answer);
        assert!(matches!(&refreshed.outcome, Outcome::Refused(failure) if failure.is_unreachable()));
        pauses.push((refreshed.next - now).as_seconds_f64());
        assert_eq!(store.status(ListKind::Whl, now).unwrap().failures, attempt + 1);
    }
    assert_eq!(
        pauses,
        [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 900.0, 0.5]
    );
    assert_eq!(host(&store).unwrap(), "a.bc");
    let (refreshed, now) = next(&mut store, ok(version(2, "d.ef")));
    assert!(matches!(refreshed.outcome, Outcome::Accepted { .. }));
    assert_eq!(store.status(ListKind::Whl, now).unwrap().failures, 0);
}

#[test]
fn lijsten_301_the_last_good_list_outlives_eight_hours_of_outage() {
    let mut store = store(|_| {});
    let _ = next(&mut store, ok(version(1, "a.bc")));
    let mut requests = 0;
    while store.next_due().unwrap() < START + Duration::hours(8) {
        let (_, now) = next(&mut store, unreachable());
        requests += 1;
        assert_eq!(host(&store).unwrap(), "a.bc");
        let status = store.status(ListKind::Whl, now).unwrap();
        assert_eq!(status.age, Some(now - START));
        assert_eq!(status.is_stale, now - START > Duration::seconds(900));
    }
    assert!((150..400).contains(&requests), "{requests} requests in eight hours");
    let (refreshed, _) = next(&mut store, ok(version(40, "d.ef")));
    assert!(
        matches!(refreshed.outcome, Outcome::Accepted { replaced: Some(_), .. }),
        "versions were skipped"
    );
    assert_eq!(host(&store).unwrap(), "d.ef");
}

#[test]
fn a_maximum_age_ends_a_list() {
    let mut store = store(|settings| settings.max_age = Some(Duration::seconds(1_000)));
    let _ = next(&mut store, ok(version(8, "a.bc")));
    let _ = next(&mut store, unreachable());
    let mut last = START;
    while host(&store).is_some() {
        let now = store.next_due().unwrap();
        assert!(now <= START + Duration::seconds(1_000), "{now}");
        last = now;
        for fetch in store.due(now) {
            let _ = store.answer(fetch, unreachable(), now, &mut Fixed(0));
        }
    }
    assert_eq!(last, START + Duration::seconds(1_000), "to the second");
    // An outage is no chance for an older list, and the same one is good again.
    let (refreshed, _) = next(&mut store, ok(version(7, "x.yz")));
    assert!(matches!(
        refreshed.outcome,
        Outcome::Refused(RefreshFailure::Regression(_))
    ));
    assert!(refreshed.to_string().contains("there is no list in use"), "{refreshed}");
    let (refreshed, _) = next(&mut store, ok(version(8, "a.bc")));
    assert!(matches!(refreshed.outcome, Outcome::Unchanged));
    assert_eq!(host(&store).unwrap(), "a.bc");
}

#[test]
fn settings_that_cannot_be_kept_are_refused() {
    let refused = |change: fn(&mut RefreshSettings)| {
        let mut settings = settings();
        change(&mut settings);
        ListStore::new(settings, &[ListKind::Whl], START).is_err()
    };
    assert!(refused(|settings| settings.interval = Duration::MAX));
    assert!(refused(|settings| settings.backoff = Duration::MAX));
    assert!(refused(|settings| settings.jitter = Duration::seconds(-1)));
    assert!(refused(|settings| settings.max_age = Some(Duration::MIN)));
    assert!(!refused(|settings| settings.interval = Duration::ZERO));
}

#[test]
fn what_is_logged_is_one_line() {
    let mut store = store(|_| {});
    let (refreshed, _) = next(&mut store, Err(io::Error::other("two\r\nlines \u{1b}[1m")));
    assert_eq!(
        refreshed.to_string(),
        "whl: the Stelselnode cannot be reached: two lines [1m; there is no list in use; due again at 00:00:00 UTC"
    );
}

#[test]
fn lists_6_6_what_is_refused_changes_nothing() {
    let kinds = [
        ("no XML".to_owned(), RejectedKind::NotWellFormed),
        (gnl(&naamdienst("1", "Een")), RejectedKind::WrongList),
        (version(2, "A.bc"), RejectedKind::Invalid),
    ];
    for (document, expected) in kinds {
        let mut store = store(|_| {});
        let _ = next(&mut store, ok(version(1, "a.bc")));
        let (refreshed, now) = next(&mut store, ok(document));
        let Outcome::Refused(RefreshFailure::Rejected(rejected)) = &refreshed.outcome else {
            panic!("{refreshed:?}");
        };
        assert_eq!(rejected.kind(), expected);
        assert_eq!(
            refreshed.next - now,
            Duration::seconds(900),
            "it will not be better in a second"
        );
        assert_eq!(host(&store).unwrap(), "a.bc");
        assert_eq!(store.status(ListKind::Whl, now).unwrap().checked, Some(START));
        assert!(
            refreshed.to_string().contains("the last good list stays in use"),
            "{refreshed}"
        );
    }
}

#[test]
fn lists_6_6_regressions_are_refused_unless_taken_by_intent() {
    let older = version(9, "x.yz").replace("2026-11-01T08", "2026-11-01T07");
    let cases = [
        (version(6, "x.yz"), RegressionKind::LowerVolgnummer),
        (version(8, "x.yz"), RegressionKind::SameVolgnummer),
        (older, RegressionKind::OlderTijdstempel),
    ];
    for (document, expected) in cases {
        for policy in [Regression::Refuse, Regression::Accept] {
            let mut store = store(|settings| settings.regression = policy);
            let _ = next(&mut store, ok(version(8, "a.bc")));
            let (refreshed, _) = next(&mut store, ok(document.clone()));
            match (policy, refreshed.outcome) {
                (Regression::Refuse, Outcome::Refused(RefreshFailure::Regression(found))) => {
                    assert_eq!(found, expected);
                    assert_eq!(host(&store).unwrap(), "a.bc");
                }
                (Regression::Accept, Outcome::Accepted { .. }) => assert_eq!(host(&store).unwrap(), "x.yz"),
                (policy, outcome) => panic!("{policy:?}: {outcome:?}"),
            }
        }
    }
}

#[test]
fn lists_6_6_unchanged_counts_as_checked() {
    let mut store = store(|_| {});
    let _ = next(&mut store, ok(version(1, "a.bc")));
    // The same bytes, and the same list in another dress.
    for document in [version(1, "a.bc"), version(1, "a.<!-- c -->bc")] {
        let (refreshed, now) = next(&mut store, ok(document));
        assert!(matches!(refreshed.outcome, Outcome::Unchanged));
        assert_eq!(store.status(ListKind::Whl, now).unwrap().checked, Some(now));
    }
}

#[test]
fn lists_6_6_an_empty_list_is_right_unless_guarded_against() {
    let empty = whl("").replace(">7<", ">8<");
    for guard in [false, true] {
        let mut store = store(|settings| settings.refuses_empty = guard);
        let _ = next(&mut store, ok(version(1, "a.bc")));
        let (refreshed, _) = next(&mut store, ok(empty.clone()));
        assert_eq!(
            matches!(refreshed.outcome, Outcome::Refused(RefreshFailure::Empty)),
            guard
        );
        assert_eq!(store.snapshot().whl.as_ref().unwrap().nodes().is_empty(), !guard);
    }
}

#[test]
fn the_document_comes_out_for_an_archive() {
    let mut store = store(|_| {});
    let (refreshed, _) = next(&mut store, ok(version(1, "a.bc")));
    let Outcome::Accepted { document, list, .. } = &refreshed.outcome else {
        panic!("{refreshed:?}");
    };
    assert_eq!(document, version(1, "a.bc").as_bytes());
    assert_eq!(list.entries(), 1);
    assert_eq!(
        refreshed.to_string(),
        "whl: Volgnummer 1 of 2026-11-01T08:00:00Z, 1 entries; due again at 00:15:00 UTC"
    );
    let mut again = ListStore::new(settings(), &[ListKind::Whl], START).unwrap();
    assert!(matches!(
        again.load(ListKind::Whl, document.clone(), START),
        Outcome::Accepted { .. }
    ));
    assert_eq!(again.next_due(), Some(START), "a copy of one's own is checked at once");
    let unwanted = again.load(ListKind::Zal, Vec::new(), START);
    assert!(matches!(unwanted, Outcome::Refused(RefreshFailure::NotWanted)));
}

#[test]
fn no_list_waits_for_the_retries_of_another() {
    let kinds = [ListKind::Whl, ListKind::Ocl];
    let mut store = ListStore::new(settings(), &kinds, START).unwrap();
    // Each request takes a minute and fails, so that its retry is due before the other list was asked for.
    let mut asked = Vec::new();
    for minute in 0..4 {
        let now = START + Duration::minutes(minute);
        let fetch = store.next_fetch(now).unwrap();
        asked.push(fetch.kind());
        let _ = store.answer(fetch, unreachable(), now + Duration::MINUTE, &mut Fixed(0));
    }
    assert_eq!(asked, [ListKind::Whl, ListKind::Ocl, ListKind::Whl, ListKind::Ocl]);
}

#[test]
fn a_copy_of_ones_own_makes_no_list_older() {
    let mut store = store(|settings| settings.max_age = Some(Duration::hours(1)));
    let document = version(9, "a.bc");
    let now = START + Duration::days(1);
    let fetch = store.due(now).remove(0);
    let _ = store.answer(fetch, ok(document.clone()), now, &mut Fixed(0));
    let _ = store.load(ListKind::Whl, document.into_bytes(), START);
    assert_eq!(store.status(ListKind::Whl, now).unwrap().checked, Some(now));
}

/// A snapshot that was taken stays what it is.
#[test]
fn lists_are_swapped_whole() {
    let mut store = store(|_| {});
    let _ = next(&mut store, ok(version(1, "a.bc")));
    let before = store.snapshot();
    let _ = next(&mut store, ok(version(2, "d.ef")));
    assert!(before.whl.as_ref().unwrap().contains(&"a.bc".parse().unwrap()));
    assert!(
        store
            .snapshot()
            .whl
            .as_ref()
            .unwrap()
            .contains(&"d.ef".parse().unwrap())
    );
}

/// The driver over the HTTP trait, polled without a runtime.
#[test]
fn the_driver_fetches_what_is_due() {
    let answers = std::sync::Mutex::new(VecDeque::from([ok(version(1, "a.bc")), unreachable()]));
    let client = |_: medmij_core::HttpRequest, _: medmij_core::HttpLimits| {
        std::future::ready(answers.lock().unwrap().pop_front().unwrap())
    };
    let mut store = ListStore::new(settings(), &[ListKind::Whl, ListKind::Gnl], START).unwrap();
    let mut random = Fixed(0);
    let mut step = |store: &mut ListStore| {
        let mut round = Box::pin(store.refresh(&client, || START, &mut random));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match round.as_mut().poll(&mut context) {
            std::task::Poll::Ready(refreshed) => refreshed,
            std::task::Poll::Pending => panic!("ready at once"),
        }
    };
    assert_eq!(step(&mut store).unwrap().kind, ListKind::Whl);
    assert!(store.snapshot().whl.is_some(), "in use before the next one is fetched");
    let refreshed = step(&mut store).unwrap();
    assert_eq!(refreshed.kind, ListKind::Gnl);
    assert!(
        refreshed
            .to_string()
            .contains("cannot be reached: no route to the host"),
        "{refreshed}"
    );
    assert!(step(&mut store).is_none());
    assert_eq!(host(&store).unwrap(), "a.bc");
}

proptest! {
    /// Whatever comes in whatever order: there is a list from the first good one on, its Volgnummer never goes back, and
    /// the next request is never further away than the interval.
    #[test]
    fn no_answer_takes_the_list_away(answers in prop::collection::vec((0..5_u8, 1..20_u32), 1..60)) {
        let mut store = store(|_| {});
        let mut newest = 0;
        for (what, volgnummer) in answers {
            let answer = match what {
                0 => unreachable(),
                1 => ok("<html/>"),
                2 => ok(version(volgnummer, "A.bc")),
                _ => ok(version(volgnummer, "a.bc")),
            };
            let (refreshed, now) = next(&mut store, answer);
            prop_assert!(refreshed.next - now <= Duration::seconds(900));
            prop_assert!(refreshed.next > now);
            if what > 2 && volgnummer >= newest {
                newest = volgnummer;
            }
            let used = store.snapshot().whl.as_ref().map_or(0, |whl| whl.envelope().volgnummer.to_u64().unwrap());
            prop_assert_eq!(used, u64::from(newest));
        }
    }
}
