//! Rows of ACME, each with a revision, and the nonces that were taken.

use anyrole_domain::AccountId;
use anyrole_domain::acme::{AcmeKey, AcmeRow, AcmeStore, AcmeWrite};
use anyrole_domain::ports::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{Connection as _, PgConnection};

use super::link::in_time;
use super::{BEGIN_WRITING, PostgresStore, READ_TIME, WRITE_TIME};
use crate::columns::{count, integer, micros};
use crate::failure::Failure;
use crate::sqlite::acme::Row;

#[async_trait]
impl AcmeStore for PostgresStore {
    async fn read_acme(
        &self,
        account: &AccountId,
        kind: AcmeKey,
        ids: &[&str],
    ) -> Result<Vec<AcmeRow>, StoreError> {
        let mut connection = self.acme.lend().await?;
        let rows = read(&mut connection, account, kind, ids);
        let rows = in_time(READ_TIME, "read", rows).await?;
        connection.give_back();
        Ok(rows)
    }

    async fn find_acme(
        &self,
        account: &AccountId,
        kind: AcmeKey,
        lookup: &str,
    ) -> Result<Option<AcmeRow>, StoreError> {
        let mut connection = self.acme.lend().await?;
        let row = find(&mut connection, account, kind, lookup);
        let row = in_time(READ_TIME, "read", row).await?;
        connection.give_back();
        Ok(row)
    }

    async fn list_acme(
        &self,
        account: &AccountId,
        kind: AcmeKey,
        parent: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<AcmeRow>, StoreError> {
        let mut connection = self.acme.lend().await?;
        let rows = list(&mut connection, account, (kind, parent), after, limit);
        let rows = in_time(READ_TIME, "read", rows).await?;
        connection.give_back();
        Ok(rows)
    }

    async fn write_acme(
        &self,
        account: &AccountId,
        sets: &[Vec<AcmeWrite>],
    ) -> Result<Vec<bool>, StoreError> {
        let mut connection = self.acme.lend().await?;
        let written = write_all(&mut connection, account, sets);
        let written = in_time(WRITE_TIME, "write", written).await?;
        connection.give_back();
        Ok(written)
    }

    async fn claim_nonce(
        &self,
        account: &AccountId,
        id: &str,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut connection = self.acme.lend().await?;
        let claimed = claim(&mut connection, account, id, until);
        let claimed = in_time(WRITE_TIME, "write", claimed).await?;
        connection.give_back();
        Ok(claimed)
    }

    async fn forget_acme(&self, account: &AccountId, now: Timestamp) -> Result<u64, StoreError> {
        let mut connection = self.acme.lend().await?;
        let gone = forget(&mut connection, account, now);
        let gone = in_time(WRITE_TIME, "write", gone).await?;
        connection.give_back();
        Ok(gone)
    }
}

async fn read(
    connection: &mut PgConnection,
    account: &AccountId,
    kind: AcmeKey,
    ids: &[&str],
) -> Result<Vec<AcmeRow>, Failure> {
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, parent, lookup, revision, expires_at, body FROM acme_rows
         WHERE account = $1 AND kind = $2 AND id = ANY($3)",
    )
    .bind(account.as_str())
    .bind(kind.as_str())
    .bind(ids)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.into_row(kind)).collect()
}

async fn find(
    connection: &mut PgConnection,
    account: &AccountId,
    kind: AcmeKey,
    lookup: &str,
) -> Result<Option<AcmeRow>, Failure> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, parent, lookup, revision, expires_at, body FROM acme_rows
         WHERE account = $1 AND kind = $2 AND lookup = $3",
    )
    .bind(account.as_str())
    .bind(kind.as_str())
    .bind(lookup)
    .fetch_optional(connection)
    .await?;
    row.map(|row| row.into_row(kind)).transpose()
}

async fn list(
    connection: &mut PgConnection,
    account: &AccountId,
    (kind, parent): (AcmeKey, &str),
    after: &str,
    limit: usize,
) -> Result<Vec<AcmeRow>, Failure> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, parent, lookup, revision, expires_at, body FROM acme_rows
         WHERE account = $1 AND kind = $2 AND parent = $3 AND id > $4 ORDER BY id LIMIT $5",
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

async fn write_all(
    connection: &mut PgConnection,
    account: &AccountId,
    sets: &[Vec<AcmeWrite>],
) -> Result<Vec<bool>, Failure> {
    let mut transaction = connection.begin_with(BEGIN_WRITING).await?;
    let mut made = Vec::new();
    for set in sets {
        made.push(write_set(&mut transaction, account, set).await?);
    }
    transaction.commit().await?;
    Ok(made)
}

/// All of a set or none.
async fn write_set(
    connection: &mut PgConnection,
    account: &AccountId,
    set: &[AcmeWrite],
) -> Result<bool, Failure> {
    let mut savepoint = connection.begin().await?;
    for change in set {
        let written = match write(&mut savepoint, account, change).await {
            Ok(written) => written,
            // Another transaction has taken the lookup.
            Err(Failure::Sql(sqlx::Error::Database(error))) if error.is_unique_violation() => false,
            Err(failure) => return Err(failure),
        };
        if !written {
            savepoint.rollback().await?;
            return Ok(false);
        }
    }
    savepoint.commit().await?;
    Ok(true)
}

/// Whether the row was of the revision that the change is made to.
async fn write(
    connection: &mut PgConnection,
    account: &AccountId,
    change: &AcmeWrite,
) -> Result<bool, Failure> {
    let done = match change {
        AcmeWrite::Stays(row) => return stays(connection, account, row).await,
        AcmeWrite::Delete(row) => sqlx::query(
            "DELETE FROM acme_rows WHERE account = $1 AND kind = $2 AND id = $3 AND revision = $4",
        )
        .bind(account.as_str())
        .bind(row.kind.as_str())
        .bind(&row.id)
        .bind(integer(row.revision)?),
        AcmeWrite::Put(row) => sqlx::query(if row.revision == 1 {
            "INSERT INTO acme_rows (account, kind, id, parent, lookup, revision, expires_at, body)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"
        } else {
            "UPDATE acme_rows SET lookup = $5, revision = $6, expires_at = $7, body = $8
             WHERE account = $1 AND kind = $2 AND id = $3 AND parent = $4 AND revision = $6 - 1"
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
    Ok(done.execute(connection).await?.rows_affected() == 1)
}

/// Whether the row is there, of this revision; who would change it waits for this transaction's end.
async fn stays(
    connection: &mut PgConnection,
    account: &AccountId,
    row: &AcmeRow,
) -> Result<bool, Failure> {
    let found = sqlx::query(
        "SELECT 1 FROM acme_rows WHERE account = $1 AND kind = $2 AND id = $3 AND revision = $4 FOR SHARE",
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
    connection: &mut PgConnection,
    account: &AccountId,
    id: &str,
    until: Timestamp,
) -> Result<bool, Failure> {
    let done = sqlx::query(
        "INSERT INTO acme_nonces (account, id, until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(account.as_str())
    .bind(id)
    .bind(micros(until))
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn forget(
    connection: &mut PgConnection,
    account: &AccountId,
    now: Timestamp,
) -> Result<u64, Failure> {
    let mut gone = 0;
    for query in [
        "DELETE FROM acme_rows WHERE account = $1 AND expires_at < $2",
        "DELETE FROM acme_nonces WHERE account = $1 AND until < $2",
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
