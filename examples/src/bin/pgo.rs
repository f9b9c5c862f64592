//! A PGO: a small web front, the runs of every function, the dossier, and the Notification Server.
//!
//! `cargo run -p medmij-examples --bin pgo -- --config examples/config/pgo.toml --pki medmij-data/pki`

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use medmij_examples::config::PgoConfig;
use medmij_examples::lists::{Lists, OF_PGO};
use medmij_examples::serve::{listen, serve};
use medmij_examples::steps::Steps;
use medmij_examples::{clock, demo, keep_clean, keep_current, pgo, tls};

/// Runs a PGO until it is interrupted.
#[derive(Debug, Parser)]
struct Arguments {
    /// The settings, in TOML.
    #[arg(long)]
    config: PathBuf,
    /// The folder of the certificates: `ca.pem`, `HOST.pem`, `HOST.key`.
    #[arg(long)]
    pki: PathBuf,
    /// Where runs, tokens and the dossier are kept: `sqlite:PATH`, `postgres://USER@HOST/DATABASE` or `memory`.
    #[arg(long, default_value = "sqlite:medmij-data/pgo.sqlite")]
    store: String,
    /// The file of the key by which a PostgreSQL database is sealed, made if it is not there. An SQLite file has its key
    /// beside it, and memory needs none.
    #[arg(long, default_value = "medmij-data/pgo.key")]
    key: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match medmij_examples::arguments() {
        Ok(arguments) => medmij_examples::end(run(arguments).await),
        Err(code) => code,
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments {
        config,
        pki,
        store,
        key,
    } = arguments;
    let config = PgoConfig::read(&config)?;
    let steps = Arc::new(Steps::default());
    let store = medmij_examples::open_store(&store, &key).await?;
    let front = listen(config.listen).await?;
    let back = listen(config.back_listen).await?;
    let lists = Lists::new(config.stelselnode.clone(), &OF_PGO, config.release, clock::now())?;
    let client = demo::backchannel("pgo", &pki, config.host.as_str(), &config.resolve, &lists, &steps)?;
    lists.start(&client, &steps).await?;
    let front_config = tls::front_server(&pki, config.host.as_str())?;
    let back_config = tls::back_server(&pki, config.back_host.as_str(), demo::admits(&lists))?;
    let release = config.release;
    let app = pgo::assemble(config, Arc::clone(&lists), store.clone(), client.clone()).await?;
    tokio::spawn(keep_current(lists, client, Arc::clone(&steps)));
    tokio::spawn(keep_clean(store, release, steps));
    tokio::spawn(serve(back, back_config, pgo::back(Arc::clone(&app))));
    medmij_examples::until_interrupted(serve(front, front_config, pgo::front(app))).await;
    Ok(())
}
