//! The pages that came, and what is on them.

use std::fmt;
use std::ops::Range;

use super::{PagingWarning, StopReason};
use crate::{Bundle, FhirVersion, Limits};

/// The pages that came, untouched, and what is on them.
#[derive(Clone)]
pub struct Pages {
    pub(super) version: FhirVersion,
    pub(super) limits: Limits,
    pub(super) pages: Vec<Page>,
    pub(super) entries: Vec<PagedEntry>,
    pub(super) warnings: Vec<PagingWarning>,
    pub(super) stopped: Option<StopReason>,
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
