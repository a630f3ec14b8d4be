//! Columns of join tokens and of what came of them, to the domain's rows and back: the same in both engines.

use anyrole_domain::AccountId;
use anyrole_domain::enrolment::{
    Before, CertificateLine, EnrolledCertificate, JoinToken, NamePolicy,
};

use crate::columns::Table;
use crate::failure::Failure;

pub(crate) const TOKENS: Table = Table("join_tokens");
const ENROLMENTS: Table = Table("enrolments");

/// How long a claim is kept that nothing came of, in microseconds: 7 days.
pub(crate) const UNFINISHED_KEPT: i64 = 7 * 24 * 60 * 60 * 1_000_000;

/// Id, hash, authority, policy, certificate's seconds, when and by whom it was made, its end, most uses, uses, description.
pub(crate) type TokenColumns = (
    String,
    Vec<u8>,
    String,
    String,
    i64,
    i64,
    String,
    i64,
    i64,
    i64,
    String,
);

pub(crate) fn token(account: &AccountId, row: TokenColumns) -> Result<JoinToken, Failure> {
    let (
        id,
        secret_sha256,
        authority_arn,
        policy,
        certificate_seconds,
        created_at,
        created_by,
        expires_at,
        max_uses,
        uses,
        description,
    ) = row;
    Ok(JoinToken {
        account: account.clone(),
        id,
        secret_sha256: TOKENS.sha256("secret_sha256", secret_sha256)?,
        authority_arn,
        policy: TOKENS.value::<NamePolicy>("policy", &policy)?,
        certificate_seconds: TOKENS.number("certificate_seconds", certificate_seconds)?,
        created_at: TOKENS.timestamp("created_at", created_at)?,
        created_by,
        expires_at: TOKENS.timestamp("expires_at", expires_at)?,
        max_uses: TOKENS.number("max_uses", max_uses)?,
        uses: TOKENS.number("uses", uses)?,
        description,
    })
}

pub(crate) fn policy_json(token: &JoinToken) -> Result<String, Failure> {
    to_json(&token.policy)
}

pub(crate) fn line_json(issued: &EnrolledCertificate) -> Result<String, Failure> {
    to_json(&issued.line)
}

fn to_json(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::Sql(sqlx::Error::Encode(error.into())))
}

/// When its newest proof was made, when it was claimed last, and what came of it: certificate and line.
pub(crate) type BeforeColumns = (i64, i64, Option<Vec<u8>>, Option<String>);

pub(crate) fn before(
    (proved_at, claimed_at, certificate, line): BeforeColumns,
) -> Result<Before, Failure> {
    Ok(Before {
        proved_at: ENROLMENTS.timestamp("proved_at", proved_at)?,
        claimed_at: ENROLMENTS.timestamp("claimed_at", claimed_at)?,
        issued: enrolled(certificate, line)?,
    })
}

/// `None` while it is issued.
pub(crate) fn enrolled(
    certificate: Option<Vec<u8>>,
    line: Option<String>,
) -> Result<Option<EnrolledCertificate>, Failure> {
    let (Some(der), Some(line)) = (certificate, line) else {
        return Ok(None);
    };
    let line = ENROLMENTS.value::<CertificateLine>("line", &line)?;
    Ok(Some(EnrolledCertificate { line, der }))
}
