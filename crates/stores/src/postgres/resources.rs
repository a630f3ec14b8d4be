//! What the tables of trust anchors, profiles and CRLs have in common: their first columns and their deletion.

use anyrole_domain::resources::Resource;
use sqlx::postgres::PgArguments;
use sqlx::{PgConnection, Postgres};

use crate::columns::{account_of, integer, json, micros};
use crate::failure::Failure;

/// A statement whose parameters 1 to 10 are the common columns: account, arn, id, name, enabled, tags, revision,
/// created_at, updated_at, alias.
pub(super) fn statement<'q>(
    sql: &'static str,
    row: &'q Resource,
) -> Result<sqlx::query::Query<'q, Postgres, PgArguments>, Failure> {
    Ok(sqlx::query(sql)
        .bind(row.account.as_str())
        .bind(&row.arn)
        .bind(&row.id)
        .bind(&row.name)
        .bind(row.enabled)
        .bind(json(&row.tags)?)
        .bind(integer(row.revision)?)
        .bind(micros(row.created_at))
        .bind(micros(row.updated_at))
        .bind(&row.alias))
}

/// Runs `sql`, which deletes by account and ARN.
pub(super) async fn delete(
    connection: &mut PgConnection,
    sql: &'static str,
    arn: &str,
) -> Result<(), Failure> {
    sqlx::query(sql)
        .bind(account_of(arn)?)
        .bind(arn)
        .execute(connection)
        .await?;
    Ok(())
}
