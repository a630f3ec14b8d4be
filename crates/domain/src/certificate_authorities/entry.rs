//! The authorities of a snapshot with what decisions ask of them, and what each has revoked.

use std::sync::Arc;

use anyrole_policy::{Policy, PolicyKind};
use anyrole_x509::{Certificate, IssuerId, RevokedByIssuer, RevokedCertificate as Revoked};
use imbl::{OrdMap, OrdSet};
use jiff::Timestamp;

use super::{AuthorityStatus, CertificateAuthority, RevokedCertificate, parse_certificate_arn};
use crate::snapshot::{UnusableRow, following};

/// An authority with its certificate read once.
#[derive(Debug)]
pub struct AuthorityEntry {
    /// The row.
    pub row: Arc<CertificateAuthority>,
    /// Its certificate; none while it waits for it.
    pub certificate: Option<Certificate>,
    /// The certificates above it, its issuer first.
    pub chain: Vec<Certificate>,
    /// Its resource policy, ready for use.
    pub policy: Option<Policy>,
}

impl AuthorityEntry {
    pub(crate) fn compile(row: Arc<CertificateAuthority>) -> Result<Self, UnusableRow> {
        let unusable = |detail: String| UnusableRow {
            kind: "certificate authority",
            name: row.arn.clone(),
            detail,
        };
        let read = |pem: &String| {
            Certificate::parse_pem_bundle(pem).map_err(|error| unusable(error.to_string()))
        };
        let own = row.certificate.as_ref().map(read).transpose()?;
        let chain = row.certificate_chain.as_ref().map(read).transpose()?;
        let policy = row.policy.as_ref().map(|text| {
            Policy::parse(text, PolicyKind::Resource).map_err(|error| unusable(error.to_string()))
        });
        Ok(Self {
            certificate: own.and_then(|own| own.into_iter().next()),
            chain: chain.unwrap_or_default(),
            policy: policy.transpose()?,
            row,
        })
    }

    /// From when on its certificate is valid.
    pub fn not_before(&self) -> Option<Timestamp> {
        let certificate = self.certificate.as_ref();
        certificate.map(|certificate| certificate.summary().not_before)
    }

    /// The last second of its certificate.
    pub fn not_after(&self) -> Option<Timestamp> {
        let certificate = self.certificate.as_ref();
        certificate.map(|certificate| certificate.summary().not_after)
    }

    /// Where it is in its life at a time.
    pub fn status(&self, now: Timestamp) -> AuthorityStatus {
        let stored = self.row.status;
        let expired = self.not_after().is_some_and(|end| end < now);
        match stored {
            AuthorityStatus::Active | AuthorityStatus::Disabled if expired => {
                AuthorityStatus::Expired
            }
            stored => stored,
        }
    }
}

/// What one authority has revoked, by serial number; cheap to clone. A clone that is `ptr_eq` holds the same.
#[derive(Debug, Clone, Default)]
pub struct Revocations(OrdMap<[u8; 16], Arc<RevokedCertificate>>);

impl Revocations {
    /// The revocation of a certificate by its serial number.
    pub fn get(&self, serial: &[u8; 16]) -> Option<&Arc<RevokedCertificate>> {
        self.0.get(serial)
    }

    /// All of them, in order of serial numbers.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8; 16], &Arc<RevokedCertificate>)> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether nothing has changed between the two.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(&other.0)
    }
}

/// All authorities of a snapshot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Authorities {
    by_arn: OrdMap<Arc<str>, Arc<AuthorityEntry>>,
    /// By the authority's ARN.
    revoked: OrdMap<Arc<str>, Revocations>,
    /// ARNs by what a certificate says of its issuer.
    by_issuer: OrdMap<IssuerId, Arc<str>>,
    /// ARNs by UUID.
    by_id: OrdMap<Arc<str>, Arc<str>>,
    /// SHA-256 of each certificate that is revoked.
    revoked_sha256: OrdSet<[u8; 32]>,
}

impl Authorities {
    pub(crate) fn find(&self, arn: &str) -> Option<&Arc<AuthorityEntry>> {
        self.by_arn.get(arn)
    }

    pub(crate) fn following(&self, after: &str) -> impl Iterator<Item = &Arc<AuthorityEntry>> {
        following(&self.by_arn, after)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_arn.len()
    }

    pub(crate) fn revocations(&self, arn: &str) -> Revocations {
        self.revoked.get(arn).cloned().unwrap_or_default()
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Arc<AuthorityEntry>> {
        self.by_arn.get(self.by_id.get(id)?)
    }

    pub(crate) fn is_any_revoked(&self, certificates: &[[u8; 32]]) -> bool {
        certificates
            .iter()
            .any(|sha256| self.revoked_sha256.contains(sha256))
    }

    pub(crate) fn put(&mut self, row: &Arc<CertificateAuthority>) -> Result<(), UnusableRow> {
        let entry = AuthorityEntry::compile(row.clone())?;
        let arn: Arc<str> = row.arn.as_str().into();
        if let Some(certificate) = &entry.certificate {
            let issuer = IssuerId::of_certificate(certificate);
            self.by_issuer.insert(issuer, arn.clone());
        }
        self.by_id.insert(row.id.as_str().into(), arn.clone());
        self.by_arn.insert(arn, Arc::new(entry));
        Ok(())
    }

    pub(crate) fn delete(&mut self, arn: &str) {
        if let Some(entry) = self.by_arn.remove(arn) {
            self.by_id.remove(entry.row.id.as_str());
            if let Some(certificate) = &entry.certificate {
                self.by_issuer
                    .remove(&IssuerId::of_certificate(certificate));
            }
        }
        for (_, row) in self.revoked.remove(arn).unwrap_or_default().iter() {
            self.revoked_sha256.remove(&row.certificate_sha256);
        }
    }

    pub(crate) fn revoke(&mut self, row: &Arc<RevokedCertificate>) -> Result<(), UnusableRow> {
        let (authority, serial) = parts(&row.certificate_arn)?;
        let of_authority = self.revoked.entry(authority.into()).or_default();
        of_authority.0.insert(serial, row.clone());
        self.revoked_sha256.insert(row.certificate_sha256);
        Ok(())
    }

    pub(crate) fn forget_revocation(&mut self, certificate_arn: &str) -> Result<(), UnusableRow> {
        let (authority, serial) = parts(certificate_arn)?;
        if let Some(of_authority) = self.revoked.get_mut(authority)
            && let Some(row) = of_authority.0.remove(&serial)
        {
            self.revoked_sha256.remove(&row.certificate_sha256);
        }
        Ok(())
    }
}

impl RevokedByIssuer for Authorities {
    fn find(&self, issuer: &IssuerId, serial: &[u8]) -> Option<Revoked> {
        let revoked = self.revoked.get(self.by_issuer.get(issuer)?)?;
        let row = revoked.get(&fixed_serial(serial)?)?;
        Some(Revoked {
            revoked_at: row.revoked_at,
            reason: Some(row.reason.code()),
        })
    }
}

/// A serial number in the length that ours have; `None` for a longer one, which none of our authorities has given.
pub fn fixed_serial(mut octets: &[u8]) -> Option<[u8; 16]> {
    while let [0, rest @ ..] = octets {
        octets = rest;
    }
    let mut serial = [0; 16];
    let start = serial.len().checked_sub(octets.len())?;
    serial.get_mut(start..)?.copy_from_slice(octets);
    Some(serial)
}

fn parts(certificate_arn: &str) -> Result<(&str, [u8; 16]), UnusableRow> {
    parse_certificate_arn(certificate_arn).ok_or_else(|| UnusableRow {
        kind: "revocation",
        name: certificate_arn.to_owned(),
        detail: "it is not the ARN of a certificate".to_owned(),
    })
}
