//! Each error that IAM's operations have in common, and those that take some doing: a session that has ended, a secret that
//! nothing opens, a store in which others are always faster.
#![expect(
    clippy::disallowed_methods,
    reason = "tests, which have the clock of the servers that they ask"
)]

use std::path::Path;
use std::sync::Arc;

use anyrole_domain::activity::{TrailPage, TrailQuery};
use anyrole_domain::ports::{AuditError, AuditTrail, Clock, Entropy, Store as _};
use anyrole_domain::sessions::Credentials;
use anyrole_domain::sts::get_session_token;
use anyrole_domain::{
    AccessKey, AuditRecord, Call, Caller, Change, Directory, Origin, Principal, Quotas, Site,
    SiteParts,
};
use anyrole_issuers::{Keyring, LocalIssuer, MasterKey};
use anyrole_stores::SqliteStore;
use anyrole_testkit::{Postgres, TestServer};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::root_of;
use crate::way_in::{ANYROLE, anyrole_in, script};

/// The id of a key whose secret nothing opens.
const UNOPENED: &str = "AKIAUNOPENEDUNOPENED";

struct System;

impl Clock for System {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

impl Entropy for System {
    fn fill(&self, bytes: &mut [u8]) {
        SystemRandom::new().fill(bytes).unwrap();
    }
}

#[async_trait::async_trait]
impl AuditTrail for System {
    async fn append(&self, _record: &AuditRecord<'_>) -> Result<(), AuditError> {
        Ok(())
    }

    async fn find(&self, _request_id: &str) -> Result<Option<String>, AuditError> {
        Ok(None)
    }

    async fn page(&self, _query: &TrailQuery) -> Result<TrailPage, AuditError> {
        Err(AuditError("nothing is kept".to_owned()))
    }
}

/// In a stopped server's folder: makes the key `UNOPENED`, and credentials of a session of the root that has ended.
async fn prepare(data: &Path) -> Credentials {
    let system = Arc::new(System);
    let secrets = Arc::new(MasterKey::open(&data.join("master.key"), system.clone()).unwrap());
    let store = Arc::new(SqliteStore::open(&data.join("anyrole.db")).await.unwrap());
    let directory = Directory::load(store.clone()).await.unwrap();
    let snapshot = directory.read_full();
    let account = snapshot.account().unwrap().id.clone();
    let keyring = Keyring::unlock(snapshot.seal_keys().map(Arc::as_ref), secrets.as_ref());
    let issuer = Arc::new(LocalIssuer::new(keyring.unwrap(), system.clone()));
    let unopened = AccessKey {
        account: account.clone(),
        id: UNOPENED.to_owned(),
        user_id: None,
        sealed_secret: vec![0; 64],
        active: true,
        created_at: Timestamp::now(),
    };
    let put = Change::PutAccessKey(unopened);
    store.commit(snapshot.version, &[put]).await.unwrap();
    let site = Site::new(SiteParts {
        directory,
        clock: system.clone(),
        entropy: system.clone(),
        issuer: issuer.clone(),
        opener: issuer,
        secrets,
        audit: system,
        quotas: Quotas::default(),
    });
    let call = Call {
        caller: Caller {
            account,
            principal: Principal::Root,
            access_key_id: "AKIAROOT".into(),
        },
        origin: Origin {
            request_id: "request".into(),
            now: Timestamp::now() - SignedDuration::from_hours(1),
            source_ip: None,
            secure_transport: false,
            user_agent: None,
        },
    };
    get_session_token(&site.unwrap(), &call, Some(900), false).unwrap()
}

/// A server on a database whose version can't be moved on, as if others had always been faster.
fn contended(folder: &TempDir) -> (Postgres, TestServer) {
    let postgres = Postgres::start().unwrap();
    postgres.create_database("anyrole").unwrap();
    anyrole_in(folder.path(), "master-key create master.key");
    let server = TestServer::builder(ANYROLE)
        .env("ANYROLE_DATABASE", &postgres.url("anyrole"))
        .arg("--master-key-file")
        .arg(folder.path().join("master.key").to_str().unwrap())
        .start()
        .unwrap();
    let skip =
        "CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'";
    let always = "CREATE TRIGGER contended BEFORE UPDATE ON store_version FOR EACH ROW EXECUTE FUNCTION skip()";
    for sql in [skip, always] {
        postgres.sql("anyrole", sql).unwrap();
    }
    (postgres, server)
}

/// The access key of a user without policies.
fn nobody(server: &TestServer) -> Value {
    let iam = |words: &[&str]| {
        let words = [&["iam"], words, &["--user-name", "nobody"]].concat();
        server.aws(&words).unwrap().json().unwrap()
    };
    iam(&["create-user"]);
    let key = iam(&["create-access-key"])["AccessKey"].clone();
    json!({"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]})
}

#[test]
fn boto3_and_the_cli_meet_the_errors_of_every_operation() {
    let folder = TempDir::new().unwrap();
    let mut server = TestServer::start_default(ANYROLE).unwrap();
    let nobody = nobody(&server);
    server.sigterm().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let ended = runtime.block_on(prepare(server.data()));
    drop(runtime);
    server.restart().unwrap();
    let slow = TestServer::builder(ANYROLE)
        .arg("--quota=iam-rate=1")
        .start()
        .unwrap();
    let (_postgres, contended) = contended(&folder);
    let context = json!({
        "root": root_of(&server),
        "slow": root_of(&slow),
        "contended": root_of(&contended),
        "nobody": nobody,
        "unopened": {"AWS_ACCESS_KEY_ID": UNOPENED},
        "expired": {
            "AWS_ACCESS_KEY_ID": ended.access_key_id,
            "AWS_SECRET_ACCESS_KEY": ended.secret_access_key.expose(),
            "AWS_SESSION_TOKEN": ended.session_token,
        },
    });
    let file = folder.path().join("context.json");
    std::fs::write(&file, context.to_string()).unwrap();
    script(
        &server.aws_cli(),
        "iam_errors.py",
        &[file.to_str().unwrap()],
    );
}
