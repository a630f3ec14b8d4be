//! The cost of one write with 1 and with 100,000 rows in the account, on both engines, in turns in one run.
//! `cargo bench -p anyrole --bench directory_write`; what the columns mean stands in docs/performance.md.

#![expect(
    clippy::print_stdout,
    reason = "its table is what a benchmark is run for"
)]

mod parts;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use anyrole_domain::ports::{Since, Store};
use anyrole_domain::profiles::{CreateProfile, Profile, create_profile};
use anyrole_domain::{Change, ResourceId, Site, resources};
use anyrole_stores::{PostgresStore, SqliteStore};
use anyrole_testkit::Postgres;

use parts::figures::Series;
use parts::number_after;
use parts::site::{self, BenchSite, refused};

/// Rows in the large account; `-- --rows N` takes another number.
const ROWS: usize = 100_000;
/// Rows in one commit while an account is filled.
const FILLED_AT_ONCE: usize = 2000;
/// Rounds, in each of which every kind of write has one batch; `-- --rounds N` takes another number.
const ROUNDS: usize = 40;
/// Writes in a batch.
const BATCH: usize = 8;

/// An account and the times of its writes.
struct Case {
    site: BenchSite,
    /// What another server does.
    reader: Option<PostgresStore>,
    profile: ResourceId,
    update: Series,
    create_delete: Series,
    follow: Series,
}

#[tokio::main]
async fn main() -> Result<()> {
    let (rows, rounds) = (
        number_after("--rows", ROWS)?,
        number_after("--rounds", ROUNDS)?,
    );
    let folder = tempfile::tempdir()?;
    let postgres = Postgres::start()?;
    println!("One write, µs, min / median of {rounds} batches of {BATCH}\n");
    println!("| engine, write | 1 row | {rows} rows | times |");
    println!("|--|--|--|--|");
    for engine in ["SQLite", "PostgreSQL"] {
        let mut cases = Vec::new();
        for number in [1, rows] {
            let data = folder.path().join(format!("{engine}-{number}"));
            std::fs::create_dir(&data)?;
            cases.push(open(engine, number, &data, &postgres).await?);
        }
        for _ in 0..rounds {
            for case in &mut cases {
                case.round().await?;
            }
        }
        print(engine, &cases);
    }
    Ok(())
}

async fn open(engine: &str, rows: usize, data: &Path, postgres: &Postgres) -> Result<Case> {
    let (store, reader): (Arc<dyn Store>, _) = if engine == "SQLite" {
        let store = SqliteStore::open(&data.join("anyrole.db")).await?;
        (Arc::new(store), None)
    } else {
        let name = format!("rows_{rows}");
        postgres.create_database(&name)?;
        let address = postgres.url(&name).parse()?;
        let store = PostgresStore::open(&address).await?;
        (Arc::new(store), Some(PostgresStore::open(&address).await?))
    };
    // The account and one profile, of which the others are copies.
    let filling = site::open_on(store.clone(), data, "filling.jsonl").await?;
    let first = make(&filling.site).await?;
    let mut version = filling.site.directory.read().version;
    let mut copies = (1..rows).map(|number| copy(&first, number));
    loop {
        let group: Vec<Change> = copies.by_ref().take(FILLED_AT_ONCE).collect();
        if group.is_empty() {
            break;
        }
        version = store.commit(version, &group).await?;
    }
    if engine == "PostgreSQL" {
        postgres.sql(&format!("rows_{rows}"), "VACUUM ANALYZE")?;
    }
    Ok(Case {
        site: site::open_on(store, data, "audit.jsonl").await?,
        reader,
        profile: ResourceId::new(&first.resource.id),
        update: Series::default(),
        create_delete: Series::default(),
        follow: Series::default(),
    })
}

async fn make(site: &Site) -> Result<Arc<Profile>> {
    let asked = CreateProfile {
        name: "benchmark".to_owned(),
        role_arns: vec![site.account().role_arn("/", "app")],
        enabled: Some(true),
        ..CreateProfile::default()
    };
    create_profile(site, &site::root_call(site), asked)
        .await
        .map_err(refused)
}

/// The profile under another id and name.
fn copy(first: &Profile, number: usize) -> Change {
    let mut row = first.clone();
    site::renumber(&mut row.resource, number);
    Change::PutProfile(Arc::new(row))
}

impl Case {
    async fn round(&mut self) -> Result<()> {
        let site = &self.site.site;
        let call = site::root_call(site);
        let begun = Instant::now();
        for number in 0..BATCH {
            let enabled = number % 2 == 0;
            resources::set_enabled::<Profile>(site, &call, &self.profile, enabled)
                .await
                .map_err(refused)?;
        }
        self.update.add(begun.elapsed(), BATCH);
        let begun = Instant::now();
        for _ in 0..BATCH / 2 {
            let made = make(site).await?;
            let id = ResourceId::new(&made.resource.id);
            resources::delete::<Profile>(site, &call, &id)
                .await
                .map_err(refused)?;
        }
        self.create_delete.add(begun.elapsed(), BATCH);
        // A database in the server's own process has no other reader.
        let Some(reader) = &self.reader else {
            return Ok(());
        };
        let version = site.directory.read().version;
        let begun = Instant::now();
        for _ in 0..BATCH {
            let Since::Changes(newer) = reader.changes_since(version - 1).await? else {
                bail!("everything was read");
            };
            ensure!(newer.version == version && newer.changes.len() == 1);
        }
        self.follow.add(begun.elapsed(), BATCH);
        Ok(())
    }
}

fn print(engine: &str, cases: &[Case]) {
    let [small, large] = cases else {
        return;
    };
    let row = |what: &str, series: fn(&Case) -> &Series| {
        let (one, many) = (series(small), series(large));
        println!(
            "| {engine}, {what} | {:.0} / {:.0} | {:.0} / {:.0} | {:.2} |",
            one.minimum(),
            one.median(),
            many.minimum(),
            many.median(),
            many.ratio_to(one)
        );
    };
    row("one row changed", |case| &case.update);
    row("one row made or deleted", |case| &case.create_delete);
    if engine == "PostgreSQL" {
        row("read by another server", |case| &case.follow);
    }
}
