//! What ACME keeps: one row for each service, key, account, authorization, order and certificate, with a revision. What a row
//! means is this module's; a store compares revisions and knows nothing of the protocol.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::account::AccountId;
use crate::ports::StoreError;
use crate::refusal::{AcmeKind, Kind, Refusal};
use crate::site::Site;

/// The kinds of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AcmeKey {
    /// How ACME is open for a certificate authority, by the authority's UUID.
    Service,
    /// What binds accounts to the operator's word; its parent is a service.
    ExternalKey,
    /// A client's account; its parent is a service, its lookup the service and the key's thumbprint.
    Account,
    /// The proof of a name; its parent is an account, its lookup the account and the name.
    Authorization,
    /// What an account wants; its parent is an account.
    Order,
    /// What an account got, by authority and serial number; its parent is an account.
    Certificate,
    /// A secret that servers share, sealed under the master key.
    Secret,
}

impl AcmeKey {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::ExternalKey => "external-key",
            Self::Account => "account",
            Self::Authorization => "authorization",
            Self::Order => "order",
            Self::Certificate => "certificate",
            Self::Secret => "secret",
        }
    }
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcmeRow {
    /// Its kind.
    pub kind: AcmeKey,
    /// Unique among its kind.
    pub id: String,
    /// Whose it is; empty for services.
    pub parent: String,
    /// Another name by which it is found, unique among its kind.
    pub lookup: Option<String>,
    /// 1 for a new row, one more with each change.
    pub revision: u64,
    /// After this instant nobody asks for it.
    pub expires_at: Option<Timestamp>,
    /// JSON.
    pub body: String,
}

/// One change of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcmeWrite {
    /// Makes a row of revision 1, or replaces one of the revision before.
    Put(AcmeRow),
    /// Deletes a row of this revision.
    Delete(AcmeRow),
    /// Changes nothing: the row is there, of this revision, until the set is written.
    Stays(AcmeRow),
}

/// Where ACME's rows live. A write is on disk (synced) before it is answered.
#[async_trait]
pub trait AcmeStore: Send + Sync {
    /// The rows of these ids; those that are not there are left out.
    async fn read_acme(
        &self,
        account: &AccountId,
        kind: AcmeKey,
        ids: &[&str],
    ) -> Result<Vec<AcmeRow>, StoreError>;

    /// The row of this lookup.
    async fn find_acme(
        &self,
        account: &AccountId,
        kind: AcmeKey,
        lookup: &str,
    ) -> Result<Option<AcmeRow>, StoreError>;

    /// Rows of a parent whose id is greater than `after`, in order of their ids, at most `limit`.
    async fn list_acme(
        &self,
        account: &AccountId,
        kind: AcmeKey,
        parent: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<AcmeRow>, StoreError>;

    /// Makes each set of changes in order, all of a set or none, and all sets in one transaction; of each, whether it was made: not
    /// where a row is of another revision, or a lookup is taken.
    async fn write_acme(
        &self,
        account: &AccountId,
        sets: &[Vec<AcmeWrite>],
    ) -> Result<Vec<bool>, StoreError>;

    /// Takes a nonce: true the first time, whichever server asks. It is remembered until `until`.
    async fn claim_nonce(
        &self,
        account: &AccountId,
        id: &str,
        until: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Deletes rows and nonces that nobody asks for any more; how many.
    async fn forget_acme(&self, account: &AccountId, now: Timestamp) -> Result<u64, StoreError>;
}

/// A row with what it says.
#[derive(Debug, Clone)]
pub(super) struct Kept<T> {
    pub row: AcmeRow,
    pub value: T,
}

impl<T: Serialize + DeserializeOwned> Kept<T> {
    /// A row that is not there yet.
    pub fn new(
        kind: AcmeKey,
        id: String,
        parent: &str,
        expires_at: Option<Timestamp>,
        value: T,
    ) -> Self {
        let row = AcmeRow {
            kind,
            id,
            parent: parent.to_owned(),
            lookup: None,
            revision: 0,
            expires_at,
            body: String::new(),
        };
        Self { row, value }
    }

    pub fn id(&self) -> &str {
        &self.row.id
    }

    /// The write that keeps the value as it is now.
    pub fn put(&self) -> Result<AcmeWrite, Refusal> {
        let mut row = self.row.clone();
        row.revision += 1;
        row.body = serde_json::to_string(&self.value)
            .map_err(|error| Refusal::internal(error.to_string()))?;
        Ok(AcmeWrite::Put(row))
    }

    fn read(row: AcmeRow) -> Result<Self, Refusal> {
        let value = serde_json::from_str(&row.body).map_err(|error| {
            Refusal::internal(format!(
                "the stored {} `{}` can't be read: {error}",
                row.kind.as_str(),
                row.id
            ))
        })?;
        Ok(Self { row, value })
    }
}

pub(super) async fn read<T: Serialize + DeserializeOwned>(
    site: &Site,
    kind: AcmeKey,
    id: &str,
) -> Result<Option<Kept<T>>, Refusal> {
    Ok(read_all(site, kind, &[id]).await?.pop())
}

pub(super) async fn read_all<T: Serialize + DeserializeOwned>(
    site: &Site,
    kind: AcmeKey,
    ids: &[&str],
) -> Result<Vec<Kept<T>>, Refusal> {
    let store = site.directory.store();
    let rows = store.read_acme(&site.account().id, kind, ids).await;
    let rows = rows.map_err(Refusal::unreadable)?;
    rows.into_iter().map(Kept::read).collect()
}

pub(super) async fn find<T: Serialize + DeserializeOwned>(
    site: &Site,
    kind: AcmeKey,
    lookup: &str,
) -> Result<Option<Kept<T>>, Refusal> {
    let store = site.directory.store();
    let row = store.find_acme(&site.account().id, kind, lookup).await;
    row.map_err(Refusal::unreadable)?
        .map(Kept::read)
        .transpose()
}

pub(super) async fn list<T: Serialize + DeserializeOwned>(
    site: &Site,
    kind: AcmeKey,
    parent: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<Kept<T>>, Refusal> {
    let store = site.directory.store();
    let rows = store.list_acme(&site.account().id, kind, parent, after, limit);
    let rows = rows.await.map_err(Refusal::unreadable)?;
    rows.into_iter().map(Kept::read).collect()
}

/// Whether all of it was written; false where another request was faster.
pub(super) async fn write(site: &Site, writes: &[AcmeWrite]) -> Result<bool, Refusal> {
    let store = site.directory.shared_store();
    let account = &site.account().id;
    Ok(site
        .acme
        .queue
        .write(store, account, writes.to_vec())
        .await?)
}

/// Another request has changed the same rows in between.
pub(super) fn overtaken() -> Refusal {
    Refusal::new(
        Kind::Acme(AcmeKind::Conflict),
        "acme-overtaken",
        "Another request has changed the same at the same time; try again.",
    )
}
