//! Revocation lists that certificates say are out (CRL distribution points, RFC 5280 section 4.2.1.13), for trust anchors
//! with `crlDpRevocationEnabled`. CreateSession asks here and never waits: a list that is missing is noted, and the app
//! fetches what is noted. Only certificates whose chain and request signature held get that far.

use std::collections::HashMap;
use std::sync::Arc;

use anyrole_x509::{
    CertificatePoints, ExpiredListRule, Revocation, RevocationList, VerifiedRevocationList,
    sha256_fingerprint,
};
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::sessions::KnownChain;

/// Most points that are kept.
const MAX_POINTS: usize = 1024;
/// Most bytes that all lists may take together, as they were fetched.
const MAX_BYTES: usize = 256 * 1024 * 1024;
/// A point that no certificate asked for in this time is let go.
const IDLE: SignedDuration = SignedDuration::from_hours(24 * 7);
/// A list is fetched anew this long after it was, sooner where its nextUpdate comes sooner.
const REFRESH: SignedDuration = SignedDuration::from_hours(1);
/// The pause after the first failure; it doubles with each further one, up to `REFRESH`.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// What it means that there is no list, or no current one, for a certificate that names distribution points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingListRule {
    /// The certificate is refused until there is one.
    #[default]
    Refuse,
    /// The certificate passes.
    Allow,
}

/// A URL and whose list it must be: another issuer's list is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PointKey {
    /// Where.
    pub url: Arc<str>,
    /// SHA-256 of the issuer's certificate.
    issuer: [u8; 32],
}

#[derive(Debug)]
struct Point {
    issuer_der: Arc<[u8]>,
    list: Option<Arc<VerifiedRevocationList>>,
    bytes: usize,
    fetch_at: Timestamp,
    /// Whether it is being fetched: a host that is slow to answer is not asked again meanwhile.
    in_flight: bool,
    failures: u32,
    /// Why there is no newer list.
    failure: Option<String>,
    wanted_at: Timestamp,
}

/// Something to fetch.
#[derive(Clone, Debug)]
pub struct DuePoint {
    /// What.
    pub key: PointKey,
    issuer_der: Arc<[u8]>,
}

/// The points that certificates asked for, with their lists.
#[derive(Debug, Default)]
pub struct DistributionPoints {
    points: Mutex<HashMap<PointKey, Point>>,
    wanted: Notify,
}

/// The points of one certificate of a chain.
#[derive(Debug)]
pub(crate) struct ChainPoints {
    keys: Vec<PointKey>,
    issuer_der: Arc<[u8]>,
}

impl ChainPoints {
    pub(crate) fn of(certificate: CertificatePoints) -> Self {
        let issuer = sha256_fingerprint(&certificate.issuer_der);
        let keys = certificate.urls.into_iter().map(|url| PointKey {
            url: url.into(),
            issuer,
        });
        Self {
            keys: keys.collect(),
            issuer_der: certificate.issuer_der.into(),
        }
    }

    /// How many bytes it takes, about.
    pub(crate) fn weight(&self) -> u64 {
        let urls = self.keys.iter().map(|key| key.url.len() + 128);
        let bytes = urls.sum::<usize>() + self.issuer_der.len();
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

/// What is there for a chain.
pub(crate) struct ChainLists {
    /// The newest list of each certificate that has one, expired or not: what it revokes is revoked either way.
    pub(crate) lists: Vec<Arc<VerifiedRevocationList>>,
    /// Why there is no current one for some certificate.
    pub(crate) missing: Option<String>,
}

impl ChainLists {
    /// As the lists are asked: one that has expired counts as missing besides, which is judged apart.
    pub(crate) fn revocation(&self) -> Revocation<'_> {
        Revocation {
            lists: &self.lists,
            expired: ExpiredListRule::Warn,
            issuers: None,
        }
    }
}

impl DistributionPoints {
    /// The lists that are there for a chain. What is missing is for `want`.
    pub(crate) fn lists_of(&self, chain: &KnownChain, now: Timestamp) -> ChainLists {
        let mut found = ChainLists {
            lists: Vec::new(),
            missing: None,
        };
        for certificate in &chain.distribution_points {
            match self.newest(certificate) {
                Ok(list) => {
                    if list.list().is_expired(now) {
                        let until = list.list().next_update();
                        found.missing = Some(format!("the newest list has expired at {until}"));
                    }
                    found.lists.push(list);
                }
                Err(why) => found.missing = Some(why),
            }
        }
        found
    }

    /// The newest list of any of the certificate's points; else why there is none.
    fn newest(&self, certificate: &ChainPoints) -> Result<Arc<VerifiedRevocationList>, String> {
        let mut why = "the certificate names no distribution point that can be used".to_owned();
        let mut newest: Option<&Arc<VerifiedRevocationList>> = None;
        let points = self.points.lock();
        for key in &certificate.keys {
            let point = points.get(key);
            let Some(list) = point.and_then(|point| point.list.as_ref()) else {
                let failure = point.and_then(|point| point.failure.as_deref());
                why = format!(
                    "there is no list of `{}` yet: {}",
                    key.url,
                    failure.unwrap_or("it is being fetched")
                );
                continue;
            };
            let this_update = list.list().this_update();
            if newest.is_none_or(|newest| newest.list().this_update() < this_update) {
                newest = Some(list);
            }
        }
        newest.cloned().ok_or(why)
    }

    /// Notes that a chain, whose request's signature held, needs its lists.
    pub(crate) fn want(&self, chain: &KnownChain, now: Timestamp) {
        let mut points = self.points.lock();
        let mut is_new = false;
        for certificate in &chain.distribution_points {
            for key in &certificate.keys {
                if let Some(point) = points.get_mut(key) {
                    point.wanted_at = point.wanted_at.max(now);
                    continue;
                }
                if points.len() >= MAX_POINTS && !make_room(&mut points, now) {
                    continue;
                }
                is_new = true;
                let point = Point {
                    issuer_der: certificate.issuer_der.clone(),
                    list: None,
                    bytes: 0,
                    fetch_at: now,
                    in_flight: false,
                    failures: 0,
                    failure: None,
                    wanted_at: now,
                };
                points.insert(key.clone(), point);
            }
        }
        drop(points);
        if is_new {
            self.wanted.notify_one();
        }
    }

    /// Ends when a point was noted that was not known.
    pub async fn wait_for_new(&self) {
        self.wanted.notified().await;
    }

    /// What is to be fetched now; it is not due again before `fetched` has heard of it. Lets go of what nobody wants.
    pub fn take_due(&self, now: Timestamp) -> Vec<DuePoint> {
        let mut points = self.points.lock();
        points.retain(|_, point| now.duration_since(point.wanted_at) < IDLE);
        let due = points.iter_mut();
        let due = due.filter(|(_, point)| point.fetch_at <= now && !point.in_flight);
        due.map(|(key, point)| {
            point.in_flight = true;
            DuePoint {
                key: key.clone(),
                issuer_der: point.issuer_der.clone(),
            }
        })
        .collect()
    }

    /// Takes what was fetched, or why nothing was. Reading a long list takes a while: not for a thread that serves.
    ///
    /// # Errors
    /// Why the bytes are no list of the issuer's, or none that is newer; for the log.
    pub fn fetched(
        &self,
        due: &DuePoint,
        outcome: Result<Vec<u8>, String>,
        now: Timestamp,
    ) -> Result<(), String> {
        let outcome = outcome.and_then(|bytes| {
            let list = RevocationList::parse(&bytes)
                .and_then(|list| list.verify_issued_by_certificate(&due.issuer_der))
                .map_err(|error| format!("{}: {}", error.code(), error.detail()))?;
            Ok((Arc::new(list), bytes.len()))
        });
        let mut points = self.points.lock();
        let held: usize = points.values().map(|point| point.bytes).sum();
        let Some(point) = points.get_mut(&due.key) else {
            return Ok(());
        };
        point.in_flight = false;
        let outcome = outcome.and_then(|(list, bytes)| point.take(list, bytes, held, now));
        match &outcome {
            Ok(()) => {
                point.failures = 0;
                point.failure = None;
            }
            Err(why) => {
                let doubled = FIRST_PAUSE.saturating_mul(1 << point.failures.min(10));
                point.fetch_at = later(now, doubled.min(REFRESH));
                point.failures = point.failures.saturating_add(1);
                point.failure = Some(why.clone());
            }
        }
        outcome
    }
}

impl Point {
    fn take(
        &mut self,
        list: Arc<VerifiedRevocationList>,
        bytes: usize,
        held: usize,
        now: Timestamp,
    ) -> Result<(), String> {
        let (this_update, next_update) = (list.list().this_update(), list.list().next_update());
        if this_update > later(now, SignedDuration::from_mins(5)) {
            return Err(format!("the list is of {this_update}, which is to come"));
        }
        if next_update < now {
            return Err(format!("the list has expired at {next_update}"));
        }
        // An older list might lack what is revoked since.
        let known = self.list.as_ref().map(|known| known.list().this_update());
        if known.is_some_and(|known| this_update < known) {
            return Err("the list is older than the one that is known".to_owned());
        }
        if held - self.bytes + bytes > MAX_BYTES {
            return Err(format!(
                "all lists together would take over {MAX_BYTES} bytes"
            ));
        }
        let left = next_update.duration_since(now);
        let refresh = REFRESH.min(left * 3 / 4).max(FIRST_PAUSE);
        self.fetch_at = later(now, refresh);
        self.list = Some(list);
        self.bytes = bytes;
        Ok(())
    }
}

/// Lets go of one point: of those that could not be fetched the one that was wanted least recently, else of the others
/// if that was not today. So certificates that name nonsense don't drive out lists that are there.
fn make_room(points: &mut HashMap<PointKey, Point>, now: Timestamp) -> bool {
    let failed = |point: &Point| point.list.is_none() && point.failures > 0 && !point.in_flight;
    let oldest = points
        .iter()
        .min_by_key(|(_, point)| (!failed(point), point.wanted_at));
    let day = SignedDuration::from_hours(24);
    let oldest = oldest
        .filter(|(_, point)| failed(point) || now.duration_since(point.wanted_at) > day)
        .map(|(key, _)| key.clone());
    oldest.is_some_and(|key| points.remove(&key).is_some())
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}
