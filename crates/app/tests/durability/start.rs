//! Starts that must be refused, and leave the folder as it was; and starts that clean up after a crash.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyrole_domain::ports::Store as _;
use anyrole_stores::SqliteStore;
use anyrole_testkit::TestServer;
use serde_json::Value;

use crate::client::{Client, Request};
use crate::objects::s3;

/// A server with a bucket and an object.
fn server() -> (TestServer, Client) {
    let server = TestServer::start_default(env!("CARGO_BIN_EXE_anyrole")).unwrap();
    let mut client = Client::new(server.address(), &server.root_key().unwrap());
    client.send(&s3("PUT", "/bucket", "")).unwrap().expect(200);
    let put = Request {
        body: b"content",
        ..s3("PUT", "/bucket/key", "")
    };
    client.send(&put).unwrap().expect(200);
    (server, client)
}

/// What a start on this folder says as it fails.
fn refusal(data: &Path) -> String {
    let started = TestServer::builder(env!("CARGO_BIN_EXE_anyrole"))
        .data(data)
        .start();
    let said = format!("{:#}", started.expect_err("it started"));
    assert!(said.contains("exit status: 1"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

/// Every file with its content, but for SQLite's index of its log, which is made anew at each opening.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.insert(path.clone(), Vec::new());
            found.extend(contents(&path));
        } else if !path.ends_with("anyrole.db-shm") {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

fn without_database(data: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut contents = contents(data);
    contents.retain(|path, _| !path.ends_with("anyrole.db") && !path.ends_with("anyrole.db-wal"));
    contents
}

/// The version and all rows of the database, of which a copy is opened.
fn rows(data: &Path) -> String {
    let copy = tempfile::tempdir().unwrap();
    for name in ["anyrole.db", "anyrole.db-wal"] {
        if data.join(name).exists() {
            fs::copy(data.join(name), copy.path().join(name)).unwrap();
        }
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = SqliteStore::open(&copy.path().join("anyrole.db"))
            .await
            .unwrap();
        let loaded = store.load().await.unwrap();
        format!("{} {:?}", loaded.version, loaded.changes)
    })
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let (server, mut client) = server();
    let before = contents(server.data());
    let said = refusal(server.data());
    assert!(said.contains("is in use by another process"), "{said}");
    assert!(said.contains("another data folder"), "{said}");
    assert_eq!(contents(server.data()), before);
    let read = client
        .send(&s3("GET", "/bucket/key", ""))
        .unwrap()
        .expect(200);
    assert_eq!(read.body, b"content");
}

#[test]
fn a_taken_port_is_refused_before_a_folder_is_made() {
    let (server, _) = server();
    let other = server.data().with_file_name("other");
    let output = Command::new(env!("CARGO_BIN_EXE_anyrole"))
        .args([
            "server",
            "--listen",
            &server.address().to_string(),
            "--data",
        ])
        .arg(&other)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("--listen") && said.contains("taken"),
        "{said}"
    );
    assert!(!other.exists());
}

#[test]
fn without_its_master_key_a_database_is_not_opened_and_not_changed() {
    let (mut server, _) = server();
    server.sigterm().unwrap();
    let data = server.data().to_owned();
    let key = data.join("master.key");
    let sound = fs::read_to_string(&key).unwrap();
    let (header, secret) = sound.split_once('\n').unwrap();
    let first = if secret.starts_with('A') { "B" } else { "A" };
    let another = format!("{header}\n{first}{}", secret.split_at(1).1);
    let cases = [
        (None, "there is no such file"),
        (Some(String::new()), "not a master key"),
        (
            Some(sound.split_at(sound.len() / 2).0.to_owned()),
            "not a master key",
        ),
        (
            Some(sound.replace("version 1", "version 2")),
            "not a master key",
        ),
    ];
    for (damaged, expected) in cases {
        match &damaged {
            None => fs::remove_file(&key).unwrap(),
            Some(text) => {
                // As it was: only its owner may read it.
                fs::copy(data.join("root-credentials"), &key).unwrap();
                fs::write(&key, text).unwrap();
            }
        }
        let before = contents(&data);
        let said = refusal(&data);
        assert!(
            said.contains(expected) && said.contains("master.key"),
            "{damaged:?}: {said}"
        );
        assert!(contents(&data) == before, "{damaged:?} changed the folder");
    }
    // A key of the right form can only be tried on the database, whose log SQLite then folds into it: the rows stay.
    fs::write(&key, another).unwrap();
    let before = (rows(&data), without_database(&data));
    let said = refusal(&data);
    assert!(
        said.contains("can't be opened with") && said.contains("master.key"),
        "{said}"
    );
    assert_eq!((rows(&data), without_database(&data)), before);
    fs::write(&key, &sound).unwrap();
    server.restart().unwrap();
    let mut client = Client::new(server.address(), &server.root_key().unwrap());
    client
        .send(&s3("GET", "/bucket/key", ""))
        .unwrap()
        .expect(200);
}

#[test]
fn a_half_written_object_is_removed_at_start() {
    let (mut server, mut client) = server();
    let content = vec![1; 4_000_000];
    let put = Request {
        body: &content,
        ..s3("PUT", "/bucket/key", "")
    };
    let head = client.head(&put);
    client
        .write(&[head.as_bytes(), &content[..3_000_000]])
        .unwrap();
    let temporaries = server.data().join("objects/tmp");
    let written = || {
        contents(&temporaries)
            .values()
            .any(|content| !content.is_empty())
    };
    let deadline = Instant::now() + Duration::from_secs(10);
    while !written() {
        assert!(Instant::now() < deadline);
        thread::sleep(Duration::from_millis(5));
    }
    server.sigkill().unwrap();
    assert!(written());
    // What a crash while a bucket is made or removed leaves: a folder.
    fs::create_dir_all(temporaries.join("99/objects/0")).unwrap();
    fs::write(temporaries.join("99/bucket.json"), "{").unwrap();
    server.restart().unwrap();
    assert_eq!(contents(&temporaries), BTreeMap::new());
    let mut client = Client::new(server.address(), &server.root_key().unwrap());
    let read = client
        .send(&s3("GET", "/bucket/key", ""))
        .unwrap()
        .expect(200);
    assert_eq!(read.body, b"content");
}

#[test]
fn half_a_line_of_the_audit_trail_is_ended_at_start() {
    let (mut server, _) = server();
    server.sigkill().unwrap();
    let path = server.data().join("audit.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    assert!(whole.ends_with('\n'));
    let half = "{\"time\":\"2026-";
    fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap()
        .write_all(half.as_bytes())
        .unwrap();
    server.restart().unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        format!("{whole}{half}\n")
    );
    assert!(server.log().contains("half a line"), "{}", server.log());
    let mut client = Client::new(server.address(), &server.root_key().unwrap());
    client.send(&s3("GET", "/", "")).unwrap().expect(200);
    let text = fs::read_to_string(&path).unwrap();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(last["request_id"], *client.answered[0].0);
}
