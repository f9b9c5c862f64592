//! Paging: the pages of one search, fetched link by link [FHIR http, 3.0 to 4.3].

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use url::Url;

use crate::{Bundle, BundleError, FhirVersion, Limits, bsn};

/// How far links are followed. Each request carries the person's access token, so none goes where it was not given for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PagingPolicy {
    /// The version of FHIR of the pages.
    pub version: FhirVersion,
    /// The limits of each page.
    pub limits: Limits,
    /// Other origins than that of the first request, which may have the token too: `https://host` or `https://host:port`. One that
    /// is not https must be named here as well. Default none.
    pub origins: Vec<String>,
    /// The most pages. Default 1,000.
    pub max_pages: usize,
    /// The most entries of all pages. Default 100,000.
    pub max_entries: usize,
    /// The most bytes of all pages. Default 512 MiB.
    pub max_bytes: usize,
}

impl PagingPolicy {
    /// The policy of a version, with the defaults.
    #[must_use]
    pub fn new(version: FhirVersion) -> Self {
        Self {
            version,
            limits: Limits::default(),
            origins: Vec::new(),
            max_pages: 1_000,
            max_entries: 100_000,
            max_bytes: 512 << 20,
        }
    }

    /// Whether the token may go there from the first request.
    fn allows(&self, first: &Url, next: &Url) -> bool {
        let origin = next.origin();
        let is_named = || {
            self.origins
                .iter()
                .any(|text| Url::parse(text).is_ok_and(|url| url.origin() == origin))
        };
        (next.scheme() == "https" && origin == first.origin()) || (origin.is_tuple() && is_named())
    }
}

/// Why links are not followed further: what is missing then is missing, and a person must be told so.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StopReason {
    /// A page could not be fetched.
    NotFetched,
    /// What came is no Bundle.
    NoBundle(BundleError),
    /// What came is a Bundle of another type than `searchset`.
    NoSearchset,
    /// A page has two links `next` that differ: which is meant is not told.
    TwoNext,
    /// The link is no URL.
    NoUrl,
    /// The link leads to another origin, or is not https: the token does not go there.
    Foreign,
    /// The link names a person, or the system of the BSN.
    NamesPerson,
    /// The link leads to a page that was fetched already.
    Loop,
    /// There are more pages than the policy allows.
    TooManyPages,
    /// There are more entries than the policy allows.
    TooManyEntries,
    /// The pages are longer than the policy allows.
    TooManyBytes,
}

/// Something about the pages that should not be, and does not stop them.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PagingWarning {
    /// The total of a page is not that of the first.
    TotalChanged {
        /// The page, from 0.
        page: usize,
    },
    /// Fewer were found on all pages than the total tells.
    TotalNotReached {
        /// The total.
        total: u64,
        /// How many matches came.
        matches: usize,
    },
    /// Something that was found came twice; the second is left out.
    MatchTwice {
        /// The page of the second, from 0.
        page: usize,
        /// Its entry, from 0.
        entry: usize,
    },
    /// A parameter of the request is not in the link to itself of the first page: the server did not use it.
    ParameterDropped {
        /// Its name.
        name: String,
    },
}

/// A search whose next page is to be fetched.
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
/// assert_eq!(awaiting.url(), "https://rs.dva.nl/fhir?page=2");
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
    identities: HashSet<(String, Option<String>)>,
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

/// The pages that came, untouched, and what is on them.
#[derive(Clone)]
pub struct Pages {
    version: FhirVersion,
    limits: Limits,
    pages: Vec<Page>,
    entries: Vec<PagedEntry>,
    warnings: Vec<PagingWarning>,
    stopped: Option<StopReason>,
}

/// One page.
#[derive(Clone)]
#[non_exhaustive]
pub struct Page {
    /// From where it was fetched.
    pub url: String,
    /// Its bytes, as they came.
    pub bytes: Vec<u8>,
}

/// Why an entry is on a page.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the three of FHIR")]
pub enum EntryKind {
    /// It was searched for.
    Match,
    /// It belongs to what was.
    Include,
    /// It says something of the search.
    Outcome,
}

/// An entry, by its place.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PagedEntry {
    /// Why it is there.
    pub kind: EntryKind,
    /// The page, from 0.
    pub page: usize,
    /// The entry of the page, from 0.
    pub entry: usize,
    /// Where its resource stands in the bytes of the page.
    pub range: Range<usize>,
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
            identities: HashSet::new(),
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
                    (self.url, self.text) = (url.clone(), if Url::parse(&next).is_ok() { next } else { url.into() });
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
            if let Some(identity) = identity
                && !self
                    .identities
                    .insert((identity, resource.version_id().map(Into::into)))
            {
                if kind == EntryKind::Match {
                    let entry = index;
                    self.pages.warnings.push(PagingWarning::MatchTwice { page, entry });
                }
                continue;
            }
            if self.pages.entries.len() >= self.policy.max_entries {
                return Err(StopReason::TooManyEntries);
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

/// Whether a request with the token may go to a URL.
fn check(policy: &PagingPolicy, first: &Url, url: &Url, text: &str) -> Result<(), StopReason> {
    let has_user = !url.username().is_empty() || url.password().is_some();
    if !policy.allows(first, url) || has_user {
        return Err(StopReason::Foreign);
    }
    if bsn::names_system(text) || bsn::names_patient(text) {
        return Err(StopReason::NamesPerson);
    }
    Ok(())
}

impl Pages {
    /// Whether the last page was reached.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.stopped.is_none()
    }

    /// Why the links were not followed further, if they were not.
    #[must_use]
    pub const fn stopped(&self) -> Option<&StopReason> {
        self.stopped.as_ref()
    }

    /// What should not be.
    #[must_use]
    pub fn warnings(&self) -> &[PagingWarning] {
        &self.warnings
    }

    /// How many pages there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.pages.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// The pages, in order.
    #[must_use]
    pub fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// The pages as Bundles: they are read again.
    #[must_use]
    pub fn bundles(&self) -> Vec<Bundle<'_>> {
        let pages = self.pages.iter();
        pages
            .filter_map(|page| Bundle::parse(&page.bytes, self.version, &self.limits).ok())
            .collect()
    }

    /// The entries of all pages in order, each once.
    #[must_use]
    pub fn entries(&self) -> &[PagedEntry] {
        &self.entries
    }

    /// What was searched for.
    pub fn matches(&self) -> impl Iterator<Item = &PagedEntry> {
        self.of(EntryKind::Match)
    }

    /// What belongs to what was searched for.
    pub fn includes(&self) -> impl Iterator<Item = &PagedEntry> {
        self.of(EntryKind::Include)
    }

    /// What is said of the search.
    pub fn outcomes(&self) -> impl Iterator<Item = &PagedEntry> {
        self.of(EntryKind::Outcome)
    }

    fn of(&self, kind: EntryKind) -> impl Iterator<Item = &PagedEntry> {
        self.entries.iter().filter(move |entry| entry.kind == kind)
    }

    /// The bytes of an entry's resource, as they came.
    #[must_use]
    pub fn resource(&self, entry: &PagedEntry) -> Option<&[u8]> {
        self.pages.get(entry.page)?.bytes.get(entry.range.clone())
    }
}

/// Without what is on them and where they are from.
impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("pages", &self.pages.len())
            .field("entries", &self.entries.len())
            .field("warnings", &self.warnings)
            .field("stopped", &self.stopped)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AwaitingPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitingPage")
            .field("pages", &self.pages)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFetched => "a page could not be fetched",
            Self::NoBundle(error) => return write!(f, "a page is no Bundle: {error}"),
            Self::NoSearchset => "a page is no searchset",
            Self::TwoNext => "a page has two links to the next",
            Self::NoUrl => "a link is no URL",
            Self::Foreign => "a link leads where the token does not go",
            Self::NamesPerson => "a link names a person",
            Self::Loop => "a link leads back",
            Self::TooManyPages => "there are too many pages",
            Self::TooManyEntries => "there are too many entries",
            Self::TooManyBytes => "the pages are too long",
        })
    }
}

impl std::error::Error for StopReason {}
