//! What a certificate or a request says, field by field, as lines that can be compared: what must differ from run to run is replaced
//! by what it must be.

use std::collections::BTreeMap;

use anyrole_testkit::Program;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::cri_attributes::ParsedCriAttribute;
use x509_parser::extensions::X509Extension;
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::{SubjectPublicKeyInfo, X509Name};

/// Fields by name.
pub type Fields = BTreeMap<String, String>;

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Each part with its type, the form of its text, and the text.
fn name(name: &X509Name<'_>) -> String {
    let parts = name.iter().map(|rdn| {
        let values = rdn.iter().map(|value| {
            let any = value.attr_value();
            format!(
                "{}={}:{}",
                value.attr_type(),
                any.header.tag(),
                hex(any.data)
            )
        });
        values.collect::<Vec<_>>().join("+")
    });
    parts.collect::<Vec<_>>().join(",")
}

/// SHA-1 of the key's bits, by openssl.
fn key_identifier(key: &SubjectPublicKeyInfo<'_>) -> String {
    use std::io::Write as _;
    let mut openssl = Program::Openssl.command().unwrap();
    let mut openssl = openssl
        .args(["dgst", "-sha1", "-r"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let bits = &key.subject_public_key.data;
    openssl.stdin.take().unwrap().write_all(bits).unwrap();
    let output = openssl.wait_with_output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    printed.split_whitespace().next().unwrap().to_owned()
}

fn extension(fields: &mut Fields, extension: &X509Extension<'_>, own: &str) {
    let value = hex(extension.value).replace(own, "(SHA-1 of the key)");
    let critical = if extension.critical { "critical " } else { "" };
    fields.insert(extension.oid.to_id_string(), format!("{critical}{value}"));
}

/// A certificate's fields.
pub fn certificate(pem: &str) -> Fields {
    let (_, pem) = parse_x509_pem(pem.as_bytes()).unwrap();
    let (rest, certificate) = X509Certificate::from_der(&pem.contents).unwrap();
    assert!(rest.is_empty());
    let validity = certificate.validity();
    let (start, end) = (
        validity.not_before.timestamp(),
        validity.not_after.timestamp(),
    );
    let key = certificate.public_key();
    let order: Vec<String> = certificate
        .iter_extensions()
        .map(|extension| extension.oid.to_id_string())
        .collect();
    let mut fields = Fields::from([
        ("version".into(), certificate.version().to_string()),
        ("issuer".into(), name(certificate.issuer())),
        ("subject".into(), name(certificate.subject())),
        (
            "signature".into(),
            certificate.signature_algorithm.algorithm.to_id_string(),
        ),
        ("lifetime".into(), (end - start).to_string()),
        ("start in its minute".into(), (start % 60).to_string()),
        ("key".into(), format!("{:?}", key.algorithm.algorithm)),
        (
            "key size".into(),
            key.parsed().unwrap().key_size().to_string(),
        ),
        (
            "serial octets at most".into(),
            (certificate.raw_serial().len() <= 20).to_string(),
        ),
        ("order".into(), order.join(" ")),
    ]);
    let own = key_identifier(key);
    for one in certificate.iter_extensions() {
        extension(&mut fields, one, &own);
    }
    fields
}

/// A signing request's fields.
pub fn request(pem: &str) -> Fields {
    let (_, pem) = parse_x509_pem(pem.as_bytes()).unwrap();
    let (rest, request) = X509CertificationRequest::from_der(&pem.contents).unwrap();
    assert!(rest.is_empty());
    let info = &request.certification_request_info;
    let mut fields = Fields::from([
        ("version".into(), info.version.to_string()),
        ("subject".into(), name(&info.subject)),
        (
            "signature".into(),
            request.signature_algorithm.algorithm.to_id_string(),
        ),
        (
            "key size".into(),
            info.subject_pki.parsed().unwrap().key_size().to_string(),
        ),
    ]);
    for attribute in info.iter_attributes() {
        match attribute.parsed_attribute() {
            ParsedCriAttribute::ExtensionRequest(asked) => {
                for one in &asked.extensions {
                    extension(&mut fields, one, "-");
                }
            }
            _ => {
                fields.insert(attribute.oid.to_id_string(), hex(attribute.value));
            }
        }
    }
    fields
}

/// The names of the fields that two differ in.
pub fn differences(ours: &Fields, theirs: &Fields) -> Vec<String> {
    let names = ours.keys().chain(theirs.keys());
    let mut names: Vec<String> = names
        .filter(|name| ours.get(*name) != theirs.get(*name))
        .cloned()
        .collect();
    names.sort();
    names.dedup();
    names
}
