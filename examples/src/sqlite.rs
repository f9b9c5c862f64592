//! The stores of both sides in an SQLite file: digests for what is looked up, sealed blobs for what is read back.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use medmij_core::Digest;
use medmij_oauth::Put;
use medmij_oauth::dva::{AccessGrant, CodeGrant, DeclarationRecord, GrantStore, Session, SessionStore, TakenCode};
use medmij_oauth::dvp::{HeldToken, Pending, PendingStore, StoredPending, TokenKey, TokenStore};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use time::UtcDateTime;

use crate::clock;
use crate::seal::Sealer;

/// An SQLite file, or a database in memory.
#[derive(Clone, Debug)]
pub struct Sqlite {
    pub(crate) pool: SqlitePool,
    pub(crate) sealer: Arc<Sealer>,
}

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS pending (key BLOB PRIMARY KEY, session BLOB NOT NULL, sealed BLOB NOT NULL, expires_at INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS token (key BLOB PRIMARY KEY, sealed BLOB NOT NULL, expires_at INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS session (key BLOB PRIMARY KEY, sealed BLOB NOT NULL, expires_at INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS code (digest BLOB PRIMARY KEY, sealed BLOB NOT NULL, expires_at INTEGER NOT NULL,
        used_at INTEGER, revoked_at INTEGER);
    CREATE TABLE IF NOT EXISTS access_token (digest BLOB PRIMARY KEY, code BLOB NOT NULL, sealed BLOB NOT NULL,
        expires_at INTEGER NOT NULL);
    CREATE INDEX IF NOT EXISTS access_token_code ON access_token (code);
    CREATE TABLE IF NOT EXISTS declaration (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, sealed BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS consent (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, person BLOB NOT NULL,
        aanbieder TEXT NOT NULL, correlation_id TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS answer (id INTEGER PRIMARY KEY, person BLOB NOT NULL, correlation_id TEXT NOT NULL,
        digest TEXT NOT NULL, envelope TEXT NOT NULL, body BLOB NOT NULL);
";

/// Why the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("what was stored cannot be read back")]
    Sealed(#[source] SealedError),
}

/// Keeps an `anyhow::Error` as a source.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SealedError(anyhow::Error);

impl From<anyhow::Error> for StoreError {
    fn from(error: anyhow::Error) -> Self {
        Self::Sealed(SealedError(error))
    }
}

impl Sqlite {
    /// Opens a file, made if it is not there; its key stands beside it.
    pub async fn open(path: &Path) -> anyhow::Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            crate::seal::private_folder(folder)?;
        }
        let sealer = Sealer::open(&path.with_extension("key"))?;
        // SQLite gives its other files the mode of this one.
        crate::seal::private_file(path).with_context(|| format!("cannot open {}", path.display()))?;
        let options = SqliteConnectOptions::new().filename(path);
        Self::connect(options, 4, sealer)
            .await
            .with_context(|| format!("cannot open {}", path.display()))
    }

    /// A database in memory, gone when the process ends.
    pub async fn memory() -> anyhow::Result<Self> {
        Self::connect(SqliteConnectOptions::new().in_memory(true), 1, Sealer::fresh()?).await
    }

    async fn connect(options: SqliteConnectOptions, connections: u32, sealer: Sealer) -> anyhow::Result<Self> {
        // A burn that was answered must survive a power cut.
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let pool = SqlitePoolOptions::new()
            .max_connections(connections)
            .idle_timeout(None)
            .max_lifetime(None);
        let pool = pool.connect_with(options).await?;
        sqlx::raw_sql(SCHEMA).execute(&pool).await?;
        Ok(Self {
            pool,
            sealer: Arc::new(sealer),
        })
    }

    fn seal(&self, place: &str, value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
        Ok(self.sealer.seal(place, value)?)
    }

    fn unseal<T: DeserializeOwned>(&self, place: &str, blob: &[u8]) -> Result<T, StoreError> {
        Ok(self.sealer.open_sealed(place, blob)?)
    }

    /// Logs an answered declaration, before anything else happens (row A19).
    pub async fn log_declaration(&self, record: &DeclarationRecord) -> Result<(), StoreError> {
        let value = serde_json::json!({
            "bsn": record.bsn.expose(),
            "declaration": record.declaration,
            "answer": format!("{:?}", record.answer),
            "aanbieder": record.aanbieder,
            "gegevensdiensten": record.gegevensdiensten,
            "client_id": record.client_id,
            "text_version": record.text_version,
            "correlation_id": record.correlation_id,
        });
        let sealed = self.seal("declaration", &value)?;
        let query = sqlx::query("INSERT INTO declaration (at, sealed) VALUES (?, ?)");
        query
            .bind(record.at.unix_timestamp())
            .bind(sealed)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// How many declarations were logged.
    pub async fn declarations(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query("SELECT COUNT(*) FROM declaration")
            .fetch_one(&self.pool)
            .await?
            .try_get(0)?)
    }

    /// Drops what has expired; a code is known as long as a token that it gave can live, 900 seconds more.
    pub async fn drop_expired(&self, now: UtcDateTime) -> Result<(), StoreError> {
        let now = now.unix_timestamp();
        for statement in [
            "DELETE FROM pending WHERE expires_at <= ?",
            "DELETE FROM token WHERE expires_at <= ?",
            "DELETE FROM session WHERE expires_at <= ?",
            "DELETE FROM access_token WHERE expires_at <= ?",
            "DELETE FROM code WHERE expires_at + 900 <= ?",
        ] {
            sqlx::query(statement).bind(now).execute(&self.pool).await?;
        }
        Ok(())
    }
}

fn key(digest: Digest) -> Vec<u8> {
    digest.as_bytes().to_vec()
}

/// `INSERT … ON CONFLICT DO NOTHING` changed a row, or the key existed.
fn stored(result: &sqlx::sqlite::SqliteQueryResult) -> Put {
    if result.rows_affected() == 1 {
        Put::Stored
    } else {
        Put::Exists
    }
}

impl PendingStore for Sqlite {
    type Error = StoreError;

    async fn put_pending(&self, digest: Digest, pending: StoredPending) -> Result<Put, StoreError> {
        let sealed = self.seal("pending", &pending.pending)?;
        let query = sqlx::query(
            "INSERT INTO pending (key, session, sealed, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        );
        let deadline = pending.pending.deadline().unix_timestamp();
        let query = query
            .bind(key(digest))
            .bind(key(pending.session))
            .bind(sealed)
            .bind(deadline);
        Ok(stored(&query.execute(&self.pool).await?))
    }

    async fn take_pending(&self, digest: Digest, session: Digest) -> Result<Option<Pending>, StoreError> {
        let query = sqlx::query("DELETE FROM pending WHERE key = ? AND session = ? RETURNING sealed");
        let row = query
            .bind(key(digest))
            .bind(key(session))
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| self.unseal("pending", row.try_get(0)?)).transpose()
    }
}

impl Sqlite {
    fn token_key(key: &TokenKey) -> Result<Vec<u8>, StoreError> {
        Ok(Digest::of(&serde_json::to_vec(key).map_err(anyhow::Error::from)?)
            .as_bytes()
            .to_vec())
    }
}

impl TokenStore for Sqlite {
    type Error = StoreError;

    async fn put_token(&self, key: TokenKey, token: HeldToken) -> Result<(), StoreError> {
        let sealed = self.seal("token", &token)?;
        let query = sqlx::query(
            "INSERT INTO token (key, sealed, expires_at) VALUES (?, ?, ?)
             ON CONFLICT (key) DO UPDATE SET sealed = excluded.sealed, expires_at = excluded.expires_at",
        );
        let query = query
            .bind(Self::token_key(&key)?)
            .bind(sealed)
            .bind(token.expires_at.unix_timestamp());
        query.execute(&self.pool).await?;
        Ok(())
    }

    async fn token(&self, key: TokenKey) -> Result<Option<HeldToken>, StoreError> {
        let query = sqlx::query("SELECT sealed FROM token WHERE key = ?");
        let row = query.bind(Self::token_key(&key)?).fetch_optional(&self.pool).await?;
        row.map(|row| self.unseal("token", row.try_get(0)?)).transpose()
    }

    async fn drop_token(&self, key: TokenKey) -> Result<(), StoreError> {
        let query = sqlx::query("DELETE FROM token WHERE key = ?");
        query.bind(Self::token_key(&key)?).execute(&self.pool).await?;
        Ok(())
    }
}

impl SessionStore for Sqlite {
    type Error = StoreError;

    async fn put_session(&self, digest: Digest, session: Session, expires_at: UtcDateTime) -> Result<Put, StoreError> {
        let sealed = self.seal("session", &session)?;
        let query =
            sqlx::query("INSERT INTO session (key, sealed, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
        let query = query.bind(key(digest)).bind(sealed).bind(expires_at.unix_timestamp());
        Ok(stored(&query.execute(&self.pool).await?))
    }

    async fn take_session(&self, digest: Digest, now: UtcDateTime) -> Result<Option<Session>, StoreError> {
        let query = sqlx::query("DELETE FROM session WHERE key = ? AND expires_at > ? RETURNING sealed");
        let query = query.bind(key(digest)).bind(now.unix_timestamp());
        let row = query.fetch_optional(&self.pool).await?;
        row.map(|row| self.unseal("session", row.try_get(0)?)).transpose()
    }
}

impl GrantStore for Sqlite {
    type Error = StoreError;

    async fn put_code(&self, code: Digest, grant: CodeGrant) -> Result<Put, StoreError> {
        let sealed = self.seal("code", &grant)?;
        let query =
            sqlx::query("INSERT INTO code (digest, sealed, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
        let query = query
            .bind(key(code))
            .bind(sealed)
            .bind(grant.expires_at.unix_timestamp());
        Ok(stored(&query.execute(&self.pool).await?))
    }

    async fn take_code(&self, code: Digest) -> Result<TakenCode, StoreError> {
        // One statement burns the code and gives its grant, to one caller only; it is durable before anything is made of it.
        let query = sqlx::query("UPDATE code SET used_at = ? WHERE digest = ? AND used_at IS NULL RETURNING sealed");
        let query = query.bind(clock::now().unix_timestamp()).bind(key(code));
        if let Some(row) = query.fetch_optional(&self.pool).await? {
            return Ok(TakenCode::Grant(self.unseal("code", row.try_get(0)?)?));
        }
        let query = sqlx::query("SELECT 1 FROM code WHERE digest = ?").bind(key(code));
        let known = query.fetch_optional(&self.pool).await?.is_some();
        Ok(if known {
            TakenCode::UsedBefore
        } else {
            TakenCode::Unknown
        })
    }

    async fn put_access(&self, token: Digest, grant: AccessGrant) -> Result<Put, StoreError> {
        let sealed = self.seal("access", &grant)?;
        let query = sqlx::query(
            "INSERT INTO access_token (digest, code, sealed, expires_at)
             SELECT ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM code WHERE digest = ? AND revoked_at IS NOT NULL)
             ON CONFLICT DO NOTHING",
        );
        let query = query.bind(key(token)).bind(key(grant.code)).bind(sealed);
        let query = query.bind(grant.expires_at.unix_timestamp()).bind(key(grant.code));
        Ok(stored(&query.execute(&self.pool).await?))
    }

    async fn access(&self, token: Digest) -> Result<Option<AccessGrant>, StoreError> {
        let query = sqlx::query("SELECT sealed FROM access_token WHERE digest = ?");
        let row = query.bind(key(token)).fetch_optional(&self.pool).await?;
        row.map(|row| self.unseal("access", row.try_get(0)?)).transpose()
    }

    async fn revoke(&self, code: Digest) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        let query = sqlx::query("UPDATE code SET revoked_at = ? WHERE digest = ?");
        query
            .bind(clock::now().unix_timestamp())
            .bind(key(code))
            .execute(&mut *transaction)
            .await?;
        sqlx::query("DELETE FROM access_token WHERE code = ?")
            .bind(key(code))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }
}
