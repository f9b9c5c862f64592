//! The Notification Client: tells a DVP of one Abonnement [flows.md 4.4b].
//!
//! One [`Abonnement`] is watched; [`Abonnement::changed_content`] and [`Abonnement::set_end`] give a [`Notifying`] to be sent,
//! or say why nothing is. While an answer is awaited further changes are queued in [`AwaitingAck`].

use std::collections::VecDeque;

use medmij_core::{
    BackchannelUri, CorrelationId, Hostname, HttpRequest, HttpResponse, LogEvent, OAuthClient, Random, RandomError,
    Release, RequestId, SubscriptionId,
};
use time::{Date, Duration, UtcDateTime};

use super::Abonnement;
use crate::abonneren::{AbonnementState, Notificatie, NotificationAnswer, NotificationRefusal};
use crate::awaited::Awaited;
use crate::flow::n;
use crate::headers;

/// How long a Notification Server may take [ext.abo.subnotint.206, 2.x] [ext.abo.rscnotint.207, 2.x].
const RESPONSE_TIME: Duration = Duration::seconds(10);
/// Within which time after a change its Notificatie is to be placed [ext.abo.rscnotint.206, 2.x].
const PLACE_WITHIN: Duration = Duration::HOUR;

/// Where a DVP receives the messages of its Abonnementen.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the two endpoints of abonneren.md 3")]
pub struct NotificationEndpoints {
    /// Whose they are: nothing is sent there of an Abonnement of another client. `None` where a deployment has but one.
    pub client_id: Option<Hostname>,
    /// For the end or the shortening of an Abonnement.
    pub subscription: BackchannelUri,
    /// For new information.
    pub resource: BackchannelUri,
}

impl NotificationEndpoints {
    /// The endpoints of a client in the later form of the OAuth Client List [ext.abo.subnotint.201, 2.x]
    /// [ext.abo.rscnotint.201, 2.x]. Where one of them is missing the other serves for both: the message tells its kind. If
    /// the list has neither, a DVA takes them from its configuration.
    #[must_use]
    pub fn of(client: &OAuthClient, release: Release) -> Option<Self> {
        let mut serving = client
            .interfaceversies
            .iter()
            .filter(|versie| release.serves(versie.id.as_ref()));
        serving.find_map(|versie| {
            let subscription = versie.subscription_notification.as_ref();
            let resource = versie.resource_notification.as_ref();
            Some(Self {
                client_id: Some(client.hostname.clone()),
                subscription: subscription.or(resource)?.clone(),
                resource: resource.or(subscription)?.clone(),
            })
        })
    }
}

/// What a Notification Client needs to know of the DVP.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "where and in which form")]
pub struct NotificationRoute<'a> {
    /// The release that is spoken.
    pub release: Release,
    /// Where the messages go.
    pub endpoints: &'a NotificationEndpoints,
}

/// What follows from a change.
#[derive(Debug)]
#[must_use = "store the Abonnement, then send the message"]
#[expect(clippy::exhaustive_enums, reason = "the rows N1, N2, N3 and N7")]
#[expect(clippy::large_enum_variant, reason = "made once per message and taken apart at once")]
pub enum NotifyStep {
    /// Store the Abonnement if it changed, then send the message [N1, flows 4.4b] [N3, flows 4.4b].
    Send(Notifying),
    /// Nothing is sent: store the Abonnement if it changed [N2, flows 4.4b] [N7, flows 4.4b].
    Nothing {
        /// The Abonnement as it is now.
        abonnement: Abonnement,
        /// Why.
        why: NotSent,
    },
}

/// Why nothing is sent.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the reasons of the rows N2 and N7")]
pub enum NotSent {
    /// The Abonnement has ended.
    Ended,
    /// The end that the Aanbieder sets is not sooner than the one it has: an Aanbieder cannot make it longer.
    NoSooner,
    /// Nobody vouches for the information [N2, flows 4.4b].
    NotVouched,
    /// The release has no message for it: the predecessor of the interface tells an end, and no shortening.
    NoSuchMessage,
    /// The endpoint of the DVP is no usable address.
    NoAddress,
    /// The endpoints are those of another client than the one of the Abonnement.
    OtherClient,
}

/// A message to send.
#[must_use = "send the message"]
#[non_exhaustive]
pub struct Notifying {
    /// The Abonnement as it is now: if its end was set, to be stored before the message is sent.
    pub abonnement: Abonnement,
    /// The message.
    pub request: HttpRequest,
    /// What takes the answer.
    pub awaiting: AwaitingAck,
    /// When the message is to be there at the latest.
    pub place_before: UtcDateTime,
    /// What is to be logged.
    pub events: Vec<LogEvent>,
}

impl std::fmt::Debug for Notifying {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notifying")
            .field("awaiting", &self.awaiting)
            .finish_non_exhaustive()
    }
}

/// A change that has not been told yet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Change {
    Content { at: UtcDateTime },
    End { einde: Date, at: UtcDateTime },
}

impl Abonnement {
    /// The information changed at this moment [N1, flows 4.4b] [N2, flows 4.4b]. `vouched` is whether it is available, as for
    /// *Verzamelen*.
    ///
    /// # Errors
    /// If the source of randomness fails.
    pub fn changed_content(
        self,
        vouched: bool,
        route: NotificationRoute<'_>,
        now: UtcDateTime,
        random: &mut impl Random,
    ) -> Result<NotifyStep, RandomError> {
        if !vouched {
            return Ok(NotifyStep::Nothing {
                abonnement: self,
                why: NotSent::NotVouched,
            });
        }
        self.tell(Change::Content { at: now }, VecDeque::new(), route, now, random)
    }

    /// The Aanbieder ends or shortens the Abonnement: on today or before it has ended [N3, flows 4.4b]. It cannot make it
    /// longer.
    ///
    /// # Errors
    /// If the source of randomness fails.
    pub fn set_end(
        self,
        einde: Date,
        route: NotificationRoute<'_>,
        now: UtcDateTime,
        random: &mut impl Random,
    ) -> Result<NotifyStep, RandomError> {
        match self.clone().ended_on(einde, now) {
            Ok(abonnement) => abonnement.tell(Change::End { einde, at: now }, VecDeque::new(), route, now, random),
            Err(why) => Ok(NotifyStep::Nothing { abonnement: self, why }),
        }
    }

    /// Tells the end once more, as it is now: where its message was refused with *not processed*, or a crash came before it was
    /// sent. Not where the DVP does not know the Abonnement [N6, flows 4.4b].
    ///
    /// # Errors
    /// If the source of randomness fails.
    pub fn tell_end(
        self,
        route: NotificationRoute<'_>,
        now: UtcDateTime,
        random: &mut impl Random,
    ) -> Result<NotifyStep, RandomError> {
        let einde = self.einde(now).unwrap_or_else(|| now.date());
        self.tell(Change::End { einde, at: now }, VecDeque::new(), route, now, random)
    }

    /// The Abonnement, which the DVP does not know: it has ended. For an [`AckStep`] whose Abonnement was changed by another
    /// meanwhile, on the one that the store has now [N5a, flows 4.4b].
    #[must_use]
    pub fn unknown_to_dvp(self, now: UtcDateTime) -> Self {
        if self.einde(now).is_some() {
            self.changed(AbonnementState::Ended)
        } else {
            self
        }
    }

    /// The Abonnement with an end that the Aanbieder sets, if it is active and that is sooner than it has.
    fn ended_on(self, einde: Date, now: UtcDateTime) -> Result<Self, NotSent> {
        let present = self.einde(now).ok_or(NotSent::Ended)?;
        if einde >= present && einde > now.date() {
            return Err(NotSent::NoSooner);
        }
        Ok(self.changed(AbonnementState::set_by_aanbieder(Some(einde), now)))
    }

    fn tell(
        self,
        mut change: Change,
        mut queue: VecDeque<Change>,
        NotificationRoute { release, endpoints }: NotificationRoute<'_>,
        now: UtcDateTime,
        random: &mut impl Random,
    ) -> Result<NotifyStep, RandomError> {
        let form = release.abonneren_form();
        let nothing = |abonnement, why| Ok(NotifyStep::Nothing { abonnement, why });
        if endpoints
            .client_id
            .as_ref()
            .is_some_and(|client_id| *client_id != self.client_id)
        {
            return nothing(self, NotSent::OtherClient);
        }
        // What cannot be told keeps nothing behind it from being told: new information of an Abonnement that has ended, and
        // what the form has no message for.
        let (message, endpoint, row, at) = loop {
            let id = self.id.clone();
            let told = match change {
                Change::Content { .. } if self.einde(now).is_none() => Err(NotSent::Ended),
                Change::Content { at } => Ok((Notificatie::Inhoudelijk { id }, &endpoints.resource, &n::N1, at)),
                Change::End { einde, at } => {
                    let message = Notificatie::Abonnement { id, einde: Some(einde) };
                    if message.can_be_told(form, now) {
                        Ok((message, &endpoints.subscription, &n::N3, at))
                    } else {
                        Err(NotSent::NoSuchMessage)
                    }
                }
            };
            match (told, queue.pop_front()) {
                (Ok(told), next) => {
                    if let Some(next) = next {
                        queue.push_front(next);
                    }
                    break told;
                }
                (Err(_), Some(next)) => change = next,
                (Err(why), None) => return nothing(self, why),
            }
        };
        let Some(mut request) = message.build(form, endpoint, random)? else {
            return nothing(self, NotSent::NoAddress);
        };
        let request_id = RequestId::random(random)?;
        let correlation_id = CorrelationId::random(random)?;
        headers::insert_ids(request.headers_mut(), &request_id, Some(&correlation_id));
        let events = row.log(now, Some(&correlation_id), Some(&request_id));
        Ok(NotifyStep::Send(Notifying {
            abonnement: self.clone(),
            request,
            awaiting: AwaitingAck {
                abonnement: self,
                queue,
                awaited: Awaited::new(correlation_id, request_id, now),
            },
            place_before: at.saturating_add(PLACE_WITHIN),
            events,
        }))
    }
}

/// A message was sent and its answer is awaited.
#[derive(Clone, Debug)]
#[must_use = "the Abonnement waits for the answer"]
pub struct AwaitingAck {
    abonnement: Abonnement,
    queue: VecDeque<Change>,
    awaited: Awaited,
}

/// The most changes that wait for an answer; one of the content stands for all before it.
const MAX_QUEUE: usize = 2;

/// What follows from an answer.
#[derive(Debug)]
#[must_use = "store the Abonnement"]
#[non_exhaustive]
pub struct AckStep {
    /// What the DVP answered; `None` if nothing came in time.
    pub answer: Option<NotificationAnswer>,
    /// The Abonnement as it is now.
    pub abonnement: Abonnement,
    /// Whether the answer changed it, so that it is to be stored.
    pub changed: bool,
    /// The change that is to be told next, if one was queued: see [`Queued::tell`].
    pub queued: Option<Queued>,
    /// What is to be logged.
    pub events: Vec<LogEvent>,
}

/// Changes that waited for an answer.
#[derive(Clone, Debug)]
#[must_use = "tell the changes"]
pub struct Queued {
    id: SubscriptionId,
    queue: VecDeque<Change>,
}

impl Queued {
    /// Tells the first of them; the others wait for its answer [N8, flows 4.4b].
    ///
    /// # Errors
    /// If the source of randomness fails.
    pub fn tell(
        mut self,
        abonnement: Abonnement,
        route: NotificationRoute<'_>,
        now: UtcDateTime,
        random: &mut impl Random,
    ) -> Result<NotifyStep, RandomError> {
        match self.queue.pop_front().filter(|_| abonnement.id == self.id) {
            Some(change) => abonnement.tell(change, self.queue, route, now, random),
            None => Ok(NotifyStep::Nothing {
                abonnement,
                why: NotSent::Ended,
            }),
        }
    }
}

impl AwaitingAck {
    /// From this moment on the DVP is too late: give up, and call [`failed`](Self::failed).
    #[must_use]
    pub fn deadline(&self) -> UtcDateTime {
        self.awaited.deadline(RESPONSE_TIME)
    }

    /// The Abonnement as it is to be stored.
    #[must_use]
    pub const fn abonnement(&self) -> &Abonnement {
        &self.abonnement
    }

    /// The information changed while an answer is awaited: it is told after the answer [N8, flows 4.4b].
    pub fn changed_content(&mut self, vouched: bool, now: UtcDateTime) {
        let known = self.queue.iter().any(|change| matches!(change, Change::Content { .. }));
        if vouched && !known && self.queue.len() < MAX_QUEUE {
            self.queue.push_back(Change::Content { at: now });
        }
    }

    /// The Aanbieder ends or shortens the Abonnement while an answer is awaited: the end is set now, and told after the
    /// answer. Store [`abonnement`](Self::abonnement) [N8, flows 4.4b].
    pub fn set_end(&mut self, einde: Date, now: UtcDateTime) {
        if let Ok(abonnement) = self.abonnement.clone().ended_on(einde, now) {
            self.abonnement = abonnement;
            self.queue.retain(|change| matches!(change, Change::Content { .. }));
            self.queue.push_back(Change::End { einde, at: now });
        }
    }

    /// The person ended it while an answer is awaited, as the store has it: nothing more is sent [N7, flows 4.4b].
    pub fn ended_by_person(&mut self, abonnement: Abonnement) {
        self.abonnement = abonnement;
        self.queue.clear();
    }

    /// Takes the answer of the DVP: rows N4, N5a, N5b and N6.
    pub fn response(mut self, response: &HttpResponse, now: UtcDateTime) -> AckStep {
        self.awaited.answered(response);
        self.answered(Some(NotificationAnswer::parse(response)), now)
    }

    /// No answer came within 10 seconds, or the connection broke. Whether to repeat the message is a policy of the caller
    /// [N6, flows 4.4b].
    pub fn failed(self, now: UtcDateTime) -> AckStep {
        self.answered(None, now)
    }

    fn answered(self, answer: Option<NotificationAnswer>, now: UtcDateTime) -> AckStep {
        use NotificationAnswer::{Accepted, Refused};
        let row = match answer {
            Some(Accepted) => &n::N4,
            Some(Refused(NotificationRefusal::InvalidSubscriptionId)) => &n::N5A,
            Some(Refused(NotificationRefusal::InvalidNotificationType)) => &n::N5B,
            Some(Refused(NotificationRefusal::NotProcessed)) | None => &n::N6,
        };
        let events = self.awaited.log(row, now);
        let unknown = answer == Some(Refused(NotificationRefusal::InvalidSubscriptionId));
        let before = self.abonnement.version;
        let abonnement = if unknown {
            self.abonnement.unknown_to_dvp(now)
        } else {
            self.abonnement
        };
        let queued = Some(self.queue).filter(|queue| !unknown && !queue.is_empty());
        AckStep {
            answer,
            changed: abonnement.version != before,
            queued: queued.map(|queue| Queued {
                id: abonnement.id.clone(),
                queue,
            }),
            abonnement,
            events,
        }
    }
}
