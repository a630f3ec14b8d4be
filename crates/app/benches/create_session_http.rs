//! CreateSession over loopback HTTP, connections kept: the built server as a process of its own, 1 and 16 clients.
//! `cargo bench -p anyrole --bench create_session_http`; what the columns mean stands in docs/performance.md.

#![expect(
    clippy::print_stdout,
    reason = "its table is what a benchmark is run for"
)]

mod parts;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use anyrole_testkit::TestServer;

use parts::figures::Series;
use parts::leaves::{Issuer, Kind, Leaf, Verifier};
use parts::load::{Load, Target};
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
    let target = Target::of(&server)?;
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
    let repeated = fresh.first().context("a leaf")?.wire_bytes();
    let mut seen: Vec<(usize, Vec<Load>)> = [1, 16].map(|clients| (clients, Vec::new())).into();
    let mut one = Series::default();
    let mut two = Series::default();
    for _ in 0..ROUNDS {
        bare(&fresh, issuer.verifier(), &mut one, &mut two)?;
        for (clients, loads) in &mut seen {
            let mut connections = target.connections(*clients)?;
            loads.push(target.load_for(TIME, &mut connections, |connection| {
                connection.exchange(&repeated).map(drop)
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
    let requests: Vec<Vec<u8>> = fresh.iter().skip(1).map(Leaf::wire_bytes).collect();
    let (first, second) = requests.split_at(LEAVES / 2);
    for (clients, requests) in [(1, first), (16, second)] {
        let sent = AtomicUsize::new(0);
        let load = target.load(&mut target.connections(clients)?, |connection| {
            let request = requests.get(sent.fetch_add(1, Ordering::Relaxed));
            request.map_or(Ok(false), |request| {
                connection.exchange(request).map(|_| true)
            })
        })?;
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

fn print_row(name: &str, clients: usize, loads: &[Load], signatures: f64) {
    let Load {
        per_second,
        processor_micros: processor,
    } = Load::median(loads);
    let share = (1.0 - signatures / processor) * 100.0;
    println!(
        "| {name} | {clients} | {per_second:.0} | {processor:.1} | {signatures:.1} | {share:.0} % |"
    );
}
