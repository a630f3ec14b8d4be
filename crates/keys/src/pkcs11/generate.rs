//! A key pair made on a token: a URI that says what it shall be called, and a kind of key, enter; the token has it then. The
//! private half is sensitive and not extractable: it never leaves.

use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::Attribute;

use super::module::failed;
use super::objects::{self, Name};
use super::token::{Token, list};
use super::{Pkcs11Error, Pkcs11Source};
use crate::{KeyError, KeySpec};

/// 65537.
const EXPONENT: [u8; 3] = [1, 0, 1];
/// OBJECT IDENTIFIERs of the curves, DER, as `CKA_EC_PARAMS` has them.
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: [u8; 7] = [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
const P521: [u8; 7] = [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23];

impl Pkcs11Source {
    /// Makes a key pair of the name that the URI says, on the token that it says. Logs in.
    ///
    /// # Errors
    /// The URI has no `object` to call it by, names a private key that is there already, no token or several; a kind of key that
    /// tokens do not make; what the token says.
    pub fn generate(&self, spec: KeySpec) -> Result<(), KeyError> {
        let label = self.uri.object.clone().ok_or_else(|| self.unnamed())?;
        let id = self
            .uri
            .id
            .clone()
            .unwrap_or_else(|| label.clone().into_bytes());
        let (mechanism, kind) = match spec {
            KeySpec::Rsa { bits } => {
                let bits = bits.try_into().map_err(|_| KeyError::RsaSize { bits })?;
                let exponent = Attribute::PublicExponent(EXPONENT.to_vec());
                (
                    Mechanism::RsaPkcsKeyPairGen,
                    vec![Attribute::ModulusBits(bits), exponent],
                )
            }
            KeySpec::EcP256 => curve(&P256),
            KeySpec::EcP384 => curve(&P384),
            KeySpec::EcP521 => curve(&P521),
            KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => {
                return Err(KeyError::UnsupportedAlgorithm {
                    algorithm: "ML-DSA on a token".to_owned(),
                });
            }
        };
        let names = [Attribute::Label(label.into_bytes()), Attribute::Id(id)];
        let public = [
            &[Attribute::Token(true), Attribute::Verify(true)],
            &names[..],
            &kind,
        ]
        .concat();
        let own = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
        ];
        let private = [&own[..], &names].concat();
        Ok(self.holding(|_| self.make(&mechanism, &public, &private))?)
    }

    fn make(
        &self,
        mechanism: &Mechanism<'_>,
        public: &[Attribute],
        private: &[Attribute],
    ) -> Result<(), Pkcs11Error> {
        let (token, session) = self.writing_session()?;
        self.check_makes(&token, mechanism.mechanism_type())?;
        let name = Name {
            id: self.uri.id.clone(),
            label: self.uri.object.clone(),
        };
        let present = objects::private_keys(&session, &token, &name)?;
        if !present.is_empty() {
            return Err(Pkcs11Error::KeyIsThere {
                uri: self.uri.to_string(),
                present: list(present.iter().map(|key| &key.uri)),
            });
        }
        session
            .generate_key_pair(mechanism, public, private)
            .map_err(|error| failed(&error))?;
        Ok(())
    }

    /// That the token has a mechanism to make keys by.
    pub(super) fn check_makes(
        &self,
        token: &Token,
        mechanism: MechanismType,
    ) -> Result<(), Pkcs11Error> {
        let offered = self.module.get_mechanism_list(token.slot);
        let offered = offered.map_err(|error| failed(&error))?;
        if offered.contains(&mechanism) {
            return Ok(());
        }
        Err(Pkcs11Error::MakesNone {
            token: token.label().to_owned(),
            mechanism: mechanism.to_string(),
        })
    }

    pub(super) fn unnamed(&self) -> Pkcs11Error {
        Pkcs11Error::MalformedUri {
            uri: self.uri.to_string(),
            detail: "it must say what a new key is to be called: `;object=NAME`".to_owned(),
        }
    }
}

fn curve(parameters: &[u8]) -> (Mechanism<'static>, Vec<Attribute>) {
    let parameters = Attribute::EcParams(parameters.to_vec());
    (Mechanism::EccKeyPairGen, vec![parameters])
}
