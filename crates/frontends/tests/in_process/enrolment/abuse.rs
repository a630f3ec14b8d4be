//! What is done with join tokens that they are not for: each refused, each in the trail.

use anyrole_domain::certificate_authorities::AuthorityStatus;
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Machine, Stage, certificate, refused};

const EVENT: &str = "anyrole:Enroll";

#[tokio::test]
async fn a_token_is_used_as_often_as_it_says() {
    let stage = Stage::new().await;
    let token = stage.token("CN=web", &[], 1).await;
    let now = stage.bench.now();
    let (one, two) = (Machine::new(), Machine::new());
    let body = one.wish(&token, None, &[], now);
    let first = certificate(&stage.enroll(&body).await);
    // Replayed, and signed before what was taken.
    refused(&stage.enroll(&body).await, EVENT, "enrolment-replayed");
    let older = one.wish(&token, None, &[], now - SignedDuration::from_secs(1));
    refused(&stage.enroll(&older).await, EVENT, "enrolment-replayed");
    // Used twice.
    let second = two.wish(&token, None, &[], now);
    refused(&stage.enroll(&second).await, EVENT, "join-token-used-up");
    // A lost answer is no second use: the same certificate.
    let again = one.wish(&token, None, &[], now + SignedDuration::from_secs(1));
    let answer = stage.enroll(&again).await;
    assert_eq!(certificate(&answer), first);
    assert_eq!(answer.record["outcome"], "granted");
}

#[tokio::test]
async fn sixteen_at_once_get_one_certificate() {
    let stage = Stage::new().await;
    let token = stage.token("CN=web", &[], 1).await;
    let now = stage.bench.now();
    let bodies: Vec<String> = (0..16)
        .map(|_| Machine::new().wish(&token, None, &[], now))
        .collect();
    let answers = join_all(bodies.iter().map(|body| stage.enroll(body))).await;
    let issued = answers.iter().filter(|answer| answer.status == 201);
    assert_eq!(issued.count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        refused(answer, EVENT, "join-token-used-up");
    }
    // One key sixteen times: one certificate, whoever of them is told.
    let token = stage.token("CN=web", &[], 16).await;
    let machine = Machine::new();
    let bodies: Vec<String> = (0..16)
        .map(|number| machine.wish(&token, None, &[], now + SignedDuration::from_millis(number)))
        .collect();
    let answers = join_all(bodies.iter().map(|body| stage.enroll(body))).await;
    let mut issued: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .map(|answer| certificate(answer).der().to_vec())
        .collect();
    issued.dedup();
    assert_eq!(issued.len(), 1);
    let list = stage.operator("GET", "/-/join-tokens", &Value::Null).await;
    let list: Value = serde_json::from_str(&list.body).unwrap();
    let used: Vec<_> = list["tokens"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["used"])
        .collect();
    assert_eq!(used, [&json!(1), &json!(1)]);
}

#[tokio::test]
async fn a_token_opens_nothing_for_others() {
    let stage = Stage::new().await;
    let token = stage.token("CN=web-*,OU=ops", &["*.example.org"], 1).await;
    let now = stage.bench.now();
    let (machine, thief) = (Machine::new(), Machine::new());
    let subject = Some("CN=web-7");
    let sound = machine.wish(&token, subject, &[], now);
    let changed = |member: &str, value: Value| {
        let mut wish: Value = serde_json::from_str(&sound).unwrap();
        wish[member] = value;
        wish.to_string()
    };
    let other = stage.token("CN=web-*,OU=ops", &[], 1).await;
    let parts: Vec<&str> = token.split('.').collect();
    let strange = [parts[0], parts[1], &"0".repeat(64), parts[3]].join(".");
    let unknown = [parts[0], &"0".repeat(16), parts[2], parts[3]].join(".");
    let late = now - SignedDuration::from_mins(6);
    let early = now + SignedDuration::from_mins(6);
    let rows = [
        // For another name.
        (
            machine.wish(&token, Some("CN=root"), &[], now),
            "name-not-allowed",
        ),
        (
            machine.wish(&token, Some("CN=web-7,OU=admins"), &[], now),
            "name-not-allowed",
        ),
        (
            machine.wish(&token, subject, &["evil.org"], now),
            "name-not-allowed",
        ),
        (machine.wish(&token, None, &[], now), "name-not-chosen"),
        // A stolen signing request: with the thief's own token, with its own proof, for another name.
        (changed("token", json!(other)), "proof-invalid"),
        (changed("csr", json!(thief.csr)), "proof-invalid"),
        (changed("subject", json!("CN=web-8")), "proof-invalid"),
        (changed("names", json!(["a.example.org"])), "proof-invalid"),
        (
            changed("signed_at", json!(now + SignedDuration::from_secs(1))),
            "proof-invalid",
        ),
        (changed("proof", json!("AAAA")), "proof-invalid"),
        // Another secret, another id.
        (
            machine.wish(&strange, subject, &[], now),
            "join-token-invalid",
        ),
        (
            machine.wish(&unknown, subject, &[], now),
            "join-token-invalid",
        ),
        // A clock that is wrong.
        (
            machine.wish(&token, subject, &[], late),
            "proof-out-of-time",
        ),
        (
            machine.wish(&token, subject, &[], early),
            "proof-out-of-time",
        ),
        // What can't be read.
        (changed("csr", json!("nothing")), "malformed-csr"),
        (changed("token", json!("nothing")), "malformed-join-token"),
        (changed("proof", json!("?")), "validation"),
        (changed("unheard_of", json!(1)), "validation"),
        (String::new(), "validation"),
    ];
    for (body, reason) in &rows {
        refused(&stage.enroll(body).await, EVENT, reason);
    }
    // Nothing of it was a use.
    certificate(&stage.enroll(&sound).await);
}

#[tokio::test]
async fn a_token_ends() {
    let stage = Stage::new().await;
    let token = stage.token("CN=web", &[], 1).await;
    stage.bench.wait(SignedDuration::from_secs(3600));
    let body = Machine::new().wish(&token, None, &[], stage.bench.now());
    let answer = stage.enroll(&body).await;
    refused(&answer, EVENT, "join-token-expired");
    assert!(answer.text().contains("anyrole join-token create"));
}

#[tokio::test]
async fn a_use_that_nothing_came_of_is_given_back() {
    let stage = Stage::new().await;
    let token = stage.token("CN=web", &[], 1).await;
    stage.put_authority(AuthorityStatus::Disabled).await;
    let machine = Machine::new();
    let body = machine.wish(&token, None, &[], stage.bench.now());
    refused(&stage.enroll(&body).await, EVENT, "authority-not-active");
    stage.put_authority(AuthorityStatus::Active).await;
    // Another machine: the first one has used nothing.
    let body = Machine::new().wish(&token, None, &[], stage.bench.now());
    certificate(&stage.enroll(&body).await);
}

/// Without a record there is no answer.
#[tokio::test]
async fn nothing_is_given_that_is_not_recorded() {
    let stage = Stage::new().await;
    let token = stage.token("CN=web", &[], 1).await;
    let body = Machine::new().wish(&token, None, &[], stage.bench.now());
    stage.bench.break_trail();
    assert_eq!(stage.enroll(&body).await.status, 503);
}
