//! The tables in code: whole, drawn, and held by tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use medmij_core::{Function, Release};
use medmij_oauth::flow::{self, Flow, Machine, NON_TERMINAL, Side, Source};

fn every_machine() -> impl Iterator<Item = (Side, Flow, Release, Machine)> {
    let sides = [Side::Dvp, Side::Dva];
    let flows = sides.into_iter().flat_map(|side| Flow::ALL.map(|flow| (side, flow)));
    let all = flows.flat_map(|(side, flow)| Release::ALL.map(|release| (side, flow, release)));
    all.flat_map(|(side, flow, release)| {
        flow::machines(side, flow, release)
            .into_iter()
            .map(move |machine| (side, flow, release, machine))
    })
}

#[test]
fn every_row_of_the_tables_has_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        for line in text.lines().map(str::trim_start) {
            let line = line.strip_prefix("pub(crate) ").unwrap_or(line);
            // A function, or a row of a table that is tested in each release.
            let name = line
                .strip_prefix("fn ")
                .unwrap_or(line)
                .split_once('(')
                .map(|(name, _)| name);
            names.extend(name.map(str::to_owned));
        }
    }
    // A name may start with several rows: `a19_a20_…`; a row with two outcomes has `p16a_…` and `p16b_…`.
    let names_row = |name: &str, row: &str| {
        name.split('_')
            .take_while(|part| is_row(part))
            .any(|part| part == row || part.strip_prefix(row).is_some_and(|rest| matches!(rest, "a" | "b")))
    };
    let missing: Vec<_> = flow::rows()
        .filter(|row| !names.iter().any(|name| names_row(name, &row.row.to_lowercase())))
        .map(|row| row.row)
        .collect();
    assert!(missing.is_empty(), "no test is named after {missing:?}");
}

/// Whether a part of a name is a row's number: a letter, digits, perhaps another letter.
fn is_row(part: &str) -> bool {
    let mut chars = part.chars();
    let letter = chars.next().is_some_and(|c| c.is_ascii_lowercase());
    let rest = chars.as_str().trim_end_matches(|c: char| c.is_ascii_lowercase());
    letter && !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit())
}

#[test]
fn every_state_is_declared_and_can_be_reached() {
    for (side, flow, release, machine) in every_machine() {
        let place = format!("{side} {flow} {release} {}", machine.name);
        let declared: BTreeSet<_> = machine.states.iter().map(|state| state.name).collect();
        for row in &machine.rows {
            for state in row.state.iter().chain(row.next).filter(|state| **state != NON_TERMINAL) {
                assert!(declared.contains(state), "{place}: {} names {state}", row.row);
            }
        }
        let mut reached = BTreeSet::from([machine.states[0].name]);
        loop {
            let from = |row: &&&flow::Row| {
                row.state
                    .iter()
                    .any(|state| *state == NON_TERMINAL || reached.contains(state))
            };
            let next: BTreeSet<_> = machine
                .rows
                .iter()
                .filter(from)
                .flat_map(|row| row.next.iter().copied())
                .collect();
            if next.is_subset(&reached) {
                break;
            }
            reached.extend(next);
        }
        assert_eq!(reached, declared, "{place}");
        assert!(machine.states.iter().any(|state| state.terminal), "{place} ends");
    }
}

#[test]
fn every_state_that_is_no_end_goes_on() {
    for (side, flow, release, machine) in every_machine() {
        for state in machine.states.iter().filter(|state| !state.terminal) {
            let goes_on = machine.rows.iter().any(|row| row.state.contains(&state.name));
            assert!(goes_on, "{side} {flow} {release} {}: {}", machine.name, state.name);
        }
    }
}

#[test]
fn no_terminal_state_goes_on() {
    for (side, flow, release, machine) in every_machine() {
        // A grant that is over still answers: T4 and T6 are rows of terminal states.
        let over = |row: &flow::Row| matches!(row.row, "T4" | "T6");
        for row in machine.rows.iter().filter(|row| !over(row)) {
            let terminal = |name: &str| machine.states.iter().any(|state| state.name == name && state.terminal);
            assert!(
                !row.state.iter().any(|name| terminal(name)),
                "{side} {flow} {release}: {}",
                row.row
            );
        }
    }
}

#[test]
fn a_flow_has_machines_in_the_releases_that_have_it() {
    for flow in Flow::ALL {
        for release in Release::ALL {
            for side in [Side::Dvp, Side::Dva] {
                let machines = flow::machines(side, flow, release);
                assert_eq!(machines.is_empty(), !flow.exists_in(release), "{side} {flow} {release}");
            }
        }
    }
    let rows = |function: Function, release| {
        let machines = flow::machines(Side::Dvp, Flow::Function(function), release);
        machines[0].rows.iter().map(|row| row.row).collect::<Vec<_>>()
    };
    assert!(rows(Function::Verzamelen, Release::R2_0).contains(&"P3"));
    assert!(!rows(Function::Verzamelen, Release::R1_6).contains(&"P3"));
    assert!(!rows(Function::Delen, Release::R2_2).contains(&"P3"));
    assert!(rows(Function::AbonnementWijzigen, Release::R1_2).contains(&"P13b"));
    assert_eq!(
        rows(Function::BeherenToestemmingen, Release::R2_2),
        ["P1", "P5", "P6", "P31"]
    );
}

#[test]
fn a_diagram_has_every_state_and_row() {
    for (.., machine) in every_machine() {
        let drawn = machine.mermaid();
        assert!(drawn.starts_with("stateDiagram-v2\n"));
        for state in &machine.states {
            assert!(
                drawn.contains(&format!("state \"{}\" as", state.name)),
                "{}",
                state.name
            );
        }
        let words: BTreeSet<_> = drawn.split([' ', ',', '\n']).collect();
        for row in &machine.rows {
            assert!(words.contains(row.row), "{} is not drawn", row.row);
        }
    }
}

#[test]
fn names_are_read_back() {
    for flow in Flow::ALL {
        assert_eq!(flow.as_str().parse(), Ok(flow));
    }
    for side in [Side::Dvp, Side::Dva] {
        assert_eq!(side.to_string().parse(), Ok(side));
    }
    assert!("x".parse::<Flow>().is_err() && "x".parse::<Side>().is_err());
    assert!(flow::rows().any(|row| row.source == Source::O));
}

/// What the guide says of rows, the tables have.
#[test]
fn the_guide_names_rows_that_exist() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/guide");
    let known: BTreeSet<_> = flow::rows().map(|row| row.row).collect();
    let mut named = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for line in text.lines().filter(|line| line.starts_with("| ")) {
            let words = line.split(|c: char| !c.is_ascii_alphanumeric());
            let rows = words.filter(|word| {
                let mut bytes = word.bytes();
                let letter = bytes.next().is_some_and(|byte| b"PATRSMNV".contains(&byte));
                letter && bytes.next().is_some_and(|byte| byte.is_ascii_digit()) && word.len() <= 4
            });
            for row in rows {
                assert!(known.contains(row), "{row} in {}", path.display());
                named += 1;
            }
        }
    }
    assert!(named > 30, "{named}");
}
