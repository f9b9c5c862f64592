//! Serves the four lists over TLS to participants with a certificate.
//!
//! `cargo run -p medmij-examples --bin stelselnode -- --lists examples/data/lists --pki medmij-data/pki`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use medmij_examples::serve::{listen, serve};
use medmij_examples::{stelselnode, tls};

/// Serves the lists of a folder at `/MedMij_*.xml`.
#[derive(Debug, Parser)]
struct Arguments {
    /// The folder of the four lists.
    #[arg(long)]
    lists: PathBuf,
    /// The folder of the certificates: `ca.pem`, `HOST.pem`, `HOST.key`.
    #[arg(long)]
    pki: PathBuf,
    /// The host name of the certificate.
    #[arg(long, default_value = "stelselnode.medmij.example")]
    host: String,
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:8440")]
    listen: SocketAddr,
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
        lists,
        pki,
        host,
        listen: address,
    } = arguments;
    let config = tls::back_server(&pki, &host, stelselnode::admits(&lists)?)?;
    let listener = listen(address).await?;
    medmij_examples::until_interrupted(serve(listener, config, stelselnode::router(lists))).await;
    Ok(())
}
