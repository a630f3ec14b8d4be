//! CreateSession refused for the certificate that is presented: each has a fault of its own, made by openssl.

use anyrole_signing::X509Algorithm;
use anyrole_testkit::certificates::{Authority, CertificateRequest, KeyKind};
use serde_json::json;

use super::exchange::{Row, check};
use super::session_request::{Leaf, SessionRequest, base64};
use super::stage::Stage;

const DENIED: &str = "AccessDeniedException";
const INSUFFICIENT: &str = "Untrusted certificate. Insufficient certificate";
const UNTRUSTED: &str = "Untrusted signing certificate";

#[test]
fn each_fault_of_a_leaf_is_refused_for_its_own_reason() {
    let stage = Stage::new();
    let sound = || CertificateRequest::leaf("client");
    let rsa = |bits| sound().key(KeyKind::Rsa(bits));
    let cases = [
        (
            "expired",
            sound().expired(),
            "Certificate expired",
            "leaf-expired",
        ),
        (
            "not yet valid",
            sound().not_yet_valid(),
            "Certificate not yet valid",
            "leaf-not-yet-valid",
        ),
        (
            "no digitalSignature",
            sound().without_digital_signature(),
            INSUFFICIENT,
            "no-digital-signature",
        ),
        (
            "no key usage",
            sound().without_extension("keyUsage"),
            INSUFFICIENT,
            "no-digital-signature",
        ),
        (
            "CA true",
            sound().claiming_authority(),
            INSUFFICIENT,
            "leaf-is-ca",
        ),
        (
            "SHA-1",
            sound().digest("sha1"),
            INSUFFICIENT,
            "leaf-weak-signature",
        ),
        ("RSA 1024", rsa(1024), INSUFFICIENT, "leaf-weak-key"),
        (
            "for servers only",
            sound().extension("extendedKeyUsage", "serverAuth"),
            INSUFFICIENT,
            "leaf-extended-key-usage",
        ),
        (
            "version 1",
            sound().without_extensions(),
            INSUFFICIENT,
            "leaf-version",
        ),
        (
            "no subject",
            sound()
                .subject("/")
                .extension("subjectAltName", "DNS:client"),
            INSUFFICIENT,
            "leaf-empty-subject",
        ),
        ("serial number 0", sound(), INSUFFICIENT, "leaf-serial"),
    ];
    let mut rows = Vec::new();
    for (serial, (name, request, text, reason)) in (5000..).zip(cases) {
        let serial = if reason == "leaf-serial" { 0 } else { serial };
        let file = name.replace(' ', "-");
        let leaf = Leaf::issue(&stage, &file, serial, request);
        let mut asked = SessionRequest::new(&stage, &leaf);
        if reason == "leaf-weak-key" {
            asked.algorithm = X509Algorithm::RsaSha256;
        }
        rows.push(refused(name, &asked, text, reason));
    }
    check(&stage.server, &rows);
    // A certificate that was refused is in the trail all the same.
    let record = rows[0].request.send(&stage.server).record;
    assert_eq!(record["certificate"]["subject"], "CN=client");
    assert_eq!(record["certificate"]["issuer"], "CN=Test root");
    assert_eq!(record["certificate"]["serial"], "1388");
}

#[test]
fn a_chain_that_does_not_lead_to_the_anchor_is_refused() {
    let stage = Stage::new();
    let other = Authority::root_from(
        &stage.folder.path().join("other"),
        "root",
        // The name of the trusted one: names prove nothing.
        &CertificateRequest::authority("Test root"),
    )
    .unwrap();
    let foreign = issued_by(&other, "foreign", 6001);
    let stranger = CertificateRequest::authority("Stranger");
    let stranger =
        Authority::root_from(&stage.folder.path().join("stranger"), "root", &stranger).unwrap();
    let by_stranger = issued_by(&stranger, "by-stranger", 6006);
    let chain = chain_of(&stage.ca, 6);
    let below_five = issued_by(&chain[4], "below-five", 6002);
    let below_six = issued_by(&chain[5], "below-six", 6003);
    let through = |leaf, count: usize| {
        SessionRequest::new(&stage, leaf).with(|asked| {
            let paths = chain
                .iter()
                .take(count)
                .map(|ca| ca.certificate().to_owned());
            asked.chain = paths.collect();
        })
    };
    let expired = CertificateRequest::authority("expired").expired();
    let expired = stage.ca.intermediate("expired-ca", &expired).unwrap();
    let below_expired = issued_by(&expired, "below-expired", 6004);
    let not_ca = stage
        .ca
        .intermediate("not-a-ca", &CertificateRequest::leaf("not a CA"))
        .unwrap();
    let below_leaf = issued_by(&not_ca, "below-leaf", 6005);
    let by_way_of = |leaf, authority: &Authority| {
        SessionRequest::new(&stage, leaf)
            .with(|asked| asked.chain = vec![authority.certificate().to_owned()])
    };
    let rows = [
        refused(
            "wrong CA",
            &SessionRequest::new(&stage, &by_stranger),
            UNTRUSTED,
            "untrusted",
        ),
        refused(
            "wrong CA of the same name",
            &SessionRequest::new(&stage, &foreign),
            UNTRUSTED,
            "key-identifier",
        ),
        refused(
            "wrong CA in the chain",
            &by_way_of(&foreign, &other),
            UNTRUSTED,
            "chain-signature-invalid",
        ),
        refused(
            "no intermediates",
            &through(&below_five, 0),
            UNTRUSTED,
            "untrusted",
        ),
        refused(
            "one intermediate missing",
            &through(&below_five, 4),
            UNTRUSTED,
            "untrusted",
        ),
        refused(
            "chain of 6",
            &through(&below_six, 6),
            "Too many certificates in chain",
            "too-many-certificates",
        ),
        refused(
            "expired intermediate",
            &by_way_of(&below_expired, &expired),
            UNTRUSTED,
            "intermediate-expired",
        ),
        refused(
            "issued by a leaf",
            &by_way_of(&below_leaf, &not_ca),
            UNTRUSTED,
            "intermediate-not-ca",
        ),
    ];
    check(&stage.server, &rows);
    through(&below_five, 5).grant();
}

#[test]
fn bytes_that_are_no_certificate_are_refused() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let der = leaf.issued.certificate_der().unwrap();
    let presenting = |text: String| {
        SessionRequest::new(&stage, &leaf).with(|asked| asked.headers = vec![("x-amz-x509", text)])
    };
    let without = SessionRequest::new(&stage, &leaf).with(|asked| asked.headers.clear());
    let sound = SessionRequest::new(&stage, &leaf);
    let with_chain = |text: &str| {
        sound
            .clone()
            .with(|asked| asked.headers.push(("x-amz-x509-chain", text.to_owned())))
    };
    let mut truncated = der.clone();
    truncated.truncate(der.len() / 2);
    let mut trailing = der.clone();
    trailing.push(0);
    let mut rows = vec![
        refused(
            "broken base64",
            &presenting(format!("{}!", base64(&der))),
            "Invalid certificate",
            "certificate-not-base64",
        ),
        refused(
            "PEM in place of base64",
            &presenting("-----BEGIN CERTIFICATE-----".to_owned()),
            "Invalid certificate",
            "certificate-not-base64",
        ),
        refused(
            "no certificate",
            &without,
            "Invalid certificate",
            "certificate-malformed",
        ),
        refused(
            "broken base64 in the chain",
            &with_chain("*"),
            "Invalid certificate",
            "certificate-not-base64",
        ),
        refused(
            "broken DER in the chain",
            &with_chain("AAAA"),
            "Invalid certificate",
            "certificate-malformed",
        ),
    ];
    for (name, bytes) in [
        ("truncated DER", truncated),
        ("an octet after the DER", trailing),
        ("no DER at all", b"certificate".to_vec()),
    ] {
        let asked = presenting(base64(&bytes));
        rows.push(refused(
            name,
            &asked,
            "Invalid certificate",
            "certificate-malformed",
        ));
    }
    let large = presenting(base64(&large_der()));
    rows.push(refused(
        "17 KiB",
        &large,
        "Invalid certificate",
        "certificate-too-large",
    ));
    check(&stage.server, &rows);
    let changed = change_inside(&der);
    let answer = presenting(base64(&changed)).sign().send(&stage.server);
    assert_eq!(
        (answer.status, answer.text.as_str()),
        (403, UNTRUSTED),
        "{answer:?}"
    );
    assert_eq!(answer.reason(), "chain-signature-invalid");
}

/// A chain that was verified is remembered; what is judged beside it must not be.
#[test]
fn a_remembered_chain_does_not_outlive_its_anchor() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let sound = SessionRequest::new(&stage, &leaf);
    let garbage = || {
        sound
            .clone()
            .with(|asked| asked.headers.push(("x-amz-x509-chain", "*".to_owned())))
    };
    sound.grant();
    let not_base64 = refused(
        "garbage in the chain",
        &garbage(),
        "Invalid certificate",
        "certificate-not-base64",
    );
    check(&stage.server, &[not_base64]);
    let id = stage.anchor.rsplit('/').next().unwrap();
    let path = format!("/trustanchor/{id}");
    stage.rolesanywhere("POST", &format!("{path}/disable"), &json!({}));
    let disabled = "Specified Trust Anchor is disabled.";
    let off = || refused("disabled", &sound, disabled, "disabled-trust-anchor");
    check(&stage.server, &[off()]);
    stage.rolesanywhere("POST", &format!("{path}/enable"), &json!({}));
    sound.grant();
    let stranger = CertificateRequest::authority("Stranger");
    let stranger =
        Authority::root_from(&stage.folder.path().join("stranger"), "root", &stranger).unwrap();
    let source = |pem: String| {
        let data = json!({"x509CertificateData": pem});
        json!({"source": {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": data}})
    };
    let pem = stranger.own().certificate_pem().unwrap();
    stage.rolesanywhere("PATCH", &path, &source(pem));
    check(
        &stage.server,
        &[refused("another CA now", &sound, UNTRUSTED, "untrusted")],
    );
    let pem = stage.ca.own().certificate_pem().unwrap();
    stage.rolesanywhere("PATCH", &path, &source(pem));
    sound.grant();
    stage.rolesanywhere("DELETE", &path, &json!({}));
    let unknown = "Specified Trust Anchor wasn't found.";
    let gone = refused("deleted", &sound, unknown, "unknown-trust-anchor");
    check(&stage.server, &[gone]);
}

fn refused(
    name: &'static str,
    asked: &SessionRequest<'_>,
    text: &str,
    reason: &'static str,
) -> Row {
    Row {
        name,
        request: asked.sign(),
        status: 403,
        code: DENIED,
        text: text.to_owned(),
        reason,
    }
}

fn issued_by(authority: &Authority, name: &str, serial: u32) -> Leaf {
    let request = CertificateRequest::leaf("client").serial(&format!("{serial:X}"));
    Leaf {
        issued: authority.issue(name, &request).unwrap(),
        serial,
    }
}

/// Authorities each below the one before.
fn chain_of(root: &Authority, length: usize) -> Vec<Authority> {
    let mut chain: Vec<Authority> = Vec::new();
    for number in 0..length {
        let request = CertificateRequest::authority(&format!("Level {number}"));
        let above = chain.last().unwrap_or(root);
        let next = above.intermediate(&format!("level-{number}"), &request);
        chain.push(next.unwrap());
    }
    chain
}

/// A DER sequence of 17 KiB.
fn large_der() -> Vec<u8> {
    let length = 17 * 1024_u16;
    let mut der = vec![0x30, 0x82];
    der.extend_from_slice(&length.to_be_bytes());
    der.resize(usize::from(length) + 4, 0);
    der
}

/// The certificate with another common name than its CA has signed.
fn change_inside(der: &[u8]) -> Vec<u8> {
    let at = der
        .windows(6)
        .position(|window| window == b"client")
        .unwrap();
    let mut changed = der.to_vec();
    changed[at] = b'C';
    changed
}
