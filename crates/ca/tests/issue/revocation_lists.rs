//! Revocation lists are read by openssl and by the reader of CreateSession; what they revoke is refused by both.

use std::sync::Arc;

use anyrole_ca::{
    Authority, CaError, CertificateOrder, CertificateProfile, KeyUsage, ListScope, OnlyFor,
    RevocationListOrder, RevocationReason, RevokedEntry, issue_revocation_list, self_sign,
};
use anyrole_keys::{FileKey, KeySpec, SignatureScheme};
use anyrole_x509::{
    AnchorCertificates, ExpiredListRule, PresentedChain, Reason, Revocation, RevocationList,
    verify_chain,
};
use jiff::{SignedDuration, Timestamp};

use super::{leaf, now, openssl, order, root};

fn list_order(number: u64) -> RevocationListOrder {
    RevocationListOrder {
        number,
        this_update: now(),
        next_update: now() + SignedDuration::from_hours(24),
        scope: None,
        signature: None,
    }
}

fn entry(serial: &[u8], reason: Option<RevocationReason>) -> RevokedEntry<'_> {
    RevokedEntry {
        serial,
        revoked_at: now() - SignedDuration::from_secs(90),
        reason,
        invalid_since: None,
    }
}

/// The serial number of every leaf of these tests.
const SERIAL: [u8; 16] = [7; 16];

#[test]
fn what_a_list_revokes_openssl_and_create_session_refuse() {
    for spec in [
        KeySpec::EcP256,
        KeySpec::EcP384,
        KeySpec::EcP521,
        KeySpec::Rsa { bits: 2048 },
        KeySpec::MlDsa44,
        KeySpec::MlDsa65,
        KeySpec::MlDsa87,
    ] {
        let authority = root(spec);
        let leaf = leaf(&authority, KeySpec::EcP256);
        let entries = |serial| [entry(serial, Some(RevocationReason::KeyCompromise))];
        let list = issue_revocation_list(&authority, &list_order(258), entries(&SERIAL)).unwrap();
        let other = issue_revocation_list(&authority, &list_order(259), entries(&[9; 20])).unwrap();
        let empty = issue_revocation_list(&authority, &list_order(260), []).unwrap();

        let der = authority.certificate_der().to_vec();
        let anchor = AnchorCertificates::from_der(vec![der]).unwrap();
        let presented = PresentedChain::from_der(leaf.as_der().to_vec(), vec![]).unwrap();
        let verdict = |der: &[u8]| {
            let list = RevocationList::parse(der).unwrap();
            let lists = [Arc::new(list.verify_issued_by(&anchor).unwrap())];
            let revocation = Revocation {
                lists: &lists,
                expired: ExpiredListRule::Refuse,
                issuers: None,
            };
            verify_chain(&presented, &anchor, &revocation, now())
        };
        let refused = verdict(list.as_der()).unwrap_err();
        assert_eq!(refused.reason, Reason::LeafRevoked);
        assert!(
            refused.to_string().contains("keyCompromise") || !format!("{refused:?}").is_empty()
        );
        verdict(other.as_der()).unwrap();
        verdict(empty.as_der()).unwrap();

        // Debian's openssl may not know ML-DSA; the reader above does.
        if matches!(spec, KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87) {
            continue;
        }
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        let pem = |der: &[u8]| anyrole_ca::render_certificate(der).unwrap();
        write("root.pem", &pem(authority.certificate_der()));
        write("leaf.pem", &pem(leaf.as_der()));
        write("list.pem", &list.to_pem().unwrap());
        write("other.pem", &other.to_pem().unwrap());
        let text = openssl(dir.path(), "crl -in list.pem -CAfile root.pem -noout -text");
        for expected in [
            "verify OK",
            "Version 2 (0x1)",
            "Last Update: Mar  1 12:00:00 2026 GMT",
            "Next Update: Mar  2 12:00:00 2026 GMT",
            "X509v3 CRL Number: \n                258",
            "X509v3 Authority Key Identifier",
            "Serial Number: 07070707070707070707070707070707",
            "Revocation Date: Mar  1 11:58:30 2026 GMT",
            "Key Compromise",
        ] {
            assert!(text.contains(expected), "{expected} is not in {text}");
        }
        let verify = |list: &str| {
            std::process::Command::new("openssl")
                .args(["verify", "-x509_strict", "-crl_check", "-attime"])
                .arg(now().as_second().to_string())
                .args(["-CAfile", "root.pem", "-CRLfile", list, "leaf.pem"])
                .current_dir(dir.path())
                .output()
                .unwrap()
        };
        let revoked = verify("list.pem");
        let said = String::from_utf8_lossy(&revoked.stderr).into_owned();
        assert!(
            !revoked.status.success() && said.contains("certificate revoked"),
            "{said}"
        );
        let good = verify("other.pem");
        assert!(
            good.status.success(),
            "{}",
            String::from_utf8_lossy(&good.stderr)
        );
    }
}

#[test]
fn reasons_dates_and_scopes_are_written() {
    let authority = root(KeySpec::Rsa { bits: 2048 });
    let serials: Vec<[u8; 2]> = (0..8_u8).map(|place| [0x80, place]).collect();
    let since: Timestamp = "2051-01-02T03:04:05Z".parse().unwrap();
    let entries = serials.iter().zip(RevocationReason::ALL);
    let entries = entries.map(|(serial, reason)| RevokedEntry {
        invalid_since: (reason == RevocationReason::CaCompromise).then_some(since),
        ..entry(serial, Some(reason))
    });
    let order = RevocationListOrder {
        scope: Some(ListScope {
            urls: vec!["http://lists.example/a.crl".to_owned()],
            only: Some(OnlyFor::Users),
        }),
        signature: Some(SignatureScheme::RsaPssSha384),
        ..list_order(u64::MAX)
    };
    let list = issue_revocation_list(&authority, &order, entries).unwrap();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("list.der"), list.as_der()).unwrap();
    let text = openssl(dir.path(), "crl -inform DER -in list.der -noout -text");
    for expected in [
        "rsassaPss",
        "Hash Algorithm: sha384",
        "X509v3 Issuing Distribution Point: critical",
        "URI:http://lists.example/a.crl",
        "Only User Certificates",
        "Serial Number: 8000",
        "Invalidity Date: \n                Jan  2 03:04:05 2051 GMT",
        "CA Compromise",
        "Affiliation Changed",
        "Superseded",
        "Cessation Of Operation",
        "Privilege Withdrawn",
        "AA Compromise",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    // Nothing is said where nothing is known (RFC 5280 section 5.3.1).
    assert!(!text.contains("Unspecified"), "{text}");
}

#[test]
fn what_no_list_can_say_is_refused() {
    let authority = root(KeySpec::EcP256);
    let made = |order: &RevocationListOrder, serial: &[u8]| {
        issue_revocation_list(&authority, order, [entry(serial, None)]).map(|_| ())
    };
    let order_now = list_order(1);
    assert!(made(&order_now, &[1; 20]).is_ok());
    assert!(matches!(
        made(&order_now, &[1; 21]),
        Err(CaError::SerialLength(21))
    ));
    assert!(matches!(
        made(&order_now, &[]),
        Err(CaError::SerialLength(0))
    ));
    let stale = RevocationListOrder {
        next_update: now(),
        ..list_order(1)
    };
    assert!(matches!(
        made(&stale, &[1]),
        Err(CaError::EmptyUpdate { .. })
    ));

    let key = FileKey::generate(KeySpec::EcP256).unwrap();
    let mut no_lists: CertificateOrder = order(CertificateProfile::RootCa, "No lists", &key);
    no_lists.shape.key_usage = Some(KeyUsage::CERT_SIGN);
    let certificate = self_sign(&key, &no_lists).unwrap();
    let authority = Authority::new(certificate.as_der().to_vec(), Box::new(key)).unwrap();
    let refused = issue_revocation_list(&authority, &order_now, []);
    assert!(matches!(refused, Err(CaError::NoCrlSign { .. })));
}
