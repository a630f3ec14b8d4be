//! What `create` and `sign` share: issuer files enter, an [`Authority`] leaves; a random serial number.

use std::path::Path;

use anyhow::{Context, anyhow};
use anyrole_ca::{Authority, Serial};
use aws_lc_rs::rand::SecureRandom;

use super::read_certificates;
use crate::key_source::{self, KeyPlaceFlags, SignerFlags};

/// An issuer and the certificates of its file, its own first, for `--bundle`.
pub struct Issuer {
    pub authority: Authority,
    pub certificates: Vec<Vec<u8>>,
}

impl Issuer {
    /// Opens the issuer's certificate and key.
    pub fn open(
        certificate: &Path,
        key: &SignerFlags<'_>,
        places: &KeyPlaceFlags,
    ) -> anyhow::Result<Self> {
        let certificates = read_certificates(certificate)?;
        let own = certificates.first().cloned().unwrap_or_default();
        let key = key_source::open(key, places)?;
        let authority = Authority::new(own, key)
            .with_context(|| format!("certificate file `{}`", certificate.display()))?;
        Ok(Issuer {
            authority,
            certificates,
        })
    }

    /// PEM of a new certificate, with the issuer's certificates behind it where they are wanted.
    pub fn render(&self, certificate: &str, bundle: bool) -> anyhow::Result<String> {
        let mut text = certificate.to_owned();
        if bundle {
            for der in &self.certificates {
                text.push_str(&anyrole_ca::render_certificate(der)?);
            }
        }
        Ok(text)
    }
}

/// A serial number that nobody can guess.
pub fn new_serial(random: &dyn SecureRandom) -> anyhow::Result<Serial> {
    let mut bytes = [0; 16];
    random
        .fill(&mut bytes)
        .map_err(|_| anyhow!("the system gives no randomness"))?;
    Ok(Serial::from_random(bytes))
}
