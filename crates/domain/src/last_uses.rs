//! When access keys and roles were used last: noted at each request in memory, written in groups behind them. What was noted
//! since the last group is lost where the machine fails; the audit trail has each request.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;

use crate::account::AccountId;
use crate::ports::{Store, StoreError};
use crate::refusal::Refusal;
use crate::site::Site;

/// The last use of an access key, or of a role by a session of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastUse {
    /// The account.
    pub account: AccountId,
    /// `AKIA…`, or a role's `AROA…`.
    pub id: Arc<str>,
    /// When.
    pub used_at: Timestamp,
    /// The service that was called, as signatures name it.
    pub service: String,
    /// The region that was signed for.
    pub region: String,
}

/// Uses that were noted: as many as there are keys and roles.
#[derive(Debug, Default)]
pub struct LastUses(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last: BTreeMap<Arc<str>, LastUse>,
    /// Those that are newer than what is stored.
    waiting: BTreeSet<Arc<str>>,
}

impl LastUses {
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
        let first = LastUse {
            account: account.clone(),
            id: id.clone(),
            used_at: at,
            service: service.to_owned(),
            region: region.to_owned(),
        };
        last.insert(id, first);
    }

    /// What was noted here of a key or a role.
    fn latest(&self, id: &str) -> Option<LastUse> {
        self.0.lock().last.get(id).cloned()
    }

    /// Writes what waits; it waits again where the store fails.
    pub async fn flush(&self, store: &dyn Store) -> Result<(), StoreError> {
        let uses: Vec<LastUse> = {
            let mut state = self.0.lock();
            let waiting = std::mem::take(&mut state.waiting);
            let of = |id: &Arc<str>| state.last.get(id).cloned();
            waiting.iter().filter_map(of).collect()
        };
        if uses.is_empty() {
            return Ok(());
        }
        let outcome = store.record_last_uses(&uses).await;
        if outcome.is_err() {
            let mut state = self.0.lock();
            state.waiting.extend(uses.into_iter().map(|last| last.id));
        }
        outcome
    }
}

/// When keys and roles of these ids were used last, by id: the newer of what was noted here and what is stored.
pub(crate) async fn read(site: &Site, ids: &[&str]) -> Result<BTreeMap<String, LastUse>, Refusal> {
    let store = site.directory.store();
    let stored = store.read_last_uses(&site.account().id, ids).await;
    let stored = stored.map_err(Refusal::unreadable)?.into_iter();
    let noted = ids.iter().filter_map(|id| site.last_uses.latest(id));
    let mut uses: BTreeMap<String, LastUse> = BTreeMap::new();
    for last in stored.chain(noted) {
        let is_older = |known: &LastUse| known.used_at <= last.used_at;
        if uses.get(&*last.id).is_none_or(is_older) {
            uses.insert(last.id.to_string(), last);
        }
    }
    Ok(uses)
}
