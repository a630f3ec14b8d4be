//! The Python virtual environment with the AWS clients, made once from `tools/testkit/requirements.txt`.
//! Called by `AwsCli` for its programs and by `cargo xtask setup`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result};

use crate::cache::{cache_folder, lock_cache};
use crate::programs::{Program, run};

/// The pinned list; its text is also the mark of a complete environment.
const REQUIREMENTS: &str = include_str!("../requirements.txt");

/// The list of the environment with moto, which is another one: it is no client.
const MOTO_REQUIREMENTS: &str = include_str!("../requirements-moto.txt");

/// The list of the environment with gRPC and the messages of SPIFFE's Workload API.
const SPIFFE_REQUIREMENTS: &str = include_str!("../requirements-spiffe.txt");

/// A virtual environment with the AWS CLI (v1), boto3 and iam-rolesanywhere-session.
#[derive(Debug, Clone)]
pub struct PythonTools {
    folder: PathBuf,
}

impl PythonTools {
    /// The environment, made now if no earlier run made it; processes that ask at once wait for the first.
    ///
    /// # Errors
    /// Python is missing, or pip fails; the message has pip's own.
    pub fn ready() -> Result<Self> {
        static READY: OnceLock<PathBuf> = OnceLock::new();
        if let Some(folder) = READY.get() {
            return Ok(Self {
                folder: folder.clone(),
            });
        }
        let tools = Self::ready_in(&cache_folder()?, REQUIREMENTS)?;
        Ok(Self {
            folder: READY.get_or_init(|| tools.folder).clone(),
        })
    }

    /// The environment in which Python can import `moto`, made now if no earlier run made it.
    ///
    /// # Errors
    /// As [`PythonTools::ready`].
    pub fn with_moto() -> Result<Self> {
        let cache = cache_folder()?.join("moto");
        fs::create_dir_all(&cache)?;
        Self::ready_in(&cache, MOTO_REQUIREMENTS)
    }

    /// The environment in which Python can import `grpc` and `spiffe`, made now if no earlier run made it.
    ///
    /// # Errors
    /// As [`PythonTools::ready`].
    pub fn with_spiffe() -> Result<Self> {
        let cache = cache_folder()?.join("spiffe");
        fs::create_dir_all(&cache)?;
        Self::ready_in(&cache, SPIFFE_REQUIREMENTS)
    }

    /// As [`PythonTools::ready`], in another cache folder and with another list.
    ///
    /// # Errors
    /// As [`PythonTools::ready`].
    pub fn ready_in(cache: &Path, requirements: &str) -> Result<Self> {
        let folder = cache.join("python");
        let mark = folder.join("complete");
        let _lock = lock_cache(cache, "python")?;
        if fs::read_to_string(&mark).is_ok_and(|made_from| made_from == requirements) {
            return Ok(Self { folder });
        }
        // An environment can't be moved (its scripts name their interpreter), so it is made in place and marked last.
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("removing the old `{}`", folder.display()))?;
        }
        run(Program::Python3
            .command()?
            .args(["-m", "venv"])
            .arg(&folder))?;
        let list = folder.join("requirements.txt");
        fs::write(&list, requirements)?;
        run(Command::new(folder.join("bin/python"))
            .args(["-m", "pip", "install", "--quiet", "--no-input"])
            .args(["--disable-pip-version-check", "--requirement"])
            .arg(&list)
            .stdin(Stdio::null()))
        .context("installing the pinned AWS clients")?;
        fs::write(&mark, requirements)?;
        Ok(Self { folder })
    }

    /// The AWS CLI, version 1.
    #[must_use]
    pub fn aws(&self) -> PathBuf {
        self.folder.join("bin/aws")
    }

    /// The interpreter that can import `boto3`, `botocore` and `iam_rolesanywhere_session`.
    #[must_use]
    pub fn python(&self) -> PathBuf {
        self.folder.join("bin/python")
    }
}
