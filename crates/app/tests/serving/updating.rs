//! `update` of the built program: several profiles in one process, and a file that outlives being killed at any moment.

use std::process::Stdio;
use std::time::Duration;

use super::{GOOD, Stage, eventually, terminate};

#[test]
fn several_profiles_are_kept_fresh_by_one_process() {
    let stage = Stage::new(GOOD);
    let elsewhere = stage.path("elsewhere");
    let config = stage.file(
        "roles.toml",
        &format!(
            r#"{}
[[profile]]
profile = "app"
role-arn = "arn:aws:iam::111122223333:role/app"
[[profile]]
profile = "batch"
role-arn = "arn:aws:iam::111122223333:role/batch"
[[profile]]
profile = "batch"
role-arn = "arn:aws:iam::111122223333:role/batch"
credentials-file = "{}"
"#,
            stage.defaults(),
            elsewhere.display()
        ),
    );
    let home = stage.path(".aws/credentials");
    let holds = |file, section: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.contains(&format!("[{section}]\naws_access_key_id = ASIA"))
    };
    let mut child = stage
        .command("update")
        .args(["--config", &config])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("all three", || {
        holds(&home, "app") && holds(&home, "batch") && holds(&elsewhere, "batch")
    });
    assert_eq!(terminate(&mut child).code(), Some(0));
    std::fs::remove_file(&elsewhere).unwrap();
    let once = stage
        .command("update")
        .args(["--config", &config, "--once"])
        .output()
        .unwrap();
    assert!(once.status.success());
    assert!(holds(&elsewhere, "batch"));
    assert_eq!(stage.service.requests(), 6);
}

#[test]
fn a_file_outlives_being_killed_at_any_moment() {
    let stage = Stage::new(GOOD);
    // Large enough to be met half way.
    let others: String = (0..20_000)
        .map(|number| format!("[other{number}]\naws_access_key_id = AKIA{number}\n"))
        .collect();
    let file = stage.file(
        "credentials",
        &format!("{others}[dev]\naws_access_key_id = ASIA0\n"),
    );
    let whole = || {
        let text = std::fs::read_to_string(&file).unwrap();
        let (before, ours) = text.split_at_checked(others.len()).unwrap();
        assert_eq!(before, others, "the others' sections");
        let ours = ours
            .strip_prefix("[dev]\naws_access_key_id = ASIA")
            .unwrap();
        let (number, rest) = ours.split_once('\n').unwrap();
        let new = "aws_secret_access_key = s\naws_session_token = t\n";
        assert!(rest == new || (number == "0" && rest.is_empty()), "{ours}");
        number.parse::<u64>().unwrap()
    };
    let command = || {
        let mut command = stage.command("update");
        command
            .args(stage.flags())
            .args(["--once", "--profile", "dev", "--credentials-file", &file])
            .stderr(Stdio::null());
        command
    };
    let mut changed = 0;
    for round in 0..60_u64 {
        let before = whole();
        let asked = stage.service.requests();
        let mut child = command().spawn().unwrap();
        // Once it has credentials, the file is written within milliseconds.
        eventually("it asks", || {
            stage.service.requests() > asked || child.try_wait().unwrap().is_some()
        });
        std::thread::sleep(Duration::from_micros(round * 500));
        let _killed = child.kill();
        let _status = child.wait();
        changed += u64::from(whole() != before);
    }
    assert!(changed > 0, "some were written");

    // Whoever writes next takes away what was left, and loses nothing.
    std::fs::write(stage.path(".anyrole-left.tmp"), "a secret").unwrap();
    assert!(command().status().unwrap().success());
    assert!(whole() > 60);
    let left = std::fs::read_dir(stage.folder.path()).unwrap().flatten();
    let left: Vec<_> = left
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with(".anyrole"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}
