//! The programs as an operator meets them: one clear line and exit 2 for what is wrong.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use medmij_examples::demo;

fn run(program: &str, arguments: &[&str]) -> Output {
    let path = match program {
        "demo" => env!("CARGO_BIN_EXE_demo"),
        "dva" => env!("CARGO_BIN_EXE_dva"),
        "pgo" => env!("CARGO_BIN_EXE_pgo"),
        _ => env!("CARGO_BIN_EXE_stelselnode"),
    };
    Command::new(path).args(arguments).output().unwrap()
}

/// Checks that a program ends with 2 and one line on standard error that says this.
fn refuses(program: &str, arguments: &[&str], says: &str) {
    let output = run(program, arguments);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{program} {arguments:?}: {text}");
    assert!(text.contains(says), "{program} {arguments:?}: {text}");
    assert_eq!(text.trim_end().lines().count(), 1, "{text}");
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let pki = folder.path().join("pki");
    medmij_examples::pki::make(&pki, &["stelselnode.medmij.example", "medmij.pgo.example"]).unwrap();
    let lists = demo::data().join("lists");
    let (pki, lists) = (text(&pki), text(&lists));

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    refuses(
        "stelselnode",
        &["--lists", lists, "--pki", pki, "--listen", &address],
        &format!("cannot listen on {address}"),
    );
    refuses(
        "stelselnode",
        &["--lists", "/nowhere", "--pki", pki],
        "cannot read /nowhere/MedMij_Whitelist.xml",
    );
    refuses(
        "stelselnode",
        &["--lists", lists, "--pki", "/nowhere"],
        "cannot read /nowhere",
    );
    refuses(
        "dva",
        &["--config", "/nowhere.toml", "--pki", pki],
        "cannot read /nowhere.toml",
    );
    let config = demo::data().join("../config/pgo.toml");
    refuses(
        "pgo",
        &["--config", text(&config), "--pki", pki, "--store", "disk"],
        "no store `disk`",
    );
    let broken = folder.path().join("broken.toml");
    std::fs::write(&broken, "release = \"9.9\"\n").unwrap();
    refuses(
        "pgo",
        &["--config", text(&broken), "--pki", pki],
        "is no file of settings",
    );
    refuses("demo", &["--data", "/proc/nowhere"], "/proc/nowhere");
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let data = folder.path().join("data");
    refuses(
        "demo",
        &["--data", text(&data), "--lists", text(&empty)],
        "empty/MedMij_Whitelist.xml",
    );
}

#[test]
fn wrong_options_end_with_2() {
    for arguments in [&["--release", "9.9"][..], &["--refuse", "everything"], &["--unknown"]] {
        let output = run("demo", arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.starts_with("error: ") && text.contains(arguments[0]), "{text}");
    }
}

/// Killed at any moment, a run leaves a dossier that opens.
#[test]
fn a_killed_run_leaves_a_dossier_that_opens() {
    let folder = tempfile::tempdir().unwrap();
    let data = text(folder.path()).to_owned();
    for lines in [3, 9, 12, 15, 17, 18, 19] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_demo"))
            .args(["--data", &data])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        for _ in 0..lines {
            let _ = output.next();
        }
        std::thread::sleep(Duration::from_millis(lines % 4));
        let _ = child.kill();
        let _ = child.wait();
    }
    let output = run("demo", &["--data", &data]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{printed}");
    assert!(printed.contains("Verzamelen: Het is gelukt. (Completed)"), "{printed}");
}
