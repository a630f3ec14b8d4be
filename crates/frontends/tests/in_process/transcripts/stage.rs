//! The stage that every transcript begins on: one of each noun, a caller who may do all and one who may do nothing, and the
//! names that stand in the files for what is different each time.

use std::path::PathBuf;

use anyrole_keys::{SignatureScheme, SigningKey};
use anyrole_signing::{PayloadHash, X509Algorithm, X509Signer, sign_request, sign_x509};
use anyrole_testkit::SessionCredentials;
use base64_simd::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::message::Message;
use super::names;
use crate::site::Bench;

/// All that happens before a transcript happens then; the request itself comes a minute later.
const BEGIN: &str = "2026-11-22T12:00:00Z";
const HOST: &str = "rolesanywhere.us-east-1.amazonaws.com";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow",
    "Principal":{"Service":"rolesanywhere.amazonaws.com"},
    "Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}}"#;

/// A fresh site with its names.
pub struct Stage {
    bench: Bench,
    leaf: Box<dyn SigningKey>,
    root: SessionCredentials,
    nobody: Option<SessionCredentials>,
    names: Vec<(&'static str, String)>,
}

fn certificate(name: &str) -> PathBuf {
    let folder = "../../testdata/wire/certificates";
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join(folder)
        .join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(certificate(name)).unwrap()
}

/// The base64 between the lines of a PEM file, joined.
fn base64_of(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}

/// A text as it stands inside a JSON string.
fn escaped(text: &str) -> String {
    let json = Value::from(text).to_string();
    json.trim_matches('"').to_owned()
}

impl Stage {
    pub async fn new() -> Self {
        let bench = Bench::at(BEGIN.parse().unwrap()).await;
        let (access_key_id, secret_access_key) = bench.root_key.clone();
        let root = SessionCredentials {
            access_key_id,
            secret_access_key,
            session_token: String::new(),
        };
        let names = vec![
            ("ca-pem", escaped(&read("ca.pem"))),
            ("leaf-pem", escaped(&read("leaf.pem"))),
            ("leaf-der", base64_of(&read("leaf.pem"))),
            ("crl", STANDARD.encode_to_string(read("crl.pem"))),
        ];
        let mut stage = Self {
            bench,
            leaf: anyrole_keys::open_file(&certificate("leaf.key"), None).unwrap(),
            root,
            nobody: None,
            names,
        };
        stage.furnish().await;
        stage.bench.wait(SignedDuration::from_mins(1));
        stage
    }

    pub fn bench(&self) -> &Bench {
        &self.bench
    }

    pub fn root(&self) -> &SessionCredentials {
        &self.root
    }

    /// The session of the role `nobody`, by CreateSession.
    pub fn nobody(&self) -> &SessionCredentials {
        self.nobody.as_ref().unwrap()
    }

    /// From now on nothing is answered but that the service is unavailable.
    pub fn break_down(&self) {
        self.bench.break_trail();
    }

    async fn furnish(&mut self) {
        let tags = json!([{"key": "team", "value": "a"}]);
        let source = json!({"sourceType": "CERTIFICATE_BUNDLE",
            "sourceData": {"x509CertificateData": read("ca.pem")}});
        let anchor = json!({"name": "anchor", "source": source, "enabled": true, "tags": tags});
        let anchor = self.control("POST", "/trustanchors", &anchor).await;
        let anchor_arn = self.name(&anchor["trustAnchor"], "trustAnchor", "trust-anchor-id");
        let role = self.role("nobody").await;
        let profile = json!({"name": "profile", "roleArns": [role], "enabled": true, "tags": tags});
        let profile = self.control("POST", "/profiles", &profile).await;
        let profile_arn = self.name(&profile["profile"], "profile", "profile-id");
        let crl = json!({"name": "crl", "crlData": STANDARD.encode_to_string(read("crl.pem")),
            "trustAnchorArn": anchor_arn, "enabled": true, "tags": tags});
        let crl = self.control("POST", "/crls", &crl).await;
        self.name(&crl["crl"], "crl", "crl-id");
        let asked =
            json!({"trustAnchorArn": anchor_arn, "profileArn": profile_arn, "roleArn": role});
        let session = Message {
            start: "POST /sessions HTTP/1.1".to_owned(),
            headers: [
                "X-Amz-X509: {{leaf-der}}",
                "Authorization: {{signature of leaf}}",
            ]
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
            body: asked.to_string(),
        };
        let answer = self.send(&session).await;
        assert_eq!(answer.start, "HTTP/1.1 201", "{answer:?}");
        let session: Value = serde_json::from_str(&answer.body).unwrap();
        let credentials = &session["credentialSet"][0]["credentials"];
        self.nobody = Some(SessionCredentials::from_json(credentials).unwrap());
        let subject = session["subjectArn"].as_str().unwrap();
        let (_, subject) = subject.rsplit_once('/').unwrap();
        self.names.push(("subject-id", subject.to_owned()));
    }

    /// Keeps a made thing's id under a name; its ARN.
    fn name(&mut self, made: &Value, noun: &str, name: &'static str) -> String {
        let text = |suffix: &str| made[format!("{noun}{suffix}")].as_str().unwrap().to_owned();
        self.names.push((name, text("Id")));
        text("Arn")
    }

    async fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let request = Message {
            start: format!("{method} {path} HTTP/1.1"),
            headers: vec![
                ("Content-Type".to_owned(), "application/json".to_owned()),
                (
                    "Authorization".to_owned(),
                    "{{signature of root}}".to_owned(),
                ),
            ],
            body: body.to_string(),
        };
        let answer = self.send(&request).await;
        assert_eq!(answer.start, "HTTP/1.1 201", "{path}: {answer:?}");
        serde_json::from_str(&answer.body).unwrap()
    }

    async fn role(&self, name: &str) -> String {
        let encoded =
            percent_encoding::utf8_percent_encode(TRUST, percent_encoding::NON_ALPHANUMERIC);
        let body = format!(
            "Action=CreateRole&Version=2010-05-08&RoleName={name}&AssumeRolePolicyDocument={encoded}"
        );
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static(HOST));
        let form = "application/x-www-form-urlencoded";
        headers.insert("content-type", HeaderValue::from_static(form));
        let signer = self.bench.signer(&self.root, "iam");
        let payload = PayloadHash::of(body.as_bytes());
        sign_request("POST", "/", "", &mut headers, payload, &signer).unwrap();
        let answer = self.bench.serve("POST", "/", headers, body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        format!("arn:aws:iam::000000000000:role/{name}")
    }

    /// Puts in what the names stand for, signs as the Authorization header says, and has the door answer.
    pub async fn send(&self, request: &Message) -> Message {
        let start = self.filled(&request.start);
        let filled = Message {
            start,
            ..request.clone()
        };
        let (method, path, query) = filled.target();
        let body = self.filled(&request.body);
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static(HOST));
        let mut signature = "";
        for (name, value) in &request.headers {
            if name.eq_ignore_ascii_case("authorization") {
                signature = value;
                continue;
            }
            let name: HeaderName = name.parse().unwrap();
            headers.insert(name, self.filled(value).parse().unwrap());
        }
        let payload = PayloadHash::of(body.as_bytes());
        match signature {
            "{{signature of leaf}}" => {
                let signer = X509Signer {
                    algorithm: X509Algorithm::EcdsaSha256,
                    serial_decimal: "4097",
                    region: "us-east-1",
                    at: self.bench.now(),
                };
                let sign = |message: &[u8]| self.leaf.sign(SignatureScheme::EcdsaSha256, message);
                sign_x509(method, path, query, &mut headers, payload, &signer, sign).unwrap();
            }
            "{{signature of root}}" | "{{signature of nobody}}" => {
                let by = match signature {
                    "{{signature of root}}" => &self.root,
                    _ => self.nobody.as_ref().unwrap(),
                };
                let signer = self.bench.signer(by, "rolesanywhere");
                sign_request(method, path, query, &mut headers, payload, &signer).unwrap();
            }
            other => assert_eq!(other, "", "nobody signs so"),
        }
        let mut target = path.to_owned();
        if !query.is_empty() {
            target = format!("{path}?{query}");
        }
        let answer = self.bench.serve(method, &target, headers, body).await;
        Message::answer(answer.status, &answer.headers, &answer.body)
    }

    pub fn filled(&self, text: &str) -> String {
        self.names
            .iter()
            .fold(text.to_owned(), |text, (name, value)| {
                text.replace(&format!("{{{{{name}}}}}"), value)
            })
    }

    /// An answer as it stands in a file.
    pub fn named(&self, answer: &Message) -> String {
        names::named(&self.names, answer)
    }
}
