//! A Bundle in which some resources are others: what is not changed stays byte for byte.

use crate::{Bundle, BundleError, Format, open};

/// Why resources cannot be put into a Bundle.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpliceError {
    /// There is no such entry, or no resource in it, or it is changed twice.
    #[error("entry {entry} has no resource, or is changed twice")]
    Entry {
        /// The entry, from 0.
        entry: usize,
    },
    /// It is written in the other form.
    #[error("a resource in {found} cannot stand in a bundle in {wanted}")]
    Format {
        /// The form of the Bundle.
        wanted: Format,
        /// That of the resource.
        found: Format,
    },
    /// It is no resource, or the Bundle would be over the limits, or none any more.
    #[error(transparent)]
    Resource(#[from] BundleError),
    /// It tells no type.
    #[error("a resource tells its type")]
    Type,
}

impl Bundle<'_> {
    /// The bytes of this Bundle with other resources in these entries, and every other byte as it is.
    ///
    /// ```
    /// use medmij_fhir_bundle::{Bundle, FhirVersion, Limits};
    ///
    /// let json = br#"{"resourceType": "Bundle", "total": 1.0e0, "entry": [ {"resource": {"resourceType": "Flag"}, "x": 1.50} ]}"#;
    /// let bundle = Bundle::parse(json, FhirVersion::Stu3, &Limits::default())?;
    /// let changed = bundle.with_resources(&[(0, br#"{"resourceType": "Flag", "id": "1"}"#)])?;
    /// assert_eq!(
    ///     changed,
    ///     br#"{"resourceType": "Bundle", "total": 1.0e0, "entry": [ {"resource": {"resourceType": "Flag", "id": "1"}, "x": 1.50} ]}"#
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If one has no place there, or is no resource in the same form.
    pub fn with_resources(&self, resources: &[(usize, &[u8])]) -> Result<Vec<u8>, SpliceError> {
        let mut places = Vec::with_capacity(resources.len());
        for &(entry, bytes) in resources {
            let place = self.entry(entry).and_then(|entry| entry.resource());
            let place = place.ok_or(SpliceError::Entry { entry })?.range();
            let found = Format::of(bytes);
            if found != self.format {
                let wanted = self.format;
                return Err(SpliceError::Format { wanted, found });
            }
            let single = open::single_in(self.prefix, bytes, self.version, &self.limits)?;
            if single.resource_type.is_none() {
                return Err(SpliceError::Type);
            }
            let text = single.text.get(single.range).unwrap_or_default();
            places.push((place, entry, text));
        }
        places.sort_by_key(|(place, ..)| place.start);
        let mut changed = String::with_capacity(self.source.len());
        let mut at = 0;
        for (place, entry, text) in &places {
            // One that was changed already has its end behind this begin.
            let between = self.source.get(at..place.start);
            changed += between.ok_or(SpliceError::Entry { entry: *entry })?;
            changed += text;
            at = place.end;
        }
        changed += self.source.get(at..).unwrap_or_default();
        // Whole it may be over the limits.
        Bundle::parse(changed.as_bytes(), self.version, &self.limits)?;
        Ok(changed.into_bytes())
    }
}
