//! Rows of access keys. Secrets come and go encrypted.

use anyrole_domain::{AccessKey, AccountId};
use sqlx::SqliteConnection;

use crate::columns::{Table, micros};
use crate::failure::Failure;

const TABLE: Table = Table("access_keys");

pub(super) async fn put(connection: &mut SqliteConnection, row: &AccessKey) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO access_keys (account, id, sealed_secret, active, created_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (account, id) DO UPDATE SET
             sealed_secret = excluded.sealed_secret, active = excluded.active, created_at = excluded.created_at",
    )
    .bind(row.account.as_str())
    .bind(&row.id)
    .bind(&row.sealed_secret)
    .bind(row.active)
    .bind(micros(row.created_at))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn load(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<AccessKey>, Failure> {
    let rows: Vec<(String, Vec<u8>, bool, i64)> = sqlx::query_as(
        "SELECT id, sealed_secret, active, created_at FROM access_keys WHERE account = ?1 ORDER BY id",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|(id, sealed_secret, active, created_at)| {
            Ok(AccessKey {
                account: account.clone(),
                id,
                sealed_secret,
                active,
                created_at: TABLE.timestamp("created_at", created_at)?,
            })
        })
        .collect()
}
