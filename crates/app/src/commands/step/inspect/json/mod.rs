//! JSON of certificates and requests, with the fields of ZCrypto, in their order: what was parsed enters, a value leaves.

mod extensions;
mod key;
mod names;
mod request;
mod value;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use x509_parser::prelude::X509Certificate;
use x509_parser::x509::AlgorithmIdentifier;

use self::extensions::{extensions, unknown_extensions};
use self::key::key_info;
use self::names::{hosts, name, name_text};
pub use self::request::request;
pub use self::value::Json;
use self::value::object;
use super::text::named;

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
    let names = hosts(certificate);
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
