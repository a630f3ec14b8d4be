//! The pages of the console where much is stored: 10,000 profiles, 10,000 subjects, a trail of 1,000,000 audit records.
//! `cargo bench -p anyrole --bench console_pages`; what the columns mean stands in docs/performance.md.

#![expect(
    clippy::print_stdout,
    reason = "its table is what a benchmark is run for"
)]

mod parts;

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use anyrole_domain::Change;
use anyrole_domain::ports::Clock as _;
use anyrole_domain::subjects::Sighting;
use anyrole_testkit::{Program, TestServer};

use parts::figures::Series;
use parts::http::Connection;
use parts::leaves::{Issuer, Kind};
use parts::site::{self, BenchSite, refused};

/// Profiles, and subjects; `-- --rows N` takes another number.
const ROWS: usize = 10_000;
/// Audit records; `-- --records N` takes another number.
const RECORDS: usize = 1_000_000;
/// Requests of each page.
const ROUNDS: usize = 40;
/// Subjects in one write.
const GROUP: usize = 500;

const PAGES: [&str; 14] = [
    "",
    "activity",
    "activity?outcome=refused",
    "activity?role=nobody-has-this-one",
    "trust-anchors",
    "profiles",
    "profiles/create",
    "crls",
    "subjects",
    "roles",
    "policies",
    "authorities",
    "join-tokens",
    "connect",
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |flag: &str, default: usize| {
        let mut words = arguments.iter().skip_while(|word| *word != flag);
        words.nth(1).map_or(Ok(default), |number| number.parse())
    };
    let (rows, records) = (after("--rows", ROWS)?, after("--records", RECORDS)?);
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    // The server makes the account, and the key of root that signs in.
    let mut server = TestServer::builder(env!("CARGO_BIN_EXE_anyrole"))
        .data(&data)
        .start()?;
    server.sigterm()?;
    fill(&site::open(&data).await?, rows).await?;
    write_trail(&data.join("audit.jsonl"), records)?;
    server.restart()?;
    let cookie = sign_in(&server, folder.path())?;
    println!(
        "{rows} profiles, {rows} subjects, {records} audit records; ms, min / median of {ROUNDS}\n"
    );
    println!("| page | ms | bytes |");
    println!("|--|--|--|");
    let mut connection = Connection::open(server.address())?;
    for page in PAGES {
        let request = format!(
            "GET /-/console/{page} HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n",
            server.address()
        );
        let (mut times, mut bytes) = (Series::default(), 0);
        for _ in 0..ROUNDS {
            let started = Instant::now();
            bytes = connection.exchange(request.as_bytes())?.len();
            times.add(started.elapsed(), 1);
        }
        let (minimum, median) = (times.minimum() / 1000.0, times.median() / 1000.0);
        println!("| `{page}` | {minimum:.1} / {median:.1} | {bytes} |");
    }
    Ok(())
}

/// Copies of one profile under other ids and names, and as many subjects.
async fn fill(site: &BenchSite, rows: usize) -> Result<()> {
    let arns = site::configure(&site.site, Issuer::new(Kind::P256)?.pem()?).await?;
    let snapshot = site.site.directory.read_full();
    let profile = snapshot.profile(&arns.profile).context("profile")?;
    let mut changes = Vec::new();
    for number in 1..rows {
        let mut row = (*profile.row).clone();
        let id = format!("{:08x}-0000-4000-8000-000000000000", number * 400_000);
        row.resource.arn = row.resource.arn.replace(&row.resource.id, &id);
        row.resource.id = id;
        row.resource.name = format!("profile-{number}");
        changes.push(Change::PutProfile(Arc::new(row)));
    }
    let write = site.site.directory.write(|_| Ok((changes, ())));
    write.await.map_err(refused)?;
    let now = site.site.clock.now();
    let account = site.site.account().id.clone();
    let sightings: Vec<Sighting> = (0..rows)
        .map(|number| {
            let mut sha256 = [0; 32];
            for (byte, digit) in sha256.iter_mut().zip(number.to_be_bytes()) {
                *byte = digit;
            }
            Sighting {
                account: account.clone(),
                subject_id: format!("{number:08x}-0000-5000-8000-000000000000"),
                x509_subject: format!("CN=host{number},OU=Operations,O=Example"),
                issuer: "CN=Benchmark CA".to_owned(),
                serial: format!("{number:032x}"),
                certificate: vec![48, 0],
                certificate_sha256: sha256,
                not_after: now,
                trust_anchor_arn: arns.trust_anchor.clone(),
                seen_at: now,
                failed: false,
                properties: Vec::new(),
            }
        })
        .collect();
    for group in sightings.chunks(GROUP) {
        site.store.record_sightings(group).await?;
    }
    Ok(())
}

/// A trail of sessions, every hundredth refused, over the last days.
fn write_trail(path: &Path, records: usize) -> Result<()> {
    let file: File = OpenOptions::new().append(true).open(path)?;
    let mut trail = BufWriter::new(file);
    let now = parts::SystemClock.now();
    for number in 0..records {
        let left = i64::try_from(records - number)?;
        let time = now - jiff::SignedDuration::from_millis(left * 500);
        let (outcome, reason) = match number % 100 {
            0 => ("refused", "trust-policy"),
            _ => ("granted", "ok"),
        };
        writeln!(
            trail,
            "{{\"time\":\"{time}\",\"request_id\":\"{number:08x}-0000-4000-8000-000000000000\",\
             \"event\":\"rolesanywhere:CreateSession\",\"outcome\":\"{outcome}\",\"reason\":\"{reason}\",\
             \"caller\":\"CN=host{},OU=Operations,O=Example\",\"source_ip\":\"127.0.0.1\",\
             \"role_arn\":\"arn:aws:iam::000000000000:role/benchmark-{}\",\
             \"certificate\":{{\"serial\":\"{number:032x}\",\"subject\":\"CN=host{},OU=Operations,O=Example\"}}}}",
            number % 10_000,
            number % 20,
            number % 10_000,
        )?;
    }
    Ok(trail.flush()?)
}

/// The cookie of root, by the form.
fn sign_in(server: &TestServer, folder: &Path) -> Result<String> {
    let (jar, fields) = (folder.join("cookies"), folder.join("fields"));
    let url = format!("{}/-/console/sign-in", server.url());
    let curl = |words: &[&str]| -> Result<String> {
        let output = Program::Curl
            .command()?
            .args(["--silent", "--show-error", "--cookie"])
            .arg(&jar)
            .arg("--cookie-jar")
            .arg(&jar)
            .args(["--header", &format!("Origin: {}", server.url())])
            .args(words)
            .arg(&url)
            .output()?;
        Ok(String::from_utf8(output.stdout)?)
    };
    let form = curl(&[])?;
    let (_, token) = form
        .split_once("name=\"form-token\" value=\"")
        .context("a form token")?;
    let (token, _) = token.split_once('"').context("its end")?;
    let credentials = std::fs::read_to_string(server.root_credentials())?;
    let value = |name: &str| {
        let line = credentials.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once('='))
            .map(|(_, value)| value.trim().replace('+', "%2B"))
            .context("root's credentials")
    };
    let id = value("aws_access_key_id")?;
    let secret = value("aws_secret_access_key")?;
    std::fs::write(
        &fields,
        format!("form-token={token}&access-key-id={id}&secret-access-key={secret}"),
    )?;
    curl(&["--data", &format!("@{}", fields.display())])?;
    let jar = std::fs::read_to_string(&jar)?;
    let cookies = jar.lines().filter_map(|line| {
        let mut words = line.split('\t').skip(5);
        Some(format!("{}={}", words.next()?, words.next()?))
    });
    Ok(cookies.collect::<Vec<_>>().join("; "))
}
