//! Rows of the customer's managed policies. Documents are kept byte for byte.

use std::collections::BTreeMap;

use anyrole_domain::AccountId;
use anyrole_domain::managed_policies::{ManagedPolicy, PolicyVersion};
use sqlx::SqliteConnection;

use super::resources;
use crate::columns::{Table, account_of, json, micros};
use crate::failure::Failure;

const TABLE: Table = Table("managed_policies");

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    arn: String,
    id: String,
    name: String,
    path: String,
    description: Option<String>,
    versions: String,
    default_version: i64,
    last_version: i64,
    tags: String,
    created_at: i64,
    updated_at: i64,
}

pub(super) async fn put(
    connection: &mut SqliteConnection,
    row: &ManagedPolicy,
) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO managed_policies (account, arn, id, name, path, description, versions, default_version, last_version, tags, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
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

pub(super) async fn delete(connection: &mut SqliteConnection, arn: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM managed_policies WHERE account = ?1 AND arn = ?2";
    resources::delete(connection, sql, arn).await
}

pub(super) async fn load(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<ManagedPolicy>, Failure> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT arn, id, name, path, description, versions, default_version, last_version, tags, created_at, updated_at
         FROM managed_policies WHERE account = ?1 ORDER BY arn",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::parse).collect()
}

/// The versions as JSON: number, microseconds and document of each.
pub(crate) fn versions(row: &ManagedPolicy) -> Result<String, Failure> {
    let versions = row.versions.iter().map(|(number, version)| {
        (
            *number,
            micros(version.created_at),
            version.document.as_ref(),
        )
    });
    json::<(u32, i64, &str)>(&versions.collect::<Vec<_>>())
}

impl Row {
    pub(crate) fn parse(self) -> Result<ManagedPolicy, Failure> {
        let mut versions = BTreeMap::new();
        let stored: Vec<(u32, i64, String)> = TABLE.list("versions", &self.versions)?;
        for (number, created_at, document) in stored {
            let version = PolicyVersion {
                document: document.into(),
                created_at: TABLE.timestamp("versions", created_at)?,
            };
            versions.insert(number, version);
        }
        Ok(ManagedPolicy {
            versions,
            default_version: TABLE.number("default_version", self.default_version)?,
            last_version: TABLE.number("last_version", self.last_version)?,
            tags: TABLE.list("tags", &self.tags)?,
            created_at: TABLE.timestamp("created_at", self.created_at)?,
            updated_at: TABLE.timestamp("updated_at", self.updated_at)?,
            id: self.id,
            arn: self.arn,
            name: self.name,
            path: self.path,
            description: self.description,
        })
    }
}
