//! Certificates that were used and expire, and the events of expiry that were said.

use anyrole_domain::AccountId;
use anyrole_domain::notifications::{ExpiringQuery, SeenCertificate};
use jiff::Timestamp;
use sqlx::{Connection as _, PgConnection};

use crate::columns::{count, micros};
use crate::failure::Failure;
use crate::sqlite::expiry::{Row, forgotten, start};

/// A page of certificates.
pub(super) async fn list(
    connection: &mut PgConnection,
    account: &AccountId,
    query: &ExpiringQuery,
) -> Result<Vec<SeenCertificate>, Failure> {
    let (not_after, sha256) = start(query);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT certificate_sha256, issuer, serial, not_after, trust_anchor_arn FROM subject_credentials
         WHERE account = $1 AND (not_after, certificate_sha256) > ($2, $3) AND not_after < $4
             AND seen_at >= $5 AND trust_anchor_arn IS NOT NULL
         ORDER BY not_after, certificate_sha256 LIMIT $6",
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
    connection: &mut PgConnection,
    account: &AccountId,
    now: Timestamp,
    ids: &[&str],
) -> Result<Vec<String>, Failure> {
    let mut transaction = connection.begin().await?;
    sqlx::query("DELETE FROM said_events WHERE account = $1 AND said_at < $2")
        .bind(account.as_str())
        .bind(forgotten(now))
        .execute(&mut *transaction)
        .await?;
    // In one order on every server, so that no two wait for each other.
    let mut sorted: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    sorted.sort_unstable();
    let claimed: Vec<String> = sqlx::query_scalar(
        "INSERT INTO said_events (account, id, said_at) SELECT $1, id, $3 FROM unnest($2::text[]) AS id
         ON CONFLICT (account, id) DO NOTHING RETURNING id",
    )
    .bind(account.as_str())
    .bind(sorted)
    .bind(micros(now))
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(claimed)
}

/// Whether the event was said.
pub(super) async fn is_claimed(
    connection: &mut PgConnection,
    account: &AccountId,
    id: &str,
) -> Result<bool, Failure> {
    let found = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM said_events WHERE account = $1 AND id = $2)",
    );
    Ok(found
        .bind(account.as_str())
        .bind(id)
        .fetch_one(connection)
        .await?)
}
