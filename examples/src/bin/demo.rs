//! Runs a whole function, Verzamelen if it is not told, on loopback, with real TLS and an SQLite file on both sides, and prints
//! each step.
//!
//! `cargo run --release -p medmij-examples --bin demo`

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use medmij_core::Release;
use medmij_examples::demo::{self, Options, Shown};
use medmij_examples::person::Refuse;
use medmij_examples::steps::Steps;

/// Fetches the lists, collects at one Aanbieder or shares or subscribes there, and stores what came back.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where the stores, their keys and the test certificates go.
    #[arg(long, default_value = "./medmij-data")]
    data: PathBuf,
    /// The release of MedMij that both sides speak: one of 1.1 to 2.2.
    #[arg(long, default_value = "2.2")]
    release: Release,
    /// What the person does.
    #[arg(long, value_enum, default_value = "verzamelen")]
    function: Shown,
    /// The person consents for an indefinite time: data are collected once more without the person, then the consent is
    /// withdrawn.
    #[arg(long)]
    langdurig: bool,
    /// The person collects for a child.
    #[arg(long)]
    onbehalfofchild: bool,
    /// What goes wrong on the way.
    #[arg(long, value_enum)]
    refuse: Option<Refuse>,
    /// Starts the servers and keeps them up for a browser, instead of collecting by itself. Map the names that it prints to
    /// their ports, with curl for one: --connect-to NAME:443:ADDRESS.
    #[arg(long, conflicts_with_all = ["refuse", "function", "langdurig", "onbehalfofchild"])]
    serve: bool,
    /// The folder of the four lists; the example's own by default.
    #[arg(long)]
    lists: Option<PathBuf>,
    /// The Aanbieder to collect at.
    #[arg(long, default_value = "ziekenhuisvoorbeeld@medmij")]
    aanbieder: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments {
        data,
        release,
        function,
        langdurig,
        onbehalfofchild,
        refuse,
        serve,
        lists,
        aanbieder,
    } = match medmij_examples::arguments() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let lists = lists.unwrap_or_else(|| demo::data().join("lists"));
    let options = Options {
        data,
        release,
        function,
        refuse,
        langdurig,
        onbehalfofchild,
        lists,
        aanbieder,
    };
    let steps = Arc::new(Steps::default());
    steps.say(&format!(
        "{:<7} {:<70} {:<36} {:<36} {:>3} {:>8}",
        "who", "what", "request", "correlation", "st.", "time"
    ));
    medmij_examples::end(if serve {
        keep_up(&options, &steps).await
    } else {
        show(&options, &steps).await
    })
}

async fn show(options: &Options, steps: &Arc<Steps>) -> anyhow::Result<()> {
    demo::run(options, steps)
        .await?
        .lines()
        .iter()
        .for_each(|line| steps.say(line));
    Ok(())
}

async fn keep_up(options: &Options, steps: &Arc<Steps>) -> anyhow::Result<()> {
    demo::start(options, steps)
        .await?
        .lines()
        .iter()
        .for_each(|line| steps.say(line));
    medmij_examples::until_interrupted(std::future::pending()).await;
    Ok(())
}
