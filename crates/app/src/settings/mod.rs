//! The server's settings: flags, then environment, then the configuration file, then defaults, into one struct.

mod acme;
mod quotas;
mod revocation;
mod storage;
mod warnings;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use anyrole_domain::{Account, AccountId, Quotas, Rotation};
use anyrole_outbound::{AllowList, Plain, Url};
use serde::Deserialize;

pub use self::acme::{AcmeFlags, AcmeSettings};
pub use self::quotas::AskedQuota;
use self::quotas::FileQuota;
use self::revocation::{ExpiredCrl, MissingCrl, RevokedSessions};
pub use self::revocation::{RevocationFlags, RevocationSettings};
pub use self::storage::{Engine, MasterKeySource, Secret, StorageFlags, StorageSettings};
pub use self::warnings::UnmappableAttributes;
use self::warnings::webhook;

/// The port of `anyrole server` and `anyrole quickstart` where nothing is said.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:9910";
/// The data folder where nothing is said.
pub const DEFAULT_DATA: &str = "./anyrole-data";

const SEAL_KEY_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// Flags of the server, each with its place in environment and configuration file.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ServerFlags {
    /// Folder that holds everything: database, master key, objects, audit trail. Made if it is not there
    /// [default: ./anyrole-data]
    #[arg(long, value_name = "DIR", env = "ANYROLE_DATA")]
    pub data: Option<PathBuf>,

    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:9910]
    #[arg(long, value_name = "ADDR:PORT", env = "ANYROLE_LISTEN")]
    pub listen: Option<SocketAddr>,

    /// TOML file with any of these settings, by the flags' names with `_` for `-`
    #[arg(long, value_name = "FILE", env = "ANYROLE_CONFIG")]
    pub config: Option<PathBuf>,

    /// Account id of 12 digits; only for the first start in a data folder [default: 000000000000]
    #[arg(long, value_name = "ID", env = "ANYROLE_ACCOUNT_ID")]
    pub account_id: Option<String>,

    /// Region that requests are signed for; only for the first start in a data folder [default: us-east-1]
    #[arg(long, value_name = "REGION", env = "ANYROLE_REGION")]
    pub region: Option<String>,

    /// Partition of ARNs: aws, aws-cn or aws-us-gov; only for the first start in a data folder [default: aws]
    #[arg(long, value_name = "PARTITION", env = "ANYROLE_PARTITION")]
    pub partition: Option<String>,

    /// Certificate chain for TLS, PEM
    #[arg(long, value_name = "FILE", env = "ANYROLE_TLS_CERT")]
    pub tls_cert: Option<PathBuf>,

    /// Private key for TLS, PEM, not encrypted
    #[arg(long, value_name = "FILE", env = "ANYROLE_TLS_KEY")]
    pub tls_key: Option<PathBuf>,

    /// Allow plain HTTP on an address that is not loopback, e.g. behind a proxy that ends TLS
    #[arg(long)]
    pub allow_plain_http: bool,

    /// Serve no console under /-/console/
    #[arg(long, env = "ANYROLE_NO_CONSOLE", value_parser = clap::builder::FalseyValueParser::new())]
    pub no_console: bool,

    /// Also serve buckets as BUCKET.DOMAIN
    #[arg(long, value_name = "DOMAIN", env = "ANYROLE_S3_DOMAIN")]
    pub s3_domain: Option<String>,

    #[command(flatten)]
    pub storage: StorageFlags,

    /// Make a new seal key when the newest is older than this; sessions of the old one live on [default: 30d]
    #[arg(long, value_name = "TIME", env = "ANYROLE_SEAL_KEY_AGE")]
    pub seal_key_age: Option<String>,

    /// Sync the audit trail to disk before each answer (slower; without it a power failure may lose the last lines)
    #[arg(long)]
    pub audit_sync: bool,

    /// Refuse a CreateSession request that comes a second time, remembering this many signatures of the last 10 to 20 minutes
    /// (about 40 bytes each; further requests are refused while it is full). In memory, of this server alone [default: 0, off]
    #[arg(long, value_name = "REQUESTS", env = "ANYROLE_REPLAY_CACHE")]
    pub replay_cache: Option<usize>,

    #[command(flatten)]
    pub revocation: RevocationFlags,

    /// Token on which the keys of new certificate authorities are made, which they never leave:
    /// `pkcs11:token=LABEL?module-path=FILE&pin-source=FILE`; the PIN also in ANYROLE_PKCS11_PIN. Keep it for as long as such
    /// authorities live [default: they are kept in the database, encrypted by the master key]
    #[arg(
        long,
        value_name = "URI",
        env = "ANYROLE_CA_KEYS",
        hide_env_values = true
    )]
    pub ca_keys: Option<Secret>,

    /// How long after its end an enrolled certificate can still be renewed with its key, e.g. 7d, for machines that were off; a machine
    /// that was off for longer needs a new join token [default: 0s, not at all]
    #[arg(long, value_name = "TIME", env = "ANYROLE_RENEW_AFTER_EXPIRY")]
    pub renew_after_expiry: Option<String>,

    /// Hosts that keys of OpenID Connect providers may be fetched from, for AssumeRoleWithWebIdentity: HOST, HOST:PORT or *.DOMAIN,
    /// separated by commas. Nothing is fetched from others, and plain HTTP from this machine alone [default: none]
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "HOSTS",
        env = "ANYROLE_OIDC_HOSTS"
    )]
    pub oidc_hosts: Option<Vec<String>>,

    #[command(flatten)]
    pub acme: AcmeFlags,

    /// A quota, e.g. `trust-anchors=1000`, `profiles=unlimited`, `create-session-rate=10` (requests a second); several by commas or by
    /// repeating the flag [default: trust-anchors=50, profiles=250, roles-per-profile=250; no other count, and no rate, is limited]
    #[arg(
        long = "quota",
        value_name = "NAME=NUMBER",
        env = "ANYROLE_QUOTAS",
        value_delimiter = ','
    )]
    pub quotas: Vec<AskedQuota>,

    /// What CreateSession does with certificate attributes whose values session tags can't hold: `refuse` and name them, or `drop`
    /// their tags, so that conditions on them are not met [default: refuse]
    #[arg(
        long,
        value_enum,
        value_name = "RULE",
        env = "ANYROLE_UNMAPPABLE_ATTRIBUTES"
    )]
    pub unmappable_attributes: Option<UnmappableAttributes>,

    /// Where expiry events go, besides log and audit trail: a POST of JSON in EventBridge's shape for each. https, or http on this
    /// machine; in the configuration file or the environment where it holds a secret
    #[arg(
        long,
        value_name = "URL",
        env = "ANYROLE_NOTIFY_WEBHOOK",
        hide_env_values = true
    )]
    pub notify_webhook: Option<Secret>,

    /// Allow --notify-webhook to be http on another machine
    #[arg(long)]
    pub allow_plain_webhook: bool,

    /// How log lines look [default: human]
    #[arg(long, value_enum, value_name = "FORMAT", env = "ANYROLE_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,

    /// What is logged, e.g. `info`, `debug`, `anyrole_frontends=debug` [default: info]
    #[arg(long, value_name = "FILTER", env = "ANYROLE_LOG")]
    pub log: Option<String>,
}

/// The configuration file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    listen: Option<SocketAddr>,
    account_id: Option<String>,
    region: Option<String>,
    partition: Option<String>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    allow_plain_http: Option<bool>,
    no_console: Option<bool>,
    s3_domain: Option<String>,
    database: Option<Secret>,
    database_file: Option<PathBuf>,
    master_key_file: Option<PathBuf>,
    master_key_token: Option<Secret>,
    ca_keys: Option<Secret>,
    max_staleness: Option<String>,
    max_staleness_offline: Option<String>,
    seal_key_age: Option<String>,
    audit_sync: Option<bool>,
    replay_cache: Option<usize>,
    renew_after_expiry: Option<String>,
    expired_crl: Option<ExpiredCrl>,
    quotas: BTreeMap<String, FileQuota>,
    crl_dp_hosts: Option<Vec<String>>,
    crl_dp_missing: Option<MissingCrl>,
    revoked_sessions: Option<RevokedSessions>,
    oidc_hosts: Option<Vec<String>>,
    public_url: Option<String>,
    acme_networks: Option<Vec<String>>,
    acme_dns: Option<SocketAddr>,
    acme_http_port: Option<u16>,
    acme_tls_port: Option<u16>,
    unmappable_attributes: Option<UnmappableAttributes>,
    notify_webhook: Option<Secret>,
    allow_plain_webhook: Option<bool>,
    log_format: Option<LogFormat>,
    log: Option<String>,
}

/// All settings, decided.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// The data folder.
    pub data: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// What the first start makes; what was asked for must agree with it later.
    pub account: AskedAccount,
    /// Certificate and key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Whether there is a console.
    pub console: bool,
    /// Buckets as hosts.
    pub s3_domain: Option<String>,
    /// Where rows are kept.
    pub storage: StorageSettings,
    /// When seal keys follow each other.
    pub seal_key_age: Duration,
    /// Whether the audit trail is synced before each answer.
    pub audit_sync: bool,
    /// How many signatures of CreateSession are remembered; 0 remembers none and lets requests come again.
    pub replay_cache: usize,
    /// How many of each thing there may be.
    pub quotas: Quotas,
    /// What revocation lists mean, and where they may be fetched.
    pub revocation: RevocationSettings,
    /// The token on which keys of new certificate authorities are made.
    pub ca_keys: Option<Secret>,
    /// How long after their end certificates can be renewed.
    pub renew_after_expiry: Duration,
    /// Who may be asked for keys of OpenID Connect providers.
    pub oidc_hosts: AllowList,
    /// How ACME proves names, and where clients find this server.
    pub acme: AcmeSettings,
    /// What attributes mean that tags can't hold.
    pub unmappable_attributes: UnmappableAttributes,
    /// Where expiry events go, and whether without TLS.
    pub notify_webhook: Option<(Url, Plain)>,
    /// How log lines look.
    pub log_format: LogFormat,
    /// What is logged.
    pub log: String,
}

/// The account's settings as they were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AskedAccount {
    id: Option<String>,
    region: Option<String>,
    partition: Option<String>,
}

impl ServerSettings {
    /// Decides all settings, reading the configuration file if there is one.
    pub fn resolve(flags: ServerFlags) -> anyhow::Result<Self> {
        let file = flags
            .config
            .as_deref()
            .map_or(Ok(File::default()), read_file)?;
        let data = flags
            .data
            .or(file.data)
            .unwrap_or_else(|| PathBuf::from(DEFAULT_DATA));
        let listen = match flags.listen.or(file.listen) {
            Some(listen) => listen,
            None => DEFAULT_LISTEN.parse()?,
        };
        let tls = match (
            flags.tls_cert.or(file.tls_cert),
            flags.tls_key.or(file.tls_key),
        ) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            (Some(_), None) => bail!("--tls-cert needs --tls-key beside it"),
            (None, Some(_)) => bail!("--tls-key needs --tls-cert beside it"),
        };
        let plain_allowed = flags.allow_plain_http || file.allow_plain_http.unwrap_or(false);
        if tls.is_none() && !listen.ip().is_loopback() && !plain_allowed {
            bail!(
                "--listen {listen} is not a loopback address, and there is no TLS: give --tls-cert and --tls-key, or --allow-plain-http if a proxy in front ends TLS"
            );
        }
        let in_file = StorageFlags {
            database: file.database,
            database_file: file.database_file,
            master_key_file: file.master_key_file,
            master_key_token: file.master_key_token,
            max_staleness: file.max_staleness,
            max_staleness_offline: file.max_staleness_offline,
        };
        let revocation_in_file = RevocationFlags {
            expired_crl: file.expired_crl,
            crl_dp_hosts: file.crl_dp_hosts,
            crl_dp_missing: file.crl_dp_missing,
            revoked_sessions: file.revoked_sessions,
        };
        let acme_in_file = AcmeFlags {
            public_url: file.public_url,
            acme_networks: file.acme_networks,
            acme_dns: file.acme_dns,
            acme_http_port: file.acme_http_port,
            acme_tls_port: file.acme_tls_port,
        };
        Ok(Self {
            acme: flags.acme.or(acme_in_file).resolve()?,
            storage: flags.storage.or(in_file).resolve(&data)?,
            seal_key_age: storage::time(
                "--seal-key-age",
                flags.seal_key_age.or(file.seal_key_age),
                SEAL_KEY_AGE,
            )?,
            data,
            listen,
            account: AskedAccount {
                id: flags.account_id.or(file.account_id),
                region: flags.region.or(file.region),
                partition: flags.partition.or(file.partition),
            },
            tls,
            console: !(flags.no_console || file.no_console.unwrap_or(false)),
            s3_domain: flags.s3_domain.or(file.s3_domain),
            audit_sync: flags.audit_sync || file.audit_sync.unwrap_or(false),
            ca_keys: flags.ca_keys.or(file.ca_keys),
            quotas: quotas::resolve(file.quotas, flags.quotas)?,
            renew_after_expiry: storage::time(
                "--renew-after-expiry",
                flags.renew_after_expiry.or(file.renew_after_expiry),
                Duration::ZERO,
            )?,
            revocation: flags.revocation.or(revocation_in_file).resolve()?,
            oidc_hosts: warnings::oidc_hosts(flags.oidc_hosts.or(file.oidc_hosts))?,
            unmappable_attributes: flags
                .unmappable_attributes
                .or(file.unmappable_attributes)
                .unwrap_or_default(),
            notify_webhook: flags
                .notify_webhook
                .or(file.notify_webhook)
                .map(|url| {
                    let anywhere =
                        flags.allow_plain_webhook || file.allow_plain_webhook.unwrap_or(false);
                    webhook(url.expose(), anywhere)
                })
                .transpose()
                .context("--notify-webhook")?,
            replay_cache: flags.replay_cache.or(file.replay_cache).unwrap_or(0),
            log_format: flags.log_format.or(file.log_format).unwrap_or_default(),
            log: flags.log.or(file.log).unwrap_or_else(|| "info".to_owned()),
        })
    }
}

impl ServerSettings {
    /// When seal keys follow each other.
    pub fn rotation(&self) -> Rotation {
        let age = jiff::SignedDuration::try_from(self.seal_key_age);
        Rotation {
            age: age.unwrap_or(jiff::SignedDuration::MAX),
            lead: self.storage.seal_key_lead(),
        }
    }
}

impl AskedAccount {
    /// The account that a first start makes.
    pub fn to_account(&self, now: jiff::Timestamp) -> anyhow::Result<Account> {
        let id = AccountId::parse(self.id.as_deref().unwrap_or("000000000000"))
            .context("--account-id")?;
        Account::new(
            id,
            self.region.as_deref().unwrap_or("us-east-1"),
            self.partition.as_deref().unwrap_or("aws"),
            now,
        )
        .context("--region or --partition")
    }

    /// A later start may not ask for another account than the folder holds.
    pub fn check_against(&self, account: &Account) -> anyhow::Result<()> {
        for (flag, asked, has) in [
            ("--account-id", &self.id, account.id.as_str()),
            ("--region", &self.region, &account.region),
            ("--partition", &self.partition, &account.partition),
        ] {
            if let Some(asked) = asked
                && asked != has
            {
                bail!(
                    "{flag} {asked}: this data folder was made with {has}, which can't be changed; leave the flag out or use another --data"
                );
            }
        }
        Ok(())
    }
}

fn read_file(path: &Path) -> anyhow::Result<File> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("--config {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("--config {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags() -> ServerFlags {
        ServerFlags::default()
    }

    #[test]
    fn plain_http_stays_on_loopback() {
        let open = ServerFlags {
            listen: Some("0.0.0.0:80".parse().unwrap()),
            ..flags()
        };
        let error = ServerSettings::resolve(open.clone())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("--tls-cert") && error.contains("--allow-plain-http"),
            "{error}"
        );
        let allowed = ServerFlags {
            allow_plain_http: true,
            ..open
        };
        assert!(ServerSettings::resolve(allowed).is_ok());
    }

    #[test]
    fn a_flag_beats_the_file_and_a_wrong_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("anyrole.toml");
        std::fs::write(&path, "region = \"eu-west-1\"\nlisten = \"127.0.0.1:1\"\n").unwrap();
        let settings = ServerSettings::resolve(ServerFlags {
            config: Some(path.clone()),
            listen: Some("127.0.0.1:2".parse().unwrap()),
            ..flags()
        })
        .unwrap();
        assert_eq!(settings.listen.port(), 2);
        assert_eq!(settings.account.region.as_deref(), Some("eu-west-1"));
        std::fs::write(&path, "lissen = \"127.0.0.1:1\"\n").unwrap();
        let wrong = ServerFlags {
            config: Some(path),
            ..flags()
        };
        let error = format!("{:#}", ServerSettings::resolve(wrong).unwrap_err());
        assert!(
            error.contains("lissen") && error.contains("line 1"),
            "{error}"
        );
    }

    #[test]
    fn the_console_is_there_unless_it_is_not_wanted() {
        assert!(ServerSettings::resolve(flags()).unwrap().console);
        let off = ServerFlags {
            no_console: true,
            ..flags()
        };
        assert!(!ServerSettings::resolve(off).unwrap().console);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("anyrole.toml");
        std::fs::write(&path, "no_console = true\n").unwrap();
        let off = ServerFlags {
            config: Some(path),
            ..flags()
        };
        assert!(!ServerSettings::resolve(off).unwrap().console);
    }

    #[test]
    fn half_of_tls_is_refused() {
        let half = ServerFlags {
            tls_cert: Some("a.pem".into()),
            ..flags()
        };
        assert!(
            ServerSettings::resolve(half)
                .unwrap_err()
                .to_string()
                .contains("--tls-key")
        );
    }
}
