//! The flags that say who asks: certificate, key and chain, shared by all commands that take them. Which flags exclude
//! each other stands in `exclusions.rs`, and at the flag; where an identity comes from `anyrole_helper` decides.

use std::path::PathBuf;

use anyrole_helper::{IdentitySettings, StoreSettings};

use crate::password::{KeyPassword, SecretFlags, TpmKeyPassword};

/// The certificate alone.
#[derive(clap::Args, Debug)]
pub struct CertificateFlags {
    /// Certificate file, PEM. It may hold the whole chain in any order (the certificate is the one that the key belongs
    /// to) and the private key too.
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,

    /// Which certificate of a store is meant: `Key=x509Subject,Value=CN=NAME Key=x509Issuer,Value=… Key=x509Serial,Value=HEX` (one of
    /// them or more), or file://PATH of a JSON file, [{"Key":"x509Subject","Value":"CN=NAME"}]. `read-certificate-data
    /// --store-folder DIR` lists a store's certificates with the texts to write here.
    #[arg(long, value_name = "SELECTOR")]
    cert_selector: Option<String>,

    /// The store: a folder with files of certificates and keys (PEM). Systems with a store of their own (Windows, macOS) are not
    /// supported yet.
    #[arg(long, value_name = "DIR", conflicts_with = "certificate")]
    store_folder: Option<PathBuf>,

    /// Name of the Windows store; counts for nothing on other systems.
    #[arg(long, value_name = "NAME", default_value = "MY")]
    system_store_name: String,

    /// PKCS#11 module that `pkcs11:` URIs are read with. Default: p11-kit-proxy.so.
    #[arg(long, value_name = "FILE")]
    pkcs11_lib: Option<PathBuf>,
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

    /// Of several certificates that --cert-selector means, take the one that ends last.
    #[arg(long)]
    use_latest_expiring_certificate: bool,

    /// Give a PKCS#11 key that asks for a PIN at each signature the user's PIN.
    #[arg(long)]
    reuse_pin: bool,

    #[command(flatten)]
    tpm_key_password: SecretFlags<TpmKeyPassword>,

    /// The TPM key has no password: don't ask for one.
    #[arg(long)]
    no_tpm_key_password: bool,
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
    ///
    /// # Errors
    /// The selector can't be understood.
    pub fn into_settings(self) -> anyhow::Result<IdentitySettings> {
        Ok(IdentitySettings {
            certificate: self.certificate,
            store: StoreSettings::new(self.cert_selector.as_deref(), self.store_folder)?,
            ..IdentitySettings::default()
        })
    }
}

impl KeyFlags {
    /// What they say, with the key's password read.
    ///
    /// # Errors
    /// The password can't be read, or the selector can't be understood.
    pub fn into_settings(self) -> anyhow::Result<IdentitySettings> {
        let mut settings = self.certificate.into_settings()?;
        settings.store.latest = self.use_latest_expiring_certificate;
        let file = self.private_key.as_ref().or(settings.certificate.as_ref());
        let key_password = match file {
            Some(file) => self.key_password.read(file)?,
            None => self.key_password.given()?.map(|(password, _)| password),
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
    /// As [`KeyFlags::into_settings`].
    pub fn into_settings(self) -> anyhow::Result<IdentitySettings> {
        Ok(IdentitySettings {
            intermediates: self.intermediates,
            ..self.key.into_settings()?
        })
    }
}
