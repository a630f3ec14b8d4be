//! No secret is written down: not in the audit trail, not in the log at its most talkative, not in the database, in
//! whatever way the requests that carry it are refused.

use std::fs;
use std::path::Path;

use anyrole_testkit::TestServer;

use super::exchange::Request;
use super::session_request::{Leaf, SessionRequest, base64};
use super::signed::{Key, Signature};
use super::stage::Stage;

/// All files below the folder that may hold no secret, with their bytes.
fn written(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            files.extend(written(&path));
        } else if !["root-credentials", "master.key"].contains(&name.as_str()) {
            files.push((name, fs::read(&path).unwrap()));
        }
    }
    files
}

/// Requests that carry the key's secrets through every front end, granted and refused.
fn carry(stage: &Stage, key: &Key) {
    let list = || Request::new(&stage.server, "GET", "/");
    let anchors = || Request::new(&stage.server, "GET", "/trustanchors");
    let who = || stage.query_request(&[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")]);
    let missing = || Request::new(&stage.server, "PUT", "/no-bucket/key").body("x");
    let s3 = Signature::s3(key);
    let mut requests = vec![
        s3.sign(list()),
        s3.presign(list(), 60),
        s3.presign(list(), 999_999),
        s3.sign(missing()),
        s3.sign(list()).header("x-amz-acl", "private"),
        Signature {
            region: "eu-west-1",
            ..s3.clone()
        }
        .sign(list()),
        Signature::new(key, "rolesanywhere").sign(anchors()),
        Signature::new(key, "sts").sign(who()),
        Signature::new(key, "sts").sign(anchors()),
        Signature::new(key, "ec2").sign(who()),
    ];
    // A secret where a signature should be, as a confused client sends it.
    for value in [
        format!("AWS {}:{}", key.id, key.secret),
        format!("Bearer {}", key.secret),
        key.secret.clone(),
        format!(
            "AWS4-HMAC-SHA256 Credential={}, SignedHeaders=host, Signature=0",
            key.secret
        ),
    ] {
        requests.push(list().header("authorization", &value));
        requests.push(anchors().header("authorization", &value));
    }
    let forged = Key {
        token: key.token.as_ref().map(|token| format!("{token}A")),
        ..key.clone()
    };
    requests.push(Signature::s3(&forged).sign(list()));
    for request in requests {
        request.send(&stage.server);
    }
}

#[test]
fn no_secret_is_written_down() {
    let server = TestServer::builder(env!("CARGO_BIN_EXE_anyrole"))
        .arg("--log")
        .arg("trace")
        .start()
        .unwrap();
    let stage = Stage::on(server);
    let leaf = Leaf::client(&stage);
    let session = Key::from(&SessionRequest::new(&stage, &leaf).grant());
    carry(&stage, &session);
    carry(&stage, &stage.root);
    let data = stage.server.data();
    let master = fs::read_to_string(data.join("master.key")).unwrap();
    let master = master.lines().last().unwrap().trim().to_owned();
    assert!(master.len() >= 43, "32 bytes in hex or base64");
    let token = session.token.clone().unwrap();
    let mut secrets = vec![
        ("session secret", session.secret.clone()),
        ("root secret", stage.root.secret.clone()),
        ("master key", master),
        ("session token", token.clone()),
        ("start of the session token", token[..48].to_owned()),
        (
            "end of the session token",
            token[token.len() - 48..].to_owned(),
        ),
        (
            "private key",
            fs::read_to_string(&leaf.issued.key)
                .unwrap()
                .lines()
                .nth(1)
                .unwrap()
                .to_owned(),
        ),
    ];
    let encoded: Vec<_> = secrets
        .iter()
        .flat_map(|(name, secret)| {
            [
                (*name, super::stage::encode(secret)),
                (*name, base64(secret.as_bytes())),
            ]
        })
        .collect();
    secrets.extend(encoded);
    let mut places = written(data);
    assert!(places.iter().any(|(name, _)| name == "audit.jsonl"));
    assert!(places.iter().any(|(name, _)| name == "anyrole.db"));
    places.push(("log".to_owned(), stage.server.log().into_bytes()));
    for (place, bytes) in &places {
        for (name, secret) in &secrets {
            let found = bytes
                .windows(secret.len())
                .position(|window| window == secret.as_bytes());
            if let Some(at) = found {
                let around = &bytes[at.saturating_sub(200)..at];
                panic!(
                    "the {name} is in {place} after: {}",
                    String::from_utf8_lossy(around)
                );
            }
        }
    }
    assert!(
        stage.server.log().contains("DEBUG"),
        "{}",
        stage.server.log()
    );
    // The search would have found them: the id, which is no secret, is there.
    let (_, trail) = places
        .iter()
        .find(|(name, _)| name == "audit.jsonl")
        .unwrap();
    assert!(String::from_utf8_lossy(trail).contains(&session.id));
}
