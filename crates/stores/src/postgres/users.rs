//! Rows of users.

use anyrole_domain::AccountId;
use anyrole_domain::users::User;
use sqlx::PgConnection;

use super::selection::{Key, rows_of};
use crate::columns::{json, json_object, micros};
use crate::failure::Failure;
use crate::sqlite::users::Row;

pub(super) async fn put(connection: &mut PgConnection, row: &User) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO users (account, id, arn, name, path, inline_policies, attached_policies, boundary, group_ids,
             tags, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (account, id) DO UPDATE SET
             arn = excluded.arn, name = excluded.name, path = excluded.path,
             inline_policies = excluded.inline_policies, attached_policies = excluded.attached_policies,
             boundary = excluded.boundary, group_ids = excluded.group_ids, tags = excluded.tags,
             created_at = excluded.created_at",
    )
    .bind(row.account.as_str())
    .bind(&row.id)
    .bind(&row.arn)
    .bind(&row.name)
    .bind(&row.path)
    .bind(json_object(&row.inline_policies)?)
    .bind(json(&row.attached_policies)?)
    .bind(&row.boundary)
    .bind(json(&row.group_ids)?)
    .bind(json(&row.tags)?)
    .bind(micros(row.created_at))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete(
    connection: &mut PgConnection,
    account: &AccountId,
    id: &str,
) -> Result<(), Failure> {
    sqlx::query("DELETE FROM users WHERE account = $1 AND id = $2")
        .bind(account.as_str())
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn load(
    connection: &mut PgConnection,
    account: &AccountId,
    keys: Option<&[String]>,
) -> Result<Vec<User>, Failure> {
    let rows: Vec<Row> = rows_of(
        "SELECT id, arn, name, path, inline_policies, attached_policies, boundary, group_ids, tags, created_at
         FROM users",
        Key::Text("id"),
        account,
        keys,
    )
    .build_query_as()
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}
