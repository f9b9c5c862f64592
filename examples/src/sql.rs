//! The stores of both sides in SQLite or PostgreSQL: digests for what is looked up, sealed blobs for what is read back.
//!
//! One text for both: sqlx's `Any` driver, and SQL that both understand.

use std::path::Path;
use std::sync::{Arc, Once};

use anyhow::Context as _;
use medmij_core::Digest;
use medmij_oauth::dva::{
    AccessGrant, CodeGrant, DeclarationRecord, FoundRefresh, GrantStore, NewTokens, PutTokens, RefreshGrant, Session,
    SessionStore, TakenCode,
};
use medmij_oauth::dvp::{Claimed, HeldToken, Pending, PendingStore, StoredPending, TokenKey, TokenStore};
use medmij_oauth::{Put, TOKEN_LIFETIME};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::any::{AnyPoolOptions, AnyQueryResult};
use sqlx::{Any, AnyPool, Row as _, Transaction};
use time::UtcDateTime;

use crate::clock;
use crate::seal::Sealer;

/// An SQLite file, an SQLite database in memory, or a PostgreSQL database.
#[derive(Clone, Debug)]
pub struct Sql {
    pub(crate) pool: AnyPool,
    pub(crate) sealer: Arc<Sealer>,
}

/// The tables, with the two types that differ.
macro_rules! schema {
    ($blob:literal, $id:literal) => {
        concat!(
            "CREATE TABLE IF NOT EXISTS pending (key ",
            $blob,
            " PRIMARY KEY, session ",
            $blob,
            " NOT NULL, sealed ",
            $blob,
            " NOT NULL, expires_at BIGINT NOT NULL);
            CREATE TABLE IF NOT EXISTS token (key ",
            $blob,
            " PRIMARY KEY, sealed ",
            $blob,
            " NOT NULL, expires_at BIGINT NOT NULL, claimed_until BIGINT);
            CREATE TABLE IF NOT EXISTS session (key ",
            $blob,
            " PRIMARY KEY, sealed ",
            $blob,
            " NOT NULL, expires_at BIGINT NOT NULL);
            CREATE TABLE IF NOT EXISTS code (digest ",
            $blob,
            " PRIMARY KEY, sealed ",
            $blob,
            " NOT NULL, known_until BIGINT NOT NULL, used_at BIGINT, revoked_at BIGINT);
            CREATE TABLE IF NOT EXISTS access_token (digest ",
            $blob,
            " PRIMARY KEY, family ",
            $blob,
            " NOT NULL, sealed ",
            $blob,
            " NOT NULL, expires_at BIGINT NOT NULL);
            CREATE INDEX IF NOT EXISTS access_token_family ON access_token (family);
            CREATE TABLE IF NOT EXISTS refresh_token (digest ",
            $blob,
            " PRIMARY KEY, family ",
            $blob,
            " NOT NULL, sealed ",
            $blob,
            " NOT NULL, replaced_at BIGINT);
            CREATE INDEX IF NOT EXISTS refresh_token_family ON refresh_token (family);
            CREATE TABLE IF NOT EXISTS declaration (id ",
            $id,
            ", at BIGINT NOT NULL, sealed ",
            $blob,
            " NOT NULL);
            CREATE TABLE IF NOT EXISTS consent (id ",
            $id,
            ", at BIGINT NOT NULL, person ",
            $blob,
            " NOT NULL, aanbieder TEXT NOT NULL, correlation_id TEXT NOT NULL);
            CREATE TABLE IF NOT EXISTS answer (id ",
            $id,
            ", person ",
            $blob,
            " NOT NULL, correlation_id TEXT NOT NULL,
            digest TEXT NOT NULL, envelope TEXT NOT NULL, body ",
            $blob,
            " NOT NULL);"
        )
    };
}

const SQLITE: &str = schema!("BLOB", "INTEGER PRIMARY KEY");
const POSTGRES: &str = schema!("BYTEA", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY");

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

impl Sql {
    /// Opens an SQLite file, made if it is not there; its key stands beside it.
    pub async fn sqlite(path: &Path) -> anyhow::Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            crate::seal::private_folder(folder)?;
        }
        let sealer = Sealer::open(&path.with_extension("key"))?;
        // SQLite gives its other files the mode of this one.
        crate::seal::private_file(path).with_context(|| format!("cannot open {}", path.display()))?;
        let absolute = std::path::absolute(path)?;
        let text = absolute.to_str().context("the path is no UTF-8")?;
        let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let url = format!("sqlite://{}", encoded.replace('+', "%20"));
        Self::connect(&url, SQLITE, 4, sealer)
            .await
            .with_context(|| format!("cannot open {}", path.display()))
    }

    /// A database in memory, gone when the process ends.
    pub async fn memory() -> anyhow::Result<Self> {
        Self::connect("sqlite::memory:", SQLITE, 1, Sealer::fresh()?).await
    }

    /// A PostgreSQL database, `postgres://USER@HOST/DATABASE`, and the file of the key by which it is sealed.
    pub async fn postgres(url: &str, key: &Path) -> anyhow::Result<Self> {
        let sealer = Sealer::open(key)?;
        Self::connect(url, POSTGRES, 16, sealer)
            .await
            .context("cannot open the PostgreSQL database")
    }

    async fn connect(url: &str, schema: &'static str, connections: u32, sealer: Sealer) -> anyhow::Result<Self> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(sqlx::any::install_default_drivers);
        let pool = AnyPoolOptions::new()
            .max_connections(connections)
            .idle_timeout(None)
            .max_lifetime(None);
        // A burn that was answered must survive a power cut. PostgreSQL does so by itself.
        let pool = pool.after_connect(move |connection, _| {
            Box::pin(async move {
                if schema == SQLITE {
                    sqlx::raw_sql("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
                        .execute(connection)
                        .await?;
                }
                Ok(())
            })
        });
        let pool = pool.connect(url).await?;
        sqlx::raw_sql(schema).execute(&pool).await?;
        Ok(Self {
            pool,
            sealer: Arc::new(sealer),
        })
    }

    /// Empties every table, for a test that starts anew.
    pub async fn empty(&self) -> Result<(), StoreError> {
        for statement in [
            "DELETE FROM pending",
            "DELETE FROM token",
            "DELETE FROM session",
            "DELETE FROM access_token",
            "DELETE FROM refresh_token",
            "DELETE FROM code",
            "DELETE FROM declaration",
            "DELETE FROM consent",
            "DELETE FROM answer",
        ] {
            sqlx::query(statement).execute(&self.pool).await?;
        }
        Ok(())
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
            "representation": record.representation,
            "dagen": record.dagen,
        });
        let sealed = self.seal("declaration", &value)?;
        let query = sqlx::query("INSERT INTO declaration (at, sealed) VALUES ($1, $2)");
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

    /// Drops what has expired; a code is known as long as anything that stems from it can live.
    pub async fn drop_expired(&self, now: UtcDateTime) -> Result<(), StoreError> {
        let now = now.unix_timestamp();
        for statement in [
            "DELETE FROM pending WHERE expires_at <= $1",
            "DELETE FROM token WHERE expires_at <= $1",
            "DELETE FROM session WHERE expires_at <= $1",
            "DELETE FROM access_token WHERE expires_at <= $1",
            "DELETE FROM refresh_token WHERE family IN (SELECT digest FROM code WHERE known_until <= $1)",
            "DELETE FROM code WHERE known_until <= $1",
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
fn stored(result: &AnyQueryResult) -> Put {
    if result.rows_affected() == 1 {
        Put::Stored
    } else {
        Put::Exists
    }
}

impl PendingStore for Sql {
    type Error = StoreError;

    async fn put_pending(&self, digest: Digest, pending: StoredPending) -> Result<Put, StoreError> {
        let sealed = self.seal("pending", &pending.pending)?;
        let query = sqlx::query(
            "INSERT INTO pending (key, session, sealed, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
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
        let query = sqlx::query("DELETE FROM pending WHERE key = $1 AND session = $2 RETURNING sealed");
        let row = query
            .bind(key(digest))
            .bind(key(session))
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| self.unseal("pending", row.try_get(0)?)).transpose()
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
        let sealed = self.seal("token", &token)?;
        let query = sqlx::query(
            "INSERT INTO token (key, sealed, expires_at) VALUES ($1, $2, $3) ON CONFLICT (key) DO UPDATE
             SET sealed = excluded.sealed, expires_at = excluded.expires_at, claimed_until = NULL",
        );
        let query = query
            .bind(Self::token_key(&key)?)
            .bind(sealed)
            .bind(token.known_until().unix_timestamp());
        query.execute(&self.pool).await?;
        Ok(())
    }

    async fn token(&self, key: TokenKey) -> Result<Option<HeldToken>, StoreError> {
        let query = sqlx::query("SELECT sealed FROM token WHERE key = $1");
        let row = query.bind(Self::token_key(&key)?).fetch_optional(&self.pool).await?;
        row.map(|row| self.unseal("token", row.try_get(0)?)).transpose()
    }

    async fn claim(&self, key: TokenKey, now: UtcDateTime, until: UtcDateTime) -> Result<Claimed, StoreError> {
        let key = Self::token_key(&key)?;
        let query = sqlx::query(
            "UPDATE token SET claimed_until = $1 WHERE key = $2 AND (claimed_until IS NULL OR claimed_until <= $3)
             RETURNING sealed",
        );
        let query = query.bind(until.unix_timestamp()).bind(key.clone());
        let row = query.bind(now.unix_timestamp()).fetch_optional(&self.pool).await?;
        if let Some(row) = row {
            return Ok(Claimed::Token(self.unseal("token", row.try_get(0)?)?));
        }
        let query = sqlx::query("SELECT 1 FROM token WHERE key = $1").bind(key);
        let known = query.fetch_optional(&self.pool).await?.is_some();
        Ok(if known { Claimed::ByAnother } else { Claimed::None })
    }

    async fn drop_token(&self, key: TokenKey) -> Result<(), StoreError> {
        let query = sqlx::query("DELETE FROM token WHERE key = $1");
        query.bind(Self::token_key(&key)?).execute(&self.pool).await?;
        Ok(())
    }
}

impl SessionStore for Sql {
    type Error = StoreError;

    async fn put_session(&self, digest: Digest, session: Session, expires_at: UtcDateTime) -> Result<Put, StoreError> {
        let sealed = self.seal("session", &session)?;
        let query =
            sqlx::query("INSERT INTO session (key, sealed, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
        let query = query.bind(key(digest)).bind(sealed).bind(expires_at.unix_timestamp());
        Ok(stored(&query.execute(&self.pool).await?))
    }

    async fn take_session(&self, digest: Digest, now: UtcDateTime) -> Result<Option<Session>, StoreError> {
        let query = sqlx::query("DELETE FROM session WHERE key = $1 AND expires_at > $2 RETURNING sealed");
        let query = query.bind(key(digest)).bind(now.unix_timestamp());
        let row = query.fetch_optional(&self.pool).await?;
        row.map(|row| self.unseal("session", row.try_get(0)?)).transpose()
    }
}

impl GrantStore for Sql {
    type Error = StoreError;

    async fn put_code(&self, code: Digest, grant: CodeGrant) -> Result<Put, StoreError> {
        let sealed = self.seal("code", &grant)?;
        let query =
            sqlx::query("INSERT INTO code (digest, sealed, known_until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
        let known_until = grant.expires_at.saturating_add(TOKEN_LIFETIME);
        let query = query.bind(key(code)).bind(sealed).bind(known_until.unix_timestamp());
        Ok(stored(&query.execute(&self.pool).await?))
    }

    async fn take_code(&self, code: Digest) -> Result<TakenCode, StoreError> {
        // One statement burns the code and gives its grant, to one caller only; it is durable before anything is made of it.
        let query = sqlx::query("UPDATE code SET used_at = $1 WHERE digest = $2 AND used_at IS NULL RETURNING sealed");
        let query = query.bind(clock::now().unix_timestamp()).bind(key(code));
        if let Some(row) = query.fetch_optional(&self.pool).await? {
            return Ok(TakenCode::Grant(self.unseal("code", row.try_get(0)?)?));
        }
        let query = sqlx::query("SELECT 1 FROM code WHERE digest = $1").bind(key(code));
        let known = query.fetch_optional(&self.pool).await?.is_some();
        Ok(if known {
            TakenCode::UsedBefore
        } else {
            TakenCode::Unknown
        })
    }

    async fn put_tokens(&self, tokens: NewTokens) -> Result<PutTokens, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let put = self.insert_tokens(&mut transaction, &tokens).await?;
        if put == PutTokens::Stored {
            transaction.commit().await?;
        }
        Ok(put)
    }

    async fn refresh(&self, token: Digest) -> Result<FoundRefresh, StoreError> {
        let query = sqlx::query("SELECT sealed, replaced_at FROM refresh_token WHERE digest = $1");
        let Some(row) = query.bind(key(token)).fetch_optional(&self.pool).await? else {
            return Ok(FoundRefresh::Unknown);
        };
        let grant: RefreshGrant = self.unseal("refresh", row.try_get(0)?)?;
        let replaced_at: Option<i64> = row.try_get(1)?;
        Ok(match replaced_at {
            None => FoundRefresh::Current(grant),
            Some(_) => FoundRefresh::Replaced { family: grant.family },
        })
    }

    async fn replace_refresh(&self, old: Digest, tokens: NewTokens) -> Result<PutTokens, StoreError> {
        let mut transaction = self.pool.begin().await?;
        // The row of the family first, here as in the others: so two never wait for each other.
        let put = self.insert_tokens(&mut transaction, &tokens).await?;
        if put != PutTokens::Stored {
            return Ok(put);
        }
        let query = sqlx::query(
            "UPDATE refresh_token SET replaced_at = $1 WHERE digest = $2 AND family = $3 AND replaced_at IS NULL",
        );
        let query = query.bind(clock::now().unix_timestamp()).bind(key(old));
        let replaced = query.bind(key(tokens.family())).execute(&mut *transaction).await?;
        if replaced.rows_affected() == 0 {
            return Ok(PutTokens::Gone);
        }
        transaction.commit().await?;
        Ok(put)
    }

    async fn access(&self, token: Digest) -> Result<Option<AccessGrant>, StoreError> {
        let query = sqlx::query("SELECT sealed FROM access_token WHERE digest = $1");
        let row = query.bind(key(token)).fetch_optional(&self.pool).await?;
        row.map(|row| self.unseal("access", row.try_get(0)?)).transpose()
    }

    async fn revoke(&self, family: Digest) -> Result<(), StoreError> {
        let now = clock::now().unix_timestamp();
        let mut transaction = self.pool.begin().await?;
        let query = sqlx::query("UPDATE code SET revoked_at = $1, used_at = COALESCE(used_at, $1) WHERE digest = $2");
        query.bind(now).bind(key(family)).execute(&mut *transaction).await?;
        let query = sqlx::query("UPDATE refresh_token SET replaced_at = $1 WHERE family = $2 AND replaced_at IS NULL");
        query.bind(now).bind(key(family)).execute(&mut *transaction).await?;
        let query = sqlx::query("DELETE FROM access_token WHERE family = $1");
        query.bind(key(family)).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(())
    }
}

impl Sql {
    /// Stores tokens in a transaction, which whoever began it ends: it is rolled back unless they were stored.
    async fn insert_tokens(
        &self,
        transaction: &mut Transaction<'_, Any>,
        tokens: &NewTokens,
    ) -> Result<PutTokens, StoreError> {
        let family = key(tokens.family());
        let refresh = tokens.refresh.as_ref();
        let end = refresh.map_or(tokens.access.expires_at, |(_, grant)| grant.expires_at);
        // A write, so that a revocation waits for it or it for the revocation.
        let query = sqlx::query(
            "UPDATE code SET known_until = CASE WHEN known_until < $1 THEN $1 ELSE known_until END
             WHERE digest = $2 AND revoked_at IS NULL",
        );
        let query = query.bind(end.unix_timestamp()).bind(family.clone());
        if query.execute(&mut **transaction).await?.rows_affected() == 0 {
            return Ok(PutTokens::Gone);
        }
        let query = sqlx::query(
            "INSERT INTO access_token (digest, family, sealed, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        );
        let query = query.bind(key(tokens.access_key)).bind(family.clone());
        let query = query.bind(self.seal("access", &tokens.access)?);
        let query = query.bind(tokens.access.expires_at.unix_timestamp());
        if query.execute(&mut **transaction).await?.rows_affected() == 0 {
            return Ok(PutTokens::Exists);
        }
        if let Some((digest, grant)) = refresh {
            let query = sqlx::query(
                "INSERT INTO refresh_token (digest, family, sealed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            );
            let query = query.bind(key(*digest)).bind(family).bind(self.seal("refresh", grant)?);
            if query.execute(&mut **transaction).await?.rows_affected() == 0 {
                return Ok(PutTokens::Exists);
            }
        }
        Ok(PutTokens::Stored)
    }
}
