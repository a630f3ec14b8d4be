//! PKCS#11 tokens of SoftHSM, each in a folder of its own, filled by pkcs11-tool and openssl. Called by tests of keys on tokens.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::certificates::Issued;
use crate::programs::{Program, run};

/// The PIN of every token made here.
pub const PIN: &str = "246810";

/// A folder of tokens.
#[derive(Debug, Clone)]
pub struct SoftHsm {
    folder: PathBuf,
}

impl SoftHsm {
    /// No token yet.
    ///
    /// # Errors
    /// The folder can't be written.
    pub fn new(folder: &Path) -> Result<Self> {
        let folder = folder.join("softhsm");
        let tokens = folder.join("tokens");
        fs::create_dir_all(&tokens)?;
        let configuration = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        );
        fs::write(folder.join("softhsm2.conf"), configuration)?;
        Ok(Self { folder })
    }

    /// The module's file.
    ///
    /// # Errors
    /// SoftHSM is not installed.
    pub fn module() -> Result<PathBuf> {
        Program::SoftHsm.path()?;
        let module = PathBuf::from("/usr/lib/softhsm/libsofthsm2.so");
        fs::metadata(&module).with_context(|| format!("`{}`", module.display()))?;
        Ok(module)
    }

    /// What a process needs in its environment to see these tokens.
    #[must_use]
    pub fn environment(&self) -> (&'static str, PathBuf) {
        ("SOFTHSM2_CONF", self.folder.join("softhsm2.conf"))
    }

    /// Where SoftHSM keeps the tokens.
    #[must_use]
    pub fn tokens(&self) -> PathBuf {
        self.folder.join("tokens")
    }

    fn command(&self, program: Program) -> Result<Command> {
        let mut command = program.command()?;
        let (name, value) = self.environment();
        command.env(name, value);
        Ok(command)
    }

    /// Makes a token.
    ///
    /// # Errors
    /// softhsm2-util fails.
    pub fn add_token(&self, label: &str) -> Result<()> {
        let mut command = self.command(Program::SoftHsm)?;
        command.args(["--init-token", "--free", "--label", label]);
        run(command.args(["--so-pin", "87654321", "--pin", PIN]))?;
        Ok(())
    }

    /// `pkcs11-tool` on a token, logged in; what it printed.
    ///
    /// # Errors
    /// It fails.
    pub fn tool(&self, token: &str, arguments: &[&str]) -> Result<String> {
        let mut command = self.command(Program::Pkcs11Tool)?;
        command.arg("--module").arg(Self::module()?);
        command.args(["--token-label", token, "--login", "--pin", PIN]);
        let output = run(command.args(arguments))?;
        Ok(String::from_utf8_lossy(&output).into_owned())
    }

    /// What `pkcs11-tool --list-token-slots` says of all tokens, without a login: the flags of their PINs are in it.
    ///
    /// # Errors
    /// It fails.
    pub fn flags(&self) -> Result<String> {
        let mut command = self.command(Program::Pkcs11Tool)?;
        command.arg("--module").arg(Self::module()?);
        let output = run(command.arg("--list-token-slots"))?;
        Ok(String::from_utf8_lossy(&output).into_owned())
    }

    /// Puts a private key and its public half on a token.
    ///
    /// # Errors
    /// The tools fail.
    pub fn add_key(&self, token: &str, key: &Path, id: &str, label: &str) -> Result<()> {
        let private = self.der(key, &["pkey", "-outform", "DER"], "private.der")?;
        let public = self.der(key, &["pkey", "-pubout", "-outform", "DER"], "public.der")?;
        let name = ["--id", id, "--label", label];
        for (file, kind) in [(&private, "privkey"), (&public, "pubkey")] {
            let words = ["--write-object", text(file)?, "--type", kind];
            self.tool(token, &[&words[..], &name].concat())?;
        }
        Ok(())
    }

    /// Puts a certificate on a token.
    ///
    /// # Errors
    /// The tools fail.
    pub fn add_certificate(
        &self,
        token: &str,
        certificate: &Path,
        id: &str,
        label: &str,
    ) -> Result<()> {
        let der = self.der(certificate, &["x509", "-outform", "DER"], "certificate.der")?;
        let arguments = [
            "--write-object",
            text(&der)?,
            "--type",
            "cert",
            "--id",
            id,
            "--label",
            label,
        ];
        self.tool(token, &arguments)?;
        Ok(())
    }

    /// A key and its certificate under one id and label.
    ///
    /// # Errors
    /// The tools fail.
    pub fn add(&self, token: &str, issued: &Issued, id: &str, label: &str) -> Result<()> {
        self.add_key(token, &issued.key, id, label)?;
        self.add_certificate(token, &issued.certificate, id, label)
    }

    fn der(&self, from: &Path, words: &[&str], name: &str) -> Result<PathBuf> {
        let to = self.folder.join(name);
        let mut openssl = Program::Openssl.command()?;
        run(openssl
            .args(words)
            .arg("-in")
            .arg(from)
            .arg("-out")
            .arg(&to))?;
        Ok(to)
    }
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is not UTF-8")
}
