//! The list of an authority as time goes on: by the clock of the test, through the door.

use std::sync::Arc;

use anyrole_domain::Change;
use anyrole_domain::certificate_authorities::CrlConfiguration;
use anyrole_testkit::jws::b64;
use anyrole_x509::{RevocationList, VerifiedRevocationList};
use jiff::SignedDuration;
use serde_json::json;

use crate::acme::{ID, Stage, leaf, url};

/// The list that everyone gets now, verified by the authority's certificate.
async fn list(stage: &Stage) -> VerifiedRevocationList {
    let (headers, der) = stage.bench.octets(&format!("/-/crl/{ID}.crl")).await;
    assert_eq!(headers["content-type"], "application/pkix-crl");
    let snapshot = stage.bench.site.directory.read_full();
    let entry = snapshot.certificate_authority(&stage.ca_arn).unwrap();
    let own = entry.certificate.as_ref().unwrap();
    let list = RevocationList::parse(&der).unwrap();
    list.verify_issued_by_certificate(own.der()).unwrap()
}

#[tokio::test]
async fn a_list_is_renewed_long_before_its_next_update() {
    // The life of a list in days, as the authority's configuration has it: by default, the shortest and a long one.
    for days in [None, Some(1), Some(30)] {
        let stage = Stage::new().await;
        let configuration = CrlConfiguration {
            enabled: true,
            expiration_in_days: days,
            ..CrlConfiguration::default()
        };
        let directory = &stage.bench.site.directory;
        let written = directory.write(|snapshot| {
            let mut row = (*snapshot.certificate_authority(&stage.ca_arn).unwrap().row).clone();
            row.revocation.crl_configuration = Some(configuration.clone());
            Ok((vec![Change::PutCertificateAuthority(Arc::new(row))], ()))
        });
        written.await.unwrap();
        let life = SignedDuration::from_hours(24 * i64::from(days.unwrap_or(7)));
        let begun = stage.bench.now();
        let step = SignedDuration::from_secs(life.as_secs() / 11);
        let mut before: Option<(Vec<u8>, String)> = None;
        let mut renewed = 0;
        // Three lives in steps that never fall on their ends.
        while stage.bench.now().duration_since(begun) < life * 3 {
            let now = stage.bench.now();
            let verified = list(&stage).await;
            let list = verified.list();
            let (made, ends) = (list.this_update(), list.next_update());
            assert!(made <= now && now < ends, "{made} <= {now} < {ends}");
            assert_eq!(ends.duration_since(made), life);
            let left = ends.duration_since(now);
            assert!(
                left > life / 2 - SignedDuration::from_secs(1),
                "{left} of {life}"
            );
            if let Some((der, number)) = &before {
                let is_another = der != list.der();
                assert_eq!(is_another, *number != list.number_hex());
                renewed += u32::from(is_another);
            }
            before = Some((list.der().to_vec(), list.number_hex()));
            stage.bench.wait(step);
        }
        assert_eq!(renewed, 5, "{days:?}");
    }
}

#[tokio::test]
async fn what_is_revoked_is_in_the_list_at_once_and_stays_till_after_its_end() {
    let stage = Stage::new().await;
    let client = stage.account().await;
    let pem = client.certificate(&["web.corp.example"]).await;
    let leaf = leaf(&pem);
    let serial = hex_simd::decode_to_vec(&leaf.summary().serial_hex).unwrap();
    assert!(list(&stage).await.list().is_empty());
    let asked = json!({"certificate": b64(leaf.der()), "reason": 1});
    let done = client.post(&url("revoke-cert"), &asked).await;
    assert_eq!(done.status, 200, "{}", done.body);
    // It lives for a day; a list that is made after its end has it once more (RFC 5280, 3.3).
    for (hours, is_there) in [
        (0, true),
        (23, true),
        (2, true),
        (24 * 6, true),
        (24 * 4, false),
    ] {
        stage.bench.wait(SignedDuration::from_hours(hours));
        let verified = list(&stage).await;
        let found = verified.list().find(&serial);
        assert_eq!(found.is_some(), is_there, "after {hours} hours more");
    }
}
