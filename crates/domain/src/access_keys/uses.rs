//! When access keys were used last: noted at each request in memory, written in groups behind them. What was noted since the
//! last group is lost where the machine fails; the audit trail has each request.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;

use crate::account::AccountId;
use crate::ports::{Store, StoreError};

/// The last use of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// The account of the key.
    pub account: AccountId,
    /// `AKIA…`.
    pub id: Arc<str>,
    /// When.
    pub used_at: Timestamp,
    /// The service that was called, as signatures name it.
    pub service: String,
    /// The region that was signed for.
    pub region: String,
}

/// Uses that were noted: as many as there are keys.
#[derive(Debug, Default)]
pub struct KeyUses(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last: BTreeMap<Arc<str>, KeyUse>,
    /// Those that are newer than what is stored.
    waiting: BTreeSet<Arc<str>>,
}

impl KeyUses {
    /// Notes a request whose signature held.
    pub fn note(&self, account: &AccountId, id: &str, service: &str, region: &str, at: Timestamp) {
        let mut state = self.0.lock();
        let State { last, waiting } = &mut *state;
        if let Some(known) = last.get_mut(id) {
            known.used_at = known.used_at.max(at);
            if known.service != service {
                service.clone_into(&mut known.service);
            }
            if known.region != region {
                region.clone_into(&mut known.region);
            }
            if !waiting.contains(id) {
                waiting.insert(known.id.clone());
            }
            return;
        }
        let id: Arc<str> = id.into();
        waiting.insert(id.clone());
        let first = KeyUse {
            account: account.clone(),
            id: id.clone(),
            used_at: at,
            service: service.to_owned(),
            region: region.to_owned(),
        };
        last.insert(id, first);
    }

    /// What was noted here of a key.
    pub(crate) fn latest(&self, id: &str) -> Option<KeyUse> {
        self.0.lock().last.get(id).cloned()
    }

    /// Writes what waits; it waits again where the store fails.
    pub async fn flush(&self, store: &dyn Store) -> Result<(), StoreError> {
        let uses: Vec<KeyUse> = {
            let mut state = self.0.lock();
            let waiting = std::mem::take(&mut state.waiting);
            let of = |id: &Arc<str>| state.last.get(id).cloned();
            waiting.iter().filter_map(of).collect()
        };
        if uses.is_empty() {
            return Ok(());
        }
        let outcome = store.record_key_uses(&uses).await;
        if outcome.is_err() {
            let mut state = self.0.lock();
            state.waiting.extend(uses.into_iter().map(|last| last.id));
        }
        outcome
    }
}
