//! The stairs' last steps: `SessionGrant` (only this room makes one) and `Credentials` (only made from a grant).

use std::sync::Arc;

use jiff::Timestamp;

use crate::ports::SecretAccessKey;
use crate::tags::Tag;

/// A session of a role: what its token holds, and what decisions about its calls need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The ARN of the role, with its path.
    pub role_arn: String,
    /// The unique id of the role at the time of issue.
    pub role_id: String,
    /// The session's name.
    pub session_name: String,
    /// `arn:…:assumed-role/{role}/{session}`.
    pub assumed_role_arn: String,
    /// The source identity.
    pub source_identity: String,
    /// Session tags.
    pub tags: Arc<[Tag]>,
    /// SHA-256 of each session policy's text; the texts are in the store.
    pub session_policies: Arc<[[u8; 32]]>,
    /// The trust anchor that the certificate led to.
    pub trust_anchor_arn: String,
    /// SHA-256 of every certificate on the path, leaf first, so that a revocation can reach living sessions.
    pub certificates: Arc<[[u8; 32]]>,
    /// When it was issued; whole seconds.
    pub issued_at: Timestamp,
    /// When it ends; whole seconds.
    pub expires_at: Timestamp,
}

impl Session {
    /// `AROA…:{session name}`.
    pub fn assumed_role_id(&self) -> String {
        format!("{}:{}", self.role_id, self.session_name)
    }
}

/// A decision that a session may be issued. Only this room makes one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SessionGrant {
    /// The session.
    pub session: Session,
}

/// Short-lived credentials. `Debug` shows the id alone; secret and token are wiped when dropped.
pub struct Credentials {
    /// `ASIA…`.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: SecretAccessKey,
    /// The session token.
    pub session_token: zeroize::Zeroizing<String>,
    /// When they end.
    pub expires_at: Timestamp,
}

impl Credentials {
    /// Credentials of a grant.
    pub fn new(
        grant: &SessionGrant,
        access_key_id: String,
        secret_access_key: SecretAccessKey,
        session_token: String,
    ) -> Self {
        Self {
            access_key_id,
            secret_access_key,
            session_token: session_token.into(),
            expires_at: grant.session.expires_at,
        }
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
