//! Machines enrol and renew by the built program against the built server: keys in files, on a token of SoftHSM and in a TPM in
//! software; each file is read by openssl, and each pair gets a session.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyrole_testkit::{PIN, Program, SoftHsm, SoftwareTpm, TestServer};
use serde_json::json;
use tempfile::TempDir;

use super::way_in::{ANYROLE, WayIn, root, script, succeeds};
use super::{Environment, caller, ours, refuses, run};

/// A server with an authority that issues, and a way in for its certificates.
pub struct Stage {
    server: TestServer,
    pub folder: TempDir,
    authority: String,
    pub way: WayIn,
    pub environment: Environment,
}

impl Stage {
    pub fn new() -> Self {
        let server = TestServer::start_default(ANYROLE).unwrap();
        let folder = TempDir::new().unwrap();
        let ca = folder.path().join("ca.pem");
        let made = script(&root(&server), "issuing_authority.py", &[text(&ca)]);
        let asked = json!({"name": "enrolled", "ca": &ca});
        Self {
            authority: made.trim().to_owned(),
            way: WayIn::open(&root(&server), &asked),
            environment: vec![("AWS_ENDPOINT_URL", server.url().into())],
            server,
            folder,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A join token in a file of this name.
    pub fn token(&self, name: &str, words: &[&str]) -> PathBuf {
        let file = self.path(name);
        let data = self.server.data();
        let own = [
            "join-token",
            "create",
            "--ca",
            &self.authority,
            "--data",
            text(data),
            "--out",
            text(&file),
        ];
        ours(&self.environment, &[&own[..], words].concat());
        file
    }

    fn openssl(&self, words: &[&str]) -> String {
        let mut openssl = Program::Openssl.command().unwrap();
        succeeds(&openssl.args(words).output().unwrap())
    }

    /// That openssl takes the certificate for one of the authority's, with this subject.
    pub fn assert_issued(&self, certificate: &Path, subject: &str) {
        let ca = self.path("ca.pem");
        let words = [
            "verify",
            "-x509_strict",
            "-CAfile",
            text(&ca),
            text(certificate),
        ];
        assert!(self.openssl(&words).ends_with("OK\n"));
        let words = [
            "x509",
            "-noout",
            "-subject",
            "-nameopt",
            "RFC2253",
            "-in",
            text(certificate),
        ];
        assert_eq!(self.openssl(&words), format!("subject={subject}\n"));
    }

    pub fn serial(&self, certificate: &Path) -> String {
        self.openssl(&["x509", "-noout", "-serial", "-in", text(certificate)])
    }

    fn public_key(&self, certificate: &Path) -> String {
        self.openssl(&["x509", "-noout", "-pubkey", "-in", text(certificate)])
    }

    /// That the pair gets a session.
    fn assert_opens(&self, environment: &Environment, words: &[&str]) {
        let arn = caller(&self.server, &self.way, environment, words);
        assert!(arn.contains(":assumed-role/enrolled/"), "{arn}");
    }
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_key_in_a_file_is_enrolled_renewed_and_replaced() {
    let stage = Stage::new();
    let (crt, key) = (stage.path("tls.crt"), stage.path("tls.key"));
    let words = ["CN=web-*,OU=ops", "--san", "*.example.org", "--uses", "2"];
    let token = stage.token("token", &words);
    assert_eq!(mode(&token), 0o600);
    let enroll = |crt: &Path, key: &Path, token: &Path, more: &[&str]| {
        let own = ["enroll", text(crt), text(key), "--token-file", text(token)];
        run(
            Path::new(ANYROLE),
            &stage.environment,
            &[&own[..], more].concat(),
        )
    };
    let is_refused = |output: &Output, said: &str| {
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
    };
    let plain = ["--no-password", "--insecure"];
    let named = ["--subject", "CN=web-7", "--san", "web-7.example.org"];
    let wish = [&plain[..], &named].concat();
    // For another name: nothing is written but the key, which waits for the next try.
    let evil = [&plain[..], &["--subject", "CN=root"]].concat();
    is_refused(
        &enroll(&crt, &key, &token, &evil),
        "does not allow `CN=root`",
    );
    assert!(!crt.exists() && key.exists());
    let said = succeeds(&enroll(&crt, &key, &token, &wish));
    assert!(said.contains("subject: CN=web-7,OU=ops"), "{said}");
    assert_eq!((mode(&crt), mode(&key)), (0o644, 0o600));
    stage.assert_issued(&crt, "CN=web-7,OU=ops");
    stage.openssl(&["pkey", "-noout", "-check", "-in", text(&key)]);
    let pair = ["--certificate", text(&crt), "--private-key", text(&key)];
    stage.assert_opens(&Environment::new(), &pair);

    // A lost answer: the same certificate, and no second use.
    let first = fs::read(&crt).unwrap();
    fs::remove_file(&crt).unwrap();
    succeeds(&enroll(&crt, &key, &token, &wish));
    assert_eq!(fs::read(&crt).unwrap(), first);
    // Another machine, with an encrypted key; then no more.
    let (crt2, key2, password) = (
        stage.path("b.crt"),
        stage.path("b.key"),
        stage.path("password"),
    );
    fs::write(&password, "a long password\n").unwrap();
    let encrypted = ["--password-file", text(&password), "--subject", "CN=web-8"];
    succeeds(&enroll(&crt2, &key2, &token, &encrypted));
    let is_encrypted = || {
        fs::read_to_string(&key2)
            .unwrap()
            .contains("ENCRYPTED PRIVATE KEY")
    };
    assert!(is_encrypted());
    let third = enroll(&stage.path("c.crt"), &stage.path("c.key"), &token, &wish);
    is_refused(&third, "used as often as it may be");
    // A token that was changed on its way names another authority.
    let changed = fs::read_to_string(stage.token("other", &["CN=other"])).unwrap();
    let (start, _) = changed.trim().rsplit_once('.').unwrap();
    let (strange, out) = (stage.path("strange"), stage.path("d.crt"));
    fs::write(&strange, format!("{start}.{}", "0".repeat(64))).unwrap();
    let other = enroll(&out, &stage.path("d.key"), &strange, &plain);
    is_refused(&other, "of another authority");
    assert!(!out.exists());

    // Renewals: not due, forced, for a new key.
    let renew = ["certificate", "renew", text(&crt), text(&key)];
    let said = String::from_utf8(ours(&stage.environment, &renew)).unwrap();
    assert!(said.starts_with("not renewed: "), "{said}");
    assert_eq!(fs::read(&crt).unwrap(), first);
    let (serial, public) = (stage.serial(&crt), stage.public_key(&crt));
    ours(&stage.environment, &[&renew[..], &["--force"]].concat());
    stage.assert_issued(&crt, "CN=web-7,OU=ops");
    assert_ne!(stage.serial(&crt), serial);
    assert_eq!(stage.public_key(&crt), public);
    ours(
        &stage.environment,
        &[&renew[..], &["--force", "--new-key"]].concat(),
    );
    assert_ne!(stage.public_key(&crt), public);
    assert_eq!((mode(&crt), mode(&key)), (0o644, 0o600));
    assert!(!stage.path("tls.key.next").exists());
    stage.assert_opens(&Environment::new(), &pair);
    let with_password = [
        "--force",
        "--new-key",
        "--pkcs8-password-file",
        text(&password),
    ];
    let renew2 = ["certificate", "renew", text(&crt2), text(&key2)];
    ours(&stage.environment, &[&renew2[..], &with_password].concat());
    assert!(is_encrypted());
}

#[test]
fn a_daemon_renews_when_it_is_due_and_when_it_is_told() {
    let stage = Stage::new();
    let (crt, key) = (stage.path("tls.crt"), stage.path("tls.key"));
    let token = stage.token("token", &["CN=web"]);
    let words = [
        "enroll",
        text(&crt),
        text(&key),
        "--no-password",
        "--insecure",
        "--token-file",
        text(&token),
    ];
    ours(&stage.environment, &words);
    let said = stage.path("said");
    let hook = format!("cat \"$ANYROLE_CERTIFICATE\" >> {}", said.display());
    let mut daemon = Command::new(ANYROLE)
        .args([
            "certificate",
            "renew",
            text(&crt),
            text(&key),
            "--daemon",
            "--exec",
            &hook,
        ])
        .env_clear()
        .envs(stage.environment.iter().map(|(name, value)| (*name, value)))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(daemon.stderr.take().unwrap()).lines();
    let mut next = move || lines.next().unwrap().unwrap();
    let line = next();
    assert!(line.contains("and is renewed at"), "{line}");
    let before = fs::read_to_string(&crt).unwrap();
    let pid = daemon.id().to_string();
    let signal = |name: &str| {
        succeeds(
            &Command::new("kill")
                .args(["-s", name, &pid])
                .output()
                .unwrap(),
        );
    };
    signal("HUP");
    let line = next();
    assert!(line.starts_with("renewed the certificate"), "{line}");
    let line = next();
    assert!(line.contains("and is renewed at"), "{line}");
    let after = fs::read_to_string(&crt).unwrap();
    assert_ne!(after, before);
    assert_eq!(fs::read_to_string(&said).unwrap(), after);
    // Each is said once, though the files have changed under its eyes.
    signal("HUP");
    let line = next();
    assert!(line.starts_with("renewed the certificate"), "{line}");
    signal("TERM");
    assert!(daemon.wait().unwrap().success());
    stage.assert_opens(
        &Environment::new(),
        &["--certificate", text(&crt), "--private-key", text(&key)],
    );

    // AWS renews nothing.
    let pair = [
        "--certificate",
        text(&crt),
        "--private-key",
        text(&key),
        "--renew",
    ];
    let nowhere = [("AWS_REGION", "us-east-1".into())].to_vec();
    let words = [&["update"], &stage.way.arns()[..], &pair].concat();
    refuses(&nowhere, &words, &["--renew: AWS renews no certificates"]);
}

#[test]
fn a_key_is_made_on_a_token_and_stays_there() {
    let stage = Stage::new();
    let hsm = SoftHsm::new(stage.folder.path()).unwrap();
    hsm.add_token("one").unwrap();
    let mut environment = stage.environment.clone();
    environment.push(hsm.environment());
    environment.push(("ANYROLE_PKCS11_PIN", PIN.into()));
    let module = SoftHsm::module().unwrap();
    for (kind, name) in [(&["--kty", "EC"][..], "ec"), (&["--kty", "RSA"], "rsa")] {
        let crt = stage.path(&format!("{name}.crt"));
        let token = stage.token(name, &["CN=hsm"]);
        let uri = format!(
            "pkcs11:token=one;object={name}?module-path={}",
            module.display()
        );
        let own = ["enroll", text(&crt), &uri, "--token-file", text(&token)];
        ours(&environment, &[&own[..], kind].concat());
        stage.assert_issued(&crt, "CN=hsm");
        let pair = ["--certificate", text(&crt), "--private-key", &uri];
        stage.assert_opens(&environment, &pair);
        let serial = stage.serial(&crt);
        ours(
            &environment,
            &["certificate", "renew", text(&crt), &uri, "--force"],
        );
        assert_ne!(stage.serial(&crt), serial);
        stage.assert_opens(&environment, &pair);
        let other = [
            "certificate",
            "renew",
            text(&crt),
            &uri,
            "--force",
            "--new-key",
        ];
        refuses(
            &environment,
            &other,
            &["keys on tokens and in TPMs stay what they are"],
        );
    }
    let objects = hsm
        .tool("one", &["--list-objects", "--type", "privkey"])
        .unwrap();
    assert_eq!(objects.matches("never extractable").count(), 2, "{objects}");
}

#[test]
fn a_key_is_made_in_a_tpm_and_stays_there() {
    let stage = Stage::new();
    let tpm = SoftwareTpm::start(stage.folder.path()).unwrap();
    let mut environment = stage.environment.clone();
    environment.push(("TPM_DEVICE", tpm.socket()));
    let mut locked = environment.clone();
    locked.push(("ANYROLE_TPM_KEY_PASSWORD", "tpm secret".into()));
    let rows: [(&str, &Environment, &[&str], bool); 4] = [
        ("ec", &environment, &["--no-tpm-key-password"], false),
        ("uri", &environment, &["--no-tpm-key-password"], true),
        ("wide", &locked, &["--curve", "P-384"], false),
        (
            "rsa",
            &environment,
            &["--no-tpm-key-password", "--kty", "RSA"],
            false,
        ),
    ];
    for (name, environment, more, is_by_uri) in rows {
        let (crt, key) = (
            stage.path(&format!("{name}.crt")),
            stage.path(&format!("{name}.key")),
        );
        let token = stage.token(name, &["CN=tpm"]);
        let uri = format!("tpm:file={}", text(&key));
        let named = match is_by_uri {
            true => uri.as_str(),
            false => text(&key),
        };
        let own = ["enroll", text(&crt), named, "--token-file", text(&token)];
        let in_tpm: &[&str] = if is_by_uri { &[] } else { &["--tpm"] };
        ours(environment, &[&own[..], in_tpm, more].concat());
        assert!(
            fs::read_to_string(&key)
                .unwrap()
                .contains("TSS2 PRIVATE KEY")
        );
        assert_eq!(mode(&key), 0o600);
        stage.assert_issued(&crt, "CN=tpm");
        let pair = ["--certificate", text(&crt), "--private-key", named];
        stage.assert_opens(environment, &pair);
        let serial = stage.serial(&crt);
        ours(
            environment,
            &["certificate", "renew", text(&crt), named, "--force"],
        );
        assert_ne!(stage.serial(&crt), serial);
    }
    assert_eq!(tpm.tool("tpm2_getcap", &["handles-transient"]).unwrap(), "");
    // A key that has a handle already.
    let tools = [
        ("tpm2_createprimary", "-Q -C o -G ecc -c primary.ctx"),
        (
            "tpm2_create",
            "-Q -C primary.ctx -G ecc256:ecdsa -u own.pub -r own.priv",
        ),
        ("tpm2_flushcontext", "-t"),
        (
            "tpm2_load",
            "-Q -C primary.ctx -u own.pub -r own.priv -c own.ctx",
        ),
        ("tpm2_flushcontext", "-t"),
        ("tpm2_evictcontrol", "-Q -C o -c own.ctx 0x81000701"),
        ("tpm2_flushcontext", "-t"),
    ];
    for (name, line) in tools {
        let words: Vec<_> = line.split(' ').collect();
        tpm.tool(name, &words).unwrap();
    }
    let (crt, uri) = (stage.path("handle.crt"), "tpm:handle=0x81000701");
    let token = stage.token("handle", &["CN=tpm"]);
    let own = ["enroll", text(&crt), uri, "--no-tpm-key-password"];
    let words = ["--token-file", text(&token)];
    ours(&environment, &[&own[..], &words].concat());
    let pair = ["--certificate", text(&crt), "--private-key", uri];
    stage.assert_opens(
        &environment,
        &[&pair[..], &["--no-tpm-key-password"]].concat(),
    );
    let renew = ["certificate", "renew", text(&crt), uri, "--force"];
    ours(
        &environment,
        &[&renew[..], &["--no-tpm-key-password"]].concat(),
    );
    stage.assert_issued(&crt, "CN=tpm");
    assert_eq!(tpm.tool("tpm2_getcap", &["handles-transient"]).unwrap(), "");
    let output = run(
        Path::new(ANYROLE),
        &environment,
        &["join-token", "list", "--data", text(stage.server.data())],
    );
    assert_eq!(succeeds(&output).matches("1 of 1 used").count(), 5);
}
