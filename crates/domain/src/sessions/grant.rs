//! The stairs' last steps: `SessionGrant` (only this room makes one) and `Credentials` (only made from a grant).

use std::sync::Arc;

use jiff::Timestamp;

use super::inline_policy::InlinePolicy;
use super::user_session::{UserSession, UserSessionGrant};
use crate::ports::SecretAccessKey;
use crate::tags::Tag;

/// A session of a role: what its token holds, and what decisions about its calls need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The ARN of the role, with its path.
    pub role_arn: Arc<str>,
    /// The unique id of the role at the time of issue.
    pub role_id: Arc<str>,
    /// The session's name.
    pub session_name: String,
    /// `arn:…:assumed-role/{role}/{session}`.
    pub assumed_role_arn: String,
    /// The source identity; empty where there is none.
    pub source_identity: Arc<str>,
    /// Session tags.
    pub tags: Arc<[Tag]>,
    /// SHA-256 of each session policy's text; the texts are in the store.
    pub session_policies: Arc<[[u8; 32]]>,
    /// What only STS's own operations give a session; none for CreateSession.
    pub assumed: Option<Arc<Assumed>>,
    /// The trust anchor that the certificate led to; empty where there was no certificate.
    pub trust_anchor_arn: Arc<str>,
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

/// What AssumeRole and AssumeRoleWithWebIdentity give a session beside what CreateSession's have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assumed {
    /// The session policy that was given in words.
    pub inline_policy: Option<InlinePolicy>,
    /// Keys of the session tags that go on to the next role.
    pub transitive_tag_keys: Vec<String>,
    /// Whom an identity provider vouched for.
    pub web_identity: Option<WebIdentity>,
}

/// What a session knows of the token that it was made of (IAM user guide, keys for AWS OIDC federation).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebIdentity {
    /// The ARN of the provider.
    pub provider_arn: String,
    /// The claim `sub`.
    pub subject: String,
    /// Whom the token is for: the claim `azp`, or else `aud`.
    pub audience: String,
}

/// What a token was found to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenedSession {
    /// A session of a role.
    Role(Arc<Session>),
    /// A session of a user or of the root.
    User(Arc<UserSession>),
}

impl OpenedSession {
    /// When it ends.
    pub fn expires_at(&self) -> Timestamp {
        match self {
            Self::Role(session) => session.expires_at,
            Self::User(session) => session.expires_at,
        }
    }
}

/// A decision that a session may be issued. Only this room and `sts/` make one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SessionGrant {
    /// The session.
    pub session: Session,
}

/// Short-lived credentials. `Debug` shows the id alone. The secret is wiped when dropped; the token, which each request shows
/// to every server on its way, opens nothing without it.
pub struct Credentials {
    /// `ASIA…`.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: SecretAccessKey,
    /// The session token; sealed.
    pub session_token: String,
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
            session_token,
            expires_at: grant.session.expires_at,
        }
    }

    /// Credentials of a user's session.
    pub fn of_user(
        grant: &UserSessionGrant,
        access_key_id: String,
        secret_access_key: SecretAccessKey,
        session_token: String,
    ) -> Self {
        Self {
            access_key_id,
            secret_access_key,
            session_token,
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
