//! Rows of certificates that are kept with their keys.

use anyrole_domain::AccountId;
use anyrole_domain::acm::{CertificateKeyAlgorithm, CertificateOrigin, ManagedCertificate};
use sqlx::SqliteConnection;

use super::resources;
use crate::columns::{Table, json, micros};
use crate::failure::Failure;

const TABLE: Table = Table("managed_certificates");

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    arn: String,
    authority_arn: Option<String>,
    domain_name: String,
    names: String,
    key_algorithm: String,
    sealed_key: Vec<u8>,
    certificate: String,
    chain: Option<String>,
    is_exported: bool,
    idempotency_token: Option<String>,
    tags: String,
    created_at: i64,
    issued_at: i64,
    renewed_at: Option<i64>,
}

pub(super) async fn put(
    connection: &mut SqliteConnection,
    row: &ManagedCertificate,
) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO managed_certificates (account, arn, authority_arn, domain_name, names, key_algorithm, sealed_key,
             certificate, chain, is_exported, idempotency_token, tags, created_at, issued_at, renewed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
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

pub(super) async fn delete(connection: &mut SqliteConnection, arn: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM managed_certificates WHERE account = ?1 AND arn = ?2";
    resources::delete(connection, sql, arn).await
}

pub(super) async fn load(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<ManagedCertificate>, Failure> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT arn, authority_arn, domain_name, names, key_algorithm, sealed_key, certificate, chain, is_exported,
             idempotency_token, tags, created_at, issued_at, renewed_at
         FROM managed_certificates WHERE account = ?1 ORDER BY arn",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}

impl Row {
    pub(crate) fn parse(self, account: &AccountId) -> Result<ManagedCertificate, Failure> {
        let renewed = self.renewed_at;
        Ok(ManagedCertificate {
            account: account.clone(),
            key_algorithm: CertificateKeyAlgorithm::parse(&self.key_algorithm)
                .ok_or_else(|| TABLE.unknown("key_algorithm", &self.key_algorithm))?,
            origin: match self.authority_arn {
                Some(arn) => CertificateOrigin::Private(arn),
                None => CertificateOrigin::Imported,
            },
            names: TABLE.list("names", &self.names)?,
            tags: TABLE.list("tags", &self.tags)?,
            created_at: TABLE.timestamp("created_at", self.created_at)?,
            issued_at: TABLE.timestamp("issued_at", self.issued_at)?,
            renewed_at: renewed
                .map(|renewed| TABLE.timestamp("renewed_at", renewed))
                .transpose()?,
            arn: self.arn,
            domain_name: self.domain_name,
            sealed_key: self.sealed_key,
            certificate: self.certificate,
            chain: self.chain,
            is_exported: self.is_exported,
            idempotency_token: self.idempotency_token,
        })
    }
}
