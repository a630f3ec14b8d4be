//! A leaf that passed the rules in, the owned facts out that sessions, subjects and audit need.

use jiff::Timestamp;

use crate::der::{self, DerError, Reader, tag};
use crate::names::Name;
use crate::parse::ParsedCertificate;
use crate::public_key::KeyKind;
use crate::serial;

/// What is known of an end-entity certificate. Plain data: the proof that it was verified is the
/// [`crate::VerifiedChain`] around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The subject; its DER is the key of the Subject resource.
    pub subject: Name,
    /// The issuer.
    pub issuer: Name,
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
        let mut built = Self {
            // Read when the certificate was.
            subject: Name::of_checked(leaf.subject),
            issuer: Name::of_checked(leaf.issuer),
            serial_decimal: serial::decimal(leaf.serial),
            serial_hex: serial::hex(leaf.serial),
            key,
            not_before: leaf.not_before,
            not_after: leaf.not_after,
            san_dns: None,
            san_uri: None,
            san_name: None,
        };
        if let Some(value) = leaf.extensions.subject_alt_name {
            built
                .read_alternative_names(value)
                .map_err(|error| format!("the subjectAltName extension cannot be read: {error}"))?;
        }
        Ok(built)
    }

    /// The first of each kind that session tags know (RFC 5280 section 4.2.1.6).
    fn read_alternative_names(&mut self, value: &[u8]) -> Result<(), DerError> {
        const DNS_NAME: u8 = tag::primitive(2);
        const DIRECTORY_NAME: u8 = tag::constructed(4);
        const URI: u8 = tag::primitive(6);
        let text = |value| {
            std::str::from_utf8(value)
                .map(str::to_owned)
                .map_err(|_| DerError("a name is not text"))
        };
        let mut names = Reader::new(der::whole(value, tag::SEQUENCE)?.value);
        while !names.is_empty() {
            let name = names.element()?;
            match name.tag {
                DNS_NAME if self.san_dns.is_none() => self.san_dns = Some(text(name.value)?),
                URI if self.san_uri.is_none() => self.san_uri = Some(text(name.value)?),
                DIRECTORY_NAME if self.san_name.is_none() => {
                    self.san_name = Some(Name::from_der(name.value)?);
                }
                // The nine forms of a GeneralName.
                0xa0 | 0x81..=0x82 | 0xa3..=0xa5 | 0x86..=0x88 => {}
                _ => return Err(DerError("a name of no known form")),
            }
        }
        Ok(())
    }
}
