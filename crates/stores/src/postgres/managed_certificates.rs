//! Rows of certificates that are kept with their keys.

use anyrole_domain::AccountId;
use anyrole_domain::acm::ManagedCertificate;
use sqlx::PgConnection;

use super::resources;
use super::selection::{Key, rows_of};
use crate::columns::{json, micros};
use crate::failure::Failure;
use crate::sqlite::managed_certificates::Row;

pub(super) async fn put(
    connection: &mut PgConnection,
    row: &ManagedCertificate,
) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO managed_certificates (account, arn, authority_arn, domain_name, names, key_algorithm, sealed_key,
             certificate, chain, is_exported, idempotency_token, tags, created_at, issued_at, renewed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT (account, arn) DO UPDATE SET
             authority_arn = excluded.authority_arn, domain_name = excluded.domain_name, names = excluded.names,
             key_algorithm = excluded.key_algorithm, sealed_key = excluded.sealed_key, certificate = excluded.certificate,
             chain = excluded.chain, is_exported = excluded.is_exported, idempotency_token = excluded.idempotency_token,
             tags = excluded.tags, created_at = excluded.created_at, issued_at = excluded.issued_at,
             renewed_at = excluded.renewed_at",
    )
    .bind(row.account.as_str())
    .bind(&row.arn)
    .bind(row.origin.authority())
    .bind(&row.domain_name)
    .bind(json(&row.names)?)
    .bind(row.key_algorithm.as_str())
    .bind(&row.sealed_key)
    .bind(&row.certificate)
    .bind(&row.chain)
    .bind(row.is_exported)
    .bind(&row.idempotency_token)
    .bind(json(&row.tags)?)
    .bind(micros(row.created_at))
    .bind(micros(row.issued_at))
    .bind(row.renewed_at.map(micros))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete(connection: &mut PgConnection, arn: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM managed_certificates WHERE account = $1 AND arn = $2";
    resources::delete(connection, sql, arn).await
}

pub(super) async fn load(
    connection: &mut PgConnection,
    account: &AccountId,
    keys: Option<&[String]>,
) -> Result<Vec<ManagedCertificate>, Failure> {
    let rows: Vec<Row> = rows_of(
        "SELECT arn, authority_arn, domain_name, names, key_algorithm, sealed_key, certificate, chain, is_exported,
             idempotency_token, tags, created_at, issued_at, renewed_at
         FROM managed_certificates",
        Key::Text("arn"),
        account,
        keys,
    )
    .build_query_as()
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}
