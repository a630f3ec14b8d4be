//! Fifty kills at random moments, with eight clients at work: what was acknowledged survives, what was not is whole or absent.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyrole_domain::Change;
use anyrole_domain::ports::Store as _;
use anyrole_stores::SqliteStore;
use anyrole_testkit::TestServer;
use anyrole_testkit::certificates::Authority;

use crate::audit::AuditReader;
use crate::buckets::BucketWriter;
use crate::certificates::CertificateWriter;
use crate::client::Client;
use crate::control_plane::{ControlPlaneWriter, Kind};
use crate::objects::ObjectWriter;
use crate::random::Random;
use crate::roles::{RoleWriter, create_role};
use crate::writer::Writer;

const KILLS: usize = 50;
const SEED: u64 = 0x5eed_2026;

/// A writer with its own connection's key and its own randomness.
struct Worker {
    name: &'static str,
    writer: Box<dyn Writer>,
    random: Random,
    steps: usize,
}

#[test]
fn fifty_kills_lose_nothing_that_was_acknowledged() {
    println!("seed {SEED:#x}");
    let mut random = Random::new(SEED);
    let mut server = TestServer::builder(env!("CARGO_BIN_EXE_anyrole"))
        .arg("--quota=trust-anchors=unlimited,profiles=unlimited")
        .start()
        .unwrap();
    let key = server.root_key().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::new(server.address(), &key);
    let mut workers = workers(folder.path(), &mut client, &mut random);
    let mut audit = AuditReader::new(server.data());
    audit.expect(client.answered);
    let (mut done, mut undone) = (0, 0);
    for round in 0..KILLS {
        let killed = AtomicBool::new(false);
        let address = server.address();
        thread::scope(|scope| {
            let running: Vec<_> = workers
                .iter_mut()
                .map(|worker| scope.spawn(|| work(worker, Client::new(address, &key), &killed)))
                .collect();
            thread::sleep(Duration::from_micros(random.next() % 400_000));
            killed.store(true, Ordering::SeqCst);
            server.sigkill().unwrap();
            for worker in running {
                audit.expect(worker.join().unwrap());
            }
        });
        audit.check_dead();
        if round % 10 == 0 {
            profiles_have_their_policies(server.data(), folder.path());
        }
        if round % 5 == 0 {
            kill_while_it_starts(
                server.data(),
                || true,
                Duration::from_micros(random.next() % 60_000),
            );
        }
        server.restart().unwrap();
        audit.check_started();
        assert_eq!(
            names_in(&server.data().join("objects/tmp")),
            Vec::<PathBuf>::new()
        );
        for worker in &mut workers {
            let mut client = Client::new(address, &key);
            println!("kill {round}: {} after {} steps", worker.name, worker.steps);
            match worker.writer.check(&mut client) {
                Some(true) => done += 1,
                Some(false) => undone += 1,
                None => {}
            }
            audit.expect(client.answered);
        }
    }
    server.sigkill().unwrap();
    audit.check_dead();
    println!(
        "{} calls in the audit trail, {} kills left half a line",
        audit.lines, audit.torn
    );
    println!("of the unanswered changes {done} were found done, {undone} not");
    // Otherwise the kills would all have come at harmless moments.
    assert!(done > 0 && undone > 0);
    for worker in workers {
        assert!(
            worker.steps > KILLS,
            "{} took {} steps",
            worker.name,
            worker.steps
        );
    }
}

#[test]
fn a_lost_write_is_seen_by_each_check() {
    let mut random = Random::new(SEED);
    let mut server = TestServer::builder(env!("CARGO_BIN_EXE_anyrole"))
        .arg("--quota=trust-anchors=unlimited,profiles=unlimited")
        .start()
        .unwrap();
    let key = server.root_key().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let earlier = folder.path().join("earlier");
    let mut client = Client::new(server.address(), &key);
    let mut workers = workers(folder.path(), &mut client, &mut random);
    for copy in [true, false] {
        let mut client = Client::new(server.address(), &key);
        for worker in &mut workers {
            for _ in 0..15 {
                worker.writer.step(&mut client, &mut worker.random).unwrap();
            }
        }
        server.sigkill().unwrap();
        match copy {
            true => copy_folder(server.data(), &earlier),
            false => {
                std::fs::remove_dir_all(server.data()).unwrap();
                copy_folder(&earlier, server.data());
            }
        }
        server.restart().unwrap();
    }
    for worker in &mut workers {
        let mut client = Client::new(server.address(), &key);
        let check = AssertUnwindSafe(|| worker.writer.check(&mut client));
        assert!(
            catch_unwind(check).is_err(),
            "{} noticed nothing",
            worker.name
        );
    }
}

fn copy_folder(from: &Path, to: &Path) {
    let status = Command::new("cp")
        .arg("-a")
        .arg(from)
        .arg(to)
        .status()
        .unwrap();
    assert!(status.success());
}

fn workers(folder: &Path, client: &mut Client, random: &mut Random) -> Vec<Worker> {
    let bundles = ["one", "two"].map(|name| {
        let authority = Authority::root(&folder.join(name)).unwrap();
        authority.own().certificate_pem().unwrap()
    });
    let role = create_role(client, "of-the-profiles");
    let writers: Vec<(&'static str, Box<dyn Writer>)> = vec![
        (
            "objects one",
            Box::new(ObjectWriter::new("objects-one", client)),
        ),
        (
            "objects two",
            Box::new(ObjectWriter::new("objects-two", client)),
        ),
        (
            "objects three",
            Box::new(ObjectWriter::new("objects-three", client)),
        ),
        ("buckets", Box::new(BucketWriter::new())),
        (
            "trust anchors",
            Box::new(ControlPlaneWriter::new(Kind::trust_anchors(
                bundles.to_vec(),
            ))),
        ),
        (
            "profiles",
            Box::new(ControlPlaneWriter::new(Kind::profiles(role))),
        ),
        ("roles", Box::new(RoleWriter::default())),
        ("certificates", Box::new(CertificateWriter::new(client))),
    ];
    let workers = writers.into_iter().map(|(name, writer)| Worker {
        name,
        writer,
        random: Random::new(random.next()),
        steps: 0,
    });
    workers.collect()
}

/// Changes things until the server is gone; gives the answers' request ids.
fn work(worker: &mut Worker, mut client: Client, killed: &AtomicBool) -> Vec<(String, u16)> {
    loop {
        match worker.writer.step(&mut client, &mut worker.random) {
            Ok(()) => worker.steps += 1,
            Err(error) => {
                assert!(
                    killed.load(Ordering::SeqCst),
                    "{}: {error:?} before the kill",
                    worker.name
                );
                return client.answered;
            }
        }
    }
}

/// Starts the server and kills it so much later than the time from which `counts`: recovery can be cut short as well.
pub fn kill_while_it_starts(data: &Path, counts: impl Fn() -> bool, after: Duration) {
    let mut starting = Command::new(env!("CARGO_BIN_EXE_anyrole"))
        .args(["server", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !counts() {
        assert!(starting.try_wait().unwrap().is_none(), "it ended by itself");
        assert!(Instant::now() < deadline, "the start does not come so far");
        thread::sleep(Duration::from_micros(50));
    }
    thread::sleep(after);
    starting.kill().unwrap();
    starting.wait().unwrap();
}

/// A profile and the session policy that its tokens name by hash are one change: no profile lacks its policy.
/// Asks a copy of the database, so that the server recovers the original itself.
fn profiles_have_their_policies(data: &Path, folder: &Path) {
    let copy = tempfile::tempdir_in(folder).unwrap();
    for name in ["anyrole.db", "anyrole.db-wal"] {
        std::fs::copy(data.join(name), copy.path().join(name)).unwrap();
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let changes = runtime.block_on(async {
        let store = SqliteStore::open(&copy.path().join("anyrole.db"))
            .await
            .unwrap();
        store.load().await.unwrap().changes
    });
    let mut policies = Vec::new();
    let mut wanted = Vec::new();
    for change in changes {
        match change {
            Change::PutSessionPolicy(policy) => policies.push(policy.text.to_string()),
            Change::PutProfile(profile) => wanted.extend(profile.session_policy.clone()),
            _ => {}
        }
    }
    for policy in wanted {
        assert!(
            policies.contains(&policy),
            "a profile lacks its session policy {policy}"
        );
    }
}

fn names_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}
