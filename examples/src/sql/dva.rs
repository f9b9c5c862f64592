//! What a DVA keeps in a database.

use medmij_core::{Aanbiedernaam, Bsn, Digest, GegevensdienstId, SubscriptionId};
use medmij_oauth::dva::{
    Abonnement, AbonnementStore, AccessGrant, CodeGrant, Consent, FoundRefresh, GrantStore, NewTokens, PutTokens,
    RefreshGrant, Replaced, Session, SessionStore, TakenCode,
};
use medmij_oauth::{Put, TOKEN_LIFETIME};
use sqlx::any::AnyRow;
use sqlx::{Any, Row as _, Transaction};
use time::UtcDateTime;

use super::{Sql, StoreError, key, seconds, stored};
use crate::clock;

impl SessionStore for Sql {
    type Error = StoreError;

    async fn put_session(&self, digest: Digest, session: Session, expires_at: UtcDateTime) -> Result<Put, StoreError> {
        let sealed = self.seal("session", digest.as_bytes(), &session)?;
        let query =
            sqlx::query("INSERT INTO session (key, sealed, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
        let query = query.bind(key(digest)).bind(sealed).bind(seconds(expires_at));
        Ok(stored(&query.execute(&self.pool).await?))
    }

    async fn take_session(&self, digest: Digest, now: UtcDateTime) -> Result<Option<Session>, StoreError> {
        let query = sqlx::query("DELETE FROM session WHERE key = $1 AND expires_at > $2 RETURNING sealed");
        let query = query.bind(key(digest)).bind(now.unix_timestamp());
        self.take("session", digest.as_bytes(), query).await
    }
}

impl GrantStore for Sql {
    type Error = StoreError;

    async fn put_code(&self, code: Digest, grant: CodeGrant) -> Result<Put, StoreError> {
        let sealed = self.seal("code", code.as_bytes(), &grant)?;
        let query =
            sqlx::query("INSERT INTO code (digest, sealed, known_until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
        let known_until = grant.expires_at.saturating_add(TOKEN_LIFETIME);
        let query = query.bind(key(code)).bind(sealed).bind(seconds(known_until));
        Ok(stored(&query.execute(&self.pool).await?))
    }

    async fn take_code(&self, code: Digest) -> Result<TakenCode, StoreError> {
        // One statement burns the code, for one caller only.
        let query = sqlx::query("UPDATE code SET used_at = $1 WHERE digest = $2 AND used_at IS NULL RETURNING sealed");
        let query = query.bind(clock::now().unix_timestamp()).bind(key(code));
        if let Some(grant) = self.take("code", code.as_bytes(), query).await? {
            return Ok(TakenCode::Grant(grant));
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

    async fn find_refresh(&self, token: Digest) -> Result<FoundRefresh, StoreError> {
        let query = sqlx::query("SELECT sealed, replaced_at FROM refresh_token WHERE digest = $1");
        let Some(row) = query.bind(key(token)).fetch_optional(&self.pool).await? else {
            return Ok(FoundRefresh::Unknown);
        };
        let grant: RefreshGrant = self.unseal("refresh", token.as_bytes(), row.try_get(0)?)?;
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

    async fn find_access(&self, token: Digest) -> Result<Option<AccessGrant>, StoreError> {
        let query = sqlx::query("SELECT sealed FROM access_token WHERE digest = $1");
        let row = query.bind(key(token)).fetch_optional(&self.pool).await?;
        row.map(|row| self.unseal("access", token.as_bytes(), row.try_get(0)?))
            .transpose()
    }

    async fn revoke(&self, family: Digest) -> Result<(), StoreError> {
        let now = clock::now().unix_timestamp();
        let mut transaction = self.pool.begin().await?;
        let query = sqlx::query(
            "UPDATE code SET revoked_at = $1, used_at = COALESCE(used_at, $1) WHERE digest = $2 AND revoked_at IS NULL",
        );
        let revoked = query.bind(now).bind(key(family)).execute(&mut *transaction).await?;
        // Nothing was added since it was revoked before.
        if revoked.rows_affected() == 0 {
            return Ok(());
        }
        let query = sqlx::query("UPDATE refresh_token SET replaced_at = $1 WHERE family = $2 AND replaced_at IS NULL");
        query.bind(now).bind(key(family)).execute(&mut *transaction).await?;
        let query = sqlx::query("DELETE FROM access_token WHERE family = $1");
        query.bind(key(family)).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn consents(&self, bsn: Bsn) -> Result<Vec<Consent>, StoreError> {
        let query = sqlx::query(
            "SELECT token.digest, token.sealed FROM refresh_token AS token JOIN langdurig ON langdurig.family = token.family
             WHERE langdurig.person = $1 AND token.replaced_at IS NULL",
        );
        let rows = query.bind(self.person(&bsn)).fetch_all(&self.pool).await?;
        let consent = |row: AnyRow| {
            let digest: Vec<u8> = row.try_get(0)?;
            let grant: RefreshGrant = self.unseal("refresh", &digest, row.try_get(1)?)?;
            Ok(Consent::of(&grant))
        };
        rows.into_iter().map(consent).collect()
    }
}

impl AbonnementStore for Sql {
    type Error = StoreError;

    async fn put_abonnement(&self, abonnement: Abonnement) -> Result<Put, StoreError> {
        let query = sqlx::query(
            "INSERT INTO abonnement (id, about, version, sealed) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        );
        let id = abonnement.id.to_string();
        let about = self.about(&abonnement.bsn, &abonnement.aanbieder, &abonnement.gegevensdienst);
        let sealed = self.seal("abonnement", id.as_bytes(), &abonnement)?;
        let query = query
            .bind(id)
            .bind(about)
            .bind(i64::from(abonnement.version))
            .bind(sealed);
        Ok(stored(&query.execute(&self.pool).await?))
    }

    async fn abonnement(&self, id: SubscriptionId) -> Result<Option<Abonnement>, StoreError> {
        let query = sqlx::query("SELECT id, sealed FROM abonnement WHERE id = $1").bind(id.to_string());
        let row = query.fetch_optional(&self.pool).await?;
        row.map(|row| self.read_abonnement(&row)).transpose()
    }

    async fn replace_abonnement(&self, abonnement: Abonnement) -> Result<Replaced, StoreError> {
        let query = sqlx::query("UPDATE abonnement SET version = $1, sealed = $2 WHERE id = $3 AND version = $4");
        let id = abonnement.id.to_string();
        let sealed = self.seal("abonnement", id.as_bytes(), &abonnement)?;
        let version = i64::from(abonnement.version);
        let query = query.bind(version).bind(sealed).bind(id).bind(version - 1);
        Ok(match query.execute(&self.pool).await?.rows_affected() {
            0 => Replaced::Outdated,
            _ => Replaced::Stored,
        })
    }

    async fn abonnementen(
        &self,
        bsn: Bsn,
        aanbieder: Aanbiedernaam,
        gegevensdienst: GegevensdienstId,
    ) -> Result<Vec<Abonnement>, StoreError> {
        let query = sqlx::query("SELECT id, sealed FROM abonnement WHERE about = $1");
        let query = query.bind(self.about(&bsn, &aanbieder, &gegevensdienst));
        let rows = query.fetch_all(&self.pool).await?;
        rows.iter().map(|row| self.read_abonnement(row)).collect()
    }
}

impl Sql {
    /// Keeps what was shared with an Aanbieder, and by whom (row R8).
    pub async fn put_received(
        &self,
        bsn: &Bsn,
        aanbieder: &Aanbiedernaam,
        gegevensdienst: &GegevensdienstId,
        body: &[u8],
    ) -> Result<(), StoreError> {
        let about = serde_json::json!({
            "bsn": bsn.expose(),
            "aanbieder": aanbieder,
            "gegevensdienst": gegevensdienst,
        });
        let sealed = self
            .sealer
            .seal(b"received ", [about.to_string().as_bytes(), b"\n", body].concat())?;
        let query = sqlx::query("INSERT INTO received (at, sealed) VALUES ($1, $2)");
        let query = query.bind(clock::now().unix_timestamp()).bind(sealed);
        query.execute(&self.pool).await?;
        Ok(())
    }

    /// What was shared, oldest first: a line about it, and the bytes.
    pub async fn received(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        let rows = sqlx::query("SELECT sealed FROM received ORDER BY id")
            .fetch_all(&self.pool)
            .await?;
        let open = |row: AnyRow| Ok(self.sealer.open_sealed(b"received ", row.try_get(0)?)?);
        rows.into_iter().map(open).collect()
    }

    /// By what a person is found, who is not to be found without the key.
    fn person(&self, bsn: &Bsn) -> Vec<u8> {
        self.sealer.digest(bsn.expose().as_bytes())
    }

    fn about(&self, bsn: &Bsn, aanbieder: &Aanbiedernaam, gegevensdienst: &GegevensdienstId) -> Vec<u8> {
        self.sealer
            .digest(format!("{} {aanbieder} {gegevensdienst}", bsn.expose()).as_bytes())
    }

    fn read_abonnement(&self, row: &AnyRow) -> Result<Abonnement, StoreError> {
        let id: String = row.try_get(0)?;
        self.unseal("abonnement", id.as_bytes(), row.try_get(1)?)
    }

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
        let query = query.bind(seconds(end)).bind(family.clone());
        if query.execute(&mut **transaction).await?.rows_affected() == 0 {
            return Ok(PutTokens::Gone);
        }
        let query = sqlx::query(
            "INSERT INTO access_token (digest, family, sealed, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        );
        let query = query.bind(key(tokens.access_key)).bind(family.clone());
        let query = query.bind(self.seal("access", tokens.access_key.as_bytes(), &tokens.access)?);
        let query = query.bind(seconds(tokens.access.expires_at));
        if query.execute(&mut **transaction).await?.rows_affected() == 0 {
            return Ok(PutTokens::Exists);
        }
        if let Some((digest, grant)) = refresh {
            let query = sqlx::query(
                "INSERT INTO refresh_token (digest, family, sealed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            );
            let query =
                query
                    .bind(key(*digest))
                    .bind(family.clone())
                    .bind(self.seal("refresh", digest.as_bytes(), grant)?);
            if query.execute(&mut **transaction).await?.rows_affected() == 0 {
                return Ok(PutTokens::Exists);
            }
            let query = sqlx::query("INSERT INTO langdurig (family, person) VALUES ($1, $2) ON CONFLICT DO NOTHING");
            let query = query.bind(family).bind(self.person(&grant.bsn));
            query.execute(&mut **transaction).await?;
        }
        Ok(PutTokens::Stored)
    }
}
