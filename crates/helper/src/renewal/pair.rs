//! The pair on disk: a new certificate, and where there is one its new key, enter; the files hold them, and at no moment does a
//! reader of ours find a certificate without its key: the certificate that belongs to the key in the key's file is in the
//! certificate's file before and after. Other programs see each file whole, in its old content or the new.

use std::path::{Path, PathBuf};

use anyrole_keys::{FileKey, KeyAlgorithm, KeyError, KeySpec, Password, read_secret_file};
use anyrole_x509::Certificate;
use aws_lc_rs::rand::SecureRandom;
use zeroize::Zeroizing;

use super::RenewalError;
use crate::shared_files::{ReplaceError, replace};

/// Where a new key waits for its certificate: beside the present one, so that an answer that was lost can be asked for again.
fn waiting_place(key: &Path) -> PathBuf {
    let mut name = key.as_os_str().to_owned();
    name.push(".next");
    PathBuf::from(name)
}

/// A new key of the same kind: one that waits already, or one that is made now, and waits.
pub(super) fn waiting_key(
    key: &Path,
    kind: KeyAlgorithm,
    password: Option<&Password>,
    random: &dyn SecureRandom,
) -> Result<FileKey, RenewalError> {
    let place = waiting_place(key);
    if place.is_file() {
        return Ok(FileKey::read(&place, password)?);
    }
    let made = FileKey::generate(spec(kind))?;
    let pem = match password {
        Some(password) => made.to_encrypted_pem(password, random)?,
        None => made.to_pem()?,
    };
    write(&place, pem.as_bytes())?;
    Ok(made)
}

fn spec(kind: KeyAlgorithm) -> KeySpec {
    match kind {
        KeyAlgorithm::Rsa { bits } => KeySpec::Rsa { bits },
        KeyAlgorithm::EcP256 => KeySpec::EcP256,
        KeyAlgorithm::EcP384 => KeySpec::EcP384,
        KeyAlgorithm::EcP521 => KeySpec::EcP521,
        KeyAlgorithm::MlDsa44 => KeySpec::MlDsa44,
        KeyAlgorithm::MlDsa65 => KeySpec::MlDsa65,
        KeyAlgorithm::MlDsa87 => KeySpec::MlDsa87,
    }
}

/// Puts a new certificate of the same key into its place.
pub(super) fn replace_certificate(certificate: &Path, chain_pem: &str) -> Result<(), RenewalError> {
    write(certificate, chain_pem.as_bytes())
}

/// Puts a new certificate and the key that waits for it into their places, in three steps: both certificates, the key, the new one.
pub(super) fn replace_pair(
    certificate: &Path,
    key: &Path,
    chain_pem: &str,
    before: &Certificate,
) -> Result<(), RenewalError> {
    let place = waiting_place(key);
    let waiting: Result<_, KeyError> = read_secret_file(&place);
    let both = format!("{chain_pem}{}", before.render_pem());
    write(certificate, both.as_bytes())?;
    write(key, &waiting?)?;
    write(certificate, chain_pem.as_bytes())?;
    // A file that stays does no harm: it is the present key.
    let _: std::io::Result<()> = std::fs::remove_file(place);
    Ok(())
}

fn write(path: &Path, content: &[u8]) -> Result<(), RenewalError> {
    replace(path, |_| {
        Ok::<_, ReplaceError>(Zeroizing::new(content.to_vec()))
    })?;
    Ok(())
}
