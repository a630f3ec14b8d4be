//! Rows of profiles. The session policy is kept byte for byte.

use anyrole_domain::AccountId;
use anyrole_domain::profiles::Profile;
use sqlx::PgConnection;

use super::resources;
use super::selection::{Key, rows_of};
use crate::columns::json;
use crate::failure::Failure;
use crate::sqlite::profiles::{Mapping, Row};

pub(super) async fn put(connection: &mut PgConnection, row: &Profile) -> Result<(), Failure> {
    let mappings: Vec<Mapping> = row.attribute_mappings.iter().map(Mapping::of).collect();
    resources::statement(
        "INSERT INTO profiles (account, arn, id, name, enabled, tags, revision, created_at, updated_at, alias,
             created_by, role_arns, session_policy, managed_policy_arns, duration_seconds,
             accept_role_session_name, require_instance_properties, attribute_mappings)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         ON CONFLICT (account, arn) DO UPDATE SET
             id = excluded.id, name = excluded.name, enabled = excluded.enabled, tags = excluded.tags,
             revision = excluded.revision, created_at = excluded.created_at, updated_at = excluded.updated_at,
             alias = excluded.alias, created_by = excluded.created_by, role_arns = excluded.role_arns,
             session_policy = excluded.session_policy, managed_policy_arns = excluded.managed_policy_arns,
             duration_seconds = excluded.duration_seconds,
             accept_role_session_name = excluded.accept_role_session_name,
             require_instance_properties = excluded.require_instance_properties,
             attribute_mappings = excluded.attribute_mappings",
        &row.resource,
    )?
    .bind(&row.created_by)
    .bind(json(&row.role_arns)?)
    .bind(&row.session_policy)
    .bind(json(&row.managed_policy_arns)?)
    .bind(i64::from(row.duration_seconds))
    .bind(row.accept_role_session_name)
    .bind(row.require_instance_properties)
    .bind(json(&mappings)?)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete(connection: &mut PgConnection, arn: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM profiles WHERE account = $1 AND arn = $2";
    resources::delete(connection, sql, arn).await
}

pub(super) async fn load(
    connection: &mut PgConnection,
    account: &AccountId,
    keys: Option<&[String]>,
) -> Result<Vec<Profile>, Failure> {
    let rows: Vec<Row> = rows_of(
        "SELECT arn, id, name, enabled, tags, revision, created_at, updated_at, alias,
             created_by, role_arns, session_policy, managed_policy_arns, duration_seconds,
             accept_role_session_name, require_instance_properties, attribute_mappings
         FROM profiles",
        Key::Text("arn"),
        account,
        keys,
    )
    .build_query_as()
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}
