//! The next certificate: the present one with its key's signature over the request, and the key of the next one, enter; a
//! certificate of the same names and lifetime, or a refusal, leaves. Each leaves one audit record.
//!
//! A certificate is renewed once: by the same key as often as answers are lost, by another key never. So a copy of the key that
//! renews first is found out when the machine itself comes, and the machine's own request is in the trail.

use anyrole_x509::{Certificate, verify_request_signature};

use super::authority::is_revoked;
use super::claims::{Claim, EnrolledCertificate, Right};
use super::finish::{Enrolled, Late, asked, finish, record};
use super::proof::UnverifiedProof;
use crate::call::Origin;
use crate::certificate_authorities::certificate_arn;
use crate::operations::RateClass;
use crate::refusal::{Kind, Refusal};
use crate::sessions::PresentedSignature;
use crate::site::Site;

/// What the audit trail calls it.
const EVENT: &str = "anyrole:Renew";

/// A request as it was decoded; nothing in it is proved.
#[derive(Debug)]
pub struct UnverifiedRenewal {
    /// The present certificate, DER.
    pub certificate_der: Vec<u8>,
    /// The signature over the request with what it signs, or why the door does not accept it.
    pub signature: Result<PresentedSignature, Refusal>,
    /// Whose certificate the next one is.
    pub proof: UnverifiedProof,
}

/// Judges one request, which may also be what the door could not read.
///
/// # Errors
/// Why there is no certificate; the audit trail has it.
pub async fn renew(
    site: &Site,
    origin: &Origin,
    unverified: Result<UnverifiedRenewal, Refusal>,
) -> Result<Enrolled, Refusal> {
    let (mut who, mut present) = (String::new(), None);
    let outcome = attempt(site, origin, unverified, &mut who, &mut present).await;
    if let Err(refusal) = &outcome {
        let asked = asked(origin, EVENT, &who);
        record(site, &asked, present.as_ref(), Some(refusal)).await?;
    }
    outcome
}

async fn attempt(
    site: &Site,
    origin: &Origin,
    unverified: Result<UnverifiedRenewal, Refusal>,
    who: &mut String,
    present: &mut Option<Certificate>,
) -> Result<Enrolled, Refusal> {
    let unverified = unverified?;
    let seen = site.directory.confirm().await?;
    let certificate = Certificate::parse_der(unverified.certificate_der.clone())
        .map_err(|error| Refusal::validation(error.to_string()))?;
    let certificate = present.insert(certificate);
    let sha256 = certificate.summary().sha256_fingerprint;
    let store = site.directory.store();
    let enrolled = store
        .read_enrolled(&site.account().id, &sha256)
        .await
        .map_err(Refusal::unreadable)?
        .ok_or_else(|| denied("certificate-not-enrolled", "This certificate was not enrolled here, or has ended long ago; enroll with a join token (`anyrole enroll`)."))?;
    verify_signature(certificate, unverified.signature)?;
    site.rates.admit(RateClass::Renewal, origin.now)?;
    let serial = serial(certificate)?;
    *who = certificate_arn(&enrolled.line.authority_arn, &serial);
    check_standing(site, origin, certificate, &enrolled, &serial)?;
    let key = unverified.proof.verify(origin.now)?;
    let claim = Claim {
        account: site.account().id.clone(),
        right: Right::Certificate(sha256),
        key_sha256: key.sha256,
        proved_at: key.at,
        now: origin.now,
    };
    let late = Late {
        reason: "certificate-renewed-already",
        text: "This certificate was renewed already, for another key: use that one, or enroll anew with a join token. If nobody of yours did, the key is in wrong hands: revoke both.",
    };
    let asked = asked(origin, EVENT, who);
    let next = finish(site, &asked, claim, key, enrolled.line, late).await?;
    // What was decided on a state that is too old does not leave; the same key may ask for it again.
    site.directory.reconfirm(seen).await?;
    Ok(next)
}

/// By the rules of CreateSession's signature.
fn verify_signature(
    certificate: &Certificate,
    presented: Result<PresentedSignature, Refusal>,
) -> Result<(), Refusal> {
    let presented = presented?;
    let wrong = |reason, private: String| {
        Refusal::new(Kind::AccessDenied, reason, "Invalid signature").with_private(private)
    };
    let serial = &certificate.summary().serial_decimal;
    if presented.serial != *serial {
        return Err(wrong(
            "serial-mismatch",
            format!(
                "the credential names serial {}, the certificate has {serial}",
                presented.serial
            ),
        ));
    }
    verify_request_signature(
        certificate.public_key_der(),
        Some(presented.algorithm),
        &presented.string_to_sign,
        &presented.signature,
    )
    .map_err(|refusal| wrong(refusal.reason.code(), refusal.detail))
}

fn check_standing(
    site: &Site,
    origin: &Origin,
    certificate: &Certificate,
    enrolled: &EnrolledCertificate,
    serial: &[u8; 16],
) -> Result<(), Refusal> {
    if is_revoked(site, &enrolled.line.authority_arn, serial) {
        return Err(denied(
            "certificate-revoked",
            "The certificate is revoked; enroll anew with a join token.",
        ));
    }
    let summary = certificate.summary();
    if origin.now < summary.not_before {
        return Err(denied(
            "certificate-not-yet-valid",
            "The certificate is not valid yet: set the clock right.",
        ));
    }
    let ended = origin.now.duration_since(summary.not_after);
    if ended > site.renewal_grace {
        let text = if site.renewal_grace.is_zero() {
            "The certificate has expired; enroll anew with a join token (`anyrole enroll --force`), or have the operator set --renew-after-expiry."
        } else {
            "The certificate expired longer ago than the server's --renew-after-expiry; enroll anew with a join token (`anyrole enroll --force`)."
        };
        return Err(denied("certificate-expired", text));
    }
    Ok(())
}

/// As `certificate_authorities` has it: 16 octets.
fn serial(certificate: &Certificate) -> Result<[u8; 16], Refusal> {
    let number = u128::from_str_radix(&certificate.summary().serial_hex, 16);
    let number = number.map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(number.to_be_bytes())
}

fn denied(reason: &'static str, text: &'static str) -> Refusal {
    Refusal::new(Kind::AccessDenied, reason, text)
}
