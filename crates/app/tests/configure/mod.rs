//! `anyrole configure`, and AWS's tools that read what it wrote.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use anyrole_testkit::JavaScriptTools;

use super::Runner;
use super::serving::Served;
use super::way_in::{ANYROLE, script, succeeds};

/// `anyrole configure …` for a config file.
fn configure(config: &Path, words: &[&str], more: &[String]) -> Output {
    Command::new(ANYROLE)
        .arg("configure")
        .args(words)
        .args(more)
        .arg("--config-file")
        .arg(config)
        .env_clear()
        .env("HOME", config.parent().unwrap())
        .output()
        .unwrap()
}

/// The words behind `credential-process`, with the files in a folder whose name is hard to write.
fn moved(runner: &Runner) -> Vec<String> {
    let folder = runner.folder.path().join("it's my folder; $HOME");
    let plain = runner.folder.path().join("a folder \"of\" $mine");
    fs::create_dir_all(&plain).unwrap();
    assert!(!folder.exists());
    let mut words: Vec<String> = runner.words.iter().skip(1).cloned().collect();
    for flag in ["--certificate", "--private-key"] {
        let at = words.iter().position(|word| word == flag).unwrap() + 1;
        let file = words.get_mut(at).unwrap();
        let to = plain.join(Path::new(file.as_str()).file_name().unwrap());
        fs::copy(file.as_str(), &to).unwrap();
        *file = to.to_str().unwrap().to_owned();
    }
    words
}

#[test]
fn a_process_profile_is_read_by_the_aws_cli_boto3_and_the_javascript_sdk() {
    let runner = Runner::new();
    let config = runner.folder.path().join("config");
    let before = "# mine\r\n[default]\r\nregion = eu-west-1\r\n";
    fs::write(&config, before).unwrap();
    let words = moved(&runner);
    let endpoint = ["--endpoint".to_owned(), runner.server.url().to_owned()];
    let words = [&words[..], &endpoint].concat();
    let process = |more: &[&str]| {
        let first = ["credential-process", "--profile", "team/dev"];
        configure(&config, &[&first, more].concat(), &words)
    };

    let shown = succeeds(&process(&["--dry-run"]));
    assert!(
        shown.starts_with("+ [profile team/dev]\n+ region = us-east-1\n+ credential_process = /"),
        "{shown}"
    );
    assert_eq!(fs::read_to_string(&config).unwrap(), before);
    assert_eq!(succeeds(&process(&[])), shown);
    let written = fs::read_to_string(&config).unwrap();
    assert!(written.starts_with(before), "{written}");
    // A second time there is nothing to do; another way is replaced only where that is asked for.
    assert_eq!(succeeds(&process(&[])), "");
    let refused = process(&["--session-duration", "900"]);
    let stderr = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("(credential_process)") && stderr.contains("--force"),
        "{stderr}"
    );
    assert_eq!(fs::read_to_string(&config).unwrap(), written);
    let forced = succeeds(&process(&["--session-duration", "900", "--force"]));
    assert_eq!(forced.lines().count(), 2, "{forced}");

    let aws = runner.server.aws_cli().config_file(&config, "team/dev");
    let answer = aws.run(&["sts", "get-caller-identity"]).unwrap();
    let arn = answer.json().unwrap()["Arn"].as_str().unwrap().to_owned();
    assert!(arn.contains(":assumed-role/runner/"), "{arn}");
    let method = script(&aws, "credential_method.py", &[]);
    assert_eq!(method.trim(), "custom-process runner");
    let node = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/profile_credentials.js");
    let mut node = JavaScriptTools::ready().unwrap().node(&node).unwrap();
    let key = node
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", runner.folder.path())
        .env("AWS_CONFIG_FILE", &config)
        .env("AWS_PROFILE", "team/dev")
        .env("ANYROLE_CACHE", "off")
        .output()
        .unwrap();
    assert!(succeeds(&key).starts_with("ASIA"), "{key:?}");
}

#[test]
fn what_the_environment_says_now_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    let arn = |kind: &str| format!("arn:aws:rolesanywhere:us-east-1:000000000000:{kind}/x");
    let mut words: Vec<String> = ["configure", "credential-process", "--profile", "dev"]
        .map(str::to_owned)
        .to_vec();
    words.extend([
        "--certificate=/a.pem".to_owned(),
        "--private-key=handle:81000101".to_owned(),
        format!("--trust-anchor-arn={}", arn("trust-anchor")),
        format!("--profile-arn={}", arn("profile")),
        "--role-arn=arn:aws:iam::000000000000:role/r".to_owned(),
        format!("--config-file={}", config.display()),
    ]);
    let configure = |more: &[&str]| {
        let mut command = Command::new(ANYROLE);
        command.args(&words).args(more).env_clear();
        for (name, value) in [
            ("TPM_DEVICE", "/dev/tpm7"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:7300"),
            ("AWS_CA_BUNDLE", "/roots.pem"),
            ("HTTPS_PROXY", "http://user:secret@proxy.example"),
            ("AWS_REGION", "eu-west-3"),
            ("ANYROLE_TPM_KEY_PASSWORD", "sesame"),
            ("ANYROLE_CACHE", "off"),
        ] {
            command.env(name, value);
        }
        command.output().unwrap()
    };
    succeeds(&configure(&[]));
    let written = fs::read_to_string(&config).unwrap();
    let (_, line) = written.split_once(" credential-process ").unwrap();
    let expected = format!(
        "--certificate /a.pem --private-key handle:81000101 --role-arn arn:aws:iam::000000000000:role/r --profile-arn {} --trust-anchor-arn {}\n",
        arn("profile"),
        arn("trust-anchor")
    );
    assert_eq!(line, expected, "{written}");
    succeeds(&configure(&["--tpm-device", "/dev/tpm8", "--force"]));
    let written = fs::read_to_string(&config).unwrap();
    assert!(written.contains("--tpm-device /dev/tpm8"), "{written}");
    // What excludes each other is said here, too, and before what is missing.
    let missing = Command::new(ANYROLE)
        .args(["exec", "--certificate", "a", "--cert-selector", "b"])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&missing.stderr);
    assert!(
        stderr.contains("--certificate and --cert-selector exclude each other"),
        "{stderr}"
    );
    let refused = configure(&["--cert-selector", "Key=x509Subject,Value=CN=a"]);
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success());
    assert!(
        stderr.contains("--certificate and --cert-selector exclude each other"),
        "{stderr}"
    );
}

#[test]
fn what_would_stand_in_a_file_that_others_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    let arn = |kind: &str| format!("arn:aws:rolesanywhere:us-east-1:000000000000:{kind}/x");
    let flags = [
        "--certificate=a.pem".to_owned(),
        format!("--trust-anchor-arn={}", arn("trust-anchor")),
        format!("--profile-arn={}", arn("profile")),
        "--role-arn=arn:aws:iam::000000000000:role/r".to_owned(),
    ];
    let rows: [(&[&str], &str); 7] = [
        (
            &["--pkcs8-password", "x"],
            "--pkcs8-password holds a secret",
        ),
        (
            &["--pkcs8-password-file", "-"],
            "--pkcs8-password-file names an open file",
        ),
        (
            &["--private-key", "pkcs11:token=t?pin-value=1234"],
            "--private-key holds a secret",
        ),
        (
            &["--private-key", "tpm:file=here.key"],
            "--private-key names its file from the present folder",
        ),
        (&["--private-key", "it's $5"], "credential_process"),
        (
            &["--session-duration", "1"],
            "--session-duration: 1 is not between",
        ),
        (&["--profile", "a b"], "--profile: `a b`"),
    ];
    for (more, said) in rows {
        let profile: &[&str] = if more.contains(&"--profile") {
            &[]
        } else {
            &["--profile", "dev"]
        };
        let words = [&["credential-process"], profile, more].concat();
        let output = configure(&config, &words, &flags);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{more:?}");
        assert!(stderr.contains(said), "{more:?}: {stderr}");
        assert!(!stderr.contains("1234"), "{stderr}");
    }
    assert!(!config.exists());
    // Relative paths are made to hold in any folder; a section of keys that would win is told.
    fs::create_dir(folder.path().join(".aws")).unwrap();
    fs::write(
        folder.path().join(".aws/credentials"),
        "[dev]\naws_access_key_id = AKIA\n",
    )
    .unwrap();
    let output = configure(&config, &["credential-process", "--profile", "dev"], &flags);
    let shown = succeeds(&output);
    let here = std::env::current_dir().unwrap().join("a.pem");
    assert!(shown.contains(here.to_str().unwrap()), "{shown}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("warning: section [dev]"), "{stderr}");
}

#[test]
fn an_endpoint_profile_is_read_by_the_aws_cli_and_boto3() {
    let runner = Runner::new();
    let mut serve = Command::new(ANYROLE);
    serve
        .arg("serve")
        .args(runner.words.iter().skip(1))
        .args(["--port", "0"])
        .env_clear()
        .env("AWS_ENDPOINT_URL", runner.server.url());
    let served = Served::start(&mut serve);
    let config = runner.folder.path().join("config");
    let url = ["--url".to_owned(), served.url()];
    let written = configure(&config, &["endpoint", "--profile", "served"], &url);
    assert_eq!(
        succeeds(&written),
        format!(
            "+ [profile served]\n+ ec2_metadata_service_endpoint = {}/\n",
            served.url()
        )
    );
    let aws = runner
        .server
        .aws_cli()
        .config_file(&config, "served")
        .env("AWS_EC2_METADATA_DISABLED", "false");
    let answer = aws.run(&["sts", "get-caller-identity"]).unwrap();
    let arn = answer.json().unwrap()["Arn"].as_str().unwrap().to_owned();
    assert!(arn.contains(":assumed-role/runner/"), "{arn}");
    let method = script(&aws, "credential_method.py", &[]);
    assert_eq!(method.trim(), "iam-role runner");
    let refused = configure(&config, &["endpoint", "--profile", "x", "--container"], &[]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--assume-role-arn"));
}
