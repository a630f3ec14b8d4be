//! When access keys were used last.

use anyrole_domain::AccountId;
use anyrole_domain::access_keys::KeyUse;
use sqlx::PgConnection;

use crate::columns::{Table, micros};
use crate::failure::Failure;

const TABLE: Table = Table("access_key_uses");

/// An older use changes nothing of a newer one; a key that is gone has none.
pub(super) async fn record(connection: &mut PgConnection, last: &KeyUse) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO access_key_uses (account, id, used_at, service, region)
         SELECT account, id, $3::bigint, $4::text, $5::text FROM access_keys WHERE account = $1 AND id = $2
         ON CONFLICT (account, id) DO UPDATE SET
             used_at = excluded.used_at, service = excluded.service, region = excluded.region
         WHERE access_key_uses.used_at <= excluded.used_at",
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
    connection: &mut PgConnection,
    account: &AccountId,
    id: &str,
) -> Result<Option<KeyUse>, Failure> {
    let row: Option<(i64, String, String)> = sqlx::query_as(
        "SELECT used_at, service, region FROM access_key_uses WHERE account = $1 AND id = $2",
    )
    .bind(account.as_str())
    .bind(id)
    .fetch_optional(connection)
    .await?;
    row.map(|(used_at, service, region)| {
        Ok(KeyUse {
            account: account.clone(),
            id: id.into(),
            used_at: TABLE.timestamp("used_at", used_at)?,
            service,
            region,
        })
    })
    .transpose()
}
