//! The configuration file: several roles and sockets in one process, and what is wrong with a file is said with its place.

use super::{GOOD, Served, Stage};

#[test]
fn several_roles_are_served_where_they_are_to_be() {
    let stage = Stage::new(GOOD);
    let token = stage.file("token", "0123456789abcdef");
    let config = stage.file(
        "roles.toml",
        &format!(
            r#"{}
[[role]]
role-arn = "arn:aws:iam::111122223333:role/app"

[[role]]
name = "nightly"
role-arn = "arn:aws:iam::111122223333:role/path/batch"
session-duration = 7200
container-token-file = "{token}"

[[role]]
role-arn = "arn:aws:iam::111122223333:role/web"

[[listen]]
address = "127.0.0.1:0"

[[listen]]
address = "127.0.0.1:0"
roles = ["web", "nightly"]
"#,
            stage.defaults()
        ),
    );
    let mut command = stage.command("serve");
    command.args(["--config", &config]);
    let served = Served::start(&mut command);
    let addresses = served.addresses();
    let listed = |address| {
        let token = super::ask(address, "PUT", "/latest/api/token", &[super::TTL]).text();
        let header = format!("x-aws-ec2-metadata-token: {token}");
        let path = "/latest/meta-data/iam/security-credentials/";
        super::ask(address, "GET", path, &[&header]).text()
    };
    let lists: Vec<String> = addresses.iter().map(|address| listed(*address)).collect();
    assert_eq!(lists, ["app\nweb", "web"]);
    for (path, status) in [
        ("/role/nightly", 200),
        ("/v1/credentials", 200),
        ("/role/web", 404),
    ] {
        let header = "authorization: 0123456789abcdef";
        let answer = super::ask(addresses[1], "GET", path, &[header]);
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
    }
    assert_eq!(served.ask("GET", "/-/healthy", &[]).text(), "ok\n");
    // One session each.
    assert_eq!(stage.service.requests(), 3);
}

#[test]
fn the_file_of_the_guide_is_one() {
    let stage = Stage::new(GOOD);
    let guide = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/running-the-helper.md"
    );
    let guide = std::fs::read_to_string(guide).unwrap();
    let example = guide.split("```toml\n").nth(1).unwrap();
    let mut example = example.split("```").next().unwrap().to_owned();
    let token = stage.file("token", "0123456789abcdef");
    let here = |name: &str| stage.path(name).to_str().unwrap().to_owned();
    for (there, here) in [
        (
            "/etc/anyrole/tls.crt",
            stage.leaf.certificate.to_str().unwrap(),
        ),
        ("/etc/anyrole/tls.key", stage.leaf.key.to_str().unwrap()),
        ("/run/secrets/batch-token", &token),
        ("127.0.0.1:9911", "127.0.0.1:0"),
        ("/run/anyrole/nightly.sock", &here("nightly.sock")),
        ("/srv/batch/.aws/credentials", &here("credentials")),
    ] {
        assert!(example.contains(there), "{there}");
        example = example.replace(there, here);
    }
    let config = stage.file("roles.toml", &example);
    let mut command = stage.command("serve");
    command.args(["--config", &config]);
    let served = Served::start(&mut command);
    assert_eq!(served.credentials("app").unwrap()["Code"], "Success");
    assert!(stage.path("nightly.sock").exists());
    let words = ["--config", &config, "--once"];
    let updated = stage.command("update").args(words).output().unwrap();
    assert!(
        updated.status.success(),
        "{}",
        String::from_utf8_lossy(&updated.stderr)
    );
    for (file, section) in [
        (".aws/credentials", "[app]\n"),
        ("credentials", "[batch]\n"),
    ] {
        let text = std::fs::read_to_string(stage.path(file)).unwrap();
        assert!(text.starts_with(section), "{text}");
    }
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_place() {
    let stage = Stage::new(GOOD);
    let defaults = stage.defaults();
    let app = "[[role]]\nrole-arn = \"arn:aws:iam::111122223333:role/app\"\n";
    let with = |rest: &str| format!("{defaults}{app}{rest}");
    let rows: [(&str, String, &str); 14] = [
        ("serve", String::new(), "there is no [[role]] in it"),
        ("serve", "[[role".to_owned(), "roles.toml`, line 1, column "),
        ("serve", with("[[rule]]\n"), "unknown field `rule`"),
        (
            "serve",
            with("[[role]]\n"),
            "[[role]] 2: --role-arn ARN is missing",
        ),
        (
            "serve",
            with("pasword = \"x\"\n"),
            "[[role]] 1: unexpected argument '--pasword' found",
        ),
        (
            "serve",
            with("session-duration = \"1h\"\n"),
            "invalid value '1h' for '--session-duration <SECONDS>'",
        ),
        (
            "serve",
            with("session-duration = 1.5\n"),
            "`session-duration` must be a text, a whole number, true or false",
        ),
        (
            "serve",
            with("session-duration = 60\n"),
            "--session-duration: 60 is not between 900",
        ),
        ("serve", with(app), "`app`: two roles are called so"),
        (
            "serve",
            with("name = \"a/b\"\n"),
            "a role's name here must be",
        ),
        (
            "serve",
            with("[[listen]]\naddress = \"0.0.0.0:0\"\n"),
            "other machines may ask there",
        ),
        (
            "serve",
            with("[[listen]]\naddress = \"127.0.0.1:0\"\nroles = [\"other\"]\n"),
            "there is no role `other`",
        ),
        (
            "serve",
            with("[[listen]]\nsocket = \"/tmp/x\"\nmode = \"0999\"\n"),
            "[[listen]] 1: `mode = \"0999\"` is no octal number",
        ),
        (
            "update",
            with("[[profile]]\nrole-arn = \"x\"\n"),
            "[[profile]] 1: `profile`, the section to write, is missing",
        ),
    ];
    for (command, content, said) in rows {
        let config = stage.file("roles.toml", &content);
        let output = stage
            .command(command)
            .args(["--config", &config])
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{content}: {stderr}");
        assert!(stderr.contains(said), "{said}: {stderr}");
    }
    assert_eq!(stage.service.requests(), 0);
}

#[test]
fn a_file_holds_no_secrets_and_stands_alone() {
    let stage = Stage::new(GOOD);
    let role = "[[role]]\nrole-arn = \"arn:aws:iam::111122223333:role/app\"\n";
    let with = |rest: &str| format!("{}{role}{rest}", stage.defaults());
    // What excludes each other does so here, too. A secret is neither taken nor shown.
    for (line, said) in [
        (
            "cert-selector = \"Key=x509Subject,Value=CN=x\"\n",
            "--certificate and --cert-selector exclude each other",
        ),
        (
            "pkcs8-password = \"sesame\"\n",
            "`pkcs8-password`: no secrets in this file",
        ),
        (
            "private-key = \"pkcs11:token=t?pin-value=sesame\"\n",
            "`private-key`: no secrets in this file",
        ),
        ("pkcs8-password = \"sesame\" x\n", ", line "),
    ] {
        let config = stage.file("roles.toml", &with(line));
        let output = stage
            .command("serve")
            .args(["--config", &config])
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            stderr.contains(said) && !stderr.contains("sesame"),
            "{stderr}"
        );
    }
    let config = stage.file("roles.toml", &with(""));
    let output = stage
        .command("update")
        .args(["--config", &config, "--certificate=x"])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("there is no [[profile]]")
            || stderr.contains("`--certificate` is for one role"),
        "{stderr}"
    );
    // Half here and half there would be a riddle.
    let config = stage.file("roles.toml", &with(""));
    let words = [
        "--config",
        &config,
        "--role-arn",
        "arn:aws:iam::111122223333:role/x",
    ];
    let output = stage.command("serve").args(words).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("write --role-arn into it"), "{stderr}");
    // And nothing anywhere is most likely the other command.
    let output = stage.command("serve").output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("the service itself is `anyrole server`"),
        "{stderr}"
    );
    assert_eq!(stage.service.requests(), 0);
}
