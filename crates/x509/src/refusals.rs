//! A certificate in, everything that the rules hold against it out: what a holder can know before the service judges. The
//! helper's `doctor` and the console call it.

use jiff::Timestamp;

use crate::certificate_signature::is_signed_by;
use crate::inspect::Certificate;
use crate::parse::ParsedCertificate;
use crate::reason::{Reason, Refusal};
use crate::rules;

/// All that speaks against the certificate as the end-entity certificate of a request at this moment, in the order in which the
/// service looks at it. What its path or a revocation list says is not looked at.
#[must_use]
pub fn leaf_refusals(certificate: &Certificate, at: Timestamp) -> Vec<Refusal> {
    read(certificate, |parsed| rules::leaf_refusals(parsed, at))
}

/// The first of [`leaf_refusals`], of a certificate in DER: what the authority asks before it signs.
#[must_use]
pub fn first_leaf_refusal(der: &[u8], at: Timestamp) -> Option<Refusal> {
    match ParsedCertificate::parse(der) {
        Ok(parsed) => rules::check_leaf(&parsed, at).err(),
        Err(detail) => Some(Refusal::new(Reason::CertificateMalformed, detail)),
    }
}

/// As [`leaf_refusals`], of a certificate between an end-entity certificate and a trust anchor.
#[must_use]
pub fn intermediate_refusals(certificate: &Certificate, at: Timestamp) -> Vec<Refusal> {
    read(certificate, |parsed| {
        rules::intermediate_refusals(parsed, at)
    })
}

/// All that speaks against the certificate as one of a trust anchor at this moment. Each refuses the making of the anchor, but
/// for [`Reason::AnchorExpired`] and [`Reason::AnchorNotYetValid`]: with these it is made, and trusts nobody.
#[must_use]
pub fn anchor_refusals(certificate: &Certificate, at: Timestamp) -> Vec<Refusal> {
    read(certificate, |parsed| rules::anchor_refusals(parsed, at))
}

fn read(
    certificate: &Certificate,
    refusals: impl FnOnce(&ParsedCertificate<'_>) -> Vec<Refusal>,
) -> Vec<Refusal> {
    match ParsedCertificate::parse(certificate.der()) {
        Ok(parsed) => refusals(&parsed),
        Err(detail) => vec![Refusal::new(Reason::CertificateMalformed, detail)],
    }
}

/// Whether the issuer's name is the one that the certificate says, and its key signed the certificate.
#[must_use]
pub fn is_issued_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    let is_named = certificate.summary().issuer == issuer.summary().subject;
    is_named
        && ParsedCertificate::parse(certificate.der()).is_ok_and(|parsed| {
            let algorithm = parsed.signature_algorithm.content;
            is_signed_by(
                issuer.public_key_der(),
                algorithm,
                parsed.signed,
                parsed.signature,
            )
        })
}
