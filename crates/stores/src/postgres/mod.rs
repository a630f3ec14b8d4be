//! The store of many machines: PostgreSQL, which any number of servers share. Changes enter by the domain's `Store` port
//! and are synced when the call returns; one file per noun holds its SQL, with the same names as in `sqlite`.
//!
//! One connection writes, one reads what others have written, one reads pages of what decisions don't need, one is ACME's, and one
//! listens; no decision of the other services reads the database.

mod access_keys;
mod account_aliases;
mod accounts;
mod acme;
mod address;
mod bucket_policies;
mod certificate_authorities;
mod change_log;
mod changes;
mod crls;
mod enrolment;
mod expiry;
mod groups;
mod instance_profiles;
mod issued_certificates;
mod last_uses;
mod link;
mod managed_certificates;
mod managed_policies;
mod notices;
mod oidc_providers;
mod profiles;
mod resources;
mod revocations;
mod roles;
mod seal_keys;
mod selection;
mod session_policies;
mod subject_tags;
mod subjects;
mod trust_anchors;
mod users;
mod version;

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
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};

pub use self::address::{AddressError, DatabaseAddress};
use self::link::{FIRST_CONNECT_TIME, Link, connect, in_time, prepared};
use self::notices::Notices;
use crate::TryMasterKey;
use crate::failure::Failure;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// All that is read is of one moment.
const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Each statement sees what was committed before it, so that one which has waited for the version row sees the newest.
const BEGIN_WRITING: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// The longest that the database may take to say which version it is at.
const VERSION_TIME: Duration = Duration::from_secs(2);
/// The longest that a page may take.
const READ_TIME: Duration = Duration::from_secs(10);
/// The longest that a write may take, waiting for other writers included.
const WRITE_TIME: Duration = Duration::from_secs(15);
/// The longest that reading everything may take.
const LOAD_TIME: Duration = Duration::from_secs(120);

/// Why a database can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PostgresOpenError {
    /// A newer version of this program has changed it.
    #[error("the database {0} was made by a newer version of this program")]
    Newer(DatabaseAddress),
    /// Its secrets were encrypted under another master key.
    #[error("the secrets in the database {0} can't be opened with this master key")]
    MasterKey(DatabaseAddress),
    /// The tables could not be brought up to date.
    #[error("the database {address} could not be migrated: {source}")]
    Migration {
        /// The database.
        address: DatabaseAddress,
        /// What went wrong.
        source: MigrateError,
    },
    /// It could not be reached.
    #[error("the database {address} could not be opened: {detail}")]
    Database {
        /// The database.
        address: DatabaseAddress,
        /// What went wrong.
        detail: String,
    },
}

/// Rows in a PostgreSQL database that other servers use as well.
pub struct PostgresStore {
    writer: Link,
    reader: Link,
    pages: Link,
    acme: Link,
    notices: Notices,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PostgresStore")
    }
}

impl PostgresStore {
    /// Opens the database, which must exist, and applies the migrations that it lacks; of several servers that start at
    /// once, one does so, and the others wait.
    pub async fn open(address: &DatabaseAddress) -> Result<Self, PostgresOpenError> {
        Self::open_with(address, &|_| Ok(())).await
    }

    /// The same, but a master key that opens none of its secrets changes nothing.
    pub async fn open_with(
        address: &DatabaseAddress,
        key: TryMasterKey<'_>,
    ) -> Result<Self, PostgresOpenError> {
        let options = address
            .options
            .clone()
            .application_name("anyrole")
            .disable_statement_logging();
        let failed = |failure: Failure| PostgresOpenError::Database {
            address: address.clone(),
            detail: failure.to_string(),
        };
        // Without a time limit for locks: whoever migrates may take longer.
        let mut connection = in_time(FIRST_CONNECT_TIME, "connect", async {
            Ok(options.connect().await?)
        })
        .await
        .map_err(failed)?;
        let newest = in_time(READ_TIME, "read", seal_keys::newest(&mut connection))
            .await
            .map_err(failed)?;
        if let Some(newest) = newest {
            key(&newest).map_err(|_| PostgresOpenError::MasterKey(address.clone()))?;
        }
        let outcome = MIGRATIONS.run_direct(None, &mut connection, false).await;
        outcome.map_err(|source| match source {
            MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
                PostgresOpenError::Newer(address.clone())
            }
            source => PostgresOpenError::Migration {
                address: address.clone(),
                source,
            },
        })?;
        // What starts on a busy machine is not to fail over its first read or write.
        let reading = in_time(FIRST_CONNECT_TIME, "connect", connect(&options));
        let reading = reading.await.map_err(failed)?;
        let writing = in_time(FIRST_CONNECT_TIME, "connect", prepared(connection));
        let writing = writing.await.map_err(failed)?;
        Ok(Self {
            notices: Notices::listen(options.clone()),
            writer: Link::holding(options.clone(), writing),
            reader: Link::holding(options.clone(), reading),
            pages: Link::new(options.clone()),
            acme: Link::new(options),
        })
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn load(&self) -> Result<Loaded, StoreError> {
        let mut connection = self.reader.lend().await?;
        let loaded = in_time(LOAD_TIME, "read", load(&mut connection)).await?;
        connection.give_back();
        Ok(loaded)
    }

    async fn changes_since(&self, version: u64) -> Result<Since, StoreError> {
        let mut connection = self.reader.lend().await?;
        let current = in_time(VERSION_TIME, "read", version::read(&mut connection)).await?;
        let since = if current == version {
            Since::Changes(Loaded {
                version,
                changes: Vec::new(),
            })
        } else {
            in_time(LOAD_TIME, "read", load_since(&mut connection, version)).await?
        };
        connection.give_back();
        Ok(since)
    }

    async fn changed(&self) {
        self.notices.next().await;
    }

    async fn commit(&self, base: u64, changes: &[Change]) -> Result<u64, StoreError> {
        let mut connection = self.writer.lend().await?;
        let work = tokio::time::timeout(WRITE_TIME, commit(&mut connection, base, changes));
        let outcome = work.await.map_err(|_| Failure::Silent {
            what: "write",
            time: WRITE_TIME,
        })?;
        if matches!(outcome, Ok(_) | Err(StoreError::Conflict { .. })) {
            connection.give_back();
        }
        outcome
    }

    async fn record_sightings(&self, sightings: &[Sighting]) -> Result<(), StoreError> {
        // In one order on every server, so that no two wait for each other.
        let mut sorted: Vec<&Sighting> = sightings.iter().collect();
        sorted.sort_by(|a, b| (&a.subject_id, &a.serial).cmp(&(&b.subject_id, &b.serial)));
        let mut connection = self.writer.lend().await?;
        in_time(WRITE_TIME, "write", record(&mut connection, &sorted)).await?;
        connection.give_back();
        Ok(())
    }

    async fn record_last_uses(&self, uses: &[LastUse]) -> Result<(), StoreError> {
        // In one order on every server, so that no two wait for each other.
        let mut sorted: Vec<&LastUse> = uses.iter().collect();
        sorted.sort_by(|a, b| a.id.cmp(&b.id));
        let mut connection = self.writer.lend().await?;
        in_time(WRITE_TIME, "write", record_uses(&mut connection, &sorted)).await?;
        connection.give_back();
        Ok(())
    }

    async fn read_last_uses(
        &self,
        account: &AccountId,
        ids: &[&str],
    ) -> Result<Vec<LastUse>, StoreError> {
        let mut connection = self.pages.lend().await?;
        let uses = last_uses::read(&mut connection, account, ids);
        let uses = in_time(READ_TIME, "read", uses).await?;
        connection.give_back();
        Ok(uses)
    }

    async fn list_subjects(
        &self,
        account: &AccountId,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Subject>, StoreError> {
        let mut connection = self.pages.lend().await?;
        let page = subjects::list(&mut connection, account, after, limit);
        let page = in_time(READ_TIME, "read", page).await?;
        connection.give_back();
        Ok(page)
    }

    async fn read_subject(
        &self,
        account: &AccountId,
        id: &str,
        limit: usize,
    ) -> Result<Option<SubjectDetail>, StoreError> {
        let mut connection = self.pages.lend().await?;
        let subject = subjects::read(&mut connection, account, id, limit);
        let subject = in_time(READ_TIME, "read", subject).await?;
        connection.give_back();
        Ok(subject)
    }

    async fn expiring_certificates(
        &self,
        account: &AccountId,
        query: &ExpiringQuery,
    ) -> Result<Vec<SeenCertificate>, StoreError> {
        let mut connection = self.pages.lend().await?;
        let page = expiry::list(&mut connection, account, query);
        let page = in_time(READ_TIME, "read", page).await?;
        connection.give_back();
        Ok(page)
    }

    async fn claim_events(
        &self,
        account: &AccountId,
        now: Timestamp,
        ids: &[&str],
    ) -> Result<Vec<String>, StoreError> {
        let mut connection = self.writer.lend().await?;
        let claimed = expiry::claim(&mut connection, account, now, ids);
        let claimed = in_time(WRITE_TIME, "write", claimed).await?;
        connection.give_back();
        Ok(claimed)
    }

    async fn is_event_claimed(&self, account: &AccountId, id: &str) -> Result<bool, StoreError> {
        let mut connection = self.pages.lend().await?;
        let claimed = expiry::is_claimed(&mut connection, account, id);
        let claimed = in_time(READ_TIME, "read", claimed).await?;
        connection.give_back();
        Ok(claimed)
    }
}

#[async_trait]
impl EnrolmentStore for PostgresStore {
    async fn put_join_token(
        &self,
        token: &JoinToken,
        forget_before: Timestamp,
    ) -> Result<(), StoreError> {
        let mut connection = self.writer.lend().await?;
        let work = enrolment::put_token(&mut connection, token, forget_before);
        in_time(WRITE_TIME, "write", work).await?;
        connection.give_back();
        Ok(())
    }

    async fn read_join_token(
        &self,
        account: &AccountId,
        id: &str,
    ) -> Result<Option<JoinToken>, StoreError> {
        // Where it is written: a token that another server has just made is there.
        let mut connection = self.pages.lend().await?;
        let token = enrolment::read_token(&mut connection, account, id);
        let token = in_time(READ_TIME, "read", token).await?;
        connection.give_back();
        Ok(token)
    }

    async fn list_join_tokens(
        &self,
        account: &AccountId,
        after: &str,
        limit: usize,
    ) -> Result<Vec<JoinToken>, StoreError> {
        let mut connection = self.pages.lend().await?;
        let page = enrolment::list_tokens(&mut connection, account, after, limit);
        let page = in_time(READ_TIME, "read", page).await?;
        connection.give_back();
        Ok(page)
    }

    async fn delete_join_token(&self, account: &AccountId, id: &str) -> Result<bool, StoreError> {
        let mut connection = self.writer.lend().await?;
        let work = enrolment::delete_token(&mut connection, account, id);
        let deleted = in_time(WRITE_TIME, "write", work).await?;
        connection.give_back();
        Ok(deleted)
    }

    async fn claim_enrolment(&self, claim: &Claim) -> Result<Decision, StoreError> {
        let mut connection = self.writer.lend().await?;
        let work = enrolment::claim(&mut connection, claim);
        let decision = in_time(WRITE_TIME, "write", work).await?;
        connection.give_back();
        Ok(decision)
    }

    async fn finish_enrolment(&self, finished: &FinishedClaim) -> Result<(), StoreError> {
        let mut connection = self.writer.lend().await?;
        let work = enrolment::finish(&mut connection, finished);
        in_time(WRITE_TIME, "write", work).await?;
        connection.give_back();
        Ok(())
    }

    async fn release_enrolment(&self, claim: &Claim) -> Result<(), StoreError> {
        let mut connection = self.writer.lend().await?;
        let work = enrolment::release(&mut connection, claim);
        in_time(WRITE_TIME, "write", work).await?;
        connection.give_back();
        Ok(())
    }

    async fn read_enrolled(
        &self,
        account: &AccountId,
        certificate_sha256: &[u8; 32],
    ) -> Result<Option<EnrolledCertificate>, StoreError> {
        let mut connection = self.pages.lend().await?;
        let found = enrolment::read_enrolled(&mut connection, account, certificate_sha256);
        let found = in_time(READ_TIME, "read", found).await?;
        connection.give_back();
        Ok(found)
    }
}

async fn load(connection: &mut PgConnection) -> Result<Loaded, Failure> {
    let mut transaction = connection.begin_with(BEGIN_READING).await?;
    let version = version::read(&mut transaction).await?;
    let changes = changes::load(&mut transaction).await?;
    transaction.commit().await?;
    Ok(Loaded { version, changes })
}

async fn load_since(connection: &mut PgConnection, base: u64) -> Result<Since, Failure> {
    let mut transaction = connection.begin_with(BEGIN_READING).await?;
    let version = version::read(&mut transaction).await?;
    let since = if change_log::reaches(base, version) {
        let changed = change_log::since(&mut transaction, base).await?;
        let changes = changes::load_changed(&mut transaction, &changed).await?;
        Since::Changes(Loaded { version, changes })
    } else {
        let changes = changes::load(&mut transaction).await?;
        Since::Whole(Loaded { version, changes })
    };
    transaction.commit().await?;
    Ok(since)
}

async fn commit(
    connection: &mut PgConnection,
    base: u64,
    changes: &[Change],
) -> Result<u64, StoreError> {
    let mut transaction = connection
        .begin_with(BEGIN_WRITING)
        .await
        .map_err(Failure::from)?;
    let version = match version::advance(&mut transaction, base).await {
        Ok(version) => version,
        Err(error) => {
            transaction.rollback().await.map_err(Failure::from)?;
            return Err(error);
        }
    };
    for change in changes {
        changes::apply(&mut transaction, change).await?;
    }
    change_log::add(&mut transaction, version, changes).await?;
    notices::send(&mut transaction).await?;
    transaction.commit().await.map_err(Failure::from)?;
    Ok(version)
}

async fn record_uses(connection: &mut PgConnection, uses: &[&LastUse]) -> Result<(), Failure> {
    let mut transaction = connection.begin_with(BEGIN_WRITING).await?;
    for last in uses {
        last_uses::record(&mut transaction, last).await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn record(connection: &mut PgConnection, group: &[&Sighting]) -> Result<(), Failure> {
    let mut transaction = connection.begin_with(BEGIN_WRITING).await?;
    for sighting in group {
        subjects::record(&mut transaction, sighting).await?;
    }
    transaction.commit().await?;
    Ok(())
}
