//! ImportCertificateAuthorityCertificate: the certificate that an authority has waited for, or its next one. It must be of the authority's
//! key, let it issue, and lead to a root by the chain that comes with it.

use anyrole_x509::{Certificate, is_issued_by};
use jiff::Timestamp;

use super::change::rewrite;
use super::refusals::deleted;
use super::{AuthorityKind, AuthorityStatus, CertificateAuthority, PcaKind};
use crate::authorize::Target;
use crate::call::Call;
use crate::refusal::Refusal;
use crate::site::Site;

/// The most certificates above an authority's own.
const MAX_CHAIN: usize = 10;

/// Takes a certificate and those above it, PEM.
pub async fn import_authority_certificate(
    site: &Site,
    call: &Call,
    arn: &str,
    certificate: &[u8],
    chain: Option<&[u8]>,
) -> Result<(), Refusal> {
    let own = one(certificate)?;
    let above = chain
        .filter(|chain| !chain.is_empty())
        .map(many)
        .transpose()?;
    let above = above.unwrap_or_default();
    let (action, now) = (
        "acm-pca:ImportCertificateAuthorityCertificate",
        call.origin.now,
    );
    rewrite(site, call, action, Target::any(), arn, |row, _| {
        if row.status == AuthorityStatus::Deleted {
            return Err(deleted());
        }
        check(row, &own, &above, now)?;
        row.certificate = Some(own.render_pem());
        let chain: String = above.iter().map(Certificate::render_pem).collect();
        row.certificate_chain = (!chain.is_empty()).then_some(chain);
        if row.status != AuthorityStatus::Disabled {
            row.move_to(AuthorityStatus::Active, now);
        }
        Ok(())
    })
    .await
}

fn malformed(detail: impl Into<String>) -> Refusal {
    PcaKind::MalformedCertificate.refusal("malformed-certificate", detail)
}

fn mismatch(detail: impl Into<String>) -> Refusal {
    PcaKind::CertificateMismatch.refusal("certificate-mismatch", detail)
}

fn one(pem: &[u8]) -> Result<Certificate, Refusal> {
    let mut all = many(pem)?;
    match (all.pop(), all.is_empty()) {
        (Some(certificate), true) => Ok(certificate),
        _ => Err(malformed(
            "Certificate must hold one certificate; those above it belong into CertificateChain.",
        )),
    }
}

fn many(pem: &[u8]) -> Result<Vec<Certificate>, Refusal> {
    let text = std::str::from_utf8(pem).map_err(|_| malformed("A certificate is not PEM."))?;
    let all = Certificate::parse_pem_bundle(text);
    let all = all.map_err(|error| malformed(error.to_string()))?;
    if all.len() > MAX_CHAIN {
        return Err(malformed(format!(
            "The chain has more than {MAX_CHAIN} certificates."
        )));
    }
    Ok(all)
}

fn check(
    row: &CertificateAuthority,
    own: &Certificate,
    above: &[Certificate],
    now: Timestamp,
) -> Result<(), Refusal> {
    if own.public_key_der() != row.public_key_der {
        return Err(mismatch(
            "The certificate is not of the public key in the certificate authority's signing request.",
        ));
    }
    check_authority(own, 0, now)?;
    match row.kind {
        AuthorityKind::Root if !above.is_empty() => {
            return Err(PcaKind::InvalidRequest.refusal(
                "chain-of-a-root",
                "A root certificate authority takes no certificate chain.",
            ));
        }
        AuthorityKind::Root if !is_issued_by(own, own) => {
            return Err(mismatch(
                "The certificate of a root certificate authority must be signed with its own key.",
            ));
        }
        AuthorityKind::Root => return Ok(()),
        AuthorityKind::Subordinate => {}
    }
    let Some(last) = above.last() else {
        return Err(PcaKind::InvalidRequest.refusal(
            "no-chain",
            "A subordinate certificate authority needs the certificate chain above it.",
        ));
    };
    let below = std::iter::once(own).chain(above);
    for (authorities_below, (issuer, certificate)) in above.iter().zip(below).enumerate() {
        if !is_issued_by(certificate, issuer) {
            return Err(mismatch(format!(
                "The certificate of `{}` was not issued by `{}`, the next one of the chain.",
                certificate.summary().subject,
                issuer.summary().subject
            )));
        }
        check_authority(issuer, authorities_below + 1, now)?;
    }
    if !is_issued_by(last, last) {
        return Err(mismatch(
            "The certificate chain does not end with a root certificate.",
        ));
    }
    Ok(())
}

/// Whether a certificate lets its holder issue, with so many authorities below it (RFC 5280 section 6.1.4).
fn check_authority(
    certificate: &Certificate,
    authorities_below: usize,
    now: Timestamp,
) -> Result<(), Refusal> {
    let summary = certificate.summary();
    let subject = &summary.subject;
    let constraints = summary
        .basic_constraints
        .filter(|constraints| constraints.ca);
    let Some(constraints) = constraints else {
        return Err(mismatch(format!(
            "The certificate of `{subject}` is not a certificate authority's: its basic constraints do not say CA:TRUE."
        )));
    };
    let may_sign = summary
        .key_usage
        .as_ref()
        .is_none_or(|usages| usages.contains(&"keyCertSign"));
    if !may_sign {
        return Err(mismatch(format!(
            "The key usage of the certificate of `{subject}` lacks keyCertSign."
        )));
    }
    let allows = constraints
        .path_length
        .is_none_or(|most| usize::try_from(most).is_ok_and(|most| authorities_below <= most));
    if !allows {
        return Err(mismatch(format!(
            "The path length of the certificate of `{subject}` does not allow the certificate authorities below it."
        )));
    }
    if now > summary.not_after || now < summary.not_before {
        return Err(mismatch(format!(
            "The certificate of `{subject}` is valid from {} to {} only.",
            summary.not_before, summary.not_after
        )));
    }
    Ok(())
}
