//! One request as the domain sees it: who calls, from where, when.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;

use crate::account::{Account, AccountId};
use crate::sessions::Session;

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
    /// A session of a role.
    RoleSession(Arc<Session>),
}

impl Caller {
    /// The ARN that GetCallerIdentity answers (STS API reference, GetCallerIdentity).
    pub fn arn(&self, account: &Account) -> String {
        match &self.principal {
            Principal::Root => account.root_arn(),
            Principal::RoleSession(session) => session.assumed_role_arn.clone(),
        }
    }

    /// The unique id: the account id for root, `AROA…:session` for a role session.
    pub fn user_id(&self) -> String {
        match &self.principal {
            Principal::Root => self.account.to_string(),
            Principal::RoleSession(session) => session.assumed_role_id(),
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
