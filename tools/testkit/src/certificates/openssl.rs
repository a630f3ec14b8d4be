//! Certificates made with `openssl ca`, which alone of openssl 3.0's commands takes both ends of the validity.
//! A request comes in, PEM files go out. Called by tests through `Authority`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use jiff::Timestamp;
use tempfile::TempDir;

use super::{CertificateRequest, Issued, KeyKind};
use crate::programs::{Program, run};

/// A certificate authority whose certificate and key are files in a folder, where what it issues goes too.
#[derive(Debug, Clone)]
pub struct Authority {
    folder: PathBuf,
    issued: Issued,
}

impl Authority {
    /// A sound P-256 root in `folder` (made if it isn't there), as `root.pem` and `root.key`.
    ///
    /// # Errors
    /// As [`Authority::root_from`].
    pub fn root(folder: &Path) -> Result<Self> {
        Self::root_from(folder, "root", &CertificateRequest::authority("Test root"))
    }

    /// A self-signed certificate, as `NAME.pem` and `NAME.key` in `folder`.
    ///
    /// # Errors
    /// openssl isn't there or refuses.
    pub fn root_from(folder: &Path, name: &str, request: &CertificateRequest) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let issued = issue(folder, name, request, None)?;
        Ok(Self {
            folder: folder.to_owned(),
            issued,
        })
    }

    /// Issues a certificate for a new key, as `NAME.pem` and `NAME.key` beside the authority's own.
    ///
    /// # Errors
    /// As [`Authority::root_from`].
    pub fn issue(&self, name: &str, request: &CertificateRequest) -> Result<Issued> {
        issue(&self.folder, name, request, Some(&self.issued))
    }

    /// Issues a certificate and takes it as an authority of its own, whatever its extensions say.
    ///
    /// # Errors
    /// As [`Authority::root_from`].
    pub fn intermediate(&self, name: &str, request: &CertificateRequest) -> Result<Self> {
        Ok(Self {
            folder: self.folder.clone(),
            issued: self.issue(name, request)?,
        })
    }

    /// The authority's own certificate and key.
    #[must_use]
    pub const fn own(&self) -> &Issued {
        &self.issued
    }

    /// The path of the authority's own certificate.
    #[must_use]
    pub fn certificate(&self) -> &Path {
        &self.issued.certificate
    }
}

/// How a private key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFormat<'a> {
    /// `PRIVATE KEY`.
    Pkcs8,
    /// `RSA PRIVATE KEY` or `EC PRIVATE KEY`.
    Traditional,
    /// `ENCRYPTED PRIVATE KEY`, AES-256 under this password.
    EncryptedPkcs8(&'a str),
}

/// Generates a key into `path`, PKCS#8 PEM, with no certificate.
///
/// # Errors
/// openssl isn't there or refuses the kind.
pub fn generate_key(kind: KeyKind, path: &Path) -> Result<()> {
    let mut command = Program::Openssl.command()?;
    command.arg("genpkey");
    match kind {
        KeyKind::Rsa(bits) => command
            .args(["-algorithm", "RSA", "-pkeyopt"])
            .arg(format!("rsa_keygen_bits:{bits}")),
        KeyKind::P256 => command.args(curve("P-256")),
        KeyKind::P384 => command.args(curve("P-384")),
        KeyKind::P521 => command.args(curve("P-521")),
    };
    run(command.arg("-out").arg(path))?;
    Ok(())
}

fn curve(name: &str) -> [String; 6] {
    [
        "-algorithm".to_owned(),
        "EC".to_owned(),
        "-pkeyopt".to_owned(),
        format!("ec_paramgen_curve:{name}"),
        "-pkeyopt".to_owned(),
        "ec_param_enc:named_curve".to_owned(),
    ]
}

/// Writes the private key of `from` to `to` in another form.
///
/// # Errors
/// openssl isn't there or can't read the key.
pub fn convert_key(from: &Path, to: &Path, format: KeyFormat<'_>) -> Result<()> {
    let mut command = Program::Openssl.command()?;
    command.arg("pkey").arg("-in").arg(from).arg("-out").arg(to);
    match format {
        KeyFormat::Pkcs8 => {}
        KeyFormat::Traditional => {
            command.arg("-traditional");
        }
        KeyFormat::EncryptedPkcs8(password) => {
            // By the environment, so that it doesn't stand in the list of processes.
            command
                .args(["-aes256", "-passout", "env:TESTKIT_PASSWORD"])
                .env("TESTKIT_PASSWORD", password);
        }
    }
    run(&mut command)?;
    Ok(())
}

/// Writes a certificate with its key and further certificates to a PKCS#12 file without a password, in the old form
/// (SHA-1, 3DES) that the official helper can read.
///
/// # Errors
/// openssl isn't there or can't read one of the files.
pub fn write_pkcs12(issued: &Issued, chain: &[&Path], to: &Path) -> Result<()> {
    let desk = TempDir::with_prefix("openssl-pkcs12-")?;
    let bundle = desk.path().join("chain.pem");
    let mut text = String::new();
    for certificate in chain {
        text.push_str(&fs::read_to_string(certificate)?);
    }
    fs::write(&bundle, text)?;
    let mut command = Program::Openssl.command()?;
    command.args(["pkcs12", "-export", "-in"]);
    command.arg(&issued.certificate).arg("-inkey");
    command.arg(&issued.key).arg("-out").arg(to);
    command.args(["-passout", "pass:", "-macalg", "sha1"]);
    command.args(["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES"]);
    if !chain.is_empty() {
        command.arg("-certfile").arg(&bundle);
    }
    run(&mut command)?;
    Ok(())
}

/// What `openssl x509 -text` says of a certificate.
///
/// # Errors
/// openssl isn't there or can't read it.
pub fn describe(certificate: &Path) -> Result<String> {
    let text = run(x509(certificate)?.args(["-noout", "-text"]))?;
    String::from_utf8(text).context("reading openssl's description")
}

pub(super) fn der(certificate: &Path) -> Result<Vec<u8>> {
    run(x509(certificate)?.args(["-outform", "DER"]))
}

fn x509(certificate: &Path) -> Result<Command> {
    let mut command = Program::Openssl.command()?;
    command.arg("x509").arg("-in").arg(certificate);
    Ok(command)
}

fn issue(
    folder: &Path,
    name: &str,
    request: &CertificateRequest,
    issuer: Option<&Issued>,
) -> Result<Issued> {
    let issued = Issued {
        certificate: folder.join(format!("{name}.pem")),
        key: folder.join(format!("{name}.key")),
    };
    generate_key(request.key, &issued.key)?;
    // `openssl ca` keeps a database; one for each certificate lets tests run side by side.
    let desk = TempDir::with_prefix("openssl-ca-")?;
    let signing_request = desk.path().join("request.csr");
    run(Program::Openssl
        .command()?
        .args(["req", "-new", "-utf8", "-config", "/dev/null", "-subj"])
        .arg(&request.subject)
        .arg("-key")
        .arg(&issued.key)
        .arg("-out")
        .arg(&signing_request))?;
    fs::write(desk.path().join("ca.conf"), configuration(request))?;
    fs::write(desk.path().join("index.txt"), "")?;
    if let Some(serial) = &request.serial {
        fs::write(desk.path().join("serial"), format!("{serial}\n"))?;
    }
    let mut command = Program::Openssl.command()?;
    command
        .current_dir(desk.path())
        .args(["ca", "-batch", "-notext", "-utf8", "-preserveDN"])
        .args(["-config", "ca.conf", "-in", "request.csr", "-md"])
        .arg(&request.digest)
        .args(["-startdate", &asn1_time(request.validity.not_before)])
        .args(["-enddate", &asn1_time(request.validity.not_after)])
        .arg("-out")
        .arg(absolute(&issued.certificate)?)
        .arg("-keyfile")
        .arg(absolute(&issuer.unwrap_or(&issued).key)?);
    match issuer {
        Some(issuer) => command.arg("-cert").arg(absolute(&issuer.certificate)?),
        None => command.arg("-selfsign"),
    };
    if request.serial.is_none() {
        command.arg("-rand_serial");
    }
    run(&mut command)?;
    Ok(issued)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("resolving `{}`", path.display()))
}

fn asn1_time(at: Timestamp) -> String {
    at.strftime("%Y%m%d%H%M%SZ").to_string()
}

fn configuration(request: &CertificateRequest) -> String {
    let mut text = String::from(
        "[ca]\ndefault_ca = desk\n\n\
         [desk]\ndatabase = index.txt\nserial = serial\nnew_certs_dir = .\npolicy = any\n\
         unique_subject = no\nemail_in_dn = yes\ncopy_extensions = none\n",
    );
    if !request.extensions.is_empty() {
        text.push_str("x509_extensions = extensions\n");
    }
    text.push_str("\n[any]\ncommonName = optional\n");
    if !request.extensions.is_empty() {
        text.push_str("\n[extensions]\n");
    }
    for (name, value) in &request.extensions {
        // Writing to a string can't fail.
        let _ = writeln!(text, "{name} = {value}");
    }
    text
}
