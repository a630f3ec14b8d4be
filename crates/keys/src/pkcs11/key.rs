//! A private key on a token: messages enter, signatures leave, one C_Sign each. Its session stays open; when the token
//! was taken out and put in again, the next signature finds it anew.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use cryptoki::slot::Slot;

use super::login::Pin;
use super::mechanism::{NoOperation, Operation};
use super::module::{self, failed, is_gone};
use super::objects::{self, KeyObject, Name};
use super::token::{self, Token, list};
use super::uri::ObjectType;
use super::{Pkcs11Error, Pkcs11Source, TokenCertificate, may_log_in};
use crate::public_key::{PublicKey, ecdsa_der};
use crate::{KeyAlgorithm, KeyError, Password, SignatureScheme, SigningKey};

/// A private key on a token.
pub struct Pkcs11Key {
    source: Pkcs11Source,
    wanted: Wanted,
    public: PublicKey,
    connection: Mutex<Option<Connection>>,
}

/// By what the key is found, each time that the token is put in.
struct Wanted {
    slot: Option<Slot>,
    names: Vec<Name>,
    expected: Option<PublicKey>,
}

/// What counts while the token is in its slot.
struct Connection {
    session: Session,
    token: Token,
    handle: ObjectHandle,
    always_authenticate: bool,
    mechanisms: Vec<MechanismType>,
    /// Of modules, when it was made.
    restarts: u64,
}

impl fmt::Debug for Pkcs11Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11Key")
            .field("uri", &self.source.uri)
            .field("algorithm", &self.public.algorithm)
            .finish_non_exhaustive()
    }
}

impl Pkcs11Key {
    pub(super) fn open(
        source: Pkcs11Source,
        certificate: Option<&TokenCertificate>,
        expected: Option<PublicKey>,
    ) -> Result<Self, KeyError> {
        let wanted = Wanted {
            slot: certificate.map(|certificate| certificate.slot),
            names: names(&source, certificate),
            expected,
        };
        let (connection, told) = source.holding(|restarts| connect(&source, &wanted, restarts))?;
        let public = match (&wanted.expected, told) {
            (Some(expected), _) => expected.clone(),
            (None, Some(told)) => told,
            (None, None) => {
                return Err(Pkcs11Error::NoPublicKey {
                    uri: source.uri.to_string(),
                }
                .into());
            }
        };
        Ok(Self {
            source,
            wanted,
            public,
            connection: Mutex::new(Some(connection)),
        })
    }
}

/// What the key may be called: as its own URI says, or as the certificate that the URI names.
fn names(source: &Pkcs11Source, certificate: Option<&TokenCertificate>) -> Vec<Name> {
    let uri = &source.uri;
    let of_uri = Name {
        id: uri.id.clone(),
        label: uri.object.clone(),
    };
    let own = uri.object_type == Some(ObjectType::PrivateKey);
    let Some(certificate) =
        certificate.filter(|certificate| !own && source.names(&certificate.name))
    else {
        return vec![of_uri];
    };
    let id = certificate.name.id.clone().filter(|id| !id.is_empty());
    let label = certificate
        .name
        .label
        .clone()
        .filter(|label| !label.is_empty());
    let mut names = Vec::new();
    if id.is_some() {
        names.push(Name { id, label: None });
    }
    if label.is_some() {
        names.push(Name { id: None, label });
    }
    // By its public key alone.
    names.push(Name::default());
    names
}

/// Finds token and key. Also gives the public half, as far as the token tells it.
fn connect(
    source: &Pkcs11Source,
    wanted: &Wanted,
    restarts: u64,
) -> Result<(Connection, Option<PublicKey>), Pkcs11Error> {
    let mut tokens = token::some(&source.module, &source.uri)?;
    if tokens.len() > 1
        && let Some(near) = tokens
            .iter()
            .position(|token| Some(token.slot) == wanted.slot)
    {
        tokens = vec![tokens.swap_remove(near)];
    }
    let token = token::only(tokens, &source.uri)?;
    let session = source.session(token.slot)?;
    let mut found = search(source, wanted, &session, &token)?;
    if found.is_none() && may_log_in(&token, &session)? {
        source.pin.log_in(&session, &token)?;
        found = search(source, wanted, &session, &token)?;
    }
    let Some(key) = found else {
        let present = objects::private_keys(&session, &token, &Name::default())?;
        return Err(Pkcs11Error::NoKey {
            uri: source.uri.to_string(),
            of_certificate: if wanted.expected.is_some() {
                " and belongs to the certificate"
            } else {
                ""
            },
            present: list(present.iter().map(|key| &key.uri)),
        });
    };
    let mechanisms = source
        .module
        .get_mechanism_list(token.slot)
        .map_err(|error| failed(&error))?;
    let connection = Connection {
        session,
        token,
        handle: key.handle,
        always_authenticate: key.always_authenticate,
        mechanisms,
        restarts,
    };
    Ok((connection, key.public))
}

/// The key of the first name that has one.
fn search(
    source: &Pkcs11Source,
    wanted: &Wanted,
    session: &Session,
    token: &Token,
) -> Result<Option<KeyObject>, Pkcs11Error> {
    for name in &wanted.names {
        let mut keys = objects::private_keys(session, token, name)?;
        if let Some(expected) = &wanted.expected {
            keys.retain(|key| key.is(expected) != Some(false));
            if let Some(sure) = keys.iter().position(|key| key.is(expected) == Some(true)) {
                return Ok(Some(keys.swap_remove(sure)));
            }
            // Nothing ties such a key to the certificate but that it is alone with its name.
            if *name == Name::default() && wanted.names.len() > 1 {
                keys.clear();
            }
        }
        if keys.len() > 1 {
            return Err(Pkcs11Error::SeveralKeys {
                uri: source.uri.to_string(),
                count: keys.len(),
                matching: list(keys.iter().map(|key| &key.uri)),
            });
        }
        if let Some(key) = keys.pop() {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

impl SigningKey for Pkcs11Key {
    fn public_key_der(&self) -> &[u8] {
        &self.public.spki_der
    }

    fn algorithm(&self) -> KeyAlgorithm {
        self.public.algorithm
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut slot = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let signature = match slot.take() {
            Some(connection) => match self.once(&mut slot, connection, scheme, message)? {
                Err(Attempt::Module(error)) if is_gone(&error) => {
                    self.anew(&mut slot, scheme, message)?
                }
                outcome => outcome,
            },
            None => self.anew(&mut slot, scheme, message)?,
        };
        let signature = signature.map_err(|error| match error {
            Attempt::Module(error) => failed(&error),
            Attempt::Refused(error) => error,
        })?;
        if !self.public.verifies(scheme, message, &signature) {
            return Err(Pkcs11Error::OtherKey {
                uri: self.source.uri.to_string(),
            }
            .into());
        }
        Ok(signature)
    }
}

type Outcome = Result<Vec<u8>, Attempt>;

/// Why one attempt failed.
enum Attempt {
    Module(Error),
    Refused(Pkcs11Error),
}

impl Pkcs11Key {
    /// Finds the token and the key again, and signs.
    fn anew(
        &self,
        slot: &mut Option<Connection>,
        scheme: SignatureScheme,
        message: &[u8],
    ) -> Result<Outcome, KeyError> {
        let connect = |restarts| connect(&self.source, &self.wanted, restarts);
        let (connection, _) = self.source.holding(connect)?;
        self.once(slot, connection, scheme, message)
    }

    /// One signature; the connection is kept where it succeeds. After an error a signature may be half done on it: the next
    /// one begins anew. The outer error is that the scheme does not fit.
    fn once(
        &self,
        slot: &mut Option<Connection>,
        connection: Connection,
        scheme: SignatureScheme,
        message: &[u8],
    ) -> Result<Outcome, KeyError> {
        let operation = self.operation(&connection, scheme, message)?;
        let pin = &self.source.pin;
        // A person is asked before the module is held.
        let asked = match connection.always_authenticate {
            true => pin.ask_for_signature(&connection.token)?,
            false => None,
        };
        let mut raw = match self.held(connection, |one| one.run(pin, &operation, asked.as_ref())) {
            Ok((connection, raw)) => (connection, raw),
            Err(gone) => return Ok(Err(gone)),
        };
        if let Err(Attempt::Module(Error::Pkcs11(RvError::UserNotLoggedIn, _))) = raw.1 {
            // A key that everybody sees and nobody may use without a login.
            pin.obtain_if_unknown(raw.0.token.label())?;
            let again = |one: &Connection| {
                pin.log_in(&one.session, &one.token)
                    .map_err(Attempt::Refused)?;
                one.run(pin, &operation, asked.as_ref())
            };
            raw = match self.held(raw.0, again) {
                Ok(raw) => raw,
                Err(gone) => return Ok(Err(gone)),
            };
        }
        let (connection, raw) = raw;
        let raw = match raw {
            Ok(raw) => raw,
            Err(error) => return Ok(Err(error)),
        };
        *slot = Some(connection);
        if matches!(self.public.algorithm, KeyAlgorithm::Rsa { .. }) {
            return Ok(Ok(raw));
        }
        let (r, s) = raw.split_at(raw.len() / 2);
        Ok(Ok(ecdsa_der(r, s)?))
    }

    /// Uses a connection while nothing restarts its module. One of before a restart counts as gone.
    fn held(
        &self,
        connection: Connection,
        action: impl FnOnce(&Connection) -> Outcome,
    ) -> Result<(Connection, Outcome), Attempt> {
        let held = module::hold();
        if connection.restarts == *held {
            let outcome = action(&connection);
            return Ok((connection, outcome));
        }
        // Its number may be that of another's session by now, which must not be closed.
        std::mem::forget(connection);
        let code = RvError::SessionHandleInvalid;
        Err(Attempt::Module(Error::Pkcs11(code, Function::SignInit)))
    }

    fn operation(
        &self,
        connection: &Connection,
        scheme: SignatureScheme,
        message: &[u8],
    ) -> Result<Operation, KeyError> {
        let algorithm = self.public.algorithm;
        let (offered, in_parts) = (&connection.mechanisms, connection.always_authenticate);
        let operation = Operation::choose(algorithm, scheme, message, offered, in_parts);
        operation.map_err(|reason| match reason {
            NoOperation::Mismatch => KeyError::SchemeMismatch { algorithm, scheme },
            NoOperation::Missing => KeyError::Pkcs11(Pkcs11Error::NoMechanism {
                token: connection.token.label().to_owned(),
                algorithm: algorithm.to_string(),
            }),
        })
    }
}

impl Connection {
    fn run(&self, pin: &Pin, operation: &Operation, asked: Option<&Password>) -> Outcome {
        let Operation { mechanism, data } = operation;
        if !self.always_authenticate {
            return self
                .session
                .sign(mechanism, self.handle, data)
                .map_err(Attempt::Module);
        }
        // The login belongs between beginning and end of a signature, which the library offers for parts only.
        self.session
            .sign_init(mechanism, self.handle)
            .map_err(Attempt::Module)?;
        pin.confirm(&self.session, &self.token, asked)
            .map_err(Attempt::Refused)?;
        self.session
            .sign_update(data)
            .and_then(|()| self.session.sign_final())
            .map_err(|error| match error {
                error if is_gone(&error) => Attempt::Module(error),
                error => Attempt::Refused(Pkcs11Error::NoLoginWithinSignature {
                    mechanism: match mechanism {
                        Mechanism::Ecdsa => "ECDSA",
                        Mechanism::EcdsaSha256
                        | Mechanism::EcdsaSha384
                        | Mechanism::EcdsaSha512 => "ECDSA with a hash",
                        _ => "RSA",
                    },
                    detail: error.to_string(),
                }),
            })
    }
}
