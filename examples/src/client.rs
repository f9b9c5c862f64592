//! The HTTP client of a server: mutual TLS, the Whitelist check before each handshake, limits, and a line per step.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use http::Uri;
use medmij_core::{HttpClient, HttpLimits, HttpRequest, HttpResponse, MEDMIJ_REQUEST_ID, X_CORRELATION_ID};

use crate::steps::{Step, Steps};
use crate::tls;

/// Which host is found at which address, instead of by DNS.
pub type Resolve = BTreeMap<String, SocketAddr>;

/// A client in backchannel traffic.
#[derive(Clone)]
pub struct Backchannel {
    http: reqwest::Client,
    who: Arc<str>,
    permits: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    steps: Arc<Steps>,
}

impl std::fmt::Debug for Backchannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Backchannel({})", self.who)
    }
}

/// A reqwest client with these addresses, which follows no redirects and uses no proxy.
pub fn plain(pki: &Path, host: Option<&str>, resolve: &Resolve) -> anyhow::Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::client(pki, host)?)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy();
    for (host, &address) in resolve {
        builder = builder.resolve(host, address);
    }
    Ok(builder.build()?)
}

impl Backchannel {
    /// A client that presents the certificate of `host`, and connects to hosts that are permitted.
    pub fn new(
        who: &str,
        pki: &Path,
        host: &str,
        resolve: &Resolve,
        permits: Arc<dyn Fn(&str) -> bool + Send + Sync>,
        steps: Arc<Steps>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            http: plain(pki, Some(host), resolve)?,
            who: who.into(),
            permits,
            steps,
        })
    }

    async fn answer(&self, request: HttpRequest, limits: HttpLimits) -> Result<HttpResponse, ClientError> {
        let host = request.uri().host().unwrap_or_default();
        if !(self.permits)(host) {
            return Err(ClientError::NotWhitelisted(host.to_owned()));
        }
        let mut request = reqwest::Request::try_from(request)?;
        *request.timeout_mut() = Some(limits.timeout);
        let mut response = self.http.execute(request).await.map_err(reqwest::Error::without_url)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(reqwest::Error::without_url)? {
            if body.len() + chunk.len() > limits.max_body {
                return Err(ClientError::TooLong(limits.max_body));
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

impl HttpClient for Backchannel {
    type Error = ClientError;

    async fn send(&self, request: HttpRequest, limits: HttpLimits) -> Result<HttpResponse, ClientError> {
        let header = |name| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let (request_id, correlation_id) = (header(MEDMIJ_REQUEST_ID), header(X_CORRELATION_ID));
        let what = format!("{} {}", request.method(), shown(request.uri()));
        let started = started();
        let answer = self.answer(request, limits).await;
        self.steps.take(&Step {
            who: &self.who,
            what,
            request_id: request_id.as_deref(),
            correlation_id: correlation_id.as_deref(),
            status: answer.as_ref().ok().map(|answer| answer.status().as_u16()),
            took: started.elapsed(),
        });
        answer
    }
}

#[expect(clippy::disallowed_methods, reason = "a program measures how long a step takes")]
pub fn started() -> Instant {
    Instant::now()
}

/// A URI as a line may show it: without its query, which may hold codes and state.
pub fn shown(uri: &Uri) -> String {
    format!("{}{}", uri.host().unwrap_or_default(), uri.path())
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("{0} does not stand on the Whitelist")]
    NotWhitelisted(String),
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    #[error("the request failed")]
    Http(#[from] reqwest::Error),
}
