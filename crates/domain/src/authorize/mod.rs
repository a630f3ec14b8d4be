//! Whether a caller may: one function for every front end and every kind of caller, over the present snapshot. The only caller of
//! `policy::evaluate` in the server. `permissions.rs` finds the policies, `context.rs` the condition keys, `denied.rs` the words.

mod context;
mod denied;
mod message;
mod permissions;
mod target;

use anyrole_policy::{Decision, Layers, Policies, Request};

use self::context::CallContext;
use self::denied::Denial;
pub use self::message::AuthorizationFailure;
use self::permissions::Permissions;
pub use self::target::{ObjectTags, Target};
use crate::account::Account;
use crate::call::{Call, Origin, Principal};
use crate::operations;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::Snapshot;
use crate::tags::Tag;

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
    check_action(action)?;
    if call.caller.account != account.id {
        return Err(denied::other_account(account, call, action, &target));
    }
    check_session_kind(call, action)?;
    let is_root = matches!(call.caller.principal, Principal::Root);
    if is_root && target.resource_policy.is_none() {
        // No identity policy limits it.
        return Ok(());
    }
    let permissions = Permissions::of(account, snapshot, call)?;
    let decided = decide(account, &call.origin, &permissions, action, target);
    decided.map_err(|denial| denied::refusal(account, call, action, &target, *denial))
}

/// Decides about somebody for whom an identity provider vouches: the role's trust policy alone has a say.
pub(crate) fn authorize_web_identity(
    account: &Account,
    origin: &Origin,
    provider_arn: &str,
    action: &str,
    target: Target<'_>,
) -> Result<(), Refusal> {
    check_action(action)?;
    let permissions = Permissions::of_web_identity(provider_arn);
    decide(account, origin, &permissions, action, target).map_err(|denial| {
        // AWS's text names neither the role nor who asks, who is not known to it.
        let text = format!("Not authorized to perform {action}");
        Refusal::new(Kind::AccessDenied, denial.reason(), text).with_policy(denial.explanation)
    })
}

/// What sessions of users may not do whatever their policies say: IAM without a second factor, and of STS all but to assume roles
/// (IAM user guide, comparing STS operations).
fn check_session_kind(call: &Call, action: &str) -> Result<(), Refusal> {
    if !matches!(call.caller.principal, Principal::UserSession(_)) {
        return Ok(());
    }
    // Another service asks for iam:PassRole while it does something of its own.
    if action.starts_with("iam:") && action != "iam:PassRole" {
        return Err(Refusal::new(
            Kind::UnknownAccessKey,
            "session-may-not-call-iam",
            "The security token included in the request is invalid.",
        ));
    }
    match action.strip_prefix("sts:") {
        None | Some("AssumeRole" | "TagSession" | "SetSourceIdentity") => Ok(()),
        Some(operation) => Err(Refusal::new(
            Kind::AccessDenied,
            "session-credentials",
            format!("Cannot call {operation} with session credentials"),
        )),
    }
}

fn check_action(action: &str) -> Result<(), Refusal> {
    if operations::is_known_action(action) {
        return Ok(());
    }
    Err(Refusal::internal(format!(
        "`{action}` has no row in operations.rs"
    )))
}

fn decide(
    account: &Account,
    origin: &Origin,
    permissions: &Permissions<'_>,
    action: &str,
    target: Target<'_>,
) -> Result<(), Box<Denial>> {
    let context = CallContext::new(account, origin, permissions.who(), action, target);
    let request = Request {
        principal: permissions.principal(account),
        action,
        resource: target.resource,
        resource_account: account.id.as_str(),
        context: &context,
    };
    let layers = Layers {
        identity: permissions.identity(),
        boundary: permissions.boundary(),
        session: permissions.session().map(Policies::from),
        resource: target.resource_policy,
        ..Layers::default()
    };
    match anyrole_policy::evaluate(&request, &layers) {
        Decision::Allow => Ok(()),
        _ => Err(Box::new(Denial::of(&request, &layers, &context))),
    }
}
