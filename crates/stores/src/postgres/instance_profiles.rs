//! Rows of instance profiles.

use anyrole_domain::AccountId;
use anyrole_domain::instance_profiles::InstanceProfile;
use sqlx::PgConnection;

use super::resources;
use super::selection::{Key, rows_of};
use crate::columns::{account_of, json, micros};
use crate::failure::Failure;
use crate::sqlite::instance_profiles::Row;

pub(super) async fn put(
    connection: &mut PgConnection,
    row: &InstanceProfile,
) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO instance_profiles (account, arn, id, name, path, role_id, tags, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (account, arn) DO UPDATE SET
             id = excluded.id, name = excluded.name, path = excluded.path, role_id = excluded.role_id, tags = excluded.tags, created_at = excluded.created_at",
    )
    .bind(account_of(&row.arn)?)
    .bind(&row.arn)
    .bind(&row.id)
    .bind(&row.name)
    .bind(&row.path)
    .bind(&row.role_id)
    .bind(json(&row.tags)?)
    .bind(micros(row.created_at))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete(connection: &mut PgConnection, arn: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM instance_profiles WHERE account = $1 AND arn = $2";
    resources::delete(connection, sql, arn).await
}

pub(super) async fn load(
    connection: &mut PgConnection,
    account: &AccountId,
    keys: Option<&[String]>,
) -> Result<Vec<InstanceProfile>, Failure> {
    let rows: Vec<Row> = rows_of(
        "SELECT arn, id, name, path, role_id, tags, created_at
         FROM instance_profiles",
        Key::Text("arn"),
        account,
        keys,
    )
    .build_query_as()
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}
