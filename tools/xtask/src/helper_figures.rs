//! `cargo xtask helper-figures`: our helper, built alone, and AWS's, one after the other against the same service on loopback
//! that answers at once; a table with ratios leaves. Time, memory, size, and requests a second of `serve`.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use anyrole_testkit::certificates::{Authority, CertificateRequest};
use anyrole_testkit::{OfficialHelper, Program, exchange};

use crate::structure::metadata;

const RUNS: usize = 201;
const MEMORY_RUNS: usize = 11;
const ARNS: [&str; 6] = [
    "--trust-anchor-arn",
    "arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/00000000-0000-0000-0000-000000000000",
    "--profile-arn",
    "arn:aws:rolesanywhere:us-east-1:000000000000:profile/00000000-0000-0000-0000-000000000000",
    "--role-arn",
    "arn:aws:iam::000000000000:role/app",
];

/// Measures and prints.
///
/// # Errors
/// Something can't be built, started or understood.
pub fn run(root: &Path) -> Result<bool> {
    let ours = build(root)?;
    let theirs = OfficialHelper::ready()?;
    let folder = std::env::temp_dir().join(format!("anyrole-figures-{}", std::process::id()));
    let measured = measure(&folder, &ours, theirs.as_ref().map(OfficialHelper::program));
    // What can't be removed does no harm there.
    let _gone: std::io::Result<()> = fs::remove_dir_all(&folder);
    measured.map(|()| true)
}

/// The helper alone, as small machines get it.
fn build(root: &Path) -> Result<PathBuf> {
    let features = ["--no-default-features", "--features", "helper,pkcs11,tpm"];
    let status = Command::new("cargo")
        .args(["build", "--profile", "helper", "--quiet", "-p", "anyrole"])
        .args(features)
        .current_dir(root)
        .status()?;
    ensure!(status.success(), "the helper doesn't build");
    let metadata = metadata(root)?;
    let target = metadata.get("target_directory").and_then(|v| v.as_str());
    Ok(Path::new(target.context("cargo tells no target folder")?).join("helper/anyrole"))
}

struct Stage {
    folder: PathBuf,
    service: SocketAddr,
    certificate: PathBuf,
    key: PathBuf,
}

#[derive(Default)]
struct Figures {
    wall: Vec<Duration>,
    memory_kib: Vec<u64>,
    size: u64,
    requests_a_second: f64,
}

fn measure(folder: &Path, ours: &Path, theirs: Option<&Path>) -> Result<()> {
    fs::create_dir_all(folder)?;
    let leaf = Authority::root(folder)?.issue("host", &CertificateRequest::leaf("host"))?;
    let stage = Stage {
        folder: folder.to_owned(),
        service: service()?,
        certificate: leaf.certificate.clone(),
        key: leaf.key.clone(),
    };
    // By the name under which it keeps no credentials either.
    let link = folder.join("aws_signing_helper");
    std::os::unix::fs::symlink(ours, &link)?;
    let programs: Vec<&Path> = std::iter::once(&*link).chain(theirs).collect();
    let mut figures: Vec<Figures> = programs.iter().map(|_| Figures::default()).collect();
    // In turns, so that whatever else the machine does meets both alike.
    for _ in 0..RUNS {
        for (program, figures) in programs.iter().zip(&mut figures) {
            figures.wall.push(stage.fetch(program)?);
        }
    }
    for (program, figures) in programs.iter().zip(&mut figures) {
        for _ in 0..MEMORY_RUNS {
            figures.memory_kib.push(stage.peak_kib(program)?);
        }
        figures.size = fs::metadata(program)?.len();
        figures.requests_a_second = stage.serve(program)?;
    }
    print(&figures)
}

impl Stage {
    fn words(&self, command: &str) -> Vec<String> {
        let path = |path: &Path| path.display().to_string();
        let endpoint = format!("http://{}", self.service);
        [command, "--endpoint", &endpoint, "--certificate"]
            .map(str::to_owned)
            .into_iter()
            .chain([path(&self.certificate), "--private-key".to_owned()])
            .chain([path(&self.key)])
            .chain(ARNS.map(str::to_owned))
            .collect()
    }

    /// From the start of the process to its end, with the credentials read.
    fn fetch(&self, program: &Path) -> Result<Duration> {
        let mut command = Command::new(program);
        command.args(self.words("credential-process")).env_clear();
        let started = Instant::now();
        let output = command.output()?;
        let elapsed = started.elapsed();
        let printed = String::from_utf8_lossy(&output.stdout);
        if !printed.starts_with("{\"Version\":1,") {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("`{}` gave no credentials: {said}", program.display());
        }
        Ok(elapsed)
    }

    /// The most memory that was resident at once, KiB.
    fn peak_kib(&self, program: &Path) -> Result<u64> {
        let report = self.folder.join("memory");
        let status = Program::Time
            .command()?
            .args(["-f", "%M", "-o"])
            .arg(&report)
            .arg(program)
            .args(self.words("credential-process"))
            .env_clear()
            .stdout(Stdio::null())
            .status()?;
        ensure!(status.success(), "`{}` failed", program.display());
        Ok(fs::read_to_string(report)?.trim().parse()?)
    }

    /// Reads of the credentials a second, by 16 connections that are kept, each with its token.
    fn serve(&self, program: &Path) -> Result<f64> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new(program)
            .args(self.words("serve"))
            .args(["--port", &address.port().to_string()])
            .env_clear()
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let _ended = Ended(child);
        let token = token(address)?;
        let url = format!("http://{address}/latest/meta-data/iam/security-credentials/app");
        let output = Program::Wrk
            .command()?
            .args(["-t1", "-c16", "-d5s", "-H"])
            .arg(format!("X-aws-ec2-metadata-token: {token}"))
            .arg(url)
            .output()?;
        let report = String::from_utf8_lossy(&output.stdout);
        ensure!(!report.contains("Non-2xx"), "{report}");
        let line = report
            .lines()
            .find_map(|line| line.strip_prefix("Requests/sec:"));
        Ok(line.context("wrk says no rate")?.trim().parse()?)
    }
}

struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

fn token(address: SocketAddr) -> Result<String> {
    let request = format!(
        "PUT /latest/api/token HTTP/1.1\r\nhost: {address}\r\nx-aws-ec2-metadata-token-ttl-seconds: 600\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    for _ in 0..100 {
        if let Ok(answer) = exchange(address, request.as_bytes()) {
            return Ok(answer.text().trim().to_owned());
        }
        thread::sleep(Duration::from_millis(50));
    }
    bail!("no token from {address}")
}

/// A service that gives the same credentials at once to whoever asks.
fn service() -> Result<SocketAddr> {
    let body = serde_json::json!({"credentialSet": [{"credentials": {
        "accessKeyId": "ASIA-OF-NOBODY",
        "secretAccessKey": "opens nothing",
        "sessionToken": "token",
        "expiration": "2099-01-01T00:00:00Z",
    }}]})
    .to_string();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let answer = format!(
        "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = Vec::new();
            let mut buffer = [0; 16 * 1024];
            while !request.ends_with(b"}") {
                match stream.read(&mut buffer) {
                    Ok(count) if count > 0 => {
                        request.extend_from_slice(buffer.get(..count).unwrap_or_default());
                    }
                    _ => break,
                }
            }
            // A client that went away is its own figure's fault.
            let _sent: std::io::Result<()> = stream.write_all(answer.as_bytes());
        }
    });
    Ok(address)
}

/// One number of all.
type Figure = fn(&Figures) -> f64;

fn print(figures: &[Figures]) -> Result<()> {
    let load = fs::read_to_string("/proc/loadavg")?;
    println!("load of the machine at the end: {}\n", load.trim());
    let rows: [(&str, Figure, &str); 4] = [
        (
            "start to printed credentials, median",
            |f| median(f.wall.iter().map(Duration::as_secs_f64)) * 1000.0,
            "ms",
        ),
        (
            "peak memory, median",
            |f| median(f.memory_kib.iter().map(|kib| *kib as f64)) / 1024.0,
            "MiB",
        ),
        ("size", |f| f.size as f64 / 1e6, "MB"),
        (
            "`serve` at 16 connections",
            |f| f.requests_a_second,
            "requests/s",
        ),
    ];
    println!("| what | anyrole | official | ratio |\n|--|--|--|--|");
    for (name, figure, unit) in rows {
        let values: Vec<f64> = figures.iter().map(figure).collect();
        match values.as_slice() {
            [ours, theirs] => println!(
                "| {name} | {ours:.2} {unit} | {theirs:.2} {unit} | {:.2} |",
                ours / theirs
            ),
            [ours] => println!("| {name} | {ours:.2} {unit} | no Go | |"),
            _ => bail!("no figures"),
        }
    }
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
