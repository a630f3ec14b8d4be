//! Three servers under load: one is killed, one is stopped for ten seconds, the database is gone for ten seconds and comes
//! back, the seal key is replaced. Living sessions verify throughout, and what was acknowledged is kept.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyrole_testkit::TestServer;

use super::call::Key;
use super::cluster::{Ground, Way, anyone, signal, who};

/// Longer than the database is away, with the time that a loaded machine takes to start it.
const OFFLINE: &str = "40s";
/// From the making of a seal key to its first use: what was said above, and ten seconds for clocks.
const LEAD: Duration = Duration::from_secs(50);

/// What the load has seen.
#[derive(Default)]
struct Seen {
    /// How often each server verified a session.
    verified: BTreeMap<usize, usize>,
    /// The roles whose making was acknowledged.
    roles: Vec<String>,
    /// How many were refused.
    refused: usize,
    /// Sessions that were issued on the way.
    sessions: Vec<Key>,
    wrong: Vec<String>,
}

struct Load<'a> {
    way: &'a Way,
    servers: Vec<SocketAddr>,
    /// Sessions that were issued before.
    sessions: Vec<Key>,
    killed: AtomicBool,
    /// While the database is away, and while a server is stopped.
    writes_may_fail: AtomicBool,
    over: AtomicBool,
    seen: Mutex<Seen>,
}

impl Load<'_> {
    const KILLED: usize = 0;

    fn wrong(&self, what: String) {
        self.seen.lock().unwrap().wrong.push(what);
    }

    /// No answer is right only from a server that was killed.
    fn gone(&self, server: usize, error: &std::io::Error) {
        if server == Self::KILLED && self.killed.load(Ordering::SeqCst) {
            sleep(Duration::from_millis(50));
        } else {
            self.wrong(format!("server {server}: {error}"));
        }
    }

    /// Asks a server again and again to verify sessions that others have issued.
    fn verify(&self, server: usize) {
        for key in self.sessions.iter().cycle() {
            if self.over.load(Ordering::SeqCst) {
                return;
            }
            match who(self.servers[server], key) {
                Ok(answer) if answer.status == 200 => {
                    *self
                        .seen
                        .lock()
                        .unwrap()
                        .verified
                        .entry(server)
                        .or_default() += 1;
                }
                Ok(answer) => self.wrong(format!("server {server}: {answer:?}")),
                Err(error) => self.gone(server, &error),
            }
        }
    }

    /// Gets sessions, and shows each to the next server at once.
    fn issue(&self, server: usize) {
        while !self.over.load(Ordering::SeqCst) {
            match self.way.session_call(self.servers[server]).send() {
                Ok(answer) if answer.status == 201 => {
                    let key = answer.credentials();
                    let next = (server + 1) % self.servers.len();
                    match who(self.servers[next], &key) {
                        Ok(answer) if answer.status == 200 => {}
                        Ok(answer) => self.wrong(format!("{server} to {next}: {answer:?}")),
                        Err(error) => self.gone(next, &error),
                    }
                    self.seen.lock().unwrap().sessions.push(key);
                }
                Ok(answer) => self.wrong(format!("server {server}: {answer:?}")),
                Err(error) => self.gone(server, &error),
            }
            sleep(Duration::from_millis(100));
        }
    }

    /// Makes roles; a database that is away is a reason to refuse one, and that its server was stopped half way.
    fn write(&self, server: usize) {
        let mut number = 0;
        while !self.over.load(Ordering::SeqCst) {
            number += 1;
            let name = format!("made-{server}-{number}");
            let trust = anyone();
            let may_fail = self.writes_may_fail.load(Ordering::SeqCst);
            match self.way.create_role(self.servers[server], &name, &trust) {
                Ok(answer) if answer.status == 200 => {
                    self.seen.lock().unwrap().roles.push(name);
                }
                Ok(answer) if answer.status == 503 => {
                    if may_fail || self.writes_may_fail.load(Ordering::SeqCst) {
                        self.seen.lock().unwrap().refused += 1;
                    } else {
                        self.wrong(format!("server {server}: {answer:?}"));
                    }
                }
                Ok(answer) => self.wrong(format!("server {server}: {answer:?}")),
                Err(error) => self.gone(server, &error),
            }
            sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn living_sessions_verify_and_what_was_acknowledged_is_kept() {
    let mut ground = Ground::new();
    let start = |ground: &Ground| {
        let server = ground.server().arg("--max-staleness-offline").arg(OFFLINE);
        server.start().unwrap()
    };
    let mut servers: Vec<TestServer> = vec![start(&ground)];
    let way = Way::open(&ground, &servers[0]);
    servers.push(start(&ground));
    servers.push(start(&ground));
    let addresses: Vec<SocketAddr> = servers.iter().map(TestServer::address).collect();
    let load = Load {
        way: &way,
        sessions: addresses.iter().map(|at| way.session(*at)).collect(),
        servers: addresses.clone(),
        killed: AtomicBool::new(false),
        writes_may_fail: AtomicBool::new(false),
        over: AtomicBool::new(false),
        seen: Mutex::default(),
    };
    std::thread::scope(|scope| {
        for server in 0..addresses.len() {
            let load = &load;
            scope.spawn(move || load.verify(server));
            scope.spawn(move || load.issue(server));
            scope.spawn(move || load.write(server));
        }
        let _over = Over(&load.over);
        disturb(&load, &mut ground, &mut servers);
    });
    check(&load, &ground, &servers);
}

/// Ends the threads of the load, where the disturbing panics, too.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// About a minute in which everything goes wrong.
fn disturb(load: &Load<'_>, ground: &mut Ground, servers: &mut [TestServer]) {
    ground.seal_key(&["rotate"], &["--max-staleness-offline", OFFLINE]);
    let rotated = Instant::now();
    sleep(Duration::from_secs(1));
    load.killed.store(true, Ordering::SeqCst);
    servers[Load::KILLED].sigkill().unwrap();
    load.writes_may_fail.store(true, Ordering::SeqCst);
    signal(&servers[1], "STOP");
    sleep(Duration::from_secs(10));
    signal(&servers[1], "CONT");
    sleep(Duration::from_secs(2));
    ground.postgres.crash().unwrap();
    sleep(Duration::from_secs(10));
    ground.postgres.start_again().unwrap();
    sleep(Duration::from_secs(2));
    load.writes_may_fail.store(false, Ordering::SeqCst);
    // Until the new seal key was in use for a while.
    sleep((LEAD + Duration::from_secs(3)).saturating_sub(rotated.elapsed()));
}

fn check(load: &Load<'_>, ground: &Ground, servers: &[TestServer]) {
    let seen = load.seen.lock().unwrap();
    let logs = || servers.iter().map(TestServer::log).collect::<String>();
    let first = seen.wrong.first();
    assert!(
        first.is_none(),
        "{} times wrong: {first:?}\n{}",
        seen.wrong.len(),
        logs()
    );
    assert_eq!(seen.verified.len(), 3, "{:?}", seen.verified);
    assert!(
        seen.refused > 0,
        "no write was refused while the database was away"
    );
    let stored = ground.sql("SELECT name FROM roles");
    let stored: Vec<&str> = stored.lines().collect();
    let lost: Vec<&String> = seen
        .roles
        .iter()
        .filter(|name| !stored.contains(&name.as_str()))
        .collect();
    assert!(
        lost.is_empty(),
        "of {} acknowledged: {lost:?}",
        seen.roles.len()
    );
    // The first four characters behind `ASIA` name the seal key.
    let mut by_seal_key = BTreeMap::<&str, usize>::new();
    for key in &seen.sessions {
        *by_seal_key.entry(key.id.get(4..8).unwrap()).or_default() += 1;
    }
    assert_eq!(
        by_seal_key.len(),
        2,
        "both seal keys were used: {by_seal_key:?}"
    );
    for key in load.sessions.iter().chain(&seen.sessions) {
        for server in &servers[1..] {
            who(server.address(), key).unwrap().expect(200);
        }
    }
}
