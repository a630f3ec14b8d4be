//! Rows of seal keys. Secrets come and go encrypted.

use anyrole_domain::{AccountId, SealKey};
use sqlx::SqliteConnection;

use crate::columns::{Table, micros};
use crate::failure::Failure;

const TABLE: Table = Table("seal_keys");

pub(super) async fn put(connection: &mut SqliteConnection, row: &SealKey) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO seal_keys (account, id, sealed_secret, created_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (account, id) DO UPDATE SET
             sealed_secret = excluded.sealed_secret, created_at = excluded.created_at",
    )
    .bind(row.account.as_str())
    .bind(row.id)
    .bind(&row.sealed_secret)
    .bind(micros(row.created_at))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn load(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<SealKey>, Failure> {
    let rows: Vec<(i64, Vec<u8>, i64)> = sqlx::query_as(
        "SELECT id, sealed_secret, created_at FROM seal_keys WHERE account = ?1 ORDER BY id",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|(id, sealed_secret, created_at)| {
            Ok(SealKey {
                account: account.clone(),
                id: TABLE.number("id", id)?,
                sealed_secret,
                created_at: TABLE.timestamp("created_at", created_at)?,
            })
        })
        .collect()
}
