//! Paging: the pages of one search, fetched link by link [FHIR http, 3.0 to 4.3].

mod pages;
mod policy;
mod stop;

use std::collections::{HashMap, HashSet};
use std::fmt;

use url::Url;

use crate::Bundle;

pub use pages::{EntryKind, Page, PagedEntry, Pages};
pub use policy::PagingPolicy;
use policy::check;
pub use stop::{PagingWarning, StopReason};

/// A search whose next page is to be fetched. It lives in one process: a run that is taken up again by another begins with the page that
/// it was at as with a first.
///
/// ```
/// use medmij_fhir_bundle::{AwaitingPage, FhirVersion, PageStep, PagingPolicy};
///
/// let first = br#"{"resourceType": "Bundle", "type": "searchset", "total": 2,
///   "link": [{"relation": "self", "url": "https://rs.dva.nl/fhir/Flag"},
///            {"relation": "next", "url": "https://rs.dva.nl/fhir?page=2"}],
///   "entry": [{"resource": {"resourceType": "Flag", "id": "1"}}]}"#;
/// let last = br#"{"resourceType": "Bundle", "type": "searchset", "total": 2,
///   "entry": [{"resource": {"resourceType": "Flag", "id": "2"}}]}"#;
///
/// let awaiting = AwaitingPage::first("https://rs.dva.nl/fhir/Flag", PagingPolicy::new(FhirVersion::Stu3))?;
/// let PageStep::Need(awaiting) = awaiting.page(first.to_vec()) else { panic!() };
/// assert_eq!((awaiting.url(), awaiting.number()), ("https://rs.dva.nl/fhir?page=2", 1));
/// let PageStep::Done(pages) = awaiting.page(last.to_vec()) else { panic!() };
/// assert!(pages.is_complete());
/// assert_eq!((pages.len(), pages.matches().count()), (2, 2));
/// # Ok::<(), medmij_fhir_bundle::StopReason>(())
/// ```
#[must_use = "a page is to be fetched"]
pub struct AwaitingPage {
    policy: PagingPolicy,
    first: Url,
    url: Url,
    /// As it was given.
    text: String,
    fetched: HashSet<String>,
    /// Where in the list of entries each is.
    identities: HashMap<(String, Option<String>), usize>,
    bytes: usize,
    total: Option<u64>,
    pages: Pages,
}

/// What follows from a page.
#[derive(Debug)]
#[must_use = "there may be more pages"]
#[expect(clippy::exhaustive_enums, reason = "a caller that misses a step must not compile")]
#[expect(clippy::large_enum_variant, reason = "made once per page and taken apart at once")]
pub enum PageStep {
    /// Fetch the next.
    Need(AwaitingPage),
    /// All pages are there, or the links are not followed further: [`Pages::stopped`] tells.
    Done(Pages),
}

impl AwaitingPage {
    /// The first page of a search.
    ///
    /// # Errors
    /// If the URL is none, not https (unless its origin is named), or names a person.
    pub fn first(url: &str, policy: PagingPolicy) -> Result<Self, StopReason> {
        let parsed = Url::parse(url).map_err(|_| StopReason::NoUrl)?;
        check(&policy, &parsed, &parsed, url)?;
        Ok(Self {
            first: parsed.clone(),
            url: parsed,
            text: url.to_owned(),
            fetched: HashSet::new(),
            identities: HashMap::new(),
            bytes: 0,
            total: None,
            pages: Pages {
                version: policy.version,
                limits: policy.limits,
                pages: Vec::new(),
                entries: Vec::new(),
                warnings: Vec::new(),
                stopped: None,
            },
            policy,
        })
    }

    /// From where the page is to be fetched, as the server gave it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.text
    }

    /// Which page it is, from 0.
    #[must_use]
    pub const fn number(&self) -> usize {
        self.pages.len()
    }

    /// It could not be fetched: what came before is kept.
    #[must_use]
    pub fn failed(self) -> Pages {
        self.stop(StopReason::NotFetched)
    }

    /// The page came.
    pub fn page(mut self, bytes: Vec<u8>) -> PageStep {
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > self.policy.max_bytes {
            return PageStep::Done(self.stop(StopReason::TooManyBytes));
        }
        let mut fetched = self.url.clone();
        fetched.set_fragment(None);
        self.fetched.insert(fetched.into());
        let next = match self.take(&bytes) {
            Ok(next) => next,
            Err(reason) => {
                // What is a Bundle is kept, also if it is too much.
                if !matches!(reason, StopReason::NoBundle(_) | StopReason::NoSearchset) {
                    self.keep(bytes);
                }
                return PageStep::Done(self.stop(reason));
            }
        };
        self.keep(bytes);
        match next {
            None => PageStep::Done(self.end()),
            Some(next) => match self.follow(&next) {
                Ok(url) => {
                    // As it was given, unless it has to be read first.
                    let is_whole = next.starts_with("https://") || next.starts_with("http://");
                    (self.text, self.url) = (if is_whole { next } else { url.to_string() }, url);
                    PageStep::Need(self)
                }
                Err(reason) => PageStep::Done(self.stop(reason)),
            },
        }
    }

    fn keep(&mut self, bytes: Vec<u8>) {
        let url = self.text.clone();
        self.pages.pages.push(Page { url, bytes });
    }

    fn stop(mut self, reason: StopReason) -> Pages {
        self.pages.stopped = Some(reason);
        self.pages
    }

    /// The last page was reached.
    fn end(mut self) -> Pages {
        let matches = self.pages.matches().count();
        if let Some(total) = self.total.filter(|total| *total > matches as u64) {
            self.pages
                .warnings
                .push(PagingWarning::TotalNotReached { total, matches });
        }
        self.pages
    }

    /// Takes what is on a page, and gives its link to the next.
    fn take(&mut self, bytes: &[u8]) -> Result<Option<String>, StopReason> {
        let bundle = Bundle::parse(bytes, self.policy.version, &self.policy.limits).map_err(StopReason::NoBundle)?;
        if !bundle.type_is("searchset") {
            return Err(StopReason::NoSearchset);
        }
        let page = self.pages.pages.len();
        if page == 0 {
            self.total = bundle.total();
            self.look_at_itself(&bundle);
        } else if bundle.total() != self.total {
            self.pages.warnings.push(PagingWarning::TotalChanged { page });
        }
        for (index, entry) in bundle.entries().enumerate() {
            let Some(resource) = entry.resource() else { continue };
            let kind = match entry.search_mode().as_deref() {
                Some("include") => EntryKind::Include,
                Some("outcome") => EntryKind::Outcome,
                None if resource.is("OperationOutcome") => EntryKind::Outcome,
                _ => EntryKind::Match,
            };
            let address = || resource.id().map(|id| format!("{}/{id}", resource.resource_type()));
            let identity = entry.full_url().map(Into::into).or_else(address);
            let identity = identity.map(|identity| (identity, resource.version_id().map(Into::into)));
            let before = identity.as_ref().and_then(|identity| self.identities.get(identity));
            if let Some(before) = before.and_then(|before| self.pages.entries.get_mut(*before)) {
                match (before.kind, kind) {
                    (EntryKind::Match, EntryKind::Match) => {
                        let entry = index;
                        self.pages.warnings.push(PagingWarning::MatchTwice { page, entry });
                    }
                    // What was searched for is a match, also if it belonged to another first.
                    (_, EntryKind::Match) => before.kind = kind,
                    _ => {}
                }
                continue;
            }
            if self.pages.entries.len() >= self.policy.max_entries {
                return Err(StopReason::TooManyEntries);
            }
            if let Some(identity) = identity {
                self.identities.insert(identity, self.pages.entries.len());
            }
            self.pages.entries.push(PagedEntry {
                kind,
                page,
                entry: index,
                range: resource.range(),
            });
        }
        let mut next = None;
        for link in bundle.links().filter(|link| link.relation() == "next") {
            let url = link.url().into_owned();
            if next.as_ref().is_some_and(|other| *other != url) {
                return Err(StopReason::TwoNext);
            }
            next = Some(url);
        }
        Ok(next)
    }

    /// Each parameter of the request stands in the link to itself, a reference with or without its type.
    fn look_at_itself(&mut self, bundle: &Bundle<'_>) {
        let Some(itself) = bundle.link("self").and_then(|url| self.url.join(&url).ok()) else {
            return;
        };
        let said: Vec<_> = itself.query_pairs().collect();
        for (name, value) in self.url.query_pairs() {
            let bare = |value: &str| value.rsplit('/').next().unwrap_or_default().to_owned();
            let is_it = |(other, said): &(_, std::borrow::Cow<'_, str>)| {
                *other == name && (*said == value || !value.contains(':') && bare(said) == bare(&value))
            };
            if !said.iter().any(is_it) {
                let name = name.into_owned();
                self.pages.warnings.push(PagingWarning::ParameterDropped { name });
            }
        }
    }

    /// Where a link leads, if it may be followed.
    fn follow(&self, next: &str) -> Result<Url, StopReason> {
        // What one reads in these is not what another reads.
        if next.bytes().any(|byte| byte == b'\\' || !byte.is_ascii_graphic()) {
            return Err(StopReason::NoUrl);
        }
        let mut url = self.url.join(next).map_err(|_| StopReason::NoUrl)?;
        check(&self.policy, &self.first, &url, next)?;
        url.set_fragment(None);
        if self.fetched.contains(url.as_str()) {
            return Err(StopReason::Loop);
        }
        if self.pages.pages.len() >= self.policy.max_pages {
            return Err(StopReason::TooManyPages);
        }
        Ok(url)
    }
}

impl fmt::Debug for AwaitingPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitingPage")
            .field("pages", &self.pages)
            .finish_non_exhaustive()
    }
}
