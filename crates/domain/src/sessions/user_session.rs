//! Sessions that are of no role: GetSessionToken's, of a user or of the root, and GetFederationToken's, of a federated user.

use std::sync::Arc;

use jiff::Timestamp;

use super::inline_policy::InlinePolicy;
use crate::account::AccountId;
use crate::tags::Tag;

/// A session of a user or of the account's root: what its token holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserSession {
    /// The ARN of the user, as it was at the time of issue, or of the root.
    pub owner_arn: String,
    /// `AIDA…`; the account id for the root.
    pub owner_id: String,
    /// Whom GetFederationToken made of it; none for GetSessionToken.
    pub federated: Option<FederatedUser>,
    /// When it was issued; whole seconds.
    pub issued_at: Timestamp,
    /// When it ends; whole seconds.
    pub expires_at: Timestamp,
}

impl UserSession {
    /// Whether it is of the account's root.
    pub fn is_of_root(&self, account: &AccountId) -> bool {
        self.owner_id == account.as_str()
    }

    /// The ARN that GetCallerIdentity answers: a federated user's own, or that of the user or root.
    pub fn arn(&self) -> &str {
        self.federated
            .as_ref()
            .map_or(&self.owner_arn, |federated| &federated.arn)
    }

    /// The id that GetCallerIdentity answers, which is `aws:userid`.
    pub fn user_id(&self, account: &AccountId) -> String {
        match &self.federated {
            Some(federated) => format!("{account}:{}", federated.name),
            None => self.owner_id.clone(),
        }
    }
}

/// What GetFederationToken adds to its caller (STS API reference, GetFederationToken).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FederatedUser {
    /// Its name.
    pub name: String,
    /// `arn:…:federated-user/{name}`.
    pub arn: String,
    /// Session tags.
    pub tags: Arc<[Tag]>,
    /// The session policy that was given in words.
    pub inline_policy: Option<InlinePolicy>,
    /// SHA-256 of the text of each managed policy among the session policies; the texts are in the store.
    pub session_policies: Arc<[[u8; 32]]>,
}

/// A decision that a session of a user may be issued. Only `sts/` makes one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct UserSessionGrant {
    /// The session.
    pub session: UserSession,
}
