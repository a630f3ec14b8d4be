//! A fleet that renews: so many machines, each by its own schedule, with the clock as a parameter and the real store. The number is
//! small here; `ANYROLE_FLEET=10000` takes it to what docs/performance.md tells of.

use std::io::Write as _;
use std::time::{Duration, Instant};

use anyrole_helper::renewal_due;
use anyrole_keys::{FileKey, KeySpec, SignatureScheme, SigningKey as _};
use anyrole_x509::Certificate;
use jiff::{SignedDuration, Timestamp};

use super::{Machine, Stage, certificate};

const USUAL: usize = 40;

fn fleet_size() -> usize {
    let asked = std::env::var("ANYROLE_FLEET").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(USUAL)
}

#[tokio::test]
async fn every_machine_of_a_fleet_renews_in_its_hour() {
    let count = fleet_size();
    let stage = Stage::new().await;
    let wish = serde_json::json!({
        "certificate_authority_arn": stage.authority_arn,
        "subject": "CN=host-*,O=Fleet",
        "certificate_seconds": 5400,
        "token_seconds": 3600,
        "uses": count,
    });
    let made = stage.operator("POST", "/-/join-tokens", &wish).await;
    let made: serde_json::Value = serde_json::from_str(&made.body).unwrap();
    let token = made["token"].as_str().unwrap();
    let mut machines: Vec<(Timestamp, Machine, Certificate)> = Vec::new();
    for number in 0..count {
        let machine = Machine::new();
        let subject = format!("CN=host-{number}");
        let body = machine.wish(token, Some(&subject), &[], stage.bench.now());
        let issued = certificate(&stage.enroll_unrecorded(&body).await);
        // Each draws its own bit of chance: a number that spreads them evenly stands for it.
        let chance = u16::try_from(number * usize::from(u16::MAX) / count).unwrap();
        let [low, high] = chance.to_le_bytes();
        let mut random = [0; 16];
        (random[0], random[1]) = (low, high);
        let due = renewal_due(issued.summary(), None, random);
        machines.push((due, machine, issued));
    }
    machines.sort_by_key(|(due, ..)| *due);
    let began = Instant::now();
    let start = stage.bench.now();
    let mut renewed = 0;
    for (due, machine, issued) in &machines {
        let wait = due.duration_since(stage.bench.now());
        stage.bench.wait(wait.max(SignedDuration::ZERO));
        let request = machine.renewal(issued, machine, stage.bench.now());
        let next = certificate(&stage.renew_unrecorded(request).await);
        assert_eq!(next.summary().subject, issued.summary().subject);
        renewed += 1;
    }
    assert_eq!(renewed, count);
    let simulated = stage.bench.now().duration_since(start);
    assert!(simulated <= SignedDuration::from_hours(1), "{simulated:?}");
    if count != USUAL {
        println!("{}", figures(count, began.elapsed(), simulated));
    }
}

/// A table for docs/performance.md; nothing is asserted of it.
fn figures(count: usize, took: Duration, simulated: SignedDuration) -> String {
    let count = u32::try_from(count).unwrap();
    let renewals = f64::from(count) / took.as_secs_f64();
    let asked = f64::from(count) / simulated.as_secs_f64();
    let key = FileKey::generate(KeySpec::EcP256).unwrap();
    let signatures = rate_of(|| {
        key.sign(SignatureScheme::EcdsaSha256, &[7; 400]).unwrap();
    });
    let mut file = tempfile::tempfile().unwrap();
    let syncs = rate_of(|| {
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
    });
    format!(
        "| {count} renewals, one after another, in {took:.1?} | a second |\n\
         |--|--|\n\
         | renewals | {renewals:.0} |\n\
         | asked for by the fleet, in {simulated:#} | {asked:.1} |\n\
         | a P-256 signature alone, one core | {signatures:.0} |\n\
         | 4 KiB appended to a file and synced, alone | {syncs:.0} |"
    )
}

/// Times a second, by a second of them.
fn rate_of(mut operation: impl FnMut()) -> f64 {
    let (began, mut done) = (Instant::now(), 0);
    while began.elapsed() < Duration::from_secs(1) {
        operation();
        done += 1;
    }
    f64::from(done) / began.elapsed().as_secs_f64()
}
