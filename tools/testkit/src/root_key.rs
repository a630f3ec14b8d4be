//! The root user's access key, as a server's first start wrote it into a credentials file.

use std::path::Path;

use anyhow::{Context as _, Result};

/// An access key.
#[derive(Clone)]
pub struct RootKey {
    /// `AKIA…`.
    pub id: String,
    /// The secret.
    pub secret: String,
}

impl RootKey {
    /// Reads the file.
    ///
    /// # Errors
    /// No file, or none with a key.
    pub fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let value = |name: &str| {
            let mut pairs = text.lines().filter_map(|line| line.split_once('='));
            let found = pairs.find(|(key, _)| key.trim() == name);
            let value = found.map(|(_, value)| value.trim().to_owned());
            value.with_context(|| format!("`{}` has no `{name}`", file.display()))
        };
        Ok(Self {
            id: value("aws_access_key_id")?,
            secret: value("aws_secret_access_key")?,
        })
    }
}
