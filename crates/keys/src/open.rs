//! The list of key sources: a name or bytes enter, an opened key leaves. A new source gets its line here.

use std::io::Read;
use std::path::Path;

use zeroize::Zeroizing;

use crate::{FileKey, KeyError, Password, SigningKey};

/// The largest file of keys and certificates that is read, bytes.
pub(crate) const MAX_FILE_BYTES: usize = 1 << 20;

/// Opens the first private key of a file.
///
/// # Errors
/// [`KeyError::Unreadable`] when the file can't be read, else as [`open_bytes`].
pub fn open_file(
    path: &Path,
    password: Option<&Password>,
) -> Result<Box<dyn SigningKey>, KeyError> {
    Ok(Box::new(FileKey::read(path, password)?))
}

/// Opens the first private key in the bytes of a file: PKCS#8 (plain or encrypted), SEC1 or PKCS#1, as PEM or DER, or PKCS#12.
/// A password given for a plain key is not looked at.
///
/// # Errors
/// [`KeyError::PasswordNeeded`] when the key is encrypted and `password` is `None`; the other variants
/// that concern parsing.
pub fn open_bytes(
    bytes: &[u8],
    password: Option<&Password>,
) -> Result<Box<dyn SigningKey>, KeyError> {
    Ok(Box::new(FileKey::parse(bytes, password)?))
}

/// Reads a file that holds a key into memory that is zeroed on drop; a file that is larger than any such file only so
/// far that this can be seen ([`KeyError::TooLarge`] says the rest).
///
/// # Errors
/// [`KeyError::Unreadable`].
pub fn read_secret_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let unreadable = |source| KeyError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    // Of the final size, so that no copy is left behind by growing; pipes don't tell theirs.
    let room = match usize::try_from(size) {
        Ok(0) => 8192,
        Ok(size) => size.min(MAX_FILE_BYTES),
        Err(_) => MAX_FILE_BYTES,
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(room + 2));
    file.take(MAX_FILE_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}
