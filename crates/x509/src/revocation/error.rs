//! Why a revocation list is not taken: a code for logs, a text for the caller of ImportCrl.

/// Why a revocation list was refused. `Display` is the text for the caller of ImportCrl and UpdateCrl;
/// AWS's own texts are not known, `docs/aws-divergences.md` lists ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationListError {
    /// Neither DER nor exactly one PEM section `X509 CRL`, or DER that cannot be read.
    #[error("Invalid CRL")]
    Malformed {
        /// What was wrong, for logs.
        detail: String,
    },
    /// More bytes than [`crate::MAX_REVOCATION_LIST_BYTES`].
    #[error("CRL is too large")]
    TooLarge,
    /// X.509 v1, which has no extensions.
    #[error("Unsupported version of CRL")]
    Version,
    /// No cRLNumber (RFC 5280 section 5.2.3 asks for it).
    #[error("CRL has no CRL number")]
    NoNumber,
    /// No nextUpdate (RFC 5280 section 5.1.2.5 asks for it), so that it would never grow old.
    #[error("CRL has no next update")]
    NoNextUpdate,
    /// A delta CRL (section 5.2.4) says nothing without its base.
    #[error("Delta CRLs are not supported")]
    Delta,
    /// An indirect CRL, or an entry for another issuer (sections 5.2.5 and 5.3.3).
    #[error("Indirect CRLs are not supported")]
    Indirect,
    /// A list for a part of the issuer's certificates (section 5.2.5).
    #[error("Partitioned CRLs are not supported")]
    Partitioned,
    /// A critical extension that is not processed, of the list or of an entry (section 5.2).
    #[error("Unsupported critical extension in CRL")]
    UnknownCriticalExtension {
        /// Its OID, for logs.
        oid: String,
    },
    /// Signed over a hash weaker than SHA-256, or with an algorithm that is not served.
    #[error("Unsupported signature algorithm of CRL")]
    UnsupportedSignature,
    /// No certificate has the list's issuer as its subject.
    #[error("CRL was not issued by the trust anchor")]
    UnknownIssuer {
        /// The list's issuer, for logs.
        issuer: String,
    },
    /// The issuer's key usage is without cRLSign (section 6.3.3 (f)).
    #[error("CA certificate is not allowed to sign CRLs")]
    IssuerMayNotSign,
    /// The issuer's name fits, its key did not sign the list.
    #[error("CRL signature is invalid")]
    SignatureInvalid,
}

impl RevocationListError {
    /// The stable reason code for logs and audit records.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "crl-malformed",
            Self::TooLarge => "crl-too-large",
            Self::Version => "crl-version",
            Self::NoNumber => "crl-no-number",
            Self::NoNextUpdate => "crl-no-next-update",
            Self::Delta => "crl-delta",
            Self::Indirect => "crl-indirect",
            Self::Partitioned => "crl-partitioned",
            Self::UnknownCriticalExtension { .. } => "crl-unknown-critical-extension",
            Self::UnsupportedSignature => "crl-unsupported-signature",
            Self::UnknownIssuer { .. } => "crl-unknown-issuer",
            Self::IssuerMayNotSign => "crl-issuer-no-crl-sign",
            Self::SignatureInvalid => "crl-signature-invalid",
        }
    }

    /// What was seen, for logs; the text of [`Self`] where there is no more to say.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Malformed { detail } => detail.clone(),
            Self::UnknownCriticalExtension { oid } => {
                format!("the critical extension {oid} is not processed")
            }
            Self::UnknownIssuer { issuer } => format!("no certificate has the subject `{issuer}`"),
            other => other.to_string(),
        }
    }

    pub(super) fn malformed(detail: impl Into<String>) -> Self {
        Self::Malformed {
            detail: detail.into(),
        }
    }
}
