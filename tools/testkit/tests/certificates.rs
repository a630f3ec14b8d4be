//! The makers make what they promise: each kind of certificate is read back by openssl.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::process::Command;

use anyrole_testkit::certificates::{
    Authority, CertificateRequest, CfsslAuthority, Issued, KeyFormat, KeyKind, convert_key,
    describe,
};
use tempfile::TempDir;

fn openssl(arguments: &[&str]) -> (bool, String) {
    let output = Command::new("openssl").args(arguments).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

fn verify(root: &Authority, issued: &Issued, options: &[&str]) -> (bool, String) {
    let mut arguments = vec!["verify", "-CAfile", root.certificate().to_str().unwrap()];
    arguments.extend(options);
    arguments.push(issued.certificate.to_str().unwrap());
    openssl(&arguments)
}

#[test]
fn sound_leaves_of_each_kind_verify() {
    let folder = TempDir::new().unwrap();
    let root = Authority::root(folder.path()).unwrap();
    for (kind, name, shown) in [
        (KeyKind::Rsa(2048), "rsa", "Public-Key: (2048 bit)"),
        (KeyKind::P256, "p256", "NIST CURVE: P-256"),
        (KeyKind::P384, "p384", "NIST CURVE: P-384"),
        (KeyKind::P521, "p521", "NIST CURVE: P-521"),
    ] {
        let leaf = root
            .issue(name, &CertificateRequest::leaf(name).key(kind))
            .unwrap();
        let (sound, said) = verify(&root, &leaf, &["-purpose", "sslclient"]);
        assert!(sound, "{said}");
        let text = describe(&leaf.certificate).unwrap();
        assert!(text.contains(shown), "{text}");
        assert!(text.contains("Digital Signature"), "{text}");
        assert!(text.contains("Version: 3"), "{text}");
    }
}

#[test]
fn unsound_leaves_show_their_fault() {
    let folder = TempDir::new().unwrap();
    let root = Authority::root(folder.path()).unwrap();
    let leaf = CertificateRequest::leaf;
    for (name, request, shown) in [
        (
            "no-signature",
            leaf("a").without_digital_signature(),
            "Key Encipherment",
        ),
        ("authority", leaf("a").claiming_authority(), "CA:TRUE"),
        ("sha1", leaf("a").digest("sha1"), "ecdsa-with-SHA1"),
        ("rsa1024", leaf("a").key(KeyKind::Rsa(1024)), "(1024 bit)"),
        ("bare", leaf("a").without_extensions(), "Version: 1"),
        (
            "serial",
            leaf("a").serial("123"),
            "Serial Number: 291 (0x123)",
        ),
        (
            "unit",
            leaf("a").organizational_unit("ops"),
            "Subject: OU = ops, CN = a",
        ),
        (
            "names",
            leaf("a").subject("/C=CH/O=Zürich AG/OU=a+OU=b/CN=x"),
            "Subject: C = CH, O = Z\\C3\\BCrich AG, OU = a + OU = b, CN = x",
        ),
        (
            "server",
            CertificateRequest::loopback_server(),
            "IP Address:127.0.0.1",
        ),
    ] {
        let issued = root.issue(name, &request).unwrap();
        let text = describe(&issued.certificate).unwrap();
        assert!(text.contains(shown), "{name}: {text}");
    }
    let text = describe(&folder.path().join("no-signature.pem")).unwrap();
    assert!(!text.contains("Digital Signature"), "{text}");
}

#[test]
fn validity_is_exact_at_both_ends() {
    let folder = TempDir::new().unwrap();
    let root = Authority::root(folder.path()).unwrap();
    let expired = root
        .issue("expired", &CertificateRequest::leaf("a").expired())
        .unwrap();
    let early = root
        .issue("early", &CertificateRequest::leaf("a").not_yet_valid())
        .unwrap();
    for (issued, reason) in [
        (&expired, "certificate has expired"),
        (&early, "certificate is not yet valid"),
    ] {
        let (sound, said) = verify(&root, issued, &[]);
        assert!(!sound);
        assert!(said.contains(reason), "{said}");
        assert!(verify(&root, issued, &["-no_check_time"]).0);
    }
}

#[test]
fn chains_and_other_authorities() {
    let folder = TempDir::new().unwrap();
    let root = Authority::root(&folder.path().join("one")).unwrap();
    let other = Authority::root(&folder.path().join("two")).unwrap();
    let middle = root
        .intermediate(
            "middle",
            &CertificateRequest::authority("Middle").key(KeyKind::Rsa(2048)),
        )
        .unwrap();
    let leaf = middle
        .issue("leaf", &CertificateRequest::leaf("leaf"))
        .unwrap();
    let middle_path = middle.certificate().to_str().unwrap();
    assert!(verify(&root, &leaf, &["-untrusted", middle_path]).0);
    assert!(!verify(&root, &leaf, &[]).0);
    assert!(!verify(&other, &leaf, &["-untrusted", middle_path]).0);
    assert!(leaf.certificate_der().unwrap().starts_with(&[0x30]));
    assert!(
        leaf.certificate_pem()
            .unwrap()
            .starts_with("-----BEGIN CERTIFICATE")
    );
}

#[test]
fn keys_are_written_in_each_form() {
    let folder = TempDir::new().unwrap();
    let root = Authority::root(folder.path()).unwrap();
    for (kind, traditional) in [
        (KeyKind::P256, "-----BEGIN EC PRIVATE KEY"),
        (KeyKind::Rsa(2048), "-----BEGIN RSA PRIVATE KEY"),
    ] {
        let leaf = root
            .issue("leaf", &CertificateRequest::leaf("leaf").key(kind))
            .unwrap();
        for (format, begin) in [
            (KeyFormat::Pkcs8, "-----BEGIN PRIVATE KEY"),
            (KeyFormat::Traditional, traditional),
            (
                KeyFormat::EncryptedPkcs8("secret"),
                "-----BEGIN ENCRYPTED PRIVATE KEY",
            ),
        ] {
            let to = folder.path().join("converted.key");
            convert_key(&leaf.key, &to, format).unwrap();
            let text = std::fs::read_to_string(&to).unwrap();
            assert!(text.starts_with(begin), "{format:?}: {text}");
        }
    }
}

#[test]
fn cfssl_makes_both_kinds() {
    let folder = TempDir::new().unwrap();
    for (kind, name) in [(KeyKind::Rsa(2048), "rsa"), (KeyKind::P256, "ec")] {
        let root = CfsslAuthority::root(&folder.path().join(name), kind).unwrap();
        let leaf = root.leaf("app", "app", "ops", kind).unwrap();
        let (sound, said) = openssl(&[
            "verify",
            "-CAfile",
            root.own().certificate.to_str().unwrap(),
            leaf.certificate.to_str().unwrap(),
        ]);
        assert!(sound, "{said}");
        let text = describe(&leaf.certificate).unwrap();
        assert!(text.contains("OU = ops"), "{text}");
        assert!(text.contains("Digital Signature"), "{text}");
        assert!(
            std::fs::read_to_string(&leaf.key)
                .unwrap()
                .contains("PRIVATE KEY")
        );
    }
}
