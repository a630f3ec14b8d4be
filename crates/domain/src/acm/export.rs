//! ExportCertificate: a private certificate leaves with its key, which is encrypted under the caller's passphrase.

use anyrole_keys::Password;
use zeroize::Zeroizing;

use super::change::rewrite;
use super::read::authorized;
use super::{invalid, key};
use crate::authorize::Target;
use crate::call::Call;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;

/// The bounds of a passphrase, in octets (API reference, ExportCertificate).
const PASSPHRASE: std::ops::RangeInclusive<usize> = 4..=128;

/// What leaves.
pub struct Exported {
    /// The certificate, PEM.
    pub certificate: String,
    /// Those above it, PEM.
    pub chain: Option<String>,
    /// The key as encrypted PKCS#8, PEM.
    pub private_key: Zeroizing<String>,
}

/// Exports a private certificate (API reference, ExportCertificate).
pub async fn export_certificate(
    site: &Site,
    call: &Call,
    arn: &str,
    passphrase: Zeroizing<Vec<u8>>,
) -> Result<Exported, Refusal> {
    let action = "acm:ExportCertificate";
    let row = {
        let snapshot = site.directory.read();
        authorized(site, call, &snapshot, action, Target::any(), arn)?
            .row
            .clone()
    };
    if !PASSPHRASE.contains(&passphrase.len()) {
        return Err(Refusal::validation(
            "The passphrase must have 4 to 128 characters.",
        ));
    }
    if passphrase
        .iter()
        .any(|octet| !octet.is_ascii() || b"#$%".contains(octet))
    {
        return Err(invalid(
            "passphrase-characters",
            "The passphrase may have any ASCII characters but #, $ and %.",
        ));
    }
    if row.origin.authority().is_none() {
        return Err(Refusal::new(
            Kind::Validation,
            "not-exportable",
            "An imported certificate can't be exported; only private ones can.",
        ));
    }
    let passphrase = Password::new(passphrase.to_vec());
    let private_key = key::export(site, arn, &row.sealed_key, passphrase).await?;
    if !row.is_exported {
        rewrite(site, call, action, Target::any(), arn, |row| {
            row.is_exported = true;
            Ok(())
        })
        .await?;
    }
    Ok(Exported {
        certificate: row.certificate.clone(),
        chain: row.chain.clone(),
        private_key,
    })
}
