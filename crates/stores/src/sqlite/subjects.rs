//! Rows of subjects and of their certificates, written in groups.

use anyrole_domain::{AccountId, Sighting};
use aws_lc_rs::digest::{SHA256, digest};
use sqlx::SqliteConnection;

use super::columns::{Table, micros};
use super::failure::Failure;
use crate::seen_subject::{SeenCredential, SeenSubject};

const TABLE: Table = Table("subjects");
const CREDENTIALS: Table = Table("subject_credentials");

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    x509_subject: String,
    enabled: bool,
    created_at: i64,
    updated_at: i64,
    last_seen_at: i64,
}

#[derive(sqlx::FromRow)]
struct CredentialRow {
    issuer: String,
    serial: String,
    certificate: Vec<u8>,
    enabled: bool,
    seen_at: i64,
}

/// Makes subject and certificate, or moves their times on; times never go back, `enabled` is not touched.
pub(super) async fn record(
    connection: &mut SqliteConnection,
    sighting: &Sighting,
) -> Result<(), Failure> {
    let seen_at = micros(sighting.seen_at);
    sqlx::query(
        "INSERT INTO subjects (account, id, x509_subject, enabled, created_at, updated_at, last_seen_at)
         VALUES (?1, ?2, ?3, 1, ?4, ?4, ?4)
         ON CONFLICT (account, id) DO UPDATE SET
             updated_at = max(updated_at, excluded.updated_at),
             last_seen_at = max(last_seen_at, excluded.last_seen_at)",
    )
    .bind(sighting.account.as_str())
    .bind(&sighting.subject_id)
    .bind(&sighting.x509_subject)
    .bind(seen_at)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO subject_credentials (account, subject_id, certificate_sha256, issuer, serial, certificate,
             enabled, seen_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7)
         ON CONFLICT (account, subject_id, certificate_sha256) DO UPDATE SET
             seen_at = max(seen_at, excluded.seen_at)",
    )
    .bind(sighting.account.as_str())
    .bind(&sighting.subject_id)
    .bind(digest(&SHA256, &sighting.certificate).as_ref())
    .bind(&sighting.issuer)
    .bind(&sighting.serial)
    .bind(&sighting.certificate)
    .bind(seen_at)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn load(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<SeenSubject>, Failure> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, x509_subject, enabled, created_at, updated_at, last_seen_at
         FROM subjects WHERE account = ?1 ORDER BY id",
    )
    .bind(account.as_str())
    .fetch_all(&mut *connection)
    .await?;
    let mut subjects = Vec::with_capacity(rows.len());
    for row in rows {
        subjects.push(SeenSubject {
            credentials: load_credentials(connection, account, &row.id).await?,
            created_at: TABLE.timestamp("created_at", row.created_at)?,
            updated_at: TABLE.timestamp("updated_at", row.updated_at)?,
            last_seen_at: TABLE.timestamp("last_seen_at", row.last_seen_at)?,
            id: row.id,
            x509_subject: row.x509_subject,
            enabled: row.enabled,
        });
    }
    Ok(subjects)
}

async fn load_credentials(
    connection: &mut SqliteConnection,
    account: &AccountId,
    subject_id: &str,
) -> Result<Vec<SeenCredential>, Failure> {
    let rows: Vec<CredentialRow> = sqlx::query_as(
        "SELECT issuer, serial, certificate, enabled, seen_at FROM subject_credentials
         WHERE account = ?1 AND subject_id = ?2 ORDER BY issuer, serial, certificate_sha256",
    )
    .bind(account.as_str())
    .bind(subject_id)
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SeenCredential {
                issuer: row.issuer,
                serial: row.serial,
                certificate: row.certificate,
                enabled: row.enabled,
                seen_at: CREDENTIALS.timestamp("seen_at", row.seen_at)?,
            })
        })
        .collect()
}
