//! The pair: a DVP, a DVA and a person under a virtual clock, with messages that are dropped, delayed, doubled and reordered,
//! processes that crash between any two steps, and stores of both that fail at any operation, done or not done.
//!
//! What happens is chosen at random, or walked through exhaustively up to a depth. After each step the invariants of the
//! framework are looked at. `MEDMIJ_PAIR_RUNS` tells how many random runs there are per function (default 1,000; CI takes
//! 100,000 in the release profile), `MEDMIJ_PAIR_SEED` where they start.

mod chooser;
mod dva;
mod dvp;
mod flaky;
mod notificeren;
mod world;

use std::collections::BTreeSet;
use std::io::Write as _;

use medmij_core::{Function, Release};

use chooser::{Random, Walk};
use world::{Config, Refusal, World};

const FUNCTIONS: [Function; 6] = [
    Function::Verzamelen,
    Function::Delen,
    Function::AbonnementAanmaken,
    Function::AbonnementWijzigen,
    Function::AbonnementBeeindigen,
    Function::BeherenToestemmingen,
];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn say(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

fn releases(function: Function) -> Vec<Release> {
    Release::ALL
        .into_iter()
        .filter(|release| function.exists_in(*release))
        .collect()
}

/// A state as another process has it, which reads it from where it was stored.
#[cfg(feature = "persist")]
fn read_back<T: medmij_oauth::persist::Persist>(state: &T) -> T {
    medmij_oauth::persist::read(&medmij_oauth::persist::write(state).unwrap()).unwrap()
}

/// Without the feature nothing is written.
#[cfg(not(feature = "persist"))]
fn read_back<T: Clone>(state: &T) -> T {
    state.clone()
}

#[test]
fn the_pair_keeps_its_invariants_in_random_runs() {
    let (runs, seed) = (
        number("MEDMIJ_PAIR_RUNS", 1_000),
        number("MEDMIJ_PAIR_SEED", 20_261_122),
    );
    for function in FUNCTIONS {
        let releases = releases(function);
        let mut ends: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
        let mut rows = BTreeSet::new();
        for run in 0..runs {
            let release = releases[usize::try_from(run).unwrap() % releases.len()];
            let mut chooser = Random::new(seed.wrapping_add(run));
            let config = Config::choose(function, release, &mut chooser);
            let mut world = World::new(config);
            world.run(&mut chooser, 60);
            *ends.entry(world.end()).or_default() += 1;
            rows.extend(world.rows());
        }
        let ends: Vec<_> = ends.into_iter().map(|(end, count)| format!("{end} {count}")).collect();
        say(&format!(
            "{function}: {runs} runs from seed {seed}, {} rows taken; {}",
            rows.len(),
            ends.join(", ")
        ));
    }
}

#[test]
fn the_pair_keeps_its_invariants_in_every_sequence_up_to_a_depth() {
    let depth = usize::try_from(number("MEDMIJ_PAIR_DEPTH", 6)).unwrap();
    for function in FUNCTIONS {
        for release in [releases(function)[0], Release::R2_2] {
            let mut walk = Walk::new(depth);
            let (mut runs, mut states) = (0_u64, BTreeSet::new());
            while walk.next_run() {
                let mut world = World::new(Config::plain(function, release));
                walk.begin();
                world.run(&mut walk, 60);
                let _ = world.end();
                states.extend(world.states().iter().copied());
                runs += 1;
            }
            say(&format!(
                "{function} {release}: depth {depth}, {runs} sequences, {} states seen",
                states.len()
            ));
        }
    }
}

/// Two runs that differ only in why the request is not granted give the DVP the same bytes at the same moments.
#[test]
fn f_25_f_26_the_dvp_can_never_tell_why_it_was_not_granted() {
    let runs = number("MEDMIJ_PAIR_RUNS", 1_000);
    let mut compared = 0;
    for run in 0..runs {
        let function = FUNCTIONS[usize::try_from(run % 3).unwrap()];
        let releases = releases(function);
        let release = releases[usize::try_from(run / 3).unwrap() % releases.len()];
        let seen: Vec<_> = [Refusal::Identity, Refusal::Test, Refusal::Declaration]
            .into_iter()
            .map(|refusal| {
                let mut world = World::new(Config::refused(function, release, refusal));
                world.refuse(refusal, i64::try_from(run % 600).unwrap());
                world.received()
            })
            .collect();
        assert!(!seen[0].is_empty());
        assert_eq!(seen[0], seen[1], "{function} {release}");
        assert_eq!(seen[1], seen[2], "{function} {release}");
        compared += 1;
    }
    say(&format!("{compared} times three runs that the DVP cannot tell apart"));
}
