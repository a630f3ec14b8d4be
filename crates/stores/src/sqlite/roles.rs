//! Rows of roles, with their inline and attached policies in tables of their own. Policies are kept byte for byte.

use std::collections::BTreeMap;

use anyrole_domain::AccountId;
use anyrole_domain::roles::Role;
use sqlx::SqliteConnection;

use super::last_uses;
use crate::columns::{Table, account_of, integer, json, micros};
use crate::failure::Failure;

const TABLE: Table = Table("roles");

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    arn: String,
    id: String,
    name: String,
    path: String,
    assume_role_policy: String,
    description: Option<String>,
    max_session_duration: i64,
    boundary: Option<String>,
    tags: String,
    created_at: i64,
}

/// The policies of every role of an account, by role ARN.
#[derive(Default)]
pub(crate) struct Policies {
    inline: BTreeMap<String, BTreeMap<String, String>>,
    attached: BTreeMap<String, Vec<String>>,
}

pub(super) async fn put(connection: &mut SqliteConnection, row: &Role) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO roles (account, arn, id, name, path, assume_role_policy, description, max_session_duration,
             boundary, tags, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (account, arn) DO UPDATE SET
             id = excluded.id, name = excluded.name, path = excluded.path,
             assume_role_policy = excluded.assume_role_policy, description = excluded.description,
             max_session_duration = excluded.max_session_duration, boundary = excluded.boundary,
             tags = excluded.tags, created_at = excluded.created_at",
    )
    .bind(row.account.as_str())
    .bind(&row.arn)
    .bind(&row.id)
    .bind(&row.name)
    .bind(&row.path)
    .bind(&row.assume_role_policy)
    .bind(&row.description)
    .bind(row.max_session_duration)
    .bind(&row.boundary)
    .bind(json(&row.tags)?)
    .bind(micros(row.created_at))
    .execute(&mut *connection)
    .await?;
    put_inline_policies(connection, row).await?;
    put_attached_policies(connection, row).await
}

async fn put_inline_policies(connection: &mut SqliteConnection, row: &Role) -> Result<(), Failure> {
    sqlx::query("DELETE FROM role_inline_policies WHERE account = ?1 AND role_arn = ?2")
        .bind(row.account.as_str())
        .bind(&row.arn)
        .execute(&mut *connection)
        .await?;
    for (name, document) in &row.inline_policies {
        sqlx::query(
            "INSERT INTO role_inline_policies (account, role_arn, name, document) VALUES (?1, ?2, ?3, ?4)",
        )
        .bind(row.account.as_str())
        .bind(&row.arn)
        .bind(name)
        .bind(document)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

async fn put_attached_policies(
    connection: &mut SqliteConnection,
    row: &Role,
) -> Result<(), Failure> {
    sqlx::query("DELETE FROM role_attached_policies WHERE account = ?1 AND role_arn = ?2")
        .bind(row.account.as_str())
        .bind(&row.arn)
        .execute(&mut *connection)
        .await?;
    for (position, policy_arn) in (0u64..).zip(&row.attached_policies) {
        sqlx::query(
            "INSERT INTO role_attached_policies (account, role_arn, position, policy_arn) VALUES (?1, ?2, ?3, ?4)",
        )
        .bind(row.account.as_str())
        .bind(&row.arn)
        .bind(integer(position)?)
        .bind(policy_arn)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Deletes a role; its policies go with it.
pub(super) async fn delete(connection: &mut SqliteConnection, arn: &str) -> Result<(), Failure> {
    let id: Option<String> =
        sqlx::query_scalar("DELETE FROM roles WHERE account = ?1 AND arn = ?2 RETURNING id")
            .bind(account_of(arn)?)
            .bind(arn)
            .fetch_optional(&mut *connection)
            .await?;
    match id {
        Some(id) => last_uses::delete(connection, account_of(arn)?, &id).await,
        None => Ok(()),
    }
}

pub(super) async fn load(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<Role>, Failure> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT arn, id, name, path, assume_role_policy, description, max_session_duration, boundary, tags, created_at
         FROM roles WHERE account = ?1 ORDER BY arn",
    )
    .bind(account.as_str())
    .fetch_all(&mut *connection)
    .await?;
    let mut policies = load_policies(connection, account).await?;
    rows.into_iter()
        .map(|row| row.parse(account, &mut policies))
        .collect()
}

async fn load_policies(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Policies, Failure> {
    let mut policies = Policies::default();
    let inline: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT role_arn, name, document FROM role_inline_policies WHERE account = ?1",
    )
    .bind(account.as_str())
    .fetch_all(&mut *connection)
    .await?;
    for (role_arn, name, document) in inline {
        policies.put_inline(role_arn, name, document);
    }
    let attached: Vec<(String, String)> = sqlx::query_as(
        "SELECT role_arn, policy_arn FROM role_attached_policies WHERE account = ?1
         ORDER BY role_arn, position",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    for (role_arn, policy_arn) in attached {
        policies.attach(role_arn, policy_arn);
    }
    Ok(policies)
}

impl Policies {
    pub(crate) fn put_inline(&mut self, role_arn: String, name: String, document: String) {
        let of_role = self.inline.entry(role_arn).or_default();
        of_role.insert(name, document);
    }

    /// One that comes after those that were attached before.
    pub(crate) fn attach(&mut self, role_arn: String, policy_arn: String) {
        self.attached.entry(role_arn).or_default().push(policy_arn);
    }
}

impl Row {
    pub(crate) fn parse(
        self,
        account: &AccountId,
        policies: &mut Policies,
    ) -> Result<Role, Failure> {
        Ok(Role {
            account: account.clone(),
            max_session_duration: TABLE
                .number("max_session_duration", self.max_session_duration)?,
            inline_policies: policies.inline.remove(&self.arn).unwrap_or_default(),
            attached_policies: policies.attached.remove(&self.arn).unwrap_or_default(),
            tags: TABLE.list("tags", &self.tags)?,
            created_at: TABLE.timestamp("created_at", self.created_at)?,
            id: self.id,
            arn: self.arn,
            name: self.name,
            path: self.path,
            assume_role_policy: self.assume_role_policy,
            description: self.description,
            boundary: self.boundary,
        })
    }
}
