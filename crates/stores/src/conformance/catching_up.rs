//! What was written after a version, on top of what a reader of that version has, is what is stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyrole_domain::Change;
use anyrole_domain::ports::{Loaded, Since, Store};

use super::samples::{self, ACCOUNT};
use super::{Engine, Failure, described, same};
use crate::row_key::RowKey;

/// A reader's rows.
#[derive(Clone, Default)]
struct Reader {
    version: u64,
    rows: BTreeMap<RowKey, Change>,
}

pub(super) async fn reads_what_was_written_since(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    let mut upper = samples::role("one")?;
    upper.name = "ONE".to_owned();
    upper.arn = upper.arn.replace("one", "ONE");
    upper.id = "AROAUPPER".to_owned();
    let mut disabled = samples::trust_anchor(1)?;
    disabled.resource.enabled = false;
    let writes = [
        vec![samples::account(ACCOUNT)?],
        samples::rows()?,
        vec![
            Change::PutTrustAnchor(Arc::new(disabled)),
            Change::DeleteProfile(samples::profile(1)?.resource.arn),
        ],
        // One that takes the place of another, and one that is made and deleted.
        vec![
            Change::DeleteRole(samples::role("one")?.arn),
            Change::PutRole(Arc::new(upper)),
            Change::PutProfile(Arc::new(samples::profile(1)?)),
        ],
        vec![
            Change::DeleteProfile(samples::profile(1)?.resource.arn),
            Change::DeleteOidcProvider(samples::oidc_provider(1)?.arn),
            Change::DeleteSealKey {
                account: samples::account_id(ACCOUNT)?,
                id: samples::seal_key()?.id,
            },
        ],
        samples::users_deleted("one")?,
    ];
    let mut readers = vec![Reader::default()];
    for (base, changes) in (0..).zip(&writes) {
        store.commit(base, changes).await?;
        let mut newest = Reader::default();
        for reader in &readers {
            newest = reader.clone();
            newest.follow(&store).await?;
        }
        readers.push(newest);
    }
    Ok(())
}

impl Reader {
    async fn follow(&mut self, store: &impl Store) -> Result<(), Failure> {
        let newer = match store.changes_since(self.version).await? {
            Since::Changes(newer) => newer,
            Since::Whole(whole) => {
                self.rows.clear();
                whole
            }
        };
        self.apply(&newer)?;
        let loaded = store.load().await?;
        same("version", &self.version, &loaded.version)?;
        let rows: Vec<Change> = self.rows.values().cloned().collect();
        same("rows", &described(&rows), &described(&loaded.changes))?;
        let Since::Changes(none) = store.changes_since(self.version).await? else {
            return Err(Failure("everything, to who has everything".to_owned()));
        };
        same("changes", &described(&none.changes), &Vec::new())
    }

    fn apply(&mut self, newer: &Loaded) -> Result<(), Failure> {
        for change in &newer.changes {
            let key = RowKey::of(change).map_err(|error| Failure(error.to_string()))?;
            match change {
                Change::DeleteSealKey { .. }
                | Change::DeleteAccessKey { .. }
                | Change::DeleteAccountAlias(_)
                | Change::DeleteGroup { .. }
                | Change::DeleteUser { .. }
                | Change::DeleteTrustAnchor(_)
                | Change::DeleteOidcProvider(_)
                | Change::DeleteProfile(_)
                | Change::DeleteRole(_) => {
                    self.rows.remove(&key);
                }
                _ => {
                    self.rows.insert(key, change.clone());
                }
            }
        }
        self.version = newer.version;
        Ok(())
    }
}
