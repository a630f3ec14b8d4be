//! Rows of trust anchors. The bundle is kept byte for byte.

use anyrole_domain::AccountId;
use anyrole_domain::trust_anchors::{AnchorSource, TrustAnchor};
use sqlx::SqliteConnection;

use super::resources::{self, Columns};
use crate::columns::{Table, json};
use crate::failure::Failure;

const TABLE: Table = Table("trust_anchors");
/// As the API calls it (API reference, Source).
const CERTIFICATE_BUNDLE: &str = "CERTIFICATE_BUNDLE";
const AWS_ACM_PCA: &str = "AWS_ACM_PCA";

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    #[sqlx(flatten)]
    resource: Columns,
    source_type: String,
    source_data: String,
    notification_settings: String,
    crl_dp_revocation_enabled: bool,
}

pub(super) async fn put(
    connection: &mut SqliteConnection,
    row: &TrustAnchor,
) -> Result<(), Failure> {
    let (source_type, source_data) = source_columns(row);
    resources::statement(
        "INSERT INTO trust_anchors (account, arn, id, name, enabled, tags, revision, created_at, updated_at, alias,
             source_type, source_data, notification_settings, crl_dp_revocation_enabled)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
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

pub(crate) fn source_columns(row: &TrustAnchor) -> (&'static str, &str) {
    match &row.source {
        AnchorSource::CertificateBundle(bundle) => (CERTIFICATE_BUNDLE, bundle),
        AnchorSource::PrivateCa(arn) => (AWS_ACM_PCA, arn),
    }
}

pub(super) async fn delete(connection: &mut SqliteConnection, arn: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM trust_anchors WHERE account = ?1 AND arn = ?2";
    resources::delete(connection, sql, arn).await
}

pub(super) async fn load(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<TrustAnchor>, Failure> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT arn, id, name, enabled, tags, revision, created_at, updated_at, alias,
             source_type, source_data, notification_settings, crl_dp_revocation_enabled
         FROM trust_anchors WHERE account = ?1 ORDER BY arn",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}

impl Row {
    pub(crate) fn parse(self, account: &AccountId) -> Result<TrustAnchor, Failure> {
        let source = match self.source_type.as_str() {
            CERTIFICATE_BUNDLE => AnchorSource::CertificateBundle(self.source_data),
            AWS_ACM_PCA => AnchorSource::PrivateCa(self.source_data),
            other => return Err(TABLE.unknown("source_type", other)),
        };
        Ok(TrustAnchor {
            resource: self.resource.parse(TABLE, account)?,
            notification_settings: TABLE
                .list("notification_settings", &self.notification_settings)?,
            source,
            crl_dp_revocation_enabled: self.crl_dp_revocation_enabled,
        })
    }
}
