//! Keys that sign for a command: a file, `pkcs11:…` or `tpm:…` enters, an opened key leaves. Every command that takes a key of an
//! authority or of a leaf opens it here. PINs come by the URI, flags, the environment or the terminal (`device_secrets.rs`).

use std::path::{Path, PathBuf};

#[cfg(feature = "tpm")]
use anyhow::Context as _;
use anyhow::ensure;
use anyrole_keys::{KeyUri, SigningKey};

use crate::device_secrets::{PinFlags, TpmKeyPasswordFlags};
use crate::key_protection::open_key_asking;

/// How keys that stay in their place are reached.
#[derive(clap::Args, Debug, Default)]
#[cfg_attr(
    not(all(feature = "pkcs11", feature = "tpm")),
    allow(dead_code, reason = "taken for the sake of the same command line")
)]
pub struct KeyPlaceFlags {
    /// PKCS#11 module that speaks with the token, for pkcs11:… [default: the URI's module-path, else p11-kit-proxy]
    #[arg(long, value_name = "FILE")]
    pkcs11_lib: Option<PathBuf>,
    #[command(flatten)]
    pin: PinFlags,
    /// TPM to use, for tpm:…: device file or UNIX socket [default: /dev/tpmrm0, else /dev/tpm0]
    #[arg(long, value_name = "PATH", env = "TPM_DEVICE")]
    tpm_device: Option<PathBuf>,
    #[command(flatten)]
    tpm_key_password: TpmKeyPasswordFlags,
    /// The TPM key has no password. Needed with handles, since a TPM does not tell; key files say it themselves
    #[arg(long, conflicts_with = "tpm-key-password-file")]
    no_tpm_key_password: bool,
}

impl KeyPlaceFlags {
    /// Nothing but what the environment says: for command lines that have no such flags.
    #[expect(
        clippy::disallowed_methods,
        reason = "the command's edge: here the environment comes in"
    )]
    pub fn of_environment() -> Self {
        let password = std::env::var_os("ANYROLE_TPM_KEY_PASSWORD");
        Self {
            tpm_device: std::env::var_os("TPM_DEVICE").map(PathBuf::from),
            // An empty one says that there is none.
            no_tpm_key_password: password.is_some_and(|password| password.is_empty()),
            ..Self::default()
        }
    }
}

/// Which key, and where its password is.
pub struct SignerFlags<'a> {
    /// A file, or a URI.
    pub name: &'a str,
    /// `step`'s `--kms`: a URI of which `name` says the rest.
    pub kms: Option<&'a str>,
    /// The flag that names a file with the password of an encrypted key file.
    pub password_flag: &'static str,
    /// That file.
    pub password_file: Option<&'a Path>,
    /// How the password is asked for, without the file's name.
    pub question: &'static str,
}

/// Opens it. A key on a token must be named by its URI alone, since there may be no certificate to find it by.
pub fn open(
    flags: &SignerFlags<'_>,
    places: &KeyPlaceFlags,
) -> anyhow::Result<Box<dyn SigningKey>> {
    let name = match flags.kms {
        Some(kms) => joined(kms, flags.name)?,
        None => flags.name.to_owned(),
    };
    let path = Path::new(&name);
    match KeyUri::of(path) {
        Some(KeyUri::Token) => return on_token(&name, places),
        Some(KeyUri::Tpm) => return in_tpm(&name, places),
        None => {}
    }
    if is_tpm_file(path) {
        return of_tpm_file(path, places);
    }
    let (flag, file) = (flags.password_flag, flags.password_file);
    Ok(Box::new(open_key_asking(path, flags.question, flag, file)?))
}

/// `pkcs11:module-path=M;token=T?pin-value=P` and `pkcs11:id=%01` say one key together. RFC 7512 has module and PIN behind the `?`;
/// `step` takes them before it, too.
fn joined(kms: &str, name: &str) -> anyhow::Result<String> {
    let scheme = |text: &str| text.split_once(':').map(|(scheme, _)| scheme.to_owned());
    let kms_scheme = scheme(kms).unwrap_or_default();
    if kms_scheme == "softkms" {
        return Ok(name.to_owned());
    }
    ensure!(
        ["pkcs11", "tpm"].contains(&kms_scheme.as_str()),
        "the URI of a key must begin with `pkcs11:` or `tpm:`; clouds' key stores are in Smallstep's step-kms-plugin"
    );
    ensure!(
        scheme(name).is_none_or(|own| own == kms_scheme),
        "`{}` and the URI of its key store begin differently; give `{kms_scheme}:…` for both",
        KeyUri::shown(Path::new(name))
    );
    let (mut path, mut query) = (Vec::new(), Vec::new());
    for uri in [kms, name] {
        let rest = uri.split_once(':').map_or(uri, |(_, rest)| rest);
        let (before, behind) = rest.split_once('?').unwrap_or((rest, ""));
        for attribute in before.split(';').chain(behind.split('&')) {
            let key = attribute.split('=').next().unwrap_or_default();
            match key {
                "" => {}
                "module-path" | "module-name" | "pin-value" | "pin-source" | "device" => {
                    query.push(attribute);
                }
                _ => path.push(attribute),
            }
        }
    }
    let mark = if query.is_empty() { "" } else { "?" };
    Ok(format!(
        "{kms_scheme}:{}{mark}{}",
        path.join(";"),
        query.join("&")
    ))
}

#[cfg(feature = "pkcs11")]
fn on_token(uri: &str, places: &KeyPlaceFlags) -> anyhow::Result<Box<dyn SigningKey>> {
    let settings = anyrole_keys::Pkcs11Settings {
        module: places.pkcs11_lib.clone(),
        // A command signs twice at most: the certificate, and a request before.
        reuse_pin: true,
        pin: std::sync::Arc::new(places.pin.entry()?),
    };
    let source = anyrole_keys::Pkcs11Source::open(uri, &settings)?;
    Ok(Box::new(source.key(None, None)?))
}

#[cfg(not(feature = "pkcs11"))]
fn on_token(_uri: &str, _places: &KeyPlaceFlags) -> anyhow::Result<Box<dyn SigningKey>> {
    anyhow::bail!("this build has no PKCS#11 tokens; it needs the feature `pkcs11`")
}

#[cfg(feature = "tpm")]
fn tpm_settings(places: &KeyPlaceFlags) -> anyhow::Result<anyrole_keys::TpmSettings> {
    Ok(anyrole_keys::TpmSettings {
        device: places.tpm_device.clone(),
        password: match places.no_tpm_key_password {
            true => anyrole_keys::TpmPassword::None,
            false => places.tpm_key_password.tpm_password()?,
        },
    })
}

#[cfg(feature = "tpm")]
fn in_tpm(uri: &str, places: &KeyPlaceFlags) -> anyhow::Result<Box<dyn SigningKey>> {
    use anyrole_keys::{TpmKey, TpmKeyName, TpmUri};

    let uri = TpmUri::parse(uri)?;
    let settings = tpm_settings(places)?.for_uri(&uri);
    match &uri.key {
        TpmKeyName::Handle(handle) => Ok(Box::new(TpmKey::at_handle(handle, settings)?)),
        TpmKeyName::File(file) => tpm_file(file, settings),
    }
}

#[cfg(not(feature = "tpm"))]
fn in_tpm(_uri: &str, _places: &KeyPlaceFlags) -> anyhow::Result<Box<dyn SigningKey>> {
    anyhow::bail!("this build has no TPM keys; it needs the feature `tpm`")
}

#[cfg(feature = "tpm")]
fn is_tpm_file(path: &Path) -> bool {
    anyrole_keys::read_secret_file(path).is_ok_and(|pem| anyrole_keys::TpmKey::is_key_file(&pem))
}

#[cfg(not(feature = "tpm"))]
fn is_tpm_file(_path: &Path) -> bool {
    false
}

#[cfg(feature = "tpm")]
fn of_tpm_file(path: &Path, places: &KeyPlaceFlags) -> anyhow::Result<Box<dyn SigningKey>> {
    tpm_file(path, tpm_settings(places)?)
}

#[cfg(feature = "tpm")]
fn tpm_file(
    path: &Path,
    settings: anyrole_keys::TpmSettings,
) -> anyhow::Result<Box<dyn SigningKey>> {
    let pem = anyrole_keys::read_secret_file(path)?;
    let name = path.display().to_string();
    let key = anyrole_keys::TpmKey::from_pem(&pem, &name, settings)
        .with_context(|| format!("key file `{name}`"))?;
    Ok(Box::new(key))
}

#[cfg(not(feature = "tpm"))]
fn of_tpm_file(path: &Path, places: &KeyPlaceFlags) -> anyhow::Result<Box<dyn SigningKey>> {
    in_tpm(&path.display().to_string(), places)
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn a_store_and_a_name_say_one_key() {
        let rows = [
            (
                "pkcs11:module-path=/m.so;token=t?pin-value=1",
                "pkcs11:id=%01",
                "pkcs11:token=t;id=%01?module-path=/m.so&pin-value=1",
            ),
            (
                "pkcs11:token=t",
                "pkcs11:object=o",
                "pkcs11:token=t;object=o",
            ),
            ("tpm:", "tpm:handle=0x81", "tpm:handle=0x81"),
            ("softkms:", "file.key", "file.key"),
        ];
        for (kms, name, expected) in rows {
            assert_eq!(joined(kms, name).unwrap(), expected, "{kms} {name}");
        }
        assert!(joined("awskms:region=x", "awskms:key-id=y").is_err());
        for name in [
            "pkcs11:token=t?pin-value=1234",
            "pkcs11:token=t;pin-value=1234",
        ] {
            let secret = joined("tpm:", name).unwrap_err().to_string();
            assert!(
                secret.contains("pkcs11:token=t") && !secret.contains("1234"),
                "{secret}"
            );
        }
    }
}
