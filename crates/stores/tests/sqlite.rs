//! SQLite: the suite of every engine, and what is its own: files, modes, the lock, the syncs.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyrole_domain::ports::Store as _;
use anyrole_domain::{Account, AccountId, Change};
use anyrole_stores::conformance::{Engine, Failure, run};
use anyrole_stores::{OpenError, SqliteStore};
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Connection as _;

struct Sqlite(tempfile::TempDir);

#[async_trait]
impl Engine for Sqlite {
    type Store = SqliteStore;

    async fn open(&self) -> Result<SqliteStore, Failure> {
        SqliteStore::open(&self.0.path().join("data/anyrole.db"))
            .await
            .map_err(|error| Failure(error.to_string()))
    }
}

fn account(region: &str) -> Change {
    Change::PutAccount(Account {
        id: AccountId::parse("000000000000").unwrap(),
        region: region.to_owned(),
        partition: "aws".to_owned(),
        created_at: Timestamp::UNIX_EPOCH,
    })
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn conforms() {
    run(|| Sqlite(tempfile::tempdir().unwrap())).await.unwrap();
}

#[tokio::test]
async fn only_the_owner_may_read() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("a/data");
    let path = data.join("anyrole.db");
    // SQLite may be asked to create with any umask; an older file may be open to all.
    std::fs::create_dir(folder.path().join("a")).unwrap();
    let store = SqliteStore::open(&path).await.unwrap();
    store.commit(0, &[account("us-east-1")]).await.unwrap();
    assert_eq!(mode(&data), 0o700);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&data).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(mode(&entry.path()), 0o600, "{:?}", entry.path());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "anyrole.db",
            "anyrole.db-shm",
            "anyrole.db-wal",
            "anyrole.db.lock"
        ]
    );
    drop(store);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o664)).unwrap();
    let _store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[tokio::test]
async fn a_second_user_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anyrole.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let error = SqliteStore::open(&path).await.unwrap_err();
    assert!(matches!(error, OpenError::Held(_)));
    assert!(error.to_string().contains("in use by another process"));
    drop(store);
    SqliteStore::open(&path).await.unwrap();
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anyrole.db");
    std::fs::write(&path, "not a database".repeat(1000)).unwrap();
    let error = SqliteStore::open(&path).await.unwrap_err();
    assert!(matches!(error, OpenError::Database { .. }), "{error}");
    let error = SqliteStore::open(&path.join("below/a/file"))
        .await
        .unwrap_err();
    assert!(matches!(error, OpenError::File { .. }), "{error}");
}

/// Not a test of its own: makes commits for `each_commit_syncs`, which runs this binary under strace.
#[tokio::test]
#[ignore = "run by each_commit_syncs"]
async fn commits_for_strace() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("anyrole.db"))
        .await
        .unwrap();
    for (base, region) in ["one", "two", "three", "four"].into_iter().enumerate() {
        store
            .commit(u64::try_from(base).unwrap(), &[account(region)])
            .await
            .unwrap();
        // Seen in the trace: what comes before it is on disk.
        let _ = std::fs::metadata(format!("/acknowledged-{region}"));
    }
}

/// Each commit is followed by a sync of the log before it is answered, and new files by a sync of their folder.
#[test]
fn each_commit_syncs() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let started = std::process::Command::new("strace")
        .args([
            "-f",
            "-y",
            "-e",
            "trace=fsync,fdatasync,pwrite64,statx,newfstatat",
            "-o",
        ])
        .arg(&trace)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "commits_for_strace", "--ignored"])
        .stdout(std::process::Stdio::null())
        .status();
    match started {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        status => assert!(status.unwrap().success()),
    }
    let trace = std::fs::read_to_string(&trace).unwrap();
    let acknowledged: Vec<&str> = trace.split("/acknowledged-").collect();
    assert_eq!(acknowledged.len(), 5, "{trace}");
    let syncs = |line: &str| line.contains("fsync(") || line.contains("fdatasync(");
    for (number, part) in acknowledged.iter().take(4).enumerate() {
        let (_, after) = part.rsplit_once("pwrite64(").unwrap();
        let log = after.lines().next().unwrap();
        assert!(log.contains("anyrole.db-wal"), "commit {number}: {log}");
        let synced = after
            .lines()
            .any(|line| syncs(line) && line.contains("anyrole.db-wal"));
        assert!(synced, "commit {number}: {after}");
    }
    let folder_synced = trace
        .lines()
        .any(|line| syncs(line) && line.contains("/.tmp") && !line.contains("anyrole.db"));
    assert!(folder_synced, "{trace}");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anyrole.db");
    drop(SqliteStore::open(&path).await.unwrap());
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut connection = sqlx::SqliteConnection::connect_with(&options)
        .await
        .unwrap();
    sqlx::query("INSERT INTO _sqlx_migrations VALUES (9999, 'later', '2030-01-01', 1, x'00', 0)")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let error = SqliteStore::open(&path).await.unwrap_err();
    assert!(matches!(error, OpenError::Newer(_)), "{error}");
}

/// Rows that the first version wrote are there after all later migrations, and have what these added.
#[tokio::test]
async fn rows_of_the_first_tables_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let name = "0001_first_tables.sql";
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    std::fs::copy(migrations.join(name), folder.path().join(name)).unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let path = data.join("anyrole.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options)
        .await
        .unwrap();
    let first = sqlx::migrate::Migrator::new(folder.path()).await.unwrap();
    first.run(&mut connection).await.unwrap();
    for row in [
        "INSERT INTO accounts VALUES ('000000000000', 'us-east-1', 'aws', 1)",
        "INSERT INTO trust_anchors VALUES ('000000000000', 'arn:a', 'a', 'name', 'CERTIFICATE_BUNDLE', 'pem', 1, '[]', '[]', 7, 2, 3)",
        "INSERT INTO profiles VALUES ('000000000000', 'arn:p', 'p', 'name', 1, 'root', '[]', NULL, '[]', 900, 0, 0, '[]', '[]', 8, 2, 3)",
    ] {
        sqlx::query(row).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();

    let store = SqliteStore::open(&path).await.unwrap();
    let loaded = store.load().await.unwrap();
    let seen: Vec<String> = loaded
        .changes
        .iter()
        .map(|change| match change {
            Change::PutTrustAnchor(row) => {
                assert!(!row.crl_dp_revocation_enabled && row.resource.alias.is_none());
                format!("{} {}", row.resource.arn, row.resource.revision)
            }
            Change::PutProfile(row) => {
                assert!(row.resource.alias.is_none());
                format!("{} {}", row.resource.arn, row.resource.revision)
            }
            other => format!("{other:?}").chars().take(10).collect(),
        })
        .collect();
    assert_eq!(seen, ["PutAccount", "arn:a 7", "arn:p 8"]);
}
