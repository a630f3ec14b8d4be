//! The public commands, run as a person runs them: this very program as a child process, in the walk-through's folder.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use zeroize::Zeroizing;

const POLL: Duration = Duration::from_millis(10);

/// Runs `anyrole …`.
pub struct Program {
    /// The binary.
    pub path: PathBuf,
    /// Where relative names count from.
    pub folder: PathBuf,
    /// Where the service is.
    pub url: String,
    /// Set when the person wants to stop.
    pub cancelled: Arc<AtomicBool>,
}

/// What a command printed.
pub struct Printed {
    /// Whether it ended with 0.
    pub success: bool,
    /// Standard output; it may be credentials.
    pub stdout: Zeroizing<String>,
    /// Standard error.
    pub stderr: String,
}

impl Program {
    /// Runs the command with these arguments; that it fails is no error.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<Printed> {
        let mut command = Command::new(&self.path);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("AWS_ENDPOINT_URL", &self.url)
            // Nothing is left behind in the user's folders.
            .env("ANYROLE_CACHE", "off")
            .env_remove("AWS_ENDPOINT_URL_ROLESANYWHERE")
            // A proxy from the environment does not know the way to this machine's loopback.
            .env("NO_PROXY", "*")
            .env("no_proxy", "*")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C reaches a terminal's whole group; the walk-through itself ends its children.
            .process_group(0);
        let mut child = command
            .spawn()
            .with_context(|| format!("`{}` can't be started", self.path.display()))?;
        self.wait(&mut child)?;
        let output = child.wait_with_output()?;
        Ok(Printed {
            success: output.status.success(),
            stdout: Zeroizing::new(String::from_utf8_lossy(&output.stdout).into_owned()),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// As `run`; a command that fails is an error with what it said.
    pub fn succeed(&self, arguments: &[&str]) -> anyhow::Result<Zeroizing<String>> {
        let printed = self.run(arguments)?;
        if !printed.success {
            bail!("{}", printed.complaint());
        }
        Ok(printed.stdout)
    }

    /// What these commands print fits into a pipe, so it can be read when they have ended.
    fn wait(&self, child: &mut Child) -> anyhow::Result<()> {
        while child.try_wait()?.is_none() {
            if self.cancelled.load(Ordering::Relaxed) {
                // One that has ended by itself meanwhile is as well.
                let _ended_or_not = child.kill();
                let _status = child.wait()?;
                bail!("stopped");
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }
}

impl Printed {
    /// The first line of standard error, without the program's name before it.
    pub fn complaint(&self) -> &str {
        let line = self
            .stderr
            .lines()
            .next()
            .unwrap_or("it failed and said nothing");
        line.strip_prefix("anyrole: ").unwrap_or(line)
    }
}
