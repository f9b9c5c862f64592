//! The command line tool for the lists, the OAuth interfaces, the flows and the Bundles of MedMij.
//!
//! `cargo run --release -p medmij-examples --bin medmij -- list check MedMij_Whitelist.xml`
//!
//! Exit status: 0 if all is good, 1 if something is invalid or was not found, 2 for wrong usage or a file that cannot be
//! read.

use std::process::ExitCode;

use clap::Parser;
use medmij_examples::tool::{bundle, flow, list, oauth};

/// Asks things of MedMij lists, requests, flows and Bundles.
#[derive(Debug, Parser)]
#[command(name = "medmij", version, subcommand_required = true, arg_required_else_help = false)]
struct Arguments {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Debug, clap::Subcommand)]
enum Subject {
    /// The Zorgaanbiederslijst, OAuth Client List, Gegevensdienstnamenlijst, Whitelist and Zorgaanbiederskoppellijst.
    #[command(subcommand)]
    List(list::Command),
    /// The scope of an authorization request.
    #[command(subcommand)]
    Scope(oauth::ScopeCommand),
    /// The transition tables of the flows.
    #[command(subcommand)]
    Flow(flow::Command),
    /// FHIR Bundles.
    #[command(subcommand)]
    Bundle(bundle::Command),
    /// The redirect URI of a DVP.
    #[command(subcommand)]
    RedirectUri(oauth::RedirectUriCommand),
}

fn main() -> ExitCode {
    let Arguments { subject } = match medmij_examples::arguments() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let verdict = match subject {
        Subject::List(command) => list::run(command),
        Subject::Scope(command) => oauth::scope(command),
        Subject::Flow(command) => flow::run(command),
        Subject::Bundle(command) => bundle::run(command),
        Subject::RedirectUri(command) => oauth::redirect_uri(command),
    };
    match verdict {
        Ok(verdict) => verdict.into(),
        Err(error) => medmij_examples::end(Err(error)),
    }
}
