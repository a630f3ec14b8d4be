//! The flags that say who asks: certificate, key and chain, shared by all commands that take them. Which flags exclude
//! each other stands at the flag; where an identity comes from `anyrole_helper` decides.

use std::path::PathBuf;

use anyrole_helper::IdentitySettings;

use crate::password::KeyPassword;

/// The certificate alone.
#[derive(clap::Args, Debug)]
pub struct CertificateFlags {
    /// Certificate file, PEM. It may hold the whole chain in any order (the certificate is the one that the key belongs
    /// to) and the private key too.
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
}

/// A certificate and its key.
#[derive(clap::Args, Debug)]
pub struct KeyFlags {
    #[command(flatten)]
    certificate: CertificateFlags,

    /// Private key file: PKCS#8 (encrypted or not), SEC1 or PKCS#1 PEM (RSA of 2048 bits and up, EC P-256, P-384, P-521, ML-DSA).
    /// Default: the key in the certificate file.
    #[arg(long, value_name = "FILE")]
    private_key: Option<PathBuf>,

    #[command(flatten)]
    key_password: KeyPassword,
}

/// A certificate, its key and the certificates above it.
#[derive(clap::Args, Debug)]
pub struct IdentityFlags {
    #[command(flatten)]
    key: KeyFlags,

    /// CA certificates between the certificate and the trust anchor, PEM, in any order; at most 5 are sent. Needed when
    /// the trust anchor is not the certificate's own issuer. Default: those in the certificate file.
    #[arg(long, value_name = "FILE")]
    intermediates: Option<PathBuf>,
}

impl CertificateFlags {
    /// What they say; no key is looked for.
    pub fn into_settings(self) -> IdentitySettings {
        IdentitySettings {
            certificate: self.certificate,
            ..IdentitySettings::default()
        }
    }
}

impl KeyFlags {
    /// What they say, with the key's password read.
    ///
    /// # Errors
    /// The password can't be read.
    pub fn into_settings(self) -> anyhow::Result<IdentitySettings> {
        let settings = self.certificate.into_settings();
        let file = self.private_key.as_ref().or(settings.certificate.as_ref());
        let key_password = match file {
            Some(file) => self.key_password.read(file)?,
            None => None,
        };
        Ok(IdentitySettings {
            private_key: self.private_key,
            key_password,
            ..settings
        })
    }
}

impl IdentityFlags {
    /// What they say, with the key's password read.
    ///
    /// # Errors
    /// The password can't be read.
    pub fn into_settings(self) -> anyhow::Result<IdentitySettings> {
        Ok(IdentitySettings {
            intermediates: self.intermediates,
            ..self.key.into_settings()?
        })
    }
}
