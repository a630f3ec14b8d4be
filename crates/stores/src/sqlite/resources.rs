//! What the tables of trust anchors, profiles and CRLs have in common: their first columns and their deletion.

use anyrole_domain::AccountId;
use anyrole_domain::resources::Resource;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, SqliteConnection};

use crate::columns::{Table, account_of, integer, json, micros};
use crate::failure::Failure;

/// The common columns of a row, without its account.
#[derive(sqlx::FromRow)]
pub(crate) struct Columns {
    arn: String,
    id: String,
    name: String,
    enabled: bool,
    tags: String,
    revision: i64,
    created_at: i64,
    updated_at: i64,
    alias: Option<String>,
}

impl Columns {
    pub(crate) fn parse(self, table: Table, account: &AccountId) -> Result<Resource, Failure> {
        Ok(Resource {
            account: account.clone(),
            tags: table.list("tags", &self.tags)?,
            revision: table.number("revision", self.revision)?,
            created_at: table.timestamp("created_at", self.created_at)?,
            updated_at: table.timestamp("updated_at", self.updated_at)?,
            id: self.id,
            arn: self.arn,
            name: self.name,
            enabled: self.enabled,
            alias: self.alias,
        })
    }
}

/// A statement whose parameters 1 to 10 are the common columns: account, arn, id, name, enabled, tags, revision,
/// created_at, updated_at, alias.
pub(super) fn statement<'q>(
    sql: &'static str,
    row: &'q Resource,
) -> Result<sqlx::query::Query<'q, Sqlite, SqliteArguments>, Failure> {
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
    connection: &mut SqliteConnection,
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
