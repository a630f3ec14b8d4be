//! What can go wrong between a certificate and its credentials.

use std::fmt;
use std::path::PathBuf;

use anyrole_signing::SignError;
use jiff::SignedDuration;

/// A client could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The bundle of trusted TLS roots cannot be read.
    #[error("cannot read the CA bundle `{}`: {cause}", path.display())]
    Bundle {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The bundle holds no certificate, or a broken one.
    #[error("the CA bundle `{}` holds no readable certificate in PEM form", path.display())]
    EmptyBundle {
        /// The file.
        path: PathBuf,
    },
    /// A proxy's URL that is none.
    #[error(
        "{setting} is not the URL of an HTTP proxy: expected http://[USER:PASSWORD@]HOST[:PORT] or https://… (other kinds, such as SOCKS, are not supported)"
    )]
    MalformedProxy {
        /// Where it was set; its value may hold a password.
        setting: &'static str,
    },
}

/// CreateSession gave no credentials.
#[derive(Debug, thiserror::Error)]
pub enum CreateSessionError {
    /// The request could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A value that no HTTP request can hold.
    #[error("the request cannot be built: {0}")]
    Request(http::Error),
    /// No answer came.
    #[error("no answer from {endpoint} after {attempts} attempt(s): {message}")]
    Transport {
        /// The base URL.
        endpoint: String,
        /// How often it was tried.
        attempts: u32,
        /// What the network said.
        message: String,
        /// True if the server's TLS certificate was not trusted.
        untrusted_server: bool,
    },
    /// The service answered with an error.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// A success without credentials in it.
    #[error("the answer (status {status}) holds no credentials: {detail}")]
    UnreadableAnswer {
        /// HTTP status.
        status: u16,
        /// What is missing.
        detail: String,
    },
}

/// An error as the service tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Such as `AccessDeniedException`; `UnknownError` when the answer names none.
    pub code: String,
    /// The service's text.
    pub message: String,
    /// To look it up in the service's log.
    pub request_id: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// The answer's `Date` less our clock, when they are minutes apart: the usual cause of `Invalid signature`.
    pub clock_difference: Option<SignedDuration>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            status,
            code,
            message,
            ..
        } = self;
        write!(
            formatter,
            "CreateSession refused: {code}: {message} (status {status}"
        )?;
        if let Some(id) = &self.request_id {
            write!(formatter, ", request id {id}")?;
        }
        if self.attempts > 1 {
            write!(formatter, ", after {} attempts", self.attempts)?;
        }
        formatter.write_str(")")?;
        if let Some(difference) = self.clock_difference {
            let (minutes, side) = (
                difference.as_secs().abs() / 60,
                if difference.is_negative() {
                    "ahead of"
                } else {
                    "behind"
                },
            );
            write!(
                formatter,
                "; the clock of this machine is {minutes} minutes {side} the service's: set it right"
            )?;
        }
        Ok(())
    }
}
