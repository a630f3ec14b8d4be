//! Records of issued certificates on their way to the store: those that come at once are written in one transaction, and
//! each caller waits until its own is on disk. Called by `issue.rs`.

use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::hex;
use crate::account::AccountId;
use crate::ports::{Store, StoreError};

/// The most records of one transaction.
const GROUP: usize = 256;
/// How often the writer lets others run before it takes a group: their records go into the same one, and each group costs a sync.
const LETS_OTHERS_RUN: usize = 2;
/// The most records that may wait; beyond it requests are refused rather than kept waiting.
const MAX_WAITING: usize = 65_536;

/// A certificate that was issued, as it is stored. No row is ever changed, and none has a serial number of another one of
/// its authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedCertificate {
    /// The account of the authority.
    pub account: AccountId,
    /// The authority's UUID.
    pub authority_id: String,
    /// The serial number, big-endian.
    pub serial: [u8; 16],
    /// The certificate, DER.
    pub certificate: Arc<[u8]>,
    /// The last second of its validity.
    pub not_after: Timestamp,
    /// The template, or what stands for it where the way of issuing has none.
    pub template: String,
    /// Who asked: a caller's ARN, or what stands for it.
    pub requested_by: String,
    /// When it was issued.
    pub issued_at: Timestamp,
}

/// Where a record stands among those of its authority, in order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssuedPlace {
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Its serial number.
    pub serial: [u8; 16],
}

impl IssuedPlace {
    /// `{microseconds since 1970}-{serial number in hex}`, as pages name it.
    pub(super) fn render(&self) -> String {
        format!("{}-{}", self.issued_at.as_microsecond(), hex(&self.serial))
    }

    /// What `render` wrote.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (micros, serial) = text.rsplit_once('-')?;
        let digits = serial.len() == 32 && serial.bytes().all(|digit| digit.is_ascii_hexdigit());
        let serial = u128::from_str_radix(serial, 16).ok().filter(|_| digits)?;
        Some(Self {
            issued_at: Timestamp::from_microsecond(micros.parse().ok()?).ok()?,
            serial: serial.to_be_bytes(),
        })
    }
}

/// A record on its way to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCertificate {
    /// The certificate.
    pub row: IssuedCertificate,
    /// SHA-256 of the idempotency token with the authority, and SHA-256 of the whole request: of two records with the same token, not
    /// five minutes apart, the first is kept.
    pub token: Option<Repeat>,
}

/// How a store knows a request that comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeat {
    /// SHA-256 of the token.
    pub token_sha256: [u8; 32],
    /// SHA-256 of what was asked for.
    pub request_sha256: [u8; 32],
    /// Tokens that were used before this are forgotten.
    pub forget_before: Timestamp,
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is on disk.
    New,
    /// Its serial number is another's; it is not kept.
    SerialTaken,
    /// Its token was used for this certificate a short time ago; it is not kept.
    Before {
        /// The serial number of that certificate.
        serial: [u8; 16],
        /// Whether the same was asked for.
        same_request: bool,
    },
}

type Answer = Result<Kept, Arc<StoreError>>;

/// Records that wait to be written.
#[derive(Clone, Default)]
pub(crate) struct IssuingQueue(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    records: Vec<(NewCertificate, oneshot::Sender<Answer>)>,
    /// Whether a task writes, or is about to.
    writing: bool,
}

/// The queue holds all that it may.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotKept {
    #[error("too many certificates wait to be recorded")]
    Full,
    #[error(transparent)]
    Store(#[from] Arc<StoreError>),
}

impl IssuingQueue {
    /// Writes a record with all others that wait; returns when it is on disk. A caller that goes away does not stop it.
    pub(crate) async fn keep(
        &self,
        store: &Arc<dyn Store>,
        record: NewCertificate,
    ) -> Result<Kept, NotKept> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut waiting = self.0.lock();
            if waiting.records.len() >= MAX_WAITING {
                return Err(NotKept::Full);
            }
            waiting.records.push((record, sender));
            if !std::mem::replace(&mut waiting.writing, true) {
                tokio::spawn(write_all(self.clone(), store.clone()));
            }
        }
        let lost = || Arc::new(StoreError::Failed("the writer has gone away".to_owned()));
        Ok(receiver.await.map_err(|_| lost())??)
    }
}

/// Writes group after group until none waits.
async fn write_all(queue: IssuingQueue, store: Arc<dyn Store>) {
    // Where the store's own code panics, the next caller starts a new writer.
    let mut place = WriterPlace(&queue, true);
    loop {
        for _ in 0..LETS_OTHERS_RUN {
            tokio::task::yield_now().await;
        }
        let group: Vec<_> = {
            let mut waiting = queue.0.lock();
            let count = waiting.records.len().min(GROUP);
            if count == 0 {
                waiting.writing = false;
                place.1 = false;
                return;
            }
            waiting.records.drain(..count).collect()
        };
        let (records, senders): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        answer(store.record_issued(&records).await, senders);
    }
}

fn answer(outcome: Result<Vec<Kept>, StoreError>, senders: Vec<oneshot::Sender<Answer>>) {
    match outcome {
        Ok(kept) => {
            for (sender, kept) in senders.into_iter().zip(kept) {
                // Who has gone away needs no answer.
                let _ = sender.send(Ok(kept));
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for sender in senders {
                let _ = sender.send(Err(error.clone()));
            }
        }
    }
}

struct WriterPlace<'a>(&'a IssuingQueue, bool);

impl Drop for WriterPlace<'_> {
    fn drop(&mut self) {
        if self.1 {
            self.0.0.lock().writing = false;
        }
    }
}
