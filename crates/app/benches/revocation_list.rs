//! A revocation list of 100,000 entries as the server makes and serves it: the first request, which has it made, and those after it; and after
//! one more revocation. `cargo bench -p anyrole --bench revocation_list`; what the rows mean stands in docs/performance.md.

#![expect(
    clippy::print_stdout,
    reason = "its table is what a benchmark is run for"
)]

mod parts;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use anyrole_ca::{CertificateOrder, CertificateProfile, Serial, Subject, Validity, self_sign};
use anyrole_domain::Change;
use anyrole_domain::certificate_authorities::{
    AuthorityConfiguration, AuthorityKeyAlgorithm, AuthorityKind, AuthoritySigningAlgorithm,
    AuthorityStatus, CertificateAuthority, DistinguishedName, RevocationConfiguration,
    RevocationReason, RevokedCertificate, UsageMode, certificate_arn,
};
use anyrole_domain::ports::{AuthorityKeys as _, Clock as _};
use anyrole_issuers::{MasterKey, SealedAuthorityKeys};
use anyrole_testkit::TestServer;
use jiff::SignedDuration;

use parts::site::{self, BenchSite, refused};
use parts::{SystemClock, SystemEntropy};

const ID: &str = "11111111-2222-4333-8444-555555555555";
/// Revocations; `-- --entries N` takes another number.
const ENTRIES: u128 = 100_000;
/// Revocations in one commit while the folder is filled.
const FILLED_AT_ONCE: u128 = 2_000;
/// Requests for the list that is there.
const REQUESTS: usize = 101;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let mut words = arguments.iter().skip_while(|word| *word != "--entries");
    let entries = words.nth(1).map_or(Ok(ENTRIES), |number| number.parse())?;
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    std::fs::create_dir(&data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(fill(&data, entries))?;
    drop(runtime);
    let begun = Instant::now();
    let server = TestServer::builder(env!("CARGO_BIN_EXE_anyrole"))
        .data(&data)
        .start()?;
    let start = begun.elapsed();
    let mut connection = Connection::open(server.address())?;
    let (first, size) = connection.list()?;
    let mut later = Vec::with_capacity(REQUESTS);
    for _ in 0..REQUESTS {
        later.push(connection.list()?.0);
    }
    later.sort_unstable();
    let later = later.get(REQUESTS / 2).copied().unwrap_or_default();
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    println!("| revocation list of {entries} entries, {size} bytes | ms |");
    println!("|--|--|");
    println!(
        "| the server's start with that many revocations | {:.0} |",
        millis(start)
    );
    println!(
        "| first request: read, sorted, signed, sent | {:.1} |",
        millis(first)
    );
    println!(
        "| a request after it, median of {REQUESTS} | {:.2} |",
        millis(later)
    );
    println!(
        "| that is, MB/s on one connection | {:.0} |",
        size as f64 / 1e6 / later.as_secs_f64()
    );
    Ok(())
}

/// An authority with so many revocations.
async fn fill(data: &Path, entries: u128) -> Result<()> {
    let opened = site::open(data).await?;
    let site = &opened.site;
    let row = authority(&opened, data)?;
    let arn = row.arn.clone();
    let put = Change::PutCertificateAuthority(Arc::new(row));
    let written = site.directory.write(|_| Ok((vec![put], ()))).await;
    written.map_err(refused)?;
    let now = SystemClock.now();
    let mut next = 0;
    while next < entries {
        let until = (next + FILLED_AT_ONCE).min(entries);
        let changes = (next..until).map(|number| {
            let serial = (number | 0x5a << 120).to_be_bytes();
            let mut certificate_sha256 = [0; 32];
            for (to, from) in certificate_sha256.iter_mut().zip(serial) {
                *to = from;
            }
            Change::PutRevocation(Arc::new(RevokedCertificate {
                account: site.account().id.clone(),
                certificate_arn: certificate_arn(&arn, &serial),
                certificate_sha256,
                reason: RevocationReason::KeyCompromise,
                not_after: now + SignedDuration::from_hours(24),
                revoked_at: now,
            }))
        });
        let changes: Vec<Change> = changes.collect();
        let written = site.directory.write(|_| Ok((changes, ()))).await;
        written.map_err(refused)?;
        next = until;
    }
    Ok(())
}

fn authority(opened: &BenchSite, data: &Path) -> Result<CertificateAuthority> {
    let (site, now) = (&opened.site, SystemClock.now());
    let secrets = MasterKey::open_or_create(&data.join("master.key"), Arc::new(SystemEntropy))?;
    let arn = site.account().certificate_authority_arn(ID);
    let keys = SealedAuthorityKeys::new(Arc::new(secrets));
    let (stored, key) = keys.make(&arn, AuthorityKeyAlgorithm::EC_prime256v1)?;
    let order = CertificateOrder::new(
        CertificateProfile::RootCa,
        Subject::parse("CN=Benchmark Root")?,
        Validity::resolve(CertificateProfile::RootCa, Some("-5m"), None, None, now)?,
        Serial::from_random([7; 16]),
        key.public_key_der().to_vec(),
    )?;
    let certificate = self_sign(key.as_ref(), &order)?;
    Ok(CertificateAuthority {
        account: site.account().id.clone(),
        id: ID.to_owned(),
        arn,
        kind: AuthorityKind::Root,
        status: AuthorityStatus::Active,
        configuration: AuthorityConfiguration {
            key_algorithm: AuthorityKeyAlgorithm::EC_prime256v1,
            signing_algorithm: AuthoritySigningAlgorithm::SHA256WITHECDSA,
            subject: DistinguishedName::default(),
            csr_extensions: None,
        },
        usage_mode: UsageMode::GeneralPurpose,
        key_storage_standard: String::new(),
        revocation: RevocationConfiguration::default(),
        key: stored,
        public_key_der: key.public_key_der().to_vec(),
        csr: String::new(),
        certificate: Some(certificate.to_pem()?),
        certificate_chain: None,
        idempotency_token: None,
        permissions: Vec::new(),
        policy: None,
        tags: Vec::new(),
        created_at: now,
        state_changed_at: now,
        restorable_until: None,
    })
}

/// A connection that is kept.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: vec![0; 1 << 20],
        })
    }

    /// How long the list took, and its size.
    fn list(&mut self) -> Result<(Duration, usize)> {
        let begun = Instant::now();
        write!(
            self.stream,
            "GET /-/crl/{ID}.crl HTTP/1.1\r\nhost: localhost\r\n\r\n"
        )?;
        let (mut head, mut read) = (Vec::new(), 0);
        let mut whole = None;
        loop {
            let count = self.stream.read(&mut self.buffer)?;
            ensure!(count > 0, "the server has gone away");
            read += count;
            if whole.is_none() {
                head.extend(self.buffer.iter().take(count));
                let end = head.windows(4).position(|octets| octets == b"\r\n\r\n");
                if let Some(end) = end {
                    let text = String::from_utf8_lossy(&head).into_owned();
                    ensure!(text.starts_with("HTTP/1.1 200"), "{text}");
                    let mut lines = text.lines();
                    let length = lines.find_map(|line| line.strip_prefix("content-length: "));
                    let length: usize = length.context("content-length")?.trim().parse()?;
                    whole = Some((end + 4 + length, length));
                }
            }
            if let Some((until, length)) = whole
                && read >= until
            {
                return Ok((begun.elapsed(), length));
            }
        }
    }
}
