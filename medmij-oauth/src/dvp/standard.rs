//! What each information standard asks to be collected: the requests of *Verzamelen* as data, to be used or replaced.
//!
//! The framework names no requests; the information standards do. These are those of the Nictiz qualification scripts, usecase
//! MedMij. Which Gegevensdiensten there are, and by which ids and system roles, is read from the lists at run time: the ids here
//! are those of a running client, and only tell which row fits.

use medmij_core::{GegevensdienstId, Offer, Systeemrolcode};
use time::{Date, Duration};

use super::{QueryError, ResourceQuery};

mod table;

/// The requests of an information standard.
///
/// ```
/// use medmij_oauth::dvp::InformationStandard;
///
/// let bgz = InformationStandard::of(&"48".parse()?).unwrap();
/// assert_eq!((bgz.fhir_version, bgz.requests.len()), ("3.0", 28));
/// # Ok::<(), medmij_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a table that a DVP may replace by its own")]
pub struct InformationStandard {
    /// The name and version of the standard.
    pub name: &'static str,
    /// The id of the Gegevensdienst that it was seen with; `None` if none was.
    pub gegevensdienst: Option<&'static str>,
    /// What stands for the role in the codes that were seen, `BZB` in `MM-2.1-BZB-FHIR`; `None` if none was seen.
    pub systeemrol: Option<&'static str>,
    /// The FHIR version, as the media type tells it.
    pub fhir_version: &'static str,
    /// The paths below the FHIR base, with their queries. `{today}` stands for the day, `{since}` for the day fourteen months
    /// before it.
    pub requests: &'static [&'static str],
    /// What is asked for each resource that the answers name, if anything.
    pub then: Option<Then>,
}

/// The requests for each resource of a type that earlier answers hold or refer to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a part of a table that a DVP may replace by its own"
)]
pub struct Then {
    /// The type of the resource.
    pub of: &'static str,
    /// The role that answers them, as in [`InformationStandard::systeemrol`]; `None` if it is the same one.
    pub systeemrol: Option<&'static str>,
    /// The paths below the FHIR base, with their queries. `{id}` stands for the id of the resource.
    pub requests: &'static [&'static str],
}

impl InformationStandard {
    /// The standards whose requests are known.
    pub const ALL: &'static [Self] = table::ALL;

    /// The standard that was seen with the id of a Gegevensdienst.
    #[must_use]
    pub fn of(gegevensdienst: &GegevensdienstId) -> Option<&'static Self> {
        let mut all = Self::ALL.iter();
        all.find(|standard| standard.gegevensdienst == Some(gegevensdienst.as_str()))
    }

    /// The media type that is asked for.
    #[must_use]
    pub fn accept(&self) -> String {
        format!("application/fhir+json; fhirVersion={}", self.fhir_version)
    }

    /// The system role of an offer that answers these requests; `None` if its codes do not tell.
    ///
    /// That a code ends in its role and `FHIR` was concluded from those seen, not prescribed.
    ///
    /// ```
    /// # use medmij_core::{Offer, Systeemrol};
    /// # let mut offer = Offer::new("huis@medmij".parse()?, None, "6".parse()?, "https://as.dva.nl/a".parse()?, "https://ts.dva.nl/t".parse()?);
    /// # for code in ["MM-1.2-PDB-FHIR", "MM-1.2-PLB-FHIR"] {
    /// #     offer.systeemrollen.push(Systeemrol { code: code.parse()?, resource: "https://rs.dva.nl/fhir".parse()? });
    /// # }
    /// use medmij_oauth::dvp::InformationStandard;
    ///
    /// let documenten = InformationStandard::of(&"51".parse()?).unwrap();
    /// assert_eq!(documenten.systeemrol(&offer).unwrap().as_str(), "MM-1.2-PLB-FHIR");
    /// # Ok::<(), medmij_core::ParseError>(())
    /// ```
    #[must_use]
    pub fn systeemrol<'o>(&self, offer: &'o Offer) -> Option<&'o Systeemrolcode> {
        role_of(offer, self.systeemrol?)
    }

    /// The requests for an offer at one of its system roles, on this day.
    ///
    /// # Errors
    /// Of a table of the caller's own: if a request is no path or names a person.
    pub fn queries(
        &self,
        offer: &Offer,
        systeemrol: &Systeemrolcode,
        today: Date,
    ) -> Result<Vec<ResourceQuery>, QueryError> {
        // Fourteen months of the longest kind.
        let since = today.saturating_sub(Duration::days(427));
        let day = |date: Date| format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day());
        let path = |request: &&str| request.replace("{today}", &day(today)).replace("{since}", &day(since));
        self.queries_at(offer, systeemrol, self.requests.iter().map(path))
    }

    /// The requests of [`then`](Self::then) for one resource, whose id an answer told; none if there are none.
    ///
    /// # Errors
    /// If the id is none of FHIR, or, of a table of the caller's own, if a request is no path or names a person.
    pub fn then_queries(
        &self,
        offer: &Offer,
        systeemrol: &Systeemrolcode,
        id: &str,
    ) -> Result<Vec<ResourceQuery>, QueryError> {
        // The id is the peer's: without this it could bring a path or parameters along.
        let is_right = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
        if !matches!(id.len(), 1..=64) || !id.bytes().all(is_right) {
            return Err(QueryError::Path);
        }
        let Some(then) = self.then else {
            return Ok(Vec::new());
        };
        let systeemrol = then
            .systeemrol
            .and_then(|role| role_of(offer, role))
            .unwrap_or(systeemrol);
        let path = |request: &&str| request.replace("{id}", id);
        self.queries_at(offer, systeemrol, then.requests.iter().map(path))
    }

    fn queries_at(
        &self,
        offer: &Offer,
        systeemrol: &Systeemrolcode,
        paths: impl Iterator<Item = String>,
    ) -> Result<Vec<ResourceQuery>, QueryError> {
        let query =
            |path: String| ResourceQuery::new(offer.gegevensdienst.clone(), systeemrol.clone(), &path, &self.accept());
        paths.map(query).collect()
    }
}

fn role_of<'o>(offer: &'o Offer, role: &str) -> Option<&'o Systeemrolcode> {
    let mut codes = offer.systeemrollen.iter().map(|systeemrol| &systeemrol.code);
    codes.find(|code| code.as_str().rsplit('-').nth(1) == Some(role))
}
