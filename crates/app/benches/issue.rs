//! Certificates issued a second by a P-256 authority: over the API and over ACME, with 1 and 16 clients, beside the bare operations (sign, store)
//! and beside OpenBao's PKI engine in the same run. `cargo bench -p anyrole --bench issue`; what the rows mean stands in docs/performance.md.

#![expect(
    clippy::print_stdout,
    reason = "its table is what a benchmark is run for"
)]

mod parts;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use anyrole_ca::{RequestOrder, Subject};
use anyrole_domain::AccountId;
use anyrole_domain::certificate_authorities::NewCertificate;
use anyrole_domain::ports::IssuedStore as _;
use anyrole_keys::{FileKey, KeySpec, SignatureScheme, SigningKey as _};
use anyrole_stores::SqliteStore;
use anyrole_testkit::{TestServer, private_ca};
use serde_json::json;

use parts::acme::{Account, Proofs};
use parts::authority::record;
use parts::figures::median;
use parts::load::{Load, Target};
use parts::openbao::OpenBao;
use parts::root::Root;

/// How long each measurement takes.
const TIME: Duration = Duration::from_secs(4);
/// Measurements of each row, in turns.
const ROUNDS: usize = 3;
const CLIENTS: [usize; 2] = [1, 16];
/// Whose the bare records are.
const AUTHORITY: &str = "11111111-3333-4000-8000-000000000000";
/// So many times OpenBao's rate the API is to have with the most clients.
const WANTED: f64 = 3.0;

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let proofs = Proofs::default();
    let dns = proofs.serve()?;
    let server = TestServer::builder(env!("CARGO_BIN_EXE_anyrole"))
        .data(&folder.path().join("data"))
        .arg(format!("--acme-dns={dns}"))
        .start()?;
    let root = Root::of(&server)?;
    let authority =
        private_ca::make_root(|operation, members| root.private_ca(operation, members))?;
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openbao");
    let bao = OpenBao::start(&cache)?;
    println!(
        "Certificates of a P-256 authority over loopback HTTP; the load shares the machine's cores\n"
    );
    println!("| what | clients | certificates/s | server µs for each |");
    println!("|--|--|--|--|");
    bare_signatures()?;
    bare_store(folder.path())?;
    let both = (Target::of(&server)?, bao.target());
    let csr = signing_request()?;
    let issue = private_ca::issue_members(&authority, &csr, "EndEntityClientAuthCertificate", 10);
    let issue = root.private_ca_request("IssueCertificate", &issue)?;
    api_rows(both, &issue, &bao.sign_request(&csr))?;
    let opened = json!({
        "action": "open",
        "ca_arn": authority,
        "names": ["*.corp.example"],
        "lifetime_seconds": 864_000,
        "without_keys": true,
    });
    acme_rows(
        both,
        (&root.open_acme(&opened)?, &bao.open_acme(dns)?),
        &proofs,
    )
}

/// One request again and again, each of which makes another certificate.
fn api_rows((ours, theirs): (Target, Target), issue: &[u8], sign: &[u8]) -> Result<()> {
    let mut times = 0.0;
    for clients in CLIENTS {
        let (mut mine, mut other) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            mine.push(ours.repeat_for(TIME, clients, issue)?);
            other.push(theirs.repeat_for(TIME, clients, sign)?);
        }
        let mine = print_row("anyrole, IssueCertificate", clients, &mine);
        let other = print_row("OpenBao, pki/sign (in memory)", clients, &other);
        times = mine / other;
        print_times(clients, times);
    }
    let verdict = if times < WANTED { "under" } else { "pass" };
    println!("| {WANTED} times are wanted with the most clients: {verdict} | | | |");
    Ok(())
}

/// Whole orders, from newOrder to the certificate: of names never proved, and of names proved before.
fn acme_rows(
    (ours, theirs): (Target, Target),
    directories: (&str, &str),
    proofs: &Proofs,
) -> Result<()> {
    for clients in CLIENTS {
        let accounts = |target: Target, directory: &str, server: &str| {
            let accounts = (0..clients).map(|number| {
                let prefix = format!("{server}-{clients}-{number}");
                Account::open(target.address, directory, prefix, proofs)
            });
            accounts.collect::<Result<Vec<_>>>()
        };
        let mut mine = accounts(ours, directories.0, "a")?;
        let mut other = accounts(theirs, directories.1, "b")?;
        let [mut anew, mut again, mut other_loads] = [const { Vec::new() }; 3];
        for _ in 0..ROUNDS {
            anew.push(ours.load_for(TIME, &mut mine, Account::order_anew)?);
            other_loads.push(theirs.load_for(TIME, &mut other, Account::order_anew)?);
            again.push(ours.load_for(TIME, &mut mine, Account::order_again)?);
        }
        let anew = print_row("anyrole, ACME, a new name by dns-01", clients, &anew);
        let other = print_row("OpenBao, ACME, a new name by dns-01", clients, &other_loads);
        print_times(clients, anew / other);
        print_row("anyrole, ACME, a name proved before", clients, &again);
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
    let account = AccountId::parse("000000000000")?;
    for size in CLIENTS {
        let mut rates = Vec::new();
        for _ in 0..ROUNDS {
            let (begun, mut kept) = (Instant::now(), 0);
            while begun.elapsed() < Duration::from_secs(1) {
                let records = (0..size).map(|_| record(&account, AUTHORITY, [7; 520].into()));
                let group: Vec<NewCertificate> = records.collect();
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

fn print_row(name: &str, clients: usize, loads: &[Load]) -> f64 {
    let load = Load::median(loads);
    println!(
        "| {name} | {clients} | {:.0} | {:.0} |",
        load.per_second, load.processor_micros
    );
    load.per_second
}

fn print_times(clients: usize, times: f64) {
    println!("| times OpenBao's rate | {clients} | {times:.2} | |");
}
