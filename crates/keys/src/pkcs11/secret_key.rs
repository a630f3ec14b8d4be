//! An AES key on a token that encrypts other keys: a URI enters, secrets leave encrypted and come back opened, each by one call of the
//! token (AES-256-GCM). Called by the server for its master key.

use cryptoki::mechanism::aead::GcmParams;
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, ObjectHandle};
use cryptoki::session::Session;
use zeroize::Zeroizing;

use super::module::failed;
use super::objects::{self, Name};
use super::store::{check_pin, refused};
use super::token::{self, Token, list};
use super::uri::ObjectType;
use super::{Pkcs11Error, Pkcs11Settings, Pkcs11Source, Pkcs11Uri};

/// Octets of the initialization vector (NIST SP 800-38D section 8.2).
const VECTOR: usize = 12;

/// An AES key on a token.
#[derive(Clone, Debug)]
pub struct Pkcs11SecretKey {
    source: Pkcs11Source,
}

impl Pkcs11SecretKey {
    /// Loads the module; the token is asked when the key is used.
    ///
    /// # Errors
    /// A URI that names no token or no key, or holds the PIN itself; a module that isn't there.
    pub fn open(uri: &str, settings: &Pkcs11Settings) -> Result<Self, Pkcs11Error> {
        let uri = Pkcs11Uri::parse(uri)?;
        if uri.token.is_none() && uri.serial.is_none() {
            return Err(refused(
                &uri,
                "it must name the token, by `token=LABEL` or `serial=NUMBER`",
            ));
        }
        if uri.object.is_none() && uri.id.is_none() {
            return Err(refused(
                &uri,
                "it must name the key, by `object=LABEL` or `id=ID`",
            ));
        }
        if !matches!(uri.object_type, None | Some(ObjectType::SecretKey)) {
            return Err(refused(&uri, "`type` must be secret-key, or be left out"));
        }
        check_pin(&uri)?;
        Ok(Self {
            source: Pkcs11Source::of(uri, settings)?,
        })
    }

    /// The URI without its query.
    pub fn uri(&self) -> &Pkcs11Uri {
        self.source.uri()
    }

    /// Makes the key, of 256 bits, sensitive and not extractable, where there is none of that name; whether it was made.
    ///
    /// # Errors
    /// The URI has no `object` to call it by; the token makes no AES keys; what the token says.
    pub fn make_if_missing(&self) -> Result<bool, Pkcs11Error> {
        let Some(label) = self.source.uri.object.clone() else {
            return Err(self.source.unnamed());
        };
        let id = self.source.uri.id.clone();
        let id = id.unwrap_or_else(|| label.clone().into_bytes());
        let template = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            Attribute::ValueLen(32.into()),
            Attribute::Label(label.into_bytes()),
            Attribute::Id(id),
        ];
        self.source.holding(|_| {
            let (token, session) = self.source.writing_session()?;
            if !objects::aes_keys(&session, &token, &self.name())?.is_empty() {
                return Ok(false);
            }
            self.source
                .check_makes(&token, MechanismType::AES_KEY_GEN)?;
            session
                .generate_key(&Mechanism::AesKeyGen, &template)
                .map_err(|error| failed(&error))?;
            Ok(true)
        })
    }

    /// Encrypts a secret: `vector`, ciphertext and tag, joined. The vector is random and never used again; `context` must be the same
    /// when it is opened.
    ///
    /// # Errors
    /// No or more than one such key; a refused login; what the token says.
    pub fn seal(
        &self,
        vector: [u8; VECTOR],
        context: &[u8],
        secret: &[u8],
    ) -> Result<Vec<u8>, Pkcs11Error> {
        self.source.holding(|_| {
            let (session, key) = self.connect()?;
            let mut used = vector;
            let mechanism = gcm(&mut used, context)?;
            let text = session
                .encrypt(&mechanism, key, secret)
                .map_err(|error| failed(&error))?;
            Ok([&vector[..], &text].concat())
        })
    }

    /// Opens what `seal` has made.
    ///
    /// # Errors
    /// As `seal`; another key, another context, or it was changed.
    pub fn unseal(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Pkcs11Error> {
        let not_opened = || Pkcs11Error::NotOpened {
            uri: self.source.uri.to_string(),
        };
        let (vector, text) = sealed
            .split_first_chunk::<VECTOR>()
            .ok_or_else(not_opened)?;
        self.source.holding(|_| {
            let (session, key) = self.connect()?;
            let mut used = *vector;
            let mechanism = gcm(&mut used, context)?;
            let opened = session.decrypt(&mechanism, key, text);
            opened
                .map(Zeroizing::new)
                .map_err(|error| match failed(&error) {
                    // Modules name a wrong tag in several ways: CKR_ENCRYPTED_DATA_INVALID, CKR_GENERAL_ERROR and others.
                    Pkcs11Error::Module { .. } => not_opened(),
                    gone => gone,
                })
        })
    }

    fn name(&self) -> Name {
        Name {
            id: self.source.uri.id.clone(),
            label: self.source.uri.object.clone(),
        }
    }

    /// The one key of the name, on the one token.
    fn connect(&self) -> Result<(Session, ObjectHandle), Pkcs11Error> {
        let source = &self.source;
        let token = token::only(token::some(&source.module, &source.uri)?, &source.uri)?;
        let session = source.session(token.slot)?;
        source.enter(&session, &token)?;
        let key = self.only(&session, &token)?;
        Ok((session, key))
    }

    fn only(&self, session: &Session, token: &Token) -> Result<ObjectHandle, Pkcs11Error> {
        let found = objects::aes_keys(session, token, &self.name())?;
        if let [(handle, _)] = &found[..] {
            return Ok(*handle);
        }
        let present = objects::aes_keys(session, token, &Name::default())?;
        Err(Pkcs11Error::NotOneSecretKey {
            uri: self.source.uri.to_string(),
            count: found.len(),
            present: list(present.iter().map(|(_, uri)| uri)),
        })
    }
}

fn gcm<'a>(vector: &'a mut [u8; VECTOR], context: &'a [u8]) -> Result<Mechanism<'a>, Pkcs11Error> {
    // 128 bits of tag.
    let parameters = GcmParams::new(vector, context, 128.into());
    parameters
        .map(Mechanism::AesGcm)
        .map_err(|error| failed(&error))
}
