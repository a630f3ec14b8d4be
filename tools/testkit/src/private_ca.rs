//! Calls of Private CA (`acm-pca`, JSON 1.1), for clients that send them in their own way: members come in or leave.

use base64_simd::STANDARD;
use serde_json::{Value, json};

/// What `call` makes of an operation's name and its members.
type Answer<E> = Result<Value, E>;

/// Brings a root of P-256 to life as Terraform does: made, its own request issued, the certificate imported. Its ARN.
///
/// # Errors
/// Those of `call`, which is given operations and their members.
pub fn make_root<E>(mut call: impl FnMut(&str, &Value) -> Answer<E>) -> Result<String, E> {
    let made = call(
        "CreateCertificateAuthority",
        &json!({
            "CertificateAuthorityType": "ROOT",
            "CertificateAuthorityConfiguration": {
                "KeyAlgorithm": "EC_prime256v1",
                "SigningAlgorithm": "SHA256WITHECDSA",
                "Subject": {"CommonName": "Root"},
            },
        }),
    )?;
    let arn = text(&made, "CertificateAuthorityArn");
    let csr = call(
        "GetCertificateAuthorityCsr",
        &json!({"CertificateAuthorityArn": arn}),
    )?;
    let own = issue_members(&arn, &text(&csr, "Csr"), "RootCACertificate", 3650);
    let own = call("IssueCertificate", &own)?;
    let own = call(
        "GetCertificate",
        &get_members(&arn, &text(&own, "CertificateArn")),
    )?;
    call(
        "ImportCertificateAuthorityCertificate",
        &json!({
            "CertificateAuthorityArn": arn,
            "Certificate": STANDARD.encode_to_string(text(&own, "Certificate")),
        }),
    )?;
    Ok(arn)
}

/// Of IssueCertificate by an authority of P-256, for a signing request in PEM, by the template's name without its version.
#[must_use]
pub fn issue_members(authority: &str, csr: &str, template: &str, days: u32) -> Value {
    json!({
        "CertificateAuthorityArn": authority,
        "Csr": STANDARD.encode_to_string(csr),
        "SigningAlgorithm": "SHA256WITHECDSA",
        "TemplateArn": format!("arn:aws:acm-pca:::template/{template}/V1"),
        "Validity": {"Type": "DAYS", "Value": days},
    })
}

/// Of GetCertificate.
#[must_use]
pub fn get_members(authority: &str, certificate: &str) -> Value {
    json!({"CertificateAuthorityArn": authority, "CertificateArn": certificate})
}

/// A member that is not there is empty: the next call refuses it.
fn text(answer: &Value, member: &str) -> String {
    let found = answer.get(member).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}
