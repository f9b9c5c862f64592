//! The pages from which a person may go back to the PGO, and the one redirect of each.

use medmij_core::{Aanbiedernaam, CorrelationId, ErrorDelivery, LogEvent, NotGranted, RedirectUri, Release, State};
use time::UtcDateTime;

use super::ManageWayBack;
use super::session::Visit;

use crate::authorize::{AuthorizationRequest, OAuthErrorCode, error_redirect, not_granted_redirect};
use crate::flow::{Row, a};
use crate::redirect::Redirect;

/// Where a verified request came from, and no more than that.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
pub struct WayBack {
    pub(super) release: Release,
    pub(super) redirect_uri: RedirectUri,
    #[cfg_attr(feature = "persist", serde(with = "medmij_core::secret::exposed::option"))]
    pub(super) state: Option<State>,
    pub(super) correlation_id: Option<CorrelationId>,
    /// Whom the request was about, if that was right.
    pub(super) aanbieder: Option<Aanbiedernaam>,
}

impl WayBack {
    pub(super) fn of(request: AuthorizationRequest) -> Self {
        Self {
            release: request.release,
            aanbieder: Some(request.offers.aanbieder().clone()),
            redirect_uri: request.redirect_uri,
            state: Some(request.state),
            correlation_id: request.correlation_id,
        }
    }

    fn events(&self, row: &'static Row, now: UtcDateTime) -> Vec<LogEvent> {
        row.log(now, self.correlation_id.as_ref(), None)
    }

    pub(super) fn not_granted(&self) -> Redirect {
        not_granted_redirect(NotGranted, &self.redirect_uri, self.state.as_ref())
    }

    /// Rows A21 and A23: by redirect or by a page, as the release says.
    pub(super) fn fail(
        self,
        error: TechnicalError,
        [redirected, shown]: [&'static Row; 2],
        now: UtcDateTime,
    ) -> (FailureStep, Vec<LogEvent>) {
        match self.release.technical_failure_delivery() {
            ErrorDelivery::Redirect => {
                let events = self.events(redirected, now);
                let redirect = error_redirect(&self.redirect_uri, &error.code(), self.state.as_ref());
                (FailureStep::Redirect(redirect), events)
            }
            ErrorDelivery::PageFirst => {
                let events = self.events(shown, now);
                let shown = TechnischeStoring { way_back: self, error };
                (FailureStep::Page(shown), events)
            }
        }
    }
}

/// The page on an invalid request is shown; the DVP is told only on the person's own click.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the person"]
pub struct InvalidRequestShown {
    pub(super) error: String,
    pub(super) way_back: WayBack,
}

impl InvalidRequestShown {
    /// The person goes back to the PGO [A3b, flows 4.2].
    pub fn back_to_pgo(self, now: UtcDateTime) -> (Redirect, Vec<LogEvent>) {
        let way_back = self.way_back;
        // Our own code, from a session of our own; one that a store has damaged is told as the plainest.
        let error = OAuthErrorCode::parse(&self.error).unwrap_or(OAuthErrorCode::InvalidRequest);
        let redirect = error_redirect(&way_back.redirect_uri, &error, way_back.state.as_ref());
        (redirect, way_back.events(&a::A3B, now))
    }
}

/// The page that the request is not granted is shown.
///
/// # Security
/// It holds where the person came from and nothing else: why the request was not granted is not in it, so neither the
/// page's way back nor its moment can tell. The redirect follows only on the person's own click, whatever the cause
/// [UC Verzamelen 2, 1.4.0] [UC Verzamelen 3, 1.4.0] [UC Verzamelen 4, 1.4.0].
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the person"]
pub struct NotGrantedShown<W = WayBack> {
    pub(super) way_back: W,
}

impl<W> NotGrantedShown<W> {
    pub(super) fn new(request: impl Visit<WayBack = W>) -> Self {
        Self {
            way_back: request.into_way_back(),
        }
    }
}

impl NotGrantedShown {
    /// The person goes back to the PGO: the one redirect of the class *not granted* [A20b, flows 4.2].
    pub fn back_to_pgo(self, now: UtcDateTime) -> (Redirect, Vec<LogEvent>) {
        let events = self.way_back.events(&a::A20B, now);
        (self.way_back.not_granted(), events)
    }
}

/// What failed, as far as a DVP may know (RFC 6749, section 4.1.2.1).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_enums, reason = "the two codes of the class undetermined")]
pub enum TechnicalError {
    /// `server_error`
    ServerError,
    /// `temporarily_unavailable`: overload or maintenance.
    TemporarilyUnavailable,
}

impl TechnicalError {
    const fn code(self) -> OAuthErrorCode {
        match self {
            Self::ServerError => OAuthErrorCode::ServerError,
            Self::TemporarilyUnavailable => OAuthErrorCode::TemporarilyUnavailable,
        }
    }
}

/// What follows from a technical failure.
#[derive(Debug)]
#[must_use = "the browser waits for an answer"]
#[expect(clippy::exhaustive_enums, reason = "the two outcomes of the rows A21 and A23")]
pub enum FailureStep {
    /// The release tells the DVP at once.
    Redirect(Redirect),
    /// Show the page *Technische storing*, whose way back the person may take.
    Page(TechnischeStoring),
    /// Show that page to a person who manages consents, with a way back if there is one.
    ManagePage(TechnischeStoring<ManageWayBack>),
}

/// The page *Technische storing* is shown to a person whose request was verified, so it may offer a way back
/// [Technische storing, 2.x].
///
/// Where the client or its redirect URI is not verified there is no such value, and so no way back: the page of
/// [`Opened::ErrorPage`](super::Opened::ErrorPage) has none, nor has one that a caller shows because its directory failed.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[must_use = "the session waits for the person"]
pub struct TechnischeStoring<W = WayBack> {
    pub(super) way_back: W,
    pub(super) error: TechnicalError,
}

impl TechnischeStoring {
    /// What the page shows as its trace id: the id of the chain, if the request had one. What a session id is, the
    /// framework's text does not say; it is the caller's.
    #[must_use]
    pub const fn trace_id(&self) -> Option<&CorrelationId> {
        self.way_back.correlation_id.as_ref()
    }

    /// The person goes back to the PGO: the redirect with the error of the class *undetermined* [A23, flows 4.2].
    pub fn back_to_pgo(self, now: UtcDateTime) -> (Redirect, Vec<LogEvent>) {
        let way_back = self.way_back;
        let redirect = error_redirect(&way_back.redirect_uri, &self.error.code(), way_back.state.as_ref());
        // The page and its way back are one row; this is the second half of it.
        (redirect, way_back.events(&a::A23, now))
    }
}
