//! The token request with a code: built by the DVP, read by the DVA; and the one form of each refusal.

use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, PRAGMA};
use http::{HeaderValue, Method, StatusCode, Uri};
use medmij_core::{
    AuthorizationCode, ClientIdentity, CorrelationId, Hostname, HttpRequest, HttpResponse, MEDMIJ_REQUEST_ID,
    RedirectUri, Release, RequestId, TokenClientId, X_CORRELATION_ID,
};

use crate::form::{Form, encode};

const FORM: &str = "application/x-www-form-urlencoded";

/// Builds a token request with a code [core.tknint.200, 2.x].
pub(crate) fn build(
    release: Release,
    endpoint: &Uri,
    code: &AuthorizationCode,
    client_id: &Hostname,
    redirect_uri: &RedirectUri,
    ids: (&RequestId, &CorrelationId),
) -> HttpRequest {
    let mut parameters = vec![("grant_type", "authorization_code"), ("code", code.expose())];
    if release.token_client_id() == TokenClientId::Mandatory {
        parameters.push(("client_id", client_id.as_str()));
    }
    parameters.push(("redirect_uri", redirect_uri.as_str()));
    let mut request = HttpRequest::new(encode(parameters).into_bytes());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = endpoint.clone();
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if release.ids_in_token_request() {
        crate::headers::insert_ids(headers, ids.0, Some(ids.1));
    }
    request
}

/// A token request with a code that is well-formed; nothing of it is verified yet.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    code: AuthorizationCode,
    client_id: Option<Hostname>,
    redirect_uri: Option<String>,
    request_id: Option<RequestId>,
    correlation_id: Option<CorrelationId>,
}

impl TokenRequest {
    /// Reads a token request. Nothing is burnt if this refuses it [T2, flows 4.3].
    ///
    /// The parameters stand in the body only; those that are not known are ignored [core.tknint.200, 2.x].
    ///
    /// # Errors
    /// If it is no POST of a form, has parameters in its URI, a parameter is missing or repeated, or the grant type is not
    /// supported.
    pub fn parse(request: &HttpRequest, release: Release) -> Result<Self, TokenRefusal> {
        let invalid = || TokenRefusal::new(TokenRefusalReason::InvalidRequest);
        let content_type = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if request.method() != Method::POST || !media_type.eq_ignore_ascii_case(FORM) || request.uri().query().is_some()
        {
            return Err(invalid());
        }
        let body = std::str::from_utf8(request.body()).map_err(|_| invalid())?;
        let form = Form::parse(body).map_err(|_| invalid())?;
        let one = |name| form.one(name).map_err(|_| invalid());
        let grant_type = one("grant_type")?.ok_or_else(invalid)?;
        let code = one("code")?;
        let client_id = one("client_id")?;
        let redirect_uri = one("redirect_uri")?;
        if grant_type != "authorization_code" {
            return Err(TokenRefusal::new(TokenRefusalReason::UnsupportedGrantType));
        }
        let code = code.ok_or_else(invalid)?.parse().map_err(|_| invalid())?;
        let client_id = match (client_id.as_deref(), release.token_client_id()) {
            // What the oldest releases do not use, some of their clients send empty, which counts as left out.
            (None, TokenClientId::NotUsed) => None,
            (None, TokenClientId::Mandatory) => return Err(invalid()),
            (Some(text), _) => Some(text.parse().map_err(|_| invalid())?),
        };
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        Ok(Self {
            code,
            client_id,
            redirect_uri: redirect_uri.map(std::borrow::Cow::into_owned),
            request_id: header(MEDMIJ_REQUEST_ID).and_then(|text| text.parse().ok()),
            correlation_id: header(X_CORRELATION_ID).and_then(|text| text.parse().ok()),
        })
    }

    /// Authenticates the client by its certificate, which must be made out to its `client_id`, and gives its identity.
    /// Nothing is burnt if this refuses it [T2, flows 4.3].
    ///
    /// # Errors
    /// If there is no certificate, or it is not that of the client.
    pub fn authenticate<'c>(&self, client: Option<&'c ClientIdentity>) -> Result<&'c ClientIdentity, TokenRefusal> {
        let is_client = |client: &&ClientIdentity| match &self.client_id {
            Some(client_id) => client.is(client_id),
            // Then the owner of the code is compared with the certificate alone.
            None => !client.names().is_empty(),
        };
        client
            .filter(is_client)
            .ok_or(TokenRefusal::new(TokenRefusalReason::InvalidClient))
    }

    /// Who says to ask; absent in releases that do not use it.
    #[must_use]
    pub const fn client_id(&self) -> Option<&Hostname> {
        self.client_id.as_ref()
    }

    /// The code that is offered.
    #[must_use]
    pub const fn code(&self) -> &AuthorizationCode {
        &self.code
    }

    /// The redirect URI, as it was sent.
    #[must_use]
    pub fn redirect_uri(&self) -> Option<&str> {
        self.redirect_uri.as_deref()
    }

    /// The id of the request, if it had one.
    #[must_use]
    pub const fn request_id(&self) -> Option<&RequestId> {
        self.request_id.as_ref()
    }

    /// The id of the chain, if the request had one.
    #[must_use]
    pub const fn correlation_id(&self) -> Option<&CorrelationId> {
        self.correlation_id.as_ref()
    }
}

/// Why a token is refused, as the wire tells it [core.tknint.207, 2.x]. The table was not seen; the codes are those of RFC
/// 6749, section 5.2.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TokenRefusalReason {
    /// `invalid_request`: a parameter is missing, repeated or cannot be read.
    InvalidRequest,
    /// `invalid_client`: the certificate is absent or not that of the client.
    InvalidClient,
    /// `invalid_grant`: the code is unknown, expired, used, of another client or of another redirect URI, all alike.
    InvalidGrant,
    /// `unsupported_grant_type`: another grant type than the release has.
    UnsupportedGrantType,
    /// `invalid_scope`: no Gegevensdienst is left that the client may use.
    InvalidScope,
}

/// A refusal of the token endpoint, with exactly one HTTP form.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the token request is refused: {}", .reason.code())]
#[must_use = "a refusal is to be sent"]
pub struct TokenRefusal {
    reason: TokenRefusalReason,
}

impl TokenRefusalReason {
    const fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
        }
    }
}

impl TokenRefusal {
    pub(crate) const fn new(reason: TokenRefusalReason) -> Self {
        Self { reason }
    }

    /// Why.
    #[must_use]
    pub const fn reason(&self) -> TokenRefusalReason {
        self.reason
    }

    /// The response to send.
    #[must_use]
    pub fn to_response(&self) -> HttpResponse {
        let status = match self.reason {
            TokenRefusalReason::InvalidClient => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        };
        json(status, format!("{{\"error\":\"{}\"}}", self.reason.code()))
    }
}

/// A response of the token endpoint: JSON that nobody may store (RFC 6749, section 5.1).
pub(crate) fn json(status: StatusCode, body: String) -> HttpResponse {
    let mut response = HttpResponse::new(body.into_bytes());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json;charset=UTF-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
