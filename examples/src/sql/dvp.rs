//! What a DVP keeps in a database.

use medmij_core::Digest;
use medmij_oauth::Put;
use medmij_oauth::dvp::{Claimed, HeldToken, Pending, PendingStore, StoredPending, TokenKey, TokenStore};
use sqlx::Row as _;
use time::UtcDateTime;

use super::{Sql, StoreError, key, seconds, stored};

impl PendingStore for Sql {
    type Error = StoreError;

    async fn put_pending(&self, digest: Digest, pending: StoredPending) -> Result<Put, StoreError> {
        let sealed = self.seal("pending", digest.as_bytes(), &pending.pending)?;
        let query = sqlx::query(
            "INSERT INTO pending (key, session, sealed, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        );
        let deadline = seconds(pending.pending.deadline());
        let query = query
            .bind(key(digest))
            .bind(key(pending.session))
            .bind(sealed)
            .bind(deadline);
        Ok(stored(&query.execute(&self.pool).await?))
    }

    async fn take_pending(&self, digest: Digest, session: Digest) -> Result<Option<Pending>, StoreError> {
        let query = sqlx::query("DELETE FROM pending WHERE key = $1 AND session = $2 RETURNING sealed");
        let query = query.bind(key(digest)).bind(key(session));
        self.take("pending", digest.as_bytes(), query).await
    }
}

impl Sql {
    fn token_key(key: &TokenKey) -> Result<Vec<u8>, StoreError> {
        Ok(Digest::of(&serde_json::to_vec(key).map_err(anyhow::Error::from)?)
            .as_bytes()
            .to_vec())
    }
}

impl TokenStore for Sql {
    type Error = StoreError;

    async fn put_token(&self, key: TokenKey, token: HeldToken) -> Result<(), StoreError> {
        let key = Self::token_key(&key)?;
        let sealed = self.seal("token", &key, &token)?;
        let query = sqlx::query(
            "INSERT INTO token (key, sealed, expires_at) VALUES ($1, $2, $3) ON CONFLICT (key) DO UPDATE
             SET sealed = excluded.sealed, expires_at = excluded.expires_at, claimed_until = NULL",
        );
        let query = query.bind(key).bind(sealed).bind(seconds(token.known_until()));
        query.execute(&self.pool).await?;
        Ok(())
    }

    async fn token(&self, key: TokenKey) -> Result<Option<HeldToken>, StoreError> {
        let key = Self::token_key(&key)?;
        let query = sqlx::query("SELECT sealed FROM token WHERE key = $1");
        let row = query.bind(key.clone()).fetch_optional(&self.pool).await?;
        row.map(|row| self.unseal("token", &key, row.try_get(0)?)).transpose()
    }

    async fn claim(&self, key: TokenKey, now: UtcDateTime, until: UtcDateTime) -> Result<Claimed, StoreError> {
        let key = Self::token_key(&key)?;
        let query = sqlx::query(
            "UPDATE token SET claimed_until = $1 WHERE key = $2 AND (claimed_until IS NULL OR claimed_until <= $3)
             RETURNING sealed",
        );
        let query = query.bind(seconds(until)).bind(key.clone()).bind(now.unix_timestamp());
        if let Some(token) = self.take("token", &key, query).await? {
            return Ok(Claimed::Token(token));
        }
        let query = sqlx::query("SELECT 1 FROM token WHERE key = $1").bind(key);
        let known = query.fetch_optional(&self.pool).await?.is_some();
        Ok(if known { Claimed::ByAnother } else { Claimed::Unknown })
    }

    async fn drop_token(&self, key: TokenKey) -> Result<(), StoreError> {
        let query = sqlx::query("DELETE FROM token WHERE key = $1");
        query.bind(Self::token_key(&key)?).execute(&self.pool).await?;
        Ok(())
    }
}
