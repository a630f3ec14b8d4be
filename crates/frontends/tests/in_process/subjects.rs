//! Who was seen: what CreateSession leaves behind of the certificates that asked, and who may read it.

use anyrole_domain::profiles::Profile;
use anyrole_testkit::SessionCredentials;
use anyrole_testkit::certificates::{CertificateRequest, Issued};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::authorization::put_role_policy;
use super::session_end::credentials;
use super::site::{ACCOUNT, Answer, Bench};

/// A way in, and credentials that may read subjects.
struct Stage {
    bench: Bench,
    anchor: String,
    profile: std::sync::Arc<Profile>,
    leaf: Issued,
    reader: SessionCredentials,
}

impl Stage {
    async fn new() -> Self {
        let bench = Bench::new().await;
        let role = bench.role("app").await;
        let reading = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "rolesanywhere:*Subject*", "Resource": "*"}});
        put_role_policy(&bench, "app", "reading", reading.to_string()).await;
        let (anchor, profile) = (bench.anchor().await, bench.profile(&[&role]).await);
        let leaf = bench.leaf();
        let reader = credentials(&bench.create_session(&leaf, &anchor, &profile).await);
        Self {
            bench,
            anchor,
            profile,
            leaf,
            reader,
        }
    }

    fn members(&self) -> Value {
        json!({
            "trustAnchorArn": self.anchor,
            "profileArn": self.profile.resource.arn,
            "roleArn": self.profile.role_arns[0],
            "durationSeconds": 900,
        })
    }

    async fn ask(&self, leaf: &Issued, change: impl FnOnce(&mut Value)) -> Answer {
        let mut members = self.members();
        change(&mut members);
        self.bench
            .create_session_of(leaf, &leaf.key, &members)
            .await
    }

    async fn get(&self, target: &str) -> Answer {
        let reader = &self.reader;
        self.bench
            .signed(reader, "rolesanywhere", "GET", target, "")
            .await
    }

    async fn json(&self, target: &str) -> Value {
        let answer = self.get(target).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        serde_json::from_str(&answer.body).unwrap()
    }

    /// The only subject.
    async fn subject(&self) -> Value {
        let list = self.json("/subjects").await;
        let subjects = list["subjects"].as_array().unwrap();
        assert_eq!(subjects.len(), 1, "{list}");
        let summary = &subjects[0];
        let id = summary["subjectId"].as_str().unwrap();
        let detail = self.json(&format!("/subject/{id}")).await["subject"].clone();
        for (member, value) in summary.as_object().unwrap() {
            assert_eq!(&detail[member], value, "{member}");
        }
        detail
    }

    fn time(&self) -> String {
        format!("{:.6}", self.bench.root().origin.now)
    }
}

fn pem_body(pem: &str) -> String {
    pem.lines().filter(|line| !line.contains("-----")).collect()
}

#[tokio::test]
async fn a_subject_has_each_certificate_with_what_became_of_its_last_request() {
    let stage = Stage::new().await;
    let first_seen = stage.time();
    let subject = stage.subject().await;
    let id = subject["subjectId"].as_str().unwrap();
    assert_eq!(
        subject["subjectArn"],
        format!("arn:aws:rolesanywhere:us-east-1:{ACCOUNT}:subject/{id}")
    );
    assert_eq!(subject["x509Subject"], "CN=client");
    assert_eq!(subject["enabled"], true);
    assert_eq!(subject["instanceProperties"], json!([]));
    for time in ["createdAt", "updatedAt", "lastSeenAt"] {
        assert_eq!(subject[time], first_seen, "{time}");
    }
    let credential = &subject["credentials"][0];
    assert_eq!(credential["serialNumber"], "1001");
    assert_eq!(
        (&credential["enabled"], &credential["failed"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        pem_body(credential["x509CertificateData"].as_str().unwrap()),
        pem_body(&stage.leaf.certificate_pem().unwrap())
    );

    // Another certificate of the same subject; its request is refused by the profile.
    stage.bench.wait(SignedDuration::from_secs(10));
    let request = CertificateRequest::leaf("client").serial("1001");
    let renewed = stage.bench.ca.issue("renewed", &request).unwrap();
    let refused = stage
        .ask(&renewed, |members| {
            members["roleArn"] = json!("arn:aws:iam::000000000000:role/other");
        })
        .await;
    assert_eq!(refused.reason(), "role-not-in-profile");
    let subject = stage.subject().await;
    assert_eq!(subject["createdAt"], first_seen);
    for time in ["updatedAt", "lastSeenAt"] {
        assert_eq!(subject[time], stage.time(), "{time}");
    }
    let failed = |subject: &Value| {
        let credentials = subject["credentials"].as_array().unwrap().clone();
        let failed = credentials.iter().map(|one| one["failed"].as_bool());
        failed.map(Option::unwrap).collect::<Vec<_>>()
    };
    // The one that was seen last stands first.
    assert_eq!(failed(&subject), [true, false]);
    assert_eq!(subject["credentials"][0]["seenAt"], stage.time());
    stage.bench.wait(SignedDuration::from_secs(10));
    assert_eq!(stage.ask(&renewed, |_| {}).await.status, 201);
    assert_eq!(failed(&stage.subject().await), [false, false]);
}

#[tokio::test]
async fn only_who_proved_a_key_is_noted() {
    let stage = Stage::new().await;
    let stranger = CertificateRequest::leaf("stranger").serial("1001");
    let stranger = stage.bench.ca.issue("stranger", &stranger).unwrap();
    // The certificate of another, who is known to all, with one's own key; and a chain that does not hold.
    let wrong_key = stage
        .bench
        .create_session_of(&stranger, &stage.leaf.key, &stage.members())
        .await;
    assert_eq!(
        (wrong_key.status, wrong_key.text().as_str()),
        (403, "Invalid signature")
    );
    let expired = CertificateRequest::leaf("expired").serial("1001").expired();
    let expired = stage.bench.ca.issue("expired", &expired).unwrap();
    assert_eq!(stage.ask(&expired, |_| {}).await.reason(), "leaf-expired");
    stage.subject().await;
    // With its own key it is noted, though its session's name is refused.
    let refused = stage
        .ask(&stranger, |members| {
            members["roleSessionName"] = json!("chosen");
        })
        .await;
    assert_eq!(refused.reason(), "session-name-not-accepted");
    let list = stage.json("/subjects").await;
    let names: Vec<_> = list["subjects"].as_array().unwrap().iter().collect();
    assert_eq!(names.len(), 2, "{list}");
    assert!(names.iter().any(|one| one["x509Subject"] == "CN=stranger"));
}

#[tokio::test]
async fn instance_properties_are_kept_by_set() {
    let stage = Stage::new().await;
    let sets = [
        json!({"rack": "4", "os": "Debian \u{2713}"}),
        json!({}),
        json!({"os": "Debian \u{2713}", "rack": "4"}),
        json!({"rack": "5"}),
        Value::Null,
    ];
    for set in &sets {
        stage.bench.wait(SignedDuration::from_secs(1));
        let answer = stage
            .ask(&stage.leaf, |members| {
                members["instanceProperties"] = set.clone();
            })
            .await;
        assert_eq!(answer.status, 201, "{set}");
    }
    let seen = stage.subject().await["instanceProperties"].clone();
    let at = |seconds: i64| {
        let now: Timestamp = stage.time().parse().unwrap();
        format!("{:.6}", now - SignedDuration::from_secs(seconds))
    };
    assert_eq!(
        seen,
        json!([
            {"properties": sets[3], "failed": false, "seenAt": at(1)},
            {"properties": sets[0], "failed": false, "seenAt": at(2)},
        ])
    );
    let many = |count: usize| -> Value {
        (0..count)
            .map(|number| (number.to_string(), json!("x")))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let long = |length: usize| "\u{2713}".repeat(length);
    for (set, accepted) in [
        (many(50), true),
        (many(51), false),
        (json!({ long(200): long(200) }), true),
        (json!({ long(201): "x" }), false),
        (json!({ "x": long(201) }), false),
        (json!({ "x": "" }), false),
        (json!({ "": "x" }), false),
        (json!({ "x": 1 }), false),
        (json!(["x"]), false),
    ] {
        let answer = stage
            .ask(&stage.leaf, |members| {
                members["instanceProperties"] = set.clone();
            })
            .await;
        let outcome = (answer.status, answer.code());
        match accepted {
            true => assert_eq!(outcome.0, 201, "{set}"),
            false => assert_eq!(outcome, (400, "ValidationException".to_owned()), "{set}"),
        }
    }
}

#[tokio::test]
async fn subjects_are_listed_in_pages_and_read_by_who_may() {
    let stage = Stage::new().await;
    for number in 0..4 {
        let name = format!("host-{number}");
        let request = CertificateRequest::leaf(&name).serial("1001");
        let leaf = stage.bench.ca.issue(&name, &request).unwrap();
        assert_eq!(stage.ask(&leaf, |_| {}).await.status, 201);
    }
    let mut ids = Vec::new();
    let mut target = "/subjects?pageSize=2".to_owned();
    let mut sizes = Vec::new();
    loop {
        let page = stage.json(&target).await;
        let subjects = page["subjects"].as_array().unwrap();
        sizes.push(subjects.len());
        ids.extend(subjects.iter().map(|one| one["subjectId"].to_string()));
        match page["nextToken"].as_str() {
            Some(token) => target = format!("/subjects?nextToken={token}&pageSize=2"),
            None => break,
        }
    }
    assert_eq!(sizes, [2, 2, 1]);
    assert!(ids.is_sorted(), "{ids:?}");
    let unknown = stage
        .get("/subject/6f1cd1f4-6d1d-4b5c-8f4b-7f3f5e1a0c11")
        .await;
    assert_eq!(
        (unknown.status, unknown.code().as_str()),
        (404, "ResourceNotFoundException")
    );
    assert_eq!(unknown.record["event"], "rolesanywhere:GetSubject");
    assert_eq!(stage.get("/subject/nonsense").await.status, 400);
    let deny = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Deny", "Action": "rolesanywhere:GetSubject",
        "Resource": format!("arn:aws:rolesanywhere:us-east-1:{ACCOUNT}:subject/*")}});
    put_role_policy(&stage.bench, "app", "deny", deny.to_string()).await;
    let id: String = serde_json::from_str(&ids[0]).unwrap();
    let denied = stage.get(&format!("/subject/{id}")).await;
    assert_eq!(
        (denied.status, denied.code().as_str(), denied.reason()),
        (403, "AccessDeniedException", "explicit-deny")
    );
    assert_eq!(stage.get("/subjects").await.status, 200);
}
