//! Rows of trust anchors. The bundle is kept byte for byte.

use anyrole_domain::AccountId;
use anyrole_domain::trust_anchors::{AnchorSource, TrustAnchor};
use sqlx::SqliteConnection;

use super::columns::{Table, account_of, integer, json, micros};
use super::failure::Failure;

const TABLE: Table = Table("trust_anchors");
/// As the API calls it (API reference, Source).
const CERTIFICATE_BUNDLE: &str = "CERTIFICATE_BUNDLE";

#[derive(sqlx::FromRow)]
struct Row {
    arn: String,
    id: String,
    name: String,
    source_type: String,
    source_data: String,
    enabled: bool,
    notification_settings: String,
    tags: String,
    revision: i64,
    created_at: i64,
    updated_at: i64,
}

pub(super) async fn put(
    connection: &mut SqliteConnection,
    row: &TrustAnchor,
) -> Result<(), Failure> {
    let AnchorSource::CertificateBundle(bundle) = &row.source;
    sqlx::query(
        "INSERT INTO trust_anchors (account, arn, id, name, source_type, source_data, enabled,
             notification_settings, tags, revision, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT (account, arn) DO UPDATE SET
             id = excluded.id, name = excluded.name, source_type = excluded.source_type,
             source_data = excluded.source_data, enabled = excluded.enabled,
             notification_settings = excluded.notification_settings, tags = excluded.tags,
             revision = excluded.revision, created_at = excluded.created_at, updated_at = excluded.updated_at",
    )
    .bind(row.account.as_str())
    .bind(&row.arn)
    .bind(&row.id)
    .bind(&row.name)
    .bind(CERTIFICATE_BUNDLE)
    .bind(bundle)
    .bind(row.enabled)
    .bind(json(&row.notification_settings)?)
    .bind(json(&row.tags)?)
    .bind(integer(row.revision)?)
    .bind(micros(row.created_at))
    .bind(micros(row.updated_at))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete(connection: &mut SqliteConnection, arn: &str) -> Result<(), Failure> {
    sqlx::query("DELETE FROM trust_anchors WHERE account = ?1 AND arn = ?2")
        .bind(account_of(arn)?)
        .bind(arn)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn load(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<TrustAnchor>, Failure> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT arn, id, name, source_type, source_data, enabled, notification_settings, tags, revision,
             created_at, updated_at
         FROM trust_anchors WHERE account = ?1 ORDER BY arn",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}

impl Row {
    fn parse(self, account: &AccountId) -> Result<TrustAnchor, Failure> {
        if self.source_type != CERTIFICATE_BUNDLE {
            return Err(TABLE.unknown("source_type", &self.source_type));
        }
        Ok(TrustAnchor {
            account: account.clone(),
            notification_settings: TABLE
                .list("notification_settings", &self.notification_settings)?,
            tags: TABLE.list("tags", &self.tags)?,
            revision: TABLE.number("revision", self.revision)?,
            created_at: TABLE.timestamp("created_at", self.created_at)?,
            updated_at: TABLE.timestamp("updated_at", self.updated_at)?,
            id: self.id,
            arn: self.arn,
            name: self.name,
            source: AnchorSource::CertificateBundle(self.source_data),
            enabled: self.enabled,
        })
    }
}
