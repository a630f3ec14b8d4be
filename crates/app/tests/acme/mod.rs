//! Real ACME clients against the built server, over TLS: each gets, renews and revokes certificates of an authority of the server, with
//! which CreateSession works, then is refused.

mod instant;
mod servers;
mod two_servers;

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use anyrole_testkit::certificates::{Authority, CertificateRequest, Issued};
use anyrole_testkit::{AwsCli, Program, ServerBuilder, TestServer};
use anyrole_x509::Certificate;
use serde_json::{Value, json};
use tempfile::TempDir;

use self::servers::{dns, free_port};
use crate::way_in::{ANYROLE, WayIn, anyrole, root, script, succeeds};

/// A server whose authority ACME is open for, and a machine that wants certificates of it.
pub struct Site {
    pub server: TestServer,
    way: WayIn,
    folder: TempDir,
    pub ca_arn: String,
    /// Who vouches for the server's TLS.
    pub tls_root: PathBuf,
    directory: String,
    pub http_port: u16,
    tls_port: u16,
    /// What starts another server like it.
    builder: ServerBuilder,
}

impl Site {
    pub fn open() -> Self {
        Self::open_with(|builder| builder)
    }

    /// With more settings.
    fn open_with(more: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Self {
        let folder = TempDir::new().unwrap();
        let records = folder.path().join("records");
        std::fs::create_dir(&records).unwrap();
        let tls = Authority::root(&folder.path().join("tls")).unwrap();
        let own = tls
            .issue("server", &CertificateRequest::loopback_server())
            .unwrap();
        let (http_port, tls_port) = (free_port(), free_port());
        let builder = TestServer::builder(ANYROLE)
            .tls(&own.certificate, &own.key)
            .arg("--acme-networks=127.0.0.1")
            .arg(format!("--acme-dns={}", dns(records)))
            .arg(format!("--acme-http-port={http_port}"))
            .arg(format!("--acme-tls-port={tls_port}"));
        let builder = more(builder);
        let server = builder.clone().start().unwrap();
        let tls_root = tls.certificate().to_owned();
        let operator = root(&server).ca_bundle(&tls_root);
        let ca_arn = script(&operator, "root_authority.py", &[])
            .trim()
            .to_owned();
        let way = WayIn::open(&operator, &json!({"name": "acme", "ca_arn": ca_arn}));
        let mut site = Self {
            server,
            way,
            folder,
            ca_arn,
            tls_root,
            directory: String::new(),
            http_port,
            tls_port,
            builder,
        };
        let names = "*.corp.example";
        let opened = site.acme(&[
            "open",
            "--names",
            names,
            "--subject",
            "OU=fleet",
            "--wildcards",
        ]);
        site.directory = format!(
            "{}{}",
            site.server.url(),
            opened["directory"].as_str().unwrap()
        );
        site
    }

    /// The root user, by the AWS CLI and boto3.
    pub fn operator(&self) -> AwsCli {
        root(&self.server).ca_bundle(&self.tls_root)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `anyrole acme ACTION --ca ARN …` as the operator; its answer.
    fn acme(&self, words: &[&str]) -> Value {
        let (action, rest) = words.split_first().unwrap();
        let output = Command::new(ANYROLE)
            .args(["acme", *action, "--ca", &self.ca_arn])
            .args(["--endpoint-url", self.server.url(), "--data"])
            .arg(self.server.data())
            .args(rest)
            .env_clear()
            .env("SSL_CERT_FILE", &self.tls_root)
            .output()
            .unwrap();
        serde_json::from_str(&succeeds(&output)).unwrap()
    }

    /// A key for one account: its id and secret.
    pub fn key(&self) -> (String, String) {
        let made = self.acme(&["create-key", "--label", "test"]);
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        (text("id"), text("hmac_key"))
    }

    fn credentials(&self, issued: &Issued) -> Output {
        self.credentials_of(&self.server, issued)
    }

    fn credentials_of(&self, server: &TestServer, issued: &Issued) -> Output {
        let mut words = self.way.credential_process(issued);
        words.extend([
            "--ca-bundle".to_owned(),
            self.tls_root.to_str().unwrap().to_owned(),
        ]);
        anyrole(ANYROLE, server.url(), &words)
    }

    /// CreateSession takes the certificate; what it says.
    fn opens(&self, issued: &Issued) -> Certificate {
        succeeds(&self.credentials(issued));
        let pem = std::fs::read_to_string(&issued.certificate).unwrap();
        Certificate::parse_pem_bundle(&pem).unwrap().remove(0)
    }

    /// CreateSession refuses it, since it is revoked.
    fn is_refused(&self, issued: &Issued) {
        let output = self.credentials(issued);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{stderr}");
        let trail = std::fs::read_to_string(self.server.data().join("audit.jsonl")).unwrap();
        let records = trail
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut last = Value::Null;
        for record in records.filter(|record| record["event"] == "rolesanywhere:CreateSession") {
            last = record;
        }
        assert_eq!(last["reason"], "certificate-revoked", "{last} {stderr}");
    }
}

fn name_of(certificate: &Certificate) -> String {
    certificate.summary().subject.to_string()
}

fn certbot(site: &Site, words: &[&str]) -> String {
    let folder = |name: &str| site.path(name).to_str().unwrap().to_owned();
    let output = Command::new(Program::Certbot.path().unwrap())
        .args(words)
        .args(["--non-interactive", "--server", &site.directory])
        .args([
            "--config-dir",
            &folder("certbot"),
            "--work-dir",
            &folder("work"),
        ])
        .args(["--logs-dir", &folder("logs")])
        .env("REQUESTS_CA_BUNDLE", &site.tls_root)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let log = std::fs::read_to_string(site.path("logs/letsencrypt.log")).unwrap_or_default();
    assert!(
        output.status.success(),
        "{words:?}: {stderr}\n{log}\n{}",
        site.server.log()
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn certbot_gets_renews_and_revokes() {
    let site = Site::open();
    let (kid, secret) = site.key();
    let port = site.http_port.to_string();
    let name = "certbot.corp.example";
    let standalone = [
        "--standalone",
        "--http-01-port",
        &port,
        "--http-01-address",
        "127.0.0.1",
    ];
    let mut words = vec![
        "certonly",
        "--agree-tos",
        "-m",
        "ops@corp.example",
        "-d",
        name,
    ];
    words.extend(["--eab-kid", &kid, "--eab-hmac-key", &secret]);
    words.extend(standalone);
    certbot(&site, &words);
    let live = |file: &str| site.path("certbot/live").join(name).join(file);
    let issued = Issued {
        certificate: live("cert.pem"),
        key: live("privkey.pem"),
    };
    let first = site.opens(&issued);
    assert_eq!(name_of(&first), format!("CN={name},OU=fleet"));
    let at_once = "--no-random-sleep-on-renew";
    certbot(&site, &["renew", "--force-renewal", at_once]);
    let second = site.opens(&issued);
    assert_ne!(first.summary().serial_hex, second.summary().serial_hex);
    let certificate = issued.certificate.to_str().unwrap();
    let revoke = [
        "revoke",
        "--cert-path",
        certificate,
        "--no-delete-after-revoke",
    ];
    certbot(&site, &revoke);
    site.is_refused(&issued);
}

pub fn lego(site: &Site, (kid, secret): &(String, String), challenge: &[&str], action: &[&str]) {
    let path = site.path("lego");
    let mut words = vec!["--server", &site.directory, "--accept-tos"];
    words.extend([
        "--email",
        "ops@corp.example",
        "--path",
        path.to_str().unwrap(),
    ]);
    // It wants them for each action of a server that asks accounts for a key.
    words.extend(["--eab", "--kid", kid, "--hmac", secret]);
    words.extend(["--domains", "lego.corp.example"]);
    words.extend(challenge);
    words.extend(action);
    let output = Command::new(Program::Lego.path().unwrap())
        .args(&words)
        .env("LEGO_CA_CERTIFICATES", &site.tls_root)
        .env("EXEC_PATH", site.path("record"))
        .env("RECORDS", site.path("records"))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let log = site.server.log();
    assert!(output.status.success(), "{words:?}: {stderr}\n{log}");
}

/// What lego calls to make a record: `present FQDN VALUE`.
fn record_writer(site: &Site) {
    let path = site.path("record");
    let text =
        "#!/bin/sh\n[ \"$1\" = present ] && printf '%s\\n' \"$3\" >> \"$RECORDS/${2%.}\"\nexit 0\n";
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn lego_gets_renews_and_revokes_by_each_challenge() {
    let site = Site::open();
    record_writer(&site);
    let (http, tls) = (
        format!("127.0.0.1:{}", site.http_port),
        format!("127.0.0.1:{}", site.tls_port),
    );
    let file = |end: &str| {
        site.path("lego/certificates")
            .join(format!("lego.corp.example.{end}"))
    };
    let issued = Issued {
        certificate: file("crt"),
        key: file("key"),
    };
    let mut serials = Vec::new();
    for challenge in [
        &["--http", "--http.port", &http][..],
        &["--tls", "--tls.port", &tls],
        &["--dns", "exec", "--dns.disable-cp"],
    ] {
        let key = site.key();
        lego(&site, &key, challenge, &["run"]);
        let first = site.opens(&issued);
        assert_eq!(name_of(&first), "CN=lego.corp.example,OU=fleet");
        lego(
            &site,
            &key,
            challenge,
            &["renew", "--days", "400", "--no-random-sleep"],
        );
        let second = site.opens(&issued);
        lego(&site, &key, challenge, &["revoke", "--keep"]);
        site.is_refused(&issued);
        serials.extend([first, second].map(|one| one.summary().serial_hex.clone()));
        // The proof serves further orders: another account proves anew.
        std::fs::remove_dir_all(site.path("lego")).unwrap();
    }
    serials.sort();
    serials.dedup();
    assert_eq!(serials.len(), 6);
}
