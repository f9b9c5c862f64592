//! The ids of a Gegevensdienst (a data service) and of its Systeemrollen (system roles), and its display name.

use crate::newtype::text_newtype;
use crate::{ParseError, ParseRule};

/// The most Unicode code points of an id or code, by the schemas of the lists.
const MAX_CHARS: usize = 30;

text_newtype! {
    /// The id of a Gegevensdienst, key into the Gegevensdienstnamenlijst and the Catalogus [ZAL, release2]
    /// [GNL, release1].
    ///
    /// Any 1 to 30 Unicode code points by the schema, compared exactly: `1` and `01` are two ids. An OAuth scope takes
    /// digits only: see [`fits_in_scope`](Self::fits_in_scope).
    ///
    /// ```
    /// use medmij_core::GegevensdienstId;
    ///
    /// let id: GegevensdienstId = "48".parse()?;
    /// assert!(id.fits_in_scope());
    /// assert!(!"a b".parse::<GegevensdienstId>()?.fits_in_scope());
    /// assert!("".parse::<GegevensdienstId>().is_err());
    /// # Ok::<(), medmij_core::ParseError>(())
    /// ```
    GegevensdienstId, check_gegevensdienst_id
}

impl GegevensdienstId {
    /// Whether the id can stand in an OAuth scope, which separates by blanks, `~` and `/`: one or more digits
    /// [RFC0039, 1.5.0].
    #[must_use]
    pub fn fits_in_scope(&self) -> bool {
        self.as_str().bytes().all(|b| b.is_ascii_digit())
    }
}

text_newtype! {
    /// The code of a FHIR system role, such as `MM-3.0-BZB-FHIR` [ZAL, release2].
    ///
    /// Any 1 to 30 Unicode code points. Which information standard and FHIR version belong to a code is a matter of a
    /// table, not of its text.
    ///
    /// ```
    /// let code: medmij_core::Systeemrolcode = "LAB-1.1-LRB-FHIR".parse()?;
    /// # Ok::<(), medmij_core::ParseError>(())
    /// ```
    Systeemrolcode, check_systeemrolcode
}

text_newtype! {
    /// The user-friendly name of a Gegevensdienst, its *Weergavenaam* [GNL, release1].
    ///
    /// Any 3 to 50 Unicode code points; not unique. It is shown to persons: escape it for HTML.
    ///
    /// ```
    /// let naam: medmij_core::Gegevensdienstnaam = "Basisgegevens Zorg".parse()?;
    /// # Ok::<(), medmij_core::ParseError>(())
    /// ```
    Gegevensdienstnaam, check_gegevensdienstnaam
}

fn check_gegevensdienst_id(text: &str) -> Result<(), ParseError> {
    check_length("GegevensdienstId", text, 1, MAX_CHARS)
}

fn check_systeemrolcode(text: &str) -> Result<(), ParseError> {
    check_length("Systeemrolcode", text, 1, MAX_CHARS)
}

fn check_gegevensdienstnaam(text: &str) -> Result<(), ParseError> {
    check_length("Gegevensdienstnaam", text, 3, 50)
}

/// The `minLength` and `maxLength` of XML Schema, which count code points.
pub(crate) fn check_length(expected: &'static str, text: &str, min: usize, max: usize) -> Result<(), ParseError> {
    if let Some((offset, _)) = text.char_indices().nth(max) {
        return Err(ParseError::new(expected, ParseRule::TooLong, offset));
    }
    // Bytes bound code points from above, so the count is needed for short texts only.
    if text.len() < min || (text.len() < 4 * min && text.chars().count() < min) {
        return Err(ParseError::new(expected, ParseRule::TooShort, text.len()));
    }
    Ok(())
}
