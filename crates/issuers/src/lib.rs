//! Credential issuers: a `SessionGrant` enters, sealed credentials leave, and back again at the S3 and STS doors.
//!
//! [`MasterKey`] is the `SecretBox` of every secret in a row; [`Keyring`] holds the seal keys in memory,
//! and [`KeyringFollower`] keeps it up with the snapshot;
//! `seal.rs` seals and opens; [`LocalIssuer`] joins them behind the domain's `SessionIssuer` and `SessionOpener`.
//! To add an issuer: a file of its own that implements those ports, and a line in the app's wiring.

mod access_key_id;
mod authority_keys;
mod follower;
mod keyring;
mod local;
mod master_key;
mod message;
mod payload;
mod seal;

pub use self::authority_keys::SealedAuthorityKeys;
#[cfg(feature = "pkcs11")]
pub use self::authority_keys::TokenAuthorityKeys;
pub use self::follower::KeyringFollower;
pub use self::keyring::{Keyring, KeyringError};
pub use self::local::LocalIssuer;
pub use self::master_key::{MasterKey, MasterKeyError, TokenKey};
pub use self::seal::MAX_TOKEN_LENGTH;
