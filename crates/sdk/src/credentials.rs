//! Temporary credentials: what CreateSession gives. Wiped when dropped, never shown.

use std::fmt;

use zeroize::Zeroizing;

/// Credentials of a role session.
#[derive(Clone)]
pub struct Credentials {
    /// `ASIA…`; not a secret.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: Zeroizing<String>,
    /// The session token.
    pub session_token: Zeroizing<String>,
    /// When they end: the service's own text, RFC 3339, untouched.
    pub expiration: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("expiration", &self.expiration)
            .finish_non_exhaustive()
    }
}
