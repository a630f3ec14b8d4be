//! The snapshot that decisions read. Reading never waits; `write.rs` is the one way to change it, and `follow.rs` takes
//! over what other processes have written to a shared store. A snapshot is only ever replaced by a newer one.

mod follow;
mod freshness;
mod outage;
mod write;

use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use tokio::sync::Mutex;

pub use self::follow::{Confirmed, DECISIONS, Report, Standing};
use self::freshness::Freshness;
pub use self::freshness::Staleness;
use crate::ports::{FollowError, SnapshotFollower, Stopwatch, Store, StoreError};
use crate::snapshot::{Snapshot, UnusableRow};

/// What could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row could not be used.
    #[error(transparent)]
    Row(#[from] UnusableRow),
    /// What is made of the rows could not be made.
    #[error(transparent)]
    Follower(#[from] FollowError),
}

/// Reads from memory, writes through the store. Cheap to clone: the clones are one directory.
#[derive(Clone)]
pub struct Directory(Arc<State>);

struct State {
    current: ArcSwap<Snapshot>,
    store: Arc<dyn Store>,
    /// Held by the one writer; true where the last write's fate is unknown and the store must be read again.
    writer: Arc<Mutex<bool>>,
    /// Held by the one who reads the store again.
    reader: Mutex<()>,
    /// Held while a snapshot is replaced.
    swap: parking_lot::Mutex<()>,
    follower: OnceLock<Arc<dyn SnapshotFollower>>,
    /// Of a store that others write to; `None` where this process is the only one, and the snapshot always current.
    freshness: Option<Freshness>,
}

impl Directory {
    /// Reads everything from a store that nobody else writes to: the snapshot is always current.
    pub async fn load(store: Arc<dyn Store>) -> Result<Self, LoadError> {
        Self::load_with(store, None).await
    }

    /// Reads everything from a store that other processes write to as well.
    pub async fn load_shared(
        store: Arc<dyn Store>,
        bounds: Staleness,
        time: Arc<dyn Stopwatch>,
    ) -> Result<Self, LoadError> {
        Self::load_with(store, Some(Freshness::starting(bounds, time))).await
    }

    async fn load_with(
        store: Arc<dyn Store>,
        freshness: Option<Freshness>,
    ) -> Result<Self, LoadError> {
        let loaded = store.load().await?;
        let snapshot = Snapshot::default().with(&loaded.changes, loaded.version)?;
        Ok(Self(Arc::new(State {
            current: ArcSwap::from_pointee(snapshot),
            store,
            writer: Arc::new(Mutex::new(false)),
            reader: Mutex::new(()),
            swap: parking_lot::Mutex::new(()),
            follower: OnceLock::new(),
            freshness,
        })))
    }

    /// Lets `follower` have the present snapshot, and each that comes after it before readers see it.
    /// There is one; a second is not taken.
    pub fn attach(&self, follower: Arc<dyn SnapshotFollower>) -> Result<(), FollowError> {
        let _one = self.0.swap.lock();
        follower.follow(&self.0.current.load())?;
        self.0
            .follower
            .set(follower)
            .map_err(|_| FollowError("the directory has a follower already".to_owned()))
    }

    /// The store itself, for rows that no decision reads.
    pub fn store(&self) -> &dyn Store {
        self.0.store.as_ref()
    }

    /// The same, to be kept by who goes on after its caller.
    pub fn shared_store(&self) -> &Arc<dyn Store> {
        &self.0.store
    }

    /// Whether other processes write to the store as well.
    pub fn is_shared(&self) -> bool {
        self.0.freshness.is_some()
    }

    /// The present state; it does not change under the reader.
    pub fn read(&self) -> arc_swap::Guard<Arc<Snapshot>> {
        self.0.current.load()
    }

    /// The present state, to be kept across awaits.
    pub fn read_full(&self) -> Arc<Snapshot> {
        self.0.current.load_full()
    }
}

impl State {
    /// Lets readers see `next`, unless they see a newer one already.
    fn advance(&self, next: Snapshot) -> Result<(), FollowError> {
        let _one = self.swap.lock();
        if next.version > self.current.load().version {
            self.show(next)?;
        }
        Ok(())
    }

    /// Lets readers see `next`, which may be older: the store itself has gone back.
    fn replace(&self, next: Snapshot) -> Result<(), FollowError> {
        let _one = self.swap.lock();
        self.show(next)
    }

    fn show(&self, next: Snapshot) -> Result<(), FollowError> {
        if let Some(follower) = self.follower.get() {
            follower.follow(&next)?;
        }
        self.current.store(Arc::new(next));
        Ok(())
    }
}
