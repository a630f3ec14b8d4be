//! Session tags, source identity and session name from real certificates, and how bundles are read.

#![expect(clippy::unwrap_used, reason = "tests")]

mod made;

use anyrole_x509::{
    AnchorCertificates, AnchorError, AttributeMapping, Certificate, CertificateError,
    CertificateField, CertificateNames, Leaf, default_mappings, default_session_name, is_tag_value,
    map_attributes, source_identity,
};
use made::{Authority, EC, LEAF_EXTENSIONS, key, leaf_params, openssl_signed, verify};
use rcgen::SerialNumber;

/// A verified leaf of openssl's with this subject and these further extensions.
fn leaf(root: &str, subject: &str, serial: &str, extensions: &str) -> Leaf {
    let folder = tempfile::tempdir().unwrap();
    let root = Authority::root(root);
    root.write(folder.path(), "ca");
    let extensions = format!("{LEAF_EXTENSIONS}{extensions}");
    let request = format!("{EC} -utf8 -subj {subject}");
    let sign = format!("-set_serial {serial}");
    let der = openssl_signed(folder.path(), &request, &sign, Some(&extensions));
    verify(&der, &[], &root).unwrap().leaf().clone()
}

fn full_leaf() -> Leaf {
    leaf(
        "Root",
        "/C=DE/O=Example/OU=ops/OU=web/CN=w1/UID=7/DC=net/emailAddress=a@b.c/businessCategory=x",
        "0x0123",
        "subjectAltName=DNS:one.example.net,DNS:two.example.net,URI:spiffe://t/a,URI:urn:b,\
         IP:10.0.0.1,email:a@b.c,dirName:alt\n[alt]\nO=Alt\nOU=first\n",
    )
}

fn mapping(certificate_field: CertificateField, specifiers: &[&str]) -> Vec<AttributeMapping> {
    let specifiers = specifiers
        .iter()
        .map(|specifier| (*specifier).to_owned())
        .collect();
    vec![AttributeMapping {
        certificate_field,
        specifiers,
    }]
}

fn tags(leaf: &Leaf, mappings: &[AttributeMapping]) -> Vec<String> {
    let mapped = map_attributes(leaf, mappings);
    assert!(mapped.unmapped.is_empty(), "{}", mapped.unmapped);
    mapped
        .tags
        .into_iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect()
}

#[test]
fn the_default_mappings_take_everything_recognised() {
    assert_eq!(
        tags(&full_leaf(), &default_mappings()),
        [
            "x509Issuer/CN=Root",
            "x509SAN/DNS=one.example.net",
            "x509SAN/URI=spiffe://t/a",
            "x509SAN/Name/O=Alt",
            "x509SAN/Name/OU=first",
            "x509Subject/C=DE",
            "x509Subject/O=Example",
            "x509Subject/OU=ops/web",
            "x509Subject/CN=w1",
            "x509Subject/UID=7",
            "x509Subject/DC=net",
            "x509Subject/emailAddress=a@b.c",
        ]
    );
}

#[test]
fn specifiers_choose() {
    use CertificateField::{X509Issuer, X509San, X509Subject};
    let leaf = full_leaf();
    let rows: [(CertificateField, &[&str], &[&str]); 10] = [
        (X509Subject, &["OU"], &["x509Subject/OU=ops/web"]),
        (X509Subject, &["CN", "CN"], &["x509Subject/CN=w1"]),
        (X509Subject, &["L", "DNS"], &[]),
        (X509Subject, &["2.5.4.15"], &["x509Subject/2.5.4.15=x"]),
        (
            X509Subject,
            &["2.5.4.11"],
            &["x509Subject/2.5.4.11=ops/web"],
        ),
        (X509Issuer, &["*", "CN"], &["x509Issuer/CN=Root"]),
        (X509San, &["URI"], &["x509SAN/URI=spiffe://t/a"]),
        (
            X509San,
            &["Name"],
            &["x509SAN/Name/O=Alt", "x509SAN/Name/OU=first"],
        ),
        (
            X509San,
            &["Name/", "Name/O"],
            &["x509SAN/Name/O=Alt", "x509SAN/Name/OU=first"],
        ),
        (X509San, &["*", "IP", "Names", "Name/CN"], &[]),
    ];
    for (field, specifiers, expected) in rows {
        assert_eq!(
            tags(&leaf, &mapping(field, specifiers)),
            expected,
            "{specifiers:?}"
        );
    }
}

#[test]
fn values_that_tags_cannot_hold_are_named() {
    let odd = leaf(
        "A&B",
        "/O=Fine/CN=(x)/OU=a*b",
        "1",
        "subjectAltName=DNS:*.example.net\n",
    );
    let mapped = map_attributes(&odd, &default_mappings());
    assert_eq!(mapped.tags, [("x509Subject/O".into(), "Fine".to_owned())]);
    assert_eq!(
        mapped.unmapped.to_string(),
        "Some attributes failed to be mapped into session tags. \
         Issuer: [ CN ]; Subject: [ CN, OU ]; SAN: [ DNS ]"
    );
    let issuer_only = map_attributes(&odd, &mapping(CertificateField::X509Issuer, &["CN"]));
    assert_eq!(
        issuer_only.unmapped.to_string(),
        "Some attributes failed to be mapped into session tags. \
         Issuer: [ CN ]; Subject: [  ]; SAN: [  ]"
    );
    assert!(map_attributes(&odd, &[]).unmapped.is_empty());
}

#[test]
fn tag_values_follow_sts() {
    for good in ["", "a B9", "_.:/=+-@", "Zürich", "東京", "a\u{a0}b"] {
        assert!(is_tag_value(good), "{good}");
    }
    let long = "x".repeat(257);
    for bad in [
        "a&b",
        "(",
        "*",
        "a\tb",
        "a\nb",
        "\0",
        "a,b",
        "\"",
        "#04",
        long.as_str(),
    ] {
        assert!(!is_tag_value(bad), "{bad}");
    }
    assert!(is_tag_value(&"é".repeat(256)));
}

#[test]
fn source_identity_and_session_name() {
    let root = Authority::root("Root");
    let rows = [
        ("w1", vec![0x01, 0x23], "CN=w1", "0123"),
        ("w1", vec![0x00, 0x80], "CN=w1", "80"),
        ("w1", vec![0x05], "CN=w1", "05"),
        ("two words", vec![0x10, 0x02], "ID=1002", "1002"),
        ("", vec![0x01, 0x23], "ID=0123", "0123"),
    ];
    for (common_name, serial, identity, session_name) in rows {
        let mut params = leaf_params(common_name);
        params.serial_number = Some(SerialNumber::from(serial));
        let chain = verify(&root.sign(&params, &key()), &[], &root).unwrap();
        assert_eq!(source_identity(chain.leaf()), identity);
        assert_eq!(default_session_name(chain.leaf()), session_name);
    }
    for (length, prefix) in [(61, "CN="), (62, ""), (64, ""), (65, "ID=")] {
        let common_name = "n".repeat(length);
        let mut params = leaf_params(&common_name);
        params.serial_number = Some(SerialNumber::from(vec![7]));
        let chain = verify(&root.sign(&params, &key()), &[], &root).unwrap();
        let expected = if length > 64 {
            "ID=07".to_owned()
        } else {
            format!("{prefix}{common_name}")
        };
        assert_eq!(source_identity(chain.leaf()), expected);
    }
    let nameless = leaf("Root", "/O=Example", "291", "");
    assert_eq!(source_identity(&nameless), "ID=0123");
    assert_eq!(nameless.serial_decimal, "291");
}

#[test]
fn names_show_last_rdn_first() {
    let leaf = full_leaf();
    assert_eq!(
        leaf.subject.to_string(),
        "2.5.4.15=x,emailAddress=a@b.c,DC=net,UID=7,CN=w1,OU=web,OU=ops,O=Example,C=DE"
    );
    assert_eq!(leaf.issuer.to_string(), "CN=Root");
}

#[test]
fn bundles_hold_certificates_only() {
    let root = Authority::root("Root");
    let error = |text: &str| AnchorCertificates::parse_bundle(text).unwrap_err();
    assert_eq!(error(""), AnchorError::Empty);
    assert_eq!(error("no PEM here"), AnchorError::Empty);
    let with_key = format!("{}{}", root.pem, root.issuer.key().serialize_pem());
    assert_eq!(
        error(&with_key),
        AnchorError::NotACertificate { position: 2 }
    );
    let cut = root.pem.replace("-----END CERTIFICATE-----", "");
    assert!(matches!(error(&cut), AnchorError::NotPem { .. }));
    let folder = tempfile::tempdir().unwrap();
    root.write(folder.path(), "ca");
    let request = format!("{EC} -subj /CN=leaf");
    let leaf = openssl_signed(
        folder.path(),
        &request,
        "-outform PEM",
        Some(LEAF_EXTENSIONS),
    );
    let bundle = format!("{}{}", root.pem, String::from_utf8(leaf).unwrap());
    let refused = error(&bundle);
    assert_eq!(
        refused.to_string(),
        "Incorrect basic constraints for CA certificate"
    );
    assert!(matches!(refused, AnchorError::Refused { position: 2, .. }));
    assert_eq!(refused.code(), "anchor-not-ca");
    assert_eq!(error("").code(), "anchor-empty");
}

#[test]
fn certificates_are_summarised() {
    let folder = tempfile::tempdir().unwrap();
    let root = Authority::root("Root");
    root.write(folder.path(), "ca");
    let extensions = format!(
        "{LEAF_EXTENSIONS}subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n\
         subjectAltName=DNS:a.example,IP:10.0.0.1,IP:2001:db8::1,URI:urn:x,email:a@b.c\n"
    );
    let request = "-newkey rsa:3072 -subj /O=Example/CN=w1";
    let der = openssl_signed(
        folder.path(),
        request,
        "-set_serial 4098",
        Some(&extensions),
    );
    let certificate = Certificate::parse_der(der.clone()).unwrap();
    let summary = certificate.summary();
    assert_eq!(certificate.der(), der);
    assert_eq!(summary.version, 3);
    assert_eq!(summary.subject.to_string(), "CN=w1,O=Example");
    assert_eq!(summary.issuer.to_string(), "CN=Root");
    assert_eq!(
        (summary.serial_decimal.as_str(), summary.serial_hex.as_str()),
        ("4098", "1002")
    );
    let names = CertificateNames::of_der(&der).unwrap();
    assert_eq!(names.subject.to_string(), "CN=w1,O=Example");
    assert_eq!(names.issuer.to_string(), "CN=Root");
    assert_eq!(names.serial_hex, "1002");
    assert!(CertificateNames::of_der(b"no certificate").is_err());
    assert_eq!(summary.key, "RSA 3072");
    assert_eq!(summary.signature_algorithm, "ecdsa-with-SHA256");
    let names: Vec<String> = summary
        .subject_alt_names
        .iter()
        .map(|name| format!("{}:{}", name.kind, name.value))
        .collect();
    assert_eq!(
        names,
        [
            "DNS:a.example",
            "IP:10.0.0.1",
            "IP:2001:db8::1",
            "URI:urn:x",
            "email:a@b.c"
        ]
    );
    assert_eq!(
        summary.key_usage.as_deref(),
        Some(&["digitalSignature"][..])
    );
    assert_eq!(
        summary.extended_key_usage.as_deref(),
        Some(&["clientAuth".to_owned()][..])
    );
    assert!(!summary.basic_constraints.unwrap().ca);
    assert_eq!(summary.subject_key_id.as_ref().unwrap().len(), 40);
    assert!(summary.authority_key_id.is_some());

    let both = format!("{}{}", root.pem, root.pem);
    let roots = Certificate::parse_pem_bundle(&both).unwrap();
    assert_eq!(roots.len(), 2);
    assert_eq!(
        roots.first().unwrap().render_pem().replace('\n', ""),
        root.pem.replace(['\r', '\n'], "")
    );
    assert_eq!(
        Certificate::parse_pem_bundle(&certificate.render_pem()),
        Ok(vec![certificate.clone()])
    );
    assert_eq!(
        Certificate::parse_pem_bundle("x"),
        Err(CertificateError::Empty)
    );
    assert!(Certificate::parse_der(vec![1, 2, 3]).is_err());
}
