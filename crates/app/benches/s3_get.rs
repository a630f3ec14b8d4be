//! GET of objects, presigned, by `wrk`: our server beside s3s-fs and nginx, each a process of its own, in turns in one
//! run. `cargo bench -p anyrole --bench s3_get`; what the columns mean stands in docs/performance.md.

#![expect(
    clippy::print_stdout,
    reason = "its table is what a benchmark is run for"
)]

mod parts;
mod s3_servers;

use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use parts::figures::median;
use parts::processes::processor_time;
use s3_servers::{Server, anyrole, nginx, s3s_fs};

/// Names and sizes in bytes.
const OBJECTS: [(&str, usize); 3] = [
    ("1 KiB", 1024),
    ("64 KiB", 64 * 1024),
    ("1 MiB", 1024 * 1024),
];
/// Measurements of each cell, in turns.
const ROUNDS: usize = 3;
/// Of each measurement.
const SECONDS: &str = "2";

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip_while(|argument| argument != s3s_fs::SERVE);
    if arguments.next().is_some() {
        return s3s_fs::serve(arguments);
    }
    let program = |name: &str| Command::new(name).arg("-v").output().is_ok();
    if !program("wrk") || !program("nginx") {
        bail!("this benchmark needs wrk and nginx: `apt-get install wrk nginx-light`");
    }
    let folder = tempfile::tempdir()?;
    let servers: Vec<Box<dyn Server>> = vec![
        Box::new(anyrole::start(&folder.path().join("anyrole"), &OBJECTS)?),
        Box::new(s3s_fs::start(
            &folder.path().join("s3s-fs"),
            &OBJECTS,
            false,
        )?),
        Box::new(s3s_fs::start(
            &folder.path().join("s3s-fs-nodelay"),
            &OBJECTS,
            true,
        )?),
        Box::new(nginx::start(&folder.path().join("nginx"), &OBJECTS)?),
    ];
    println!(
        "S3 GET by wrk, one thread; requests/s (server processor µs for each), medians of {ROUNDS} times {SECONDS} s\n"
    );
    print!("| object | connections |");
    for server in &servers {
        print!(" {} |", server.name());
    }
    println!(" of s3s-fs, TCP_NODELAY | of nginx |");
    println!("|--|--|{}--|--|", "--|".repeat(servers.len()));
    let chosen: Vec<String> = std::env::args().collect();
    for (object, _) in OBJECTS {
        if OBJECTS
            .iter()
            .any(|(name, _)| chosen.iter().any(|a| a == name))
            && !chosen.iter().any(|a| a == object)
        {
            continue;
        }
        for connections in [1, 16] {
            row(&servers, object, connections)?;
        }
    }
    Ok(())
}

fn row(servers: &[Box<dyn Server>], object: &str, connections: usize) -> Result<()> {
    let mut cells: Vec<Vec<Load>> = servers.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (server, loads) in servers.iter().zip(&mut cells) {
            loads.push(load(server.as_ref(), object, connections)?);
        }
    }
    let rates: Vec<f64> = cells
        .iter()
        .map(|loads| median(loads.iter().map(|load| load.per_second).collect()))
        .collect();
    print!("| {object} | {connections} |");
    for (rate, loads) in rates.iter().zip(&cells) {
        let micros = median(loads.iter().map(|load| load.processor_micros).collect());
        print!(" {rate:.0} ({micros:.0}) |");
    }
    if let [ours, _, s3s_fs, nginx] = rates.as_slice() {
        print!(" {:.2} | {:.2} |", ours / s3s_fs, ours / nginx);
    }
    println!();
    Ok(())
}

struct Load {
    per_second: f64,
    /// Of the server, for one request.
    processor_micros: f64,
}

fn load(server: &dyn Server, object: &str, connections: usize) -> Result<Load> {
    let before = processor_time(server.process()?)?;
    let output = Command::new("wrk")
        .args(["-t1", &format!("-c{connections}"), &format!("-d{SECONDS}s")])
        .arg(server.url(object)?)
        .output()?;
    let report = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "wrk failed: {report}");
    ensure!(
        !report.contains("Non-2xx"),
        "{} refused: {report}",
        server.name()
    );
    ensure!(
        !report.contains("Socket errors"),
        "{} failed: {report}",
        server.name()
    );
    let processor = processor_time(server.process()?)?.saturating_sub(before);
    let answered: f64 = number_before(&report, " requests in")?;
    let per_second = report
        .lines()
        .find_map(|line| line.strip_prefix("Requests/sec:"))
        .context("wrk's report")?;
    Ok(Load {
        per_second: per_second.trim().parse()?,
        processor_micros: processor.as_secs_f64() * 1e6 / answered,
    })
}

fn number_before(report: &str, what: &str) -> Result<f64> {
    let (before, _) = report.split_once(what).context("wrk's report")?;
    let number = before
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    Ok(number.parse()?)
}
