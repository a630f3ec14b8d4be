//! A trust anchor's PEM bundle in, compiled anchors out: checked once when the anchor is created or
//! loaded, so that verifying a chain reads no anchor certificate again.

use jiff::Timestamp;
use rustls_pki_types::pem::{PemObject as _, SectionKind};
use rustls_pki_types::{CertificateDer, TrustAnchor};

use crate::certificate_signature::CertificateSignatures;
use crate::fingerprint::sha256_fingerprint;
use crate::names::Name;
use crate::parse::ParsedCertificate;
use crate::presented::MAX_CERTIFICATE_BYTES;
use crate::reason::{Reason, Refusal};
use crate::revocation::IssuerId;
use crate::rules;
use crate::serial;

/// The certificates of one trust anchor, ready for [`crate::verify_chain()`].
#[derive(Debug)]
pub struct AnchorCertificates {
    /// Parallel to `certificates`.
    trust_anchors: Vec<TrustAnchor<'static>>,
    certificates: Vec<AnchorCertificate>,
    signatures: CertificateSignatures,
}

/// What is kept of one anchor certificate.
#[derive(Clone, Debug)]
pub struct AnchorCertificate {
    /// The whole certificate.
    pub der: Vec<u8>,
    /// SHA-256 of `der`.
    pub fingerprint: [u8; 32],
    /// Its subject, the issuer of what it signs.
    pub subject: Name,
    /// The serial number in lower-case hex.
    pub serial_hex: String,
    /// Start of its validity.
    pub not_before: Timestamp,
    /// Last second of its validity.
    pub not_after: Timestamp,
    pub(crate) path_length: Option<u32>,
    /// As the issuer of certificates and revocation lists.
    pub(crate) issuer_id: IssuerId,
}

/// Why a bundle cannot be a trust anchor. `Display` is the text for the caller of
/// CreateTrustAnchor: AWS's own where it is known (service model, ValidationException).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// The text is not PEM, or a section of it is broken.
    #[error("Invalid CA certificate")]
    NotPem {
        /// What was wrong, for logs.
        detail: String,
    },
    /// A PEM section of another kind, such as a private key, which has no business here.
    #[error("Trust anchor bundles hold certificates only")]
    NotACertificate {
        /// Position of the section in the bundle, from 1.
        position: usize,
    },
    /// There is no certificate in the text.
    #[error("Trust anchor bundles hold at least one certificate")]
    Empty,
    /// A certificate that may not be an anchor.
    #[error("{}", .refusal.reason.public_text())]
    Refused {
        /// Position of the certificate in the bundle, from 1.
        position: usize,
        /// The rule that refused it.
        refusal: Refusal,
    },
}

impl AnchorError {
    /// The stable reason code for logs and audit records.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            AnchorError::NotPem { .. } => "anchor-not-pem",
            AnchorError::NotACertificate { .. } => "anchor-not-a-certificate",
            AnchorError::Empty => "anchor-empty",
            AnchorError::Refused { refusal, .. } => refusal.reason.code(),
        }
    }
}

impl AnchorCertificates {
    /// Parses and checks a PEM bundle. Text around the PEM sections is ignored, as OpenSSL does.
    ///
    /// The number of certificates is not limited here: that is a quota (AWS: two per anchor).
    ///
    /// # Errors
    /// The first section that is not an acceptable CA certificate, by AWS's rules for anchors.
    pub fn parse_bundle(pem: &str) -> Result<Self, AnchorError> {
        let mut certificates = Vec::new();
        let sections = <(SectionKind, Vec<u8>)>::pem_slice_iter(pem.as_bytes());
        for (position, section) in (1..).zip(sections) {
            match section {
                Ok((SectionKind::Certificate, der)) => certificates.push(der),
                Ok(_) => return Err(AnchorError::NotACertificate { position }),
                Err(error) => {
                    return Err(AnchorError::NotPem {
                        detail: error.to_string(),
                    });
                }
            }
        }
        Self::from_der(certificates)
    }

    /// Checks certificates that are DER already.
    ///
    /// # Errors
    /// As [`AnchorCertificates::parse_bundle`].
    pub fn from_der(certificates: Vec<Vec<u8>>) -> Result<Self, AnchorError> {
        if certificates.is_empty() {
            return Err(AnchorError::Empty);
        }
        let mut compiled = Self {
            trust_anchors: Vec::with_capacity(certificates.len()),
            certificates: Vec::with_capacity(certificates.len()),
            signatures: CertificateSignatures::default(),
        };
        for (position, der) in (1..).zip(certificates) {
            let (anchor, certificate) = compile(der, &mut compiled.signatures)
                .map_err(|refusal| AnchorError::Refused { position, refusal })?;
            compiled.trust_anchors.push(anchor);
            compiled.certificates.push(certificate);
        }
        Ok(compiled)
    }

    /// The certificates, in the order of the bundle.
    #[must_use]
    pub fn certificates(&self) -> &[AnchorCertificate] {
        &self.certificates
    }

    pub(crate) fn signatures(&self) -> &CertificateSignatures {
        &self.signatures
    }

    pub(crate) fn trust_anchors(&self) -> &[TrustAnchor<'static>] {
        &self.trust_anchors
    }

    /// The certificate behind one of [`Self::trust_anchors`], by identity.
    pub(crate) fn certificate_of(&self, anchor: &TrustAnchor<'_>) -> Option<&AnchorCertificate> {
        self.trust_anchors
            .iter()
            .zip(&self.certificates)
            .find(|(candidate, _)| std::ptr::addr_eq(*candidate, anchor))
            .map(|(_, certificate)| certificate)
    }
}

fn compile(
    der: Vec<u8>,
    signatures: &mut CertificateSignatures,
) -> Result<(TrustAnchor<'static>, AnchorCertificate), Refusal> {
    let malformed = |detail: String| Refusal::new(Reason::AnchorMalformed, detail);
    if der.len() > MAX_CERTIFICATE_BYTES {
        return Err(malformed(format!("over {MAX_CERTIFICATE_BYTES} bytes")));
    }
    let parsed = ParsedCertificate::parse(&der).map_err(malformed)?;
    let kind = rules::check_anchor(&parsed)?;
    if !signatures.add_anchor_key(kind, parsed.public_key.key) {
        let detail = format!("the anchor certificate's {kind} key is not a valid key");
        return Err(Refusal::new(Reason::AnchorUnsupportedKey, detail));
    }
    let anchor = webpki::anchor_from_trusted_cert(&CertificateDer::from(der.as_slice()))
        .map_err(|error| malformed(format!("cannot be an anchor: {error:?}")))?
        .to_owned();
    let certificate = AnchorCertificate {
        fingerprint: sha256_fingerprint(&der),
        subject: Name::from_der(parsed.subject).map_err(|error| malformed(error.to_string()))?,
        serial_hex: serial::hex(parsed.serial),
        not_before: parsed.not_before,
        not_after: parsed.not_after,
        issuer_id: IssuerId::of(parsed.subject, parsed.public_key.raw),
        path_length: parsed
            .extensions
            .basic_constraints
            .and_then(|constraints| constraints.path_length),
        der,
    };
    Ok((anchor, certificate))
}
