//! Rows of trust anchors. The bundle is kept byte for byte.

use anyrole_domain::AccountId;
use anyrole_domain::trust_anchors::TrustAnchor;
use sqlx::PgConnection;

use super::resources;
use super::selection::{Key, rows_of};
use crate::columns::json;
use crate::failure::Failure;
use crate::sqlite::trust_anchors::{Row, source_columns};

pub(super) async fn put(connection: &mut PgConnection, row: &TrustAnchor) -> Result<(), Failure> {
    let (source_type, source_data) = source_columns(row);
    resources::statement(
        "INSERT INTO trust_anchors (account, arn, id, name, enabled, tags, revision, created_at, updated_at, alias,
             source_type, source_data, notification_settings, crl_dp_revocation_enabled)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (account, arn) DO UPDATE SET
             id = excluded.id, name = excluded.name, enabled = excluded.enabled, tags = excluded.tags,
             revision = excluded.revision, created_at = excluded.created_at, updated_at = excluded.updated_at,
             alias = excluded.alias, source_type = excluded.source_type, source_data = excluded.source_data,
             notification_settings = excluded.notification_settings,
             crl_dp_revocation_enabled = excluded.crl_dp_revocation_enabled",
        &row.resource,
    )?
    .bind(source_type)
    .bind(source_data)
    .bind(json(&row.notification_settings)?)
    .bind(row.crl_dp_revocation_enabled)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete(connection: &mut PgConnection, arn: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM trust_anchors WHERE account = $1 AND arn = $2";
    resources::delete(connection, sql, arn).await
}

pub(super) async fn load(
    connection: &mut PgConnection,
    account: &AccountId,
    keys: Option<&[String]>,
) -> Result<Vec<TrustAnchor>, Failure> {
    let rows: Vec<Row> = rows_of(
        "SELECT arn, id, name, enabled, tags, revision, created_at, updated_at, alias,
             source_type, source_data, notification_settings, crl_dp_revocation_enabled
         FROM trust_anchors",
        Key::Text("arn"),
        account,
        keys,
    )
    .build_query_as()
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}
