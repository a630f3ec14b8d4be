//! CreateSession in process where much is stored: 10,000 trust anchors and profiles beside those that are asked for, and a
//! revocation list of 100,000 entries, in turns with a site that holds one of each.
//! `cargo bench -p anyrole --bench create_session_rows`; what the columns mean stands in docs/performance.md.

#![expect(
    clippy::print_stdout,
    reason = "its table is what a benchmark is run for"
)]

mod parts;

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Context as _, Result};
use anyrole_domain::crls::{ImportCrl, import_crl};
use anyrole_domain::sessions::create_session;
use tempfile::TempDir;

use parts::figures::Series;
use parts::leaves::{Issuer, Kind, Leaf};
use parts::number_after;
use parts::site::{self, BenchSite, refused};

const HOST: &str = "127.0.0.1:9910";
/// Trust anchors, and profiles, in the large site; `-- --rows N` takes another number.
const ROWS: usize = 10_000;
/// Entries of the long list.
const ENTRIES: u32 = 100_000;
/// Operations in one batch.
const BATCH: usize = 32;
/// Batches of each site; `-- --rounds N` takes another number.
const ROUNDS: usize = 150;

/// A site, the leaves that ask it, and the times of its batches.
struct Case {
    name: String,
    site: BenchSite,
    leaves: Vec<Leaf>,
    seen: Series,
    unseen: Series,
    _folder: TempDir,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let (rows, rounds) = (
        number_after("--rows", ROWS)?,
        number_after("--rounds", ROUNDS)?,
    );
    println!("CreateSession in process, one thread, µs for each; {rounds} rounds of {BATCH}");
    println!("(min / median; times = median over the rounds against the site with one row)\n");
    println!("| key, what is stored | seen before | times | not seen before | times |");
    println!("|--|--|--|--|--|");
    for kind in [Kind::P256, Kind::Rsa2048] {
        let issuer = Issuer::new(kind)?;
        let mut cases = [
            open(&issuer, "one of each", 1, None, rounds).await?,
            open(&issuer, "many anchors and profiles", rows, None, rounds).await?,
            open(&issuer, "a list of 1 entry", 1, Some(1), rounds).await?,
            open(&issuer, "a list of many entries", 1, Some(ENTRIES), rounds).await?,
        ];
        for round in 0..rounds {
            for case in &mut cases {
                case.round(round).await?;
            }
        }
        print(kind, &cases);
    }
    Ok(())
}

async fn open(
    issuer: &Issuer,
    name: &str,
    rows: usize,
    entries: Option<u32>,
    rounds: usize,
) -> Result<Case> {
    let folder = tempfile::tempdir()?;
    let site = site::open(folder.path()).await?;
    let arns = site::configure(&site.site, issuer.pem()?).await?;
    let copies = site::copies(&site.site, &arns, rows)?;
    let write = site.site.directory.write(|_| Ok((copies, ())));
    write.await.map_err(refused)?;
    if let Some(entries) = entries {
        let list = ImportCrl {
            name: "benchmark".to_owned(),
            data: issuer.revocation_list(entries)?,
            trust_anchor_arn: arns.trust_anchor.clone(),
            enabled: Some(true),
            alias: None,
            tags: Vec::new(),
        };
        import_crl(&site.site, &site::root_call(&site.site), list)
            .await
            .map_err(refused)?;
    }
    let leaves = (0..rounds * BATCH).map(|number| issuer.leaf(number, &arns, HOST));
    Ok(Case {
        name: name.to_owned(),
        site,
        leaves: leaves.collect::<Result<_>>()?,

        seen: Series::default(),
        unseen: Series::default(),
        _folder: folder,
    })
}

impl Case {
    async fn round(&mut self, round: usize) -> Result<()> {
        let batch = self.leaves.iter().skip(round * BATCH).take(BATCH);
        let unseen: Vec<Leaf> = batch.cloned().collect();
        let first = self.leaves.first().context("a leaf")?;
        let seen = vec![first.clone(); BATCH];
        Self::time(&self.site, &unseen, &mut self.unseen).await?;
        Self::time(&self.site, &seen, &mut self.seen).await?;
        self.site
            .site
            .sightings
            .flush(self.site.store.as_ref())
            .await?;
        Ok(())
    }

    async fn time(site: &BenchSite, leaves: &[Leaf], series: &mut Series) -> Result<()> {
        let inputs = leaves
            .iter()
            .map(|leaf| (site::origin(&site.site), leaf.decoded()));
        let inputs: Vec<_> = inputs.collect();
        let begun = Instant::now();
        for (origin, input) in inputs {
            let created = create_session(&site.site, &origin, input).await;
            black_box(created.map_err(refused)?);
        }
        series.add(begun.elapsed(), leaves.len());
        Ok(())
    }
}

fn print(kind: Kind, cases: &[Case]) {
    let Some(one) = cases.first() else {
        return;
    };
    for case in cases {
        let cell = |series: &Series, one: &Series| {
            format!(
                "{:.1} / {:.1} | {:.2}",
                series.minimum(),
                series.median(),
                series.ratio_to(one)
            )
        };
        println!(
            "| {}, {} | {} | {} |",
            kind.name(),
            case.name,
            cell(&case.seen, &one.seen),
            cell(&case.unseen, &one.unseen),
        );
    }
}
