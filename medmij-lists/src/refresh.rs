//! Keeping the lists current, as a machine: when to fetch which, and what to do with the answer.

mod outcome;
mod settings;

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

use http::Uri;
use medmij_core::{Digest, HttpClient, HttpLimits, HttpRequest, HttpResponse, Random};
use time::{Duration, UtcDateTime};

use crate::{List, ListKind, Snapshot};
pub use outcome::{Outcome, RefreshFailure, Refreshed, RegressionKind};
pub use settings::{RefreshSettings, Regression, SettingsError};

/// The newest good lists, and when each is to be fetched again [Netwerk 3, 1.1] [lists.md 6.5, 6.6].
///
/// It has no clock and sends nothing. In a loop: wait until [`next_due`](Self::next_due), send the request of each
/// [`Fetch`] of [`due`](Self::due), and give the [`answer`](Self::answer); or leave the three to
/// [`refresh`](Self::refresh). What the flows use is the [`snapshot`](Self::snapshot), which is replaced whole.
///
/// Whatever comes, the last good list stays in use: through an outage (the Stelselnode may be away for eight hours
/// [core.lijsten.301, 2.x]) and beside a document that is refused. Its age is visible, and
/// [`max_age`](RefreshSettings::max_age) can end it.
///
/// ```
/// use medmij_core::{HttpResponse, Random, RandomError, Release};
/// use medmij_lists::{ListKind, ListStore, Outcome, RefreshSettings};
/// use time::{Duration, UtcDateTime};
///
/// struct Zeros;
/// impl Random for Zeros {
///     fn fill(&mut self, _: &mut [u8]) -> Result<(), RandomError> {
///         Ok(())
///     }
/// }
///
/// let now = UtcDateTime::UNIX_EPOCH;
/// let settings = RefreshSettings::new(&"stelselnode.medmij.nl".parse()?, Release::R2_2);
/// let mut store = ListStore::new(settings, &[ListKind::Whl], now)?;
/// let fetch = store.due(now).remove(0);
/// assert_eq!(fetch.request().uri(), "https://stelselnode.medmij.nl/MedMij_Whitelist.xml?api=2");
///
/// let body = b"<Whitelist xmlns='xmlns://afsprakenstelsel.medmij.nl/whitelist/release2/'>\
///     <Tijdstempel>2026-11-01T08:00:00Z</Tijdstempel><Volgnummer>1</Volgnummer><MedMijNodes/></Whitelist>";
/// let answer = Ok::<_, std::io::Error>(HttpResponse::new(body.to_vec()));
/// let refreshed = store.answer(fetch, answer, now, &mut Zeros);
/// assert!(matches!(refreshed.outcome, Outcome::Accepted { .. }));
/// assert_eq!(store.next_due(), Some(now + Duration::seconds(900)));
/// assert!(store.snapshot().whl.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ListStore {
    settings: RefreshSettings,
    lists: BTreeMap<Turn, State>,
    snapshot: Arc<Snapshot>,
}

/// The order of fetching: the Whitelist first, since it is the ground of all other backchannel traffic.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Turn(u8, ListKind);

impl Turn {
    const fn of(kind: ListKind) -> Self {
        let place = match kind {
            ListKind::Whl => 0,
            _ => 1,
        };
        Self(place, kind)
    }
}

/// What is known of one list.
#[derive(Debug)]
struct State {
    uri: Uri,
    due: UtcDateTime,
    /// How often in a row the Stelselnode could not be reached.
    failures: u32,
    /// When the list in use was last found to be the newest.
    checked: Option<UtcDateTime>,
    /// The newest good list and the digest of its document; kept when it is too old to be used, so that what comes next is
    /// held against it.
    newest: Option<(List, Digest)>,
}

/// A request for a list. It is for [`ListStore::answer`] to take, with what came of it.
#[derive(Debug)]
#[must_use]
pub struct Fetch {
    kind: ListKind,
    request: HttpRequest,
    /// When it was given out; the interval counts from there, not from the answer.
    at: UtcDateTime,
}

impl Fetch {
    /// Which list is asked for.
    #[must_use]
    pub const fn kind(&self) -> ListKind {
        self.kind
    }

    /// The request: over mutual TLS to the Stelselnode, which needs no entry on the Whitelist [Netwerk 4, 1.1].
    #[must_use]
    pub const fn request(&self) -> &HttpRequest {
        &self.request
    }
}

/// How current a list is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ListStatus {
    /// When the list in use was last found to be the newest; `None` if there is no list.
    pub checked: Option<UtcDateTime>,
    /// How long ago that was.
    pub age: Option<Duration>,
    /// Whether that is longer ago than it should be, or there is no list.
    pub is_stale: bool,
    /// How often in a row the Stelselnode could not be reached.
    pub failures: u32,
    /// When the list is fetched next.
    pub due: UtcDateTime,
}

impl ListStore {
    /// Starts without lists; all of them are due at once.
    ///
    /// # Errors
    /// If the address of a list is no `https` URI, or a duration is negative or longer than a year.
    pub fn new(settings: RefreshSettings, kinds: &[ListKind], now: UtcDateTime) -> Result<Self, SettingsError> {
        settings.check()?;
        let mut lists = BTreeMap::new();
        for &kind in kinds {
            let state = State {
                uri: settings.uri(kind)?,
                due: now,
                failures: 0,
                checked: None,
                newest: None,
            };
            lists.insert(Turn::of(kind), state);
        }
        Ok(Self {
            settings,
            lists,
            snapshot: Arc::default(),
        })
    }

    /// The lists as they are now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot)
    }

    /// The limits on a request for a list.
    #[must_use]
    pub const fn http_limits(&self) -> HttpLimits {
        self.settings.http_limits()
    }

    /// When the next list is due, or too old to be used; `None` if there is none to fetch.
    #[must_use]
    pub fn next_due(&self) -> Option<UtcDateTime> {
        let expiries = self.lists.values().filter_map(|state| self.expiry(state));
        self.lists.values().map(|state| state.due).chain(expiries).min()
    }

    /// When the list in use becomes too old.
    fn expiry(&self, state: &State) -> Option<UtcDateTime> {
        Some(later(state.checked?, self.settings.max_age?))
    }

    /// How current a list is; `None` if it is not one of those that are fetched.
    #[must_use]
    pub fn status(&self, kind: ListKind, now: UtcDateTime) -> Option<ListStatus> {
        let state = self.lists.get(&Turn::of(kind))?;
        let age = state.checked.map(|checked| now - checked);
        Some(ListStatus {
            checked: state.checked,
            age,
            is_stale: age.is_none_or(|age| age > self.settings.stale_after),
            failures: state.failures,
            due: state.due,
        })
    }

    /// What is to be fetched now: what has waited longest first, and the Whitelist of those that have waited as long. What
    /// is not answered comes again after the interval. Lists that have reached [`max_age`](RefreshSettings::max_age) leave
    /// the snapshot.
    pub fn due(&mut self, now: UtcDateTime) -> Vec<Fetch> {
        std::iter::from_fn(|| self.next_fetch(now)).collect()
    }

    /// The first of what is [due](Self::due); the Whitelist, of those that are due since the same moment.
    pub fn next_fetch(&mut self, now: UtcDateTime) -> Option<Fetch> {
        self.drop_expired(now);
        // Which has waited longest, so that none waits for the retries of another.
        let due = self.lists.iter_mut().filter(|(_, state)| state.due <= now);
        let (&Turn(_, kind), state) = due.min_by_key(|&(&turn, &mut State { due, .. })| (due, turn))?;
        state.due = later(now, self.settings.interval);
        let mut request = HttpRequest::new(Vec::new());
        request.uri_mut().clone_from(&state.uri);
        Some(Fetch { kind, request, at: now })
    }

    /// Takes what came of a request: the new list, if it is one, and tells what it did and when the list is due again.
    ///
    /// A response other than 200 is no answer. It reads the whole document; where lists are large, call it where a second
    /// of work keeps nobody waiting.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a request has one answer, which uses it up"
    )]
    pub fn answer<E>(
        &mut self,
        fetch: Fetch,
        answer: Result<HttpResponse, E>,
        now: UtcDateTime,
        random: &mut impl Random,
    ) -> Refreshed
    where
        E: Error + Send + Sync + 'static,
    {
        let Fetch { kind, at, .. } = fetch;
        let outcome = match answer {
            Err(error) => Outcome::Refused(RefreshFailure::Unreachable(Box::new(error))),
            Ok(response) if response.status() != 200 => {
                Outcome::Refused(RefreshFailure::Status(response.status().as_u16()))
            }
            Ok(response) => self.take(kind, response.into_body(), now),
        };
        let pause = self.pause(random);
        let mut next = now.max(later(at, pause));
        if let Some(state) = self.lists.get_mut(&Turn::of(kind)) {
            let is_unreachable = matches!(&outcome, Outcome::Refused(failure) if failure.is_unreachable());
            state.failures = if is_unreachable {
                state.failures.saturating_add(1)
            } else {
                0
            };
            // A first attempt and its retries; behind the last one the interval counts again.
            let attempts = self.settings.retries.saturating_add(1);
            if let Some(doublings) = (state.failures % attempts).checked_sub(1) {
                let backoff = self.settings.backoff * f64::from(1_u32 << doublings.min(20));
                next = later(now, backoff.min(self.settings.interval));
            }
            state.due = next;
        }
        Refreshed {
            kind,
            outcome,
            next,
            in_use: self.snapshot.envelope(kind).is_some(),
        }
    }

    /// Takes a document that was fetched or kept before, as if it came from the Stelselnode at that moment: to start from a
    /// copy of one's own.
    pub fn load(&mut self, kind: ListKind, document: Vec<u8>, at: UtcDateTime) -> Outcome {
        self.take(kind, document, at)
    }

    /// Fetches the first list that is due, and gives what came of it; `None` if none is due.
    ///
    /// Call it until there is none, and put the [`snapshot`](Self::snapshot) to use in between: a new Whitelist decides on
    /// what is fetched behind it. `now` is asked for the time before and after the request. A large list is read at once,
    /// which keeps the thread for as long as that takes.
    pub async fn refresh<C: HttpClient>(
        &mut self,
        client: &C,
        now: impl Fn() -> UtcDateTime + Send + Sync,
        random: &mut (impl Random + Send),
    ) -> Option<Refreshed> {
        let mut fetch = self.next_fetch(now())?;
        let answer = client
            .send(std::mem::take(&mut fetch.request), self.http_limits())
            .await;
        Some(self.answer(fetch, answer, now(), random))
    }

    fn take(&mut self, kind: ListKind, document: Vec<u8>, now: UtcDateTime) -> Outcome {
        let Some(state) = self.lists.get_mut(&Turn::of(kind)) else {
            return Outcome::Refused(RefreshFailure::NotWanted);
        };
        let digest = Digest::of(&document);
        if state.newest.as_ref().is_some_and(|(_, newest)| *newest == digest) {
            return self.found_unchanged(kind, now);
        }
        let parsed = match List::parse_as(kind, &document, &self.settings.limits) {
            Ok(parsed) => parsed,
            Err(rejected) => return Outcome::Refused(RefreshFailure::Rejected(rejected)),
        };
        if parsed.list.entries() == 0 && self.settings.refuses_empty {
            return Outcome::Refused(RefreshFailure::Empty);
        }
        if let Some((newest, known)) = &mut state.newest {
            // The same list, written in another way.
            if *newest == parsed.list {
                *known = digest;
                return self.found_unchanged(kind, now);
            }
            let regression = RegressionKind::between(newest.envelope(), parsed.list.envelope());
            if let Some(regression) = regression.filter(|_| self.settings.regression == Regression::Refuse) {
                return Outcome::Refused(RefreshFailure::Regression(regression));
            }
        }
        let replaced = self.snapshot.get(kind);
        state.newest = Some((parsed.list.clone(), digest));
        state.checked = state.checked.max(Some(now));
        Arc::make_mut(&mut self.snapshot).set(parsed.list.clone());
        Outcome::Accepted {
            list: parsed.list,
            warnings: parsed.warnings,
            replaced,
            document,
        }
    }

    /// The newest list is still that, and in use again if it was too old.
    fn found_unchanged(&mut self, kind: ListKind, now: UtcDateTime) -> Outcome {
        if let Some(state) = self.lists.get_mut(&Turn::of(kind)) {
            // A copy of one's own may be older than the last answer.
            state.checked = state.checked.max(Some(now));
            if let (Some((list, _)), None) = (&state.newest, self.snapshot.envelope(kind)) {
                Arc::make_mut(&mut self.snapshot).set(list.clone());
            }
        }
        Outcome::Unchanged
    }

    fn drop_expired(&mut self, now: UtcDateTime) {
        let expired: Vec<_> = self
            .lists
            .iter()
            .filter(|(_, state)| self.expiry(state).is_some_and(|expiry| expiry <= now))
            .map(|(&turn, _)| turn)
            .collect();
        for turn in expired {
            if let Some(state) = self.lists.get_mut(&turn) {
                state.checked = None;
                Arc::make_mut(&mut self.snapshot).clear(turn.1);
            }
        }
    }

    /// The interval, shortened at random so that not everybody comes at once. It is never made longer: a Whitelist is
    /// fetched **at least** every fifteen minutes.
    fn pause(&self, random: &mut impl Random) -> Duration {
        let mut bytes = [0; 4];
        // Without randomness all goes on, at the same moments as before.
        let drawn = match random.fill(&mut bytes) {
            Ok(()) => f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX),
            Err(_) => 0.0,
        };
        self.settings.interval - self.settings.jitter.min(self.settings.interval) * drawn
    }
}

/// A moment so much later; the end of time for one beyond it.
const fn later(moment: UtcDateTime, by: Duration) -> UtcDateTime {
    moment.saturating_add(by)
}
