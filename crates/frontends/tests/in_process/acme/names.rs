//! Names: which may be asked for, and how they are proved.

use jiff::SignedDuration;
use serde_json::json;

use super::stage::{Stage, identifier, url};
use super::{is_refused, leaf};

#[tokio::test]
async fn only_names_that_are_allowed_are_ordered() {
    let stage = Stage::new().await;
    let client = stage.account().await;
    for (name, expected) in [
        (
            "corp.example",
            (403, "rejectedIdentifier", "acme-name-not-allowed"),
        ),
        (
            "web.corp.example.evil",
            (403, "rejectedIdentifier", "acme-name-not-allowed"),
        ),
        (
            "*.example",
            (403, "rejectedIdentifier", "acme-name-not-allowed"),
        ),
        (
            "11.0.0.1",
            (403, "rejectedIdentifier", "acme-name-not-allowed"),
        ),
        ("::1", (403, "rejectedIdentifier", "acme-name-not-allowed")),
        ("a..corp.example", (400, "malformed", "acme-malformed")),
        ("corp_example", (400, "malformed", "acme-malformed")),
    ] {
        let answer = client.order(&["web.corp.example", name]).await;
        is_refused(&answer, name, expected);
        if expected.1 == "rejectedIdentifier" {
            assert_eq!(answer.json()["subproblems"][0]["identifier"]["value"], name);
        }
    }
    let other = json!({"identifiers": [{"type": "email", "value": "a@corp.example"}]});
    let answer = client.post(&url("new-order"), &other).await;
    is_refused(
        &answer,
        "email",
        (400, "unsupportedIdentifier", "acme-identifier-type"),
    );
    for payload in [json!({}), json!({"identifiers": []}), json!([])] {
        let answer = client.post(&url("new-order"), &payload).await;
        is_refused(&answer, "no names", (400, "malformed", "acme-malformed"));
    }
    let far = stage.bench.now() + SignedDuration::from_hours(48);
    let past = stage.bench.now() - SignedDuration::from_hours(1);
    for dates in [
        json!({"notAfter": far}),
        json!({"notBefore": past}),
        json!({"notAfter": past}),
        json!({"notBefore": far}),
    ] {
        let mut payload = json!({"identifiers": [identifier("web.corp.example")]});
        for (name, at) in dates.as_object().unwrap() {
            payload[name] = at.clone();
        }
        let answer = client.post(&url("new-order"), &payload).await;
        is_refused(
            &answer,
            &dates.to_string(),
            (400, "malformed", "acme-malformed"),
        );
    }
    // A shorter life than the policy's is given.
    let soon = stage.bench.now() + SignedDuration::from_hours(2);
    let payload = json!({"identifiers": [identifier("w.corp.example")], "notAfter": soon});
    let made = client.post(&url("new-order"), &payload).await.json();
    client
        .prove(made["authorizations"][0].as_str().unwrap(), "dns-01")
        .await;
    let request = stage.request("/", "DNS:w.corp.example");
    let done = client.finalize(&made, &request).await.json();
    let pem = client
        .read(done["certificate"].as_str().unwrap())
        .await
        .body;
    assert_eq!(leaf(&pem).summary().not_after, soon);
}

#[tokio::test]
async fn names_are_proved_by_what_their_servers_answer() {
    let stage = Stage::new().await;
    let client = stage.account().await;
    let offered = async |name: &str| {
        let made = client.order(&[name]).await.json();
        let shown = client
            .read(made["authorizations"][0].as_str().unwrap())
            .await
            .json();
        let kinds = shown["challenges"].as_array().unwrap().iter();
        kinds
            .map(|one| one["type"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        offered("a.corp.example").await,
        ["http-01", "dns-01", "tls-alpn-01"]
    );
    assert_eq!(offered("*.corp.example").await, ["dns-01"]);
    assert_eq!(offered("10.0.0.1").await, ["http-01", "tls-alpn-01"]);
    // A wildcard is proved by its base, and is no proof of it.
    let made = client.order(&["*.a.corp.example"]).await.json();
    let shown = client
        .prove(made["authorizations"][0].as_str().unwrap(), "dns-01")
        .await;
    assert_eq!(
        (&shown["wildcard"], &shown["identifier"]["value"]),
        (&json!(true), &json!("a.corp.example"))
    );
    let base = client.order(&["a.corp.example"]).await.json();
    assert_eq!(base["status"], "pending");
    // Nothing there: the authorization and its order are lost, and the next order has a new one.
    let made = client.order(&["lost.corp.example"]).await;
    let authorization = made.json()["authorizations"][0]
        .as_str()
        .unwrap()
        .to_owned();
    let shown = client.read(&authorization).await.json();
    let challenge = shown["challenges"][0]["url"].as_str().unwrap().to_owned();
    client.post(&challenge, &json!({})).await;
    let shown = client.settled(&authorization).await;
    assert_eq!(shown["status"], "invalid");
    let kind = "urn:ietf:params:acme:error:incorrectResponse";
    assert_eq!(shown["challenges"][0]["error"]["type"], kind, "{shown}");
    let order = client.read(&made.header("location")).await.json();
    assert_eq!(
        (&order["status"], &order["error"]["type"]),
        (&json!("invalid"), &json!(kind))
    );
    let next = client.order(&["lost.corp.example"]).await.json();
    assert_ne!(next["authorizations"][0], json!(authorization));
    // A proof serves the next order, until it is given up.
    let first = client.ready(&["kept.corp.example"]).await;
    let second = client.order(&["kept.corp.example"]).await.json();
    assert_eq!(second["status"], "ready");
    assert_eq!(first["authorizations"], second["authorizations"]);
    let proof = first["authorizations"][0].as_str().unwrap();
    let given_up = client
        .post(proof, &json!({"status": "deactivated"}))
        .await
        .json();
    assert_eq!(given_up["status"], "deactivated");
    let request = stage.request("/", "DNS:kept.corp.example");
    let answer = client.finalize(&second, &request).await;
    is_refused(
        &answer,
        "given up",
        (403, "orderNotReady", "acme-order-not-ready"),
    );
    // A proof ends.
    let order = client.ready(&["old.corp.example"]).await;
    stage.bench.wait(SignedDuration::from_hours(25));
    let request = stage.request("/", "DNS:old.corp.example");
    let answer = client.finalize(&order, &request).await;
    is_refused(
        &answer,
        "too old",
        (403, "orderNotReady", "acme-order-not-ready"),
    );
}
