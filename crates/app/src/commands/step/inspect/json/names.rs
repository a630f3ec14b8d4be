//! Names of subjects and issuers by their kinds, and the names of hosts that a certificate is for.

use x509_parser::prelude::X509Certificate;
use x509_parser::x509::X509Name;

use super::value::{Json, object};
use crate::commands::step::inspect::extensions::known_name;

/// Kinds of attributes in the order of the members, each with its short name.
const KINDS: [(&str, &str, &str); 13] = [
    ("2.5.4.3", "common_name", "CN"),
    ("2.5.4.5", "serial_number", "serialNumber"),
    ("2.5.4.6", "country", "C"),
    ("2.5.4.7", "locality", "L"),
    ("2.5.4.8", "province", "ST"),
    ("2.5.4.9", "street_address", "street"),
    ("2.5.4.10", "organization", "O"),
    ("2.5.4.11", "organizational_unit", "OU"),
    ("2.5.4.17", "postal_code", "postalCode"),
    ("0.9.2342.19200300.100.1.25", "domain_component", "DC"),
    ("1.2.840.113549.1.9.1", "email_address", "emailAddress"),
    ("2.5.4.42", "given_name", "GN"),
    ("2.5.4.4", "surname", "SN"),
];

fn attributes(name: &X509Name<'_>) -> Vec<(String, String)> {
    let attributes = name.iter_attributes().map(|attribute| {
        let text = attribute.as_str().map_or_else(
            |_| String::from_utf8_lossy(attribute.as_slice()).into_owned(),
            str::to_owned,
        );
        (attribute.attr_type().to_id_string(), text)
    });
    attributes.collect()
}

pub(super) fn name(name: &X509Name<'_>) -> Json {
    let attributes = attributes(name);
    object(KINDS.map(|(kind, member, _)| {
        let of_kind: Vec<_> = attributes
            .iter()
            .filter(|(oid, _)| oid == kind)
            .map(|(_, text)| text.clone())
            .collect();
        (member, (!of_kind.is_empty()).then(|| Json::texts(of_kind)))
    }))
}

/// The parts with short names, the most specific first or not: as they are encoded.
pub(super) fn name_text(name: &X509Name<'_>) -> Option<Json> {
    let parts: Vec<String> = attributes(name)
        .iter()
        .map(|(oid, text)| {
            let kind = KINDS.iter().find(|(kind, ..)| kind == oid);
            let short = match kind {
                Some((_, _, short)) => short,
                None if oid == "0.9.2342.19200300.100.1.1" => "UID",
                None => oid.as_str(),
            };
            format!("{short}={text}")
        })
        .collect();
    (!parts.is_empty()).then(|| Json::Text(parts.join(", ")))
}

/// Names of hosts: the common name where it is one, and the alternative names, each once.
pub(super) fn hosts(certificate: &X509Certificate<'_>) -> Vec<String> {
    let own = certificate.subject().iter_common_name().last();
    let own = own.and_then(|name| name.as_str().ok()).map(str::to_owned);
    let mut names: Vec<String> = own.into_iter().filter(|name| is_host(name)).collect();
    let alternatives = certificate.subject_alternative_name().ok().flatten();
    for name in alternatives
        .iter()
        .flat_map(|names| &names.value.general_names)
    {
        let is_taken = |kind: &str, text: &str| match kind {
            "DNS" | "IP Address" => true,
            "URI" => text.starts_with("http://") || text.starts_with("https://"),
            _ => false,
        };
        let known = known_name(name).filter(|(kind, text)| is_taken(kind, text));
        if let Some((_, text)) = known
            && !names.contains(&text)
        {
            names.push(text);
        }
    }
    names
}

fn is_host(name: &str) -> bool {
    let name = name.strip_prefix("*.").unwrap_or(name);
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    name.contains('.') && name.split('.').all(is_label)
}
