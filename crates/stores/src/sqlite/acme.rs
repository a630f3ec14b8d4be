//! Rows of ACME, each with a revision, and the nonces that were taken.

use anyrole_domain::AccountId;
use anyrole_domain::acme::{AcmeKey, AcmeRow, AcmeStore, AcmeWrite};
use anyrole_domain::ports::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{Connection as _, SqliteConnection};

use super::{SqliteStore, begin};
use crate::columns::{Table, count, integer, micros};
use crate::failure::Failure;

const TABLE: Table = Table("acme_rows");

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: String,
    parent: String,
    lookup: Option<String>,
    revision: i64,
    expires_at: Option<i64>,
    body: String,
}

impl Row {
    pub(crate) fn into_row(self, kind: AcmeKey) -> Result<AcmeRow, Failure> {
        let expires_at = self.expires_at;
        Ok(AcmeRow {
            kind,
            id: self.id,
            parent: self.parent,
            lookup: self.lookup,
            revision: TABLE.number("revision", self.revision)?,
            expires_at: expires_at
                .map(|at| TABLE.timestamp("expires_at", at))
                .transpose()?,
            body: self.body,
        })
    }
}

#[async_trait]
impl AcmeStore for SqliteStore {
    async fn read_acme(
        &self,
        account: &AccountId,
        kind: AcmeKey,
        ids: &[&str],
    ) -> Result<Vec<AcmeRow>, StoreError> {
        let mut connection = self.connection.lock().await;
        let mut rows = Vec::new();
        for id in ids {
            rows.extend(read(&mut connection, account, kind, id).await?);
        }
        Ok(rows)
    }

    async fn find_acme(
        &self,
        account: &AccountId,
        kind: AcmeKey,
        lookup: &str,
    ) -> Result<Option<AcmeRow>, StoreError> {
        let mut connection = self.connection.lock().await;
        Ok(find(&mut connection, account, kind, lookup).await?)
    }

    async fn list_acme(
        &self,
        account: &AccountId,
        kind: AcmeKey,
        parent: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<AcmeRow>, StoreError> {
        let mut connection = self.connection.lock().await;
        Ok(list(&mut connection, account, (kind, parent), after, limit).await?)
    }

    async fn write_acme(
        &self,
        account: &AccountId,
        sets: &[Vec<AcmeWrite>],
    ) -> Result<Vec<bool>, StoreError> {
        let mut connection = self.connection.lock().await;
        // Rolled back where it is dropped before its commit.
        let mut transaction = begin(&mut connection).await?;
        let mut made = Vec::new();
        for set in sets {
            made.push(write_set(&mut transaction, account, set).await?);
        }
        transaction.commit().await.map_err(Failure::from)?;
        Ok(made)
    }

    async fn claim_nonce(
        &self,
        account: &AccountId,
        id: &str,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut connection = self.connection.lock().await;
        Ok(claim(&mut connection, account, id, until).await?)
    }

    async fn forget_acme(&self, account: &AccountId, now: Timestamp) -> Result<u64, StoreError> {
        let mut connection = self.connection.lock().await;
        Ok(forget(&mut connection, account, now).await?)
    }
}

async fn read(
    connection: &mut SqliteConnection,
    account: &AccountId,
    kind: AcmeKey,
    id: &str,
) -> Result<Option<AcmeRow>, Failure> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, parent, lookup, revision, expires_at, body FROM acme_rows
         WHERE account = ?1 AND kind = ?2 AND id = ?3",
    )
    .bind(account.as_str())
    .bind(kind.as_str())
    .bind(id)
    .fetch_optional(connection)
    .await?;
    row.map(|row| row.into_row(kind)).transpose()
}

async fn find(
    connection: &mut SqliteConnection,
    account: &AccountId,
    kind: AcmeKey,
    lookup: &str,
) -> Result<Option<AcmeRow>, Failure> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, parent, lookup, revision, expires_at, body FROM acme_rows
         WHERE account = ?1 AND kind = ?2 AND lookup = ?3",
    )
    .bind(account.as_str())
    .bind(kind.as_str())
    .bind(lookup)
    .fetch_optional(connection)
    .await?;
    row.map(|row| row.into_row(kind)).transpose()
}

async fn list(
    connection: &mut SqliteConnection,
    account: &AccountId,
    (kind, parent): (AcmeKey, &str),
    after: &str,
    limit: usize,
) -> Result<Vec<AcmeRow>, Failure> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, parent, lookup, revision, expires_at, body FROM acme_rows
         WHERE account = ?1 AND kind = ?2 AND parent = ?3 AND id > ?4 ORDER BY id LIMIT ?5",
    )
    .bind(account.as_str())
    .bind(kind.as_str())
    .bind(parent)
    .bind(after)
    .bind(count(limit)?)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.into_row(kind)).collect()
}

/// All of a set or none.
async fn write_set(
    connection: &mut SqliteConnection,
    account: &AccountId,
    set: &[AcmeWrite],
) -> Result<bool, Failure> {
    let mut savepoint = connection.begin().await?;
    for change in set {
        if !write(&mut savepoint, account, change).await? {
            savepoint.rollback().await?;
            return Ok(false);
        }
    }
    savepoint.commit().await?;
    Ok(true)
}

/// Whether the row was of the revision that the change is made to, and its lookup nobody else's.
async fn write(
    connection: &mut SqliteConnection,
    account: &AccountId,
    change: &AcmeWrite,
) -> Result<bool, Failure> {
    let query = match change {
        AcmeWrite::Stays(row) => return stays(connection, account, row).await,
        AcmeWrite::Delete(row) => sqlx::query(
            "DELETE FROM acme_rows WHERE account = ?1 AND kind = ?2 AND id = ?3 AND revision = ?4",
        )
        .bind(account.as_str())
        .bind(row.kind.as_str())
        .bind(&row.id)
        .bind(integer(row.revision)?),
        AcmeWrite::Put(row) => sqlx::query(if row.revision == 1 {
            "INSERT INTO acme_rows (account, kind, id, parent, lookup, revision, expires_at, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING"
        } else {
            "UPDATE OR IGNORE acme_rows SET lookup = ?5, revision = ?6, expires_at = ?7, body = ?8
             WHERE account = ?1 AND kind = ?2 AND id = ?3 AND parent = ?4 AND revision = ?6 - 1"
        })
        .bind(account.as_str())
        .bind(row.kind.as_str())
        .bind(&row.id)
        .bind(&row.parent)
        .bind(&row.lookup)
        .bind(integer(row.revision)?)
        .bind(row.expires_at.map(micros))
        .bind(&row.body),
    };
    let done = query.execute(connection).await?;
    Ok(done.rows_affected() == 1)
}

/// Whether the row is there, of this revision. Nobody else writes meanwhile.
async fn stays(
    connection: &mut SqliteConnection,
    account: &AccountId,
    row: &AcmeRow,
) -> Result<bool, Failure> {
    let found = sqlx::query(
        "SELECT 1 FROM acme_rows WHERE account = ?1 AND kind = ?2 AND id = ?3 AND revision = ?4",
    )
    .bind(account.as_str())
    .bind(row.kind.as_str())
    .bind(&row.id)
    .bind(integer(row.revision)?)
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

async fn claim(
    connection: &mut SqliteConnection,
    account: &AccountId,
    id: &str,
    until: Timestamp,
) -> Result<bool, Failure> {
    let done = sqlx::query(
        "INSERT INTO acme_nonces (account, id, until) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )
    .bind(account.as_str())
    .bind(id)
    .bind(micros(until))
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn forget(
    connection: &mut SqliteConnection,
    account: &AccountId,
    now: Timestamp,
) -> Result<u64, Failure> {
    let mut gone = 0;
    for query in [
        "DELETE FROM acme_rows WHERE account = ?1 AND expires_at < ?2",
        "DELETE FROM acme_nonces WHERE account = ?1 AND until < ?2",
    ] {
        let done = sqlx::query(query)
            .bind(account.as_str())
            .bind(micros(now))
            .execute(&mut *connection)
            .await?;
        gone += done.rows_affected();
    }
    Ok(gone)
}
