//! Certificates that are renewed beside credentials: `serve` and `update` with `--renew`, by flags and by a file.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use super::enrolling::{Stage, text};
use super::way_in::ANYROLE;
use super::{ours, refuses};

impl Stage {
    /// A pair whose certificate is due some seconds after it was made: its life began a minute before.
    fn short_lived(&self, name: &str) -> (PathBuf, PathBuf) {
        let (crt, key) = (
            self.path(&format!("{name}.crt")),
            self.path(&format!("{name}.key")),
        );
        let token = self.token(name, &["CN=short", "--certificate-lifetime", "1m"]);
        let words = ["--no-password", "--insecure", "--token-file", text(&token)];
        let own = ["enroll", text(&crt), text(&key)];
        ours(&self.environment, &[&own[..], &words].concat());
        (crt, key)
    }

    /// Starts a command beside which certificates are renewed; its lines of standard error.
    fn starts(&self, words: &[&str]) -> (Child, Lines<BufReader<ChildStderr>>) {
        let mut child = Command::new(ANYROLE)
            .args(words)
            .env_clear()
            .env("HOME", self.folder.path())
            .envs(self.environment.iter().map(|(name, value)| (*name, value)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        (child, lines)
    }

    /// Waits until so many certificates were renewed, and ends it.
    fn renews(&self, words: &[&str], certificates: &[&Path]) {
        let before: Vec<_> = certificates.iter().map(|one| self.serial(one)).collect();
        let (mut child, lines) = self.starts(words);
        let renewed = lines
            .map(Result::unwrap)
            .filter(|line| line.starts_with("renewed the certificate"));
        assert_eq!(renewed.take(certificates.len()).count(), certificates.len());
        child.kill().unwrap();
        child.wait().unwrap();
        for (certificate, before) in certificates.iter().zip(before) {
            assert_ne!(self.serial(certificate), before, "{words:?}");
            self.assert_issued(certificate, "CN=short");
        }
    }
}

#[test]
fn what_keeps_credentials_fresh_renews_the_certificate_too() {
    let stage = Stage::new();
    let credentials = stage.path("credentials");
    let arns = stage.way.arns();
    let (crt, key) = stage.short_lived("flags");
    let pair = ["--certificate", text(&crt), "--private-key", text(&key)];
    let words = [&["serve", "--port=0", "--renew"], &arns[..], &pair].concat();
    stage.renews(&words, &[&crt]);
    let file = [
        "update",
        "--renew",
        "--credentials-file",
        text(&credentials),
    ];
    stage.renews(&[&file, &arns[..], &pair].concat(), &[&crt]);

    // Each certificate of a file once, however many roles use it.
    let (other, other_key) = stage.short_lived("other");
    let defaults = format!(
        "[defaults]\ntrust-anchor-arn = \"{}\"\nprofile-arn = \"{}\"\nrole-arn = \"{}\"\n",
        stage.way.anchor, stage.way.profile, stage.way.role
    );
    let table = |what: &str, name: &str, crt: &Path, key: &Path| {
        format!(
            "[[{what}]]\n{}{name}\"\ncertificate = \"{}\"\nprivate-key = \"{}\"\n",
            if what == "role" {
                "name = \""
            } else {
                "profile = \""
            },
            crt.display(),
            key.display()
        )
    };
    for (what, command) in [
        ("role", &["serve", "--port=0"][..]),
        (
            "profile",
            &["update", "--credentials-file", text(&credentials)],
        ),
    ] {
        let config = stage.path(&format!("{what}.toml"));
        let tables = [
            table(what, "one", &crt, &key),
            table(what, "two", &other, &other_key),
            table(what, "three", &crt, &key),
        ];
        fs::write(&config, defaults.clone() + &tables.concat()).unwrap();
        let words = [command, &["--renew", "--config", text(&config)]].concat();
        stage.renews(&words, &[&crt, &other]);
        let mixed = defaults.clone() + &tables[0] + &table(what, "mixed", &crt, &other_key);
        fs::write(&config, mixed).unwrap();
        refuses(
            &stage.environment,
            &words,
            &["--renew: one certificate is used with two keys"],
        );
    }
}
