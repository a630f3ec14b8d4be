//! The real AWS CLI and boto3, pointed at a server under test and at nothing else: each run starts from an empty
//! environment. Called by tests, mostly through `TestServer::aws`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::python::PythonTools;

/// Temporary credentials, as CreateSession or `credential_process` gives them.
#[derive(Clone)]
pub struct SessionCredentials {
    /// The access key id, `ASIA…`.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: String,
    /// The session token.
    pub session_token: String,
}

impl std::fmt::Debug for SessionCredentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SessionCredentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

impl SessionCredentials {
    /// Reads a JSON object with the three values, in CreateSession's spelling (`accessKeyId`) or in that of
    /// `credential_process` and STS (`AccessKeyId`).
    ///
    /// # Errors
    /// One of the three is missing.
    pub fn from_json(value: &Value) -> Result<Self> {
        let field = |lower: &str, upper: &str| -> Result<String> {
            value
                .get(lower)
                .or_else(|| value.get(upper))
                .and_then(Value::as_str)
                .map(str::to_owned)
                .with_context(|| format!("the credentials have no `{upper}`"))
        };
        Ok(Self {
            access_key_id: field("accessKeyId", "AccessKeyId")?,
            secret_access_key: field("secretAccessKey", "SecretAccessKey")?,
            session_token: field("sessionToken", "SessionToken")?,
        })
    }
}

/// How to call the AWS CLI or a Python script: where to and as whom.
#[derive(Debug, Clone)]
pub struct AwsCli {
    endpoint: String,
    home: PathBuf,
    environment: Vec<(String, String)>,
}

impl AwsCli {
    /// Calls to `endpoint` (a URL) in us-east-1, with no credentials; `home` is the folder that takes caches.
    #[must_use]
    pub fn new(endpoint: &str, home: &Path) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            home: home.to_owned(),
            environment: Vec::new(),
        }
    }

    /// Sets a variable; a later setting of the same name wins.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        let value = value.as_ref().to_string_lossy().into_owned();
        self.environment.push((name.to_owned(), value));
        self
    }

    /// Signs with the `[default]` profile of a credentials file.
    #[must_use]
    pub fn credentials_file(self, path: &Path) -> Self {
        self.env("AWS_SHARED_CREDENTIALS_FILE", path)
    }

    /// Signs with these temporary credentials.
    #[must_use]
    pub fn session(self, credentials: &SessionCredentials) -> Self {
        self.env("AWS_ACCESS_KEY_ID", &credentials.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &credentials.secret_access_key)
            .env("AWS_SESSION_TOKEN", &credentials.session_token)
    }

    /// Reads `config` (which may name a `credential_process`) and takes `profile` from it.
    #[must_use]
    pub fn config_file(self, config: &Path, profile: &str) -> Self {
        self.env("AWS_CONFIG_FILE", config)
            .env("AWS_PROFILE", profile)
    }

    /// Trusts the certificates of this PEM file for TLS.
    #[must_use]
    pub fn ca_bundle(self, path: &Path) -> Self {
        self.env("AWS_CA_BUNDLE", path)
    }

    /// Runs `aws` with these arguments and JSON output.
    ///
    /// # Errors
    /// The AWS CLI isn't there or can't be started. A refusal is no error: see [`AwsOutput`].
    pub fn run(&self, arguments: &[&str]) -> Result<AwsOutput> {
        let program = PythonTools::ready()?.aws();
        self.finish(Command::new(program).args(arguments))
    }

    /// Runs a Python script, which can import boto3 and iam_rolesanywhere_session, with `arguments` in `sys.argv[1:]`.
    ///
    /// # Errors
    /// Python isn't there or can't be started. A script that fails is no error: see [`AwsOutput`].
    pub fn python(&self, script: &str, arguments: &[&str]) -> Result<AwsOutput> {
        let program = PythonTools::ready()?.python();
        self.finish(Command::new(program).args(["-c", script]).args(arguments))
    }

    /// Runs `command` in the same environment: a shell that calls `aws`, say.
    ///
    /// # Errors
    /// It can't be started.
    pub fn finish(&self, command: &mut Command) -> Result<AwsOutput> {
        let programs = PythonTools::ready()?.aws();
        let folder = programs
            .parent()
            .unwrap_or(Path::new("/"))
            .to_string_lossy();
        let output = command
            .env_clear()
            .env("PATH", format!("{folder}:/usr/local/bin:/usr/bin:/bin"))
            .env("HOME", &self.home)
            .env("LANG", "C.UTF-8")
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_DEFAULT_OUTPUT", "json")
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_PAGER", "")
            // A refusal must show at once and once, not after three tries.
            // A profile's credential_process asks anew each time, as a test expects it that changes a role meanwhile.
            .env("ANYROLE_CACHE", "off")
            .env("AWS_MAX_ATTEMPTS", "1")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("starting {command:?}"))?;
        Ok(AwsOutput {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

/// How a run of the AWS CLI or of a script ended.
#[derive(Debug, Clone)]
pub struct AwsOutput {
    /// The exit status.
    pub status: ExitStatus,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

impl AwsOutput {
    /// The output of a run that went well.
    ///
    /// # Errors
    /// The run failed; the message has what it printed.
    pub fn success(self) -> Result<Self> {
        if !self.status.success() {
            bail!(
                "ended with {}\nstdout: {}\nstderr: {}",
                self.status,
                self.stdout.trim(),
                self.stderr.trim()
            );
        }
        Ok(self)
    }

    /// What a run that went well printed, as JSON; `null` when it printed nothing, as deletions do.
    ///
    /// # Errors
    /// The run failed or printed something else than JSON.
    pub fn json(self) -> Result<Value> {
        let output = self.success()?;
        if output.stdout.trim().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&output.stdout)
            .with_context(|| format!("reading as JSON: {}", output.stdout))
    }

    /// The service's error code of a run that was refused: `AccessDenied` out of
    /// `An error occurred (AccessDenied) when calling …`.
    #[must_use]
    pub fn error_code(&self) -> Option<&str> {
        let (_, rest) = self.stderr.split_once("An error occurred (")?;
        rest.split_once(')').map(|(code, _)| code)
    }
}
