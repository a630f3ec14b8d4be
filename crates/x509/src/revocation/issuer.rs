//! Who issued something, in 32 bytes: what ties a list to the certificates that it speaks for.

use aws_lc_rs::digest;

use crate::inspect::Certificate;

/// SHA-256 over an issuer's subject DER and its SubjectPublicKeyInfo DER. Two certificates of one CA,
/// renewed or cross-signed, have the same; a namesake with another key has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssuerId([u8; 32]);

impl IssuerId {
    /// What an authority's certificate makes it known by.
    #[must_use]
    pub fn of_certificate(certificate: &Certificate) -> Self {
        Self::of(
            certificate.summary().subject.der(),
            certificate.public_key_der(),
        )
    }

    /// Both are whole DER elements, so that where one ends is in it.
    pub(crate) fn of(subject_der: &[u8], public_key_der: &[u8]) -> Self {
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(subject_der);
        hash.update(public_key_der);
        let hash = hash.finish();
        Self(hash.as_ref().first_chunk().copied().unwrap_or_default())
    }
}
