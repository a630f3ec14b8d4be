//! The kept certificates of a snapshot, each read once, and where each is in its life.

use std::sync::Arc;

use anyrole_x509::Certificate;
use imbl::OrdMap;
use jiff::Timestamp;

use super::ManagedCertificate;
use crate::certificate_authorities::{Revocations, RevokedCertificate};
use crate::snapshot::{Snapshot, UnusableRow, following};

/// A kept certificate with what it says.
#[derive(Debug)]
pub struct ManagedEntry {
    /// The row.
    pub row: Arc<ManagedCertificate>,
    /// The certificate.
    pub certificate: Certificate,
}

/// Where a certificate is in its life (API reference, CertificateStatus); it is issued at once, so that none waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateState {
    /// It holds.
    Issued,
    /// Its time is over.
    Expired,
    /// Its authority has revoked it.
    Revoked(Arc<RevokedCertificate>),
}

impl CertificateState {
    /// As the API has it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Issued => "ISSUED",
            Self::Expired => "EXPIRED",
            Self::Revoked(_) => "REVOKED",
        }
    }
}

impl ManagedEntry {
    fn compile(row: Arc<ManagedCertificate>) -> Result<Self, UnusableRow> {
        let unusable = |detail: String| UnusableRow {
            kind: "managed certificate",
            name: row.arn.clone(),
            detail,
        };
        let read = Certificate::parse_pem_bundle(&row.certificate);
        let read = read.map_err(|error| unusable(error.to_string()))?;
        let certificate = read.into_iter().next();
        Ok(Self {
            certificate: certificate.ok_or_else(|| unusable("it is empty".to_owned()))?,
            row,
        })
    }

    /// Where it is in its life at a time, by what its authority has revoked.
    pub fn state(&self, snapshot: &Snapshot, now: Timestamp) -> CertificateState {
        let revoked = self.row.origin.authority().and_then(|authority| {
            let revocations: Revocations = snapshot.revocations_of(authority);
            revocations.get(&self.serial()?).cloned()
        });
        match revoked {
            Some(revoked) => CertificateState::Revoked(revoked),
            None if self.certificate.summary().not_after < now => CertificateState::Expired,
            None => CertificateState::Issued,
        }
    }

    /// The serial number; one of ours has 16 octets at most.
    fn serial(&self) -> Option<[u8; 16]> {
        let hex = &self.certificate.summary().serial_hex;
        u128::from_str_radix(hex, 16).ok().map(u128::to_be_bytes)
    }
}

/// All kept certificates of a snapshot, by ARN.
#[derive(Debug, Clone, Default)]
pub(crate) struct ManagedCertificates(OrdMap<Arc<str>, Arc<ManagedEntry>>);

impl ManagedCertificates {
    pub(crate) fn find(&self, arn: &str) -> Option<&Arc<ManagedEntry>> {
        self.0.get(arn)
    }

    pub(crate) fn following(&self, after: &str) -> impl Iterator<Item = &Arc<ManagedEntry>> {
        following(&self.0, after)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn put(&mut self, row: &Arc<ManagedCertificate>) -> Result<(), UnusableRow> {
        let entry = ManagedEntry::compile(row.clone())?;
        self.0.insert(row.arn.as_str().into(), Arc::new(entry));
        Ok(())
    }

    pub(crate) fn delete(&mut self, arn: &str) {
        self.0.remove(arn);
    }
}
