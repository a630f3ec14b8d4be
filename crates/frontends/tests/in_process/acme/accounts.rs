//! Accounts: made, bound, given other keys, closed.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::stage::{Client, Stage, flattened, jwk, url};
use super::{is_refused, leaf, refused};
use crate::site::Answer;

/// The request by which an account's key is changed.
async fn key_change(
    client: &Client<'_>,
    new: &EcdsaKeyPair,
    change: impl Fn(&mut Value, &mut Value),
) -> Answer {
    let at = url("key-change");
    let mut header = json!({"alg": "ES256", "jwk": jwk(new), "url": at});
    let mut payload = json!({"account": client.account, "oldKey": jwk(&client.pair)});
    change(&mut header, &mut payload);
    let inner = flattened(new, &header, &payload.to_string());
    client.post(&at, &inner).await
}

#[tokio::test]
async fn a_key_is_changed_by_both_keys_alone() {
    let stage = Stage::new().await;
    let (mut client, other) = (stage.account().await, stage.account().await);
    let new = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let stranger = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let answer = key_change(&client, &new, |_, p| p["oldKey"] = jwk(&stranger)).await;
    is_refused(
        &answer,
        "another old key",
        (400, "malformed", "acme-malformed"),
    );
    let answer = key_change(&client, &new, |_, p| p["account"] = json!(other.account)).await;
    is_refused(
        &answer,
        "another account",
        (400, "malformed", "acme-malformed"),
    );
    let answer = key_change(&client, &new, |h, _| h["url"] = json!(url("new-order"))).await;
    is_refused(&answer, "another URL", (400, "malformed", "acme-malformed"));
    let answer = key_change(&client, &new, |h, _| h["nonce"] = json!("n")).await;
    is_refused(
        &answer,
        "a nonce inside",
        (400, "malformed", "acme-malformed"),
    );
    // The new key does not sign.
    let answer = key_change(&client, &new, |h, _| h["jwk"] = jwk(&stranger)).await;
    is_refused(
        &answer,
        "a foreign key",
        (403, "unauthorized", "acme-signature"),
    );
    let answer = key_change(&client, &other.pair, |_, _| {}).await;
    is_refused(
        &answer,
        "a key that is taken",
        (409, "malformed", "acme-key-taken"),
    );
    assert_eq!(answer.header("location"), other.account.clone().unwrap());
    let answer = key_change(&client, &new, |_, _| {}).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let account = client.account.clone().unwrap();
    is_refused(
        &client.read(&account).await,
        "the old key",
        (403, "unauthorized", "acme-signature"),
    );
    client.pair = new;
    assert_eq!(client.read(&account).await.json()["status"], "valid");
}

#[tokio::test]
async fn accounts_are_made_found_and_closed() {
    let stage = Stage::new().await;
    let mut client = stage.client();
    let answer = client.register(&json!({"onlyReturnExisting": true})).await;
    is_refused(
        &answer,
        "none yet",
        (400, "accountDoesNotExist", "acme-no-account"),
    );
    for contact in [
        "tel:1",
        "mailto:",
        "mailto:a@b.c,d@e.f",
        "mailto:a@b.c?subject=x",
        "mailto:a",
    ] {
        let answer = client.register(&json!({"contact": [contact]})).await;
        let (_, kind, reason) = refused(&answer);
        assert_eq!(reason, "acme-contact", "{contact}");
        assert_eq!(
            kind == "unsupportedContact",
            contact == "tel:1",
            "{contact}"
        );
    }
    let made = client.register(&json!({"contact": ["mailto:a@b.c"]})).await;
    assert_eq!(
        (made.status, &made.json()["contact"]),
        (201, &json!(["mailto:a@b.c"]))
    );
    let account = client.account.take().unwrap();
    let found = client.register(&json!({"onlyReturnExisting": true})).await;
    assert_eq!(
        (found.status, client.account.as_ref()),
        (200, Some(&account))
    );
    let changed = client.post(&account, &json!({"contact": []})).await.json();
    assert_eq!(changed["contact"], json!([]));
    let closed = client
        .post(&account, &json!({"status": "deactivated"}))
        .await
        .json();
    assert_eq!(closed["status"], "deactivated");
    let answer = client.order(&["web.corp.example"]).await;
    is_refused(
        &answer,
        "closed",
        (403, "unauthorized", "acme-account-closed"),
    );
    client.account = None;
    let answer = client.register(&json!({})).await;
    is_refused(
        &answer,
        "made again",
        (403, "unauthorized", "acme-account-closed"),
    );
}

#[tokio::test]
async fn accounts_are_bound_to_the_operators_keys() {
    let stage = Stage::closed().await;
    stage
        .open(|service| {
            service.external_account_required = true;
            service.terms_of_service = Some("https://corp.example/terms".to_owned());
        })
        .await;
    let bound = |client: &Client<'_>, key: &(String, Vec<u8>)| json!({"termsOfServiceAgreed": true, "externalAccountBinding": client.binding(key)});
    let mut client = stage.client();
    let answer = client.register(&json!({})).await;
    is_refused(&answer, "terms", (403, "userActionRequired", "acme-terms"));
    let answer = client
        .register(&json!({"termsOfServiceAgreed": true}))
        .await;
    is_refused(
        &answer,
        "unbound",
        (403, "externalAccountRequired", "acme-external-account"),
    );
    let key = stage.key(|key| {
        key.names = vec!["*.web.corp.example".to_owned()];
        key.subject = Some("OU=web".to_owned());
        key.lifetime_seconds = Some(3600);
    });
    let key = key.await;
    let wrong = (key.0.clone(), vec![7; 32]);
    let answer = client.register(&bound(&client, &wrong)).await;
    is_refused(
        &answer,
        "another secret",
        (403, "unauthorized", "acme-external-account"),
    );
    let unknown = ("nobody".to_owned(), key.1.clone());
    let answer = client.register(&bound(&client, &unknown)).await;
    is_refused(
        &answer,
        "unknown",
        (403, "unauthorized", "acme-external-account"),
    );
    let stolen = bound(&stage.client(), &key);
    let answer = client.register(&stolen).await;
    is_refused(
        &answer,
        "of another account's key",
        (400, "malformed", "acme-malformed"),
    );
    let made = client.register(&bound(&client, &key)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let mut second = stage.client();
    let answer = second.register(&bound(&second, &key)).await;
    is_refused(
        &answer,
        "used up",
        (403, "unauthorized", "acme-external-account"),
    );
    let late =
        stage.key(|key| key.usable_until = Some(stage.bench.now() + SignedDuration::from_mins(5)));
    let late = late.await;
    stage.bench.wait(SignedDuration::from_mins(6));
    let answer = second.register(&bound(&second, &late)).await;
    is_refused(
        &answer,
        "expired",
        (403, "unauthorized", "acme-external-account"),
    );
    // The key's policy narrows the service's.
    let answer = client.order(&["db.corp.example"]).await;
    is_refused(
        &answer,
        "not the key's",
        (403, "rejectedIdentifier", "acme-name-not-allowed"),
    );
    let certificate = leaf(&client.certificate(&["a.web.corp.example"]).await);
    let summary = certificate.summary();
    assert_eq!(summary.subject.to_string(), "CN=a.web.corp.example,OU=web");
    let life = summary.not_after.duration_since(summary.not_before);
    assert_eq!(life, SignedDuration::from_hours(1));
    // A key that is deleted takes its accounts along.
    let root = stage.bench.root();
    let deleted = anyrole_domain::acme::delete_key(&stage.bench.site, &root, &stage.ca_arn, &key.0);
    deleted.await.unwrap();
    let answer = client.order(&["b.web.corp.example"]).await;
    is_refused(
        &answer,
        "deleted",
        (403, "unauthorized", "acme-external-account-gone"),
    );
}
