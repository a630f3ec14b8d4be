//! The short text (`--short`): what was parsed enters, a few lines leave, in `step`'s form.

use anyrole_x509::{Certificate, is_issued_by};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::X509Certificate;
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;
use x509_parser::x509::{SubjectPublicKeyInfo, X509Name};

use super::extensions::known_name;
use super::text::curve;
use crate::commands::step::printable;

/// A certificate.
pub fn certificate(certificate: &X509Certificate<'_>, der: &[u8]) -> String {
    let signs_itself = Certificate::parse_der(der.to_vec())
        .is_ok_and(|certificate| is_issued_by(&certificate, &certificate));
    let kind = match (certificate.is_ca(), signs_itself) {
        (true, true) => "Root CA",
        (true, false) => "Intermediate CA",
        (false, _) => "TLS",
    };
    let serial = abbreviated(&certificate.serial.to_string());
    let names = certificate.subject_alternative_name().ok().flatten();
    let names = names.map_or(&[][..], |names| &names.value.general_names);
    let mut text = format!(
        "X.509v3 {kind} Certificate ({}) [Serial: {serial}]\n",
        key(certificate.public_key())
    );
    text.push_str(&subject(certificate.subject(), names));
    text.push_str(&format!(
        "  Issuer:      {}\n",
        common_name(certificate.issuer())
    ));
    let validity = certificate.validity();
    text.push_str(&format!("  Valid from:  {}\n", time(validity.not_before)));
    text.push_str(&format!("          to:  {}\n", time(validity.not_after)));
    text
}

/// A request.
pub fn request(request: &X509CertificationRequest<'_>) -> String {
    let info = &request.certification_request_info;
    let asked = request.requested_extensions().into_iter().flatten();
    let names: Vec<&GeneralName<'_>> = asked
        .filter_map(|extension| match extension {
            ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
            _ => None,
        })
        .flatten()
        .collect();
    let names: Vec<_> = names.into_iter().cloned().collect();
    let mut text = format!(
        "X.509v3 Certificate Signing Request ({})\n",
        key(&info.subject_pki)
    );
    text.push_str(&subject(&info.subject, &names));
    text
}

/// The common name, then all other names, by kind.
fn subject(name: &X509Name<'_>, names: &[GeneralName<'_>]) -> String {
    let own = common_name(name);
    let mut shown: Vec<String> = Vec::new();
    if !own.is_empty() {
        shown.push(own.clone());
    }
    for kind in ["DNS", "IP Address", "email", "URI"] {
        let of_kind = names
            .iter()
            .filter_map(known_name)
            .filter(|(found, value)| *found == kind && *value != own);
        shown.extend(of_kind.map(|(_, value)| printable(&value)));
    }
    match shown.split_first() {
        None => "  Subject: \n".to_owned(),
        Some((first, others)) => {
            let others: String = others
                .iter()
                .map(|name| format!("               {name}\n"))
                .collect();
            format!("  Subject:     {first}\n{others}")
        }
    }
}

fn common_name(name: &X509Name<'_>) -> String {
    let last = name.iter_common_name().last();
    let text = last.and_then(|name| name.as_str().ok());
    printable(text.unwrap_or_default())
}

fn key(key: &SubjectPublicKeyInfo<'_>) -> String {
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => format!("RSA {}", rsa.key_size()),
        Ok(PublicKey::EC(_)) => format!("ECDSA {}", curve(key)),
        _ => match key.algorithm.algorithm.to_id_string().as_str() {
            "1.3.101.112" => "Ed25519 256".to_owned(),
            "2.16.840.1.101.3.4.3.17" => "ML-DSA-44".to_owned(),
            "2.16.840.1.101.3.4.3.18" => "ML-DSA-65".to_owned(),
            "2.16.840.1.101.3.4.3.19" => "ML-DSA-87".to_owned(),
            other => format!("{other} unknown"),
        },
    }
}

/// RFC 3339.
fn time(moment: ASN1Time) -> String {
    match jiff::Timestamp::from_second(moment.timestamp()) {
        Ok(moment) => moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Err(_) => moment.to_string(),
    }
}

fn abbreviated(text: &str) -> String {
    let (length, cut) = (text.len(), text.len().saturating_sub(4));
    match (text.get(..4), text.get(cut..)) {
        (Some(start), Some(end)) if length > 8 => format!("{start}...{end}"),
        _ => text.to_owned(),
    }
}
