//! Rows of groups of users. Who is a member stands in the users' rows.

use anyrole_domain::AccountId;
use anyrole_domain::users::Group;
use sqlx::SqliteConnection;

use crate::columns::{Table, json, json_object, micros};
use crate::failure::Failure;

const TABLE: Table = Table("user_groups");

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: String,
    arn: String,
    name: String,
    path: String,
    inline_policies: String,
    attached_policies: String,
    created_at: i64,
}

pub(super) async fn put(connection: &mut SqliteConnection, row: &Group) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO user_groups (account, id, arn, name, path, inline_policies, attached_policies, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
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
    connection: &mut SqliteConnection,
    account: &AccountId,
    id: &str,
) -> Result<(), Failure> {
    sqlx::query("DELETE FROM user_groups WHERE account = ?1 AND id = ?2")
        .bind(account.as_str())
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn load(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<Group>, Failure> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, arn, name, path, inline_policies, attached_policies, created_at
         FROM user_groups WHERE account = ?1 ORDER BY id",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}

impl Row {
    pub(crate) fn parse(self, account: &AccountId) -> Result<Group, Failure> {
        Ok(Group {
            account: account.clone(),
            inline_policies: TABLE.object("inline_policies", &self.inline_policies)?,
            attached_policies: TABLE.list("attached_policies", &self.attached_policies)?,
            created_at: TABLE.timestamp("created_at", self.created_at)?,
            id: self.id,
            arn: self.arn,
            name: self.name,
            path: self.path,
        })
    }
}
