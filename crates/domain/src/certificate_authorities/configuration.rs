//! What an authority is made with, as rows keep it and as the API names it (Private CA API reference,
//! CertificateAuthorityConfiguration and RevocationConfiguration).

use anyrole_keys::SignatureScheme;
use serde::{Deserialize, Serialize};

use super::{CsrExtensions, DistinguishedName};

/// The kinds of key that an authority may have (API reference, KeyAlgorithm); SM2 is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    non_camel_case_types,
    reason = "the API's own names, which rows keep as well"
)]
pub enum AuthorityKeyAlgorithm {
    /// RSA with 2048 bits.
    RSA_2048,
    /// RSA with 3072 bits.
    RSA_3072,
    /// RSA with 4096 bits.
    RSA_4096,
    /// NIST P-256.
    EC_prime256v1,
    /// NIST P-384.
    EC_secp384r1,
    /// NIST P-521.
    EC_secp521r1,
    /// ML-DSA-44.
    ML_DSA_44,
    /// ML-DSA-65.
    ML_DSA_65,
    /// ML-DSA-87.
    ML_DSA_87,
}

impl AuthorityKeyAlgorithm {
    /// Whether a signature takes so little time that no thread of its own is worth it.
    pub(crate) fn signs_fast(self) -> bool {
        matches!(self, Self::EC_prime256v1 | Self::EC_secp384r1)
    }
}

/// How an authority signs (API reference, SigningAlgorithm); SM3WITHSM2 is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    non_camel_case_types,
    reason = "the API's own names, which rows keep as well"
)]
pub enum AuthoritySigningAlgorithm {
    /// ECDSA with SHA-256.
    SHA256WITHECDSA,
    /// ECDSA with SHA-384.
    SHA384WITHECDSA,
    /// ECDSA with SHA-512.
    SHA512WITHECDSA,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    SHA256WITHRSA,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    SHA384WITHRSA,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    SHA512WITHRSA,
    /// RSASSA-PSS with SHA-256.
    SHA256WITHRSA_PSS,
    /// RSASSA-PSS with SHA-384.
    SHA384WITHRSA_PSS,
    /// RSASSA-PSS with SHA-512.
    SHA512WITHRSA_PSS,
    /// ML-DSA-44.
    ML_DSA_44,
    /// ML-DSA-65.
    ML_DSA_65,
    /// ML-DSA-87.
    ML_DSA_87,
}

impl AuthoritySigningAlgorithm {
    /// Whether a key of this kind signs so.
    pub fn fits(self, key: AuthorityKeyAlgorithm) -> bool {
        use AuthorityKeyAlgorithm as Key;
        match self {
            Self::SHA256WITHECDSA | Self::SHA384WITHECDSA | Self::SHA512WITHECDSA => matches!(
                key,
                Key::EC_prime256v1 | Key::EC_secp384r1 | Key::EC_secp521r1
            ),
            Self::SHA256WITHRSA
            | Self::SHA384WITHRSA
            | Self::SHA512WITHRSA
            | Self::SHA256WITHRSA_PSS
            | Self::SHA384WITHRSA_PSS
            | Self::SHA512WITHRSA_PSS => {
                matches!(key, Key::RSA_2048 | Key::RSA_3072 | Key::RSA_4096)
            }
            Self::ML_DSA_44 => key == Key::ML_DSA_44,
            Self::ML_DSA_65 => key == Key::ML_DSA_65,
            Self::ML_DSA_87 => key == Key::ML_DSA_87,
        }
    }

    /// As keys know it.
    pub fn scheme(self) -> SignatureScheme {
        match self {
            Self::SHA256WITHECDSA => SignatureScheme::EcdsaSha256,
            Self::SHA384WITHECDSA => SignatureScheme::EcdsaSha384,
            Self::SHA512WITHECDSA => SignatureScheme::EcdsaSha512,
            Self::SHA256WITHRSA => SignatureScheme::RsaPkcs1Sha256,
            Self::SHA384WITHRSA => SignatureScheme::RsaPkcs1Sha384,
            Self::SHA512WITHRSA => SignatureScheme::RsaPkcs1Sha512,
            Self::SHA256WITHRSA_PSS => SignatureScheme::RsaPssSha256,
            Self::SHA384WITHRSA_PSS => SignatureScheme::RsaPssSha384,
            Self::SHA512WITHRSA_PSS => SignatureScheme::RsaPssSha512,
            Self::ML_DSA_44 | Self::ML_DSA_65 | Self::ML_DSA_87 => SignatureScheme::MlDsa,
        }
    }
}

/// What an authority is made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AuthorityConfiguration {
    /// Its key.
    pub key_algorithm: AuthorityKeyAlgorithm,
    /// How it signs its signing request and its revocation lists.
    pub signing_algorithm: AuthoritySigningAlgorithm,
    /// Its name.
    pub subject: DistinguishedName,
    /// What its signing request asks for besides, as it was given (API reference, CsrExtensions).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csr_extensions: Option<CsrExtensions>,
}

/// How revocations are published.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RevocationConfiguration {
    /// By lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crl_configuration: Option<CrlConfiguration>,
    /// By an OCSP responder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ocsp_configuration: Option<OcspConfiguration>,
}

/// Revocation lists. Where AWS writes them into a bucket, this server publishes them itself (docs/aws-divergences.md).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CrlConfiguration {
    /// Whether certificates name a list.
    pub enabled: bool,
    /// How long a list holds, in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration_in_days: Option<u32>,
    /// The host that certificates name in place of the server's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_cname: Option<String>,
    /// Kept and shown, not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3_bucket_name: Option<String>,
    /// Kept and shown, not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3_object_acl: Option<String>,
    /// Whether certificates leave the list's URL out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crl_distribution_point_extension_configuration: Option<CrlExtension>,
    /// `COMPLETE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crl_type: Option<String>,
    /// Kept and shown, not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_path: Option<String>,
}

impl CrlConfiguration {
    /// Whether certificates leave the list's URL out.
    pub fn omits_extension(&self) -> bool {
        self.crl_distribution_point_extension_configuration
            .is_some_and(|extension| extension.omit_extension)
    }
}

/// What certificates say of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CrlExtension {
    /// Whether they name no URL.
    pub omit_extension: bool,
}

/// An OCSP responder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct OcspConfiguration {
    /// Whether certificates name the responder.
    pub enabled: bool,
    /// The host that certificates name in place of the server's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ocsp_custom_cname: Option<String>,
}
