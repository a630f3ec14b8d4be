//! Requests that are not signed as they must be, or ask for what is another's.

use anyrole_testkit::jws::b64;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::stage::{ID, Stage, flattened, identifier, jwk, path, url};
use super::{is_refused, leaf};

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "most of it is one table")]
async fn requests_are_refused_that_are_not_signed_as_they_must_be() {
    let stage = Stage::new().await;
    let client = stage.account().await;
    let new_order = url("new-order");
    let payload = json!({"identifiers": [identifier("web.corp.example")]}).to_string();
    let stranger = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let good = client.protected(&new_order).await;
    let sent = flattened(&client.pair, &good, &payload);
    assert_eq!(client.send(&new_order, &sent).await.status, 201);
    let replayed = client.send(&new_order, &sent).await;
    is_refused(&replayed, "replayed", (400, "badNonce", "acme-bad-nonce"));
    assert!(!replayed.header("replay-nonce").is_empty());
    type Change<'a> = &'a dyn Fn(&mut Value);
    let table: [(&str, Change<'_>, (u16, &str, &str)); 12] = [
        (
            "no nonce",
            &|h| h["nonce"] = Value::Null,
            (400, "badNonce", "acme-no-nonce"),
        ),
        (
            "a nonce of one's own",
            &|h| h["nonce"] = json!(b64([1; 45])),
            (400, "badNonce", "acme-bad-nonce"),
        ),
        (
            "no base64url",
            &|h| h["nonce"] = json!("+/="),
            (400, "badNonce", "acme-bad-nonce"),
        ),
        (
            "another URL",
            &|h| h["url"] = json!(url("new-account")),
            (403, "unauthorized", "acme-wrong-url"),
        ),
        (
            "another host",
            &|h| h["url"] = json!("http://evil/-/acme/x/new-order"),
            (403, "unauthorized", "acme-wrong-url"),
        ),
        (
            "no URL",
            &|h| h["url"] = Value::Null,
            (400, "malformed", "acme-malformed-jws"),
        ),
        (
            "alg none",
            &|h| h["alg"] = json!("none"),
            (400, "badSignatureAlgorithm", "acme-algorithm"),
        ),
        (
            "alg HS256",
            &|h| h["alg"] = json!("HS256"),
            (400, "badSignatureAlgorithm", "acme-algorithm"),
        ),
        (
            "another alg",
            &|h| h["alg"] = json!("ES384"),
            (403, "unauthorized", "acme-signature"),
        ),
        (
            "jwk and kid",
            &|h| h["jwk"] = jwk(&stranger),
            (400, "malformed", "acme-malformed-jws"),
        ),
        (
            "no account",
            &|h| h["kid"] = json!(url("account/nobody")),
            (400, "accountDoesNotExist", "acme-no-account"),
        ),
        (
            "critical",
            &|h| h["crit"] = json!(["b64"]),
            (400, "malformed", "acme-malformed-jws"),
        ),
    ];
    for (what, change, expected) in table {
        let mut header = client.protected(&new_order).await;
        change(&mut header);
        let answer = client
            .send(&new_order, &flattened(&client.pair, &header, &payload))
            .await;
        is_refused(&answer, what, expected);
    }
    // Another key under the account's name; a key without an account where one is needed.
    let header = client.protected(&new_order).await;
    let answer = client
        .send(&new_order, &flattened(&stranger, &header, &payload))
        .await;
    is_refused(
        &answer,
        "a foreign key",
        (403, "unauthorized", "acme-signature"),
    );
    let answer = stage.client().post(&new_order, &json!({})).await;
    is_refused(&answer, "no account", (400, "malformed", "acme-malformed"));
    // A signature that is changed, or of another payload; a text that is no JWS.
    let header = client.protected(&new_order).await;
    let mut body = flattened(&client.pair, &header, &payload);
    body["payload"] = json!(b64("{}"));
    is_refused(
        &client.send(&new_order, &body).await,
        "another payload",
        (403, "unauthorized", "acme-signature"),
    );
    for body in [json!({}), json!([]), json!("text")] {
        let answer = client.send(&new_order, &body).await;
        is_refused(&answer, "no JWS", (400, "malformed", "acme-malformed-jws"));
    }
    // The nonce of a refused signature was not taken.
    let mut body = flattened(&client.pair, &header, &payload);
    assert_eq!(client.send(&new_order, &body).await.status, 201);
    body["payload"] = json!("");
    is_refused(
        &client.send(&new_order, &body).await,
        "twice",
        (403, "unauthorized", "acme-signature"),
    );
    // By media type, method and path.
    let path = path(&new_order);
    let plain = stage
        .bench
        .unsigned(("POST", path), &sent.to_string())
        .await;
    is_refused(
        &plain,
        "no media type",
        (415, "malformed", "acme-content-type"),
    );
    let read = stage.bench.unsigned(("GET", path), "").await;
    is_refused(&read, "GET", (405, "malformed", "acme-method"));
    let read = stage
        .bench
        .unsigned(("GET", "/-/acme/nowhere/directory"), "")
        .await;
    is_refused(&read, "no service", (404, "malformed", "acme-not-found"));
    let old = client.protected(&new_order).await;
    stage.bench.wait(SignedDuration::from_mins(31));
    let answer = client
        .send(&new_order, &flattened(&client.pair, &old, &payload))
        .await;
    is_refused(&answer, "an old nonce", (400, "badNonce", "acme-bad-nonce"));
}

#[tokio::test]
async fn what_is_anothers_is_refused() {
    let stage = Stage::new().await;
    let (owner, other) = (stage.account().await, stage.account().await);
    let made = owner.order(&["web.corp.example"]).await;
    let (order, body) = (made.header("location"), made.json());
    let authorization = body["authorizations"][0].as_str().unwrap().to_owned();
    let shown = owner.read(&authorization).await.json();
    let challenge = shown["challenges"][0]["url"].as_str().unwrap().to_owned();
    let account = owner.account.clone().unwrap();
    let pem = owner.certificate(&["web.corp.example"]).await;
    let listed = owner.read(&format!("{account}/orders")).await.json();
    assert!(
        listed["orders"].as_array().unwrap().contains(&json!(order)),
        "{listed}"
    );
    let serial = leaf(&pem).summary().serial_hex.clone();
    let certificate = url(&format!("certificate/{ID}-{serial:0>32}"));
    assert_eq!(owner.read(&certificate).await.body, pem);
    let expected = (403, "unauthorized", "acme-other-account");
    for path in [&order, &authorization, &challenge, &account, &certificate] {
        is_refused(&other.read(path).await, path, expected);
    }
    is_refused(
        &other.read(&format!("{account}/orders")).await,
        "orders",
        expected,
    );
    let csr = json!({"csr": b64(stage.request("/", "DNS:web.corp.example"))});
    is_refused(
        &other.post(&format!("{order}/finalize"), &csr).await,
        "finalize",
        expected,
    );
    is_refused(
        &other
            .post(&account, &json!({"status": "deactivated"}))
            .await,
        "close",
        expected,
    );
    is_refused(
        &other
            .post(&authorization, &json!({"status": "deactivated"}))
            .await,
        "give up",
        expected,
    );
    for path in ["order/none", "authz/none", "certificate/none"] {
        let answer = other.read(&url(path)).await;
        is_refused(&answer, path, (404, "malformed", "acme-not-found"));
    }
}

#[tokio::test]
async fn nothing_leaves_that_the_trail_does_not_take() {
    let stage = Stage::new().await;
    let client = stage.account().await;
    let order = client.ready(&["web.corp.example"]).await;
    let request = stage.request("/", "DNS:web.corp.example");
    let header = client.protected(order["finalize"].as_str().unwrap()).await;
    stage.bench.break_trail();
    let payload = json!({"csr": b64(request)}).to_string();
    let body = flattened(&client.pair, &header, &payload);
    let answer = client
        .send(order["finalize"].as_str().unwrap(), &body)
        .await;
    assert_eq!(
        (answer.status, answer.problem()),
        (503, "serverInternal".to_owned())
    );
}
