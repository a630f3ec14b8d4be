//! What is read of authorities and of their certificates: Describe, List, and the three Get operations.

use std::sync::Arc;

use super::access::{check_arn, readable};
use super::refusals::{deleted, no_certificate, wrong_state};
use super::{AuthorityEntry, AuthorityStatus, IssuedCertificate, PcaKind, parse_certificate_arn};
use crate::authorize::Target;
use crate::call::Call;
use crate::page::{Page, PageRequest};
use crate::refusal::Refusal;
use crate::site::Site;

/// The action that reads certificates.
pub(super) const GET_CERTIFICATE: &str = "acm-pca:GetCertificate";

/// A certificate with those above it, PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateWithChain {
    /// The certificate.
    pub certificate: String,
    /// Those above it, its issuer first; none for a root.
    pub chain: Option<String>,
}

/// An authority (API reference, DescribeCertificateAuthority).
pub fn describe_authority(
    site: &Site,
    call: &Call,
    arn: &str,
) -> Result<Arc<AuthorityEntry>, Refusal> {
    readable(site, call, "acm-pca:DescribeCertificateAuthority", arn)
}

/// Authorities in order of their ARNs (API reference, ListCertificateAuthorities); those of other accounts are none.
pub fn list_authorities(
    site: &Site,
    call: &Call,
    of_others: bool,
    request: &PageRequest,
) -> Result<Page<Arc<AuthorityEntry>>, Refusal> {
    site.authorize(call, "acm-pca:ListCertificateAuthorities", Target::any())?;
    let snapshot = site.directory.read();
    let rows = snapshot
        .certificate_authorities_after(&request.after)
        .filter(|entry| !of_others && !entry.row.is_gone(call.origin.now))
        .cloned();
    Ok(Page::take(rows, request.size, |entry| {
        entry.row.arn.clone()
    }))
}

/// The signing request of an authority (API reference, GetCertificateAuthorityCsr).
pub fn read_csr(site: &Site, call: &Call, arn: &str) -> Result<String, Refusal> {
    let entry = readable(site, call, "acm-pca:GetCertificateAuthorityCsr", arn)?;
    refuse_deleted(&entry)?;
    Ok(entry.row.csr.clone())
}

/// The certificate of an authority (API reference, GetCertificateAuthorityCertificate).
pub fn read_authority_certificate(
    site: &Site,
    call: &Call,
    arn: &str,
) -> Result<CertificateWithChain, Refusal> {
    let action = "acm-pca:GetCertificateAuthorityCertificate";
    let entry = readable(site, call, action, arn)?;
    refuse_deleted(&entry)?;
    match &entry.row.certificate {
        Some(certificate) => Ok(CertificateWithChain {
            certificate: certificate.clone(),
            chain: entry.row.certificate_chain.clone(),
        }),
        None => Err(wrong_state(
            "The certificate authority is in state PENDING_CERTIFICATE: it has no certificate yet.",
        )),
    }
}

/// A certificate that an authority has issued (API reference, GetCertificate). Certificates are there as soon as their ARN was answered.
pub async fn read_certificate(
    site: &Site,
    call: &Call,
    authority_arn: &str,
    certificate_arn: &str,
) -> Result<CertificateWithChain, Refusal> {
    let (entry, issued) = recorded(site, call, authority_arn, certificate_arn).await?;
    Ok(CertificateWithChain {
        certificate: anyrole_ca::render_certificate(&issued.certificate)
            .map_err(|error| Refusal::internal(error.to_string()))?,
        chain: chain_of(&entry, &issued.certificate),
    })
}

/// The record of a certificate with its authority, for who may read it.
pub(super) async fn recorded(
    site: &Site,
    call: &Call,
    authority_arn: &str,
    certificate_arn: &str,
) -> Result<(Arc<AuthorityEntry>, Arc<IssuedCertificate>), Refusal> {
    let entry = readable(site, call, GET_CERTIFICATE, authority_arn)?;
    refuse_deleted(&entry)?;
    let parsed = parse_certificate_arn(certificate_arn);
    let (of, serial) = parsed.ok_or_else(|| invalid_arn(certificate_arn))?;
    check_arn(of)?;
    if of != authority_arn {
        return Err(no_certificate(certificate_arn));
    }
    let issued = site.issued_certificate(&entry, &serial).await?;
    let issued = issued.ok_or_else(|| no_certificate(certificate_arn))?;
    Ok((entry, issued))
}

fn invalid_arn(arn: &str) -> Refusal {
    PcaKind::InvalidArn.refusal(
        "invalid-arn",
        format!(
            "The ARN {} is not the ARN of a certificate.",
            crate::names::printable(arn)
        ),
    )
}

/// The authority's own certificate and those above; a root's own has none above it.
pub fn chain_of(entry: &AuthorityEntry, certificate: &[u8]) -> Option<String> {
    let own = entry.row.certificate.as_ref()?;
    let is_own = entry.certificate.as_ref().map(|own| own.der()) == Some(certificate);
    if is_own {
        return entry.row.certificate_chain.clone();
    }
    if entry.row.public_key_of(certificate) {
        // A root's certificate that is not imported, or not any more.
        return None;
    }
    let above = entry.row.certificate_chain.as_deref().unwrap_or_default();
    Some([own.as_str(), above].concat())
}

pub(super) fn refuse_deleted(entry: &AuthorityEntry) -> Result<(), Refusal> {
    match entry.row.status {
        AuthorityStatus::Deleted => Err(deleted()),
        _ => Ok(()),
    }
}
