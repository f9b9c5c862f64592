//! The drivers over stores in memory, polled by hand: no runtime is needed.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use medmij_core::{AuthorizationCode, Digest, HttpLimits, HttpRequest, HttpResponse, LogEvent, Release};
use medmij_core::{Event, OwnEvent};
use medmij_oauth::dva::{GrantStore, issue_code};
use medmij_oauth::dvp::{
    self, CollectEnd, Collected, Collector, Done, FailureCause, FollowUp, Outcome, PendingStore, Ready, ReplyStep,
    StoredPending, TokenStep,
};
use medmij_oauth::{AuthorizationReply, MemoryStore, Put};

use crate::pair::*;

/// The value of a future that never waits.
pub(crate) fn now_or_never<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a store in memory waited"),
    }
}

/// Keeps what is collected, and refuses to after some.
#[derive(Default)]
struct Dossier {
    pieces: Vec<Collected>,
    room: usize,
    /// What follows from each.
    follow_ups: VecDeque<FollowUp>,
    events: RefCell<Vec<LogEvent>>,
    /// The runs as they were kept before a request was sent, and how many can be.
    kept: Vec<Ready>,
    keeps: usize,
}

impl Collector for Dossier {
    type Error = std::io::Error;

    async fn store(&mut self, done: Done) -> Result<FollowUp, std::io::Error> {
        if self.pieces.len() == self.room {
            return Err(std::io::Error::other("full"));
        }
        let Done::Collected(collected) = done else {
            panic!("{done:?}")
        };
        self.pieces.push(collected);
        Ok(self.follow_ups.pop_front().unwrap_or_default())
    }

    async fn keep(&mut self, run: Ready) -> Result<(), std::io::Error> {
        if self.kept.len() == self.keeps {
            return Err(std::io::Error::other("full"));
        }
        self.kept.push(run);
        Ok(())
    }

    fn log(&mut self, events: Vec<LogEvent>) {
        self.events.borrow_mut().extend(events);
    }
}

/// A client that gives these responses, one after another, and then breaks.
fn answering(responses: Vec<HttpResponse>) -> impl medmij_core::HttpClient {
    let responses = Mutex::new(VecDeque::from(responses));
    move |_: HttpRequest, _: HttpLimits| {
        let next = responses.lock().unwrap().pop_front();
        std::future::ready(next.ok_or_else(|| std::io::Error::other("broken")))
    }
}

#[test]
fn tknint_203_f_05_the_code_is_sent_once() {
    for answer in [
        Some(response(200, &token_body(Some("48")))),
        Some(response(503, "")),
        None,
    ] {
        let sent = Mutex::new(0);
        let client = |_: HttpRequest, _: HttpLimits| {
            *sent.lock().unwrap() += 1;
            std::future::ready(answer.clone().ok_or_else(|| std::io::Error::other("broken")))
        };
        let mut logged = Vec::new();
        let step = now_or_never(dvp::exchange(
            exchange(Release::R2_2, &["48"]),
            &client,
            |events| logged.extend(events),
            || at(61),
        ));
        assert_eq!(*sent.lock().unwrap(), 1);
        assert_eq!(
            logged[0].event,
            Event::Own(OwnEvent::CodeReceived),
            "the receipt of the code is logged"
        );
        let good = answer.is_some_and(|answer| answer.status() == 200);
        assert_eq!(matches!(step, TokenStep::Ready { .. }), good);
    }
}

#[test]
fn f_08_a_partial_run_keeps_what_it_got() {
    let ready = || {
        ready_with(
            Release::R2_2,
            &["48"],
            ["a", "b", "c"].map(|path| query("48", path)).into(),
        )
    };
    let client = answering(vec![response(200, "1"), response(404, "")]);
    let mut dossier = Dossier {
        room: 9,
        keeps: 9,
        ..Dossier::default()
    };
    let end = now_or_never(dvp::collect(ready(), &client, &mut dossier, &mut Counting(5), || {
        at(62)
    }));
    let Ok(CollectEnd::Stopped(stopped)) = end else {
        panic!("no end")
    };
    assert_eq!(stopped.outcome, Outcome::CompletedPartially);
    assert_eq!((dossier.pieces.len(), stopped.done, stopped.failed.len()), (1, 1, 2));
    assert_eq!(dossier.events.borrow().len(), 6);

    assert_eq!(dossier.kept.len(), 3, "before each request");

    let client = answering(vec![response(200, "1"), response(200, "2"), response(200, "3")]);
    let mut full = Dossier {
        room: 1,
        keeps: 9,
        ..Dossier::default()
    };
    let end = now_or_never(dvp::collect(ready(), &client, &mut full, &mut Counting(5), || at(62)));
    let Ok(CollectEnd::NotStored { done, ready: left, .. }) = end else {
        panic!("no more is asked for than can be kept")
    };
    assert_eq!(full.pieces.len(), 1);
    let Some(Done::Collected(second)) = done else {
        panic!("{done:?}")
    };
    assert_eq!(
        (second.path.as_str(), second.body.as_slice()),
        ("b", &b"2"[..]),
        "what came is not lost"
    );
    let mut dossier = Dossier {
        room: 9,
        keeps: 9,
        ..Dossier::default()
    };
    let client = answering(vec![response(200, "3")]);
    let end = now_or_never(dvp::collect(left, &client, &mut dossier, &mut Counting(5), || at(63)));
    let Ok(CollectEnd::Stopped(stopped)) = end else {
        panic!("no end")
    };
    assert_eq!(
        (stopped.outcome, stopped.done, dossier.pieces.len()),
        (Outcome::Completed, 3, 1)
    );
}

#[test]
fn p23_what_follows_from_an_answer_is_asked_for_next() {
    let first = query("48", "a");
    let mut dossier = Dossier {
        room: 9,
        keeps: 9,
        follow_ups: [
            FollowUp {
                queries: vec![
                    first.follow("https://rs.dva.nl:8443/fhir?page=2", "a/b").unwrap(),
                    first.follow("Binary/1", "a/b").unwrap(),
                ],
                missing: None,
            },
            FollowUp {
                queries: Vec::new(),
                missing: Some(FailureCause::Incomplete),
            },
        ]
        .into(),
        ..Dossier::default()
    };
    let client = answering(["1", "2", "3", "4"].map(|body| response(200, body)).into());
    let ready = ready_with(Release::R2_2, &["48"], vec![first, query("48", "b")]);
    let end = now_or_never(dvp::collect(ready, &client, &mut dossier, &mut Counting(5), || at(62)));
    let Ok(CollectEnd::Stopped(stopped)) = end else {
        panic!("no end")
    };
    let asked: Vec<_> = dossier.pieces.iter().map(|piece| piece.path.as_str()).collect();
    assert_eq!(asked, ["a", "https://rs.dva.nl:8443/fhir?page=2", "Binary/1", "b"]);
    assert_eq!((stopped.outcome, stopped.done), (Outcome::CompletedPartially, 4));
    assert_eq!(stopped.failed[0].todo.path(), "https://rs.dva.nl:8443/fhir?page=2");
}

#[test]
fn p28_a_write_is_kept_before_it_is_sent() {
    let sharing = || {
        let offer = offers(Release::R2_2, &["53"]).iter().next().unwrap().clone();
        let selected = dvp(Release::R2_2).delen(offer, vec![placement()]).unwrap();
        let begun = selected.begin(start(), &mut Counting(0)).unwrap();
        let state = parameter(begun.redirect.location(), "state").unwrap();
        let ReplyStep::Exchange(exchange) = reply(begun, &format!("code=abc&state={state}")) else {
            panic!()
        };
        match exchange.awaiting.response(&response(200, &token_body(None)), at(61)) {
            TokenStep::Ready { ready, .. } => ready,
            other @ TokenStep::Stopped(_) => panic!("{other:?}"),
        }
    };
    // It cannot be kept: it is not sent, and still to be done.
    let sent = Mutex::new(0);
    let client = |_: HttpRequest, _: HttpLimits| {
        *sent.lock().unwrap() += 1;
        std::future::ready(Ok::<_, std::io::Error>(response(200, "{}")))
    };
    let mut full = Dossier::default();
    let end = now_or_never(dvp::collect(sharing(), &client, &mut full, &mut Counting(5), || at(62)));
    let Ok(CollectEnd::NotStored {
        done: None,
        ready: left,
        ..
    }) = end
    else {
        panic!("kept")
    };
    assert_eq!(*sent.lock().unwrap(), 0);
    // It was sent, and that it was placed cannot be stored: the caller has it in hand.
    let mut full = Dossier {
        keeps: 9,
        ..Dossier::default()
    };
    let end = now_or_never(dvp::collect(left, &client, &mut full, &mut Counting(5), || at(62)));
    let Ok(CollectEnd::NotStored {
        done: Some(Done::Placed(_)),
        ..
    }) = end
    else {
        panic!("stored")
    };
    // Who comes back to what was kept does not send it again.
    let kept = full.kept.pop().unwrap();
    let end = now_or_never(dvp::collect(kept, &client, &mut full, &mut Counting(5), || at(63)));
    let Ok(CollectEnd::Stopped(stopped)) = end else {
        panic!("no end")
    };
    assert_eq!((stopped.unknown.len(), *sent.lock().unwrap()), (1, 1));
}

#[test]
fn a22_a_code_that_exists_is_made_anew() {
    let (release, store) = (Release::R2_2, MemoryStore::new());
    let begun = begun(release, &["48"]);
    let issuing = || {
        declaration(&Lists::new(release, &["48"]), release, &begun, &["48"])
            .given(text_version(), at(1))
            .next
    };
    let first = now_or_never(issue_code(issuing(), &store, at(1), &mut Counting(9)))
        .unwrap()
        .0;
    let second = now_or_never(issue_code(issuing(), &store, at(1), &mut Counting(9)))
        .unwrap()
        .0;
    assert_ne!(first.location(), second.location());
    let code = |location: &str| {
        parameter(location, "code")
            .unwrap()
            .parse::<AuthorizationCode>()
            .unwrap()
            .digest()
    };
    for location in [first.location(), second.location()] {
        assert!(matches!(
            now_or_never(store.take_code(code(location))),
            Ok(medmij_oauth::dva::TakenCode::Grant(_))
        ));
    }
}

#[test]
fn p8_f_04_a_run_is_taken_once_and_by_its_own_session() {
    let store = MemoryStore::new();
    let begun = begun(Release::R2_2, &["48"]);
    let key = begun.pending.key();
    let (own, foreign) = (Digest::of(b"own"), Digest::of(b"foreign"));
    let stored = || StoredPending::new(own, begun.pending.clone());
    assert_eq!(now_or_never(store.put_pending(key, stored())), Ok(Put::Stored));
    let take = |session| now_or_never(store.take_pending(key, session)).unwrap();
    assert!(take(foreign).is_none());
    let pending = take(own).unwrap();
    assert!(take(own).is_none());
    let query = format!(
        "code=x&state={}",
        parameter(begun.redirect.location(), "state").unwrap()
    );
    let step = pending
        .reply(AuthorizationReply::parse(&query), at(1), &mut Counting(1))
        .unwrap();
    assert!(matches!(step, ReplyStep::Exchange(_)));
}

/// The store in memory keeps its contracts; those in SQLite and PostgreSQL are tried with the examples.
#[cfg(feature = "contract-tests")]
#[test]
fn the_store_in_memory_keeps_the_contracts() {
    use medmij_oauth::contract;
    now_or_never(contract::grant_store(async || MemoryStore::new()));
    now_or_never(contract::session_store(async || MemoryStore::new()));
    now_or_never(contract::pending_store(async || MemoryStore::new()));
    now_or_never(contract::token_store(async || MemoryStore::new()));
}
