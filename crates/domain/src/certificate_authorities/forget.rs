//! The end of authorities that were deleted: once the time to restore them is over, their keys are destroyed and their rows go. Called by the
//! app once a minute.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::opened::key_refused;
use super::{CertificateAuthority, RevokedCertificate, StoredKey};
use crate::ports::KeyEnd;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::{Change, Snapshot};

/// For how long a key on a token outlives the time to restore its authority: what is destroyed there does not come back, and another
/// server, whose clock is a little behind, may just have restored it.
const TOKEN_MARGIN: SignedDuration = SignedDuration::from_hours(1);

/// What became of authorities whose time was over.
#[derive(Debug, Default)]
pub struct Forgetting {
    /// Those whose keys were forgotten, by ARN; with the URI of a key that is left on a token that this server does not reach.
    pub forgotten: Vec<(String, Option<String>)>,
    /// Those whose keys could not be destroyed yet, by ARN, and why.
    pub waiting: Vec<(String, String)>,
}

/// Forgets the keys of authorities whose time to be restored is over, and the authorities themselves once no certificate lives that they have
/// revoked: it must not come back to life by another anchor. A key on a token is destroyed first; where the token refuses, or is away, its
/// row stays until it can be. Of several servers, one does it.
pub async fn forget_deleted_authorities(
    site: &Site,
    now: Timestamp,
) -> Result<Forgetting, Refusal> {
    let mut outcome = Forgetting::default();
    let mut ready = Vec::new();
    let over = ends(&site.directory.read(), now);
    for row in over {
        match end_of_key(site, row.key.clone()).await {
            Ok(left) => ready.push((row, left)),
            Err(refusal) => {
                let why = refusal.private.into_owned();
                outcome.waiting.push((row.arn.clone(), why));
            }
        }
    }
    if ready.is_empty() {
        return Ok(outcome);
    }
    outcome.forgotten = site
        .directory
        .write(|snapshot| Ok(forget(snapshot, &ready, now)))
        .await?;
    Ok(outcome)
}

type Ready = (Arc<CertificateAuthority>, Option<String>);

fn forget(
    snapshot: &Snapshot,
    ready: &[Ready],
    now: Timestamp,
) -> (Vec<Change>, Vec<(String, Option<String>)>) {
    let mut changes = Vec::new();
    let mut forgotten = Vec::new();
    for row in ends(snapshot, now) {
        let found = ready
            .iter()
            .find(|(ready, _)| ready.arn == row.arn && ready.key == row.key);
        let Some((_, left)) = found else {
            continue;
        };
        if row.key != StoredKey::FORGOTTEN {
            forgotten.push((row.arn.clone(), left.clone()));
        }
        let revoked = snapshot.revocations_of(&row.arn);
        if revoked.iter().any(|(_, row)| row.not_after >= now) {
            let mut row = CertificateAuthority::clone(&row);
            row.key = StoredKey::FORGOTTEN;
            changes.push(Change::PutCertificateAuthority(Arc::new(row)));
            continue;
        }
        for (_, row) in revoked.iter() {
            changes.push(Change::DeleteRevocation(row.certificate_arn.clone()));
        }
        changes.push(Change::DeleteCertificateAuthority(row.arn.clone()));
    }
    (changes, forgotten)
}

/// Destroys a key that is not in its row; the URI of one that is left where it is.
pub(super) async fn end_of_key(site: &Site, key: StoredKey) -> Result<Option<String>, Refusal> {
    let StoredKey::Token(uri) = key else {
        return Ok(None);
    };
    let keys = site.authority_keys()?.clone();
    tokio::task::spawn_blocking(move || {
        let key = StoredKey::Token(uri.clone());
        match keys.destroy(&key).map_err(key_refused)? {
            KeyEnd::Destroyed => Ok(None),
            KeyEnd::Left => Ok(Some(uri)),
        }
    })
    .await
    .map_err(|error| Refusal::internal(error.to_string()))?
}

/// The authorities of which something is to be forgotten.
fn ends(snapshot: &Snapshot, now: Timestamp) -> Vec<Arc<CertificateAuthority>> {
    let has_end = |row: &CertificateAuthority| {
        let lives = |(_, row): (_, &Arc<RevokedCertificate>)| row.not_after >= now;
        let margin = match row.key {
            StoredKey::Token(_) => TOKEN_MARGIN,
            StoredKey::Sealed(_) => SignedDuration::ZERO,
        };
        row.is_gone(now - margin)
            && (row.key != StoredKey::FORGOTTEN
                || !snapshot.revocations_of(&row.arn).iter().any(lives))
    };
    snapshot
        .certificate_authorities_after("")
        .map(|entry| &entry.row)
        .filter(|row| has_end(row))
        .cloned()
        .collect()
}
