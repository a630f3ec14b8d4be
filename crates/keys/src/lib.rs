//! Key sources: a file's bytes (and later PKCS#11, TPM) enter, a [`SigningKey`] leaves; certificates that lie in the same file leave as DER.
//! Called by the certificate authority, the helper and the SDK; knows nothing of certificates.

mod certificates;
mod encryption;
mod error;
mod file;
mod form;
mod open;
mod password;
mod pem;
mod pkcs12;
mod signing_key;

pub use certificates::certificates_der;
pub use error::KeyError;
pub use file::{FileKey, KeySpec};
pub use open::{open_bytes, open_file};
pub use password::Password;
pub use pkcs12::Pkcs12;
pub use signing_key::{KeyAlgorithm, SignatureScheme, SigningKey};
