//! Draws up `docs/rules.md` from the code: every rule that an item of a library cites, and the tests named after it.
//!
//! `cargo run -p medmij-benches --bin rules` writes the file, `-- --check` fails if it is stale.
//!
//! A rule is cited in a doc comment as `[code, release]`. A test is named after a rule: `core.tknint.203` is proven by
//! tests whose names start with `tknint_203`; a name may start with several rows of one table, as `a19_a20_…` does.

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "a command line tool")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

const LIBRARIES: [&str; 4] = ["medmij-core", "medmij-lists", "medmij-oauth", "medmij-fhir-bundle"];
const TESTS: [&str; 5] = [
    "medmij-core",
    "medmij-lists",
    "medmij-oauth",
    "medmij-fhir-bundle",
    "examples",
];
const FILE: &str = "docs/rules.md";

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    match run(&root, std::env::args().any(|argument| argument == "--check")) {
        Ok(message) => {
            println!("{message}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(root: &Path, check: bool) -> Result<String, String> {
    let text = draw_up(root).map_err(|error| format!("cannot read the code: {error}"))?;
    let path = root.join(FILE);
    if !check {
        fs::write(&path, text).map_err(|error| format!("cannot write {FILE}: {error}"))?;
        return Ok(format!("{FILE} is written"));
    }
    match fs::read_to_string(&path) {
        Ok(found) if found == text => Ok(format!("{FILE} is current")),
        _ => Err(format!(
            "{FILE} is stale: run `cargo run -p medmij-benches --bin rules`"
        )),
    }
}

fn draw_up(root: &Path) -> io::Result<String> {
    let mut citations = BTreeSet::new();
    for library in LIBRARIES {
        for file in rust_files(&root.join(library).join("src"))? {
            let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
            citations.extend(
                cited(&fs::read_to_string(&file)?)
                    .into_iter()
                    .map(|it| (it, name.clone())),
            );
        }
    }
    let mut tests = BTreeSet::new();
    for package in TESTS {
        for folder in ["src", "tests"] {
            for file in rust_files(&root.join(package).join(folder))? {
                tests.extend(test_names(&fs::read_to_string(&file)?));
            }
        }
    }
    let mut rows: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for (Citation { rule, release, item }, file) in citations {
        rows.entry((rule, release))
            .or_default()
            .insert(format!("`{item}` ({file})"));
    }
    let mut text = String::from(
        "# Rules\n\nEvery rule of the framework that an item of the libraries cites, with the release it was taken from, the item \
         that implements it and the tests named after it. Made from the code by `cargo run -p medmij-benches --bin rules`.\n\n\
         | rule | release | item | tests |\n|---|---|---|---|\n",
    );
    let mut stems: BTreeSet<String> = rows
        .keys()
        .filter_map(|(rule, _)| Some(stem(&key(rule))?.to_owned()))
        .collect();
    let short: Vec<_> = stems
        .iter()
        .filter_map(|stem| stem.strip_prefix("abo_"))
        .map(str::to_owned)
        .collect();
    stems.extend(short);
    // Steps, tables and lists of attacks that tests are named after, and that no item cites.
    stems.extend(["f".to_owned(), "lists".to_owned()]);
    for ((rule, release), items) in rows {
        let keys = [key(&rule), key(&format!("{rule} {release}"))];
        let proven: Vec<_> = tests
            .iter()
            .filter(|test| keys.iter().any(|key| proves(test, key, &stems)))
            .collect();
        let proven: Vec<_> = proven.iter().map(|test| format!("`{test}`")).collect();
        let items: Vec<_> = items.into_iter().collect();
        let _ = writeln!(
            text,
            "| {rule} | {release} | {} | {} |",
            items.join("<br>"),
            proven.join("<br>")
        );
    }
    Ok(text)
}

fn rust_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                files.extend(rust_files(&path)?);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// A rule that an item cites.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Citation {
    rule: String,
    release: String,
    item: String,
}

/// The citations in the doc comments of a file, each with the item below the comment.
fn cited(source: &str) -> Vec<Citation> {
    let mut found = Vec::new();
    let mut comment = String::new();
    let mut in_attribute = false;
    for line in source.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")) {
            comment.push_str(text);
            comment.push(' ');
            continue;
        }
        // Attributes, of one line or several, stand between a comment and its item.
        if in_attribute || line.starts_with("#[") {
            in_attribute = !line.ends_with(']');
            continue;
        }
        if line.is_empty() && comment.is_empty() {
            continue;
        }
        let item = if line.is_empty() {
            "the module".to_owned()
        } else {
            item_name(line)
        };
        found.extend(brackets(&comment).into_iter().map(|(rule, release)| Citation {
            rule,
            release,
            item: item.clone(),
        }));
        comment.clear();
    }
    found
}

/// The `[rule, release]` groups of a text: no link, and a release behind the last comma.
fn brackets(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    // A citation may be broken over lines.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (at, _) in text.match_indices('[') {
        let Some((inside, behind)) = text.get(at + 1..).and_then(|rest| rest.split_once(']')) else {
            continue;
        };
        let Some((rule, release)) = inside.rsplit_once(", ") else {
            continue;
        };
        let is_release = release.starts_with(|c: char| c.is_ascii_digit())
            || ["release", "flows"].iter().any(|word| release.starts_with(word));
        if is_release && !behind.starts_with(['(', '[', ':']) && !inside.contains(['[', '`', '"']) {
            found.push((rule.to_owned(), release.to_owned()));
        }
    }
    found
}

fn item_name(line: &str) -> String {
    const KEYWORDS: [&str; 14] = [
        "pub", "(crate)", "(super)", "const", "async", "unsafe", "fn", "struct", "enum", "trait", "type", "static",
        "mod", "impl",
    ];
    let mut rest = line;
    while let Some(next) = KEYWORDS.iter().find_map(|word| {
        let tail = rest.strip_prefix(word)?;
        (tail.starts_with([' ', '(']) || word.starts_with('(')).then_some(tail.trim_start())
    }) {
        rest = next;
    }
    rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The names of the tests in a file: functions below `#[test]` or `#[tokio::test]`, also inside `proptest!`, the rows of
/// `rows!`, each of which is a test for every release, and the names at the left in `rules!`.
fn test_names(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut is_test, mut in_rules) = (false, false);
    for line in source.lines() {
        in_rules = line == "rules! {" || in_rules && line != "}";
        let line = line.trim();
        let left = line.split_once(": ").map_or("", |(left, _)| left);
        if in_rules
            && left.contains('_')
            && left
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        {
            names.push(left.to_owned());
        } else if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if line.starts_with("fn ") || line.starts_with("async fn ") {
            if is_test {
                names.push(item_name(line));
            }
            is_test = false;
        } else if let Some(row) = line.strip_suffix("(release) {").filter(|name| name.contains('_')) {
            names.extend((!row.contains(' ')).then(|| row.to_owned()));
        }
    }
    names
}

/// The start of the names of a rule's tests.
fn key(rule: &str) -> String {
    let rule = rule.to_lowercase().replace('&', "");
    let rule = rule
        .strip_prefix("core.")
        .or_else(|| rule.strip_prefix("ext."))
        .unwrap_or(&rule);
    rule.split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("_")
}

/// Whether a test is named after a rule: its name begins with rows and codes, and one of them is this. Codes of one stem may share
/// it (`usrint_100_101`), a row stands for its parts (`p16a` for P16), and `abo_` may be left out.
fn proves(test: &str, key: &str, stems: &BTreeSet<String>) -> bool {
    let mut rest = test;
    while !rest.is_empty() {
        let (first, behind) = rest.split_once('_').unwrap_or((rest, ""));
        if is_row(first) {
            let part = first.strip_prefix(key);
            if part.is_some_and(|part| {
                part.is_empty() || (part.len() == 1 && !part.starts_with(|c: char| c.is_ascii_digit()))
            }) {
                return true;
            }
            rest = behind;
            continue;
        }
        if rest == key || rest.strip_prefix(key).is_some_and(|behind| behind.starts_with('_')) {
            return true;
        }
        let stem = stems.iter().rev().find(|stem| {
            let behind = rest
                .strip_prefix(stem.as_str())
                .and_then(|behind| behind.strip_prefix('_'));
            behind.is_some_and(|behind| behind.starts_with(|c: char| c.is_ascii_digit()))
        });
        let Some(stem) = stem else { return false };
        let mut numbers = rest.get(stem.len() + 1..).unwrap_or_default();
        while numbers.starts_with(|c: char| c.is_ascii_digit()) {
            let (number, behind) = numbers.split_once('_').unwrap_or((numbers, ""));
            let code = format!("{stem}_{number}");
            if code == key || format!("abo_{code}") == key {
                return true;
            }
            numbers = behind;
        }
        rest = numbers;
    }
    false
}

/// What stands before the number of a rule's key.
fn stem(key: &str) -> Option<&str> {
    let (stem, number) = key.rsplit_once('_')?;
    number.starts_with(|c: char| c.is_ascii_digit()).then_some(stem)
}

/// If it is the name of a row in a table of steps: `a1`, `a3b`, `p13b`.
fn is_row(part: &str) -> bool {
    let mut rest = part.chars();
    rest.next().is_some_and(|c| c.is_ascii_lowercase())
        && rest.next().is_some_and(|c| c.is_ascii_digit())
        && rest.all(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citations_are_found_with_their_items() {
        let source =
            "/// Text [core.a.1, 2.x]\n/// [P&I 7b,\n/// 1.1] [`link`, x].\n#[derive(\nX\n)]\npub const fn name() {}\n";
        let found: Vec<_> = cited(source)
            .into_iter()
            .map(|it| (it.rule, it.release, it.item))
            .collect();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], ("core.a.1".to_owned(), "2.x".to_owned(), "name".to_owned()));
        assert_eq!(found[1].0, "P&I 7b");
    }

    #[test]
    fn rows_of_every_release_are_tests() {
        let source = "rows! {\n    t33_a9_login(release) {\n    }\n}\nfn no_row(release) {}\n#[test]\nfn a1_b() {}\n";
        assert_eq!(test_names(source), ["t33_a9_login", "a1_b"]);
        let source = "rules! {\n    bdl_1_total: Bdl1, ALL, \"a: b\",\n        \"x\";\n}\nlet a_b: C = d;\n";
        assert_eq!(test_names(source), ["bdl_1_total"]);
        assert!(proves("t33_a9_login", "a9", &BTreeSet::new()));
    }

    #[test]
    fn tests_are_matched_by_whole_parts() {
        assert_eq!(key("core.tknint.203"), "tknint_203");
        assert_eq!(key("P&I 7b"), "pi_7b");
        let stems = ["abo_rscnotint", "rscnotint", "tknint", "usrint", "uc_verzamelen"]
            .map(str::to_owned)
            .into();
        let proves = |test, key| proves(test, key, &stems);
        assert!(proves("tknint_203_code_is_offered_once", "tknint_203"));
        assert!(!proves("tknint_2031", "tknint_203"));
        assert!(proves("a19_a20_code", "a19") && proves("a19_a20_code", "a20"));
        assert!(!proves("a19_a20_code_a21", "a21"));
        assert!(proves("usrint_100_101_pages", "usrint_101") && !proves("usrint_100_pages_101", "usrint_101"));
        assert!(proves("uc_verzamelen_2_3_4_alike", "uc_verzamelen_3"));
        assert!(proves("p16a_a_refresh", "p16") && !proves("p161_a_refresh", "p16"));
        assert!(proves("n1_rscnotint_201_told", "abo_rscnotint_201"));
        assert!(proves("uc_verzamelen_2_usrint_100_alike", "usrint_100"));
    }
}
