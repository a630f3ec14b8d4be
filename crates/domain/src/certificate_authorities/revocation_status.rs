//! What an authority says of what it has revoked: an authority enters, its present revocation list leaves; an OCSP request
//! enters, an OCSP response leaves. Called by `frontends/revocation_status`.
//!
//! A list is made when it is asked for, kept while it says what is so, and made anew once something was revoked or half of
//! its time is over: who asks never gets one that is behind, and nobody needs to look after it.

use std::collections::HashMap;
use std::sync::Arc;

use anyrole_ca::{
    CertificateStatus, IssuedRevocationList, OcspAnswer, OcspRequest, OcspResponse,
    RevocationListOrder, RevocationReason as ListReason, RevokedEntry, UnsuccessfulResponse,
    issue_revocation_list, respond, unsuccessful_response,
};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::refusals::no_authority;
use super::{
    AuthorityEntry, AuthorityStatus, CertificateAuthority, OpenedAuthority, Revocations,
    SharedAuthority, fixed_serial,
};
use crate::refusal::Refusal;
use crate::site::Site;

/// How long a list holds where the authority's configuration says nothing.
const LIST_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long an OCSP response holds.
const RESPONSE_LIFE: SignedDuration = SignedDuration::from_hours(1);
/// A list with more entries is made on a thread of its own.
const MANY_ENTRIES: usize = 2_000;

/// A revocation list as it is given out.
#[derive(Debug)]
pub struct PublishedList {
    /// The list.
    pub der: Bytes,
    /// When it was made.
    pub this_update: Timestamp,
    /// Until when it holds.
    pub next_update: Timestamp,
    /// Its number.
    pub number: u64,
    renew_at: Timestamp,
    row: Arc<CertificateAuthority>,
    revocations: Revocations,
}

impl PublishedList {
    fn is_current(
        &self,
        entry: &AuthorityEntry,
        revocations: &Revocations,
        now: Timestamp,
    ) -> bool {
        Arc::ptr_eq(&self.row, &entry.row)
            && (self.revocations.is_empty() && revocations.is_empty()
                || self.revocations.ptr_eq(revocations))
            && self.this_update <= now
            && now < self.renew_at
    }
}

type Slot = Arc<tokio::sync::Mutex<Option<Arc<PublishedList>>>>;

/// How many OCSP responses may be signed at once with keys that are slow: strangers ask for them.
const SLOW_ANSWERS: usize = 8;

/// The present lists of a server, by the authority's ARN. Of several that ask at once for one that is due, one makes it.
#[derive(Debug)]
pub(crate) struct PublishedLists {
    slots: Mutex<HashMap<String, Slot>>,
    slow_answers: Semaphore,
}

impl Default for PublishedLists {
    fn default() -> Self {
        Self {
            slots: Mutex::default(),
            slow_answers: Semaphore::new(SLOW_ANSWERS),
        }
    }
}

impl PublishedLists {
    fn slot(&self, arn: &str) -> Slot {
        let mut all = self.slots.lock();
        match all.get(arn) {
            Some(slot) => slot.clone(),
            None => all.entry(arn.to_owned()).or_default().clone(),
        }
    }
}

/// What an OCSP responder answers.
#[derive(Debug, Clone)]
pub struct OcspReply {
    /// The response.
    pub der: Vec<u8>,
    /// From when until when it holds; none where there is no answer, or one for this request alone.
    pub holds: Option<(Timestamp, Timestamp)>,
}

impl OcspReply {
    fn unsuccessful(why: UnsuccessfulResponse) -> Self {
        Self {
            der: unsuccessful_response(why),
            holds: None,
        }
    }

    /// The answer where something failed here.
    pub fn try_later() -> Self {
        Self::unsuccessful(UnsuccessfulResponse::TryLater)
    }

    /// The answer to what is no request.
    pub fn malformed() -> Self {
        Self::unsuccessful(UnsuccessfulResponse::MalformedRequest)
    }
}

impl Site {
    /// The authority with this UUID, where it has a certificate and is not deleted: those speak of revocations, disabled and
    /// expired ones too.
    pub fn speaking_authority(&self, id: &str) -> Result<SharedAuthority, Refusal> {
        let snapshot = self.directory.read();
        let entry = snapshot.certificate_authority_by_id(id);
        entry
            .filter(|entry| {
                entry.certificate.is_some() && entry.row.status != AuthorityStatus::Deleted
            })
            .cloned()
            .ok_or_else(|| no_authority(id))
    }

    /// The authority's present revocation list.
    pub async fn revocation_list(
        &self,
        entry: &SharedAuthority,
    ) -> Result<Arc<PublishedList>, Refusal> {
        let slot = self.published_lists.slot(&entry.row.arn);
        let mut present = slot.lock().await;
        let now = self.clock.now();
        // Read behind the lock: what was revoked while another one made a list must be in this one.
        let revocations = self.directory.read().revocations_of(&entry.row.arn);
        if let Some(list) = present.as_ref()
            && list.is_current(entry, &revocations, now)
        {
            return Ok(list.clone());
        }
        let opened = self.open_authority(entry).await?;
        let before = present.as_ref().map_or(0, |list| list.number);
        let list = make(entry, opened, revocations, before, now).await?;
        let list = Arc::new(list);
        *present = Some(list.clone());
        Ok(list)
    }

    /// Answers an OCSP request, DER, about certificates of the authority. What can't be read, or is about other authorities'
    /// certificates alone, is answered as OCSP has it.
    pub async fn ocsp(&self, entry: &SharedAuthority, der: &[u8]) -> Result<OcspReply, Refusal> {
        let Ok(request) = OcspRequest::parse(der) else {
            return Ok(OcspReply::malformed());
        };
        let opened = self.open_authority(entry).await?;
        let mut statuses = Vec::with_capacity(request.asked.len());
        let mut any = false;
        for asked in &request.asked {
            let ours = asked.is_issued_by(&opened.authority);
            any |= ours;
            statuses.push(match ours {
                true => self.status(entry, asked.serial()).await?,
                false => CertificateStatus::Unknown,
            });
        }
        if !any {
            return Ok(OcspReply::unsuccessful(UnsuccessfulResponse::Unauthorized));
        }
        let now = self.clock.now();
        let next_update = later(now, RESPONSE_LIFE)?;
        let scheme = entry.row.configuration.signing_algorithm.scheme();
        let fast = opened.signs_fast();
        let room = self.published_lists.slow_answers.try_acquire();
        if !fast && room.is_err() {
            return Ok(OcspReply::try_later());
        }
        let has_nonce = request.nonce.is_some();
        let der = on_its_thread(!fast, move || {
            let answers = request.asked.iter().zip(statuses);
            let response = OcspResponse {
                produced_at: now,
                next_update,
                answers: answers
                    .map(|(asked, status)| OcspAnswer { asked, status })
                    .collect(),
                nonce: request.nonce.as_deref(),
                signature: Some(scheme),
            };
            respond(&opened.authority, &response)
        })
        .await?;
        Ok(OcspReply {
            der,
            holds: (!has_nonce).then_some((now, next_update)),
        })
    }

    /// What is known of a serial number: revoked by the snapshot, good only where there is a record of the certificate.
    async fn status(
        &self,
        entry: &SharedAuthority,
        serial: &[u8],
    ) -> Result<CertificateStatus, Refusal> {
        let Some(serial) = fixed_serial(serial) else {
            return Ok(CertificateStatus::Unknown);
        };
        let revocations = self.directory.read().revocations_of(&entry.row.arn);
        if let Some(revoked) = revocations.get(&serial) {
            return Ok(CertificateStatus::Revoked {
                at: revoked.revoked_at,
                reason: ListReason::from_code(revoked.reason.code()),
            });
        }
        let issued = self.issued_certificate(entry, &serial).await?;
        Ok(match issued {
            Some(_) => CertificateStatus::Good,
            None => CertificateStatus::Unknown,
        })
    }
}

async fn make(
    entry: &SharedAuthority,
    opened: Arc<OpenedAuthority>,
    revocations: Revocations,
    before: u64,
    now: Timestamp,
) -> Result<PublishedList, Refusal> {
    let row = entry.row.clone();
    let configuration = row.revocation.crl_configuration.as_ref();
    let days = configuration.and_then(|crl| crl.expiration_in_days);
    let life = days.map_or(LIST_LIFE, |days| {
        SignedDuration::from_hours(i64::from(days) * 24)
    });
    // The time in milliseconds: it grows over restarts, and from server to server.
    let clock = u64::try_from(now.as_millisecond()).unwrap_or_default();
    let order = RevocationListOrder {
        number: clock.max(before + 1),
        this_update: now,
        next_update: later(now, life)?,
        scope: None,
        signature: Some(row.configuration.signing_algorithm.scheme()),
    };
    let slow = !opened.signs_fast() || revocations.len() > MANY_ENTRIES;
    let (number, next_update) = (order.number, order.next_update);
    let renew_at = later(now, life / 2)?;
    let listed = revocations.clone();
    let list = on_its_thread(slow, move || sign(&opened, &order, &listed, now, life)).await?;
    Ok(PublishedList {
        der: list.into_der().into(),
        this_update: now,
        next_update,
        number,
        renew_at,
        row,
        revocations,
    })
}

/// Certificates that have expired leave the list once one list has said so after their end (RFC 5280 section 3.3).
fn sign(
    opened: &OpenedAuthority,
    order: &RevocationListOrder,
    revocations: &Revocations,
    now: Timestamp,
    life: SignedDuration,
) -> Result<IssuedRevocationList, anyrole_ca::CaError> {
    let entries = revocations
        .iter()
        .filter(|(_, revoked)| now.duration_since(revoked.not_after) <= life)
        .map(|(serial, revoked)| RevokedEntry {
            serial,
            revoked_at: revoked.revoked_at,
            reason: ListReason::from_code(revoked.reason.code()),
            invalid_since: None,
        });
    issue_revocation_list(&opened.authority, order, entries)
}

fn later(now: Timestamp, by: SignedDuration) -> Result<Timestamp, Refusal> {
    now.checked_add(by)
        .map_err(|error| Refusal::internal(error.to_string()))
}

/// Signs here, or where nobody else waits for it.
async fn on_its_thread<T: Send + 'static>(
    slow: bool,
    sign: impl FnOnce() -> Result<T, anyrole_ca::CaError> + Send + 'static,
) -> Result<T, Refusal> {
    let signed = match slow {
        false => sign(),
        true => tokio::task::spawn_blocking(sign)
            .await
            .map_err(|error| Refusal::internal(error.to_string()))?,
    };
    signed.map_err(|error| Refusal::internal(error.to_string()))
}
