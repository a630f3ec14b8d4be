//! Extensions as text: one of a certificate or of a request enters, its lines leave, in `step`'s form.

use std::net::{Ipv4Addr, Ipv6Addr};

use x509_parser::extensions::{
    DistributionPointName, ExtendedKeyUsage, GeneralName, KeyUsage, ParsedExtension, X509Extension,
};

use crate::commands::step::{hex, printable};

/// Whose extension it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Certificate,
    Request,
}

/// The extensions that are known of requests.
pub const OF_REQUESTS: [&str; 6] = [
    "2.5.29.14",
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.19",
    "2.5.29.30",
    "2.5.29.37",
];

/// One extension.
pub fn text(extension: &X509Extension<'_>, of: Subject) -> String {
    use ParsedExtension as E;
    match extension.parsed_extension() {
        E::SubjectKeyIdentifier(id) => {
            entry("X509v3 Subject Key Identifier", extension, &[upper(id.0)])
        }
        E::AuthorityKeyIdentifier(id) => {
            let id = id.key_identifier.as_ref().map_or(&[][..], |id| id.0);
            entry("X509v3 Authority Key Identifier", extension, &[upper(id)])
        }
        E::KeyUsage(usage) => entry("X509v3 Key Usage", extension, &[key_usage(usage)]),
        E::ExtendedKeyUsage(usage) => {
            entry("X509v3 Extended Key Usage", extension, &[purposes(usage)])
        }
        E::BasicConstraints(constraints) => {
            let ca = if constraints.ca {
                "CA:TRUE"
            } else {
                "CA:FALSE"
            };
            // Go's reader of requests takes a missing length for none.
            let line = match constraints.path_len_constraint {
                Some(length) => format!("{ca}, pathlen:{length}"),
                None => ca.to_owned(),
            };
            entry("X509v3 Basic Constraints", extension, &[line])
        }
        E::SubjectAlternativeName(names) => entry(
            "X509v3 Subject Alternative Name",
            extension,
            &names_of(&names.general_names),
        ),
        E::CRLDistributionPoints(points) if of == Subject::Certificate => {
            let urls: Vec<String> = points
                .iter()
                .filter_map(|point| point.distribution_point.as_ref())
                .filter_map(|point| match point {
                    DistributionPointName::FullName(names) => Some(names),
                    _ => None,
                })
                .flatten()
                .filter_map(url)
                .map(|url| format!("URI:{url}"))
                .collect();
            let lines = match urls.is_empty() {
                true => Vec::new(),
                false => vec!["Full Name:".to_owned(), format!("  {}", urls.join(", "))],
            };
            entry("X509v3 CRL Distribution Points", extension, &lines)
        }
        E::CertificatePolicies(policies) if of == Subject::Certificate => {
            let lines: Vec<_> = policies
                .iter()
                .map(|policy| format!("Policy: {}", policy.policy_id.to_id_string()))
                .collect();
            entry("X509v3 Certificate Policies", extension, &lines)
        }
        E::AuthorityInfoAccess(access) if of == Subject::Certificate => {
            let of_kind = |kind: &str| -> Vec<String> {
                access
                    .accessdescs
                    .iter()
                    .filter(|one| one.access_method.to_id_string() == kind)
                    .filter_map(|one| url(&one.access_location))
                    .map(|url| format!("URI:{url}"))
                    .collect()
            };
            let mut lines = Vec::new();
            for (title, kind) in [
                ("OCSP", "1.3.6.1.5.5.7.48.1"),
                ("CA Issuers", "1.3.6.1.5.5.7.48.2"),
            ] {
                let urls = of_kind(kind);
                if !urls.is_empty() {
                    lines.push(format!("{title} - {}", urls.join(",")));
                }
            }
            entry("Authority Information Access", extension, &lines)
        }
        _ => unknown(extension),
    }
}

/// An extension by its number, with what of it can be printed.
pub fn unknown(extension: &X509Extension<'_>) -> String {
    let value = String::from_utf8_lossy(extension.value);
    let value: String = value
        .chars()
        .map(|c| {
            if c.is_control() || c == '\u{fffd}' {
                '.'
            } else {
                c
            }
        })
        .collect();
    entry(&extension.oid.to_id_string(), extension, &[value])
}

fn entry(title: &str, extension: &X509Extension<'_>, lines: &[String]) -> String {
    let critical = if extension.critical { " critical" } else { "" };
    let mut text = format!("            {title}:{critical}\n");
    for line in lines {
        text.push_str(&format!("                {}\n", printable(line)));
    }
    text
}

fn upper(octets: &[u8]) -> String {
    hex(octets, ":").to_uppercase()
}

fn key_usage(usage: &KeyUsage) -> String {
    let all = [
        (usage.digital_signature(), "Digital Signature"),
        (usage.non_repudiation(), "Content Commitment"),
        (usage.key_encipherment(), "Key Encipherment"),
        (usage.data_encipherment(), "Data Encipherment"),
        (usage.key_agreement(), "Key Agreement"),
        (usage.key_cert_sign(), "Certificate Sign"),
        (usage.crl_sign(), "CRL Sign"),
        (usage.encipher_only(), "Encipher Only"),
        (usage.decipher_only(), "Decipher Only"),
    ];
    let names: Vec<_> = all
        .iter()
        .filter(|(set, _)| *set)
        .map(|(_, name)| *name)
        .collect();
    match names.is_empty() {
        true => "None".to_owned(),
        false => names.join(", "),
    }
}

fn purposes(usage: &ExtendedKeyUsage<'_>) -> String {
    let all = [
        (usage.any, "Any Usage"),
        (usage.server_auth, "Server Authentication"),
        (usage.client_auth, "Client Authentication"),
        (usage.code_signing, "Code Signing"),
        (usage.email_protection, "E-mail Protection"),
        (usage.time_stamping, "Time Stamping"),
        (usage.ocsp_signing, "OCSP Signing"),
    ];
    let known = all
        .iter()
        .filter(|(set, _)| *set)
        .map(|(_, name)| (*name).to_owned());
    let others = usage
        .other
        .iter()
        .map(|oid| match oid.to_id_string().as_str() {
            "2.23.133.8.1" => "EK Certificate".to_owned(),
            oid => oid.to_owned(),
        });
    known.chain(others).collect::<Vec<_>>().join(", ")
}

fn url<'a>(name: &'a GeneralName<'a>) -> Option<&'a str> {
    match name {
        GeneralName::URI(url) => Some(url),
        _ => None,
    }
}

/// Kind and text of an alternative name that Go knows.
pub fn known_name(name: &GeneralName<'_>) -> Option<(&'static str, String)> {
    match name {
        GeneralName::DNSName(name) => Some(("DNS", (*name).to_owned())),
        GeneralName::RFC822Name(name) => Some(("email", (*name).to_owned())),
        GeneralName::URI(name) => Some(("URI", (*name).to_owned())),
        GeneralName::IPAddress(octets) => {
            let address = match (<[u8; 4]>::try_from(*octets), <[u8; 16]>::try_from(*octets)) {
                (Ok(four), _) => Ipv4Addr::from(four).to_string(),
                (_, Ok(sixteen)) => Ipv6Addr::from(sixteen).to_string(),
                _ => hex(octets, ""),
            };
            Some(("IP Address", address))
        }
        _ => None,
    }
}

/// A line for each kind; those of other kinds by their number.
fn names_of(names: &[GeneralName<'_>]) -> Vec<String> {
    let mut lines = Vec::new();
    for kind in ["DNS", "email", "IP Address", "URI"] {
        let of_kind: Vec<_> = names
            .iter()
            .filter_map(known_name)
            .filter(|(found, _)| *found == kind)
            .map(|(_, name)| format!("{kind}:{name}"))
            .collect();
        if !of_kind.is_empty() {
            lines.push(of_kind.join(", "));
        }
    }
    for name in names {
        if let GeneralName::OtherName(oid, value) = name {
            let oid = oid.to_id_string();
            lines.push(format!(
                "OtherName: Type: {oid}, Value: 0x{}",
                hex(value, "")
            ));
        }
    }
    lines
}
