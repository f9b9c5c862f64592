//! The Resource Server's check of a token [flows.md 4.3] [resource.md 2.0].

use http::HeaderMap;
use medmij_core::{
    Aanbiedernaam, AccessToken, Bsn, ClientIdentity, CorrelationId, GegevensdienstId, MEDMIJ_REQUEST_ID, Release,
    RequestId, X_CORRELATION_ID,
};
use time::UtcDateTime;

use super::{AccessGrant, Wanted};
use crate::bearer::{self, BearerRefusal};

/// A resource request whose token was found in it, and looked at no further [core.rscint.200, 2.x].
#[derive(Clone, Debug)]
pub struct ResourceAsked {
    token: AccessToken,
    request_id: Option<RequestId>,
    correlation_id: Option<CorrelationId>,
}

impl ResourceAsked {
    /// Reads the token and the ids of a request; the ids have no exception of their own [R1, flows 4.3].
    ///
    /// # Errors
    /// If there is no token, or more than one, in the `Authorization` header field.
    pub fn parse(headers: &HeaderMap, release: Release) -> Result<Self, BearerRefusal> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        Ok(Self {
            token: bearer::token(headers)?,
            request_id: text(MEDMIJ_REQUEST_ID).and_then(|id| RequestId::received(id, release).ok()),
            correlation_id: text(X_CORRELATION_ID).and_then(|id| id.parse().ok()),
        })
    }

    /// The token, by whose digest the grant is to be found.
    #[must_use]
    pub const fn token(&self) -> &AccessToken {
        &self.token
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

/// The right to one request: act for this person only [R3, flows 4.3].
#[derive(Clone, Debug)]
#[must_use = "serve the request for this person"]
#[non_exhaustive]
pub struct Permit {
    /// Whose data may be given.
    pub bsn: Bsn,
    /// Of which Aanbieder.
    pub aanbieder: Aanbiedernaam,
    /// Of which Gegevensdienst.
    pub gegevensdienst: GegevensdienstId,
    /// The id of the chain in which the token was issued.
    pub correlation_id: Option<CorrelationId>,
}

/// Judges the grant that was found for a token, in this order: known, not expired, of this TLS client
/// [R1, flows 4.3] [R1b, flows 4.3], of this function and Aanbieder, covering the Gegevensdienst [R2, flows 4.3]
/// [R3, flows 4.3].
///
/// # Errors
/// If the token gives no right to the request.
pub fn check(
    grant: Option<AccessGrant>,
    client: Option<&ClientIdentity>,
    wanted: Wanted<'_>,
    now: UtcDateTime,
) -> Result<Permit, BearerRefusal> {
    let grant = grant
        .filter(|grant| now < grant.expires_at)
        .ok_or(BearerRefusal::InvalidToken)?;
    if !client.is_some_and(|client| client.is(&grant.client_id)) {
        return Err(BearerRefusal::InvalidToken);
    }
    let Wanted {
        function,
        aanbieder,
        gegevensdienst,
    } = wanted;
    let covered = grant.aanbieder == *aanbieder && grant.gegevensdiensten.contains(gegevensdienst);
    if grant.function != function || !covered {
        return Err(BearerRefusal::InsufficientScope);
    }
    Ok(Permit {
        bsn: grant.bsn,
        aanbieder: grant.aanbieder,
        gegevensdienst: gegevensdienst.clone(),
        correlation_id: grant.correlation_id,
    })
}
