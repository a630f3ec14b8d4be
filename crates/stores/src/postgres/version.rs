//! The version row: changed first in each write transaction, so that the order of versions is the order of commits.
//! A second writer waits for the row, and then finds the version that the first one left (PostgreSQL manual, 13.2.1).

use anyrole_domain::ports::StoreError;
use sqlx::PgConnection;

use crate::columns::{Table, integer};
use crate::failure::Failure;

const TABLE: Table = Table("store_version");

/// The version of the newest committed write.
pub(super) async fn read(connection: &mut PgConnection) -> Result<u64, Failure> {
    let version: i64 = sqlx::query_scalar("SELECT version FROM store_version WHERE only_row = 1")
        .fetch_one(connection)
        .await?;
    TABLE.number("version", version)
}

/// Moves the version on from `base`; a conflict where the store is at another.
pub(super) async fn advance(connection: &mut PgConnection, base: u64) -> Result<u64, StoreError> {
    let moved: Option<i64> = sqlx::query_scalar(
        "UPDATE store_version SET version = version + 1 WHERE only_row = 1 AND version = $1
         RETURNING version",
    )
    .bind(integer(base)?)
    .fetch_optional(&mut *connection)
    .await
    .map_err(Failure::from)?;
    match moved {
        Some(version) => Ok(TABLE.number("version", version)?),
        None => Err(StoreError::Conflict {
            current: read(connection).await?,
        }),
    }
}
