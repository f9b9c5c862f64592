//! The transition tables of the flows, as data: what the machines emit, what the diagrams in `docs/flows` draw, and what
//! `medmij flow show` prints all come from here [flows.md 4].
//!
//! Each transition of a machine names its [`Row`], and the log events that it returns are those of the row. Which state a
//! row leads to is written in the types of the steps; the tests hold the two together.
//!
//! The whole tables are drawn at the end of this page for release 2.2; [`machines`] gives those of any release.
//!
//! ```
//! use medmij_core::{Function, Release};
//! use medmij_oauth::flow::{Flow, Side, machines};
//!
//! let machines = machines(Side::Dvp, Flow::Function(Function::Verzamelen), Release::R2_2);
//! let p7 = machines[0].rows.iter().find(|row| row.row == "P7").unwrap();
//! assert_eq!((p7.state, p7.next), (&["AwaitingAuthorization"][..], &["AwaitingToken"][..]));
//! ```
#![doc = include_str!("flow/diagrams.md")]

pub(crate) mod authorization;
pub(crate) mod beheren;
pub(crate) mod dvp;
mod mermaid;
pub(crate) mod notificeren;
pub(crate) mod resource;
pub(crate) mod subscription;
pub(crate) mod token;

use std::fmt;
use std::str::FromStr;

use medmij_core::{ChainEvent, CorrelationId, Event, Function, LogEvent, OwnEvent, Release, RequestId};
use time::UtcDateTime;

pub(crate) use {
    authorization as a, beheren as m, dvp as p, notificeren as n, resource as r, subscription as s, token as t,
};

/// The two sides of a flow.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a flow has two sides")]
pub enum Side {
    /// The Dienstverlener persoon.
    Dvp,
    /// The Dienstverlener aanbieder.
    Dva,
}

/// What is done: a function of the framework, or *Notificeren*, which no person starts.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "what the tables are drawn for")]
pub enum Flow {
    /// A function.
    Function(Function),
    /// *Notificeren*.
    Notificeren,
}

impl Flow {
    /// Every flow.
    pub const ALL: [Self; 7] = [
        Self::Function(Function::Verzamelen),
        Self::Function(Function::Delen),
        Self::Function(Function::AbonnementAanmaken),
        Self::Function(Function::AbonnementWijzigen),
        Self::Function(Function::AbonnementBeeindigen),
        Self::Function(Function::BeherenToestemmingen),
        Self::Notificeren,
    ];

    /// Whether a release has it.
    #[must_use]
    pub const fn exists_in(self, release: Release) -> bool {
        match self {
            Self::Function(function) => function.exists_in(release),
            Self::Notificeren => release.abonneren(),
        }
    }

    /// The name, as the command line has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Function(function) => function.as_str(),
            Self::Notificeren => "notificeren",
        }
    }
}

/// A name of no side or flow.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no such side or flow")]
#[non_exhaustive]
pub struct UnknownName;

impl FromStr for Flow {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let mut all = Self::ALL.into_iter();
        all.find(|flow| flow.as_str() == text).ok_or(UnknownName)
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Side {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text {
            "dvp" => Ok(Self::Dvp),
            "dva" => Ok(Self::Dva),
            _ => Err(UnknownName),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Dvp => "dvp",
            Self::Dva => "dva",
        })
    }
}

/// Who says that a row is so.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the three sources of flows.md 4")]
pub enum Source {
    /// The framework.
    F,
    /// OAuth 2.0, to which the framework refers.
    O,
    /// A decision that the framework leaves free.
    D,
}

/// One row of a table: in this state, on this event, if the guard holds, do this and go there.
#[derive(Debug)]
#[non_exhaustive]
pub struct Row {
    /// Its number.
    pub row: &'static str,
    /// The states in which it may come; [`NON_TERMINAL`] alone stands for every state that is not terminal.
    pub state: &'static [&'static str],
    /// What happens.
    pub event: &'static str,
    /// When the row holds; empty if always.
    pub guard: &'static str,
    /// What is done.
    pub action: &'static str,
    /// The states that it may lead to.
    pub next: &'static [&'static str],
    /// Who says so.
    pub source: Source,
    /// What is logged, in this order.
    pub log: &'static [Event],
    when: fn(Function, Release) -> bool,
}

/// The state of rows that hold in every state that is not terminal.
pub const NON_TERMINAL: &str = "any non-terminal";

impl Row {
    /// The log events of the row, in a chain and about a request.
    pub(crate) fn log(
        &self,
        now: UtcDateTime,
        trace_id: Option<&CorrelationId>,
        request_id: Option<&RequestId>,
    ) -> Vec<LogEvent> {
        let event = |event: &Event| {
            LogEvent::new(now, event.clone())
                .with_trace_id(trace_id)
                .with_request_id(request_id)
                .at_row(self.row)
        };
        self.log.iter().map(event).collect()
    }
}

/// An event for the own log, in a table.
const fn own(event: OwnEvent) -> Event {
    Event::Own(event)
}

/// An event of the chain log, in a table.
const fn chain(event: ChainEvent) -> Event {
    Event::Chain(event)
}

/// A state of a machine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct State {
    /// Its name.
    pub name: &'static str,
    /// Whether it is an end.
    pub terminal: bool,
}

/// A table: its states and rows.
#[derive(Debug)]
#[non_exhaustive]
pub struct Machine {
    /// Its name.
    pub name: &'static str,
    /// Its states, the first one first.
    pub states: Vec<State>,
    /// Its rows, in the order of the table.
    pub rows: Vec<&'static Row>,
}

/// A whole table, of all functions and releases.
struct Table {
    name: &'static str,
    side: Side,
    states: &'static [State],
    /// Its own rows, and those of another table that its states take part in.
    rows: &'static [&'static [&'static Row]],
    of: fn(Flow) -> bool,
}

const TABLES: [&Table; 10] = [
    &dvp::TABLE,
    &subscription::ABONNEMENT_OF_DVP,
    &notificeren::SERVER,
    &authorization::TABLE,
    &beheren::TABLE,
    &token::TABLE,
    &resource::TABLE,
    &subscription::TABLE,
    &subscription::ABONNEMENT,
    &notificeren::CLIENT,
];

/// The machines of a side for a flow in a release: those rows that can come there, and the states between which they go.
/// None if the release does not have it.
#[must_use]
pub fn machines(side: Side, flow: Flow, release: Release) -> Vec<Machine> {
    let tables = TABLES
        .into_iter()
        .filter(|table| table.side == side && (table.of)(flow));
    let has_rows = |table: &&Table| {
        let rows: Vec<_> = table
            .rows
            .iter()
            .copied()
            .flatten()
            .copied()
            .filter(|row| holds(row, flow, release))
            .collect();
        let named = |name: &str| {
            let mut states = rows.iter().flat_map(|row| row.state.iter().chain(row.next));
            states.any(|state| *state == name)
        };
        Machine {
            name: table.name,
            states: table.states.iter().copied().filter(|state| named(state.name)).collect(),
            rows,
        }
    };
    if flow.exists_in(release) {
        tables.map(|table| has_rows(&table)).collect()
    } else {
        Vec::new()
    }
}

/// Every row of every table.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    let own = |table: &Table| table.rows.first().copied().unwrap_or_default();
    TABLES.into_iter().flat_map(move |table| own(table).iter().copied())
}

fn holds(row: &Row, flow: Flow, release: Release) -> bool {
    match flow {
        Flow::Function(function) => (row.when)(function, release),
        Flow::Notificeren => true,
    }
}

/// When a row holds.
mod when {
    use medmij_core::{ErrorDelivery, Function, Release, RepresentationSupport};

    pub(super) fn always(_: Function, _: Release) -> bool {
        true
    }

    /// All but *Beheren toestemmingen*, in which nothing is given to the DVP.
    pub(super) fn authorizing(function: Function, _: Release) -> bool {
        function != Function::BeherenToestemmingen
    }

    pub(super) fn managing(function: Function, _: Release) -> bool {
        function == Function::BeherenToestemmingen
    }

    pub(super) fn verzamelen(function: Function, _: Release) -> bool {
        function == Function::Verzamelen
    }

    pub(super) fn delen(function: Function, _: Release) -> bool {
        function == Function::Delen
    }

    pub(super) fn abonneren(function: Function, _: Release) -> bool {
        use Function::{AbonnementAanmaken, AbonnementBeeindigen, AbonnementWijzigen};
        matches!(function, AbonnementAanmaken | AbonnementWijzigen | AbonnementBeeindigen)
    }

    pub(super) fn aanmaken(function: Function, _: Release) -> bool {
        function == Function::AbonnementAanmaken
    }

    pub(super) fn wijzigen(function: Function, _: Release) -> bool {
        function == Function::AbonnementWijzigen
    }

    pub(super) fn beeindigen(function: Function, _: Release) -> bool {
        function == Function::AbonnementBeeindigen
    }

    pub(super) fn langdurig(function: Function, release: Release) -> bool {
        function.may_be_langdurig(release)
    }

    /// Where resources are fetched or placed.
    pub(super) fn at_resources(function: Function, release: Release) -> bool {
        verzamelen(function, release) || delen(function, release)
    }

    pub(super) fn abonneren_tested(function: Function, release: Release) -> bool {
        abonneren(function, release) && tested(function, release)
    }

    /// Where the OAuth Client List is looked at when the token is asked for.
    pub(super) fn listed_at_token(function: Function, release: Release) -> bool {
        verzamelen(function, release) && release.verzamelen_ocl_check() == medmij_core::OclCheck::TokenRequest
    }

    /// Where an Abonnement exists already.
    pub(super) fn bestaand(function: Function, release: Release) -> bool {
        wijzigen(function, release) || beeindigen(function, release)
    }

    pub(super) fn tested(function: Function, _: Release) -> bool {
        function.test().is_some()
    }

    pub(super) fn tested_late(function: Function, _: Release) -> bool {
        function.allows(medmij_core::TestMoment::Late)
    }

    /// Where the early test may be left out.
    pub(super) fn not_tested_early(function: Function, _: Release) -> bool {
        function != Function::Delen && function != Function::BeherenToestemmingen
    }

    pub(super) fn represented(function: Function, release: Release) -> bool {
        function == Function::Verzamelen && release.representation() != RepresentationSupport::None
    }

    pub(super) fn landing(_: Function, release: Release) -> bool {
        release.landing_page()
    }

    pub(super) fn no_landing(_: Function, release: Release) -> bool {
        !release.landing_page()
    }

    pub(super) fn page_first(function: Function, release: Release) -> bool {
        authorizing(function, release) && release.invalid_request_delivery() == ErrorDelivery::PageFirst
    }

    /// Where a technical failure is told by a page first.
    pub(super) fn failure_page(function: Function, release: Release) -> bool {
        managing(function, release) || page_first(function, release)
    }

    /// Where a landing page leads to an authorization.
    pub(super) fn authorizing_landing(function: Function, release: Release) -> bool {
        authorizing(function, release) && landing(function, release)
    }

    pub(super) fn told_at_once(function: Function, release: Release) -> bool {
        authorizing(function, release) && !page_first(function, release)
    }

    pub(super) fn several(function: Function, release: Release) -> bool {
        function == Function::Verzamelen && release.verzamelen_scope() != medmij_core::VerzamelenScope::OneCombination
    }
}

/// Makes the rows of a table, each a static by its number, and the list of them.
macro_rules! table_rows {
    ($($id:ident $row:literal [$($state:expr),+] $event:literal, if $guard:literal, do $action:literal
        => [$($next:literal),*] $source:ident log [$($log:expr),*] when $when:ident;)+) => {
        $(pub(crate) static $id: $crate::flow::Row = $crate::flow::Row {
            row: $row,
            state: &[$($state),+],
            event: $event,
            guard: $guard,
            action: $action,
            next: &[$($next),*],
            source: $crate::flow::Source::$source,
            log: &[$($log),*],
            when: $crate::flow::when::$when,
        };)+
        pub(super) static ROWS: &[&$crate::flow::Row] = &[$(&$id),+];
    };
}

/// Makes the states of a table; those behind the bar are ends.
macro_rules! states {
    ($($name:literal),+ ; $($terminal:literal),+) => {
        &[
            $($crate::flow::State { name: $name, terminal: false },)+
            $($crate::flow::State { name: $terminal, terminal: true },)+
        ]
    };
}

use {states, table_rows};
