//! The rows of what may not be a trust anchor.

use anyrole_x509::{AnchorCertificates, AnchorError, Reason, Refusal};
use rcgen::{CertificateParams, DistinguishedName, IsCa, KeyUsagePurpose};

use crate::made::{Authority, EC, ca_params, key, key_of, openssl};
use crate::{Row, critical_extension};

pub fn rows() -> Vec<Row> {
    let extensions =
        "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign";
    let root = Authority::root("Root");
    let ed25519 = Authority::root_of(ca_params("Root"), key_of(&rcgen::PKCS_ED25519));
    let by_ed25519 = ed25519.intermediate("Intermediate");
    let ed25519_key = root.intermediate_of(ca_params("Key"), key_of(&rcgen::PKCS_ED25519));
    vec![
        (
            Reason::AnchorMalformed,
            bundle_refusal("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
        ),
        (Reason::AnchorVersion, openssl_anchor_refusal(EC)),
        (
            Reason::AnchorNotCa,
            anchor_refusal(|params| params.is_ca = IsCa::NoCa),
        ),
        (
            Reason::AnchorNotCa,
            anchor_refusal(|params| params.is_ca = IsCa::ExplicitNoCa),
        ),
        (
            Reason::AnchorNoCertSign,
            anchor_refusal(|params| params.key_usages = vec![KeyUsagePurpose::CrlSign]),
        ),
        (
            Reason::AnchorNoCertSign,
            anchor_refusal(|params| params.key_usages.clear()),
        ),
        (
            Reason::AnchorWeakSignature,
            openssl_anchor_refusal(&format!("{EC} -sha1 {extensions}")),
        ),
        (
            Reason::AnchorWeakSignature,
            openssl_anchor_refusal(&format!("-newkey rsa:2048 -md5 {extensions}")),
        ),
        (
            Reason::AnchorUnsupportedSignature,
            bundle_refusal(&by_ed25519.pem),
        ),
        (
            Reason::AnchorWeakKey,
            openssl_anchor_refusal(&format!("-newkey rsa:1024 {extensions}")),
        ),
        (
            Reason::AnchorUnsupportedKey,
            bundle_refusal(&ed25519_key.pem),
        ),
        (
            Reason::AnchorEmptySubject,
            anchor_refusal(|params| params.distinguished_name = DistinguishedName::new()),
        ),
        (
            Reason::AnchorUnknownCriticalExtension,
            anchor_refusal(|params| params.custom_extensions.push(critical_extension())),
        ),
    ]
}

fn anchor_refusal(change: impl FnOnce(&mut CertificateParams)) -> Refusal {
    let mut params = ca_params("Root");
    change(&mut params);
    bundle_refusal(&Authority::root_of(params, key()).pem)
}

fn bundle_refusal(pem: &str) -> Refusal {
    match AnchorCertificates::parse_bundle(pem).unwrap_err() {
        AnchorError::Refused {
            position: 1,
            refusal,
        } => refusal,
        other => panic!("{other:?}"),
    }
}

fn openssl_anchor_refusal(arguments: &str) -> Refusal {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("empty.cnf"),
        "[req]\ndistinguished_name=dn\n[dn]\n",
    )
    .unwrap();
    let pem = openssl(
        folder.path(),
        &format!(
            "req -x509 -config empty.cnf -nodes -keyout ca.key -subj /CN=Root -days 3650 {arguments}"
        ),
    );
    bundle_refusal(&String::from_utf8(pem).unwrap())
}
