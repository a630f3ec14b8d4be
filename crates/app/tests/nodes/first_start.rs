//! The first start of several servers at once, and a start with the wrong master key.

use anyrole_testkit::TestServer;

use super::call::Key;
use super::cluster::{Ground, anyrole, who};

#[test]
fn of_servers_that_start_at_once_one_makes_the_account() {
    let ground = Ground::new();
    let servers: Vec<TestServer> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| ground.server().start().unwrap()))
            .collect();
        starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect()
    });
    let with_key: Vec<&TestServer> = servers
        .iter()
        .filter(|server| server.root_credentials().exists())
        .collect();
    assert_eq!(with_key.len(), 1, "one of them has the root user's key");
    let root = Key::root(&with_key[0].root_credentials());
    for server in &servers {
        who(server.address(), &root).unwrap().expect(200);
    }
    let counts = "SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM access_keys),
        (SELECT count(*) FROM seal_keys), (SELECT version FROM store_version)";
    assert_eq!(ground.sql(counts), "1|1|1|1");
}

#[test]
fn a_wrong_or_missing_master_key_changes_nothing() {
    let ground = Ground::new();
    drop(ground.server().start().unwrap());
    // As if a newer version of the program were started: its migrations must wait for the key.
    ground.sql("DELETE FROM _sqlx_migrations WHERE version = 4");
    ground.sql("ALTER TABLE seal_keys DROP COLUMN usable_from");
    let other = ground.folder.path().join("other.key");
    let other = other.to_str().unwrap();
    anyrole(&["master-key", "create", other]).unwrap();
    let url = ground.postgres.url(super::cluster::DATABASE);
    let data = ground.folder.path().join("data");
    let start = |more: &[&str]| {
        let data = data.to_str().unwrap();
        let words = ["server", "--listen", "127.0.0.1:0", "--data", data];
        anyrole(&[&words, more].concat()).unwrap_err()
    };
    for (more, said) in [
        (
            vec!["--database", &url, "--master-key-file", other],
            vec!["--master-key-file", "can't be opened with this master key"],
        ),
        (
            vec!["--database", &url, "--master-key-file", "/nowhere"],
            vec!["--master-key-file /nowhere", "anyrole master-key create"],
        ),
        (
            vec!["--database", &url],
            vec!["--master-key-file", "ANYROLE_MASTER_KEY"],
        ),
        (
            vec![
                "--database",
                "postgres://a:s3cret@127.0.0.1:1/x",
                "--master-key-file",
                other,
            ],
            vec!["--database", "postgres://a@127.0.0.1:1/x"],
        ),
    ] {
        let error = start(&more);
        for part in said {
            assert!(error.contains(part), "{error}");
        }
        assert!(!error.contains("s3cret"), "{error}");
    }
    let migrated = "SELECT count(*) FROM _sqlx_migrations WHERE version = 4";
    assert_eq!(ground.sql(migrated), "0", "nothing was changed");
    // The key itself may come by the environment.
    let key = std::fs::read_to_string(&ground.master_key).unwrap();
    TestServer::builder(super::cluster::ANYROLE)
        .arg("--database")
        .arg(&url)
        .env("ANYROLE_MASTER_KEY", &key)
        .start()
        .unwrap();
    assert_eq!(ground.sql(migrated), "1");
}
