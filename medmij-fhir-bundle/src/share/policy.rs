//! What may be shared, and why something is not.

use medmij_core::RandomError;

use super::fragment;
use crate::{BsnReport, Bundle, BundleError, Format, Limits, Verdict};

/// What may be shared at a time. Sizes are those of the decoded bytes, before base64 makes a third more of them.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SharePolicy {
    /// The most attachments. Default 3 [AF-1252, 2022].
    pub max_attachments: usize,
    /// The most bytes of each attachment. Default 20,000,000, which is 20 MB however it is read [AF-1252, 2022].
    pub max_attachment_bytes: u64,
    /// Whether to share what is suspected to hold a BSN; a leak never is. Default yes: about one number in eleven is suspect.
    pub send_suspect: bool,
    /// The limits of each resource.
    pub limits: Limits,
}

impl Default for SharePolicy {
    fn default() -> Self {
        Self {
            max_attachments: 3,
            max_attachment_bytes: 20_000_000,
            send_suspect: true,
            limits: Limits::default(),
        }
    }
}

/// Why something is not shared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShareError {
    /// It is no resource.
    #[error(transparent)]
    Resource(#[from] BundleError),
    /// It is written in the other form.
    #[error("a resource in {found} cannot stand in a bundle in {wanted}")]
    Format {
        /// The form of the Bundle.
        wanted: Format,
        /// That of the resource.
        found: Format,
    },
    /// It tells no type, or one that FHIR has no name for.
    #[error("a resource tells its type")]
    Type,
    /// A BSN is in it, or may be and the policy says no: here.
    #[error("a BSN is in it, or may be")]
    Bsn(BsnReport),
    /// More attachments than the policy allows.
    #[error("more than {limit} attachments")]
    TooManyAttachments {
        /// The most.
        limit: usize,
    },
    /// An attachment that is longer than the policy allows.
    #[error("an attachment of more than {limit} bytes")]
    AttachmentTooLong {
        /// The most.
        limit: u64,
    },
    /// Its envelope is that of something else: it is not as it was collected.
    #[error("the envelope is of something else")]
    Envelope,
    /// A resource that is put has no id, or its address is none that ends with its type and id.
    #[error("what is put has an id, and an address that ends with it")]
    Put,
    /// The source of randomness failed.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl SharePolicy {
    /// Holds a Bundle that comes to be placed to the same rules: no BSN, no more and no longer attachments than are taken.
    ///
    /// ```
    /// use medmij_fhir_bundle::{Bundle, FhirVersion, Limits, ShareError, SharePolicy};
    ///
    /// let json = br#"{"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": {"resourceType": "Patient",
    ///   "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999911120"}]}}]}"#;
    /// let bundle = Bundle::parse(json, FhirVersion::Stu3, &Limits::default())?;
    /// assert!(matches!(SharePolicy::default().admit(&bundle), Err(ShareError::Bsn(_))));
    /// # Ok::<(), medmij_fhir_bundle::BundleError>(())
    /// ```
    ///
    /// # Errors
    /// If it breaks one of them.
    pub fn admit(&self, bundle: &Bundle<'_>) -> Result<BsnReport, ShareError> {
        let report = bundle.bsn();
        guard(&report, self)?;
        self.fits(&fragment::attachments(bundle))?;
        Ok(report)
    }

    pub(super) fn fits(&self, attachments: &[u64]) -> Result<(), ShareError> {
        if attachments.len() > self.max_attachments {
            let limit = self.max_attachments;
            return Err(ShareError::TooManyAttachments { limit });
        }
        if attachments.iter().any(|length| *length > self.max_attachment_bytes) {
            let limit = self.max_attachment_bytes;
            return Err(ShareError::AttachmentTooLong { limit });
        }
        Ok(())
    }
}

/// Refuses what holds a BSN, or may and must not.
pub(super) fn guard(report: &BsnReport, policy: &SharePolicy) -> Result<(), ShareError> {
    let is_refused = match report.verdict() {
        Verdict::Leak => true,
        Verdict::Suspect => !policy.send_suspect,
        Verdict::Clean => false,
    };
    if is_refused {
        Err(ShareError::Bsn(report.clone()))
    } else {
        Ok(())
    }
}
