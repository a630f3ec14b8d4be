//! Certificates made with `cfssl gencert | cfssljson -bare`, as the second public walk-through does it. Called by tests.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::{Issued, KeyKind};
use crate::programs::{Program, run};

/// An authority made by cfssl, whose files are in a folder under cfssljson's names: `ca.pem`, `ca-key.pem`, `ca.csr`.
#[derive(Debug, Clone)]
pub struct CfsslAuthority {
    folder: PathBuf,
    issued: Issued,
}

impl CfsslAuthority {
    /// A self-signed authority in `folder` (made if it isn't there).
    ///
    /// # Errors
    /// cfssl isn't there or refuses; it makes no RSA keys under 2048 bits.
    pub fn root(folder: &Path, kind: KeyKind) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let request = json!({
            "CN": "Test cfssl root",
            "key": key(kind),
            "names": [{"O": "Example"}],
            "ca": {"expiry": "720h"},
        });
        let issued = gencert(folder, "ca", &request, &["-initca"])?;
        Ok(Self {
            folder: folder.to_owned(),
            issued,
        })
    }

    /// Issues a leaf with cfssl's default profile (server and client), as `NAME.pem` and `NAME-key.pem`.
    ///
    /// # Errors
    /// As [`CfsslAuthority::root`].
    pub fn leaf(
        &self,
        name: &str,
        common_name: &str,
        organizational_unit: &str,
        kind: KeyKind,
    ) -> Result<Issued> {
        let request = json!({
            "CN": common_name,
            "hosts": [format!("{name}.example.org")],
            "key": key(kind),
            "names": [{"O": "Example", "OU": organizational_unit}],
        });
        let authority = ["-ca", "ca.pem", "-ca-key", "ca-key.pem"];
        gencert(&self.folder, name, &request, &authority)
    }

    /// The authority's own certificate and key.
    #[must_use]
    pub const fn own(&self) -> &Issued {
        &self.issued
    }
}

fn key(kind: KeyKind) -> Value {
    match kind {
        KeyKind::Rsa(bits) => json!({"algo": "rsa", "size": bits}),
        KeyKind::P256 => json!({"algo": "ecdsa", "size": 256}),
        KeyKind::P384 => json!({"algo": "ecdsa", "size": 384}),
        KeyKind::P521 => json!({"algo": "ecdsa", "size": 521}),
    }
}

fn gencert(folder: &Path, name: &str, request: &Value, options: &[&str]) -> Result<Issued> {
    let request_file = folder.join(format!("{name}.json"));
    fs::write(&request_file, serde_json::to_string_pretty(request)?)?;
    let answer = run(Program::Cfssl
        .command()?
        .current_dir(folder)
        .args(["gencert", "-loglevel", "3"])
        .args(options)
        .arg(format!("{name}.json")))?;
    let mut cfssljson = Program::Cfssljson
        .command()?
        .current_dir(folder)
        .args(["-bare", name])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("starting cfssljson")?;
    if let Some(mut input) = cfssljson.stdin.take() {
        input.write_all(&answer)?;
    }
    let output = cfssljson.wait_with_output()?;
    if !output.status.success() {
        bail!("cfssljson: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(Issued {
        certificate: folder.join(format!("{name}.pem")),
        key: folder.join(format!("{name}-key.pem")),
    })
}
