//! The dossier of the PGO: every answer as it came, inseparable from its source and context; what was shared and with whom; the
//! consents as they were obtained; the Abonnementen and what they told.

use std::collections::HashMap;

use medmij_core::{Aanbiedernaam, CorrelationId, Digest, SubscriptionId};
use medmij_fhir_bundle::{Envelope, Sent};
use medmij_oauth::dvp::{Abonnement, Collected, ObtainedConsent, Placed, Ready};
use sqlx::Row as _;
use sqlx::any::AnyRow;
use time::UtcDateTime;

use crate::clock;
use crate::sql::{Sql, StoreError};

/// What the person is told of what was sent, as long as nobody knows more.
pub const UNKNOWN: &str = "onbekend of het is aangekomen";

/// A piece of the dossier.
#[derive(Clone, Debug)]
pub struct Piece {
    pub number: i64,
    /// Whose data it is, if not those of the account's own person.
    pub represented: Option<String>,
    pub answer: Collected,
    /// What belongs to it and to each of its entries.
    pub envelope: Envelope,
}

impl Sql {
    /// Stores the consent, as it was obtained: that a code came is the proof of it (row P7).
    pub async fn store_consent(
        &self,
        person: Digest,
        represented: Option<&str>,
        consent: &ObtainedConsent,
    ) -> Result<(), StoreError> {
        let text = serde_json::to_string(consent).map_err(anyhow::Error::from)?;
        let query =
            sqlx::query("INSERT INTO obtained_consent (chain, person, represented, consent) VALUES ($1, $2, $3, $4)");
        let query = query
            .bind(consent.correlation_id.to_string())
            .bind(person.as_bytes().to_vec());
        query
            .bind(represented.map(str::to_owned))
            .bind(text)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The consent under which something was collected or placed.
    pub async fn consent(&self, chain: &CorrelationId) -> Result<Option<ObtainedConsent>, StoreError> {
        let query = sqlx::query("SELECT consent FROM obtained_consent WHERE chain = $1");
        let row = query.bind(chain.to_string()).fetch_optional(&self.pool).await?;
        row.map(|row| {
            let text: String = row.try_get(0)?;
            Ok(serde_json::from_str(&text).map_err(anyhow::Error::from)?)
        })
        .transpose()
    }

    /// Stores an answer with its envelope, in one step (row P23).
    pub async fn store_answer(
        &self,
        person: Digest,
        represented: Option<&str>,
        collected: &Collected,
        envelope: &Envelope,
    ) -> Result<(), StoreError> {
        let text = serde_json::to_string(collected).map_err(anyhow::Error::from)?;
        let envelope = serde_json::to_string(envelope).map_err(anyhow::Error::from)?;
        let query = sqlx::query(
            "INSERT INTO answer (person, represented, collected, envelope, body) VALUES ($1, $2, $3, $4, $5)",
        );
        let query = query
            .bind(person.as_bytes().to_vec())
            .bind(represented.map(str::to_owned));
        let query = query.bind(text).bind(envelope).bind(collected.body.clone());
        query.execute(&self.pool).await?;
        Ok(())
    }

    /// The pieces of the dossier, oldest first.
    pub async fn pieces(&self) -> Result<Vec<Piece>, StoreError> {
        let rows = sqlx::query("SELECT id, represented, collected, envelope, body FROM answer ORDER BY id")
            .fetch_all(&self.pool)
            .await?;
        let read = |row: AnyRow| -> Result<Piece, StoreError> {
            let (collected, envelope): (String, String) = (row.try_get(2)?, row.try_get(3)?);
            let mut answer: Collected = serde_json::from_str(&collected).map_err(anyhow::Error::from)?;
            answer.body = row.try_get(4)?;
            Ok(Piece {
                number: row.try_get(0)?,
                represented: row.try_get(1)?,
                answer,
                envelope: serde_json::from_str(&envelope).map_err(anyhow::Error::from)?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// The answers of the dossier, oldest first.
    pub async fn answers(&self) -> Result<Vec<Collected>, StoreError> {
        Ok(self.pieces().await?.into_iter().map(|piece| piece.answer).collect())
    }

    /// *Verwijderen Gegevens*: removes one piece from the dossier, with what came with it [RFC0071, 1.6].
    pub async fn delete_piece(&self, person: Digest, number: i64) -> Result<u64, StoreError> {
        let query = sqlx::query("DELETE FROM answer WHERE person = $1 AND id = $2");
        let query = query.bind(person.as_bytes().to_vec()).bind(number);
        Ok(query.execute(&self.pool).await?.rows_affected())
    }

    /// Stores what is to be sent, by the digest of its bytes, and of which document it is: its answer may come after the process
    /// has ended.
    pub async fn store_sent(&self, bytes: Digest, document: Digest, sent: &Sent) -> Result<(), StoreError> {
        let text = serde_json::to_string(sent).map_err(anyhow::Error::from)?;
        let query = sqlx::query("INSERT INTO sent (digest, document, sent, told) VALUES ($1, $2, $3, $4)");
        let query = query.bind(bytes.to_string()).bind(document.to_string());
        query.bind(text).bind(UNKNOWN).execute(&self.pool).await?;
        Ok(())
    }

    /// What was sent, by the digest of its bytes.
    pub async fn sent(&self, bytes: Digest) -> Result<Option<Sent>, StoreError> {
        let query = sqlx::query("SELECT sent FROM sent WHERE digest = $1").bind(bytes.to_string());
        let row = query.fetch_optional(&self.pool).await?;
        row.map(|row| {
            let text: String = row.try_get(0)?;
            Ok(serde_json::from_str(&text).map_err(anyhow::Error::from)?)
        })
        .transpose()
    }

    /// Stores what the person is told of the answer to what was sent; nothing, if all of it was taken.
    pub async fn store_shared(&self, bytes: Digest, told: &str) -> Result<(), StoreError> {
        let query = sqlx::query("UPDATE sent SET told = $1 WHERE digest = $2");
        let query = query.bind(told.to_owned()).bind(bytes.to_string());
        query.execute(&self.pool).await?;
        Ok(())
    }

    /// Of which document something is that was sent, by the digests of both, and what the person is told of it.
    pub async fn documents(&self) -> Result<HashMap<Digest, (Digest, String)>, StoreError> {
        let rows = sqlx::query("SELECT digest, document, told FROM sent")
            .fetch_all(&self.pool)
            .await?;
        let read = |row: AnyRow| -> Result<_, StoreError> {
            let digest = |text: String| text.parse::<Digest>().map_err(anyhow::Error::from);
            Ok((digest(row.try_get(0)?)?, (digest(row.try_get(1)?)?, row.try_get(2)?)))
        };
        rows.into_iter().map(read).collect()
    }

    /// Stores with whom something was placed (row P24).
    pub async fn store_placed(&self, person: Digest, placed: &Placed) -> Result<(), StoreError> {
        let envelope = serde_json::to_string(placed).map_err(anyhow::Error::from)?;
        let query = sqlx::query("INSERT INTO placed (person, digest, envelope) VALUES ($1, $2, $3)");
        query
            .bind(person.as_bytes().to_vec())
            .bind(placed.placed.to_string())
            .bind(envelope)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// What was placed, oldest first.
    pub async fn placed(&self) -> Result<Vec<Placed>, StoreError> {
        let rows = sqlx::query("SELECT envelope FROM placed ORDER BY id")
            .fetch_all(&self.pool)
            .await?;
        let read = |row: AnyRow| -> Result<Placed, StoreError> {
            let envelope: String = row.try_get(0)?;
            Ok(serde_json::from_str(&envelope).map_err(anyhow::Error::from)?)
        };
        rows.into_iter().map(read).collect()
    }

    /// Keeps a run as it is to be taken up should this process end before its next answer (row P28).
    pub async fn keep_run(&self, run: &Ready) -> Result<(), StoreError> {
        let key = run.correlation_id().as_str();
        let sealed = self.seal("run", key.as_bytes(), run)?;
        let query = sqlx::query(
            "INSERT INTO run (key, kept_at, sealed) VALUES ($1, $2, $3)
             ON CONFLICT (key) DO UPDATE SET kept_at = excluded.kept_at, sealed = excluded.sealed",
        );
        let query = query.bind(key.to_owned()).bind(clock::now().unix_timestamp());
        query.bind(sealed).execute(&self.pool).await?;
        Ok(())
    }

    /// Forgets a run that has ended.
    pub async fn drop_run(&self, correlation_id: &str) -> Result<(), StoreError> {
        let query = sqlx::query("DELETE FROM run WHERE key = $1").bind(correlation_id.to_owned());
        query.execute(&self.pool).await?;
        Ok(())
    }

    /// Takes the runs that a process left behind when it ended: those that nobody has gone on with since this moment, which is
    /// longer ago than a request may take. One that cannot be read any more is as if it were not there.
    pub async fn take_left_runs(&self, since: UtcDateTime) -> Result<Vec<Ready>, StoreError> {
        let rows = sqlx::query("DELETE FROM run WHERE kept_at < $1 RETURNING key, sealed")
            .bind(since.unix_timestamp())
            .fetch_all(&self.pool)
            .await?;
        let mut runs = Vec::new();
        for row in rows {
            let key: String = row.try_get(0)?;
            runs.extend(self.unseal("run", key.as_bytes(), row.try_get(1)?).ok());
        }
        Ok(runs)
    }

    /// Stores an Abonnement as it is now, over the one that is kept (row P25). Where another changed that meanwhile, it is put over
    /// what the other left.
    pub async fn store_abonnement(&self, abonnement: Abonnement) -> Result<(), StoreError> {
        let (host, id) = (abonnement.subscription.host().to_owned(), abonnement.id.to_string());
        let place = format!("{host} {id}");
        loop {
            let query = sqlx::query("SELECT version, sealed FROM own_abonnement WHERE host = $1 AND id = $2");
            let query = query.bind(host.clone()).bind(id.clone());
            let kept = query.fetch_optional(&self.pool).await?;
            let (version, changed) = match kept {
                Some(row) => {
                    let kept: Option<Abonnement> =
                        self.unseal("own_abonnement", place.as_bytes(), row.try_get(1)?).ok();
                    let changed = abonnement.clone();
                    (
                        row.try_get::<i64, _>(0)?,
                        kept.map_or_else(|| changed.clone(), |kept| changed.clone().over(&kept)),
                    )
                }
                None => (0, abonnement.clone()),
            };
            let sealed = self.seal("own_abonnement", place.as_bytes(), &changed)?;
            let query = sqlx::query(
                "INSERT INTO own_abonnement (host, id, version, sealed) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (host, id) DO UPDATE SET version = excluded.version, sealed = excluded.sealed
                 WHERE own_abonnement.version = $5",
            );
            let query = query.bind(host.clone()).bind(id.clone()).bind(version + 1);
            let stored = query.bind(sealed).bind(version).execute(&self.pool).await?;
            if stored.rows_affected() == 1 {
                return Ok(());
            }
        }
    }

    /// The Abonnementen, all or those of an id: each Subscription Server has ids of its own. One that cannot be read any more is as
    /// if it were not there.
    pub async fn own_abonnementen(&self, id: Option<&SubscriptionId>) -> Result<Vec<Abonnement>, StoreError> {
        let query = sqlx::query("SELECT host, id, sealed FROM own_abonnement WHERE id = $1 OR $1 = ''");
        let rows = query
            .bind(id.map(ToString::to_string).unwrap_or_default())
            .fetch_all(&self.pool)
            .await?;
        let mut found = Vec::new();
        for row in rows {
            let (host, id): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let place = format!("{host} {id}");
            found.extend(self.unseal("own_abonnement", place.as_bytes(), row.try_get(2)?).ok());
        }
        Ok(found)
    }

    /// Keeps what the person is told of a message.
    pub async fn store_notice(&self, aanbieder: &Aanbiedernaam, text: &str) -> Result<(), StoreError> {
        let query = sqlx::query("INSERT INTO notice (at, aanbieder, text) VALUES ($1, $2, $3)");
        let query = query.bind(clock::now().unix_timestamp()).bind(aanbieder.to_string());
        query.bind(text.to_owned()).execute(&self.pool).await?;
        Ok(())
    }

    /// What the person is told, newest first: the Aanbieder and the text.
    pub async fn notices(&self) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query("SELECT aanbieder, text FROM notice ORDER BY id DESC")
            .fetch_all(&self.pool)
            .await?;
        let read = |row: AnyRow| Ok((row.try_get(0)?, row.try_get(1)?));
        rows.into_iter().map(read).collect()
    }
}
