//! Where rows are kept and under which key: the settings that the server shares with the commands that open its store.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use anyrole_domain::Staleness;
use anyrole_stores::DatabaseAddress;
use serde::Deserialize;
use zeroize::Zeroizing;

/// The variable that holds the master key itself; a flag would show it to everyone who may list processes.
const MASTER_KEY_VARIABLE: &str = "ANYROLE_MASTER_KEY";

/// Flags of the store, each with its place in environment and configuration file.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct StorageFlags {
    /// PostgreSQL database, `postgres://USER@HOST/DATABASE`, which any number of servers may share; put its password into
    /// PGPASSFILE, or the whole URL into this variable or --database-file, since others can see a command line
    /// [default: a database of its own in the data folder]
    #[arg(
        long,
        value_name = "URL",
        env = "ANYROLE_DATABASE",
        hide_env_values = true
    )]
    pub database: Option<Secret>,

    /// File that holds the database's URL
    #[arg(long, value_name = "FILE", env = "ANYROLE_DATABASE_FILE")]
    pub database_file: Option<PathBuf>,

    /// File that holds the master key, which encrypts every secret in the database; keep a copy of it apart. The key
    /// itself may be in ANYROLE_MASTER_KEY instead. With --database one of the two must be given, the same on each
    /// server [default: DATA/master.key]
    #[arg(long, value_name = "FILE", env = "ANYROLE_MASTER_KEY_FILE")]
    pub master_key_file: Option<PathBuf>,

    /// AES key on a PKCS#11 token that the master key is encrypted by, `pkcs11:token=LABEL;object=LABEL?module-path=FILE&pin-source=FILE`:
    /// the master key's file is of no use without the token. PIN also in ANYROLE_PKCS11_PIN. A first start makes both keys, as does
    /// `anyrole master-key create` [default: the file is protected by its mode alone]
    #[arg(
        long,
        value_name = "URI",
        env = "ANYROLE_MASTER_KEY_TOKEN",
        hide_env_values = true
    )]
    pub master_key_token: Option<Secret>,

    /// With --database: no answer is given from what was read longer ago than this [default: 1s]
    #[arg(long, value_name = "TIME", env = "ANYROLE_MAX_STALENESS")]
    pub max_staleness: Option<String>,

    /// With --database: the same while the database can't be reached; 0s to serve nothing then [default: 5m]
    #[arg(long, value_name = "TIME", env = "ANYROLE_MAX_STALENESS_OFFLINE")]
    pub max_staleness_offline: Option<String>,
}

/// A text that may hold a password: not shown in `Debug`.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl std::str::FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.into())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Which engine keeps the rows.
#[derive(Debug, Clone)]
pub enum Engine {
    /// SQLite in the data folder.
    Embedded,
    /// PostgreSQL.
    Postgres(Box<DatabaseAddress>),
}

/// Where the master key is.
#[derive(Clone)]
pub enum MasterKeySource {
    /// In this file.
    File(PathBuf),
    /// Here.
    Text(Zeroizing<String>),
}

impl std::fmt::Debug for MasterKeySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::Text(_) => f.write_str("Text(…)"),
        }
    }
}

impl std::fmt::Display for MasterKeySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "--master-key-file {}", path.display()),
            Self::Text(_) => f.write_str(MASTER_KEY_VARIABLE),
        }
    }
}

/// All settings of the store, decided.
#[derive(Debug, Clone)]
pub struct StorageSettings {
    /// Which engine.
    pub engine: Engine,
    /// The master key.
    pub master_key: MasterKeySource,
    /// The URI of the token's key that encrypts it.
    pub master_key_token: Option<Secret>,
    /// How old may be what is answered from, where others write to the database.
    pub staleness: Staleness,
}

/// How far the clocks of two servers may be apart.
const CLOCKS: Duration = Duration::from_secs(10);

impl StorageSettings {
    /// How long before its first use a new seal key is made: by then every server has it, or does not serve.
    pub fn seal_key_lead(&self) -> jiff::SignedDuration {
        let lead = match self.engine {
            Engine::Embedded => Duration::ZERO,
            Engine::Postgres(_) => self.staleness.max.max(self.staleness.away) + CLOCKS,
        };
        jiff::SignedDuration::try_from(lead).unwrap_or(jiff::SignedDuration::MAX)
    }
}

impl StorageFlags {
    /// These flags, and those of the configuration file where they are silent.
    #[must_use]
    pub fn or(self, file: Self) -> Self {
        // A place given by a flag stands against both places of the file.
        let (database, database_file) = match (self.database, self.database_file) {
            (None, None) => (file.database, file.database_file),
            given => given,
        };
        Self {
            database,
            database_file,
            master_key_file: self.master_key_file.or(file.master_key_file),
            master_key_token: self.master_key_token.or(file.master_key_token),
            max_staleness: self.max_staleness.or(file.max_staleness),
            max_staleness_offline: self.max_staleness_offline.or(file.max_staleness_offline),
        }
    }

    /// Decides the settings of the store of a data folder.
    pub fn resolve(self, data: &Path) -> anyhow::Result<StorageSettings> {
        let engine = match (self.database, self.database_file) {
            (None, None) => Engine::Embedded,
            (Some(url), None) => Engine::Postgres(Box::new(address(&url.0, "--database")?)),
            (None, Some(path)) => {
                let flag = format!("--database-file {}", path.display());
                let url =
                    Zeroizing::new(std::fs::read_to_string(&path).with_context(|| flag.clone())?);
                Engine::Postgres(Box::new(address(url.trim(), &flag)?))
            }
            (Some(_), Some(_)) => bail!("--database and --database-file: give one of them"),
        };
        let master_key = match (master_key_variable(), self.master_key_file, &engine) {
            (Some(_), Some(_), _) => {
                bail!("--master-key-file and {MASTER_KEY_VARIABLE}: give one of them")
            }
            (Some(text), None, _) => MasterKeySource::Text(text),
            (None, Some(path), _) => MasterKeySource::File(path),
            (None, None, Engine::Embedded) => MasterKeySource::File(data.join("master.key")),
            (None, None, Engine::Postgres(_)) => bail!(
                "--database needs the master key that its servers share: make one with `anyrole master-key create FILE`, and give each server --master-key-file FILE, or the file's content in {MASTER_KEY_VARIABLE}"
            ),
        };
        let max = time(
            "--max-staleness",
            self.max_staleness,
            Duration::from_secs(1),
        )?;
        let away = time(
            "--max-staleness-offline",
            self.max_staleness_offline,
            Duration::from_secs(300),
        )?;
        Ok(StorageSettings {
            engine,
            master_key,
            master_key_token: self.master_key_token,
            staleness: Staleness { max, away },
        })
    }
}

fn address(url: &str, flag: &str) -> anyhow::Result<DatabaseAddress> {
    url.parse().with_context(|| flag.to_owned())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one secret that comes by the environment and must not come by a flag"
)]
fn master_key_variable() -> Option<Zeroizing<String>> {
    std::env::var(MASTER_KEY_VARIABLE).ok().map(Zeroizing::new)
}

/// A time as flags give it.
pub(super) fn time(
    flag: &str,
    text: Option<String>,
    default: Duration,
) -> anyhow::Result<Duration> {
    let Some(text) = text else {
        return Ok(default);
    };
    let time = text
        .parse::<jiff::SignedDuration>()
        .ok()
        .and_then(|time| Duration::try_from(time).ok());
    time.with_context(|| format!("{flag} {text}: a time like `500ms`, `1s` or `5m` is needed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "postgres://anyrole:s3cret@db/anyrole";

    fn resolve(flags: StorageFlags) -> anyhow::Result<StorageSettings> {
        flags.resolve(Path::new("/data"))
    }

    #[test]
    fn the_embedded_database_needs_nothing() {
        let settings = resolve(StorageFlags::default()).unwrap();
        assert!(matches!(settings.engine, Engine::Embedded));
        assert!(
            matches!(settings.master_key, MasterKeySource::File(path) if path == Path::new("/data/master.key"))
        );
        assert_eq!(settings.staleness.max, Duration::from_secs(1));
        assert_eq!(settings.staleness.away, Duration::from_secs(300));
    }

    #[test]
    fn a_password_is_in_no_error_and_no_debug() {
        let flags = |url: &str| StorageFlags {
            database: Some(url.into()),
            ..StorageFlags::default()
        };
        for (url, flag, cure) in [
            (URL, "--database", "anyrole master-key create"),
            ("mysql://a:s3cret@db/x", "--database", "postgres://"),
            ("postgres://a:s3cret@db:x/x", "--database", "HOST:PORT"),
        ] {
            assert!(!format!("{:?}", flags(url)).contains("s3cret"));
            let error = format!("{:#}", resolve(flags(url)).unwrap_err());
            assert!(error.contains(flag) && error.contains(cure), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
        let given = StorageFlags {
            master_key_file: Some("/key".into()),
            ..flags(URL)
        };
        let settings = resolve(given).unwrap();
        assert!(!format!("{settings:?}").contains("s3cret"));
    }

    #[test]
    fn the_database_may_be_named_in_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, format!("{URL}\n")).unwrap();
        let flags = StorageFlags {
            database_file: Some(file.path().to_owned()),
            master_key_file: Some("/key".into()),
            max_staleness_offline: Some("0s".to_owned()),
            ..StorageFlags::default()
        };
        let settings = resolve(flags.clone()).unwrap();
        let Engine::Postgres(address) = settings.engine else {
            panic!("{settings:?}");
        };
        assert_eq!(address.to_string(), "postgres://anyrole@db/anyrole");
        assert_eq!(settings.staleness.away, Duration::ZERO);
        let both = StorageFlags {
            database: Some(URL.into()),
            ..flags.clone()
        };
        assert!(
            resolve(both)
                .unwrap_err()
                .to_string()
                .contains("one of them")
        );
        let flags = StorageFlags {
            max_staleness: Some("soon".to_owned()),
            ..flags
        };
        let error = resolve(flags).unwrap_err().to_string();
        assert!(error.contains("--max-staleness soon"), "{error}");
    }
}
