//! The passwords of the files that an identity is in: paths and flags enter; which file needs which password is seen by what
//! is in it, and the password leaves, given or asked for. What is wrong with a file otherwise is said where it is used.

use std::path::Path;

use anyhow::bail;
use anyrole_keys::{FileKey, KeyError, Password, Pkcs12, read_secret_file};
use zeroize::Zeroizing;

use crate::password::{Origin, Pkcs8Password, Pkcs12Password, SecretFlags};

/// The password of the file of certificates, where that is PKCS#12, given or asked for.
///
/// # Errors
/// It can't be read or is not known at the terminal.
pub fn of_certificates(
    certificate: &Path,
    flags: &SecretFlags<Pkcs12Password>,
) -> anyhow::Result<Option<Password>> {
    match contents(certificate) {
        Some(bytes) if Pkcs12::is_one(&bytes) => of_pkcs12(certificate, &bytes, flags),
        _ => Ok(None),
    }
}

/// The password of the file that the private key is in; `known` is the one of the PKCS#12 file of certificates.
///
/// # Errors
/// A password can't be read, is not known at the terminal, or was given by a flag for a file that needs none.
pub fn of_key(
    key: &Path,
    known: Option<&Password>,
    pkcs8: &SecretFlags<Pkcs8Password>,
    pkcs12: &SecretFlags<Pkcs12Password>,
) -> anyhow::Result<Option<Password>> {
    let Some(bytes) = contents(key) else {
        return Ok(pkcs8.given()?.map(|(password, _)| password));
    };
    if Pkcs12::is_one(&bytes) {
        if let Some((_, Origin::Flag(flag))) = pkcs8.given()? {
            let key = key.display();
            bail!("{flag}: `{key}` is PKCS#12; give its password with --pkcs12-password-file FILE");
        }
        return match known {
            Some(password) => Ok(Some(password.clone())),
            None => of_pkcs12(key, &bytes, pkcs12),
        };
    }
    let is_encrypted = FileKey::is_encrypted(&bytes);
    match pkcs8.given()? {
        // Who gives one believes that the key is protected. The environment may speak of another key.
        Some((_, Origin::Flag(flag))) if matches!(is_encrypted, Ok(false)) => {
            let key = key.display();
            bail!(
                "{flag}: the key in `{key}` is not encrypted; leave the password out, or encrypt the key with `anyrole crypto \
                 change-pass {key}`"
            );
        }
        Some((password, _)) => Ok(Some(password)),
        None if matches!(is_encrypted, Ok(true)) => {
            let open = |password: &Password| FileKey::parse(&bytes, Some(password)).map(drop);
            SecretFlags::<Pkcs8Password>::ask_until(&shown(key), |password| {
                taken_unless_wrong(password, open(password))
            })
            .map(Some)
        }
        None => Ok(None),
    }
}

fn of_pkcs12(
    path: &Path,
    bytes: &[u8],
    flags: &SecretFlags<Pkcs12Password>,
) -> anyhow::Result<Option<Password>> {
    if let Some((password, _)) = flags.given()? {
        return Ok(Some(password));
    }
    let open = |password: Option<&Password>| Pkcs12::open(bytes, password).map(drop);
    if !matches!(open(None), Err(KeyError::PasswordNeeded)) {
        return Ok(None);
    }
    SecretFlags::<Pkcs12Password>::ask_until(&shown(path), |password| {
        taken_unless_wrong(password, open(Some(password)))
    })
    .map(Some)
}

/// A password is the right one if something else is wrong with the file, too.
fn taken_unless_wrong(
    password: &Password,
    opened: Result<(), KeyError>,
) -> anyhow::Result<Option<Password>> {
    match opened {
        Err(KeyError::WrongPassword | KeyError::PasswordNeeded) => Ok(None),
        _ => Ok(Some(password.clone())),
    }
}

/// `None` for what is no file, such as a token's URI, or can't be read.
fn contents(path: &Path) -> Option<Zeroizing<Vec<u8>>> {
    read_secret_file(path).ok()
}

fn shown(path: &Path) -> String {
    format!("`{}`", path.display())
}
