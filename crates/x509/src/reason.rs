//! Why a certificate was refused: one variant per rule, its code for logs and its text for callers.

use std::fmt;

/// AWS: no path from the presented certificate to the trust anchor.
const UNTRUSTED: &str = "Untrusted signing certificate";
/// AWS: the end-entity certificate lacks something that Roles Anywhere asks for.
const INSUFFICIENT: &str = "Untrusted certificate. Insufficient certificate";
/// AWS: a signature that does not verify.
const INVALID_SIGNATURE: &str = "Invalid signature";
// AWS's text for these is not known; docs/aws-divergences.md lists the choices.
const INVALID_CERTIFICATE: &str = "Invalid certificate";
const TOO_MANY: &str = "Too many certificates in chain";
const EXPIRED: &str = "Certificate expired";
const NOT_YET_VALID: &str = "Certificate not yet valid";
/// AWS: the certificate is on an enabled revocation list.
const REVOKED: &str = "Certificate revoked";
const LIST_EXPIRED: &str = "Certificate revocation list expired";
/// AWS: CreateTrustAnchor with a certificate that is not a CA's.
const ANCHOR_NOT_CA: &str = "Incorrect basic constraints for CA certificate";
const ANCHOR_KEY_USAGE: &str = "Incorrect key usage for CA certificate";
const ANCHOR_MALFORMED: &str = "Invalid CA certificate";
const ANCHOR_VERSION: &str = "Unsupported version of CA certificate";
const ANCHOR_SIGNATURE: &str = "Unsupported signature algorithm of CA certificate";
const ANCHOR_KEY: &str = "Unsupported key of CA certificate";
const ANCHOR_SUBJECT: &str = "Missing subject in CA certificate";
const ANCHOR_EXTENSION: &str = "Unsupported critical extension in CA certificate";

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident, $code:literal, $text:ident;)*) => {
        /// The rule that refused. [`Reason::code`] is stable: logs, audit records and the doctor use it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason { $($(#[$doc])* $variant,)* }

        impl Reason {
            /// Every reason, for tables and tests.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant,)*];

            /// The stable name in kebab-case, such as `leaf-expired`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Reason::$variant => $code,)* }
            }

            /// What a caller may see: AWS's own string where it is known, else the one that
            /// `docs/aws-divergences.md` chooses.
            #[must_use]
            pub const fn public_text(self) -> &'static str {
                match self { $(Reason::$variant => $text,)* }
            }
        }
    };
}

reasons! {
    /// A presented header is not standard base64 on one line.
    CertificateNotBase64, "certificate-not-base64", INVALID_CERTIFICATE;
    /// Bytes that are not one DER certificate, or a broken extension in it.
    CertificateMalformed, "certificate-malformed", INVALID_CERTIFICATE;
    /// A certificate over [`crate::MAX_CERTIFICATE_BYTES`].
    CertificateTooLarge, "certificate-too-large", INVALID_CERTIFICATE;
    /// More than [`crate::MAX_CHAIN_CERTIFICATES`] beside the leaf.
    TooManyCertificates, "too-many-certificates", TOO_MANY;

    /// The leaf is not X.509 v3.
    LeafVersion, "leaf-version", INSUFFICIENT;
    /// The leaf is a CA certificate.
    LeafIsCa, "leaf-is-ca", INSUFFICIENT;
    /// The leaf's key usage is absent or lacks digitalSignature.
    NoDigitalSignature, "no-digital-signature", INSUFFICIENT;
    /// The leaf's key usage has keyCertSign, which is for CAs.
    LeafCertSign, "leaf-cert-sign", INSUFFICIENT;
    /// The leaf's extended key usage is present without clientAuth and anyExtendedKeyUsage.
    LeafExtendedKeyUsage, "leaf-extended-key-usage", INSUFFICIENT;
    /// The leaf is signed over MD5, SHA-1 or another hash weaker than SHA-256.
    LeafWeakSignature, "leaf-weak-signature", INSUFFICIENT;
    /// The leaf is signed with an algorithm that is not RSA, ECDSA or ML-DSA.
    LeafUnsupportedSignature, "leaf-unsupported-signature", INSUFFICIENT;
    /// The leaf's RSA key is shorter than 2048 bits.
    LeafWeakKey, "leaf-weak-key", INSUFFICIENT;
    /// The leaf's key is not RSA up to 8192 bits, P-256, P-384, P-521 or ML-DSA, or not a valid key.
    LeafUnsupportedKey, "leaf-unsupported-key", INSUFFICIENT;
    /// The leaf's subject is empty.
    LeafEmptySubject, "leaf-empty-subject", INSUFFICIENT;
    /// The leaf's serial number is zero, negative or over 20 octets.
    LeafSerial, "leaf-serial", INSUFFICIENT;
    /// The leaf has a critical extension that is not processed.
    LeafUnknownCriticalExtension, "leaf-unknown-critical-extension", INSUFFICIENT;
    /// The leaf has name constraints, which are for CAs.
    LeafNameConstraints, "leaf-name-constraints", INSUFFICIENT;
    /// The leaf's notAfter has passed.
    LeafExpired, "leaf-expired", EXPIRED;
    /// The leaf's notBefore lies ahead.
    LeafNotYetValid, "leaf-not-yet-valid", NOT_YET_VALID;

    /// An intermediate is not X.509 v3.
    IntermediateVersion, "intermediate-version", UNTRUSTED;
    /// An intermediate lacks basicConstraints with CA true.
    IntermediateNotCa, "intermediate-not-ca", UNTRUSTED;
    /// An intermediate has a key usage without keyCertSign.
    IntermediateNoCertSign, "intermediate-no-cert-sign", UNTRUSTED;
    /// An intermediate has an extended key usage without clientAuth and anyExtendedKeyUsage.
    IntermediateExtendedKeyUsage, "intermediate-extended-key-usage", UNTRUSTED;
    /// An intermediate is signed over a hash weaker than SHA-256.
    IntermediateWeakSignature, "intermediate-weak-signature", UNTRUSTED;
    /// An intermediate is signed with an algorithm that is not RSA, ECDSA or ML-DSA.
    IntermediateUnsupportedSignature, "intermediate-unsupported-signature", UNTRUSTED;
    /// An intermediate's RSA key is shorter than 2048 bits.
    IntermediateWeakKey, "intermediate-weak-key", UNTRUSTED;
    /// An intermediate's key is of an unsupported kind.
    IntermediateUnsupportedKey, "intermediate-unsupported-key", UNTRUSTED;
    /// An intermediate's subject is empty.
    IntermediateEmptySubject, "intermediate-empty-subject", UNTRUSTED;
    /// An intermediate's serial number is zero, negative or over 20 octets.
    IntermediateSerial, "intermediate-serial", UNTRUSTED;
    /// An intermediate has a critical extension that is not processed.
    IntermediateUnknownCriticalExtension, "intermediate-unknown-critical-extension", UNTRUSTED;
    /// An intermediate's name constraints cannot be read.
    IntermediateNameConstraints, "intermediate-name-constraints", UNTRUSTED;
    /// An intermediate's notAfter has passed.
    IntermediateExpired, "intermediate-expired", UNTRUSTED;
    /// An intermediate's notBefore lies ahead.
    IntermediateNotYetValid, "intermediate-not-yet-valid", UNTRUSTED;

    /// The trust anchor's certificate has expired.
    AnchorExpired, "anchor-expired", UNTRUSTED;
    /// The trust anchor's certificate is not valid yet.
    AnchorNotYetValid, "anchor-not-yet-valid", UNTRUSTED;
    /// No certificate of the trust anchor is reached by issuer names.
    Untrusted, "untrusted", UNTRUSTED;
    /// The issuer's name matches, yet its key did not sign the certificate.
    ChainSignatureInvalid, "chain-signature-invalid", UNTRUSTED;
    /// The issuer's name matches, yet its key identifier is not the one that the certificate names.
    KeyIdentifier, "key-identifier", UNTRUSTED;
    /// A pathLenConstraint on the path is exceeded.
    PathLength, "path-length", UNTRUSTED;
    /// A name constraint on the path is violated, or of a form that is not processed.
    NameConstraint, "name-constraint", UNTRUSTED;
    /// The search for a path hit its limits.
    ChainTooComplex, "chain-too-complex", UNTRUSTED;

    /// A list of the leaf's issuer revokes it.
    LeafRevoked, "certificate-revoked", REVOKED;
    /// A list of an intermediate's issuer revokes it.
    IntermediateRevoked, "intermediate-revoked", REVOKED;
    /// All lists of an issuer on the path have expired, and the rule is to refuse then.
    RevocationListExpired, "revocation-list-expired", LIST_EXPIRED;

    /// The declared signature algorithm is not the one of the leaf's key.
    SignatureAlgorithmMismatch, "signature-algorithm-mismatch", INVALID_SIGNATURE;
    /// The signature over the request does not verify under the leaf's key.
    SignatureInvalid, "signature-invalid", INVALID_SIGNATURE;

    /// On creating a trust anchor: a certificate that cannot be read.
    AnchorMalformed, "anchor-malformed", ANCHOR_MALFORMED;
    /// On creating a trust anchor: not X.509 v3.
    AnchorVersion, "anchor-version", ANCHOR_VERSION;
    /// On creating a trust anchor: basicConstraints absent or CA false.
    AnchorNotCa, "anchor-not-ca", ANCHOR_NOT_CA;
    /// On creating a trust anchor: key usage absent or without keyCertSign.
    AnchorNoCertSign, "anchor-no-cert-sign", ANCHOR_KEY_USAGE;
    /// On creating a trust anchor: signed over a hash weaker than SHA-256.
    AnchorWeakSignature, "anchor-weak-signature", ANCHOR_SIGNATURE;
    /// On creating a trust anchor: signed with an algorithm that is not RSA, ECDSA or ML-DSA.
    AnchorUnsupportedSignature, "anchor-unsupported-signature", ANCHOR_SIGNATURE;
    /// On creating a trust anchor: an RSA key shorter than 2048 bits.
    AnchorWeakKey, "anchor-weak-key", ANCHOR_KEY;
    /// On creating a trust anchor: a key of an unsupported kind.
    AnchorUnsupportedKey, "anchor-unsupported-key", ANCHOR_KEY;
    /// On creating a trust anchor: an empty subject, which no certificate can name as its issuer.
    AnchorEmptySubject, "anchor-empty-subject", ANCHOR_SUBJECT;
    /// On creating a trust anchor: a critical extension that is not processed.
    AnchorUnknownCriticalExtension, "anchor-unknown-critical-extension", ANCHOR_EXTENSION;
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A refusal: the rule, and a private detail for the log that names what was seen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct Refusal {
    /// The rule that refused.
    pub reason: Reason,
    /// What was seen, for logs and the doctor; never sent to a caller of the service.
    pub detail: String,
}

impl Refusal {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }
}
