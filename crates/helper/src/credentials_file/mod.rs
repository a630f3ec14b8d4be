//! The AWS shared credentials file: fresh credentials enter, and the file comes out with the three keys of one section
//! changed and every other octet as it was. `edit.rs` knows the format, `replace.rs` the file system. `update` calls it.
//! Format: AWS SDKs and tools reference guide, "Shared config and credentials files".

mod edit;
mod replace;

use std::path::Path;

use anyrole_sdk::Credentials;
use zeroize::Zeroizing;

pub use edit::EditError;
pub use replace::ReplaceError;

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
    replace::replace(path, |before| {
        let after = edit::with_credentials(before, profile, credentials)?;
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
    Ok(edit::with_credentials(b"", profile, credentials)?)
}
