//! Signatures made by others, AWS's documentation and botocore, hold here; and ours are the same, byte for byte.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use anyrole_signing::{
    AccessKey, Expected, PayloadHash, RequestHead, Signer, SigningKey, UnverifiedSignature,
    VerifyError, presign, sign_request,
};
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    name: String,
    service: String,
    region: String,
    at: String,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    method: String,
    path: String,
    query: String,
    unsigned_query: Option<String>,
    headers: Vec<(String, String)>,
    body: String,
    canonical_request: Option<String>,
}

impl Vector {
    fn now(&self) -> Timestamp {
        self.at.parse().unwrap()
    }

    fn headers(&self) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            map.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        map
    }

    fn head<'a>(&'a self, headers: &'a HeaderMap) -> RequestHead<'a> {
        RequestHead {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers,
        }
    }

    fn payload<'a>(&'a self, headers: &'a HeaderMap) -> PayloadHash<'a> {
        match self.service.as_str() {
            "s3" => {
                let query = self.is_presigned().then_some(self.query.as_str());
                PayloadHash::declared_to_s3(headers, query).unwrap()
            }
            _ => PayloadHash::of(self.body.as_bytes()),
        }
    }

    fn is_presigned(&self) -> bool {
        self.query.contains("X-Amz-Signature")
    }

    fn verify(
        &self,
        headers: &HeaderMap,
        head: RequestHead<'_>,
        payload: PayloadHash<'_>,
    ) -> Result<(), VerifyError> {
        let signature = UnverifiedSignature::parse(headers, head.query)?;
        let expected = Expected {
            regions: &["nowhere", &self.region],
            service: &self.service,
            now: self.now(),
            skew: Expected::SKEW,
        };
        let key = SigningKey::derive(&self.secret_access_key, &signature.scope);
        signature.verify(&head, payload, &key, &expected)
    }
}

fn vectors() -> Vec<Vector> {
    // cargo runs tests in the package's folder
    let folder = "../../testdata/signing";
    let mut vectors = Vec::new();
    for file in ["published.json", "botocore.json"] {
        let text = std::fs::read_to_string(format!("{folder}/{file}")).unwrap();
        vectors.extend(serde_json::from_str::<Vec<Vector>>(&text).unwrap());
    }
    assert_eq!(vectors.len(), 25);
    vectors
}

#[test]
fn signatures_of_others_verify_and_their_canonical_requests_are_ours() {
    for vector in vectors() {
        let headers = vector.headers();
        let signature = UnverifiedSignature::parse(&headers, &vector.query).unwrap();
        assert_eq!(signature.access_key_id, vector.access_key_id);
        assert_eq!(
            signature.session_token.as_deref(),
            vector.session_token.as_deref()
        );
        let payload = vector.payload(&headers);
        if let Some(theirs) = &vector.canonical_request {
            let ours = signature
                .canonical_request(&vector.head(&headers), payload)
                .to_text();
            assert_eq!(&ours, theirs, "{}", vector.name);
        }
        assert_eq!(
            vector.verify(&headers, vector.head(&headers), payload),
            Ok(()),
            "{}",
            vector.name
        );
    }
}

#[test]
fn nothing_signed_can_be_changed() {
    for vector in vectors() {
        let headers = vector.headers();
        let head = vector.head(&headers);
        let payload = vector.payload(&headers);
        let changed_path = format!("{}x", vector.path);
        let changed_query = format!("{}&x=1", vector.query);
        let mut changed_headers = headers.clone();
        changed_headers.insert("host", "elsewhere.example".parse().unwrap());
        let other_payload = PayloadHash::Sha256([7; 32]);
        let changes = [
            (
                RequestHead {
                    method: "PATCH",
                    ..head
                },
                payload,
            ),
            (
                RequestHead {
                    path: &changed_path,
                    ..head
                },
                payload,
            ),
            (
                RequestHead {
                    query: &changed_query,
                    ..head
                },
                payload,
            ),
            (
                RequestHead {
                    headers: &changed_headers,
                    ..head
                },
                payload,
            ),
            (head, other_payload),
        ];
        for (position, (head, payload)) in changes.into_iter().enumerate() {
            let verdict = vector.verify(&headers, head, payload);
            assert_eq!(
                verdict,
                Err(VerifyError::SignatureMismatch),
                "{} change {position}",
                vector.name
            );
        }
    }
}

#[test]
fn our_signatures_are_those_of_the_others() {
    for vector in vectors() {
        let sent = vector.headers();
        let signer = Signer {
            access_key: AccessKey {
                access_key_id: &vector.access_key_id,
                secret_access_key: &vector.secret_access_key,
                session_token: vector.session_token.as_deref(),
            },
            region: &vector.region,
            service: &vector.service,
            at: vector.now(),
        };
        if vector.is_presigned() {
            let Some(unsigned) = &vector.unsigned_query else {
                continue;
            };
            let query =
                presign(&vector.method, &vector.path, unsigned, &sent, 3600, &signer).unwrap();
            assert_eq!(
                last_word(&query),
                last_word(&vector.query),
                "{}",
                vector.name
            );
            continue;
        }
        let mut headers = sent.clone();
        for added in [
            "authorization",
            "x-amz-date",
            "x-amz-security-token",
            "x-amz-content-sha256",
        ] {
            headers.remove(added);
        }
        let payload = vector.payload(&sent);
        sign_request(
            &vector.method,
            &vector.path,
            &vector.query,
            &mut headers,
            payload,
            &signer,
        )
        .unwrap();
        for (name, value) in &sent {
            let ours = headers.get(name).unwrap();
            if name == "authorization" {
                let (ours, theirs) = (ours.to_str().unwrap(), value.to_str().unwrap());
                assert_eq!(last_word(ours), last_word(theirs), "{}", vector.name);
            } else {
                assert_eq!(ours, value, "{} {name}", vector.name);
            }
        }
    }
}

fn last_word(text: &str) -> &str {
    match text.rsplit_once("Signature=") {
        Some((_, signature)) => signature,
        None => panic!("no signature in {text}"),
    }
}
