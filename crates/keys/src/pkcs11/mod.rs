//! PKCS#11 tokens: a URI (RFC 7512) and a way to the PIN enter; certificates and a [`Pkcs11Key`] leave. The module is
//! loaded at run time, so nothing of it is needed to build. Called by the SDK's token identity.

mod error;
mod generate;
mod key;
mod login;
mod mechanism;
mod module;
mod objects;
mod secret_key;
mod store;
mod token;
mod uri;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cryptoki::context::Pkcs11;
use cryptoki::session::{Session, SessionState};
use cryptoki::slot::Slot;

pub use self::error::Pkcs11Error;
pub use self::key::Pkcs11Key;
pub use self::login::PinEntry;
pub use self::secret_key::Pkcs11SecretKey;
pub use self::store::Pkcs11Store;
pub use self::uri::Pkcs11Uri;

use self::login::Pin;
use self::module::failed;
use self::objects::{CertificateObject, Name};
use self::token::{Token, list};
use self::uri::ObjectType;
use crate::public_key::PublicKey;
use crate::{KeyError, Password};

/// How tokens are reached.
#[derive(Clone)]
pub struct Pkcs11Settings {
    /// The module's file (`--pkcs11-lib`); before the URI's `module-path` and `module-name`.
    pub module: Option<PathBuf>,
    /// Give the PIN of the login again to keys that want it for each signature (`--reuse-pin`).
    pub reuse_pin: bool,
    /// Whoever has the PIN, where the URI has none.
    pub pin: Arc<dyn PinEntry>,
}

/// The default module, and nobody to ask for a PIN.
impl Default for Pkcs11Settings {
    fn default() -> Self {
        Self {
            module: None,
            reuse_pin: false,
            pin: Arc::new(Nobody),
        }
    }
}

struct Nobody;

impl PinEntry for Nobody {
    fn pin(&self, _token: &str, _for_signature: bool) -> Result<Password, String> {
        Err("nobody to ask".to_owned())
    }
}

impl fmt::Debug for Pkcs11Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11Settings")
            .field("module", &self.module)
            .field("reuse_pin", &self.reuse_pin)
            .finish_non_exhaustive()
    }
}

/// A module with the URI of what is looked for in it.
#[derive(Clone)]
pub struct Pkcs11Source {
    module: Pkcs11,
    uri: Arc<Pkcs11Uri>,
    pin: Arc<Pin>,
    /// Something was found before: what is missing now was taken away.
    seen: Arc<AtomicBool>,
}

impl fmt::Debug for Pkcs11Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pkcs11Source({})", self.uri)
    }
}

/// A certificate on a token.
#[derive(Clone, Debug)]
pub struct TokenCertificate {
    /// Its DER.
    pub der: Vec<u8>,
    /// A URI that names it and no other.
    pub uri: String,
    slot: Slot,
    name: Name,
}

/// What a token has of certificates.
#[derive(Clone, Debug)]
pub struct TokenCertificates {
    /// Those that the URI names; at least one.
    pub matching: Vec<TokenCertificate>,
    /// DER of all certificates of the tokens that these are on: intermediates may be among them.
    pub on_token: Vec<Vec<u8>>,
}

impl TokenCertificates {
    /// That more than one certificate is named, where one is needed.
    pub fn ambiguous(&self, uri: &str) -> Pkcs11Error {
        Pkcs11Error::SeveralCertificates {
            // What is behind the `?` may be a PIN.
            uri: uri.split('?').next().unwrap_or_default().to_owned(),
            count: self.matching.len(),
            matching: list(self.matching.iter().map(|certificate| &certificate.uri)),
        }
    }
}

impl Pkcs11Source {
    /// Parses the URI and loads the module; no token is asked anything yet.
    ///
    /// # Errors
    /// A malformed URI; a module that isn't there or can't be loaded.
    pub fn open(uri: &str, settings: &Pkcs11Settings) -> Result<Self, Pkcs11Error> {
        let uri = Pkcs11Uri::parse(uri)?;
        if matches!(
            uri.object_type,
            Some(ObjectType::SecretKey | ObjectType::Other)
        ) {
            return Err(Pkcs11Error::MalformedUri {
                uri: uri.to_string(),
                detail: "`type` must be cert or private, or be left out".to_owned(),
            });
        }
        Self::of(uri, settings)
    }

    fn of(uri: Pkcs11Uri, settings: &Pkcs11Settings) -> Result<Self, Pkcs11Error> {
        Ok(Self {
            module: module::load(settings.module.as_deref(), &uri)?,
            pin: Arc::new(Pin::new(&uri, settings.pin.clone(), settings.reuse_pin)),
            uri: Arc::new(uri),
            seen: Arc::default(),
        })
    }

    /// Does what calls the module. Where that needs the PIN, it is got in between, while nobody waits for the module; where the
    /// token was there before and is gone, the module is restarted. Then it is done once more.
    fn holding<T>(&self, action: impl Fn(u64) -> Result<T, Pkcs11Error>) -> Result<T, Pkcs11Error> {
        let held = || {
            let restarts = module::hold();
            action(*restarts)
        };
        let with_pin = || match held() {
            Err(Pkcs11Error::PinWanted { token }) => {
                self.pin.obtain(&token)?;
                held()
            }
            outcome => outcome,
        };
        match with_pin() {
            Err(Pkcs11Error::TokenGone { .. } | Pkcs11Error::NoToken { .. })
                if self.seen.load(Ordering::Relaxed) =>
            {
                module::restart(&self.module)?;
                with_pin()
            }
            Ok(value) => {
                self.seen.store(true, Ordering::Relaxed);
                Ok(value)
            }
            failure => failure,
        }
    }

    /// The URI without its query, in which there may be a PIN.
    pub fn uri(&self) -> &Pkcs11Uri {
        &self.uri
    }

    /// The certificates that the URI names, on whichever tokens fit. Without a login, unless that finds none.
    ///
    /// # Errors
    /// No token fits, none has such a certificate, or the login that it takes fails.
    pub fn certificates(&self) -> Result<TokenCertificates, Pkcs11Error> {
        if self.uri.object_type == Some(ObjectType::PrivateKey) {
            return Err(Pkcs11Error::MalformedUri {
                uri: self.uri.to_string(),
                detail: "a certificate is needed, and `type=private` names a private key"
                    .to_owned(),
            });
        }
        self.holding(|_| self.find_certificates())
    }

    fn find_certificates(&self) -> Result<TokenCertificates, Pkcs11Error> {
        let tokens = token::some(&self.module, &self.uri)?;
        let mut sessions = Vec::new();
        for token in &tokens {
            sessions.push((token, self.session(token.slot)?));
        }
        let mut found = self.read(&sessions)?;
        if found.matching.is_empty()
            && let [(token, session)] = &sessions[..]
            && may_log_in(token, session)?
        {
            self.pin.log_in(session, token)?;
            found = self.read(&sessions)?;
        }
        if found.matching.is_empty() {
            let mut present = Vec::new();
            for (token, session) in &sessions {
                present.extend(objects::certificates(session, token, &Name::default())?);
            }
            return Err(Pkcs11Error::NoCertificate {
                uri: self.uri.to_string(),
                present: list(present.iter().map(|certificate| &certificate.uri)),
            });
        }
        Ok(found)
    }

    fn read(&self, sessions: &[(&Token, Session)]) -> Result<TokenCertificates, Pkcs11Error> {
        let mut matching = Vec::new();
        let mut on_token = Vec::new();
        for (token, session) in sessions {
            let all = objects::certificates(session, token, &Name::default())?;
            let named: Vec<&CertificateObject> =
                all.iter().filter(|one| self.names(&one.name)).collect();
            if named.is_empty() {
                continue;
            }
            matching.extend(named.into_iter().map(|certificate| TokenCertificate {
                der: certificate.der.clone(),
                uri: certificate.uri.clone(),
                slot: token.slot,
                name: certificate.name.clone(),
            }));
            on_token.extend(all.into_iter().map(|certificate| certificate.der));
        }
        Ok(TokenCertificates { matching, on_token })
    }

    fn names(&self, name: &Name) -> bool {
        (self.uri.id.is_none() || self.uri.id == name.id)
            && (self.uri.object.is_none() || self.uri.object == name.label)
    }

    /// The private key that the URI names. `certificate` is the one on a token that it belongs to, where there is one:
    /// its token is preferred, and a source that the certificate came from finds the key by the certificate's id.
    /// `public_key_der` is the certificate's `SubjectPublicKeyInfo`; keys are told apart by it, never by trial signatures.
    ///
    /// # Errors
    /// No or more than one token or key fits, the login fails, the certificate's key is of an unsupported kind.
    pub fn key(
        &self,
        certificate: Option<&TokenCertificate>,
        public_key_der: Option<&[u8]>,
    ) -> Result<Pkcs11Key, KeyError> {
        let expected = public_key_der.map(PublicKey::from_spki).transpose()?;
        Pkcs11Key::open(self.clone(), certificate, expected)
    }

    /// Another object by the same module and the same way to the PIN: a URI without a query. Where it is on this very token, that this
    /// was there counts for it; another token that is missing restarts no module under the keys of this one.
    fn beside(&self, uri: &str) -> Result<Self, Pkcs11Error> {
        let is_here = uri.strip_prefix(self.uri.to_string().as_str());
        Ok(Self {
            module: self.module.clone(),
            uri: Arc::new(Pkcs11Uri::parse(uri)?),
            pin: Arc::new(self.pin.unasked()),
            seen: match is_here.is_some_and(|rest| rest.starts_with(';')) {
                true => self.seen.clone(),
                false => Arc::default(),
            },
        })
    }

    /// That module, token and PIN are there: logs in on the one token that the URI names.
    fn check(&self) -> Result<(), Pkcs11Error> {
        self.holding(|_| {
            let token = token::only(token::some(&self.module, &self.uri)?, &self.uri)?;
            let session = self.session(token.slot)?;
            self.enter(&session, &token)
        })
    }

    /// A session that may make and destroy objects, on the one token that the URI names.
    fn writing_session(&self) -> Result<(Token, Session), Pkcs11Error> {
        let token = token::only(token::some(&self.module, &self.uri)?, &self.uri)?;
        let session = self
            .module
            .open_rw_session(token.slot)
            .map_err(|error| failed(&error))?;
        self.enter(&session, &token)?;
        Ok((token, session))
    }

    /// Logs in where that is to be done.
    fn enter(&self, session: &Session, token: &Token) -> Result<(), Pkcs11Error> {
        if may_log_in(token, session)? {
            self.pin.log_in(session, token)?;
        }
        Ok(())
    }

    fn session(&self, slot: Slot) -> Result<Session, Pkcs11Error> {
        self.module
            .open_ro_session(slot)
            .map_err(|error| failed(&error))
    }
}

/// Whether a login could show more than is seen now.
fn may_log_in(token: &Token, session: &Session) -> Result<bool, Pkcs11Error> {
    let state = session
        .get_session_info()
        .map_err(|error| failed(&error))?
        .session_state();
    let is_in = matches!(state, SessionState::RoUser | SessionState::RwUser);
    Ok(!is_in && (token.info.login_required() || token.info.user_pin_initialized()))
}
