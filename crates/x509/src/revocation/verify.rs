//! A `RevocationList` and the certificates of possible issuers in, a `VerifiedRevocationList` out
//! (RFC 5280 section 6.3.3 (f) and (g)).

use super::error::RevocationListError as Error;
use super::issuer::IssuerId;
use super::list::RevocationList;
use crate::anchors::AnchorCertificates;
use crate::certificate_signature::{self, Verdict};
use crate::parse::ParsedCertificate;
use crate::presented::PresentedChain;
use crate::verify_chain::VerifiedChain;

/// A revocation list with its issuer's signature verified. Only this file makes one.
#[derive(Debug)]
pub struct VerifiedRevocationList {
    list: RevocationList,
    issuer: IssuerId,
}

impl VerifiedRevocationList {
    /// The list.
    #[must_use]
    pub fn list(&self) -> &RevocationList {
        &self.list
    }

    pub(crate) fn issuer(&self) -> IssuerId {
        self.issuer
    }
}

impl RevocationList {
    /// Verifies the list as one of a certificate of the trust anchor: its subject is the list's issuer, its
    /// key usage has cRLSign, its key signed the list.
    ///
    /// Whether that certificate is still valid is not asked: chains under it are refused when it is not.
    ///
    /// # Errors
    /// `crl-unknown-issuer`, `crl-issuer-no-crl-sign`, `crl-unsupported-signature` or
    /// `crl-signature-invalid`.
    pub fn verify_issued_by(
        self,
        anchor: &AnchorCertificates,
    ) -> Result<VerifiedRevocationList, Error> {
        let certificates = anchor.certificates().iter();
        self.verify_by(certificates.map(|certificate| certificate.der.as_slice()))
    }

    /// Verifies the list as one of an intermediate certificate on a verified path: what a distribution
    /// point of a certificate further down serves. `presented` is what the path was made of.
    ///
    /// # Errors
    /// As [`RevocationList::verify_issued_by`].
    pub fn verify_issued_on_path(
        self,
        presented: &PresentedChain,
        path: &VerifiedChain,
    ) -> Result<VerifiedRevocationList, Error> {
        let on_path = presented.intermediates().iter().filter(|der| {
            let fingerprint = crate::sha256_fingerprint(der);
            path.path_fingerprints().contains(&fingerprint)
        });
        self.verify_by(on_path.map(|der| &**der))
    }

    /// Verifies the list as one of this certificate, DER: what [`crate::CertificatePoints`] names as the issuer.
    ///
    /// # Errors
    /// As [`RevocationList::verify_issued_by`].
    pub fn verify_issued_by_certificate(
        self,
        issuer_der: &[u8],
    ) -> Result<VerifiedRevocationList, Error> {
        self.verify_by(std::iter::once(issuer_der))
    }

    /// The first certificate that issued the list; else why the nearest to it did not.
    fn verify_by<'a>(
        self,
        issuers: impl Iterator<Item = &'a [u8]>,
    ) -> Result<VerifiedRevocationList, Error> {
        let mut refused = Error::UnknownIssuer {
            issuer: self.issuer().to_string(),
        };
        for der in issuers {
            match self.issuer_of(der) {
                Ok(Some(issuer)) => return Ok(VerifiedRevocationList { list: self, issuer }),
                Ok(None) => {}
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// `None` where the certificate has another subject.
    fn issuer_of(&self, certificate: &[u8]) -> Result<Option<IssuerId>, Error> {
        let parsed = ParsedCertificate::parse(certificate).map_err(Error::malformed)?;
        if parsed.subject != self.issuer_der() {
            return Ok(None);
        }
        let usage = parsed.extensions.key_usage.as_ref();
        if usage.is_some_and(|usage| !usage.crl_sign()) {
            return Err(Error::IssuerMayNotSign);
        }
        let public_key = parsed.public_key.raw;
        match certificate_signature::verify(
            public_key,
            self.algorithm(),
            self.signed(),
            self.signature(),
        ) {
            Verdict::Verified => Ok(Some(IssuerId::of(parsed.subject, public_key))),
            Verdict::Unsupported => Err(Error::UnsupportedSignature),
            Verdict::Invalid => Err(Error::SignatureInvalid),
        }
    }
}
