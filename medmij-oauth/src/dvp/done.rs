//! What came of a request under the token, with all that must be kept with it.

use std::fmt;

use http::Uri;
use http::header::CONTENT_TYPE;
use medmij_core::{
    Aanbiedernaam, CorrelationId, Digest, GegevensdienstId, Gegevensdienstnaam, HttpResponse, InterfaceversieId,
    Release, Representation, RequestId, Systeemrolcode,
};
use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use super::start::Run;
use super::{Abonnement, QueryError, ResourceQuery, query};

/// What came of a request: to be stored before the run goes on.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use = "store it before the run goes on"]
#[expect(clippy::exhaustive_enums, reason = "the rows P23, P24 and P25")]
pub enum Done {
    /// An answer was collected [P23, flows 4.1].
    Collected(Collected),
    /// Something was placed [P24, flows 4.1].
    Placed(Placed),
    /// An Abonnement was taken, changed or ended: this is what it is now [P25, flows 4.1]. Store it
    /// [`over`](Abonnement::over) the one that is kept.
    Abonnement(Abonnement),
}

/// One answer, as it came, with all that must be kept with it inseparably [P23, flows 4.1] [P&I 1c, 1.1.2]
/// [P&I 19, 1.1.2].
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Collected {
    /// Whose data it is: the source.
    pub aanbieder: Aanbiedernaam,
    /// The release whose interfaces were used.
    pub release: Release,
    /// The Interfaceversie of the entry in the list.
    pub interfaceversie: Option<InterfaceversieId>,
    /// Which Gegevensdienst.
    pub gegevensdienst: GegevensdienstId,
    /// Its display name at the time: the context.
    pub gegevensdienstnaam: Option<Gegevensdienstnaam>,
    /// The system role that served it.
    pub systeemrol: Systeemrolcode,
    /// The URL that was asked for, whole.
    pub url: String,
    /// The path that was asked for, below the FHIR base; or the whole URL, of what was followed.
    pub path: String,
    /// Whether it was asked for somebody else. Who that is, the caller knows, who keeps it with this.
    pub representation: Representation,
    /// The consent or confirmation under which it was asked for: the chain of its [`ObtainedConsent`](super::ObtainedConsent).
    pub consent: CorrelationId,
    /// The id of the request.
    pub request_id: RequestId,
    /// The id of the chain.
    pub correlation_id: CorrelationId,
    /// When it came.
    pub received_at: UtcDateTime,
    /// The media type that was asked for.
    pub accept: String,
    /// Its media type, as told.
    pub content_type: Option<String>,
    /// The SHA-256 digest of the bytes.
    pub digest: Digest,
    /// The bytes.
    #[serde(skip)]
    pub body: Vec<u8>,
}

impl Collected {
    /// A request for what this answer points at, a next page or a document: as [`ResourceQuery::follow`].
    ///
    /// # Errors
    /// As [`ResourceQuery::follow`].
    pub fn follow(&self, given: &str, accept: &str) -> Result<ResourceQuery, QueryError> {
        ResourceQuery::checked(
            self.gegevensdienst.clone(),
            self.systeemrol.clone(),
            given,
            true,
            accept,
        )
    }
}

/// Without the bytes, which are health data.
impl fmt::Debug for Collected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collected")
            .field("aanbieder", &self.aanbieder)
            .field("gegevensdienst", &self.gegevensdienst)
            .field("path", &query::shown(&self.path))
            .field("request_id", &self.request_id)
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

/// Something that the DVA has received, with what came back [P24, flows 4.1] [Delen 6, 2.x].
///
/// It tells that the DVA received it, and not that the Aanbieder has processed it. Of a batch each entry has an answer of
/// its own in the body: see [`Ready::incomplete`](super::Ready::incomplete).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Placed {
    /// The SHA-256 digest of the bytes that were placed.
    pub placed: Digest,
    /// The answer, with whom it was placed, as which Gegevensdienst, when and in which chain.
    pub answer: Collected,
}

/// What the envelope of an answer needs to know of its request.
pub(super) struct Asked<'a> {
    pub(super) gegevensdienst: &'a GegevensdienstId,
    pub(super) systeemrol: &'a Systeemrolcode,
    pub(super) path: &'a str,
    pub(super) url: &'a Uri,
    pub(super) accept: &'a str,
    pub(super) request_id: &'a RequestId,
    pub(super) correlation_id: &'a CorrelationId,
    pub(super) consent: &'a CorrelationId,
}

impl Asked<'_> {
    /// The answer in its envelope.
    pub(super) fn answered(&self, run: &Run, response: HttpResponse, now: UtcDateTime) -> Collected {
        let offer = run.offers.gegevensdienst(self.gegevensdienst.as_str());
        let content_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        Collected {
            aanbieder: run.offers.aanbieder().clone(),
            release: run.dvp.release,
            interfaceversie: run.offers.interfaceversie().cloned(),
            gegevensdienst: self.gegevensdienst.clone(),
            gegevensdienstnaam: offer.and_then(|offer| offer.naam.clone()),
            systeemrol: self.systeemrol.clone(),
            url: self.url.to_string(),
            path: self.path.to_owned(),
            representation: run.scope.representation(),
            consent: self.consent.clone(),
            request_id: self.request_id.clone(),
            correlation_id: self.correlation_id.clone(),
            received_at: now,
            accept: self.accept.to_owned(),
            content_type: content_type.map(str::to_owned),
            digest: Digest::of(response.body()),
            body: response.into_body(),
        }
    }
}
