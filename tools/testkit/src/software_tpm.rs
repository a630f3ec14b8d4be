//! A TPM 2.0 in software (swtpm) on a UNIX socket, filled by tpm2-tools and openssl's provider. Called by tests of TPM keys.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::programs::{Program, run};

/// A running TPM; ended when dropped.
#[derive(Debug)]
pub struct SoftwareTpm {
    folder: PathBuf,
    process: Child,
}

impl SoftwareTpm {
    /// Starts one and waits until it takes commands.
    ///
    /// # Errors
    /// swtpm isn't there or doesn't start.
    pub fn start(folder: &Path) -> Result<Self> {
        let folder = folder.join("tpm");
        fs::create_dir_all(folder.join("state"))?;
        let unix = |name: &str| format!("type=unixio,path={}", folder.join(name).display());
        let process = Program::Swtpm
            .command()?
            .args(["socket", "--tpm2", "--flags", "not-need-init,startup-clear"])
            .args(["--server", &unix("socket"), "--ctrl", &unix("socket.ctrl")])
            .arg("--tpmstate")
            .arg(format!("dir={}", folder.join("state").display()))
            .stdout(Stdio::null())
            .stderr(File::create(folder.join("log"))?)
            .spawn()
            .context("starting swtpm")?;
        let tpm = Self { folder, process };
        let patience = Instant::now() + Duration::from_secs(30);
        while !tpm.socket().exists() {
            if Instant::now() > patience {
                bail!("swtpm made no socket in 30 s");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(tpm)
    }

    /// Its socket, for `TPM_DEVICE`.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// A path in its folder.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A program of tpm2-tools, such as `tpm2_getcap`, in this TPM's folder; what it printed.
    ///
    /// # Errors
    /// It isn't there or fails.
    pub fn tool(&self, name: &str, arguments: &[&str]) -> Result<String> {
        // All of them are links to one program, which Debian packages together.
        let folder = Program::Tpm2Tools.path()?;
        let program = folder.with_file_name(name);
        let output = run(self.environment(Command::new(program).args(arguments)))?;
        Ok(String::from_utf8_lossy(&output).into_owned())
    }

    fn environment<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let socket = format!("swtpm:path={}", self.socket().display());
        command
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .env("TPM2TOOLS_TCTI", &socket)
            .env("TPM2OPENSSL_TCTI", &socket)
    }

    /// openssl with the TPM's provider, in this TPM's folder.
    ///
    /// # Errors
    /// It fails.
    pub fn openssl(&self, arguments: &[&str]) -> Result<()> {
        run(self.environment(Program::Openssl.command()?.args(arguments)))?;
        Ok(())
    }

    /// Makes the owner's storage key persistent at `handle`.
    ///
    /// # Errors
    /// The tools fail.
    pub fn add_parent(&self, handle: &str) -> Result<()> {
        self.tool(
            "tpm2_createprimary",
            &["-Q", "-C", "o", "-G", "ecc", "-c", "primary.ctx"],
        )?;
        self.tool(
            "tpm2_evictcontrol",
            &["-Q", "-C", "o", "-c", "primary.ctx", handle],
        )?;
        self.flush()
    }

    /// Imports a key file of openssl under a persistent parent: `NAME.pub` and `NAME.priv`. `password` may be empty.
    ///
    /// # Errors
    /// The tools fail.
    pub fn import(
        &self,
        parent: &str,
        key: &Path,
        kind: &str,
        password: &str,
        name: &str,
    ) -> Result<()> {
        let (public, private) = (format!("{name}.pub"), format!("{name}.priv"));
        let key = key.to_str().context("a path that is not UTF-8")?;
        let mut arguments = vec![
            "-Q", "-C", parent, "-G", kind, "-i", key, "-u", &public, "-r", &private,
        ];
        // With the lockout's protection, unlike the tool's own choice.
        arguments.extend(["-a", "userwithauth|sign"]);
        if !password.is_empty() {
            arguments.extend(["-p", password]);
        }
        self.tool("tpm2_import", &arguments)?;
        Ok(())
    }

    /// Makes what [`Self::import`] left persistent at `handle`.
    ///
    /// # Errors
    /// The tools fail.
    pub fn persist(&self, parent: &str, name: &str, handle: &str) -> Result<()> {
        let (public, private) = (format!("{name}.pub"), format!("{name}.priv"));
        let arguments = [
            "-Q", "-C", parent, "-u", &public, "-r", &private, "-c", "key.ctx",
        ];
        self.tool("tpm2_load", &arguments)?;
        self.tool(
            "tpm2_evictcontrol",
            &["-Q", "-C", "o", "-c", "key.ctx", handle],
        )?;
        self.flush()
    }

    /// Takes transient objects out, which the tools leave behind without a resource manager.
    ///
    /// # Errors
    /// The tools fail.
    pub fn flush(&self) -> Result<()> {
        self.tool("tpm2_flushcontext", &["-t"])?;
        Ok(())
    }

    /// How many wrong passwords the TPM has counted since it last forgot one.
    ///
    /// # Errors
    /// The tools fail, or print something else.
    pub fn wrong_passwords(&self) -> Result<u32> {
        let properties = self.tool("tpm2_getcap", &["properties-variable"])?;
        let counter = properties
            .lines()
            .find_map(|line| line.strip_prefix("TPM2_PT_LOCKOUT_COUNTER: 0x"))
            .context("no lockout counter")?;
        Ok(u32::from_str_radix(counter.trim(), 16)?)
    }
}

impl Drop for SoftwareTpm {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}
