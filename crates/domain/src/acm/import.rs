//! ImportCertificate: somebody else's certificate, its key and its chain enter, and are kept; with an ARN they replace what is there.

use std::sync::Arc;

use anyrole_keys::{FileKey, SigningKey as _};
use anyrole_x509::{Certificate, is_issued_by};
use zeroize::Zeroizing;

use super::read::authorized;
use super::{CertificateKeyAlgorithm, CertificateOrigin, ManagedCertificate, invalid, key};
use crate::authorize::Target;
use crate::call::Call;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::Change;
use crate::tags::{Tag, check_tags};

/// What ImportCertificate is given.
pub struct ImportCertificate {
    /// The ARN of the imported certificate that is to be replaced.
    pub arn: Option<String>,
    /// PEM.
    pub certificate: Vec<u8>,
    /// PEM, not encrypted.
    pub private_key: Zeroizing<Vec<u8>>,
    /// PEM.
    pub chain: Option<Vec<u8>>,
    /// Tags; not with an ARN.
    pub tags: Vec<Tag>,
}

/// Keeps it; answers its ARN (API reference, ImportCertificate).
pub async fn import_certificate(
    site: &Site,
    call: &Call,
    input: ImportCertificate,
) -> Result<String, Refusal> {
    let action = "acm:ImportCertificate";
    let target = Target::any().with_request_tags(&input.tags);
    match &input.arn {
        None => site.authorize(call, action, target)?,
        Some(arn) => {
            let snapshot = site.directory.read();
            let entry = authorized(site, call, &snapshot, action, target, arn)?;
            check_replaceable(&entry.row, &input.tags)?;
        }
    }
    check_tags(&input.tags)?;
    let read = Read::of(&input, call)?;
    let made = site.account().managed_certificate_arn(&site.new_uuid());
    let arn = input.arn.clone().unwrap_or(made);
    let sealed_key = key::seal(site, &arn, &read.key)?;
    let row = ManagedCertificate {
        account: call.caller.account.clone(),
        arn: arn.clone(),
        origin: CertificateOrigin::Imported,
        domain_name: read.names.first().cloned().unwrap_or_default(),
        names: read.names,
        key_algorithm: read.key_algorithm,
        sealed_key,
        certificate: read.certificate,
        chain: read.chain,
        is_exported: false,
        idempotency_token: None,
        tags: input.tags,
        created_at: call.origin.now,
        issued_at: call.origin.now,
        renewed_at: None,
    };
    site.directory
        .write(|snapshot| {
            let mut row = row;
            if input.arn.is_some() {
                let entry = authorized(site, call, snapshot, action, Target::any(), &arn)?;
                check_replaceable(&entry.row, &[])?;
                row.tags.clone_from(&entry.row.tags);
                row.created_at = entry.row.created_at;
            }
            let arn = row.arn.clone();
            Ok((vec![Change::PutManagedCertificate(Arc::new(row))], arn))
        })
        .await
}

fn check_replaceable(row: &ManagedCertificate, tags: &[Tag]) -> Result<(), Refusal> {
    if row.origin != CertificateOrigin::Imported {
        return Err(invalid(
            "not-imported",
            "Only an imported certificate can be replaced by an import.",
        ));
    }
    if !tags.is_empty() {
        return Err(invalid(
            "tags-on-reimport",
            "Tagging is not permitted on re-import.",
        ));
    }
    Ok(())
}

/// What is imported, read and found to fit.
struct Read {
    key: FileKey,
    key_algorithm: CertificateKeyAlgorithm,
    names: Vec<String>,
    certificate: String,
    chain: Option<String>,
}

impl Read {
    fn of(input: &ImportCertificate, call: &Call) -> Result<Self, Refusal> {
        let certificates = certificates(&input.certificate, "certificate")?;
        let [certificate] = certificates.as_slice() else {
            return Err(invalid(
                "several-certificates",
                "The certificate must be one alone; those above it belong into CertificateChain.",
            ));
        };
        let key = key::read(&input.private_key)?;
        if key.public_key_der() != certificate.public_key_der() {
            return Err(invalid(
                "foreign-key",
                "The private key does not belong to the certificate.",
            ));
        }
        let key_algorithm = CertificateKeyAlgorithm::of(&key).ok_or_else(|| {
            invalid(
                "key-not-served",
                "The key must be RSA with 2048, 3072 or 4096 bits, or EC on P-256, P-384 or P-521.",
            )
        })?;
        let summary = certificate.summary();
        let now = call.origin.now;
        if summary.not_after < now || summary.not_before > now {
            return Err(invalid(
                "certificate-not-valid",
                "The certificate is not valid now: it has expired, or does not hold yet.",
            ));
        }
        let chain = input.chain.as_deref();
        let chain = chain
            .map(|chain| certificates_above(certificate, chain))
            .transpose()?;
        Ok(Self {
            key,
            key_algorithm,
            names: names(certificate),
            certificate: certificate.render_pem(),
            chain,
        })
    }
}

fn certificates(pem: &[u8], what: &str) -> Result<Vec<Certificate>, Refusal> {
    let text = String::from_utf8_lossy(pem);
    Certificate::parse_pem_bundle(&text).map_err(|error| {
        invalid(
            "unreadable-certificate",
            format!("The {what} can't be read: {error}."),
        )
    })
}

/// The chain, each the issuer of the one before it.
fn certificates_above(leaf: &Certificate, pem: &[u8]) -> Result<String, Refusal> {
    let chain = certificates(pem, "certificate chain")?;
    let mut below = leaf;
    for above in &chain {
        if !is_issued_by(below, above) {
            return Err(invalid(
                "chain-does-not-fit",
                "The certificate chain does not lead up from the certificate, its issuer first.",
            ));
        }
        below = above;
    }
    Ok(chain.iter().map(Certificate::render_pem).collect())
}

/// The common name and the DNS names; the first of them is what it is called by.
fn names(certificate: &Certificate) -> Vec<String> {
    let summary = certificate.summary();
    let common_name = summary
        .subject
        .first("CN")
        .map(std::borrow::Cow::into_owned);
    let dns = summary
        .subject_alt_names
        .iter()
        .filter(|name| name.kind == "DNS");
    let mut names: Vec<String> = common_name.into_iter().collect();
    for name in dns {
        if !names.contains(&name.value) {
            names.push(name.value.clone());
        }
    }
    names
}
