//! openssl's OCSP client asks, and takes what we answer.

use std::path::Path;
use std::process::Command;

use anyrole_ca::{
    Authority, CaError, CertificateStatus, IssuerHash, OcspAnswer, OcspRequest, OcspResponse,
    RevocationReason, UnsuccessfulResponse, respond, unsuccessful_response,
};
use anyrole_keys::KeySpec;
use jiff::{SignedDuration, Timestamp};

use super::{leaf, now, openssl, root};

/// A folder with an authority's certificate and a leaf's.
fn stage(spec: KeySpec) -> (tempfile::TempDir, Authority) {
    let authority = root(spec);
    let leaf = leaf(&authority, KeySpec::EcP256);
    let dir = tempfile::tempdir().unwrap();
    for (name, der) in [
        ("root.pem", authority.certificate_der()),
        ("leaf.pem", leaf.as_der()),
    ] {
        let pem = anyrole_ca::render_certificate(der).unwrap();
        std::fs::write(dir.path().join(name), pem).unwrap();
    }
    (dir, authority)
}

fn asked(folder: &Path, flags: &str) -> OcspRequest {
    let line = format!("ocsp -issuer root.pem {flags} -cert leaf.pem -reqout request.der");
    openssl(folder, &line);
    OcspRequest::parse(&std::fs::read(folder.join("request.der")).unwrap()).unwrap()
}

fn answered(authority: &Authority, request: &OcspRequest, status: CertificateStatus) -> Vec<u8> {
    let answers = request.asked.iter();
    let response = OcspResponse {
        produced_at: now(),
        next_update: now() + SignedDuration::from_hours(1),
        answers: answers.map(|asked| OcspAnswer { asked, status }).collect(),
        nonce: request.nonce.as_deref(),
        signature: None,
    };
    respond(authority, &response).unwrap()
}

/// What openssl makes of a response: of the status, asked with these flags, and of the nonce, beside the request in the folder.
fn judged(folder: &Path, response: &[u8], flags: &str) -> String {
    std::fs::write(folder.join("response.der"), response).unwrap();
    // The response is from the tests' own year; no other nonce than the request's is wanted.
    let rest = format!(
        "-respin response.der -CAfile root.pem -no_nonce -attime {} -validity_period 2000000000",
        now().as_second()
    );
    let digest = match flags.contains("-sha256") {
        true => "-sha256",
        false => "",
    };
    let lines = [
        format!("ocsp -issuer root.pem {digest} -cert leaf.pem {rest}"),
        format!("ocsp -issuer root.pem -reqin request.der {rest}"),
    ];
    let said = lines.map(|line| {
        let output = Command::new("openssl")
            .args(line.split_whitespace())
            .current_dir(folder)
            .output()
            .unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    });
    said.concat()
}

#[test]
fn openssl_takes_answers_of_each_status_and_kind_of_key() {
    let at: Timestamp = "2026-02-03T04:05:06Z".parse().unwrap();
    let revoked = CertificateStatus::Revoked {
        at,
        reason: Some(RevocationReason::Superseded),
    };
    for spec in [
        KeySpec::EcP256,
        KeySpec::EcP384,
        KeySpec::EcP521,
        KeySpec::Rsa { bits: 2048 },
    ] {
        let (dir, authority) = stage(spec);
        for (status, expected) in [
            (CertificateStatus::Good, &["leaf.pem: good"][..]),
            (
                revoked,
                &[
                    "leaf.pem: revoked",
                    "Reason: superseded",
                    "Revocation Time: Feb  3 04:05:06 2026 GMT",
                ],
            ),
            (CertificateStatus::Unknown, &["leaf.pem: unknown"]),
        ] {
            for flags in ["-no_nonce", "-nonce", "-sha256 -nonce"] {
                let request = asked(dir.path(), flags);
                assert_eq!(request.nonce.is_some(), !flags.contains("-no_nonce"));
                let [one] = &request.asked[..] else {
                    panic!("one certificate is asked about");
                };
                let hash = match flags.contains("-sha256") {
                    true => IssuerHash::Sha256,
                    false => IssuerHash::Sha1,
                };
                assert_eq!(one.hash(), hash);
                assert!(one.is_issued_by(&authority));
                assert!(!one.is_issued_by(&root(KeySpec::EcP256)));
                assert_eq!(one.serial(), [7; 16]);
                let said = judged(dir.path(), &answered(&authority, &request, status), flags);
                assert!(
                    said.matches("Response verify OK").count() == 2,
                    "{spec:?} {flags}: {said}"
                );
                assert!(
                    !said.to_lowercase().contains("nonce"),
                    "{spec:?} {flags}: {said}"
                );
                for expected in expected {
                    assert!(said.contains(expected), "{spec:?} {flags}: {said}");
                }
            }
        }
    }
}

#[test]
fn another_nonce_and_another_key_are_seen_by_the_client() {
    let (dir, authority) = stage(KeySpec::EcP256);
    let mut request = asked(dir.path(), "-nonce");
    request.nonce = Some(vec![1; 16]);
    let said = judged(
        dir.path(),
        &answered(&authority, &request, CertificateStatus::Good),
        "",
    );
    assert!(said.to_lowercase().contains("nonce"), "{said}");
    let other = root(KeySpec::EcP256);
    let request = asked(dir.path(), "-no_nonce");
    let said = judged(
        dir.path(),
        &answered(&other, &request, CertificateStatus::Good),
        "",
    );
    assert!(said.contains("Response Verify Failure"), "{said}");
}

#[test]
fn refusals_are_openssls_words() {
    let (dir, _) = stage(KeySpec::EcP256);
    asked(dir.path(), "-no_nonce");
    for (why, expected) in [
        (UnsuccessfulResponse::MalformedRequest, "malformedrequest"),
        (UnsuccessfulResponse::InternalError, "internalerror"),
        (UnsuccessfulResponse::TryLater, "trylater"),
        (UnsuccessfulResponse::Unauthorized, "unauthorized"),
    ] {
        let said = judged(dir.path(), &unsuccessful_response(why), "");
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn what_is_no_request_is_refused() {
    let (dir, _) = stage(KeySpec::EcP256);
    asked(dir.path(), "-nonce");
    let good = std::fs::read(dir.path().join("request.der")).unwrap();
    let broken = |der: &[u8]| {
        assert!(
            matches!(OcspRequest::parse(der), Err(CaError::BrokenOcspRequest(_))),
            "{der:?}"
        );
    };
    for length in 0..good.len() {
        broken(&good[..length]);
    }
    broken(&[&good[..], &[0]].concat());
    broken(&[0x30, 0x04, 0x30, 0x02, 0x30, 0x00]);
}
