//! Who asks, with the policies that decide about them: of the present snapshot, and of the session itself.

use std::sync::Arc;

use anyrole_policy::{AwsPrincipal, Policies, Policy, PolicySet, Principal as PolicyPrincipal};

use crate::account::Account;
use crate::call::{Call, Principal};
use crate::refusal::{Kind, Refusal};
use crate::roles::Role;
use crate::sessions::{FederatedUser, InlinePolicy, Session, UserSession};
use crate::snapshot::Snapshot;
use crate::users::{User, UserEntry};

/// Whom the keys of the principal are of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Who<'a> {
    /// The root, with its ARN.
    Root(&'a str),
    /// A user by its own key.
    User(&'a User),
    /// A session of a role.
    Role(&'a Session, &'a Role),
    /// A session of a user, or of the root.
    UserSession(&'a UserSession, Option<&'a User>),
    /// Somebody for whom a provider, by its ARN, vouches.
    WebIdentity(&'a str),
    /// Nobody.
    Anonymous,
}

/// A caller with all policies that decide about it, but for those of what is acted on.
#[derive(Debug)]
pub(crate) struct Permissions<'a> {
    who: Asking<'a>,
    identity: Identity<'a>,
    boundary: Option<&'a Policy>,
    session: Option<Vec<Arc<Policy>>>,
}

/// Identity policies: a principal's own with their index, made once for each snapshot; or together with those of groups.
#[derive(Debug)]
enum Identity<'a> {
    Own(&'a PolicySet),
    Listed(Vec<Arc<Policy>>),
}

#[derive(Debug)]
enum Asking<'a> {
    Root(String),
    Other(Who<'a>),
}

impl<'a> Permissions<'a> {
    /// Those of a caller; a role or a user that is gone has none, and its sessions are not known any more.
    pub fn of(
        account: &'a Account,
        snapshot: &'a Snapshot,
        call: &'a Call,
    ) -> Result<Self, Refusal> {
        match &call.caller.principal {
            Principal::Root => Ok(Self::without(Asking::Root(account.root_arn()))),
            Principal::Anonymous => Ok(Self::without(Asking::Other(Who::Anonymous))),
            Principal::User(user) => {
                let entry = present_user(snapshot, &user.id, &user.arn)?;
                Ok(Self::of_user(snapshot, entry, Who::User(&entry.row)))
            }
            Principal::RoleSession(session) => Self::of_role(snapshot, session),
            Principal::UserSession(session) => Self::of_user_session(account, snapshot, session),
        }
    }

    /// Those of somebody for whom a provider vouches: none.
    pub fn of_web_identity(provider_arn: &'a str) -> Self {
        Self::without(Asking::Other(Who::WebIdentity(provider_arn)))
    }

    fn without(who: Asking<'a>) -> Self {
        Self {
            who,
            identity: Identity::Listed(Vec::new()),
            boundary: None,
            session: None,
        }
    }

    fn of_user(snapshot: &'a Snapshot, entry: &'a UserEntry, who: Who<'a>) -> Self {
        let own = &entry.identity_policies;
        let identity = if entry.row.group_ids.is_empty() {
            Identity::Own(own)
        } else {
            let of_groups = snapshot.policies_of_groups(&entry.row);
            Identity::Listed(own.policies().iter().chain(of_groups).cloned().collect())
        };
        Self {
            who: Asking::Other(who),
            identity,
            boundary: entry.boundary.as_deref(),
            session: None,
        }
    }

    fn of_role(snapshot: &'a Snapshot, session: &'a Session) -> Result<Self, Refusal> {
        // A role deleted and made again is another principal: its unique id differs.
        let role = snapshot
            .role(&session.role_arn)
            .filter(|role| role.id == session.role_id)
            .ok_or_else(|| gone("role-gone", "role", &session.role_arn))?;
        let assumed = session.assumed.as_deref();
        let inline = assumed.and_then(|assumed| assumed.inline_policy.as_ref());
        Ok(Self {
            who: Asking::Other(Who::Role(session, &role.row)),
            identity: Identity::Own(&role.identity_policies),
            boundary: role.boundary.as_deref(),
            session: session_policies(snapshot, &session.session_policies, inline)?,
        })
    }

    fn of_user_session(
        account: &Account,
        snapshot: &'a Snapshot,
        session: &'a UserSession,
    ) -> Result<Self, Refusal> {
        let mut permissions = if session.is_of_root(&account.id) {
            Self::without(Asking::Other(Who::UserSession(session, None)))
        } else {
            let entry = present_user(snapshot, &session.owner_id, &session.owner_arn)?;
            Self::of_user(snapshot, entry, Who::UserSession(session, Some(&entry.row)))
        };
        if let Some(federated) = &session.federated {
            permissions.session = federated_policies(snapshot, federated)?;
        }
        Ok(permissions)
    }

    /// Who asks.
    pub fn who(&self) -> Who<'_> {
        match &self.who {
            Asking::Root(arn) => Who::Root(arn),
            Asking::Other(who) => *who,
        }
    }

    /// Who asks, as the policy language knows them.
    pub fn principal<'p>(&'p self, account: &'p Account) -> PolicyPrincipal<'p> {
        let id = account.id.as_str();
        PolicyPrincipal::Aws(match self.who() {
            Who::Anonymous => return PolicyPrincipal::Anonymous,
            Who::WebIdentity(provider) => return PolicyPrincipal::Federated(provider),
            Who::Root(arn) => AwsPrincipal::root(id, arn),
            Who::User(user) => AwsPrincipal::user(id, &user.arn, &user.id),
            Who::Role(session, _) => AwsPrincipal::role_session(
                id,
                &session.role_arn,
                &session.role_id,
                &session.assumed_role_arn,
            ),
            Who::UserSession(session, user) => {
                // A user that was renamed is the same user.
                let arn = user.map_or(&session.owner_arn, |user| &user.arn);
                match &session.federated {
                    Some(federated) => {
                        AwsPrincipal::federated_user(id, arn, &session.owner_id, &federated.arn)
                    }
                    None if user.is_none() => AwsPrincipal::root(id, arn),
                    None => AwsPrincipal::user(id, arn, &session.owner_id),
                }
            }
        })
    }

    /// Policies of the user with its groups, or of the role.
    pub fn identity(&self) -> Policies<'_> {
        match &self.identity {
            Identity::Own(policies) => Policies::from(*policies),
            Identity::Listed(policies) => Policies::from(policies),
        }
    }

    /// The permissions boundary.
    pub fn boundary(&self) -> Option<&Policy> {
        self.boundary
    }

    /// The session policies, where the session was made with any.
    pub fn session(&self) -> Option<&[Arc<Policy>]> {
        self.session.as_deref()
    }
}

fn present_user<'a>(
    snapshot: &'a Snapshot,
    id: &str,
    arn: &str,
) -> Result<&'a Arc<UserEntry>, Refusal> {
    // Its present policies count; a user deleted and made again has another id.
    snapshot
        .user(id)
        .ok_or_else(|| gone("user-gone", "user", arn))
}

fn gone(reason: &'static str, kind: &str, arn: &str) -> Refusal {
    Refusal::new(
        Kind::UnknownAccessKey,
        reason,
        "The security token included in the request is invalid.",
    )
    .with_private(format!("the {kind} {arn} is gone"))
}

fn federated_policies(
    snapshot: &Snapshot,
    federated: &FederatedUser,
) -> Result<Option<Vec<Arc<Policy>>>, Refusal> {
    let inline = federated.inline_policy.as_ref();
    session_policies(snapshot, &federated.session_policies, inline)
}

fn session_policies(
    snapshot: &Snapshot,
    hashes: &[[u8; 32]],
    inline: Option<&InlinePolicy>,
) -> Result<Option<Vec<Arc<Policy>>>, Refusal> {
    let mut policies = Vec::with_capacity(hashes.len() + 1);
    for sha256 in hashes {
        let policy = snapshot
            .session_policy(sha256)
            .ok_or_else(|| Refusal::internal("a session policy is not in the store"))?;
        policies.push(policy.clone());
    }
    if let Some(inline) = inline {
        let policy = inline
            .policy()
            .ok_or_else(|| Refusal::internal("a session policy in a token can't be read"))?;
        policies.push(policy.clone());
    }
    Ok((!policies.is_empty()).then_some(policies))
}
