//! DER bytes in, the typed view that the rules ask out: x509-parser's certificate with just the
//! extensions that matter here parsed, each at most once.

use jiff::Timestamp;
use x509_parser::asn1_rs::{FromDer, Oid};
use x509_parser::certificate::{X509Certificate, X509CertificateParser};
use x509_parser::error::X509Error;
use x509_parser::extensions::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use x509_parser::nom::Parser as _;
use x509_parser::time::ASN1Time;

/// A certificate that can be read; nothing about it is verified.
pub(crate) struct ParsedCertificate<'a> {
    pub(crate) x509: X509Certificate<'a>,
    pub(crate) extensions: Extensions<'a>,
}

/// The extensions that the rules ask about.
#[derive(Default)]
pub(crate) struct Extensions<'a> {
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) extended_key_usage: Option<ExtendedKeyUsage<'a>>,
    /// DER of the subjectAltName value.
    pub(crate) subject_alt_name: Option<&'a [u8]>,
    /// The first critical extension that no rule processes.
    pub(crate) unknown_critical: Option<Oid<'a>>,
}

/// The longest serial number that is read at all; the rules accept 20 octets of a leaf (RFC 5280 section 4.1.2.2).
const MAX_SERIAL_OCTETS: usize = 64;

impl<'a> ParsedCertificate<'a> {
    /// Parses exactly one certificate. The error says what could not be read.
    pub(crate) fn parse(der: &'a [u8]) -> Result<Self, String> {
        let (rest, x509) = X509CertificateParser::new()
            .with_deep_parse_extensions(false)
            .parse(der)
            .map_err(|error| format!("not a DER certificate: {error}"))?;
        if !rest.is_empty() {
            return Err(format!("{} bytes follow the certificate", rest.len()));
        }
        // Before any rule: its decimal form costs the square of its length.
        if x509.raw_serial().len() > MAX_SERIAL_OCTETS {
            return Err(format!(
                "a serial number of over {MAX_SERIAL_OCTETS} octets"
            ));
        }
        let extensions = Extensions::read(&x509)?;
        Ok(Self { x509, extensions })
    }

    pub(crate) fn not_before(&self) -> Timestamp {
        timestamp(self.x509.validity.not_before)
    }

    pub(crate) fn not_after(&self) -> Timestamp {
        timestamp(self.x509.validity.not_after)
    }
}

impl<'a> Extensions<'a> {
    fn read(x509: &X509Certificate<'a>) -> Result<Self, String> {
        let mut read = Self::default();
        for extension in x509.extensions() {
            let value = extension.value;
            // RFC 5280 section 4.2: id-ce is 2.5.29, and no extension may occur twice.
            let was_new = match extension.oid.as_bytes() {
                [0x55, 0x1d, 15] => read.key_usage.replace(whole(value, "keyUsage")?).is_none(),
                [0x55, 0x1d, 17] => read.subject_alt_name.replace(value).is_none(),
                [0x55, 0x1d, 19] => {
                    let constraints = whole(value, "basicConstraints")?;
                    read.basic_constraints.replace(constraints).is_none()
                }
                [0x55, 0x1d, 37] => {
                    let usages = whole(value, "extendedKeyUsage")?;
                    read.extended_key_usage.replace(usages).is_none()
                }
                // nameConstraints: webpki reads and enforces them.
                [0x55, 0x1d, 30] => true,
                _ => {
                    if extension.critical && read.unknown_critical.is_none() {
                        read.unknown_critical = Some(extension.oid.clone());
                    }
                    true
                }
            };
            if !was_new {
                return Err(format!("the extension {} occurs twice", extension.oid));
            }
        }
        Ok(read)
    }
}

fn whole<'a, T: FromDer<'a, X509Error>>(value: &'a [u8], name: &str) -> Result<T, String> {
    match T::from_der(value) {
        Ok(([], parsed)) => Ok(parsed),
        Ok(_) => Err(format!("bytes follow the {name} extension")),
        Err(error) => Err(format!("the {name} extension cannot be read: {error}")),
    }
}

/// Certificate times are whole seconds of the years 1950 to 9999; jiff ends a day short of that
/// (RFC 5280 section 4.1.2.5 uses the last second of 9999 for "no end"), so such ends are clamped.
fn timestamp(time: ASN1Time) -> Timestamp {
    Timestamp::from_second(time.timestamp()).unwrap_or(Timestamp::MAX)
}
