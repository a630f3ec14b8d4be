//! The helper's commands of the built program against the built server, read by the AWS CLI.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod configure;
mod doctor;
mod serving;
mod session_cache;
mod way_in;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyrole_testkit::certificates::Authority;
use anyrole_testkit::{Program, PythonTools, TestServer};
use tempfile::TempDir;

use way_in::{ANYROLE, Opened, S3_FULL_ACCESS, succeeds};

/// `anyrole update --once …` with a home folder and an endpoint.
fn update(server: &str, home: &Path, words: &[String], more: &[&str]) -> Output {
    Command::new(ANYROLE)
        .arg("update")
        .args(words.iter().skip(1))
        .arg("--once")
        .args(more)
        .env_clear()
        .env("AWS_ENDPOINT_URL", server)
        .env("HOME", home)
        .output()
        .unwrap()
}

#[test]
fn update_writes_a_section_that_the_aws_cli_reads() {
    let Opened {
        server,
        folder,
        leaf,
        way,
        ..
    } = Opened::start("updated", &[S3_FULL_ACCESS], &[]);
    let words = way.credential_process(&leaf);
    let caller = |file: &Path, profile: &str| {
        let cli = server
            .aws_cli()
            .env("AWS_SHARED_CREDENTIALS_FILE", file)
            .env("AWS_PROFILE", profile);
        let answer = cli.run(&["sts", "get-caller-identity"]).unwrap();
        answer.json().unwrap()["Arn"].as_str().unwrap().to_owned()
    };

    // No file and no folder yet, in the usual place.
    let home = folder.path().join("home");
    std::fs::create_dir(&home).unwrap();
    assert_eq!(succeeds(&update(server.url(), &home, &words, &[])), "");
    let usual = home.join(".aws/credentials");
    let arn = caller(&usual, "default");
    assert!(arn.contains(":assumed-role/updated/"), "{arn}");

    // Somebody else's file, with what other tools lose.
    let file = folder.path().join("credentials");
    let note = "x".repeat(70_000);
    let before = format!(
        "; mine\r\n[other]\r\naws_access_key_id=AKIAOTHER\r\n[dev] # fresh\r\naws_access_key_id=old\r\nnote = {note}\r\n[last]\r\nregion=eu-west-1"
    );
    std::fs::write(&file, &before).unwrap();
    let shown = file.to_str().unwrap();
    let more = ["--profile", "dev", "--credentials-file", shown];
    succeeds(&update(server.url(), &home, &words, &more));
    let arn = caller(&file, "dev");
    assert!(arn.contains(":assumed-role/updated/"), "{arn}");
    let after = std::fs::read_to_string(&file).unwrap();
    let ours = [
        "aws_access_key_id=ASIA",
        "aws_secret_access_key = ",
        "aws_session_token = ",
    ];
    let kept: Vec<&str> = after
        .split("\r\n")
        .filter(|line| !ours.iter().any(|ours| line.starts_with(ours)))
        .collect();
    let expected: Vec<&str> = before
        .split("\r\n")
        .filter(|line| *line != "aws_access_key_id=old")
        .collect();
    assert_eq!(kept, expected);

    // Refused, and a service that is not there: the file is as it was, and the reason is said.
    let mut strange = words.clone();
    strange.last_mut().unwrap().push('x');
    for (server, words, said) in [
        (
            server.url(),
            &strange,
            "Requested Role isn't one of those listed in the Profile",
        ),
        ("http://127.0.0.1:1", &words, "check --endpoint"),
    ] {
        let output = update(server, &home, words, &more);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), after);
    }
}

#[test]
fn the_password_of_a_key_comes_in_each_way_but_never_by_chance() {
    let Opened {
        server,
        folder,
        mut leaf,
        way,
        ..
    } = Opened::start("locked", &[], &[]);
    let plain = leaf.key.to_str().unwrap().to_owned();
    let locked = folder.path().join("locked.key");
    let encrypted = Program::Openssl
        .command()
        .unwrap()
        .args([
            "pkcs8",
            "-topk8",
            "-v2",
            "aes-256-cbc",
            "-passout",
            "pass:open sesame",
            "-in",
            &plain,
            "-out",
        ])
        .arg(&locked)
        .status()
        .unwrap();
    assert!(encrypted.success());
    leaf.key = locked;
    let words = way.credential_process(&leaf);
    let file = folder.path().join("password");
    std::fs::write(&file, "open sesame\n").unwrap();
    let wrong = folder.path().join("wrong");
    std::fs::write(&wrong, "open sesam").unwrap();

    let call = |more: &[&str], environment: &str, input: &Path| {
        Command::new(ANYROLE)
            .args(&words)
            .args(more)
            .env_clear()
            .env("AWS_ENDPOINT_URL", server.url())
            // Kept credentials are given out without a password.
            .env("ANYROLE_CACHE", "off")
            .env("ANYROLE_PKCS8_PASSWORD", environment)
            .stdin(std::fs::File::open(input).unwrap())
            .output()
            .unwrap()
    };
    let nothing = Path::new("/dev/null");
    let (path, wrong) = (file.to_str().unwrap(), wrong.to_str().unwrap());
    for (more, environment, input) in [
        (&["--pkcs8-password-file", path][..], "", nothing),
        (&["--pkcs8-password-file", "-"], "", &file),
        (&["--pkcs8-password", "open sesame"], "", nothing),
        (&[], "open sesame", nothing),
        // What the command says counts before what the environment says.
        (&["--pkcs8-password-file", path], "another", nothing),
    ] {
        let printed = succeeds(&call(more, environment, input));
        assert!(printed.starts_with(r#"{"Version":1,"#), "{more:?}");
    }
    for (more, environment, said) in [
        (
            &["--pkcs8-password-file", wrong][..],
            "",
            "cannot use the key",
        ),
        (&[], "another", "cannot use the key"),
        (
            &["--pkcs8-password-file", "/none"],
            "",
            "--pkcs8-password-file: `/none` can't be read",
        ),
        (
            &["--pkcs8-password", "a", "--pkcs8-password-file", path],
            "",
            "cannot be used with",
        ),
    ] {
        let output = call(more, environment, nothing);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{more:?}");
        assert!(stderr.contains(said), "{stderr}");
        assert!(!stderr.contains("sesam"), "{stderr}");
    }
}

/// PKCS#12 old and new, PEM's own encryption as `step` writes it, DER: each gets credentials.
#[test]
fn credentials_come_with_keys_and_certificates_of_each_form() {
    let Opened {
        server,
        folder,
        leaf,
        way,
        ..
    } = Opened::start("forms", &[], &[]);
    let password = folder.path().join("password");
    std::fs::write(&password, "open sesame\n").unwrap();
    let [password, certificate, key] =
        [&password, &leaf.certificate, &leaf.key].map(|path| path.to_str().unwrap().to_owned());
    let out = folder.path().join("out").to_str().unwrap().to_owned();
    let export = "pkcs12 -export -inkey KEY -in CERTIFICATE -passout file:PASSWORD -out OUT";
    let legacy = format!("{export} -legacy");
    let pkcs12 = ["--certificate", &out, "--pkcs12-password-file", &password];
    let locked_key = [
        "--certificate",
        &certificate,
        "--private-key",
        &out,
        "--pkcs8-password-file",
        &password,
    ];
    let (plain_key, as_der) = (
        ["--certificate", &certificate, "--private-key", &out],
        ["--certificate", &out, "--private-key", &key],
    );
    let rows: [(&str, &[&str]); 5] = [
        (export, &pkcs12),
        (&legacy, &pkcs12),
        (
            "pkey -in KEY -traditional -aes256 -passout file:PASSWORD -out OUT",
            &locked_key,
        ),
        ("pkey -in KEY -outform DER -out OUT", &plain_key),
        ("x509 -in CERTIFICATE -outform DER -out OUT", &as_der),
    ];
    // What asks for credentials, without the flags of certificate and key.
    let mut words = way.credential_process(&leaf);
    for flag in ["--certificate", "--private-key"] {
        let at = words.iter().position(|word| word == flag).unwrap();
        words.drain(at..at + 2);
    }
    for (make, flags) in rows {
        let make = make
            .replace("KEY", &key)
            .replace("CERTIFICATE", &certificate)
            .replace("PASSWORD", &password)
            .replace("OUT", &out);
        let made = Program::Openssl
            .command()
            .unwrap()
            .args(make.split(' '))
            .output()
            .unwrap();
        assert!(made.status.success(), "{make}: {made:?}");
        let output = Command::new(ANYROLE)
            .args(&words)
            .args(flags)
            .env_clear()
            .env("AWS_ENDPOINT_URL", server.url())
            .output()
            .unwrap();
        let printed = succeeds(&output);
        assert!(printed.starts_with(r#"{"Version":1,"#), "{make}: {printed}");
    }
}
/// A server, and the words of `credential-process` for a role that it knows.
struct Runner {
    server: TestServer,
    folder: TempDir,
    ca: Authority,
    words: Vec<String>,
    aws: String,
}

impl Runner {
    fn new() -> Self {
        let opened = Opened::start("runner", &[], &[]);
        Self {
            words: opened.way.credential_process(&opened.leaf),
            aws: PythonTools::ready().unwrap().aws().display().to_string(),
            server: opened.server,
            folder: opened.folder,
            ca: opened.ca,
        }
    }

    /// A script by `anyrole exec`, where whoever calls has other credentials at hand: the script must not take them.
    fn exec(&self, words: &[String], more: &[&str], script: &str) -> Command {
        let mut command = Command::new(ANYROLE);
        command
            .arg("exec")
            .args(words.iter().skip(1))
            .args(more)
            .args(["--", "sh", "-c", script])
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_ENDPOINT_URL", self.server.url())
            .env("AWS_ACCESS_KEY_ID", "AKIAANOTHER")
            .env("AWS_SECRET_ACCESS_KEY", "another")
            // Of old, and taken before its successor by botocore.
            .env("AWS_SECURITY_TOKEN", "another")
            .stdin(Stdio::null());
        command
    }
}

#[test]
fn exec_runs_a_command_with_credentials_and_its_own_exit_status() {
    let runner = Runner::new();
    let words = &runner.words;
    let caller = format!(
        "{} sts get-caller-identity --query Arn --output text; exit 7",
        runner.aws
    );
    for more in [&[][..], &["--env"]] {
        let output = runner.exec(words, more, &caller).output().unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            stdout.contains(":assumed-role/runner/"),
            "{more:?}: {stdout}{stderr}"
        );
        assert_eq!(output.status.code(), Some(7), "{more:?}");
    }
    // No secret stands in the environment, unless that was asked for.
    let output = runner.exec(words, &[], "env").output().unwrap();
    let environment = String::from_utf8_lossy(&output.stdout);
    assert!(
        !environment.contains("AWS_SECRET_ACCESS_KEY"),
        "{environment}"
    );
    let endpoint = "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:";
    assert!(environment.contains(endpoint), "{environment}");

    // Nor are the user's own keys taken, which AWS's tools look at first.
    let aws = runner.folder.path().join(".aws");
    std::fs::create_dir(&aws).unwrap();
    std::fs::write(
        aws.join("credentials"),
        "[default]\naws_access_key_id = AKIAMINE\naws_secret_access_key = mine\n",
    )
    .unwrap();
    std::fs::write(
        aws.join("config"),
        "[default]\ncredential_process = false\n",
    )
    .unwrap();
    let output = runner.exec(words, &[], "env").output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("(credential_process)") && stderr.contains("--env"),
        "{stderr}"
    );
    std::fs::remove_file(aws.join("config")).unwrap();
    let mut command = runner.exec(words, &[], "env");
    command.env("ANYROLE_PKCS8_PASSWORD", "of-our-key");
    let output = command.output().unwrap();
    let environment = String::from_utf8_lossy(&output.stdout);
    assert!(
        environment.contains("AWS_SHARED_CREDENTIALS_FILE=/dev/null"),
        "{environment}"
    );
    assert!(!environment.contains("of-our-key"), "{environment}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("holds keys"), "{stderr}");
    let output = runner.exec(words, &[], &caller).output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains(":assumed-role/runner/"), "{stdout}");

    // Without credentials nothing is begun.
    let mut strange = words.clone();
    strange.last_mut().unwrap().push('x');
    let refused = runner.exec(&strange, &[], "echo begun").output().unwrap();
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(
        (refused.status.code(), &*refused.stdout),
        (Some(1), &b""[..]),
        "{stderr}"
    );
    assert!(
        stderr.contains("Requested Role isn't one of those listed"),
        "{stderr}"
    );
}

#[test]
fn what_exec_is_sent_the_command_is_sent() {
    let runner = Runner::new();
    // Servers end in good order, or turn their logs, by signals that would end who has no ear for them.
    let script = "for name in HUP INT QUIT USR1 USR2 ALRM WINCH; do trap \"echo $name\" $name; done
        trap 'exit 9' TERM; echo ready; while :; do sleep 0.1; done";
    let mut child = runner
        .exec(&runner.words, &[], script)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    let pid = child.id().to_string();
    let send = |name: &str| {
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success(), "{name}");
    };
    for name in ["HUP", "INT", "QUIT", "USR1", "USR2", "ALRM", "WINCH"] {
        send(name);
        assert_eq!(lines.next().unwrap().unwrap(), name);
    }
    send("TERM");
    assert_eq!(child.wait().unwrap().code(), Some(9));
    let killed = runner
        .exec(&runner.words, &[], "kill -KILL $$")
        .output()
        .unwrap();
    assert_eq!(killed.status.code(), Some(128 + 9));
}

#[test]
fn shells_take_the_lines_of_env() {
    let runner = Runner::new();
    let fish = Program::Fish.path().unwrap();
    for (shell, named) in [
        (Path::new("/bin/sh"), "bash"),
        (Path::new("/bin/bash"), "bash"),
        (&*fish, "fish"),
    ] {
        let lines = Command::new(ANYROLE)
            .arg("env")
            .args(runner.words.iter().skip(1))
            .args(["--shell", named])
            .env_clear()
            .env("AWS_ENDPOINT_URL", runner.server.url())
            .output()
            .unwrap();
        let lines = succeeds(&lines);
        let aws = &runner.aws;
        let script =
            format!("{lines}\nexec {aws} sts get-caller-identity --query Arn --output text");
        let taken = Command::new(shell)
            .args(["-c", &script])
            .env_clear()
            .env("HOME", runner.folder.path())
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_ENDPOINT_URL", runner.server.url())
            .output()
            .unwrap();
        let arn = succeeds(&taken);
        assert!(arn.contains(":assumed-role/runner/"), "{named}: {arn}");
    }
}
