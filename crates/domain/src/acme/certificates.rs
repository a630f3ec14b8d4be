//! Certificates of ACME: read (RFC 8555, 7.4.2) and revoked (7.6), by the account that got one, by its key, or by an account that
//! has proved all of its names.

use anyrole_jwt::Jwk;
use anyrole_x509::Certificate;
use base64_simd::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::Deserialize;

use super::authority;
use super::identifier::Identifier;
use super::model::{AcmeCertificate, Authorization, Status};
use super::problem::{Problem, malformed, missing, refused, unauthorized};
use super::signed::{Posted, Signed, Signer};
use super::store::{AcmeKey, Kept, find, read, write};
use crate::refusal::{AcmeKind, Refusal};
use crate::site::Site;

/// A certificate and what leads to its root, DER, the leaf first.
pub async fn certificate(site: &Site, signed: &Signed, id: &str) -> Result<Vec<Vec<u8>>, Problem> {
    signed.check_reading()?;
    let row: Option<Kept<AcmeCertificate>> = read(site, AcmeKey::Certificate, id).await?;
    let row = row.ok_or_else(|| missing("certificate"))?;
    if row.row.parent != signed.account()?.id() {
        return Err(unauthorized(
            "acme-other-account",
            "The certificate is another account's.",
        )
        .into());
    }
    let all = std::iter::once(&row.value.certificate).chain(&row.value.chain);
    let decoded = all.map(|text| STANDARD.decode_to_vec(text));
    decoded
        .collect::<Result<_, _>>()
        .map_err(|error| Refusal::internal(error.to_string()).into())
}

#[derive(Deserialize)]
struct Revoke {
    certificate: String,
    reason: Option<u8>,
}

/// Revokes a certificate of this CA.
pub async fn revoke(site: &Site, posted: &Posted<'_>, signed: &Signed) -> Result<(), Problem> {
    let asked: Revoke = signed.payload()?;
    let der = URL_SAFE_NO_PAD
        .decode_to_vec(asked.certificate.trim_end_matches('='))
        .map_err(|_| malformed("`certificate` is DER in base64url."))?;
    let reason = asked.reason.unwrap_or(0);
    // Those of RFC 5280, 5.3.1 that say something of an end entity's certificate, for good.
    if !matches!(reason, 0 | 1 | 3 | 4 | 5 | 9) {
        return Err(refused(
            AcmeKind::BadRevocationReason,
            "acme-revocation-reason",
            "The reason is one of 0, 1, 3, 4, 5 and 9.",
        )
        .into());
    }
    let unknown = || malformed("This is no certificate that this server has issued over ACME.");
    let serial = authority::serial_of(&der).ok_or_else(unknown)?;
    let id = authority::certificate_id(posted.service, &serial);
    let row: Option<Kept<AcmeCertificate>> = read(site, AcmeKey::Certificate, &id).await?;
    let mut row = row
        .filter(|row| row.value.certificate == STANDARD.encode_to_string(&der))
        .ok_or_else(unknown)?;
    let now = posted.origin.now;
    check_right(site, signed, &row, &der, now).await?;
    if row.value.revoked_at.is_some() {
        return Err(refused(
            AcmeKind::AlreadyRevoked,
            "acme-already-revoked",
            "The certificate is revoked already.",
        )
        .into());
    }
    let by = signed.account_id();
    authority::revoke(site, posted, by, &signed.service.value, &serial, reason).await?;
    row.value.revoked_at = Some(now);
    // It is revoked; that this row says so only serves renewal information and a clear answer to a second try.
    write(site, &[row.put()?]).await?;
    Ok(())
}

/// Who may revoke (RFC 8555, 7.6).
async fn check_right(
    site: &Site,
    signed: &Signed,
    row: &Kept<AcmeCertificate>,
    der: &[u8],
    now: Timestamp,
) -> Result<(), Problem> {
    let foreign = || {
        unauthorized(
            "acme-may-not-revoke",
            "Neither the certificate's account nor its key has signed, nor an account that has proved its names.",
        )
    };
    match &signed.signer {
        Signer::Key(key) => {
            if !is_key_of(key, der) {
                return Err(foreign().into());
            }
        }
        Signer::Account(account) if account.id() == row.row.parent => {}
        Signer::Account(account) => {
            for name in &row.value.identifiers {
                if !has_proved(site, account.id(), name, now).await? {
                    return Err(foreign().into());
                }
            }
        }
    }
    Ok(())
}

fn is_key_of(key: &Jwk, certificate: &[u8]) -> bool {
    Certificate::parse_der(certificate.to_vec())
        .is_ok_and(|own| own.public_key_der() == key.to_spki_der())
}

async fn has_proved(
    site: &Site,
    account: &str,
    name: &Identifier,
    now: Timestamp,
) -> Result<bool, Refusal> {
    let lookup = format!("{account}/{}:{name}", name.kind());
    let proof: Option<Kept<Authorization>> = find(site, AcmeKey::Authorization, &lookup).await?;
    Ok(proof.is_some_and(|proof| proof.value.status_at(now) == Status::Valid))
}
