//! The checks of an authorization request by the DVA: first what decides whether anything may be redirected
//! [core.authint.202, 2.x], then the rest [core.authint.203, 2.x].

use std::borrow::Cow;

use http::{HeaderMap, Method};
use medmij_core::{
    Aanbiedernaam, CorrelationId, Geboortedatum, Hostname, Listing, MEDMIJ_REQUEST_ID, OAuthClient, OclCheck, Offer,
    Offers, RedirectUri, Release, Representation, RequestId, State, StateLength, X_CORRELATION_ID,
};

use super::{AuthorizationRequest, OAuthErrorCode};
use crate::form::{Form, FormError};
use crate::pkce::{self, Challenge, CodeChallenge, Pkce};
use crate::scope::{Scope, ScopeFunction};

/// What a DVA must know to judge a request: plain values, from its lists or from elsewhere.
pub trait Directory {
    /// The client of a `client_id`, from the current OAuth Client List.
    fn client(&self, client_id: &Hostname) -> Option<OAuthClient>;

    /// What this DVA discloses for an Aanbieder in a release, for this function and no other: a Gegevensdienst is either to
    /// be collected or to be shared. The entries of the current Zorgaanbiederslijst, and those whose validity lapsed no
    /// more than 3600 seconds ago [P&I 7b, 1.1.2].
    fn offers(&self, aanbieder: &Aanbiedernaam, function: ScopeFunction, release: Release) -> Option<Offers>;

    /// Whether this DVA lets a person be represented in this way for an offer [Autoriseren Vertegenwoordiging 1, 2.x]
    /// [Autoriseren Vertegenwoordiging 2, 2.x]. Not unless it says so.
    fn supports_representation(&self, representation: Representation, offer: &Offer) -> bool {
        let _ = (representation, offer);
        false
    }
}

impl<D: Directory + ?Sized> Directory for &D {
    fn client(&self, client_id: &Hostname) -> Option<OAuthClient> {
        (**self).client(client_id)
    }

    fn offers(&self, aanbieder: &Aanbiedernaam, function: ScopeFunction, release: Release) -> Option<Offers> {
        (**self).offers(aanbieder, function, release)
    }

    fn supports_representation(&self, representation: Representation, offer: &Offer) -> bool {
        (**self).supports_representation(representation, offer)
    }
}

/// What a deployment chooses at its authorization endpoint.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct AuthorizationSettings {
    /// How long a `state` may be. Default: what [`Release::state_length`] says.
    pub state_length: Option<StateLength>,
    /// Whether PKCE is agreed with the clients; what was agreed when a code was asked for holds when it is exchanged.
    /// Default: not.
    pub pkce: Pkce,
}

impl AuthorizationSettings {
    fn takes(&self, state: &State, release: Release) -> bool {
        let bounds = self.state_length.unwrap_or_else(|| release.state_length());
        bounds.contains(state.expose().len())
    }
}

/// The client or its redirect URI is not verified, or nothing of the request was read (exception 1a): nothing may be
/// redirected anywhere.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UnverifiedClient {
    /// The request is no GET [core.authint.201, 2.x].
    #[error("the request is no GET")]
    Method,
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
pub(crate) struct InvalidRequest {
    /// The code by which the client is told.
    pub(crate) error: OAuthErrorCode,
    /// Whether representation was asked for that is not supported here, and nothing else was wrong [A14c, flows 4.2].
    pub(crate) is_representation: bool,
    /// Where it may be sent.
    pub(crate) redirect_uri: RedirectUri,
    /// The state of the request, if it had one that may stand in a redirect.
    pub(crate) state: Option<State>,
    /// The id of the chain, if the request had one.
    pub(crate) correlation_id: Option<CorrelationId>,
    /// The id of the request, if it had one.
    pub(crate) request_id: Option<RequestId>,
}

/// What is wrong with a request.
struct Wrong {
    error: OAuthErrorCode,
    is_representation: bool,
}

impl From<OAuthErrorCode> for Wrong {
    fn from(error: OAuthErrorCode) -> Self {
        Self {
            error,
            is_representation: false,
        }
    }
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

impl Ids {
    /// Reads the query parameters, and where a release has them and they are absent, tolerates the header fields, as the
    /// examples of 2.1 show them [core.authint.208, 2.x].
    fn read(form: &Form<'_>, headers: &HeaderMap, release: Release) -> Self {
        let text = |name: &str| match form.one(name) {
            Ok(None) if release.ids_in_authorization_request() => crate::headers::id(headers, name).map(str::to_owned),
            found => found.ok().flatten().map(Cow::into_owned),
        };
        Self {
            request_id: text(MEDMIJ_REQUEST_ID).and_then(|id| id.parse().ok()),
            correlation_id: text(X_CORRELATION_ID).and_then(|id| id.parse().ok()),
        }
    }
}

/// Judges an authorization request. Parameters that are not known are ignored [core.authint.200, 2.x].
pub(crate) fn check<B>(
    request: &http::Request<B>,
    release: Release,
    directory: &impl Directory,
    settings: &AuthorizationSettings,
) -> Checked {
    if request.method() != Method::GET {
        return Checked::Unverified(UnverifiedClient::Method, Ids::default());
    }
    let Ok(form) = Form::parse(request.uri().query().unwrap_or_default()) else {
        return Checked::Unverified(UnverifiedClient::Unreadable, Ids::default());
    };
    let ids = Ids::read(&form, request.headers(), release);
    let text = |name| form.one(name).ok().flatten();
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

    // One of another length is refused, and comes back all the same: an error without it would belong to nothing.
    let state = text("state").and_then(|state| state.parse::<State>().ok());
    let judged = Judge {
        form: &form,
        release,
        client: &client,
        directory,
        settings,
    }
    .judge();
    let Ids {
        request_id,
        correlation_id,
    } = ids;
    match (judged, state) {
        // State is mandatory in MedMij [core.authint.200, 2.x]; that it is missing or of another length is told last.
        (Ok(judged), Some(state)) if settings.takes(&state, release) => {
            Checked::Right(Box::new(AuthorizationRequest {
                release,
                client,
                redirect_uri,
                state,
                scope: judged.scope,
                offers: judged.offers,
                geboortedatum: judged.geboortedatum,
                request_id,
                correlation_id,
                challenge: judged.challenge,
            }))
        }
        (judged, state) => {
            let wrong = judged.err().unwrap_or_else(|| OAuthErrorCode::InvalidRequest.into());
            Checked::Invalid(Box::new(InvalidRequest {
                error: wrong.error,
                is_representation: wrong.is_representation,
                redirect_uri,
                state,
                correlation_id,
                request_id,
            }))
        }
    }
}

struct Judge<'a, D> {
    form: &'a Form<'a>,
    release: Release,
    client: &'a OAuthClient,
    directory: &'a D,
    settings: &'a AuthorizationSettings,
}

/// What the second list of checks passed.
struct Judged {
    scope: Scope,
    offers: Offers,
    geboortedatum: Option<Geboortedatum>,
    challenge: Challenge,
}

impl<D: Directory> Judge<'_, D> {
    /// A parameter, if it is there; one that stands there twice or cannot be decoded is invalid.
    fn one(&self, name: &str) -> Result<Option<Cow<'_, str>>, OAuthErrorCode> {
        self.form
            .one(name)
            .map_err(|_: FormError| OAuthErrorCode::InvalidRequest)
    }

    fn judge(&self) -> Result<Judged, Wrong> {
        let one = |name| self.one(name);
        match one("response_type")?.as_deref() {
            Some("code") => {}
            Some(_) => return Err(OAuthErrorCode::UnsupportedResponseType.into()),
            None => return Err(OAuthErrorCode::InvalidRequest.into()),
        }
        let challenge = self.challenge()?;
        let text = one("scope")?.ok_or(OAuthErrorCode::InvalidRequest)?;
        let readings = || {
            let functions = ScopeFunction::readings(&text, self.release).iter();
            functions.filter_map(|&function| Scope::parse(&text, self.release, function).ok())
        };
        let asked = readings().find_map(|scope| self.asked_of(&scope, true).map(|offers| (scope, offers)));
        let (scope, offers) = asked.ok_or_else(|| Wrong {
            error: OAuthErrorCode::InvalidScope,
            is_representation: readings().any(|scope| self.asked_of(&scope, false).is_some()),
        })?;
        // It is a parameter of a request for someone else only; in another it is one that is not known.
        let geboortedatum = match scope.representation() {
            Representation::None => None,
            _ => one(Geboortedatum::PARAMETER)?
                .map(|text| text.parse().map_err(|_| OAuthErrorCode::InvalidRequest))
                .transpose()?,
        };
        Ok(Judged {
            scope,
            offers,
            geboortedatum,
            challenge,
        })
    }

    /// The challenge of PKCE, where that is agreed and the client uses it.
    fn challenge(&self) -> Result<Challenge, OAuthErrorCode> {
        if self.settings.pkce == Pkce::NotAgreed {
            return Ok(Challenge::NotAgreed);
        }
        let one = |name| self.one(name);
        match (one("code_challenge")?, one("code_challenge_method")?.as_deref()) {
            (None, None) => Ok(Challenge::NotSent),
            // Without a method it would be `plain` (RFC 7636, section 4.3), which protects nothing.
            (Some(text), Some(pkce::METHOD)) => CodeChallenge::parse(&text)
                .map(Challenge::Sent)
                .ok_or(OAuthErrorCode::InvalidRequest),
            _ => Err(OAuthErrorCode::InvalidRequest),
        }
    }

    /// The offers that a scope covers, if this DVA has them, and this client and representation may have them.
    fn asked_of(&self, scope: &Scope, heeds_representation: bool) -> Option<Offers> {
        let function = scope.function();
        let served = self.directory.offers(scope.aanbieder(), function, self.release)?;
        let supported = |offer: &Offer| match scope.representation() {
            Representation::None => true,
            _ if !heeds_representation => true,
            representation => self.directory.supports_representation(representation, offer),
        };
        // What the scope names must be listed here; *Verzamelen* leaves that to the token interface where the release says so.
        let checked_here = function != ScopeFunction::Verzamelen
            || self.release.verzamelen_ocl_check() == OclCheck::AuthorizationRequest;
        let listed = |offer: &Offer| {
            !checked_here || self.client.listing(self.release, &offer.gegevensdienst) != Listing::NotListed
        };
        // Who wants to end an Abonnement may do so also where no new ones are offered.
        let subscribes = scope.dagen().is_some_and(|dagen| dagen > 0);
        let lasts = |offer: &Offer| {
            offer
                .abonneren
                .as_ref()
                .is_some_and(|abonneren| abonneren.maximale_duur > 0)
        };
        let open = |offer: &Offer| !subscribes || lasts(offer);
        let may_be_asked = |offer: &&Offer| supported(offer) && listed(offer) && open(offer);
        let asked = match scope.gegevensdiensten() {
            // No Gegevensdienst is named, so one that may not be asked for was not.
            None => served.iter().filter(may_be_asked).cloned().collect(),
            Some(ids) => ids
                .iter()
                .map(|id| served.gegevensdienst(id.as_str()).filter(may_be_asked).cloned())
                .collect::<Option<_>>()?,
        };
        Offers::new(asked).ok()
    }
}
