//! Draws the transition tables in code: `docs/flows/`, a page for each side and function, and the page of rustdoc.
//!
//! `cargo run -p medmij-benches --bin flows` writes the files, `-- --check` fails if one is stale.

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "a command line tool")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use medmij_core::{Event, Function, Release};
use medmij_oauth::flow::{Flow, Machine, Side, Source, machines};

const RELEASE: Release = Release::R2_2;
const COMMAND: &str = "cargo run -p medmij-benches --bin flows";

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let check = std::env::args().any(|argument| argument == "--check");
    let mut stale = Vec::new();
    for (path, text) in pages() {
        let file = root.join(&path);
        let written = if check {
            fs::read_to_string(&file).is_ok_and(|found| found == text)
        } else {
            let folder = file.parent().map_or(Ok(()), fs::create_dir_all);
            folder.and_then(|()| fs::write(&file, text)).is_ok()
        };
        if !written {
            stale.push(path.display().to_string());
        }
    }
    match (stale.is_empty(), check) {
        (true, true) => println!("docs/flows is current"),
        (true, false) => println!("docs/flows is written"),
        (false, true) => eprintln!("stale: {}; run `{COMMAND}`", stale.join(", ")),
        (false, false) => eprintln!("cannot write {}", stale.join(", ")),
    }
    if stale.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Every file, by its path.
fn pages() -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../medmij-oauth/src/guide");
    let mut pages = BTreeMap::new();
    let mut index = format!(
        "# Flows\n\nThe machines of each side and function in release {RELEASE}, drawn from the tables in code by \
         `{COMMAND}`. `medmij flow show` prints those of any release.\n\n"
    );
    let mut diagrams: BTreeMap<&str, String> = BTreeMap::new();
    for flow in Flow::ALL {
        for side in [Side::Dvp, Side::Dva] {
            let name = format!("{side}-{flow}.md");
            let releases: Vec<_> = Release::ALL
                .into_iter()
                .filter(|release| flow.exists_in(*release))
                .collect();
            let releases: Vec<_> = releases.into_iter().map(Release::as_str).collect();
            let _ = writeln!(index, "- [{flow}, {side}]({name})");
            let mut page = format!(
                "# {flow}, {side}\n\nThe function is in {}. The tables are those of release {RELEASE}, drawn by `{COMMAND}`.\n\n{}",
                releases.join(", "),
                guide(&root, side, flow)
            );
            for machine in machines(side, flow, RELEASE) {
                page.push_str(&drawn(&machine));
                page.push_str(&table(&machine));
                // The largest of each name has the rows of the others too, or nearly so.
                let diagram = drawn(&machine);
                let known = diagrams.entry(machine.name).or_default();
                if diagram.len() > known.len() {
                    *known = diagram;
                }
            }
            pages.insert(Path::new("docs/flows").join(name), page);
        }
    }
    pages.insert(PathBuf::from("docs/flows/README.md"), index);
    let rustdoc = diagrams.into_values().collect();
    pages.insert(PathBuf::from("medmij-oauth/src/flow/diagrams.md"), rustdoc);
    pages
}

/// The page of the guide, without what its examples hide and with its links as code: they lead into rustdoc.
fn guide(folder: &Path, side: Side, flow: Flow) -> String {
    let name = match flow {
        Flow::Function(
            Function::AbonnementAanmaken | Function::AbonnementWijzigen | Function::AbonnementBeeindigen,
        ) => "abonneren",
        flow => flow.as_str(),
    };
    let text = fs::read_to_string(folder.join(format!("{side}-{name}.md"))).unwrap_or_default();
    let shown = text.lines().filter(|line| !line.starts_with("# "));
    let mut page = String::new();
    for line in shown {
        let mut rest = line;
        while let Some((before, (_, behind))) = rest
            .split_once("](crate::")
            .and_then(|(before, tail)| Some((before, tail.split_once(')')?)))
        {
            page.push_str(&before.replacen("[`", "`", 1));
            rest = behind;
        }
        page.push_str(rest);
        page.push('\n');
    }
    page
}

fn drawn(machine: &Machine) -> String {
    format!("\n## {}\n\n```mermaid\n{}```\n", machine.name, machine.mermaid())
}

fn table(machine: &Machine) -> String {
    let mut text = String::from("\n| row | state | event | if | do | next | log |\n|---|---|---|---|---|---|---|\n");
    for row in &machine.rows {
        let source = match row.source {
            Source::F => "",
            Source::O => " (OAuth)",
            Source::D => " (ours)",
        };
        let log: Vec<_> = row
            .log
            .iter()
            .map(Event::name)
            .map(|name| format!("`{name}`"))
            .collect();
        let _ = writeln!(
            text,
            "| {}{source} | {} | {} | {} | {} | {} | {} |",
            row.row,
            row.state.join(", "),
            row.event,
            row.guard,
            row.action,
            row.next.join(", "),
            log.join(", ")
        );
    }
    text
}
