//! The authorization request: what the DVP sends, and what the DVA has of it once it is checked.

use medmij_core::{
    CorrelationId, Geboortedatum, Hostname, MEDMIJ_REQUEST_ID, OAuthClient, Offers, RedirectUri, Release, RequestId,
    State, X_CORRELATION_ID,
};

use crate::flow::Side;
use crate::own_log::LogContext;
use crate::pkce::{self, Challenge, CodeChallenge};
use crate::redirect::Redirect;
use crate::scope::Scope;

/// An authorization request that passed all checks [core.authint.200, 2.x].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct AuthorizationRequest {
    /// The release by which it was judged.
    pub release: Release,
    /// Who asks.
    pub client: OAuthClient,
    /// Where the person is sent back to; its host is that of the client.
    pub redirect_uri: RedirectUri,
    /// The state that goes back with every reply.
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed"))]
    pub state: State,
    /// What is asked for.
    pub scope: Scope,
    /// The offers of this DVA that the scope covers.
    pub offers: Offers,
    /// The date of birth of the person who is represented, if the request told it [ext.vert.authint.200, 2.x].
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed::option"))]
    pub geboortedatum: Option<Geboortedatum>,
    /// The id of the request, if it had one.
    pub request_id: Option<RequestId>,
    /// The id of the chain, if the request had one.
    pub correlation_id: Option<CorrelationId>,
    pub(crate) challenge: Challenge,
}

impl AuthorizationRequest {
    /// What the session is about, for the own log of the DVA.
    #[must_use]
    pub fn log_context(&self) -> LogContext {
        LogContext {
            counterpart: Some(self.client.hostname.clone()),
            ..LogContext::new(Side::Dva, self.release, &self.scope, &self.offers)
        }
    }
}

/// What a DVP puts into an authorization request.
pub(crate) struct Sent<'a> {
    pub(crate) release: Release,
    pub(crate) client_id: &'a Hostname,
    pub(crate) redirect_uri: &'a RedirectUri,
    pub(crate) offers: &'a Offers,
    pub(crate) scope: &'a Scope,
    pub(crate) state: &'a State,
    pub(crate) geboortedatum: Option<&'a Geboortedatum>,
    pub(crate) challenge: Option<CodeChallenge>,
    pub(crate) ids: (&'a RequestId, &'a CorrelationId),
}

impl Sent<'_> {
    /// The redirect to the authorization endpoint, each value encoded once [MMOS-67, 2.x].
    pub(crate) fn redirect(&self) -> Redirect {
        let scope = self.scope.to_string();
        let challenge = self.challenge.map(|challenge| challenge.to_string());
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("scope", scope.as_str()),
            ("state", self.state.expose()),
        ];
        if let Some(born) = self.geboortedatum {
            parameters.push((Geboortedatum::PARAMETER, born.expose()));
        }
        if self.release.ids_in_authorization_request() {
            parameters.push((MEDMIJ_REQUEST_ID, self.ids.0.as_str()));
            parameters.push((X_CORRELATION_ID, self.ids.1.as_str()));
        }
        if let Some(challenge) = &challenge {
            parameters.push(("code_challenge", challenge));
            parameters.push(("code_challenge_method", pkce::METHOD));
        }
        Redirect::new(self.offers.authorization().as_str(), parameters)
    }
}
