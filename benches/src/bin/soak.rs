//! Lists are looked up in one thread while another one replaces them: no view is torn, and memory stays flat.
//!
//! `cargo run --release -p medmij-benches --bin soak` takes two minutes and replaces the lists 1,000 times; it prints one
//! JSON line, and fails if a reader ever sees parts of two versions or if the heap grows.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Parser;
use medmij_benches::Seeded;
use medmij_core::{Aanbiedernaam, Release};
use medmij_lists::{ListKind, ListStore, Outcome, RefreshSettings, Snapshot, ZalRelease};
use peak_alloc::PeakAlloc;
use serde_json::json;
use time::UtcDateTime;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const ZORGAANBIEDERS: u64 = 500;

/// Looks lists up while they are replaced.
#[derive(Debug, Parser)]
struct Arguments {
    #[arg(long, default_value_t = 120)]
    seconds: u64,
    #[arg(long, default_value_t = 1_000)]
    swaps: u32,
}

fn main() -> ExitCode {
    match soak(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            medmij_benches::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// A version of the list, of which each address says which version it is.
fn version(base: &str, number: u32) -> Vec<u8> {
    base.replace("<Volgnummer>4711<", &format!("<Volgnummer>{number}<"))
        .replace("/oauth/token<", &format!("/oauth/token/v{number}<"))
        .into_bytes()
}

#[expect(clippy::disallowed_methods, reason = "a trial that lasts reads the clock")]
fn soak(Arguments { seconds, swaps }: &Arguments) -> anyhow::Result<()> {
    let base = medmij_benches::zal(ZalRelease::Release2, ZORGAANBIEDERS, 1);
    let now = UtcDateTime::UNIX_EPOCH;
    let settings = RefreshSettings::new(&"stelselnode.medmij.nl".parse()?, Release::R1_1);
    let mut store = ListStore::new(settings, &[ListKind::Zal], now)?;
    let current: RwLock<Arc<Snapshot>> = RwLock::default();
    let (ended, torn, looked_up) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let mut heap = Vec::new();
    let started = Instant::now();
    let pause = Duration::from_secs(*seconds) / (*swaps).max(1);
    let swapped = thread::scope(|scope| {
        scope.spawn(|| read(&current, &ended, &torn, &looked_up));
        let swapped = (1..=*swaps).try_for_each(|number| {
            let accepted = matches!(
                store.load(ListKind::Zal, version(&base, number), now),
                Outcome::Accepted { .. }
            );
            ensure!(accepted, "version {number} was not accepted");
            *current.write().unwrap_or_else(PoisonError::into_inner) = store.snapshot();
            if number % (*swaps / 20).max(1) == 0 {
                heap.push(HEAP.current_usage());
            }
            let next = pause * number;
            thread::sleep(next.saturating_sub(started.elapsed()));
            Ok(())
        });
        ended.store(true, Ordering::Release);
        swapped
    });
    swapped?;
    let (torn, looked_up) = (torn.into_inner(), looked_up.into_inner());
    let (least, most) = (heap.iter().min().copied(), heap.iter().max().copied());
    let line = json!({
        "seconds": started.elapsed().as_secs(),
        "swaps": swaps,
        "looked_up": looked_up,
        "torn": torn,
        "heap_least_bytes": least,
        "heap_most_bytes": most,
        "heap_first_bytes": heap.first(),
        "heap_last_bytes": heap.last(),
    });
    writeln!(std::io::stdout(), "{line}")?;
    ensure!(torn == 0, "{torn} views were torn");
    // A reader may still hold the version before.
    let (least, most) = (least.unwrap_or_default(), most.unwrap_or_default());
    ensure!(most <= least * 3 / 2, "the heap went from {least} to {most} bytes");
    Ok(())
}

/// Looks up names in one snapshot after another: all addresses of one must be of its own version.
fn read(current: &RwLock<Arc<Snapshot>>, ended: &AtomicBool, torn: &AtomicU64, looked_up: &AtomicU64) {
    let namen: Vec<Aanbiedernaam> = (0..ZORGAANBIEDERS)
        .filter_map(|number| format!("{}@medmij", medmij_benches::naam(number)).parse().ok())
        .collect();
    let mut random = Seeded::new(3);
    while !ended.load(Ordering::Acquire) {
        let snapshot = Arc::clone(&current.read().unwrap_or_else(PoisonError::into_inner));
        let Some(zal) = &snapshot.zal else { continue };
        let suffix = format!("/v{}", zal.envelope().volgnummer);
        for _ in 0..100 {
            let naam = usize::try_from(random.below(ZORGAANBIEDERS))
                .ok()
                .and_then(|at| namen.get(at));
            let found = naam.and_then(|naam| zal.zorgaanbieder(naam));
            let mut diensten = found
                .iter()
                .flat_map(|it| it.interfaceversies())
                .flat_map(|it| it.gegevensdiensten());
            let is_whole = found.is_some() && diensten.all(|dienst| dienst.token().as_str().ends_with(&suffix));
            torn.fetch_add(u64::from(!is_whole), Ordering::Relaxed);
            looked_up.fetch_add(1, Ordering::Relaxed);
        }
    }
}
