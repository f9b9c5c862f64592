//! *Notificeren* between a DVA and a DVP: an Abonnement that both know, changes and ends of it at any moment, and messages that
//! are lost, doubled and late.

use std::collections::BTreeSet;

use medmij_core::{AbonnerenForm, ClientIdentity, HttpRequest, HttpResponse, LogEvent, Release};
use medmij_oauth::dva::{self, AwaitingAck, NotificationEndpoints, NotificationRoute, NotifyStep};
use medmij_oauth::dvp::{self, NotifiedStep, ReceivedNotificatie};
use medmij_oauth::{AbonnementState, NotificationAnswer, NotificationRefusal, flow};
use time::{Date, Duration};

use super::chooser::{Chooser, Random, Walk};
use super::{number, say};
use crate::pair::*;

/// How long both sides believe at first that it lasts.
const DAGEN: i64 = 10;

enum Packet {
    Message(usize, HttpRequest),
    Answer(usize, HttpResponse),
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Deliver(usize),
    Drop(usize),
    Double(usize),
    Changed,
    SetEnd(i64),
    PersonEnds,
    Wait(i64),
    CrashDva,
    DvpFails,
    DvpForgets,
}

struct World {
    release: Release,
    endpoints: NotificationEndpoints,
    now: i64,
    random: Counting,
    /// What the DVA stores.
    dva: dva::Abonnement,
    awaiting: Option<(AwaitingAck, usize)>,
    messages: usize,
    /// What the DVP stores.
    dvp: Vec<dvp::Abonnement>,
    dvp_fails: bool,
    notices: u32,
    network: Vec<Packet>,
    events: Vec<LogEvent>,
    faults: u32,
    changes: u32,
    /// The soonest end that anybody set.
    soonest: Date,
    states: BTreeSet<String>,
}

impl World {
    fn new(release: Release, faults: u32, changes: u32) -> Self {
        let uri = |path: &str| format!("https://not.pgo.nl:9443/{path}").parse().unwrap();
        let mut dvp = abonnement(release, DAGEN);
        dvp.state = AbonnementState::Active { einde: day(DAGEN) };
        Self {
            release,
            endpoints: NotificationEndpoints {
                client_id: Some(CLIENT_ID.parse().unwrap()),
                subscription: uri("s"),
                resource: uri("r"),
            },
            now: 0,
            random: Counting(7),
            dva: crate::notificeren::watched(DAGEN),
            awaiting: None,
            messages: 0,
            dvp: vec![dvp],
            dvp_fails: false,
            notices: 0,
            network: Vec::new(),
            events: Vec::new(),
            faults,
            changes,
            soonest: day(DAGEN),
            states: BTreeSet::new(),
        }
    }

    fn route(&self) -> NotificationRoute<'_> {
        NotificationRoute {
            release: self.release,
            endpoints: &self.endpoints,
        }
    }

    fn actions(&self) -> Vec<(u32, Action)> {
        let mut actions: Vec<_> = (0..self.network.len())
            .map(|index| (20, Action::Deliver(index)))
            .collect();
        if self.changes > 0 {
            actions.push((8, Action::Changed));
            actions.push((3, Action::SetEnd(0)));
            actions.push((3, Action::SetEnd(4)));
            actions.push((2, Action::PersonEnds));
        }
        if self.faults > 0 {
            let lost = (0..self.network.len()).flat_map(|index| [(4, Action::Drop(index)), (4, Action::Double(index))]);
            actions.extend(lost);
            actions.push((3, Action::Wait(15)));
            actions.push((2, Action::Wait(86_400)));
            actions.push((2, Action::CrashDva));
            actions.push((3, Action::DvpFails));
            actions.push((1, Action::DvpForgets));
        }
        if actions.is_empty() && self.awaiting.is_some() {
            actions.push((1, Action::Wait(15)));
        }
        actions
    }

    fn run(&mut self, chooser: &mut impl Chooser) {
        for _ in 0..200 {
            let actions = self.actions();
            if actions.is_empty() {
                return;
            }
            let weights: Vec<_> = actions.iter().map(|(weight, _)| *weight).collect();
            self.take(actions[chooser.pick(&weights)].1);
            self.look();
        }
        panic!("no end");
    }

    fn take(&mut self, action: Action) {
        match action {
            Action::Deliver(_) => {}
            Action::Changed | Action::SetEnd(_) | Action::PersonEnds => self.changes = self.changes.saturating_sub(1),
            _ => self.faults = self.faults.saturating_sub(1),
        }
        let now = at(self.now);
        match action {
            Action::Deliver(index) => {
                let packet = self.network.remove(index);
                self.deliver(&packet);
            }
            Action::Drop(index) => drop(self.network.remove(index)),
            Action::Double(index) => {
                let copy = match &self.network[index] {
                    Packet::Message(number, request) => Packet::Message(*number, request.clone()),
                    Packet::Answer(number, response) => Packet::Answer(*number, response.clone()),
                };
                self.deliver(&copy);
            }
            Action::Changed => match &mut self.awaiting {
                Some((awaiting, _)) => awaiting.changed_content(true, now),
                None => {
                    let step = self
                        .dva
                        .clone()
                        .changed_content(true, self.route(), now, &mut self.random.clone());
                    self.random.0 += 10;
                    self.step(step.unwrap());
                }
            },
            Action::SetEnd(dagen) => {
                let einde = day(dagen) + Duration::days(self.now / 86_400);
                self.soonest = self.soonest.min(einde);
                match &mut self.awaiting {
                    Some((awaiting, _)) => {
                        awaiting.set_end(einde, now);
                        self.dva = awaiting.abonnement().clone();
                    }
                    None => {
                        let mut random = self.random.clone();
                        let step = self.dva.clone().set_end(einde, self.route(), now, &mut random);
                        self.random.0 += 10;
                        self.step(step.unwrap());
                    }
                }
            }
            Action::PersonEnds => {
                // Through the subscription interface, which has its own tests: both sides store it as ended.
                self.soonest = self.soonest.min(now.date());
                self.dva.state = AbonnementState::Ended;
                self.dva.version += 1;
                for own in &mut self.dvp {
                    own.state = AbonnementState::Ended;
                }
                if let Some((awaiting, _)) = &mut self.awaiting {
                    awaiting.ended_by_person(self.dva.clone());
                }
            }
            Action::Wait(seconds) => {
                self.now += seconds;
                if let Some((awaiting, _)) = self
                    .awaiting
                    .take_if(|(awaiting, _)| at(self.now) >= awaiting.deadline())
                {
                    let ack = awaiting.failed(at(self.now));
                    self.acknowledged(ack);
                }
            }
            // What waits for an answer is gone with the process; the Abonnement was stored.
            Action::CrashDva => self.awaiting = None,
            Action::DvpFails => self.dvp_fails = true,
            Action::DvpForgets => self.dvp.clear(),
        }
    }

    fn step(&mut self, step: NotifyStep) {
        match step {
            NotifyStep::Send(notifying) => {
                self.dva = notifying.abonnement;
                self.log(notifying.events);
                self.messages += 1;
                self.awaiting = Some((notifying.awaiting, self.messages));
                self.network.push(Packet::Message(self.messages, notifying.request));
            }
            NotifyStep::Nothing { abonnement, .. } => self.dva = abonnement,
        }
    }

    fn acknowledged(&mut self, ack: dva::AckStep) {
        self.log(ack.events);
        if ack.changed || ack.queued.is_some() {
            self.dva = ack.abonnement.clone();
        }
        if ack.answer == Some(NotificationAnswer::Refused(NotificationRefusal::InvalidSubscriptionId)) {
            assert!(
                self.dva.einde(at(self.now)).is_none(),
                "what the DVP does not know has ended"
            );
        }
        if let Some(queued) = ack.queued {
            let mut random = self.random.clone();
            let step = queued.tell(ack.abonnement, self.route(), at(self.now), &mut random);
            self.random.0 += 10;
            self.step(step.unwrap());
        }
    }

    fn deliver(&mut self, packet: &Packet) {
        match packet {
            Packet::Message(number, request) => {
                let text = format!("{} {}", request.uri(), String::from_utf8_lossy(request.body()));
                assert!(!text.contains(BSN), "a BSN in a Notificatie");
                let response = self.received(request);
                self.network.push(Packet::Answer(*number, response));
            }
            Packet::Answer(number, response) => {
                // An answer to a message that nobody waits for any more changes nothing.
                if let Some((awaiting, _)) = self.awaiting.take_if(|(_, waited)| waited == number) {
                    let ack = awaiting.response(response, at(self.now));
                    self.acknowledged(ack);
                }
            }
        }
    }

    /// The Notification Server.
    fn received(&mut self, request: &HttpRequest) -> HttpResponse {
        let now = at(self.now);
        let fails = std::mem::take(&mut self.dvp_fails);
        let received = match ReceivedNotificatie::parse(request, self.release, now) {
            Ok(received) => received,
            Err((refusal, _)) => panic!("our own message is refused: {refusal:?}"),
        };
        if fails {
            let (refusal, events) = received.failed(now);
            self.log(events);
            return refusal.to_response();
        }
        let peer = ClientIdentity::from_names(["ss.dva.nl"]);
        let known = self.dvp.iter().any(|own| own.einde(now).is_some());
        match received.judge(self.dvp.clone(), Some(&peer), now) {
            NotifiedStep::Accepted(accepted) => {
                assert!(known);
                let before = self.dvp[0].einde(now).unwrap();
                let after = accepted.abonnement.einde(now);
                assert!(
                    after.is_none_or(|after| after <= before),
                    "an Aanbieder makes it no longer"
                );
                self.notices += u32::from(accepted.notice.is_some());
                self.dvp = vec![accepted.abonnement.clone()];
                let answer = accepted.stored();
                self.log(accepted.events);
                answer
            }
            NotifiedStep::Rejected { refusal, events } => {
                assert!(!known, "{refusal:?}");
                self.log(events);
                refusal.to_response()
            }
        }
    }

    fn log(&mut self, events: Vec<LogEvent>) {
        for event in events {
            let name = event.row.expect("a transition has a row");
            assert!(
                flow::rows().any(|row| row.row == name && row.log.contains(&event.event)),
                "{name}"
            );
            self.events.push(event);
        }
    }

    fn look(&mut self) {
        let now = at(self.now);
        // Neither side ever believes that it lasts longer than it did at first.
        for einde in [self.dva.einde(now), self.dvp.first().and_then(|own| own.einde(now))] {
            assert!(einde.is_none_or(|einde| einde <= day(DAGEN)));
        }
        // The DVP believes no end that nobody set.
        if let Some(own) = self.dvp.first() {
            let einde = own.einde(now).unwrap_or_else(|| now.date());
            assert!(einde >= self.soonest.min(day(DAGEN)).min(now.date()));
        }
        self.states.insert(format!(
            "{:?} {} {} {}",
            self.dva.einde(now),
            self.awaiting.is_some(),
            self.network.len(),
            self.dvp.first().and_then(|own| own.einde(now)).is_some()
        ));
    }

    /// When nothing is lost any more, telling the end once more brings both sides to the same.
    fn settle(&mut self) {
        self.faults = 0;
        self.changes = 0;
        self.dvp_fails = false;
        self.run(&mut First);
        let now = at(self.now);
        // The form of 1.2 has no message for an end that is to come.
        let can_tell = self.release.abonneren_form() == AbonnerenForm::Restful || self.dva.einde(now).is_none();
        if can_tell && !self.dvp.is_empty() {
            let mut random = self.random.clone();
            let step = self.dva.clone().tell_end(self.route(), now, &mut random).unwrap();
            self.random.0 += 10;
            self.step(step);
            self.run(&mut First);
            assert_eq!(self.dva.einde(now), self.dvp[0].einde(now), "both know the same end");
        }
        assert!(self.awaiting.is_none() && self.network.is_empty());
    }
}

struct First;

impl Chooser for First {
    fn pick(&mut self, _: &[u32]) -> usize {
        0
    }
}

fn day(dagen: i64) -> Date {
    (start() + Duration::days(dagen)).date()
}

fn releases() -> Vec<Release> {
    let releases = Release::ALL.into_iter();
    releases.filter(|release| release.abonneren()).collect()
}

#[test]
fn the_pair_keeps_its_invariants_when_it_notifies() {
    let (runs, seed) = (
        number("MEDMIJ_PAIR_RUNS", 1_000),
        number("MEDMIJ_PAIR_SEED", 20_261_122),
    );
    let (releases, mut rows, mut told) = (releases(), BTreeSet::new(), 0);
    for run in 0..runs {
        let release = releases[usize::try_from(run).unwrap() % releases.len()];
        let mut chooser = Random::new(seed.wrapping_add(run));
        let faults = u32::try_from(chooser.pick(&[1, 1, 1, 1, 1])).unwrap();
        let mut world = World::new(release, faults, 3);
        world.run(&mut chooser);
        world.settle();
        told += world.notices;
        rows.extend(world.events.iter().filter_map(|event| event.row));
    }
    say(&format!(
        "notificeren: {runs} runs from seed {seed}, {} rows taken, {told} notices",
        rows.len()
    ));
    assert!(rows.len() >= 7, "{rows:?}");
}

#[test]
fn the_pair_keeps_its_invariants_in_every_sequence_of_messages_up_to_a_depth() {
    let depth = usize::try_from(number("MEDMIJ_PAIR_DEPTH", 6)).unwrap().min(7);
    for release in [releases()[0], Release::R2_2] {
        let mut walk = Walk::new(depth);
        let (mut runs, mut states) = (0_u64, BTreeSet::new());
        while walk.next_run() {
            let mut world = World::new(release, 2, 2);
            walk.begin();
            world.run(&mut walk);
            world.settle();
            states.extend(world.states);
            runs += 1;
        }
        say(&format!(
            "notificeren {release}: depth {depth}, {runs} sequences, {} states seen",
            states.len()
        ));
    }
}
