//! What the example servers share: TLS, the stores, the lists they fetch, their pages, and the servers themselves.
//!
//! An example, not a product: the login is a stub that says so, and the certificates are made for a test.

#![allow(
    missing_docs,
    reason = "an example: the modules are documented, their items read by themselves"
)]
#![allow(
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    clippy::missing_errors_doc,
    clippy::must_use_candidate,
    reason = "an example is no API"
)]

pub mod client;
pub mod clock;
pub mod config;
pub mod demo;
pub mod dossier;
pub mod dva;
pub mod lists;
pub mod own_log;
pub mod pages;
pub mod person;
pub mod pgo;
pub mod pki;
pub mod seal;
pub mod serve;
pub mod sql;
pub mod stelselnode;
pub mod steps;
pub mod tls;
pub mod tool;

use std::future::Future;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use medmij_core::Release;

/// How often expired rows are dropped from a store.
const CLEAN: Duration = Duration::from_secs(900);

/// Ends a program: 0, or one line on standard error and 2.
pub fn end(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let causes: Vec<_> = error.chain().map(ToString::to_string).collect();
            let line = causes.join(": ").replace(['\n', '\r'], " ");
            drop(writeln!(std::io::stderr(), "error: {line}"));
            ExitCode::from(2)
        }
    }
}

/// Opens the store that an option names; the key of a PostgreSQL database stands in a file of its own.
pub async fn open_store(name: &str, key: &Path) -> anyhow::Result<sql::Sql> {
    match (name, name.strip_prefix("sqlite:")) {
        ("memory", _) => sql::Sql::memory().await,
        (_, Some(path)) => sql::Sql::sqlite(Path::new(path)).await,
        (url, _) if url.starts_with("postgres://") => sql::Sql::postgres(url, key).await,
        _ => anyhow::bail!("no store `{name}`: sqlite:PATH, postgres://... or memory"),
    }
}

/// Runs until the program is interrupted.
pub async fn until_interrupted(work: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// Keeps the lists current, with a line for each answer of the Stelselnode.
pub async fn keep_current(lists: Arc<lists::Lists>, client: client::Backchannel, steps: Arc<steps::Steps>) {
    loop {
        tokio::time::sleep(lists.pause(clock::now()).await).await;
        for refreshed in lists.refresh(&client, clock::now).await {
            steps.say(&format!("lists: {refreshed}"));
        }
    }
}

/// Drops what has expired from a store, and destroys what its log has kept long enough, again and again.
pub async fn keep_clean(store: sql::Sql, release: Release, steps: Arc<steps::Steps>) {
    loop {
        tokio::time::sleep(CLEAN).await;
        if let Err(error) = store.drop_expired(clock::now()).await {
            steps.say(&format!("store: {error}"));
        }
        if let Err(error) = store.destroy_log(release, clock::now()).await {
            steps.say(&format!("log: {error}"));
        }
    }
}

/// The examples of the README, kept compiling and true.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The arguments of a program; a wrong one ends it with one clear line and 2.
pub fn arguments<T: clap::Parser>() -> Result<T, ExitCode> {
    T::try_parse().map_err(|error| {
        if !error.use_stderr() {
            // Help and version are an answer.
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        let text = error.to_string();
        // Its first paragraph says what is wrong; the rest is the usage.
        let first = text.split("\n\n").next().unwrap_or_default();
        let line = first.split_whitespace().collect::<Vec<_>>().join(" ");
        drop(writeln!(std::io::stderr(), "{line}"));
        ExitCode::from(2)
    })
}
