//! Writes a Zorgaanbiederslijst of any size, the same for the same seed: input for `compare`.
//!
//! `cargo run --release -p medmij-benches --bin generate -- 10000 zal-10000.xml`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use medmij_lists::ZalRelease;

/// Writes a Zorgaanbiederslijst.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many Zorgaanbieders.
    zorgaanbieders: u64,
    /// Where it goes.
    file: PathBuf,
    /// With Interfaceversies.
    #[arg(long)]
    release3: bool,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let Arguments {
        zorgaanbieders,
        file,
        release3,
        seed,
    } = Arguments::parse();
    let release = if release3 {
        ZalRelease::Release3
    } else {
        ZalRelease::Release2
    };
    match std::fs::write(&file, medmij_benches::zal(release, zorgaanbieders, seed)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            medmij_benches::complain(&format!("{}: {error}", file.display()));
            ExitCode::from(2)
        }
    }
}
