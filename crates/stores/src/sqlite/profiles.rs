//! Rows of profiles. The session policy is kept byte for byte.

use anyrole_domain::AccountId;
use anyrole_domain::profiles::{AttributeMapping, CertificateField, Profile};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;

use super::resources::{self, Columns};
use crate::columns::{Table, json};
use crate::failure::Failure;

const TABLE: Table = Table("profiles");

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    #[sqlx(flatten)]
    resource: Columns,
    created_by: String,
    role_arns: String,
    session_policy: Option<String>,
    managed_policy_arns: String,
    duration_seconds: i64,
    accept_role_session_name: bool,
    require_instance_properties: bool,
    attribute_mappings: String,
}

/// An attribute mapping in a column.
#[derive(Serialize, Deserialize)]
pub(crate) struct Mapping {
    certificate_field: String,
    specifiers: Vec<String>,
}

impl Mapping {
    pub(crate) fn of(mapping: &AttributeMapping) -> Self {
        Self {
            certificate_field: mapping.certificate_field.as_str().to_owned(),
            specifiers: mapping.specifiers.clone(),
        }
    }

    pub(crate) fn parse(self) -> Result<AttributeMapping, Failure> {
        let certificate_field = CertificateField::parse(&self.certificate_field)
            .ok_or_else(|| TABLE.unknown("attribute_mappings", &self.certificate_field))?;
        Ok(AttributeMapping {
            certificate_field,
            specifiers: self.specifiers,
        })
    }
}

pub(super) async fn put(connection: &mut SqliteConnection, row: &Profile) -> Result<(), Failure> {
    let mappings: Vec<Mapping> = row.attribute_mappings.iter().map(Mapping::of).collect();
    resources::statement(
        "INSERT INTO profiles (account, arn, id, name, enabled, tags, revision, created_at, updated_at, alias,
             created_by, role_arns, session_policy, managed_policy_arns, duration_seconds,
             accept_role_session_name, require_instance_properties, attribute_mappings)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
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
    .bind(row.duration_seconds)
    .bind(row.accept_role_session_name)
    .bind(row.require_instance_properties)
    .bind(json(&mappings)?)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete(connection: &mut SqliteConnection, arn: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM profiles WHERE account = ?1 AND arn = ?2";
    resources::delete(connection, sql, arn).await
}

pub(super) async fn load(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<Profile>, Failure> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT arn, id, name, enabled, tags, revision, created_at, updated_at, alias,
             created_by, role_arns, session_policy, managed_policy_arns, duration_seconds,
             accept_role_session_name, require_instance_properties, attribute_mappings
         FROM profiles WHERE account = ?1 ORDER BY arn",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}

impl Row {
    pub(crate) fn parse(self, account: &AccountId) -> Result<Profile, Failure> {
        let mappings: Vec<Mapping> = TABLE.list("attribute_mappings", &self.attribute_mappings)?;
        Ok(Profile {
            resource: self.resource.parse(TABLE, account)?,
            role_arns: TABLE.list("role_arns", &self.role_arns)?,
            managed_policy_arns: TABLE.list("managed_policy_arns", &self.managed_policy_arns)?,
            duration_seconds: TABLE.number("duration_seconds", self.duration_seconds)?,
            attribute_mappings: mappings
                .into_iter()
                .map(Mapping::parse)
                .collect::<Result<_, _>>()?,
            created_by: self.created_by,
            session_policy: self.session_policy,
            accept_role_session_name: self.accept_role_session_name,
            require_instance_properties: self.require_instance_properties,
        })
    }
}
