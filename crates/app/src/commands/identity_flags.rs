//! The flags that say who asks: certificate, key and chain, shared by all commands that take them. Which flags exclude
//! each other stands in `exclusions.rs`, and at the flag; where an identity comes from `anyrole_helper` decides.

use std::fmt;
use std::path::{Path, PathBuf};

use anyrole_helper::{DeviceSettings, IdentitySettings, StoreSettings};
use anyrole_keys::KeyUri;

use crate::device_secrets::{Pin, PinFlags, TpmKeyPasswordFlags};
use crate::password::{
    Pkcs8Password, Pkcs12Password, Secret as _, SecretFlags, warn_of_command_line,
};
use crate::{identity_passwords, standard_input};

/// The certificate alone.
#[derive(clap::Args)]
pub struct CertificateFlags {
    /// Certificate file: PEM, DER, PKCS#7 or PKCS#12; `-` is standard input, /dev/fd/N an open file descriptor. It may hold the
    /// whole chain in any order (the certificate is the one that the key belongs to) and the private key too. Or a token's certificate by its PKCS#11 URI: pkcs11:token=NAME;object=LABEL.
    #[arg(long, value_name = "FILE|URI")]
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

    #[command(flatten)]
    token: TokenFlags,

    #[command(flatten)]
    pkcs12_password: SecretFlags<Pkcs12Password>,
}

/// How PKCS#11 tokens are reached.
#[derive(clap::Args, Debug)]
pub struct TokenFlags {
    /// PKCS#11 module that speaks with the token. Default: the URI's module-path or module-name, else p11-kit-proxy, which
    /// hands on to all modules that this machine has configured.
    #[arg(long, value_name = "FILE")]
    pkcs11_lib: Option<PathBuf>,

    #[command(flatten)]
    pin: PinFlags,
}

/// How keys on devices are used.
#[derive(clap::Args, Debug)]
pub struct DeviceKeyFlags {
    /// Give the PIN of the login again to a key that wants it for each signature; otherwise you are asked each time.
    #[arg(long)]
    reuse_pin: bool,

    #[command(flatten)]
    tpm_key_password: TpmKeyPasswordFlags,

    /// The TPM key has no password. Needed with handles, since a TPM does not tell; key files say it themselves.
    #[arg(long, conflicts_with = "tpm-key-password-file")]
    no_tpm_key_password: bool,

    /// TPM to use: device file or UNIX socket. Default: /dev/tpmrm0, else /dev/tpm0.
    #[arg(long, value_name = "PATH", env = "TPM_DEVICE")]
    tpm_device: Option<PathBuf>,
}

/// A certificate and its key.
#[derive(clap::Args)]
pub struct KeyFlags {
    #[command(flatten)]
    certificate: CertificateFlags,

    /// Private key file: PKCS#8, SEC1, PKCS#1 (encrypted or not, PEM or DER) or PKCS#12; RSA of 2048 bits and up, EC P-256, P-384,
    /// P-521, ML-DSA. `-` is standard input, /dev/fd/N an open file descriptor. Or a key that a TPM loads (TSS2 PRIVATE KEY), or one
    /// that stays in its place: on a token (pkcs11:token=NAME;id=%01), in a TPM (tpm:handle=0x81000101, handle:0x81000101). Default: the key in the
    /// certificate file, or of the token's certificate.
    #[arg(long, value_name = "FILE|URI|HANDLE")]
    private_key: Option<PathBuf>,

    #[command(flatten)]
    key_password: SecretFlags<Pkcs8Password>,

    /// Of several certificates that --cert-selector means, take the one that ends last.
    #[arg(long)]
    use_latest_expiring_certificate: bool,

    #[command(flatten)]
    devices: DeviceKeyFlags,

    /// Certificate and key of a SPIFFE agent: the X.509-SVID that its Workload API gives to this process, anew each time. The
    /// agent's address, unix:///PATH; without one that of the environment (SPIFFE_ENDPOINT_SOCKET).
    #[arg(
        long,
        value_name = "ADDRESS",
        num_args = 0..=1,
        default_missing_value = "",
        conflicts_with_all = ["certificate", "private_key", "cert_selector", "store_folder"]
    )]
    spiffe_socket: Option<String>,
}

/// A certificate, its key and the certificates above it.
#[derive(clap::Args, Debug)]
pub struct IdentityFlags {
    #[command(flatten)]
    key: KeyFlags,

    /// CA certificates between the certificate and the trust anchor (PEM, DER, PKCS#7), in any order; at most 5 are sent. Needed
    /// when the trust anchor is not the certificate's own issuer. Default: those in the certificate file; a PKCS#12 file has its
    /// own.
    #[arg(long, value_name = "FILE")]
    intermediates: Option<PathBuf>,
}

/// A URI may hold a PIN.
impl fmt::Debug for CertificateFlags {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.certificate.as_deref().map(KeyUri::shown);
        formatter
            .debug_struct("CertificateFlags")
            .field("certificate", &shown)
            .field("cert_selector", &self.cert_selector)
            .field("store_folder", &self.store_folder)
            .field("system_store_name", &self.system_store_name)
            .finish_non_exhaustive()
    }
}

/// A URI may hold a PIN.
impl fmt::Debug for KeyFlags {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.private_key.as_deref().map(KeyUri::shown);
        let fields = (&self.certificate, shown);
        formatter.debug_tuple("KeyFlags").field(&fields).finish()
    }
}

/// The address as given, else the environment's.
#[expect(
    clippy::disallowed_methods,
    reason = "the command's edge: here the environment comes in"
)]
fn spiffe_address(given: String) -> anyhow::Result<String> {
    if !given.is_empty() {
        return Ok(given);
    }
    let named = std::env::var("SPIFFE_ENDPOINT_SOCKET").unwrap_or_default();
    anyhow::ensure!(
        !named.is_empty(),
        "--spiffe-socket: give the agent's address (unix:///PATH), or set SPIFFE_ENDPOINT_SOCKET"
    );
    Ok(named)
}

/// Says that a PIN in a command line is everybody's to read.
fn warn_of_pin(flag: &str, path: Option<&PathBuf>) {
    let uri = path.map(|path| path.to_string_lossy()).unwrap_or_default();
    if uri.len() > 7 && uri.contains("pin-value=") && KeyUri::shown(Path::new(&*uri)) != uri {
        warn_of_command_line(flag, Pin::FILE_FLAG, Pin::VARIABLE);
    }
}

/// The passwords of the files that an identity is in: read, or asked for, when they are wanted.
pub struct Passwords {
    key: SecretFlags<Pkcs8Password>,
    pkcs12: SecretFlags<Pkcs12Password>,
}

impl Passwords {
    /// Adds to settings what they need.
    ///
    /// # Errors
    /// A password can't be read, or is not known at the terminal.
    pub fn add_to(&self, settings: &mut IdentitySettings) -> anyhow::Result<()> {
        add_certificate_password(settings, &self.pkcs12)?;
        let known = settings.certificate_password.as_ref();
        let (file, known) = match (&settings.private_key, &settings.certificate) {
            (Some(file), _) => (Some(file), None),
            (None, file) => (file.as_ref(), known),
        };
        settings.key_password = match file {
            Some(file) => identity_passwords::of_key(file, known, &self.key, &self.pkcs12)?,
            None => self.key.given()?.map(|(password, _)| password),
        };
        Ok(())
    }
}

fn add_certificate_password(
    settings: &mut IdentitySettings,
    flags: &SecretFlags<Pkcs12Password>,
) -> anyhow::Result<()> {
    if let Some(path) = &settings.certificate {
        settings.certificate_password = identity_passwords::of_certificates(path, flags)?;
    }
    Ok(())
}

impl CertificateFlags {
    /// What they say; no key is looked for.
    ///
    /// # Errors
    /// The selector can't be understood, or a pipe, a password or the PIN can't be read.
    pub fn into_settings(self) -> anyhow::Result<IdentitySettings> {
        let (mut settings, password) = self.before_password()?;
        add_certificate_password(&mut settings, &password)?;
        Ok(settings)
    }

    /// With the flags of the password, which a PKCS#12 file of the key takes, too.
    fn before_password(self) -> anyhow::Result<(IdentitySettings, SecretFlags<Pkcs12Password>)> {
        warn_of_pin("--certificate", self.certificate.as_ref());
        let mut settings = IdentitySettings {
            certificate: hold("--certificate", self.certificate)?,
            store: StoreSettings::new(self.cert_selector.as_deref(), self.store_folder)?,
            ..IdentitySettings::default()
        };
        self.token.add_to(&mut settings.devices)?;
        Ok((settings, self.pkcs12_password))
    }
}

impl TokenFlags {
    /// What they say.
    ///
    /// # Errors
    /// The PIN can't be read.
    pub fn into_devices(self) -> anyhow::Result<DeviceSettings> {
        let mut devices = DeviceSettings::default();
        self.add_to(&mut devices)?;
        Ok(devices)
    }

    #[cfg(feature = "pkcs11")]
    fn add_to(self, devices: &mut DeviceSettings) -> anyhow::Result<()> {
        devices.pkcs11 = anyrole_keys::Pkcs11Settings {
            module: self.pkcs11_lib,
            reuse_pin: false,
            pin: std::sync::Arc::new(self.pin.into_entry()?),
        };
        Ok(())
    }

    /// A build without tokens takes the flags for the sake of the same command line.
    #[cfg(not(feature = "pkcs11"))]
    fn add_to(self, _devices: &mut DeviceSettings) -> anyhow::Result<()> {
        Ok(())
    }
}

impl KeyFlags {
    /// What they say, with the key's password read.
    ///
    /// # Errors
    /// A pipe, a password or PIN can't be read, or the selector can't be understood.
    pub fn into_settings(self) -> anyhow::Result<IdentitySettings> {
        let (mut settings, passwords) = self.before_passwords()?;
        passwords.add_to(&mut settings)?;
        Ok(settings)
    }

    fn before_passwords(self) -> anyhow::Result<(IdentitySettings, Passwords)> {
        let (mut settings, pkcs12) = self.certificate.before_password()?;
        settings.store.latest = self.use_latest_expiring_certificate;
        warn_of_pin("--private-key", self.private_key.as_ref());
        settings.private_key = hold("--private-key", self.private_key)?;
        self.devices.add_to(&mut settings.devices)?;
        settings.spiffe = self.spiffe_socket.map(spiffe_address).transpose()?;
        let key = self.key_password;
        Ok((settings, Passwords { key, pkcs12 }))
    }
}

impl DeviceKeyFlags {
    /// Adds what they say.
    ///
    /// # Errors
    /// A password can't be read.
    pub fn add_to(self, devices: &mut DeviceSettings) -> anyhow::Result<()> {
        #[cfg(feature = "pkcs11")]
        {
            devices.pkcs11.reuse_pin = self.reuse_pin;
        }
        #[cfg(feature = "tpm")]
        {
            devices.tpm = anyrole_keys::TpmSettings {
                device: self.tpm_device.filter(|path| !path.as_os_str().is_empty()),
                password: match self.no_tpm_key_password {
                    true => anyrole_keys::TpmPassword::None,
                    false => self.tpm_key_password.into_password()?,
                },
            };
        }
        #[cfg(not(all(feature = "pkcs11", feature = "tpm")))]
        let _ = devices;
        Ok(())
    }
}

impl IdentityFlags {
    /// What they say, with the key's password read.
    ///
    /// # Errors
    /// As [`KeyFlags::into_settings`].
    pub fn into_settings(self) -> anyhow::Result<IdentitySettings> {
        let (mut settings, passwords) = self.before_passwords()?;
        passwords.add_to(&mut settings)?;
        Ok(settings)
    }

    /// What they say, and how the passwords of the files are come by: nobody is asked for one yet.
    ///
    /// # Errors
    /// As [`KeyFlags::into_settings`], but for the passwords.
    pub fn before_passwords(self) -> anyhow::Result<(IdentitySettings, Passwords)> {
        let (settings, passwords) = self.key.before_passwords()?;
        let settings = IdentitySettings {
            intermediates: hold("--intermediates", self.intermediates)?,
            ..settings
        };
        Ok((settings, passwords))
    }
}

fn hold(flag: &'static str, path: Option<PathBuf>) -> anyhow::Result<Option<PathBuf>> {
    path.map(|path| standard_input::hold(flag, path))
        .transpose()
}
