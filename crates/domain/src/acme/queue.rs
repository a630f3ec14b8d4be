//! Writes of ACME on their way to the store: those that come at once are made in one transaction, each by itself all or nothing, and
//! each caller waits until its own is on disk.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::store::AcmeWrite;
use crate::account::AccountId;
use crate::ports::{Store, StoreError};

/// The most writes of one transaction.
const GROUP: usize = 128;
/// The most writes that may wait; beyond it requests are refused rather than kept waiting.
const MOST_WAITING: usize = 16_384;

type Answer = Result<bool, StoreError>;

/// Writes that wait.
#[derive(Clone, Default)]
pub(super) struct WriteQueue(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    writes: Vec<(Vec<AcmeWrite>, oneshot::Sender<Answer>)>,
    /// Whether a task writes, or is about to.
    writing: bool,
}

impl WriteQueue {
    /// Makes these changes with all others that wait; whether they were made. A caller that goes away does not stop it.
    pub async fn write(
        &self,
        store: &Arc<dyn Store>,
        account: &AccountId,
        writes: Vec<AcmeWrite>,
    ) -> Answer {
        let (sender, receiver) = oneshot::channel();
        {
            let mut waiting = self.0.lock();
            if waiting.writes.len() >= MOST_WAITING {
                return Err(StoreError::Failed("too many writes wait".to_owned()));
            }
            waiting.writes.push((writes, sender));
            if !std::mem::replace(&mut waiting.writing, true) {
                tokio::spawn(write_all(self.clone(), store.clone(), account.clone()));
            }
        }
        let lost = || StoreError::Failed("the writer has gone away".to_owned());
        receiver.await.map_err(|_| lost())?
    }
}

/// Writes group after group until none waits.
async fn write_all(queue: WriteQueue, store: Arc<dyn Store>, account: AccountId) {
    // Where the store's own code panics, the next caller starts a new writer.
    let mut place = Place(&queue, true);
    loop {
        let group: Vec<_> = {
            let mut waiting = queue.0.lock();
            let count = waiting.writes.len().min(GROUP);
            if count == 0 {
                waiting.writing = false;
                place.1 = false;
                return;
            }
            waiting.writes.drain(..count).collect()
        };
        let (writes, senders): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        match store.write_acme(&account, &writes).await {
            Ok(made) => {
                for (sender, made) in senders.into_iter().zip(made) {
                    // Who has gone away needs no answer.
                    let _ = sender.send(Ok(made));
                }
            }
            Err(error) => {
                for sender in senders {
                    let _ = sender.send(Err(again(&error)));
                }
            }
        }
    }
}

fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Conflict { current } => StoreError::Conflict { current: *current },
        StoreError::Away(detail) => StoreError::Away(detail.clone()),
        StoreError::Failed(detail) => StoreError::Failed(detail.clone()),
    }
}

struct Place<'a>(&'a WriteQueue, bool);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.1 {
            self.0.0.lock().writing = false;
        }
    }
}
