//! The HTTP currency: requests and responses as values, and the one trait by which they are sent.

use std::future::Future;
use std::time::Duration;

/// An HTTP request with its whole body.
pub type HttpRequest = http::Request<Vec<u8>>;

/// An HTTP response with its whole body.
pub type HttpResponse = http::Response<Vec<u8>>;

/// Sends a request of a machine and gives back the response.
///
/// Implemented for every closure of the right form. The caller's client ends TLS, verifies the peer, presents the client
/// certificate in backchannel traffic and does the Whitelist check [Netwerk 7, 1.1].
///
/// # Security
/// The client must **not** follow redirects, must stop reading a body at [`HttpLimits::max_body`], and must give up at
/// [`HttpLimits::timeout`]. It must send a request once: codes and writes are never repeated by themselves.
///
/// ```
/// use medmij_core::{HttpClient, HttpLimits, HttpRequest, HttpResponse};
///
/// let client = async |_request: HttpRequest, _limits: HttpLimits| {
///     Ok::<_, std::io::Error>(HttpResponse::new(b"hello".to_vec()))
/// };
/// fn takes_a_client(_client: impl HttpClient) {}
/// takes_a_client(move |request, limits| client(request, limits));
/// ```
pub trait HttpClient: Send + Sync {
    /// Why a request could not be sent, or its response not be read.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Sends the request and reads the response within the limits.
    fn send(
        &self,
        request: HttpRequest,
        limits: HttpLimits,
    ) -> impl Future<Output = Result<HttpResponse, Self::Error>> + Send;
}

impl<F, Fut, E> HttpClient for F
where
    F: Fn(HttpRequest, HttpLimits) -> Fut + Send + Sync,
    Fut: Future<Output = Result<HttpResponse, E>> + Send,
    E: std::error::Error + Send + Sync + 'static,
{
    type Error = E;

    fn send(
        &self,
        request: HttpRequest,
        limits: HttpLimits,
    ) -> impl Future<Output = Result<HttpResponse, Self::Error>> + Send {
        self(request, limits)
    }
}

/// How much and how long a client may read of a response.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct HttpLimits {
    /// The most bytes of a body; a longer one is an error.
    pub max_body: usize,
    /// The longest time from sending the request to the end of the response.
    pub timeout: Duration,
}

impl HttpLimits {
    /// For a token request: 64 KiB, and the 10 seconds within which an answer is due [core.tknint.206, 2.x].
    pub const TOKEN: Self = Self {
        max_body: 64 << 10,
        timeout: Duration::from_secs(10),
    };

    /// For a resource request: 128 MiB, and the 60 seconds within which an answer is due [core.rscint.202, 2.x].
    pub const RESOURCE: Self = Self {
        max_body: 128 << 20,
        timeout: Duration::from_secs(60),
    };

    /// For a Notificatie: 64 KiB, and the 10 seconds within which an answer is due [ext.abo.subnotint.206, 2.x]
    /// [ext.abo.rscnotint.207, 2.x].
    pub const NOTIFICATION: Self = Self {
        max_body: 64 << 10,
        timeout: Duration::from_secs(10),
    };

    /// Limits of the caller's own.
    #[must_use]
    pub const fn new(max_body: usize, timeout: Duration) -> Self {
        Self { max_body, timeout }
    }
}
