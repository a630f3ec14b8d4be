//! Records that wait: lines in one buffer, and those who wait for them.

use std::sync::{Arc, OnceLock};

use anyrole_domain::AuditRecord;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::{MAX_WAITING_BYTES, line};

/// A buffer that grew beyond this is not kept.
const KEPT_CAPACITY: usize = 256 * 1024;

/// Those who wait for records that are written together.
#[derive(Default)]
pub(super) struct Group {
    outcome: OnceLock<Result<(), String>>,
    changed: Notify,
}

impl Group {
    /// What became of the group, once it is written.
    pub(super) fn outcome(&self) -> Option<Result<(), String>> {
        self.outcome.get().cloned()
    }

    /// Ends when the group is written, or when one of those who wait is to write it.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    pub(super) fn finish(&self, outcome: Result<(), String>) {
        // Set once: a group is taken from the queue once.
        let _ = self.outcome.set(outcome);
        self.changed.notify_waiters();
    }

    /// Wakes one, to write; the next one where that one has gone away.
    pub(super) fn wake_one(&self) {
        self.changed.notify_one();
    }
}

/// The records that wait to be written.
#[derive(Default)]
pub(super) struct Queue {
    lines: Vec<u8>,
    /// An empty buffer, to be used again.
    spare: Vec<u8>,
    /// Who waits for `lines`; nobody, where the one who added them is about to write.
    group: Option<Arc<Group>>,
    /// Whether somebody is writing, or about to.
    pub(super) writing: bool,
}

impl Queue {
    /// Adds a record's line; nothing is added where it fails.
    pub(super) fn add(&mut self, record: &AuditRecord<'_>) -> Result<(), String> {
        let before = self.lines.len();
        let outcome = line::write(record, &mut self.lines).map_err(|e| e.to_string());
        self.lines.push(b'\n');
        let outcome = outcome.and_then(|()| {
            if self.lines.len() > MAX_WAITING_BYTES {
                Err("too many records wait to be written".to_owned())
            } else {
                Ok(())
            }
        });
        if outcome.is_err() {
            self.lines.truncate(before);
        }
        outcome
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The group of the records that wait now.
    pub(super) fn group(&mut self) -> Arc<Group> {
        self.group.get_or_insert_default().clone()
    }

    /// The group of the records that wait now, if anybody waits.
    pub(super) fn waiting_group(&self) -> Option<Arc<Group>> {
        self.group.clone()
    }

    /// Takes all that waits.
    pub(super) fn take(&mut self) -> (Vec<u8>, Option<Arc<Group>>) {
        let spare = std::mem::take(&mut self.spare);
        (std::mem::replace(&mut self.lines, spare), self.group.take())
    }

    /// Keeps a buffer for the next group.
    pub(super) fn give_back(&mut self, mut lines: Vec<u8>) {
        if lines.capacity() <= KEPT_CAPACITY {
            lines.clear();
            self.spare = lines;
        }
    }
}
