//! The audit trail as a file of JSON lines: records enter by the domain's `AuditTrail` port, one line each.
//! `group.rs` collects the records that are written together, `file.rs` appends them, `search.rs` finds one again, and `pages.rs`
//! those that a filter wants; both read `backwards.rs`.
//!
//! Whoever finds nobody writing writes for all that wait, on its own thread: a write into the page cache costs about
//! 1 µs, a hop to another thread several. Only syncing goes to a blocking thread.

mod backwards;
mod file;
mod group;
mod line;
mod pages;
mod search;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyrole_domain::AuditRecord;
use anyrole_domain::activity::{TrailPage, TrailQuery};
use anyrole_domain::ports::{AuditError, AuditTrail};
use async_trait::async_trait;
use parking_lot::Mutex;

use self::file::{LogFile, Trail};
use self::group::{Group, Queue};

/// The most bytes of records that may wait to be written; beyond it calls are refused rather than forgotten.
const MAX_WAITING_BYTES: usize = 8 * 1024 * 1024;

/// Appends audit records to a file.
pub struct JsonLines(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    /// Locked by the one who writes, never contended: `Queue::writing` says who that is.
    trail: Mutex<Trail>,
    path: PathBuf,
    sync: bool,
}

/// What a record's caller has to do next.
enum Turn {
    /// Write the group now.
    Lead(Vec<u8>, Option<Arc<Group>>),
    /// Start a writer on a blocking thread, then wait.
    Start(Arc<Group>),
    /// Wait until somebody has written the group.
    Follow(Arc<Group>),
}

impl JsonLines {
    /// Opens the file, or makes it (mode 0600). A line that an earlier process left half written is ended, so that the
    /// next record begins on a line of its own. With `sync` each record is on disk before it is answered; without it,
    /// with the operating system.
    pub fn open(path: &Path, sync: bool) -> io::Result<Self> {
        Ok(Self::of_file(Box::new(file::open(path)?), path, sync))
    }

    fn of_file(file: Box<dyn LogFile>, path: &Path, sync: bool) -> Self {
        Self(Arc::new(Shared {
            queue: Mutex::default(),
            trail: Mutex::new(Trail::new(file)),
            path: path.to_owned(),
            sync,
        }))
    }
}

impl std::fmt::Debug for JsonLines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JsonLines")
            .field("sync", &self.0.sync)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl AuditTrail for JsonLines {
    async fn append(&self, record: &AuditRecord<'_>) -> Result<(), AuditError> {
        let group = match self.0.join(record)? {
            Turn::Lead(lines, group) => return self.0.write(lines, group).map_err(AuditError),
            Turn::Start(group) => {
                let shared = self.0.clone();
                // A task of its own, not awaited: it goes on where this call is dropped.
                drop(tokio::task::spawn_blocking(move || {
                    shared.write_all_groups()
                }));
                group
            }
            Turn::Follow(group) => group,
        };
        self.0.follow(&group).await.map_err(AuditError)
    }

    async fn find(&self, request_id: &str) -> Result<Option<String>, AuditError> {
        let (path, id) = (self.0.path.clone(), request_id.to_owned());
        in_background(move || search::find(&path, &id)).await
    }

    async fn page(&self, query: &TrailQuery) -> Result<TrailPage, AuditError> {
        let (path, query) = (self.0.path.clone(), query.clone());
        in_background(move || pages::page(&path, &query)).await
    }
}

async fn in_background<T: Send + 'static>(
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, AuditError> {
    tokio::task::spawn_blocking(read)
        .await
        .map_err(|error| AuditError(error.to_string()))?
        .map_err(|error| AuditError(error.to_string()))
}

impl Shared {
    fn join(&self, record: &AuditRecord<'_>) -> Result<Turn, AuditError> {
        let mut queue = self.queue.lock();
        queue.add(record).map_err(AuditError)?;
        if queue.writing {
            return Ok(Turn::Follow(queue.group()));
        }
        queue.writing = true;
        if self.sync {
            return Ok(Turn::Start(queue.group()));
        }
        let (lines, group) = queue.take();
        Ok(Turn::Lead(lines, group))
    }

    /// Waits until the group is written, or writes it where nobody does.
    async fn follow(&self, group: &Arc<Group>) -> Result<(), String> {
        loop {
            let mut finished = std::pin::pin!(group.changed());
            finished.as_mut().enable();
            if let Some(outcome) = group.outcome() {
                return outcome;
            }
            let lead = {
                let mut queue = self.queue.lock();
                // An unfinished group without a writer is the one in the queue: a writer finishes its group before
                // it lets go, and takes all that waits.
                let free = !queue.writing && !self.sync && !queue.is_empty();
                free.then(|| {
                    queue.writing = true;
                    queue.take()
                })
            };
            match lead {
                Some((lines, group)) => {
                    // The outcome is the group's, and read at the top.
                    let _ = self.write(lines, group);
                }
                None => finished.await,
            }
        }
    }

    /// Writes one group and lets the next one begin. Called with `writing` set by the caller; does not await.
    fn write(&self, lines: Vec<u8>, group: Option<Arc<Group>>) -> Result<(), String> {
        let outcome = self.append(&lines);
        if let Some(group) = group {
            group.finish(outcome.clone());
        }
        let next = {
            let mut queue = self.queue.lock();
            queue.writing = false;
            queue.give_back(lines);
            queue.waiting_group()
        };
        if let Some(next) = next {
            next.wake_one();
        }
        outcome
    }

    /// Writes and syncs group after group until none waits.
    fn write_all_groups(&self) {
        loop {
            let (lines, group) = {
                let mut queue = self.queue.lock();
                if queue.is_empty() {
                    queue.writing = false;
                    return;
                }
                queue.take()
            };
            let outcome = self.append(&lines);
            if let Some(group) = group {
                group.finish(outcome);
            }
            self.queue.lock().give_back(lines);
        }
    }

    fn append(&self, lines: &[u8]) -> Result<(), String> {
        let mut trail = self.trail.lock();
        let written = trail
            .append(lines)
            .and_then(|()| if self.sync { trail.sync() } else { Ok(()) });
        written.map_err(|error| error.to_string())
    }
}

impl Drop for Shared {
    /// Records of calls that were dropped while they waited are written still.
    fn drop(&mut self) {
        let (lines, _) = self.queue.get_mut().take();
        if !lines.is_empty()
            && let Err(error) = self.append(&lines)
        {
            tracing::error!(%error, "audit records that waited could not be written");
        }
    }
}
