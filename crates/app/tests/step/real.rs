//! Certificates, requests and keys by the real step and by us, from the same command lines: field by field.

use std::os::unix::fs::PermissionsExt as _;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{FromDer, ParsedCriAttribute, X509Certificate, X509Extension};

use super::{Side, openssl};

const OPEN: &str = "--no-password --insecure";
const BY_ROOT: &str = "--ca root.crt --ca-key root.key --ca-password-file pass";

/// A command line and the certificate that it makes, with its issuer's; or `.csr`.
const MADE: [(&str, &str, &str); 17] = [
    (
        "create 'Example Testing' root.crt root.key --profile root-ca --password-file pass",
        "root.crt",
        "root.crt",
    ),
    (
        "create 'R\u{fc}ben & Co' utf8.crt utf8.key --profile root-ca --kty RSA --no-password --insecure",
        "utf8.crt",
        "utf8.crt",
    ),
    (
        "create example-client leaf.crt leaf.key --profile leaf {by} {open}",
        "leaf.crt",
        "root.crt",
    ),
    (
        "create a@b.example mail.crt mail.key {by} --password-file pass --kty EC --curve P-384",
        "mail.crt",
        "root.crt",
    ),
    (
        "create 10.1.2.3 address.crt address.key {by} {open} --kty EC --crv P-521",
        "address.crt",
        "root.crt",
    ),
    (
        "create spiffe://td/ns/a uri.crt uri.key {by} {open} --kty RSA --size 3072 -not-after=48h",
        "uri.crt",
        "root.crt",
    ),
    (
        "create many many.crt many.key {by} {open} --san spiffe://x/y --san 10.0.0.1 --san b.example --san ::1 --san a@b.c --san a.example",
        "many.crt",
        "root.crt",
    ),
    (
        "create times times.crt times.key {by} {open} --not-before 2026-01-02T03:04:05Z --not-after 2055-06-07T08:09:10Z",
        "times.crt",
        "root.crt",
    ),
    (
        "create --profile intermediate-ca Middle middle.crt middle.key {by} {open}",
        "middle.crt",
        "root.crt",
    ),
    (
        "create --ca middle.crt --ca-key middle.key deep deep.crt deep.key {open} --bundle",
        "deep.crt",
        "middle.crt",
    ),
    (
        "create self.local self.crt self.key --profile self-signed --subtle {open}",
        "self.crt",
        "self.crt",
    ),
    (
        "create web.example web.csr web.key {open} --csr",
        "web.csr",
        "",
    ),
    (
        "create names names.csr names.key --san x.example --san 1.2.3.4 --kty RSA --password-file pass --csr",
        "names.csr",
        "",
    ),
    (
        "sign web.csr root.crt root.key --password-file pass > web.crt",
        "web.crt",
        "root.crt",
    ),
    (
        "sign names.csr root.crt root.key --password-file pass --not-after 1h --bundle > names.crt",
        "names.crt",
        "root.crt",
    ),
    (
        "sign web.csr utf8.crt utf8.key --profile intermediate-ca --path-len 0 > below.crt",
        "below.crt",
        "utf8.crt",
    ),
    (
        "sign --profile csr names.csr root.crt root.key --password-file pass > asked.crt",
        "asked.crt",
        "root.crt",
    ),
];

fn made(side: &Side) {
    side.put("pass", "correct horse battery staple\n");
    for (line, ..) in MADE {
        let line = line.replace("{by}", BY_ROOT).replace("{open}", OPEN);
        side.succeeds(&format!("step certificate {line}"));
    }
}

fn octets(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn extension(extension: &X509Extension<'_>, own_key: &[u8], issuer: &[u8]) -> String {
    let value = match extension.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(id) => {
            let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, own_key);
            format!("SHA-1 of the key: {}", id.0 == hash.as_ref())
        }
        ParsedExtension::AuthorityKeyIdentifier(id) => {
            let id = id.key_identifier.as_ref().unwrap().0;
            format!("the issuer's: {}", id == issuer)
        }
        _ => octets(extension.value),
    };
    let critical = if extension.critical { " critical" } else { "" };
    format!("{}{critical}: {value}", extension.oid.to_id_string())
}

/// What a certificate says, without what is random and without the time of day.
#[expect(
    clippy::disallowed_methods,
    reason = "the real step has the system's clock"
)]
fn fields(der: &[u8], issuer_der: &[u8]) -> Vec<String> {
    let (_, certificate) = X509Certificate::from_der(der).unwrap();
    let (_, issuer) = X509Certificate::from_der(issuer_der).unwrap();
    let issuer_id = issuer
        .iter_extensions()
        .find_map(|one| match one.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
            _ => None,
        });
    let validity = certificate.validity();
    let [start, end] = [validity.not_before, validity.not_after].map(|time| time.timestamp());
    // An RSA key is made between the two readings of the real step's clock.
    let minutes = (end - start + 30) / 60;
    let now = jiff::Timestamp::now().as_second();
    let starts = if (now - 3600..=now).contains(&start) {
        "now".to_owned()
    } else {
        start.to_string()
    };
    let serial = certificate.raw_serial();
    assert!(serial.len() <= 17 && serial.len() >= 14, "{serial:?}");
    let key = certificate.public_key();
    let parameters = key.algorithm.parameters.as_ref();
    let signature = &certificate.signature_algorithm;
    assert_eq!(signature, &certificate.tbs_certificate.signature);
    let mut fields = vec![
        format!("version {}", certificate.version()),
        format!("issuer {}", octets(certificate.issuer().as_raw())),
        format!("subject {}", octets(certificate.subject().as_raw())),
        format!(
            "starts {starts}, {minutes} minutes, {:?}",
            validity.not_after.is_utctime()
        ),
        format!(
            "signed with {} {:?}",
            signature.algorithm,
            signature.parameters.as_ref().map(|p| p.tag())
        ),
        format!(
            "key {} {:?}, {} octets",
            key.algorithm.algorithm,
            parameters.map(|p| octets(p.data)),
            key.subject_public_key.data.len()
        ),
    ];
    let own_key = &key.subject_public_key.data;
    let issuer_id = issuer_id.unwrap();
    fields.extend(
        certificate
            .iter_extensions()
            .map(|one| extension(one, own_key, &issuer_id)),
    );
    fields
}

/// The same of a request.
fn request_fields(der: &[u8]) -> Vec<String> {
    let (_, request) = X509CertificationRequest::from_der(der).unwrap();
    let info = &request.certification_request_info;
    let mut fields = vec![
        format!("version {}", info.version),
        format!("subject {}", octets(info.subject.as_raw())),
        format!(
            "key {}, {} octets",
            info.subject_pki.algorithm.algorithm,
            info.subject_pki.subject_public_key.data.len()
        ),
        format!("signed with {}", request.signature_algorithm.algorithm),
    ];
    for attribute in info.iter_attributes() {
        fields.push(format!("attribute {}", attribute.oid));
        if let ParsedCriAttribute::ExtensionRequest(asked) = attribute.parsed_attribute() {
            fields.extend(asked.extensions.iter().map(|one| extension(one, &[], &[])));
        }
    }
    fields
}

fn all_fields(side: &Side, file: &str, issuer: &str) -> Vec<String> {
    match file.ends_with(".csr") {
        true => request_fields(&openssl(
            side.folder.path(),
            &format!("req -in {file} -outform DER"),
        )),
        false => fields(&side.der(file), &side.der(issuer)),
    }
}

#[test]
fn certificates_and_requests_are_the_same_field_by_field() {
    let ours = Side::ours();
    made(&ours);
    for (_, file, issuer) in MADE {
        let folder = ours.folder.path();
        match file.ends_with(".csr") {
            true => drop(openssl(folder, &format!("req -in {file} -verify -noout"))),
            // An end entity that signs itself is no trust anchor to openssl.
            false if file != "self.crt" => drop(openssl(
                folder,
                &format!("verify -x509_strict -partial_chain -CAfile {issuer} {file}"),
            )),
            false => {}
        }
    }
    let Some(real) = Side::real("certificates by step") else {
        return;
    };
    made(&real);
    for (line, file, issuer) in MADE {
        assert_eq!(
            all_fields(&ours, file, issuer),
            all_fields(&real, file, issuer),
            "{line}"
        );
        let count = |side: &Side| side.text(file).matches("-----BEGIN").count();
        assert_eq!(count(&ours), count(&real), "{line}");
    }
    let keys = MADE
        .iter()
        .filter(|(line, ..)| line.contains("create"))
        .map(|(_, file, _)| file.replace(".crt", ".key").replace(".csr", ".key"));
    for key in keys {
        let form = |side: &Side| {
            let text = side.text(&key);
            let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
            // The initialisation vector is random, and the key.
            lines.retain(|line| line.starts_with("-----") || line.contains(": "));
            lines.iter_mut().for_each(|line| {
                line.truncate(line.find("CBC,").map_or(line.len(), |at| at + 4));
            });
            let mode = side.path(&key).metadata().unwrap().permissions().mode() & 0o777;
            (lines, mode)
        };
        assert_eq!(form(&ours), form(&real), "{key}");
    }
    reads_the_other(&ours, &real);
}

/// Each program works with what the other has written.
fn reads_the_other(ours: &Side, real: &Side) {
    for (from, to) in [(ours, real), (real, ours)] {
        for name in ["root.crt", "root.key", "leaf.crt", "leaf.key", "mail.key"] {
            to.put(&format!("other-{name}"), from.read(name));
        }
        for line in [
            "certificate verify other-leaf.crt --roots other-root.crt",
            "certificate create x x.crt x.key --ca other-root.crt --ca-key other-root.key --ca-password-file pass --no-password --insecure",
            "crypto change-pass other-mail.key --password-file pass --no-password --insecure --force",
            "certificate p12 x.p12 other-leaf.crt other-leaf.key --ca other-root.crt --password-file pass",
        ] {
            to.succeeds(&format!("step {line}"));
        }
        let read = "pkcs12 -in x.p12 -passin file:pass -nodes";
        let pem = String::from_utf8(openssl(to.folder.path(), read)).unwrap();
        assert_eq!(pem.matches("BEGIN CERTIFICATE").count(), 2, "{pem}");
        openssl(to.folder.path(), "pkey -in other-mail.key -noout");
    }
}
