//! DER or PEM in, a summary for people out. `certificate inspect` renders it; nothing here judges.

use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use rustls_pki_types::pem::{PemObject as _, SectionKind};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{ExtendedKeyUsage, GeneralName, KeyUsage, ParsedExtension};
use x509_parser::prelude::FromDer as _;

use crate::fingerprint::sha256_fingerprint;
use crate::names::Name;
use crate::parse::ParsedCertificate;
use crate::public_key::KeyKind;
use crate::serial;

/// A certificate that can be read; nothing about it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    public_key_der: Vec<u8>,
    summary: CertificateSummary,
}

/// Text or bytes that hold no readable certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// A broken PEM section.
    #[error("the text is not PEM: {detail}")]
    NotPem {
        /// What was wrong.
        detail: String,
    },
    /// No PEM section of the kind CERTIFICATE.
    #[error("the text holds no certificate")]
    Empty,
    /// A certificate that cannot be read.
    #[error("certificate {position} cannot be read: {detail}")]
    Malformed {
        /// Its position, from 1.
        position: usize,
        /// What was wrong.
        detail: String,
    },
}

/// What a certificate says, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateSummary {
    /// 1, 2 or 3.
    pub version: u32,
    /// The subject.
    pub subject: Name,
    /// The issuer.
    pub issuer: Name,
    /// The serial number in decimal, of its magnitude where it is negative.
    pub serial_decimal: String,
    /// The serial number's octets in lower-case hex.
    pub serial_hex: String,
    /// Start of its validity.
    pub not_before: Timestamp,
    /// Last second of its validity.
    pub not_after: Timestamp,
    /// The kind of key, such as `EC P-256`, or what it is instead of a kind that is supported.
    pub key: String,
    /// The signature algorithm: a common name such as `ecdsa-with-SHA256`, else its OID.
    pub signature_algorithm: String,
    /// Subject alternative names in certificate order.
    pub subject_alt_names: Vec<SubjectAltName>,
    /// Names of RFC 5280 section 4.2.1.3, such as `digitalSignature`; `None` without the extension.
    pub key_usage: Option<Vec<&'static str>>,
    /// Names such as `clientAuth`, else OIDs; `None` without the extension.
    pub extended_key_usage: Option<Vec<String>>,
    /// The basicConstraints extension, where present.
    pub basic_constraints: Option<BasicConstraintsSummary>,
    /// The subject key identifier in lower-case hex.
    pub subject_key_id: Option<String>,
    /// The authority key identifier in lower-case hex.
    pub authority_key_id: Option<String>,
    /// SHA-256 of the DER.
    pub sha256_fingerprint: [u8; 32],
}

/// The basicConstraints extension (RFC 5280 section 4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraintsSummary {
    /// Whether the certificate is a CA's.
    pub ca: bool,
    /// How many intermediates may follow.
    pub path_length: Option<u32>,
}

/// One subject alternative name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectAltName {
    /// `DNS`, `URI`, `IP`, `email`, `Name` or `other`.
    pub kind: &'static str,
    /// Its text.
    pub value: String,
}

impl Certificate {
    /// Parses one DER certificate.
    ///
    /// # Errors
    /// [`CertificateError::Malformed`].
    pub fn parse_der(der: Vec<u8>) -> Result<Self, CertificateError> {
        Self::parse_at(der, 1)
    }

    /// Parses all certificates of a PEM text, in order; sections of other kinds are passed over.
    ///
    /// # Errors
    /// A broken section, an unreadable certificate, or none at all.
    pub fn parse_pem_bundle(pem: &str) -> Result<Vec<Self>, CertificateError> {
        let mut certificates = Vec::new();
        for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(pem.as_bytes()) {
            match section {
                Ok((SectionKind::Certificate, der)) => {
                    certificates.push(Self::parse_at(der, certificates.len() + 1)?);
                }
                Ok(_) => {}
                Err(error) => {
                    return Err(CertificateError::NotPem {
                        detail: error.to_string(),
                    });
                }
            }
        }
        if certificates.is_empty() {
            return Err(CertificateError::Empty);
        }
        Ok(certificates)
    }

    fn parse_at(der: Vec<u8>, position: usize) -> Result<Self, CertificateError> {
        let malformed = |detail| CertificateError::Malformed { position, detail };
        let parsed = ParsedCertificate::parse(&der).map_err(malformed)?;
        let summary = summarize(&parsed, &der).map_err(malformed)?;
        let public_key_der = parsed.public_key.raw.to_vec();
        Ok(Self {
            der,
            public_key_der,
            summary,
        })
    }

    /// The whole certificate.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate as PEM, 64 columns (RFC 7468).
    #[must_use]
    pub fn render_pem(&self) -> String {
        let text = base64_simd::STANDARD.encode_to_string(&self.der);
        let mut pem = String::with_capacity(text.len() + text.len() / 64 + 64);
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        for (position, character) in text.chars().enumerate() {
            if position > 0 && position % 64 == 0 {
                pem.push('\n');
            }
            pem.push(character);
        }
        pem.push_str("\n-----END CERTIFICATE-----\n");
        pem
    }

    /// Its public key, a DER `SubjectPublicKeyInfo` as the certificate has it (RFC 5280 section 4.1).
    #[must_use]
    pub fn public_key_der(&self) -> &[u8] {
        &self.public_key_der
    }

    /// What it says.
    #[must_use]
    pub fn summary(&self) -> &CertificateSummary {
        &self.summary
    }
}

/// Whose a certificate is, by whom, and its number: what a record has of it, for a fraction of what a whole summary costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateNames {
    /// The subject.
    pub subject: Name,
    /// The issuer.
    pub issuer: Name,
    /// The serial number's octets in lower-case hex.
    pub serial_hex: String,
}

impl CertificateNames {
    /// Reads them of one DER certificate; nothing about it is verified.
    ///
    /// # Errors
    /// [`CertificateError::Malformed`].
    pub fn of_der(der: &[u8]) -> Result<Self, CertificateError> {
        let parsed = ParsedCertificate::parse(der).map_err(|detail| {
            let position = 1;
            CertificateError::Malformed { position, detail }
        })?;
        Ok(Self {
            subject: Name::of_checked(parsed.subject),
            issuer: Name::of_checked(parsed.issuer),
            serial_hex: serial::hex(parsed.serial),
        })
    }
}

/// What the rules don't ask about is read by x509-parser, which knows all of it.
fn summarize(parsed: &ParsedCertificate<'_>, der: &[u8]) -> Result<CertificateSummary, String> {
    let name = |der| Name::from_der(der).map_err(|error| error.to_string());
    let key = match KeyKind::of(&parsed.public_key) {
        Ok(kind) => kind.to_string(),
        Err(what) => what,
    };
    let mut summary = CertificateSummary {
        version: parsed.version,
        subject: name(parsed.subject)?,
        issuer: name(parsed.issuer)?,
        serial_decimal: serial::decimal(parsed.serial),
        serial_hex: serial::hex(parsed.serial),
        not_before: parsed.not_before,
        not_after: parsed.not_after,
        key,
        signature_algorithm: signature_name(&parsed.signature_algorithm.oid.to_string()),
        subject_alt_names: Vec::new(),
        key_usage: None,
        extended_key_usage: None,
        basic_constraints: None,
        subject_key_id: None,
        authority_key_id: None,
        sha256_fingerprint: sha256_fingerprint(der),
    };
    let (_, x509) = X509Certificate::from_der(der).map_err(|error| error.to_string())?;
    for extension in x509.extensions() {
        summary.add(extension.parsed_extension());
    }
    Ok(summary)
}

impl CertificateSummary {
    fn add(&mut self, extension: &ParsedExtension<'_>) {
        match extension {
            ParsedExtension::KeyUsage(usage) => self.key_usage = Some(key_usage_names(usage)),
            ParsedExtension::ExtendedKeyUsage(usage) => {
                self.extended_key_usage = Some(extended_key_usage_names(usage));
            }
            ParsedExtension::BasicConstraints(constraints) => {
                self.basic_constraints = Some(BasicConstraintsSummary {
                    ca: constraints.ca,
                    path_length: constraints.path_len_constraint,
                });
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                self.subject_alt_names = alternative_names(&names.general_names);
            }
            ParsedExtension::SubjectKeyIdentifier(id) => {
                self.subject_key_id = Some(lower_hex(id.0));
            }
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                self.authority_key_id = id.key_identifier.as_ref().map(|id| lower_hex(id.0));
            }
            _ => {}
        }
    }
}

fn lower_hex(octets: &[u8]) -> String {
    hex_simd::encode_to_string(octets, hex_simd::AsciiCase::Lower)
}

fn signature_name(oid: &str) -> String {
    match oid {
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.113549.1.1.5" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.10" => "rsassaPss",
        "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
        "1.3.101.112" => "Ed25519",
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44",
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65",
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87",
        other => other,
    }
    .to_owned()
}

fn alternative_names(names: &[GeneralName<'_>]) -> Vec<SubjectAltName> {
    let named = |kind, value| SubjectAltName { kind, value };
    names
        .iter()
        .map(|name| match name {
            GeneralName::DNSName(dns) => named("DNS", (*dns).to_owned()),
            GeneralName::URI(uri) => named("URI", (*uri).to_owned()),
            GeneralName::RFC822Name(email) => named("email", (*email).to_owned()),
            GeneralName::DirectoryName(name) => {
                let name = Name::from_der(name.as_raw()).unwrap_or_default();
                named("Name", name.to_string())
            }
            GeneralName::IPAddress(octets) => named("IP", ip_address(octets)),
            other => named("other", other.to_string()),
        })
        .collect()
}

fn ip_address(octets: &[u8]) -> String {
    if let Ok(four) = <[u8; 4]>::try_from(octets) {
        Ipv4Addr::from(four).to_string()
    } else if let Ok(sixteen) = <[u8; 16]>::try_from(octets) {
        Ipv6Addr::from(sixteen).to_string()
    } else {
        lower_hex(octets)
    }
}

fn key_usage_names(usage: &KeyUsage) -> Vec<&'static str> {
    let all = [
        (usage.digital_signature(), "digitalSignature"),
        (usage.non_repudiation(), "nonRepudiation"),
        (usage.key_encipherment(), "keyEncipherment"),
        (usage.data_encipherment(), "dataEncipherment"),
        (usage.key_agreement(), "keyAgreement"),
        (usage.key_cert_sign(), "keyCertSign"),
        (usage.crl_sign(), "cRLSign"),
        (usage.encipher_only(), "encipherOnly"),
        (usage.decipher_only(), "decipherOnly"),
    ];
    all.into_iter()
        .filter(|(set, _)| *set)
        .map(|(_, name)| name)
        .collect()
}

fn extended_key_usage_names(usage: &ExtendedKeyUsage<'_>) -> Vec<String> {
    let known = [
        (usage.any, "anyExtendedKeyUsage"),
        (usage.server_auth, "serverAuth"),
        (usage.client_auth, "clientAuth"),
        (usage.code_signing, "codeSigning"),
        (usage.email_protection, "emailProtection"),
        (usage.time_stamping, "timeStamping"),
        (usage.ocsp_signing, "OCSPSigning"),
    ];
    let known = known
        .into_iter()
        .filter(|(set, _)| *set)
        .map(|(_, name)| name.to_owned());
    known
        .chain(usage.other.iter().map(|oid| oid.to_id_string()))
        .collect()
}
