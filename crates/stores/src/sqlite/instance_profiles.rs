//! Rows of instance profiles.

use anyrole_domain::AccountId;
use anyrole_domain::instance_profiles::InstanceProfile;
use sqlx::SqliteConnection;

use super::resources;
use crate::columns::{Table, account_of, json, micros};
use crate::failure::Failure;

const TABLE: Table = Table("instance_profiles");

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    arn: String,
    id: String,
    name: String,
    path: String,
    role_id: Option<String>,
    tags: String,
    created_at: i64,
}

pub(super) async fn put(
    connection: &mut SqliteConnection,
    row: &InstanceProfile,
) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO instance_profiles (account, arn, id, name, path, role_id, tags, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
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

pub(super) async fn delete(connection: &mut SqliteConnection, arn: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM instance_profiles WHERE account = ?1 AND arn = ?2";
    resources::delete(connection, sql, arn).await
}

pub(super) async fn load(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<InstanceProfile>, Failure> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT arn, id, name, path, role_id, tags, created_at
         FROM instance_profiles WHERE account = ?1 ORDER BY arn",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}

impl Row {
    pub(crate) fn parse(self, account: &AccountId) -> Result<InstanceProfile, Failure> {
        Ok(InstanceProfile {
            account: account.clone(),
            tags: TABLE.list("tags", &self.tags)?,
            created_at: TABLE.timestamp("created_at", self.created_at)?,
            id: self.id,
            arn: self.arn,
            name: self.name,
            path: self.path,
            role_id: self.role_id,
        })
    }
}
