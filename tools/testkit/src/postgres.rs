//! A PostgreSQL server of a test's own: a new cluster in a temporary folder, reached through a UNIX socket in it, with the
//! programs of Debian's `postgresql` package; the cluster that the package makes is not touched. Called by integration
//! tests and benchmarks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::programs::{find_on_path, run};

/// How long a start or a stop may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The database's superuser; there is no password on the socket.
const USER: &str = "anyrole";
/// Debian's user for servers: PostgreSQL refuses to be run by root.
const SERVER_USER: &str = "postgres";

/// A running server; it is stopped, by its process id, when this is dropped.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    process: Option<Child>,
}

impl Postgres {
    /// Makes a cluster and starts its server.
    ///
    /// # Errors
    /// PostgreSQL is not installed, or does not start; the message has its log.
    pub fn start() -> Result<Self> {
        let folder = TempDir::with_prefix("anyrole-pg-")?;
        if is_root()? {
            run(Command::new("chown").arg(SERVER_USER).arg(folder.path()))?;
        }
        let mut server = Self {
            folder,
            process: None,
        };
        run(server
            .as_server_user("initdb")?
            .args(["--no-sync", "--encoding=UTF8", "--locale=C", "--auth=trust"])
            .arg(format!("--username={USER}"))
            .arg("--pgdata")
            .arg(server.data()))?;
        server.start_again()?;
        Ok(server)
    }

    /// Makes an empty database.
    ///
    /// # Errors
    /// There is one of this name already, or the server does not run.
    pub fn create_database(&self, name: &str) -> Result<()> {
        self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(())
    }

    /// `postgres://…` of a database.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let folder = self.folder.path().display();
        format!("postgres:///{database}?host={folder}&user={USER}")
    }

    /// What `psql` prints, without headings, for some SQL.
    ///
    /// # Errors
    /// The SQL fails, or the server does not run.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String> {
        let output = run(Command::new(binaries()?.join("psql"))
            .args(["--no-psqlrc", "--tuples-only", "--no-align", "--quiet"])
            .args(["--set=ON_ERROR_STOP=1", "--username", USER, "--dbname"])
            .arg(database)
            .arg("--host")
            .arg(self.folder.path())
            .arg("--command")
            .arg(sql)
            .stdin(Stdio::null()))?;
        Ok(String::from_utf8(output)?.trim_end().to_owned())
    }

    /// Stops the server as `pg_ctl stop -m fast` does: clients are cut off.
    ///
    /// # Errors
    /// It doesn't run, or doesn't end in time.
    pub fn stop(&mut self) -> Result<()> {
        self.end("INT")
    }

    /// Ends the server without a checkpoint, as a crash does.
    ///
    /// # Errors
    /// As [`Postgres::stop`].
    pub fn crash(&mut self) -> Result<()> {
        self.end("QUIT")
    }

    /// Starts a server that was stopped, in the same place.
    ///
    /// # Errors
    /// It does not start; the message has its log.
    pub fn start_again(&mut self) -> Result<()> {
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log_file())?;
        let process = self
            .as_server_user("postgres")?
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(self.folder.path())
            .args(["-c", "listen_addresses=", "-c", "max_connections=200"])
            // Its processes are killed, the machine is not: what it wrote is in the page cache. A disk that is busy with others held
            // a recovery up for 40 s.
            .args(["-c", "fsync=off"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .context("starting `postgres`")?;
        self.process = Some(process);
        let deadline = Instant::now() + PATIENCE;
        while self.sql("postgres", "SELECT 1").is_err() {
            let ended = match &mut self.process {
                Some(process) => process.try_wait()?.is_some(),
                None => true,
            };
            if ended || Instant::now() > deadline {
                bail!(
                    "PostgreSQL did not start\n{}",
                    fs::read_to_string(self.log_file())?
                );
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn end(&mut self, signal: &str) -> Result<()> {
        let Some(mut process) = self.process.take() else {
            bail!("PostgreSQL does not run");
        };
        run(Command::new("sh").args(["-c", &format!("kill -{signal} {}", process.id())]))?;
        let deadline = Instant::now() + PATIENCE;
        while process.try_wait()?.is_none() {
            if Instant::now() > deadline {
                process.kill()?;
                process.wait()?;
                bail!("PostgreSQL did not end in {PATIENCE:?}");
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// A program of PostgreSQL, run by a user that it accepts. `setpriv` becomes the program: its process id is ours.
    fn as_server_user(&self, program: &str) -> Result<Command> {
        let program = binaries()?.join(program);
        let mut command = if is_root()? {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid", SERVER_USER, "--regid", SERVER_USER])
                .arg("--init-groups")
                .arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path());
        Ok(command)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // What can't be stopped has ended already.
        let _ = self.crash();
    }
}

/// The folder of PostgreSQL's programs: Debian keeps those of each version apart and off `PATH`; the newest is taken.
///
/// # Errors
/// PostgreSQL is not installed; the message says how to do that.
pub(crate) fn binaries() -> Result<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let newest = debian
        .filter_map(|version| {
            let folder = version.ok()?.path();
            let number: u32 = folder.file_name()?.to_str()?.parse().ok()?;
            let binaries = folder.join("bin");
            binaries
                .join("postgres")
                .is_file()
                .then_some((number, binaries))
        })
        .max();
    newest
        .map(|(_, binaries)| binaries)
        .or_else(|| {
            let postgres = find_on_path("postgres")?;
            let folder = postgres.parent().map(Path::to_owned)?;
            folder.join("psql").is_file().then_some(folder)
        })
        .context(
            "PostgreSQL is not installed; run `cargo xtask setup` or `apt-get install postgresql`",
        )
}

fn is_root() -> Result<bool> {
    Ok(run(Command::new("id").arg("-u"))?.trim_ascii() == b"0")
}
