//! Certificates that were used and expire, and the events of expiry that were said.

use anyrole_domain::AccountId;
use anyrole_domain::notifications::{ExpiringQuery, SeenCertificate};
use jiff::{SignedDuration, Timestamp};
use sqlx::SqliteConnection;

use crate::columns::{Table, count, micros};
use crate::failure::Failure;

const TABLE: Table = Table("subject_credentials");
/// How long an event is remembered. Its id holds the day, so that nothing older is asked for.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(72);

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    certificate_sha256: Vec<u8>,
    issuer: String,
    serial: String,
    not_after: i64,
    trust_anchor_arn: String,
}

impl Row {
    pub(crate) fn into_certificate(self) -> Result<SeenCertificate, Failure> {
        Ok(SeenCertificate {
            certificate_sha256: TABLE.sha256("certificate_sha256", self.certificate_sha256)?,
            issuer: self.issuer,
            serial: self.serial,
            not_after: TABLE.timestamp("not_after", self.not_after)?,
            trust_anchor_arn: self.trust_anchor_arn,
        })
    }
}

/// Where a page begins: just before the first certificate, or after the last one of the page before.
pub(crate) fn start(query: &ExpiringQuery) -> (i64, Vec<u8>) {
    match query.after {
        Some((not_after, sha256)) => (micros(not_after), sha256.to_vec()),
        None => (micros(query.from), Vec::new()),
    }
}

/// What was said before is forgotten.
pub(crate) fn forgotten(now: Timestamp) -> i64 {
    micros(now).saturating_sub(i64::try_from(REMEMBERED.as_micros()).unwrap_or(i64::MAX))
}

/// A page of certificates.
pub(super) async fn list(
    connection: &mut SqliteConnection,
    account: &AccountId,
    query: &ExpiringQuery,
) -> Result<Vec<SeenCertificate>, Failure> {
    let (not_after, sha256) = start(query);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT certificate_sha256, issuer, serial, not_after, trust_anchor_arn FROM subject_credentials
         WHERE account = ?1 AND (not_after, certificate_sha256) > (?2, ?3) AND not_after < ?4
             AND seen_at >= ?5 AND trust_anchor_arn IS NOT NULL
         ORDER BY not_after, certificate_sha256 LIMIT ?6",
    )
    .bind(account.as_str())
    .bind(not_after)
    .bind(sha256)
    .bind(micros(query.until))
    .bind(micros(query.used_since))
    .bind(count(query.limit)?)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::into_certificate).collect()
}

/// The ids that were not said yet; from now on they are.
pub(super) async fn claim(
    connection: &mut SqliteConnection,
    account: &AccountId,
    now: Timestamp,
    ids: &[&str],
) -> Result<Vec<String>, Failure> {
    sqlx::query("DELETE FROM said_events WHERE account = ?1 AND said_at < ?2")
        .bind(account.as_str())
        .bind(forgotten(now))
        .execute(&mut *connection)
        .await?;
    let mut claimed = Vec::new();
    for id in ids {
        let made = sqlx::query(
            "INSERT INTO said_events (account, id, said_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (account, id) DO NOTHING",
        )
        .bind(account.as_str())
        .bind(*id)
        .bind(micros(now))
        .execute(&mut *connection)
        .await?;
        if made.rows_affected() == 1 {
            claimed.push((*id).to_owned());
        }
    }
    Ok(claimed)
}

/// Whether the event was said.
pub(super) async fn is_claimed(
    connection: &mut SqliteConnection,
    account: &AccountId,
    id: &str,
) -> Result<bool, Failure> {
    let found = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM said_events WHERE account = ?1 AND id = ?2)",
    );
    Ok(found
        .bind(account.as_str())
        .bind(id)
        .fetch_one(connection)
        .await?)
}
