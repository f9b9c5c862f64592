//! Serving a router over TLS, with the peer's identity beside each request.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use medmij_core::{ClientIdentity, HttpRequest, HttpResponse};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::tls;

/// The most bytes of the body of a message.
pub const MAX_BODY: usize = 64 << 10;
/// The most bytes of what is shared: three documents of twenty million bytes, as base64.
pub const MAX_DOCUMENTS: usize = 81_000_000;
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Who sent a request, by the certificate of its connection; `None` in frontchannel traffic.
#[derive(Clone, Debug)]
pub struct Peer(pub Option<ClientIdentity>);

/// Takes an address, or says in one line why not.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))
}

/// Serves a router until the process ends.
pub async fn serve(listener: TcpListener, config: Arc<ServerConfig>, app: Router) {
    let acceptor = TlsAcceptor::from(config);
    loop {
        // A connection that cannot be taken is the peer's matter; too many open files pass.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        tokio::spawn(connection(stream, acceptor.clone(), app.clone()));
    }
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, app: Router) {
    let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await else {
        return;
    };
    let certificates = stream.get_ref().1.peer_certificates();
    let peer = Peer(certificates.and_then(|chain| tls::identity(chain.first()?)));
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer.clone());
        app.clone().oneshot(request)
    });
    // What breaks here is the peer's connection.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// The request with its whole body, as the libraries take it.
pub async fn whole(request: axum::extract::Request, limit: usize) -> Result<HttpRequest, StatusCode> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, limit)
        .await
        .map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    Ok(HttpRequest::from_parts(parts, body.into()))
}

/// A request without its body, to be judged before that is read.
pub fn head(request: &axum::extract::Request) -> Request<()> {
    let mut head = Request::new(());
    *head.method_mut() = request.method().clone();
    *head.uri_mut() = request.uri().clone();
    *head.headers_mut() = request.headers().clone();
    head
}

/// A response of the libraries, as axum sends it.
pub fn send(response: HttpResponse) -> Response {
    response.map(Body::from)
}
