//! Roles Anywhere, IAM and STS as botocore sees them, what a restart keeps, and who may pass a role.
#![expect(clippy::unwrap_used, reason = "tests")]

mod way_in;

use std::net::TcpListener;
use std::path::Path;

use anyrole_testkit::certificates::{Authority, CertificateRequest};
use anyrole_testkit::{JavaScriptTools, TestServer};
use serde_json::{Value, json};
use tempfile::TempDir;

use way_in::{ANYROLE, S3_FULL_ACCESS, WayIn, root, script};

#[test]
fn trust_anchors_and_profiles_answer_botocore_as_aws_does() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    let folder = TempDir::new().unwrap();
    let ca = Authority::root(&folder.path().join("one")).unwrap();
    let other = Authority::root(&folder.path().join("two")).unwrap();
    let leaf = ca.issue("leaf", &CertificateRequest::leaf("a")).unwrap();
    let paths = [ca.certificate(), other.certificate(), &leaf.certificate];
    script(
        &root(&server),
        "trust_anchors_and_profiles.py",
        &paths.map(|path| path.to_str().unwrap()),
    );
}

#[test]
fn crls_answer_botocore_as_aws_does() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    let folder = TempDir::new().unwrap();
    let ca = Authority::root(&folder.path().join("one")).unwrap();
    let other = Authority::root(&folder.path().join("two")).unwrap();
    let files = [&ca, &other].map(|ca| [&ca.own().certificate, &ca.own().key]);
    let paths: Vec<&str> = files
        .iter()
        .flatten()
        .map(|path| path.to_str().unwrap())
        .collect();
    script(&root(&server), "crls.py", &paths);
}

#[test]
fn private_ca_answers_botocore_as_aws_does() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    for protocol in ["json", "smithy-rpc-v2-cbor"] {
        let folder = TempDir::new().unwrap();
        let folder = folder.path().to_str().unwrap();
        script(
            &root(&server),
            "private_ca.py",
            &[folder, ANYROLE, protocol],
        );
    }
}

#[test]
fn certificate_manager_answers_botocore_as_aws_does() {
    let mut server = TestServer::start_default(ANYROLE).unwrap();
    let folder = TempDir::new().unwrap();
    let aws = root(&server);
    script(&aws, "acm.py", &[ANYROLE, folder.path().to_str().unwrap()]);

    // By the CLI, and across a restart.
    let ca = Authority::root(&folder.path().join("ca")).unwrap();
    let leaf = ca
        .issue("leaf", &CertificateRequest::leaf("cli.example.org"))
        .unwrap();
    let file = |path: &Path| format!("fileb://{}", path.display());
    let words = [
        "acm",
        "import-certificate",
        "--certificate",
        &file(&leaf.certificate),
        "--private-key",
        &file(&leaf.key),
        "--certificate-chain",
        &file(ca.certificate()),
        "--tags",
        "Key=made,Value=cli",
    ];
    let made = aws.run(&words).unwrap().json().unwrap();
    let arn = made["CertificateArn"].as_str().unwrap();
    server.restart().unwrap();
    let aws = root(&server);
    let words = ["acm", "get-certificate", "--certificate-arn", arn];
    let got = aws.run(&words).unwrap().json().unwrap();
    let pem = std::fs::read_to_string(&leaf.certificate).unwrap();
    assert_eq!(got["Certificate"].as_str().unwrap().trim(), pem.trim());
    let words = ["acm", "describe-certificate", "--certificate-arn", arn];
    let detail = aws.run(&words).unwrap().json().unwrap();
    assert_eq!(detail["Certificate"]["Type"], "IMPORTED");
    let words = [
        "acm",
        "export-certificate",
        "--certificate-arn",
        arn,
        "--passphrase",
    ];
    let phrase = folder.path().join("phrase");
    std::fs::write(&phrase, "correct horse").unwrap();
    let refused = aws.run(&[&words[..], &[&file(&phrase)]].concat()).unwrap();
    assert_eq!(refused.error_code(), Some("ValidationException"));
    let words = ["acm", "delete-certificate", "--certificate-arn", arn];
    aws.run(&words).unwrap().success().unwrap();

    // No key, in the open or encrypted, is told to anyone else.
    let trail = std::fs::read_to_string(server.data().join("audit.jsonl")).unwrap();
    assert!(trail.contains("\"acm:ExportCertificate\"") && !trail.contains("PRIVATE KEY"));
    assert!(!server.log().contains("PRIVATE KEY") && !trail.contains("correct horse"));
}

#[test]
fn quotas_are_settings() {
    let quotas = "trust-anchors=2,profiles=3,roles-per-profile=1,crls-per-trust-anchor=1,certificates-per-trust-anchor=1";
    let server = TestServer::builder(ANYROLE)
        .arg("--quota")
        .arg(quotas)
        .arg("--quota=subject-rate=0")
        .start()
        .unwrap();
    let certificates =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/wire/certificates");
    let folder = TempDir::new().unwrap();
    let other = Authority::root(folder.path()).unwrap();
    let paths = [
        certificates.join("ca.pem"),
        other.certificate().to_owned(),
        certificates.join("crl.pem"),
    ];
    let paths: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    script(&root(&server), "quotas.py", &paths);
}

#[test]
fn aliases_name_what_they_were_given_to() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    let folder = TempDir::new().unwrap();
    let ca = Authority::root(folder.path()).unwrap();
    let path = ca.certificate().to_str().unwrap();
    script(&root(&server), "aliases.py", &[path]);
}

#[test]
fn tags_are_set_and_taken_away_by_who_may() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    let folder = TempDir::new().unwrap();
    let ca = Authority::root(folder.path()).unwrap();
    let leaf = ca.issue("leaf", &CertificateRequest::leaf("a")).unwrap();
    let tagging = json!({
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "rolesanywhere:ListTagsForResource", "Resource": "*"},
            {
                "Effect": "Allow", "Action": "rolesanywhere:GetSubject", "Resource": "*",
                "Condition": {"StringEquals": {"aws:ResourceTag/team": "a"}},
            },
            {
                "Effect": "Allow", "Action": ["rolesanywhere:TagResource", "rolesanywhere:UntagResource"],
                "Resource": "arn:aws:rolesanywhere:us-east-1:000000000000:profile/*",
                "Condition": {
                    "StringEquals": {"aws:ResourceTag/team": "a"},
                    "StringEqualsIfExists": {"aws:RequestTag/stage": "test"},
                    "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "stage"]},
                },
            },
        ],
    });
    let way = WayIn::open(
        &root(&server),
        &json!({"name": "tagger", "ca": ca.certificate(), "inline": {"tags": tagging}}),
    );
    let session = way.session(&server, &leaf);
    let SessionParts(key, secret, token) = SessionParts::of(&session);
    let path = ca.certificate().to_str().unwrap();
    script(
        &root(&server),
        "resource_tags.py",
        &[path, key, secret, token],
    );
}

#[test]
fn roles_answer_botocore_as_aws_does() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    script(&root(&server), "roles.py", &[]);
}

#[test]
fn users_groups_and_their_keys_answer_botocore_as_aws_does() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    script(&root(&server), "users.py", &[]);
}

#[test]
fn callers_are_known_and_what_is_not_served_says_so() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    let folder = TempDir::new().unwrap();
    let ca = Authority::root(folder.path()).unwrap();
    let request = CertificateRequest::leaf("caller").serial("00ab12");
    let leaf = ca.issue("leaf", &request).unwrap();
    let way = WayIn::open(
        &root(&server),
        &json!({"name": "caller", "ca": ca.certificate(), "managed": [S3_FULL_ACCESS]}),
    );
    let session = way.session(&server, &leaf);
    let arn = "arn:aws:sts::000000000000:assumed-role/caller/ab12";
    let SessionParts(key, secret, token) = SessionParts::of(&session);
    script(&root(&server), "callers.py", &[key, secret, token, arn]);
}

/// The words that run a script of `tests/clients` with the SDK for JavaScript, as JSON.
fn node(name: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/clients")
        .join(name);
    let command = JavaScriptTools::ready().unwrap().node(&script).unwrap();
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<&str> = words.map(|word| word.to_str().unwrap()).collect();
    json!(words).to_string()
}

#[test]
fn sts_answers_its_clients_as_aws_does() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    let folder = TempDir::new().unwrap();
    let ca = Authority::root(folder.path()).unwrap();
    let request = CertificateRequest::leaf("edge").serial("00ab12");
    let leaf = ca.issue("leaf", &request).unwrap();
    let all = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}],
    });
    let way = WayIn::open(
        &root(&server),
        &json!({"name": "edge", "ca": ca.certificate(), "inline": {"all": all}}),
    );
    let session = way.session(&server, &leaf);
    let arn = "arn:aws:sts::000000000000:assumed-role/edge/ab12";
    let SessionParts(key, secret, token) = SessionParts::of(&session);
    let node = node("sts.js");
    script(&root(&server), "sts.py", &[key, secret, token, arn, &node]);
}

#[test]
fn web_identities_are_those_of_registered_providers() {
    // A port that is free now, so that the server can be told who may be asked.
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port();
    let server = TestServer::builder(ANYROLE)
        .arg(format!("--oidc-hosts=127.0.0.1:{port}"))
        .start()
        .unwrap();
    let node = node("web_identity.js");
    script(
        &root(&server),
        "web_identity.py",
        &[&port.to_string(), &node],
    );
}

#[test]
fn a_profile_with_roles_needs_pass_role() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    let folder = TempDir::new().unwrap();
    let ca = Authority::root(folder.path()).unwrap();
    let leaf = ca.issue("leaf", &CertificateRequest::leaf("a")).unwrap();
    let all = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "rolesanywhere:*", "Resource": "*"}],
    });
    let way = WayIn::open(
        &root(&server),
        &json!({"name": "keeper", "ca": ca.certificate(), "inline": {"all": all}}),
    );
    let session = way.session(&server, &leaf);
    let SessionParts(key, secret, token) = SessionParts::of(&session);
    script(
        &root(&server),
        "pass_role.py",
        &[key, secret, token, "keeper"],
    );
}

#[test]
fn tags_given_on_creation_decide_who_may() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    let folder = TempDir::new().unwrap();
    let ca = Authority::root(folder.path()).unwrap();
    let leaf = ca.issue("leaf", &CertificateRequest::leaf("a")).unwrap();
    let allow = |actions: Value, key: &str| {
        json!({
            "Effect": "Allow", "Action": actions, "Resource": "*",
            "Condition": {"StringEquals": {key: "a"}},
        })
    };
    let by_tag = json!({
        "Version": "2012-10-17",
        "Statement": [
            allow(json!(["rolesanywhere:CreateProfile", "rolesanywhere:TagResource"]), "aws:RequestTag/team"),
            allow(json!(["rolesanywhere:*Profile"]), "aws:ResourceTag/team"),
        ],
    });
    let way = WayIn::open(
        &root(&server),
        &json!({"name": "tagger", "ca": ca.certificate(), "inline": {"by-tag": by_tag}}),
    );
    let session = way.session(&server, &leaf);
    let SessionParts(key, secret, token) = SessionParts::of(&session);
    script(&root(&server), "tags.py", &[key, secret, token]);
}

#[test]
fn a_restart_keeps_everything() {
    let mut server = TestServer::start_default(ANYROLE).unwrap();
    let folder = TempDir::new().unwrap();
    let ca = Authority::root(folder.path()).unwrap();
    let leaf = ca.issue("leaf", &CertificateRequest::leaf("a")).unwrap();
    let pem = ca.certificate().to_str().unwrap();
    let before = script(&root(&server), "everything.py", &["make", pem]);
    let before: Value = serde_json::from_str(&before).unwrap();
    assert_eq!(before["profiles"].as_array().unwrap().len(), 1);
    let keys = std::fs::read(server.root_credentials()).unwrap();

    // A session made before the restart is good after it: sessions are sealed, not kept.
    let way = WayIn::open(
        &root(&server),
        &json!({"name": "way", "ca": ca.certificate(), "managed": [S3_FULL_ACCESS]}),
    );
    let session = way.session(&server, &leaf);
    let before = script(&root(&server), "everything.py", &[]);
    server.sigterm().unwrap();
    server.restart().unwrap();
    assert_eq!(script(&root(&server), "everything.py", &[]), before);
    assert_eq!(std::fs::read(server.root_credentials()).unwrap(), keys);
    // The certificate was seen just before the stop: what waited was written.
    let subjects = server.aws(&["rolesanywhere", "list-subjects"]).unwrap();
    let subjects = subjects.json().unwrap();
    assert_eq!(subjects["subjects"].as_array().unwrap().len(), 1);
    assert_eq!(subjects["subjects"][0]["x509Subject"], "CN=a");
    let id = subjects["subjects"][0]["subjectId"].as_str().unwrap();
    let subject = server.aws(&["rolesanywhere", "get-subject", "--subject-id", id]);
    let subject = subject.unwrap().json().unwrap();
    let credentials = subject["subject"]["credentials"].as_array().unwrap();
    assert_eq!(credentials.len(), 1, "{subject}");
    assert_eq!(
        credentials[0]["x509CertificateData"]
            .as_str()
            .unwrap()
            .trim(),
        leaf.certificate_pem().unwrap().trim()
    );
    let caller = server.aws_cli().session(&session);
    let caller = caller.run(&["sts", "get-caller-identity"]).unwrap();
    let caller = caller.json().unwrap();
    assert!(
        caller["Arn"]
            .as_str()
            .unwrap()
            .contains(":assumed-role/way/")
    );
    way.session(&server, &leaf);
}

#[test]
fn the_account_is_settled_by_the_first_start() {
    let folder = TempDir::new().unwrap();
    let ca = Authority::root(folder.path()).unwrap();
    let data = folder.path().join("data");
    let start = |arguments: &[&str]| {
        let builder = TestServer::builder(ANYROLE).data(&data);
        arguments
            .iter()
            .fold(builder, |builder, argument| builder.arg(*argument))
            .start()
    };
    let settings = [
        "--account-id",
        "123456789012",
        "--region",
        "eu-central-1",
        "--partition",
        "aws",
    ];
    let server = start(&settings).unwrap();
    let aws = root(&server)
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_DEFAULT_REGION", "eu-central-1");
    script(&aws, "regions.py", &[ca.certificate().to_str().unwrap()]);
    drop(server);
    for (flag, other, has) in [
        ("--region", "us-east-1", "eu-central-1"),
        ("--account-id", "000000000000", "123456789012"),
        ("--partition", "aws-cn", "aws"),
    ] {
        let error = start(&[flag, other]).unwrap_err().to_string();
        assert!(error.contains(&format!("{flag} {other}: ")), "{error}");
        assert!(error.contains(has), "{error}");
    }
    // Left out, or the same: it goes on.
    drop(start(&[]).unwrap());
    start(&settings).unwrap();
}

struct SessionParts<'a>(&'a str, &'a str, &'a str);

impl<'a> SessionParts<'a> {
    fn of(session: &'a anyrole_testkit::SessionCredentials) -> Self {
        Self(
            &session.access_key_id,
            &session.secret_access_key,
            &session.session_token,
        )
    }
}
