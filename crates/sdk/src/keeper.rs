//! Credentials that are always there: a way to get them enters, and valid ones leave to any number of callers, got ahead
//! of their end and once for all of them. What was good stays until it ends, whatever fails.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::schedule::{later, pause, refresh_at, wait_until};
use crate::{Credentials, Surroundings};

/// Credentials that end sooner than this are handed to nobody: a request under way would fail.
const LEAST_LEFT: SignedDuration = SignedDuration::from_secs(10);

/// A clock is set back so far now and then.
const NOT_WORTH_A_WORD: SignedDuration = SignedDuration::from_secs(1);

/// Where credentials come from.
pub trait CredentialSource: Send + Sync {
    /// Why there are none.
    type Error;

    /// Gets new ones.
    ///
    /// # Errors
    /// What the source says.
    fn get(&self) -> Result<Credentials, Self::Error>;

    /// Asked every 15 seconds while nothing is asked for. True: something has changed, so that a call that failed may go well now.
    fn has_good_news(&self) -> bool {
        false
    }
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
    /// The latest time that was seen: an earlier one says that the clock was set back.
    latest: Timestamp,
}

impl<E> Default for State<E> {
    fn default() -> Self {
        Self {
            kept: None,
            asking: false,
            ask_at: Timestamp::default(),
            failure: None,
            counts: Counts::default(),
            latest: Timestamp::default(),
        }
    }
}

impl<E> State<E> {
    /// The time; what was to be at another one moves with a clock that is set back, since it lives no longer by that.
    fn see(&mut self, now: Timestamp) -> Timestamp {
        let back = self.latest.duration_since(now);
        if back > NOT_WORTH_A_WORD && self.latest != Timestamp::default() {
            let moved = |at: Timestamp| at.checked_sub(back).unwrap_or(now);
            self.ask_at = moved(self.ask_at);
            if let Some(kept) = self.kept.take() {
                self.kept = Some(Arc::new(Kept {
                    credentials: kept.credentials.clone(),
                    since: kept.since,
                    end: moved(kept.end),
                }));
            }
            self.latest = now;
        }
        self.latest = self.latest.max(now);
        now
    }

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
    /// And failed, since it last gave some.
    pub failed_in_a_row: u32,
}

impl Counts {
    fn total(self) -> u64 {
        self.good + self.failed
    }
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
        let mut state = self.state.lock();
        let now = state.see(self.surroundings.now());
        state.valid(now)
    }

    /// Valid credentials: those at hand, else new ones, asked for once however many callers wait.
    ///
    /// # Errors
    /// Why there are none. After a failure nobody asks again before its pause is over.
    pub fn get(&self) -> Result<Arc<Kept>, Arc<E>> {
        let mut state = self.state.lock();
        loop {
            let now = state.see(self.surroundings.now());
            if let Some(kept) = state.valid(now) {
                return Ok(kept);
            }
            if state.asking {
                self.changed.wait(&mut state);
                continue;
            }
            if now >= state.ask_at {
                state = self.ask(state);
                continue;
            }
            if let Some(failure) = &state.failure {
                return Err(failure.clone());
            }
            // A source gave what ends at once; it is asked again when it is time to, and not sooner.
            let (ask_at, surroundings) = (state.ask_at, &*self.surroundings);
            MutexGuard::unlocked(&mut state, || wait_until(ask_at, surroundings, || true));
        }
    }

    /// Whether it is time to get new credentials, and nobody does.
    pub fn is_due(&self) -> bool {
        let state = self.state.lock();
        !state.asking && self.surroundings.now() >= state.ask_at
    }

    /// Gets new credentials if it is time to and nobody does so already; those at hand stay whatever comes of it.
    pub fn renew(&self) {
        let mut state = self.state.lock();
        if !state.asking && state.see(self.surroundings.now()) >= state.ask_at {
            drop(self.ask(state));
        }
    }

    /// Gets credentials ahead of their end, for as long as `on` says so. `report` is told of each outcome, whoever asked, and
    /// when the source is asked next.
    pub fn keep(&self, on: impl Fn() -> bool, report: impl Fn(Result<&Kept, &E>, Timestamp)) {
        let mut told = 0;
        while on() {
            let mut state = self.state.lock();
            if state.asking {
                self.changed.wait(&mut state);
                continue;
            }
            let now = state.see(self.surroundings.now());
            let is_new = state.counts.total() != told;
            if !is_new && now >= state.ask_at {
                state = self.ask(state);
            }
            let next = state.ask_at;
            let (kept, failure) = (state.kept.clone(), state.failure.clone());
            let asked = state.counts.total();
            drop(state);
            if asked != told {
                told = asked;
                match (&failure, kept) {
                    (Some(failure), _) => report(Err(failure), next),
                    (None, Some(kept)) => report(Ok(&kept), next),
                    (None, None) => {}
                }
                continue;
            }
            let mut has_news = false;
            wait_until(next, &*self.surroundings, || {
                has_news = self.source.has_good_news() && failure.is_some();
                has_news || !on() || self.state.lock().counts.total() != told
            });
            if has_news {
                self.state.lock().ask_at = Timestamp::default();
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
        let now = state.see(self.surroundings.now());
        let random = self.surroundings.random();
        match outcome {
            Ok(credentials) => {
                state.ask_at = refresh_at(now, &credentials.expiration, random);
                // The source has looked at it: it is a time, and one to come.
                let end = credentials.expiration.parse().unwrap_or(now);
                state.kept = Some(Arc::new(Kept {
                    credentials,
                    since: now,
                    end,
                }));
                state.failure = None;
                state.counts.failed_in_a_row = 0;
                state.counts.good += 1;
            }
            Err(failure) => {
                let failures = state.counts.failed_in_a_row.saturating_add(1);
                state.counts.failed_in_a_row = failures;
                state.ask_at = later(now, pause(failures, random));
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
