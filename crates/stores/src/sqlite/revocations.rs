//! Rows of what certificate authorities have revoked.

use anyrole_domain::AccountId;
use anyrole_domain::certificate_authorities::{RevocationReason, RevokedCertificate};
use sqlx::SqliteConnection;

use super::resources;
use crate::columns::{Table, micros};
use crate::failure::Failure;

const TABLE: Table = Table("revocations");

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    certificate_arn: String,
    reason: String,
    not_after: i64,
    revoked_at: i64,
    certificate_sha256: Vec<u8>,
}

pub(super) async fn put(
    connection: &mut SqliteConnection,
    row: &RevokedCertificate,
) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO revocations (account, certificate_arn, reason, not_after, revoked_at, certificate_sha256)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (account, certificate_arn) DO UPDATE SET
             reason = excluded.reason, not_after = excluded.not_after, revoked_at = excluded.revoked_at,
             certificate_sha256 = excluded.certificate_sha256",
    )
    .bind(row.account.as_str())
    .bind(&row.certificate_arn)
    .bind(row.reason.as_str())
    .bind(micros(row.not_after))
    .bind(micros(row.revoked_at))
    .bind(row.certificate_sha256.as_slice())
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete(connection: &mut SqliteConnection, arn: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM revocations WHERE account = ?1 AND certificate_arn = ?2";
    resources::delete(connection, sql, arn).await
}

pub(super) async fn load(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<RevokedCertificate>, Failure> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT certificate_arn, reason, not_after, revoked_at, certificate_sha256
         FROM revocations WHERE account = ?1 ORDER BY certificate_arn",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}

impl Row {
    pub(crate) fn parse(self, account: &AccountId) -> Result<RevokedCertificate, Failure> {
        Ok(RevokedCertificate {
            account: account.clone(),
            reason: RevocationReason::parse(&self.reason)
                .ok_or_else(|| TABLE.unknown("reason", &self.reason))?,
            not_after: TABLE.timestamp("not_after", self.not_after)?,
            revoked_at: TABLE.timestamp("revoked_at", self.revoked_at)?,
            certificate_sha256: self
                .certificate_sha256
                .try_into()
                .map_err(|_| TABLE.unknown("certificate_sha256", &self.certificate_arn))?,
            certificate_arn: self.certificate_arn,
        })
    }
}
