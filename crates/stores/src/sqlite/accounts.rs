//! Rows of accounts.

use anyrole_domain::Account;
use sqlx::SqliteConnection;

use crate::columns::{Table, micros};
use crate::failure::Failure;

const TABLE: Table = Table("accounts");

pub(super) async fn put(connection: &mut SqliteConnection, row: &Account) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO accounts (account, region, partition_name, created_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (account) DO UPDATE SET
             region = excluded.region, partition_name = excluded.partition_name, created_at = excluded.created_at",
    )
    .bind(row.id.as_str())
    .bind(&row.region)
    .bind(&row.partition)
    .bind(micros(row.created_at))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn load(connection: &mut SqliteConnection) -> Result<Vec<Account>, Failure> {
    let rows: Vec<(String, String, String, i64)> = sqlx::query_as(
        "SELECT account, region, partition_name, created_at FROM accounts ORDER BY account",
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|(account, region, partition, created_at)| {
            Ok(Account {
                id: TABLE.account(&account)?,
                region,
                partition,
                created_at: TABLE.timestamp("created_at", created_at)?,
            })
        })
        .collect()
}
