//! When access keys and roles were used last.

use anyrole_domain::{AccountId, LastUse};
use sqlx::SqliteConnection;

use crate::columns::{Table, micros};
use crate::failure::Failure;

const TABLE: Table = Table("last_uses");

/// An older use changes nothing of a newer one; what is gone has none.
pub(super) async fn record(
    connection: &mut SqliteConnection,
    last: &LastUse,
) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO last_uses (account, id, used_at, service, region)
         SELECT ?1, ?2, ?3, ?4, ?5
         WHERE EXISTS (SELECT 1 FROM access_keys WHERE account = ?1 AND id = ?2)
            OR EXISTS (SELECT 1 FROM roles WHERE account = ?1 AND id = ?2)
         ON CONFLICT (account, id) DO UPDATE SET
             used_at = excluded.used_at, service = excluded.service, region = excluded.region
         WHERE last_uses.used_at <= excluded.used_at",
    )
    .bind(last.account.as_str())
    .bind(&*last.id)
    .bind(micros(last.used_at))
    .bind(&last.service)
    .bind(&last.region)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn read(
    connection: &mut SqliteConnection,
    account: &AccountId,
    id: &str,
) -> Result<Option<LastUse>, Failure> {
    let row: Option<(i64, String, String)> = sqlx::query_as(
        "SELECT used_at, service, region FROM last_uses WHERE account = ?1 AND id = ?2",
    )
    .bind(account.as_str())
    .bind(id)
    .fetch_optional(connection)
    .await?;
    row.map(|(used_at, service, region)| {
        Ok(LastUse {
            account: account.clone(),
            id: id.into(),
            used_at: TABLE.timestamp("used_at", used_at)?,
            service,
            region,
        })
    })
    .transpose()
}

/// What is gone has been used never.
pub(super) async fn delete(
    connection: &mut SqliteConnection,
    account: &str,
    id: &str,
) -> Result<(), Failure> {
    sqlx::query("DELETE FROM last_uses WHERE account = ?1 AND id = ?2")
        .bind(account)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}
