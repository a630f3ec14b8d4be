//! What the domain asks of the world: time, randomness, storage, session issuing, the audit trail.
//! Implemented by `stores`, `issuers` and the app's wiring; faked in tests.

use std::time::Duration;

use anyrole_keys::SigningKey;
use async_trait::async_trait;
use jiff::Timestamp;

use crate::account::AccountId;
use crate::acme::AcmeStore;
use crate::activity::{TrailPage, TrailQuery};
use crate::audit::AuditRecord;
use crate::certificate_authorities::{
    AuthorityKeyAlgorithm, IssuedCertificate, IssuedPlace, Kept, NewCertificate, StoredKey,
};
use crate::enrolment::EnrolmentStore;
use crate::last_uses::LastUse;
use crate::notifications::{ExpiringQuery, SeenCertificate};
use crate::sessions::{Credentials, OpenedSession, SessionGrant, UserSessionGrant};
use crate::snapshot::{Change, Snapshot};
use crate::subjects::{Sighting, Subject, SubjectDetail};

/// The time of day. Only the app's wiring reads the system clock.
pub trait Clock: Send + Sync {
    /// The present instant, UTC.
    fn now(&self) -> Timestamp;
}

/// A clock that nobody sets and that never goes back. Only the app's wiring reads the system's.
pub trait Stopwatch: Send + Sync {
    /// Time since some fixed moment before this process began to serve; a process that is stopped does not stop it.
    fn elapsed(&self) -> Duration;
}

/// A cryptographically secure source of random bytes.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// What went wrong in a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another node wrote first: the snapshot that the change was based on is old.
    #[error("the store is at version {current}, the change was made against an older one")]
    Conflict {
        /// The version that the store is at.
        current: u64,
    },
    /// The store can't be reached, or does not answer; whether the change was kept is not known.
    #[error("the store is away: {0}")]
    Away(String),
    /// The store could not be read or written; whether the change was kept is not known.
    #[error("the store failed: {0}")]
    Failed(String),
}

/// All that decisions need, as read at start.
#[derive(Debug)]
pub struct Loaded {
    /// The version of the newest committed write.
    pub version: u64,
    /// Every row, as the change that would make it.
    pub changes: Vec<Change>,
}

/// What a reader that has one version of a store lacks.
#[derive(Debug)]
pub enum Since {
    /// These changes on top of what the reader has: deletions first, then each row once, as it is now.
    Changes(Loaded),
    /// The store can't go on from the reader's version: everything.
    Whole(Loaded),
}

/// Where the records of issued certificates live: no decision but those about a certificate of their own reads them.
#[async_trait]
pub trait IssuedStore: Send + Sync {
    /// Writes a group of records in one transaction, and tells of each what became of it. None takes the serial number of
    /// another one of its authority.
    async fn record_issued(&self, group: &[NewCertificate]) -> Result<Vec<Kept>, StoreError>;

    /// Forgets the idempotency tokens that were used before a time.
    async fn forget_issuing_tokens(&self, before: Timestamp) -> Result<(), StoreError>;

    /// The record of a certificate by its authority's UUID and its serial number.
    async fn read_issued(
        &self,
        account: &AccountId,
        authority_id: &str,
        serial: &[u8; 16],
    ) -> Result<Option<IssuedCertificate>, StoreError>;

    /// Records of an authority's certificates, the newest first (of the same instant, the greater serial number first), at most `limit`;
    /// those behind `last`, where a page has gone before.
    async fn list_issued(
        &self,
        account: &AccountId,
        authority_id: &str,
        last: Option<IssuedPlace>,
        limit: usize,
    ) -> Result<Vec<IssuedCertificate>, StoreError>;
}

/// Where rows live. A write is on disk (synced) before it is answered.
#[async_trait]
pub trait Store: AcmeStore + EnrolmentStore + IssuedStore + Send + Sync {
    /// Reads everything that decisions need.
    async fn load(&self) -> Result<Loaded, StoreError>;

    /// Reads what was written after `version`, in time that depends on that alone where the store can.
    async fn changes_since(&self, version: u64) -> Result<Since, StoreError>;

    /// Resolves when the store hears that some process has written; may miss some, and may be wrong.
    async fn changed(&self);

    /// Writes `changes` in one transaction, if the store is still at version `base`; returns the new version.
    /// A call that is dropped may still be carried out a moment later.
    async fn commit(&self, base: u64, changes: &[Change]) -> Result<u64, StoreError>;

    /// Writes a group of sightings in one transaction: makes subjects, certificates and sets of properties, or moves them
    /// on; an older sighting changes nothing of a newer one. Keeps `MAX_PROPERTIES_KEPT` sets of each subject.
    async fn record_sightings(&self, sightings: &[Sighting]) -> Result<(), StoreError>;

    /// Writes when access keys and roles were used last; an older use changes nothing of a newer one, and what is gone has none.
    async fn record_last_uses(&self, uses: &[LastUse]) -> Result<(), StoreError>;

    /// When access keys and roles of these ids were used last, as far as it was written; those that were not are left out.
    async fn read_last_uses(
        &self,
        account: &AccountId,
        ids: &[&str],
    ) -> Result<Vec<LastUse>, StoreError>;

    /// Subjects whose id is greater than `after`, in order of their ids, at most `limit`.
    async fn list_subjects(
        &self,
        account: &AccountId,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Subject>, StoreError>;

    /// A subject with at most `limit` certificates and as many sets of properties, those that were seen last first.
    async fn read_subject(
        &self,
        account: &AccountId,
        id: &str,
        limit: usize,
    ) -> Result<Option<SubjectDetail>, StoreError>;

    /// Certificates that were used and expire, in order of `not_after`, then of their SHA-256.
    async fn expiring_certificates(
        &self,
        account: &AccountId,
        query: &ExpiringQuery,
    ) -> Result<Vec<SeenCertificate>, StoreError>;

    /// Takes the ids that nobody has taken before and returns them. Ids taken days before `now` are forgotten.
    async fn claim_events(
        &self,
        account: &AccountId,
        now: Timestamp,
        ids: &[&str],
    ) -> Result<Vec<String>, StoreError>;

    /// Whether this id was taken by `claim_events` and is not forgotten.
    async fn is_event_claimed(&self, account: &AccountId, id: &str) -> Result<bool, StoreError>;
}

/// The audit trail could not take a record.
#[derive(Debug, thiserror::Error)]
#[error("the audit trail failed: {0}")]
pub struct AuditError(pub String);

/// Where audit records go. A record is handed to the operating system before the call returns.
#[async_trait]
pub trait AuditTrail: Send + Sync {
    /// Appends one record; returns when the group that it is part of is written.
    async fn append(&self, record: &AuditRecord<'_>) -> Result<(), AuditError>;

    /// The record of a request as it was written (JSON), the newest first; how far back is looked is bounded.
    async fn find(&self, request_id: &str) -> Result<Option<String>, AuditError>;

    /// A page of records, the newest first. What is appended meanwhile, and a rotation, change nothing of what pages that
    /// follow each other hold: each record once. The work for a page is bounded.
    async fn page(&self, query: &TrailQuery) -> Result<TrailPage, AuditError>;
}

/// Credentials could not be made.
#[derive(Debug, thiserror::Error)]
#[error("credentials could not be issued: {0}")]
pub struct IssueError(pub String);

/// Makes credentials of a grant.
pub trait SessionIssuer: Send + Sync {
    /// Seals the grant into credentials.
    fn issue(&self, grant: &SessionGrant) -> Result<Credentials, IssueError>;

    /// Seals a user's session into credentials.
    fn issue_to_user(&self, grant: &UserSessionGrant) -> Result<Credentials, IssueError>;

    /// Seals a message that only this account's servers can open, for the same purpose: base64url. `now` chooses the key.
    fn seal_message(
        &self,
        account: &AccountId,
        purpose: MessagePurpose,
        message: &[u8],
        now: Timestamp,
    ) -> Result<String, IssueError>;
}

/// What a sealed message is for. It opens for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessagePurpose {
    /// What stands behind `Encoded authorization failure message:`.
    AuthorizationFailure,
    /// The console's cookie: who has signed in.
    ConsoleSession,
    /// What a form of the console must send back.
    ConsoleForm,
}

/// Why a session or an access key is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// No key of ours has this access key id.
    #[error("the access key id is not known")]
    UnknownAccessKey,
    /// The token was not made by us, or not for this access key id.
    #[error("the session token is not valid for this access key id")]
    InvalidToken,
    /// The session has ended.
    #[error("the session has expired")]
    Expired,
}

/// Opens what a `SessionIssuer` has sealed.
pub trait SessionOpener: Send + Sync {
    /// The secret access key that belongs to a temporary access key id (`ASIA…`), without looking at a token.
    fn secret(&self, access_key_id: &str) -> Result<SecretAccessKey, OpenError>;

    /// The session inside a token, if the token is of this access key id and lives at `now`.
    fn open(
        &self,
        access_key_id: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<OpenedSession, OpenError>;

    /// What `SessionIssuer::seal_message` has sealed for this account and purpose; `None` for anything else.
    fn open_message(
        &self,
        account: &AccountId,
        purpose: MessagePurpose,
        sealed: &str,
    ) -> Option<Vec<u8>>;
}

/// Fetches documents of identity providers: bounded in size, time and destination.
#[async_trait]
pub trait ProviderDocuments: Send + Sync {
    /// The document at a URL, or why there is none.
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, String>;
}

/// Keeps something that is made of snapshots, seal keys ready for use say.
pub trait SnapshotFollower: Send + Sync {
    /// Called with each snapshot before readers see it.
    fn follow(&self, next: &Snapshot) -> Result<(), FollowError>;
}

/// A snapshot can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FollowError(pub String);

/// The key of a certificate authority could not be made, opened or destroyed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityKeyError {
    /// It may be another time.
    #[error("the key of the certificate authority failed: {0}")]
    Failed(String),
    /// Where this server keeps such keys, there are none of this kind: the caller is told the sentence.
    #[error("{0}")]
    NotOfThisKind(String),
}

/// What became of a key that nobody needs any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyEnd {
    /// It is destroyed, or goes with its row.
    Destroyed,
    /// It is where this server does not reach: whoever looks after that place must destroy it.
    Left,
}

/// Makes and opens the private keys of certificate authorities. May take seconds: call it on a thread that may wait.
pub trait AuthorityKeys: Send + Sync {
    /// Makes a key for the authority of this ARN; where it is, for its row, and the key.
    fn make(
        &self,
        authority_arn: &str,
        algorithm: AuthorityKeyAlgorithm,
    ) -> Result<(StoredKey, Box<dyn SigningKey>), AuthorityKeyError>;

    /// Opens what `make` has made for the same ARN.
    fn open(
        &self,
        authority_arn: &str,
        stored: &StoredKey,
    ) -> Result<Box<dyn SigningKey>, AuthorityKeyError>;

    /// Destroys what `make` has made; one that is gone already is no error.
    fn destroy(&self, stored: &StoredKey) -> Result<KeyEnd, AuthorityKeyError>;
}

/// Encrypts secrets that go into rows, under the master key.
pub trait SecretBox: Send + Sync {
    /// Encrypts `secret`; `context` (kind and id of the row) must be the same when it is opened.
    fn seal(&self, context: &str, secret: &[u8]) -> Result<Vec<u8>, SecretBoxError>;

    /// Decrypts what `seal` made.
    fn open(
        &self,
        context: &str,
        sealed: &[u8],
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, SecretBoxError>;
}

/// A secret in a row could not be encrypted or decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret can't be opened with this master key")]
pub struct SecretBoxError;

/// A secret access key; shows nothing in `Debug`, is wiped when dropped.
#[derive(Clone, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
pub struct SecretAccessKey(String);

impl SecretAccessKey {
    /// Wraps the text of a secret access key.
    pub fn new(secret: String) -> Self {
        Self(secret)
    }

    /// The secret itself, for signing.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretAccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretAccessKey(…)")
    }
}
