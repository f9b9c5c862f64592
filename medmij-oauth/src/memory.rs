//! Stores in memory: for tests, demonstrations and a single process. What they hold is gone when the process ends.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};

use medmij_core::Digest;
use time::UtcDateTime;

use crate::dva::{AccessGrant, CodeGrant, GrantStore, Session, SessionStore, TakenCode};
use crate::dvp::{HeldToken, Pending, PendingStore, StoredPending, TokenKey, TokenStore};
use crate::exchange::TOKEN_LIFETIME;
use crate::store::Put;

/// A store in memory for everything that either side keeps.
///
/// It forgets nothing by itself: [`drop_expired`](Self::drop_expired) does.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tables: Mutex<Tables>,
}

#[derive(Debug, Default)]
struct Tables {
    pending: HashMap<Digest, StoredPending>,
    tokens: HashMap<TokenKey, HeldToken>,
    sessions: HashMap<Digest, (Session, UtcDateTime)>,
    /// `None` once the code is burnt.
    codes: HashMap<Digest, (Option<CodeGrant>, UtcDateTime)>,
    access: HashMap<Digest, AccessGrant>,
    revoked: HashSet<Digest>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Drops what has expired. A code is known as long as a token that it gave can live.
    pub fn drop_expired(&self, now: UtcDateTime) {
        let Tables {
            pending,
            tokens,
            sessions,
            codes,
            access,
            revoked,
        } = &mut *self.tables();
        pending.retain(|_, stored| now < stored.pending.deadline());
        tokens.retain(|_, token| now < token.expires_at);
        sessions.retain(|_, (_, expires_at)| now < *expires_at);
        access.retain(|_, grant| now < grant.expires_at);
        codes.retain(|_, (_, expires_at)| now < expires_at.saturating_add(TOKEN_LIFETIME));
        revoked.retain(|code| codes.contains_key(code));
    }

    /// No method panics while it holds the lock, so what a poisoned one guards is whole.
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn put<K: Eq + std::hash::Hash, V>(table: &mut HashMap<K, V>, key: K, value: V) -> Put {
    match table.entry(key) {
        std::collections::hash_map::Entry::Occupied(_) => Put::Exists,
        std::collections::hash_map::Entry::Vacant(entry) => {
            entry.insert(value);
            Put::Stored
        }
    }
}

impl PendingStore for MemoryStore {
    type Error = Infallible;

    async fn put_pending(&self, key: Digest, pending: StoredPending) -> Result<Put, Infallible> {
        Ok(put(&mut self.tables().pending, key, pending))
    }

    async fn take_pending(&self, key: Digest, session: Digest) -> Result<Option<Pending>, Infallible> {
        let pending = &mut self.tables().pending;
        Ok(match pending.get(&key) {
            Some(stored) if stored.session == session => pending.remove(&key).map(|stored| stored.pending),
            _ => None,
        })
    }
}

impl TokenStore for MemoryStore {
    type Error = Infallible;

    async fn put_token(&self, key: TokenKey, token: HeldToken) -> Result<(), Infallible> {
        self.tables().tokens.insert(key, token);
        Ok(())
    }

    async fn token(&self, key: TokenKey) -> Result<Option<HeldToken>, Infallible> {
        Ok(self.tables().tokens.get(&key).cloned())
    }

    async fn drop_token(&self, key: TokenKey) -> Result<(), Infallible> {
        self.tables().tokens.remove(&key);
        Ok(())
    }
}

impl SessionStore for MemoryStore {
    type Error = Infallible;

    async fn put_session(&self, key: Digest, session: Session, expires_at: UtcDateTime) -> Result<Put, Infallible> {
        Ok(put(&mut self.tables().sessions, key, (session, expires_at)))
    }

    async fn take_session(&self, key: Digest, now: UtcDateTime) -> Result<Option<Session>, Infallible> {
        let taken = self.tables().sessions.remove(&key);
        Ok(taken
            .filter(|(_, expires_at)| now < *expires_at)
            .map(|(session, _)| session))
    }
}

impl GrantStore for MemoryStore {
    type Error = Infallible;

    async fn put_code(&self, code: Digest, grant: CodeGrant) -> Result<Put, Infallible> {
        let expires_at = grant.expires_at;
        Ok(put(&mut self.tables().codes, code, (Some(grant), expires_at)))
    }

    async fn take_code(&self, code: Digest) -> Result<TakenCode, Infallible> {
        Ok(match self.tables().codes.get_mut(&code) {
            None => TakenCode::Unknown,
            Some((grant, _)) => grant.take().map_or(TakenCode::UsedBefore, TakenCode::Grant),
        })
    }

    async fn put_access(&self, token: Digest, grant: AccessGrant) -> Result<Put, Infallible> {
        let tables = &mut *self.tables();
        if tables.revoked.contains(&grant.code) {
            return Ok(Put::Exists);
        }
        Ok(put(&mut tables.access, token, grant))
    }

    async fn access(&self, token: Digest) -> Result<Option<AccessGrant>, Infallible> {
        Ok(self.tables().access.get(&token).cloned())
    }

    async fn revoke(&self, code: Digest) -> Result<(), Infallible> {
        let tables = &mut *self.tables();
        tables.revoked.insert(code);
        tables.access.retain(|_, grant| grant.code != code);
        Ok(())
    }
}
