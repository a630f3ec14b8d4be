//! For any bit changed in what CreateSession signs, the answer is a refusal, unless the canonical request and the
//! signature's bytes are what they were. What is canonical is worked out here anew, not by the signing room.

use anyrole_domain::profiles::Profile;
use anyrole_frontends::Body;
use anyrole_signing::{PayloadHash, X509Algorithm, X509Signer, sign_x509};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;

use super::site::Bench;
use anyrole_testkit::certificates::Issued;

/// A request before it is sent, each part as its bytes.
#[derive(Clone, Debug)]
struct Sent {
    method: Vec<u8>,
    path: Vec<u8>,
    query: Vec<u8>,
    headers: Vec<(String, Vec<u8>)>,
    credential: Vec<u8>,
    signature: Vec<u8>,
    /// What stands around credential and signature.
    algorithm: String,
    signed_headers: String,
    body: Vec<u8>,
}

impl Sent {
    /// The parts that a bit may be changed in.
    fn parts(&mut self) -> Vec<&mut Vec<u8>> {
        let mut parts = vec![
            &mut self.method,
            &mut self.path,
            &mut self.query,
            &mut self.body,
            &mut self.credential,
            &mut self.signature,
        ];
        parts.extend(self.headers.iter_mut().map(|(_, value)| value));
        parts.retain(|part| !part.is_empty());
        parts
    }

    /// With one bit changed, of all bits of all parts counted through.
    fn with_bit_changed(&self, mut bit: usize) -> Self {
        let mut changed = self.clone();
        for part in changed.parts() {
            let bits = part.len() * 8;
            if bit < bits {
                part[bit / 8] ^= 1 << (bit % 8);
                break;
            }
            bit -= bits;
        }
        changed
    }

    fn bits(&mut self) -> usize {
        self.parts().iter().map(|part| part.len() * 8).sum()
    }

    /// `None` for what HTTP has no form for: no server is ever asked it.
    fn request(&self) -> Option<Request<Body>> {
        let mut target = self.path.clone();
        if !self.query.is_empty() {
            target.push(b'?');
            target.extend(&self.query);
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name: http::HeaderName = name.parse().ok()?;
            headers.append(name, HeaderValue::from_bytes(value).ok()?);
        }
        let authorization = [
            self.algorithm.as_bytes(),
            b" Credential=",
            &self.credential,
            b", SignedHeaders=",
            self.signed_headers.as_bytes(),
            b", Signature=",
            &self.signature,
        ]
        .concat();
        let authorization = HeaderValue::from_bytes(&authorization).ok()?;
        headers.append("authorization", authorization);
        let mut request = Request::new(Body::from(bytes_of(&self.body)));
        *request.method_mut() = Method::from_bytes(&self.method).ok()?;
        *request.uri_mut() = Uri::try_from(target).ok()?;
        *request.headers_mut() = headers;
        Some(request)
    }

    /// All that the signature stands for, in a form of which only one is equal to another's where both sign the same.
    fn canonical(&self) -> impl PartialEq + std::fmt::Debug + use<> {
        let query = self.query.split(|byte| *byte == b'&').map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let mut half = || decoded(halves.next().unwrap_or_default());
            (half(), half())
        });
        let mut query: Vec<_> = query.collect();
        query.sort();
        let headers = self.headers.iter().map(|(name, value)| {
            let words = value.split(|byte| *byte == b' ');
            let words: Vec<Vec<u8>> = words
                .filter(|word| !word.is_empty())
                .map(<[u8]>::to_vec)
                .collect();
            (name.clone(), words)
        });
        (
            self.method.clone(),
            self.path.clone(),
            query,
            headers.collect::<Vec<_>>(),
            self.body.clone(),
            self.credential.clone(),
            // Hex in either case is the same bytes.
            self.signature.to_ascii_lowercase(),
        )
    }
}

fn bytes_of(body: &[u8]) -> bytes::Bytes {
    bytes::Bytes::copy_from_slice(body)
}

/// Percent-decoding; what is no escape stays as it is, and is unlike what it would decode to.
fn decoded(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        let escape = match rest {
            [b'%', high, low, ..] => std::str::from_utf8(&[*high, *low])
                .ok()
                .filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()))
                .and_then(|hex| u8::from_str_radix(hex, 16).ok()),
            _ => None,
        };
        bytes.push(escape.unwrap_or(*first));
        rest = match escape {
            Some(_) => &rest[3..],
            None => tail,
        };
    }
    bytes
}

/// What a client may choose.
#[derive(Clone, Debug)]
struct Shape {
    arns_in_query: bool,
    duration: u16,
    note: Option<String>,
    chain: bool,
    content_type: bool,
}

fn shapes() -> impl Strategy<Value = Shape> {
    let note = proptest::option::of("[a-z]{1,8}( {1,3}[!-~]{1,8}){0,3}");
    (
        any::<bool>(),
        900..3600_u16,
        note,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(arns_in_query, duration, note, chain, content_type)| Shape {
                arns_in_query,
                duration,
                note,
                chain,
                content_type,
            },
        )
}

struct Stage {
    bench: Bench,
    runtime: Runtime,
    anchor: String,
    profile: std::sync::Arc<Profile>,
    leaf: Issued,
}

impl Stage {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let (bench, anchor, profile) = runtime.block_on(async {
            let bench = Bench::new().await;
            let anchor = bench.anchor().await;
            let role = bench.role("reader").await;
            let profile = bench.profile(&[&role]).await;
            (bench, anchor, profile)
        });
        let leaf = bench.leaf();
        Self {
            bench,
            runtime,
            anchor,
            profile,
            leaf,
        }
    }

    fn signed(&self, shape: &Shape) -> Sent {
        let arns = [
            ("profileArn", self.profile.resource.arn.as_str()),
            ("roleArn", self.profile.role_arns[0].as_str()),
            ("trustAnchorArn", self.anchor.as_str()),
        ];
        let mut body = serde_json::json!({ "durationSeconds": shape.duration });
        let mut query = String::new();
        for (name, arn) in arns {
            if shape.arns_in_query {
                let separator = if query.is_empty() { "" } else { "&" };
                let escaped = arn.replace(':', "%3A").replace('/', "%2F");
                query.push_str(&format!("{separator}{name}={escaped}"));
            } else {
                body[name] = arn.into();
            }
        }
        let body = body.to_string();
        let encoded = |der| base64_simd::STANDARD.encode_to_string(der);
        let mut headers = HeaderMap::new();
        let mut add = |name: &'static str, value: &str| {
            headers.insert(name, value.parse().unwrap());
        };
        add("host", "localhost");
        add("x-amz-x509", &encoded(self.leaf.certificate_der().unwrap()));
        if shape.chain {
            let root = self.bench.ca.own().certificate_der().unwrap();
            add("x-amz-x509-chain", &encoded(root));
        }
        if shape.content_type {
            add("content-type", "application/json");
        }
        if let Some(note) = &shape.note {
            add("x-amz-note", note);
        }
        let key = anyrole_keys::open_file(&self.leaf.key, None).unwrap();
        let signer = X509Signer {
            algorithm: X509Algorithm::EcdsaSha256,
            serial_decimal: "4097",
            region: "us-east-1",
            at: self.bench.now(),
        };
        let payload = PayloadHash::of(body.as_bytes());
        let sign = |text: &[u8]| key.sign(anyrole_keys::SignatureScheme::EcdsaSha256, text);
        sign_x509(
            "POST",
            "/sessions",
            &query,
            &mut headers,
            payload,
            &signer,
            sign,
        )
        .unwrap();
        let authorization = headers.remove("authorization").unwrap();
        let authorization = authorization.to_str().unwrap();
        let (algorithm, rest) = authorization.split_once(" Credential=").unwrap();
        let (credential, rest) = rest.split_once(", SignedHeaders=").unwrap();
        let (signed_headers, signature) = rest.split_once(", Signature=").unwrap();
        assert_eq!(signed_headers.split(';').count(), headers.len());
        Sent {
            method: b"POST".to_vec(),
            path: b"/sessions".to_vec(),
            query: query.into_bytes(),
            headers: headers
                .iter()
                .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
                .collect(),
            credential: credential.into(),
            signature: signature.into(),
            algorithm: algorithm.to_owned(),
            signed_headers: signed_headers.to_owned(),
            body: body.into_bytes(),
        }
    }

    /// Whether a session was granted; `None` where nothing could be sent.
    fn granted(&self, sent: &Sent) -> Option<bool> {
        let request = sent.request()?;
        let status = self.runtime.block_on(self.bench.status(request));
        assert!(status == 201 || status >= 400, "{status}");
        Some(status == 201)
    }
}

/// Each bit of one request, one after the other.
#[test]
fn each_bit_of_a_request_counts() {
    let stage = Stage::new();
    let mut sound = stage.signed(&Shape {
        arns_in_query: true,
        duration: 901,
        note: Some("two  words".to_owned()),
        chain: false,
        content_type: true,
    });
    assert_eq!(stage.granted(&sound), Some(true));
    let canonical = sound.canonical();
    let (mut refused, mut unchanged) = (0, 0);
    for bit in 0..sound.bits() {
        let changed = sound.with_bit_changed(bit);
        let is_unchanged = changed.canonical() == canonical;
        match stage.granted(&changed) {
            None => {}
            Some(granted) => assert_eq!(granted, is_unchanged, "bit {bit}: {changed:?}"),
        }
        refused += usize::from(!is_unchanged);
        unchanged += usize::from(is_unchanged);
    }
    // The case of hex digits, in escapes and in the signature.
    assert!(unchanged > 20 && refused > 5000, "{unchanged} {refused}");
}

/// Any bit of any request that a client may make.
#[test]
fn any_bit_of_any_request_counts() {
    let stage = Stage::new();
    let config = Config {
        cases: 300,
        failure_persistence: None,
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&(shapes(), any::<Index>()), |(shape, bit)| {
        let mut sound = stage.signed(&shape);
        prop_assert_eq!(stage.granted(&sound), Some(true));
        let bit = bit.index(sound.bits());
        let changed = sound.with_bit_changed(bit);
        if let Some(granted) = stage.granted(&changed) {
            prop_assert_eq!(granted, changed.canonical() == sound.canonical());
        }
        Ok(())
    });
    result.unwrap();
}
