//! One request that a run has to do at a resource endpoint.

use medmij_core::{Bsn, GegevensdienstId, Systeemrolcode};
use serde::{Deserialize, Serialize};

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
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "Stored")]
pub struct ResourceQuery {
    gegevensdienst: GegevensdienstId,
    systeemrol: Systeemrolcode,
    path: String,
    accept: String,
    /// Whether it was refused with `invalid_token` before: it is put back once [P26, flows 4.1].
    pub(super) retried: bool,
}

/// A query as it was stored; reading it back checks it anew.
#[derive(Deserialize)]
struct Stored {
    gegevensdienst: GegevensdienstId,
    systeemrol: Systeemrolcode,
    path: String,
    accept: String,
    retried: bool,
}

impl TryFrom<Stored> for ResourceQuery {
    type Error = QueryError;

    fn try_from(stored: Stored) -> Result<Self, QueryError> {
        let Stored {
            gegevensdienst,
            systeemrol,
            path,
            accept,
            retried,
        } = stored;
        Ok(Self {
            retried,
            ..Self::new(gegevensdienst, systeemrol, &path, &accept)?
        })
    }
}

impl ResourceQuery {
    /// The most bytes of a path with its query.
    pub const MAX_LEN: usize = 4_096;

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
        let path = path.replace('|', "%7C");
        let (below, query) = path.split_once('?').unwrap_or((&path, ""));
        if path.len() > Self::MAX_LEN || !is_uri_text(&path) || !below.split('/').all(is_segment) {
            return Err(QueryError::Path);
        }
        if names_person(query) {
            return Err(QueryError::Person);
        }
        if accept.is_empty() || accept.len() > 128 || !accept.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return Err(QueryError::MediaType);
        }
        Ok(Self {
            gegevensdienst,
            systeemrol,
            path,
            accept: accept.to_owned(),
            retried: false,
        })
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

    /// The path with its query, below the FHIR base.
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

/// Whether a text is of characters and percent-encodings of RFC 3986 that may stand in a path or query.
fn is_uri_text(text: &str) -> bool {
    let mut parts = text.split('%');
    let is_right = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&b);
    let first = parts.next().unwrap_or_default();
    first.bytes().all(is_right)
        && parts.all(|part| {
            let encoded = part
                .as_bytes()
                .first_chunk::<2>()
                .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
            encoded && part.bytes().all(is_right)
        })
}

/// Whether a path segment stays where it is: not empty, and no dots that a client would resolve, encoded or not.
fn is_segment(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    !matches!(plain.as_str(), "" | "." | "..")
}

/// Whether a query names a person: by the parameters `patient` and `subject`, also chained, by the naming system of the BSN,
/// or by an identifier that is one.
fn names_person(query: &str) -> bool {
    let decoded: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    decoded.iter().any(|(name, value)| {
        let parts = || name.split([':', '.']);
        let bsn = ["NamingSystem/bsn", "2.16.840.1.113883.2.4.6.3"];
        let is_bsn = |text: &str| text.parse::<Bsn>().is_ok();
        parts().any(|part| matches!(part, "patient" | "subject"))
            || (parts().any(|part| part == "identifier") && value.split(|c: char| !c.is_ascii_digit()).any(is_bsn))
            || bsn.iter().any(|system| value.contains(system) || name.contains(system))
    })
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
