//! Certificates issued a second by a P-256 authority: over the API with 1 and 16 connections, beside the bare operations (sign, store) and beside
//! OpenBao's PKI engine in the same run. `cargo bench -p anyrole --bench issue`; what the rows mean stands in docs/performance.md.

#![expect(
    clippy::print_stdout,
    reason = "its table is what a benchmark is run for"
)]

mod parts;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use anyrole_ca::{RequestOrder, Subject};
use anyrole_domain::AccountId;
use anyrole_domain::certificate_authorities::{IssuedCertificate, NewCertificate};
use anyrole_domain::ports::{Clock as _, Entropy as _, IssuedStore as _};
use anyrole_keys::{FileKey, KeySpec, SignatureScheme, SigningKey as _};
use anyrole_signing::{AccessKey, PayloadHash, Signer, sign_request};
use anyrole_stores::SqliteStore;
use anyrole_testkit::TestServer;
use base64_simd::STANDARD;
use http::header::{HOST, HeaderMap, HeaderValue};
use serde_json::{Value, json};

use parts::figures::median;
use parts::http::Connection;
use parts::openbao::OpenBao;
use parts::processes::processor_time;
use parts::{SystemClock, SystemEntropy};

/// How long each measurement takes.
const TIME: Duration = Duration::from_secs(4);
/// Measurements of each row, in turns.
const ROUNDS: usize = 3;
const CLIENTS: [usize; 2] = [1, 16];

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let csr = signing_request()?;
    let server = TestServer::builder(env!("CARGO_BIN_EXE_anyrole"))
        .data(&folder.path().join("data"))
        .start()?;
    let root = Root::read(&server)?;
    let authority = root.make_authority()?;
    let issue = root.issue_request(&authority, &csr)?;
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openbao");
    let bao = OpenBao::start(&cache)?;
    let sign = bao.sign_request(&csr);
    println!(
        "Certificates of a P-256 authority over loopback HTTP; the load shares the machine's cores\n"
    );
    println!("| what | clients | certificates/s | server µs for each |");
    println!("|--|--|--|--|");
    bare_signatures()?;
    bare_store(folder.path())?;
    let ours = (root.address, server.id().context("a running server")?);
    let theirs = (bao.address(), bao.id());
    for clients in CLIENTS {
        let (mut mine, mut other) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            mine.push(load(ours, clients, &issue)?);
            other.push(load(theirs, clients, &sign)?);
        }
        let mine = print_row("anyrole, IssueCertificate", clients, &mine);
        let other = print_row("OpenBao, pki/sign (in memory)", clients, &other);
        println!(
            "| times OpenBao's rate | {clients} | {:.2} | |",
            mine / other
        );
    }
    Ok(())
}

fn signing_request() -> Result<String> {
    let order = RequestOrder {
        subject: Subject::parse("CN=device")?,
        alternative_names: Vec::new(),
        extensions: Vec::new(),
        signature: None,
    };
    Ok(order.sign(&FileKey::generate(KeySpec::EcP256)?)?.to_pem()?)
}

/// The one signature that every certificate needs, on one core.
fn bare_signatures() -> Result<()> {
    let key = FileKey::generate(KeySpec::EcP256)?;
    let message = [7; 400];
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let (begun, mut signed) = (Instant::now(), 0);
        while begun.elapsed() < Duration::from_secs(1) {
            key.sign(SignatureScheme::EcdsaSha256, &message)?;
            signed += 1;
        }
        rates.push(f64::from(signed) / begun.elapsed().as_secs_f64());
    }
    println!(
        "| a P-256 signature alone, one core | - | {:.0} | |",
        median(rates)
    );
    Ok(())
}

/// Records alone, synced, in transactions as large as so many clients at once fill them.
fn bare_store(folder: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let store = runtime.block_on(SqliteStore::open(&folder.join("bare/records.db")))?;
    for size in CLIENTS {
        let mut rates = Vec::new();
        for _ in 0..ROUNDS {
            let (begun, mut kept) = (Instant::now(), 0);
            while begun.elapsed() < Duration::from_secs(1) {
                let group: Vec<NewCertificate> =
                    (0..size).map(|_| record()).collect::<Result<_>>()?;
                kept += runtime.block_on(store.record_issued(&group))?.len();
            }
            rates.push(kept as f64 / begun.elapsed().as_secs_f64());
        }
        println!(
            "| a synced record alone, in groups | {size} | {:.0} | |",
            median(rates)
        );
    }
    Ok(())
}

fn record() -> Result<NewCertificate> {
    let mut serial = [0; 16];
    SystemEntropy.fill(&mut serial);
    let now = SystemClock.now();
    Ok(NewCertificate {
        row: IssuedCertificate {
            account: AccountId::parse("000000000000")?,
            authority_id: "11111111-3333-4000-8000-000000000000".to_owned(),
            serial,
            certificate: vec![7; 520].into(),
            not_after: now,
            template: "EndEntityClientAuthCertificate/V1".to_owned(),
            requested_by: "arn:aws:iam::000000000000:root".to_owned(),
            issued_at: now,
        },
        token: None,
    })
}

/// What came of one measurement.
struct Load {
    per_second: f64,
    /// Of the server, for one certificate.
    processor_micros: f64,
}

/// Sends one request again and again: each makes another certificate.
fn load((address, process): (SocketAddr, u32), clients: usize, request: &[u8]) -> Result<Load> {
    let done = AtomicUsize::new(0);
    let before = processor_time(process)?;
    let begun = Instant::now();
    let client = || -> Result<()> {
        let mut connection = Connection::open(address)?;
        while begun.elapsed() < TIME {
            connection.exchange(request)?;
            done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(client)).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| anyhow!("a client panicked"))?)
    })?;
    let elapsed = begun.elapsed();
    let done = done.into_inner() as f64;
    let processor = processor_time(process)?.saturating_sub(before);
    Ok(Load {
        per_second: done / elapsed.as_secs_f64(),
        processor_micros: processor.as_secs_f64() * 1e6 / done,
    })
}

fn print_row(name: &str, clients: usize, loads: &[Load]) -> f64 {
    let per_second = median(loads.iter().map(|load| load.per_second).collect());
    let processor = median(loads.iter().map(|load| load.processor_micros).collect());
    println!("| {name} | {clients} | {per_second:.0} | {processor:.0} |");
    per_second
}

/// The root user's key, and where it is of use.
struct Root {
    id: String,
    secret: String,
    address: SocketAddr,
}

impl Root {
    fn read(server: &TestServer) -> Result<Self> {
        let text = std::fs::read_to_string(server.root_credentials())?;
        let value = |name: &str| {
            let mut lines = text.lines().filter_map(|line| line.split_once('='));
            let found = lines.find(|(key, _)| key.trim() == name);
            found
                .map(|(_, value)| value.trim().to_owned())
                .context("the root's key")
        };
        Ok(Self {
            id: value("aws_access_key_id")?,
            secret: value("aws_secret_access_key")?,
            address: server.address(),
        })
    }

    /// An active P-256 root; its ARN.
    fn make_authority(&self) -> Result<String> {
        let made = self.call(
            "CreateCertificateAuthority",
            &json!({
                "CertificateAuthorityType": "ROOT",
                "CertificateAuthorityConfiguration": {
                    "KeyAlgorithm": "EC_prime256v1",
                    "SigningAlgorithm": "SHA256WITHECDSA",
                    "Subject": {"CommonName": "Root"},
                },
            }),
        )?;
        let arn = text(&made, "CertificateAuthorityArn")?;
        let csr = self.call(
            "GetCertificateAuthorityCsr",
            &json!({"CertificateAuthorityArn": arn}),
        )?;
        let issued = self.call(
            "IssueCertificate",
            &json!({
                "CertificateAuthorityArn": arn,
                "Csr": STANDARD.encode_to_string(text(&csr, "Csr")?),
                "SigningAlgorithm": "SHA256WITHECDSA",
                "TemplateArn": "arn:aws:acm-pca:::template/RootCACertificate/V1",
                "Validity": {"Type": "YEARS", "Value": 10},
            }),
        )?;
        let found = self.call(
            "GetCertificate",
            &json!({"CertificateAuthorityArn": arn, "CertificateArn": text(&issued, "CertificateArn")?}),
        )?;
        self.call(
            "ImportCertificateAuthorityCertificate",
            &json!({
                "CertificateAuthorityArn": arn,
                "Certificate": STANDARD.encode_to_string(text(&found, "Certificate")?),
            }),
        )?;
        Ok(arn)
    }

    fn issue_request(&self, authority: &str, csr: &str) -> Result<Vec<u8>> {
        let members = json!({
            "CertificateAuthorityArn": authority,
            "Csr": STANDARD.encode_to_string(csr),
            "SigningAlgorithm": "SHA256WITHECDSA",
            "TemplateArn": "arn:aws:acm-pca:::template/EndEntityClientAuthCertificate/V1",
            "Validity": {"Type": "DAYS", "Value": 10},
        });
        self.request("IssueCertificate", &members)
    }

    fn call(&self, operation: &str, members: &Value) -> Result<Value> {
        let request = self.request(operation, members)?;
        let mut connection = Connection::open(self.address)?;
        Ok(serde_json::from_slice(connection.exchange(&request)?)?)
    }

    /// A signed request as it goes over the wire; it may be sent again for five minutes.
    fn request(&self, operation: &str, members: &Value) -> Result<Vec<u8>> {
        let body = members.to_string();
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_str(&self.address.to_string())?);
        headers.insert(
            "content-type",
            HeaderValue::from_static("application/x-amz-json-1.1"),
        );
        let target = format!("ACMPrivateCA.{operation}");
        headers.insert("x-amz-target", HeaderValue::from_str(&target)?);
        let signer = Signer {
            access_key: AccessKey {
                access_key_id: &self.id,
                secret_access_key: &self.secret,
                session_token: None,
            },
            region: "us-east-1",
            service: "acm-pca",
            at: SystemClock.now(),
        };
        let payload = PayloadHash::of(body.as_bytes());
        sign_request("POST", "/", "", &mut headers, payload, &signer)?;
        let mut wire = b"POST / HTTP/1.1\r\n".to_vec();
        for (name, value) in &headers {
            wire.extend_from_slice(name.as_str().as_bytes());
            wire.extend_from_slice(b": ");
            wire.extend_from_slice(value.as_bytes());
            wire.extend_from_slice(b"\r\n");
        }
        wire.extend_from_slice(format!("content-length: {}\r\n\r\n{body}", body.len()).as_bytes());
        Ok(wire)
    }
}

fn text(value: &Value, member: &str) -> Result<String> {
    let found = value.get(member).and_then(Value::as_str);
    found.map(str::to_owned).context("an answer's member")
}
