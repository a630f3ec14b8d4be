//! Attribute mappings through the door: what is put, deleted and shown, and what the tags decide: trust policies, role and
//! session policies, and objects of S3.

use std::sync::Arc;

use anyrole_domain::attribute_mappings::Unmappable;
use anyrole_domain::profiles::{CreateProfile, Profile, create_profile};
use anyrole_domain::roles::{CreateRole, create_role};
use anyrole_testkit::SessionCredentials;
use anyrole_testkit::certificates::{CertificateRequest, Issued};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::authorization::put_role_policy;
use super::session_end::credentials;
use super::site::{Answer, Bench};

fn statement(effect: &str, action: Value, resource: &str, condition: Value) -> Value {
    json!({"Effect": effect, "Action": action, "Resource": resource, "Condition": condition})
}

fn document(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// A caller that may do everything with profiles, and a profile to do it to.
struct Stage {
    bench: Bench,
    anchor: String,
    profile: Arc<Profile>,
    keeper: SessionCredentials,
}

impl Stage {
    async fn new(bench: Bench) -> Self {
        let role = bench.role("keeper").await;
        let all = statement("Allow", json!("rolesanywhere:*"), "*", json!({}));
        put_role_policy(&bench, "keeper", "all", document(all)).await;
        let (anchor, profile) = (bench.anchor().await, bench.profile(&[&role]).await);
        let leaf = bench.leaf();
        let keeper = credentials(&bench.create_session(&leaf, &anchor, &profile).await);
        Self {
            bench,
            anchor,
            profile,
            keeper,
        }
    }

    async fn ask(&self, method: &str, target: &str, body: &Value) -> Answer {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.bench
            .signed(&self.keeper, "rolesanywhere", method, target, &body)
            .await
    }

    async fn put(&self, profile: &Profile, field: &str, specifiers: &[&str]) -> Answer {
        let rules: Vec<Value> = specifiers
            .iter()
            .map(|specifier| json!({"specifier": specifier}))
            .collect();
        let body = json!({"certificateField": field, "mappingRules": rules});
        let target = format!("/profiles/{}/mappings", profile.resource.id);
        self.ask("PUT", &target, &body).await
    }

    async fn delete(&self, profile: &Profile, query: &str) -> Answer {
        let target = format!("/profiles/{}/mappings?{query}", profile.resource.id);
        self.ask("DELETE", &target, &Value::Null).await
    }
}

/// `x509SAN: DNS URI` and so on, as an answer shows it.
fn shown(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let json: Value = serde_json::from_str(&answer.body).unwrap();
    let mappings = json["profile"]["attributeMappings"].as_array().unwrap();
    mappings
        .iter()
        .map(|mapping| {
            let rules = mapping["mappingRules"].as_array().unwrap();
            let rules = rules.iter().map(|rule| rule["specifier"].as_str().unwrap());
            let field = mapping["certificateField"].as_str().unwrap();
            format!("{field}: {}", rules.collect::<Vec<_>>().join(" "))
        })
        .collect()
}

#[tokio::test]
async fn rules_are_put_and_deleted_by_field() {
    let stage = Stage::new(Bench::new().await).await;
    let profile = &stage.profile;
    let target = format!("/profile/{}", profile.resource.id);
    let (issuer, san, subject) = ("x509Issuer: *", "x509SAN: DNS URI Name/*", "x509Subject: *");
    let read = stage.ask("GET", &target, &Value::Null).await;
    assert_eq!(shown(&read), [issuer, san, subject]);
    let put = stage.put(profile, "x509Subject", &["CN", "OU", "CN"]).await;
    assert_eq!(shown(&put), [issuer, san, "x509Subject: CN OU"]);
    let put = stage
        .put(profile, "x509SAN", &["Name", "Name/", "URI", "Name/O"])
        .await;
    assert_eq!(
        shown(&put),
        [issuer, "x509SAN: Name/* URI Name/O", "x509Subject: CN OU"]
    );
    let gone = stage.delete(profile, "certificateField=x509Issuer").await;
    assert_eq!(
        shown(&gone),
        ["x509SAN: Name/* URI Name/O", "x509Subject: CN OU"]
    );
    // Again, and what never was.
    let gone = stage
        .delete(profile, "certificateField=x509Issuer&specifiers=CN")
        .await;
    assert_eq!(shown(&gone).len(), 2);
    let some = "certificateField=x509SAN&specifiers=Name%2F&specifiers=Name%2FO&specifiers=DNS";
    let gone = stage.delete(profile, some).await;
    assert_eq!(shown(&gone), ["x509SAN: URI", "x509Subject: CN OU"]);
    let put = stage.put(profile, "x509Issuer", &["2.5.4.10"]).await;
    assert_eq!(
        shown(&put),
        ["x509Issuer: 2.5.4.10", "x509SAN: URI", "x509Subject: CN OU"]
    );
    let empty = stage.put(profile, "x509Subject", &[]).await;
    assert_eq!(shown(&empty), ["x509Issuer: 2.5.4.10", "x509SAN: URI"]);
    let read = stage.ask("GET", &target, &Value::Null).await;
    assert_eq!(shown(&read), shown(&empty));
}

#[tokio::test]
async fn what_can_never_map_is_refused() {
    let stage = Stage::new(Bench::new().await).await;
    let profile = &stage.profile;
    let long = format!("1.2.{}", "3".repeat(57));
    let longest = format!("1.2.{}", "3".repeat(56));
    for (field, specifier, accepted) in [
        ("x509Subject", "emailAddress", true),
        ("x509Subject", "2.999.1", true),
        ("x509Subject", &longest, true),
        ("x509Subject", &long, false),
        ("x509Subject", "cn", false),
        ("x509Subject", "", false),
        ("x509Subject", "DNS", false),
        ("x509Subject", "CN ", false),
        ("x509Subject", "1.40", false),
        ("x509Subject", "3.1", false),
        ("x509Subject", "2.5.04", false),
        ("x509Subject", "2.5.", false),
        ("x509Subject", "2", false),
        ("x509SAN", "Name/2.5.4.3", true),
        ("x509SAN", "*", false),
        ("x509SAN", "CN", false),
        ("x509SAN", "Name/x", false),
        ("x509SAN", "IP", false),
        ("x509Serial", "*", false),
    ] {
        let answer = stage.put(profile, field, &[specifier]).await;
        let expected = if accepted { 200 } else { 400 };
        assert_eq!(answer.status, expected, "{field} {specifier}: {answer:?}");
        if !accepted {
            assert_eq!(answer.code(), "ValidationException");
        }
    }
    let many: Vec<String> = (0..51).map(|number| format!("1.2.{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(stage.put(profile, "x509Issuer", &many).await.status, 400);
    assert_eq!(
        stage.put(profile, "x509Issuer", &many[1..]).await.status,
        200
    );
    let unknown = "/profiles/6f1cd1f4-6d1d-4b5c-8f4b-7f3f5e1a0c11/mappings";
    let unknown = format!("{unknown}?certificateField=x509SAN");
    let answer = stage.ask("DELETE", &unknown, &Value::Null).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (404, "ResourceNotFoundException")
    );
    for action in ["PutAttributeMapping", "DeleteAttributeMapping"] {
        let deny = json!(format!("rolesanywhere:{action}"));
        let arn = &profile.resource.arn;
        let deny = document(statement("Deny", deny, arn, json!({})));
        put_role_policy(&stage.bench, "keeper", action, deny).await;
    }
    for answer in [
        stage.put(profile, "x509SAN", &["DNS"]).await,
        stage.delete(profile, "certificateField=x509SAN").await,
    ] {
        assert_eq!(
            (answer.status, answer.reason()),
            (403, "explicit-deny"),
            "{answer:?}"
        );
    }
}

/// A role, with its profile, that a certificate's tags open.
async fn tagged(stage: &Stage) -> Arc<Profile> {
    let bench = &stage.bench;
    let trust = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "rolesanywhere.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        "Condition": {"StringEquals": {
            "aws:PrincipalTag/x509Subject/OU": "ops/web",
            "aws:RequestTag/x509Issuer/CN": "${aws:PrincipalTag/x509Issuer/CN}",
        }},
    }});
    let input = CreateRole {
        name: "tagged".to_owned(),
        assume_role_policy: trust.to_string(),
        ..CreateRole::default()
    };
    let role = create_role(&bench.site, &bench.root(), input)
        .await
        .unwrap();
    let own = "arn:aws:s3:::team/${aws:PrincipalTag/x509Subject/O}/*";
    let own = statement("Allow", json!("s3:*"), own, json!({}));
    put_role_policy(bench, "tagged", "own", document(own)).await;
    let named = json!({"StringLike": {"aws:PrincipalTag/x509SAN/DNS": "*.example.net"}});
    let input = CreateProfile {
        name: "tagged".to_owned(),
        role_arns: vec![role.row.arn.clone()],
        session_policy: Some(document(statement("Allow", json!("s3:*"), "*", named))),
        enabled: Some(true),
        ..CreateProfile::default()
    };
    create_profile(&bench.site, &bench.root(), input)
        .await
        .unwrap()
}

fn tagged_leaf(bench: &Bench) -> Issued {
    let request = CertificateRequest::leaf("client")
        .subject("/O=Example/OU=ops/OU=web/CN=client")
        .extension("subjectAltName", "DNS:one.example.net,DNS:two.example.org")
        .serial("1001");
    bench.ca.issue("tagged", &request).unwrap()
}

/// Reads an object of a bucket that is not there: 404 is who may, 403 who may not.
async fn statuses(bench: &Bench, session: &SessionCredentials) -> [u16; 2] {
    let mine = bench
        .signed(session, "s3", "GET", "/team/Example/key", "")
        .await;
    let other = bench
        .signed(session, "s3", "GET", "/team/Other/key", "")
        .await;
    [mine.status, other.status]
}

#[tokio::test]
async fn tags_decide_in_trust_role_and_session_policies_and_at_s3() {
    let stage = Stage::new(Bench::new().await).await;
    let (bench, anchor) = (&stage.bench, &stage.anchor);
    let profile = tagged(&stage).await;
    let leaf = tagged_leaf(bench);
    let session = credentials(&bench.create_session(&leaf, anchor, &profile).await);
    assert_eq!(statuses(bench, &session).await, [404, 403]);

    // The trust policy's tag is gone: no session. One that is issued keeps its tags.
    assert_eq!(stage.put(&profile, "x509Subject", &["O"]).await.status, 200);
    let refused = bench.create_session(&leaf, anchor, &profile).await;
    assert_eq!(
        (refused.status, refused.reason()),
        (403, "trust-policy-does-not-allow")
    );
    assert_eq!(statuses(bench, &session).await, [404, 403]);

    // The role policy's variable has no value: the resource matches nothing.
    stage.put(&profile, "x509Subject", &["OU"]).await;
    let session = credentials(&bench.create_session(&leaf, anchor, &profile).await);
    assert_eq!(statuses(bench, &session).await, [403, 403]);

    // The session policy's condition is not met.
    stage.put(&profile, "x509Subject", &["*"]).await;
    stage
        .delete(&profile, "certificateField=x509SAN&specifiers=DNS")
        .await;
    let session = credentials(&bench.create_session(&leaf, anchor, &profile).await);
    assert_eq!(statuses(bench, &session).await, [403, 403]);
    stage.put(&profile, "x509SAN", &["DNS"]).await;
    let session = credentials(&bench.create_session(&leaf, anchor, &profile).await);
    assert_eq!(statuses(bench, &session).await, [404, 403]);
}

#[tokio::test]
async fn what_tags_cannot_hold_is_refused_or_dropped_as_is_set() {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    for rule in [Unmappable::Refuse, Unmappable::Drop] {
        let bench = Bench::with(now, |site| site.with_unmappable(rule)).await;
        let stage = Stage::new(bench).await;
        let request = CertificateRequest::leaf("client")
            .subject("/O=A&B/OU=(x)/CN=client")
            .extension("subjectAltName", "DNS:*.example.net")
            .serial("1001");
        let leaf = stage.bench.ca.issue("odd", &request).unwrap();
        let answer = stage
            .bench
            .create_session(&leaf, &stage.anchor, &stage.profile)
            .await;
        if rule == Unmappable::Drop {
            let session = credentials(&answer);
            let read = "/profiles";
            let who = stage
                .bench
                .signed(&session, "rolesanywhere", "GET", read, "");
            assert_eq!(who.await.status, 200);
            continue;
        }
        let role = &stage.profile.role_arns[0];
        assert_eq!(
            (answer.status, answer.text()),
            (
                403,
                format!(
                    "Unable to assume role for {role}. Some attributes failed to be mapped into session tags. \
                     Issuer: [  ]; Subject: [ O, OU ]; SAN: [ DNS ]"
                )
            )
        );
        // The way out that AWS's users take.
        for field in ["x509Subject", "x509SAN"] {
            let query = format!("certificateField={field}");
            stage.delete(&stage.profile, &query).await;
        }
        let answer = stage
            .bench
            .create_session(&leaf, &stage.anchor, &stage.profile)
            .await;
        assert_eq!(answer.status, 201);
    }
}
