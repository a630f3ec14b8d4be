//! Rows of groups of users. Who is a member stands in the users' rows.

use anyrole_domain::AccountId;
use anyrole_domain::users::Group;
use sqlx::PgConnection;

use super::selection::{Key, rows_of};
use crate::columns::{json, json_object, micros};
use crate::failure::Failure;
use crate::sqlite::groups::Row;

pub(super) async fn put(connection: &mut PgConnection, row: &Group) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO user_groups (account, id, arn, name, path, inline_policies, attached_policies, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (account, id) DO UPDATE SET
             arn = excluded.arn, name = excluded.name, path = excluded.path,
             inline_policies = excluded.inline_policies, attached_policies = excluded.attached_policies,
             created_at = excluded.created_at",
    )
    .bind(row.account.as_str())
    .bind(&row.id)
    .bind(&row.arn)
    .bind(&row.name)
    .bind(&row.path)
    .bind(json_object(&row.inline_policies)?)
    .bind(json(&row.attached_policies)?)
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
    sqlx::query("DELETE FROM user_groups WHERE account = $1 AND id = $2")
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
) -> Result<Vec<Group>, Failure> {
    let rows: Vec<Row> = rows_of(
        "SELECT id, arn, name, path, inline_policies, attached_policies, created_at
         FROM user_groups",
        Key::Text("id"),
        account,
        keys,
    )
    .build_query_as()
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}
