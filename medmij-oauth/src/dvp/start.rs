//! The start of a run: what the DVP is, and the redirect to the Authorization Server.

use std::collections::VecDeque;

use medmij_core::{
    CodeVerifier, CorrelationId, FrontchannelUri, Geboortedatum, Hostname, LogEvent, Offer, Offers, ParseError, Random,
    RandomError, RedirectUri, Release, Representation, RequestId, State,
};
use time::{Duration, UtcDateTime};

use super::todo::Queued;
use super::{
    Abonnement, AbonnementTodo, Failure, HeldToken, Pending, Placement, Ready, ResourceQuery, Stopped, Todo, TokenKey,
};
use crate::abonneren::{AbonnementState, SubscriptionWire};
use crate::authorize::Sent;
use crate::flow::{Side, p};
use crate::own_log::LogContext;
use crate::pkce::{CodeChallenge, Pkce};
use crate::redirect::Redirect;
use crate::scope::{Scope, ScopeError};

/// A DVP: the release it speaks, and the redirect URI whose host is its `client_id` [core.authint.200, 2.x].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
pub struct Dvp {
    pub(super) release: Release,
    pub(super) client_id: Hostname,
    pub(super) redirect_uri: RedirectUri,
    authorization_timeout: Duration,
    pkce: Pkce,
    pub(super) subscription_wire: SubscriptionWire,
}

impl Dvp {
    /// A DVP. A person has an hour to come back from the Authorization Server, unless
    /// [`with_authorization_timeout`](Self::with_authorization_timeout) says otherwise; the framework leaves it free.
    ///
    /// # Errors
    /// If the host of the redirect URI cannot be a `client_id`.
    pub fn new(release: Release, redirect_uri: RedirectUri) -> Result<Self, ParseError> {
        let client_id = redirect_uri.host().parse()?;
        Ok(Self {
            release,
            client_id,
            redirect_uri,
            authorization_timeout: Duration::HOUR,
            pkce: Pkce::NotAgreed,
            subscription_wire: SubscriptionWire::of(release),
        })
    }

    /// The same with another time within which a person must come back.
    #[must_use]
    pub const fn with_authorization_timeout(mut self, timeout: Duration) -> Self {
        self.authorization_timeout = timeout;
        self
    }

    /// The same where PKCE is agreed with the DVA, or not; a DVA that knows nothing of it ignores it.
    #[must_use]
    pub const fn with_pkce(mut self, pkce: Pkce) -> Self {
        self.pkce = pkce;
        self
    }

    /// The same with another form of the subscription interface, where a DVA has one.
    #[must_use]
    pub const fn with_subscription_wire(mut self, wire: SubscriptionWire) -> Self {
        self.subscription_wire = wire;
        self
    }

    /// Starts a *Verzamelen*: which offers the person chose, and which requests are to be done under the token
    /// [P1, flows 4.1].
    ///
    /// # Errors
    /// If the offers are not of this release, have no usable addresses or cannot go in one scope, nothing is to be done, or
    /// a request is for a Gegevensdienst that is not among the offers.
    pub fn verzamelen(&self, offers: Offers, todo: Vec<ResourceQuery>) -> Result<Selected, StartError> {
        if todo
            .iter()
            .any(|query| offers.gegevensdienst(query.gegevensdienst().as_str()).is_none())
        {
            return Err(StartError::NotOffered);
        }
        let scope = Scope::verzamelen(&offers, self.release)?;
        self.select(scope, offers, todo.into_iter().map(Todo::Query))
    }

    /// Starts a *Delen* of one Gegevensdienst: what is to be placed under the token [P1, flows 4.1] [Delen 1, 2.x].
    ///
    /// # Errors
    /// If the offer is not of this release, has no usable addresses or cannot stand in a scope, nothing is to be done, or
    /// something is to be placed as another Gegevensdienst.
    pub fn delen(&self, offer: Offer, todo: Vec<Placement>) -> Result<Selected, StartError> {
        if todo
            .iter()
            .any(|placement| *placement.gegevensdienst() != offer.gegevensdienst)
        {
            return Err(StartError::NotOffered);
        }
        let scope = Scope::delen(&offer)?;
        self.select(scope, offer.into(), todo.into_iter().map(Todo::Placement))
    }

    /// Starts an *Abonneren*: takes a new Abonnement on one Gegevensdienst, of at most so many days from today
    /// [P1, flows 4.1] [ext.abo.tknint.200, 2.x].
    ///
    /// # Errors
    /// If the release has no Abonneren, the offer has none or for fewer days, there are no days, the offer is not of this
    /// release, has no usable addresses or cannot stand in a scope.
    pub fn abonneren(&self, offer: Offer, dagen: u32) -> Result<Selected, StartError> {
        let gegevensdienst = offer.gegevensdienst.clone();
        self.abonnement(offer, dagen, AbonnementTodo::Aanmaken { gegevensdienst })
    }

    /// Starts an *Abonneren*: changes the end of an Abonnement to at most so many days from today [P1, flows 4.1].
    ///
    /// # Errors
    /// As [`abonneren`](Self::abonneren), and if the Abonnement has ended or is of another Aanbieder or Gegevensdienst.
    pub fn abonnement_wijzigen(
        &self,
        offer: Offer,
        abonnement: Abonnement,
        dagen: u32,
    ) -> Result<Selected, StartError> {
        self.abonnement(offer, dagen, AbonnementTodo::Wijzigen(abonnement))
    }

    /// Starts an *Abonneren*: ends an Abonnement, which the Aanbieder cannot refuse [P1, flows 4.1].
    ///
    /// # Errors
    /// If the release has no Abonneren, the offer is not of this release, has no usable addresses or cannot stand in a scope,
    /// or the Abonnement is of another Aanbieder or Gegevensdienst.
    pub fn abonnement_beeindigen(&self, offer: Offer, abonnement: Abonnement) -> Result<Selected, StartError> {
        self.abonnement(offer, 0, AbonnementTodo::Beeindigen(abonnement))
    }

    fn abonnement(&self, offer: Offer, dagen: u32, todo: AbonnementTodo) -> Result<Selected, StartError> {
        let scope = Scope::abonneren(&offer, dagen, self.release)?;
        let kept = match &todo {
            AbonnementTodo::Aanmaken { .. } => None,
            AbonnementTodo::Wijzigen(kept) | AbonnementTodo::Beeindigen(kept) => Some(kept),
        };
        let is_other =
            |kept: &Abonnement| kept.aanbieder != offer.aanbieder || kept.gegevensdienst != offer.gegevensdienst;
        if kept.is_some_and(is_other) {
            return Err(StartError::NotOffered);
        }
        // Its id is known at its own Subscription Server only; at another it would be another's, or nobody's.
        let server = offer.abonneren.as_ref().map(|abonneren| abonneren.subscription.host());
        if kept.is_some_and(|kept| server.is_some_and(|host| host != kept.subscription.host())) {
            return Err(StartError::OtherServer);
        }
        // 0 days are its end, which is possible also where no Abonnement is offered any more [flows.md 2.3].
        let ends = matches!(todo, AbonnementTodo::Beeindigen(_));
        let longest = match &offer.abonneren {
            Some(abonneren) => abonneren.maximale_duur,
            None if ends => 0,
            None => return Err(StartError::NotOffered),
        };
        if (dagen == 0) != ends || dagen > longest {
            return Err(StartError::Dagen);
        }
        // One that has ended never becomes active again [abonneren.md 13].
        if !ends && kept.is_some_and(|kept| kept.state == AbonnementState::Ended) {
            return Err(StartError::Ended);
        }
        self.select(scope, offer.into(), std::iter::once(Todo::Abonnement(todo)))
    }

    /// Sends the person to the page of a DVA on which consents are seen and withdrawn. Its form is not known: the URI is the
    /// one that is configured for the DVA [P31, flows 4.1].
    ///
    /// # Errors
    /// If the release has no long-term consents, or no browser can be sent to the URI.
    pub fn beheren_toestemmingen(&self, page: &FrontchannelUri, now: UtcDateTime) -> Result<HandedOver, StartError> {
        if !self.release.langdurige_toestemming() {
            return Err(ScopeError::Function.into());
        }
        page.to_uri().map_err(|_| StartError::Address)?;
        Ok(HandedOver {
            redirect: Redirect::to(page.as_str()),
            events: p::P31.log(now, None, None),
        })
    }

    fn select(
        &self,
        scope: Scope,
        offers: Offers,
        todo: impl IntoIterator<Item = Todo>,
    ) -> Result<Selected, StartError> {
        if !self.release.serves(offers.interfaceversie()) {
            return Err(StartError::Release);
        }
        if offers.authorization().to_uri().is_err() || offers.token().to_uri().is_err() {
            return Err(StartError::Address);
        }
        let todo: VecDeque<Queued> = todo.into_iter().map(Queued::from).collect();
        if todo.is_empty() {
            return Err(StartError::NothingToDo);
        }
        Ok(Selected {
            run: Run {
                dvp: self.clone(),
                scope,
                geboortedatum: None,
                offers,
                todo,
                done: 0,
                failed: Vec::new(),
                unknown: Vec::new(),
            },
        })
    }
}

/// The person was sent to a DVA to manage consents; the DVP hears no more of it than that they come back, if they do
/// [P31, flows 4.1].
#[derive(Debug)]
#[must_use = "the person waits for the redirect"]
#[non_exhaustive]
pub struct HandedOver {
    /// Where the person's browser goes.
    pub redirect: Redirect,
    /// What is to be logged.
    pub events: Vec<LogEvent>,
}

/// What a run carries from its start to its end.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
pub(super) struct Run {
    pub(super) dvp: Dvp,
    pub(super) scope: Scope,
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed::option"))]
    geboortedatum: Option<Geboortedatum>,
    pub(super) offers: Offers,
    pub(super) todo: VecDeque<Queued>,
    pub(super) done: u32,
    pub(super) failed: Vec<Failure>,
    pub(super) unknown: Vec<Todo>,
}

impl Run {
    pub(super) fn log_context(&self) -> LogContext {
        LogContext::new(Side::Dvp, self.dvp.release, &self.scope, &self.offers)
    }

    /// Whether a token was given for what this run asks, in the same release, at the same Authorization Server, for the
    /// same representation. Whose it is the caller has seen to, by the [`TokenKey`](super::TokenKey).
    pub(super) fn fits(&self, held: &HeldToken) -> bool {
        held.release == self.dvp.release
            && held.function == self.scope.function()
            && held.representation == self.scope.representation()
            && held.aanbieder == *self.offers.aanbieder()
            && held.token_endpoint == *self.offers.token()
    }
}

/// A run in which the person has chosen: state *Selecting*.
#[derive(Clone, Debug)]
#[must_use = "a run that is not begun does nothing"]
pub struct Selected {
    pub(super) run: Run,
}

/// A run that was begun: store `pending` under its key, then send the redirect.
#[derive(Debug)]
#[must_use = "store the pending run before the redirect is sent"]
#[non_exhaustive]
pub struct Begun {
    /// What waits for the person's return.
    pub pending: Pending,
    /// Where the person's browser goes.
    pub redirect: Redirect,
    /// What is to be logged.
    pub events: Vec<LogEvent>,
}

impl Selected {
    /// The same for somebody whom the person represents, with their date of birth [ext.vert.authint.200, 2.x].
    ///
    /// # Errors
    /// If it is none, or the release or function has no such representation.
    pub fn on_behalf_of(
        mut self,
        representation: Representation,
        geboortedatum: Geboortedatum,
    ) -> Result<Self, StartError> {
        if representation == Representation::None {
            return Err(ScopeError::Representation.into());
        }
        self.run.scope = self
            .run
            .scope
            .with_representation(representation, self.run.dvp.release)?;
        self.run.geboortedatum = Some(geboortedatum);
        Ok(self)
    }

    /// The key of the tokens of this run: whose they are, by ids of the DVP's own, and what they are for [P2, flows 4.1].
    #[must_use]
    pub fn token_key(&self, person: &str, represented: Option<&str>) -> TokenKey {
        TokenKey {
            person: person.to_owned(),
            represented: represented.map(str::to_owned),
            function: self.run.scope.function(),
            release: self.run.dvp.release,
            aanbieder: self.run.offers.aanbieder().clone(),
            token_endpoint: self.run.offers.token().clone(),
        }
    }

    /// What the run is about, for the own log.
    #[must_use]
    pub fn log_context(&self) -> LogContext {
        self.run.log_context()
    }

    /// The scope that is asked for.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.run.scope
    }

    /// Makes the authorization request [P4, flows 4.1] [core.authint.208, 2.x].
    ///
    /// # Errors
    /// If the source of randomness fails.
    pub fn begin(self, now: UtcDateTime, random: &mut impl Random) -> Result<Begun, RandomError> {
        let Self { run } = self;
        let dvp = &run.dvp;
        let state = State::random(random)?;
        let request_id = RequestId::random(random)?;
        let correlation_id = CorrelationId::random(random)?;
        let code_verifier = match dvp.pkce {
            Pkce::NotAgreed => None,
            Pkce::Agreed => Some(CodeVerifier::random(random)?),
        };
        let sent = Sent {
            release: dvp.release,
            client_id: &dvp.client_id,
            redirect_uri: &dvp.redirect_uri,
            offers: &run.offers,
            scope: &run.scope,
            state: &state,
            geboortedatum: run.geboortedatum.as_ref(),
            challenge: code_verifier.as_ref().map(CodeChallenge::of),
            ids: (&request_id, &correlation_id),
        };
        let redirect = sent.redirect();
        let events = p::P4.log(now, Some(&correlation_id), Some(&request_id));
        let deadline = now.saturating_add(dvp.authorization_timeout);
        let pending = Pending {
            state,
            code_verifier,
            correlation_id,
            request_id,
            deadline,
            run,
        };
        Ok(Begun {
            pending,
            redirect,
            events,
        })
    }

    /// Gives the run up: the person will not go to the Authorization Server, or not once more [P6, flows 4.1].
    pub fn abandon(self, now: UtcDateTime) -> Stopped {
        Stopped::given_up(self.run, p::P6.log(now, None, None))
    }

    /// Goes on under a token that is still valid, without a new authorization [P2, flows 4.1] [Delen, 2.x].
    ///
    /// The caller has found the token under the [`TokenKey`](super::TokenKey) of the same person.
    ///
    /// # Errors
    /// Gives the run back if the token has expired, is of another release, function, representation, Aanbieder or
    /// Authorization Server, or does not cover every Gegevensdienst, or the duration that is asked for.
    pub fn resume(self, held: HeldToken, now: UtcDateTime) -> Result<Ready, Box<Self>> {
        let covered = |offer: &Offer| held.gegevensdiensten.contains(&offer.gegevensdienst);
        let lasts = match (self.run.scope.dagen(), held.dagen) {
            (None, None) => true,
            // A token that ends an Abonnement takes none, and the other way round.
            (Some(asked), Some(granted)) => asked <= granted && (asked == 0) == (granted == 0),
            _ => false,
        };
        let covers = self.run.offers.iter().all(covered) && lasts;
        if self.run.fits(&held) && !self.run.todo.is_empty() && covers && now < held.expires_at {
            Ok(Ready::new(held, self.run))
        } else {
            Err(Box::new(self))
        }
    }
}

/// A run that cannot start: our caller's mistake.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The offers are of an Interfaceversie that the release does not serve.
    #[error("the offers are not of the release of this DVP")]
    Release,
    /// No request can be sent to the authorization or token endpoint.
    #[error("the authorization or token endpoint is no usable address")]
    Address,
    /// There is no request to do.
    #[error("there is no resource request to do")]
    NothingToDo,
    /// A request is for a Gegevensdienst that is not among the offers, or for an Abonnement on one that has none.
    #[error("what is asked for is not offered")]
    NotOffered,
    /// An Abonnement is to last for no day or for more than the Aanbieder allows, or to be ended after some.
    #[error("no such duration of an Abonnement is offered")]
    Dagen,
    /// The Abonnement was taken at another Subscription Server than the one of the offer.
    #[error("the Abonnement is of another Subscription Server")]
    OtherServer,
    /// The Abonnement that is to be changed has ended.
    #[error("the Abonnement has ended")]
    Ended,
    /// It cannot go in one scope of the release.
    #[error(transparent)]
    Scope(#[from] ScopeError),
}
