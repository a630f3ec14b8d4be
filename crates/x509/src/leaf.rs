//! A leaf that passed the rules in, the owned facts out that sessions, subjects and audit need.

use jiff::Timestamp;
use x509_parser::extensions::{GeneralName, SubjectAlternativeName};
use x509_parser::prelude::FromDer as _;

use crate::names::Name;
use crate::parse::ParsedCertificate;
use crate::public_key::KeyKind;
use crate::serial;

/// What is known of an end-entity certificate. Plain data: the proof that it was verified is the
/// [`crate::VerifiedChain`] around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The subject.
    pub subject: Name,
    /// The issuer.
    pub issuer: Name,
    /// The subject's DER, the key of the Subject resource.
    pub subject_der: Vec<u8>,
    /// The serial number in decimal, as a request's `Credential` writes it.
    pub serial_decimal: String,
    /// The serial number in lower-case hex, an even number of digits, without a sign octet.
    pub serial_hex: String,
    /// The kind of key.
    pub key: KeyKind,
    /// Start of its validity.
    pub not_before: Timestamp,
    /// Last second of its validity.
    pub not_after: Timestamp,
    /// The first dNSName of the subject alternative names.
    pub san_dns: Option<String>,
    /// The first URI of the subject alternative names.
    pub san_uri: Option<String>,
    /// The first directoryName of the subject alternative names.
    pub san_name: Option<Name>,
}

impl Leaf {
    pub(crate) fn from_parsed(leaf: &ParsedCertificate<'_>, key: KeyKind) -> Result<Self, String> {
        let x509 = &leaf.x509;
        let mut built = Self {
            subject: Name::from_parsed(x509.subject()),
            issuer: Name::from_parsed(x509.issuer()),
            subject_der: x509.subject().as_raw().to_vec(),
            serial_decimal: serial::decimal(x509.raw_serial()),
            serial_hex: serial::hex(x509.raw_serial()),
            key,
            not_before: leaf.not_before(),
            not_after: leaf.not_after(),
            san_dns: None,
            san_uri: None,
            san_name: None,
        };
        if let Some(value) = leaf.extensions.subject_alt_name {
            built.read_alternative_names(value)?;
        }
        Ok(built)
    }

    fn read_alternative_names(&mut self, value: &[u8]) -> Result<(), String> {
        let Ok(([], names)) = SubjectAlternativeName::from_der(value) else {
            return Err("the subjectAltName extension cannot be read".to_owned());
        };
        for name in &names.general_names {
            match name {
                GeneralName::DNSName(dns) if self.san_dns.is_none() => {
                    self.san_dns = Some((*dns).to_owned());
                }
                GeneralName::URI(uri) if self.san_uri.is_none() => {
                    self.san_uri = Some((*uri).to_owned());
                }
                GeneralName::DirectoryName(directory) if self.san_name.is_none() => {
                    self.san_name = Some(Name::from_parsed(directory));
                }
                GeneralName::Invalid(tag, _) => {
                    return Err(format!(
                        "a subject alternative name of tag {} is broken",
                        tag.0
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }
}
