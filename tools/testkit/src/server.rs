//! The built `anyrole server` as a process of its own on a data folder of its own: started, asked, stopped, killed and
//! started again. Called by the integration tests, which give the path of the binary.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use tempfile::TempDir;

use crate::aws_cli::{AwsCli, AwsOutput};
use crate::programs::{Program, run};
use crate::raw_http;
use crate::root_key::RootKey;

/// How long a start or a stop may take; a loaded machine with two cores needs some of it.
const PATIENCE: Duration = Duration::from_secs(30);

/// What to start, before it is started.
#[derive(Debug, Clone)]
pub struct ServerBuilder {
    binary: PathBuf,
    data: Option<PathBuf>,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    wrapper: Vec<String>,
}

impl ServerBuilder {
    /// Uses this data folder, which stays after the test, instead of a temporary one.
    #[must_use]
    pub fn data(mut self, folder: &Path) -> Self {
        self.data = Some(folder.to_owned());
        self
    }

    /// Adds an argument of `anyrole server`.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Serves HTTPS with this certificate and key.
    #[must_use]
    pub fn tls(self, certificate: &Path, key: &Path) -> Self {
        self.arg("--tls-cert")
            .arg(certificate.to_string_lossy())
            .arg("--tls-key")
            .arg(key.to_string_lossy())
    }

    /// Sets an environment variable of the server.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts the server under another program, `["strace", "-f", "-o", FILE]` say; signals then go to that program.
    #[must_use]
    pub fn under(mut self, wrapper: &[&str]) -> Self {
        self.wrapper = wrapper.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    /// Starts it on a free loopback port and waits until it is ready.
    ///
    /// # Errors
    /// It ends before it listens, or isn't ready in time; the message has its log.
    pub fn start(self) -> Result<TestServer> {
        let temporary = match &self.data {
            Some(_) => None,
            None => Some(TempDir::with_prefix("anyrole-test-")?),
        };
        let data = match (&self.data, &temporary) {
            (Some(data), _) => data.clone(),
            (None, Some(folder)) => folder.path().join("data"),
            (None, None) => bail!("no data folder"),
        };
        let mut server = TestServer {
            builder: self,
            data,
            _temporary: temporary,
            process: None,
            url: String::new(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            log: Arc::default(),
        };
        server.start()?;
        Ok(server)
    }
}

/// A running server; it is killed, by its process id, when this is dropped.
#[derive(Debug)]
pub struct TestServer {
    builder: ServerBuilder,
    data: PathBuf,
    _temporary: Option<TempDir>,
    process: Option<Child>,
    url: String,
    address: SocketAddr,
    log: Arc<Mutex<String>>,
}

impl TestServer {
    /// What will start `binary` (`env!("CARGO_BIN_EXE_anyrole")` in the app's tests).
    #[must_use]
    pub fn builder(binary: impl Into<PathBuf>) -> ServerBuilder {
        ServerBuilder {
            binary: binary.into(),
            data: None,
            arguments: Vec::new(),
            environment: Vec::new(),
            wrapper: Vec::new(),
        }
    }

    /// Starts `binary` with nothing special, on a temporary folder.
    ///
    /// # Errors
    /// As [`ServerBuilder::start`].
    pub fn start_default(binary: impl Into<PathBuf>) -> Result<Self> {
        Self::builder(binary).start()
    }

    /// `http://127.0.0.1:PORT`, or `https://…` with TLS; the same after a restart.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The AWS credentials file of the root user that its first start wrote.
    #[must_use]
    pub fn root_credentials(&self) -> PathBuf {
        self.data.join("root-credentials")
    }

    /// The root user's access key.
    ///
    /// # Errors
    /// No such file.
    pub fn root_key(&self) -> Result<RootKey> {
        RootKey::read(&self.root_credentials())
    }

    /// The process id, while it runs; the wrapper's, if there is one.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// All that it has printed since the first start, on both streams.
    #[must_use]
    pub fn log(&self) -> String {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The AWS CLI and boto3 pointed at it, without credentials.
    #[must_use]
    pub fn aws_cli(&self) -> AwsCli {
        AwsCli::new(&self.url, self.data.parent().unwrap_or(&self.data))
    }

    /// Runs `aws` as the root user.
    ///
    /// # Errors
    /// As [`AwsCli::run`].
    pub fn aws(&self, arguments: &[&str]) -> Result<AwsOutput> {
        self.aws_cli()
            .credentials_file(&self.root_credentials())
            .run(arguments)
    }

    /// Stops it as a service manager would, and waits until it has ended.
    ///
    /// # Errors
    /// It doesn't run, or doesn't end in time.
    pub fn sigterm(&mut self) -> Result<ExitStatus> {
        self.send_sigterm()?;
        self.await_end()
    }

    /// Tells it to stop, and goes on at once.
    ///
    /// # Errors
    /// It doesn't run.
    pub fn send_sigterm(&self) -> Result<()> {
        let id = self
            .id()
            .ok_or_else(|| anyhow!("the server does not run"))?;
        run(Command::new("sh").args(["-c", &format!("kill -TERM {id}")]))?;
        Ok(())
    }

    /// Waits until it has ended, of itself or because it was told to.
    ///
    /// # Errors
    /// It doesn't run, or doesn't end in time.
    pub fn await_end(&mut self) -> Result<ExitStatus> {
        let mut process = self.running()?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = process.try_wait()? {
                return Ok(status);
            }
            if Instant::now() > deadline {
                process.kill()?;
                process.wait()?;
                bail!("did not end in {PATIENCE:?}\n{}", self.log());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Kills it at once (SIGKILL), and waits until it is gone.
    ///
    /// # Errors
    /// It doesn't run.
    pub fn sigkill(&mut self) -> Result<ExitStatus> {
        let mut process = self.running()?;
        process.kill()?;
        Ok(process.wait()?)
    }

    /// Starts it again on the same folder and the same port; kills it before, if it still runs.
    ///
    /// # Errors
    /// As [`ServerBuilder::start`].
    pub fn restart(&mut self) -> Result<()> {
        if self.process.is_some() {
            self.sigkill()?;
        }
        self.start()
    }

    fn running(&mut self) -> Result<Child> {
        self.process
            .take()
            .ok_or_else(|| anyhow!("the server does not run"))
    }

    fn start(&mut self) -> Result<()> {
        let already_printed = self.log().len();
        let mut child = self
            .command()
            .spawn()
            .with_context(|| format!("starting `{}`", self.builder.binary.display()))?;
        if let Some(stdout) = child.stdout.take() {
            record(stdout, &self.log);
        }
        if let Some(stderr) = child.stderr.take() {
            record(stderr, &self.log);
        }
        self.process = Some(child);
        let deadline = Instant::now() + PATIENCE;
        self.url = self.await_url(already_printed, deadline)?;
        self.address = address_of(&self.url)?;
        self.await_ready(deadline)
    }

    fn command(&self) -> Command {
        let mut words = self
            .builder
            .wrapper
            .iter()
            .map(PathBuf::from)
            .chain([self.builder.binary.clone()]);
        let mut command = Command::new(words.next().unwrap_or_default());
        command
            .args(words)
            .args(["server", "--data"])
            .arg(&self.data)
            .args(["--listen", &self.address.to_string()])
            .args(&self.builder.arguments)
            .envs(
                self.builder
                    .environment
                    .iter()
                    .map(|(name, value)| (name, value)),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn await_url(&mut self, already_printed: usize, deadline: Instant) -> Result<String> {
        loop {
            let log = self.log();
            if let Some(url) = log.get(already_printed..).and_then(url_in) {
                return Ok(url);
            }
            self.check_alive(deadline)?;
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn await_ready(&mut self, deadline: Instant) -> Result<()> {
        while !self.is_ready() {
            self.check_alive(deadline)?;
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Whether `/-/ready` answers 200.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        if self.url.starts_with("http://") {
            return raw_http::get(self.address, "/-/ready").is_ok_and(|r| r.status == 200);
        }
        // Only whether it serves is asked here; the tests' clients check its certificate.
        Program::Curl.command().is_ok_and(|mut curl| {
            curl.args(["--silent", "--insecure", "--fail", "--max-time", "5"])
                .arg(format!("{}/-/ready", self.url))
                .output()
                .is_ok_and(|output| output.status.success())
        })
    }

    fn check_alive(&mut self, deadline: Instant) -> Result<()> {
        let ended = match &mut self.process {
            Some(process) => process.try_wait()?,
            None => bail!("the server does not run"),
        };
        if let Some(status) = ended {
            self.process = None;
            // The readers may still be at the last lines of a process that has just ended.
            thread::sleep(Duration::from_millis(50));
            bail!(
                "the server ended with {status} before it was ready\n{}",
                self.log()
            );
        }
        if Instant::now() > deadline {
            bail!("the server was not ready in {PATIENCE:?}\n{}", self.log());
        }
        Ok(())
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // A process that has ended already can't be killed, which is as well here.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn record(stream: impl Read + Send + 'static, log: &Arc<Mutex<String>>) {
    let log = Arc::clone(log);
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.push_str(&line);
            log.push('\n');
        }
    });
}

/// The URL in the line `listening on URL`, be the log for people or JSON.
fn url_in(log: &str) -> Option<String> {
    let (_, rest) = log.split_once("listening on http")?;
    // A line that is still being written has no end yet.
    let (line, _) = rest.split_once('\n')?;
    let address: String = line
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || ":/.[]".contains(*c))
        .collect();
    Some(format!("http{address}"))
}

fn address_of(url: &str) -> Result<SocketAddr> {
    let (_, address) = url
        .split_once("://")
        .with_context(|| format!("no URL: `{url}`"))?;
    address
        .trim_end_matches('/')
        .parse()
        .with_context(|| format!("reading the address in `{url}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_found_in_both_kinds_of_log() {
        for (log, url) in [
            (
                "INFO listening on http://127.0.0.1:4017\n",
                Some("http://127.0.0.1:4017"),
            ),
            (
                "{\"message\":\"listening on https://[::1]:9\",\"x\":1}\n",
                Some("https://[::1]:9"),
            ),
            (
                "a\nlistening on http://127.0.0.1:1\u{1b}[0m now\n",
                Some("http://127.0.0.1:1"),
            ),
            ("listening on http://127.0.0.1:40", None),
            ("opening the database\n", None),
        ] {
            assert_eq!(url_in(log).as_deref(), url, "{log}");
        }
    }

    #[test]
    fn an_address_is_read_from_its_url() {
        assert_eq!(address_of("https://127.0.0.1:80").unwrap().port(), 80);
        assert!(address_of("http://localhost:80").is_err());
        assert!(address_of("127.0.0.1:80").is_err());
    }
}
