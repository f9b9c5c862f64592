//! The stores of both sides in SQLite or PostgreSQL: digests for what is looked up, sealed blobs for what is read back.
//!
//! One text for both: sqlx's `Any` driver, and SQL that both understand.

mod dva;
mod dvp;

use std::path::Path;
use std::sync::{Arc, Once};

use anyhow::Context as _;
use medmij_core::{Digest, Release};
use medmij_oauth::Put;
use medmij_oauth::persist::{self, Persist};
use sqlx::any::{AnyArguments, AnyPoolOptions, AnyQueryResult};
use sqlx::query::Query;
use sqlx::{Any, AnyPool, AssertSqlSafe, Row as _};
use time::UtcDateTime;

use crate::seal::Sealer;

/// An SQLite file, an SQLite database in memory, or a PostgreSQL database.
#[derive(Clone, Debug)]
pub struct Sql {
    pub(crate) pool: AnyPool,
    pub(crate) sealer: Arc<Sealer>,
}

/// The tables. The types of bytes and of a row's own number differ between the two.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS pending (key {BYTES} PRIMARY KEY, session {BYTES} NOT NULL, sealed {BYTES} NOT NULL,
        expires_at BIGINT NOT NULL);
    CREATE TABLE IF NOT EXISTS token (key {BYTES} PRIMARY KEY, sealed {BYTES} NOT NULL, expires_at BIGINT NOT NULL,
        claimed_until BIGINT);
    CREATE TABLE IF NOT EXISTS session (key {BYTES} PRIMARY KEY, sealed {BYTES} NOT NULL, expires_at BIGINT NOT NULL);
    CREATE TABLE IF NOT EXISTS code (digest {BYTES} PRIMARY KEY, sealed {BYTES} NOT NULL, known_until BIGINT NOT NULL,
        used_at BIGINT, revoked_at BIGINT);
    CREATE TABLE IF NOT EXISTS access_token (digest {BYTES} PRIMARY KEY, family {BYTES} NOT NULL, sealed {BYTES} NOT NULL,
        expires_at BIGINT NOT NULL);
    CREATE INDEX IF NOT EXISTS access_token_family ON access_token (family);
    CREATE TABLE IF NOT EXISTS refresh_token (digest {BYTES} PRIMARY KEY, family {BYTES} NOT NULL, sealed {BYTES} NOT NULL,
        replaced_at BIGINT);
    CREATE INDEX IF NOT EXISTS refresh_token_family ON refresh_token (family);
    CREATE TABLE IF NOT EXISTS langdurig (family {BYTES} PRIMARY KEY, person {BYTES} NOT NULL);
    CREATE INDEX IF NOT EXISTS langdurig_person ON langdurig (person);
    CREATE TABLE IF NOT EXISTS abonnement (id TEXT PRIMARY KEY, about {BYTES} NOT NULL, version BIGINT NOT NULL,
        sealed {BYTES} NOT NULL);
    CREATE INDEX IF NOT EXISTS abonnement_about ON abonnement (about);
    CREATE TABLE IF NOT EXISTS declaration (id {NUMBER}, at BIGINT NOT NULL, sealed {BYTES} NOT NULL);
    CREATE TABLE IF NOT EXISTS log (id {NUMBER}, at BIGINT NOT NULL, sealed {BYTES} NOT NULL);
    CREATE TABLE IF NOT EXISTS received (id {NUMBER}, at BIGINT NOT NULL, sealed {BYTES} NOT NULL);
    CREATE TABLE IF NOT EXISTS run (key TEXT PRIMARY KEY, kept_at BIGINT NOT NULL, sealed {BYTES} NOT NULL);
    CREATE TABLE IF NOT EXISTS obtained_consent (chain TEXT PRIMARY KEY, person {BYTES} NOT NULL, represented TEXT,
        consent TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS placed (id {NUMBER}, person {BYTES} NOT NULL, digest TEXT NOT NULL, envelope TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS own_abonnement (host TEXT NOT NULL, id TEXT NOT NULL, version BIGINT NOT NULL,
        sealed {BYTES} NOT NULL, PRIMARY KEY (host, id));
    CREATE TABLE IF NOT EXISTS notice (id {NUMBER}, at BIGINT NOT NULL, aanbieder TEXT NOT NULL, text TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS sent (digest TEXT PRIMARY KEY, document TEXT NOT NULL, sent TEXT NOT NULL,
        told TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS answer (id {NUMBER}, person {BYTES} NOT NULL, represented TEXT, collected TEXT NOT NULL,
        envelope TEXT NOT NULL, body {BYTES} NOT NULL);
";

/// A kind of database: its two types, and how a connection is made safe. A burn that was answered must survive a power cut.
#[derive(Clone, Copy)]
struct Kind {
    bytes: &'static str,
    number: &'static str,
    connected: &'static str,
}

const SQLITE: Kind = Kind {
    bytes: "BLOB",
    number: "INTEGER PRIMARY KEY",
    connected: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
};
const POSTGRES: Kind = Kind {
    bytes: "BYTEA",
    number: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    connected: "SET synchronous_commit = on;",
};

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

    async fn connect(url: &str, kind: Kind, connections: u32, sealer: Sealer) -> anyhow::Result<Self> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(sqlx::any::install_default_drivers);
        let pool = AnyPoolOptions::new()
            .max_connections(connections)
            .idle_timeout(None)
            .max_lifetime(None);
        let pool = pool.after_connect(move |connection, _| {
            Box::pin(async move { sqlx::raw_sql(kind.connected).execute(connection).await.map(drop) })
        });
        let pool = pool.connect(url).await?;
        let schema = SCHEMA.replace("{BYTES}", kind.bytes).replace("{NUMBER}", kind.number);
        // Made of two constants, and of nothing that anybody sends.
        sqlx::raw_sql(AssertSqlSafe(schema)).execute(&pool).await?;
        Ok(Self {
            pool,
            sealer: Arc::new(sealer),
        })
    }

    /// Runs a statement that changes a row and gives its sealed value, and gives that only when the change is committed:
    /// what was taken is taken, whatever happens next.
    async fn take<T: Persist>(
        &self,
        place: &str,
        key: &[u8],
        statement: Query<'_, Any, AnyArguments>,
    ) -> Result<Option<T>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let row = statement.fetch_optional(&mut *transaction).await?;
        transaction.commit().await?;
        row.map(|row| self.unseal(place, key, row.try_get(0)?)).transpose()
    }

    /// Seals a value for one row of a table: moved to another, it does not open.
    pub(crate) fn seal(&self, place: &str, key: &[u8], value: &impl Persist) -> Result<Vec<u8>, StoreError> {
        let blob = persist::write(value).map_err(anyhow::Error::from)?;
        Ok(self.sealer.seal(&[place.as_bytes(), b" ", key].concat(), blob)?)
    }

    pub(crate) fn unseal<T: Persist>(&self, place: &str, key: &[u8], blob: &[u8]) -> Result<T, StoreError> {
        let blob = self.sealer.open_sealed(&[place.as_bytes(), b" ", key].concat(), blob)?;
        Ok(persist::read(&blob).map_err(anyhow::Error::from)?)
    }

    /// Logs an answered declaration, before anything else happens (row A19).
    pub async fn log_declaration(&self, line: Vec<u8>, at: UtcDateTime) -> Result<(), StoreError> {
        let sealed = self.sealer.seal(b"declaration ", line)?;
        let query = sqlx::query("INSERT INTO declaration (at, sealed) VALUES ($1, $2)");
        query.bind(at.unix_timestamp()).bind(sealed).execute(&self.pool).await?;
        Ok(())
    }

    /// Writes a line of the own log.
    pub async fn put_log_line(&self, at: i64, line: Vec<u8>) -> Result<(), StoreError> {
        let sealed = self.sealer.seal(b"log ", line)?;
        let query = sqlx::query("INSERT INTO log (at, sealed) VALUES ($1, $2)");
        query.bind(at).bind(sealed).execute(&self.pool).await?;
        Ok(())
    }

    /// The lines of the own log, oldest first.
    pub async fn log_lines(&self) -> Result<Vec<serde_json::Value>, StoreError> {
        let rows = sqlx::query("SELECT sealed FROM log ORDER BY id")
            .fetch_all(&self.pool)
            .await?;
        let open = |row: sqlx::any::AnyRow| {
            let line = self.sealer.open_sealed(b"log ", row.try_get(0)?)?;
            Ok(serde_json::from_slice(&line).map_err(anyhow::Error::from)?)
        };
        rows.into_iter().map(open).collect()
    }

    /// Destroys the lines of the log that must not be kept any longer [core.logging.101, 2.x].
    pub async fn destroy_log(&self, release: Release, now: UtcDateTime) -> Result<u64, StoreError> {
        let limit = release.log_retention().must_go_before(now).unix_timestamp();
        let mut destroyed = 0;
        for statement in ["DELETE FROM log WHERE at < $1", "DELETE FROM declaration WHERE at < $1"] {
            destroyed += sqlx::query(statement)
                .bind(limit)
                .execute(&self.pool)
                .await?
                .rows_affected();
        }
        Ok(destroyed)
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
            "DELETE FROM langdurig WHERE family IN (SELECT digest FROM code WHERE known_until <= $1)",
            "DELETE FROM code WHERE known_until <= $1",
        ] {
            sqlx::query(statement).bind(now).execute(&self.pool).await?;
        }
        Ok(())
    }
}

pub(crate) fn key(digest: Digest) -> Vec<u8> {
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

/// A moment in whole seconds, rounded up: nothing is forgotten before its time.
fn seconds(moment: UtcDateTime) -> i64 {
    moment.unix_timestamp() + i64::from(moment.nanosecond() > 0)
}
