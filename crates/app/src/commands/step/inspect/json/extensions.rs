//! A certificate's extensions: those that have members of their own, and the others as they are.

use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::prelude::X509Certificate;

use super::value::{Json, object};
use crate::commands::step::hex;
use crate::commands::step::inspect::extensions::known_name;

pub(super) fn extensions(certificate: &X509Certificate<'_>) -> Json {
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

pub(super) fn unknown_extensions(certificate: &X509Certificate<'_>) -> Option<Json> {
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
