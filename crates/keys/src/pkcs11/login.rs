//! Logging in: a session and a way to the PIN enter, a session that may use private keys leaves. A PIN that was wrong is
//! never tried again, since every wrong one brings the token nearer to locking itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::types::RawAuthPin;
use zeroize::Zeroizing;

use super::module::failed;
use super::token::Token;
use super::uri::UriPin;
use super::{Pkcs11Error, Pkcs11Uri};
use crate::Password;
use crate::refused::{note, was_refused};

/// Whoever knows a PIN that the URI does not have: environment, file or the person at the terminal.
pub trait PinEntry: Send + Sync {
    /// The PIN of the token called `token`. `for_signature`: the key wants it again for this signature, and a person has
    /// to be asked.
    ///
    /// # Errors
    /// Why there is none, such as that there is no terminal.
    fn pin(&self, token: &str, for_signature: bool) -> Result<Password, String>;

    /// Whether it was given beforehand, so that nobody is asked; a reader with a pad of its own is then not asked either.
    fn is_given(&self) -> bool {
        false
    }

    /// Whether it may be another one when asked again, as in a file that somebody corrects.
    fn may_change(&self) -> bool {
        false
    }
}

/// The PIN of one URI, got when it is first needed.
pub(super) struct Pin {
    source: Option<UriPin>,
    entry: Arc<dyn PinEntry>,
    reuse: bool,
    state: Mutex<State>,
}

#[derive(Clone, Default)]
enum State {
    #[default]
    NotAsked,
    /// Asked for, and perhaps right.
    Known(Password),
    /// Whoever was asked would say the same again.
    Refused,
}

impl Pin {
    pub(super) fn new(uri: &Pkcs11Uri, entry: Arc<dyn PinEntry>, reuse: bool) -> Self {
        Self {
            source: uri.pin.clone(),
            entry,
            reuse,
            state: Mutex::default(),
        }
    }

    /// The same way to the PIN, for another URI's token.
    pub(super) fn unasked(&self) -> Self {
        Self {
            source: self.source.clone(),
            entry: self.entry.clone(),
            reuse: self.reuse,
            state: Mutex::default(),
        }
    }

    /// Logs the user in on this session's token, with one try.
    ///
    /// # Errors
    /// [`Pkcs11Error::PinWanted`] where [`Pin::obtain`] is to be called first: nobody is asked while the module is held.
    pub(super) fn log_in(&self, session: &Session, token: &Token) -> Result<(), Pkcs11Error> {
        let label = token.label().to_owned();
        if token.info.user_pin_locked() {
            return Err(Pkcs11Error::PinLocked { token: label });
        }
        if self.is_pad(token) {
            // The reader's own pad asks for the PIN.
            return outcome(session.login(UserType::User, None), label);
        }
        if token.info.user_pin_final_try() {
            return Err(Pkcs11Error::PinFinalTry { token: label });
        }
        // Held until the token has answered: no second thread tries the same wrong PIN.
        let mut state = self.state();
        let pin = match &*state {
            State::Refused => return Err(Pkcs11Error::PinIncorrect { token: label }),
            State::Known(pin) => pin.clone(),
            State::NotAsked => return Err(Pkcs11Error::PinWanted { token: label }),
        };
        let answer = give(session, UserType::User, token, &pin);
        if matches!(answer, Err(Pkcs11Error::PinIncorrect { .. })) {
            // A file may hold another one by the next time; what was refused is not tried again whoever says it.
            *state = match &self.source {
                Some(UriPin::File(_)) => State::NotAsked,
                None if self.entry.may_change() => State::NotAsked,
                _ => State::Refused,
            };
        }
        answer
    }

    /// Gives the PIN once more, for the signature that has begun on this session.
    pub(super) fn confirm(
        &self,
        session: &Session,
        token: &Token,
        asked: Option<&Password>,
    ) -> Result<(), Pkcs11Error> {
        let label = token.label().to_owned();
        if self.is_pad(token) {
            return outcome(session.login(UserType::ContextSpecific, None), label);
        }
        match (asked, &*self.state()) {
            (Some(pin), _) => give(session, UserType::ContextSpecific, token, pin),
            (None, State::Known(pin)) => give(session, UserType::ContextSpecific, token, pin),
            (None, _) => Err(Pkcs11Error::PinWanted { token: label }),
        }
    }

    /// What a person says where the key wants the PIN for each signature; `None` where it needs nobody to ask.
    pub(super) fn ask_for_signature(&self, token: &Token) -> Result<Option<Password>, Pkcs11Error> {
        if self.is_pad(token) {
            return Ok(None);
        }
        if self.reuse {
            self.obtain_if_unknown(token.label())?;
            return Ok(None);
        }
        let token = token.label();
        let asked = self.entry.pin(token, true);
        asked
            .map(Some)
            .map_err(|detail| Pkcs11Error::PinForEachSignature {
                token: token.to_owned(),
                detail: because(&detail),
            })
    }

    /// Gets the PIN from wherever it is.
    pub(super) fn obtain(&self, label: &str) -> Result<(), Pkcs11Error> {
        let pin = self.ask(label)?;
        let mut state = self.state();
        if matches!(*state, State::NotAsked) {
            *state = State::Known(pin);
        }
        Ok(())
    }

    /// As [`Pin::obtain`], where that has not been done.
    pub(super) fn obtain_if_unknown(&self, label: &str) -> Result<(), Pkcs11Error> {
        let unknown = matches!(*self.state(), State::NotAsked);
        if unknown { self.obtain(label) } else { Ok(()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the reader asks by itself; a PIN that was given is given nevertheless.
    fn is_pad(&self, token: &Token) -> bool {
        token.info.protected_authentication_path()
            && self.source.is_none()
            && !self.entry.is_given()
    }

    fn ask(&self, label: &str) -> Result<Password, Pkcs11Error> {
        match &self.source {
            Some(UriPin::Value(pin)) => Ok(pin.clone()),
            Some(UriPin::File(path)) => {
                let refuse = |detail: String| Pkcs11Error::PinSource {
                    path: path.clone(),
                    detail,
                };
                let text = std::fs::read(path)
                    .map(Zeroizing::new)
                    .map_err(|error| refuse(error.to_string()))?;
                let pin = text.trim_ascii_end();
                if pin.is_empty() {
                    return Err(refuse("it is empty".to_owned()));
                }
                Ok(Password::new(pin.to_vec()))
            }
            None => self
                .entry
                .pin(label, false)
                .map_err(|detail| Pkcs11Error::PinNeeded {
                    token: label.to_owned(),
                    detail: because(&detail),
                }),
        }
    }
}

/// One try, unless this token has refused this PIN before.
fn give(
    session: &Session,
    user: UserType,
    token: &Token,
    pin: &Password,
) -> Result<(), Pkcs11Error> {
    let label = token.label().to_owned();
    if was_refused(token.uri.as_bytes(), pin) {
        return Err(Pkcs11Error::PinIncorrect { token: label });
    }
    let answer = outcome(session.login_with_raw(user, &raw(pin)), label);
    if matches!(answer, Err(Pkcs11Error::PinIncorrect { .. })) {
        note(token.uri.as_bytes(), pin);
    }
    answer
}

fn because(detail: &str) -> String {
    if detail.is_empty() {
        String::new()
    } else {
        format!(" ({detail})")
    }
}

/// Wiped on drop by its type.
fn raw(pin: &Password) -> RawAuthPin {
    RawAuthPin::new(Box::new(pin.expose().to_vec()))
}

fn outcome(answer: Result<(), Error>, token: String) -> Result<(), Pkcs11Error> {
    match answer {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        // A length that no PIN of this token has is no try, yet the same PIN would be refused again.
        Err(Error::Pkcs11(
            RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange,
            _,
        )) => Err(Pkcs11Error::PinIncorrect { token }),
        Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(Pkcs11Error::PinLocked { token }),
        Err(Error::Pkcs11(RvError::PinExpired, _)) => Err(Pkcs11Error::PinExpired { token }),
        Err(error) => Err(failed(&error)),
    }
}
