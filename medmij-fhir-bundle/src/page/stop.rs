//! Why links are not followed further, and what should not be.

use std::fmt;

use crate::BundleError;

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
