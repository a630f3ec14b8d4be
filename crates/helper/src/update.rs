//! `update`: settings enter, and a section of the AWS credentials file holds credentials that are valid, for as long as the
//! command runs. What fails is tried again; the file keeps the last good credentials meanwhile.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyrole_sdk::schedule::{later, pause, refresh_at, wait_until};
use anyrole_sdk::{Credentials, IdentityWatch, Surroundings};
use jiff::Timestamp;
use parking_lot::Mutex;

use crate::{HelperError, SessionSettings, write_credentials};

/// What `update` keeps fresh.
#[derive(Clone, Debug)]
pub struct Update {
    /// How credentials are got.
    pub session: SessionSettings,
    /// The AWS credentials file.
    pub file: PathBuf,
    /// `--profile`: the section.
    pub profile: String,
    /// `--debug`: what goes over the wire is printed on standard error.
    pub debug: bool,
    /// Held while a file is written: whoever holds it can end the process without leaving anything behind.
    pub writing: Arc<Mutex<()>>,
}

/// What a person wants to know of it.
#[derive(Debug)]
pub enum UpdateEvent<'a> {
    /// The file holds new credentials.
    Written {
        /// When they end: the service's own text.
        expiration: &'a str,
        /// When they are to be replaced.
        next: Timestamp,
    },
    /// Nothing was changed; the file holds what it held.
    Failed {
        /// Why.
        error: &'a HelperError,
        /// When it is tried again.
        next: Timestamp,
    },
}

impl Update {
    /// Writes credentials once.
    ///
    /// # Errors
    /// The file is as it was.
    pub fn once(&self, surroundings: &dyn Surroundings) -> Result<Credentials, HelperError> {
        let mut stderr = std::io::stderr();
        let debug = self.debug.then_some(&mut stderr as &mut dyn Write);
        let credentials = self.session.create_credentials(surroundings, debug)?;
        let _writing = self.writing.lock();
        write_credentials(&self.file, &self.profile, &credentials)?;
        Ok(credentials)
    }

    /// Writes credentials, and new ones before those end, until `report` says that it is enough.
    pub fn keep(
        &self,
        surroundings: &dyn Surroundings,
        mut report: impl FnMut(&UpdateEvent<'_>) -> Go,
    ) {
        let watch = IdentityWatch::new(self.session.identity.clone());
        let mut failures = 0;
        loop {
            let outcome = self.once(surroundings);
            // Known anew from each call.
            let surroundings = &self.session.clock.over(surroundings);
            let now = surroundings.now();
            let (next, go) = match &outcome {
                Ok(credentials) => {
                    failures = 0;
                    let expiration = credentials.expiration.as_str();
                    let next = refresh_at(now, expiration, surroundings.random());
                    (next, report(&UpdateEvent::Written { expiration, next }))
                }
                Err(error) => {
                    failures += 1;
                    let next = later(now, pause(failures, surroundings.random()));
                    (next, report(&UpdateEvent::Failed { error, next }))
                }
            };
            if go == Go::Enough {
                return;
            }
            // A renewed certificate may be what was missing; without a failure it is taken up, and waits for its time.
            wait_until(next, surroundings, || watch.has_good_news() && failures > 0);
        }
    }
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Go {
    /// Go on.
    On,
    /// End.
    Enough,
}
