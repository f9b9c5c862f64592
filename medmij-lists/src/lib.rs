//! The four lists on which trust and addressing in [MedMij] rest: the Zorgaanbiederslijst (ZAL), the OAuth Client List
//! (OCL), the Gegevensdienstnamenlijst (GNL) and the Whitelist (WHL).
//!
//! Bytes go in; out comes a checked, indexed, immutable list, or everything that is wrong with the document, each with its
//! rule, element path, line and column. For DVPs, who find Aanbieders and their addresses, and for DVAs, who know clients
//! by them. Who has the lists from elsewhere does not need this crate: what the flows take are plain values of
//! `medmij-core`.
//!
//! It does no I/O: fetching, storing and the clock are the caller's.
//!
//! # A list is judged as its schema judges it
//!
//! Every receiver must validate each list against its XML schema [XML-schema's, 1.4]. The schemas stand here as tables; one
//! engine reads them over the events of a strict reader, and a list is made of the very values that were checked. Stricter
//! than the schema by intent, each by a rule of its own: no DOCTYPE, no encodings but UTF-8 and UTF-16, no XML but 1.0, and
//! the [`Limits`].
//!
//! # Example
//!
//! ```
//! use medmij_lists::{Limits, List, RejectedKind};
//!
//! let rejected = List::parse(b"<html>not a list</html>", &Limits::default()).unwrap_err();
//! assert_eq!(rejected.kind(), RejectedKind::WrongList);
//! ```
//!
//! # Where to begin
//!
//! - A document: [`List::parse`], or the parser of one list; [`ListReader`] where it comes in pieces.
//! - Keeping lists current: [`ListStore`], whose [`Snapshot`] the flows use.
//! - A DVP: [`Zorgaanbiederslijst::offers`], [`Gegevensdienstnamenlijst::naam`], [`Whitelist::permits_outgoing`].
//! - A DVA: [`OAuthClientList::client`], [`ZalHistory::offers`], [`Whitelist::permits_incoming`].
//! - Operations: [`ListsTogether::check`], `changes_since` of each list.
//!
//! # Intentional omissions
//!
//! `xsi:type` is taken only if it names the element's own type, which is all that the schemas derive. The Catalogus, whose
//! form was not seen, is not read; [`ListsTogether`] takes what it says from the caller.
//!
//! [MedMij]: https://medmij.nl

#![cfg_attr(docsrs, feature(doc_cfg))]

mod attributes;
mod changes;
mod cross;
mod encoding;
mod entries;
mod envelope;
mod error;
mod fault;
mod findings;
mod gnl;
mod json;
mod limits;
mod list;
mod markup;
mod namespaces;
mod ocl;
mod plain;
mod pool;
mod position;
mod reader;
mod reading;
mod refresh;
mod schema;
mod sequence;
mod snapshot;
mod validate;
mod values;
mod whl;
mod window;
mod xml;
mod xsi;
mod zakl;
mod zal;

pub use changes::Changes;
pub use cross::{CrossFinding, CrossSeverity, Invariant, ListsTogether};
pub use envelope::{Envelope, Parsed};
pub use error::{Finding, ListRule, Rejected, RejectedKind, Seen, Severity};
pub use gnl::{Gegevensdienstnamenlijst, NamedGegevensdienst};
pub use limits::Limits;
pub use list::{List, ListKind, ListReader};
pub use ocl::OAuthClientList;
pub use refresh::{
    Fetch, ListStatus, ListStore, Outcome, RefreshFailure, RefreshSettings, Refreshed, Regression, RegressionKind,
    SettingsError,
};
pub use snapshot::Snapshot;
pub use values::{Dagen, DatumTijd, Listed, Positiefnummer, ValueError};
pub use whl::Whitelist;
pub use zakl::{GekoppeldeGegevensdienst, Kenmerk, KenmerkSoort, Koppeling, Zorgaanbiederskoppellijst};
pub use zal::{
    Gegevensdienst, Interfaceversie, InterfaceversieError, ZalHistory, ZalRelease, ZalWriter, Zorgaanbieder,
    Zorgaanbiederslijst,
};
