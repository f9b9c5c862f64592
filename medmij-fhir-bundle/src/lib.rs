//! FHIR Bundles as [MedMij] exchanges them, in STU3, R4 and R4B: bytes in, a read-only view out, and not a byte changed.
//!
//! What comes back from *Verzamelen* is a Bundle. This crate reads it without a model of FHIR's resources: type, links,
//! entries, and of each resource its type, id and version; the resource itself stays a range of the original bytes, so that
//! number literals, order and unknown members survive. For DVPs, who keep what they collect, and DVAs, who serve it.
//!
//! It does no I/O.
//!
//! ```
//! use medmij_fhir_bundle::{Bundle, BundleError, FhirVersion, Limits};
//!
//! let outcome = br#"{"resourceType": "OperationOutcome"}"#;
//! let error = Bundle::parse(outcome, FhirVersion::Stu3, &Limits::default()).unwrap_err();
//! assert_eq!(error, BundleError::NotABundle);
//! ```
//!
//! # Intentional omissions
//!
//! Not there yet: XML, the invariants and other findings, references, paging, building Bundles, the guard against BSNs.
//!
//! [MedMij]: https://medmij.nl

#![cfg_attr(docsrs, feature(doc_cfg))]

mod bundle;
mod version;

pub use bundle::{Bundle, BundleError, Entry, Limits, Link, Resource};
pub use version::{FhirVersion, UnknownFhirVersion};
