//! The programs themselves against each fault; how long they wait between attempts is tested where the clock can be turned
//! (crates/helper/tests/helper/faults.rs).

use anyrole_testkit::{Behaviour, FAULTS};

use super::{Stage, eventually};

#[test]
fn credential_process_ends_with_1_and_prints_nothing() {
    let stages = FAULTS.map(|(name, fault)| {
        let stage = Stage {
            attempt_timeout: "1",
            ..Stage::new(fault)
        };
        (name, stage)
    });
    std::thread::scope(|scope| {
        for (name, stage) in &stages {
            scope.spawn(move || {
                let mut command = stage.command("credential-process");
                let output = command.args(stage.flags()).output().unwrap();
                let stderr = String::from_utf8_lossy(&output.stderr);
                assert_eq!(output.status.code(), Some(1), "{name}: {stderr}");
                assert_eq!(output.stdout, b"", "{name}");
                assert!(stderr.starts_with("anyrole: "), "{name}: {stderr}");
                assert!(stage.service.requests() <= 3, "{name}");
            });
        }
    });
}

#[test]
fn a_clock_that_is_wrong_by_an_hour_is_no_reason_to_have_no_credentials() {
    let stage = Stage::new(Behaviour::Clock { ahead: 5400 });
    let output = stage
        .command("credential-process")
        .args(stage.flags())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(
        output
            .stdout
            .starts_with(br#"{"Version":1,"AccessKeyId":"ASIA2"#)
    );
    let served = stage.serve(&[]);
    assert_eq!(served.credentials("app").unwrap()["AccessKeyId"], "ASIA4");
    // `Date` is in whole seconds.
    let ahead = served.metric("anyrole_serve_service_clock_ahead_seconds{role=\"app\"}");
    assert!((5395..=5400).contains(&ahead), "{ahead}");
}

#[test]
fn serve_begins_without_a_service_and_says_why_it_has_nothing() {
    let stage = Stage::new(Behaviour::Status(500, ""));
    let served = stage.serve(&[]);
    let (status, text) = served.credentials("app").unwrap_err();
    assert_eq!(status, 503);
    assert!(
        text.contains(r#""Code":"CredentialsUnavailable""#),
        "{text}"
    );
    assert!(text.contains("status 500"), "{text}");
    assert_eq!(served.ask("GET", "/-/healthy", &[]).status, 503);
    let asked = stage.service.requests();
    for _ in 0..20 {
        served.credentials("app").unwrap_err();
    }
    assert!(
        stage.service.requests() <= asked + 3,
        "callers are no reason to ask sooner"
    );
    stage.service.behave(super::GOOD).unwrap();
    eventually("back after one pause", || served.credentials("app").is_ok());
    assert_eq!(served.ask("GET", "/-/healthy", &[]).status, 200);
}
