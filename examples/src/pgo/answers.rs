//! What comes of the requests of a run: each answer is stored with its envelopes, its pages and documents are asked for, and what
//! was shared is held against its answer.

use std::borrow::Cow;

use medmij_core::LogEvent;
use medmij_fhir_bundle::{
    AwaitingPage, Bundle, EntryState, Envelope, FhirVersion, Limits, Origin, PageStep, PagingPolicy, Received,
};
use medmij_oauth::dvp::{Collected, Collector, Done, FailureCause, FollowUp, Placed, Ready, ResourceQuery};

use super::person;
use crate::own_log::{About, OwnLog};
use crate::sql::{Sql, StoreError};

/// The most documents that are asked for of one answer.
const MAX_DOCUMENTS: usize = 100;

/// Stores each answer of a run.
pub(super) struct Answers {
    pub(super) store: Sql,
    pub(super) log: OwnLog,
    pub(super) represented: Option<String>,
    pub(super) about: About,
    /// The search at hand, and where its next page is.
    pub(super) paging: Option<(AwaitingPage, ResourceQuery)>,
}

/// The version of FHIR of an answer, by its media type.
pub(super) fn version(answer: &Collected) -> FhirVersion {
    let told = answer.content_type.as_deref().and_then(FhirVersion::of_media_type);
    told.unwrap_or(FhirVersion::Stu3)
}

impl Collector for Answers {
    type Error = StoreError;

    async fn store(&mut self, done: Done) -> Result<FollowUp, StoreError> {
        match done {
            Done::Collected(collected) => {
                let (page, follow_up) = self.follow(&collected);
                let envelope = envelope(&collected, page)?;
                let represented = self.represented.as_deref();
                self.store
                    .store_answer(person(), represented, &collected, &envelope)
                    .await?;
                Ok(follow_up)
            }
            Done::Placed(placed) => {
                let refused = self.refused(&placed).await?;
                self.store.store_placed(person(), &placed).await?;
                Ok(FollowUp {
                    queries: Vec::new(),
                    missing: (refused > 0).then_some(FailureCause::RefusedInPart { entries: refused }),
                })
            }
            Done::Abonnement(abonnement) => {
                self.store.store_abonnement(abonnement).await?;
                Ok(FollowUp::default())
            }
        }
    }

    async fn keep(&mut self, run: Ready) -> Result<(), StoreError> {
        self.store.keep_run(&run).await
    }

    fn log(&mut self, events: Vec<LogEvent>) {
        self.log.write(&events, &self.about);
    }
}

impl Answers {
    /// Which page it is, and what it points at: the next page, and documents.
    fn follow(&mut self, collected: &Collected) -> (usize, FollowUp) {
        let version = version(collected);
        let mut follow_up = FollowUp::default();
        let Ok(bundle) = Bundle::parse(&collected.body, version, &Limits::default()) else {
            return (0, follow_up);
        };
        // A search whose next page was not fetched is told of by the run.
        let at_hand = self.paging.take().filter(|(_, next)| next.path() == collected.path);
        let awaiting = at_hand.map(|(awaiting, _)| awaiting);
        let awaiting = awaiting.or_else(|| AwaitingPage::first(&collected.url, PagingPolicy::new(version)).ok());
        let Some(awaiting) = awaiting else {
            return (0, follow_up);
        };
        let page = awaiting.number();
        let accept = collected.content_type.as_deref().unwrap_or("application/fhir+json");
        match awaiting.page(collected.body.clone()) {
            PageStep::Need(next) => match collected.follow(next.url(), accept) {
                Ok(query) => {
                    follow_up.queries.push(query.clone());
                    self.paging = Some((next, query));
                }
                Err(_) => follow_up.missing = Some(FailureCause::Incomplete),
            },
            PageStep::Done(pages) if pages.is_complete() => {}
            PageStep::Done(_) => follow_up.missing = Some(FailureCause::Incomplete),
        }
        let documents = bundle.attachments().into_iter().filter_map(|attachment| {
            let url = attachment
                .url
                .filter(|url| !url.starts_with("urn:") && !url.starts_with('#'))?;
            let content_type = attachment.content_type.unwrap_or(Cow::Borrowed("application/pdf"));
            Some(collected.follow(&url, &content_type))
        });
        for document in documents.take(MAX_DOCUMENTS) {
            match document {
                Ok(document) => follow_up.queries.push(document),
                Err(_) => follow_up.missing = Some(FailureCause::Incomplete),
            }
        }
        (page, follow_up)
    }

    /// How many entries of what was shared were refused, or may have been.
    async fn refused(&self, placed: &Placed) -> Result<u32, StoreError> {
        let Some(sent) = self.store.sent(placed.placed).await? else {
            return Ok(0);
        };
        let answer = sent.answer(200, &placed.answer.body);
        let not_done = answer.entries.iter().filter(|entry| entry.state != EntryState::Done);
        Ok(u32::try_from(not_done.count()).unwrap_or(u32::MAX))
    }
}

/// What belongs to an answer inseparably, and to each of its entries.
fn envelope(collected: &Collected, page: usize) -> Result<Envelope, StoreError> {
    let received = Received {
        origin: Origin {
            aanbieder: collected.aanbieder.clone(),
            gegevensdienst: collected.gegevensdienst.clone(),
            gegevensdienstnaam: collected.gegevensdienstnaam.clone(),
        },
        request: collected.url.parse().map_err(anyhow::Error::from)?,
        request_id: collected.request_id.clone(),
        at: collected.received_at,
        content_type: collected.content_type.clone(),
        page: u32::try_from(page).unwrap_or(u32::MAX),
    };
    Ok(Envelope::new(
        received,
        &collected.body,
        version(collected),
        &Limits::default(),
    ))
}
