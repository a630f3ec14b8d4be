//! Keeps the snapshot up with a store that other processes write to, and says whether it is fresh enough to answer from.
//! The app runs `follow` for as long as it serves; the door asks `confirm` before each answer, and `reconfirm` after.

use std::time::Duration;

use super::freshness::Freshness;
use super::{Directory, LoadError, State};
use crate::ports::{Since, StoreError};
use crate::refusal::{Kind, Refusal};
use crate::snapshot::Snapshot;

/// The longest time between two looks at a shared store: the net under its notices.
const POLL_MOST: Duration = Duration::from_millis(250);
const POLL_LEAST: Duration = Duration::from_millis(20);
/// How long a request waits for the store to be read again, while this process runs.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often a decision that only reads is made, each time on what was read again, before it is refused: a process that
/// is stopped again and again.
pub const DECISIONS: u32 = 3;

/// The snapshot was fresh enough; `reconfirm` takes it back.
#[derive(Debug, Clone, Copy)]
pub struct Confirmed {
    /// When it was confirmed, in microseconds by the stopwatch.
    at: u64,
    version: u64,
}

/// How the directory stands to its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The snapshot is the store's newest state, or was a moment ago.
    Current,
    /// The store is away; answers come from a snapshot that was confirmed this long ago.
    Away(Duration),
    /// The snapshot is too old to answer from.
    TooOld(Duration),
}

impl Directory {
    /// Sees to it that the snapshot is fresh enough to answer from: at once if it is, or by reading the store again.
    pub async fn confirm(&self) -> Result<Confirmed, Refusal> {
        let state = &self.0;
        let Some(freshness) = &state.freshness else {
            return Ok(Confirmed { at: 0, version: 0 });
        };
        let asked = freshness.now();
        // Before the snapshot is looked at: it is at least as new as that.
        let at = freshness.confirmed();
        if freshness.allows(at, asked) {
            let version = state.current.load().version;
            return Ok(Confirmed { at, version });
        }
        // Others may have waited for the same: what they found is good enough.
        let enough = |it: &Freshness| {
            let at = it.confirmed();
            at >= asked || it.allows(at, it.now())
        };
        let outcome = freshness.within(PATIENCE, state.catch_up(enough)).await;
        let at = freshness.confirmed();
        if at >= asked || freshness.allows(at, freshness.now()) {
            let version = state.current.load().version;
            return Ok(Confirmed { at, version });
        }
        Err(too_old(match outcome {
            Some(Ok(())) => "it took too long".to_owned(),
            Some(Err(error)) => error.to_string(),
            None => format!("the store was not read in {PATIENCE:?}"),
        }))
    }

    /// After a decision: it still holds, if the snapshot that it was made from is young enough even now, or is still
    /// the newest. A process may have been stopped between the decision and this.
    pub async fn reconfirm(&self, seen: Confirmed) -> Result<(), Refusal> {
        let Some(freshness) = &self.0.freshness else {
            return Ok(());
        };
        if freshness.allows(seen.at, freshness.now()) {
            return Ok(());
        }
        if self.confirm().await?.version == seen.version {
            return Ok(());
        }
        Err(too_old("it was replaced in the meantime".to_owned()))
    }

    /// Takes over what others write, for ever; returns at once where nobody else does. `report` is told of each change
    /// in how the directory stands, and of what else goes wrong.
    pub async fn follow(&self, report: impl Fn(&Report) + Send + Sync) {
        let Some(freshness) = &self.0.freshness else {
            return;
        };
        let pause = (freshness.bounds.max / 4).clamp(POLL_LEAST, POLL_MOST);
        let mut last = Report::Back;
        loop {
            let asked = freshness.now();
            let outcome = self.0.catch_up(|it| it.confirmed() >= asked).await;
            let next = match outcome {
                Ok(()) => Report::Back,
                Err(LoadError::Store(StoreError::Away(detail))) => Report::Away(detail),
                Err(error) => Report::Failed(error.to_string()),
            };
            // While it is away each attempt may fail in other words.
            if next != last && !matches!((&next, &last), (Report::Away(_), Report::Away(_))) {
                report(&next);
            }
            last = next;
            // Either may come first; what is read next decides.
            let _: Result<(), _> = tokio::time::timeout(pause, self.0.store.changed()).await;
        }
    }

    /// How the directory stands to its store just now.
    pub fn standing(&self) -> Standing {
        let Some(freshness) = &self.0.freshness else {
            return Standing::Current;
        };
        let (now, at) = (freshness.now(), freshness.confirmed());
        let age = Duration::from_micros(now.saturating_sub(at));
        if !freshness.allows(at, now) {
            Standing::TooOld(age)
        } else if freshness.is_away(now) {
            Standing::Away(age)
        } else {
            Standing::Current
        }
    }
}

/// What `follow` has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// The store can't be reached any more, and why.
    Away(String),
    /// The store could be read again.
    Back,
    /// The store was reached, but what it holds could not be taken over.
    Failed(String),
}

impl State {
    /// Reads what was written since the snapshot, one reader at a time; not if, when its turn comes, there is `enough`.
    pub(super) async fn catch_up(
        &self,
        enough: impl FnOnce(&Freshness) -> bool,
    ) -> Result<(), LoadError> {
        let _one = self.reader.lock().await;
        let Some(freshness) = &self.freshness else {
            return self.read_again().await;
        };
        if enough(freshness) {
            return Ok(());
        }
        freshness.note(|| self.read_again()).await
    }

    async fn read_again(&self) -> Result<(), LoadError> {
        let base = self.current.load_full();
        match self.store.changes_since(base.version).await? {
            Since::Changes(newer) if newer.version == base.version => {}
            Since::Changes(newer) => self.advance(base.with(&newer.changes, newer.version)?)?,
            Since::Whole(whole) => {
                let next = Snapshot::default().with(&whole.changes, whole.version)?;
                if next.version < base.version {
                    self.replace(next)?;
                } else {
                    self.advance(next)?;
                }
            }
        }
        Ok(())
    }
}

fn too_old(private: String) -> Refusal {
    Refusal::new(
        Kind::Unavailable,
        "snapshot-too-old",
        "The service could not read its store; try again.",
    )
    .with_private(private)
}
