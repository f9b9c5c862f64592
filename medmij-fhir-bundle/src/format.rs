//! The two forms in which FHIR is written.

use std::fmt;

/// A form in which FHIR is written. They are equal: a server is tested in both.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two that MedMij uses")]
pub enum Format {
    /// `application/fhir+json`.
    Json,
    /// `application/fhir+xml`.
    Xml,
}

impl Format {
    /// The form of these bytes, by the first that is no white space: XML begins with `<`, and JSON never does.
    ///
    /// ```
    /// use medmij_fhir_bundle::Format;
    ///
    /// assert_eq!(Format::of(b"\n<Bundle/>"), Format::Xml);
    /// assert_eq!(Format::of(b"{}"), Format::Json);
    /// ```
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if bytes.trim_ascii_start().first() == Some(&b'<') {
            Self::Xml
        } else {
            Self::Json
        }
    }

    /// The media type, without its parameters.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/fhir+json",
            Self::Xml => "application/fhir+xml",
        }
    }

    /// The name in the rules about what is no Bundle: `json`, `xml`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Xml => "xml",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Json => "JSON",
            Self::Xml => "XML",
        })
    }
}
