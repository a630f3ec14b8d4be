//! What the authority issues is accepted by the rules of CreateSession and by openssl; what it must not issue, it does not.
#![expect(clippy::unwrap_used, reason = "tests")]

mod ocsp;
mod revocation_lists;
mod shapes;
mod zlint;

use std::path::Path;
use std::process::Command;

use anyrole_ca::{
    AlternativeName, Authority, CaError, CertificateOrder, CertificateProfile, IssuedCertificate,
    Serial, SigningRequest, Subject, Validity, issue, self_sign,
};
use anyrole_keys::{FileKey, KeySpec, SigningKey};
use anyrole_x509::{AnchorCertificates, PresentedChain, Revocation, verify_chain};
use jiff::{SignedDuration, Timestamp};

/// What openssl prints for these arguments, in a folder; it must succeed.
fn openssl(folder: &Path, line: &str) -> String {
    let output = Command::new("openssl")
        .args(line.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "openssl {line}: {text}");
    text
}

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn order(profile: CertificateProfile, name: &str, key: &FileKey) -> CertificateOrder {
    CertificateOrder::new(
        profile,
        Subject::parse(name).unwrap(),
        Validity::resolve(profile, None, None, None, now()).unwrap(),
        Serial::from_random([7; 16]),
        key.public_key_der().to_vec(),
    )
    .unwrap()
}

fn root(spec: KeySpec) -> Authority {
    let key = FileKey::generate(spec).unwrap();
    let order = order(
        CertificateProfile::RootCa,
        "CN=Root,OU=a,OU=b,DC=x,DC=y",
        &key,
    );
    let certificate = self_sign(&key, &order).unwrap();
    Authority::new(certificate.as_der().to_vec(), Box::new(key)).unwrap()
}

fn below(authority: &Authority, profile: CertificateProfile) -> Result<Authority, CaError> {
    let key = FileKey::generate(KeySpec::EcP256).unwrap();
    let certificate = issue(authority, &order(profile, "Below", &key))?;
    Authority::new(certificate.as_der().to_vec(), Box::new(key))
}

fn leaf(authority: &Authority, spec: KeySpec) -> IssuedCertificate {
    let key = FileKey::generate(spec).unwrap();
    let mut order = order(CertificateProfile::Leaf, "CN=web,OU=ops,O=Example", &key);
    order.shape.alternative_names = [
        "web.example.com",
        "10.0.0.1",
        "spiffe://t/w",
        "a@example.com",
    ]
    .map(|name| AlternativeName::parse(name).unwrap())
    .to_vec();
    issue(authority, &order).unwrap()
}

fn openssl_verifies(root: &[u8], intermediate: Option<&[u8]>, leaf: &[u8]) {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, der: &[u8]| {
        let pem = anyrole_ca::render_certificate(der).unwrap();
        std::fs::write(dir.path().join(name), pem).unwrap();
    };
    write("root.pem", root);
    write("leaf.pem", leaf);
    let mut command = Command::new("openssl");
    command.current_dir(dir.path());
    let seconds = now().as_second().to_string();
    command.args([
        "verify",
        "-x509_strict",
        "-purpose",
        "sslclient",
        "-attime",
        &seconds,
    ]);
    command.args(["-CAfile", "root.pem"]);
    if let Some(intermediate) = intermediate {
        write("intermediate.pem", intermediate);
        command.args(["-untrusted", "intermediate.pem"]);
    }
    let output = command.arg("leaf.pem").output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl verify: {text}");
}

#[test]
fn create_session_and_openssl_take_leaves_of_every_kind_of_key() {
    let classic = [
        KeySpec::EcP256,
        KeySpec::EcP384,
        KeySpec::EcP521,
        KeySpec::Rsa { bits: 2048 },
    ];
    let ml_dsa = [KeySpec::MlDsa44, KeySpec::MlDsa65, KeySpec::MlDsa87];
    let kinds = [&classic[..], &ml_dsa].concat();
    for authority_kind in kinds.clone() {
        let root = root(authority_kind);
        let intermediate = below(&root, CertificateProfile::IntermediateCa).unwrap();
        let anchor = AnchorCertificates::from_der(vec![root.certificate_der().to_vec()]).unwrap();
        // Debian 12's openssl cannot check ML-DSA; crates/x509/tests/ml_dsa.rs has another judge.
        let openssl_knows = classic.contains(&authority_kind);
        for leaf_kind in kinds.clone() {
            let direct = leaf(&root, leaf_kind);
            if openssl_knows && classic.contains(&leaf_kind) {
                openssl_verifies(root.certificate_der(), None, direct.as_der());
            }
            let presented = PresentedChain::from_der(direct.as_der().to_vec(), vec![]).unwrap();
            let chain = verify_chain(&presented, &anchor, &Revocation::NONE, now()).unwrap();
            assert_eq!(chain.leaf().subject.to_string(), "CN=web,OU=ops,O=Example");
            let serial = u128::from_be_bytes([7; 16]).to_string();
            assert_eq!(chain.leaf().serial_decimal, serial);
        }
        let indirect = leaf(&intermediate, KeySpec::EcP256);
        let middle = intermediate.certificate_der().to_vec();
        if openssl_knows {
            openssl_verifies(root.certificate_der(), Some(&middle), indirect.as_der());
        }
        let presented = PresentedChain::from_der(indirect.as_der().to_vec(), vec![middle]).unwrap();
        let chain = verify_chain(&presented, &anchor, &Revocation::NONE, now()).unwrap();
        assert_eq!(chain.path_fingerprints().len(), 3);
    }
}

#[test]
fn openssl_reads_what_a_leaf_says() {
    let certificate = leaf(&root(KeySpec::EcP256), KeySpec::Rsa { bits: 2048 });
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("leaf.pem");
    std::fs::write(&path, certificate.to_pem().unwrap()).unwrap();
    let output = Command::new("openssl")
        .args(["x509", "-noout", "-text", "-in"])
        .arg(&path)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for expected in [
        "Version: 3 (0x2)",
        "Signature Algorithm: ecdsa-with-SHA256",
        "Issuer: DC = y, DC = x, OU = b, OU = a, CN = Root",
        "Subject: O = Example, OU = ops, CN = web",
        "Not Before: Mar  1 12:00:00 2026 GMT",
        "Not After : Mar  2 12:00:00 2026 GMT",
        "X509v3 Key Usage: critical\n                Digital Signature, Key Encipherment\n",
        "TLS Web Server Authentication, TLS Web Client Authentication",
        "X509v3 Basic Constraints: critical\n                CA:FALSE\n",
        "X509v3 Subject Key Identifier",
        "X509v3 Authority Key Identifier",
        "DNS:web.example.com, IP Address:10.0.0.1, URI:spiffe://t/w, email:a@example.com",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
}

#[test]
fn an_authority_does_not_go_beyond_its_certificate() {
    let root = root(KeySpec::EcP256);
    let intermediate = below(&root, CertificateProfile::IntermediateCa).unwrap();
    let too_deep = below(&intermediate, CertificateProfile::IntermediateCa);
    assert!(matches!(too_deep, Err(CaError::PathLength { .. })));
    let as_authority = below(&root, CertificateProfile::Leaf);
    assert!(matches!(as_authority, Err(CaError::NotAnAuthority { .. })));

    let foreign = Box::new(FileKey::generate(KeySpec::EcP256).unwrap());
    let paired = Authority::new(root.certificate_der().to_vec(), foreign);
    assert!(matches!(paired, Err(CaError::ForeignKey { .. })));

    let key = FileKey::generate(KeySpec::EcP256).unwrap();
    let mut late = order(CertificateProfile::Leaf, "late", &key);
    let start = now() + SignedDuration::from_hours(20 * 365 * 24);
    late.validity = Validity::new(start, start + SignedDuration::from_hours(1)).unwrap();
    let refused = issue(&root, &late);
    assert!(matches!(refused, Err(CaError::AuthorityNotValid { .. })));
}

#[test]
fn self_signing_is_for_the_own_key_only() {
    let key = FileKey::generate(KeySpec::EcP256).unwrap();
    let other = FileKey::generate(KeySpec::EcP256).unwrap();
    let mixed = self_sign(&key, &order(CertificateProfile::SelfSigned, "a", &other));
    assert!(matches!(mixed, Err(CaError::ForeignKey { .. })));
    let own = self_sign(&key, &order(CertificateProfile::SelfSigned, "a", &key)).unwrap();
    openssl_verifies(own.as_der(), None, own.as_der());
}

#[test]
fn dates_after_2049_are_generalized_times() {
    let key = FileKey::generate(KeySpec::EcP256).unwrap();
    let mut order = order(CertificateProfile::RootCa, "far", &key);
    let far: Timestamp = "2050-01-01T00:00:00Z".parse().unwrap();
    order.validity = Validity::new(now(), far).unwrap();
    let certificate = self_sign(&key, &order).unwrap();
    let contains = |text: &[u8]| certificate.as_der().windows(text.len()).any(|w| w == text);
    assert!(contains(b"\x17\x0d260301120000Z"));
    assert!(contains(b"\x18\x0f20500101000000Z"));
}

#[test]
fn signing_requests_of_openssl_are_read_and_proved() {
    let dir = tempfile::tempdir().unwrap();
    let root = root(KeySpec::EcP256);
    let anchor = AnchorCertificates::from_der(vec![root.certificate_der().to_vec()]).unwrap();
    let kinds = [
        "rsa:2048",
        "ec:/usr/share/none -pkeyopt ec_paramgen_curve:P-256",
        "ec -pkeyopt ec_paramgen_curve:P-384 -sha384",
        "ec -pkeyopt ec_paramgen_curve:P-521 -sha512",
    ];
    for kind in kinds {
        let kind = kind.replace(":/usr/share/none", "");
        let line = format!(
            "req -new -newkey {kind} -nodes -keyout key.pem -out csr.pem -subj /O=Org/OU=one/OU=two/CN=svc \
             -addext subjectAltName=DNS:svc.example.com,IP:::1,URI:urn:a:b,email:a@b.c"
        );
        let output = Command::new("openssl")
            .args(line.split_whitespace())
            .current_dir(dir.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {stderr}");
        let pem = std::fs::read_to_string(dir.path().join("csr.pem")).unwrap();
        let request = SigningRequest::parse(pem.as_bytes()).unwrap();
        let expected = ["svc.example.com", "::1", "urn:a:b", "a@b.c"];
        let expected = expected.map(|name| AlternativeName::parse(name).unwrap());
        assert_eq!(request.alternative_names(), expected);

        let key = FileKey::generate(KeySpec::EcP256).unwrap();
        let mut order = order(CertificateProfile::Leaf, "unused", &key);
        order.subject = request.subject().clone();
        order.public_key_der = request.public_key_der().to_vec();
        let certificate = issue(&root, &order).unwrap();
        let presented = PresentedChain::from_der(certificate.as_der().to_vec(), vec![]).unwrap();
        let chain = verify_chain(&presented, &anchor, &Revocation::NONE, now()).unwrap();
        assert_eq!(
            chain.leaf().subject.to_string(),
            "CN=svc,OU=two,OU=one,O=Org"
        );

        let old_label = pem.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST");
        assert!(SigningRequest::parse(old_label.as_bytes()).is_ok());
    }
    // One octet of the name changed: still well-formed, no longer signed.
    let output = Command::new("openssl")
        .args(["req", "-in", "csr.pem", "-outform", "DER"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    let mut der = output.stdout;
    let place = der.windows(3).position(|window| window == b"svc").unwrap();
    der[place] = b'x';
    let changed = SigningRequest::parse(&der);
    assert!(
        matches!(changed, Err(CaError::RequestSignature)),
        "{changed:?}"
    );
    for text in [
        "",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        "0",
    ] {
        assert!(matches!(
            SigningRequest::parse(text.as_bytes()),
            Err(CaError::BrokenRequest(_))
        ));
    }
}

#[test]
fn weak_keys_in_requests_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    for (kind, expected) in [
        ("rsa:1024", "1024 bits"),
        ("ed25519", "algorithm 1.3.101.112"),
    ] {
        let output = Command::new("openssl")
            .args([
                "req", "-new", "-newkey", kind, "-nodes", "-keyout", "key.pem", "-out", "csr.pem",
            ])
            .args(["-subj", "/CN=weak"])
            .current_dir(dir.path())
            .output()
            .unwrap();
        assert!(output.status.success());
        let pem = std::fs::read(dir.path().join("csr.pem")).unwrap();
        let error = SigningRequest::parse(&pem).unwrap_err().to_string();
        assert!(error.contains(expected), "{kind}: {error}");
    }
}
