//! The members of each operation's input (Certificate Manager API reference). A member that is not here is not served, and refused.

use anyrole_domain::acm::{CertificateKeyAlgorithm, ImportCertificate, RequestCertificate};
use anyrole_domain::{Kind, Refusal, Tag};
use base64_simd::STANDARD;
use serde::Deserialize;
use zeroize::Zeroizing;

/// What only public certificates know.
fn public_only(member: &str) -> Refusal {
    Refusal::new(
        Kind::InvalidInput,
        "public-certificate",
        format!("`{member}` is for public certificates, which are not served."),
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct OneTag {
    key: String,
    #[serde(default)]
    value: Option<String>,
}

fn tags(given: Vec<OneTag>) -> Vec<Tag> {
    let tag = |tag: OneTag| Tag {
        key: tag.key.into(),
        value: tag.value.unwrap_or_default(),
    };
    given.into_iter().map(tag).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Options {
    /// Private certificates are not logged, whatever is preferred.
    #[serde(default, rename = "CertificateTransparencyLoggingPreference")]
    _logging: Option<String>,
    #[serde(default)]
    export: Option<String>,
    #[serde(default)]
    validation_method: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Request {
    domain_name: String,
    #[serde(default)]
    validation_method: Option<String>,
    #[serde(default)]
    subject_alternative_names: Vec<String>,
    #[serde(default)]
    idempotency_token: Option<String>,
    #[serde(default)]
    domain_validation_options: Option<serde_json::Value>,
    #[serde(default)]
    options: Option<Options>,
    #[serde(default)]
    certificate_authority_arn: Option<String>,
    #[serde(default)]
    tags: Vec<OneTag>,
    #[serde(default)]
    key_algorithm: Option<String>,
    #[serde(default)]
    managed_by: Option<String>,
}

/// A kind of key by its name.
pub(super) fn key_algorithm(name: &str) -> Result<CertificateKeyAlgorithm, Refusal> {
    CertificateKeyAlgorithm::parse(name).ok_or_else(|| {
        Refusal::validation(format!(
            "The key algorithm {} is not served; use RSA_2048, RSA_3072, RSA_4096, EC_prime256v1, EC_secp384r1 or EC_secp521r1.",
            anyrole_domain::printable(name)
        ))
    })
}

impl Request {
    pub(super) fn into_input(self) -> Result<RequestCertificate, Refusal> {
        for (member, is_given) in [
            (
                "DomainValidationOptions",
                self.domain_validation_options.is_some(),
            ),
            ("ManagedBy", self.managed_by.is_some()),
            (
                "ValidationMethod",
                self.validation_method.is_some() && self.certificate_authority_arn.is_some(),
            ),
        ] {
            if is_given {
                return Err(public_only(member));
            }
        }
        self.options.map_or(Ok(()), |options| options.check())?;
        Ok(RequestCertificate {
            domain_name: self.domain_name,
            alternative_names: self.subject_alternative_names,
            authority_arn: self.certificate_authority_arn,
            key_algorithm: key_algorithm(self.key_algorithm.as_deref().unwrap_or("RSA_2048"))?,
            idempotency_token: self.idempotency_token,
            tags: tags(self.tags),
        })
    }
}

impl Options {
    /// Private certificates are never logged and can always be exported.
    fn check(&self) -> Result<(), Refusal> {
        if self.validation_method.is_some() {
            return Err(public_only("Options.ValidationMethod"));
        }
        match self.export.as_deref() {
            None | Some("ENABLED") => Ok(()),
            Some(_) => Err(Refusal::new(
                Kind::InvalidInput,
                "export-not-settable",
                "A private certificate can always be exported: Export must be ENABLED.",
            )),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Export {
    certificate_arn: String,
    passphrase: String,
}

impl Export {
    /// The ARN and the passphrase.
    pub(super) fn into_parts(self) -> Result<(String, Zeroizing<Vec<u8>>), Refusal> {
        let passphrase = Zeroizing::new(self.passphrase);
        let passphrase = blob("Passphrase", passphrase.as_bytes())?;
        Ok((self.certificate_arn, passphrase))
    }
}

fn blob(member: &str, base64: &[u8]) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    STANDARD
        .decode_to_vec(base64)
        .map(Zeroizing::new)
        .map_err(|_| Refusal::validation(format!("`{member}` is not base64.")))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Import {
    #[serde(default)]
    certificate_arn: Option<String>,
    certificate: String,
    private_key: String,
    #[serde(default)]
    certificate_chain: Option<String>,
    #[serde(default)]
    tags: Vec<OneTag>,
}

impl Import {
    pub(super) fn into_input(self) -> Result<ImportCertificate, Refusal> {
        let private_key = Zeroizing::new(self.private_key);
        let chain = self.certificate_chain.as_ref();
        let chain = chain.map(|chain| blob("CertificateChain", chain.as_bytes()));
        Ok(ImportCertificate {
            arn: self.certificate_arn,
            certificate: blob("Certificate", self.certificate.as_bytes())?.to_vec(),
            private_key: blob("PrivateKey", private_key.as_bytes())?,
            chain: chain.transpose()?.map(|chain| chain.to_vec()),
            tags: tags(self.tags),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Tagging {
    certificate_arn: String,
    tags: Vec<OneTag>,
}

impl Tagging {
    pub(super) fn set(self) -> (String, Vec<Tag>) {
        (self.certificate_arn, tags(self.tags))
    }

    pub(super) fn taken(self) -> (String, Vec<(String, Option<String>)>) {
        let given = self.tags.into_iter().map(|tag| (tag.key, tag.value));
        (self.certificate_arn, given.collect())
    }
}
