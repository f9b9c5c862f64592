//! The flows of [MedMij] as machines without I/O, for the DVP (the PGO) and the DVA (the care provider's gateway).
//!
//! A vendor picks a release, and the machine leads: which request to send, what to ask the person, what to store and to log,
//! and what to tell whom when it goes wrong. The steps are types that are used up; the time and randomness are arguments;
//! what must be logged is returned. The same messages are built by one side and read by the other.
//!
//! - [`dvp`]: the DVP's run of *Verzamelen*, *Delen* and *Abonneren*, and its Notification Server.
//! - [`dva`]: the DVA's authorization session, token endpoint, check of tokens, Subscription Server and Notification Client,
//!   and *Beheren toestemmingen*.
//! - [`flow`]: the transition tables as data, from which the machines log and the diagrams are drawn.
//! - [`Scope`], [`AuthorizationReply`], [`TokenRequest`], [`HttpForm`]: the messages of both interfaces.
//! - [`MemoryStore`]: every store in memory.
//!
//! # Example: both sides, without any I/O
//!
//! ```
//! use medmij_core::text::TextVersion;
//! use medmij_core::{
//!     Aanbiedernaam, ClientIdentity, Digest, Hostname, OAuthClient, Offer, Offers, Release, SystemRandom, TestMoment,
//! };
//! use medmij_oauth::dva::{self, ClientOffer, Identity, IdentityStep, Opened, TakenCode, TestResult, TestStep};
//! use medmij_oauth::dva::{PutTokens, TokenOutcome, TokenSettings};
//! use medmij_oauth::dvp::{Dvp, ReplyStep, ResourceQuery, TokenStep};
//! use medmij_oauth::{AuthorizationReply, AuthorizationSettings, Directory, ScopeFunction, TokenRequest};
//!
//! struct Lists(OAuthClient, Offers);
//! impl Directory for Lists {
//!     fn client(&self, client_id: &Hostname) -> Option<OAuthClient> {
//!         (self.0.hostname == *client_id).then(|| self.0.clone())
//!     }
//!     fn offers(&self, aanbieder: &Aanbiedernaam, _: ScopeFunction, _: Release) -> Option<Offers> {
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
//!
//! // … which asks the person, and sends back a code …
//! let request = http::Request::get(begun.redirect.location()).body(())?;
//! let settings = AuthorizationSettings::default();
//! let Opened::Landing { landing, .. } = dva::open(&request, Release::R2_2, &lists, &settings, now) else { panic!() };
//! let (resolving, _) = landing.proceed(now).0.response(now);
//! let (step, _) = resolving.identity(Identity::new("999990019".parse()?), TestMoment::Early, now);
//! let IdentityStep::Test(testing) = step else { panic!() };
//! let (step, _) = testing.result(TestResult::positive(["48".parse()?]), now);
//! let TestStep::Declare(declaration) = step else { panic!() };
//! let Ok(issued) = declaration.given(TextVersion::own(Digest::of(b"the text")), now).next.issue(now, random) else { panic!() };
//! let grant = issued.grant().clone(); // to be stored under issued.key()
//! let (redirect, _) = issued.stored();
//! let (_, query) = redirect.location().split_once('?').unwrap();
//!
//! // … which the DVP exchanges for a token.
//! let ReplyStep::Exchange(exchange) = begun.pending.reply(AuthorizationReply::parse(query), now, random)? else { panic!() };
//! let settings = TokenSettings::default();
//! let request = TokenRequest::parse(&exchange.request, Release::R2_2, settings.parameters)?;
//! let certificate = ClientIdentity::from_names(["pgo.nl"]);
//! let ClientOffer::Code(offer) = request.authenticate(Some(&certificate), &lists)? else { panic!() };
//! let taken = TakenCode::Grant(grant); // burnt in the store, under offer.key()
//! let TokenOutcome::Issued(issued) = offer.exchange(taken, settings, now, random)? else { panic!() };
//! let Ok(response) = issued.put(PutTokens::Stored) else { panic!() }; // issued.tokens() are in the store
//! assert!(matches!(exchange.awaiting.response(&response, now), TokenStep::Ready { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! - `persist`: the states that wait in a store can be serialised, by the module `persist`, with their secrets in them. Seal what
//!   is written.
//! - `contract-tests`: the contract of the stores as functions, for the tests of any store.
//!
//! # Intentional omissions
//!
//! The models of the screens and the rules of the dossier are not there yet. The bodies of
//! resources are bytes here. PKCE is not part of MedMij: [`Pkce`] is for deployments that agree on it, and off by default.
//!
//! [MedMij]: https://medmij.nl

#![cfg_attr(docsrs, feature(doc_cfg))]

mod abonneren;
mod authorize;
mod awaited;
mod bearer;
#[cfg(feature = "contract-tests")]
pub mod contract;
pub mod dva;
pub mod dvp;
mod exception;
mod exchange;
pub mod flow;
mod form;
pub mod guide;
mod headers;
mod json;
mod memory;
mod own_log;
#[cfg(feature = "persist")]
pub mod persist;
mod pkce;
mod redirect;
mod scope;
mod store;

pub use abonneren::{
    AbonnementState, Notificatie, NotificationAnswer, NotificationRefusal, SubscriptionCall, SubscriptionEnding,
    SubscriptionMethod, SubscriptionPath, SubscriptionRefusal, SubscriptionRequest, SubscriptionWire,
};
pub use authorize::{
    AuthorizationReply, AuthorizationRequest, AuthorizationSettings, Directory, ErrorClass, OAuthErrorCode,
    ReplyContent, UnverifiedClient,
};
pub use bearer::BearerRefusal;
pub use exception::HttpForm;
pub use exchange::{
    CODE_LIFETIME, ParameterPlace, TOKEN_LIFETIME, TokenRefusal, TokenRefusalReason, TokenRequest, half_a_year_after,
};
pub use memory::MemoryStore;
pub use own_log::{LogContext, LogPerson, LogRecord, Served, ServedSubject};
pub use pkce::Pkce;
pub use redirect::Redirect;
pub use scope::{Comparison, Granted, Scope, ScopeError, ScopeFunction};
pub use store::Put;
