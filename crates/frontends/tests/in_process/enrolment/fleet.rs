//! A fleet that renews: so many machines, each by its own schedule, with the clock as a parameter and the real store. The number is
//! small here; `ANYROLE_FLEET=10000` takes it to what docs/performance.md tells of.

use anyrole_helper::renewal_due;
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
    let began = std::time::Instant::now();
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
    // For docs/performance.md; nothing is asserted of it.
    let took = began.elapsed();
    let rate = f64::from(u32::try_from(count).unwrap()) / took.as_secs_f64();
    println!("{count} renewals of {simulated:?} took {took:?}: {rate:.0} a second");
}
