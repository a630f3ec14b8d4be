//! JSON of a certificate, with the fields of ZCrypto, in their order: what was parsed enters, indented text leaves.

use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64_simd::STANDARD;
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::prelude::X509Certificate;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo, X509Name};

use super::curve_parameters::parameters;
use super::extensions::known_name;
use super::text::{curve, named, without_zeros};
use crate::commands::step::hex;

/// A value whose members keep their order.
pub enum Json {
    Object(Vec<(&'static str, Json)>),
    List(Vec<Json>),
    Text(String),
    Number(i64),
    Flag(bool),
}

impl Json {
    fn base64(octets: &[u8]) -> Self {
        Self::Text(STANDARD.encode_to_string(octets))
    }

    fn hash(algorithm: &'static Algorithm, octets: &[u8]) -> Self {
        Self::Text(hex(digest(algorithm, octets).as_ref(), ""))
    }

    fn texts(texts: impl IntoIterator<Item = String>) -> Self {
        Self::List(texts.into_iter().map(Self::Text).collect())
    }

    /// As Go indents it; a break behind.
    pub fn render(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, 0);
        text.push('\n');
        text
    }

    fn write(&self, out: &mut String, level: usize) {
        let open = |out: &mut String| out.push_str(&format!("\n{}", "  ".repeat(level + 1)));
        let close = |out: &mut String| out.push_str(&format!("\n{}", "  ".repeat(level)));
        match self {
            Self::Object(members) if members.is_empty() => out.push_str("{}"),
            Self::List(values) if values.is_empty() => out.push_str("[]"),
            Self::Object(members) => {
                out.push('{');
                for (position, (name, value)) in members.iter().enumerate() {
                    out.push_str(if position > 0 { "," } else { "" });
                    open(out);
                    out.push_str(&format!("\"{name}\": "));
                    value.write(out, level + 1);
                }
                close(out);
                out.push('}');
            }
            Self::List(values) => {
                out.push('[');
                for (position, value) in values.iter().enumerate() {
                    out.push_str(if position > 0 { "," } else { "" });
                    open(out);
                    value.write(out, level + 1);
                }
                close(out);
                out.push(']');
            }
            Self::Text(text) => out.push_str(&quoted(text)),
            Self::Number(number) => out.push_str(&number.to_string()),
            Self::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
        }
    }
}

/// Go writes these as escapes, so that JSON may stand in HTML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

/// Members, without those that are empty.
fn object(members: impl IntoIterator<Item = (&'static str, Option<Json>)>) -> Json {
    let given = members
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)));
    Json::Object(given.collect())
}

/// A certificate.
pub fn certificate(
    certificate: &X509Certificate<'_>,
    der: &[u8],
    md5: String,
    self_signed: bool,
) -> Json {
    let tbs: &[u8] = certificate.tbs_certificate.as_ref();
    let key = certificate.public_key();
    let algorithm = || algorithm(&certificate.signature_algorithm);
    let mut of_spki_and_subject = key.raw.to_vec();
    of_spki_and_subject.extend_from_slice(certificate.subject().as_raw());
    let names = names(certificate);
    let signature = Json::Object(vec![
        ("signature_algorithm", algorithm()),
        ("value", Json::base64(&certificate.signature_value.data)),
        // Nobody has looked at it: this is what step always says.
        ("valid", Json::Flag(false)),
        ("self_signed", Json::Flag(self_signed)),
    ]);
    let version = i64::from(certificate.version().0) + 1;
    object([
        ("version", Some(Json::Number(version))),
        (
            "serial_number",
            Some(Json::Text(certificate.serial.to_string())),
        ),
        ("signature_algorithm", Some(algorithm())),
        ("issuer", Some(name(certificate.issuer()))),
        ("issuer_dn", name_text(certificate.issuer())),
        ("validity", Some(validity(certificate))),
        ("subject", Some(name(certificate.subject()))),
        ("subject_dn", name_text(certificate.subject())),
        ("subject_key_info", Some(key_info(key))),
        ("extensions", Some(extensions(certificate))),
        ("unknown_extensions", unknown_extensions(certificate)),
        ("signature", Some(signature)),
        ("fingerprint_md5", Some(Json::Text(md5))),
        (
            "fingerprint_sha1",
            Some(Json::hash(&SHA1_FOR_LEGACY_USE_ONLY, der)),
        ),
        ("fingerprint_sha256", Some(Json::hash(&SHA256, der))),
        ("tbs_noct_fingerprint", Some(Json::hash(&SHA256, tbs))),
        (
            "spki_subject_fingerprint",
            Some(Json::hash(&SHA256, &of_spki_and_subject)),
        ),
        ("tbs_fingerprint", Some(Json::hash(&SHA256, tbs))),
        ("validation_level", Some(Json::Text("unknown".to_owned()))),
        ("names", (!names.is_empty()).then(|| Json::texts(names))),
        ("redacted", Some(Json::Flag(false))),
    ])
}

fn algorithm(algorithm: &AlgorithmIdentifier<'_>) -> Json {
    let oid = algorithm.algorithm.to_id_string();
    Json::Object(vec![
        ("name", Json::Text(named(&oid))),
        ("oid", Json::Text(oid)),
    ])
}

fn validity(certificate: &X509Certificate<'_>) -> Json {
    let validity = certificate.validity();
    let [start, end] = [validity.not_before, validity.not_after].map(|moment| moment.timestamp());
    let time = |seconds| {
        let moment = jiff::Timestamp::from_second(seconds).unwrap_or_default();
        Json::Text(moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    };
    Json::Object(vec![
        ("start", time(start)),
        ("end", time(end)),
        ("length", Json::Number(end.saturating_sub(start))),
    ])
}

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

fn name(name: &X509Name<'_>) -> Json {
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
fn name_text(name: &X509Name<'_>) -> Option<Json> {
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

fn key_info(key: &SubjectPublicKeyInfo<'_>) -> Json {
    let named = |name: &str| Json::Object(vec![("name", Json::Text(name.to_owned()))]);
    let fingerprint = Json::hash(&SHA256, key.raw);
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => {
            let modulus = without_zeros(rsa.modulus);
            let exponent = i64::try_from(rsa.try_exponent().unwrap_or_default()).unwrap_or(0);
            let length = i64::try_from(modulus.len() * 8).unwrap_or(0);
            Json::Object(vec![
                ("key_algorithm", named("RSA")),
                (
                    "rsa_public_key",
                    Json::Object(vec![
                        ("exponent", Json::Number(exponent)),
                        ("modulus", Json::base64(modulus)),
                        ("length", Json::Number(length)),
                    ]),
                ),
                ("fingerprint_sha256", fingerprint),
            ])
        }
        Ok(PublicKey::EC(point)) => Json::Object(vec![
            ("key_algorithm", named("ECDSA")),
            ("ecdsa_public_key", ec_key(curve(key), point.data())),
            ("fingerprint_sha256", fingerprint),
        ]),
        _ => Json::Object(vec![
            ("key_algorithm", named("unknown_algorithm")),
            ("fingerprint_sha256", fingerprint),
        ]),
    }
}

fn ec_key(curve: &'static str, point: &[u8]) -> Json {
    let coordinates = point.get(1..).unwrap_or_default();
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    let known = parameters(curve);
    let number = |name: &str| known.map(|known| Json::Text(known.number(name).to_owned()));
    object([
        ("b", number("b")),
        ("curve", Some(Json::Text(curve.to_owned()))),
        ("gx", number("gx")),
        ("gy", number("gy")),
        ("length", known.map(|known| Json::Number(known.bits))),
        ("n", number("n")),
        ("p", number("p")),
        ("pub", Some(Json::base64(point))),
        ("x", Some(Json::base64(without_zeros(x)))),
        ("y", Some(Json::base64(without_zeros(y)))),
    ])
}

fn extensions(certificate: &X509Certificate<'_>) -> Json {
    let parsed = |wanted: fn(&ParsedExtension<'_>) -> Option<Json>| {
        let mut all = certificate.iter_extensions();
        all.find_map(|extension| wanted(extension.parsed_extension()))
    };
    object([
        ("key_usage", parsed(key_usage)),
        (
            "basic_constraints",
            parsed(|extension| match extension {
                ParsedExtension::BasicConstraints(constraints) => Some(object([
                    ("is_ca", Some(Json::Flag(constraints.ca))),
                    (
                        "max_path_len",
                        constraints
                            .path_len_constraint
                            .map(|length| Json::Number(length.into())),
                    ),
                ])),
                _ => None,
            }),
        ),
        ("subject_alt_name", parsed(alternative_names)),
        ("crl_distribution_points", parsed(distribution_points)),
        (
            "authority_key_id",
            parsed(|extension| match extension {
                ParsedExtension::AuthorityKeyIdentifier(id) => id
                    .key_identifier
                    .as_ref()
                    .map(|id| Json::Text(hex(id.0, ""))),
                _ => None,
            }),
        ),
        (
            "subject_key_id",
            parsed(|extension| match extension {
                ParsedExtension::SubjectKeyIdentifier(id) => Some(Json::Text(hex(id.0, ""))),
                _ => None,
            }),
        ),
        ("extended_key_usage", parsed(purposes)),
        (
            "certificate_policies",
            parsed(|extension| match extension {
                ParsedExtension::CertificatePolicies(policies) => Some(Json::List(
                    policies
                        .iter()
                        .map(|policy| {
                            Json::Object(vec![("id", Json::Text(policy.policy_id.to_id_string()))])
                        })
                        .collect(),
                )),
                _ => None,
            }),
        ),
        ("authority_info_access", parsed(information_access)),
    ])
}

fn key_usage(extension: &ParsedExtension<'_>) -> Option<Json> {
    let ParsedExtension::KeyUsage(usage) = extension else {
        return None;
    };
    let names = [
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "certificate_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ];
    let set = names.into_iter().enumerate().map(|(bit, name)| {
        (
            name,
            (usage.flags >> bit & 1 == 1).then_some(Json::Flag(true)),
        )
    });
    let value = ("value", Some(Json::Number(usage.flags.into())));
    Some(object(set.chain([value])))
}

fn purposes(extension: &ParsedExtension<'_>) -> Option<Json> {
    let ParsedExtension::ExtendedKeyUsage(usage) = extension else {
        return None;
    };
    let flag = |set: bool| set.then_some(Json::Flag(true));
    let unknown: Vec<_> = usage.other.iter().map(|oid| oid.to_id_string()).collect();
    Some(object([
        ("any", flag(usage.any)),
        ("client_auth", flag(usage.client_auth)),
        ("code_signing", flag(usage.code_signing)),
        ("email_protection", flag(usage.email_protection)),
        ("ocsp_signing", flag(usage.ocsp_signing)),
        ("server_auth", flag(usage.server_auth)),
        ("time_stamping", flag(usage.time_stamping)),
        (
            "unknown",
            (!unknown.is_empty()).then(|| Json::texts(unknown)),
        ),
    ]))
}

fn alternative_names(extension: &ParsedExtension<'_>) -> Option<Json> {
    let ParsedExtension::SubjectAlternativeName(names) = extension else {
        return None;
    };
    let of_kind = |kind: &str| {
        let all = names.general_names.iter().filter_map(known_name);
        let texts: Vec<_> = all
            .filter(|(found, _)| *found == kind)
            .map(|(_, text)| text)
            .collect();
        (!texts.is_empty()).then(|| Json::texts(texts))
    };
    Some(object([
        ("dns_names", of_kind("DNS")),
        ("email_addresses", of_kind("email")),
        ("ip_addresses", of_kind("IP Address")),
        ("uniform_resource_identifiers", of_kind("URI")),
    ]))
}

fn distribution_points(extension: &ParsedExtension<'_>) -> Option<Json> {
    let ParsedExtension::CRLDistributionPoints(points) = extension else {
        return None;
    };
    let names = points
        .iter()
        .filter_map(|point| match &point.distribution_point {
            Some(DistributionPointName::FullName(names)) => Some(names),
            _ => None,
        });
    let urls = names.flatten().filter_map(url);
    Some(Json::texts(urls))
}

fn information_access(extension: &ParsedExtension<'_>) -> Option<Json> {
    let ParsedExtension::AuthorityInfoAccess(access) = extension else {
        return None;
    };
    let of_kind = |kind: &str| {
        let all = access.accessdescs.iter();
        let urls: Vec<_> = all
            .filter(|one| one.access_method.to_id_string() == kind)
            .filter_map(|one| url(&one.access_location))
            .collect();
        (!urls.is_empty()).then(|| Json::texts(urls))
    };
    Some(object([
        ("ocsp_urls", of_kind("1.3.6.1.5.5.7.48.1")),
        ("issuer_urls", of_kind("1.3.6.1.5.5.7.48.2")),
    ]))
}

fn url(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::URI(url) => Some((*url).to_owned()),
        _ => None,
    }
}

fn unknown_extensions(certificate: &X509Certificate<'_>) -> Option<Json> {
    let unknown: Vec<_> = certificate
        .iter_extensions()
        .filter(|extension| {
            matches!(
                extension.parsed_extension(),
                ParsedExtension::UnsupportedExtension { .. }
            )
        })
        .map(|extension| {
            Json::Object(vec![
                ("id", Json::Text(extension.oid.to_id_string())),
                ("critical", Json::Flag(extension.critical)),
                ("value", Json::base64(extension.value)),
            ])
        })
        .collect();
    (!unknown.is_empty()).then_some(Json::List(unknown))
}

/// Names of hosts: the common name where it is one, and the alternative names, each once.
fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
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
