//! Key sources: a PEM file (and later PKCS#11, TPM) enters, a [`SigningKey`] leaves.
//! Called by the certificate authority, the helper and the SDK; knows nothing of certificates.

mod error;
mod file;
mod open;
mod password;
mod signing_key;

pub use error::KeyError;
pub use file::{FileKey, KeySpec};
pub use open::{open_file, open_pem};
pub use password::Password;
pub use signing_key::{KeyAlgorithm, SignatureScheme, SigningKey};
