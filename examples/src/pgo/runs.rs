//! The runs: what the person wants becomes a run of the function, under a token that is held, a refresh of it, or a new
//! authorization.

use std::fmt;
use std::str::FromStr;

use medmij_core::{
    Aanbiedernaam, Digest, GegevensdienstId, LogEvent, Offer, Offers, Representation, SubscriptionId, SystemRandom,
    VerzamelenScope,
};
use medmij_oauth::dvp::{
    self, Abonnement, CollectEnd, Done, HeldToken, Pending, PendingStore as _, Placement, Ready, Refreshed, ReplyStep,
    ResourceQuery, Selected, Stopped, StoredPending, TokenStep, TokenStore as _,
};
use medmij_oauth::{AuthorizationReply, Redirect};

use super::answers::{Answers, Followed};
use super::{PERSON, Pgo, account, delen, person};
use crate::clock;
use crate::dva::report;
use crate::own_log::About;

/// What the person wants.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Wish {
    /// To collect, for themselves or for the child.
    Verzamelen { aanbieder: Aanbiedernaam, voor_kind: bool },
    /// To share the document for a Gegevensdienst.
    Delen {
        aanbieder: Aanbiedernaam,
        gegevensdienst: GegevensdienstId,
    },
    /// To be told of new data for as long as the Aanbieder allows.
    Abonneren {
        aanbieder: Aanbiedernaam,
        gegevensdienst: GegevensdienstId,
    },
    /// To be told no more of what an Abonnement at a Subscription Server is about.
    Beeindigen { host: String, id: SubscriptionId },
}

impl Wish {
    /// That an Abonnement ends.
    pub fn end_of(abonnement: &Abonnement) -> Self {
        Self::Beeindigen {
            host: abonnement.subscription.host().to_owned(),
            id: abonnement.id.clone(),
        }
    }
}

/// As a button sends it.
impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verzamelen {
                aanbieder,
                voor_kind: false,
            } => write!(f, "verzamelen {aanbieder}"),
            Self::Verzamelen {
                aanbieder,
                voor_kind: true,
            } => write!(f, "verzamelen-voor-kind {aanbieder}"),
            Self::Delen {
                aanbieder,
                gegevensdienst,
            } => write!(f, "delen {aanbieder} {gegevensdienst}"),
            Self::Abonneren {
                aanbieder,
                gegevensdienst,
            } => write!(f, "abonneren {aanbieder} {gegevensdienst}"),
            Self::Beeindigen { host, id } => write!(f, "beeindigen {host} {id}"),
        }
    }
}

impl FromStr for Wish {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let words: Vec<_> = text.split(' ').collect();
        Ok(match words.as_slice() {
            ["verzamelen", aanbieder] => Self::Verzamelen {
                aanbieder: aanbieder.parse()?,
                voor_kind: false,
            },
            ["verzamelen-voor-kind", aanbieder] => Self::Verzamelen {
                aanbieder: aanbieder.parse()?,
                voor_kind: true,
            },
            ["delen", aanbieder, gegevensdienst] => Self::Delen {
                aanbieder: aanbieder.parse()?,
                gegevensdienst: gegevensdienst.parse()?,
            },
            ["abonneren", aanbieder, gegevensdienst] => Self::Abonneren {
                aanbieder: aanbieder.parse()?,
                gegevensdienst: gegevensdienst.parse()?,
            },
            ["beeindigen", host, id] => Self::Beeindigen {
                host: (*host).to_owned(),
                id: id.parse()?,
            },
            _ => anyhow::bail!("this PGO has no such choice"),
        })
    }
}

/// How a run began.
#[derive(Debug)]
pub enum Started {
    /// The person is sent to the DVA.
    Authorize(Redirect),
    /// A token was still there: the run has ended already.
    Ended(RunEnd),
    /// Another run is refreshing the token: the person tries again in a while.
    Busy,
}

/// How a run ended.
#[derive(Debug)]
pub struct RunEnd {
    pub stopped: Stopped,
    /// Something was done that could not be stored: the person is told, so that nobody does it twice.
    pub lost_sight: bool,
}

impl From<Stopped> for RunEnd {
    fn from(stopped: Stopped) -> Self {
        Self {
            stopped,
            lost_sight: false,
        }
    }
}

/// What is not done, and why: the person is told.
pub type NotStarted = &'static str;

impl Pgo {
    /// Starts a run: with a long-term consent without the person, else with an authorization (rows P1 to P4).
    pub async fn start(&self, wish: &Wish, session: Digest) -> anyhow::Result<Result<Started, NotStarted>> {
        let Some(selected) = self.select(wish).await? else {
            return Ok(Err("Dit staat niet op de lijst."));
        };
        let voor_kind = matches!(wish, Wish::Verzamelen { voor_kind: true, .. });
        let represented = self.represented(voor_kind);
        let key = selected.token_key(PERSON, represented);
        let (mut random, context) = (SystemRandom, selected.log_context());
        let log = |events: Vec<LogEvent>| self.log(&events, Some(context.clone()));
        // Only a consent for an indefinite time is used without asking: this PGO keeps no other tokens.
        let refreshed = dvp::refresh(selected, key, &self.store, &self.client, log, clock::now, &mut random);
        let selected = match refreshed.await? {
            Refreshed::Ready(ready) => return Ok(Ok(Started::Ended(self.collect(ready).await?))),
            Refreshed::Stopped(stopped) => return Ok(Ok(Started::Ended(self.ended(stopped.into())))),
            Refreshed::Busy(selected) => {
                let _ = self.ended(selected.abandon(clock::now()).into());
                return Ok(Ok(Started::Busy));
            }
            Refreshed::Authorize(selected) => selected,
        };
        let begun = selected.begin(clock::now(), &mut random)?;
        log(begun.events);
        let stored = StoredPending::new(session, begun.pending);
        let _ = self.store.put_pending(stored.pending.key(), stored).await?;
        Ok(Ok(Started::Authorize(begun.redirect)))
    }

    /// What the person chose, as a run; `None` if it is not offered any more.
    async fn select(&self, wish: &Wish) -> anyhow::Result<Option<Selected>> {
        Ok(match wish {
            Wish::Verzamelen { aanbieder, voor_kind } => {
                let Some(offers) = self.to_collect(aanbieder) else {
                    return Ok(None);
                };
                let selected = self.dvp.verzamelen(offers.clone(), self.todo(&offers)?)?;
                if *voor_kind {
                    let Some(kind) = &self.config.kind else { return Ok(None) };
                    Some(selected.on_behalf_of(Representation::OnBehalfOfChild, kind.geboortedatum.clone())?)
                } else {
                    Some(selected)
                }
            }
            Wish::Delen {
                aanbieder,
                gegevensdienst,
            } => {
                let document = self
                    .config
                    .delen
                    .iter()
                    .find(|document| document.gegevensdienst == *gegevensdienst);
                let (Some(offer), Some(document)) = (self.offer(aanbieder, gegevensdienst), document) else {
                    return Ok(None);
                };
                let pdf = tokio::fs::read(&document.file).await?;
                let (sent, body) = delen::transaction(&document.titel, &pdf, clock::now(), &mut SystemRandom)?;
                self.store
                    .store_sent(Digest::of(&body), Digest::of(&pdf), &sent)
                    .await?;
                let placement = Placement::post(
                    gegevensdienst.clone(),
                    document.systeemrol.clone(),
                    "",
                    &document.media_type,
                    body,
                )?;
                Some(self.dvp.delen(offer, vec![placement])?)
            }
            Wish::Abonneren {
                aanbieder,
                gegevensdienst,
            } => {
                let offer = self.offer(aanbieder, gegevensdienst);
                let Some((offer, dagen)) = offer.and_then(|offer| {
                    let dagen = offer.abonneren.as_ref()?.maximale_duur;
                    Some((offer, dagen))
                }) else {
                    return Ok(None);
                };
                Some(self.dvp.abonneren(offer, dagen)?)
            }
            Wish::Beeindigen { host, id } => {
                let mut found = self.store.own_abonnementen(Some(id)).await?.into_iter();
                let Some(kept) = found.find(|kept| kept.subscription.host() == host) else {
                    return Ok(None);
                };
                let Some(offer) = self.offer(&kept.aanbieder, &kept.gegevensdienst) else {
                    return Ok(None);
                };
                Some(self.dvp.abonnement_beeindigen(offer, kept)?)
            }
        })
    }

    /// What an Aanbieder offers by the list. One flow for each DVA of an Aanbieder; this example takes the first.
    pub(super) fn offers(&self, aanbieder: &Aanbiedernaam) -> Option<Offers> {
        let lists = self.lists.now();
        let zal = lists.zal.as_ref()?;
        let groups = zal.offers(aanbieder, self.config.release, lists.gnl.as_ref());
        groups.into_iter().next()
    }

    fn offer(&self, aanbieder: &Aanbiedernaam, gegevensdienst: &GegevensdienstId) -> Option<Offer> {
        self.offers(aanbieder)?.gegevensdienst(gegevensdienst.as_str()).cloned()
    }

    /// What can be collected at an Aanbieder: all that this PGO has requests for, or where the release has one at a time the
    /// first.
    pub(super) fn to_collect(&self, aanbieder: &Aanbiedernaam) -> Option<Offers> {
        let offers = self.offers(aanbieder)?;
        let known = |offer: &&Offer| {
            self.config
                .requests
                .iter()
                .any(|request| request.gegevensdienst == offer.gegevensdienst)
        };
        let most = match self.config.release.verzamelen_scope() {
            VerzamelenScope::OneCombination => 1,
            VerzamelenScope::Combinations | VerzamelenScope::Aanbieder => usize::MAX,
        };
        Offers::new(offers.iter().filter(known).take(most).cloned().collect()).ok()
    }

    /// What is to be asked for, of what these offers have.
    fn todo(&self, offers: &Offers) -> Result<Vec<ResourceQuery>, dvp::QueryError> {
        let wanted = self.config.requests.iter().filter(|request| {
            let offer = offers.gegevensdienst(request.gegevensdienst.as_str());
            offer.is_some_and(|offer| offer.resource(request.systeemrol.as_str()).is_some())
        });
        wanted
            .map(|it| ResourceQuery::new(it.gegevensdienst.clone(), it.systeemrol.clone(), &it.path, &it.accept))
            .collect()
    }

    /// From the reply to the end of the run (rows P7 to P28); `None` if the reply belongs to no run.
    pub async fn finish(&self, pending: Pending, reply: AuthorizationReply) -> anyhow::Result<Option<RunEnd>> {
        let context = pending.log_context();
        let log = |events: Vec<LogEvent>| self.log(&events, Some(context.clone()));
        let exchange = match pending.reply(reply, clock::now(), &mut SystemRandom)? {
            ReplyStep::Exchange(exchange) => exchange,
            ReplyStep::Stopped(stopped) => return Ok(Some(self.ended(stopped.into()))),
            ReplyStep::Stray { events, .. } => {
                log(events);
                return Ok(None);
            }
        };
        // That a code came is the proof of consent: it is stored before anything is done with the code (row P7).
        let consent = exchange.awaiting.consent();
        let represented = self.represented(consent.representation != Representation::None);
        if let Err(error) = self.store.store_consent(person(), represented, &consent).await {
            report(&error);
            return Ok(Some(self.ended(exchange.awaiting.abandon(clock::now()).into())));
        }
        let ready = match dvp::exchange(exchange, &self.client, log, clock::now).await {
            TokenStep::Ready { ready, events } => {
                log(events);
                ready
            }
            TokenStep::Stopped(stopped) => {
                if let Some(held) = &stopped.token {
                    self.keep(held).await?;
                }
                return Ok(Some(self.ended(stopped.into())));
            }
        };
        if let Some(held) = ready.token() {
            self.keep(held).await?;
        }
        self.collect(ready).await.map(Some)
    }

    /// Keeps a token that can be refreshed without the person.
    async fn keep(&self, held: &HeldToken) -> anyhow::Result<()> {
        if held.refresh.is_some() {
            let represented = self.represented(held.representation != Representation::None);
            self.store
                .put_token(held.key(PERSON, represented), held.clone())
                .await?;
        }
        Ok(())
    }

    /// Whom the account's person acts for.
    fn represented(&self, voor_kind: bool) -> Option<&str> {
        let kind = self.config.kind.as_ref().filter(|_| voor_kind);
        kind.map(|kind| kind.id.as_str())
    }

    /// All requests of a run, one after another.
    async fn collect(&self, ready: Ready) -> anyhow::Result<RunEnd> {
        let chain = ready.correlation_id().clone();
        let context = ready.log_context();
        let represented = self.represented(context.representation.is_some_and(|it| it != Representation::None));
        let mut answers = Answers {
            store: self.store.clone(),
            log: self.log.clone(),
            represented: represented.map(str::to_owned),
            about: About {
                context: Some(context),
                person: Some(account()),
                reference: None,
            },
            followed: Followed::default(),
        };
        let ended = dvp::collect(ready, &self.client, &mut answers, &mut SystemRandom, clock::now).await?;
        let end = match ended {
            CollectEnd::Stopped(stopped) => stopped.into(),
            // The token ran out while requests were left. A second login is not asked of the person here.
            CollectEnd::NeedsToken(selected) => selected.abandon(clock::now()).into(),
            // What was stored before stays.
            CollectEnd::NotStored { done, ready, error } => {
                report(&error);
                RunEnd {
                    lost_sight: matches!(done, Some(Done::Placed(_) | Done::Abonnement(_))),
                    stopped: ready.abandon(clock::now()),
                }
            }
        };
        self.store.drop_run(chain.as_str()).await?;
        Ok(self.ended(end))
    }

    /// A run that has ended, logged.
    fn ended(&self, end: RunEnd) -> RunEnd {
        self.log.ended(&end.stopped, &account());
        end
    }
}
