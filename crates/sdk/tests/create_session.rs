//! The client against a server on loopback that reads the bytes, checks the signature as the service does, and answers
//! from a script.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyrole_keys::{FileKey, KeyAlgorithm, KeySpec, SigningKey};
use anyrole_sdk::{
    Attempts, ClientSettings, CreateSessionClient, CreateSessionError, Credentials, Endpoint,
    Identity, IdentityParts, Origin, Proxies, Region, ServiceClock, SessionRequest, Surroundings,
    TlsRoots, WireEvent,
};
use anyrole_signing::{Expected, PayloadHash, RequestHead, UnverifiedX509Signature, X509Algorithm};
use anyrole_x509::{Certificate, subject_public_key};
use aws_lc_rs::signature;
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;

const SUCCESS: &str = r#"{"credentialSet":[{"credentials":{"accessKeyId":"ASIAX","secretAccessKey":"sec","sessionToken":"tok","expiration":"2026-11-20T09:00:00Z"}}]}"#;

type Verification = &'static dyn signature::VerificationAlgorithm;

fn now() -> Timestamp {
    "2026-11-20T08:00:00Z".parse().unwrap()
}

#[derive(Default)]
struct World {
    events: RefCell<Vec<String>>,
    slept: RefCell<Vec<Duration>>,
}

impl Surroundings for World {
    fn now(&self) -> Timestamp {
        now()
    }

    fn random(&self) -> [u8; 16] {
        [255; 16]
    }

    fn sleep(&self, duration: Duration) {
        self.slept.borrow_mut().push(duration);
    }

    fn observe(&self, event: &WireEvent<'_>) {
        self.events.borrow_mut().push(format!("{event:?}"));
    }
}

struct Received {
    target: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

fn read_request(stream: &mut TcpStream) -> Received {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let head_end = loop {
        let count = stream.read(&mut buffer).unwrap();
        bytes.extend_from_slice(&buffer[..count]);
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.lines();
    let target = lines.next().unwrap().split(' ').nth(1).unwrap().to_owned();
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    let length: usize = headers["content-length"].to_str().unwrap().parse().unwrap();
    let mut body = bytes[head_end..].to_vec();
    while body.len() < length {
        let count = stream.read(&mut buffer).unwrap();
        body.extend_from_slice(&buffer[..count]);
    }
    Received {
        target,
        headers,
        body,
    }
}

/// Answers one connection for each line of the script: status and body; status 0 hangs up.
fn serve(script: Vec<(u16, &'static str)>) -> (Endpoint, JoinHandle<Vec<Received>>) {
    serve_at(script, "")
}

/// The same, with `date` in the head of each answer.
fn serve_at(
    script: Vec<(u16, &'static str)>,
    date: &'static str,
) -> (Endpoint, JoinHandle<Vec<Received>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let endpoint = Endpoint::parse(&format!("http://{address}/base/")).unwrap();
    let server = std::thread::spawn(move || {
        let mut received = Vec::new();
        for (status, body) in script {
            let (mut stream, _) = listener.accept().unwrap();
            received.push(read_request(&mut stream));
            if status > 0 {
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\nx-amzn-requestid: id-1\r\ndate: {date}\r\n\r\n"
                );
                stream.write_all((head + body).as_bytes()).unwrap();
            }
        }
        received
    });
    (endpoint, server)
}

/// The key as rcgen takes public keys.
struct PublicKey {
    bits: Vec<u8>,
    algorithm: &'static rcgen::SignatureAlgorithm,
}

impl rcgen::PublicKeyData for PublicKey {
    fn der_bytes(&self) -> &[u8] {
        &self.bits
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.algorithm
    }
}

/// A certificate of this key, and as many above it.
fn identity(key: FileKey, intermediates: usize) -> Identity {
    let authority = rcgen::KeyPair::generate().unwrap();
    let certificate = |number: usize, public_key: &PublicKey| {
        let named = |number: usize| {
            let mut params = rcgen::CertificateParams::default();
            params.distinguished_name = rcgen::DistinguishedName::new();
            params
                .distinguished_name
                .push(rcgen::DnType::CommonName, format!("ca-{number}"));
            params.serial_number = Some(vec![0x10, 0].into());
            params
        };
        let issuer = rcgen::Issuer::new(named(number + 1), &authority);
        let certificate = named(number).signed_by(public_key, &issuer).unwrap();
        Certificate::parse_der(certificate.der().to_vec()).unwrap()
    };
    let of_key = PublicKey {
        bits: subject_public_key(key.public_key_der()).unwrap().to_vec(),
        algorithm: match key.algorithm() {
            KeyAlgorithm::Rsa { .. } => &rcgen::PKCS_RSA_SHA256,
            KeyAlgorithm::EcP256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            KeyAlgorithm::EcP384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            KeyAlgorithm::MlDsa65 => &rcgen::PKCS_ML_DSA_65,
            other => unreachable!("{other}"),
        },
    };
    let of_authority = PublicKey {
        bits: rcgen::PublicKeyData::der_bytes(&authority).to_vec(),
        algorithm: &rcgen::PKCS_ECDSA_P256_SHA256,
    };
    let mut certificates = vec![certificate(0, &of_key)];
    for number in 1..=intermediates {
        certificates.push(certificate(number, &of_authority));
    }
    Identity::new(IdentityParts {
        certificates,
        certificate_origin: Origin::Memory,
        key: Arc::new(key),
        key_origin: Origin::Memory,
        intermediates: None,
    })
    .unwrap()
}

fn call(
    identity: &Identity,
    endpoint: Endpoint,
    world: &World,
) -> Result<Credentials, CreateSessionError> {
    call_by(identity, endpoint, world, &ServiceClock::default())
}

fn call_by(
    identity: &Identity,
    endpoint: Endpoint,
    world: &World,
    clock: &ServiceClock,
) -> Result<Credentials, CreateSessionError> {
    let arn = |kind: &str| format!("arn:aws:rolesanywhere:eu-west-1:000000000000:{kind}/x y");
    let settings = ClientSettings {
        endpoint,
        region: Region::parse("eu-west-1").unwrap(),
        tls_roots: TlsRoots::System,
        proxies: Proxies::default(),
        attempts: Attempts::default(),
    };
    let session = SessionRequest {
        trust_anchor_arn: arn("trust-anchor"),
        profile_arn: arn("profile"),
        role_arn: "arn:aws:iam::000000000000:role/r".to_owned(),
        duration_seconds: 900,
        role_session_name: (!identity.intermediates_der().is_empty()).then(|| "a b".to_owned()),
    };
    let client = CreateSessionClient::new(settings)
        .unwrap()
        .with_clock(clock.clone())
        .with_attempt_timeout(Duration::from_secs(1));
    client.create_session(identity, &session, world)
}

/// What the service does with a request, up to the public key.
fn check_signature(
    request: &Received,
    key: &dyn SigningKey,
    algorithm: X509Algorithm,
    verification: Verification,
) {
    let signed = UnverifiedX509Signature::parse(&request.headers).unwrap();
    let expected = Expected {
        regions: &["eu-west-1"],
        service: "rolesanywhere",
        now: now(),
        skew: Expected::SKEW,
    };
    signed.check_claims(&request.headers, &expected).unwrap();
    assert_eq!(
        (signed.algorithm, &*signed.serial_decimal),
        (algorithm, "4096")
    );
    let (path, query) = request.target.split_once('?').unwrap();
    assert_eq!(path, "/base/sessions");
    let head = RequestHead {
        method: "POST",
        path: "/sessions",
        query,
        headers: &request.headers,
    };
    let message = signed.string_to_sign(&head, PayloadHash::of(&request.body));
    let key = signature::UnparsedPublicKey::new(verification, key.public_key_der());
    key.verify(&message, &signed.signature).unwrap();
}

#[test]
fn sends_the_official_wire_form_and_a_signature_that_holds() {
    let cases: [(KeySpec, X509Algorithm, Verification); 4] = [
        (
            KeySpec::EcP256,
            X509Algorithm::EcdsaSha256,
            &signature::ECDSA_P256_SHA256_ASN1,
        ),
        (
            KeySpec::EcP384,
            X509Algorithm::EcdsaSha256,
            &signature::ECDSA_P384_SHA256_ASN1,
        ),
        (
            KeySpec::Rsa { bits: 2048 },
            X509Algorithm::RsaSha256,
            &signature::RSA_PKCS1_2048_8192_SHA256,
        ),
        (
            KeySpec::MlDsa65,
            X509Algorithm::MlDsa,
            &signature::ML_DSA_65,
        ),
    ];
    for (spec, algorithm, verification) in cases {
        let identity = identity(FileKey::generate(spec).unwrap(), 2);
        let (endpoint, server) = serve(vec![(201, SUCCESS)]);
        let host = endpoint.host().to_owned();
        let credentials = call(&identity, endpoint, &World::default()).unwrap();
        assert_eq!(&*credentials.secret_access_key, "sec");
        let request = server.join().unwrap().pop().unwrap();
        check_signature(&request, &**identity.key(), algorithm, verification);
        let base64 = |der: &[u8]| base64_simd::STANDARD.encode_to_string(der);
        let chain: Vec<String> = identity
            .intermediates_der()
            .iter()
            .map(|der| base64(der))
            .collect();
        let query = request.target.split_once('?').unwrap().1;
        assert_eq!(
            query,
            "profileArn=arn%3Aaws%3Arolesanywhere%3Aeu-west-1%3A000000000000%3Aprofile%2Fx%20y\
             &roleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fr\
             &trustAnchorArn=arn%3Aaws%3Arolesanywhere%3Aeu-west-1%3A000000000000%3Atrust-anchor%2Fx%20y"
        );
        assert_eq!(
            request.body,
            br#"{"durationSeconds":900,"roleSessionName":"a b"}"#
        );
        for (name, value) in [
            ("host", &*host),
            ("content-type", "application/json"),
            ("amz-sdk-request", "attempt=1; max=3"),
            (
                "amz-sdk-invocation-id",
                "ffffffff-ffff-4fff-bfff-ffffffffffff",
            ),
            ("x-amz-date", "20261120T080000Z"),
            ("x-amz-x509", &base64(identity.leaf().der())),
            ("x-amz-x509-chain", &chain.join(",")),
            ("user-agent", "anyrole/0.1.0"),
        ] {
            assert_eq!(request.headers[name], value, "{name}");
        }
        let signed = "SignedHeaders=amz-sdk-invocation-id;amz-sdk-request;content-type;host;x-amz-date;x-amz-x509;x-amz-x509-chain,";
        let authorization = request.headers["authorization"].to_str().unwrap();
        assert!(authorization.contains(signed));
    }
}

#[test]
fn tries_again_what_may_pass_and_signs_anew() {
    let identity = identity(FileKey::generate(KeySpec::EcP256).unwrap(), 0);
    let (endpoint, server) = serve(vec![(0, ""), (503, "<html>"), (200, SUCCESS)]);
    let world = World::default();
    call(&identity, endpoint, &world).unwrap();
    let requests = server.join().unwrap();
    for (request, attempt) in requests.iter().zip(1..) {
        check_signature(
            request,
            &**identity.key(),
            X509Algorithm::EcdsaSha256,
            &signature::ECDSA_P256_SHA256_ASN1,
        );
        let marked = format!("attempt={attempt}; max=3");
        assert_eq!(request.headers["amz-sdk-request"], marked);
        assert!(!request.headers.contains_key("x-amz-x509-chain"));
        assert_eq!(request.body, br#"{"durationSeconds":900}"#);
    }
    assert_eq!(requests.len(), 3);
    let slept = [Duration::from_secs(1), Duration::from_secs(2)];
    assert_eq!(*world.slept.borrow(), slept);
}

#[test]
fn gives_up_after_three_attempts_or_at_once() {
    let identity = identity(FileKey::generate(KeySpec::EcP256).unwrap(), 0);
    let throttled = r#"{"__type":"ThrottlingException","message":"slow down"}"#;
    let (endpoint, server) = serve(vec![(429, throttled); 3]);
    let error = call(&identity, endpoint, &World::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "CreateSession refused: ThrottlingException: slow down (status 429, request id id-1, after 3 attempts)"
    );
    assert_eq!(server.join().unwrap().len(), 3);

    let denied = r#"{"__type":"AccessDeniedException","message":"Untrusted signing certificate"}"#;
    let (endpoint, server) = serve(vec![(403, denied)]);
    let error = call(&identity, endpoint, &World::default()).unwrap_err();
    let CreateSessionError::Refused(refusal) = error else {
        unreachable!("a refusal")
    };
    let told = (refusal.status, &*refusal.code, refusal.attempts);
    assert_eq!(told, (403, "AccessDeniedException", 1));
    server.join().unwrap();

    let (endpoint, server) = serve(vec![(200, "{}")]);
    let error = call(&identity, endpoint, &World::default()).unwrap_err();
    assert!(matches!(
        error,
        CreateSessionError::UnreadableAnswer { status: 200, .. }
    ));
    server.join().unwrap();
}

#[test]
fn a_signature_refused_for_a_wrong_clock_is_made_once_more_by_the_service_s() {
    let identity = identity(FileKey::generate(KeySpec::EcP256).unwrap(), 0);
    let denied = r#"{"__type":"AccessDeniedException","message":"Invalid signature"}"#;
    let dates = |requests: &[Received]| {
        let date = |request: &Received| request.headers["x-amz-date"].to_str().unwrap().to_owned();
        requests.iter().map(date).collect::<Vec<_>>()
    };
    let half_past = "Fri, 20 Nov 2026 08:30:00 GMT";
    let clock = ServiceClock::default();

    // Refused by the service's own clock, too: it was not the clock, and nothing is learnt.
    let (endpoint, server) = serve_at(vec![(403, denied), (403, denied)], half_past);
    let world = World::default();
    let error = call_by(&identity, endpoint, &world, &clock)
        .unwrap_err()
        .to_string();
    assert!(error.contains("30 minutes behind the service's"), "{error}");
    assert_eq!(
        dates(&server.join().unwrap()),
        ["20261120T080000Z", "20261120T083000Z"]
    );
    assert!(clock.ahead().is_zero());

    // Taken: the next call is right at once.
    let (endpoint, server) = serve_at(vec![(403, denied), (201, SUCCESS)], half_past);
    call_by(&identity, endpoint, &world, &clock).unwrap();
    assert_eq!(server.join().unwrap().len(), 2);
    let (endpoint, server) = serve_at(vec![(201, SUCCESS)], half_past);
    call_by(&identity, endpoint, &world, &clock).unwrap();
    assert_eq!(dates(&server.join().unwrap()), ["20261120T083000Z"]);

    // The machine's clock was set right.
    let (endpoint, server) = serve_at(
        vec![(403, denied), (201, SUCCESS)],
        "Fri, 20 Nov 2026 08:00:03 GMT",
    );
    call_by(&identity, endpoint, &world, &clock).unwrap();
    assert_eq!(
        dates(&server.join().unwrap()),
        ["20261120T083000Z", "20261120T080003Z"]
    );
    assert!(clock.ahead().is_zero());
    assert!(
        world.slept.borrow().is_empty(),
        "the clock is no reason to wait"
    );
}

#[test]
fn an_attempt_that_takes_too_long_is_given_up() {
    let identity = identity(FileKey::generate(KeySpec::EcP256).unwrap(), 0);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = Endpoint::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    // Whoever connects waits in the queue, and nobody answers.
    let error = call(&identity, endpoint, &World::default()).unwrap_err();
    assert!(
        matches!(error, CreateSessionError::Transport { attempts: 3, .. }),
        "{error}"
    );
    drop(listener);
}

#[test]
fn watchers_see_neither_signature_nor_secrets() {
    let identity = identity(FileKey::generate(KeySpec::EcP256).unwrap(), 0);
    let (endpoint, server) = serve(vec![(201, SUCCESS)]);
    let world = World::default();
    call(&identity, endpoint, &world).unwrap();
    server.join().unwrap();
    let events = world.events.borrow().join("\n");
    assert!(
        events.contains("(hidden)") && events.contains("status: 201"),
        "{events}"
    );
    for secret in ["Signature=", "\"sec\"", "\"tok\""] {
        assert!(!events.contains(secret), "{secret} in {events}");
    }
}

#[test]
fn a_port_where_nobody_listens_is_named() {
    let identity = identity(FileKey::generate(KeySpec::EcP256).unwrap(), 0);
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let endpoint = Endpoint::parse(&format!("http://{address}")).unwrap();
    let error = call(&identity, endpoint, &World::default())
        .unwrap_err()
        .to_string();
    let start = format!("no answer from http://{address} after 3 attempt(s)");
    assert!(error.starts_with(&start), "{error}");
}
