//! `anyrole enroll CRT KEY`: a join token enters, a key is made here (in a file, on a PKCS#11 token, in a TPM) and never leaves, and
//! the certificate that the service gives for it is written. What was interrupted is taken up again with the same key.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use anyrole_helper::DeviceSettings;
use anyrole_keys::{FileKey, KeySpec, KeyUri, Password, SigningKey, TpmKeyName, TpmUri};
use anyrole_sdk::{AskedNames, ClientSettings, Endpoint, EnrolmentClient, Region, ThisMachine};
use aws_lc_rs::rand::SecureRandom;

use super::identity_flags::{DeviceKeyFlags, TokenFlags};
use super::key_type::KeyTypeFlags;
use super::service_flags::ServiceFlags;
use crate::atomic_file::{self, NewFile};
use crate::key_protection::{Protection, open_key};
use crate::password::{Secret, SecretFlags};

const HELP: &str = "\
A key in a file, encrypted under a password that is asked for:
  anyrole enroll tls.crt tls.key --endpoint https://ca.example.org --token-file token

For a service, which nobody gives a password to:
  anyrole enroll /etc/app/tls.crt /etc/app/tls.key --no-password --insecure --endpoint URL --token-file -

Keys that never leave their place:
  anyrole enroll tls.crt 'pkcs11:token=NAME;object=tls' --pin-source FILE --endpoint URL --token-file token
  anyrole enroll tls.crt tpm:file=tls.key --endpoint URL --token-file token

What the certificate says the token decides; where the token leaves a choice: --subject CN=web-7 --san web-7.example.org.
Before it ends, renew it: anyrole certificate renew tls.crt tls.key --endpoint URL --daemon";

/// A join token.
pub enum JoinToken {}

impl Secret for JoinToken {
    const NAME: &'static str = "join token";
    const VALUE_FLAG: Option<&'static str> = Some("--token");
    const FILE_FLAG: &'static str = "--token-file";
    const VARIABLE: &'static str = "ANYROLE_JOIN_TOKEN";
}

/// Get a first certificate with a join token, for a key that is made here
///
/// The key never leaves this machine; the token says what the certificate is called. An attempt that was interrupted is taken up
/// again: KEY is used if it is there and CRT is not.
#[derive(clap::Args, Debug)]
#[command(after_long_help = HELP)]
pub struct Arguments {
    /// File to write the certificate to, with those above it
    crt: PathBuf,
    /// File to write the private key to; or the URI of its place: pkcs11:token=NAME;object=LABEL makes it on that token,
    /// tpm:file=FILE in the TPM (as --tpm does), tpm:handle=0x81000101 is a key that is there
    key: PathBuf,

    #[command(flatten)]
    token: SecretFlags<JoinToken>,

    /// The subject to ask for, where the token leaves a choice: `CN=web-7`
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,

    /// An alternative name to ask for, where the token leaves a choice (again for more)
    #[arg(long, value_name = "NAME")]
    san: Vec<String>,

    #[command(flatten)]
    key_type: KeyTypeFlags,

    /// Make the key in the TPM: KEY is then the file that this TPM alone can load, as with tpm:file=KEY
    #[arg(long)]
    tpm: bool,

    /// File with the password to encrypt a key in a file with; else it is asked for, twice
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    #[command(flatten)]
    protection: Protection,

    #[command(flatten)]
    tokens: TokenFlags,

    #[command(flatten)]
    devices: DeviceKeyFlags,

    #[command(flatten)]
    service: ServiceFlags,

    /// Send the token over plain HTTP to another machine, where something else protects the way
    #[arg(long)]
    allow_plain_http: bool,

    /// Replace CRT and KEY where they exist
    #[arg(long, short)]
    force: bool,
}

/// Makes the key, asks, writes.
pub fn run(
    arguments: Arguments,
    random: &dyn SecureRandom,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let token = arguments.token.given()?;
    let (token, _) = token.context(
        "a join token is needed: give --token-file FILE (`-` is standard input) or set ANYROLE_JOIN_TOKEN",
    )?;
    let token = std::str::from_utf8(token.expose()).context("the join token is no text")?;
    atomic_file::check_free(&arguments.crt, arguments.force)?;
    let client = client(arguments.service, token, arguments.allow_plain_http)?;
    let asked = AskedNames {
        subject: arguments.subject,
        names: arguments.san,
    };
    let mut devices = arguments.tokens.into_devices()?;
    let password_of_tpm = arguments.devices.add_to(&mut devices);
    let in_tpm = match KeyUri::of(&arguments.key) {
        Some(KeyUri::Tpm) => Some(TpmUri::parse(&arguments.key.to_string_lossy())?),
        _ => None,
    };
    let key_file = match &in_tpm {
        Some(TpmUri {
            key: TpmKeyName::File(file),
            ..
        }) => file,
        _ => &arguments.key,
    };
    let place = Place {
        key: key_file,
        force: arguments.force,
        spec: arguments.key_type.spec()?,
        password_file: arguments.password_file.as_deref(),
        protection: &arguments.protection,
    };
    let made = match KeyUri::of(&arguments.key) {
        Some(KeyUri::Token) => {
            anyhow::ensure!(
                !arguments.tpm,
                "--tpm: `{}` names a key on a token, not in a TPM",
                KeyUri::shown(&arguments.key)
            );
            place.on_token(&devices)?
        }
        Some(KeyUri::Tpm) => {
            password_of_tpm?;
            place.in_tpm(in_tpm.as_ref(), devices)?
        }
        None if arguments.tpm => {
            password_of_tpm?;
            place.in_tpm(None, devices)?
        }
        None => place.in_file(random)?,
    };
    let enrolled = client.enroll(token, made.key.as_ref(), &asked, &ThisMachine)?;
    if let Some(waiting) = &made.waiting {
        std::fs::rename(waiting, key_file)
            .with_context(|| format!("cannot write `{}`", key_file.display()))?;
    }
    let pem = enrolled.to_pem();
    let file = NewFile {
        path: &arguments.crt,
        contents: pem.as_bytes(),
        mode: atomic_file::PUBLIC,
    };
    atomic_file::write(&[file], arguments.force)?;
    let summary = enrolled.certificate.summary();
    writeln!(out, "certificate: {}", arguments.crt.display())?;
    writeln!(out, "private key: {}", KeyUri::shown(&arguments.key))?;
    writeln!(out, "subject: {}", summary.subject)?;
    writeln!(out, "valid until: {:.0}", summary.not_after)?;
    Ok(ExitCode::SUCCESS)
}

fn client(
    service: ServiceFlags,
    token: &str,
    is_plain_allowed: bool,
) -> anyhow::Result<EnrolmentClient> {
    let settings = client_settings(service)?;
    Ok(EnrolmentClient::for_token(
        settings,
        token,
        is_plain_allowed,
    )?)
}

/// Of a server of ours: AWS neither enrols nor renews.
pub fn client_settings(service: ServiceFlags) -> anyhow::Result<ClientSettings> {
    let service = service.into_settings()?;
    let endpoint = service.endpoint.context(
        "--endpoint URL is needed: the base URL of the `anyrole server` that issues (AWS_ENDPOINT_URL counts, too)",
    )?;
    Ok(ClientSettings {
        endpoint: Endpoint::parse(&endpoint).context("--endpoint")?,
        // The server takes any of its own and this one.
        region: Region::parse("us-east-1")?,
        tls_roots: service.tls_roots,
        proxies: service.route.proxies,
        attempts: service.route.attempts,
    })
}

/// Where a key is made, and how.
struct Place<'a> {
    key: &'a Path,
    force: bool,
    spec: KeySpec,
    password_file: Option<&'a Path>,
    protection: &'a Protection,
}

/// A key; where another one is to be replaced by it, the file that it waits in.
struct Made {
    key: Arc<dyn SigningKey>,
    waiting: Option<PathBuf>,
}

impl Place<'_> {
    /// The file that the key is written to now: beside the one that it is to replace, which is good until the certificate is there.
    fn file(&self) -> (PathBuf, bool) {
        if !self.force || !self.key.exists() {
            return (self.key.to_owned(), false);
        }
        let mut name = self.key.as_os_str().to_owned();
        name.push(".next");
        (PathBuf::from(name), true)
    }

    fn in_file(&self, random: &dyn SecureRandom) -> anyhow::Result<Made> {
        let (path, waits) = self.file();
        let key = if path.exists() {
            open_key(&path, "--password-file", self.password_file)?
        } else {
            let password: Option<Password> =
                self.protection
                    .new_password("--password-file", self.password_file, self.key)?;
            let key = FileKey::generate(self.spec)?;
            let pem = match &password {
                Some(password) => key.to_encrypted_pem(password, random)?,
                None => key.to_pem()?,
            };
            write_secret(&path, pem.as_bytes())?;
            key
        };
        Ok(Made {
            key: Arc::new(key),
            waiting: waits.then_some(path),
        })
    }

    #[cfg(feature = "pkcs11")]
    fn on_token(&self, devices: &DeviceSettings) -> anyhow::Result<Made> {
        use anyrole_keys::{KeyError, Pkcs11Error, Pkcs11Source};
        anyhow::ensure!(
            !self.force,
            "--force replaces no key on a token: give the new one another name (`object=`), or delete the old one with the token's own tool"
        );
        let uri = self.key.to_string_lossy();
        let source = Pkcs11Source::open(&uri, &devices.pkcs11)?;
        let key = match source.key(None, None) {
            // Of an attempt that was interrupted.
            Ok(key) => key,
            Err(KeyError::Pkcs11(Pkcs11Error::NoKey { .. })) => {
                source.generate(self.spec)?;
                source.key(None, None)?
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Made {
            key: Arc::new(key),
            waiting: None,
        })
    }

    #[cfg(not(feature = "pkcs11"))]
    fn on_token(&self, _devices: &DeviceSettings) -> anyhow::Result<Made> {
        anyhow::bail!("KEY: PKCS#11 tokens were left out of this build (feature `pkcs11`)")
    }

    #[cfg(feature = "tpm")]
    fn in_tpm(&self, uri: Option<&TpmUri>, devices: DeviceSettings) -> anyhow::Result<Made> {
        use anyrole_keys::TpmKey;
        let settings = match uri {
            Some(uri) => devices.tpm.for_uri(uri),
            None => devices.tpm,
        };
        if let Some(TpmKeyName::Handle(handle)) = uri.map(|uri| &uri.key) {
            let key = TpmKey::at_handle(handle, settings)?;
            return Ok(Made {
                key: Arc::new(key),
                waiting: None,
            });
        }
        let (path, waits) = self.file();
        let name = path.display().to_string();
        if !path.exists() {
            let pem = TpmKey::create(self.spec, &settings, &name)?;
            write_secret(&path, pem.as_bytes())?;
        }
        let pem = std::fs::read(&path).with_context(|| format!("cannot read `{name}`"))?;
        anyhow::ensure!(
            TpmKey::is_key_file(&pem),
            "`{name}` holds no key of a TPM; leave --tpm out, or name another file"
        );
        let key = TpmKey::from_pem(&pem, &name, settings)?;
        Ok(Made {
            key: Arc::new(key),
            waiting: waits.then_some(path),
        })
    }

    #[cfg(not(feature = "tpm"))]
    fn in_tpm(&self, _uri: Option<&TpmUri>, _devices: DeviceSettings) -> anyhow::Result<Made> {
        anyhow::bail!("--tpm: TPM keys were left out of this build (feature `tpm`)")
    }
}

fn write_secret(path: &Path, contents: &[u8]) -> anyhow::Result<()> {
    let file = NewFile {
        path,
        contents,
        mode: atomic_file::SECRET,
    };
    atomic_file::write(&[file], false)
}
