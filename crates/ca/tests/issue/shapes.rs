//! Any shape is written as openssl reads it; what breaks a rule is not signed.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyrole_ca::{
    AlternativeName, BasicConstraints, CaError, CertificatePolicy, CertificateProfile,
    CertificateShape, CustomExtension, KeyIdentifierMethod, KeyUsage, Oid, SigningRequest, Subject,
    issue, purpose, self_sign,
};
use anyrole_keys::{FileKey, KeyAlgorithm, KeyError, KeySpec, SignatureScheme, SigningKey};

use super::{openssl, order, root};

fn shown(der: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("one.der"), der).unwrap();
    openssl(dir.path(), "x509 -inform DER -in one.der -noout -text")
}

#[test]
fn openssl_reads_every_part_of_a_shape() {
    let authority = root(KeySpec::EcP384);
    let key = FileKey::generate(KeySpec::Rsa { bits: 2048 }).unwrap();
    let mut order = order(CertificateProfile::Leaf, "CN=all,O=Example", &key);
    order.shape = CertificateShape {
        basic_constraints: Some(BasicConstraints {
            critical: false,
            ..BasicConstraints::END_ENTITY
        }),
        key_usage: Some(
            KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION | KeyUsage::DATA_ENCIPHERMENT,
        ),
        purposes: vec![purpose::CODE_SIGNING, Oid::new_unwrap("1.2.3.4")],
        purposes_critical: true,
        alternative_names: vec![
            AlternativeName::Directory(Subject::parse("CN=dir,O=x").unwrap()),
            AlternativeName::RegisteredId(Oid::new_unwrap("1.2.3.5")),
            AlternativeName::Other {
                oid: Oid::new_unwrap("1.3.6.1.4.1.311.20.2.3"),
                value_der: b"\x0c\x05a@b.c".to_vec(),
            },
            AlternativeName::parse("::1").unwrap(),
        ],
        policies: vec![CertificatePolicy {
            oid: Oid::new_unwrap("2.23.140.1.2.1"),
            practice_statements: vec!["https://example.com/cps".to_owned()],
        }],
        crl_urls: vec![
            "http://a.example/1.crl".to_owned(),
            "http://b.example/1.crl".to_owned(),
        ],
        ocsp_urls: vec!["http://ocsp.example".to_owned()],
        issuer_urls: vec!["http://ca.example/ca.cer".to_owned()],
        extensions: vec![CustomExtension {
            oid: Oid::new_unwrap("1.2.3.6"),
            critical: false,
            value_der: b"\x05\x00".to_vec(),
        }],
        subject_key_identifier: KeyIdentifierMethod::Sha1,
        signature: Some(SignatureScheme::EcdsaSha512),
        ..CertificateShape::default()
    };
    let text = shown(issue(&authority, &order).unwrap().as_der());
    for expected in [
        "ecdsa-with-SHA512",
        "X509v3 Key Usage: critical\n                Digital Signature, Non Repudiation, Data Encipherment\n",
        "X509v3 Extended Key Usage: critical\n                Code Signing, 1.2.3.4\n",
        "X509v3 Basic Constraints: \n                CA:FALSE\n",
        "DirName:",
        "Registered ID:1.2.3.5",
        "othername: UPN",
        "IP Address:0:0:0:0:0:0:0:1",
        "OCSP - URI:http://ocsp.example",
        "CA Issuers - URI:http://ca.example/ca.cer",
        "Policy: 2.23.140.1.2.1",
        "CPS: https://example.com/cps",
        "URI:http://a.example/1.crl",
        "URI:http://b.example/1.crl",
        "1.2.3.6:",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
}

#[test]
fn every_signing_algorithm_is_verified_by_openssl() {
    use SignatureScheme::{
        EcdsaSha256, EcdsaSha384, EcdsaSha512, RsaPkcs1Sha256, RsaPkcs1Sha384, RsaPkcs1Sha512,
        RsaPssSha256, RsaPssSha384, RsaPssSha512,
    };
    let ecdsa = [EcdsaSha256, EcdsaSha384, EcdsaSha512];
    let rsa = [
        RsaPkcs1Sha256,
        RsaPkcs1Sha384,
        RsaPkcs1Sha512,
        RsaPssSha256,
        RsaPssSha384,
        RsaPssSha512,
    ];
    for (spec, schemes) in [
        (KeySpec::EcP256, &ecdsa[..]),
        (KeySpec::EcP384, &ecdsa),
        (KeySpec::EcP521, &ecdsa),
        (KeySpec::Rsa { bits: 2048 }, &rsa),
    ] {
        let authority = root(spec);
        let key = FileKey::generate(KeySpec::EcP256).unwrap();
        for scheme in schemes {
            let mut order = order(CertificateProfile::Leaf, "signed", &key);
            order.shape.signature = Some(*scheme);
            let issued = issue(&authority, &order).unwrap();
            super::openssl_verifies(authority.certificate_der(), None, issued.as_der());
        }
        let mut order = order(CertificateProfile::Leaf, "signed", &key);
        order.shape.signature = Some(SignatureScheme::MlDsa);
        let refused = issue(&authority, &order);
        let mismatch = matches!(refused, Err(CaError::Key(KeyError::SchemeMismatch { .. })));
        assert!(mismatch, "{refused:?}");
    }
}

/// A key that counts how often it was asked to sign.
struct Counting<'a>(FileKey, &'a AtomicUsize);

impl SigningKey for Counting<'_> {
    fn public_key_der(&self) -> &[u8] {
        self.0.public_key_der()
    }

    fn algorithm(&self) -> KeyAlgorithm {
        self.0.algorithm()
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.sign(scheme, message)
    }
}

#[test]
fn the_key_signs_nothing_that_breaks_a_rule() {
    let count = AtomicUsize::new(0);
    let key = Counting(FileKey::generate(KeySpec::EcP256).unwrap(), &count);
    let wanted = |change: fn(&mut CertificateShape)| {
        let mut order = order(CertificateProfile::SelfSigned, "rules", &key.0);
        change(&mut order.shape);
        self_sign(&key, &order)
    };
    type Change = fn(&mut CertificateShape);
    let table: [(Change, &str); 8] = [
        (
            |shape| {
                shape.key_usage = Some(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT)
            },
            "usage-fits-the-key",
        ),
        (
            |shape| shape.key_usage = Some(KeyUsage::default()),
            "end-entity-signs-digitally",
        ),
        (
            |shape| {
                shape.opens_sessions = false;
                shape.key_usage = Some(KeyUsage::ENCIPHER_ONLY);
            },
            "only-with-key-agreement",
        ),
        (
            |shape| shape.purposes = vec![purpose::SERVER_AUTH],
            "end-entity-client-auth",
        ),
        (
            |shape| shape.basic_constraints = Some(BasicConstraints::authority(None)),
            "authority-signs-certificates",
        ),
        (
            |shape| {
                shape.extensions = vec![CustomExtension {
                    oid: Oid::new_unwrap("2.5.29.15"),
                    critical: false,
                    value_der: b"\x03\x02\x07\x80".to_vec(),
                }];
            },
            "no-extension-twice",
        ),
        (
            |shape| {
                shape.extensions = vec![CustomExtension {
                    oid: Oid::new_unwrap("2.5.29.30"),
                    critical: true,
                    value_der: b"no DER".to_vec(),
                }];
            },
            "every-extension-readable",
        ),
        (
            |shape| {
                shape.basic_constraints = Some(BasicConstraints {
                    critical: false,
                    ..BasicConstraints::authority(Some(0))
                });
                shape.key_usage = Some(KeyUsage::CERT_SIGN);
            },
            "constraints-and-usage-critical",
        ),
    ];
    for (change, rule) in table {
        match wanted(change) {
            Err(CaError::Lint(failure)) => assert_eq!(failure.rule, rule),
            other => panic!("{rule}: {other:?}"),
        }
    }
    assert_eq!(count.load(Ordering::Relaxed), 0);
    wanted(|_| ()).unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 1);
    for (text, url) in [("a b", true), ("münchen.de", false), ("", true)] {
        let mut order = order(CertificateProfile::SelfSigned, "texts", &key.0);
        match url {
            true => order.shape.crl_urls = vec![text.to_owned()],
            false => order.shape.alternative_names = vec![AlternativeName::Dns(text.to_owned())],
        }
        let refused = self_sign(&key, &order);
        let is_named = matches!(
            &refused,
            Err(CaError::Url(named) | CaError::AlternativeName(named)) if named == text
        );
        assert!(is_named, "{refused:?}");
    }
}

#[test]
fn usages_are_cut_to_what_a_key_can_do() {
    let all = KeyUsage::DIGITAL_SIGNATURE
        | KeyUsage::KEY_ENCIPHERMENT
        | KeyUsage::DATA_ENCIPHERMENT
        | KeyUsage::KEY_AGREEMENT;
    for (algorithm, left) in [
        (
            KeyAlgorithm::Rsa { bits: 2048 },
            KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT | KeyUsage::DATA_ENCIPHERMENT,
        ),
        (
            KeyAlgorithm::EcP384,
            KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT,
        ),
        (KeyAlgorithm::MlDsa65, KeyUsage::DIGITAL_SIGNATURE),
    ] {
        assert_eq!(all.fitting(algorithm), left, "{algorithm}");
    }
}

#[test]
fn a_request_tells_what_it_asks_for() {
    let dir = tempfile::tempdir().unwrap();
    openssl(
        dir.path(),
        "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out csr.pem -subj /CN=sub \
         -addext basicConstraints=critical,CA:TRUE,pathlen:2 -addext keyUsage=critical,keyCertSign,cRLSign,decipherOnly \
         -addext extendedKeyUsage=clientAuth,1.2.3.4 -addext 1.2.3.5=DER:0500 \
         -addext subjectAltName=DNS:a.example,RID:1.2.3,otherName:1.2.4;UTF8:x -addext subjectKeyIdentifier=hash",
    );
    let pem = std::fs::read(dir.path().join("csr.pem")).unwrap();
    let request = SigningRequest::parse(&pem).unwrap();
    assert_eq!(request.subject().common_name(), Some("sub"));
    let asked = request.requested();
    assert_eq!(
        asked.basic_constraints,
        Some(BasicConstraints::authority(Some(2)))
    );
    let usage = KeyUsage::CERT_SIGN | KeyUsage::CRL_SIGN | KeyUsage::DECIPHER_ONLY;
    assert_eq!(asked.key_usage, Some(usage));
    assert_eq!(
        asked.purposes,
        [purpose::CLIENT_AUTH, Oid::new_unwrap("1.2.3.4")]
    );
    assert_eq!(asked.alternative_names.len(), 3);
    assert_eq!(
        asked.alternative_names[2],
        AlternativeName::Other {
            oid: Oid::new_unwrap("1.2.4"),
            value_der: b"\x0c\x01x".to_vec(),
        }
    );
    let [other] = &asked.others[..] else {
        panic!("{:?}", asked.others);
    };
    assert_eq!(other.oid, Oid::new_unwrap("1.2.3.5"));
    assert_eq!(other.value_der, b"\x05\x00");
}
