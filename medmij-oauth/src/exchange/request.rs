//! The token request, with a code or a refresh token: built by the DVP, read by the DVA.

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Uri};
use medmij_core::{
    AuthorizationCode, CodeVerifier, CorrelationId, Hostname, HttpRequest, MEDMIJ_REQUEST_ID, RedirectUri,
    RefreshToken, Release, RequestId, TokenClientId, X_CORRELATION_ID,
};

use super::{TokenRefusal, TokenRefusalReason};
use crate::form::{Form, encode};
use crate::pkce::OfferedVerifier;

const FORM: &str = "application/x-www-form-urlencoded";
const CODE: &str = "authorization_code";
const REFRESH: &str = "refresh_token";

/// What a DVP sends for a token.
pub(crate) enum Sent<'a> {
    Code {
        code: &'a AuthorizationCode,
        redirect_uri: &'a RedirectUri,
        code_verifier: Option<&'a CodeVerifier>,
    },
    /// Without a redirect URI, which is no parameter of it [MMOS-95, 2.x].
    Refresh(&'a RefreshToken),
}

impl Sent<'_> {
    /// The request to the token endpoint [core.tknint.200, 2.x].
    pub(crate) fn request(
        &self,
        release: Release,
        endpoint: &Uri,
        client_id: &Hostname,
        ids: (&RequestId, &CorrelationId),
    ) -> HttpRequest {
        let mut parameters = match self {
            Self::Code { code, .. } => vec![("grant_type", CODE), ("code", code.expose())],
            Self::Refresh(token) => vec![("grant_type", REFRESH), ("refresh_token", token.expose())],
        };
        if release.token_client_id() == TokenClientId::Mandatory {
            parameters.push(("client_id", client_id.as_str()));
        }
        if let Self::Code {
            redirect_uri,
            code_verifier,
            ..
        } = self
        {
            parameters.push(("redirect_uri", redirect_uri.as_str()));
            parameters.extend(code_verifier.map(|verifier| ("code_verifier", verifier.expose())));
        }
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
}

/// Where the parameters of a token request may stand [core.tknint.200, 2.x].
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two places of oauth.md 4.1")]
pub enum ParameterPlace {
    /// In the body only (RFC 6749, section 3.2). A request with a query is refused.
    #[default]
    Body,
    /// In the body or in the query, never in both: for peers that follow the framework's own example to the letter, which
    /// writes them behind a `?`.
    ///
    /// # Security
    /// Queries end up in logs, and codes and tokens with them.
    BodyOrQuery,
}

/// What a client offers for a token.
#[derive(Clone, Debug)]
pub(crate) enum Offered {
    Code {
        code: AuthorizationCode,
        redirect_uri: Option<String>,
        code_verifier: OfferedVerifier,
    },
    Refresh {
        token: RefreshToken,
        scope: Option<String>,
    },
}

/// A token request that is well-formed; nothing of it is verified yet, and nothing of it can be used before the client is
/// authenticated.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    pub(crate) release: Release,
    pub(crate) offered: Offered,
    pub(crate) client_id: Option<Hostname>,
}

impl TokenRequest {
    /// Reads a token request. Nothing is burnt if this refuses it [T2, flows 4.3].
    ///
    /// Parameters that are not known are ignored [core.tknint.200, 2.x]. At most 16 KiB and 64 parameters.
    ///
    /// # Errors
    /// If it is no POST of a form, too long, its parameters stand where they may not, one is missing or repeated, or the release
    /// does not have the grant type.
    pub fn parse(request: &HttpRequest, release: Release, place: ParameterPlace) -> Result<Self, TokenRefusal> {
        let invalid = || TokenRefusal::from(TokenRefusalReason::InvalidRequest);
        let form = Form::parse(parameters(request, place).ok_or_else(invalid)?).map_err(|_| invalid())?;
        let one = |name| form.one(name).map_err(|_| invalid());
        let text = |name| one(name).map(|text| text.map(std::borrow::Cow::into_owned));
        let grant_type = one("grant_type")?.ok_or_else(invalid)?;
        let client_id = one("client_id")?;
        let offered = match grant_type.as_ref() {
            CODE => Offered::Code {
                code: one("code")?.ok_or_else(invalid)?.parse().map_err(|_| invalid())?,
                redirect_uri: text("redirect_uri")?,
                code_verifier: OfferedVerifier::read(&form),
            },
            REFRESH if release.langdurige_toestemming() => Offered::Refresh {
                token: one("refresh_token")?
                    .ok_or_else(invalid)?
                    .parse()
                    .map_err(|_| invalid())?,
                scope: text("scope")?,
            },
            _ => return Err(TokenRefusalReason::UnsupportedGrantType.into()),
        };
        let client_id = match (client_id.as_deref(), release.token_client_id()) {
            // What the oldest releases do not use, some of their clients send empty, which counts as left out.
            (None, TokenClientId::NotUsed) => None,
            (None, TokenClientId::Mandatory) => return Err(invalid()),
            (Some(text), _) => Some(text.parse().map_err(|_| invalid())?),
        };
        Ok(Self {
            release,
            offered,
            client_id,
        })
    }

    /// Who says to ask; absent in releases that do not use it.
    #[must_use]
    pub const fn client_id(&self) -> Option<&Hostname> {
        self.client_id.as_ref()
    }

    /// The ids of a token request, for the log and for the tokens of a refresh: those that stand there once and are
    /// well-formed. They have no exception of their own [core.tknint.208, 2.x].
    #[must_use]
    pub fn ids(headers: &HeaderMap) -> (Option<RequestId>, Option<CorrelationId>) {
        let id = |name| crate::headers::id(headers, name);
        (
            id(MEDMIJ_REQUEST_ID).and_then(|text| text.parse().ok()),
            id(X_CORRELATION_ID).and_then(|text| text.parse().ok()),
        )
    }
}

/// The text of the parameters, from the one place where they stand.
fn parameters(request: &HttpRequest, place: ParameterPlace) -> Option<&str> {
    if request.method() != Method::POST {
        return None;
    }
    match (request.uri().query(), place) {
        (None, _) => {
            let mut types = request.headers().get_all(CONTENT_TYPE).iter();
            let (Some(content_type), None) = (types.next(), types.next()) else {
                return None;
            };
            let media_type = content_type.to_str().ok()?.split(';').next()?.trim();
            let body = std::str::from_utf8(request.body()).ok()?;
            media_type.eq_ignore_ascii_case(FORM).then_some(body)
        }
        (Some(query), ParameterPlace::BodyOrQuery) if request.body().is_empty() => Some(query),
        (Some(_), _) => None,
    }
}
