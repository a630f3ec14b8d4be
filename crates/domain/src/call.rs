//! One request as the domain sees it: who calls, from where, when.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;

use crate::account::{Account, AccountId};
use crate::sessions::{Session, UserSession};
use crate::users::User;

/// Where a request came from, before anything is known of its caller.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The id that the answer and every log line carry.
    pub request_id: Arc<str>,
    /// When the request is judged; one instant for the whole request.
    pub now: Timestamp,
    /// The peer's address.
    pub source_ip: Option<IpAddr>,
    /// Whether it came over TLS.
    pub secure_transport: bool,
    /// The User-Agent header.
    pub user_agent: Option<Arc<str>>,
}

/// An authenticated caller.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account whose key signed.
    pub account: AccountId,
    /// Who it is.
    pub principal: Principal,
    /// The key that signed.
    pub access_key_id: Arc<str>,
}

/// The kinds of caller.
#[derive(Debug, Clone)]
pub enum Principal {
    /// The account's root user.
    Root,
    /// A user, as it was when its key was looked up.
    User(Arc<User>),
    /// A session of a role.
    RoleSession(Arc<Session>),
    /// Nobody: the request is not signed. The caller's account is the one whose things are asked for.
    Anonymous,
    /// A session of a user or of the root, a federated user's included.
    UserSession(Arc<UserSession>),
}

/// What stands for the ARN, the account and the unique id of who did not sign (IAM user guide, `aws:userid`).
pub(crate) const ANONYMOUS: &str = "anonymous";

impl Caller {
    /// The ARN that GetCallerIdentity answers (STS API reference, GetCallerIdentity).
    pub fn arn(&self, account: &Account) -> String {
        match &self.principal {
            Principal::Root => account.root_arn(),
            Principal::User(user) => user.arn.clone(),
            Principal::RoleSession(session) => session.assumed_role_arn.clone(),
            Principal::UserSession(session) => session.arn().to_owned(),
            Principal::Anonymous => ANONYMOUS.to_owned(),
        }
    }

    /// The unique id: the account id for root, `AIDA…` for a user, `AROA…:session` for a role session,
    /// `{account}:{name}` for a federated user.
    pub fn user_id(&self) -> String {
        match &self.principal {
            Principal::Root => self.account.to_string(),
            Principal::User(user) => user.id.clone(),
            Principal::RoleSession(session) => session.assumed_role_id(),
            Principal::UserSession(session) => session.user_id(&self.account),
            Principal::Anonymous => ANONYMOUS.to_owned(),
        }
    }
}

/// An authenticated request.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// From where and when.
    pub origin: Origin,
}
