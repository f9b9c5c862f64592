//! The dossier of the PGO: every answer as it came, inseparable from its source and context; what was shared and with whom; the
//! consents as they were obtained; the Abonnementen and what they told.

use medmij_core::{Aanbiedernaam, Digest, SubscriptionId};
use medmij_oauth::dvp::{Abonnement, Collected, ObtainedConsent, Placed, Ready};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::clock;
use crate::sql::{Sql, StoreError};

impl Sql {
    /// Stores the consent, as it was obtained: that a code came is the proof of it (row P7).
    pub async fn store_consent(&self, person: Digest, consent: &ObtainedConsent) -> Result<(), StoreError> {
        let text = serde_json::to_string(consent).map_err(anyhow::Error::from)?;
        let query = sqlx::query("INSERT INTO obtained_consent (person, consent) VALUES ($1, $2)");
        query
            .bind(person.as_bytes().to_vec())
            .bind(text)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Stores an answer with its envelope, in one step (row P23).
    pub async fn store_answer(&self, person: Digest, collected: &Collected) -> Result<(), StoreError> {
        let envelope = serde_json::to_string(collected).map_err(anyhow::Error::from)?;
        let query = sqlx::query(
            "INSERT INTO answer (person, correlation_id, digest, envelope, body) VALUES ($1, $2, $3, $4, $5)",
        );
        let query = query
            .bind(person.as_bytes().to_vec())
            .bind(collected.correlation_id.to_string());
        let query = query
            .bind(collected.digest.to_string())
            .bind(envelope)
            .bind(collected.body.clone());
        query.execute(&self.pool).await?;
        Ok(())
    }

    /// The answers of the dossier, oldest first.
    pub async fn answers(&self) -> Result<Vec<Collected>, StoreError> {
        let rows = sqlx::query("SELECT envelope, body FROM answer ORDER BY id")
            .fetch_all(&self.pool)
            .await?;
        let read = |row: AnyRow| -> Result<Collected, StoreError> {
            let envelope: String = row.try_get(0)?;
            let mut collected: Collected = serde_json::from_str(&envelope).map_err(anyhow::Error::from)?;
            collected.body = row.try_get(1)?;
            Ok(collected)
        };
        rows.into_iter().map(read).collect()
    }

    /// *Verwijderen Gegevens*: removes an answer from the dossier, with what came with it [RFC0071, 1.6].
    pub async fn delete_answer(&self, person: Digest, digest: Digest) -> Result<u64, StoreError> {
        let query = sqlx::query("DELETE FROM answer WHERE person = $1 AND digest = $2");
        let query = query.bind(person.as_bytes().to_vec()).bind(digest.to_string());
        Ok(query.execute(&self.pool).await?.rows_affected())
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
            "INSERT INTO run (key, sealed) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET sealed = excluded.sealed",
        );
        query.bind(key.to_owned()).bind(sealed).execute(&self.pool).await?;
        Ok(())
    }

    /// Forgets a run that has ended.
    pub async fn drop_run(&self, correlation_id: &str) -> Result<(), StoreError> {
        let query = sqlx::query("DELETE FROM run WHERE key = $1").bind(correlation_id.to_owned());
        query.execute(&self.pool).await?;
        Ok(())
    }

    /// The runs that a process left behind when it ended.
    pub async fn left_runs(&self) -> Result<Vec<Ready>, StoreError> {
        let rows = sqlx::query("SELECT key, sealed FROM run").fetch_all(&self.pool).await?;
        let open = |row: AnyRow| {
            let key: String = row.try_get(0)?;
            self.unseal("run", key.as_bytes(), row.try_get(1)?)
        };
        rows.into_iter().map(open).collect()
    }

    /// Stores an Abonnement as it is now, over the one that is kept (row P25).
    pub async fn store_abonnement(&self, abonnement: Abonnement) -> Result<(), StoreError> {
        let (host, id) = (abonnement.subscription.host().to_owned(), abonnement.id.to_string());
        let place = format!("{host} {id}");
        let query = sqlx::query("SELECT sealed FROM own_abonnement WHERE host = $1 AND id = $2");
        let kept = query
            .bind(host.clone())
            .bind(id.clone())
            .fetch_optional(&self.pool)
            .await?;
        let abonnement = match kept {
            Some(row) => {
                let kept: Abonnement = self.unseal("own_abonnement", place.as_bytes(), row.try_get(0)?)?;
                abonnement.over(&kept)
            }
            None => abonnement,
        };
        let sealed = self.seal("own_abonnement", place.as_bytes(), &abonnement)?;
        let query = sqlx::query(
            "INSERT INTO own_abonnement (host, id, sealed) VALUES ($1, $2, $3)
             ON CONFLICT (host, id) DO UPDATE SET sealed = excluded.sealed",
        );
        query.bind(host).bind(id).bind(sealed).execute(&self.pool).await?;
        Ok(())
    }

    /// The Abonnementen, all or those of an id: each Subscription Server has ids of its own.
    pub async fn own_abonnementen(&self, id: Option<&SubscriptionId>) -> Result<Vec<Abonnement>, StoreError> {
        let query = sqlx::query("SELECT host, id, sealed FROM own_abonnement WHERE id = $1 OR $1 = ''");
        let rows = query
            .bind(id.map(ToString::to_string).unwrap_or_default())
            .fetch_all(&self.pool)
            .await?;
        let open = |row: AnyRow| {
            let (host, id): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            self.unseal("own_abonnement", format!("{host} {id}").as_bytes(), row.try_get(2)?)
        };
        rows.into_iter().map(open).collect()
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
