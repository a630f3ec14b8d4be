//! Why a command gave nothing: each message names the flag, the file and the cure.
//! The texts hold those of their causes, so there is no chain of sources to print as well.

use anyrole_keys::KeyError;
use anyrole_sdk::{
    ArnError, ClientError, CreateSessionError, EndpointError, IdentityError, IdentityProblem,
    Origin, SelectorError, SessionError,
};
use jiff::Timestamp;

use crate::identity_settings::flag;
use crate::{CommandLineError, CredentialsFileError, ProfileError};

/// Why a command gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum HelperError {
    /// Certificate and key, as the SDK says it.
    #[error("{}: {}", flag(cause.part), detail(cause))]
    Identity {
        /// What is wrong, with which part.
        cause: IdentityError,
    },
    /// No certificate is named.
    #[error("--certificate: name the certificate's file")]
    NoCertificate,
    /// No agent by that address.
    #[error("--spiffe-socket: {detail}")]
    Spiffe {
        /// What is wrong.
        detail: String,
    },
    /// A source that this flag does not take, or that was left out of this build.
    #[error(
        "{flag}: `{shown}` can't be used here: tokens (`pkcs11:…`, feature `pkcs11`) and TPM keys (`handle:…`, feature `tpm`, for --private-key only) must be in the build"
    )]
    UnsupportedSource {
        /// The flag.
        flag: &'static str,
        /// As given, without secrets.
        shown: String,
    },
    /// Not an ARN.
    #[error("{flag}: {cause}")]
    Arn {
        /// The flag.
        flag: &'static str,
        /// What is wrong.
        cause: ArnError,
    },
    /// An ARN of something else.
    #[error("{flag}: `{presented}` is not the ARN of a {kind}: expected {example}")]
    ArnOfAnotherKind {
        /// The flag.
        flag: &'static str,
        /// As given.
        presented: String,
        /// What it should name.
        kind: &'static str,
        /// What one looks like.
        example: &'static str,
    },
    /// Region or endpoint cannot be had from what was given.
    #[error("{flag}: {cause}")]
    Endpoint {
        /// The flag.
        flag: &'static str,
        /// What is wrong.
        cause: EndpointError,
    },
    /// AWS's special endpoints are AWS's alone.
    #[error(
        "FIPS and dual-stack endpoints are AWS's: leave out --use-fips-endpoint and --use-dualstack (AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT), or the endpoint (--endpoint, AWS_ENDPOINT_URL…)"
    )]
    VariantOfCustomEndpoint,
    /// A selector that can't be understood.
    #[error("--cert-selector: {cause}")]
    Selector {
        /// What is wrong with it.
        cause: SelectorError,
    },
    /// No store to select from.
    #[error(
        "there is no certificate store to select from: those of Windows and macOS are not supported yet, and other systems have none; name a folder of certificates and keys (--store-folder DIR), or the certificate's file (--certificate FILE)"
    )]
    NoStore,
    /// A lifetime that the service refuses.
    #[error(
        "--session-duration: {presented} is not between 900 (15 minutes) and 43200 (12 hours) seconds"
    )]
    Duration {
        /// As given.
        presented: i64,
    },
    /// A session name that STS refuses.
    #[error(
        "--role-session-name: `{presented}` must be 2 to 64 letters, digits or characters of `_+=,.@-`"
    )]
    SessionName {
        /// As given.
        presented: String,
    },
    /// Nothing to sign with.
    #[error("--private-key: name the key's file, or give --certificate a file that holds it")]
    NoKey,
    /// A value that a shell would not take as it is.
    #[error(
        "the service's value of {name} holds characters that no key or token has: it is not printed"
    )]
    UnprintableValue {
        /// The variable.
        name: &'static str,
    },
    /// The key failed.
    #[error("the key cannot sign: {cause}")]
    CannotSign {
        /// Why.
        cause: KeyError,
    },
    /// The way to the service could not be set up.
    #[error("{flag}{0}", flag = client_flag(.0))]
    Client(ClientError),
    /// The credentials file.
    #[error(transparent)]
    CredentialsFile(#[from] CredentialsFileError),
    /// The config file.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A command that a config file can't hold.
    #[error(transparent)]
    CommandLine(#[from] CommandLineError),
    /// A config file has no key for a container's endpoint.
    #[error(
        "a profile can read a container's endpoint only to assume another role with it: give --assume-role-arn ARN, or set AWS_CONTAINER_CREDENTIALS_FULL_URI and AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE without a profile"
    )]
    ContainerProfile,
    /// The service's answer is of no use.
    #[error(
        "the service gave credentials that end at `{expiration}`, and it is {now} here: check this machine's clock, and --endpoint"
    )]
    EndedCredentials {
        /// As the service said it.
        expiration: String,
        /// This machine's time.
        now: Timestamp,
    },
    /// The service, or the way to it.
    #[error("{cause}{}", crate::advice::hint(cause))]
    Session {
        /// What happened.
        cause: CreateSessionError,
    },
}

impl From<IdentityError> for HelperError {
    fn from(cause: IdentityError) -> Self {
        Self::Identity { cause }
    }
}

impl From<SessionError> for HelperError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Identity(cause) => Self::Identity { cause },
            SessionError::CreateSession(cause) => Self::Session { cause },
            SessionError::EndedCredentials { expiration, now } => {
                Self::EndedCredentials { expiration, now }
            }
        }
    }
}

/// What is wrong, and what helps where a flag or a command does.
fn detail(error: &IdentityError) -> String {
    match (&error.problem, &error.origin) {
        (IdentityProblem::PasswordNeeded, Origin::File(path)) => {
            let path = path.display();
            format!(
                "the key in `{path}` is encrypted: give --pkcs8-password-file FILE with its password, or take it away with `anyrole crypto change-pass {path} --no-password --insecure` (the file's mode is then its only protection)"
            )
        }
        (IdentityProblem::Pkcs12PasswordNeeded, _) => format!(
            "{}: give --pkcs12-password-file FILE with it",
            error.detail()
        ),
        (
            IdentityProblem::Key(KeyError::WrongPassword)
            | IdentityProblem::CertificateFile(KeyError::WrongPassword),
            _,
        ) => format!(
            "{}: give the right one with --pkcs8-password-file FILE, for PKCS#12 with --pkcs12-password-file FILE",
            error.detail()
        ),
        _ => error.detail(),
    }
}

/// The flag of what a client could not be made with; a proxy's error names its own.
fn client_flag(error: &ClientError) -> &'static str {
    match error {
        ClientError::MalformedProxy { .. } => "",
        _ => "--ca-bundle: ",
    }
}
