//! From a proved claim to a certificate, for first certificates and renewals alike: claimed, issued, kept, answered.

use anyrole_x509::sha256_fingerprint;
use jiff::SignedDuration;

use super::authority::{chain_pem, issue_to, usable_authority};
use super::claims::{CertificateLine, Claim, Decision, EnrolledCertificate};
use super::proof::ProvedKey;
use super::store::FinishedClaim;
use crate::audit::{AuditRecord, CertificateFacts};
use crate::call::Origin;
use crate::certificate_authorities::Asked;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;

/// Rows are kept for so long after the certificate has ended and its grace is over.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// A certificate and what is above it.
#[derive(Debug)]
pub struct Enrolled {
    /// The certificate.
    pub certificate: anyrole_x509::Certificate,
    /// PEM of those above it, but for the root.
    pub chain_pem: String,
}

/// What is told to who comes too late.
pub(super) struct Late {
    pub(super) reason: &'static str,
    pub(super) text: &'static str,
}

/// Claims, issues and keeps.
pub(super) async fn finish(
    site: &Site,
    asked: &Asked<'_>,
    claim: Claim,
    key: ProvedKey,
    line: CertificateLine,
    late: Late,
) -> Result<Enrolled, Refusal> {
    let entry = usable_authority(site, &line.authority_arn)?;
    let store = site.directory.store();
    let denied = |reason, text| Err(Refusal::new(Kind::AccessDenied, reason, text));
    match store.claim_enrolment(&claim).await? {
        Decision::Begin | Decision::Resume => {}
        Decision::Again(issued) => {
            let certificate = readable(&issued.der)?;
            record(site, asked, Some(&certificate), None).await?;
            return Ok(Enrolled {
                certificate,
                chain_pem: chain_pem(&entry),
            });
        }
        Decision::Replayed => {
            return denied(
                "enrolment-replayed",
                "This request was made before; sign a new one.",
            );
        }
        Decision::Busy => {
            return Err(Refusal::new(
                Kind::Unavailable,
                "enrolment-under-way",
                "A certificate for this key is being issued; try again in a moment.",
            ));
        }
        Decision::UsedUp => return denied(late.reason, late.text),
        Decision::Gone => {
            return denied("join-token-invalid", super::enroll::UNKNOWN_TOKEN);
        }
    }
    let issued = match issue_to(site, asked, &entry, &line, key.public_key_der).await {
        Ok(issued) => issued,
        Err(refusal) => {
            // Where this fails too, the same key can try again when the claim's time is over.
            store.release_enrolment(&claim).await?;
            return Err(refusal);
        }
    };
    let der = issued.row.certificate.to_vec();
    let certificate = readable(&der)?;
    let not_after = issued.row.not_after;
    let forget_at = not_after
        .checked_add(site.renewal_grace)
        .and_then(|at| at.checked_add(KEPT))
        .unwrap_or(jiff::Timestamp::MAX);
    store
        .finish_enrolment(&FinishedClaim {
            certificate_sha256: sha256_fingerprint(&der),
            issued: EnrolledCertificate { line, der },
            claim,
            forget_at,
        })
        .await?;
    Ok(Enrolled {
        certificate,
        chain_pem: chain_pem(&entry),
    })
}

pub(super) fn readable(der: &[u8]) -> Result<anyrole_x509::Certificate, Refusal> {
    anyrole_x509::Certificate::parse_der(der.to_vec())
        .map_err(|error| Refusal::internal(error.to_string()))
}

/// One record of an attempt that was refused, or answered once more; what is issued anew `certificate_authorities::issue` records.
pub(super) async fn record(
    site: &Site,
    asked: &Asked<'_>,
    certificate: Option<&anyrole_x509::Certificate>,
    refusal: Option<&Refusal>,
) -> Result<(), Refusal> {
    let mut record = AuditRecord::new(asked.event, asked.origin);
    record.caller = (!asked.who.is_empty()).then(|| asked.who.to_owned());
    record.certificate = certificate.map(|certificate| {
        let summary = certificate.summary();
        CertificateFacts {
            subject: summary.subject.to_string().into(),
            issuer: summary.issuer.to_string().into(),
            serial: summary.serial_hex.as_str().into(),
        }
    });
    if let Some(refusal) = refusal {
        record.refuse(refusal);
    }
    site.record(&record).await
}

/// The names by which the trail knows a request.
pub(super) fn asked<'a>(origin: &'a Origin, event: &'a str, who: &'a str) -> Asked<'a> {
    Asked {
        origin,
        call: None,
        event,
        who,
    }
}
