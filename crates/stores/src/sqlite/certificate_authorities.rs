//! Rows of certificate authorities.

use anyrole_domain::AccountId;
use anyrole_domain::certificate_authorities::{
    AuthorityKind, AuthorityStatus, CertificateAuthority, StoredKey, UsageMode,
};
use sqlx::SqliteConnection;

use super::resources;
use crate::columns::{Table, json, json_value, micros};
use crate::failure::Failure;

const TABLE: Table = Table("certificate_authorities");

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    arn: String,
    id: String,
    kind: String,
    status: String,
    configuration: String,
    usage_mode: String,
    key_storage_standard: String,
    revocation: String,
    sealed_key: Option<Vec<u8>>,
    token_uri: Option<String>,
    public_key: Vec<u8>,
    csr: String,
    certificate: Option<String>,
    certificate_chain: Option<String>,
    idempotency_token: Option<String>,
    permissions: String,
    policy: Option<String>,
    tags: String,
    created_at: i64,
    state_changed_at: i64,
    restorable_until: Option<i64>,
}

pub(super) async fn put(
    connection: &mut SqliteConnection,
    row: &CertificateAuthority,
) -> Result<(), Failure> {
    let (sealed_key, token_uri) = key_columns(row);
    sqlx::query(
        "INSERT INTO certificate_authorities (account, arn, id, kind, status, configuration, usage_mode,
             key_storage_standard, revocation, sealed_key, token_uri, public_key, csr, certificate, certificate_chain,
             idempotency_token, permissions, policy, tags, created_at, state_changed_at, restorable_until)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)
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

pub(crate) fn key_columns(row: &CertificateAuthority) -> (Option<&[u8]>, Option<&str>) {
    match &row.key {
        StoredKey::Sealed(sealed) => (Some(sealed), None),
        StoredKey::Token(uri) => (None, Some(uri)),
    }
}

pub(super) async fn delete(connection: &mut SqliteConnection, arn: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM certificate_authorities WHERE account = ?1 AND arn = ?2";
    resources::delete(connection, sql, arn).await
}

pub(super) async fn load(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<CertificateAuthority>, Failure> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT arn, id, kind, status, configuration, usage_mode, key_storage_standard, revocation, sealed_key, token_uri,
             public_key, csr, certificate, certificate_chain, idempotency_token, permissions, policy, tags, created_at,
             state_changed_at, restorable_until
         FROM certificate_authorities WHERE account = ?1 ORDER BY arn",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}

impl Row {
    pub(crate) fn parse(self, account: &AccountId) -> Result<CertificateAuthority, Failure> {
        let unknown = |column, value: &str| TABLE.unknown(column, value);
        let key = match (self.sealed_key, self.token_uri) {
            (Some(sealed), None) => StoredKey::Sealed(sealed),
            (None, Some(uri)) => StoredKey::Token(uri),
            _ => return Err(unknown("sealed_key", "both or none")),
        };
        let until = self.restorable_until;
        Ok(CertificateAuthority {
            account: account.clone(),
            kind: AuthorityKind::parse(&self.kind).ok_or_else(|| unknown("kind", &self.kind))?,
            status: AuthorityStatus::parse(&self.status)
                .ok_or_else(|| unknown("status", &self.status))?,
            configuration: TABLE.value("configuration", &self.configuration)?,
            usage_mode: UsageMode::parse(&self.usage_mode)
                .ok_or_else(|| unknown("usage_mode", &self.usage_mode))?,
            revocation: TABLE.value("revocation", &self.revocation)?,
            permissions: TABLE.list("permissions", &self.permissions)?,
            tags: TABLE.list("tags", &self.tags)?,
            created_at: TABLE.timestamp("created_at", self.created_at)?,
            state_changed_at: TABLE.timestamp("state_changed_at", self.state_changed_at)?,
            restorable_until: until
                .map(|until| TABLE.timestamp("restorable_until", until))
                .transpose()?,
            arn: self.arn,
            id: self.id,
            key_storage_standard: self.key_storage_standard,
            key,
            public_key_der: self.public_key,
            csr: self.csr,
            certificate: self.certificate,
            certificate_chain: self.certificate_chain,
            idempotency_token: self.idempotency_token,
            policy: self.policy,
        })
    }
}
