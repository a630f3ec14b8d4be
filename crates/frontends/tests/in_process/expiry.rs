//! Notification settings through the door, and what a round says of certificates that expire.

use std::sync::Arc;

use anyrole_domain::ResourceId;
use anyrole_domain::notifications::{
    ExpiryEvent, GivenSetting, expiry_round, put_notification_settings,
};
use anyrole_domain::profiles::Profile;
use anyrole_domain::trust_anchors::{AnchorSource, CreateTrustAnchor, create_trust_anchor};
use anyrole_testkit::SessionCredentials;
use anyrole_testkit::certificates::{Authority, CertificateRequest, Validity};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::authorization::put_role_policy;
use super::session_end::credentials;
use super::site::{ACCOUNT, Answer, Bench};

const DAY: i64 = 24;

struct Stage {
    bench: Bench,
    anchor: String,
    profile: Arc<Profile>,
    keeper: SessionCredentials,
}

impl Stage {
    /// The bench's own authority, of which nothing is to be heard, and a caller who may set what is said.
    async fn new() -> Self {
        let bench = Bench::new().await;
        let role = bench.role("keeper").await;
        let all = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "rolesanywhere:*", "Resource": "*"}});
        put_role_policy(&bench, "keeper", "all", all.to_string()).await;
        let (anchor, profile) = (bench.anchor().await, bench.profile(&[&role]).await);
        let leaf = bench.leaf();
        let keeper = credentials(&bench.create_session(&leaf, &anchor, &profile).await);
        let stage = Self {
            bench,
            anchor,
            profile,
            keeper,
        };
        for event in ["CA_CERTIFICATE_EXPIRY", "END_ENTITY_CERTIFICATE_EXPIRY"] {
            stage.set(&stage.anchor, event, false, None).await;
        }
        stage
    }

    async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.bench
            .signed(
                &self.keeper,
                "rolesanywhere",
                "PATCH",
                path,
                &body.to_string(),
            )
            .await
    }

    async fn put(&self, anchor: &str, settings: Value) -> Answer {
        let id = anchor.rsplit_once('/').unwrap().1;
        let body = json!({"trustAnchorId": id, "notificationSettings": settings});
        self.patch("/put-notifications-settings", &body).await
    }

    async fn reset(&self, anchor: &str, keys: Value) -> Answer {
        let id = anchor.rsplit_once('/').unwrap().1;
        let body = json!({"trustAnchorId": id, "notificationSettingKeys": keys});
        self.patch("/reset-notifications-settings", &body).await
    }

    /// As root, whatever the time.
    async fn set(&self, anchor: &str, event: &str, enabled: bool, threshold: Option<u16>) {
        let setting = GivenSetting {
            enabled,
            event: event.to_owned(),
            threshold,
            channel: None,
        };
        let (site, root) = (&self.bench.site, self.bench.root());
        put_notification_settings(site, &root, &ResourceId::new(anchor), vec![setting])
            .await
            .unwrap();
    }

    /// An anchor of an authority whose certificate is valid for so many hours more.
    async fn expiring_anchor(&self, names: &[(&str, i64)]) -> (Authority, String) {
        let folder = self.bench.folder().join(names[0].0);
        let mut pem = String::new();
        let mut authority = None;
        for (name, hours) in names {
            let request = CertificateRequest::authority(name)
                .validity(Validity::hours(-1, *hours))
                .serial("936eacbe07f201df");
            let made = Authority::root_from(&folder, name, &request).unwrap();
            pem += &made.own().certificate_pem().unwrap();
            authority = authority.or(Some(made));
        }
        let input = CreateTrustAnchor {
            name: names[0].0.to_owned(),
            source: AnchorSource::CertificateBundle(pem),
            enabled: Some(true),
            notification_settings: Vec::new(),
            crl_dp_revocation_enabled: None,
            alias: None,
            tags: Vec::new(),
        };
        let anchor = create_trust_anchor(&self.bench.site, &self.bench.root(), input).await;
        (authority.unwrap(), anchor.unwrap().resource.arn.clone())
    }

    async fn round(&self) -> Vec<ExpiryEvent> {
        let mut said = Vec::new();
        let round = expiry_round(&self.bench.site, self.bench.now(), |event| said.push(event))
            .await
            .unwrap();
        assert_eq!((round.said, round.cut_short), (said.len(), false));
        said
    }
}

fn settings(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    let json: Value = serde_json::from_str(&answer.body).unwrap();
    json["trustAnchor"]["notificationSettings"].clone()
}

fn setting(event: &str, enabled: bool, threshold: u16, configured_by: &str) -> Value {
    json!({"event": event, "enabled": enabled, "threshold": threshold, "channel": "ALL",
        "configuredBy": configured_by})
}

#[tokio::test]
async fn settings_are_put_and_reset_by_event() {
    let stage = Stage::new().await;
    let (ca, end) = ("CA_CERTIFICATE_EXPIRY", "END_ENTITY_CERTIFICATE_EXPIRY");
    let service = "rolesanywhere.amazonaws.com";
    let anchor = &stage.anchor;
    let reset = stage
        .reset(
            anchor,
            json!([{"event": ca}, {"event": end, "channel": "ALL"}]),
        )
        .await;
    assert_eq!(
        settings(&reset),
        json!([
            setting(ca, true, 45, service),
            setting(end, true, 45, service)
        ])
    );
    let put = stage
        .put(
            anchor,
            json!([{"event": end, "enabled": true, "threshold": 360, "channel": "ALL"}]),
        )
        .await;
    assert_eq!(
        settings(&put),
        json!([
            setting(ca, true, 45, service),
            setting(end, true, 360, ACCOUNT)
        ])
    );
    // One that is off needs no threshold, and keeps the one that it had.
    let put = stage
        .put(anchor, json!([{"event": end, "enabled": false}]))
        .await;
    assert_eq!(settings(&put)[1], setting(end, false, 360, ACCOUNT));
    assert_eq!(
        settings(&stage.put(anchor, json!([])).await),
        settings(&put)
    );
    let reset = stage.reset(anchor, json!([{"event": end}])).await;
    assert_eq!(settings(&reset)[1], setting(end, true, 45, service));
    for refused in [
        json!([{"event": end, "enabled": true}]),
        json!([{"event": end, "enabled": true, "threshold": 361}]),
        json!([{"event": end, "enabled": true, "threshold": 0}]),
        json!([{"event": "OTHER", "enabled": true, "threshold": 5}]),
        json!([{"event": end, "enabled": true, "threshold": 5, "channel": "EVENTBRIDGE"}]),
        json!([{"event": end, "enabled": false}, {"event": end, "enabled": true, "threshold": 5}]),
        json!([{"event": end}]),
    ] {
        let answer = stage.put(anchor, refused.clone()).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "ValidationException"),
            "{refused}"
        );
    }
    assert_eq!(
        settings(&stage.put(anchor, json!([])).await),
        settings(&reset)
    );
    // The UUID alone names an anchor here.
    let body = json!({"trustAnchorId": anchor, "notificationSettings": []});
    assert_eq!(
        stage
            .patch("/put-notifications-settings", &body)
            .await
            .status,
        400
    );
    let unknown = stage
        .put("x/6f1cd1f4-6d1d-4b5c-8f4b-7f3f5e1a0c11", json!([]))
        .await;
    assert_eq!(
        (unknown.status, unknown.code().as_str()),
        (404, "ResourceNotFoundException")
    );
}

#[tokio::test]
async fn a_ca_is_warned_of_until_two_weeks_after_its_end() {
    let stage = Stage::new().await;
    // Of several certificates the one that expires first counts.
    let names = [("Later", 300 * DAY), ("Sooner", 50 * DAY)];
    let (_, arn) = stage.expiring_anchor(&names).await;
    let mut heard = Vec::new();
    for _day in 0..70 {
        for event in stage.round().await {
            assert_eq!(event.resources, [arn.as_str()]);
            heard.push(event.detail.days_to_expiry);
        }
        // Not twice on one day.
        assert_eq!(stage.round().await, []);
        stage.bench.wait(SignedDuration::from_hours(24));
    }
    let expected: Vec<i64> = (-14..=45).rev().collect();
    assert_eq!(heard, expected);
}

#[tokio::test]
async fn an_event_has_eventbridges_shape_and_is_in_the_trail() {
    let stage = Stage::new().await;
    let (_, arn) = stage.expiring_anchor(&[("Soon CA", 3 * DAY)]).await;
    let said = stage.round().await;
    let event = serde_json::to_value(&said).unwrap()[0].clone();
    let days = event["detail"]["days-to-expiry"].as_i64().unwrap();
    // Three times 24 hours end on the third day from now.
    assert_eq!(days, 3);
    let id = event["id"].as_str().unwrap().to_owned();
    assert_eq!(
        event,
        json!({
            "version": "0",
            "id": id,
            "detail-type": "Roles Anywhere Certificate Expiration State Change",
            "source": "aws.rolesanywhere",
            "account": ACCOUNT,
            "time": stage.bench.now().to_string(),
            "region": "us-east-1",
            "resources": [arn],
            "detail": {
                "certificate-serial-number": "00936EACBE07F201DF",
                "days-to-expiry": 3,
                "issuer": "CN=Soon CA",
            },
        })
    );
    let record = stage.bench.record(&id);
    assert_eq!(
        record["event"],
        "rolesanywhere:CertificateExpirationStateChange"
    );
    assert_eq!(record["outcome"], "notified");
    assert_eq!(record["resource"], arn);
    assert_eq!(record["notification"], event);
}

#[tokio::test]
async fn a_certificate_is_warned_of_while_it_is_used_and_valid() {
    let stage = Stage::new().await;
    let (authority, anchor) = stage.expiring_anchor(&[("CA", 300 * DAY)]).await;
    let request = CertificateRequest::leaf("client")
        .serial("1001")
        .validity(Validity::hours(-1, 10 * DAY));
    let leaf = authority.issue("leaf", &request).unwrap();
    assert_eq!(stage.round().await, []);
    let use_it = async || {
        let answer = stage
            .bench
            .create_session(&leaf, &anchor, &stage.profile)
            .await;
        answer.status
    };
    assert_eq!(use_it().await, 201);
    let said = stage.round().await;
    assert_eq!(said.len(), 1);
    let detail = serde_json::to_value(&said[0].detail).unwrap();
    assert_eq!(
        detail,
        json!({"certificate-serial-number": "1001", "days-to-expiry": 10, "issuer": "CN=CA"})
    );
    assert_eq!(said[0].resources, [""; 0]);
    assert_eq!(stage.round().await, []);
    // It was used within the last day, then no more, then again.
    stage.bench.wait(SignedDuration::from_hours(24));
    assert_eq!(stage.round().await.len(), 1);
    stage.bench.wait(SignedDuration::from_hours(24));
    assert_eq!(stage.round().await, []);
    assert_eq!(use_it().await, 201);
    assert_eq!(stage.round().await[0].detail.days_to_expiry, 8);
    // A threshold that is not reached, that is, and a setting that is off; each on a day of its own.
    for (enabled, threshold, heard) in [
        (true, Some(6), [].as_slice()),
        (true, Some(6), &[6]),
        (false, None, &[]),
        (true, Some(7), &[4]),
    ] {
        let event = "END_ENTITY_CERTIFICATE_EXPIRY";
        stage.set(&anchor, event, enabled, threshold).await;
        stage.bench.wait(SignedDuration::from_hours(12));
        assert_eq!(use_it().await, 201);
        stage.bench.wait(SignedDuration::from_hours(12));
        let said = stage.round().await;
        let days: Vec<i64> = said.iter().map(|one| one.detail.days_to_expiry).collect();
        assert_eq!(days, heard, "{enabled} {threshold:?}");
    }
    // On its last day, and not after it.
    let end = said[0].time + SignedDuration::from_hours(10 * DAY);
    let left = end.duration_since(stage.bench.now());
    stage.bench.wait(left - SignedDuration::from_secs(1));
    assert_eq!(use_it().await, 201);
    assert_eq!(stage.round().await[0].detail.days_to_expiry, 0);
    stage.bench.wait(SignedDuration::from_hours(24));
    assert_eq!(stage.round().await, []);
}
