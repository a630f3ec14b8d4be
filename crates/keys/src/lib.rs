//! Key sources: a file's bytes, a token's URI (PKCS#11) or a TPM's handle enters, a [`SigningKey`] leaves; certificates that lie in the
//! same file or on the same token leave as DER.
//! Called by the certificate authority, the helper and the SDK; knows nothing of certificates.

mod certificates;
mod encryption;
mod error;
mod file;
mod form;
mod key_uri;
mod open;
mod password;
mod pem;
#[cfg(feature = "pkcs11")]
mod pkcs11;
mod pkcs12;
#[cfg(any(feature = "pkcs11", feature = "tpm"))]
mod public_key;
#[cfg(any(feature = "pkcs11", feature = "tpm"))]
mod refused;
mod signing_key;
mod tlv;
#[cfg(feature = "tpm")]
mod tpm;

pub use certificates::certificates_der;
pub use error::KeyError;
pub use file::{FileKey, KeySpec};
pub use key_uri::{KeyUri, TpmKeyName, TpmUri, TpmUriError};
pub use open::{open_bytes, open_file, read_secret_file};
pub use password::Password;
#[cfg(feature = "pkcs11")]
pub use pkcs11::{
    PinEntry, Pkcs11Error, Pkcs11Key, Pkcs11SecretKey, Pkcs11Settings, Pkcs11Source, Pkcs11Store,
    Pkcs11Uri, TokenCertificate, TokenCertificates,
};
pub use pkcs12::{NewPkcs12, Pkcs12};
pub use signing_key::{KeyAlgorithm, SignatureScheme, SigningKey};
#[cfg(feature = "tpm")]
pub use tpm::{PasswordEntry, TpmError, TpmKey, TpmPassword, TpmSettings};
