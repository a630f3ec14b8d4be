//! A token as a place for keys that a program makes there: a URI that names the token enters; keys that never leave it, with the URIs
//! by which they are found again, leave. Called by the server for the keys of its certificate authorities.

use super::module::failed;
use super::objects::{self, Name};
use super::uri::{UriPin, encode, encode_id};
use super::{Pkcs11Error, Pkcs11Key, Pkcs11Settings, Pkcs11Source, Pkcs11Uri};
use crate::{KeyError, KeySpec};

/// A token on which keys are made, opened and destroyed.
#[derive(Clone, Debug)]
pub struct Pkcs11Store {
    source: Pkcs11Source,
}

impl Pkcs11Store {
    /// Loads the module and logs in on the token, with one try of the PIN.
    ///
    /// # Errors
    /// A URI that names no token, names a key, or holds the PIN itself; a module or a token that isn't there; a refused login.
    pub fn open(uri: &str, settings: &Pkcs11Settings) -> Result<Self, Pkcs11Error> {
        let source = Pkcs11Source::of(of_token(uri)?, settings)?;
        source.check()?;
        Ok(Self { source })
    }

    /// Makes a key pair that never leaves the token, and opens it. Its URI has no query: where module and PIN are is for whoever opens it.
    ///
    /// # Errors
    /// A key of that name is there; a kind of key that the token doesn't make; what the token says.
    pub fn make(
        &self,
        label: &str,
        id: &[u8],
        spec: KeySpec,
    ) -> Result<(String, Pkcs11Key), KeyError> {
        let mut uri = self.source.uri.to_string();
        uri.push_str(";id=");
        uri.push_str(&encode_id(id));
        uri.push_str(";object=");
        encode(label.as_bytes(), &mut uri);
        uri.push_str(";type=private");
        self.source.beside(&uri)?.generate(spec)?;
        let key = self.key(&uri)?;
        Ok((uri, key))
    }

    /// Opens what `make` has made, here or on another token of the same module and PIN.
    ///
    /// # Errors
    /// The token or the key isn't there; a refused login.
    pub fn key(&self, uri: &str) -> Result<Pkcs11Key, KeyError> {
        self.source.beside(uri)?.key(None, None)
    }

    /// Destroys what `make` has made, both halves; whether it was there.
    ///
    /// # Errors
    /// A URI that does not name one key by id and label; what the token says.
    pub fn destroy(&self, uri: &str) -> Result<bool, Pkcs11Error> {
        let source = self.source.beside(uri)?;
        let name = Name {
            id: source.uri.id.clone(),
            label: source.uri.object.clone(),
        };
        if name.id.is_none() || name.label.is_none() {
            return Err(refused(
                &source.uri,
                "only what is named by `id` and `object` is destroyed",
            ));
        }
        source.holding(|_| {
            let (_, session) = source.writing_session()?;
            let found = objects::key_pairs(&session, &name)?;
            for handle in &found {
                session
                    .destroy_object(*handle)
                    .map_err(|error| failed(&error))?;
            }
            Ok(!found.is_empty())
        })
    }
}

/// A URI of a token and of no object on it, without a PIN.
fn of_token(text: &str) -> Result<Pkcs11Uri, Pkcs11Error> {
    let uri = Pkcs11Uri::parse(text)?;
    if uri.token.is_none() && uri.serial.is_none() {
        return Err(refused(
            &uri,
            "it must name the token, by `token=LABEL` or `serial=NUMBER`",
        ));
    }
    if uri.object.is_some() || uri.id.is_some() || uri.object_type.is_some() {
        return Err(refused(
            &uri,
            "it must name the token alone: each key gets `object` and `id` of its own",
        ));
    }
    check_pin(&uri)?;
    Ok(uri)
}

/// A server's settings can be read by more people than may know the PIN.
pub(super) fn check_pin(uri: &Pkcs11Uri) -> Result<(), Pkcs11Error> {
    match uri.pin {
        Some(UriPin::Value(_)) => Err(refused(
            uri,
            "the PIN itself may not be in it, where others can see it: name its file with `pin-source=/PATH`",
        )),
        _ => Ok(()),
    }
}

pub(super) fn refused(uri: &Pkcs11Uri, detail: &str) -> Pkcs11Error {
    Pkcs11Error::MalformedUri {
        uri: uri.to_string(),
        detail: detail.to_owned(),
    }
}
