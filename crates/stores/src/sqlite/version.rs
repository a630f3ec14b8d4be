//! The version row: changed first in each write transaction, so that the order of versions is the order of commits.

use anyrole_domain::ports::StoreError;
use sqlx::SqliteConnection;

use crate::columns::{Table, integer};
use crate::failure::Failure;

const TABLE: Table = Table("store_version");

/// The version of the newest committed write.
pub(super) async fn read(connection: &mut SqliteConnection) -> Result<u64, Failure> {
    let version: i64 = sqlx::query_scalar("SELECT version FROM store_version WHERE only_row = 1")
        .fetch_one(connection)
        .await?;
    TABLE.number("version", version)
}

/// Moves the version on from `base`; a conflict where the store is at another.
pub(super) async fn advance(
    connection: &mut SqliteConnection,
    base: u64,
) -> Result<u64, StoreError> {
    let moved = sqlx::query(
        "UPDATE store_version SET version = version + 1 WHERE only_row = 1 AND version = ?1",
    )
    .bind(integer(base)?)
    .execute(&mut *connection)
    .await
    .map_err(Failure::from)?
    .rows_affected();
    if moved == 1 {
        return Ok(read(connection).await?);
    }
    let current = read(connection).await?;
    Err(StoreError::Conflict { current })
}
