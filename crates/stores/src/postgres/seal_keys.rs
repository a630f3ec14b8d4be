//! Rows of seal keys. Secrets come and go encrypted.

use anyrole_domain::{AccountId, SealKey};
use sqlx::PgConnection;

use super::selection::{Key, rows_of};
use crate::columns::{Table, micros};
use crate::failure::Failure;

const TABLE: Table = Table("seal_keys");

pub(super) async fn put(connection: &mut PgConnection, row: &SealKey) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO seal_keys (account, id, sealed_secret, created_at, usable_from)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account, id) DO UPDATE SET
             sealed_secret = excluded.sealed_secret, created_at = excluded.created_at,
             usable_from = excluded.usable_from",
    )
    .bind(row.account.as_str())
    .bind(i64::from(row.id))
    .bind(&row.sealed_secret)
    .bind(micros(row.created_at))
    .bind(micros(row.usable_from))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete(
    connection: &mut PgConnection,
    account: &AccountId,
    id: u32,
) -> Result<(), Failure> {
    sqlx::query("DELETE FROM seal_keys WHERE account = $1 AND id = $2")
        .bind(account.as_str())
        .bind(i64::from(id))
        .execute(connection)
        .await?;
    Ok(())
}

/// The newest key of a database of any version, without the columns that came later: to try a master key on.
pub(super) async fn newest(connection: &mut PgConnection) -> Result<Option<SealKey>, Failure> {
    let exists: bool = sqlx::query_scalar("SELECT to_regclass('seal_keys') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    if !exists {
        return Ok(None);
    }
    let row: Option<(String, i64, Vec<u8>, i64)> = sqlx::query_as(
        "SELECT account, id, sealed_secret, created_at FROM seal_keys ORDER BY created_at DESC LIMIT 1",
    )
    .fetch_optional(connection)
    .await?;
    let Some((account, id, sealed_secret, created_at)) = row else {
        return Ok(None);
    };
    let created_at = TABLE.timestamp("created_at", created_at)?;
    Ok(Some(SealKey {
        account: TABLE.account(&account)?,
        id: TABLE.number("id", id)?,
        sealed_secret,
        created_at,
        usable_from: created_at,
    }))
}

pub(super) async fn load(
    connection: &mut PgConnection,
    account: &AccountId,
    keys: Option<&[String]>,
) -> Result<Vec<SealKey>, Failure> {
    let rows: Vec<(i64, Vec<u8>, i64, i64)> = rows_of(
        "SELECT id, sealed_secret, created_at, usable_from FROM seal_keys",
        Key::Number("id"),
        account,
        keys,
    )
    .build_query_as()
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|(id, sealed_secret, created_at, usable_from)| {
            Ok(SealKey {
                account: account.clone(),
                id: TABLE.number("id", id)?,
                sealed_secret,
                created_at: TABLE.timestamp("created_at", created_at)?,
                usable_from: TABLE.timestamp("usable_from", usable_from)?,
            })
        })
        .collect()
}
