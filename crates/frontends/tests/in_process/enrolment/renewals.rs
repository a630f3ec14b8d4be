//! Renewals by the present key, and what is no renewal.

use anyrole_domain::certificate_authorities::{Asked, RevocationReason, revoke};
use anyrole_x509::Certificate;
use jiff::SignedDuration;

use super::{Machine, Stage, certificate, refused};

const EVENT: &str = "anyrole:Renew";

fn second(number: i64) -> SignedDuration {
    SignedDuration::from_secs(number)
}

async fn enrolled(stage: &Stage) -> (Machine, Certificate) {
    let token = stage.token("CN=web,OU=ops", &["web.example.org"], 1).await;
    let machine = Machine::new();
    let body = machine.wish(&token, None, &[], stage.bench.now());
    let issued = certificate(&stage.enroll(&body).await);
    (machine, issued)
}

#[tokio::test]
async fn a_certificate_is_renewed_once_and_its_successor_again() {
    let stage = Stage::new().await;
    let (machine, first) = enrolled(&stage).await;
    stage.bench.wait(SignedDuration::from_hours(16));
    let now = stage.bench.now();
    let request = machine.renewal(&first, &machine, now);
    let answer = stage.renew(request.clone()).await;
    let second_one = certificate(&answer);
    assert_eq!(answer.record["outcome"], "granted");
    assert_eq!(answer.record["event"], EVENT);
    let (before, after) = (first.summary(), second_one.summary());
    assert_eq!(before.subject, after.subject);
    assert_eq!(before.subject_alt_names, after.subject_alt_names);
    assert_eq!(after.not_after.duration_since(now).as_secs(), 86_400);
    assert_ne!(before.serial_hex, after.serial_hex);
    // Replayed.
    refused(&stage.renew(request).await, EVENT, "enrolment-replayed");
    // A lost answer.
    let lost = machine.renewal(&first, &machine, now + second(1));
    assert_eq!(certificate(&stage.renew(lost).await), second_one);
    // Whoever has a copy of the key comes too late, and is seen.
    let thief = machine.renewal(&first, &Machine::new(), now + second(2));
    refused(
        &stage.renew(thief).await,
        EVENT,
        "certificate-renewed-already",
    );
    // The next one, for a new key, and then by that.
    let next = Machine::new();
    let third = certificate(&stage.renew(machine.renewal(&second_one, &next, now)).await);
    stage.bench.wait(second(1));
    let by_old = machine.renewal(&third, &next, stage.bench.now());
    refused(&stage.renew(by_old).await, EVENT, "signature-invalid");
    let fourth = next.renewal(&third, &next, stage.bench.now());
    certificate(&stage.renew(fourth).await);
}

#[tokio::test]
async fn what_has_ended_or_was_revoked_is_not_renewed() {
    for grace in [0, 600] {
        let stage = Stage::with(|site| site.with_renewal_grace(second(grace))).await;
        let (machine, issued) = enrolled(&stage).await;
        stage.bench.wait(SignedDuration::from_hours(24));
        stage.bench.wait(second(grace));
        // The last second of its validity is a whole one.
        stage.bench.wait(second(1));
        let request = machine.renewal(&issued, &machine, stage.bench.now());
        let answer = stage.renew(request).await;
        refused(&answer, EVENT, "certificate-expired");
        assert!(
            answer.text().contains("anyrole enroll --force"),
            "{answer:?}"
        );
        assert_eq!(answer.record["certificate"]["subject"], "CN=web,OU=ops");
        stage.bench.wait(second(-1));
        let request = machine.renewal(&issued, &machine, stage.bench.now());
        certificate(&stage.renew(request).await);
    }
    let stage = Stage::new().await;
    let (machine, issued) = enrolled(&stage).await;
    let origin = stage.bench.root().origin;
    let asked = Asked {
        origin: &origin,
        call: None,
        event: "test:Revoke",
        who: "test",
    };
    let entry = stage.bench.site.directory.read();
    let entry = entry
        .certificate_authority(&stage.authority_arn)
        .unwrap()
        .clone();
    let serial = u128::from_str_radix(&issued.summary().serial_hex, 16).unwrap();
    let reason = RevocationReason::parse("KEY_COMPROMISE").unwrap();
    revoke(
        &stage.bench.site,
        &asked,
        &entry,
        &serial.to_be_bytes(),
        reason,
    )
    .await
    .unwrap();
    let request = machine.renewal(&issued, &machine, stage.bench.now());
    refused(&stage.renew(request).await, EVENT, "certificate-revoked");
}

#[tokio::test]
async fn only_the_holder_of_an_enrolled_certificate_renews() {
    let stage = Stage::new().await;
    let (machine, issued) = enrolled(&stage).await;
    let now = stage.bench.now();
    let sound = machine.renewal(&issued, &machine, now);
    let (other, others) = enrolled(&stage).await;
    // Of the same authority, but enrolled by nobody.
    let leaf = stage.bench.leaf();
    let foreign = Certificate::parse_der(leaf.certificate_der().unwrap()).unwrap();
    let mut no_certificate = sound.clone();
    no_certificate.0.remove("x-amz-x509");
    let mut unsigned = sound.clone();
    unsigned.0.remove("authorization");
    let mut body_changed = sound.clone();
    body_changed.1 = body_changed.1.replace("signed_at", "signed_At");
    let mut stolen_request = sound.clone();
    // A signing request of another key, with a proof that was made for another certificate.
    stolen_request.1 = other.renewal(&others, &other, now).1;
    let rows = [
        (other.renewal(&issued, &other, now), "signature-invalid"),
        (
            machine.renewal(&foreign, &machine, now),
            "certificate-not-enrolled",
        ),
        (
            machine.renewal(&issued, &machine, now - second(600)),
            "signature-expired",
        ),
        (no_certificate, "validation"),
        (body_changed, "validation"),
        (stolen_request, "signature-invalid"),
    ];
    for (request, reason) in rows {
        let answer = stage.renew(request).await;
        assert!(answer.status >= 400, "{reason}: {answer:?}");
        assert_eq!(answer.record["event"], EVENT, "{reason}: {answer:?}");
        assert_eq!(answer.record["outcome"], "refused", "{reason}");
        if !reason.starts_with("signature-expired") {
            assert_eq!(answer.record["reason"], reason, "{answer:?}");
        }
    }
    assert!(stage.renew(unsigned).await.status >= 400);
    // Signed by the present key, but the new key did not prove itself for it.
    let certificate_of = |machine: &Machine, next: &Machine, at| machine.renewal(&issued, next, at);
    let mut proof_of_another = certificate_of(&machine, &other, now);
    let elsewhere = other.renewal(&others, &other, now).1;
    let resigned = machine.resigned(&issued, elsewhere, now);
    proof_of_another.0 = resigned.0;
    proof_of_another.1 = resigned.1;
    refused(&stage.renew(proof_of_another).await, EVENT, "proof-invalid");
    certificate(&stage.renew(sound).await);
}
