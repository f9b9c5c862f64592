//! Where the lists are fetched, how often, and how strictly what comes is taken.

use std::collections::BTreeMap;

use http::Uri;
use medmij_core::{Hostname, HttpLimits, ListsApi, Release};
use time::Duration;

use crate::{Limits, ListKind};

/// How the lists are kept current.
///
/// The Whitelist is fetched at least every fifteen minutes [Netwerk 3, 1.1]. For the other lists no interval was found; the
/// same is used.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RefreshSettings {
    /// What stands in an address before the name of the file: `https://` and the host of the Stelselnode. That host is
    /// deemed to be on the Whitelist [Netwerk 4, 1.1].
    pub base: String,
    /// The version of the list interfaces in an address, as in `?api=2` [core.lijsten.300, 2.x]; `None` for none.
    pub api: Option<String>,
    /// Names of files that are not those of [`ListKind::file_name`].
    pub file_names: BTreeMap<ListKind, String>,
    /// The longest time between two requests for a list. Default 900 s.
    pub interval: Duration,
    /// By how much an interval may be shortened at random. Default 60 s.
    pub jitter: Duration,
    /// How often a request is repeated when the Stelselnode cannot be reached, before the interval counts again.
    /// Default 10.
    pub retries: u32,
    /// The pause before the first retry, doubled before each further one. Default 0.5 s.
    pub backoff: Duration,
    /// The age at which a list is stale. It stays in use. Default 900 s.
    pub stale_after: Duration,
    /// The age from which on a list is not used any more. No such age was found in the framework; default none.
    pub max_age: Option<Duration>,
    /// What to do with a version that is older than the one in use. Default: refuse it.
    pub regression: Regression,
    /// Whether a list without entries, which the schemas take, is refused. Default no.
    pub refuses_empty: bool,
    /// The limits on a document.
    pub limits: Limits,
    /// The longest time for a request. Default 60 s.
    pub timeout: std::time::Duration,
}

/// What to do with a list whose Volgnummer or Tijdstempel goes back.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "it is taken or it is not")]
pub enum Regression {
    /// It is refused: somebody may offer an old list in which they still stand.
    Refuse,
    /// It is taken, as it may have to be after the counter was set back at the source.
    Accept,
}

impl RefreshSettings {
    /// The defaults for a Stelselnode and a release, which tells how the interfaces are versioned.
    #[must_use]
    pub fn new(stelselnode: &Hostname, release: Release) -> Self {
        Self {
            base: format!("https://{stelselnode}"),
            api: match release.lists_api() {
                ListsApi::Absent => None,
                ListsApi::FullNumber => Some(format!("{release}.0")),
                ListsApi::Major => Some(release.major().to_string()),
            },
            file_names: BTreeMap::new(),
            interval: Duration::seconds(900),
            jitter: Duration::seconds(60),
            retries: 10,
            backoff: Duration::milliseconds(500),
            stale_after: Duration::seconds(900),
            max_age: None,
            regression: Regression::Refuse,
            refuses_empty: false,
            limits: Limits::default(),
            timeout: std::time::Duration::from_secs(60),
        }
    }

    /// The address of a list.
    pub(super) fn uri(&self, kind: ListKind) -> Result<Uri, SettingsError> {
        let name = self
            .file_names
            .get(&kind)
            .map_or_else(|| kind.file_name(), String::as_str);
        let version = self.api.iter().map(|api| format!("?api={api}"));
        let address = format!("{}/{name}{}", self.base, version.collect::<String>());
        let uri: Result<Uri, _> = address.parse();
        uri.ok()
            .filter(|uri| uri.scheme_str() == Some("https"))
            .ok_or(SettingsError::Address(address))
    }

    /// Whether the durations can be counted with.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let ages = [self.interval, self.jitter, self.backoff, self.stale_after];
        let mut all = ages.into_iter().chain(self.max_age);
        match all.all(|duration| (Duration::ZERO..=Duration::days(366)).contains(&duration)) {
            true => Ok(()),
            false => Err(SettingsError::Duration),
        }
    }

    /// The limits on a request.
    #[must_use]
    pub const fn http_limits(&self) -> HttpLimits {
        HttpLimits::new(self.limits.max_bytes, self.timeout)
    }
}

/// Settings that cannot be kept.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The address of a list is none.
    #[error("no https URI: {0}")]
    Address(String),
    /// A duration is negative, or longer than a year.
    #[error("a duration that is negative or longer than a year")]
    Duration,
}
