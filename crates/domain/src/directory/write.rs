//! The one way to change what is stored: decide against the snapshot, write, then swap. One write at a time in this
//! process, in the order in which the store commits; where another process was faster, the decision is made again.

use std::sync::Arc;

use tokio::sync::OwnedMutexGuard;

use super::freshness::Freshness;
use super::{Directory, LoadError, State};
use crate::ports::StoreError;
use crate::refusal::{Kind, Refusal};
use crate::snapshot::{Change, Snapshot};

/// How often a decision is made anew, because another process wrote in between, before the caller is told to try again.
const MOST_TRIES: u32 = 40;

impl Directory {
    /// Asks `decide` for the changes to make to the present state, writes them, and lets readers see them.
    /// Where another process has written in between, a clone of `decide` is asked again, with the newer state.
    /// Returns when the store has synced them. A caller that goes away does not stop a write half way.
    pub async fn write<T>(
        &self,
        decide: impl FnOnce(&Snapshot) -> Result<(Vec<Change>, T), Refusal> + Clone,
    ) -> Result<T, Refusal> {
        let state = &self.0;
        let mut stale = state.writer.clone().lock_owned().await;
        state.refuse_while_away()?;
        for _ in 0..MOST_TRIES {
            if *stale {
                state
                    .catch_up(|_| false)
                    .await
                    .map_err(Refusal::unreadable)?;
                *stale = false;
            }
            let before = state.current.load_full();
            let (changes, answer) = decide.clone()(&before)?;
            if changes.is_empty() {
                return Ok(answer);
            }
            let after = before
                .with(&changes, before.version)
                .map_err(|error| Refusal::internal(error.to_string()))?;
            // A task of its own: the answer's future may be dropped between the commit and the swap.
            let commit = tokio::spawn(commit(state.clone(), stale, after, changes));
            let outcome = commit
                .await
                .map_err(|error| Refusal::internal(error.to_string()))?;
            match outcome {
                Ok(()) => return Ok(answer),
                Err((LoadError::Store(StoreError::Conflict { .. }), place)) => stale = place,
                Err((error, _)) => return Err(not_kept(error)),
            }
        }
        Err(Refusal::new(
            Kind::Contended,
            "store-busy",
            "Others changed the account at the same time; try again.",
        ))
    }
}

impl State {
    /// A store that does not answer would keep each writer waiting for the one before.
    fn refuse_while_away(&self) -> Result<(), Refusal> {
        let away = |freshness: &Freshness| freshness.is_away(freshness.now());
        if self.freshness.as_ref().is_some_and(away) {
            return Err(StoreError::Away("since it was read last".to_owned()).into());
        }
        Ok(())
    }
}

/// The writer's place is given back where the write was not made.
async fn commit(
    state: Arc<State>,
    mut stale: OwnedMutexGuard<bool>,
    mut after: Snapshot,
    changes: Vec<Change>,
) -> Result<(), (LoadError, OwnedMutexGuard<bool>)> {
    *stale = true;
    match state.store.commit(after.version, &changes).await {
        Ok(version) => after.version = version,
        Err(error) => return Err((error.into(), stale)),
    }
    if let Err(error) = state.advance(after) {
        return Err((error.into(), stale));
    }
    *stale = false;
    Ok(())
}

fn not_kept(error: LoadError) -> Refusal {
    match error {
        LoadError::Store(error) => error.into(),
        error => Refusal::internal(error.to_string()),
    }
}
