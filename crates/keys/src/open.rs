//! The list of key sources: a name or PEM text enters, an opened key leaves. A new source gets its line here.

use std::path::Path;

use zeroize::Zeroizing;

use crate::{FileKey, KeyError, Password, SigningKey};

/// Opens the first private key of a PEM file.
///
/// # Errors
/// [`KeyError::Unreadable`] when the file can't be read, else as [`open_pem`].
pub fn open_file(
    path: &Path,
    password: Option<&Password>,
) -> Result<Box<dyn SigningKey>, KeyError> {
    Ok(Box::new(FileKey::read(path, password)?))
}

/// Opens the first private key of PEM text: PKCS#8 (plain or encrypted), SEC1 or PKCS#1.
/// A password given for a plain key is not looked at.
///
/// # Errors
/// [`KeyError::PasswordNeeded`] when the key is encrypted and `password` is `None`; the other variants
/// that concern parsing.
pub fn open_pem(pem: &[u8], password: Option<&Password>) -> Result<Box<dyn SigningKey>, KeyError> {
    Ok(Box::new(FileKey::parse_pem(pem, password)?))
}

/// Reads a file that holds a key into memory that is zeroed on drop.
pub(crate) fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    std::fs::read(path)
        .map(Zeroizing::new)
        .map_err(|source| KeyError::Unreadable {
            path: path.to_owned(),
            source,
        })
}
