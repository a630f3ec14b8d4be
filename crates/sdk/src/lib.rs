//! Temporary AWS credentials for a program that has a certificate, by IAM Roles Anywhere (AWS's, or an `anyrole server`),
//! without a process beside it: an identity and the three ARNs enter, credentials that stay fresh leave.
//!
//! ```
//! use std::sync::Arc;
//!
//! use anyrole_sdk::{
//!     ClientSettings, CreateSessionClient, FileSource, RefreshingCredentials, SessionError,
//!     SessionRequest, SessionSource,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let request = SessionRequest {
//!     trust_anchor_arn: "arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/ID".to_owned(),
//!     profile_arn: "arn:aws:rolesanywhere:eu-west-1:123456789012:profile/ID".to_owned(),
//!     role_arn: "arn:aws:iam::123456789012:role/app".to_owned(),
//!     duration_seconds: 3600,
//!     role_session_name: None,
//! };
//! // Read anew for each session, so that a renewed certificate counts.
//! let identity = FileSource::new("/etc/app/host.crt").private_key("/etc/app/host.key");
//! // AWS's endpoint of the trust anchor's region; set `settings.endpoint` for another one.
//! let settings = ClientSettings::of_request(&request)?;
//! let client = CreateSessionClient::new(settings)?;
//! let credentials = RefreshingCredentials::new(SessionSource::new(client, Arc::new(identity), request));
//!
//! match credentials.get() {
//!     Ok(kept) => println!("{} until {}", kept.credentials.access_key_id, kept.end),
//!     Err(error) => match &*error {
//!         // Errors have types: here the files are at fault, and nothing was sent.
//!         SessionError::Identity(error) => println!("{:?}: {error}", error.part),
//!         error => println!("{error}"),
//!     },
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Who asks
//!
//! An [`IdentitySource`] gives certificate, intermediates and key that belong together: [`FileSource`] from files, an
//! [`Identity`] from memory, a [`StoreSource`] from a store, or a source of your own; with the features `pkcs11`, `tpm` and
//! `spiffe` a `DeviceSource` from tokens and TPMs, and a `SpiffeSource` from an agent. The key is anything that is a
//! [`SigningKey`]. What these need of keys and certificates is exported here, too.
//!
//! ```
//! use anyrole_sdk::{Identity, IdentityProblem, Password};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let made = rcgen::generate_simple_self_signed(vec!["host".to_owned()])?;
//! # let (certificate_pem, key_pem) = (made.cert.pem(), made.signing_key.serialize_pem());
//! let identity = Identity::from_pem(&certificate_pem, key_pem.as_bytes(), None)?;
//! assert_eq!(identity.leaf().summary().key, "EC P-256");
//! // Of an encrypted key: Some(&password). It is wiped when it is dropped.
//! let password = Password::from("not needed here");
//! Identity::from_pem(&certificate_pem, key_pem.as_bytes(), Some(&password))?;
//!
//! # let other = rcgen::KeyPair::generate()?.serialize_pem();
//! let error = Identity::from_pem(&certificate_pem, other.as_bytes(), None).unwrap_err();
//! assert!(matches!(error.problem, IdentityProblem::KeyOfAnotherCertificate { .. }));
//! assert!(error.to_string().starts_with("private key: the key in memory belongs to none of"));
//! # Ok(())
//! # }
//! ```
//!
//! # How they stay fresh
//!
//! [`RefreshingCredentials`] are got ahead of their end, when they are asked for or by a thread of
//! [`RefreshingCredentials::refresh_in_background`]; once for all callers; and while the service can't be reached the last
//! ones stay until they end. With the feature `aws-credential-types` they are a `ProvideCredentials` of AWS's Rust SDK:
//! `tools/rust-clients/src/bin/s3.rs` in the repository hands them to aws-sdk-s3.
//!
//! # What it leaves alone
//!
//! There is no global state, nothing is printed, and no process is ended. Clock, randomness and sleep come in as
//! [`Surroundings`], which are [`ThisMachine`]'s unless you have others. Calls block; only the provider of AWS's SDK is
//! async. Tokens and TPMs alone are the process's: a PKCS#11 module is loaded once, and a PIN or password that a device has
//! refused is remembered by its digest, so that no second source tries it again and locks the device.
//! The helper's commands (`anyrole credential-process` and the rest) are this library's first user. It compiles nothing of
//! the server.

mod answer;
mod arn;
#[cfg(feature = "aws-credential-types")]
mod aws_provider;
mod client;
mod credentials;
mod endpoint;
mod enrolment;
mod error;
mod identity;
mod keeper;
mod probe;
mod proxy;
mod refreshing;
mod request;
mod resolver;
mod retry;
pub mod schedule;
mod service_clock;
mod session;
mod shown_tls;
mod store;
mod surroundings;
mod this_machine;

pub use anyrole_keys::{KeyAlgorithm, KeyError, Password, SignatureScheme, SigningKey};
#[cfg(feature = "tpm")]
pub use anyrole_keys::{PasswordEntry, TpmPassword, TpmSettings};
#[cfg(feature = "pkcs11")]
pub use anyrole_keys::{PinEntry, Pkcs11Settings, Pkcs11Source};
pub use anyrole_x509::{Certificate, CertificateError};
pub use arn::{Arn, ArnError};
pub use client::{ClientSettings, CreateSessionClient, TlsRoots};
pub use credentials::Credentials;
pub use endpoint::{Endpoint, EndpointError, EndpointVariant, Region};
pub use enrolment::{
    AskedNames, Enrolled, EnrolmentClient, EnrolmentError, FirstContactError, signing_request,
};
pub use error::{ClientError, CreateSessionError, Refusal};
#[cfg(any(feature = "pkcs11", feature = "tpm"))]
pub use identity::{CertificatePlace, DeviceSource, KeyPlace};
pub use identity::{
    FileSource, Identity, IdentityError, IdentityPart, IdentityParts, IdentityProblem,
    IdentitySource, IdentityWatch, LastingSource, Origin, open_key_file, read_certificate_file,
};
#[cfg(feature = "spiffe")]
pub use identity::{SpiffeError, SpiffeSource};
pub use keeper::{Counts, CredentialSource, Keeper, Kept};
pub use probe::{Hop, Probe, Route};
pub use proxy::{Proxies, ProxyNames};
pub use refreshing::{BackgroundRefresh, RefreshingCredentials};
pub use request::SessionRequest;
pub use retry::Attempts;
pub use service_clock::{OnServiceClock, ServiceClock};
pub use session::{SessionError, SessionSource};
pub use shown_tls::ShownTls;
pub use store::{CertificateSelector, CertificateStore, FolderStore, SelectorError, StoreSource};
pub use surroundings::{Surroundings, WireEvent};
pub use this_machine::ThisMachine;
