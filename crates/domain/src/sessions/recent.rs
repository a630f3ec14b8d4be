//! The requests that were refused last, kept in memory with the state that they were judged by, so that `anyrole explain`
//! can show what was looked at then. Written on the way of a refusal alone; the audit trail is what lasts.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use super::create_session::UnverifiedCreateSession;
use super::steps::Step;
use crate::call::Origin;
use crate::refusal::Refusal;
use crate::snapshot::Snapshot;

/// How many requests are kept.
const MOST: usize = 256;
/// How many bytes of what was sent are kept.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// A refused request as it was judged.
#[derive(Debug)]
pub(super) struct RefusedRequest {
    pub(super) origin: Origin,
    pub(super) asked: UnverifiedCreateSession,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) step: Step,
    pub(super) refusal: Refusal,
}

impl RefusedRequest {
    fn length(&self) -> usize {
        let asked = &self.asked;
        let chain = asked.chain.as_ref().map_or(0, |chain| {
            let others: usize = chain.other_certificates().map(<[u8]>::len).sum();
            chain.leaf_der().len() + others
        });
        let texts = [&asked.trust_anchor_arn, &asked.profile_arn, &asked.role_arn];
        let texts: usize = texts.iter().map(|text| text.len()).sum();
        let name = asked.role_session_name.as_ref().map_or(0, String::len);
        let signature = asked.signature.as_ref().map_or(0, |signature| {
            signature.string_to_sign.len() + signature.signature.len() + signature.serial.len()
        });
        chain + texts + name + signature + 1024
    }
}

/// The requests that were refused last.
#[derive(Debug, Default)]
pub struct RecentRefusals(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    requests: VecDeque<(usize, Arc<RefusedRequest>)>,
    bytes: usize,
}

impl RecentRefusals {
    pub(super) fn keep(&self, request: RefusedRequest) {
        let length = request.length();
        if length > MOST_BYTES {
            return;
        }
        let mut gone = Vec::new();
        let mut kept = self.0.lock();
        kept.requests.push_back((length, Arc::new(request)));
        kept.bytes += length;
        while kept.requests.len() > MOST || kept.bytes > MOST_BYTES {
            let Some((length, oldest)) = kept.requests.pop_front() else {
                break;
            };
            kept.bytes -= length;
            gone.push(oldest);
        }
        // What is freed is freed without the lock.
        drop(kept);
    }

    pub(super) fn find(&self, request_id: &str) -> Option<Arc<RefusedRequest>> {
        let kept = self.0.lock();
        kept.requests
            .iter()
            .rev()
            .find(|(_, request)| &*request.origin.request_id == request_id)
            .map(|(_, request)| request.clone())
    }
}
