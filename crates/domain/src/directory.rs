//! The snapshot that decisions read, and the one way to change it: check against it, write, then swap.
//! Reading never waits; writing is one at a time, in the order in which the store commits.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::ports::{Store, StoreError};
use crate::refusal::Refusal;
use crate::snapshot::{Change, Snapshot, UnusableRow};

/// What could not be loaded at start.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row could not be used.
    #[error(transparent)]
    Row(#[from] UnusableRow),
}

/// Reads from memory, writes through the store.
pub struct Directory {
    current: Arc<ArcSwap<Snapshot>>,
    store: Arc<dyn Store>,
    /// Held by the one writer; true where the last write's fate is unknown and the store must be read again.
    writer: Arc<Mutex<bool>>,
}

impl Directory {
    /// Reads everything from the store.
    pub async fn load(store: Arc<dyn Store>) -> Result<Self, LoadError> {
        let snapshot = load_snapshot(store.as_ref()).await?;
        Ok(Self {
            current: Arc::new(ArcSwap::from_pointee(snapshot)),
            store,
            writer: Arc::new(Mutex::new(false)),
        })
    }

    /// The present state; it does not change under the reader.
    pub fn read(&self) -> arc_swap::Guard<Arc<Snapshot>> {
        self.current.load()
    }

    /// The present state, to be kept across awaits.
    pub fn read_full(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Asks `decide` for the changes to make to the present state, writes them, and lets readers see them.
    /// Returns when the store has synced them. A caller that goes away does not stop a write half way.
    pub async fn write<T>(
        &self,
        decide: impl FnOnce(&Snapshot) -> Result<(Vec<Change>, T), Refusal>,
    ) -> Result<T, Refusal> {
        let mut stale = self.writer.clone().lock_owned().await;
        if *stale {
            self.current.store(Arc::new(
                load_snapshot(self.store.as_ref())
                    .await
                    .map_err(unloadable)?,
            ));
            *stale = false;
        }
        let before = self.current.load_full();
        let (changes, answer) = decide(&before)?;
        if changes.is_empty() {
            return Ok(answer);
        }
        let after = before
            .with(&changes, before.version)
            .map_err(|error| Refusal::internal(error.to_string()))?;
        let commit = commit(
            self.store.clone(),
            self.current.clone(),
            stale,
            after,
            changes,
        );
        // A task of its own: the answer's future may be dropped between the commit and the swap.
        match tokio::spawn(commit).await {
            Ok(outcome) => outcome.map(|()| answer),
            Err(error) => Err(Refusal::internal(error.to_string())),
        }
    }
}

async fn commit(
    store: Arc<dyn Store>,
    current: Arc<ArcSwap<Snapshot>>,
    mut stale: OwnedMutexGuard<bool>,
    mut after: Snapshot,
    changes: Vec<Change>,
) -> Result<(), Refusal> {
    *stale = true;
    after.version = store.commit(after.version, &changes).await?;
    current.store(Arc::new(after));
    *stale = false;
    Ok(())
}

async fn load_snapshot(store: &dyn Store) -> Result<Snapshot, LoadError> {
    let loaded = store.load().await?;
    Ok(Snapshot::default().with(&loaded.changes, loaded.version)?)
}

fn unloadable(error: LoadError) -> Refusal {
    Refusal::new(
        crate::refusal::Kind::Unavailable,
        "store-failed",
        "The service could not read its store; try again.",
    )
    .with_private(error.to_string())
}
