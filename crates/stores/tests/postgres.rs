//! PostgreSQL: the suite of every engine, and what is its own: several stores on one database.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyrole_domain::ports::{Since, Store as _, StoreError};
use anyrole_domain::subjects::Sighting;
use anyrole_domain::{Account, AccountId, Change};
use anyrole_stores::conformance::{Engine, Failure, run};
use anyrole_stores::{PostgresOpenError, PostgresStore};
use anyrole_testkit::Postgres;
use async_trait::async_trait;
use jiff::Timestamp;

struct Database(String);

#[async_trait]
impl Engine for Database {
    type Store = PostgresStore;

    async fn open(&self) -> Result<PostgresStore, Failure> {
        open(&self.0)
            .await
            .map_err(|error| Failure(error.to_string()))
    }
}

async fn open(url: &str) -> Result<PostgresStore, PostgresOpenError> {
    PostgresStore::open(&url.parse().unwrap()).await
}

fn database(server: &Postgres) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    server.create_database(&name).unwrap();
    server.url(&name)
}

fn account(region: &str) -> Change {
    Change::PutAccount(Account {
        id: AccountId::parse("000000000000").unwrap(),
        region: region.to_owned(),
        partition: "aws".to_owned(),
        created_at: Timestamp::UNIX_EPOCH,
    })
}

#[tokio::test]
async fn conforms() {
    let server = Postgres::start().unwrap();
    run(|| Database(database(&server))).await.unwrap();
}

#[tokio::test]
async fn stores_that_open_an_empty_database_at_once_make_its_tables_once() {
    let server = Postgres::start().unwrap();
    let url = database(&server);
    let opened = futures_util::future::join_all((0..5).map(|_| open(&url))).await;
    for store in opened {
        assert_eq!(store.unwrap().load().await.unwrap().version, 0);
    }
}

#[tokio::test]
async fn another_store_hears_of_a_write_and_reads_it_alone() {
    let server = Postgres::start().unwrap();
    let url = database(&server);
    let (here, there) = (open(&url).await.unwrap(), open(&url).await.unwrap());
    here.commit(0, &[account("one")]).await.unwrap();
    // What was written before it listened, or is told at its start.
    let told = async || {
        tokio::time::timeout(Duration::from_secs(20), there.changed())
            .await
            .unwrap();
    };
    told().await;
    here.commit(1, &[account("two")]).await.unwrap();
    loop {
        told().await;
        match there.changes_since(1).await.unwrap() {
            Since::Changes(newer) if newer.version == 2 => {
                assert_eq!(newer.changes.len(), 1, "{:?}", newer.changes);
                break;
            }
            Since::Changes(newer) => assert_eq!(newer.version, 1),
            Since::Whole(whole) => panic!("{whole:?}"),
        }
    }
}

#[tokio::test]
async fn who_is_too_far_behind_or_ahead_reads_everything() {
    let server = Postgres::start().unwrap();
    let url = database(&server);
    let name = url.split(['/', '?']).nth(3).unwrap();
    let store = open(&url).await.unwrap();
    store.commit(0, &[account("one")]).await.unwrap();
    server
        .sql(name, "UPDATE store_version SET version = 20000")
        .unwrap();
    for version in [0, 1, 9_999, 20_001] {
        let since = store.changes_since(version).await.unwrap();
        assert!(
            matches!(&since, Since::Whole(all) if all.version == 20_000 && all.changes.len() == 1)
        );
    }
    store.commit(20_000, &[account("two")]).await.unwrap();
    let logged = server.sql(name, "SELECT version FROM changes").unwrap();
    assert_eq!(logged, "20001", "what nobody can go on from is forgotten");
}

#[tokio::test]
async fn a_database_that_is_down_is_away_and_comes_back() {
    let mut server = Postgres::start().unwrap();
    let store = open(&database(&server)).await.unwrap();
    store.commit(0, &[account("one")]).await.unwrap();
    server.crash().unwrap();
    for _ in 0..3 {
        let read = store.changes_since(1).await;
        assert!(matches!(read, Err(StoreError::Away(_))), "{read:?}");
        let written = store.commit(1, &[account("two")]).await;
        assert!(matches!(written, Err(StoreError::Away(_))), "{written:?}");
    }
    server.start_again().unwrap();
    // What was acknowledged before the crash is there.
    assert_eq!(store.load().await.unwrap().version, 1);
    store.commit(1, &[account("two")]).await.unwrap();
}

#[tokio::test]
async fn a_writer_that_stops_half_way_does_not_keep_the_others_waiting() {
    let server = Arc::new(Postgres::start().unwrap());
    let url = database(&server);
    let name = url.split(['/', '?']).nth(3).unwrap().to_owned();
    let store = Arc::new(open(&url).await.unwrap());
    let counted = |what: &str| {
        let sql = format!("SELECT count(*) FROM pg_stat_activity WHERE {what}");
        server.sql(&name, &sql).unwrap() != "0"
    };
    // While somebody else has locked a table, the writer comes no further than that.
    let lock = "BEGIN; LOCK TABLE accounts; SELECT pg_sleep(3); COMMIT";
    let locker = {
        let (server, name) = (server.clone(), name.clone());
        std::thread::spawn(move || server.sql(&name, lock).unwrap())
    };
    while !counted("wait_event = 'PgSleep'") {}
    let begun = store.clone();
    let mut stopped = Box::pin(async move { begun.commit(0, &[account("one")]).await });
    while !counted("query LIKE 'INSERT INTO accounts%' AND wait_event_type = 'Lock'") {
        let step = tokio::time::timeout(Duration::from_millis(20), &mut stopped).await;
        assert!(step.is_err(), "{step:?}");
    }
    // From here on nobody polls it: it has the version row, and leaves the transaction open.
    locker.join().unwrap();
    let other = open(&url).await.unwrap();
    assert_eq!(other.commit(0, &[account("two")]).await.unwrap(), 1);
    let late = stopped.await;
    assert!(late.is_err(), "{late:?}");
    assert_eq!(other.load().await.unwrap().version, 1);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let server = Postgres::start().unwrap();
    let url = database(&server);
    let name = url.split(['/', '?']).nth(3).unwrap();
    drop(open(&url).await.unwrap());
    server
        .sql(
            name,
            "INSERT INTO _sqlx_migrations VALUES (9999, 'later', '2030-01-01', TRUE, '', 0)",
        )
        .unwrap();
    let error = open(&url).await.unwrap_err();
    assert!(matches!(error, PostgresOpenError::Newer(_)), "{error}");
}

#[tokio::test]
async fn a_name_with_a_nul_keeps_nobody_from_being_noted() {
    let server = Postgres::start().unwrap();
    let store = open(&database(&server)).await.unwrap();
    store.commit(0, &[account("one")]).await.unwrap();
    let id = AccountId::parse("000000000000").unwrap();
    let sighting = |number: u8, name: &str| Sighting {
        account: id.clone(),
        subject_id: format!("{number:08x}-2222-5000-8000-000000000000"),
        x509_subject: name.to_owned(),
        issuer: name.to_owned(),
        serial: "01".to_owned(),
        certificate: vec![number],
        certificate_sha256: [number; 32],
        not_after: Timestamp::UNIX_EPOCH,
        trust_anchor_arn: "arn".to_owned(),
        failed: false,
        properties: Vec::new(),
        seen_at: Timestamp::UNIX_EPOCH,
    };
    let group = [sighting(1, "CN=\0"), sighting(2, "CN=two")];
    store.record_sightings(&group).await.unwrap();
    let listed = store.list_subjects(&id, "", 10).await.unwrap();
    let names: Vec<&str> = listed
        .iter()
        .map(|subject| &*subject.x509_subject)
        .collect();
    assert_eq!(names, ["CN=\u{fffd}", "CN=two"]);
}
