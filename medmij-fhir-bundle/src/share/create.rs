//! A single resource to be shared [Delen 6, 2.x].

use super::fragment::Fragment;
use super::policy::guard;
use super::{ShareError, SharePolicy};
use crate::{BsnReport, FhirVersion, Format};

/// A single resource to be made: it goes to `[base]/[type]`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Create {
    /// The path below the base: the type.
    pub path: String,
    /// The body, as it came; what stood around the resource is left out.
    pub body: Vec<u8>,
    /// What is suspected in it.
    pub report: BsnReport,
}

impl Create {
    /// A resource to be made, held to the same rules as one in a Bundle.
    ///
    /// # Errors
    /// If it is no resource, or holds a BSN or more than is allowed.
    pub fn new(resource: &[u8], version: FhirVersion, policy: &SharePolicy) -> Result<Self, ShareError> {
        let format = Format::of(resource);
        let fragment = Fragment::read(resource.into(), version, format, &[], &policy.limits)?;
        guard(&fragment.report, policy)?;
        policy.fits(&fragment.attachments)?;
        Ok(Self {
            path: fragment.resource_type.clone(),
            body: fragment.source().to_vec(),
            report: fragment.report,
        })
    }
}
