//! Every row of the tables about CreateSession is asked about: by its request id, and by its certificate where the step that
//! refused does not need the signature. What is explained must be what was answered. Also `anyrole explain` itself.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use anyrole_testkit::TestServer;
use anyrole_testkit::certificates::CertificateRequest;
use serde_json::{Value, json};

use super::exchange::{Answer, Request, Row};
use super::session_request::{Leaf, SessionRequest};
use super::signed::{Key, Signature};
use super::stage::{Stage, root_key};

const ANYROLE: &str = env!("CARGO_BIN_EXE_anyrole");

/// A question of root's.
fn ask(server: &TestServer, key: &Key, question: &Value) -> Answer {
    let request = Request::new(server, "POST", "/-/explain")
        .header("content-type", "application/json")
        .body(question.to_string());
    Signature::new(key, "anyrole").sign(request).send(server)
}

/// What is wrong with the explanations of a refused CreateSession; empty for everything else.
pub fn faults(server: &TestServer, row: &Row, answer: &Answer) -> String {
    if answer.record["event"] != "rolesanywhere:CreateSession" {
        return String::new();
    }
    let root = root_key(&server.root_credentials());
    let id = &answer.record["request_id"];
    let mut faults = fault(
        "by id",
        row,
        answer,
        &ask(server, &root, &json!({"request_id": id})),
    );
    let step = answer.record["step"].as_str().unwrap();
    if !["request", "members", "signature"].contains(&step) {
        let question = by_certificate(&row.request);
        faults += &fault(
            "by certificate",
            row,
            answer,
            &ask(server, &root, &question),
        );
    }
    faults
}

fn fault(how: &str, row: &Row, answer: &Answer, explained: &Answer) -> String {
    if !explained.is_granted() {
        return format!("{how}: {explained:?}");
    }
    let said = explained.json();
    let refused: Vec<&Value> = said["steps"].as_array().unwrap().iter().collect();
    let refused: Vec<&Value> = refused
        .into_iter()
        .filter(|step| step["outcome"] == "refused")
        .map(|step| &step["step"])
        .collect();
    let sound = said["outcome"] == "refused"
        && said["reason"] == row.reason
        && said["message"] == answer.text.as_str()
        && said["step"] == answer.record["step"]
        && refused == [&answer.record["step"]]
        && said["cure"].as_array().is_some_and(|cure| !cure.is_empty());
    if sound {
        String::new()
    } else {
        format!(
            "{how}: {} at {}, {}",
            said["reason"], said["step"], said["cure"]
        )
    }
}

/// The question that asks for what a request asked for.
fn by_certificate(request: &Request) -> Value {
    let query = |name: &str| {
        let pair = request
            .query
            .split('&')
            .find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        let text = pair
            .unwrap_or_default()
            .replace("%3A", ":")
            .replace("%2F", "/");
        text.replace("%2D", "-")
    };
    let header = |name: &str| {
        let value = request.headers.get(name)?.to_str().unwrap();
        Some(value.split(',').map(str::to_owned).collect::<Vec<_>>())
    };
    let mut certificates = header("x-amz-x509").unwrap_or_default();
    certificates.extend(header("x-amz-x509-chain").unwrap_or_default());
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    json!({
        "certificates": certificates,
        "trust_anchor_arn": query("trustAnchorArn"),
        "profile_arn": query("profileArn"),
        "role_arn": query("roleArn"),
        "duration_seconds": body["durationSeconds"],
        "role_session_name": body["roleSessionName"],
    })
}

fn explain(server: &TestServer, words: &[&str]) -> Output {
    Command::new(ANYROLE)
        .arg("explain")
        .args(words)
        .env_clear()
        .env("AWS_ENDPOINT_URL", server.url())
        .env("ANYROLE_DATA", server.data())
        .output()
        .unwrap()
}

fn said(output: &Output, status: i32) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{stderr}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The words of a question by certificate.
fn words<'a>(stage: &'a Stage, certificate: &'a Path, role: &'a str) -> Vec<&'a str> {
    vec![
        "--certificate",
        certificate.to_str().unwrap(),
        "--trust-anchor-arn",
        &stage.anchor,
        "--profile-arn",
        &stage.profile,
        "--role-arn",
        role,
    ]
}

#[test]
fn the_command_tells_the_condition_that_failed_with_both_values() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "OnlyServers",
            "Effect": "Allow",
            "Principal": {"Service": "rolesanywhere.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
            "Condition": {"StringEquals": {"aws:PrincipalTag/x509Subject/CN": "server"}},
        }],
    });
    stage.make_role("conditional", &trust, 43_200);
    let profile = stage.make_profile(&["conditional"], true, false);
    let refused = SessionRequest::new(&stage, &leaf).with(|asked| {
        asked.role = Stage::role_arn("conditional");
        asked.profile = profile;
    });
    let answer = refused.sign().send(&stage.server);
    assert_eq!(answer.reason(), "trust-policy-does-not-allow");
    // The record holds the truth of then, for the day when nobody remembers.
    assert_eq!(answer.record["step"], "trust-policy");
    let stopped = &answer.record["policy"]["near_misses"][0]["stopped_by"];
    assert_eq!(
        (&stopped["expected"][0], &stopped["actual"][0]),
        (&json!("server"), &json!("client"))
    );
    // The caller learns nothing of it.
    assert!(!answer.body.contains("OnlyServers") && !answer.body.contains("x509Subject"));

    let id = answer.record["request_id"].as_str().unwrap();
    let text = said(&explain(&stage.server, &[id]), 3);
    for expected in [
        "refused at step trust-policy: trust-policy-does-not-allow",
        "passed       signature",
        "statement `OnlyServers` (line",
        "its condition StringEquals aws:PrincipalTag/x509Subject/CN wants [server] and the request has [client]",
        "not reached  session-size",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    let json: Value =
        serde_json::from_str(&said(&explain(&stage.server, &[id, "--format", "json"]), 3)).unwrap();
    assert_eq!(json["now"]["reason"], "trust-policy-does-not-allow");
    assert_eq!(json["recorded"], answer.record);
    // Cured: what it was stays, what it would be changes.
    let cured = trust.to_string().replace("\"server\"", "\"client\"");
    stage.iam(&[
        ("Action", "UpdateAssumeRolePolicy"),
        ("RoleName", "conditional"),
        ("PolicyDocument", &cured),
    ]);
    let json: Value =
        serde_json::from_str(&said(&explain(&stage.server, &[id, "--format", "json"]), 3)).unwrap();
    assert_eq!(json["reason"], "trust-policy-does-not-allow");
    assert_eq!(json["now"]["outcome"], "granted");
}

#[test]
fn the_command_judges_a_certificate_without_its_key() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let app = Stage::role_arn("app");
    let sound = words(&stage, &leaf.issued.certificate, &app);
    let with = |more: &[&'static str]| [sound.clone(), more.to_vec()].concat();
    let text = said(&explain(&stage.server, &sound), 0);
    assert!(
        text.starts_with("granted\n") && text.contains("not judged   signature"),
        "{text}"
    );
    let late = said(&explain(&stage.server, &with(&["--at", "200000h"])), 3);
    assert!(
        late.contains("leaf-expired") && late.contains("Renew the certificate"),
        "{late}"
    );
    let named = said(
        &explain(&stage.server, &with(&["--role-session-name", "build"])),
        3,
    );
    assert!(named.contains("session-name-not-accepted"), "{named}");

    // The authority that would be needed, and who has it.
    let ca = stage.folder.path().join("elsewhere");
    let other = anyrole_testkit::certificates::Authority::root_from(
        &ca,
        "root",
        &CertificateRequest::authority("Elsewhere"),
    )
    .unwrap();
    let foreign = other
        .issue("foreign", &CertificateRequest::leaf("client"))
        .unwrap();
    let asked = words(&stage, &foreign.certificate, &app);
    let text = said(&explain(&stage.server, &asked), 3);
    assert!(
        text.contains("The authority that is needed is `CN=Elsewhere`"),
        "{text}"
    );
    assert!(
        text.contains("No other trust anchor holds a certificate of `CN=Elsewhere`"),
        "{text}"
    );
    let anchor = stage.make_anchor_of(&other, true);
    let text = said(&explain(&stage.server, &asked), 3);
    assert!(
        text.contains(&format!(
            "Trust anchors that hold a certificate of `CN=Elsewhere`: `anchor` ({anchor})"
        )),
        "{text}"
    );
}

#[test]
fn only_who_may_is_told() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let sound = SessionRequest::new(&stage, &leaf);
    let session = Key::from(&sound.grant());
    let refused = sound
        .clone()
        .with(|asked| asked.profile.push('0'))
        .sign()
        .send(&stage.server);
    let question = json!({"request_id": refused.record["request_id"]});
    let denied = ask(&stage.server, &session, &question);
    assert_eq!(
        (denied.status, denied.reason()),
        (403, "policy-does-not-allow")
    );
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "anyrole:Explain", "Resource": "*"}],
    });
    stage.iam(&[
        ("Action", "PutRolePolicy"),
        ("RoleName", "app"),
        ("PolicyName", "explain"),
        ("PolicyDocument", &policy.to_string()),
    ]);
    assert!(ask(&stage.server, &session, &question).is_granted());
    let unsigned = Request::new(&stage.server, "POST", "/-/explain")
        .body(question.to_string())
        .send(&stage.server);
    assert_eq!(unsigned.reason(), "unsigned");
    let root = root_key(&stage.server.root_credentials());
    for (question, reason) in [
        (
            json!({"request_id": "00000000-0000-4000-8000-000000000000"}),
            "unknown-request-id",
        ),
        (json!({"request_id": "\"}"}), "unknown-request-id"),
        (
            json!({"request_id": question["request_id"], "more": 1}),
            "validation",
        ),
        (json!({"certificates": []}), "validation"),
    ] {
        assert_eq!(
            ask(&stage.server, &root, &question).reason(),
            reason,
            "{question}"
        );
    }
    let unknown = explain(&stage.server, &["00000000-0000-4000-8000-000000000000"]);
    assert_eq!(unknown.status.code(), Some(4));
}

/// The trail alone explains what was refused before the server was started, and what was rotated away.
#[test]
fn what_is_no_longer_remembered_is_explained_by_the_trail() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let request =
        SessionRequest::new(&stage, &leaf).with(|asked| asked.role = Stage::role_arn("no-tag"));
    let answer = request.sign().send(&stage.server);
    let id = answer.record["request_id"].as_str().unwrap().to_owned();
    let mut server = stage.server;
    let trail = server.data().join("audit.jsonl");
    server.restart().unwrap();
    fs::copy(&trail, trail.with_extension("jsonl.1")).unwrap();
    fs::write(&trail, "").unwrap();
    let text = said(&explain(&server, &[&id]), 3);
    for expected in [
        "refused at step trust-policy: trust-policy-does-not-allow",
        "subject: CN=client",
        "No statement of the trust policy names sts:TagSession",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}
