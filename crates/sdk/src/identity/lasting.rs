//! An identity that outlives a renewal under way: a source enters that may fail for a moment, and the last identity that was
//! good leaves for as long as it does. For programs that run for long.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Identity, IdentityError, IdentitySource};
use crate::Surroundings;

/// A source that keeps the last good identity, leaf, chain and key together: while a renewal has written one of two files only, or
/// one that can't be read, the old pair is in use until it ends.
pub struct LastingSource {
    source: Arc<dyn IdentitySource>,
    surroundings: Arc<dyn Surroundings + Send + Sync>,
    report: Box<dyn Fn(IdentityError) + Send + Sync>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: Option<Identity>,
    /// What was last told of, so that it is told once.
    told: Option<String>,
}

impl LastingSource {
    /// `report` hears why the present identity is not used and the one before still is: once for each reason.
    pub fn new(
        source: Arc<dyn IdentitySource>,
        surroundings: Arc<dyn Surroundings + Send + Sync>,
        report: impl Fn(IdentityError) + Send + Sync + 'static,
    ) -> Self {
        Self {
            source,
            surroundings,
            report: Box::new(report),
            state: Mutex::default(),
        }
    }
}

impl IdentitySource for LastingSource {
    fn identity(&self) -> Result<Identity, IdentityError> {
        let now = self.surroundings.now();
        let found = self.source.identity();
        let mut state = self.state.lock();
        let error = match &found {
            Ok(identity) => match identity.check_validity(now) {
                Ok(()) => {
                    state.kept = Some(identity.clone());
                    state.told = None;
                    return found;
                }
                Err(error) => Some(error),
            },
            Err(_) => None,
        };
        let valid = |kept: &&Identity| kept.check_validity(now).is_ok();
        let Some(kept) = state.kept.as_ref().filter(valid).cloned() else {
            // Whether one that has ended is of use is for who knows the service's clock to say.
            return found;
        };
        let Some(error) = error.or(found.err()) else {
            return Ok(kept);
        };
        let text = error.to_string();
        if state.told.as_ref() != Some(&text) {
            (self.report)(error);
            state.told = Some(text);
        }
        Ok(kept)
    }

    fn revision(&self) -> Option<u64> {
        self.source.revision()
    }
}

impl fmt::Debug for LastingSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LastingSource")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// Sees when what an identity is read from has changed.
#[derive(Debug)]
pub struct IdentityWatch {
    source: Arc<dyn IdentitySource>,
    seen: Mutex<Option<u64>>,
}

impl IdentityWatch {
    /// From what it is now on.
    pub fn new(source: Arc<dyn IdentitySource>) -> Self {
        let seen = Mutex::new(source.revision());
        Self { source, seen }
    }

    /// Whether it has changed since the last time, and is good: then a session that was refused may be granted. A
    /// [`LastingSource`] takes it up at once.
    pub fn has_good_news(&self) -> bool {
        let revision = self.source.revision();
        let seen = std::mem::replace(&mut *self.seen.lock(), revision);
        seen != revision && self.source.identity().is_ok()
    }
}
