//! `read-certificate-data`: a certificate enters, the JSON that signing processes ask for leaves.

use anyrole_x509::Certificate;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CertificateData<'a> {
    key_type: &'a str,
    certificate_data: String,
    serial_number: &'a str,
    supported_algorithms: Vec<&'a str>,
}

/// The very bytes of the official helper: members in this order, one line, no newline.
pub fn read_certificate_data(leaf: &Certificate) -> String {
    let summary = leaf.summary();
    let (key_type, supported_algorithms) = match summary.key.split(' ').next() {
        Some("RSA") => ("RSA", vec!["RSASHA256", "RSASHA384", "RSASHA512"]),
        Some("EC") => ("EC", vec!["ECSHA256", "ECSHA384", "ECSHA512"]),
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
