//! A key made in a TPM: a kind of key enters, the text of a key file leaves that this TPM alone can load.

use super::commands::{self, Failure, NewKey, Refusal};
use super::device::Device;
use super::{TpmError, TpmKey, TpmPassword, TpmSettings, key_file};
use crate::{KeyError, KeySpec, Password};

/// The owner's hierarchy (TPM_RH_OWNER), whose storage key is made the same each time.
const OWNER: u32 = 0x4000_0001;

impl TpmKey {
    /// Makes a signing key under the owner's storage key; the text of its file (`TSS2 PRIVATE KEY`). With a password that is given or
    /// asked for, else without one.
    ///
    /// # Errors
    /// No TPM, one that does not make such keys, an owner's hierarchy with a password.
    pub fn create(spec: KeySpec, settings: &TpmSettings, name: &str) -> Result<String, KeyError> {
        let kind = match spec {
            KeySpec::Rsa { bits } => {
                NewKey::Rsa(u16::try_from(bits).map_err(|_| KeyError::RsaSize { bits })?)
            }
            KeySpec::EcP256 => NewKey::Curve(3),
            KeySpec::EcP384 => NewKey::Curve(4),
            KeySpec::EcP521 => NewKey::Curve(5),
            KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => {
                return Err(KeyError::UnsupportedAlgorithm {
                    algorithm: "ML-DSA in a TPM".to_owned(),
                });
            }
        };
        let password = match &settings.password {
            TpmPassword::None => Password::from(""),
            TpmPassword::Given(password) => password.clone(),
            TpmPassword::Ask(entry) => {
                entry
                    .password(name)
                    .map_err(|detail| TpmError::PasswordNeeded {
                        detail: format!(" ({detail})"),
                    })?
            }
        };
        let mut device = Device::open(settings.device.as_deref())?;
        let (private, public) = create(&mut device, password.expose(), kind)?;
        Ok(key_file::render(
            password.is_empty(),
            OWNER,
            &public,
            &private,
        )?)
    }
}

fn create(
    device: &mut Device,
    password: &[u8],
    kind: NewKey,
) -> Result<(Vec<u8>, Vec<u8>), TpmError> {
    let of_parent = |failure| match failure {
        Failure::Refused(_, Refusal::Password) => TpmError::ParentPassword { parent: OWNER },
        failure => failure.say(),
    };
    let primary = commands::create_primary(device, OWNER, false).map_err(of_parent)?;
    let created = commands::create(device, primary, password, kind);
    commands::flush(device, primary);
    created.map_err(Failure::say)
}
