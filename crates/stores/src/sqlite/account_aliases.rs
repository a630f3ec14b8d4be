//! The alias of an account, one at most.

use anyrole_domain::AccountId;
use sqlx::SqliteConnection;

use crate::failure::Failure;

pub(super) async fn put(
    connection: &mut SqliteConnection,
    account: &AccountId,
    alias: &str,
) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO account_aliases (account, alias) VALUES (?1, ?2)
         ON CONFLICT (account) DO UPDATE SET alias = excluded.alias",
    )
    .bind(account.as_str())
    .bind(alias)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<(), Failure> {
    sqlx::query("DELETE FROM account_aliases WHERE account = ?1")
        .bind(account.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn load(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Option<String>, Failure> {
    let alias = sqlx::query_scalar("SELECT alias FROM account_aliases WHERE account = ?1")
        .bind(account.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(alias)
}
