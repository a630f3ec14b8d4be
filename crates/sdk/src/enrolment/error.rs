//! What can go wrong between a key and its certificate.

use anyrole_keys::KeyError;
use anyrole_signing::SignError;

use crate::{CreateSessionError, Refusal};

/// A certificate was not had.
#[derive(Debug, thiserror::Error)]
pub enum EnrolmentError {
    /// The key did not sign.
    #[error("the key can't sign: {0}")]
    Key(#[from] KeyError),
    /// The request could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// No request could be made of it, or no answer came.
    #[error(transparent)]
    Transport(CreateSessionError),
    /// The service said no.
    #[error("{what} was refused: {text}", text = text(.refusal))]
    Refused {
        /// `the enrolment` or `the renewal`.
        what: &'static str,
        /// What it said.
        refusal: Box<Refusal>,
    },
    /// A success that is none.
    #[error("the service's answer is no certificate for this key: {0}")]
    Answer(String),
    /// A text that is no token.
    #[error(transparent)]
    Token(#[from] anyrole_wire::enrolment::NoJoinToken),
    /// The token would go over the network in the clear.
    #[error(
        "a join token is a secret, and {0} is plain HTTP to another machine: use https://, or --allow-plain-http if something else protects the way"
    )]
    Plain(String),
    /// Who answers is not who the token was made for.
    #[error("{0}")]
    Pin(String),
}

impl EnrolmentError {
    /// Whether the service itself refused, so that the same request would be refused again.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { refusal, .. } if refusal.status < 500 && refusal.status != 429)
    }
}

/// Without the operation's name, which is another one.
fn text(refusal: &Refusal) -> String {
    let text = refusal.to_string();
    text.replacen("CreateSession refused: ", "", 1)
}
