//! The dossier of the PGO: every answer as it came, inseparable from its source and context, and the consents.

use medmij_core::{CorrelationId, Digest};
use medmij_oauth::dvp::Collected;
use sqlx::Row as _;

use crate::clock;
use crate::sql::{Sql, StoreError};

impl Sql {
    /// Stores the consent, as it was obtained: that a code came is the proof of it (row P7).
    pub async fn store_consent(
        &self,
        person: Digest,
        aanbieder: &str,
        correlation_id: &CorrelationId,
    ) -> Result<(), StoreError> {
        let query = sqlx::query("INSERT INTO consent (at, person, aanbieder, correlation_id) VALUES ($1, $2, $3, $4)");
        let query = query
            .bind(clock::now().unix_timestamp())
            .bind(person.as_bytes().to_vec());
        query
            .bind(aanbieder.to_owned())
            .bind(correlation_id.to_string())
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
        let read = |row: sqlx::any::AnyRow| -> Result<Collected, StoreError> {
            let envelope: String = row.try_get(0)?;
            let mut collected: Collected = serde_json::from_str(&envelope).map_err(anyhow::Error::from)?;
            collected.body = row.try_get(1)?;
            Ok(collected)
        };
        rows.into_iter().map(read).collect()
    }
}
