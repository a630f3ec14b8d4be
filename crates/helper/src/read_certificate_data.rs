//! `read-certificate-data`: a certificate enters, the JSON that signing processes ask for leaves; or the certificates of a
//! store enter, a list for people leaves, with the texts that a selector is made of.

use std::fmt::Write as _;

use anyrole_x509::Certificate;
use aws_lc_rs::digest;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CertificateData<'a> {
    key_type: &'a str,
    certificate_data: String,
    serial_number: &'a str,
    supported_algorithms: Vec<&'a str>,
}

const EC: [&str; 3] = ["ECSHA256", "ECSHA384", "ECSHA512"];
/// The curve that Go's programs read beside ours, as the summary names it.
const P_224: &str = " 1.3.132.0.33";

/// The very bytes of the official helper: members in this order, one line, no newline.
pub fn read_certificate_data(leaf: &Certificate) -> String {
    let summary = leaf.summary();
    let (key_type, supported_algorithms) = match summary.key.split(' ').next() {
        Some("RSA") => ("RSA", vec!["RSASHA256", "RSASHA384", "RSASHA512"]),
        Some("EC") => ("EC", EC.to_vec()),
        _ if summary.key.ends_with(P_224) => ("EC", EC.to_vec()),
        Some(ml_dsa @ ("ML-DSA-44" | "ML-DSA-65" | "ML-DSA-87")) => (ml_dsa, vec![ml_dsa]),
        // As the official helper says of keys that it doesn't know.
        _ => ("", vec!["SHA256", "SHA384", "SHA512"]),
    };
    let data = CertificateData {
        key_type,
        certificate_data: base64_simd::STANDARD.encode_to_string(leaf.der()),
        serial_number: &summary.serial_decimal,
        supported_algorithms,
    };
    // Strings alone: nothing that can't be written.
    serde_json::to_string(&data).unwrap_or_default()
}

/// A certificate of a store or a token.
#[derive(Clone, Copy, Debug)]
pub struct StoredCertificate<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// Of a token: what it is called there (RFC 7512).
    pub uri: Option<&'a str>,
}

/// The very bytes of the official helper, with a final newline.
pub fn list_certificates(certificates: &[StoredCertificate<'_>]) -> String {
    if certificates.is_empty() {
        return "No matching identities\n".to_owned();
    }
    let mut list = "Matching identities\n".to_owned();
    for (position, StoredCertificate { certificate, uri }) in (1..).zip(certificates) {
        let summary = certificate.summary();
        // By which Windows names a certificate; nothing is proved with it.
        let fingerprint = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, certificate.der());
        let fingerprint =
            hex_simd::encode_to_string(fingerprint.as_ref(), hex_simd::AsciiCase::Lower);
        let serial = summary.serial_hex.to_uppercase();
        let serial = match serial.trim_start_matches('0') {
            "" => "0",
            digits => digits,
        };
        let (subject, issuer) = (
            summary.subject.selector_text(),
            summary.issuer.selector_text(),
        );
        let uri = uri.map(|uri| format!("URI: {uri}\n")).unwrap_or_default();
        let _: std::fmt::Result = write!(
            list,
            "{position}) Hex Fingerprint: {fingerprint}\nSubject: {subject}\nIssuer: {issuer}\nSerial Number: {serial}\n{uri}\n"
        );
    }
    list
}
