//! Revoking: the one function that every way of revoking goes by. What it has stored is in the next snapshot, and so in force for
//! CreateSession, revocation lists and OCSP before it returns.

use std::sync::Arc;

use jiff::Timestamp;

use super::access::{authorized, readable};
use super::issue::{Asked, record_certificate};
use super::refusals::{no_authority, no_certificate};
use super::{AuthorityEntry, AuthorityKind, AuthorityStatus, PcaKind};
use crate::account::AccountId;
use crate::authorize::Target;
use crate::call::Call;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::{Change, Snapshot};

/// Why a certificate was revoked (Private CA API reference, RevocationReason; RFC 5280 section 5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationReason {
    /// Nothing is said.
    Unspecified,
    /// Others may have the key.
    KeyCompromise,
    /// Others may have the authority's key.
    AuthorityCompromise,
    /// The holder's name has changed.
    AffiliationChanged,
    /// Another certificate takes its place.
    Superseded,
    /// It is not needed any more.
    CessationOfOperation,
    /// The holder may do less.
    PrivilegeWithdrawn,
    /// Others may have the key of an attribute authority.
    AttributeAuthorityCompromise,
}

impl RevocationReason {
    const ALL: [(Self, &'static str, u8); 8] = [
        (Self::Unspecified, "UNSPECIFIED", 0),
        (Self::KeyCompromise, "KEY_COMPROMISE", 1),
        (
            Self::AuthorityCompromise,
            "CERTIFICATE_AUTHORITY_COMPROMISE",
            2,
        ),
        (Self::AffiliationChanged, "AFFILIATION_CHANGED", 3),
        (Self::Superseded, "SUPERSEDED", 4),
        (Self::CessationOfOperation, "CESSATION_OF_OPERATION", 5),
        (Self::PrivilegeWithdrawn, "PRIVILEGE_WITHDRAWN", 9),
        (Self::AttributeAuthorityCompromise, "A_A_COMPROMISE", 10),
    ];

    /// As the API and the rows have it.
    pub fn as_str(self) -> &'static str {
        let found = Self::ALL.iter().find(|(reason, ..)| *reason == self);
        found.map_or("UNSPECIFIED", |(_, name, _)| name)
    }

    /// What `as_str` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, name, _)| *name == text);
        found.map(|(reason, ..)| *reason)
    }

    /// CRLReason's number (RFC 5280 section 5.3.1).
    pub fn code(self) -> u8 {
        let found = Self::ALL.iter().find(|(reason, ..)| *reason == self);
        found.map_or(0, |(_, _, code)| *code)
    }

    /// The reason of a CRLReason's number, as ACME has it (RFC 8555 section 7.6).
    pub fn from_code(code: u8) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, _, known)| *known == code);
        found.map(|(reason, ..)| *reason)
    }
}

/// A revocation as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedCertificate {
    /// The account of the authority.
    pub account: AccountId,
    /// The certificate's ARN: the authority's, and the serial number.
    pub certificate_arn: String,
    /// SHA-256 of the certificate: what its sessions carry.
    pub certificate_sha256: [u8; 32],
    /// Why.
    pub reason: RevocationReason,
    /// The last second of the certificate's validity: it need not be in lists for long after that.
    pub not_after: Timestamp,
    /// When it was revoked.
    pub revoked_at: Timestamp,
}

/// Revokes a certificate of an authority, once. Where a caller's policies decide (`asked.call`), they decide by the very state that is
/// changed; another front end (ACME) has its own proof before. What is refused here is the caller's to record, what is revoked is in the
/// audit trail when this returns.
pub async fn revoke(
    site: &Site,
    asked: &Asked<'_>,
    entry: &Arc<AuthorityEntry>,
    serial: &[u8; 16],
    reason: RevocationReason,
) -> Result<Arc<RevokedCertificate>, Refusal> {
    let arn = entry.row.certificate_arn(serial);
    let found = site.issued_certificate(entry, serial).await?;
    let issued = found.ok_or_else(|| no_certificate(&arn))?;
    let row = Arc::new(RevokedCertificate {
        account: entry.row.account.clone(),
        certificate_arn: arn.clone(),
        certificate_sha256: anyrole_x509::sha256_fingerprint(&issued.certificate),
        reason,
        not_after: issued.not_after,
        revoked_at: asked.origin.now,
    });
    site.directory
        .write(|snapshot| {
            if let Some(call) = asked.call {
                let arn = &entry.row.arn;
                authorized(site, call, snapshot, REVOKE_CERTIFICATE, Target::any(), arn)?;
            }
            check(snapshot, asked, &entry.row.arn, serial, &issued.certificate)?;
            Ok((vec![Change::PutRevocation(row.clone())], ()))
        })
        .await?;
    record_certificate(site, asked, &arn, &issued).await?;
    Ok(row)
}

/// Revokes a certificate by the serial number that a caller gives, in hex, with or without colons (Private CA API reference,
/// RevokeCertificate).
pub async fn revoke_certificate(
    site: &Site,
    call: &Call,
    authority_arn: &str,
    serial: &str,
    reason: RevocationReason,
) -> Result<Arc<RevokedCertificate>, Refusal> {
    let entry = readable(site, call, REVOKE_CERTIFICATE, authority_arn)?;
    let serial = parse_serial(serial).ok_or_else(|| {
        PcaKind::InvalidRequest.refusal(
            "invalid-serial",
            "The certificate's serial number is not one of this certificate authority: give it in hex.",
        )
    })?;
    let who = call.caller.arn(site.account());
    let asked = Asked {
        origin: &call.origin,
        call: Some(call),
        event: REVOKE_CERTIFICATE,
        who: &who,
    };
    revoke(site, &asked, &entry, &serial, reason).await
}

/// The action, which is the event in the audit trail, too.
pub const REVOKE_CERTIFICATE: &str = "acm-pca:RevokeCertificate";

fn parse_serial(text: &str) -> Option<[u8; 16]> {
    let digits: String = text.chars().filter(|character| *character != ':').collect();
    let is_hex = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let number = u128::from_str_radix(&digits, 16).ok().filter(|_| is_hex)?;
    Some(number.to_be_bytes())
}

fn check(
    snapshot: &Snapshot,
    asked: &Asked<'_>,
    authority_arn: &str,
    serial: &[u8; 16],
    certificate: &[u8],
) -> Result<(), Refusal> {
    let entry = snapshot
        .certificate_authority(authority_arn)
        .ok_or_else(|| no_authority(authority_arn))?;
    let status = entry.status(asked.origin.now);
    if matches!(
        status,
        AuthorityStatus::Deleted | AuthorityStatus::PendingCertificate
    ) {
        return Err(super::refusals::wrong_state(&format!(
            "The certificate authority is in state {}.",
            status.as_str()
        )));
    }
    let own = entry.certificate.as_ref().map(|own| own.der());
    if entry.row.kind == AuthorityKind::Root && own == Some(certificate) {
        return Err(PcaKind::InvalidRequest.refusal(
            "own-certificate",
            // AWS's words, up to the colon: Terraform passes over it by them.
            "Self-signed certificate can not be revoked: it is the certificate authority's own certificate.",
        ));
    }
    if snapshot.revocations_of(authority_arn).get(serial).is_some() {
        return Err(PcaKind::RequestAlreadyProcessed.refusal(
            "revoked-already",
            "The certificate has been revoked already.",
        ));
    }
    Ok(())
}
