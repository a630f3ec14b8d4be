//! zlint's lints of RFC 5280, 5480 and 8813, and openssl's strictest look, on every kind of certificate that is made here: profiles, kinds of
//! keys, algorithms, and the shapes of servers and programs.

use std::path::{Path, PathBuf};

use anyrole_ca::{
    AlternativeName, Authority, BasicConstraints, CertificateOrder, CertificatePolicy,
    CertificateProfile, CertificateShape, KeyIdentifierMethod, KeyUsage, Oid, Subject, issue,
    purpose, self_sign,
};
use anyrole_keys::{FileKey, KeySpec, SignatureScheme};
use anyrole_testkit::Zlint;

use super::{openssl_verifies, order, root};

const KINDS: [KeySpec; 7] = [
    KeySpec::EcP256,
    KeySpec::EcP384,
    KeySpec::EcP521,
    KeySpec::Rsa { bits: 2048 },
    KeySpec::MlDsa44,
    KeySpec::MlDsa65,
    KeySpec::MlDsa87,
];

/// Certificates on their way to the lint.
struct Desk<'a> {
    folder: &'a Path,
    made: Vec<PathBuf>,
}

impl Desk<'_> {
    fn put(&mut self, name: &str, der: &[u8]) {
        let path = self.folder.join(format!("{}-{name}.pem", self.made.len()));
        std::fs::write(&path, anyrole_ca::render_certificate(der).unwrap()).unwrap();
        self.made.push(path);
    }

    fn issue(&mut self, name: &str, authority: &Authority, order: &CertificateOrder) {
        let issued = issue(authority, order).unwrap();
        self.put(name, issued.as_der());
    }
}

fn shapes() -> Vec<(&'static str, CertificateShape)> {
    let end_entity = |usage, purposes: &[Oid]| CertificateShape {
        basic_constraints: Some(BasicConstraints::END_ENTITY),
        key_usage: Some(usage),
        purposes: purposes.to_vec(),
        ..CertificateShape::default()
    };
    let authority = |length| CertificateShape {
        basic_constraints: Some(BasicConstraints::authority(length)),
        key_usage: Some(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::CERT_SIGN | KeyUsage::CRL_SIGN),
        ..CertificateShape::default()
    };
    let signs = KeyUsage::DIGITAL_SIGNATURE;
    let names = [
        "web.example.com",
        "10.0.0.1",
        "spiffe://example.com/w",
        "a@example.com",
    ];
    vec![
        ("client", end_entity(signs, &[purpose::CLIENT_AUTH])),
        ("server", end_entity(signs, &[purpose::SERVER_AUTH])),
        (
            "code",
            CertificateShape {
                purposes_critical: true,
                ..end_entity(signs, &[purpose::CODE_SIGNING])
            },
        ),
        ("ocsp", end_entity(signs, &[purpose::OCSP_SIGNING])),
        (
            "mail",
            end_entity(
                signs | KeyUsage::NON_REPUDIATION,
                &[purpose::EMAIL_PROTECTION],
            ),
        ),
        ("below-0", authority(Some(0))),
        ("below-3", authority(Some(3))),
        ("below-any", authority(None)),
        (
            "everything",
            CertificateShape {
                alternative_names: names
                    .map(|name| AlternativeName::parse(name).unwrap())
                    .to_vec(),
                policies: vec![CertificatePolicy {
                    oid: Oid::new_unwrap("1.2.3.4"),
                    practice_statements: vec!["https://example.com/cps".to_owned()],
                }],
                crl_urls: vec!["http://ca.example.com/-/crl/1.crl".to_owned()],
                ocsp_urls: vec!["http://ca.example.com/-/ocsp/1".to_owned()],
                issuer_urls: vec!["http://ca.example.com/1.cer".to_owned()],
                subject_key_identifier: KeyIdentifierMethod::Sha1,
                ..end_entity(signs, &[purpose::CLIENT_AUTH, purpose::SERVER_AUTH])
            },
        ),
    ]
}

#[test]
fn every_kind_passes_zlint() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk {
        folder: folder.path(),
        made: Vec::new(),
    };
    for kind in KINDS {
        let authority = root(kind);
        desk.put("root", authority.certificate_der());
        for holder in KINDS {
            let key = FileKey::generate(holder).unwrap();
            for profile in [CertificateProfile::IntermediateCa, CertificateProfile::Leaf] {
                let order = order(profile, "CN=web,OU=ops,O=Example,C=DE", &key);
                desk.issue(&profile.to_string(), &authority, &order);
            }
        }
        let key = FileKey::generate(kind).unwrap();
        let own = self_sign(&key, &order(CertificateProfile::SelfSigned, "own", &key)).unwrap();
        desk.put("self-signed", own.as_der());
        for (name, shape) in shapes() {
            let mut order = order(CertificateProfile::Leaf, "CN=shaped,O=Example", &key);
            order.shape = shape;
            desk.issue(name, &authority, &order);
        }
        let mut nameless = order(CertificateProfile::Leaf, "unused", &key);
        nameless.subject = Subject::empty();
        nameless.shape.opens_sessions = false;
        nameless.shape.alternative_names = vec![AlternativeName::parse("a.example.com").unwrap()];
        desk.issue("nameless", &authority, &nameless);
    }
    let authority = root(KeySpec::Rsa { bits: 2048 });
    let key = FileKey::generate(KeySpec::EcP256).unwrap();
    for scheme in [
        SignatureScheme::RsaPkcs1Sha384,
        SignatureScheme::RsaPkcs1Sha512,
        SignatureScheme::RsaPssSha256,
        SignatureScheme::RsaPssSha384,
        SignatureScheme::RsaPssSha512,
    ] {
        let mut order = order(CertificateProfile::Leaf, "CN=signed", &key);
        order.shape.signature = Some(scheme);
        desk.issue("signed", &authority, &order);
    }
    Zlint::ready().unwrap().check(&desk.made).unwrap();
}

#[test]
fn every_shape_passes_openssls_strict_look() {
    for kind in [KeySpec::EcP256, KeySpec::Rsa { bits: 2048 }] {
        let authority = root(kind);
        let key = FileKey::generate(kind).unwrap();
        for (_, mut shape) in shapes() {
            // What openssl is asked for here is a client.
            if !shape.is_authority() {
                shape.purposes = vec![purpose::CLIENT_AUTH];
                shape.purposes_critical = false;
            }
            let mut order = order(CertificateProfile::Leaf, "CN=shaped,O=Example", &key);
            order.shape = shape;
            let issued = issue(&authority, &order).unwrap();
            openssl_verifies(authority.certificate_der(), None, issued.as_der());
        }
    }
}
