//! The Notification Server: what a DVP does with a message of a DVA [flows.md 4.4b].

use medmij_core::text::{Placeholder, ShownScreen, TemplateId, Texts, TextsError, Values};
use medmij_core::{
    ClientIdentity, CorrelationId, HttpRequest, HttpResponse, LogEvent, MEDMIJ_REQUEST_ID, OAuthclientOrganisatienaam,
    Release, RequestId, SubscriptionId, X_CORRELATION_ID,
};
use time::UtcDateTime;

use super::Abonnement;
use crate::abonneren::{AbonnementState, Notificatie, NotificationAnswer, NotificationRefusal};
use crate::flow::{Row, n};
use crate::headers;

/// A message that is well-formed; whether there is such an Abonnement is still to be seen.
#[derive(Clone, Debug)]
#[must_use = "the DVA waits for an answer"]
pub struct ReceivedNotificatie {
    message: Notificatie,
    ids: Ids,
}

/// The ids of a message, as far as it has them: the framework names none for this interface.
#[derive(Clone, Debug, Default)]
struct Ids {
    request_id: Option<RequestId>,
    correlation_id: Option<CorrelationId>,
}

impl Ids {
    fn log(&self, row: &'static Row, now: UtcDateTime) -> Vec<LogEvent> {
        row.log(now, self.correlation_id.as_ref(), self.request_id.as_ref())
    }
}

/// Whether a channel to the person is safe enough for the names of an Aanbieder and a Gegevensdienst: the long text is used
/// if it is, the short one if and only if it is not [Notificatie van Persoon, 2.x].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the rule has two cases")]
pub enum Channel {
    /// It is.
    Safe,
    /// It is not.
    NotSafe,
}

/// What a person may be told of a message.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "what a Notificatie can mean")]
pub enum Notice {
    /// There is new information to be collected.
    NewInformation,
    /// The Abonnement has ended.
    Ended,
    /// The Abonnement ends sooner; the framework has no text for it.
    Shortened,
}

impl Notice {
    /// The text for a channel, if the framework has one.
    #[must_use]
    pub const fn template(self, channel: Channel) -> Option<TemplateId> {
        Some(match (self, channel) {
            (Self::NewInformation, Channel::Safe) => TemplateId::NotificatieInhoudelijkLang,
            (Self::NewInformation, Channel::NotSafe) => TemplateId::NotificatieInhoudelijkKort,
            (Self::Ended, Channel::Safe) => TemplateId::NotificatieAbonnementLang,
            (Self::Ended, Channel::NotSafe) => TemplateId::NotificatieAbonnementKort,
            (Self::Shortened, _) => return None,
        })
    }
}

/// What follows from a message.
#[derive(Debug)]
#[must_use = "store, then answer"]
#[expect(clippy::exhaustive_enums, reason = "the two outcomes of a message")]
pub enum NotifiedStep {
    /// It is valid: store the Abonnement and that the message came, then answer; and tell the person
    /// [ext.abo.logging.100, 2.x].
    Accepted(AcceptedNotificatie),
    /// It is refused [Notificeren 1, 2.x].
    Rejected {
        /// The refusal to send.
        refusal: NotificationRefusal,
        /// What is to be logged.
        events: Vec<LogEvent>,
    },
}

/// A message that was valid.
#[derive(Clone, Debug)]
#[must_use = "store, then answer"]
#[non_exhaustive]
pub struct AcceptedNotificatie {
    /// The Abonnement as it is now: ended or shortened, if the message says so.
    pub abonnement: Abonnement,
    /// What the person may be told, if anything changed.
    pub notice: Option<Notice>,
    /// What is to be logged: it is the meta-information that must be kept [ext.abo.logging.100, 2.x].
    pub events: Vec<LogEvent>,
    ids: Ids,
}

impl AcceptedNotificatie {
    /// All was stored: the answer to send, within ten seconds [ext.abo.subnotint.206, 2.x].
    #[must_use]
    pub fn stored(&self) -> HttpResponse {
        NotificationAnswer::accepted()
    }

    /// What the person is told over a channel, in these texts; `None` if there is nothing to tell, or the framework has no text
    /// for it. `pgo` is what the OAuth Client List calls this DVP. Over a channel that is not safe the text has no other name,
    /// whatever its wording [Notificatie van Persoon, 2.x].
    ///
    /// # Errors
    /// If there is no such text.
    pub fn told<'a>(
        &self,
        channel: Channel,
        texts: &'a Texts,
        pgo: &OAuthclientOrganisatienaam,
    ) -> Result<Option<ShownScreen<'a>>, TextsError> {
        let Some(template) = self.notice.and_then(|notice| notice.template(channel)) else {
            return Ok(None);
        };
        let Abonnement {
            aanbieder,
            gegevensdienst,
            gegevensdienstnaam,
            ..
        } = &self.abonnement;
        let naam = gegevensdienstnaam.as_ref();
        let naam = naam.map_or(gegevensdienst.as_str(), |naam| naam.as_str());
        let values = Values::from([
            (Placeholder::NaamAanbieder, aanbieder.naam().into()),
            (Placeholder::NaamGegevensdienst, naam.into()),
            (Placeholder::NaamLeverancierPgo, pgo.as_str().into()),
        ]);
        texts.fill(template, &[], &values).map(Some)
    }

    /// Something could not be stored, or not in time: the refusal to send, and what is to be logged [Notificeren 2, 2.x].
    pub fn failed(self, now: UtcDateTime) -> (NotificationRefusal, Vec<LogEvent>) {
        let events = self.ids.log(&n::server::V3, now);
        (NotificationRefusal::NotProcessed, events)
    }
}

impl ReceivedNotificatie {
    /// Reads a message that came to a notification endpoint.
    ///
    /// # Errors
    /// If it is no Notificatie: the refusal to send, and what is to be logged.
    pub fn parse(
        request: &HttpRequest,
        release: Release,
        now: UtcDateTime,
    ) -> Result<Self, (NotificationRefusal, Vec<LogEvent>)> {
        let id = |name| headers::id(request.headers(), name);
        let ids = Ids {
            request_id: id(MEDMIJ_REQUEST_ID).and_then(|text| RequestId::received(text, release).ok()),
            correlation_id: id(X_CORRELATION_ID).and_then(|text| text.parse().ok()),
        };
        match Notificatie::parse(request, release.abonneren_form()) {
            Ok(message) => Ok(Self { message, ids }),
            Err(refusal) => Err((refusal, ids.log(&n::server::V2, now))),
        }
    }

    /// The id of the Abonnement. Look it up among those of the DVA that sent the message: ids are unique at one Subscription
    /// Server only, so there may be several of this id, and [`judge`](Self::judge) takes the one of this DVA.
    #[must_use]
    pub const fn key(&self) -> &SubscriptionId {
        self.message.id()
    }

    /// The Abonnementen could not be looked up, or not in time: the refusal to send, and what is to be logged. Never judge a
    /// message by an empty list in its place: that would end the Abonnement [Notificeren 2, 2.x].
    pub fn failed(&self, now: UtcDateTime) -> (NotificationRefusal, Vec<LogEvent>) {
        (NotificationRefusal::NotProcessed, self.ids.log(&n::server::V3, now))
    }

    /// Judges the message by the Abonnementen of its id, and by who sent it: another DVA than the one that issued an
    /// Abonnement cannot end it, and is told what it would be told if there were none [abonneren.md 9].
    pub fn judge(self, found: Vec<Abonnement>, peer: Option<&ClientIdentity>, now: UtcDateTime) -> NotifiedStep {
        let Some(peer) = peer else {
            // Who sent it is for our own TLS to tell: without that nothing is known of the Abonnement.
            let (refusal, events) = self.failed(now);
            return NotifiedStep::Rejected { refusal, events };
        };
        let of_peer = |abonnement: &Abonnement| {
            abonnement.id == *self.message.id() && peer.names().iter().any(|name| abonnement.hosts.contains(name))
        };
        let mut found = found
            .into_iter()
            .filter(|abonnement| of_peer(abonnement) && abonnement.einde(now).is_some());
        let mut abonnement = match (found.next(), found.next()) {
            (Some(abonnement), None) => abonnement,
            (None, _) => {
                return NotifiedStep::Rejected {
                    refusal: NotificationRefusal::InvalidSubscriptionId,
                    events: self.ids.log(&n::server::V2, now),
                };
            }
            // Two Subscription Servers behind one name: which of them is meant cannot be told.
            (Some(_), Some(_)) => {
                let (refusal, events) = self.failed(now);
                return NotifiedStep::Rejected { refusal, events };
            }
        };
        let before = abonnement.state;
        let notice = match self.message {
            Notificatie::Inhoudelijk { .. } => Some(Notice::NewInformation),
            Notificatie::Abonnement { einde, .. } => {
                // An Aanbieder shortens; what it cannot do is make the person's agreement last longer.
                let present = abonnement.einde(now);
                let set = AbonnementState::set_by_aanbieder(einde, now);
                abonnement.state = match (set, present) {
                    (AbonnementState::Active { einde }, Some(present)) if einde >= present => before,
                    (set, _) => set,
                };
                match abonnement.state {
                    AbonnementState::Ended => Some(Notice::Ended),
                    state if state == before => None,
                    AbonnementState::Active { .. } => Some(Notice::Shortened),
                }
            }
        };
        NotifiedStep::Accepted(AcceptedNotificatie {
            abonnement,
            notice,
            events: self.ids.log(&n::server::V1, now),
            ids: self.ids,
        })
    }
}
