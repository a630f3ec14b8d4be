//! Rows of the customer's managed policies. Documents are kept byte for byte.

use anyrole_domain::AccountId;
use anyrole_domain::managed_policies::ManagedPolicy;
use sqlx::PgConnection;

use super::resources;
use super::selection::{Key, rows_of};
use crate::columns::{account_of, json, micros};
use crate::failure::Failure;
use crate::sqlite::managed_policies::{Row, versions};

pub(super) async fn put(connection: &mut PgConnection, row: &ManagedPolicy) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO managed_policies (account, arn, id, name, path, description, versions, default_version, last_version, tags, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (account, arn) DO UPDATE SET
             id = excluded.id, name = excluded.name, path = excluded.path, description = excluded.description, versions = excluded.versions, default_version = excluded.default_version, last_version = excluded.last_version, tags = excluded.tags, created_at = excluded.created_at, updated_at = excluded.updated_at",
    )
    .bind(account_of(&row.arn)?)
    .bind(&row.arn)
    .bind(&row.id)
    .bind(&row.name)
    .bind(&row.path)
    .bind(&row.description)
    .bind(versions(row)?)
    .bind(i64::from(row.default_version))
    .bind(i64::from(row.last_version))
    .bind(json(&row.tags)?)
    .bind(micros(row.created_at))
    .bind(micros(row.updated_at))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete(connection: &mut PgConnection, arn: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM managed_policies WHERE account = $1 AND arn = $2";
    resources::delete(connection, sql, arn).await
}

pub(super) async fn load(
    connection: &mut PgConnection,
    account: &AccountId,
    keys: Option<&[String]>,
) -> Result<Vec<ManagedPolicy>, Failure> {
    let rows: Vec<Row> = rows_of(
        "SELECT arn, id, name, path, description, versions, default_version, last_version, tags, created_at, updated_at
         FROM managed_policies",
        Key::Text("arn"),
        account,
        keys,
    )
    .build_query_as()
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::parse).collect()
}
