//! A revocation list of 100,000 entries as the server makes and serves it: the first request, which has it made, and those after it; and after
//! one more revocation. `cargo bench -p anyrole --bench revocation_list`; what the rows mean stands in docs/performance.md.

#![expect(
    clippy::print_stdout,
    reason = "its table is what a benchmark is run for"
)]

mod parts;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use anyrole_domain::Change;
use anyrole_domain::certificate_authorities::{
    RevocationReason, RevokedCertificate, certificate_arn,
};
use anyrole_domain::ports::Clock as _;
use anyrole_testkit::TestServer;
use jiff::SignedDuration;

use parts::authority::authority;
use parts::http::Connection;
use parts::site::{self, refused};
use parts::{SystemClock, number_after};

const ID: &str = "11111111-2222-4333-8444-555555555555";
/// Revocations; `-- --entries N` takes another number.
const ENTRIES: usize = 100_000;
/// Revocations in one commit while the folder is filled.
const FILLED_AT_ONCE: usize = 2_000;
/// Requests for the list that is there.
const REQUESTS: usize = 101;

fn main() -> Result<()> {
    let entries = number_after("--entries", ENTRIES)?;
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
    let (first, size) = list(&mut connection)?;
    let mut later = Vec::with_capacity(REQUESTS);
    for _ in 0..REQUESTS {
        later.push(list(&mut connection)?.0);
    }
    let later = middle(&mut later);
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
    let rate = |time: Duration| size as f64 / 1e6 / time.as_secs_f64();
    println!("| that is, MB/s on one connection | {:.0} |", rate(later));
    let bare = bare_sending(size)?;
    println!(
        "| as many bytes from a thread that does nothing else, median | {:.2} |",
        millis(bare)
    );
    println!("| that is, MB/s on one connection | {:.0} |", rate(bare));
    println!(
        "| times the bare sending | {:.2} |",
        later.as_secs_f64() / bare.as_secs_f64()
    );
    Ok(())
}

/// How long as many bytes take over loopback from memory, with no server about them: the median.
fn bare_sending(size: usize) -> Result<Duration> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {size}\r\n\r\n{}",
        "7".repeat(size)
    );
    let sender = std::thread::spawn(move || -> Result<()> {
        let (mut stream, _) = listener.accept()?;
        let mut request = [0; 1024];
        while stream.read(&mut request)? > 0 {
            stream.write_all(answer.as_bytes())?;
        }
        Ok(())
    });
    let mut connection = Connection::open(address)?;
    let mut times = (0..REQUESTS)
        .map(|_| Ok(list(&mut connection)?.0))
        .collect::<Result<Vec<_>>>()?;
    drop(connection);
    sender
        .join()
        .map_err(|_| anyhow!("the sender panicked"))??;
    Ok(middle(&mut times))
}

/// The median.
fn middle(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// An authority with so many revocations.
async fn fill(data: &Path, entries: usize) -> Result<()> {
    let opened = site::open(data).await?;
    let site = &opened.site;
    let row = authority(&opened, data, ID)?;
    let arn = row.arn.clone();
    let put = Change::PutCertificateAuthority(Arc::new(row));
    let written = site.directory.write(|_| Ok((vec![put], ()))).await;
    written.map_err(refused)?;
    let now = SystemClock.now();
    let mut next = 0;
    while next < entries {
        let until = (next + FILLED_AT_ONCE).min(entries);
        let changes = (next..until).map(|number| {
            let serial = (number as u128 | 0x5a << 120).to_be_bytes();
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

/// How long the list took, and its size.
fn list(connection: &mut Connection) -> Result<(Duration, usize)> {
    let begun = Instant::now();
    let request = format!("GET /-/crl/{ID}.crl HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let size = connection.exchange(request.as_bytes())?.len();
    Ok((begun.elapsed(), size))
}
