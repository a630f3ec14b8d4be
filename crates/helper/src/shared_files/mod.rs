//! The files that AWS's tools share: credentials or a profile enter, and the file comes out with some keys of one section
//! changed and every other octet as it was. `edit.rs` knows the format, `replace.rs` the file system, `credentials.rs` and
//! `config.rs` the keys; `network.rs` only reads. `update`, `env` and `configure` call it.
//! Format: AWS SDKs and tools reference guide, "Shared config and credentials files".

mod config;
mod credentials;
mod edit;
mod network;
mod replace;

use std::path::Path;

use anyrole_sdk::Credentials;
use zeroize::Zeroizing;

pub use config::{Profile, ProfileError, has_static_keys, profile_sources, write_profile};
pub use network::ConfigSettings;
pub use replace::ReplaceError;
pub(crate) use replace::replace;

/// Why a content was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// No section can be called so.
    #[error(
        "--profile: `{presented}` can't be the name of a section: it must not be empty, begin or end with a space, \
         or hold `]` or control characters"
    )]
    ProfileName {
        /// As given, without control characters.
        presented: String,
    },
    /// What the service gave could not be read back from the file.
    #[error("the service's {key} holds characters that a credentials file can't")]
    Value {
        /// The key.
        key: &'static str,
    },
}

/// Why a credentials file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsFileError {
    /// Its content, or the section's name.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The file system.
    #[error(transparent)]
    Replace(#[from] ReplaceError),
}

/// Writes credentials into the section `profile` of the file, which is made, with its folders (0700, 0600), where it does
/// not exist. A file that exists keeps its mode, owner and place, also behind a symbolic link; readers see the old content
/// or the new one, never a part; other writers that ask for the same lock wait.
///
/// # Errors
/// The file is as it was.
pub fn write_credentials(
    path: &Path,
    profile: &str,
    credentials: &Credentials,
) -> Result<(), CredentialsFileError> {
    replace(path, |before| {
        let after = credentials::with_credentials(before, profile, credentials)?;
        Ok::<Zeroizing<Vec<u8>>, CredentialsFileError>(after)
    })
}

/// A section alone, as it would stand in a file.
///
/// # Errors
/// As [`write_credentials`], but for the file system's.
pub(crate) fn section(
    profile: &str,
    credentials: &Credentials,
) -> Result<Zeroizing<Vec<u8>>, CredentialsFileError> {
    Ok(credentials::with_credentials(b"", profile, credentials)?)
}
