//! Keeps the issuer's keyring up with the seal keys of each snapshot: those that another server has made are ready for
//! use before anyone can meet them, and those that were forgotten open nothing any more.

use std::sync::Arc;

use anyrole_domain::ports::{FollowError, SecretBox, SnapshotFollower};
use anyrole_domain::{SealKey, Snapshot};
use parking_lot::Mutex;

use crate::keyring::Keyring;
use crate::local::LocalIssuer;

/// The follower of one issuer.
pub struct KeyringFollower {
    issuer: Arc<LocalIssuer>,
    secrets: Arc<dyn SecretBox>,
    /// What the issuer's keyring was made of.
    rows: Mutex<Vec<Arc<SealKey>>>,
}

impl KeyringFollower {
    /// A follower that gives `issuer` the keys which `secrets` opens.
    pub fn new(issuer: Arc<LocalIssuer>, secrets: Arc<dyn SecretBox>) -> Self {
        Self {
            issuer,
            secrets,
            rows: Mutex::default(),
        }
    }
}

impl SnapshotFollower for KeyringFollower {
    fn follow(&self, next: &Snapshot) -> Result<(), FollowError> {
        let mut rows = self.rows.lock();
        // A row that was not written again is the same one in the next snapshot; there are a handful.
        let known = next.seal_keys().count() == rows.len()
            && next
                .seal_keys()
                .zip(rows.iter())
                .all(|(a, b)| Arc::ptr_eq(a, b));
        if known {
            return Ok(());
        }
        let keyring = Keyring::unlock(next.seal_keys().map(Arc::as_ref), self.secrets.as_ref())
            .map_err(|error| FollowError(error.to_string()))?;
        self.issuer.replace_keyring(keyring);
        *rows = next.seal_keys().cloned().collect();
        Ok(())
    }
}
