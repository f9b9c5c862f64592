//! The shared domain types of [MedMij], the Dutch trust framework for personal health data.
//!
//! This crate is the narrow waist of medmij-rs, for both sides, the DVP (*Dienstverlener persoon*, the PGO) and the DVA
//! (*Dienstverlener aanbieder*, the care provider's gateway). It holds what the lists, the flows and the bundles tell each
//! other about: names, ids, endpoints, releases, functions, exceptions, secrets, the models of screen texts, log events,
//! and the HTTP currency. A value of one of its types is proof that it was checked.
//!
//! It does no I/O: no socket, file, clock, thread, global or log. The time and randomness are arguments.
//!
//! # Example
//!
//! ```
//! use medmij_core::{Aanbiedernaam, Hostname, RedirectUri, Release};
//!
//! // What a DVA checks of the two parameters that decide whether anything may be redirected:
//! let client_id: Hostname = "medmij.deenigeechtepgo.nl".parse()?;
//! let redirect_uri = RedirectUri::for_client("https://medmij.deenigeechtepgo.nl/cb", &client_id)?;
//! assert_eq!(redirect_uri.host(), client_id.as_str());
//!
//! // What a release demands is asked of one table, with its sources:
//! let release: Release = "2.2".parse()?;
//! assert!(release.langdurige_toestemming());
//! let rule = release.rules().into_iter().find(|rule| rule.name == "token_client_id").unwrap();
//! assert_eq!((rule.value.as_str(), rule.source), ("Mandatory", "core.tknint.200, 2.x"));
//!
//! // A name stands in a scope without its suffix:
//! assert_eq!("umcharderwijk@medmij".parse::<Aanbiedernaam>()?.naam(), "umcharderwijk");
//! # Ok::<(), medmij_core::ParseError>(())
//! ```
//!
//! # Features
//!
//! - `getrandom` (default): [`SystemRandom`], the operating system's source behind the trait [`Random`].
//! - `persist`: `secret::exposed`, by which a state that waits in a store writes its secrets.
//!
//! # Intentional omissions
//!
//! The framework's fixed screen texts are not shipped: [`text`] recognises them by digest.
//!
//! [MedMij]: https://medmij.nl

#![cfg_attr(docsrs, feature(doc_cfg))]

mod aanbieder;
mod digest;
mod endpoint;
mod error;
mod exception;
mod function;
mod gegevensdienst;
mod host;
mod http;
mod ids;
mod log;
mod newtype;
mod party;
mod random;
mod redirect_uri;
mod release;
pub mod secret;
pub mod text;
pub mod xml;

pub use aanbieder::{Aanbiedernaam, Aanbiedertype, Naamvorm};
pub use digest::Digest;
pub use endpoint::{BackchannelUri, FrontchannelUri};
pub use error::{ParseError, ParseRule};
pub use exception::{
    Continuation, Discoverer, DvpLearns, Exception, ExceptionClass, ExceptionCode, NotGranted, Teller,
};
pub use function::{Declaration, Function, Representation, Test, TestMoment};
pub use gegevensdienst::{GegevensdienstId, Gegevensdienstnaam, Systeemrolcode};
pub use host::Hostname;
pub use http::{HttpClient, HttpLimits, HttpRequest, HttpResponse};
pub use ids::{CorrelationId, MEDMIJ_REQUEST_ID, RequestId, SubscriptionId, X_CORRELATION_ID, random_uuid};
pub use log::{
    ChainEvent, ChainLine, ChainNames, Event, LogBatcher, LogEvent, MAX_BATCH_BYTES, MAX_BATCH_CHARACTERS, OwnEvent,
    RecordAge,
};
pub use party::{
    Abonneren, ClientIdentity, Listing, OAuthClient, OAuthClientInterfaceversie, OAuthclientOrganisatienaam, Offer,
    Offers, OffersError, Systeemrol,
};
#[cfg(feature = "getrandom")]
pub use random::SystemRandom;
pub use random::{Random, RandomError};
pub use redirect_uri::RedirectUri;
pub use release::{
    AbonnerenForm, AppliedRule, ErrorDelivery, GrantedForm, GrantedScope, InterfaceversieId, ListsApi, Mark, OclCheck,
    Release, RepresentationSupport, RequestIdForm, Retention, SecretForm, StateLength, TokenClientId, VerzamelenScope,
};
pub use secret::{AccessToken, AuthorizationCode, Bsn, CodeVerifier, Geboortedatum, RefreshToken, State};
