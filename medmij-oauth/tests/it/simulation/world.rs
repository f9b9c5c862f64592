//! The network, the clock and the person between a DVP and a DVA, and what must hold after each step.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use medmij_core::{
    Function, HttpRequest, HttpResponse, LogEvent, Release, Representation, RepresentationSupport, TestMoment,
};
use medmij_oauth::dva::Identity;
use medmij_oauth::flow;

use super::chooser::Chooser;
use super::dva::{Act, DvaSide};
use super::dvp::DvpSide;
use super::flaky::Fault;
use crate::pair::BSN;

/// How a run is set up.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) function: Function,
    pub(crate) release: Release,
    pub(crate) moment: TestMoment,
    pub(crate) positive: bool,
    pub(crate) agrees: bool,
    pub(crate) langdurig: bool,
    /// For whom the person acts.
    pub(crate) representation: Representation,
    pub(crate) todo: usize,
    pub(crate) faults: u32,
}

/// Why a request is not granted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    Identity,
    Test,
    Declaration,
}

impl Config {
    /// Everything goes well but for one fault.
    pub(crate) fn plain(function: Function, release: Release) -> Self {
        Self {
            function,
            release,
            moment: TestMoment::Early,
            positive: true,
            agrees: true,
            // A consent can be withdrawn only if it lasts.
            langdurig: function.may_be_langdurig(release) || function == Function::BeherenToestemmingen,
            representation: Representation::None,
            todo: 2,
            faults: 1,
        }
    }

    pub(crate) fn choose(function: Function, release: Release, chooser: &mut impl Chooser) -> Self {
        let kinds = representations(function, release);
        let representation = kinds[chooser.pick(&[8, 2, 2][..kinds.len()])];
        let mut yes = |unlikely: u32| chooser.pick(&[8, unlikely]) == 0;
        Self {
            representation,
            moment: if yes(4) { TestMoment::Early } else { TestMoment::Late },
            positive: yes(2),
            agrees: yes(1),
            langdurig: yes(4) && Self::plain(function, release).langdurig || function == Function::BeherenToestemmingen,
            todo: 1 + chooser.pick(&[1, 1, 1]),
            faults: u32::try_from(chooser.pick(&[2, 2, 2, 1, 1, 1])).unwrap(),
            ..Self::plain(function, release)
        }
    }

    pub(crate) fn refused(function: Function, release: Release, refusal: Refusal) -> Self {
        Self {
            positive: refusal != Refusal::Test,
            langdurig: false,
            faults: 0,
            ..Self::plain(function, release)
        }
    }
}

/// For whom a person can act in a function of a release; the first is nobody.
fn representations(function: Function, release: Release) -> Vec<Representation> {
    let known: &[_] = match release.representation() {
        _ if function != Function::Verzamelen => &[],
        RepresentationSupport::None => &[],
        RepresentationSupport::OnBehalfOf => &[Representation::OnBehalfOf],
        RepresentationSupport::OnBehalfOfAndChild => &[Representation::OnBehalfOf, Representation::OnBehalfOfChild],
    };
    std::iter::once(Representation::None)
        .chain(known.iter().copied())
        .collect()
}

impl Config {
    /// Whose data it is about.
    pub(crate) const fn bsn(&self) -> &'static str {
        match self.representation {
            Representation::None => BSN,
            _ => REPRESENTED,
        }
    }

    /// Who logs in, and for whom.
    pub(crate) fn identity(&self) -> Identity {
        match self.representation {
            Representation::None => Identity::new(BSN.parse().unwrap()),
            kind => {
                let born = Some(GEBOORTEDATUM.parse().unwrap());
                Identity::represented(REPRESENTED.parse().unwrap(), kind, born).acted_by(BSN.parse().unwrap())
            }
        }
    }

    /// Somebody who logs in for another than was asked: for oneself, or for whom one represents.
    pub(crate) fn another(&self) -> Identity {
        let representation = match self.representation {
            Representation::None => Representation::OnBehalfOf,
            _ => Representation::None,
        };
        Self {
            representation,
            ..self.clone()
        }
        .identity()
    }
}

/// Who is represented, and when they were born.
const REPRESENTED: &str = "999990639";
pub(crate) const GEBOORTEDATUM: &str = "20150401";

/// Something on its way.
#[derive(Clone)]
pub(crate) enum Packet {
    /// The browser goes to the DVA.
    Visit(String),
    /// The browser comes back to the DVP.
    Return(String),
    /// A request of the DVP, by the number of its exchange.
    Ask(usize, HttpRequest),
    /// The answer to it.
    Answer(usize, HttpResponse),
}

impl Packet {
    /// Every byte of it, but for the token that a request carries.
    fn bytes(&self) -> String {
        let headers = |headers: &http::HeaderMap| {
            let one = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
                format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()))
            };
            headers.iter().map(one).collect::<String>()
        };
        match self {
            Self::Visit(location) | Self::Return(location) => location.clone(),
            Self::Ask(_, request) => format!(
                "{} {}\n{}{}",
                request.method(),
                request.uri(),
                headers(request.headers()),
                String::from_utf8_lossy(request.body())
            ),
            Self::Answer(_, response) => format!(
                "{}\n{}{}",
                response.status(),
                headers(response.headers()),
                String::from_utf8_lossy(response.body())
            ),
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Visit(_) => "visit",
            Self::Return(_) => "return",
            Self::Ask(..) => "ask",
            Self::Answer(..) => "answer",
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Action {
    Deliver(usize),
    Drop(usize),
    Double(usize),
    Person(Act),
    Go,
    Issue,
    Wait(i64),
    CrashDvp,
    CrashDva,
    StoreFails(u32, Fault),
    DvpStoreFails(u32, Fault),
    Cancel,
}

pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) now: i64,
    dvp: DvpSide,
    dva: DvaSide,
    network: Vec<Packet>,
    faults: u32,
    received: Vec<(i64, String)>,
    states: BTreeSet<u64>,
}

impl World {
    pub(crate) fn new(config: Config) -> Self {
        let mut world = Self {
            now: 0,
            dvp: DvpSide::new(&config),
            dva: DvaSide::new(&config),
            network: Vec::new(),
            faults: 0,
            received: Vec::new(),
            states: BTreeSet::new(),
            config,
        };
        if world.config.function == Function::BeherenToestemmingen {
            // A long-term consent was given before, and the DVP comes to use it while the person manages consents.
            let config = world.config.clone();
            world.config = Config::plain(config.function, config.release);
            world.config.todo = config.todo;
            world.run(&mut First, 60);
            assert_eq!(world.dvp.end(), Some("Completed"));
            world.config = config;
            world.dvp.again(&world.config);
            world.dva.manage(world.now);
        }
        world.faults = world.config.faults;
        world
    }

    /// Lets so many things happen, and then only what brings the run to its end.
    pub(crate) fn run(&mut self, chooser: &mut impl Chooser, steps: usize) {
        for step in 0..steps + 200 {
            if step >= steps {
                self.faults = 0;
            }
            let actions = self.actions();
            if actions.is_empty() {
                return;
            }
            let weights: Vec<_> = actions.iter().map(|(weight, _)| *weight).collect();
            let index = if step >= steps { 0 } else { chooser.pick(&weights) };
            self.take(actions[index].1);
            self.look();
        }
        panic!("no end after {} steps: {}", steps + 200, self.dvp.state());
    }

    fn actions(&self) -> Vec<(u32, Action)> {
        let mut actions = Vec::new();
        actions.extend((0..self.network.len()).map(|index| (40, Action::Deliver(index))));
        if self.dva.issuing() {
            actions.push((40, Action::Issue));
        }
        if self.dvp.can_go() {
            actions.push((40, Action::Go));
        }
        // A person who waits for a page does nothing until it is there.
        actions.extend(
            self.dva
                .acts(&self.config)
                .into_iter()
                .map(|(weight, act)| (weight, Action::Person(act))),
        );
        if self.faults > 0 {
            actions.extend(
                (0..self.network.len()).flat_map(|index| [(4, Action::Drop(index)), (4, Action::Double(index))]),
            );
            actions.push((3, Action::CrashDvp));
            actions.extend(
                [
                    (0, Fault::Before),
                    (0, Fault::After),
                    (1, Fault::Before),
                    (1, Fault::After),
                ]
                .map(|(after, fault)| (2, Action::StoreFails(after, fault))),
            );
            actions.extend(
                [(0, Fault::Before), (0, Fault::After), (1, Fault::Before)]
                    .map(|(after, fault)| (2, Action::DvpStoreFails(after, fault))),
            );
            if self.dva.issuing() {
                actions.push((10, Action::CrashDva));
            }
            if !self.dvp.ended() {
                actions.push((2, Action::Cancel));
                actions.push((3, Action::Wait(5)));
                actions.push((3, Action::Wait(70)));
                actions.push((2, Action::Wait(1_000)));
            }
        }
        if actions.is_empty() && !self.dvp.ended() {
            // Nothing is on its way any more: time passes.
            actions.push((1, Action::Wait(self.dvp.patience(self.now))));
        }
        actions
    }

    fn take(&mut self, action: Action) {
        let fault = matches!(
            action,
            Action::Drop(_)
                | Action::Double(_)
                | Action::CrashDvp
                | Action::CrashDva
                | Action::StoreFails(..)
                | Action::DvpStoreFails(..)
                | Action::Cancel
                | Action::Wait(_)
        );
        if fault {
            self.faults = self.faults.saturating_sub(1);
        }
        match action {
            Action::Deliver(index) => {
                let packet = self.network.remove(index);
                self.deliver(packet);
            }
            Action::Drop(index) => drop(self.network.remove(index)),
            Action::Double(index) => {
                let packet = self.network[index].clone();
                self.network.push(packet.clone());
                self.deliver(packet);
            }
            Action::Person(act) => {
                self.now += 7;
                let packets = self.dva.act(act, &self.config, self.now);
                self.network.extend(packets);
            }
            Action::Go => {
                let packets = self.dvp.go(self.now);
                self.network.extend(packets);
            }
            Action::Issue => self.network.extend(self.dva.issue(self.now)),
            Action::Wait(seconds) => {
                self.now += seconds;
                self.dvp.time_passed(self.now);
            }
            Action::CrashDvp => self.dvp.crash(),
            Action::CrashDva => self.dva.crash(),
            Action::StoreFails(after, fault) => self.dva.store.fail(after, fault),
            Action::DvpStoreFails(after, fault) => self.dvp.store.fail(after, fault),
            Action::Cancel => self.dvp.cancel(self.now),
        }
    }

    fn deliver(&mut self, packet: Packet) {
        // No BSN in anything that goes between the two [core.rscint.203, 2.x].
        let bytes = packet.bytes();
        let told = bytes.contains(BSN) || bytes.contains(REPRESENTED);
        assert!(!told, "a BSN is on its way: {bytes}");
        match packet {
            Packet::Visit(location) => {
                let packets = self.dva.visited(&location, &self.config, self.now);
                self.network.extend(packets);
            }
            Packet::Return(location) => {
                self.received.push((self.now, bytes));
                self.network.extend(self.dvp.returned(&location, self.now));
            }
            Packet::Ask(number, request) => {
                let response = self.dva.asked(&request, &self.config, self.now);
                self.network.push(Packet::Answer(number, response));
            }
            Packet::Answer(number, response) => {
                self.received.push((self.now, bytes));
                self.network.extend(self.dvp.answered(number, response, self.now));
            }
        }
    }

    /// What must hold after each step.
    fn look(&mut self) {
        self.dva.look();
        self.dvp.look();
        // Both logs carry the same ids.
        let known = self.dvp.trace_ids();
        for event in self.dva.events() {
            if let Some(trace_id) = &event.trace_id {
                assert!(
                    known.contains(trace_id),
                    "the DVA logs a chain that the DVP does not know"
                );
            }
        }
        let mut hasher = DefaultHasher::new();
        self.dvp.state().hash(&mut hasher);
        self.dva.state().hash(&mut hasher);
        let mut network: Vec<_> = self.network.iter().map(Packet::kind).collect();
        network.sort_unstable();
        network.hash(&mut hasher);
        self.states.insert(hasher.finish());
    }

    /// How it ended: in a named terminal state, with all that was accepted in the dossier.
    pub(crate) fn end(&self) -> &'static str {
        const ENDS: [&str; 8] = [
            "Completed",
            "CompletedPartially",
            "StoppedInvalidRequest",
            "StoppedRefused",
            "StoppedUndetermined",
            "StoppedTechnical",
            "StoppedNotDelivered",
            "Abandoned",
        ];
        let end = self.dvp.end().expect("a run ends");
        assert!(ENDS.contains(&end), "{end}");
        end
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &'static str> {
        let events: Vec<&LogEvent> = self.dvp.events().iter().chain(self.dva.events()).collect();
        let rows: Vec<_> = events.into_iter().filter_map(|event| event.row).collect();
        for row in &rows {
            assert!(flow::rows().any(|known| known.row == *row), "{row} is no row");
        }
        rows.into_iter()
    }

    pub(crate) const fn states(&self) -> &BTreeSet<u64> {
        &self.states
    }

    /// What the DVP received, and when.
    pub(crate) fn received(&self) -> Vec<(i64, String)> {
        self.received.clone()
    }

    /// A person who is refused, whatever the reason, and does the same things at the same moments.
    pub(crate) fn refuse(&mut self, refusal: Refusal, patience: i64) {
        self.take(Action::Go);
        self.take(Action::Deliver(0));
        if self.config.release.landing_page() {
            self.act_at(10, Act::Proceed);
        }
        self.act_at(
            20,
            if refusal == Refusal::Identity {
                Act::LoginFails
            } else {
                Act::LogIn
            },
        );
        if refusal == Refusal::Declaration {
            self.act_at(30, Act::Refuse);
        }
        assert_eq!(self.dva.state(), "NotGrantedShown", "{refusal:?}");
        assert!(
            self.network.is_empty(),
            "nothing goes to the DVP before the person's click"
        );
        self.act_at(40 + patience, Act::Back);
        self.take(Action::Deliver(0));
        self.look();
        assert_eq!(self.dvp.end(), Some("StoppedRefused"));
    }

    fn act_at(&mut self, moment: i64, act: Act) {
        self.now = moment;
        let packets = self.dva.act(act, &self.config, self.now);
        self.network.extend(packets);
        self.look();
    }
}

/// Takes what goes on, each time.
struct First;

impl Chooser for First {
    fn pick(&mut self, _: &[u32]) -> usize {
        0
    }
}
