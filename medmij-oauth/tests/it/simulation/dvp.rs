//! The DVP of a simulated pair.

use std::collections::{BTreeMap, BTreeSet};

use medmij_core::{CorrelationId, Digest, Function, HttpRequest, HttpResponse, LogEvent, Offer, Representation};
use medmij_oauth::dvp::{
    AwaitingRefresh, AwaitingResponse, AwaitingToken, Begun, Claimed, Done, Dvp, HeldToken, NextStep, Outgoing,
    Pending, PendingStore, Ready, RefreshChoice, RefreshStep, ReplyStep, Selected, Stopped, StoredPending, TokenKey,
    TokenStep, TokenStore,
};
use medmij_oauth::{AuthorizationReply, MemoryStore, Put, flow};

use super::flaky::Flaky;
use super::read_back;
use super::world::{Config, GEBOORTEDATUM, Packet};
use crate::drivers::now_or_never as wait;
use crate::pair::*;

#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
enum Run {
    Selecting(Selected),
    Waiting(Digest),
    Token(AwaitingToken, usize),
    Refresh(AwaitingRefresh, usize),
    Ready(Ready),
    Response(AwaitingResponse, usize),
    Ended(&'static str),
    /// Only while a step is taken.
    Moving,
}

pub(crate) struct DvpSide {
    run: Run,
    pub(crate) store: Flaky,
    /// What a process that crashes comes back to.
    stored: Option<Ready>,
    random: Counting,
    key: TokenKey,
    dossier: Vec<Done>,
    /// The digests of the answers that were taken.
    accepted: BTreeSet<Digest>,
    events: Vec<LogEvent>,
    traces: BTreeSet<CorrelationId>,
    codes: BTreeSet<Vec<u8>>,
    /// How often each write was sent, and how often it was refused for its token.
    writes: BTreeMap<Vec<u8>, (u32, u32)>,
    exchanges: usize,
    logins: u32,
    deadline: i64,
    todo: usize,
}

const SESSION: &[u8] = b"the browser of the person";

fn selected(dvp: &Dvp, config: &Config) -> Selected {
    let offer = |id: &str| -> Offer { offers(config.release, &[id]).iter().next().unwrap().clone() };
    let release = config.release;
    match config.function {
        Function::Verzamelen | Function::BeherenToestemmingen => {
            let todo = ["Patient", "Condition", "Observation"].into_iter().take(config.todo);
            dvp.verzamelen(offers(release, &["48"]), todo.map(|path| query("48", path)).collect())
        }
        Function::Delen => {
            let todo = (0..config.todo).map(|number| {
                let body = format!("{{\"resourceType\":\"Bundle\",\"id\":\"{number}\"}}").into_bytes();
                medmij_oauth::dvp::Placement::post("53".parse().unwrap(), "ROL".parse().unwrap(), "", "a/b", body)
                    .unwrap()
            });
            dvp.delen(offer("53"), todo.collect())
        }
        Function::AbonnementAanmaken => dvp.abonneren(offer("48"), 90),
        Function::AbonnementWijzigen => dvp.abonnement_wijzigen(offer("48"), abonnement(release, 10), 30),
        Function::AbonnementBeeindigen => dvp.abonnement_beeindigen(offer("48"), abonnement(release, 10)),
    }
    .unwrap()
}

/// The same for whom the person acts.
fn represented(selected: Selected, config: &Config) -> Selected {
    match config.representation {
        Representation::None => selected,
        kind => selected.on_behalf_of(kind, GEBOORTEDATUM.parse().unwrap()).unwrap(),
    }
}

impl DvpSide {
    pub(crate) fn new(config: &Config) -> Self {
        let selected = represented(selected(&dvp(config.release), config), config);
        let whose = (config.representation != Representation::None).then_some("child");
        Self {
            key: selected.token_key("person", whose),
            run: Run::Selecting(selected),
            store: Flaky::new(MemoryStore::new()),
            stored: None,
            random: Counting(1),
            dossier: Vec::new(),
            accepted: BTreeSet::new(),
            events: Vec::new(),
            traces: BTreeSet::new(),
            codes: BTreeSet::new(),
            writes: BTreeMap::new(),
            exchanges: 0,
            logins: 0,
            deadline: i64::MAX,
            todo: config.todo,
        }
    }

    /// Another run, of the same person.
    pub(crate) fn again(&mut self, config: &Config) {
        self.run = Run::Selecting(selected(&dvp(config.release), config));
        self.logins = 1;
        self.stored = None;
    }

    pub(crate) const fn state(&self) -> &'static str {
        match self.run {
            Run::Selecting(_) => "Selecting",
            Run::Waiting(_) => "AwaitingAuthorization",
            Run::Token(..) => "AwaitingToken",
            Run::Refresh(..) => "AwaitingRefresh",
            Run::Ready(_) => "Ready",
            Run::Response(..) => "AwaitingResponse",
            Run::Ended(end) => end,
            Run::Moving => "Moving",
        }
    }

    pub(crate) const fn end(&self) -> Option<&'static str> {
        if let Run::Ended(end) = self.run {
            Some(end)
        } else {
            None
        }
    }

    pub(crate) const fn ended(&self) -> bool {
        self.end().is_some()
    }

    pub(crate) const fn can_go(&self) -> bool {
        matches!(self.run, Run::Selecting(_) | Run::Ready(_))
    }

    pub(crate) fn events(&self) -> &[LogEvent] {
        &self.events
    }

    pub(crate) const fn trace_ids(&self) -> &BTreeSet<CorrelationId> {
        &self.traces
    }

    /// Until the next moment at which something is given up.
    pub(crate) fn patience(&self, now: i64) -> i64 {
        if self.deadline == i64::MAX {
            4_000
        } else {
            (self.deadline - now).max(1)
        }
    }

    /// A transition was taken: its rows are in the table, from this state to that.
    fn took(&mut self, before: &'static str, events: Vec<LogEvent>) {
        let after = self.state();
        for event in &events {
            let name = event.row.expect("a transition has a row");
            let fits = flow::rows().filter(|row| row.row == name).any(|row| {
                let from = row.state.contains(&before) || row.state == [flow::NON_TERMINAL];
                let to = row.next.contains(&after) || row.row == "P16";
                from && to && row.log.contains(&event.event)
            });
            assert!(fits, "{name}: {before} to {after} with {:?}", event.event);
            self.traces.extend(event.trace_id.clone());
        }
        self.events.extend(events);
    }

    fn stop(&mut self, before: &'static str, stopped: Stopped) {
        if let Some(token) = stopped.token {
            self.keep_token(*token);
        }
        self.run = Run::Ended(stopped.outcome.name());
        self.stored = None;
        // What was not done is told: nothing is lost from sight.
        let told = usize::try_from(stopped.done).unwrap() + stopped.failed.len() + stopped.unknown.len();
        let ended = matches!(
            stopped.outcome.name(),
            "Completed" | "CompletedPartially" | "StoppedNotDelivered"
        );
        if ended {
            let expected = if matches!(self.key.function, medmij_oauth::ScopeFunction::Abonneren) {
                1
            } else {
                self.todo
            };
            assert_eq!(told, expected, "{before}: {:?} {:?}", stopped.failed, stopped.unknown);
        }
        self.took(before, stopped.events);
    }

    /// What cannot be kept is of no use to the next run; this one has it.
    fn keep_token(&self, token: HeldToken) {
        drop(wait(self.store.put_token(self.key.clone(), token)));
    }

    /// The run that waits for a browser, unless the store fails: then it is found later, or it is gone.
    fn take_pending(&self, key: Digest) -> Option<Pending> {
        wait(self.store.take_pending(key, Digest::of(SESSION))).ok().flatten()
    }

    fn ask(&mut self, request: HttpRequest) -> (usize, Vec<Packet>) {
        self.exchanges += 1;
        (self.exchanges, vec![Packet::Ask(self.exchanges, request)])
    }

    fn begin(&mut self, selected: Selected, now: i64) -> Vec<Packet> {
        self.logins += 1;
        let before = "Selecting";
        if self.logins > 3 {
            let stopped = selected.abandon(at(now));
            self.run = Run::Moving;
            self.stop(before, stopped);
            return Vec::new();
        }
        let Begun {
            pending,
            redirect,
            events,
            ..
        } = selected.begin(at(now), &mut self.random).unwrap();
        self.deadline = now + 3_600;
        let key = pending.key();
        // Stored before the redirect is sent.
        let stored = StoredPending::new(Digest::of(SESSION), pending.clone());
        let put = wait(self.store.put_pending(key, stored));
        self.run = Run::Waiting(key);
        self.took(before, events);
        let Ok(put) = put else {
            // The browser is not sent: nothing would know it when it comes back.
            let stopped = pending.abandon(at(now));
            self.stop("AwaitingAuthorization", stopped);
            return Vec::new();
        };
        assert_eq!(put, Put::Stored);
        vec![Packet::Visit(redirect.location().to_owned())]
    }

    /// The DVP's own next step.
    pub(crate) fn go(&mut self, now: i64) -> Vec<Packet> {
        let before = self.state();
        match std::mem::replace(&mut self.run, Run::Moving) {
            Run::Selecting(selected) => self.select(selected, now),
            Run::Ready(ready) => match ready.next(at(now), &mut self.random).unwrap() {
                NextStep::Stopped(stopped) => {
                    self.stop(before, stopped);
                    Vec::new()
                }
                NextStep::NeedsToken { selected } => self.select(selected, now),
                NextStep::Send(Outgoing {
                    request,
                    awaiting,
                    events,
                    ..
                }) => {
                    // Stored before the request is sent: a process that comes back does not send a write again.
                    self.stored = Some(awaiting.if_lost());
                    self.deadline = now + 60;
                    if awaiting.todo().is_write() {
                        let write = self.writes.entry(write_of(&request)).or_default();
                        write.0 += 1;
                    }
                    let (number, packets) = self.ask(request);
                    self.run = Run::Response(awaiting, number);
                    self.took(before, events);
                    packets
                }
            },
            other => {
                self.run = other;
                Vec::new()
            }
        }
    }

    /// By a refresh token if there is one that nobody else has claimed, else by the person.
    fn select(&mut self, selected: Selected, now: i64) -> Vec<Packet> {
        let held = wait(self.store.token(self.key.clone())).ok().flatten();
        if !held.is_some_and(|held| selected.can_refresh(&held, at(now))) {
            return self.begin(selected, now);
        }
        let Ok(Claimed::Token(held)) = wait(self.store.claim(self.key.clone(), at(now), at(now + 60))) else {
            return self.begin(selected, now);
        };
        match selected.refresh(&held, at(now), &mut self.random).unwrap() {
            RefreshChoice::Authorize(selected) => self.begin(selected, now),
            RefreshChoice::Refresh(Outgoing {
                request,
                awaiting,
                events,
                ..
            }) => {
                self.deadline = now + 10;
                let (number, packets) = self.ask(request);
                self.run = Run::Refresh(awaiting, number);
                self.took("Selecting", events);
                packets
            }
        }
    }

    /// A browser comes to the redirect URI.
    pub(crate) fn returned(&mut self, location: &str, now: i64) -> Vec<Packet> {
        let reply = AuthorizationReply::parse(query_of(location));
        let taken = reply.state().and_then(|state| self.take_pending(state.digest()));
        // P8: of no run, or of one that has gone on. Nothing of it is used, and nothing changes.
        let Some(pending) = taken else { return Vec::new() };
        let before = "AwaitingAuthorization";
        let is_own = matches!(&self.run, Run::Waiting(key) if *key == pending.key());
        if !is_own {
            // The person cancelled meanwhile.
            return Vec::new();
        }
        match pending.reply(reply, at(now), &mut self.random).unwrap() {
            ReplyStep::Exchange(Outgoing {
                request,
                awaiting,
                events,
                ..
            }) => {
                let code = parameter(location, "code").unwrap().into_bytes();
                assert!(self.codes.insert(code), "a code is offered once");
                self.deadline = now + 10;
                let (number, packets) = self.ask(request);
                self.run = Run::Token(awaiting, number);
                self.took(before, events);
                packets
            }
            ReplyStep::Stopped(stopped) => {
                self.stop(before, stopped);
                Vec::new()
            }
            ReplyStep::Stray { .. } => panic!("it was found by its state"),
        }
    }

    /// An answer of the DVA; one to a request that nobody waits for any more changes nothing.
    pub(crate) fn answered(&mut self, number: usize, response: HttpResponse, now: i64) -> Vec<Packet> {
        let before = self.state();
        match std::mem::replace(&mut self.run, Run::Moving) {
            Run::Token(awaiting, waited) if waited == number => match awaiting.response(&response, at(now)) {
                TokenStep::Ready { ready, events } => self.ready(before, ready, events),
                TokenStep::Stopped(stopped) => self.stop(before, stopped),
            },
            Run::Refresh(awaiting, waited) if waited == number => match awaiting.response(&response, at(now)) {
                RefreshStep::Ready { ready, events } => self.ready(before, ready, events),
                RefreshStep::Refused { selected, events } => {
                    // One that is not forgotten is refused again.
                    drop(wait(self.store.drop_token(self.key.clone())));
                    self.took(before, events);
                    return self.begin(selected, now);
                }
                RefreshStep::Stopped(stopped) => self.stop(before, stopped),
            },
            Run::Response(awaiting, waited) if waited == number => {
                let write = awaiting.todo().is_write();
                if write
                    && response.status() == 401
                    && let Some((_, refused)) = self.writes.values_mut().next_back()
                {
                    *refused += 1;
                }
                let taken = Digest::of(response.body());
                let step = awaiting.response(response, at(now));
                if let Some(done) = step.done {
                    self.accepted.insert(taken);
                    self.dossier.push(done);
                }
                self.stored = Some(step.ready.clone());
                self.run = Run::Ready(step.ready);
                self.deadline = i64::MAX;
                self.took(before, step.events);
            }
            other => self.run = other,
        }
        Vec::new()
    }

    fn ready(&mut self, before: &'static str, ready: Ready, events: Vec<LogEvent>) {
        if let Some(token) = ready.token() {
            self.keep_token(token.clone());
        }
        self.stored = Some(ready.clone());
        self.run = Run::Ready(ready);
        self.deadline = i64::MAX;
        self.took(before, events);
    }

    pub(crate) fn time_passed(&mut self, now: i64) {
        if now < self.deadline {
            return;
        }
        let before = self.state();
        match std::mem::replace(&mut self.run, Run::Moving) {
            Run::Waiting(key) => match self.take_pending(key) {
                Some(pending) => {
                    assert!(at(now) >= pending.deadline());
                    self.stop(before, pending.timeout(at(now)));
                }
                None => self.run = Run::Ended("StoppedTechnical"),
            },
            Run::Token(awaiting, _) => {
                assert!(at(now) >= awaiting.deadline());
                self.stop(before, awaiting.failed(at(now)));
            }
            Run::Refresh(awaiting, _) => self.stop(before, awaiting.failed(at(now))),
            Run::Response(awaiting, _) => {
                assert!(at(now) >= awaiting.deadline());
                let step = awaiting.failed(at(now));
                self.stored = Some(step.ready.clone());
                self.run = Run::Ready(step.ready);
                self.deadline = i64::MAX;
                self.took(before, step.events);
            }
            other => self.run = other,
        }
    }

    /// The process ends and another begins, with what was stored.
    pub(crate) fn crash(&mut self) {
        self.run = match std::mem::replace(&mut self.run, Run::Moving) {
            // What waits at the token endpoint cannot be stored: its code or token counts as offered.
            Run::Token(..) | Run::Refresh(..) => {
                self.stored = None;
                Run::Ended("StoppedTechnical")
            }
            Run::Ready(_) | Run::Response(..) => {
                self.deadline = i64::MAX;
                Run::Ready(read_back(self.stored.as_ref().expect("it was stored")))
            }
            other => other,
        };
    }

    /// The person gives up at the DVP.
    pub(crate) fn cancel(&mut self, now: i64) {
        let before = self.state();
        match std::mem::replace(&mut self.run, Run::Moving) {
            Run::Selecting(selected) => self.stop(before, selected.abandon(at(now))),
            Run::Waiting(key) => match self.take_pending(key) {
                Some(pending) => self.stop(before, pending.abandon(at(now))),
                None => self.run = Run::Ended("Abandoned"),
            },
            Run::Token(awaiting, _) => self.stop(before, awaiting.abandon(at(now))),
            Run::Refresh(awaiting, _) => self.stop(before, awaiting.abandon(at(now))),
            Run::Ready(ready) => self.stop(before, ready.abandon(at(now))),
            Run::Response(awaiting, _) => self.stop(before, awaiting.abandon(at(now))),
            other => self.run = other,
        }
    }

    /// No write is sent twice, unless it was refused for its token; what was accepted is in the dossier with its provenance.
    pub(crate) fn look(&self) {
        for (sent, refused) in self.writes.values() {
            assert!(*sent <= 1 + refused.min(&1), "a write was sent {sent} times");
        }
        let kept: BTreeSet<_> = self
            .dossier
            .iter()
            .filter_map(|done| match done {
                Done::Collected(collected) => Some(collected),
                Done::Placed(placed) => Some(&placed.answer),
                Done::Abonnement(_) => None,
            })
            .map(|answer| {
                assert_eq!(answer.aanbieder.as_str(), "umcharderwijk@medmij");
                assert!(answer.gegevensdienstnaam.is_some());
                answer.digest
            })
            .collect();
        let abonnementen = self
            .dossier
            .iter()
            .filter(|done| matches!(done, Done::Abonnement(_)))
            .count();
        assert!(abonnementen > 0 || kept == self.accepted, "what was accepted is kept");
    }
}

/// What makes a write the same: all of it but its ids and its token.
fn write_of(request: &HttpRequest) -> Vec<u8> {
    let mut bytes = format!("{} {}\n", request.method(), request.uri()).into_bytes();
    bytes.extend(request.body());
    bytes
}
