//! The authorization request: built by the DVP, checked by the DVA.

use std::ops::RangeInclusive;

use medmij_core::{
    Aanbiedernaam, CorrelationId, Function, Hostname, Listing, MEDMIJ_REQUEST_ID, OAuthClient, OclCheck, Offer, Offers,
    RedirectUri, Release, RequestId, State, X_CORRELATION_ID,
};

use super::OAuthErrorCode;
use crate::form::{Form, FormError};
use crate::redirect::Redirect;
use crate::scope::Scope;

/// What a DVA must know to judge a request: plain values, from its lists or from elsewhere.
pub trait Directory {
    /// The client of a `client_id`, from the current OAuth Client List.
    fn client(&self, client_id: &Hostname) -> Option<OAuthClient>;

    /// What this DVA discloses for an Aanbieder in a release, for this function and no other: a Gegevensdienst is either to
    /// be collected or to be shared. The entries of the current Zorgaanbiederslijst, and those
    /// whose validity lapsed no more than 3600 seconds ago [P&I 7b, 1.1.2].
    fn offers(&self, aanbieder: &Aanbiedernaam, function: Function, release: Release) -> Option<Offers>;
}

impl<D: Directory + ?Sized> Directory for &D {
    fn client(&self, client_id: &Hostname) -> Option<OAuthClient> {
        (**self).client(client_id)
    }

    fn offers(&self, aanbieder: &Aanbiedernaam, function: Function, release: Release) -> Option<Offers> {
        (**self).offers(aanbieder, function, release)
    }
}

/// What a deployment chooses at its authorization endpoint.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AuthorizationSettings {
    /// How long a `state` may be, in bytes. Release 1.5 prescribes bounds whose numbers were not found [RFC0060, 1.5.0].
    /// Default 1 to 512.
    pub state_length: RangeInclusive<usize>,
}

impl Default for AuthorizationSettings {
    fn default() -> Self {
        Self { state_length: 1..=512 }
    }
}

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
    /// What is asked for: offers of this DVA.
    pub offers: Offers,
    /// The scope as it was asked for.
    pub scope: String,
    /// The id of the request, if it had one.
    pub request_id: Option<RequestId>,
    /// The id of the chain, if the request had one.
    pub correlation_id: Option<CorrelationId>,
}

/// Builds the redirect to the authorization endpoint.
pub(crate) fn build(
    release: Release,
    client_id: &Hostname,
    redirect_uri: &RedirectUri,
    offers: &Offers,
    scope: &Scope,
    state: &State,
    ids: (&RequestId, &CorrelationId),
) -> Redirect {
    let scope = scope.to_string();
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", client_id.as_str()),
        ("redirect_uri", redirect_uri.as_str()),
        ("scope", scope.as_str()),
        ("state", state.expose()),
    ];
    if release.ids_in_authorization_request() {
        parameters.push((MEDMIJ_REQUEST_ID, ids.0.as_str()));
        parameters.push((X_CORRELATION_ID, ids.1.as_str()));
    }
    Redirect::new(offers.authorization().as_str(), parameters)
}

/// The client or its redirect URI is not verified (exception 1a): nothing may be redirected anywhere.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UnverifiedClient {
    /// The parameters cannot be read at all.
    #[error("the request has too many or too long parameters")]
    Unreadable,
    /// `client_id` is missing, repeated, or no host name.
    #[error("client_id is missing, repeated or no host name")]
    ClientId,
    /// `client_id` does not stand on the OAuth Client List.
    #[error("client_id does not stand on the OAuth Client List")]
    UnknownClient,
    /// `redirect_uri` is missing, repeated, not right, or of another host than the client.
    #[error("redirect_uri is missing, repeated, not right, or of another host")]
    RedirectUri,
}

/// Another parameter of a verified client's request is wrong (exception 1b).
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the authorization request is invalid: {error}")]
#[non_exhaustive]
pub struct InvalidRequest {
    /// The code by which the client is told.
    pub error: OAuthErrorCode,
    /// Where it may be sent.
    pub redirect_uri: RedirectUri,
    /// The state of the request, if it could be read.
    pub state: Option<State>,
    /// The id of the chain, if the request had one.
    pub correlation_id: Option<CorrelationId>,
    /// The id of the request, if it had one.
    pub request_id: Option<RequestId>,
}

/// What the checks of a request gave.
pub(crate) enum Checked {
    Right(Box<AuthorizationRequest>),
    Invalid(Box<InvalidRequest>),
    Unverified(UnverifiedClient, Ids),
}

/// The ids of a request. Neither has an exception of its own: one that is absent or wrong is missing in the log.
#[derive(Default)]
pub(crate) struct Ids {
    pub(crate) request_id: Option<RequestId>,
    pub(crate) correlation_id: Option<CorrelationId>,
}

/// Judges the query of an authorization request: first what decides whether anything may be redirected
/// [core.authint.202, 2.x], then the rest [core.authint.203, 2.x]. Parameters that are not known are ignored.
pub(crate) fn check(
    query: &str,
    release: Release,
    directory: &impl Directory,
    settings: &AuthorizationSettings,
) -> Checked {
    let Ok(form) = Form::parse(query) else {
        return Checked::Unverified(UnverifiedClient::Unreadable, Ids::default());
    };
    let text = |name| form.one(name).ok().flatten();
    let ids = Ids {
        request_id: text(MEDMIJ_REQUEST_ID).and_then(|id| id.parse().ok()),
        correlation_id: text(X_CORRELATION_ID).and_then(|id| id.parse().ok()),
    };
    let Some(client_id) = text("client_id").and_then(|id| id.parse::<Hostname>().ok()) else {
        return Checked::Unverified(UnverifiedClient::ClientId, ids);
    };
    let Some(client) = directory
        .client(&client_id)
        .filter(|client| client.hostname == client_id)
    else {
        return Checked::Unverified(UnverifiedClient::UnknownClient, ids);
    };
    let redirect_uri = text("redirect_uri").and_then(|uri| RedirectUri::for_client(&uri, &client_id).ok());
    let Some(redirect_uri) = redirect_uri else {
        return Checked::Unverified(UnverifiedClient::RedirectUri, ids);
    };

    let state = text("state").and_then(|state| state.parse::<State>().ok());
    let state = state.filter(|state| settings.state_length.contains(&state.expose().len()));
    let Ids {
        request_id,
        correlation_id,
    } = ids;
    let judged = judge(&form, release, &client, directory);
    match (judged, state) {
        (Ok((offers, scope)), Some(state)) => Checked::Right(Box::new(AuthorizationRequest {
            release,
            client,
            redirect_uri,
            state,
            offers,
            scope,
            request_id,
            correlation_id,
        })),
        (judged, state) => {
            let error = judged.err().unwrap_or(OAuthErrorCode::InvalidRequest);
            Checked::Invalid(Box::new(InvalidRequest {
                error,
                redirect_uri,
                state,
                correlation_id,
                request_id,
            }))
        }
    }
}

fn judge(
    form: &Form<'_>,
    release: Release,
    client: &OAuthClient,
    directory: &impl Directory,
) -> Result<(Offers, String), OAuthErrorCode> {
    let invalid = |_: FormError| OAuthErrorCode::InvalidRequest;
    match form.one("response_type").map_err(invalid)?.as_deref() {
        Some("code") => {}
        Some(_) => return Err(OAuthErrorCode::UnsupportedResponseType),
        None => return Err(OAuthErrorCode::InvalidRequest),
    }
    let text = form
        .one("scope")
        .map_err(invalid)?
        .ok_or(OAuthErrorCode::InvalidRequest)?;
    let scope = Scope::parse(&text, release).map_err(|_| OAuthErrorCode::InvalidScope)?;
    let served = directory
        .offers(scope.aanbieder(), Function::Verzamelen, release)
        .ok_or(OAuthErrorCode::InvalidScope)?;
    let offers = asked_of(&scope, served).ok_or(OAuthErrorCode::InvalidScope)?;
    let checked_here = release.verzamelen_ocl_check() == OclCheck::AuthorizationRequest;
    let listed = |offer: &Offer| client.listing(release, &offer.gegevensdienst) != Listing::NotListed;
    if checked_here && !offers.iter().all(listed) {
        return Err(OAuthErrorCode::InvalidScope);
    }
    // State is mandatory in MedMij [core.authint.200, 2.x]; that it is missing is told last, without one.
    Ok((offers, text.into_owned()))
}

/// The offers that a scope names, if this DVA has them all.
fn asked_of(scope: &Scope, served: Offers) -> Option<Offers> {
    let Some(ids) = scope.gegevensdiensten() else {
        return Some(served);
    };
    let asked: Option<Vec<_>> = ids
        .iter()
        .map(|id| served.gegevensdienst(id.as_str()).cloned())
        .collect();
    Offers::new(asked?).ok()
}
