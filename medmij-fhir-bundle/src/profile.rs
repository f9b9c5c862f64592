//! Which profiles resources tell.

use std::borrow::Cow;

use crate::token::{SyntaxError, Token, Tokens};
use crate::{Bundle, Entry, Format, Resource, json, xml};

impl<'b> Resource<'b> {
    /// The profiles that it tells in its `meta`, in order, each perhaps with a version behind `|`. Whether it keeps to them is not
    /// looked at.
    #[must_use]
    pub fn profiles(&self) -> Vec<Cow<'b, str>> {
        if !self.has_profile() {
            return Vec::new();
        }
        let source = self.source();
        // It was read before, with the depth that is allowed.
        let depth = usize::MAX;
        let read = match Format::of(source.as_bytes()) {
            Format::Json => profiles(json::Reader::new(source, 0, depth)),
            Format::Xml => profiles(xml::Reader::inside(source, 0, prefix(source), depth)),
        };
        read.unwrap_or_default()
    }
}

impl<'b> Bundle<'b> {
    /// The entries whose resources tell a profile, in whichever version of it, by their places.
    ///
    /// ```
    /// use medmij_fhir_bundle::{Bundle, FhirVersion, Limits};
    ///
    /// let json = br#"{"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": {"resourceType": "Patient",
    ///   "meta": {"profile": ["http://fhir.nl/fhir/StructureDefinition/nl-core-patient|2.0"]}}}]}"#;
    /// let bundle = Bundle::parse(json, FhirVersion::Stu3, &Limits::default())?;
    /// let mut patients = bundle.by_profile("http://fhir.nl/fhir/StructureDefinition/nl-core-patient");
    /// assert_eq!(patients.next().map(|(place, _)| place), Some(0));
    /// # Ok::<(), medmij_fhir_bundle::BundleError>(())
    /// ```
    pub fn by_profile(&self, profile: &str) -> impl Iterator<Item = (usize, Entry<'b>)> {
        let is_it = move |told: &Cow<'_, str>| {
            let rest = told.strip_prefix(profile);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('|'))
        };
        let tells = move |entry: &Entry<'b>| entry.resource().is_some_and(|it| it.profiles().iter().any(is_it));
        self.entries().enumerate().filter(move |(_, entry)| tells(entry))
    }
}

/// What stands before the name of the first element.
fn prefix(source: &str) -> &str {
    let name = source.strip_prefix('<').unwrap_or_default();
    let end = name
        .find(|c: char| c.is_whitespace() || matches!(c, '/' | '>'))
        .unwrap_or(name.len());
    let name = name.get(..end).unwrap_or_default();
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

fn profiles<'b, T: Tokens<'b>>(mut reader: T) -> Result<Vec<Cow<'b, str>>, SyntaxError> {
    let mut told = Vec::new();
    reader.next()?;
    while let Token::Name(name) = reader.next()? {
        if !name.is("meta") {
            reader.value()?;
            continue;
        }
        let token = reader.next()?;
        let Token::ObjectStart = token else {
            reader.pass(token)?;
            continue;
        };
        while let Token::Name(name) = reader.next()? {
            match reader.next()? {
                Token::String(text) if T::IS_XML && name.is("profile") => told.push(text.decode()),
                Token::ArrayStart if name.is("profile") => loop {
                    match reader.next()? {
                        Token::ArrayEnd => break,
                        Token::String(text) => told.push(text.decode()),
                        other => reader.pass(other)?,
                    }
                },
                other => reader.pass(other)?,
            }
        }
    }
    Ok(told)
}
