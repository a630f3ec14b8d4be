//! Enrolment at the door: join tokens and renewals with a real store, an authority of the tests, and a clock that moves. Each
//! abuse is refused, and the trail has it.

mod abuse;
mod fleet;
mod renewals;

use std::sync::Arc;

use anyrole_domain::certificate_authorities::{
    AuthorityKeyAlgorithm, AuthorityStatus, CertificateAuthority, StoredKey,
};
use anyrole_domain::ports::{AuthorityKeyError, AuthorityKeys, KeyEnd};
use anyrole_domain::{Change, Site};
use anyrole_keys::{FileKey, KeySpec, SignatureScheme, SigningKey, open_bytes};
use anyrole_sdk::signing_request;
use anyrole_signing::{PayloadHash, X509Algorithm, X509Signer, sign_request, sign_x509};
use anyrole_testkit::SessionCredentials;
use anyrole_wire::enrolment::{EnrolRequest, IssuedCertificate, Proof, RenewRequest};
use anyrole_x509::Certificate;
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::authority_row::root;
use crate::site::{ACCOUNT, Answer, Bench};

/// Opens what the tests have put into a row: a key as a file has it.
struct KeysInRows;

impl AuthorityKeys for KeysInRows {
    fn make(
        &self,
        _authority_arn: &str,
        _algorithm: AuthorityKeyAlgorithm,
    ) -> Result<(StoredKey, Box<dyn SigningKey>), AuthorityKeyError> {
        Err(AuthorityKeyError::Failed(
            "not asked for in these tests".to_owned(),
        ))
    }

    fn open(
        &self,
        _authority_arn: &str,
        stored: &StoredKey,
    ) -> Result<Box<dyn SigningKey>, AuthorityKeyError> {
        match stored {
            StoredKey::Sealed(pem) => {
                open_bytes(pem, None).map_err(|error| AuthorityKeyError::Failed(error.to_string()))
            }
            StoredKey::Token(_) => Err(AuthorityKeyError::Failed("no token".to_owned())),
        }
    }

    fn destroy(&self, _stored: &StoredKey) -> Result<KeyEnd, AuthorityKeyError> {
        Ok(KeyEnd::Destroyed)
    }
}

/// A site with an authority that issues.
pub struct Stage {
    pub bench: Bench,
    pub authority_arn: String,
}

/// A machine's key.
pub struct Machine {
    pub key: FileKey,
    pub csr: String,
}

impl Machine {
    pub fn new() -> Self {
        let key = FileKey::generate(KeySpec::EcP256).unwrap();
        let csr = signing_request(&key).unwrap();
        Self { key, csr }
    }

    fn prove(&self, proof: &Proof<'_>) -> String {
        let signature = self
            .key
            .sign(SignatureScheme::EcdsaSha256, &proof.text())
            .unwrap();
        base64_simd::STANDARD.encode_to_string(signature)
    }

    /// The body of a first request.
    pub fn wish(
        &self,
        token: &str,
        subject: Option<&str>,
        names: &[&str],
        at: Timestamp,
    ) -> String {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let proof = self.prove(&Proof {
            bound_to: token,
            csr: &self.csr,
            subject,
            names: &names,
            signed_at: at,
        });
        let request = EnrolRequest {
            token: token.to_owned(),
            csr: self.csr.clone(),
            subject: subject.map(str::to_owned),
            names,
            signed_at: at,
            proof,
        };
        serde_json::to_string(&request).unwrap()
    }

    /// Headers and body of a renewal of `present`, for `next`'s key.
    pub fn renewal(
        &self,
        present: &Certificate,
        next: &Machine,
        at: Timestamp,
    ) -> (HeaderMap, String) {
        let certificate = base64_simd::STANDARD.encode_to_string(present.der());
        let proof = next.prove(&Proof {
            bound_to: &certificate,
            csr: &next.csr,
            subject: None,
            names: &[],
            signed_at: at,
        });
        let request = RenewRequest {
            csr: next.csr.clone(),
            signed_at: at,
            proof,
        };
        let body = serde_json::to_string(&request).unwrap();
        self.resigned(present, body, at)
    }

    /// Headers for any body, signed with this key for `present`.
    pub fn resigned(
        &self,
        present: &Certificate,
        body: String,
        at: Timestamp,
    ) -> (HeaderMap, String) {
        let certificate = base64_simd::STANDARD.encode_to_string(present.der());
        let mut headers = HeaderMap::new();
        headers.insert("host", "localhost".parse().unwrap());
        headers.insert("x-amz-x509", certificate.parse().unwrap());
        let signer = X509Signer {
            algorithm: X509Algorithm::EcdsaSha256,
            serial_decimal: &present.summary().serial_decimal,
            region: "us-east-1",
            at,
        };
        let payload = PayloadHash::of(body.as_bytes());
        sign_x509(
            "POST",
            "/-/renew",
            "",
            &mut headers,
            payload,
            &signer,
            |text| self.key.sign(SignatureScheme::EcdsaSha256, text),
        )
        .unwrap();
        (headers, body)
    }
}

/// The certificate of an answer that must be one.
pub fn certificate(answer: &Answer) -> Certificate {
    assert_eq!(answer.status, 201, "{answer:?}");
    let issued: IssuedCertificate = serde_json::from_str(&answer.body).unwrap();
    let mut found = Certificate::parse_pem_bundle(&issued.certificate).unwrap();
    found.remove(0)
}

impl Stage {
    pub async fn new() -> Self {
        Self::with(|site| site).await
    }

    pub async fn with(set: impl FnOnce(Site) -> Site) -> Self {
        let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
        let bench = Bench::with(now, |site| {
            set(site).with_authority_keys(Arc::new(KeysInRows))
        })
        .await;
        let stage = Self {
            authority_arn: bench.site.account().certificate_authority_arn("authority"),
            bench,
        };
        stage.put_authority(AuthorityStatus::Active).await;
        stage
    }

    /// Puts the bench's own authority into the store.
    pub async fn put_authority(&self, status: AuthorityStatus) {
        let own = self.bench.ca.own();
        let pem = std::fs::read(&own.key).unwrap();
        let public_key = open_bytes(&pem, None).unwrap().public_key_der().to_vec();
        let row = root(
            self.bench.site.account(),
            "authority",
            (StoredKey::Sealed(pem), &public_key),
            own.certificate_pem().unwrap(),
            self.bench.now(),
        );
        let row = Arc::new(CertificateAuthority { status, ..row });
        let change = Change::PutCertificateAuthority(row);
        let written = self
            .bench
            .site
            .directory
            .write(move |_| Ok((vec![change], ())));
        written.await.unwrap();
    }

    /// A signed call of root's about join tokens.
    pub async fn operator(&self, method: &str, path: &str, body: &Value) -> Answer {
        let root = self.bench.root_credentials();
        self.operator_as(&root, method, path, body).await
    }

    pub async fn operator_as(
        &self,
        credentials: &SessionCredentials,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Answer {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let mut headers = HeaderMap::new();
        headers.insert("host", "localhost".parse().unwrap());
        let signer = self.bench.signer(credentials, "anyrole");
        let payload = PayloadHash::of(body.as_bytes());
        sign_request(method, path, "", &mut headers, payload, &signer).unwrap();
        self.bench.serve(method, path, headers, body).await
    }

    /// The wish for a token of these names.
    pub fn wish(&self, subject: &str, names: &[&str], uses: u32) -> Value {
        json!({
            "certificate_authority_arn": self.authority_arn,
            "subject": subject,
            "names": names,
            "certificate_seconds": 86_400,
            "token_seconds": 3600,
            "uses": uses,
        })
    }

    /// A token's text.
    pub async fn token(&self, subject: &str, names: &[&str], uses: u32) -> String {
        let wish = self.wish(subject, names, uses);
        let answer = self.operator("POST", "/-/join-tokens", &wish).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        answer["token"].as_str().unwrap().to_owned()
    }

    pub async fn enroll(&self, body: &str) -> Answer {
        self.bench.unsigned(("POST", "/-/enroll"), body).await
    }

    /// As `enroll`, without looking its record up: the trail of a fleet is long.
    pub async fn enroll_unrecorded(&self, body: &str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert("host", "localhost".parse().unwrap());
        let body = body.to_owned();
        self.bench
            .unrecorded("POST", "/-/enroll", headers, body)
            .await
    }

    /// As `renew`, without looking its record up.
    pub async fn renew_unrecorded(&self, (headers, body): (HeaderMap, String)) -> Answer {
        self.bench
            .unrecorded("POST", "/-/renew", headers, body)
            .await
    }

    pub async fn renew(&self, (headers, body): (HeaderMap, String)) -> Answer {
        self.bench.serve("POST", "/-/renew", headers, body).await
    }
}

/// That it was refused for this reason, and recorded so, under this name.
#[track_caller]
pub fn refused(answer: &Answer, event: &str, reason: &str) {
    assert!(answer.status >= 400, "{reason}: {answer:?}");
    let record = &answer.record;
    assert_eq!(record["event"], event, "{reason}: {answer:?}");
    assert_eq!(record["outcome"], "refused", "{reason}: {answer:?}");
    assert_eq!(record["reason"], reason, "{answer:?}");
}

#[tokio::test]
async fn a_token_gives_what_it_says_and_is_listed_with_its_uses() {
    let stage = Stage::new().await;
    let names = ["fixed.example.org", "*.hosts.example.org"];
    let token = stage.token("CN=web-*,OU=ops,O=Example", &names, 2).await;
    let machine = Machine::new();
    let asked = ["web-7.hosts.example.org"];
    let body = machine.wish(&token, Some("CN=web-7"), &asked, stage.bench.now());
    let answer = stage.enroll(&body).await;
    let issued = certificate(&answer);
    let summary = issued.summary();
    assert_eq!(summary.subject.to_string(), "CN=web-7,OU=ops,O=Example");
    let shown: Vec<_> = summary
        .subject_alt_names
        .iter()
        .map(|name| (name.kind, name.value.as_str()))
        .collect();
    let expected = [
        ("DNS", "fixed.example.org"),
        ("DNS", "web-7.hosts.example.org"),
    ];
    assert_eq!(shown, expected);
    assert_eq!(issued.public_key_der(), machine.key.public_key_der());
    let life = summary.not_after.duration_since(stage.bench.now());
    assert_eq!(life.as_secs(), 86_400);
    // The trail has it once, by the token's ARN, and not the token.
    assert_eq!(answer.record["event"], "anyrole:Enroll");
    assert_eq!(answer.record["outcome"], "granted");
    let id = token.split('.').nth(1).unwrap();
    let arn = format!("arn:aws:anyrole:us-east-1:{ACCOUNT}:join-token/{id}");
    assert_eq!(answer.record["caller"], arn.as_str());
    let secret = token.split('.').nth(2).unwrap();
    let trail = std::fs::read_to_string(stage.bench.folder().join("audit.jsonl")).unwrap();
    assert!(
        !trail.contains(secret),
        "the token's secret is in the trail"
    );
    let database = std::fs::read(stage.bench.folder().join("db-wal")).unwrap();
    let holds = |text: &str| {
        database
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(holds(id) && !holds(secret), "the token's secret is stored");

    let list = stage.operator("GET", "/-/join-tokens", &Value::Null).await;
    let list: Value = serde_json::from_str(&list.body).unwrap();
    let row = &list["tokens"][0];
    assert_eq!((&row["used"], &row["uses"]), (&json!(1), &json!(2)));
    assert_eq!(row["subject"], "CN=web-*,OU=ops,O=Example");
    let path = format!("/-/join-tokens/{id}");
    let deleted = stage.operator("DELETE", &path, &Value::Null).await;
    assert_eq!(deleted.status, 200, "{deleted:?}");
    let again = stage.operator("DELETE", &path, &Value::Null).await;
    assert_eq!(again.status, 404, "{again:?}");
    let body = Machine::new().wish(&token, Some("CN=web-8"), &[], stage.bench.now());
    refused(
        &stage.enroll(&body).await,
        "anyrole:Enroll",
        "join-token-invalid",
    );
}

#[tokio::test]
async fn wishes_that_make_no_sense_are_refused() {
    let stage = Stage::new().await;
    let sound = stage.wish("CN=web", &[], 1);
    for (member, value, reason) in [
        ("subject", json!(""), "validation"),
        ("subject", json!("X=a"), "validation"),
        ("names", json!(["two words"]), "validation"),
        ("uses", json!(0), "validation"),
        ("token_seconds", json!(0), "validation"),
        ("token_seconds", json!(31_536_001), "validation"),
        ("certificate_seconds", json!(59), "validation"),
        ("tls_sha256", json!("00"), "validation"),
        ("unheard_of", json!(1), "validation"),
        (
            "certificate_authority_arn",
            json!("arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/none"),
            "not-found",
        ),
    ] {
        let mut wish = sound.clone();
        wish[member] = value;
        let answer = stage.operator("POST", "/-/join-tokens", &wish).await;
        refused(&answer, "anyrole:CreateJoinToken", reason);
    }
    stage.put_authority(AuthorityStatus::Disabled).await;
    let answer = stage.operator("POST", "/-/join-tokens", &sound).await;
    refused(&answer, "anyrole:CreateJoinToken", "authority-not-active");
    let nobody = SessionCredentials {
        secret_access_key: "wrong".to_owned(),
        ..stage.bench.root_credentials()
    };
    let answer = stage
        .operator_as(&nobody, "POST", "/-/join-tokens", &sound)
        .await;
    assert_eq!(answer.status, 403, "{answer:?}");
}
