//! CreateSession over loopback HTTP, connections kept: the built server as a process of its own, 1 and 16 clients.
//! `cargo bench -p anyrole --bench create_session_http`; what the columns mean stands in docs/performance.md.

#![expect(
    clippy::print_stdout,
    reason = "its table is what a benchmark is run for"
)]

mod parts;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use anyrole_testkit::TestServer;

use parts::figures::{Series, median};
use parts::leaves::{Issuer, Kind, Leaf, Verifier};
use parts::processes::processor_time;
use parts::site;

/// How long each measurement takes where requests may repeat.
const TIME: Duration = Duration::from_secs(2);
/// Measurements of each row, in turns.
const ROUNDS: usize = 3;
/// Leaves that are sent once each.
const LEAVES: usize = 6000;

fn main() -> Result<()> {
    println!(
        "CreateSession over loopback HTTP, kept connections; the load shares the machine's cores\n"
    );
    println!(
        "| key, chain | clients | requests/s | server µs for each | signatures µs | share not signatures |"
    );
    println!("|--|--|--|--|--|--|");
    for kind in [Kind::P256, Kind::Rsa2048] {
        measure(kind)?;
    }
    Ok(())
}

fn measure(kind: Kind) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    std::fs::create_dir(&data)?;
    let issuer = Issuer::new(kind)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let arns = runtime.block_on(async {
        let opened = site::open(&data).await?;
        site::configure(&opened.site, issuer.pem()?).await
    })?;
    drop(runtime);
    let server = TestServer::builder(env!("CARGO_BIN_EXE_anyrole"))
        .data(&data)
        .start()?;
    let target = Target {
        address: server.address(),
        process: server.id().context("a running server")?,
    };
    let host = server.address().to_string();
    let fresh: Result<Vec<Leaf>> = (0..LEAVES)
        .map(|number| issuer.leaf(number, &arns, &host))
        .collect();
    let mut fresh = fresh?;
    // Certificates and keys take a while to make: the dates of the requests begin now. Their bytes may be sent again
    // for the five minutes that a date is accepted.
    for leaf in &mut fresh {
        issuer.sign_again(leaf, &host)?;
    }
    let repeated = fresh.first().context("a leaf")?.wire_bytes()?;
    let mut seen: Vec<(usize, Vec<Load>)> = [1, 16].map(|clients| (clients, Vec::new())).into();
    let mut one = Series::default();
    let mut two = Series::default();
    for _ in 0..ROUNDS {
        bare(&fresh, issuer.verifier(), &mut one, &mut two)?;
        for (clients, loads) in &mut seen {
            loads.push(target.load(*clients, |_, begun| {
                (begun.elapsed() < TIME).then_some(&repeated[..])
            })?);
        }
    }
    for (clients, loads) in &seen {
        print_row(
            &format!("{}, seen before", kind.name()),
            *clients,
            loads,
            one.median(),
        );
    }
    let requests: Result<Vec<Vec<u8>>> = fresh.iter().skip(1).map(Leaf::wire_bytes).collect();
    let requests = requests?;
    let (first, second) = requests.split_at(LEAVES / 2);
    for (clients, requests) in [(1, first), (16, second)] {
        let load = target.load(clients, |number, _| requests.get(number).map(Vec::as_slice))?;
        print_row(
            &format!("{}, not seen before", kind.name()),
            clients,
            &[load],
            two.median(),
        );
    }
    Ok(())
}

/// The verifications that a request needs: its own (`one`), and that of its certificate (`two`).
fn bare(leaves: &[Leaf], authority: &Verifier, one: &mut Series, two: &mut Series) -> Result<()> {
    for batch in leaves.chunks(64).take(16) {
        let of_request = |leaf: &Leaf| {
            leaf.key
                .verify(&leaf.string_to_sign, &leaf.request_signature)
        };
        let of_leaf = |leaf: &Leaf| authority.verify(&leaf.tbs, &leaf.certificate_signature);
        let verified = one.time(batch.len(), || batch.iter().all(of_request));
        ensure!(verified, "a bare verification failed");
        let verified = two.time(batch.len(), || {
            batch.iter().all(|leaf| of_leaf(leaf) && of_request(leaf))
        });
        ensure!(verified, "a bare verification failed");
    }
    Ok(())
}

/// What came of one measurement.
struct Load {
    per_second: f64,
    /// Of the server, for one request.
    processor_micros: f64,
}

struct Target {
    address: SocketAddr,
    process: u32,
}

impl Target {
    /// Sends the requests that `next` gives, by number, until it gives none.
    fn load<'r>(
        &self,
        clients: usize,
        next: impl Fn(usize, Instant) -> Option<&'r [u8]> + Sync,
    ) -> Result<Load> {
        let sent = AtomicUsize::new(0);
        let processor_before = processor_time(self.process)?;
        let begun = Instant::now();
        let client = || -> Result<usize> {
            let mut connection = Connection::open(self.address)?;
            let mut answered = 0;
            while let Some(request) = next(sent.fetch_add(1, Ordering::Relaxed), begun) {
                connection.exchange(request)?;
                answered += 1;
            }
            Ok(answered)
        };
        let answered: Result<Vec<usize>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..clients).map(|_| scope.spawn(client)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().map_err(|_| anyhow!("a client panicked"))?)
                .collect()
        });
        let elapsed = begun.elapsed();
        let answered = answered?.into_iter().sum::<usize>() as f64;
        let processor = processor_time(self.process)?.saturating_sub(processor_before);
        Ok(Load {
            per_second: answered / elapsed.as_secs_f64(),
            processor_micros: processor.as_secs_f64() * 1e6 / answered,
        })
    }
}

/// A connection that is kept.
struct Connection {
    stream: BufReader<TcpStream>,
    line: String,
    body: Vec<u8>,
}

impl Connection {
    fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::with_capacity(16 * 1024, stream),
            line: String::new(),
            body: Vec::new(),
        })
    }

    /// Sends a request and reads its answer, which must be 201.
    fn exchange(&mut self, request: &[u8]) -> Result<()> {
        self.stream.get_mut().write_all(request)?;
        let mut length = 0;
        let mut first = true;
        loop {
            self.line.clear();
            self.stream.read_line(&mut self.line)?;
            let line = self.line.trim_ascii();
            if first {
                ensure!(
                    line.starts_with("HTTP/1.1 201"),
                    "the server answered `{line}`"
                );
                first = false;
            }
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse()?;
            }
        }
        self.body.resize(length, 0);
        Ok(self.stream.read_exact(&mut self.body)?)
    }
}

fn print_row(name: &str, clients: usize, loads: &[Load], signatures: f64) {
    let per_second = median(loads.iter().map(|load| load.per_second).collect());
    let processor = median(loads.iter().map(|load| load.processor_micros).collect());
    let share = (1.0 - signatures / processor) * 100.0;
    println!(
        "| {name} | {clients} | {per_second:.0} | {processor:.1} | {signatures:.1} | {share:.0} % |"
    );
}
