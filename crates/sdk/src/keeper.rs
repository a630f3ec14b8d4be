//! Credentials that are always there: a way to get them enters, and valid ones leave to any number of callers, got ahead
//! of their end and once for all of them. What was good stays until it ends, whatever fails.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::schedule::{later, pause, refresh_at, wait_towards};
use crate::{Credentials, Surroundings};

/// Credentials that end sooner than this are handed to nobody: a request under way would fail.
const LEAST_LEFT: SignedDuration = SignedDuration::from_secs(10);

/// Where credentials come from.
pub trait CredentialSource: Send + Sync {
    /// Why there are none.
    type Error;

    /// Gets new ones.
    ///
    /// # Errors
    /// What the source says.
    fn get(&self) -> Result<Credentials, Self::Error>;
}

/// Credentials with what is known of their time.
#[derive(Debug)]
pub struct Kept {
    /// The credentials.
    pub credentials: Credentials,
    /// When they were got.
    pub since: Timestamp,
    /// When they end.
    pub end: Timestamp,
}

/// Keeps the credentials of one source.
pub struct Keeper<E> {
    source: Box<dyn CredentialSource<Error = E>>,
    surroundings: Arc<dyn Surroundings + Send + Sync>,
    state: Mutex<State<E>>,
    changed: Condvar,
}

struct State<E> {
    kept: Option<Arc<Kept>>,
    /// Somebody is asking.
    asking: bool,
    /// Nobody is to ask sooner.
    ask_at: Timestamp,
    failure: Option<Arc<E>>,
    counts: Counts,
    failures_in_a_row: u32,
}

impl<E> Default for State<E> {
    fn default() -> Self {
        Self {
            kept: None,
            asking: false,
            ask_at: Timestamp::default(),
            failure: None,
            counts: Counts::default(),
            failures_in_a_row: 0,
        }
    }
}

impl<E> State<E> {
    fn valid(&self, now: Timestamp) -> Option<Arc<Kept>> {
        let kept = self.kept.as_ref()?;
        (kept.end.duration_since(now) > LEAST_LEFT).then(|| kept.clone())
    }
}

/// How often the source was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// And gave credentials.
    pub good: u64,
    /// And failed.
    pub failed: u64,
}

impl<E> Keeper<E> {
    /// Nothing is asked for yet.
    pub fn new(
        source: Box<dyn CredentialSource<Error = E>>,
        surroundings: Arc<dyn Surroundings + Send + Sync>,
    ) -> Self {
        Self {
            source,
            surroundings,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Valid credentials, if there are any at this moment.
    pub fn at_hand(&self) -> Option<Arc<Kept>> {
        self.state.lock().valid(self.surroundings.now())
    }

    /// Valid credentials: those at hand, else new ones, asked for once however many callers wait.
    ///
    /// # Errors
    /// Why there are none. After a failure nobody asks again before its pause is over.
    pub fn get(&self) -> Result<Arc<Kept>, Arc<E>> {
        let mut state = self.state.lock();
        loop {
            let now = self.surroundings.now();
            if let Some(kept) = state.valid(now) {
                return Ok(kept);
            }
            if state.asking {
                self.changed.wait(&mut state);
                continue;
            }
            if now < state.ask_at
                && let Some(failure) = &state.failure
            {
                return Err(failure.clone());
            }
            state = self.ask(state);
        }
    }

    /// Gets new credentials if it is time to and nobody does so already; those at hand stay whatever comes of it.
    pub fn renew(&self) {
        let state = self.state.lock();
        if !state.asking && self.surroundings.now() >= state.ask_at {
            drop(self.ask(state));
        }
    }

    /// Gets credentials ahead of their end, for as long as `on` says so. `report` is told of each outcome, and when the
    /// source is asked next.
    pub fn keep(&self, on: impl Fn() -> bool, report: impl Fn(Result<&Kept, &E>, Timestamp)) {
        while on() {
            let ask_at = self.state.lock().ask_at;
            if self.surroundings.now() < ask_at {
                wait_towards(ask_at, &*self.surroundings);
                continue;
            }
            let mut state = self.state.lock();
            if state.asking {
                self.changed.wait(&mut state);
                continue;
            }
            let state = self.ask(state);
            let (kept, failure) = (state.kept.clone(), state.failure.clone());
            let next = state.ask_at;
            drop(state);
            match (failure, kept) {
                (Some(failure), _) => report(Err(&failure), next),
                (None, Some(kept)) => report(Ok(&kept), next),
                (None, None) => {}
            }
        }
    }

    /// How often the source was asked, and why it failed the last time, if it did.
    pub fn standing(&self) -> (Counts, Option<Arc<E>>) {
        let state = self.state.lock();
        (state.counts, state.failure.clone())
    }

    /// Asks the source, which nobody does at this moment; meanwhile the state is free.
    fn ask<'a>(&'a self, mut state: MutexGuard<'a, State<E>>) -> MutexGuard<'a, State<E>> {
        state.asking = true;
        let outcome = MutexGuard::unlocked(&mut state, || {
            let _others_go_on = IfPanicking(self);
            self.source.get()
        });
        let now = self.surroundings.now();
        match outcome {
            Ok(credentials) => {
                state.ask_at = refresh_at(now, &credentials.expiration);
                // The source has looked at it: it is a time, and one to come.
                let end = credentials.expiration.parse().unwrap_or(now);
                state.kept = Some(Arc::new(Kept {
                    credentials,
                    since: now,
                    end,
                }));
                state.failure = None;
                state.failures_in_a_row = 0;
                state.counts.good += 1;
            }
            Err(failure) => {
                state.failures_in_a_row = state.failures_in_a_row.saturating_add(1);
                let pause = pause(state.failures_in_a_row, self.surroundings.random());
                state.ask_at = later(now, pause);
                state.failure = Some(Arc::new(failure));
                state.counts.failed += 1;
            }
        }
        state.asking = false;
        self.changed.notify_all();
        state
    }
}

/// A source of somebody else's may panic; then others are not to wait for it.
struct IfPanicking<'a, E>(&'a Keeper<E>);

impl<E> Drop for IfPanicking<'_, E> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.state.lock().asking = false;
            self.0.changed.notify_all();
        }
    }
}

impl<E> std::fmt::Debug for Keeper<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper").finish_non_exhaustive()
    }
}
