//! Stores in memory: for tests, demonstrations and a single process. What they hold is gone when the process ends.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::convert::Infallible;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use medmij_core::{Aanbiedernaam, Bsn, Digest, GegevensdienstId, SubscriptionId};
use time::UtcDateTime;

use crate::dva::{
    Abonnement, AbonnementStore, AccessGrant, CodeGrant, Consent, FoundRefresh, GrantStore, NewTokens, PutTokens,
    RefreshGrant, Replaced, Session, SessionStore, TakenCode,
};
use crate::dvp::{Claimed, HeldToken, Pending, PendingStore, StoredPending, TokenKey, TokenStore};
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
    held: HashMap<TokenKey, Held>,
    sessions: HashMap<Digest, (Session, UtcDateTime)>,
    families: HashMap<Digest, Family>,
    access: HashMap<Digest, AccessGrant>,
    refresh: HashMap<Digest, Refresh>,
    abonnementen: HashMap<SubscriptionId, Abonnement>,
}

#[derive(Debug)]
struct Held {
    token: HeldToken,
    claimed_until: Option<UtcDateTime>,
}

/// A code, and all that stems from it.
#[derive(Debug)]
struct Family {
    /// `None` once the code is burnt or revoked.
    code: Option<CodeGrant>,
    revoked: bool,
    access: Vec<Digest>,
    refresh: Vec<Digest>,
    /// Nothing of it can be alive from this moment on.
    known_until: UtcDateTime,
}

#[derive(Debug)]
struct Refresh {
    grant: RefreshGrant,
    current: bool,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Drops what has expired. A code is known as long as anything that stems from it can live; Abonnementen stay.
    pub fn drop_expired(&self, now: UtcDateTime) {
        let Tables {
            pending,
            held,
            sessions,
            families,
            access,
            refresh,
            abonnementen: _,
        } = &mut *self.tables();
        pending.retain(|_, stored| now < stored.pending.deadline());
        held.retain(|_, held| now < held.token.known_until());
        sessions.retain(|_, (_, expires_at)| now < *expires_at);
        families.retain(|_, family| now < family.known_until);
        access.retain(|_, grant| now < grant.expires_at && families.contains_key(&grant.family));
        refresh.retain(|_, token| families.contains_key(&token.grant.family));
        for family in families.values_mut() {
            family.access.retain(|token| access.contains_key(token));
        }
    }

    /// No method panics while it holds the lock, so what a poisoned one guards is whole.
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn put_tokens(&mut self, tokens: NewTokens) -> PutTokens {
        let Some(family) = self.families.get_mut(&tokens.family()).filter(|family| !family.revoked) else {
            return PutTokens::Gone;
        };
        let refresh_exists = tokens
            .refresh
            .as_ref()
            .is_some_and(|(key, _)| self.refresh.contains_key(key));
        if refresh_exists || self.access.contains_key(&tokens.access_key) {
            return PutTokens::Exists;
        }
        family.known_until = family.known_until.max(tokens.access.expires_at);
        family.access.push(tokens.access_key);
        self.access.insert(tokens.access_key, tokens.access);
        if let Some((key, grant)) = tokens.refresh {
            family.known_until = family.known_until.max(grant.expires_at);
            family.refresh.push(key);
            self.refresh.insert(key, Refresh { grant, current: true });
        }
        PutTokens::Stored
    }
}

fn put<K: Eq + Hash, V>(table: &mut HashMap<K, V>, key: K, value: V) -> Put {
    match table.entry(key) {
        Entry::Occupied(_) => Put::Exists,
        Entry::Vacant(entry) => {
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
        let held = Held {
            token,
            claimed_until: None,
        };
        self.tables().held.insert(key, held);
        Ok(())
    }

    async fn token(&self, key: TokenKey) -> Result<Option<HeldToken>, Infallible> {
        Ok(self.tables().held.get(&key).map(|held| held.token.clone()))
    }

    async fn claim(&self, key: TokenKey, now: UtcDateTime, until: UtcDateTime) -> Result<Claimed, Infallible> {
        Ok(match self.tables().held.get_mut(&key) {
            None => Claimed::Unknown,
            Some(held) if held.claimed_until.is_some_and(|claimed| now < claimed) => Claimed::ByAnother,
            Some(held) => {
                held.claimed_until = Some(until);
                Claimed::Token(held.token.clone())
            }
        })
    }

    async fn drop_token(&self, key: TokenKey) -> Result<(), Infallible> {
        self.tables().held.remove(&key);
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
        let family = Family {
            known_until: grant.expires_at.saturating_add(TOKEN_LIFETIME),
            code: Some(grant),
            revoked: false,
            access: Vec::new(),
            refresh: Vec::new(),
        };
        Ok(put(&mut self.tables().families, code, family))
    }

    async fn take_code(&self, code: Digest) -> Result<TakenCode, Infallible> {
        Ok(match self.tables().families.get_mut(&code) {
            None => TakenCode::Unknown,
            Some(family) => family.code.take().map_or(TakenCode::UsedBefore, TakenCode::Grant),
        })
    }

    async fn put_tokens(&self, tokens: NewTokens) -> Result<PutTokens, Infallible> {
        Ok(self.tables().put_tokens(tokens))
    }

    async fn find_refresh(&self, token: Digest) -> Result<FoundRefresh, Infallible> {
        Ok(match self.tables().refresh.get(&token) {
            None => FoundRefresh::Unknown,
            Some(refresh) if refresh.current => FoundRefresh::Current(refresh.grant.clone()),
            Some(refresh) => FoundRefresh::Replaced {
                family: refresh.grant.family,
            },
        })
    }

    async fn replace_refresh(&self, old: Digest, tokens: NewTokens) -> Result<PutTokens, Infallible> {
        let tables = &mut *self.tables();
        let is_current = |token: &Refresh| token.current && token.grant.family == tokens.family();
        if !tables.refresh.get(&old).is_some_and(is_current) {
            return Ok(PutTokens::Gone);
        }
        let put = tables.put_tokens(tokens);
        if let (PutTokens::Stored, Some(refresh)) = (put, tables.refresh.get_mut(&old)) {
            refresh.current = false;
        }
        Ok(put)
    }

    async fn find_access(&self, token: Digest) -> Result<Option<AccessGrant>, Infallible> {
        Ok(self.tables().access.get(&token).cloned())
    }

    async fn revoke(&self, family: Digest) -> Result<(), Infallible> {
        let Tables {
            families,
            access,
            refresh,
            ..
        } = &mut *self.tables();
        if let Some(family) = families.get_mut(&family) {
            family.code = None;
            family.revoked = true;
            for token in family.access.drain(..) {
                access.remove(&token);
            }
            for token in &family.refresh {
                if let Some(token) = refresh.get_mut(token) {
                    token.current = false;
                }
            }
        }
        Ok(())
    }

    async fn consents(&self, bsn: Bsn) -> Result<Vec<Consent>, Infallible> {
        let tables = self.tables();
        let current = tables
            .refresh
            .values()
            .filter(|token| token.current && token.grant.bsn == bsn);
        Ok(current.map(|token| Consent::of(&token.grant)).collect())
    }
}

impl AbonnementStore for MemoryStore {
    type Error = Infallible;

    async fn put_abonnement(&self, abonnement: Abonnement) -> Result<Put, Infallible> {
        Ok(put(&mut self.tables().abonnementen, abonnement.id.clone(), abonnement))
    }

    async fn abonnement(&self, id: SubscriptionId) -> Result<Option<Abonnement>, Infallible> {
        Ok(self.tables().abonnementen.get(&id).cloned())
    }

    async fn replace_abonnement(&self, abonnement: Abonnement) -> Result<Replaced, Infallible> {
        Ok(match self.tables().abonnementen.get_mut(&abonnement.id) {
            Some(known) if known.version.checked_add(1) == Some(abonnement.version) => {
                *known = abonnement;
                Replaced::Stored
            }
            _ => Replaced::Outdated,
        })
    }

    async fn abonnementen(
        &self,
        bsn: Bsn,
        aanbieder: Aanbiedernaam,
        gegevensdienst: GegevensdienstId,
    ) -> Result<Vec<Abonnement>, Infallible> {
        let tables = self.tables();
        let about =
            |it: &&Abonnement| it.bsn == bsn && it.aanbieder == aanbieder && it.gegevensdienst == gegevensdienst;
        Ok(tables.abonnementen.values().filter(about).cloned().collect())
    }
}
