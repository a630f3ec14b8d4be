//! Certificates: what they say, who revokes them, when they are renewed.

use anyrole_testkit::jws::b64;
use anyrole_x509::Certificate;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::stage::{ID, Stage, identifier, path, url};
use super::{is_refused, leaf};

#[tokio::test]
async fn a_certificate_says_what_the_policy_says() {
    let stage = Stage::new().await;
    let client = stage.account().await;
    let pem = client.certificate(&["web.corp.example", "10.1.2.3"]).await;
    let certificate = leaf(&pem);
    let summary = certificate.summary();
    // An empty subject in the request: the first name becomes the CN, the rest is the operator's.
    assert_eq!(
        summary.subject.to_string(),
        "CN=web.corp.example,OU=fleet,O=Example"
    );
    let names: Vec<&str> = summary
        .subject_alt_names
        .iter()
        .map(|name| &*name.value)
        .collect();
    assert_eq!(
        names,
        [
            "web.corp.example",
            "10.1.2.3",
            "spiffe://corp.example/web.corp.example"
        ]
    );
    assert_eq!(
        summary.extended_key_usage.as_deref(),
        Some(&["clientAuth".to_owned()][..])
    );
    // It begins a minute earlier: clocks differ.
    let early = stage.bench.now().duration_since(summary.not_before);
    assert_eq!(early, SignedDuration::from_mins(1));
    let life = summary.not_after.duration_since(summary.not_before);
    assert_eq!(life, SignedDuration::from_hours(24));
    // The issuer follows, though it is the root: certbot wants it.
    assert_eq!(Certificate::parse_pem_bundle(&pem).unwrap().len(), 2);
    // The trail has who got what.
    let trail = std::fs::read_to_string(stage.bench.folder().join("audit.jsonl")).unwrap();
    let records = trail
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let issued: Vec<Value> = records
        .filter(|record| record["event"] == "acme:Finalize")
        .collect();
    assert_eq!(issued.len(), 1);
    let account = client
        .account
        .as_ref()
        .unwrap()
        .strip_prefix(&url("account/"))
        .unwrap();
    assert_eq!(issued[0]["caller"], format!("acme/{ID}/account/{account}"));
    assert_eq!(issued[0]["certificate"]["serial"], summary.serial_hex);
}

#[tokio::test]
async fn what_a_request_asks_beyond_its_names_is_not_given() {
    let stage = Stage::new().await;
    let client = stage.account().await;
    let name = "a.corp.example";
    let order = client.ready(&[name]).await;
    for (what, subject, names) in [
        ("another name", "/", "DNS:b.corp.example"),
        ("a name more", "/", "DNS:a.corp.example,DNS:b.corp.example"),
        (
            "a name of another kind",
            "/",
            "DNS:a.corp.example,URI:spiffe://corp.example/root",
        ),
        (
            "a mailbox",
            "/",
            "DNS:a.corp.example,email:root@corp.example",
        ),
        ("an address more", "/", "DNS:a.corp.example,IP:10.0.0.1"),
        (
            "another common name",
            "/CN=b.corp.example",
            "DNS:a.corp.example",
        ),
        (
            "a common name that is none",
            "/CN=administrator of all",
            "DNS:a.corp.example",
        ),
    ] {
        let request = stage.request(subject, names);
        let answer = client.finalize(&order, &request).await;
        is_refused(&answer, what, (400, "badCSR", "acme-bad-csr"));
    }
    let good = stage.request("/", "DNS:a.corp.example");
    let mut forged = good.clone();
    *forged.last_mut().unwrap() ^= 1;
    for (what, request) in [("a forged one", forged), ("none", b"no request".to_vec())] {
        let answer = client.finalize(&order, &request).await;
        is_refused(&answer, what, (400, "badCSR", "acme-bad-csr"));
    }
    // What else the subject says is passed over: the operator's word stands.
    let request = stage.request("/O=Evil/CN=A.corp.example", "DNS:a.corp.example");
    let done = client.finalize(&order, &request).await;
    assert_eq!(done.status, 200, "{}", done.body);
    let read = client
        .read(done.json()["certificate"].as_str().unwrap())
        .await;
    let subject = leaf(&read.body).summary().subject.to_string();
    assert_eq!(subject, "CN=a.corp.example,OU=fleet,O=Example");
    let again = client.finalize(&order, &good).await;
    is_refused(
        &again,
        "finished before",
        (403, "orderNotReady", "acme-order-not-ready"),
    );
}

fn der(pem: &str) -> String {
    b64(leaf(pem).der())
}

#[tokio::test]
async fn certificates_are_revoked_by_who_may() {
    let stage = Stage::new().await;
    let (owner, other) = (stage.account().await, stage.account().await);
    let at = url("revoke-cert");
    let name = "web.corp.example";
    let first = owner.certificate(&[name]).await;
    let foreign = (403, "unauthorized", "acme-may-not-revoke");
    let asked = json!({"certificate": der(&first), "reason": 1});
    is_refused(&other.post(&at, &asked).await, "another account", foreign);
    is_refused(
        &stage.client().post(&at, &asked).await,
        "another key",
        foreign,
    );
    for reason in [2, 6, 8, 11, 255] {
        let asked = json!({"certificate": der(&first), "reason": reason});
        let answer = owner.post(&at, &asked).await;
        is_refused(
            &answer,
            "reason",
            (400, "badRevocationReason", "acme-revocation-reason"),
        );
    }
    let mut changed = leaf(&first).der().to_vec();
    *changed.last_mut().unwrap() ^= 1;
    for certificate in [b64(changed), b64("nothing"), "+".to_owned()] {
        let answer = owner.post(&at, &json!({"certificate": certificate})).await;
        is_refused(
            &answer,
            "no certificate of ours",
            (400, "malformed", "acme-malformed"),
        );
    }
    assert_eq!(owner.post(&at, &asked).await.status, 200);
    let serial = u128::from_str_radix(&leaf(&first).summary().serial_hex, 16).unwrap();
    let revoked = stage
        .bench
        .site
        .directory
        .read()
        .revocations_of(&stage.ca_arn);
    let row = revoked.get(&serial.to_be_bytes()).unwrap();
    assert_eq!(row.reason.code(), 1);
    let answer = owner.post(&at, &asked).await;
    is_refused(
        &answer,
        "twice",
        (400, "alreadyRevoked", "acme-already-revoked"),
    );
    // An account that has proved the names may.
    let second = owner.certificate(&[name]).await;
    other.ready(&[name]).await;
    let asked = json!({"certificate": der(&second)});
    assert_eq!(other.post(&at, &asked).await.status, 200);
    // The certificate's own key may, without an account.
    let third = owner.certificate(&[name]).await;
    let pem = std::fs::read_to_string(stage.keys.path().join("key.pem")).unwrap();
    let pkcs8: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let pkcs8 = base64_simd::STANDARD.decode_to_vec(pkcs8).unwrap();
    let mut holder = stage.client();
    holder.pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).unwrap();
    let asked = json!({"certificate": der(&third)});
    assert_eq!(holder.post(&at, &asked).await.status, 200);
}

#[tokio::test]
async fn renewal_is_told_and_a_certificate_replaced_once() {
    let stage = Stage::new().await;
    let client = stage.account().await;
    let pem = client.certificate(&["web.corp.example"]).await;
    let certificate = leaf(&pem);
    let summary = certificate.summary();
    let octets = |hex: &str| hex_simd::decode_to_vec(hex).unwrap();
    let mut serial = octets(&summary.serial_hex);
    if serial[0] >= 0x80 {
        serial.insert(0, 0);
    }
    let issuer = octets(summary.authority_key_id.as_ref().unwrap());
    let id = format!("{}.{}", b64(&issuer), b64(&serial));
    let path = |id: &str| path(&url(&format!("renewal-info/{id}"))).to_owned();
    let told = stage.bench.unsigned(("GET", &path(&id)), "").await;
    assert_eq!(told.status, 200, "{}", told.body);
    let window = &told.json()["suggestedWindow"];
    let at = |hours: i64| (summary.not_before + SignedDuration::from_hours(hours)).to_string();
    assert_eq!(window, &json!({"start": at(15), "end": at(17)}));
    assert_eq!(told.header("retry-after"), "21600");
    let other_issuer = format!("{}.{}", b64([9; 20]), b64(&serial));
    for (id, status) in [
        (&other_issuer, 404),
        (&"a.b".to_owned(), 400),
        (&"none".to_owned(), 400),
    ] {
        assert_eq!(
            stage.bench.unsigned(("GET", &path(id)), "").await.status,
            status,
            "{id}"
        );
    }
    let replacing = |name: &str| json!({"identifiers": [identifier(name)], "replaces": id});
    let answer = client
        .post(&url("new-order"), &replacing("x.corp.example"))
        .await;
    is_refused(
        &answer,
        "no name in common",
        (400, "malformed", "acme-malformed"),
    );
    let other = stage.account().await;
    let answer = other
        .post(&url("new-order"), &replacing("web.corp.example"))
        .await;
    is_refused(
        &answer,
        "another account's",
        (403, "unauthorized", "acme-other-account"),
    );
    let order = client
        .post(&url("new-order"), &replacing("web.corp.example"))
        .await
        .json();
    assert_eq!(order["replaces"], json!(id));
    let request = stage.request("/", "DNS:web.corp.example");
    assert_eq!(client.finalize(&order, &request).await.status, 200);
    let answer = client
        .post(&url("new-order"), &replacing("web.corp.example"))
        .await;
    is_refused(
        &answer,
        "replaced before",
        (409, "alreadyReplaced", "acme-already-replaced"),
    );
    // Revoked: at once.
    client
        .post(&url("revoke-cert"), &json!({"certificate": der(&pem)}))
        .await;
    let told = stage.bench.unsigned(("GET", &path(&id)), "").await.json();
    let end: jiff::Timestamp = told["suggestedWindow"]["end"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(end <= stage.bench.now());
}
