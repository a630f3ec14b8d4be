//! The authority behind a join token: an ARN enters, the authority that issues leaves; names and a key enter, a certificate
//! leaves, recorded and in the audit trail.

use std::sync::Arc;

use anyrole_ca::{AlternativeName, CertificateOrder, CertificateProfile, Serial, Validity};
use jiff::{SignedDuration, Timestamp};

use super::claims::CertificateLine;
use crate::certificate_authorities::{
    Asked, AuthorityEntry, AuthorityStatus, IssueOrder, Issued, issue,
};
use crate::refusal::{Kind, Refusal};
use crate::site::Site;

/// What stands for a template in the records.
const TEMPLATE: &str = "enrolment";
/// Certificates begin somewhat earlier, for machines whose clocks are behind.
const EARLIER: SignedDuration = SignedDuration::from_mins(1);

/// The authority, if it can issue at present.
pub(super) fn usable_authority(site: &Site, arn: &str) -> Result<Arc<AuthorityEntry>, Refusal> {
    let snapshot = site.directory.read();
    let entry = snapshot.certificate_authority(arn).ok_or_else(|| {
        Refusal::not_found(format!(
            "There is no certificate authority `{}`.",
            crate::names::printable(arn)
        ))
    })?;
    let status = entry.status(site.clock.now());
    if status == AuthorityStatus::Active {
        return Ok(entry.clone());
    }
    Err(Refusal::new(
        Kind::InvalidInput,
        "authority-not-active",
        format!(
            "The certificate authority is in state {}, and issues nothing.",
            status.as_str()
        ),
    ))
}

/// SHA-256 of the authority's certificate.
pub(super) fn authority_sha256(entry: &AuthorityEntry) -> [u8; 32] {
    let certificate = entry.certificate.as_ref();
    certificate.map_or([0; 32], |own| own.summary().sha256_fingerprint)
}

/// Whether the authority has revoked this certificate.
pub(super) fn is_revoked(site: &Site, authority_arn: &str, serial: &[u8; 16]) -> bool {
    let snapshot = site.directory.read();
    snapshot.revocations_of(authority_arn).get(serial).is_some()
}

/// PEM of the authority's certificate, and of those above it but for the root.
pub(super) fn chain_pem(entry: &AuthorityEntry) -> String {
    let above = entry.chain.iter().filter(|certificate| {
        let summary = certificate.summary();
        summary.subject != summary.issuer
    });
    let own = entry.certificate.iter();
    own.chain(above)
        .map(anyrole_x509::Certificate::render_pem)
        .collect()
}

/// Issues a certificate for a client; it ends with its authority at the latest.
pub(super) async fn issue_to(
    site: &Site,
    asked: &Asked<'_>,
    entry: &Arc<AuthorityEntry>,
    line: &CertificateLine,
    public_key_der: Vec<u8>,
) -> Result<Issued, Refusal> {
    let refused = |error: anyrole_ca::CaError| {
        Refusal::new(Kind::Validation, "certificate-refused", error.to_string())
    };
    let subject = line.names.to_subject().map_err(refused)?;
    let alternative_names = line
        .names
        .names
        .iter()
        .map(|name| AlternativeName::parse(name));
    let alternative_names: Vec<_> = alternative_names
        .collect::<Result<_, _>>()
        .map_err(refused)?;
    let now = asked.origin.now;
    let life = SignedDuration::from_secs(line.certificate_seconds.into());
    let end = now
        .checked_add(life)
        .map_err(|error| Refusal::internal(error.to_string()))?;
    let end = end.min(entry.not_after().unwrap_or(Timestamp::MAX));
    let start = now.checked_sub(EARLIER).unwrap_or(now);
    let start = start.max(entry.not_before().unwrap_or(Timestamp::MIN));
    let validity = Validity::new(start, end).map_err(refused)?;
    let placeholder = Serial::from_random([0; 16]);
    let leaf = CertificateProfile::Leaf;
    let mut order = CertificateOrder::new(leaf, subject, validity, placeholder, public_key_der)
        .map_err(refused)?;
    order.shape.alternative_names = alternative_names;
    let order = IssueOrder {
        certificate: order,
        self_signed: false,
        template: TEMPLATE.to_owned(),
        repeatable: None,
    };
    issue(site, asked, entry, order).await
}
