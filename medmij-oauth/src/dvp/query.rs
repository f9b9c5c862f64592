//! One request that a run has to do at a resource endpoint.

use std::fmt;

use medmij_core::{GegevensdienstId, Systeemrolcode};
use serde::{Deserialize, Serialize};

use super::path;

/// A read or search at the resource endpoint of a system role, to be done under the run's token [core.rscint.200, 2.x].
///
/// # Security
/// The token is the patient: a query holds no `patient` or `subject` parameter and no naming system of the BSN
/// [core.rscint.203, 2.x].
///
/// ```
/// use medmij_oauth::dvp::ResourceQuery;
///
/// let query = ResourceQuery::new(
///     "48".parse()?,
///     "MM-3.0-BZB-FHIR".parse()?,
///     "Observation/$lastn?code=http://loinc.org|85354-9",
///     "application/fhir+json; fhirVersion=3.0",
/// )?;
/// assert_eq!(query.path(), "Observation/$lastn?code=http://loinc.org%7C85354-9");
/// assert!(ResourceQuery::new("48".parse()?, "X".parse()?, "Condition?patient=1", "application/fhir+json").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "Stored")]
pub struct ResourceQuery {
    gegevensdienst: GegevensdienstId,
    systeemrol: Systeemrolcode,
    path: String,
    /// Whether a server gave the path.
    given: bool,
    accept: String,
}

/// Without the query of what a server gave: its digits may be somebody's.
impl fmt::Debug for ResourceQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceQuery")
            .field("gegevensdienst", &self.gegevensdienst)
            .field("systeemrol", &self.systeemrol)
            .field("path", &shown(&self.path))
            .field("accept", &self.accept)
            .finish_non_exhaustive()
    }
}

/// What may be shown of a path.
pub(super) fn shown(path: &str) -> &str {
    path.split('?').next().unwrap_or_default()
}

/// A query as it was stored; reading it back checks it anew.
#[derive(Deserialize)]
struct Stored {
    gegevensdienst: GegevensdienstId,
    systeemrol: Systeemrolcode,
    path: String,
    given: bool,
    accept: String,
}

impl TryFrom<Stored> for ResourceQuery {
    type Error = QueryError;

    fn try_from(stored: Stored) -> Result<Self, QueryError> {
        let Stored {
            gegevensdienst,
            systeemrol,
            path,
            given,
            accept,
        } = stored;
        Self::checked(gegevensdienst, systeemrol, &path, given, &accept)
    }
}

impl ResourceQuery {
    /// The most bytes of a path with its query, or of a URL.
    pub const MAX_LEN: usize = path::MAX_LEN;

    /// A request for a path below the FHIR base, without a leading slash, and the media type that is wanted.
    ///
    /// # Errors
    /// If the path is no relative path with a query in RFC 3986 characters (`|` is encoded), would name a person, or the
    /// media type is no header value.
    pub fn new(
        gegevensdienst: GegevensdienstId,
        systeemrol: Systeemrolcode,
        path: &str,
        accept: &str,
    ) -> Result<Self, QueryError> {
        Self::checked(gegevensdienst, systeemrol, path, false, accept)
    }

    /// A request for what the answer to this one points at: the next page of a search, or a document. An absolute URL is asked for
    /// as the URL standard reads it; anything else is below the FHIR base, where a relative link of a *page* is not: it must be resolved first.
    ///
    /// # Security
    /// The token goes to the origin of the resource endpoint only: a URL of another is not asked for, and the run tells it as
    /// [`FailureCause::Foreign`](super::FailureCause::Foreign).
    ///
    /// ```
    /// use medmij_oauth::dvp::ResourceQuery;
    ///
    /// let query = ResourceQuery::new("48".parse()?, "MM-3.0-BZB-FHIR".parse()?, "Condition", "application/fhir+json")?;
    /// let next = query.follow("https://rs.dva.nl/fhir?page=2", query.accept())?;
    /// assert_eq!(next.path(), "https://rs.dva.nl/fhir?page=2");
    /// let document = query.follow("Binary/7", "application/pdf")?;
    /// assert_eq!((document.path(), document.accept()), ("Binary/7", "application/pdf"));
    /// assert!(query.follow("http://rs.dva.nl/fhir?page=2", query.accept()).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new), but that digits like those of a BSN are let through: the server gave them.
    pub fn follow(&self, given: &str, accept: &str) -> Result<Self, QueryError> {
        Self::checked(
            self.gegevensdienst.clone(),
            self.systeemrol.clone(),
            given,
            true,
            accept,
        )
    }

    /// A query whose path the DVP made, or a server gave.
    pub(super) fn checked(
        gegevensdienst: GegevensdienstId,
        systeemrol: Systeemrolcode,
        path: &str,
        given: bool,
        accept: &str,
    ) -> Result<Self, QueryError> {
        Ok(Self {
            gegevensdienst,
            systeemrol,
            path: if given {
                path::check_given(path)?
            } else {
                path::check(path)?
            },
            given,
            accept: path::check_media_type(accept)?,
        })
    }

    /// Whether it goes to a URL that a server gave, whole.
    pub(super) fn is_absolute(&self) -> bool {
        self.given && self.path.starts_with(path::ABSOLUTE)
    }

    /// Whose data it is.
    #[must_use]
    pub const fn gegevensdienst(&self) -> &GegevensdienstId {
        &self.gegevensdienst
    }

    /// At which system role.
    #[must_use]
    pub const fn systeemrol(&self) -> &Systeemrolcode {
        &self.systeemrol
    }

    /// The path with its query, below the FHIR base; or the absolute URL that was [followed](Self::follow).
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The media type that is wanted.
    #[must_use]
    pub fn accept(&self) -> &str {
        &self.accept
    }
}

/// A resource query that may not be sent.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// No relative path with a query.
    #[error("no relative path with a query in RFC 3986 characters")]
    Path,
    /// It names a person.
    #[error("the query names a person; the token is the patient")]
    Person,
    /// The media type is no header value.
    #[error("the media type is no header value")]
    MediaType,
}
