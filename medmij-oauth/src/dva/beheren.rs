//! *Beheren toestemmingen*: the person sees and withdraws long-term consents [flows.md 4.4] [Beheren toestemmingen, 2.x].

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use medmij_core::text::{Answer, TextVersion};
use medmij_core::{
    Aanbiedernaam, Bsn, CorrelationId, Declaration, Digest, ExceptionCode, GegevensdienstId, Hostname, LogEvent,
    OAuthClient, RedirectUri, Release, Representation, State, X_CORRELATION_ID,
};
use time::UtcDateTime;

use super::session::{Sealed, Visit};
use super::{
    AuthenticationCancelled, AwaitingAuthentication, DeclarationAnswer, DeclarationRecord, FailureStep, Identity,
    Landing, NotGrantedShown, ResolvingIdentity, TechnicalError, TechnischeStoring,
};
use crate::authorize::{Directory, UnverifiedClient};
use crate::flow::{Row, Side, a, m};
use crate::form::Form;
use crate::own_log::LogContext;
use crate::redirect::Redirect;

/// A request to manage consents. No code and no token is issued for it.
///
/// The form of the request is not known. This reads what an authorization request has: `client_id`, `redirect_uri` and
/// `state`, all optional; without the first two there is no way back.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct ManageRequest {
    /// The release that is spoken.
    pub release: Release,
    /// Who sent the person, if the request told it and it was verified.
    pub client: Option<OAuthClient>,
    way_back: ManageWayBack,
}

/// Where a person may go back to, if there is such a place.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
pub struct ManageWayBack {
    redirect_uri: Option<RedirectUri>,
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed::option"))]
    state: Option<State>,
    correlation_id: Option<CorrelationId>,
}

impl ManageWayBack {
    /// The redirect to the PGO: `state` and nothing else, whatever the person has done.
    fn redirect(&self) -> Option<Redirect> {
        let uri = self.redirect_uri.as_ref()?;
        Some(match &self.state {
            Some(state) => Redirect::new(uri.as_str(), [("state", state.expose())]),
            None => Redirect::to(uri.as_str()),
        })
    }

    fn events(&self, row: &'static Row, now: UtcDateTime) -> Vec<LogEvent> {
        row.log(now, self.correlation_id.as_ref(), None)
    }

    /// The answer that a page offers, if there is a way back.
    pub(super) fn answer(&self) -> Option<Answer> {
        self.redirect_uri.as_ref().map(|_| Answer::BackToPgo)
    }

    /// Goes back, or if there is no way back ends the session [M5, flows 4.4] [M6, flows 4.4].
    fn back(self, now: UtcDateTime) -> (Option<Redirect>, Vec<LogEvent>) {
        let redirect = self.redirect();
        let row = if redirect.is_some() { &m::M5 } else { &m::M6 };
        let events = self.events(row, now);
        (redirect, events)
    }
}

impl Visit for ManageRequest {
    fn release(&self) -> Release {
        self.release
    }

    fn correlation_id(&self) -> Option<&CorrelationId> {
        self.way_back.correlation_id.as_ref()
    }
}

impl Sealed for ManageRequest {
    type WayBack = ManageWayBack;
    type Cancelled = Option<Redirect>;

    fn into_way_back(self) -> ManageWayBack {
        self.way_back
    }

    fn cancelled(way_back: ManageWayBack) -> (Option<Redirect>, &'static Row) {
        let redirect = way_back.redirect();
        let row = if redirect.is_some() { &m::M5 } else { &m::M6 };
        (redirect, row)
    }
}

/// What follows from a request to manage consents.
#[derive(Debug)]
#[must_use = "the browser waits for an answer"]
#[expect(clippy::exhaustive_enums, reason = "the two outcomes of the row M0")]
pub enum ManageOpened {
    /// Show the landing page [M0, flows 4.4].
    Landing {
        /// The session.
        landing: Landing<ManageRequest>,
        /// What is to be logged.
        events: Vec<LogEvent>,
    },
    /// The client or its redirect URI was told and is not verified, or the release has no long-term consents: an error page
    /// without any way back, status 400 [M0, flows 4.4].
    ErrorPage {
        /// Why, for the own log; `None` if the release has no long-term consents.
        cause: Option<UnverifiedClient>,
        /// What is to be logged.
        events: Vec<LogEvent>,
    },
}

/// Opens a session for a person who wants to manage consents, a GET without a body [M0, flows 4.4].
pub fn manage<B>(
    request: &http::Request<B>,
    release: Release,
    directory: &impl Directory,
    now: UtcDateTime,
) -> ManageOpened {
    let form = Form::parse(request.uri().query().unwrap_or_default());
    let text = |name| form.as_ref().ok()?.one(name).ok().flatten();
    let correlation_id: Option<CorrelationId> = text(X_CORRELATION_ID).and_then(|id| id.parse().ok());
    let cause = match &form {
        _ if request.method() != Method::GET => Some(UnverifiedClient::Method),
        Err(_) => Some(UnverifiedClient::Unreadable),
        Ok(_) if !release.langdurige_toestemming() => None,
        Ok(form) => match verified(form, directory) {
            Ok((client, redirect_uri)) => {
                let way_back = ManageWayBack {
                    redirect_uri,
                    state: text("state").and_then(|state| state.parse().ok()),
                    correlation_id,
                };
                let events = way_back.events(&m::M0, now);
                let request = ManageRequest {
                    release,
                    client,
                    way_back,
                };
                let landing = Landing { request };
                return ManageOpened::Landing { landing, events };
            }
            Err(cause) => Some(cause),
        },
    };
    ManageOpened::ErrorPage {
        cause,
        events: m::M0.log(now, correlation_id.as_ref(), None),
    }
}

/// Who sent the person and where to go back to, as far as the request tells it, verified as in an authorization request.
fn verified(
    form: &Form<'_>,
    directory: &impl Directory,
) -> Result<(Option<OAuthClient>, Option<RedirectUri>), UnverifiedClient> {
    let one = |name, error| form.one(name).map_err(|_| error);
    let client_id = one("client_id", UnverifiedClient::ClientId)?;
    let redirect_uri = one("redirect_uri", UnverifiedClient::RedirectUri)?;
    let Some(client_id) = client_id else {
        return match redirect_uri {
            None => Ok((None, None)),
            Some(_) => Err(UnverifiedClient::ClientId),
        };
    };
    let client_id: Hostname = client_id.parse().map_err(|_| UnverifiedClient::ClientId)?;
    let client = directory
        .client(&client_id)
        .filter(|client| client.hostname == client_id)
        .ok_or(UnverifiedClient::UnknownClient)?;
    let verify = |uri: std::borrow::Cow<'_, str>| {
        RedirectUri::for_client(&uri, &client_id).map_err(|_| UnverifiedClient::RedirectUri)
    };
    Ok((Some(client), redirect_uri.map(verify).transpose()?))
}

/// A session that manages consents and waits, as data.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_enums, reason = "a caller that misses a step must not compile")]
pub enum ManageSession {
    /// The landing page is shown.
    Landing(Landing<ManageRequest>),
    /// The person is at the Authentication Server.
    AwaitingAuthentication(AwaitingAuthentication<ManageRequest>),
    /// The cancellation page is shown.
    AuthenticationCancelled(AuthenticationCancelled<ManageRequest>),
    /// The identity is being fetched.
    ResolvingIdentity(ResolvingIdentity<ManageRequest>),
    /// The page that the request is not granted is shown.
    NotGrantedShown(NotGrantedShown<ManageWayBack>),
    /// The overview is shown.
    Overview(Overview),
    /// The declaration that withdraws a consent is shown.
    Confirming(Confirming),
    /// The page *Technische storing* is shown.
    TechnischeStoring(TechnischeStoring<ManageWayBack>),
}

impl ManageRequest {
    fn log_context(&self) -> LogContext {
        LogContext {
            side: Side::Dva,
            function: None,
            representation: Some(Representation::None),
            aanbieder: None,
            gegevensdiensten: BTreeSet::new(),
            release: self.release,
            interfaceversie: None,
            counterpart: self.client.as_ref().map(|client| client.hostname.clone()),
        }
    }
}

impl ManageSession {
    pub(super) fn log_context(&self) -> Option<LogContext> {
        Some(match self {
            Self::Landing(it) => it.request().log_context(),
            Self::AwaitingAuthentication(it) => it.request().log_context(),
            Self::AuthenticationCancelled(it) => it.request().log_context(),
            Self::ResolvingIdentity(it) => it.request().log_context(),
            Self::Overview(it) => it.request.log_context(),
            Self::Confirming(it) => it.overview.request.log_context(),
            Self::NotGrantedShown(_) | Self::TechnischeStoring(_) => return None,
        })
    }

    pub(super) const fn bsn(&self) -> Option<&Bsn> {
        match self {
            Self::Overview(it) => Some(&it.bsn),
            Self::Confirming(it) => Some(&it.overview.bsn),
            _ => None,
        }
    }

    /// Ends the session because the screen was closed or nothing came in time; nothing is withdrawn [M6, flows 4.4]
    /// [M7, flows 4.4].
    #[must_use]
    pub fn close(self, now: UtcDateTime) -> Vec<LogEvent> {
        let row = match self {
            Self::AuthenticationCancelled(_) => &a::A11B,
            Self::NotGrantedShown(_) => &a::A20C,
            Self::Overview(_) => &m::M6,
            Self::Confirming(_) => &m::M7,
            _ => &a::A24,
        };
        self.into_way_back().events(row, now)
    }

    /// Ends the session because something of our own failed: the page *Technische storing* [A23, flows 4.2].
    pub fn technical_failure(self, error: TechnicalError, now: UtcDateTime) -> (FailureStep, Vec<LogEvent>) {
        let way_back = self.into_way_back();
        let events = way_back.events(&a::A23_PAGE, now);
        (FailureStep::ManagePage(TechnischeStoring { way_back, error }), events)
    }

    fn into_way_back(self) -> ManageWayBack {
        match self {
            Self::Landing(Landing { request })
            | Self::AwaitingAuthentication(AwaitingAuthentication { request })
            | Self::AuthenticationCancelled(AuthenticationCancelled { request })
            | Self::ResolvingIdentity(ResolvingIdentity { request })
            | Self::Overview(Overview { request, .. })
            | Self::Confirming(Confirming {
                overview: Overview { request, .. },
                ..
            }) => request.way_back,
            Self::NotGrantedShown(NotGrantedShown { way_back })
            | Self::TechnischeStoring(TechnischeStoring { way_back, .. }) => way_back,
        }
    }
}

impl NotGrantedShown<ManageWayBack> {
    /// The person goes back to the PGO, if there is a way back [M5, flows 4.4] [M6, flows 4.4].
    #[must_use]
    pub fn back_to_pgo(self, now: UtcDateTime) -> (Option<Redirect>, Vec<LogEvent>) {
        self.way_back.back(now)
    }
}

impl TechnischeStoring<ManageWayBack> {
    /// What the page shows as its trace id.
    #[must_use]
    pub const fn trace_id(&self) -> Option<&CorrelationId> {
        self.way_back.correlation_id.as_ref()
    }

    /// The person goes back to the PGO, if there is a way back [M5, flows 4.4] [M6, flows 4.4].
    #[must_use]
    pub fn back_to_pgo(self, now: UtcDateTime) -> (Option<Redirect>, Vec<LogEvent>) {
        self.way_back.back(now)
    }
}

/// A long-term consent that stands [RFC0054, 2.0].
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct Consent {
    /// What is revoked when it is withdrawn: the family of its refresh token.
    pub family: Digest,
    /// To whom data may be given.
    pub client_id: Hostname,
    /// Whose data.
    pub aanbieder: Aanbiedernaam,
    /// Which data.
    pub gegevensdiensten: BTreeSet<GegevensdienstId>,
    /// Whether somebody else gave it for the person whose data it is about.
    pub representation: Representation,
    /// From this moment on it is not valid any more, unless it is used before.
    pub expires_at: UtcDateTime,
}

impl Consent {
    /// The consent behind a refresh token that is current.
    #[must_use]
    pub fn of(grant: &super::RefreshGrant) -> Self {
        Self {
            family: grant.family,
            client_id: grant.client_id.clone(),
            aanbieder: grant.scope.aanbieder().clone(),
            gegevensdiensten: grant.gegevensdiensten.clone(),
            representation: grant.scope.representation(),
            expires_at: grant.expires_at,
        }
    }
}

impl ResolvingIdentity<ManageRequest> {
    /// The person is known: the consents that [`consents`](super::GrantStore::consents) found of exactly this person
    /// [A13, flows 4.2] [M1, flows 4.4]. Those that have expired are left out.
    ///
    /// # Errors
    /// If the person was represented, which nobody asked for: show the person a page on this exception, without any way back
    /// [A14, flows 4.2].
    pub fn overview(
        self,
        identity: Identity,
        consents: Vec<Consent>,
        now: UtcDateTime,
    ) -> Result<(Overview, Vec<LogEvent>), (ExceptionCode, Vec<LogEvent>)> {
        if identity.representation != Representation::None {
            let exception = ExceptionCode::AuthorizationInterfaceVertegenwoordiging2;
            return Err((exception, self.events(&a::A14, now)));
        }
        let mut events = self.events(&a::A13, now);
        events.extend(self.events(&m::M1, now));
        let overview = Overview {
            request: self.request,
            bsn: identity.bsn,
            consents: standing(consents, now),
        };
        Ok((overview, events))
    }
}

fn standing(mut consents: Vec<Consent>, now: UtcDateTime) -> Vec<Consent> {
    consents.retain(|consent| now < consent.expires_at);
    consents.sort_by(|one, other| (&one.aanbieder, &one.client_id).cmp(&(&other.aanbieder, &other.client_id)));
    consents
}

/// The overview of consents is shown [M1, flows 4.4].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the person"]
pub struct Overview {
    request: ManageRequest,
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed"))]
    bsn: Bsn,
    consents: Vec<Consent>,
}

impl Overview {
    /// The consents, by Aanbieder and DVP.
    #[must_use]
    pub fn consents(&self) -> &[Consent] {
        &self.consents
    }

    /// Whether the page may show a way back to the PGO [M5, flows 4.4].
    #[must_use]
    pub const fn has_way_back(&self) -> bool {
        self.request.way_back.redirect_uri.is_some()
    }

    /// The person chose a consent: show the declaration that withdraws it [M2, flows 4.4].
    ///
    /// # Errors
    /// Gives the overview back, unchanged, if the consent is none of those shown.
    pub fn select(self, family: Digest, now: UtcDateTime) -> Result<(Confirming, Vec<LogEvent>), Box<Self>> {
        let found = self.consents.iter().find(|consent| consent.family == family);
        let Some(consent) = found.cloned() else {
            return Err(Box::new(self));
        };
        let events = self.request.way_back.events(&m::M2, now);
        Ok((
            Confirming {
                overview: self,
                consent,
            },
            events,
        ))
    }

    /// The person goes back to the PGO, if there is a way back; else the session ends [M5, flows 4.4] [M6, flows 4.4].
    #[must_use]
    pub fn back_to_pgo(self, now: UtcDateTime) -> (Option<Redirect>, Vec<LogEvent>) {
        self.request.way_back.back(now)
    }
}

/// The declaration that withdraws a consent is shown [M2, flows 4.4].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the person"]
pub struct Confirming {
    overview: Overview,
    consent: Consent,
}

impl Confirming {
    /// The consent that is to be withdrawn.
    #[must_use]
    pub const fn consent(&self) -> &Consent {
        &self.consent
    }

    pub(super) const fn release(&self) -> Release {
        self.overview.request.release
    }

    /// The person withdraws the consent, as worded in this version of the text: store the record, then
    /// [`revoke`](super::GrantStore::revoke) its family, and then get the overview [M3, flows 4.4].
    pub fn confirm(self, text_version: TextVersion, now: UtcDateTime) -> Withdrawing {
        let Self { overview, consent } = self;
        let record = DeclarationRecord {
            at: now,
            bsn: overview.bsn.clone(),
            acting: None,
            representation: consent.representation,
            declaration: Declaration::BeeindigingsverklaringToestemming,
            answer: DeclarationAnswer::Given,
            aanbieder: consent.aanbieder.clone(),
            gegevensdiensten: consent.gegevensdiensten.clone(),
            dagen: None,
            client_id: consent.client_id.clone(),
            text_version,
            // What the DVP and the Gegevensdiensten are called only the directory knows.
            shown: BTreeMap::new(),
            correlation_id: overview.request.way_back.correlation_id.clone(),
        };
        Withdrawing {
            record,
            family: consent.family,
            overview,
        }
    }

    /// The person keeps the consent: the overview again [M4, flows 4.4].
    pub fn cancel(self, now: UtcDateTime) -> (Overview, Vec<LogEvent>) {
        let events = self.overview.request.way_back.events(&m::M4, now);
        (self.overview, events)
    }
}

/// A consent that the person has withdrawn, and that is still to be revoked.
#[derive(Debug)]
#[must_use = "store the record, revoke the family, then show the overview"]
pub struct Withdrawing {
    record: DeclarationRecord,
    family: Digest,
    overview: Overview,
}

impl Withdrawing {
    /// The record of the withdrawal, to be stored first.
    #[must_use]
    pub const fn record(&self) -> &DeclarationRecord {
        &self.record
    }

    /// What is to be revoked: nothing that stems from it gives data any more [T7, flows 4.3].
    #[must_use]
    pub const fn family(&self) -> Digest {
        self.family
    }

    /// The family was revoked: the overview, with the consents that are left [M3, flows 4.4].
    pub fn revoked(self, now: UtcDateTime) -> (Overview, Vec<LogEvent>) {
        let Self {
            mut overview, family, ..
        } = self;
        overview.consents.retain(|consent| consent.family != family);
        overview.consents = standing(overview.consents, now);
        let events = overview.request.way_back.events(&m::M3, now);
        (overview, events)
    }

    /// The record could not be stored or the family not revoked: the page *Technische storing*, and the consent stands
    /// [A23, flows 4.2].
    pub fn technical_failure(self, error: TechnicalError, now: UtcDateTime) -> (FailureStep, Vec<LogEvent>) {
        ManageSession::Overview(self.overview).technical_failure(error, now)
    }
}
