//! Rows of what certificate authorities have revoked.

use anyrole_domain::AccountId;
use anyrole_domain::certificate_authorities::RevokedCertificate;
use sqlx::PgConnection;

use super::resources;
use super::selection::{Key, rows_of};
use crate::columns::micros;
use crate::failure::Failure;
use crate::sqlite::revocations::Row;

pub(super) async fn put(
    connection: &mut PgConnection,
    row: &RevokedCertificate,
) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO revocations (account, certificate_arn, reason, not_after, revoked_at, certificate_sha256)
         VALUES ($1, $2, $3, $4, $5, $6)
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

pub(super) async fn delete(connection: &mut PgConnection, arn: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM revocations WHERE account = $1 AND certificate_arn = $2";
    resources::delete(connection, sql, arn).await
}

pub(super) async fn load(
    connection: &mut PgConnection,
    account: &AccountId,
    keys: Option<&[String]>,
) -> Result<Vec<RevokedCertificate>, Failure> {
    let rows: Vec<Row> = rows_of(
        "SELECT certificate_arn, reason, not_after, revoked_at, certificate_sha256 FROM revocations",
        Key::Text("certificate_arn"),
        account,
        keys,
    )
    .build_query_as()
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}
