//! PKCS#11 tokens of the server: URIs of the settings enter; keys of certificate authorities, and the key that encrypts the master key, leave.
//! PINs come from the URI's `pin-source` or the environment, never from a command line, and nobody is asked for one.

use std::sync::Arc;

use anyhow::Context as _;
use anyrole_domain::ports::{AuthorityKeys, SecretBox};
#[cfg(feature = "pkcs11")]
use anyrole_issuers::TokenAuthorityKeys;
use anyrole_issuers::{SealedAuthorityKeys, TokenKey};
#[cfg(feature = "pkcs11")]
use anyrole_keys::{Password, PinEntry, Pkcs11SecretKey, Pkcs11Settings, Pkcs11Store};

#[cfg(feature = "pkcs11")]
use crate::device_secrets::PinFlags;
use crate::settings::Secret;

/// Keys of authorities: new ones on the token of `--ca-keys`, under the master key without it.
pub fn authority_keys(
    ca_keys: Option<&Secret>,
    secrets: Arc<dyn SecretBox>,
) -> anyhow::Result<Arc<dyn AuthorityKeys>> {
    let sealed = SealedAuthorityKeys::new(secrets);
    match ca_keys {
        None => Ok(Arc::new(sealed)),
        Some(uri) => on_token(uri.expose(), sealed).context("--ca-keys"),
    }
}

#[cfg(feature = "pkcs11")]
fn on_token(uri: &str, sealed: SealedAuthorityKeys) -> anyhow::Result<Arc<dyn AuthorityKeys>> {
    let token = Pkcs11Store::open(uri, &settings()?)?;
    Ok(Arc::new(TokenAuthorityKeys::new(token, sealed)))
}

#[cfg(not(feature = "pkcs11"))]
fn on_token(_uri: &str, _sealed: SealedAuthorityKeys) -> anyhow::Result<Arc<dyn AuthorityKeys>> {
    Err(no_tokens())
}

/// Does something with the token's key that encrypts the master key; one that may be made is, where there is none.
pub fn with_key<T>(
    uri: &Secret,
    may_make: bool,
    action: impl FnOnce(&dyn TokenKey) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    with_opened(uri.expose(), may_make, action)
}

#[cfg(feature = "pkcs11")]
fn with_opened<T>(
    uri: &str,
    may_make: bool,
    action: impl FnOnce(&dyn TokenKey) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let flag = "--master-key-token";
    let key = Pkcs11SecretKey::open(uri, &settings()?).context(flag)?;
    if may_make {
        key.make_if_missing().context(flag)?;
    }
    action(&key)
}

#[cfg(not(feature = "pkcs11"))]
fn with_opened<T>(
    _uri: &str,
    _may_make: bool,
    _action: impl FnOnce(&dyn TokenKey) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    Err(no_tokens()).context("--master-key-token")
}

#[cfg(not(feature = "pkcs11"))]
fn no_tokens() -> anyhow::Error {
    anyhow::anyhow!("this build has no PKCS#11 tokens; it needs the feature `pkcs11`")
}

#[cfg(feature = "pkcs11")]
fn settings() -> anyhow::Result<Pkcs11Settings> {
    let given = PinFlags::default().given()?;
    Ok(Pkcs11Settings {
        module: None,
        reuse_pin: true,
        pin: Arc::new(GivenPin(given.map(|(pin, _)| pin))),
    })
}

/// The environment's PIN: a server has nobody to ask.
#[cfg(feature = "pkcs11")]
struct GivenPin(Option<Password>);

#[cfg(feature = "pkcs11")]
impl PinEntry for GivenPin {
    fn pin(&self, _token: &str, _for_signature: bool) -> Result<Password, String> {
        self.0.clone().ok_or_else(|| {
            "name its file in the URI, `?pin-source=/PATH`, or set ANYROLE_PKCS11_PIN".to_owned()
        })
    }

    fn is_given(&self) -> bool {
        self.0.is_some()
    }
}
