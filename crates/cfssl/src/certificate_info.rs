//! `cfssl certinfo -cert`: PEM enters, the JSON that describes the certificate leaves.

use anyrole_x509::decimal;
use der::Decode;
use jiff::Timestamp;
use x509_cert::name::RdnSequence;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, ParsedExtension, X509Certificate};

use crate::error::Fault;
use crate::json::Json;
use crate::name::{Name, text_of};
use crate::{CfsslError, pem};

/// The one certificate of a PEM text, in DER.
///
/// # Errors
/// There is none, or more than one block.
pub fn one_certificate(text: &[u8]) -> Result<Vec<u8>, CfsslError> {
    let block = pem::first(text).ok_or_else(|| Fault::CertificateUndecoded.plain())?;
    X509Certificate::from_der(&block.content).map_err(|_| Fault::CertificateUnparsed.plain())?;
    match block.is_followed {
        false => Ok(block.content),
        true => {
            Err(Fault::CertificateUnparsed.because("the PEM file should contain only one object"))
        }
    }
}

/// Describes the certificate of a PEM text.
///
/// # Errors
/// As [`one_certificate`].
pub fn certificate_info(text: &[u8]) -> Result<Json, CfsslError> {
    let der = one_certificate(text)?;
    let (_, certificate) =
        X509Certificate::from_der(&der).map_err(|_| Fault::CertificateUnparsed.plain())?;
    let (mut issuer_key, mut subject_key) = (String::new(), String::new());
    let (mut names, mut addresses) = (Vec::new(), Vec::new());
    for extension in certificate.iter_extensions() {
        match extension.parsed_extension() {
            ParsedExtension::AuthorityKeyIdentifier(identifier) => {
                let identifier = identifier.key_identifier.as_ref();
                issuer_key = identifier.map_or_else(String::new, |identifier| octets(identifier.0));
            }
            ParsedExtension::SubjectKeyIdentifier(identifier) => subject_key = octets(identifier.0),
            ParsedExtension::SubjectAlternativeName(alternative) => {
                for name in &alternative.general_names {
                    match name {
                        GeneralName::DNSName(name) => names.push(Json::text(*name)),
                        GeneralName::IPAddress(octets) => addresses.extend(address(octets)),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    names.extend(addresses.into_iter().map(Json::Text));
    let mut fields = vec![
        ("subject".to_owned(), name(certificate.subject().as_raw())?),
        ("issuer".to_owned(), name(certificate.issuer().as_raw())?),
        (
            "serial_number".to_owned(),
            Json::text(decimal(certificate.raw_serial())),
        ),
    ];
    if !names.is_empty() {
        fields.push(("sans".to_owned(), Json::List(names)));
    }
    let validity = certificate.validity();
    let algorithm = certificate.signature_algorithm.algorithm.to_id_string();
    fields.extend([
        (
            "not_before".to_owned(),
            time(validity.not_before.timestamp())?,
        ),
        (
            "not_after".to_owned(),
            time(validity.not_after.timestamp())?,
        ),
        ("sigalg".to_owned(), Json::text(signature_name(&algorithm))),
        ("authority_key_id".to_owned(), Json::Text(issuer_key)),
        ("subject_key_id".to_owned(), Json::Text(subject_key)),
        (
            "pem".to_owned(),
            Json::Text(pem::render("CERTIFICATE", &der)),
        ),
    ]);
    Ok(Json::Object(fields))
}

fn name(der: &[u8]) -> Result<Json, CfsslError> {
    let broken = |error: &dyn ToString| Fault::CertificateUnparsed.because(error.to_string());
    let parts = Name::from_der(der)?;
    let joined = |list: &[String]| list.join(",");
    let texts = [
        ("common_name", parts.common_name.clone()),
        ("serial_number", parts.serial_number.clone()),
        ("country", joined(&parts.country)),
        ("organization", joined(&parts.organization)),
        ("organizational_unit", joined(&parts.organizational_unit)),
        ("locality", joined(&parts.locality)),
        ("province", joined(&parts.province)),
        ("street_address", joined(&parts.street)),
        ("postal_code", joined(&parts.postal_code)),
    ];
    let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
    let mut fields: Vec<(String, Json)> = texts
        .map(|(name, text)| (name.to_owned(), Json::Text(text)))
        .collect();
    let rdns = RdnSequence::from_der(der).map_err(|error| broken(&error))?;
    let values = rdns.iter().flat_map(|rdn| rdn.iter());
    let values: Vec<Json> = values
        .map(|attribute| text_of(&attribute.value).map_or(Json::Null, Json::Text))
        .collect();
    if !values.is_empty() {
        fields.push(("names".to_owned(), Json::List(values)));
    }
    Ok(Json::Object(fields))
}

/// `CA:35:62`
fn octets(octets: &[u8]) -> String {
    let octets: Vec<String> = octets.iter().map(|octet| format!("{octet:02X}")).collect();
    octets.join(":")
}

/// The text of an address in a certificate.
pub(crate) fn address(octets: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(octets) {
        return Some(std::net::IpAddr::from(four).to_string());
    }
    let sixteen = <[u8; 16]>::try_from(octets).ok()?;
    Some(std::net::IpAddr::from(sixteen).to_canonical().to_string())
}

fn time(seconds: i64) -> Result<Json, CfsslError> {
    Timestamp::from_second(seconds)
        .map(|time| Json::text(time.to_string()))
        .map_err(|error| Fault::CertificateUnparsed.because(error))
}

/// Signature algorithms: the number, cfssl's name, Go's place in its list.
const SIGNATURES: [(&str, &str, u8); 12] = [
    ("1.2.840.113549.1.1.4", "MD5WithRSA", 2),
    ("1.2.840.113549.1.1.5", "SHA1WithRSA", 3),
    ("1.2.840.113549.1.1.11", "SHA256WithRSA", 4),
    ("1.2.840.113549.1.1.12", "SHA384WithRSA", 5),
    ("1.2.840.113549.1.1.13", "SHA512WithRSA", 6),
    ("1.2.840.10045.4.1", "ECDSAWithSHA1", 9),
    ("1.2.840.10045.4.3.2", "ECDSAWithSHA256", 10),
    ("1.2.840.10045.4.3.3", "ECDSAWithSHA384", 11),
    ("1.2.840.10045.4.3.4", "ECDSAWithSHA512", 12),
    ("2.16.840.1.101.3.4.3.17", "MLDSA44", 17),
    ("2.16.840.1.101.3.4.3.18", "MLDSA65", 18),
    ("2.16.840.1.101.3.4.3.19", "MLDSA87", 19),
];

fn signature_name(oid: &str) -> &'static str {
    let known = SIGNATURES.iter().find(|(known, ..)| *known == oid);
    match (known, oid) {
        (Some((_, name, _)), _) => name,
        (None, "1.3.101.112") => "Ed25519",
        _ => "Unknown Signature",
    }
}

/// Go's number of a signature algorithm.
pub(crate) fn signature_number(oid: &str) -> u8 {
    let known = SIGNATURES.iter().find(|(known, ..)| *known == oid);
    match (known, oid) {
        (Some((.., number)), _) => *number,
        (None, "1.3.101.112") => 16,
        _ => 0,
    }
}
