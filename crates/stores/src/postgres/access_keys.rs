//! Rows of access keys. Secrets come and go encrypted.

use anyrole_domain::{AccessKey, AccountId};
use sqlx::PgConnection;

use super::last_uses;
use super::selection::{Key, rows_of};
use crate::columns::{Table, micros};
use crate::failure::Failure;

const TABLE: Table = Table("access_keys");

/// Id, sealed secret, active, made at, user.
type Row = (String, Vec<u8>, bool, i64, Option<String>);

pub(super) async fn put(connection: &mut PgConnection, row: &AccessKey) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO access_keys (account, id, sealed_secret, active, created_at, user_id)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (account, id) DO UPDATE SET
             sealed_secret = excluded.sealed_secret, active = excluded.active, created_at = excluded.created_at,
             user_id = excluded.user_id",
    )
    .bind(row.account.as_str())
    .bind(&row.id)
    .bind(&row.sealed_secret)
    .bind(row.active)
    .bind(micros(row.created_at))
    .bind(&row.user_id)
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes a key, and when it was used last.
pub(super) async fn delete(
    connection: &mut PgConnection,
    account: &AccountId,
    id: &str,
) -> Result<(), Failure> {
    sqlx::query("DELETE FROM access_keys WHERE account = $1 AND id = $2")
        .bind(account.as_str())
        .bind(id)
        .execute(&mut *connection)
        .await?;
    last_uses::delete(connection, account.as_str(), id).await
}

pub(super) async fn load(
    connection: &mut PgConnection,
    account: &AccountId,
    keys: Option<&[String]>,
) -> Result<Vec<AccessKey>, Failure> {
    let rows: Vec<Row> = rows_of(
        "SELECT id, sealed_secret, active, created_at, user_id FROM access_keys",
        Key::Text("id"),
        account,
        keys,
    )
    .build_query_as()
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|(id, sealed_secret, active, created_at, user_id)| {
            Ok(AccessKey {
                account: account.clone(),
                id,
                user_id,
                sealed_secret,
                active,
                created_at: TABLE.timestamp("created_at", created_at)?,
            })
        })
        .collect()
}
