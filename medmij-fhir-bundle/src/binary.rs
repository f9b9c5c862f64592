//! A Binary: the content of a document as a resource.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::token::{SyntaxError, Token, Tokens};
use crate::{Bundle, BundleError, FhirVersion, Format, Limits, json, open, xml};

/// What a Binary holds, decoded.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct Binary {
    /// Its media type.
    pub content_type: Option<String>,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// Why something is no Binary whose content can be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BinaryError {
    /// It is no resource.
    #[error(transparent)]
    Resource(#[from] BundleError),
    /// It is another resource.
    #[error("it is no Binary")]
    NotABinary,
    /// It has no content in this version of FHIR.
    #[error("it has no content")]
    Empty,
    /// Its content is no base64.
    #[error("its content is no base64")]
    Base64,
}

impl Binary {
    /// Reads a Binary that came alone, as the answer to a read.
    ///
    /// ```
    /// use medmij_fhir_bundle::{Binary, FhirVersion, Limits};
    ///
    /// let json = br#"{"resourceType": "Binary", "contentType": "text/plain", "content": "aGFs bG8="}"#;
    /// let binary = Binary::parse(json, FhirVersion::Stu3, &Limits::default())?;
    /// assert_eq!(binary.content, b"hallo");
    /// # Ok::<(), medmij_fhir_bundle::BinaryError>(())
    /// ```
    ///
    /// # Errors
    /// If it is none, or its content cannot be read.
    pub fn parse(bytes: &[u8], version: FhirVersion, limits: &Limits) -> Result<Self, BinaryError> {
        let single = open::single(bytes, version, limits)?;
        if !single.resource_type.is_some_and(|found| found.is("Binary")) {
            return Err(BinaryError::NotABinary);
        }
        let (format, at) = (Format::of(bytes), single.range.start);
        Self::inside(single.text, at, "", version, format, limits.max_depth)
    }

    fn inside(
        source: &str,
        at: usize,
        prefix: &str,
        version: FhirVersion,
        format: Format,
        depth: usize,
    ) -> Result<Self, BinaryError> {
        let read = match format {
            Format::Json => read(json::Reader::new(source, at, depth), version),
            Format::Xml => read(xml::Reader::inside(source, at, prefix, depth), version),
        };
        // It was read before.
        let (content_type, content) = read.map_err(|_| BinaryError::NotABinary)?;
        let mut symbols = content.ok_or(BinaryError::Empty)?.into_bytes();
        symbols.retain(|byte| !byte.is_ascii_whitespace());
        let content = STANDARD.decode(symbols).map_err(|_| BinaryError::Base64)?;
        Ok(Self { content_type, content })
    }
}

impl Bundle<'_> {
    /// The Binary that is the resource of an entry.
    ///
    /// # Errors
    /// If there is none there, or its content cannot be read.
    pub fn binary(&self, entry: usize) -> Result<Binary, BinaryError> {
        let resource = self.entry(entry).and_then(|entry| entry.resource());
        let resource = resource
            .filter(|resource| resource.is("Binary"))
            .ok_or(BinaryError::NotABinary)?;
        let range = resource.range();
        let source = self.source.get(..range.end).unwrap_or_default();
        Binary::inside(
            source,
            range.start,
            self.prefix,
            self.version,
            self.format,
            self.limits.max_depth,
        )
    }
}

/// The media type and the content, as they stand.
type Read = (Option<String>, Option<String>);

fn read<'b, T: Tokens<'b>>(mut reader: T, version: FhirVersion) -> Result<Read, SyntaxError> {
    let (mut content_type, mut content) = (None, None);
    let told = |text: Option<crate::text::Text<'b>>| text.map(|text| text.decode().into_owned());
    reader.next()?;
    while let Token::Name(name) = reader.next()? {
        if name.is("contentType") {
            content_type = told(reader.text()?);
        } else if name.is(version.differences().binary_content) {
            content = told(reader.text()?);
        } else {
            reader.value()?;
        }
    }
    Ok((content_type, content))
}

/// Without its content.
impl fmt::Debug for Binary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Binary")
            .field("content_type", &self.content_type)
            .field("length", &self.content.len())
            .finish_non_exhaustive()
    }
}
