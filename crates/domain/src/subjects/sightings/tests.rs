//! What waits is bounded, merged and never lost, whatever the store does.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use anyrole_testkit::certificates::{Authority, CertificateRequest};
use anyrole_x509::PresentedChain;
use async_trait::async_trait;
use jiff::SignedDuration;

use super::super::{Subject, SubjectDetail};
use super::*;
use crate::acme::{AcmeKey, AcmeRow, AcmeStore, AcmeWrite};
use crate::certificate_authorities::{
    Authorities, IssuedCertificate, IssuedPlace, Kept, NewCertificate,
};
use crate::enrolment::{
    Claim, Decision, EnrolledCertificate, EnrolmentStore, FinishedClaim, JoinToken,
};
use crate::last_uses::LastUse;
use crate::notifications::{ExpiringQuery, SeenCertificate};
use crate::ports::{IssuedStore, Loaded, Since};
use crate::resources::Resource;
use crate::sessions::VerifiedChains;
use crate::snapshot::Change;
use crate::trust_anchors::{AnchorSource, TrustAnchorEntry};

const ACCOUNT: &str = "000000000000";

/// How a store answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    Takes,
    Fails,
    Hangs,
}

struct FakeStore {
    mood: Mutex<Mood>,
    groups: Mutex<Vec<Vec<Sighting>>>,
}

impl FakeStore {
    fn new(mood: Mood) -> Self {
        Self {
            mood: Mutex::new(mood),
            groups: Mutex::default(),
        }
    }

    fn is_now(&self, mood: Mood) {
        *self.mood.lock() = mood;
    }

    fn groups(&self) -> Vec<Vec<Sighting>> {
        std::mem::take(&mut *self.groups.lock())
    }

    fn only(&self) -> Sighting {
        let groups = self.groups();
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [1]);
        groups[0][0].clone()
    }
}

fn not_asked() -> StoreError {
    StoreError::Failed("not asked for in these tests".to_owned())
}

#[async_trait]
impl IssuedStore for FakeStore {
    async fn record_issued(&self, _group: &[NewCertificate]) -> Result<Vec<Kept>, StoreError> {
        Err(not_asked())
    }

    async fn forget_issuing_tokens(&self, _before: Timestamp) -> Result<(), StoreError> {
        Err(not_asked())
    }

    async fn read_issued(
        &self,
        _account: &AccountId,
        _authority_id: &str,
        _serial: &[u8; 16],
    ) -> Result<Option<IssuedCertificate>, StoreError> {
        Err(not_asked())
    }

    async fn list_issued(
        &self,
        _account: &AccountId,
        _authority_id: &str,
        _last: Option<IssuedPlace>,
        _limit: usize,
    ) -> Result<Vec<IssuedCertificate>, StoreError> {
        Err(not_asked())
    }
}

#[async_trait]
impl AcmeStore for FakeStore {
    async fn read_acme(
        &self,
        _account: &AccountId,
        _kind: AcmeKey,
        _ids: &[&str],
    ) -> Result<Vec<AcmeRow>, StoreError> {
        Err(not_asked())
    }

    async fn find_acme(
        &self,
        _account: &AccountId,
        _kind: AcmeKey,
        _lookup: &str,
    ) -> Result<Option<AcmeRow>, StoreError> {
        Err(not_asked())
    }

    async fn list_acme(
        &self,
        _account: &AccountId,
        _kind: AcmeKey,
        _parent: &str,
        _after: &str,
        _limit: usize,
    ) -> Result<Vec<AcmeRow>, StoreError> {
        Err(not_asked())
    }

    async fn write_acme(
        &self,
        _account: &AccountId,
        _sets: &[Vec<AcmeWrite>],
    ) -> Result<Vec<bool>, StoreError> {
        Err(not_asked())
    }

    async fn claim_nonce(
        &self,
        _account: &AccountId,
        _id: &str,
        _until: Timestamp,
    ) -> Result<bool, StoreError> {
        Err(not_asked())
    }

    async fn forget_acme(&self, _account: &AccountId, _now: Timestamp) -> Result<u64, StoreError> {
        Err(not_asked())
    }
}

#[async_trait]
impl EnrolmentStore for FakeStore {
    async fn put_join_token(&self, _: &JoinToken, _: Timestamp) -> Result<(), StoreError> {
        Err(not_asked())
    }

    async fn read_join_token(
        &self,
        _: &AccountId,
        _: &str,
    ) -> Result<Option<JoinToken>, StoreError> {
        Err(not_asked())
    }

    async fn list_join_tokens(
        &self,
        _: &AccountId,
        _: &str,
        _: usize,
    ) -> Result<Vec<JoinToken>, StoreError> {
        Err(not_asked())
    }

    async fn delete_join_token(&self, _: &AccountId, _: &str) -> Result<bool, StoreError> {
        Err(not_asked())
    }

    async fn claim_enrolment(&self, _: &Claim) -> Result<Decision, StoreError> {
        Err(not_asked())
    }

    async fn finish_enrolment(&self, _: &FinishedClaim) -> Result<(), StoreError> {
        Err(not_asked())
    }

    async fn release_enrolment(&self, _: &Claim) -> Result<(), StoreError> {
        Err(not_asked())
    }

    async fn read_enrolled(
        &self,
        _: &AccountId,
        _: &[u8; 32],
    ) -> Result<Option<EnrolledCertificate>, StoreError> {
        Err(not_asked())
    }
}

#[async_trait]
impl Store for FakeStore {
    async fn load(&self) -> Result<Loaded, StoreError> {
        Err(not_asked())
    }

    async fn changes_since(&self, _version: u64) -> Result<Since, StoreError> {
        Err(not_asked())
    }

    async fn changed(&self) {
        std::future::pending().await
    }

    async fn commit(&self, _base: u64, _changes: &[Change]) -> Result<u64, StoreError> {
        Err(not_asked())
    }

    async fn record_sightings(&self, sightings: &[Sighting]) -> Result<(), StoreError> {
        let mood = *self.mood.lock();
        match mood {
            Mood::Takes => self.groups.lock().push(sightings.to_vec()),
            Mood::Fails => return Err(StoreError::Failed("the disk is full".to_owned())),
            Mood::Hangs => std::future::pending().await,
        }
        Ok(())
    }

    async fn record_last_uses(&self, _uses: &[LastUse]) -> Result<(), StoreError> {
        Err(not_asked())
    }

    async fn read_last_uses(
        &self,
        _account: &AccountId,
        _ids: &[&str],
    ) -> Result<Vec<LastUse>, StoreError> {
        Err(not_asked())
    }

    async fn list_subjects(
        &self,
        _account: &AccountId,
        _after: &str,
        _limit: usize,
    ) -> Result<Vec<Subject>, StoreError> {
        Err(not_asked())
    }

    async fn read_subject(
        &self,
        _account: &AccountId,
        _id: &str,
        _limit: usize,
    ) -> Result<Option<SubjectDetail>, StoreError> {
        Err(not_asked())
    }

    async fn expiring_certificates(
        &self,
        _account: &AccountId,
        _query: &ExpiringQuery,
    ) -> Result<Vec<SeenCertificate>, StoreError> {
        Err(not_asked())
    }

    async fn claim_events(
        &self,
        _account: &AccountId,
        _now: Timestamp,
        _ids: &[&str],
    ) -> Result<Vec<String>, StoreError> {
        Err(not_asked())
    }

    async fn is_event_claimed(&self, _account: &AccountId, _id: &str) -> Result<bool, StoreError> {
        Err(not_asked())
    }
}

/// Certificates that were verified.
struct Stage {
    account: Account,
    anchor: Arc<TrustAnchor>,
    chains: Vec<Arc<KnownChain>>,
    now: Timestamp,
}

impl Stage {
    fn new(certificates: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ca = Authority::root(folder.path()).unwrap();
        let now = test_time();
        let id = AccountId::parse(ACCOUNT).unwrap();
        let account = Account::new(id, "us-east-1", "aws", now).unwrap();
        let anchor = Arc::new(TrustAnchor {
            resource: Resource {
                account: account.id.clone(),
                id: "6f1cd1f4-6d1d-4b5c-8f4b-7f3f5e1a0c11".to_owned(),
                arn: "arn:one".to_owned(),
                name: "anchor".to_owned(),
                alias: None,
                enabled: true,
                tags: Vec::new(),
                revision: 0,
                created_at: now,
                updated_at: now,
            },
            source: AnchorSource::CertificateBundle(ca.own().certificate_pem().unwrap()),
            notification_settings: Vec::new(),
            crl_dp_revocation_enabled: false,
        });
        let entry = TrustAnchorEntry::compile(anchor.clone(), &Authorities::default()).unwrap();
        let verified = VerifiedChains::default();
        let chains = (0..certificates)
            .map(|number| {
                let request = CertificateRequest::leaf(&format!("host-{number}"));
                let leaf = ca.issue(&format!("leaf-{number}"), &request).unwrap();
                let der = leaf.certificate_der().unwrap();
                let presented = PresentedChain::from_der(der, Vec::new()).unwrap();
                verified
                    .verify(
                        &account,
                        &presented,
                        &entry,
                        &anyrole_x509::Revocation::NONE,
                        now,
                    )
                    .unwrap()
            })
            .collect();
        Self {
            account,
            anchor,
            chains,
            now,
        }
    }

    fn seen(&self, certificate: usize, second: i64) -> Seen<'_> {
        Seen {
            account: &self.account,
            chain: &self.chains[certificate],
            anchor: &self.anchor,
            at: self.at(second),
            failed: false,
            properties: None,
        }
    }

    fn at(&self, second: i64) -> Timestamp {
        self.now + SignedDuration::from_secs(second)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "certificates are made for the real time"
)]
fn test_time() -> Timestamp {
    Timestamp::now()
}

fn properties(value: &str) -> Arc<BTreeMap<String, String>> {
    Arc::new(BTreeMap::from([("rack".to_owned(), value.to_owned())]))
}

fn bytes(sightings: &Sightings) -> usize {
    sightings.waiting.lock().bytes
}

/// Polls a flush a few times and drops it.
fn begin_to_flush(sightings: &Sightings, store: &FakeStore) {
    let mut flush = pin!(sightings.flush(store));
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..3 {
        assert!(matches!(flush.as_mut().poll(&mut context), Poll::Pending));
    }
}

#[tokio::test]
async fn the_last_request_of_a_certificate_is_what_is_written() {
    let stage = Stage::new(1);
    let sightings = Sightings::default();
    let store = FakeStore::new(Mood::Takes);
    let mut other_anchor = TrustAnchor::clone(&stage.anchor);
    other_anchor.resource.arn = "arn:other".to_owned();
    let other_anchor = Arc::new(other_anchor);
    sightings.add(&stage.seen(0, 5)).unwrap();
    let refused = Seen {
        failed: true,
        anchor: &other_anchor,
        ..stage.seen(0, 7)
    };
    sightings.add(&refused).unwrap();
    // One that was judged earlier and comes late.
    sightings.add(&stage.seen(0, 6)).unwrap();
    assert_eq!(sightings.flush(&store).await.unwrap(), 1);
    let written = store.only();
    assert_eq!(
        (written.seen_at, written.failed, &*written.trust_anchor_arn),
        (stage.at(7), true, "arn:other")
    );
    assert_eq!(written.certificate, *stage.chains[0].leaf_der);
    assert_eq!(written.not_after, stage.chains[0].verified.leaf().not_after);
    assert_eq!(sightings.flush(&store).await.unwrap(), 0);
    assert_eq!(bytes(&sightings), 0);
}

#[tokio::test]
async fn each_set_of_properties_is_written_once() {
    let stage = Stage::new(1);
    let sightings = Sightings::default();
    let store = FakeStore::new(Mood::Takes);
    let (one, again, two) = (properties("1"), properties("1"), properties("2"));
    for (second, failed, properties) in [(1, false, &one), (3, true, &again), (2, false, &two)] {
        let seen = Seen {
            failed,
            properties: Some(properties),
            ..stage.seen(0, second)
        };
        sightings.add(&seen).unwrap();
    }
    let none = Arc::new(BTreeMap::new());
    let seen = Seen {
        properties: Some(&none),
        ..stage.seen(0, 4)
    };
    sightings.add(&seen).unwrap();
    sightings.flush(&store).await.unwrap();
    let mut written = store.only().properties;
    written.sort_by_key(|seen| seen.seen_at);
    let written: Vec<_> = written
        .iter()
        .map(|seen| (&seen.properties, seen.seen_at, seen.failed))
        .collect();
    assert_eq!(
        written,
        [(&two, stage.at(2), false), (&one, stage.at(3), true)]
    );
    assert_eq!(bytes(&sightings), 0);
}

#[tokio::test]
async fn what_the_store_does_not_take_waits_on_and_counts() {
    let stage = Stage::new(3);
    let sightings = Sightings::default();
    let store = FakeStore::new(Mood::Fails);
    for certificate in 0..2 {
        let rack = properties(&certificate.to_string());
        let seen = Seen {
            properties: Some(&rack),
            ..stage.seen(certificate, 1)
        };
        sightings.add(&seen).unwrap();
    }
    let full = bytes(&sightings);
    for mood in [Mood::Fails, Mood::Hangs, Mood::Fails] {
        store.is_now(mood);
        match mood {
            Mood::Hangs => begin_to_flush(&sightings, &store),
            _ => assert!(sightings.flush(&store).await.is_err()),
        }
        assert_eq!(bytes(&sightings), full);
    }
    // While the store hangs, one of them and a third are seen.
    store.is_now(Mood::Hangs);
    {
        let mut flush = pin!(sightings.flush(&store));
        let mut context = Context::from_waker(Waker::noop());
        assert!(matches!(flush.as_mut().poll(&mut context), Poll::Pending));
        sightings.add(&stage.seen(0, 2)).unwrap();
        sightings.add(&stage.seen(2, 2)).unwrap();
        assert!(bytes(&sightings) > full + weight(&stage.chains[2]));
    }
    assert_eq!(bytes(&sightings), full + weight(&stage.chains[2]));
    store.is_now(Mood::Takes);
    assert_eq!(sightings.flush(&store).await.unwrap(), 3);
    let mut written = store.groups().concat();
    written.sort_by(|one, other| one.x509_subject.cmp(&other.x509_subject));
    let written: Vec<_> = written
        .iter()
        .map(|seen| (seen.seen_at, seen.properties.len()))
        .collect();
    assert_eq!(
        written,
        [(stage.at(2), 1), (stage.at(1), 1), (stage.at(2), 0)]
    );
    assert_eq!(bytes(&sightings), 0);
}

#[tokio::test]
async fn more_than_the_limit_is_refused_and_the_bytes_never_pass_it() {
    let stage = Stage::new(8);
    let each = weight(&stage.chains[0]) + 64;
    let sightings = Sightings::with_limit(4 * each);
    let store = FakeStore::new(Mood::Fails);
    let mut refused = 0;
    for round in 0..50 {
        for certificate in 0..stage.chains.len() {
            let rack = properties(&"r".repeat(certificate));
            let seen = Seen {
                properties: (round % 2 == 0).then_some(&rack),
                ..stage.seen(certificate, round)
            };
            if let Err(refusal) = sightings.add(&seen) {
                assert_eq!(refusal.reason, "subject-queue-full");
                assert_eq!(refusal.kind, Kind::Unavailable);
                refused += 1;
            }
            assert!(bytes(&sightings) <= 4 * each);
        }
        store.is_now([Mood::Fails, Mood::Hangs][usize::from(round % 3 == 0)]);
        if round % 3 == 0 {
            begin_to_flush(&sightings, &store);
        } else {
            assert!(sightings.flush(&store).await.is_err());
        }
        assert!(bytes(&sightings) <= 4 * each);
    }
    assert!(refused > 0);
    store.is_now(Mood::Takes);
    let waiting = sightings.waiting.lock().by_fingerprint.len();
    assert_eq!(sightings.flush(&store).await.unwrap(), waiting);
    assert_eq!(bytes(&sightings), 0);
    // There is room again.
    sightings.add(&stage.seen(7, 60)).unwrap();
}
