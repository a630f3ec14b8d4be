//! The long text of a certificate or a request: what was parsed enters, lines like openssl's leave, indented as `step` does it.

use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::{ParsedCriAttribute, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo, X509Name};

use super::extensions::{self, Subject};
use crate::commands::step::{hex, printable};

/// A certificate.
pub fn certificate(certificate: &X509Certificate<'_>) -> String {
    let algorithm = signature_algorithm(&certificate.signature_algorithm);
    let serial = certificate.serial.to_string();
    let octets = certificate.raw_serial();
    let octets = match octets {
        [0, rest @ ..] if !rest.is_empty() => rest,
        octets => octets,
    };
    let mut text = "Certificate:\n    Data:\n".to_owned();
    let version = certificate.version().0;
    text.push_str(&format!(
        "        Version: {} (0x{version:x})\n",
        version + 1
    ));
    text.push_str(&format!(
        "        Serial Number: {serial} (0x{})\n",
        hex(octets, "")
    ));
    text.push_str(&format!("        Signature Algorithm: {algorithm}\n"));
    text.push_str(&format!(
        "        Issuer: {}",
        name_line(certificate.issuer())
    ));
    text.push_str("        Validity\n");
    let validity = certificate.validity();
    for (title, moment) in [
        ("Not Before: ", validity.not_before),
        ("Not After : ", validity.not_after),
    ] {
        text.push_str(&format!("            {title}{}\n", time(moment)));
    }
    text.push_str(&subject(certificate.subject(), certificate.public_key()));
    if !certificate.extensions().is_empty() {
        text.push_str("        X509v3 extensions:\n");
        for extension in certificate.extensions() {
            text.push_str(&extensions::text(extension, Subject::Certificate));
        }
    }
    text.push_str(&signature(&algorithm, &certificate.signature_value.data));
    text
}

/// A request.
pub fn request(request: &X509CertificationRequest<'_>) -> String {
    let info = &request.certification_request_info;
    let version = info.version.0;
    let mut text = "Certificate Request:\n    Data:\n".to_owned();
    // As it stands: what a certificate counts from one, a request counts from nought.
    text.push_str(&format!(
        "        Version: {version} (0x{:x})\n",
        version.saturating_sub(1)
    ));
    text.push_str(&subject(&info.subject, &info.subject_pki));
    let asked: Vec<_> = info
        .iter_attributes()
        .filter_map(|attribute| match attribute.parsed_attribute() {
            ParsedCriAttribute::ExtensionRequest(request) => Some(&request.extensions),
            _ => None,
        })
        .flatten()
        .collect();
    if !asked.is_empty() {
        text.push_str("        Requested Extensions:\n");
        let is_known = |oid: &str| extensions::OF_REQUESTS.contains(&oid);
        let (known, others): (Vec<_>, Vec<_>) = asked
            .into_iter()
            .partition(|extension| is_known(&extension.oid.to_id_string()));
        for extension in known {
            text.push_str(&extensions::text(extension, Subject::Request));
        }
        if !others.is_empty() {
            text.push_str("        Attributes:\n");
            for extension in others {
                text.push_str(&extensions::unknown(extension));
            }
        }
    }
    let algorithm = signature_algorithm(&request.signature_algorithm);
    text.push_str(&signature(&algorithm, &request.signature_value.data));
    text
}

fn subject(name: &X509Name<'_>, key: &SubjectPublicKeyInfo<'_>) -> String {
    let mut text = match name.iter().next() {
        Some(_) => format!("        Subject: {}", name_line(name)),
        None => "        Subject:\n".to_owned(),
    };
    text.push_str("        Subject Public Key Info:\n            Public Key Algorithm: ");
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => {
            let modulus = without_zeros(rsa.modulus);
            let exponent = rsa.try_exponent().unwrap_or_default();
            text.push_str("RSA\n");
            text.push_str(&format!(
                "                Public-Key: ({} bit)\n                Modulus:{}\n                Exponent: {exponent} (0x{exponent:x})\n",
                bits(modulus),
                lines(modulus, 15, 20)
            ));
        }
        Ok(PublicKey::EC(point)) => {
            let curve = curve(key);
            let size = match curve {
                "P-256" => 256,
                "P-384" => 384,
                "P-521" => 521,
                _ => point.key_size(),
            };
            let coordinates = point.data().get(1..).unwrap_or_default();
            let (x, y) = coordinates.split_at(coordinates.len() / 2);
            text.push_str(&format!(
                "ECDSA\n                Public-Key: ({size} bit)\n"
            ));
            for (name, number) in [("X", x), ("Y", y)] {
                let number = lines(without_zeros(number), 15, 20);
                text.push_str(&format!("                {name}:{number}\n"));
            }
            text.push_str(&format!("                Curve: {curve}\n"));
        }
        _ => {
            let octets = &key.subject_public_key.data;
            let algorithm = named(&key.algorithm.algorithm.to_id_string());
            text.push_str(&format!(
                "{algorithm}\n                Public-Key: ({} bit){}\n",
                octets.len(),
                lines(octets, 15, 20)
            ));
        }
    }
    text
}

/// The curve of an EC key by Go's name.
pub(super) fn curve(key: &SubjectPublicKeyInfo<'_>) -> &'static str {
    let curve = key
        .algorithm
        .parameters
        .as_ref()
        .and_then(|parameters| parameters.as_oid().ok())
        .map(|oid| oid.to_id_string());
    match curve.as_deref() {
        Some("1.2.840.10045.3.1.7") => "P-256",
        Some("1.3.132.0.34") => "P-384",
        Some("1.3.132.0.35") => "P-521",
        Some("1.3.132.0.33") => "P-224",
        _ => "unknown",
    }
}

/// Bits of a number without zeros in front.
pub(super) fn bits(number: &[u8]) -> usize {
    let unused = number.first().map_or(0, |first| first.leading_zeros());
    (number.len() * 8).saturating_sub(usize::try_from(unused).unwrap_or(0))
}

pub(super) fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// Octets with colons, so many a line, each line behind a break and so many blanks.
fn lines(octets: &[u8], each: usize, indent: usize) -> String {
    let lines: Vec<String> = octets.chunks(each).map(|line| hex(line, ":")).collect();
    let indent = " ".repeat(indent);
    lines
        .iter()
        .enumerate()
        .map(|(position, line)| {
            let colon = if position + 1 < lines.len() { ":" } else { "" };
            format!("\n{indent}{line}{colon}")
        })
        .collect()
}

fn signature(algorithm: &str, value: &[u8]) -> String {
    format!(
        "    Signature Algorithm: {algorithm}{}\n",
        lines(value, 18, 9)
    )
}

/// `Jan 2 15:04:05 2006 UTC`.
fn time(moment: ASN1Time) -> String {
    match jiff::Timestamp::from_second(moment.timestamp()) {
        Ok(moment) => moment.strftime("%b %-d %H:%M:%S %Y UTC").to_string(),
        Err(_) => moment.to_string(),
    }
}

/// The parts of a name in their order, and a break; nothing for an empty name.
fn name_line(name: &X509Name<'_>) -> String {
    let parts: Vec<String> = name
        .iter_attributes()
        .map(|attribute| {
            let oid = attribute.attr_type().to_id_string();
            let kind = match oid.as_str() {
                "2.5.4.3" => "CN",
                "2.5.4.5" => "SERIALNUMBER",
                "2.5.4.6" => "C",
                "2.5.4.7" => "L",
                "2.5.4.8" => "ST",
                "2.5.4.9" => "STREET",
                "2.5.4.10" => "O",
                "2.5.4.11" => "OU",
                "2.5.4.17" => "POSTALCODE",
                "1.2.840.113549.1.9.1" => "emailAddress",
                "0.9.2342.19200300.100.1.25" => "DC",
                "0.9.2342.19200300.100.1.1" => "UID",
                _ => return format!("UnknownOID={oid}"),
            };
            let value = attribute.as_str().map_or_else(
                |_| String::from_utf8_lossy(attribute.as_slice()).into_owned(),
                str::to_owned,
            );
            format!("{kind}={}", printable(&value))
        })
        .collect();
    match parts.is_empty() {
        true => String::new(),
        false => format!("{}\n", parts.join(",")),
    }
}

/// Go's name of a signature algorithm.
fn signature_algorithm(algorithm: &AlgorithmIdentifier<'_>) -> String {
    named(&algorithm.algorithm.to_id_string())
}

pub(super) fn named(oid: &str) -> String {
    match oid {
        "1.2.840.113549.1.1.5" => "SHA1-RSA",
        "1.2.840.113549.1.1.10" => "SHA256-RSAPSS",
        "1.2.840.113549.1.1.11" => "SHA256-RSA",
        "1.2.840.113549.1.1.12" => "SHA384-RSA",
        "1.2.840.113549.1.1.13" => "SHA512-RSA",
        "1.2.840.10045.4.1" => "ECDSA-SHA1",
        "1.2.840.10045.4.3.2" => "ECDSA-SHA256",
        "1.2.840.10045.4.3.3" => "ECDSA-SHA384",
        "1.2.840.10045.4.3.4" => "ECDSA-SHA512",
        "1.3.101.112" => "Ed25519",
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44",
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65",
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87",
        other => other,
    }
    .to_owned()
}
