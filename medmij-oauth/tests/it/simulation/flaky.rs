//! The store of a simulated party, which fails when it is told to: before it has done anything, or after.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use medmij_core::{Aanbiedernaam, Bsn, Digest, GegevensdienstId, SubscriptionId};
use medmij_oauth::dva::{
    Abonnement, AbonnementStore, AccessGrant, CodeGrant, Consent, FoundRefresh, GrantStore, NewTokens, PutTokens,
    Replaced, TakenCode,
};
use medmij_oauth::dvp::{Claimed, HeldToken, Pending, PendingStore, StoredPending, TokenKey, TokenStore};
use medmij_oauth::{MemoryStore, Put};
use time::UtcDateTime;

use crate::drivers::now_or_never as wait;

/// When an operation fails.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// Nothing was done.
    Before,
    /// It was done, and that is not told.
    After,
}

pub(crate) struct Flaky {
    pub(crate) store: MemoryStore,
    /// Which operation fails next, counted down to: 0 if none does. Twice its number, and one more for after.
    fails: AtomicU32,
}

impl Flaky {
    pub(crate) const fn new(store: MemoryStore) -> Self {
        Self {
            store,
            fails: AtomicU32::new(0),
        }
    }

    /// The operation that comes after so many others fails.
    pub(crate) fn fail(&self, after: u32, fault: Fault) {
        let number = 2 * (after + 1) + u32::from(fault == Fault::After);
        self.fails.store(number, Ordering::Relaxed);
    }

    fn run<T>(&self, operation: impl FnOnce(&MemoryStore) -> T) -> io::Result<T> {
        let number = self.fails.load(Ordering::Relaxed);
        if number >= 2 {
            self.fails
                .store(if number < 4 { 0 } else { number - 2 }, Ordering::Relaxed);
        }
        let failed = || io::Error::other("the store failed");
        if number == 2 {
            return Err(failed());
        }
        let done = operation(&self.store);
        if number == 3 { Err(failed()) } else { Ok(done) }
    }
}

impl GrantStore for Flaky {
    type Error = io::Error;

    async fn put_code(&self, code: Digest, grant: CodeGrant) -> io::Result<Put> {
        self.run(|store| wait(store.put_code(code, grant)).unwrap())
    }

    async fn take_code(&self, code: Digest) -> io::Result<TakenCode> {
        self.run(|store| wait(store.take_code(code)).unwrap())
    }

    async fn put_tokens(&self, tokens: NewTokens) -> io::Result<PutTokens> {
        self.run(|store| wait(store.put_tokens(tokens)).unwrap())
    }

    async fn find_refresh(&self, token: Digest) -> io::Result<FoundRefresh> {
        self.run(|store| wait(store.find_refresh(token)).unwrap())
    }

    async fn replace_refresh(&self, old: Digest, tokens: NewTokens) -> io::Result<PutTokens> {
        self.run(|store| wait(store.replace_refresh(old, tokens)).unwrap())
    }

    async fn find_access(&self, token: Digest) -> io::Result<Option<AccessGrant>> {
        self.run(|store| wait(store.find_access(token)).unwrap())
    }

    async fn revoke(&self, family: Digest) -> io::Result<()> {
        self.run(|store| wait(store.revoke(family)).unwrap())
    }

    async fn consents(&self, bsn: Bsn) -> io::Result<Vec<Consent>> {
        self.run(|store| wait(store.consents(bsn)).unwrap())
    }
}

impl AbonnementStore for Flaky {
    type Error = io::Error;

    async fn put_abonnement(&self, abonnement: Abonnement) -> io::Result<Put> {
        self.run(|store| wait(store.put_abonnement(abonnement)).unwrap())
    }

    async fn abonnement(&self, id: SubscriptionId) -> io::Result<Option<Abonnement>> {
        self.run(|store| wait(store.abonnement(id)).unwrap())
    }

    async fn replace_abonnement(&self, abonnement: Abonnement) -> io::Result<Replaced> {
        self.run(|store| wait(store.replace_abonnement(abonnement)).unwrap())
    }

    async fn abonnementen(
        &self,
        bsn: Bsn,
        aanbieder: Aanbiedernaam,
        gegevensdienst: GegevensdienstId,
    ) -> io::Result<Vec<Abonnement>> {
        self.run(|store| wait(store.abonnementen(bsn, aanbieder, gegevensdienst)).unwrap())
    }
}

impl PendingStore for Flaky {
    type Error = io::Error;

    async fn put_pending(&self, key: Digest, pending: StoredPending) -> io::Result<Put> {
        self.run(|store| wait(store.put_pending(key, pending)).unwrap())
    }

    async fn take_pending(&self, key: Digest, session: Digest) -> io::Result<Option<Pending>> {
        self.run(|store| wait(store.take_pending(key, session)).unwrap())
    }
}

impl TokenStore for Flaky {
    type Error = io::Error;

    async fn put_token(&self, key: TokenKey, token: HeldToken) -> io::Result<()> {
        self.run(|store| wait(store.put_token(key, token)).unwrap())
    }

    async fn token(&self, key: TokenKey) -> io::Result<Option<HeldToken>> {
        self.run(|store| wait(store.token(key)).unwrap())
    }

    async fn claim(&self, key: TokenKey, now: UtcDateTime, until: UtcDateTime) -> io::Result<Claimed> {
        self.run(|store| wait(store.claim(key, now, until)).unwrap())
    }

    async fn drop_token(&self, key: TokenKey) -> io::Result<()> {
        self.run(|store| wait(store.drop_token(key)).unwrap())
    }
}
