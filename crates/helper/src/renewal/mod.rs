//! Renewal: the present pair enters, and by its key's signature the service gives the next certificate, which is put into its
//! place; once, or each time that it is due for as long as the command runs. `anyrole certificate renew`, and `serve` and
//! `update` with `--renew`, call it.

mod pair;
mod schedule;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use anyrole_keys::{FileKey, KeyError, Password, SigningKey};
use anyrole_sdk::schedule::{later, pause, wait_until};
use anyrole_sdk::{
    EnrolmentClient, EnrolmentError, Identity, IdentityError, IdentitySource, IdentityWatch,
    Surroundings,
};
use anyrole_x509::Certificate;
use aws_lc_rs::rand::SecureRandom;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use self::pair::{replace_certificate, replace_pair, waiting_key};
use self::schedule::pause_after_refusal;
pub use self::schedule::renewal_due;
use crate::{Go, HelperError, ReplaceError};

/// Why a certificate was not renewed. The pair is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RenewalError {
    /// The present pair can't be used.
    #[error("{0}")]
    Identity(HelperError),
    /// The new key could not be made or read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The service gave none.
    #[error(transparent)]
    Service(#[from] EnrolmentError),
    /// The files could not be replaced.
    #[error(transparent)]
    Replace(#[from] ReplaceError),
}

impl From<IdentityError> for RenewalError {
    fn from(error: IdentityError) -> Self {
        Self::Identity(error.into())
    }
}

/// A key file that is to get a new key with each certificate.
#[derive(Clone)]
pub struct NewKey {
    /// The file of the present key.
    pub path: PathBuf,
    /// What it is encrypted with, and what the new one is to be.
    pub password: Option<Password>,
    /// For salts.
    pub random: &'static (dyn SecureRandom + Sync),
}

/// What is renewed, by whom, and when.
pub struct Renewal {
    /// The present pair, read anew each time.
    pub identity: Arc<dyn IdentitySource>,
    /// The certificate's file.
    pub certificate: PathBuf,
    /// `--new-key`; else the key stays.
    pub new_key: Option<NewKey>,
    /// `--expires-in`: so long before the end; else at two thirds of its life.
    pub expires_in: Option<SignedDuration>,
    /// The service.
    pub client: EnrolmentClient,
    /// Held while files are written: whoever holds it can end the process without leaving a pair half changed.
    pub writing: Arc<Mutex<()>>,
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewal")
            .field("identity", &self.identity)
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

/// What a person wants to know of it.
#[derive(Debug)]
pub enum RenewalEvent<'a> {
    /// The certificate is good until it is due.
    Waiting {
        /// When it ends.
        not_after: Timestamp,
        /// When it is renewed.
        due: Timestamp,
    },
    /// The files hold the next certificate.
    Renewed {
        /// It.
        certificate: &'a Certificate,
    },
    /// The files hold what they held.
    Failed {
        /// Why.
        error: &'a RenewalError,
        /// When it is tried again.
        next: Timestamp,
    },
}

impl Renewal {
    /// The present certificate, and when it is due.
    ///
    /// # Errors
    /// The pair can't be used.
    pub fn due(&self, random: [u8; 16]) -> Result<(Certificate, Timestamp), RenewalError> {
        let identity = self.identity.identity()?;
        let leaf = identity.leaf().clone();
        let due = renewal_due(leaf.summary(), self.expires_in, random);
        Ok((leaf, due))
    }

    /// Renews now.
    ///
    /// # Errors
    /// The pair is as it was.
    pub fn once(&self, surroundings: &dyn Surroundings) -> Result<Certificate, RenewalError> {
        let present = self.identity.identity()?;
        match &self.new_key {
            None => self.same_key(&present, surroundings),
            Some(new) => self.other_key(&present, new, surroundings),
        }
    }

    fn same_key(
        &self,
        present: &Identity,
        surroundings: &dyn Surroundings,
    ) -> Result<Certificate, RenewalError> {
        let key: &dyn SigningKey = present.key().as_ref();
        let enrolled = self.client.renew(present, key, surroundings)?;
        let _writing = self.writing.lock();
        replace_certificate(&self.certificate, &enrolled.to_pem())?;
        Ok(enrolled.certificate)
    }

    fn other_key(
        &self,
        present: &Identity,
        new: &NewKey,
        surroundings: &dyn Surroundings,
    ) -> Result<Certificate, RenewalError> {
        let kind = present.key().algorithm();
        let key: FileKey = waiting_key(&new.path, kind, new.password.as_ref(), new.random)?;
        let enrolled = self.client.renew(present, &key, surroundings)?;
        let _writing = self.writing.lock();
        let pem = enrolled.to_pem();
        replace_pair(&self.certificate, &new.path, &pem, present.leaf())?;
        Ok(enrolled.certificate)
    }

    /// Renews each time that it is due, until `report` says that it is enough; at once where `is_wanted` says so, which is asked every
    /// 15 seconds, and whenever a sleep ends.
    pub fn keep(
        &self,
        surroundings: &dyn Surroundings,
        is_wanted: impl Fn() -> bool,
        mut report: impl FnMut(&RenewalEvent<'_>) -> Go,
    ) {
        let watch = IdentityWatch::new(self.identity.clone());
        let mut failures = 0;
        let mut known: Option<([u8; 32], Timestamp)> = None;
        // What was said already: a look at files that have changed and hold the same certificate is no news.
        let mut told: Option<Timestamp> = None;
        loop {
            let wanted = is_wanted();
            let due = self.due(surroundings.random()).map(|(leaf, due)| {
                let sha256 = leaf.summary().sha256_fingerprint;
                // Drawn once for each certificate: who looks often is not to be early.
                let known = known.insert(match known {
                    Some(known) if known.0 == sha256 => known,
                    _ => (sha256, due),
                });
                (leaf.summary().not_after, known.1)
            });
            let now = surroundings.now();
            let (next, go) = match due {
                Ok((not_after, due)) if now < due && !wanted => {
                    let go = match told.replace(due) == Some(due) {
                        true => Go::On,
                        false => report(&RenewalEvent::Waiting { not_after, due }),
                    };
                    (due, go)
                }
                _ => match self.once(surroundings) {
                    Ok(certificate) => {
                        failures = 0;
                        told = None;
                        let go = report(&RenewalEvent::Renewed {
                            certificate: &certificate,
                        });
                        if go == Go::Enough {
                            return;
                        }
                        // Whatever the clocks say, no two are asked for right after each other.
                        let soon = later(surroundings.now(), pause(1, surroundings.random()));
                        wait_until(soon, surroundings, || false);
                        continue;
                    }
                    Err(error) => {
                        failures += 1;
                        told = None;
                        let wait = match &error {
                            RenewalError::Service(refused) if refused.is_refusal() => {
                                pause_after_refusal(surroundings.random())
                            }
                            _ => pause(failures, surroundings.random()),
                        };
                        let next = later(surroundings.now(), wait);
                        let error = &error;
                        (next, report(&RenewalEvent::Failed { error, next }))
                    }
                },
            };
            if go == Go::Enough {
                return;
            }
            wait_until(next, surroundings, || watch.has_good_news() || is_wanted());
        }
    }
}
