//! Transcripts of the control plane, `testdata/wire/rolesanywhere/OPERATION/CASE/{request,response}.http`: each request is
//! signed and sent to a fresh site, and the whole answer must be the one of the file. `testdata/wire/README.md` says more.

pub mod message;
mod names;
pub mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyrole_testkit::PythonTools;
use serde_json::Value;

use message::Message;
use stage::Stage;

/// A transcript.
struct Case {
    operation: String,
    name: String,
    folder: PathBuf,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/wire/rolesanywhere")
}

fn folders(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut folders: Vec<(String, PathBuf)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .collect();
    folders.sort();
    folders
}

fn cases() -> Vec<Case> {
    let case = |operation: &str, (name, folder)| Case {
        operation: operation.to_owned(),
        name,
        folder,
    };
    folders(&root())
        .into_iter()
        .flat_map(|(operation, folder)| {
            let found = folders(&folder);
            found.into_iter().map(move |found| case(&operation, found))
        })
        .collect()
}

/// Asks botocore, which carries the newest model, by the script beside this file.
fn model(arguments: &[&str]) -> String {
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/in_process/transcripts/model.py");
    let output = Command::new(PythonTools::ready().unwrap().python())
        .arg("-B")
        .arg(script)
        .args(arguments)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

pub fn writes() -> bool {
    std::env::var_os("ANYROLE_TRANSCRIPTS").is_some_and(|value| value == "write")
}

#[tokio::test]
async fn every_answer_is_the_one_of_its_transcript() {
    let mut wrong = Vec::new();
    for case in cases() {
        let request = std::fs::read_to_string(case.folder.join("request.http")).unwrap();
        let stage = Stage::new().await;
        if case.name == "service-unavailable" {
            stage.break_down();
        }
        let answer = stage.send(&Message::parse(&request)).await;
        let answer = stage.named(&answer);
        let file = case.folder.join("response.http");
        if writes() {
            std::fs::write(&file, &answer).unwrap();
        }
        let wanted = std::fs::read_to_string(&file).unwrap_or_default();
        if wanted != answer {
            let (operation, name) = (&case.operation, &case.name);
            wrong.push(format!(
                "{operation}/{name}\nwanted:\n{wanted}got:\n{answer}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_operation_has_a_success_and_each_of_its_errors() {
    let declared: BTreeMap<String, Vec<String>> =
        serde_json::from_str(&model(&["operations"])).unwrap();
    let mut shown: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for case in cases() {
        let answer = std::fs::read_to_string(case.folder.join("response.http")).unwrap();
        let answer = Message::parse(&answer);
        let ends = answer.error_type().unwrap_or("success").to_owned();
        shown.entry(case.operation).or_default().insert(ends);
    }
    let mut missing = Vec::new();
    for (operation, errors) in &declared {
        let has = shown.remove(operation).unwrap_or_default();
        let wanted = errors.iter().map(String::as_str).chain(["success"]);
        missing.extend(
            wanted
                .filter(|wanted| !has.contains(*wanted))
                .map(|wanted| format!("{operation}: {wanted}")),
        );
    }
    assert!(
        missing.is_empty(),
        "no transcript of\n{}",
        missing.join("\n")
    );
    // CreateSession is in no model; what else there is would be a folder of no operation.
    let other: Vec<_> = shown.into_keys().collect();
    assert_eq!(other, ["CreateSession"]);
    assert_eq!(declared.len(), 30, "the operations of the model");
}

/// The members of the answers are those of the model, of its types, and its required ones are there.
#[test]
fn botocore_reads_every_transcript() {
    let read: Value = serde_json::from_str(&model(&["check", root().to_str().unwrap()])).unwrap();
    assert_eq!(read["wrong"], Value::from(Vec::<Value>::new()));
    let count = cases()
        .iter()
        .filter(|case| case.operation != "CreateSession")
        .count();
    assert_eq!(read["read"], count);
}
