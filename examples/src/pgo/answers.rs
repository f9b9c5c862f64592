//! What comes of the requests of a run: each answer is stored with its envelopes, its pages and documents are asked for, and what
//! was shared is held against its answer.

use std::borrow::Cow;
use std::collections::HashSet;

use medmij_core::LogEvent;
use medmij_fhir_bundle::{
    AwaitingPage, Bundle, EntryState, Envelope, FhirVersion, Limits, Origin, PageStep, PagingPolicy, Received,
    RequestUrl,
};
use medmij_oauth::dvp::{Collected, Collector, Done, FailureCause, FollowUp, Placed, Ready, ResourceQuery};

use super::person;
use crate::dossier::UNKNOWN;
use crate::own_log::{About, OwnLog};
use crate::sql::{Sql, StoreError};

/// The most documents and pages that are asked for in one run, beside what the person asked for.
const MAX_FOLLOWED: usize = 1_000;

/// Stores each answer of a run.
pub(super) struct Answers {
    pub(super) store: Sql,
    pub(super) log: OwnLog,
    pub(super) represented: Option<String>,
    pub(super) about: About,
    pub(super) followed: Followed,
}

/// What was asked for because an answer pointed at it.
#[derive(Default)]
pub(super) struct Followed {
    /// The search at hand, and where its next page is.
    paging: Option<(AwaitingPage, ResourceQuery)>,
    /// Everything, once.
    all: HashSet<String>,
    /// The documents among it: what these point at in turn is not asked for.
    documents: HashSet<String>,
}

/// The version of FHIR of an answer: what it tells, or else what was asked for.
pub(super) fn version(answer: &Collected) -> FhirVersion {
    let told = answer.content_type.as_deref().and_then(FhirVersion::of_media_type);
    let asked = || FhirVersion::of_media_type(&answer.accept);
    told.or_else(asked).unwrap_or(FhirVersion::Stu3)
}

impl Collector for Answers {
    type Error = StoreError;

    async fn store(&mut self, done: Done) -> Result<FollowUp, StoreError> {
        match done {
            Done::Collected(collected) => {
                let (page, follow_up) = self.followed.by(&collected);
                let envelope = envelope(&collected, page)?;
                let represented = self.represented.as_deref();
                self.store
                    .store_answer(person(), represented, &collected, &envelope)
                    .await?;
                Ok(follow_up)
            }
            Done::Placed(placed) => {
                // First that it was placed: whatever fails behind this, it is not sent again.
                self.store.store_placed(person(), &placed).await?;
                self.placed(&placed).await
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
    /// What became of each entry of what was shared.
    async fn placed(&self, placed: &Placed) -> Result<FollowUp, StoreError> {
        let Some(sent) = self.store.sent(placed.placed).await? else {
            return Ok(FollowUp::default());
        };
        let answer = sent.answer(200, &placed.answer.body);
        let count = |state| answer.entries.iter().filter(|entry| entry.state == state).count();
        let (refused, unknown) = (count(EntryState::Refused), count(EntryState::Unknown));
        let told = match (count(EntryState::Done), refused, unknown) {
            (_, 0, 0) => "",
            (0, _, 0) => "geweigerd",
            (0, 0, _) => UNKNOWN,
            (0, ..) => "deels geweigerd, deels onbekend",
            _ => "deels",
        };
        self.store.store_shared(placed.placed, told).await?;
        let refused = u32::try_from(refused).unwrap_or(u32::MAX);
        Ok(FollowUp {
            queries: Vec::new(),
            missing: match (refused, unknown) {
                (0, 0) => None,
                (0, _) => Some(FailureCause::Incomplete),
                (entries, _) => Some(FailureCause::RefusedInPart { entries }),
            },
        })
    }
}

impl Followed {
    /// Which page an answer is, and what is asked for because of it: the next page, and documents.
    fn by(&mut self, collected: &Collected) -> (usize, FollowUp) {
        let mut follow_up = FollowUp::default();
        // A search whose next page was not fetched is told of by the run.
        let at_hand = self.paging.take().filter(|(_, next)| next.path() == collected.path);
        let is_document = self.documents.contains(&collected.path);
        let version = version(collected);
        let bundle = Bundle::parse(&collected.body, version, &Limits::default());
        let is_searchset = bundle
            .as_ref()
            .is_ok_and(|bundle| bundle.bundle_type().as_deref() == Some("searchset"));
        if at_hand.is_none() && (is_document || !is_searchset) {
            return (0, follow_up);
        }
        let first = || AwaitingPage::first(&collected.url, PagingPolicy::new(version)).ok();
        let Some(awaiting) = at_hand.map(|(awaiting, _)| awaiting).or_else(first) else {
            follow_up.missing = Some(FailureCause::Incomplete);
            return (0, follow_up);
        };
        let page = awaiting.number();
        match awaiting.page(collected.body.clone()) {
            PageStep::Need(next) => match self.ask(collected, next.url(), &collected.accept) {
                Some(query) => {
                    follow_up.queries.extend(query.clone());
                    self.paging = query.map(|query| (next, query));
                }
                None => follow_up.missing = Some(FailureCause::Incomplete),
            },
            PageStep::Done(pages) if pages.is_complete() => {}
            PageStep::Done(_) => follow_up.missing = Some(FailureCause::Incomplete),
        }
        for attachment in bundle.iter().flat_map(Bundle::attachments) {
            let Some(url) = attachment.url.filter(|url| !is_here(url)) else {
                continue;
            };
            let content_type = attachment.content_type.unwrap_or(Cow::Borrowed("application/pdf"));
            match self.ask(collected, &url, &content_type) {
                Some(query) => {
                    self.documents.extend(query.iter().map(|query| query.path().to_owned()));
                    follow_up.queries.extend(query);
                }
                None => follow_up.missing = Some(FailureCause::Incomplete),
            }
        }
        (page, follow_up)
    }

    /// The request for what an answer points at, if it was not asked for before; `None` if it is not to be asked for.
    fn ask(&mut self, collected: &Collected, given: &str, accept: &str) -> Option<Option<ResourceQuery>> {
        let query = collected.follow(given, accept).ok()?;
        if self.all.contains(query.path()) {
            return Some(None);
        }
        // What cannot be stored with its envelope is not asked for.
        let is_kept = !query.path().starts_with("https://") || query.path().parse::<RequestUrl>().is_ok();
        if self.all.len() >= MAX_FOLLOWED || !is_kept {
            return None;
        }
        self.all.insert(query.path().to_owned());
        Some(Some(query))
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
        request: request_url(&collected.url)?,
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

/// Whether the content of an attachment is in the answer itself.
fn is_here(url: &str) -> bool {
    ["urn:", "#", "data:"].iter().any(|begin| url.starts_with(begin))
}

/// The URL of a request as it is kept: without its query, if that holds what is not to be.
fn request_url(url: &str) -> Result<RequestUrl, StoreError> {
    let bare = || url.split('?').next().unwrap_or_default().parse();
    Ok(url.parse().or_else(|_| bare()).map_err(anyhow::Error::from)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clock;

    /// An answer to a request for a path.
    fn collected(path: &str, body: &str) -> Collected {
        let url = if path.starts_with("https://") {
            path.to_owned()
        } else {
            format!("https://rs.dva.nl/fhir/{path}")
        };
        let envelope = json!({
            "aanbieder": "ziekenhuisvoorbeeld@medmij",
            "release": "2.2",
            "interfaceversie": null,
            "gegevensdienst": "51",
            "gegevensdienstnaam": null,
            "systeemrol": "MM-3.0-PLB-FHIR",
            "url": url,
            "path": path,
            "representation": medmij_core::Representation::None,
            "consent": "9e1b4e1c-2f7a-4d0e-8a5b-3c6d7e8f9a0b",
            "request_id": "9e1b4e1c-2f7a-4d0e-8a5b-3c6d7e8f9a0b",
            "correlation_id": "9e1b4e1c-2f7a-4d0e-8a5b-3c6d7e8f9a0b",
            "received_at": clock::now(),
            "accept": "application/fhir+json; fhirVersion=3.0",
            "content_type": "application/fhir+json",
            "digest": medmij_core::Digest::of(body.as_bytes()),
        });
        let mut collected: Collected = serde_json::from_value(envelope).unwrap();
        collected.body = body.as_bytes().to_vec();
        collected
    }

    fn searchset(next: Option<&str>, urls: &[&str]) -> String {
        let links: Vec<_> = next.iter().map(|url| json!({"relation": "next", "url": url})).collect();
        let entry = |url: &&str| json!({"resource": {"resourceType": "DocumentReference", "content": [{"attachment": {"url": url}}]}});
        let entries: Vec<_> = urls.iter().map(entry).collect();
        json!({"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries}).to_string()
    }

    fn asked(follow_up: &FollowUp) -> (Vec<&str>, Option<FailureCause>) {
        (
            follow_up.queries.iter().map(ResourceQuery::path).collect(),
            follow_up.missing,
        )
    }

    #[test]
    fn pages_and_documents_are_asked_for_once() {
        let mut followed = Followed::default();
        let next = "https://rs.dva.nl/fhir?page=2";
        let first = collected(
            "DocumentReference",
            &searchset(Some(next), &["Binary/1", "Binary/1", "urn:x", "#pdf", "data:,x"]),
        );
        let (page, follow_up) = followed.by(&first);
        assert_eq!((page, asked(&follow_up)), (0, (vec![next, "Binary/1"], None)));
        let (page, follow_up) = followed.by(&collected(next, &searchset(None, &["Binary/1", "Binary/2"])));
        assert_eq!((page, asked(&follow_up)), (1, (vec!["Binary/2"], None)));
        // What a document points at is its own matter, also if it is a search for itself.
        let (_, follow_up) = followed.by(&collected("Binary/1", &searchset(None, &["Binary/3"])));
        assert_eq!(asked(&follow_up), (vec![], None));
        let (_, follow_up) = followed.by(&collected("Binary/2", "%PDF"));
        assert_eq!(asked(&follow_up), (vec![], None));
    }

    #[test]
    fn what_is_not_asked_for_is_missing() {
        let missing = Some(FailureCause::Incomplete);
        let told = |path: &str, body: &str| {
            let (_, follow_up) = Followed::default().by(&collected(path, body));
            let (asked, missing) = asked(&follow_up);
            (asked.len(), missing)
        };
        let many: Vec<_> = (0..=MAX_FOLLOWED).map(|id| format!("Binary/{id}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert_eq!(
            told("DocumentReference", &searchset(None, &many)),
            (MAX_FOLLOWED, missing)
        );
        for url in [
            "https://rs.dva.nl/Binary/1?access_token=x",
            "https://rs.dva.nl/Binary?patient=1",
            "http://rs.dva.nl/x",
        ] {
            assert_eq!(
                told("DocumentReference", &searchset(None, &[url])),
                (0, missing),
                "{url}"
            );
        }
        assert_eq!(
            told("DocumentReference", &searchset(Some("https://evil.nl/2"), &[])),
            (0, missing)
        );
        // A page that is none ends its search.
        let mut followed = Followed::default();
        let next = "https://rs.dva.nl/fhir?page=2";
        let _ = followed.by(&collected("DocumentReference", &searchset(Some(next), &[])));
        let (_, follow_up) = followed.by(&collected(next, "<html>"));
        assert_eq!(asked(&follow_up), (vec![], missing));
        // A Bundle that is no search has no pages, and nothing of it is missing.
        assert_eq!(
            told(
                "Composition/1/$document",
                r#"{"resourceType":"Bundle","type":"document"}"#
            ),
            (0, None)
        );
    }
}
