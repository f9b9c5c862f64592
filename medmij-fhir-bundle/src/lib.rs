//! FHIR Bundles as [MedMij] exchanges them, in STU3, R4 and R4B, in JSON and XML: bytes in, a read-only view out, and not a byte
//! changed.
//!
//! What comes back from *Verzamelen* is a Bundle. This crate reads it without a model of FHIR's resources: type, links,
//! entries, and of each resource its type, id and version; the resource itself stays a range of the original bytes, so that
//! number literals, order and unknown members survive. For DVPs, who keep what they collect, and DVAs, who serve it.
//!
//! It does no I/O.
//!
//! ```
//! use medmij_fhir_bundle::{Bundle, BundleErrorKind, FhirVersion, Limits};
//!
//! let outcome = br#"{"resourceType": "OperationOutcome"}"#;
//! let error = Bundle::parse(outcome, FhirVersion::Stu3, &Limits::default()).unwrap_err();
//! assert_eq!(error.kind, BundleErrorKind::NotABundle);
//! ```
//!
//! [MedMij]: https://medmij.nl

#![cfg_attr(docsrs, feature(doc_cfg))]

mod attachment;
mod binary;
mod bsn;
mod bundle;
mod envelope;
mod error;
mod finding;
mod format;
mod full_url;
pub mod guide;
mod integrity;
mod json;
mod limits;
mod message;
mod open;
mod outcome;
mod page;
mod profile;
mod reference;
mod rules;
mod scan;
mod share;
mod splice;
mod text;
mod token;
mod version;
mod walk;
mod write;
mod xml;

pub use attachment::Attachment;
pub use binary::{Binary, BinaryError};
pub use bsn::{BsnFinding, BsnReport, Verdict, bsn_in_text, bsn_in_url};
pub use bundle::{Bundle, Entry, Identifier, Link, Request, Resource, Response};
pub use envelope::{
    EditError, Edited, EditedEntry, EntryEnvelope, Envelope, Hop, Origin, Original, PassedOn, Received, RequestUrl,
    RequestUrlError,
};
pub use error::{BundleError, BundleErrorKind};
pub use finding::{Finding, Rule, Severity};
pub use format::Format;
pub use integrity::{Change, DigestMethod, Digests};
pub use limits::Limits;
pub use message::{bsn_in_body, bsn_in_request, bsn_in_response, request_findings};
pub use outcome::{Cause, Issue, IssueSeverity, OperationOutcome};
pub use page::{AwaitingPage, EntryKind, Page, PageStep, PagedEntry, Pages, PagingPolicy, PagingWarning, StopReason};
pub use reference::{Matching, Reference, Refers, Resolution, Target, references};
pub use rules::RuleSet;
pub use share::{
    BinaryContent, Create, EntryAnswer, EntryState, Handle, OriginForm, Sent, Share, ShareAnswer, ShareError,
    SharePolicy, ShareType,
};
pub use splice::SpliceError;
pub use version::{FhirVersion, UnknownFhirVersion};
