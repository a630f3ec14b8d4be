//! The store of one machine: SQLite, in the server's own process. Changes enter by the domain's `Store` port and are
//! synced when the call returns; one file per noun holds its SQL.
//!
//! One connection does everything, since no decision reads the database. The journal is a write-ahead log with
//! `synchronous=FULL`: each commit is one append and one sync of the log (sqlite.org/wal.html, sqlite.org/pragma.html).

mod access_keys;
mod account_aliases;
mod accounts;
pub(crate) mod acme;
mod bucket_policies;
pub(crate) mod certificate_authorities;
mod changes;
pub(crate) mod crls;
mod enrolment;
pub(crate) mod expiry;
mod files;
pub(crate) mod groups;
pub(crate) mod instance_profiles;
mod issued_certificates;
mod last_uses;
pub(crate) mod managed_certificates;
pub(crate) mod managed_policies;
pub(crate) mod oidc_providers;
pub(crate) mod profiles;
mod resources;
pub(crate) mod revocations;
pub(crate) mod roles;
mod seal_keys;
mod session_policies;
mod subject_tags;
pub(crate) mod subjects;
pub(crate) mod trust_anchors;
pub(crate) mod users;
mod version;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyrole_domain::enrolment::{
    Claim, Decision, EnrolledCertificate, EnrolmentStore, FinishedClaim, JoinToken,
};
use anyrole_domain::notifications::{ExpiringQuery, SeenCertificate};
use anyrole_domain::ports::{Loaded, Since, Store, StoreError};
use anyrole_domain::subjects::{Sighting, Subject, SubjectDetail};
use anyrole_domain::{AccountId, Change, LastUse};
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, SqliteTransaction};
use tokio::sync::Mutex;

use crate::TryMasterKey;
use crate::failure::Failure;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// The write lock is taken at the start: a transaction that starts as a reader may fail when it comes to write.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// Why a database can't be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process uses it.
    #[error(
        "the database `{0}` is in use by another process; stop that one, or use another data folder"
    )]
    Held(PathBuf),
    /// A newer version of this program has changed it.
    #[error("the database `{0}` was made by a newer version of this program")]
    Newer(PathBuf),
    /// Its secrets were encrypted under another master key.
    #[error("the secrets in the database `{0}` can't be opened with this master key")]
    MasterKey(PathBuf),
    /// What it holds is not readable.
    #[error("the database `{path}` can't be read: {detail}")]
    Read {
        /// The database.
        path: PathBuf,
        /// What went wrong.
        detail: String,
    },
    /// The folder or a file could not be made or locked.
    #[error("`{path}`: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The tables could not be brought up to date.
    #[error("the database `{path}` could not be migrated: {source}")]
    Migration {
        /// The database.
        path: PathBuf,
        /// What went wrong.
        source: MigrateError,
    },
    /// SQLite could not open it.
    #[error("the database `{path}` could not be opened: {source}")]
    Database {
        /// The database.
        path: PathBuf,
        /// What went wrong.
        source: sqlx::Error,
    },
}

/// Rows in an SQLite database that no other process uses.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Mutex<SqliteConnection>,
    /// Held for as long as the store is; after the connection, so that it is dropped after it.
    _lock: File,
}

impl SqliteStore {
    /// Opens the database at `path`, or makes it (file 0600, folder 0700), and applies the migrations that it lacks.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, &|_| Ok(())).await
    }

    /// The same, but a master key that opens none of its secrets changes nothing.
    pub async fn open_with(path: &Path, key: TryMasterKey<'_>) -> Result<Self, OpenError> {
        let lock = files::prepare(path)?;
        let mut connection = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            // Apple's fsync leaves data in the drive's cache; a no-op elsewhere.
            .pragma("fullfsync", "ON")
            .pragma("trusted_schema", "OFF")
            .disable_statement_logging()
            .connect()
            .await
            .map_err(|source| OpenError::Database {
                path: path.to_owned(),
                source,
            })?;
        let newest = seal_keys::newest(&mut connection)
            .await
            .map_err(|failure| OpenError::Read {
                path: path.to_owned(),
                detail: failure.to_string(),
            })?;
        if let Some(newest) = newest {
            key(&newest).map_err(|_| OpenError::MasterKey(path.to_owned()))?;
        }
        MIGRATIONS
            .run_direct(None, &mut connection, false)
            .await
            .map_err(|source| match source {
                MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
                    OpenError::Newer(path.to_owned())
                }
                source => OpenError::Migration {
                    path: path.to_owned(),
                    source,
                },
            })?;
        files::sync_folder(path)?;
        Ok(Self {
            connection: Mutex::new(connection),
            _lock: lock,
        })
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn load(&self) -> Result<Loaded, StoreError> {
        let mut connection = self.connection.lock().await;
        let mut transaction = begin(&mut connection).await?;
        let version = version::read(&mut transaction).await?;
        let changes = changes::load(&mut transaction).await?;
        transaction.rollback().await.map_err(Failure::from)?;
        Ok(Loaded { version, changes })
    }

    async fn changes_since(&self, version: u64) -> Result<Since, StoreError> {
        let current = version::read(&mut *self.connection.lock().await).await?;
        if current == version {
            return Ok(Since::Changes(Loaded {
                version,
                changes: Vec::new(),
            }));
        }
        // Only where a write's fate was not known: nobody else writes.
        Ok(Since::Whole(self.load().await?))
    }

    async fn changed(&self) {
        std::future::pending().await
    }

    async fn commit(&self, base: u64, changes: &[Change]) -> Result<u64, StoreError> {
        let mut connection = self.connection.lock().await;
        // Rolled back where it is dropped before its commit.
        let mut transaction = begin(&mut connection).await?;
        let version = version::advance(&mut transaction, base).await?;
        for change in changes {
            changes::apply(&mut transaction, change).await?;
        }
        transaction.commit().await.map_err(Failure::from)?;
        Ok(version)
    }

    async fn record_sightings(&self, sightings: &[Sighting]) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        let mut transaction = begin(&mut connection).await?;
        for sighting in sightings {
            subjects::record(&mut transaction, sighting).await?;
        }
        transaction.commit().await.map_err(Failure::from)?;
        Ok(())
    }

    async fn record_last_uses(&self, uses: &[LastUse]) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        let mut transaction = begin(&mut connection).await?;
        for last in uses {
            last_uses::record(&mut transaction, last).await?;
        }
        transaction.commit().await.map_err(Failure::from)?;
        Ok(())
    }

    async fn read_last_uses(
        &self,
        account: &AccountId,
        ids: &[&str],
    ) -> Result<Vec<LastUse>, StoreError> {
        let mut connection = self.connection.lock().await;
        let mut uses = Vec::new();
        for id in ids {
            uses.extend(last_uses::read(&mut connection, account, id).await?);
        }
        Ok(uses)
    }

    async fn list_subjects(
        &self,
        account: &AccountId,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Subject>, StoreError> {
        let mut connection = self.connection.lock().await;
        Ok(subjects::list(&mut connection, account, after, limit).await?)
    }

    async fn read_subject(
        &self,
        account: &AccountId,
        id: &str,
        limit: usize,
    ) -> Result<Option<SubjectDetail>, StoreError> {
        let mut connection = self.connection.lock().await;
        Ok(subjects::read(&mut connection, account, id, limit).await?)
    }

    async fn expiring_certificates(
        &self,
        account: &AccountId,
        query: &ExpiringQuery,
    ) -> Result<Vec<SeenCertificate>, StoreError> {
        let mut connection = self.connection.lock().await;
        Ok(expiry::list(&mut connection, account, query).await?)
    }

    async fn claim_events(
        &self,
        account: &AccountId,
        now: Timestamp,
        ids: &[&str],
    ) -> Result<Vec<String>, StoreError> {
        let mut connection = self.connection.lock().await;
        let mut transaction = begin(&mut connection).await?;
        let claimed = expiry::claim(&mut transaction, account, now, ids).await?;
        transaction.commit().await.map_err(Failure::from)?;
        Ok(claimed)
    }

    async fn is_event_claimed(&self, account: &AccountId, id: &str) -> Result<bool, StoreError> {
        let mut connection = self.connection.lock().await;
        Ok(expiry::is_claimed(&mut connection, account, id).await?)
    }
}

#[async_trait]
impl EnrolmentStore for SqliteStore {
    async fn put_join_token(
        &self,
        token: &JoinToken,
        forget_before: Timestamp,
    ) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        let mut transaction = begin(&mut connection).await?;
        enrolment::put_token(&mut transaction, token, forget_before).await?;
        transaction.commit().await.map_err(Failure::from)?;
        Ok(())
    }

    async fn read_join_token(
        &self,
        account: &AccountId,
        id: &str,
    ) -> Result<Option<JoinToken>, StoreError> {
        let mut connection = self.connection.lock().await;
        Ok(enrolment::read_token(&mut connection, account, id).await?)
    }

    async fn list_join_tokens(
        &self,
        account: &AccountId,
        after: &str,
        limit: usize,
    ) -> Result<Vec<JoinToken>, StoreError> {
        let mut connection = self.connection.lock().await;
        Ok(enrolment::list_tokens(&mut connection, account, after, limit).await?)
    }

    async fn delete_join_token(&self, account: &AccountId, id: &str) -> Result<bool, StoreError> {
        let mut connection = self.connection.lock().await;
        Ok(enrolment::delete_token(&mut connection, account, id).await?)
    }

    async fn claim_enrolment(&self, claim: &Claim) -> Result<Decision, StoreError> {
        let mut connection = self.connection.lock().await;
        let mut transaction = begin(&mut connection).await?;
        let decision = enrolment::claim(&mut transaction, claim).await?;
        transaction.commit().await.map_err(Failure::from)?;
        Ok(decision)
    }

    async fn finish_enrolment(&self, finished: &FinishedClaim) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        let mut transaction = begin(&mut connection).await?;
        enrolment::finish(&mut transaction, finished).await?;
        transaction.commit().await.map_err(Failure::from)?;
        Ok(())
    }

    async fn release_enrolment(&self, claim: &Claim) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        let mut transaction = begin(&mut connection).await?;
        enrolment::release(&mut transaction, claim).await?;
        transaction.commit().await.map_err(Failure::from)?;
        Ok(())
    }

    async fn read_enrolled(
        &self,
        account: &AccountId,
        certificate_sha256: &[u8; 32],
    ) -> Result<Option<EnrolledCertificate>, StoreError> {
        let mut connection = self.connection.lock().await;
        Ok(enrolment::read_enrolled(&mut connection, account, certificate_sha256).await?)
    }
}

async fn begin(connection: &mut SqliteConnection) -> Result<SqliteTransaction<'_>, Failure> {
    Ok(connection.begin_with(BEGIN).await?)
}
