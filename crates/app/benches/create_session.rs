//! CreateSession in process, beside the signature verifications that it can't do without, in turns in one run.
//! `cargo bench -p anyrole --bench create_session`; what the columns mean stands in docs/performance.md.

#![expect(
    clippy::print_stdout,
    reason = "its table is what a benchmark is run for"
)]

mod parts;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, ensure};
use anyrole_domain::sessions::create_session;
use anyrole_frontends::s3::{S3Frontend, S3Parts, SecretByAccessKeyId};
use anyrole_frontends::{Door, DoorParts, Limits, Peer};
use anyrole_objects::FolderStore;
use http::StatusCode;

use parts::figures::Series;
use parts::leaves::{Issuer, Kind, Leaf, Verifier};
use parts::number_after;
use parts::site::{self, BenchSite, refused};

const HOST: &str = "127.0.0.1:9910";
/// Operations in one batch.
const BATCH: usize = 256;
/// Batches of each kind of operation; `-- --rounds N` takes another number, `-- RSA-2048` one kind of key.
const ROUNDS: usize = 30;

/// The times of one case.
#[derive(Default)]
struct Case {
    bare: Series,
    bare_parsed: Series,
    domain: Series,
    door: Series,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let rounds = number_after("--rounds", ROUNDS)?;
    let kinds = [Kind::P256, Kind::Rsa2048];
    let asked = |kind: &Kind| arguments.iter().any(|argument| argument == kind.name());
    let all = !kinds.iter().any(asked);
    println!("CreateSession in process, one thread, µs for each; {rounds} rounds of {BATCH}");
    println!(
        "(min / median; times bare = median over the rounds of a batch against the bare batch of its round)\n"
    );
    println!(
        "| key, chain | bare | bare, parsed key | domain | times bare | door (decode, domain, render) | times bare |"
    );
    println!("|--|--|--|--|--|--|--|");
    for kind in kinds.into_iter().filter(|kind| all || asked(kind)) {
        let folder = tempfile::tempdir()?;
        let through_domain = site::open(folder.path()).await?;
        let issuer = Issuer::new(kind)?;
        let arns = site::configure(&through_domain.site, issuer.pem()?).await?;
        // A second site on the same store, so that each way in has a cache of verified chains of its own.
        let through_door = site::open_on(
            through_domain.store.clone(),
            folder.path(),
            "audit-of-the-door.jsonl",
        )
        .await?;
        let door = door(&through_door, folder.path())?;
        let leaves: Result<Vec<Leaf>> = (0..rounds * BATCH)
            .map(|n| issuer.leaf(n, &arns, HOST))
            .collect();
        let leaves = leaves?;
        let bench = Bench {
            authority: issuer.verifier(),
            through_domain,
            through_door,
            door,
        };
        let unseen = bench.run(&leaves, false).await?;
        let one: Vec<Leaf> = leaves
            .iter()
            .take(1)
            .cloned()
            .cycle()
            .take(leaves.len())
            .collect();
        let seen = bench.run(&one, true).await?;
        print_row(&format!("{}, seen before", kind.name()), &seen);
        print_row(&format!("{}, not seen before", kind.name()), &unseen);
    }
    Ok(())
}

struct Bench<'a> {
    authority: &'a Verifier,
    through_domain: BenchSite,
    through_door: BenchSite,
    door: Door,
}

impl Bench<'_> {
    /// The four kinds of batch in turns. Inputs are made, and outputs counted, outside of the timed parts.
    async fn run(&self, leaves: &[Leaf], seen: bool) -> Result<Case> {
        let mut case = Case::default();
        for batch in leaves.chunks(BATCH) {
            let verified = case
                .bare
                .time(batch.len(), || self.bare(batch, seen, Verifier::verify));
            ensure!(verified, "a bare verification failed");
            self.domain(batch, &mut case.domain).await?;
            let verified = case.bare_parsed.time(batch.len(), || {
                self.bare(batch, seen, Verifier::verify_parsed)
            });
            ensure!(verified, "a bare verification failed");
            self.door(batch, &mut case.door).await?;
            for bench_site in [&self.through_domain, &self.through_door] {
                bench_site
                    .site
                    .sightings
                    .flush(bench_site.store.as_ref())
                    .await?;
            }
        }
        Ok(case)
    }

    fn bare(
        &self,
        batch: &[Leaf],
        seen: bool,
        verify: fn(&Verifier, &[u8], &[u8]) -> bool,
    ) -> bool {
        batch.iter().all(|leaf| {
            let certificate =
                seen || verify(self.authority, &leaf.tbs, &leaf.certificate_signature);
            certificate && verify(&leaf.key, &leaf.string_to_sign, &leaf.request_signature)
        })
    }

    async fn domain(&self, batch: &[Leaf], series: &mut Series) -> Result<()> {
        let site = &self.through_domain.site;
        let inputs = batch
            .iter()
            .map(|leaf| (site::origin(site), leaf.decoded()));
        let inputs: Vec<_> = inputs.collect();
        let begun = std::time::Instant::now();
        for (origin, input) in inputs {
            black_box(
                create_session(site, &origin, input)
                    .await
                    .map_err(refused)?,
            );
        }
        series.add(begun.elapsed(), batch.len());
        Ok(())
    }

    async fn door(&self, batch: &[Leaf], series: &mut Series) -> Result<()> {
        let inputs: Result<Vec<_>> = batch.iter().map(Leaf::request).collect();
        let inputs = inputs?;
        let peer = Peer {
            ip: Some(std::net::Ipv4Addr::LOCALHOST.into()),
            tls: None,
        };
        let mut created = 0;
        let begun = std::time::Instant::now();
        for input in inputs {
            let answer = black_box(self.door.serve(input, peer).await);
            created += usize::from(answer.status() == StatusCode::CREATED);
        }
        series.add(begun.elapsed(), batch.len());
        ensure!(created == batch.len(), "the door refused");
        Ok(())
    }
}

struct NoSecrets;

impl SecretByAccessKeyId for NoSecrets {
    fn secret(&self, _access_key_id: &str) -> Option<String> {
        None
    }
}

fn door(bench_site: &BenchSite, data: &Path) -> Result<Door> {
    let s3 = S3Frontend::new(S3Parts {
        store: Arc::new(FolderStore::open(&data.join("objects"))?),
        authorizer: bench_site.site.clone(),
        secrets: Arc::new(NoSecrets),
        nonces: Arc::new(|| [0; 16]),
        region: site::REGION.to_owned(),
        partition: "aws".to_owned(),
        domain: None,
        body_idle: Limits::default().s3_body_idle,
    });
    Ok(Door::new(DoorParts {
        site: bench_site.site.clone(),
        s3,
        limits: Limits::default(),
        console: false,
    }))
}

fn print_row(name: &str, case: &Case) {
    let cell = |series: &Series| format!("{:.1} / {:.1}", series.minimum(), series.median());
    println!(
        "| {name} | {} | {} | {} | {:.2} | {} | {:.2} |",
        cell(&case.bare),
        cell(&case.bare_parsed),
        cell(&case.domain),
        case.domain.ratio_to(&case.bare),
        cell(&case.door),
        case.door.ratio_to(&case.bare),
    );
}
