//! JSON of a signing request: ZCrypto gives it no fields of its own, so that step shows the parts of Go's structure by their Go names.

use anyhow::bail;
use x509_parser::cri_attributes::ParsedCriAttribute;
use x509_parser::extensions::{GeneralName, ParsedExtension, X509Extension};
use x509_parser::num_bigint::BigUint;
use x509_parser::prelude::X509CertificationRequest;
use x509_parser::public_key::PublicKey;

use super::algorithm;
use super::names::name;
use super::value::Json;
use crate::commands::step::inspect::extensions::known_name;

/// PKCS#9's extensionRequest (RFC 2985 section 5.4.2), as Go writes an object identifier.
const EXTENSION_REQUEST: [i64; 7] = [1, 2, 840, 113_549, 1, 9, 14];

/// A request.
///
/// # Errors
/// A key of a kind that ZCrypto doesn't know.
pub fn request(request: &X509CertificationRequest<'_>) -> anyhow::Result<Json> {
    let info = &request.certification_request_info;
    let (algorithm_name, key) = public_key(request)?;
    let requested = requested(request);
    let of_kind = |kind: &str| texts(&requested, kind);
    Ok(Json::Object(vec![
        ("Raw", Json::base64(request.as_raw())),
        ("RawTBSCertificateRequest", Json::base64(info.raw)),
        (
            "RawSubjectPublicKeyInfo",
            Json::base64(info.subject_pki.raw),
        ),
        ("RawSubject", Json::base64(info.subject.as_raw())),
        ("Version", Json::Number(info.version.0.into())),
        ("Signature", Json::base64(&request.signature_value.data)),
        (
            "SignatureAlgorithm",
            algorithm(&request.signature_algorithm),
        ),
        (
            "PublicKeyAlgorithm",
            Json::Object(vec![("name", Json::Text(algorithm_name.to_owned()))]),
        ),
        ("PublicKey", key),
        ("Subject", name(&info.subject)),
        ("Attributes", attributes(request)),
        ("Extensions", extensions(&requested)),
        ("ExtraExtensions", Json::Null),
        ("DNSNames", of_kind("DNS")),
        ("EmailAddresses", of_kind("email")),
        ("IPAddresses", of_kind("IP Address")),
    ]))
}

fn public_key(request: &X509CertificationRequest<'_>) -> anyhow::Result<(&'static str, Json)> {
    match request.certification_request_info.subject_pki.parsed() {
        Ok(PublicKey::RSA(rsa)) => {
            let exponent = i64::try_from(rsa.try_exponent()?)?;
            let key = vec![("N", digits(rsa.modulus)), ("E", Json::Number(exponent))];
            Ok(("RSA", Json::Object(key)))
        }
        Ok(PublicKey::EC(point)) => {
            let point = point.data();
            let coordinates = point.get(1..).unwrap_or_default();
            let (x, y) = coordinates.split_at(coordinates.len() / 2);
            let own = vec![
                ("Curve", Json::Object(Vec::new())),
                ("X", digits(x)),
                ("Y", digits(y)),
            ];
            let bits = i64::try_from(point.len() * 8)?;
            let raw = vec![
                ("Bytes", Json::base64(point)),
                ("BitLength", Json::Number(bits)),
            ];
            let key = vec![("Pub", Json::Object(own)), ("Raw", Json::Object(raw))];
            Ok(("ECDSA", Json::Object(key)))
        }
        _ => bail!(
            "--format json of a request takes RSA and EC keys alone; `openssl req -text -noout -in CSR` shows others"
        ),
    }
}

fn digits(octets: &[u8]) -> Json {
    Json::Digits(BigUint::from_bytes_be(octets).to_string())
}

fn requested<'a>(request: &'a X509CertificationRequest<'_>) -> Vec<&'a X509Extension<'a>> {
    let attributes = request.certification_request_info.attributes().iter();
    let asked = attributes.filter_map(|attribute| match attribute.parsed_attribute() {
        ParsedCriAttribute::ExtensionRequest(asked) => Some(&asked.extensions),
        _ => None,
    });
    asked.flatten().collect()
}

/// Of other attributes Go's structure has none: their values are no sequences.
fn attributes(request: &X509CertificationRequest<'_>) -> Json {
    let attributes = request.certification_request_info.attributes().iter();
    let shown: Vec<_> = attributes
        .filter_map(|attribute| match attribute.parsed_attribute() {
            ParsedCriAttribute::ExtensionRequest(asked) => {
                let kinds = asked.extensions.iter().map(|extension| {
                    Json::Object(vec![("type", Json::Text(extension.oid.to_id_string()))])
                });
                let kind = EXTENSION_REQUEST.map(Json::Number).into();
                Some(Json::Object(vec![
                    ("Type", Json::List(kind)),
                    ("Value", Json::List(vec![Json::List(kinds.collect())])),
                ]))
            }
            _ => None,
        })
        .collect();
    list(shown)
}

fn extensions(requested: &[&X509Extension<'_>]) -> Json {
    let all = requested.iter().map(|extension| {
        Json::Object(vec![
            ("id", Json::Text(extension.oid.to_id_string())),
            ("critical", Json::Flag(extension.critical)),
            ("value", Json::base64(extension.value)),
        ])
    });
    list(all.collect())
}

/// The alternative names of one kind.
fn texts(requested: &[&X509Extension<'_>], kind: &str) -> Json {
    let names = requested
        .iter()
        .filter_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
            _ => None,
        });
    let of_kind = |name: &GeneralName<'_>| known_name(name).filter(|(found, _)| *found == kind);
    let found: Vec<_> = names.flatten().filter_map(of_kind).collect();
    list(
        found
            .into_iter()
            .map(|(_, text)| Json::Text(text))
            .collect(),
    )
}

/// Go's nil where there is nothing.
fn list(values: Vec<Json>) -> Json {
    match values.is_empty() {
        true => Json::Null,
        false => Json::List(values),
    }
}
