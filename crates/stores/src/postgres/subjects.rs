//! Rows of subjects with their certificates and instance properties: written in groups, read in pages.

use anyrole_domain::AccountId;
use anyrole_domain::subjects::{
    MAX_PROPERTIES_KEPT, SeenProperties, Sighting, Subject, SubjectDetail,
};
use sqlx::PgConnection;

use crate::columns::{count, json_object, micros};
use crate::failure::Failure;
use crate::sqlite::subjects::{CredentialRow, PropertiesRow, Row};

/// Makes subject, certificate and properties, or moves them on; times never go back, `enabled` is not touched.
pub(super) async fn record(
    connection: &mut PgConnection,
    sighting: &Sighting,
) -> Result<(), Failure> {
    let seen_at = micros(sighting.seen_at);
    sqlx::query(
        "INSERT INTO subjects (account, id, x509_subject, enabled, created_at, updated_at, last_seen_at)
         VALUES ($1, $2, $3, TRUE, $4, $4, $4)
         ON CONFLICT (account, id) DO UPDATE SET
             updated_at = greatest(subjects.updated_at, excluded.updated_at),
             last_seen_at = greatest(subjects.last_seen_at, excluded.last_seen_at)",
    )
    .bind(sighting.account.as_str())
    .bind(&sighting.subject_id)
    .bind(without_nul(&sighting.x509_subject))
    .bind(seen_at)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO subject_credentials (account, subject_id, certificate_sha256, issuer, serial, certificate,
             enabled, seen_at, failed, not_after, trust_anchor_arn)
         VALUES ($1, $2, $3, $4, $5, $6, TRUE, $7, $8, $9, $10)
         ON CONFLICT (account, subject_id, certificate_sha256) DO UPDATE SET
             seen_at = excluded.seen_at,
             failed = excluded.failed,
             not_after = excluded.not_after,
             trust_anchor_arn = excluded.trust_anchor_arn
         WHERE excluded.seen_at >= subject_credentials.seen_at",
    )
    .bind(sighting.account.as_str())
    .bind(&sighting.subject_id)
    .bind(sighting.certificate_sha256.as_slice())
    .bind(without_nul(&sighting.issuer))
    .bind(&sighting.serial)
    .bind(&sighting.certificate)
    .bind(seen_at)
    .bind(sighting.failed)
    .bind(micros(sighting.not_after))
    .bind(&sighting.trust_anchor_arn)
    .execute(&mut *connection)
    .await?;
    if sighting.properties.is_empty() {
        return Ok(());
    }
    for seen in &sighting.properties {
        record_properties(connection, sighting, seen).await?;
    }
    forget_properties(connection, sighting).await
}

/// PostgreSQL keeps no NUL in a text (manual, 8.3), a name in a certificate may hold one: it must not keep the others of
/// its group from being written.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

async fn record_properties(
    connection: &mut PgConnection,
    sighting: &Sighting,
    seen: &SeenProperties,
) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO subject_properties (account, subject_id, properties_sha256, properties, failed, seen_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (account, subject_id, properties_sha256) DO UPDATE SET
             seen_at = excluded.seen_at, failed = excluded.failed
         WHERE excluded.seen_at >= subject_properties.seen_at",
    )
    .bind(sighting.account.as_str())
    .bind(&sighting.subject_id)
    .bind(seen.sha256.as_slice())
    .bind(json_object(&seen.properties)?)
    .bind(seen.failed)
    .bind(micros(seen.seen_at))
    .execute(connection)
    .await?;
    Ok(())
}

async fn forget_properties(
    connection: &mut PgConnection,
    sighting: &Sighting,
) -> Result<(), Failure> {
    sqlx::query(
        "DELETE FROM subject_properties
         WHERE account = $1 AND subject_id = $2 AND properties_sha256 NOT IN (
             SELECT properties_sha256 FROM subject_properties
             WHERE account = $1 AND subject_id = $2
             ORDER BY seen_at DESC, properties_sha256 LIMIT $3)",
    )
    .bind(sighting.account.as_str())
    .bind(&sighting.subject_id)
    .bind(count(MAX_PROPERTIES_KEPT)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// A page of subjects in order of their ids.
pub(super) async fn list(
    connection: &mut PgConnection,
    account: &AccountId,
    after: &str,
    limit: usize,
) -> Result<Vec<Subject>, Failure> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, x509_subject, enabled, created_at, updated_at, last_seen_at
         FROM subjects WHERE account = $1 AND id > $2 ORDER BY id LIMIT $3",
    )
    .bind(account.as_str())
    .bind(after)
    .bind(count(limit)?)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::into_subject).collect()
}

/// A subject with what was seen of it last.
pub(super) async fn read(
    connection: &mut PgConnection,
    account: &AccountId,
    id: &str,
    limit: usize,
) -> Result<Option<SubjectDetail>, Failure> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, x509_subject, enabled, created_at, updated_at, last_seen_at
         FROM subjects WHERE account = $1 AND id = $2",
    )
    .bind(account.as_str())
    .bind(id)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let credentials: Vec<CredentialRow> = sqlx::query_as(
        "SELECT issuer, serial, certificate, enabled, failed, seen_at FROM subject_credentials
         WHERE account = $1 AND subject_id = $2 ORDER BY seen_at DESC, certificate_sha256 LIMIT $3",
    )
    .bind(account.as_str())
    .bind(id)
    .bind(count(limit)?)
    .fetch_all(&mut *connection)
    .await?;
    let properties: Vec<PropertiesRow> = sqlx::query_as(
        "SELECT properties, failed, seen_at FROM subject_properties
         WHERE account = $1 AND subject_id = $2 ORDER BY seen_at DESC, properties_sha256 LIMIT $3",
    )
    .bind(account.as_str())
    .bind(id)
    .bind(count(limit)?)
    .fetch_all(connection)
    .await?;
    Ok(Some(SubjectDetail {
        subject: row.into_subject()?,
        credentials: credentials
            .into_iter()
            .map(CredentialRow::into_credential)
            .collect::<Result<_, _>>()?,
        instance_properties: properties
            .into_iter()
            .map(PropertiesRow::into_properties)
            .collect::<Result<_, _>>()?,
    }))
}
