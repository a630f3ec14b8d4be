//! Transcripts of the Query protocol, `testdata/wire/iam/*.txt` and `testdata/wire/sts/*.txt`: the requests of a story are signed and sent to one site, one
//! after the other, and each whole answer must be the one of the file. `testdata/wire/README.md` says more.

mod names;
mod provider;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyrole_signing::{PayloadHash, sign_request};
use anyrole_testkit::{PythonTools, SessionCredentials};
use http::{HeaderMap, HeaderValue};
use jiff::SignedDuration;
use serde_json::Value;

use crate::site::Bench;
use names::Names;
use provider::Provider;

const BEGIN: &str = "2026-11-22T12:00:00Z";

/// The services that have stories.
const SERVICES: &[&str] = &["iam", "sts"];

/// Every request of STS has it.
const STS_VERSION: &str = "&Version=2011-06-15";

fn folder(service: &str) -> PathBuf {
    let wire = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/wire");
    wire.join(service)
}

fn stories(service: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder(service))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

/// A site, the keys that its story has made, and the names of what it has made up.
struct Teller {
    bench: Bench,
    names: Names,
    /// Secret and session token of each key.
    secrets: BTreeMap<String, (String, String)>,
}

impl Teller {
    async fn new(service: &str) -> Self {
        let begin = BEGIN.parse().unwrap();
        let provider = Provider::new();
        let mut names = Names::default();
        for (name, token) in provider.tokens(begin) {
            names.know(name, &token);
        }
        let provider = Arc::new(provider);
        let bench = Bench::with(begin, |site| {
            let site = site.with_provider_documents(provider);
            match service {
                "sts" => site.with_encoded_messages(),
                _ => site,
            }
        })
        .await;
        let (id, secret) = bench.root_key.clone();
        names.know("root", &id);
        Self {
            bench,
            names,
            secrets: BTreeMap::from([(id, (secret, String::new()))]),
        }
    }

    /// Sends one line, `WHO> FORM`; the answer as it stands in the file.
    async fn tell(&mut self, line: &str) -> String {
        self.bench.wait(SignedDuration::from_secs(1));
        let (who, form) = line.split_once("> ").unwrap();
        let service = if form.contains(STS_VERSION) {
            "sts"
        } else {
            "iam"
        };
        let body = self.names.filled(form);
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("localhost"));
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert("content-type", form);
        if who != "nobody" {
            let credentials = self.credentials(who);
            let signer = self.bench.signer(&credentials, service);
            let payload = PayloadHash::of(body.as_bytes());
            sign_request("POST", "/", "", &mut headers, payload, &signer).unwrap();
        }
        let answer = self.bench.serve("POST", "/", headers, body).await;
        self.remember_key(&answer.body);
        let text = answer.body.replace("><", ">\n<");
        format!("{}\n{}", answer.status, self.names.named(&text))
    }

    fn credentials(&self, who: &str) -> SessionCredentials {
        let key = self.names.filled(&format!("{{{{{who}}}}}"));
        let (secret, token) = self.secrets[&key].clone();
        SessionCredentials {
            access_key_id: key,
            secret_access_key: secret,
            session_token: token,
        }
    }

    fn remember_key(&mut self, body: &str) {
        let of = |element: &str| {
            let (_, rest) = body.split_once(&format!("<{element}>"))?;
            rest.split_once('<').map(|(text, _)| text.to_owned())
        };
        if let (Some(id), Some(secret)) = (of("AccessKeyId"), of("SecretAccessKey")) {
            let token = of("SessionToken").unwrap_or_default();
            self.secrets.insert(id, (secret, token));
        }
    }
}

#[tokio::test]
async fn every_story_is_told_again() {
    let mut wrong = Vec::new();
    for service in SERVICES {
        for file in stories(service) {
            let wanted = std::fs::read_to_string(&file).unwrap();
            let mut teller = Teller::new(service).await;
            let mut told = String::new();
            for line in wanted.lines() {
                if line.starts_with('#') {
                    told.push_str(&format!("{line}\n"));
                } else if line.contains("> Action=") {
                    let answer = teller.tell(line).await;
                    told.push_str(&format!("\n{line}\n{answer}\n"));
                }
            }
            if std::env::var_os("ANYROLE_TRANSCRIPTS").is_some_and(|value| value == "write") {
                std::fs::write(&file, &told).unwrap();
            } else if told != wanted {
                let differs = told.lines().zip(wanted.lines());
                let first = differs.enumerate().find(|(_, (a, b))| a != b);
                wrong.push(format!("{}: {first:?}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each answer is as the newest model says: no member that it does not know, each that it requires, errors with their status.
#[test]
fn botocore_reads_every_story() {
    for service in SERVICES {
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/in_process/stories/model.py");
        let output = Command::new(PythonTools::ready().unwrap().python())
            .arg("-B")
            .arg(script)
            .arg(service)
            .args(stories(service))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        let read: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(read["wrong"], Value::from(Vec::<Value>::new()));
        assert!(read["read"].as_u64().unwrap() > 30, "{read}");
    }
}
