//! What issuing costs beside its signatures, for each kind of key, and a revocation list of 100,000 entries, made and read.
//! `cargo bench -p anyrole-ca --bench issuing`; what the columns mean stands in docs/performance.md.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "its table is what a benchmark is run for, and it stops where it can't go on"
)]

use std::time::{Duration, Instant};

use anyrole_ca::{
    Authority, CertificateOrder, CertificateProfile, OcspAnswer, OcspRequest, OcspResponse,
    RevocationListOrder, RevocationReason, RevokedEntry, Serial, Subject, Validity, issue,
    issue_revocation_list, respond, self_sign,
};
use anyrole_keys::{FileKey, KeySpec, SignatureScheme, SigningKey};
use anyrole_x509::RevocationList;
use jiff::{SignedDuration, Timestamp};

/// Batches; the median counts.
const ROUNDS: usize = 21;
/// Entries of the list.
const ENTRIES: u32 = 100_000;

fn now() -> Timestamp {
    "2030-01-01T00:00:00Z".parse().unwrap()
}

fn order(profile: CertificateProfile, name: &str, key: &FileKey) -> CertificateOrder {
    CertificateOrder::new(
        profile,
        Subject::parse(name).unwrap(),
        Validity::resolve(profile, None, None, None, now()).unwrap(),
        Serial::from_random([7; 16]),
        key.public_key_der().to_vec(),
    )
    .unwrap()
}

fn root(spec: KeySpec) -> Authority {
    let key = FileKey::generate(spec).unwrap();
    let order = order(CertificateProfile::RootCa, "CN=Root,O=Example", &key);
    let certificate = self_sign(&key, &order).unwrap();
    Authority::new(certificate.as_der().to_vec(), Box::new(key)).unwrap()
}

/// The median time of one of `count` operations, of batches.
fn median<T>(count: u32, mut operation: impl FnMut() -> T) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            for _ in 0..count {
                std::hint::black_box(operation());
            }
            begun.elapsed() / count
        })
        .collect();
    times.sort_unstable();
    times.get(ROUNDS / 2).copied().unwrap_or_default()
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn certificates() {
    println!("| authority's key | one signature, µs | issue, µs | issue / two signatures |");
    println!("|--|--|--|--|");
    for (name, spec, scheme, count) in [
        ("P-256", KeySpec::EcP256, SignatureScheme::EcdsaSha256, 200),
        ("P-384", KeySpec::EcP384, SignatureScheme::EcdsaSha384, 50),
        (
            "RSA-2048",
            KeySpec::Rsa { bits: 2048 },
            SignatureScheme::RsaPkcs1Sha256,
            20,
        ),
        ("ML-DSA-65", KeySpec::MlDsa65, SignatureScheme::MlDsa, 20),
    ] {
        let authority = root(spec);
        let bare = FileKey::generate(spec).unwrap();
        let key = FileKey::generate(KeySpec::EcP256).unwrap();
        let mut order = order(CertificateProfile::Leaf, "CN=web,OU=ops,O=Example", &key);
        order.shape.crl_urls = vec!["http://ca.example.com/-/crl/1.crl".to_owned()];
        order.shape.ocsp_urls = vec!["http://ca.example.com/-/ocsp/1".to_owned()];
        let message = [7; 512];
        let sign = median(count, || bare.sign(scheme, &message).unwrap());
        let issue = median(count, || issue(&authority, &order).unwrap());
        let ratio = micros(issue) / (2.0 * micros(sign));
        println!(
            "| {name} | {:.1} | {:.1} | {ratio:.2} |",
            micros(sign),
            micros(issue)
        );
    }
}

fn revocation() {
    let authority = root(KeySpec::EcP256);
    let serials: Vec<[u8; 16]> = (0..u128::from(ENTRIES))
        .map(|number| (number | 0x5a << 120).to_be_bytes())
        .collect();
    let order = RevocationListOrder {
        number: 1,
        this_update: now(),
        next_update: now() + SignedDuration::from_hours(24),
        scope: None,
        signature: None,
    };
    let make = || {
        let entries = serials.iter().map(|serial| RevokedEntry {
            serial,
            revoked_at: now(),
            reason: Some(RevocationReason::KeyCompromise),
            invalid_since: None,
        });
        issue_revocation_list(&authority, &order, entries).unwrap()
    };
    let list = make();
    let read = || RevocationList::parse(list.as_der()).unwrap();
    println!("\n| revocation list of {ENTRIES} entries | |");
    println!("|--|--|");
    println!("| size, bytes | {} |", list.as_der().len());
    println!("| made, ms | {:.2} |", micros(median(1, make)) / 1e3);
    let bare = FileKey::generate(KeySpec::EcP256).unwrap();
    let sign = |message: &[u8]| bare.sign(SignatureScheme::EcdsaSha256, message).unwrap();
    let whole = median(1, || sign(list.as_der()));
    println!(
        "| of that a hash and a signature over as many bytes, ms | {:.2} |",
        micros(whole) / 1e3
    );
    println!("| read, ms | {:.2} |", micros(median(1, read)) / 1e3);

    // tests/issue/ocsp.rs has what openssl asks; here it is one certificate by SHA-1, without a nonce.
    let request = ocsp_request(&authority);
    let answer = || {
        let request = OcspRequest::parse(&request).unwrap();
        let response = OcspResponse {
            produced_at: now(),
            next_update: now() + SignedDuration::from_hours(1),
            answers: request
                .asked
                .iter()
                .map(|asked| OcspAnswer {
                    asked,
                    status: anyrole_ca::CertificateStatus::Good,
                })
                .collect(),
            nonce: None,
            signature: None,
        };
        respond(&authority, &response).unwrap()
    };
    println!(
        "| OCSP request read, answer signed, µs | {:.1} |",
        micros(median(200, answer))
    );
    println!(
        "| of that a signature, µs | {:.1} |",
        micros(median(200, || sign(&[7; 512])))
    );
}

/// A request of one certificate (RFC 6960 section 4.1.1), every length under 128.
fn ocsp_request(authority: &Authority) -> Vec<u8> {
    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
    let element = |tag: u8, content: &[u8]| {
        let length = u8::try_from(content.len()).unwrap();
        [&[tag, length], content].concat()
    };
    let hash = |octets: &[u8]| element(4, digest(&SHA1_FOR_LEGACY_USE_ONLY, octets).as_ref());
    let sha1 = element(0x30, &[6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0]);
    let key = anyrole_x509::subject_public_key(authority.public_key_der()).unwrap();
    let id = [
        sha1,
        hash(authority.subject_der()),
        hash(key),
        element(2, &[7; 16]),
    ];
    let request = element(0x30, &element(0x30, &id.concat()));
    element(0x30, &element(0x30, &element(0x30, &request)))
}

fn main() {
    certificates();
    revocation();
}
