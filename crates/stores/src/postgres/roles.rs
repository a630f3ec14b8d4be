//! Rows of roles, with their inline and attached policies in tables of their own. Policies are kept byte for byte.

use anyrole_domain::AccountId;
use anyrole_domain::roles::Role;
use sqlx::PgConnection;

use super::last_uses;
use super::selection::{Key, rows_of};
use crate::columns::{account_of, integer, json, micros};
use crate::failure::Failure;
use crate::sqlite::roles::{Policies, Row};

pub(super) async fn put(connection: &mut PgConnection, row: &Role) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO roles (account, arn, id, name, path, assume_role_policy, description, max_session_duration,
             boundary, tags, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
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
    .bind(i64::from(row.max_session_duration))
    .bind(&row.boundary)
    .bind(json(&row.tags)?)
    .bind(micros(row.created_at))
    .execute(&mut *connection)
    .await?;
    put_inline_policies(connection, row).await?;
    put_attached_policies(connection, row).await
}

async fn put_inline_policies(connection: &mut PgConnection, row: &Role) -> Result<(), Failure> {
    sqlx::query("DELETE FROM role_inline_policies WHERE account = $1 AND role_arn = $2")
        .bind(row.account.as_str())
        .bind(&row.arn)
        .execute(&mut *connection)
        .await?;
    for (name, document) in &row.inline_policies {
        sqlx::query(
            "INSERT INTO role_inline_policies (account, role_arn, name, document) VALUES ($1, $2, $3, $4)",
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

async fn put_attached_policies(connection: &mut PgConnection, row: &Role) -> Result<(), Failure> {
    sqlx::query("DELETE FROM role_attached_policies WHERE account = $1 AND role_arn = $2")
        .bind(row.account.as_str())
        .bind(&row.arn)
        .execute(&mut *connection)
        .await?;
    for (position, policy_arn) in (0u64..).zip(&row.attached_policies) {
        sqlx::query(
            "INSERT INTO role_attached_policies (account, role_arn, position, policy_arn) VALUES ($1, $2, $3, $4)",
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
pub(super) async fn delete(connection: &mut PgConnection, arn: &str) -> Result<(), Failure> {
    let id: Option<String> =
        sqlx::query_scalar("DELETE FROM roles WHERE account = $1 AND arn = $2 RETURNING id")
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
    connection: &mut PgConnection,
    account: &AccountId,
    keys: Option<&[String]>,
) -> Result<Vec<Role>, Failure> {
    let rows: Vec<Row> = rows_of(
"SELECT arn, id, name, path, assume_role_policy, description, max_session_duration, boundary, tags, created_at
         FROM roles",
Key::Text("arn"), account, keys)
    .build_query_as()
    .fetch_all(&mut *connection)
    .await?;
    let mut policies = load_policies(connection, account, keys).await?;
    rows.into_iter()
        .map(|row| row.parse(account, &mut policies))
        .collect()
}

async fn load_policies(
    connection: &mut PgConnection,
    account: &AccountId,
    role_arns: Option<&[String]>,
) -> Result<Policies, Failure> {
    let mut policies = Policies::default();
    let inline: Vec<(String, String, String)> = rows_of(
        "SELECT role_arn, name, document FROM role_inline_policies",
        Key::Text("role_arn"),
        account,
        role_arns,
    )
    .build_query_as()
    .fetch_all(&mut *connection)
    .await?;
    for (role_arn, name, document) in inline {
        policies.put_inline(role_arn, name, document);
    }
    let attached: Vec<(String, String)> = rows_of(
        "SELECT role_arn, policy_arn FROM role_attached_policies",
        Key::Text("role_arn"),
        account,
        role_arns,
    )
    .push(" ORDER BY role_arn, position")
    .build_query_as()
    .fetch_all(connection)
    .await?;
    for (role_arn, policy_arn) in attached {
        policies.attach(role_arn, policy_arn);
    }
    Ok(policies)
}
