//! Who gets into the backchannel: the holder of a certificate whose name stands on the Whitelist.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::routing::get;
use medmij_core::{HttpClient as _, HttpLimits, HttpRequest};
use medmij_examples::client::{Backchannel, Resolve, plain};
use medmij_examples::serve::{listen, serve};
use medmij_examples::steps::Steps;
use medmij_examples::{pki, tls};

async fn server(folder: &Path) -> Resolve {
    pki::make(folder, &["server.example", "listed.example", "unlisted.example"]).unwrap();
    let admits: tls::Admits = Arc::new(|client| client.is(&"listed.example".parse().unwrap()));
    let config = tls::back_server(folder, "server.example", admits).unwrap();
    let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(
        listener,
        config,
        Router::new().route("/", get(|| async { "hello" })),
    ));
    Resolve::from([
        ("server.example".to_owned(), address),
        ("anders.example".to_owned(), address),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn netwerk_8_only_names_on_the_whitelist_come_in() {
    let folder = tempfile::tempdir().unwrap();
    let resolve = server(folder.path()).await;
    let get = async |host: Option<&str>| {
        let response = plain(folder.path(), host, &resolve)
            .unwrap()
            .get("https://server.example/")
            .send()
            .await;
        response.is_ok()
    };
    assert!(get(Some("listed.example")).await);
    assert!(
        !get(Some("unlisted.example")).await,
        "its certificate is good, its name is not listed"
    );
    assert!(!get(None).await, "no certificate");
    let foreign = tempfile::tempdir().unwrap();
    pki::make(foreign.path(), &["listed.example"]).unwrap();
    std::fs::copy(folder.path().join("ca.pem"), foreign.path().join("ca.pem")).unwrap();
    let client = plain(foreign.path(), Some("listed.example"), &resolve).unwrap();
    assert!(
        client.get("https://server.example/").send().await.is_err(),
        "the name of a foreign authority"
    );
}

/// A session that was resumed would not be checked: who is taken off the Whitelist stays out from then on.
#[tokio::test(flavor = "multi_thread")]
async fn netwerk_8_every_connection_is_checked_anew() {
    let folder = tempfile::tempdir().unwrap();
    pki::make(folder.path(), &["server.example", "listed.example"]).unwrap();
    let listed = Arc::new(AtomicBool::new(true));
    let admits: tls::Admits = {
        let listed = Arc::clone(&listed);
        Arc::new(move |_| listed.load(Ordering::SeqCst))
    };
    let config = tls::back_server(folder.path(), "server.example", admits).unwrap();
    let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let resolve = Resolve::from([("server.example".to_owned(), listener.local_addr().unwrap())]);
    let closing = || async { ([(http::header::CONNECTION, "close")], "hello") };
    tokio::spawn(serve(listener, config, Router::new().route("/", get(closing))));
    let client = plain(folder.path(), Some("listed.example"), &resolve).unwrap();
    for _ in 0..3 {
        assert!(client.get("https://server.example/").send().await.is_ok());
    }
    listed.store(false, Ordering::SeqCst);
    assert!(client.get("https://server.example/").send().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn netwerk_7_no_handshake_with_who_is_not_on_the_whitelist() {
    let folder = tempfile::tempdir().unwrap();
    let resolve = server(folder.path()).await;
    let steps = Arc::new(Steps::kept());
    let permits = Arc::new(|host: &str| host == "server.example");
    let client = Backchannel::new(
        "dvp",
        folder.path(),
        "listed.example",
        &resolve,
        permits,
        Arc::clone(&steps),
    )
    .unwrap();
    let send = async |uri: &str, max_body| {
        let mut request = HttpRequest::new(Vec::new());
        *request.uri_mut() = uri.parse().unwrap();
        client
            .send(request, HttpLimits::new(max_body, std::time::Duration::from_secs(5)))
            .await
    };
    assert_eq!(send("https://server.example/", 5).await.unwrap().body(), b"hello");
    assert!(
        send("https://server.example/", 4)
            .await
            .unwrap_err()
            .to_string()
            .contains("longer than 4")
    );
    assert!(
        send("https://anders.example/", 5)
            .await
            .unwrap_err()
            .to_string()
            .contains("Whitelist")
    );
    assert_eq!(steps.lines().len(), 3);
}
