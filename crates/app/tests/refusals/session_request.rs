//! A CreateSession request that is sound in all but what a row changes; openssl makes its signature, so that it does
//! not come from the code that verifies it.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyrole_signing::{PayloadHash, X509Algorithm, X509Signer, sign_x509};
use anyrole_testkit::certificates::{CertificateRequest, Issued};
use anyrole_testkit::{Program, SessionCredentials};
use jiff::Timestamp;
use serde_json::json;

use super::exchange::Request;
use super::stage::{Stage, encode};

/// A certificate with its key, and the serial number that it was given.
pub struct Leaf {
    pub issued: Issued,
    pub serial: u32,
}

impl Leaf {
    pub fn issue(stage: &Stage, name: &str, serial: u32, request: CertificateRequest) -> Self {
        let request = request.serial(&format!("{serial:X}"));
        Self {
            issued: stage.ca.issue(name, &request).unwrap(),
            serial,
        }
    }

    /// A leaf that is sound.
    pub fn client(stage: &Stage) -> Self {
        Self::issue(stage, "client", 4097, CertificateRequest::leaf("client"))
    }
}

/// How the string to sign is signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// ECDSA or RSA PKCS #1 v1.5, by the kind of the key, over SHA-256.
    Ordinary,
    /// RSASSA-PSS.
    Pss,
    /// Over SHA-384.
    Sha384,
}

/// The request before it is signed.
#[derive(Clone)]
pub struct SessionRequest<'a> {
    stage: &'a Stage,
    leaf: &'a Leaf,
    pub anchor: String,
    pub profile: String,
    pub role: String,
    pub duration: Option<i64>,
    pub name: Option<String>,
    pub chain: Vec<PathBuf>,
    pub at: Timestamp,
    pub region: &'static str,
    pub service: &'static str,
    pub serial: u32,
    pub algorithm: X509Algorithm,
    pub scheme: Scheme,
    /// Headers that are added before the signature, and so signed.
    pub headers: Vec<(&'static str, String)>,
    /// Bytes that the body has besides.
    pub padding: usize,
}

impl<'a> SessionRequest<'a> {
    pub fn new(stage: &'a Stage, leaf: &'a Leaf) -> Self {
        let x509 = base64(&leaf.issued.certificate_der().unwrap());
        Self {
            stage,
            leaf,
            anchor: stage.anchor.clone(),
            profile: stage.profile.clone(),
            role: Stage::role_arn("app"),
            duration: None,
            name: None,
            chain: Vec::new(),
            at: Timestamp::now(),
            region: "us-east-1",
            service: "rolesanywhere",
            serial: leaf.serial,
            algorithm: X509Algorithm::EcdsaSha256,
            scheme: Scheme::Ordinary,
            headers: vec![("x-amz-x509", x509)],
            padding: 0,
        }
    }

    /// Changes one thing.
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Signed, ready to be sent.
    pub fn sign(&self) -> Request {
        let mut body = json!({});
        if let Some(seconds) = self.duration {
            body["durationSeconds"] = seconds.into();
        }
        if let Some(name) = &self.name {
            body["roleSessionName"] = name.as_str().into();
        }
        if self.padding > 0 {
            body["padding"] = "x".repeat(self.padding).into();
        }
        let query = format!(
            "profileArn={}&roleArn={}&trustAnchorArn={}",
            encode(&self.profile),
            encode(&self.role),
            encode(&self.anchor)
        );
        let mut request = Request::new(&self.stage.server, "POST", "/sessions")
            .query(&query)
            .header("content-type", "application/json")
            .body(body.to_string());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if !self.chain.is_empty() {
            let chain: Vec<String> = self.chain.iter().map(|path| base64(&der(path))).collect();
            request = request.header("x-amz-x509-chain", &chain.join(","));
        }
        self.sign_request(request)
    }

    /// Signs any request as this one would be.
    pub fn sign_request(&self, mut request: Request) -> Request {
        let scope = format!("{}/rolesanywhere/aws4_request", self.region);
        let presented_scope = format!("{}/{}/aws4_request", self.region, self.service);
        let payload = PayloadHash::of(&request.body);
        sign_x509(
            request.method,
            &request.path,
            &request.query,
            &mut request.headers,
            payload,
            &X509Signer {
                algorithm: self.algorithm,
                serial_decimal: &self.serial.to_string(),
                region: self.region,
                at: self.at,
            },
            |string_to_sign| {
                let text = std::str::from_utf8(string_to_sign).unwrap();
                let text = text.replace(&scope, &presented_scope);
                Ok::<_, std::io::Error>(self.signature(text.as_bytes()))
            },
        )
        .unwrap();
        let authorization = request.header_text("authorization");
        let authorization = authorization.replace(&scope, &presented_scope);
        request.header("authorization", &authorization)
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        let mut openssl = Program::Openssl.command().unwrap();
        let digest = match self.scheme {
            Scheme::Sha384 => "-sha384",
            Scheme::Ordinary | Scheme::Pss => "-sha256",
        };
        openssl
            .args(["dgst", digest, "-sign"])
            .arg(&self.leaf.issued.key);
        if self.scheme == Scheme::Pss {
            openssl.args([
                "-sigopt",
                "rsa_padding_mode:pss",
                "-sigopt",
                "rsa_pss_saltlen:digest",
            ]);
        }
        run(&mut openssl, message)
    }

    /// Signs, sends and takes the credentials that must have been granted.
    pub fn grant(&self) -> SessionCredentials {
        let answer = self.sign().send(&self.stage.server);
        assert!(answer.is_granted(), "{answer:?}");
        assert_eq!(answer.status, 201);
        SessionCredentials::from_json(&answer.json()["credentialSet"][0]["credentials"]).unwrap()
    }
}

pub fn base64(bytes: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(bytes)
}

fn der(certificate: &PathBuf) -> Vec<u8> {
    let mut openssl = Program::Openssl.command().unwrap();
    openssl
        .args(["x509", "-outform", "DER", "-in"])
        .arg(certificate);
    run(&mut openssl, b"")
}

fn run(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?}");
    output.stdout
}
