//! A certificate authority that ACME is open for, probes that answer what the test says, and a client that signs.

use std::collections::HashMap;
use std::process::Command;
use std::sync::Arc;

use anyrole_ca::{CertificateOrder, CertificateProfile, Serial, Subject, Validity, self_sign};
use anyrole_domain::Change;
use anyrole_domain::acme::{Identifier, NewKey, OpenService, ProbeError, Probes, create_key, open};
use anyrole_domain::certificate_authorities::{AuthorityKeyAlgorithm, CertificateAuthority};
use anyrole_domain::ports::{AuthorityKeys as _, Entropy};
use anyrole_issuers::{MasterKey, SealedAuthorityKeys};
use anyrole_testkit::jws::{self, b64, ec_jwk};
use async_trait::async_trait;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64_simd::URL_SAFE_NO_PAD;
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::authority_row::root;
use crate::site::{Answer, Bench};

pub const ID: &str = "11111111-2222-4333-8444-555555555555";
const HOST: &str = "http://localhost";

/// What clients' servers answer: key authorizations by token, TXT records by name.
#[derive(Default)]
pub struct Answers {
    pub files: Mutex<HashMap<String, Vec<u8>>>,
    pub texts: Mutex<HashMap<String, Vec<u8>>>,
}

#[async_trait]
impl Probes for Answers {
    fn may_connect(&self) -> bool {
        true
    }

    async fn http(&self, name: &Identifier, token: &str) -> Result<Vec<u8>, ProbeError> {
        let found = self.files.lock().get(token).cloned();
        found.ok_or_else(|| ProbeError::Response(format!("`{name}` answers with status 404")))
    }

    async fn txt(&self, name: &str) -> Result<Vec<Vec<u8>>, ProbeError> {
        Ok(self.texts.lock().get(name).cloned().into_iter().collect())
    }

    async fn tls_alpn(&self, _: &Identifier) -> Result<Vec<u8>, ProbeError> {
        Ok(Vec::new())
    }
}

struct SystemEntropy(SystemRandom);

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes).unwrap();
    }
}

/// A site with an authority and ACME open for it.
pub struct Stage {
    pub bench: Bench,
    pub answers: Arc<Answers>,
    pub ca_arn: String,
    pub keys: TempDir,
}

impl Stage {
    pub async fn new() -> Self {
        let stage = Self::closed().await;
        stage.open(|_| {}).await;
        stage
    }

    /// The authority alone.
    pub async fn closed() -> Self {
        let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
        let answers = Arc::new(Answers::default());
        let keys = TempDir::new().unwrap();
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy(SystemRandom::new()));
        let master = MasterKey::create(&keys.path().join("master"), entropy).unwrap();
        let authority_keys = Arc::new(SealedAuthorityKeys::new(Arc::new(master)));
        let (probes, opened) = (answers.clone(), authority_keys.clone());
        let bench = Bench::with(now, |site| {
            site.with_acme_probes(probes).with_authority_keys(opened)
        })
        .await;
        let row = authority(&bench, &authority_keys, now);
        let ca_arn = row.arn.clone();
        let put = Change::PutCertificateAuthority(Arc::new(row));
        let written = bench.site.directory.write(|_| Ok((vec![put], ()))).await;
        written.unwrap();
        Self {
            bench,
            answers,
            ca_arn,
            keys,
        }
    }

    pub async fn open(&self, set: impl FnOnce(&mut OpenService)) {
        let mut asked = OpenService {
            ca_arn: self.ca_arn.clone(),
            names: vec!["*.corp.example".to_owned(), "10.0.0.0/8".to_owned()],
            wildcards: true,
            subject: "OU=fleet,O=Example".to_owned(),
            uris: vec!["spiffe://corp.example/{name}".to_owned()],
            lifetime_seconds: 86_400,
            server_auth: false,
            external_account_required: false,
            terms_of_service: None,
        };
        set(&mut asked);
        let root = self.bench.root();
        open(&self.bench.site, &root, asked).await.unwrap();
    }

    /// A key of the operator's: id and secret.
    pub async fn key(&self, set: impl FnOnce(&mut NewKey)) -> (String, Vec<u8>) {
        let mut asked = NewKey {
            ca_arn: self.ca_arn.clone(),
            label: "test".to_owned(),
            names: Vec::new(),
            subject: None,
            lifetime_seconds: None,
            accounts: 1,
            usable_until: None,
        };
        set(&mut asked);
        let made = create_key(&self.bench.site, &self.bench.root(), asked).await;
        let made = made.unwrap();
        (
            made.id,
            URL_SAFE_NO_PAD
                .decode_to_vec(made.secret.as_bytes())
                .unwrap(),
        )
    }

    pub fn client(&self) -> Client<'_> {
        Client {
            stage: self,
            pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
            account: None,
        }
    }

    /// A client with an account.
    pub async fn account(&self) -> Client<'_> {
        let mut client = self.client();
        let made = client.register(&json!({})).await;
        assert_eq!(made.status, 201, "{}", made.body);
        client
    }

    /// A signing request, DER, by openssl, with a key of its own.
    pub fn request(&self, subject: &str, names: &str) -> Vec<u8> {
        let key = self.keys.path().join("key.pem");
        let path = key.to_str().unwrap();
        let mut words = vec![
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ];
        words.extend([
            "-nodes", "-keyout", path, "-subj", subject, "-outform", "DER",
        ]);
        let names = format!("subjectAltName={names}");
        words.extend(["-addext", &names]);
        let output = Command::new("openssl").args(words).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        output.stdout
    }
}

/// A root authority of P-256, as its row is after its life's beginning.
fn authority(bench: &Bench, keys: &SealedAuthorityKeys, now: Timestamp) -> CertificateAuthority {
    let arn = bench.site.account().certificate_authority_arn(ID);
    let (stored, key) = keys
        .make(&arn, AuthorityKeyAlgorithm::EC_prime256v1)
        .unwrap();
    let year = SignedDuration::from_hours(365 * 24);
    let order = CertificateOrder::new(
        CertificateProfile::RootCa,
        Subject::parse("CN=Corp Root").unwrap(),
        Validity::new(now - SignedDuration::from_mins(1), now + year).unwrap(),
        Serial::from_random([7; 16]),
        key.public_key_der().to_vec(),
    );
    let certificate = self_sign(key.as_ref(), &order.unwrap()).unwrap();
    let public_key = key.public_key_der();
    let pem = certificate.to_pem().unwrap();
    root(bench.site.account(), ID, (stored, public_key), pem, now)
}

/// Signs requests.
pub struct Client<'a> {
    pub stage: &'a Stage,
    pub pair: EcdsaKeyPair,
    /// The account's URL.
    pub account: Option<String>,
}

pub fn url(rest: &str) -> String {
    format!("{HOST}/-/acme/{ID}/{rest}")
}

/// The path of one of the server's URLs.
pub fn path(url: &str) -> &str {
    url.strip_prefix(HOST).unwrap()
}

pub fn jwk(pair: &EcdsaKeyPair) -> Value {
    ec_jwk("P-256", pair.public_key().as_ref())
}

/// A flattened JWS.
pub fn flattened(pair: &EcdsaKeyPair, header: &Value, payload: &str) -> Value {
    jws::flattened(header, payload, |message| {
        let signature = pair.sign(&SystemRandom::new(), message).unwrap();
        signature.as_ref().to_vec()
    })
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The type of a problem without its prefix.
    pub fn problem(&self) -> String {
        let kind = self.json()["type"].as_str().unwrap_or_default().to_owned();
        kind.replace("urn:ietf:params:acme:error:", "")
    }

    pub fn header(&self, name: &str) -> String {
        let value = self.headers.get(name);
        value
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default()
    }
}

impl Client<'_> {
    pub async fn nonce(&self) -> String {
        let answer = self
            .stage
            .bench
            .unsigned(("HEAD", path(&url("new-nonce"))), "")
            .await;
        assert_eq!(answer.status, 200);
        answer.header("replay-nonce")
    }

    /// A header as it ought to be.
    pub async fn protected(&self, url: &str) -> Value {
        let mut header = json!({"alg": "ES256", "nonce": self.nonce().await, "url": url});
        match &self.account {
            Some(account) => header["kid"] = json!(account),
            None => header["jwk"] = jwk(&self.pair),
        }
        header
    }

    pub async fn send(&self, url: &str, body: &Value) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert("host", "localhost".parse().unwrap());
        headers.insert("content-type", "application/jose+json".parse().unwrap());
        let bench = &self.stage.bench;
        bench
            .serve("POST", path(url), headers, body.to_string())
            .await
    }

    pub async fn post(&self, url: &str, payload: &Value) -> Answer {
        let header = self.protected(url).await;
        self.send(url, &flattened(&self.pair, &header, &payload.to_string()))
            .await
    }

    pub async fn read(&self, url: &str) -> Answer {
        let header = self.protected(url).await;
        self.send(url, &flattened(&self.pair, &header, "")).await
    }

    pub async fn register(&mut self, payload: &Value) -> Answer {
        let answer = self.post(&url("new-account"), payload).await;
        if matches!(answer.status, 200 | 201) {
            self.account = Some(answer.header("location"));
        }
        answer
    }

    /// What binds this key to an operator's.
    pub fn binding(&self, (id, secret): &(String, Vec<u8>)) -> Value {
        let header = json!({"alg": "HS256", "kid": id, "url": url("new-account")});
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        jws::flattened(&header, jwk(&self.pair).to_string(), |message| {
            hmac::sign(&key, message).as_ref().to_vec()
        })
    }

    pub async fn order(&self, names: &[&str]) -> Answer {
        let identifiers: Vec<Value> = names.iter().map(|name| identifier(name)).collect();
        self.post(&url("new-order"), &json!({ "identifiers": identifiers }))
            .await
    }

    /// Lets the client's servers answer right, and has the authorization proved by one challenge.
    pub async fn prove(&self, authorization: &str, kind: &str) -> Value {
        let shown = self.read(authorization).await.json();
        let all = shown["challenges"].as_array().unwrap();
        let challenge = all.iter().find(|challenge| challenge["type"] == kind);
        assert!(challenge.is_some(), "no {kind} in {shown}");
        let challenge = challenge.unwrap();
        let token = challenge["token"].as_str().unwrap();
        let thumbprint = anyrole_jwt::Jwk::parse(&jwk(&self.pair))
            .unwrap()
            .thumbprint();
        let proof = format!("{token}.{thumbprint}");
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, proof.as_bytes());
        let name = format!(
            "_acme-challenge.{}",
            shown["identifier"]["value"].as_str().unwrap()
        );
        self.stage
            .answers
            .texts
            .lock()
            .insert(name, b64(digest).into_bytes());
        self.stage
            .answers
            .files
            .lock()
            .insert(token.to_owned(), proof.into_bytes());
        let asked = self
            .post(challenge["url"].as_str().unwrap(), &json!({}))
            .await;
        assert_eq!(asked.status, 200, "{}", asked.body);
        self.settled(authorization).await
    }

    /// The authorization, once it is not pending any more.
    pub async fn settled(&self, authorization: &str) -> Value {
        loop {
            let shown = self.read(authorization).await.json();
            if shown["status"] != "pending" {
                return shown;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    /// An order of names that are proved by http-01, ready to be finished.
    pub async fn ready(&self, names: &[&str]) -> Value {
        let made = self.order(names).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let order = made.json();
        for authorization in order["authorizations"].as_array().unwrap() {
            let shown = self.prove(authorization.as_str().unwrap(), "http-01").await;
            assert_eq!(shown["status"], "valid", "{shown}");
        }
        let order = self.read(&made.header("location")).await.json();
        assert_eq!(order["status"], "ready", "{order}");
        order
    }

    pub async fn finalize(&self, order: &Value, csr: &[u8]) -> Answer {
        let csr = json!({"csr": b64(csr)});
        self.post(order["finalize"].as_str().unwrap(), &csr).await
    }

    /// A certificate of these names, PEM with its chain, and its URL.
    pub async fn certificate(&self, names: &[&str]) -> String {
        let order = self.ready(names).await;
        let kind = |name: &&str| match name.parse::<std::net::IpAddr>() {
            Ok(_) => format!("IP:{name}"),
            Err(_) => format!("DNS:{name}"),
        };
        let names: Vec<String> = names.iter().map(kind).collect();
        let request = self.stage.request("/", &names.join(","));
        let done = self.finalize(&order, &request).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let read = self
            .read(done.json()["certificate"].as_str().unwrap())
            .await;
        assert_eq!(
            read.header("content-type"),
            "application/pem-certificate-chain"
        );
        read.body
    }
}

pub fn identifier(name: &str) -> Value {
    match name.parse::<std::net::IpAddr>() {
        Ok(_) => json!({"type": "ip", "value": name}),
        Err(_) => json!({"type": "dns", "value": name}),
    }
}
