//! The store, its master key and the directory over it: what the server and the commands that work on a store open first.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use anyrole_domain::ports::{Entropy, Stopwatch, Store};
use anyrole_domain::{Directory, SealKey};
use anyrole_issuers::{MasterKey, MasterKeyError, TokenKey};
use anyrole_stores::{PostgresStore, SqliteStore};

use super::tokens;
use crate::settings::{Engine, MasterKeySource, StorageSettings};

/// What was opened.
pub struct OpenStorage {
    /// Where rows are written.
    pub store: Arc<dyn Store>,
    /// What encrypts their secrets.
    pub secrets: Arc<MasterKey>,
    /// What decisions read.
    pub directory: Directory,
}

/// Time since the machine was started, which goes on while a process, or the machine, sleeps.
pub struct SystemStopwatch;

impl Stopwatch for SystemStopwatch {
    fn elapsed(&self) -> Duration {
        #[cfg(target_os = "linux")]
        let clock = rustix::time::ClockId::Boottime;
        #[cfg(not(target_os = "linux"))]
        let clock = rustix::time::ClockId::Monotonic;
        let now = rustix::time::clock_gettime(clock);
        Duration::new(
            u64::try_from(now.tv_sec).unwrap_or_default(),
            u32::try_from(now.tv_nsec).unwrap_or_default(),
        )
    }
}

/// Opens the store; a master key that does not open its secrets changes nothing in it.
pub async fn open(
    settings: &StorageSettings,
    data: &Path,
    entropy: &Arc<dyn Entropy>,
) -> anyhow::Result<OpenStorage> {
    let given = &settings.master_key;
    match &settings.engine {
        Engine::Embedded => {
            let database = data.join("anyrole.db");
            // A database without its master key must not get a new one: every secret in it would be lost.
            let secrets = Arc::new(master_key(settings, !database.exists(), entropy)?);
            let key = |row: &SealKey| row.secret(secrets.as_ref()).map(drop);
            let store = SqliteStore::open_with(&database, &key).await;
            let store: Arc<dyn Store> = Arc::new(store.with_context(|| given.to_string())?);
            Ok(OpenStorage {
                directory: Directory::load(store.clone()).await?,
                store,
                secrets,
            })
        }
        Engine::Postgres(address) => {
            let secrets = Arc::new(master_key(settings, false, entropy)?);
            let key = |row: &SealKey| row.secret(secrets.as_ref()).map(drop);
            let store = PostgresStore::open_with(address, &key).await;
            let store: Arc<dyn Store> =
                Arc::new(store.with_context(|| format!("--database, {given}"))?);
            let time = Arc::new(SystemStopwatch);
            let directory = Directory::load_shared(store.clone(), settings.staleness, time);
            Ok(OpenStorage {
                directory: directory.await?,
                store,
                secrets,
            })
        }
    }
}

fn master_key(
    settings: &StorageSettings,
    may_create: bool,
    entropy: &Arc<dyn Entropy>,
) -> anyhow::Result<MasterKey> {
    let source = &settings.master_key;
    let key = match &settings.master_key_token {
        None => in_the_clear(source, may_create, entropy),
        Some(uri) => {
            let missing = matches!(source, MasterKeySource::File(path) if !path.exists());
            let makes = may_create && missing;
            return tokens::with_key(uri, makes, |token_key| {
                told(by_token(source, makes, token_key, entropy), source)
            });
        }
    };
    told(key, source)
}

fn in_the_clear(
    source: &MasterKeySource,
    may_create: bool,
    entropy: &Arc<dyn Entropy>,
) -> Result<MasterKey, MasterKeyError> {
    match source {
        MasterKeySource::Text(text) => MasterKey::of_text(text, None, entropy.clone()),
        MasterKeySource::File(path) if may_create => {
            MasterKey::open_or_create(path, entropy.clone())
        }
        MasterKeySource::File(path) => MasterKey::open(path, entropy.clone()),
    }
}

fn by_token(
    source: &MasterKeySource,
    makes: bool,
    token_key: &dyn TokenKey,
    entropy: &Arc<dyn Entropy>,
) -> Result<MasterKey, MasterKeyError> {
    match source {
        MasterKeySource::Text(text) => MasterKey::of_text(text, Some(token_key), entropy.clone()),
        MasterKeySource::File(path) if makes => {
            MasterKey::create_by(path, token_key, entropy.clone())
        }
        MasterKeySource::File(path) => MasterKey::open_by(path, token_key, entropy.clone()),
    }
}

fn told(
    key: Result<MasterKey, MasterKeyError>,
    source: &MasterKeySource,
) -> anyhow::Result<MasterKey> {
    match key {
        Err(MasterKeyError::Missing(path)) => bail!(
            "--master-key-file {}: there is no such file; bring the key that the database was made with, or make one for a new database with `anyrole master-key create {}`",
            path.display(),
            path.display()
        ),
        key => key.with_context(|| source.to_string()),
    }
}
