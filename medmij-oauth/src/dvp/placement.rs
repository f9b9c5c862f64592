//! One request that a *Delen* has to do at a resource endpoint.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use medmij_core::{Digest, GegevensdienstId, Systeemrolcode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{QueryError, path};

/// Something to be placed at the resource endpoint of a system role: a transaction or batch, or one resource
/// [resource.md 6].
///
/// # Security
/// The token is the patient: the path holds nothing that names a person. What the body holds is up to who made it.
///
/// ```
/// use medmij_oauth::dvp::Placement;
///
/// let body = b"{\"resourceType\":\"Bundle\",\"type\":\"transaction\"}".to_vec();
/// let placement = Placement::post("53".parse()?, "PDF-1.0-PDL-FHIR".parse()?, "", "application/fhir+json", body)?;
/// assert_eq!(placement.path(), "");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "Stored")]
pub struct Placement {
    gegevensdienst: GegevensdienstId,
    systeemrol: Systeemrolcode,
    update: bool,
    path: String,
    media_type: String,
    #[serde(serialize_with = "write_base64")]
    body: Vec<u8>,
}

/// A placement as it was stored; reading it back checks it anew.
#[derive(Deserialize)]
struct Stored {
    gegevensdienst: GegevensdienstId,
    systeemrol: Systeemrolcode,
    update: bool,
    path: String,
    media_type: String,
    #[serde(deserialize_with = "read_base64")]
    body: Vec<u8>,
}

fn write_base64<S: Serializer>(body: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(body))
}

fn read_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(text).map_err(serde::de::Error::custom)
}

impl TryFrom<Stored> for Placement {
    type Error = QueryError;

    fn try_from(stored: Stored) -> Result<Self, QueryError> {
        let Stored {
            gegevensdienst,
            systeemrol,
            update,
            path,
            media_type,
            body,
        } = stored;
        Self::new(gegevensdienst, systeemrol, update, &path, &media_type, body)
    }
}

impl Placement {
    /// Something new: a transaction or batch with an empty path, or one resource with its type as the path.
    ///
    /// # Errors
    /// If the path is no relative path in RFC 3986 characters, would name a person, or the media type is no header value.
    pub fn post(
        gegevensdienst: GegevensdienstId,
        systeemrol: Systeemrolcode,
        path: &str,
        media_type: &str,
        body: Vec<u8>,
    ) -> Result<Self, QueryError> {
        Self::new(gegevensdienst, systeemrol, false, path, media_type, body)
    }

    /// A new version of one resource, `Task/{id}` of a questionnaire, by PUT.
    ///
    /// # Errors
    /// As [`post`](Self::post), and if the path is empty.
    pub fn put(
        gegevensdienst: GegevensdienstId,
        systeemrol: Systeemrolcode,
        path: &str,
        media_type: &str,
        body: Vec<u8>,
    ) -> Result<Self, QueryError> {
        Self::new(gegevensdienst, systeemrol, true, path, media_type, body)
    }

    fn new(
        gegevensdienst: GegevensdienstId,
        systeemrol: Systeemrolcode,
        update: bool,
        path: &str,
        media_type: &str,
        body: Vec<u8>,
    ) -> Result<Self, QueryError> {
        let path = if path.is_empty() && !update {
            String::new()
        } else {
            path::check(path)?
        };
        Ok(Self {
            gegevensdienst,
            systeemrol,
            update,
            path,
            media_type: path::check_media_type(media_type)?,
            body,
        })
    }

    /// As which Gegevensdienst it is shared.
    #[must_use]
    pub const fn gegevensdienst(&self) -> &GegevensdienstId {
        &self.gegevensdienst
    }

    /// At which system role.
    #[must_use]
    pub const fn systeemrol(&self) -> &Systeemrolcode {
        &self.systeemrol
    }

    /// The path below the FHIR base; empty for the base itself.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its media type, which is also the one that is wanted back.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// The bytes that are shared.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The SHA-256 digest of the bytes, by which the dossier knows what was shared.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.body)
    }

    pub(super) const fn method(&self) -> http::Method {
        if self.update {
            http::Method::PUT
        } else {
            http::Method::POST
        }
    }
}

/// Without the bytes, which are health data.
impl fmt::Debug for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Placement")
            .field("gegevensdienst", &self.gegevensdienst)
            .field("systeemrol", &self.systeemrol)
            .field("path", &self.path)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
