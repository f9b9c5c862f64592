//! The lists of a server: fetched over TLS, checked, and swapped whole. A list that is refused changes nothing.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context as _;
use http::Uri;
use medmij_core::{
    Aanbiedernaam, Digest, Function, Hostname, HttpClient, HttpLimits, HttpRequest, ListsApi, OAuthClient, Offers,
    Release,
};
use medmij_lists::{
    DatumTijd, Gegevensdienstnamenlijst, Limits, List, ListKind, OAuthClientList, Rejected, Whitelist,
    Zorgaanbiederslijst,
};
use medmij_oauth::Directory;

use crate::config::DvaConfig;

/// The lists at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub zal: Option<Zorgaanbiederslijst>,
    pub ocl: Option<OAuthClientList>,
    pub gnl: Option<Gegevensdienstnamenlijst>,
    pub whl: Option<Whitelist>,
    /// The digest of each document.
    digests: BTreeMap<ListKind, Digest>,
}

/// The newest good lists.
#[derive(Debug)]
pub struct Lists {
    /// Where the Stelselnode is; it stands on no Whitelist and is deemed to.
    pub stelselnode: Hostname,
    current: RwLock<Arc<Snapshot>>,
}

/// The most bytes of a list that these servers fetch.
const LIMITS: HttpLimits = HttpLimits::new(64 << 20, std::time::Duration::from_secs(60));

impl Lists {
    pub fn new(stelselnode: Hostname) -> Arc<Self> {
        Arc::new(Self {
            stelselnode,
            current: RwLock::default(),
        })
    }

    /// The lists as they are now; a request sees one version from its start to its end.
    pub fn now(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the Whitelist has the host, or it is the Stelselnode. Without a Whitelist nobody else is let through.
    pub fn permits(&self, host: &str) -> bool {
        host == self.stelselnode.as_str() || self.now().whl.as_ref().is_some_and(|whl| whl.contains(host))
    }

    /// Takes a document as the new version of a list, if it is right and not older; else the last good one stays in use.
    pub fn accept(&self, kind: ListKind, bytes: &[u8]) -> Result<usize, NotAccepted> {
        let mut limits = Limits::default();
        limits.max_bytes = LIMITS.max_body;
        let list = List::parse_as(kind, bytes, &limits)?.list;
        let entries = list.entries();
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let newest = match kind {
            ListKind::Zal => current.zal.as_ref().map(Zorgaanbiederslijst::envelope),
            ListKind::Ocl => current.ocl.as_ref().map(OAuthClientList::envelope),
            ListKind::Gnl => current.gnl.as_ref().map(Gegevensdienstnamenlijst::envelope),
            _ => current.whl.as_ref().map(Whitelist::envelope),
        };
        let digest = Digest::of(bytes);
        if let Some(newest) = newest {
            match list.envelope().volgnummer.cmp(&newest.volgnummer) {
                Ordering::Less => return Err(NotAccepted::Older),
                Ordering::Equal if current.digests.get(&kind) == Some(&digest) => return Ok(entries),
                Ordering::Equal => return Err(NotAccepted::SameNumber),
                Ordering::Greater if is_before(&list.envelope().tijdstempel, &newest.tijdstempel) => {
                    return Err(NotAccepted::OlderTijdstempel);
                }
                Ordering::Greater => {}
            }
        }
        let mut next = Snapshot::clone(&current);
        next.digests.insert(kind, digest);
        match list {
            List::Zal(list) => next.zal = Some(list),
            List::Ocl(list) => next.ocl = Some(list),
            List::Gnl(list) => next.gnl = Some(list),
            List::Whl(list) => next.whl = Some(list),
            _ => {}
        }
        *current = Arc::new(next);
        Ok(entries)
    }

    /// Fetches a list and takes it.
    pub async fn fetch(&self, kind: ListKind, release: Release, client: &impl HttpClient) -> anyhow::Result<usize> {
        let api = match release.lists_api() {
            ListsApi::Absent => String::new(),
            ListsApi::FullNumber => format!("?api={release}.0"),
            ListsApi::Major => format!("?api={}", release.major()),
        };
        let uri: Uri = format!("https://{}/{}{api}", self.stelselnode, kind.file_name()).parse()?;
        let mut request = HttpRequest::new(Vec::new());
        *request.uri_mut() = uri;
        let response = client
            .send(request, LIMITS)
            .await
            .with_context(|| format!("{kind}: no answer"))?;
        anyhow::ensure!(
            response.status() == 200,
            "{kind}: the Stelselnode answers {}",
            response.status()
        );
        self.accept(kind, response.body())
            .with_context(|| format!("{kind}: the list is refused, the last good one stays"))
    }

    /// Fetches these lists, one after another; the Whitelist comes first, since it is the ground of all backchannel
    /// traffic. One that fails keeps none of the others from being fetched; the first failure is told.
    pub async fn fetch_all(
        &self,
        kinds: &[ListKind],
        release: Release,
        client: &impl HttpClient,
    ) -> anyhow::Result<()> {
        let mut result = Ok(());
        for &kind in kinds {
            if let Err(error) = self.fetch(kind, release, client).await {
                result = result.and(Err(error));
            }
        }
        result
    }
}

/// Whether a moment comes before another; one without a time zone is no moment, and comes before none.
fn is_before(one: &DatumTijd, other: &DatumTijd) -> bool {
    one.moment().zip(other.moment()).is_some_and(|(one, other)| one < other)
}

/// Why a document is not the new version of a list.
#[derive(Debug, thiserror::Error)]
pub enum NotAccepted {
    #[error(transparent)]
    Rejected(#[from] Rejected),
    #[error("its Volgnummer is lower than that of the list in use")]
    Older,
    #[error("its Volgnummer is that of the list in use, and its content is not")]
    SameNumber,
    #[error("its Volgnummer is higher than that of the list in use, and its Tijdstempel is older")]
    OlderTijdstempel,
}

/// What a DVP fetches.
pub const OF_PGO: [ListKind; 3] = [ListKind::Whl, ListKind::Gnl, ListKind::Zal];

/// What this DVA fetches; the Zorgaanbiederslijst stands in for its own administration of what it discloses.
pub const OF_DVA: [ListKind; 4] = [ListKind::Whl, ListKind::Ocl, ListKind::Gnl, ListKind::Zal];

/// What a DVA knows of clients and of what it discloses, at one moment.
#[derive(Debug)]
pub struct OwnDirectory<'a> {
    pub lists: Arc<Snapshot>,
    pub config: &'a DvaConfig,
}

impl Directory for OwnDirectory<'_> {
    fn client(&self, client_id: &Hostname) -> Option<OAuthClient> {
        self.lists.ocl.as_ref()?.client(client_id).cloned()
    }

    /// What stands on the Zorgaanbiederslijst at this DVA's own authorization endpoint, of Aanbieders that it knows. All
    /// Gegevensdiensten of this example are for Verzamelen. The tail of an hour for lapsed entries is not there yet.
    fn offers(&self, aanbieder: &Aanbiedernaam, function: Function, release: Release) -> Option<Offers> {
        if function != Function::Verzamelen || !self.config.aanbieders.contains_key(aanbieder) {
            return None;
        }
        let groups = self
            .lists
            .zal
            .as_ref()?
            .offers(aanbieder, release, self.lists.gnl.as_ref());
        groups
            .into_iter()
            .find(|group| group.authorization().host() == self.config.front_host.as_str())
    }
}
