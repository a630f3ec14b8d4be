//! Rows of certificate authorities.

use anyrole_domain::AccountId;
use anyrole_domain::certificate_authorities::CertificateAuthority;
use sqlx::PgConnection;

use super::resources;
use super::selection::{Key, rows_of};
use crate::columns::{json, json_value, micros};
use crate::failure::Failure;
use crate::sqlite::certificate_authorities::{Row, key_columns};

pub(super) async fn put(
    connection: &mut PgConnection,
    row: &CertificateAuthority,
) -> Result<(), Failure> {
    let (sealed_key, token_uri) = key_columns(row);
    sqlx::query(
        "INSERT INTO certificate_authorities (account, arn, id, kind, status, configuration, usage_mode,
             key_storage_standard, revocation, sealed_key, token_uri, public_key, csr, certificate, certificate_chain,
             idempotency_token, permissions, policy, tags, created_at, state_changed_at, restorable_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
         ON CONFLICT (account, arn) DO UPDATE SET
             id = excluded.id, kind = excluded.kind, status = excluded.status, configuration = excluded.configuration,
             usage_mode = excluded.usage_mode, key_storage_standard = excluded.key_storage_standard,
             revocation = excluded.revocation, sealed_key = excluded.sealed_key, token_uri = excluded.token_uri,
             public_key = excluded.public_key, csr = excluded.csr, certificate = excluded.certificate,
             certificate_chain = excluded.certificate_chain, idempotency_token = excluded.idempotency_token,
             permissions = excluded.permissions, policy = excluded.policy, tags = excluded.tags,
             created_at = excluded.created_at, state_changed_at = excluded.state_changed_at,
             restorable_until = excluded.restorable_until",
    )
    .bind(row.account.as_str())
    .bind(&row.arn)
    .bind(&row.id)
    .bind(row.kind.as_str())
    .bind(row.status.as_str())
    .bind(json_value(&row.configuration)?)
    .bind(row.usage_mode.as_str())
    .bind(&row.key_storage_standard)
    .bind(json_value(&row.revocation)?)
    .bind(sealed_key)
    .bind(token_uri)
    .bind(&row.public_key_der)
    .bind(&row.csr)
    .bind(&row.certificate)
    .bind(&row.certificate_chain)
    .bind(&row.idempotency_token)
    .bind(json(&row.permissions)?)
    .bind(&row.policy)
    .bind(json(&row.tags)?)
    .bind(micros(row.created_at))
    .bind(micros(row.state_changed_at))
    .bind(row.restorable_until.map(micros))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete(connection: &mut PgConnection, arn: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM certificate_authorities WHERE account = $1 AND arn = $2";
    resources::delete(connection, sql, arn).await
}

pub(super) async fn load(
    connection: &mut PgConnection,
    account: &AccountId,
    keys: Option<&[String]>,
) -> Result<Vec<CertificateAuthority>, Failure> {
    let rows: Vec<Row> = rows_of(
        "SELECT arn, id, kind, status, configuration, usage_mode, key_storage_standard, revocation, sealed_key, token_uri,
             public_key, csr, certificate, certificate_chain, idempotency_token, permissions, policy, tags, created_at,
             state_changed_at, restorable_until
         FROM certificate_authorities",
        Key::Text("arn"),
        account,
        keys,
    )
    .build_query_as()
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}
