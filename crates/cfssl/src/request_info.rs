//! `cfssl certinfo -csr`: PEM enters, the JSON leaves that Go makes of its own picture of a signing request.

use anyrole_ca::CustomExtension;
use anyrole_x509::decimal;
use der::oid::AssociatedOid;
use der::{Decode, Encode};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::RdnSequence;
use x509_cert::request::{CertReq, ExtensionReq};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::certificate_info::{address, signature_number};
use crate::error::Fault;
use crate::json::Json;
use crate::name::{Name, text_of};
use crate::{CfsslError, pem};

const SUBJECT_ALT_NAME: &str = "2.5.29.17";

/// Describes the signing request of a PEM text. Its signature is not looked at.
///
/// # Errors
/// There is none, or it can't be read.
pub fn request_info(text: &[u8]) -> Result<Json, CfsslError> {
    let block = pem::first(text).ok_or_else(|| Fault::CsrUndecoded.plain())?;
    describe(&block.content)
        .map_err(|error| CfsslError::text(format!("it is no signing request: {error}")))
}

fn describe(der: &[u8]) -> Result<Json, der::Error> {
    let request = CertReq::from_der(der)?;
    let info = &request.info;
    let key_der = info.public_key.to_der()?;
    let subject_der = info.subject.to_der()?;
    let asked = extensions(&request)?;
    let names = asked
        .iter()
        .find(|extension| extension.oid.to_string() == SUBJECT_ALT_NAME);
    let names = names
        .map(|names| SubjectAltName::from_der(&names.value_der))
        .transpose()?;
    let names = Names::of(names.map_or_else(Vec::new, |names| names.0));
    let (kind, key) = public_key(&key_der);
    let shown = asked.iter().map(|extension| {
        Json::object([
            ("Id", arcs(&extension.oid.to_string())),
            ("Critical", Json::Flag(extension.critical)),
            ("Value", base64(&extension.value_der)),
        ])
    });
    Ok(Json::object([
        ("Raw", base64(der)),
        ("RawTBSCertificateRequest", base64(&info.to_der()?)),
        ("RawSubjectPublicKeyInfo", base64(&key_der)),
        ("RawSubject", base64(&subject_der)),
        (
            "RawSignatureAlgorithm",
            base64(&request.algorithm.to_der()?),
        ),
        ("Version", Json::number(0)),
        ("Signature", base64(request.signature.raw_bytes())),
        (
            "SignatureAlgorithm",
            Json::number(signature_number(&request.algorithm.oid.to_string())),
        ),
        ("PublicKeyAlgorithm", Json::number(kind)),
        ("PublicKey", key),
        ("Subject", subject(&subject_der)?),
        ("Attributes", attributes(&asked)),
        ("Extensions", Json::list_or_null(shown.collect())),
        ("ExtraExtensions", Json::Null),
        ("DNSNames", Json::list_or_null(names.dns)),
        ("EmailAddresses", Json::list_or_null(names.mailboxes)),
        ("IPAddresses", Json::list_or_null(names.addresses)),
        ("URIs", Json::list_or_null(names.uris)),
    ]))
}

/// The extensions that a request asks for, all of them.
fn extensions(request: &CertReq) -> Result<Vec<CustomExtension>, der::Error> {
    let mut found = Vec::new();
    for attribute in request.info.attributes.iter() {
        if attribute.oid != ExtensionReq::OID {
            continue;
        }
        for value in attribute.values.iter() {
            for extension in ExtensionReq::from_der(&value.to_der()?)?.0 {
                found.push(CustomExtension {
                    oid: extension.extn_id,
                    critical: extension.critical,
                    value_der: extension.extn_value.as_bytes().to_vec(),
                });
            }
        }
    }
    Ok(found)
}

fn base64(octets: &[u8]) -> Json {
    Json::Text(base64_simd::STANDARD.encode_to_string(octets))
}

/// The parts of an object identifier, as a list of numbers.
fn arcs(oid: &str) -> Json {
    Json::List(oid.split('.').map(Json::number).collect())
}

/// Go's number of the kind, and the key as its structures print.
fn public_key(der: &[u8]) -> (u8, Json) {
    let parsed = SubjectPublicKeyInfo::from_der(der).ok();
    let oid = parsed
        .as_ref()
        .map(|(_, key)| key.algorithm.algorithm.to_id_string());
    if oid.is_some_and(|oid| oid.starts_with("2.16.840.1.101.3.4.3.")) {
        return (5, Json::object([]));
    }
    match parsed.as_ref().and_then(|(_, key)| key.parsed().ok()) {
        Some(PublicKey::RSA(key)) => {
            let number = Json::Number(decimal(key.modulus));
            (
                1,
                Json::object([("N", number), ("E", Json::Number(decimal(key.exponent)))]),
            )
        }
        Some(PublicKey::EC(point)) => {
            let coordinates = point.data().get(1..).unwrap_or_default();
            let (x, y) = coordinates.split_at(coordinates.len() / 2);
            let fields = [
                ("Curve", Json::object([])),
                ("X", Json::Number(decimal(x))),
                ("Y", Json::Number(decimal(y))),
            ];
            (3, Json::object(fields))
        }
        _ => (0, Json::Null),
    }
}

fn subject(der: &[u8]) -> Result<Json, der::Error> {
    let name = Name::from_der(der).unwrap_or_default();
    let rdns = RdnSequence::from_der(der)?;
    let values = rdns.iter().flat_map(|rdn| rdn.iter()).map(|attribute| {
        let value = text_of(&attribute.value).map_or(Json::Null, Json::Text);
        Json::object([("Type", arcs(&attribute.oid.to_string())), ("Value", value)])
    });
    let list = |list: Vec<String>| Json::list_or_null(list.into_iter().map(Json::Text).collect());
    Ok(Json::object([
        ("Country", list(name.country)),
        ("Organization", list(name.organization)),
        ("OrganizationalUnit", list(name.organizational_unit)),
        ("Locality", list(name.locality)),
        ("Province", list(name.province)),
        ("StreetAddress", list(name.street)),
        ("PostalCode", list(name.postal_code)),
        ("SerialNumber", Json::Text(name.serial_number)),
        ("CommonName", Json::Text(name.common_name)),
        ("Names", Json::list_or_null(values.collect())),
        ("ExtraNames", Json::Null),
    ]))
}

/// The attribute that asks for extensions. Go reads an extension as two values here, so that a critical one shows its flag.
fn attributes(asked: &[CustomExtension]) -> Json {
    if asked.is_empty() {
        return Json::Null;
    }
    let values = asked.iter().map(|extension| {
        let value = match extension.critical {
            true => Json::Flag(true),
            false => base64(&extension.value_der),
        };
        Json::object([("Type", arcs(&extension.oid.to_string())), ("Value", value)])
    });
    Json::List(vec![Json::object([
        ("Type", arcs("1.2.840.113549.1.9.14")),
        ("Value", Json::List(vec![Json::List(values.collect())])),
    ])])
}

#[derive(Default)]
struct Names {
    dns: Vec<Json>,
    mailboxes: Vec<Json>,
    addresses: Vec<Json>,
    uris: Vec<Json>,
}

impl Names {
    fn of(names: Vec<GeneralName>) -> Self {
        let mut sorted = Self::default();
        for name in names {
            match name {
                GeneralName::DnsName(name) => sorted.dns.push(Json::text(name.as_str())),
                GeneralName::Rfc822Name(name) => sorted.mailboxes.push(Json::text(name.as_str())),
                GeneralName::IpAddress(octets) => {
                    sorted
                        .addresses
                        .extend(address(octets.as_bytes()).map(Json::Text));
                }
                GeneralName::UniformResourceIdentifier(uri) => {
                    sorted.uris.push(parts(uri.as_str()))
                }
                _ => {}
            }
        }
        sorted
    }
}

/// A URI in the parts that Go takes it to (RFC 3986 section 3).
fn parts(uri: &str) -> Json {
    let (uri, fragment) = uri.split_once('#').unwrap_or((uri, ""));
    let (scheme, rest) = uri.split_once(':').unwrap_or(("", uri));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (opaque, authority, path) = match (rest.strip_prefix("//"), rest.starts_with('/')) {
        (Some(rest), _) => match rest.find('/').and_then(|at| rest.split_at_checked(at)) {
            Some((authority, path)) => ("", authority, path),
            None => ("", rest, ""),
        },
        (None, true) => ("", "", rest),
        (None, false) => (rest, "", ""),
    };
    let (user, host) = match authority.rsplit_once('@') {
        Some((_, host)) => (Json::object([]), host),
        None => (Json::Null, authority),
    };
    Json::object([
        ("Scheme", Json::text(scheme)),
        ("Opaque", Json::text(opaque)),
        ("User", user),
        ("Host", Json::text(host)),
        ("Path", Json::text(path)),
        ("RawPath", Json::text("")),
        ("OmitHost", Json::Flag(false)),
        ("ForceQuery", Json::Flag(false)),
        ("RawQuery", Json::text(query)),
        ("Fragment", Json::text(fragment)),
        ("RawFragment", Json::text("")),
    ])
}
