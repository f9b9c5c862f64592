//! The lists of a server: fetched over TLS, checked, and swapped whole. What is refused changes nothing.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use medmij_core::{
    Aanbiedernaam, Hostname, HttpClient, OAuthClient, Offer, Offers, Release, Representation, SystemRandom,
};
use medmij_lists::{List, ListKind, ListStore, Outcome, RefreshSettings, Refreshed, Snapshot, ZalHistory};
use medmij_oauth::{Directory, ScopeFunction};
use time::UtcDateTime;
use tokio::sync::Mutex;

use crate::config::DvaConfig;
use crate::steps::Steps;

/// The newest good lists.
#[derive(Debug)]
pub struct Lists {
    /// Where the Stelselnode is; it stands on no Whitelist and is deemed to.
    pub stelselnode: Hostname,
    /// Held for a round of fetching; who only reads does not wait for it.
    store: Mutex<ListStore>,
    current: RwLock<Current>,
}

#[derive(Clone, Debug, Default)]
struct Current {
    snapshot: Arc<Snapshot>,
    history: Option<Arc<ZalHistory>>,
}

/// The most bytes of a list that these servers fetch.
const MAX_BYTES: usize = 64 << 20;

impl Lists {
    pub fn new(
        stelselnode: Hostname,
        kinds: &[ListKind],
        release: Release,
        now: UtcDateTime,
    ) -> anyhow::Result<Arc<Self>> {
        let mut settings = RefreshSettings::new(&stelselnode, release);
        settings.limits.max_bytes = MAX_BYTES;
        Ok(Arc::new(Self {
            stelselnode,
            store: Mutex::new(ListStore::new(settings, kinds, now)?),
            current: RwLock::default(),
        }))
    }

    /// The lists as they are now; a request sees one version from its start to its end.
    pub fn now(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).snapshot)
    }

    /// The Zorgaanbiederslijst with what lapsed in the last hour.
    pub fn history(&self) -> Option<Arc<ZalHistory>> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .history
            .clone()
    }

    /// Whether backchannel traffic with the host may pass. Without a Whitelist that is the Stelselnode alone.
    pub fn permits(&self, host: &Hostname) -> bool {
        match &self.now().whl {
            Some(whl) => whl.permits(host, &self.stelselnode),
            None => *host == self.stelselnode,
        }
    }

    /// Fetches what is due, the Whitelist first and in use before the others are asked for, and gives what came of it.
    pub async fn refresh<C: HttpClient>(
        &self,
        client: &C,
        now: impl Fn() -> UtcDateTime + Send + Sync,
    ) -> Vec<Refreshed> {
        let mut store = self.store.lock().await;
        let mut all = Vec::new();
        while let Some(refreshed) = store.refresh(client, &now, &mut SystemRandom).await {
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            current.snapshot = store.snapshot();
            if let Outcome::Accepted {
                list: List::Zal(zal), ..
            } = &refreshed.outcome
            {
                let history = match current.history.take() {
                    None => ZalHistory::new(zal.clone()),
                    Some(history) => {
                        let mut history = ZalHistory::clone(&history);
                        history.replace(zal.clone(), now());
                        history
                    }
                };
                current.history = Some(Arc::new(history));
            }
            drop(current);
            all.push(refreshed);
        }
        all
    }

    /// Fetches all lists for the first time; without them a server has nothing to do.
    pub async fn start<C: HttpClient>(&self, client: &C, steps: &Steps) -> anyhow::Result<()> {
        for refreshed in self.refresh(client, crate::clock::now).await {
            steps.say(&format!("lists: {refreshed}"));
            if let Outcome::Refused(failure) = refreshed.outcome {
                return Err(anyhow::Error::new(failure).context(format!("{}: no list to start with", refreshed.kind)));
            }
        }
        Ok(())
    }

    /// How long until a list is due.
    pub async fn pause(&self, now: UtcDateTime) -> Duration {
        let due = self.store.lock().await.next_due();
        // Without a list to fetch there is nothing to wait for; look again in an hour.
        due.map_or(Duration::from_secs(3_600), |due| {
            Duration::try_from(due - now).unwrap_or_default()
        })
    }
}

/// What a DVP fetches.
pub const OF_PGO: [ListKind; 3] = [ListKind::Whl, ListKind::Gnl, ListKind::Zal];

/// What this DVA fetches; the Zorgaanbiederslijst stands in for its own administration of what it discloses.
pub const OF_DVA: [ListKind; 4] = [ListKind::Whl, ListKind::Ocl, ListKind::Gnl, ListKind::Zal];

/// What a DVA knows of clients and of what it discloses, at one moment.
#[derive(Debug)]
pub struct OwnDirectory<'a> {
    pub lists: Arc<Snapshot>,
    pub history: Option<Arc<ZalHistory>>,
    pub config: &'a DvaConfig,
    pub now: UtcDateTime,
}

impl Directory for OwnDirectory<'_> {
    fn client(&self, client_id: &Hostname) -> Option<OAuthClient> {
        self.lists.ocl.as_ref()?.client(client_id).cloned()
    }

    /// What stands on the Zorgaanbiederslijst, or did until an hour ago, at this DVA's own authorization endpoint, of
    /// Aanbieders that it knows. What is to be shared stands in the settings; all else is to be collected.
    fn offers(&self, aanbieder: &Aanbiedernaam, function: ScopeFunction, release: Release) -> Option<Offers> {
        if !self.config.aanbieders.contains_key(aanbieder) {
            return None;
        }
        let namen = self.lists.gnl.as_ref();
        let groups = self.history.as_ref()?.offers(aanbieder, release, namen, self.now);
        let own = groups
            .into_iter()
            .find(|group| group.authorization().host() == self.config.front_host.as_str())?;
        let is_shared = |offer: &Offer| self.config.delen.contains(&offer.gegevensdienst);
        let of_function = own
            .iter()
            .filter(|offer| is_shared(offer) == (function == ScopeFunction::Delen));
        Offers::new(of_function.cloned().collect()).ok()
    }

    fn supports_representation(&self, _: Representation, _: &Offer) -> bool {
        self.config.vertegenwoordiging
    }
}
