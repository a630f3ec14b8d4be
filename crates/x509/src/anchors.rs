//! A trust anchor's PEM bundle in, compiled anchors out: checked once when the anchor is created or
//! loaded, so that verifying a chain reads no anchor certificate again.

use std::sync::Arc;

use jiff::Timestamp;
use rustls_pki_types::pem::{PemObject as _, SectionKind};

use crate::certificate_signature::AnchorKey;
use crate::fingerprint::sha256_fingerprint;
use crate::names::Name;
use crate::parse::ParsedCertificate;
use crate::path::Cost;
use crate::presented::MAX_CERTIFICATE_BYTES;
use crate::reason::{Reason, Refusal};
use crate::revocation::IssuerId;
use crate::rules;
use crate::serial;

/// The certificates of one trust anchor, ready for [`crate::verify_chain()`].
#[derive(Debug)]
pub struct AnchorCertificates {
    certificates: Vec<AnchorCertificate>,
    /// Parallel to `certificates`.
    issuers: Vec<AnchorIssuer>,
}

/// What a certificate of the anchor is to those that it issued.
#[derive(Debug)]
pub(crate) struct AnchorIssuer {
    pub(crate) key: AnchorKey,
    /// Of a verification with it.
    pub(crate) cost: Cost,
    pub(crate) subject_key_id: Option<Vec<u8>>,
    /// DER of the nameConstraints value.
    pub(crate) name_constraints: Option<Vec<u8>>,
    pub(crate) path_length: Option<u32>,
    /// For certificates and revocation lists.
    pub(crate) id: IssuerId,
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
    /// The subject as text, shared by all that it issued.
    pub subject_text: Arc<str>,
    /// The serial number in lower-case hex.
    pub serial_hex: String,
    /// Start of its validity.
    pub not_before: Timestamp,
    /// Last second of its validity.
    pub not_after: Timestamp,
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
    /// No certificates: of an anchor that trusts nobody. What is verified with it is refused.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            certificates: Vec::new(),
            issuers: Vec::new(),
        }
    }

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
            certificates: Vec::with_capacity(certificates.len()),
            issuers: Vec::with_capacity(certificates.len()),
        };
        for (position, der) in (1..).zip(certificates) {
            let (certificate, issuer) =
                compile(der).map_err(|refusal| AnchorError::Refused { position, refusal })?;
            compiled.certificates.push(certificate);
            compiled.issuers.push(issuer);
        }
        Ok(compiled)
    }

    /// The certificates, in the order of the bundle.
    #[must_use]
    pub fn certificates(&self) -> &[AnchorCertificate] {
        &self.certificates
    }

    /// Each certificate with what it is as an issuer.
    pub(crate) fn issuers(&self) -> impl Iterator<Item = (&AnchorCertificate, &AnchorIssuer)> {
        self.certificates.iter().zip(&self.issuers)
    }
}

fn compile(der: Vec<u8>) -> Result<(AnchorCertificate, AnchorIssuer), Refusal> {
    let malformed = |detail: String| Refusal::new(Reason::AnchorMalformed, detail);
    if der.len() > MAX_CERTIFICATE_BYTES {
        return Err(malformed(format!("over {MAX_CERTIFICATE_BYTES} bytes")));
    }
    let parsed = ParsedCertificate::parse(&der).map_err(malformed)?;
    let kind = rules::check_anchor(&parsed)?;
    let key = AnchorKey::parse(kind, parsed.public_key.raw).ok_or_else(|| {
        let detail = format!("the anchor certificate's {kind} key is not a valid key");
        Refusal::new(Reason::AnchorUnsupportedKey, detail)
    })?;
    let extensions = &parsed.extensions;
    let constraints = extensions.basic_constraints;
    let issuer = AnchorIssuer {
        key,
        cost: Cost::of(&parsed.public_key),
        subject_key_id: extensions.subject_key_id.map(<[u8]>::to_vec),
        name_constraints: extensions.name_constraints.map(<[u8]>::to_vec),
        path_length: constraints.and_then(|constraints| constraints.path_length),
        id: IssuerId::of(parsed.subject, parsed.public_key.raw),
    };
    let subject = Name::of_checked(parsed.subject);
    let certificate = AnchorCertificate {
        fingerprint: sha256_fingerprint(&der),
        subject_text: subject.text().into(),
        subject,
        serial_hex: serial::hex(parsed.serial),
        not_before: parsed.not_before,
        not_after: parsed.not_after,
        der,
    };
    Ok((certificate, issuer))
}
