//! Whether a caller may: one function for every front end, over the present snapshot.
//! The only caller of `policy::evaluate` in the server.

use std::cell::OnceCell;
use std::sync::Arc;

use anyrole_policy::{
    AwsPrincipal, Context, ContextValue, Decision, Layer, Layers, Policy,
    Principal as PolicyPrincipal, Request,
};

use crate::account::Account;
use crate::call::{Call, Origin, Principal};
use crate::operations;
use crate::refusal::{Kind, Refusal};
use crate::roles::Role;
use crate::sessions::Session;
use crate::site::Site;
use crate::snapshot::Snapshot;
use crate::tags::{Tag, find_tag};
use crate::users::User;

/// What an action is to be done to, and the condition keys that the request adds.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    resource: &'a str,
    request_tags: &'a [Tag],
    tag_keys: &'a [String],
    resource_tags: &'a [Tag],
    resource_policy: Option<&'a Policy>,
    /// Lower-cased condition keys with their values.
    keys: &'a [(&'a str, &'a str)],
}

impl<'a> Target<'a> {
    /// Actions that name no resource: `*`.
    pub const fn any() -> Self {
        Self::on("*")
    }

    /// One resource, by ARN.
    pub const fn on(resource: &'a str) -> Self {
        Self {
            resource,
            request_tags: &[],
            tag_keys: &[],
            resource_tags: &[],
            resource_policy: None,
            keys: &[],
        }
    }

    /// The same on one resource, by ARN.
    #[must_use]
    pub const fn to(mut self, resource: &'a str) -> Self {
        self.resource = resource;
        self
    }

    /// The keys of tags that the request takes away: `aws:TagKeys`.
    #[must_use]
    pub const fn with_tag_keys(mut self, keys: &'a [String]) -> Self {
        self.tag_keys = keys;
        self
    }

    /// The tags that the request sets: `aws:RequestTag/*` and `aws:TagKeys`.
    #[must_use]
    pub const fn with_request_tags(mut self, tags: &'a [Tag]) -> Self {
        self.request_tags = tags;
        self
    }

    /// The tags that the resource has: `aws:ResourceTag/*`.
    #[must_use]
    pub const fn with_resource_tags(mut self, tags: &'a [Tag]) -> Self {
        self.resource_tags = tags;
        self
    }

    /// The policy that the resource has itself, a bucket's say.
    #[must_use]
    pub const fn with_resource_policy(mut self, policy: Option<&'a Policy>) -> Self {
        self.resource_policy = policy;
        self
    }

    /// The service's own keys that it has.
    pub(crate) const fn keys(&self) -> &'a [(&'a str, &'a str)] {
        self.keys
    }

    /// Keys of the service itself, lower-cased, such as `iam:passedtoservice` or `s3:prefix`.
    #[must_use]
    pub const fn with_keys(mut self, keys: &'a [(&'a str, &'a str)]) -> Self {
        self.keys = keys;
        self
    }
}

impl Site {
    /// Decides whether the caller may do `action` to `target`; fails closed.
    pub fn authorize(&self, call: &Call, action: &str, target: Target<'_>) -> Result<(), Refusal> {
        authorize(self.account(), &self.directory.read(), call, action, target)
    }

    /// The second permission of calls that set tags while they make something; asked only where tags are given.
    pub fn authorize_tagging(
        &self,
        call: &Call,
        action: &str,
        arn: &str,
        tags: &[Tag],
    ) -> Result<(), Refusal> {
        if tags.is_empty() {
            return Ok(());
        }
        self.authorize(call, action, Target::on(arn).with_request_tags(tags))
    }
}

/// Decides against a given snapshot.
pub fn authorize(
    account: &Account,
    snapshot: &Snapshot,
    call: &Call,
    action: &str,
    target: Target<'_>,
) -> Result<(), Refusal> {
    if !operations::is_known_action(action) {
        return Err(Refusal::internal(format!(
            "`{action}` has no row in operations.rs"
        )));
    }
    if call.caller.account != account.id {
        return Err(denied(
            account,
            call,
            action,
            target.resource,
            "another account's caller",
        ));
    }
    match &call.caller.principal {
        Principal::Root => Ok(()),
        Principal::User(user) => authorize_user(account, snapshot, call, user, action, target),
        Principal::RoleSession(session) => {
            authorize_session(account, snapshot, call, session, action, target)
        }
        Principal::Anonymous => Err(Refusal::new(
            Kind::AccessDenied,
            "unsigned",
            "Access Denied",
        )),
        Principal::UserSession(_) => Err(Refusal::not_implemented(action)),
    }
}

fn authorize_user(
    account: &Account,
    snapshot: &Snapshot,
    call: &Call,
    user: &User,
    action: &str,
    target: Target<'_>,
) -> Result<(), Refusal> {
    // Its present policies count; a user deleted and made again has another id.
    let entry = snapshot.user(&user.id).ok_or_else(|| {
        Refusal::new(
            Kind::UnknownAccessKey,
            "user-gone",
            "The security token included in the request is invalid.",
        )
        .with_private(format!("the user {} is gone", user.arn))
    })?;
    let context = CallContext::new(account, &call.origin, Who::User(&entry.row), target);
    let request = Request {
        principal: PolicyPrincipal::Aws(AwsPrincipal::user(
            account.id.as_str(),
            &entry.row.arn,
            &entry.row.id,
        )),
        action,
        resource: target.resource,
        resource_account: account.id.as_str(),
        context: &context,
    };
    let with_groups: Vec<Arc<Policy>>;
    let identity = if entry.row.group_ids.is_empty() {
        entry.identity_policies.as_slice()
    } else {
        let of_groups = snapshot.policies_of_groups(&entry.row);
        with_groups = entry
            .identity_policies
            .iter()
            .chain(of_groups)
            .cloned()
            .collect();
        with_groups.as_slice()
    };
    let layers = Layers {
        identity: identity.into(),
        boundary: entry.boundary.as_deref(),
        resource: target.resource_policy,
        ..Layers::default()
    };
    decide(account, call, &request, &layers)
}

fn authorize_session(
    account: &Account,
    snapshot: &Snapshot,
    call: &Call,
    session: &Session,
    action: &str,
    target: Target<'_>,
) -> Result<(), Refusal> {
    // A role deleted and made again is another principal: its unique id differs.
    let role = snapshot
        .role(&session.role_arn)
        .filter(|role| role.row.id == session.role_id)
        .ok_or_else(|| {
            Refusal::new(
                Kind::UnknownAccessKey,
                "role-gone",
                "The security token included in the request is invalid.",
            )
            .with_private(format!(
                "the role {} of this session is gone",
                session.role_arn
            ))
        })?;
    let mut session_policies: Vec<Arc<Policy>> = Vec::with_capacity(session.session_policies.len());
    for sha256 in session.session_policies.iter() {
        let policy = snapshot
            .session_policy(sha256)
            .ok_or_else(|| Refusal::internal("a session policy is not in the store"))?;
        session_policies.push(policy.clone());
    }
    let who = Who::Session(session, &role.row);
    let context = CallContext::new(account, &call.origin, who, target);
    let request = Request {
        principal: PolicyPrincipal::Aws(AwsPrincipal::role_session(
            account.id.as_str(),
            &session.role_arn,
            &session.role_id,
            &session.assumed_role_arn,
        )),
        action,
        resource: target.resource,
        resource_account: account.id.as_str(),
        context: &context,
    };
    let layers = Layers {
        identity: role.identity_policies.as_slice().into(),
        session: (!session_policies.is_empty()).then(|| (&session_policies).into()),
        resource: target.resource_policy,
        ..Layers::default()
    };
    decide(account, call, &request, &layers)
}

fn decide(
    account: &Account,
    call: &Call,
    request: &Request<'_>,
    layers: &Layers<'_>,
) -> Result<(), Refusal> {
    let (action, resource) = (request.action, request.resource);
    match anyrole_policy::evaluate(request, layers) {
        Decision::Allow => Ok(()),
        Decision::ExplicitDeny { layer } => Err(denied(
            account,
            call,
            action,
            resource,
            &format!("with an explicit deny in {}", layer_name(layer)),
        )),
        Decision::ImplicitDeny { layer } => Err(denied(
            account,
            call,
            action,
            resource,
            &format!(
                "because no {} allows the {action} action",
                bare_layer_name(layer)
            ),
        )),
    }
}

fn bare_layer_name(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "identity-based policy",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policy",
        Layer::Resource => "resource-based policy",
        Layer::Trust => "trust policy",
        Layer::ServiceControl => "service control policy",
        Layer::ResourceControl => "resource control policy",
    }
}

fn layer_name(layer: Layer) -> String {
    let article = if layer == Layer::Identity { "an" } else { "a" };
    format!("{article} {}", bare_layer_name(layer))
}

/// The text that AWS answers (IAM user guide, access denied error messages).
fn denied(account: &Account, call: &Call, action: &str, resource: &str, because: &str) -> Refusal {
    let on = if resource == "*" {
        String::new()
    } else {
        format!(" on resource: {resource}")
    };
    let reason = if because.starts_with("with an explicit deny") {
        "explicit-deny"
    } else if because.contains("session policy") {
        "session-policy-does-not-allow"
    } else {
        "policy-does-not-allow"
    };
    Refusal::new(
        Kind::AccessDenied,
        reason,
        format!(
            "User: {} is not authorized to perform: {action}{on} {because}",
            call.caller.arn(account)
        ),
    )
}

/// Whom the keys of the principal are of.
#[derive(Clone, Copy)]
enum Who<'a> {
    User(&'a User),
    Session(&'a Session, &'a Role),
}

/// The condition keys of one call (IAM user guide, global condition context keys). Values that cost something are made when first asked for.
struct CallContext<'a> {
    account: &'a Account,
    origin: &'a Origin,
    who: Who<'a>,
    target: Target<'a>,
    current_time: OnceCell<String>,
    epoch_time: OnceCell<String>,
    source_ip: OnceCell<String>,
    user_id: OnceCell<String>,
    token_issue_time: OnceCell<String>,
    tag_keys: Vec<&'a str>,
}

impl<'a> CallContext<'a> {
    fn new(account: &'a Account, origin: &'a Origin, who: Who<'a>, target: Target<'a>) -> Self {
        Self {
            account,
            origin,
            who,
            target,
            current_time: OnceCell::new(),
            epoch_time: OnceCell::new(),
            source_ip: OnceCell::new(),
            user_id: OnceCell::new(),
            token_issue_time: OnceCell::new(),
            tag_keys: target
                .request_tags
                .iter()
                .map(|tag| tag.key.as_str())
                .chain(target.tag_keys.iter().map(String::as_str))
                .collect(),
        }
    }

    fn single(&self, key: &str) -> Option<&str> {
        if let Some(name) = key.strip_prefix("aws:principaltag/") {
            return match self.who {
                Who::User(user) => find_tag(&user.tags, name),
                // Session tags overlay the role's own (IAM user guide, passing session tags).
                Who::Session(session, role) => {
                    find_tag(&session.tags, name).or_else(|| find_tag(&role.tags, name))
                }
            };
        }
        if let Some(name) = key.strip_prefix("aws:requesttag/") {
            return find_tag(self.target.request_tags, name);
        }
        if let Some(name) = key
            .strip_prefix("aws:resourcetag/")
            .or_else(|| key.strip_prefix("iam:resourcetag/"))
        {
            return find_tag(self.target.resource_tags, name);
        }
        let of_principal = match self.who {
            Who::User(user) => user_key(user, key),
            Who::Session(session, _) => self.session_key(session, key),
        };
        of_principal.or_else(|| self.common_key(key))
    }

    fn session_key(&self, session: &'a Session, key: &str) -> Option<&str> {
        match key {
            "aws:principalarn" => Some(&session.role_arn),
            "aws:principaltype" => Some("AssumedRole"),
            "aws:multifactorauthpresent" => Some("false"),
            "aws:userid" => Some(self.user_id.get_or_init(|| session.assumed_role_id())),
            "aws:sourceidentity" => Some(&session.source_identity),
            "aws:tokenissuetime" => Some(
                self.token_issue_time
                    .get_or_init(|| session.issued_at.to_string()),
            ),
            _ => None,
        }
    }

    fn common_key(&self, key: &str) -> Option<&str> {
        match key {
            "aws:principalaccount" | "aws:resourceaccount" | "s3:resourceaccount" => {
                Some(self.account.id.as_str())
            }
            "aws:principalisawsservice" | "aws:viaawsservice" => Some("false"),
            "aws:requestedregion" => Some(&self.account.region),
            "aws:securetransport" => Some(if self.origin.secure_transport {
                "true"
            } else {
                "false"
            }),
            "aws:useragent" => self.origin.user_agent.as_deref(),
            "aws:sourceip" => self
                .origin
                .source_ip
                .map(|ip| self.source_ip.get_or_init(|| ip.to_string()).as_str()),
            "aws:currenttime" => Some(
                self.current_time
                    .get_or_init(|| self.origin.now.to_string()),
            ),
            "aws:epochtime" => Some(
                self.epoch_time
                    .get_or_init(|| self.origin.now.as_second().to_string()),
            ),
            _ => self
                .target
                .keys
                .iter()
                .find(|(name, _)| *name == key)
                .map(|(_, value)| *value),
        }
    }
}

/// Long-term keys: neither a token nor a second factor, so neither key is there.
fn user_key<'a>(user: &'a User, key: &str) -> Option<&'a str> {
    match key {
        "aws:principalarn" => Some(&user.arn),
        "aws:principaltype" => Some("User"),
        "aws:userid" => Some(&user.id),
        "aws:username" => Some(&user.name),
        _ => None,
    }
}

impl Context for CallContext<'_> {
    fn value(&self, lower_case_key: &str) -> Option<ContextValue<'_>> {
        if lower_case_key == "aws:tagkeys" {
            return (!self.tag_keys.is_empty()).then_some(ContextValue::Many(&self.tag_keys));
        }
        self.single(lower_case_key).map(ContextValue::One)
    }
}
