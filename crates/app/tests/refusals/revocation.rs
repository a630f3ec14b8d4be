//! CreateSession refused for what revocation lists say. openssl makes the lists; each counts for the next request, remembered
//! chains included.

use std::fs;

use std::process::Command;

use anyrole_testkit::Program;
use anyrole_testkit::TestServer;
use anyrole_testkit::certificates::{Authority, CertificateRequest};
use serde_json::{Value, json};

use super::create_session::row;
use super::exchange::{Request, Row, check};
use super::session_request::{Leaf, SessionRequest, base64};
use super::signed::{Key, Signature};
use super::stage::Stage;

const REVOKED: &str = "Certificate revoked";
const EXPIRED: &str = "Certificate revocation list expired";
const CONFIG: &str = "[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\ncrlnumber=number\ndefault_md=sha256\n\
    default_crl_days=30\ncrl_extensions=list\n[list]\nauthorityKeyIdentifier=keyid\n";

/// A list of this authority's, PEM, that revokes these serial numbers.
pub fn list(stage: &Stage, ca: &Authority, serials: &[u32], more: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir_in(stage.folder.path()).unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let lines = serials.iter().map(|serial| {
        let serial = format!("{serial:X}");
        let even = if serial.len() % 2 == 0 { "" } else { "0" };
        format!("R\t400101000000Z\t250101000000Z,keyCompromise\t{even}{serial}\tunknown\t/CN=x\n")
    });
    write("ca.cnf", CONFIG);
    write("number", "01\n");
    write("index.txt", &lines.collect::<String>());
    let mut openssl: Command = Program::Openssl.command().unwrap();
    openssl
        .current_dir(folder.path())
        .args(["ca", "-config", "ca.cnf", "-gencrl", "-out", "list.pem"])
        .args(["-cert".as_ref(), ca.own().certificate.as_os_str()])
        .args(["-keyfile".as_ref(), ca.own().key.as_os_str()])
        .args(more);
    let output = openssl.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    fs::read(folder.path().join("list.pem")).unwrap()
}

/// Over since 2025.
const OVER: [&str; 4] = [
    "-crl_lastupdate",
    "250101000000Z",
    "-crl_nextupdate",
    "250201000000Z",
];

fn import(stage: &Stage, list: &[u8], enabled: bool) -> String {
    let asked = json!({
        "name": "list",
        "crlData": base64(list),
        "trustAnchorArn": stage.anchor,
        "enabled": enabled,
    });
    let made = stage.rolesanywhere("POST", "/crls", &asked);
    format!("/crl/{}", made["crl"]["crlId"].as_str().unwrap())
}

fn refused(name: &'static str, request: Request, text: &str, reason: &'static str) -> Row {
    row(name, request, text, reason)
}

#[test]
fn a_list_counts_for_the_next_request() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let other = Leaf::issue(&stage, "other", 4098, CertificateRequest::leaf("other"));
    let [sound, spared] = [&leaf, &other].map(|leaf| SessionRequest::new(&stage, leaf));
    let revoked = || refused("revoked", sound.sign(), REVOKED, "certificate-revoked");
    let none = |method, path: &str| stage.rolesanywhere(method, path, &json!({}));
    sound.grant();
    let crl = import(&stage, &list(&stage, &stage.ca, &[4097], &[]), false);
    sound.grant();
    none("POST", &format!("{crl}/enable"));
    check(&stage.server, &[revoked()]);
    spared.grant();
    none("POST", &format!("{crl}/disable"));
    sound.grant();
    none("POST", &format!("{crl}/enable"));
    check(&stage.server, &[revoked()]);
    let record = sound.sign().send(&stage.server).record;
    assert_eq!(record["step"], "revocation");
    assert!(
        record["detail"].as_str().unwrap().contains("keyCompromise"),
        "{record}"
    );
    // Another list without it, then a second one with it.
    let update = json!({"crlData": base64(&list(&stage, &stage.ca, &[5], &[]))});
    stage.rolesanywhere("PATCH", &crl, &update);
    sound.grant();
    let second = import(&stage, &list(&stage, &stage.ca, &[7, 4097], &[]), true);
    check(&stage.server, &[revoked()]);
    none("DELETE", &second);
    sound.grant();
}

#[test]
fn a_revoked_intermediate_takes_what_it_issued_along() {
    let stage = Stage::new();
    let below = |name: &str, serial: u32| {
        let request = CertificateRequest::authority(name).serial(&format!("{serial:X}"));
        stage.ca.intermediate(name, &request).unwrap()
    };
    let leaf = |issuer: &Authority, name: &str| Leaf {
        issued: issuer
            .issue(name, &CertificateRequest::leaf("client").serial("1001"))
            .unwrap(),
        serial: 4097,
    };
    let [bad, good] = [below("bad", 77), below("good", 78)];
    let [by_bad, by_good] = [leaf(&bad, "by-bad"), leaf(&good, "by-good")];
    let through = |leaf, ca: &Authority| {
        let path = ca.certificate().to_owned();
        SessionRequest::new(&stage, leaf).with(|asked| asked.chain = vec![path])
    };
    through(&by_bad, &bad).grant();
    // The serial number of both leaves is on no list of their own issuer's.
    import(&stage, &list(&stage, &stage.ca, &[77, 4097], &[]), true);
    let request = through(&by_bad, &bad).sign();
    check(
        &stage.server,
        &[refused(
            "intermediate",
            request,
            REVOKED,
            "intermediate-revoked",
        )],
    );
    through(&by_good, &good).grant();
}

#[test]
fn an_expired_list_follows_the_setting() {
    let stage = Stage::new();
    let [leaf, revoked] = leaves(&stage);
    let [sound, listed] = [&leaf, &revoked].map(|leaf| SessionRequest::new(&stage, leaf));
    sound.grant();
    let crl = import(&stage, &list(&stage, &stage.ca, &[4099], &OVER), true);
    let rows = [
        refused(
            "not listed",
            sound.sign(),
            EXPIRED,
            "revocation-list-expired",
        ),
        refused("listed", listed.sign(), REVOKED, "certificate-revoked"),
    ];
    check(&stage.server, &rows);
    let current = json!({"crlData": base64(&list(&stage, &stage.ca, &[4099], &[]))});
    stage.rolesanywhere("PATCH", &crl, &current);
    sound.grant();

    let builder = TestServer::builder(env!("CARGO_BIN_EXE_anyrole"));
    let stage = Stage::on(builder.arg("--expired-crl=warn").start().unwrap());
    let [leaf, revoked] = leaves(&stage);
    let [sound, listed] = [&leaf, &revoked].map(|leaf| SessionRequest::new(&stage, leaf));
    assert_eq!(
        sound.sign().send(&stage.server).record["warning"],
        Value::Null
    );
    import(&stage, &list(&stage, &stage.ca, &[4099], &OVER), true);
    for _ in 0..2 {
        let answer = sound.sign().send(&stage.server);
        assert!(answer.is_granted(), "{answer:?}");
        let warning = answer.record["warning"].as_str().unwrap();
        assert!(
            warning.contains("CN=Test root") && warning.contains("has expired"),
            "{warning}"
        );
    }
    let rows = [refused(
        "listed",
        listed.sign(),
        REVOKED,
        "certificate-revoked",
    )];
    check(&stage.server, &rows);
}

fn leaves(stage: &Stage) -> [Leaf; 2] {
    let revoked = Leaf::issue(stage, "revoked", 4099, CertificateRequest::leaf("client"));
    [Leaf::client(stage), revoked]
}

/// As on AWS: a session lives on, and the role's policies can end it (AWS's own `AWSRevokeOlderSessions`).
#[test]
fn living_sessions_end_by_the_roles_policy() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let session = Key::from(&SessionRequest::new(&stage, &leaf).grant());
    let list_buckets = || {
        let request = Request::new(&stage.server, "GET", "/");
        Signature::s3(&session).sign(request).send(&stage.server)
    };
    import(&stage, &list(&stage, &stage.ca, &[4097], &[]), true);
    assert!(list_buckets().is_granted());
    let older = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(1);
    let deny = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Deny",
            "Action": ["*"],
            "Resource": ["*"],
            "Condition": {"DateLessThan": {"aws:TokenIssueTime": older.to_string()}},
        }],
    });
    stage.iam(&[
        ("Action", "PutRolePolicy"),
        ("RoleName", "app"),
        ("PolicyName", "AWSRevokeOlderSessions"),
        ("PolicyDocument", &deny.to_string()),
    ]);
    let denied = list_buckets();
    assert_eq!((denied.status, denied.reason()), (403, "explicit-deny"));
}
