//! What becomes of a certificate that is being made while its account is closed, or loses its right.

use anyrole_domain::acme::{close, delete_key, revoke_account};
use serde_json::{Value, json};

use super::leaf;
use super::stage::{Client, Stage, url};

/// What happens between the signature of the authority's key and the end of the order.
#[derive(Clone, Copy, Debug)]
enum Meanwhile {
    AccountCloses,
    AccountIsTakenAway,
    KeyIsDeleted,
    AcmeIsClosed,
    NameIsAllowedNoMore,
    ExternalAccountIsAskedFor,
    LifeIsShorter,
    OtherContact,
    OpenedTheSame,
}

impl Meanwhile {
    async fn happens(self, stage: &Stage, client: &Client<'_>, key: &str) {
        let account = client.account.as_ref().unwrap();
        let id = account.strip_prefix(&url("account/")).unwrap();
        let (site, root, ca) = (&stage.bench.site, stage.bench.root(), &stage.ca_arn);
        match self {
            Self::AccountCloses | Self::OtherContact => {
                let asked = match self {
                    Self::AccountCloses => json!({"status": "deactivated"}),
                    _ => json!({"contact": ["mailto:ops@corp.example"]}),
                };
                assert_eq!(client.post(account, &asked).await.status, 200);
            }
            Self::AccountIsTakenAway => revoke_account(site, &root, ca, id).await.unwrap(),
            Self::KeyIsDeleted => delete_key(site, &root, ca, key).await.unwrap(),
            Self::AcmeIsClosed => close(site, &root, ca).await.unwrap(),
            Self::NameIsAllowedNoMore => {
                let names = vec!["b.corp.example".to_owned()];
                stage.open(|service| service.names = names).await;
            }
            Self::ExternalAccountIsAskedFor => {
                stage
                    .open(|service| service.external_account_required = true)
                    .await;
            }
            Self::LifeIsShorter => stage.open(|service| service.lifetime_seconds = 60).await,
            Self::OpenedTheSame => stage.open(|_| {}).await,
        }
    }
}

#[tokio::test]
async fn an_account_that_loses_its_right_gets_no_certificate_that_it_asked_for_before() {
    use Meanwhile as M;
    let closed = Some((403, "unauthorized", "acme-account-closed"));
    let unbound = Some((403, "unauthorized", "acme-external-account-gone"));
    let (both, bound, free) = (&[true, false][..], &[true][..], &[false][..]);
    let rows = [
        (M::AccountCloses, both, closed),
        (M::AccountIsTakenAway, both, closed),
        (M::KeyIsDeleted, bound, unbound),
        (
            M::AcmeIsClosed,
            both,
            Some((404, "malformed", "acme-not-found")),
        ),
        (
            M::NameIsAllowedNoMore,
            both,
            Some((403, "rejectedIdentifier", "acme-name-not-allowed")),
        ),
        (M::ExternalAccountIsAskedFor, free, unbound),
        (M::ExternalAccountIsAskedFor, bound, None),
        (
            M::LifeIsShorter,
            both,
            Some((409, "malformed", "acme-overtaken")),
        ),
        (M::OtherContact, both, None),
        (M::OpenedTheSame, both, None),
    ];
    for (meanwhile, bindings, expected) in rows {
        for is_bound in bindings {
            let stage = Stage::new().await;
            let mut client = stage.client();
            let key = stage.key(|_| {}).await;
            let binding = is_bound.then(|| client.binding(&key));
            client
                .register(&json!({"externalAccountBinding": binding}))
                .await;
            let order = client.ready(&["a.corp.example"]).await;
            let request = stage.request("/", "DNS:a.corp.example");
            let held = stage.bench.hold("acme:Finalize");
            let (answer, ()) = tokio::join!(client.finalize(&order, &request), async {
                held.came.notified().await;
                meanwhile.happens(&stage, &client, &key.0).await;
                held.go.notify_one();
            });
            let what = format!("{meanwhile:?}, bound: {is_bound}");
            let (serial, refused_with) = trail(&stage);
            let revocations = stage.bench.site.directory.read();
            let revocations = revocations.revocations_of(&stage.ca_arn);
            let revoked = revocations.get(&serial.to_be_bytes());
            match expected {
                Some((status, kind, reason)) => {
                    let told = (answer.status, answer.problem());
                    assert_eq!(told, (status, kind.to_owned()), "{what}: {}", answer.body);
                    assert_eq!(refused_with, Some(json!(reason)), "{what}");
                    assert_eq!(revoked.map(|row| row.reason.code()), Some(9), "{what}");
                }
                None => {
                    assert_eq!(answer.status, 200, "{what}: {}", answer.body);
                    assert!(refused_with.is_none() && revoked.is_none(), "{what}");
                    let at = answer.json()["certificate"].as_str().unwrap().to_owned();
                    let read = leaf(&client.read(&at).await.body);
                    let own = u128::from_str_radix(&read.summary().serial_hex, 16);
                    assert_eq!(own.unwrap(), serial, "{what}");
                }
            }
        }
    }
}

/// The serial number of the only certificate that was issued, and the reason of the refusal, as they are recorded.
fn trail(stage: &Stage) -> (u128, Option<Value>) {
    let trail = std::fs::read_to_string(stage.bench.folder().join("audit.jsonl")).unwrap();
    let records = trail
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let (refused, issued): (Vec<Value>, Vec<Value>) = records
        .filter(|record| record["event"] == "acme:Finalize")
        .partition(|record| record["outcome"] == "refused");
    assert_eq!((issued.len(), refused.len() < 2), (1, true), "{trail}");
    let serial = issued[0]["certificate"]["serial"].as_str().unwrap();
    let reason = refused.first().map(|record| record["reason"].clone());
    (u128::from_str_radix(serial, 16).unwrap(), reason)
}
