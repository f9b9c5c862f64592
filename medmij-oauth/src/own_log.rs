//! The own log of a participant: who did what with whose data, where and when (NEN 7513:2018, chapters 6 and 7).
//!
//! It is another log than the chain log, and may name the person [core.logging.100, 2.x] [P&I 19, 1.1.2]. What each step knows is
//! its [`LogContext`]; a [`LogRecord`] joins that with an event, the person and what only the caller knows.

use std::borrow::Cow;
use std::collections::BTreeSet;

use medmij_core::{
    Aanbiedernaam, Bsn, Digest, GegevensdienstId, Hostname, HttpResponse, InterfaceversieId, LogEvent, Offers,
    OwnEvent, Release, Representation,
};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use time::format_description::well_known::Rfc3339;

use crate::dva::{DeclarationAnswer, DeclarationRecord};
use crate::flow::Side;
use crate::scope::{Scope, ScopeFunction};

/// What a run or a session is about [P&I 19, 1.1.2].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct LogContext {
    /// Whose log it is.
    pub side: Side,
    /// The function; `None` for *Beheren toestemmingen*, which has no scope.
    pub function: Option<ScopeFunction>,
    /// Whether somebody acts for the person whose data it is about; `None` where a token does not tell it.
    pub representation: Option<Representation>,
    /// Whose data it is about; `None` for *Beheren toestemmingen*, which is about all.
    pub aanbieder: Option<Aanbiedernaam>,
    /// Which data.
    pub gegevensdiensten: BTreeSet<GegevensdienstId>,
    /// The release.
    pub release: Release,
    /// The Interfaceversie of the entry in the list.
    pub interfaceversie: Option<InterfaceversieId>,
    /// The other side: for a DVP the host of the token endpoint, for a DVA the `client_id`.
    pub counterpart: Option<Hostname>,
}

impl LogContext {
    pub(crate) fn new(side: Side, release: Release, scope: &Scope, offers: &Offers) -> Self {
        Self {
            side,
            function: Some(scope.function()),
            representation: Some(scope.representation()),
            aanbieder: Some(offers.aanbieder().clone()),
            gegevensdiensten: offers.iter().map(|offer| offer.gegevensdienst.clone()).collect(),
            release,
            interfaceversie: offers.interfaceversie().cloned(),
            counterpart: offers.token().host().parse().ok(),
        }
    }

    /// At a DVA, what a client asks under a token, which tells no Interfaceversie and no representation.
    pub(crate) const fn under_token(
        release: Release,
        function: ScopeFunction,
        client_id: Hostname,
        aanbieder: Aanbiedernaam,
        gegevensdiensten: BTreeSet<GegevensdienstId>,
    ) -> Self {
        Self {
            side: Side::Dva,
            function: Some(function),
            representation: None,
            aanbieder: Some(aanbieder),
            gegevensdiensten,
            release,
            interfaceversie: None,
            counterpart: Some(client_id),
        }
    }
}

/// What an endpoint answered, and for the own log whom and what it was about.
#[derive(Clone, Debug)]
#[must_use = "send the response, log the events"]
#[non_exhaustive]
pub struct Served {
    /// The response to send.
    pub response: HttpResponse,
    /// What is to be logged.
    pub events: Vec<LogEvent>,
    /// Whom and what the token is for; `None` where the request gave no right to know it.
    pub subject: Option<ServedSubject>,
}

impl Served {
    /// An answer, whose status is logged with the events.
    pub(crate) fn new(response: HttpResponse, events: Vec<LogEvent>, subject: Option<ServedSubject>) -> Self {
        let status = Some(response.status().as_u16());
        let events = events.into_iter().map(|event| event.answered(status, None)).collect();
        Self {
            response,
            events,
            subject,
        }
    }
}

/// Whom and what a token is for that was issued or judged.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServedSubject {
    /// What it is about.
    pub context: LogContext,
    /// Whose data it is about.
    pub bsn: Bsn,
    /// The digest of the access token.
    pub token: Digest,
}

/// A person in the own log.
///
/// # Security
/// Written out, a record names the person: keep the log as safe as the data.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "how either side knows a person")]
pub enum LogPerson {
    /// By the BSN, at a DVA.
    Bsn(Bsn),
    /// By the DVP's own id of the account.
    Account(String),
}

/// A line of the own log [core.logging.100, 2.x] [core.logging.202, 2.x] [core.logging.203, 2.x] [core.logging.204, 2.x].
///
/// Written with serde it names its members as they are called here; what is not known is left out.
///
/// ```
/// # use medmij_core::{ChainEvent, Offer, Offers, Release};
/// # use medmij_oauth::dvp::{Dvp, ResourceQuery};
/// use medmij_oauth::{LogPerson, LogRecord};
///
/// # let offer = Offer::new(
/// #     "umc@medmij".parse()?, Some("2".parse()?), "48".parse()?,
/// #     "https://as.nl/auth".parse()?, "https://ts.nl/token".parse()?,
/// # );
/// # let todo = ResourceQuery::new("48".parse()?, "MM-3.0-BZB-FHIR".parse()?, "Patient", "application/fhir+json")?;
/// # let dvp = Dvp::new(Release::R2_2, "https://pgo.nl/cb".parse()?)?;
/// let selected = dvp.verzamelen(Offers::from(offer), vec![todo])?;
/// let context = selected.log_context();
/// # let mut random = medmij_core::SystemRandom;
/// let begun = selected.begin(time::UtcDateTime::UNIX_EPOCH, &mut random)?;
/// for event in &begun.events {
///     let record = LogRecord::new(event, Some(&context)).of_person(LogPerson::Account("account 7".into()));
///     let line = serde_json::to_value(&record)?;
///     assert_eq!(line["event"], "send_authorization_request");
///     assert_eq!((&line["aanbieder"], &line["person"]), (&"umc@medmij".into(), &"account 7".into()));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct LogRecord<'a> {
    event: Cow<'a, LogEvent>,
    context: Option<&'a LogContext>,
    person: Option<LogPerson>,
    acting: Option<LogPerson>,
    reference: Option<Digest>,
    outcome: Option<&'static str>,
    declaration: Option<&'a DeclarationRecord>,
}

impl<'a> LogRecord<'a> {
    /// An event and what it was about; `None` where its step holds no more than a way back.
    #[must_use]
    pub const fn new(event: &'a LogEvent, context: Option<&'a LogContext>) -> Self {
        Self {
            event: Cow::Borrowed(event),
            context,
            person: None,
            acting: None,
            reference: None,
            outcome: None,
            declaration: None,
        }
    }

    /// That a declaration was answered, which is logged before anything follows from it: which it was, what was answered, and
    /// which text the person saw [P&I 8a, 1.1.2] [A19, flows 4.2]. Its person and Gegevensdiensten hold for the record.
    #[must_use]
    pub fn of_declaration(declaration: &'a DeclarationRecord, context: Option<&'a LogContext>) -> Self {
        let event = LogEvent::new(declaration.at, OwnEvent::DeclarationAnswered);
        Self {
            event: Cow::Owned(event.with_trace_id(declaration.correlation_id.as_ref())),
            context,
            person: Some(LogPerson::Bsn(declaration.bsn.clone())),
            acting: declaration.acting.clone().map(LogPerson::Bsn),
            reference: None,
            outcome: None,
            declaration: Some(declaration),
        }
    }

    /// Whose data it is about.
    #[must_use]
    pub fn of_person(self, person: LogPerson) -> Self {
        Self {
            person: Some(person),
            ..self
        }
    }

    /// Who acted for that person [ext.vert.authint.202, 2.x].
    #[must_use]
    pub fn acted_by(self, acting: LogPerson) -> Self {
        Self {
            acting: Some(acting),
            ..self
        }
    }

    /// What was stored, shared or issued, by its digest.
    #[must_use]
    pub fn about(self, reference: Digest) -> Self {
        Self {
            reference: Some(reference),
            ..self
        }
    }

    /// How a run ended: see [`Outcome::name`](crate::dvp::Outcome::name).
    #[must_use]
    pub const fn with_outcome(mut self, outcome: &'static str) -> Self {
        self.outcome = Some(outcome);
        self
    }
}

impl Serialize for LogPerson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Bsn(bsn) => bsn.expose(),
            Self::Account(account) => account,
        })
    }
}

impl Serialize for LogRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn put<M: serde::ser::SerializeMap, T: Serialize>(
            map: &mut M,
            name: &'static str,
            value: Option<T>,
        ) -> Result<(), M::Error> {
            value.map_or(Ok(()), |value| map.serialize_entry(name, &value))
        }
        let Self { event, context, .. } = self;
        let moment = event.at.format(&Rfc3339).map_err(serde::ser::Error::custom)?;
        let declared = self.declaration;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("at", &moment)?;
        map.serialize_entry("event", event.event.name())?;
        put(&mut map, "row", event.row)?;
        put(&mut map, "trace_id", event.trace_id.as_ref())?;
        put(&mut map, "request_id", event.request_id.as_ref())?;
        if let Some(context) = context {
            map.serialize_entry("side", &context.side.to_string())?;
            let function = context.function.map_or("beheren-toestemmingen", ScopeFunction::as_str);
            map.serialize_entry("function", function)?;
            map.serialize_entry("release", context.release.as_str())?;
            put(&mut map, "interfaceversie", context.interfaceversie.as_ref())?;
            put(&mut map, "counterpart", context.counterpart.as_ref())?;
        }
        let representation = context.and_then(|it| it.representation);
        put(
            &mut map,
            "representation",
            declared.map(|it| it.representation).or(representation),
        )?;
        let aanbieder = context.and_then(|it| it.aanbieder.as_ref());
        put(&mut map, "aanbieder", declared.map(|it| &it.aanbieder).or(aanbieder))?;
        let gegevensdiensten = context.map(|it| &it.gegevensdiensten);
        let declared_for = declared.map(|it| &it.gegevensdiensten);
        put(&mut map, "gegevensdiensten", declared_for.or(gegevensdiensten))?;
        put(&mut map, "person", self.person.as_ref())?;
        put(&mut map, "acting", self.acting.as_ref())?;
        put(&mut map, "status", event.status)?;
        put(&mut map, "took_ms", event.took.map(|took| took.as_millis()))?;
        put(&mut map, "reference", self.reference)?;
        put(&mut map, "outcome", self.outcome)?;
        if let Some(declared) = declared {
            map.serialize_entry("declaration", &declared.declaration)?;
            map.serialize_entry("answer", answer(declared.answer))?;
            map.serialize_entry("text_version", &declared.text_version)?;
            map.serialize_entry("shown", &declared.shown)?;
            put(&mut map, "dagen", declared.dagen)?;
            map.serialize_entry("client_id", &declared.client_id)?;
        }
        map.end()
    }
}

const fn answer(answer: DeclarationAnswer) -> &'static str {
    match answer {
        DeclarationAnswer::Given => "given",
        DeclarationAnswer::GivenLangdurig => "given-langdurig",
        DeclarationAnswer::NotGiven => "not-given",
    }
}
