//! The flows of [MedMij] as machines without I/O, for the DVP (the PGO) and the DVA (the care provider's gateway).
//!
//! A vendor picks a release, and the machine leads: which request to send, what to ask the person, what to store and to log,
//! and what to tell whom when it goes wrong. The steps are types that are used up; the time and randomness are arguments;
//! what must be logged is returned. The same messages are built by one side and read by the other.
//!
//! - [`dvp`]: the DVP's run of *Verzamelen*.
//! - [`dva`]: the DVA's authorization session, token endpoint and Resource Server.
//! - [`MemoryStore`]: every store in memory.
//!
//! # Example: both sides, without any I/O
//!
//! ```
//! use medmij_core::{
//!     Aanbiedernaam, ClientIdentity, Function, Hostname, OAuthClient, Offer, Offers, Release, SystemRandom,
//! };
//! use medmij_oauth::dva::{self, Opened, TakenCode, TestResult, TestStep, TokenOutcome};
//! use medmij_oauth::dvp::{Dvp, ReplyStep, ResourceQuery, TokenStep};
//! use medmij_oauth::{AuthorizationReply, AuthorizationSettings, Directory, TokenRequest};
//!
//! struct Lists(OAuthClient, Offers);
//! impl Directory for Lists {
//!     fn client(&self, client_id: &Hostname) -> Option<OAuthClient> {
//!         (self.0.hostname == *client_id).then(|| self.0.clone())
//!     }
//!     fn offers(&self, aanbieder: &Aanbiedernaam, _: Function, _: Release) -> Option<Offers> {
//!         (self.1.aanbieder() == aanbieder).then(|| self.1.clone())
//!     }
//! }
//!
//! let now = time::UtcDateTime::UNIX_EPOCH;
//! let random = &mut SystemRandom;
//! let offer = Offer::new(
//!     "umcharderwijk@medmij".parse()?, Some("2".parse()?), "48".parse()?,
//!     "https://as.dva.nl/auth".parse()?, "https://ts.dva.nl/token".parse()?,
//! );
//! let lists = Lists(OAuthClient::new("pgo.nl".parse()?, "Een PGO".parse()?), Offers::from(offer.clone()));
//!
//! // The DVP sends the person to the DVA …
//! let dvp = Dvp::new(Release::R2_2, "https://pgo.nl/cb".parse()?)?;
//! let todo = ResourceQuery::new("48".parse()?, "MM-3.0-BZB-FHIR".parse()?, "Patient", "application/fhir+json")?;
//! let begun = dvp.verzamelen(Offers::from(offer), vec![todo])?.begin(now, random)?;
//! let (_, query) = begun.redirect.location().split_once('?').unwrap();
//!
//! // … which asks the person, and sends back a code …
//! let settings = AuthorizationSettings::default();
//! let Opened::Landing { landing, .. } = dva::open(query, Release::R2_2, &lists, &settings, now) else { panic!() };
//! let (resolving, _) = landing.proceed(now).0.response(now);
//! let (testing, _) = resolving.identity("999990019".parse()?, now);
//! let (step, _) = testing.result(TestResult::Positive(["48".parse()?].into()), now);
//! let TestStep::Declare(declaration) = step else { panic!() };
//! let issued = declaration.given("example-1", now).next.issue(now, random)?;
//! let grant = issued.grant().clone(); // to be stored under issued.key()
//! let (redirect, _) = issued.stored();
//! let (_, query) = redirect.location().split_once('?').unwrap();
//!
//! // … which the DVP exchanges for a token.
//! let ReplyStep::Exchange(exchange) = begun.pending.reply(AuthorizationReply::parse(query), now, random)? else { panic!() };
//! let request = TokenRequest::parse(&exchange.request, Release::R2_2)?;
//! let certificate = ClientIdentity::from_names(["pgo.nl"]);
//! request.authenticate(Some(&certificate))?;
//! let taken = TakenCode::Grant(grant);
//! let client = |id: &Hostname| lists.client(id);
//! let outcome = dva::exchange(&request, &certificate, taken, client, Default::default(), now, random)?;
//! let TokenOutcome::Issued(token) = outcome else { panic!() };
//! assert!(matches!(exchange.awaiting.response(&token.response, now), TokenStep::Ready { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! - `persist`: the states that wait in a store can be serialised, with their secrets in them. Seal what is written.
//!
//! # Intentional omissions
//!
//! *Verzamelen* only, with the test of the Aanbieder at its early moment, and without long-term consent and representation.
//! Not there yet: *Delen*, *Abonneren*, *Beheren toestemmingen*, refresh requests, the cancellation of a login (rows A7, A9 to
//! A11b), and an answer that cannot be established or a technical failure at the Authorization Server (A21, A23).
//! PKCE is not part of MedMij: parameters that are not known are ignored.
//!
//! [MedMij]: https://medmij.nl

#![cfg_attr(docsrs, feature(doc_cfg))]

mod authorize;
mod bearer;
pub mod dva;
pub mod dvp;
mod exchange;
mod form;
mod headers;
mod memory;
mod redirect;
mod scope;
mod store;

pub use authorize::{
    AuthorizationReply, AuthorizationRequest, AuthorizationSettings, Directory, ErrorClass, InvalidRequest,
    OAuthErrorCode, ReplyContent, UnverifiedClient,
};
pub use bearer::BearerRefusal;
pub use exchange::{TOKEN_LIFETIME, TokenRefusal, TokenRefusalReason, TokenRequest};
pub use memory::MemoryStore;
pub use redirect::Redirect;
pub use scope::{GrantedForm, Scope, ScopeError};
pub use store::Put;
