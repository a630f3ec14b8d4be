//! Rows of users.

use anyrole_domain::AccountId;
use anyrole_domain::users::User;
use sqlx::SqliteConnection;

use crate::columns::{Table, json, json_object, micros};
use crate::failure::Failure;

const TABLE: Table = Table("users");

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: String,
    arn: String,
    name: String,
    path: String,
    inline_policies: String,
    attached_policies: String,
    boundary: Option<String>,
    group_ids: String,
    tags: String,
    created_at: i64,
}

pub(super) async fn put(connection: &mut SqliteConnection, row: &User) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO users (account, id, arn, name, path, inline_policies, attached_policies, boundary, group_ids,
             tags, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
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
    connection: &mut SqliteConnection,
    account: &AccountId,
    id: &str,
) -> Result<(), Failure> {
    sqlx::query("DELETE FROM users WHERE account = ?1 AND id = ?2")
        .bind(account.as_str())
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn load(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<User>, Failure> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, arn, name, path, inline_policies, attached_policies, boundary, group_ids, tags, created_at
         FROM users WHERE account = ?1 ORDER BY id",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}

impl Row {
    pub(crate) fn parse(self, account: &AccountId) -> Result<User, Failure> {
        Ok(User {
            account: account.clone(),
            inline_policies: TABLE.object("inline_policies", &self.inline_policies)?,
            attached_policies: TABLE.list("attached_policies", &self.attached_policies)?,
            group_ids: TABLE.list("group_ids", &self.group_ids)?,
            tags: TABLE.list("tags", &self.tags)?,
            created_at: TABLE.timestamp("created_at", self.created_at)?,
            id: self.id,
            arn: self.arn,
            name: self.name,
            path: self.path,
            boundary: self.boundary,
        })
    }
}
