//! A decision against the caller in AWS's words (IAM user guide, access denied error messages), with the reasons behind it.

use anyrole_policy::{Decision, Explanation, Layer, Layers, Request};

use super::context::CallContext;
use super::message::AuthorizationFailure;
use super::target::Target;
use crate::account::Account;
use crate::call::{Call, Principal};
use crate::refusal::{Kind, Refusal};

/// The most statements of each kind, those that matched and those that nearly did, which are kept with a refusal.
const MAX_STATEMENTS: usize = 20;

/// Why the policies don't let a request pass.
pub(super) struct Denial {
    pub explanation: Explanation,
    pub conditions: Vec<(String, Vec<String>)>,
}

impl Denial {
    /// Asks for the reasons of what was decided.
    pub fn of(request: &Request<'_>, layers: &Layers<'_>, context: &CallContext<'_>) -> Self {
        let mut explanation = anyrole_policy::explain(request, layers);
        explanation.near_misses.truncate(MAX_STATEMENTS);
        explanation.matched.truncate(MAX_STATEMENTS);
        Self {
            explanation,
            conditions: context.all(),
        }
    }

    /// The reason code.
    pub fn reason(&self) -> &'static str {
        match self.explanation.decision {
            Decision::ExplicitDeny { .. } => "explicit-deny",
            Decision::ImplicitDeny {
                layer: Layer::Session,
            } => "session-policy-does-not-allow",
            Decision::ImplicitDeny {
                layer: Layer::Trust,
            } => "trust-policy-does-not-allow",
            Decision::ImplicitDeny { .. } | Decision::Allow => "policy-does-not-allow",
        }
    }

    /// What follows the action; nothing where AWS does not say which policy it was.
    fn because(&self, action: &str) -> String {
        match self.explanation.decision {
            Decision::ExplicitDeny { layer } => {
                format!(" with an explicit deny in {}", with_article(layer))
            }
            Decision::ImplicitDeny {
                layer: Layer::Trust,
            }
            | Decision::Allow => String::new(),
            Decision::ImplicitDeny { layer } => {
                format!(" because no {} allows the {action} action", name(layer))
            }
        }
    }
}

fn name(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "identity-based policy",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policy",
        // A trust policy is a role's resource-based policy.
        Layer::Resource | Layer::Trust => "resource-based policy",
        Layer::ServiceControl => "service control policy",
        Layer::ResourceControl => "resource control policy",
    }
}

fn with_article(layer: Layer) -> String {
    let article = if layer == Layer::Identity { "an" } else { "a" };
    format!("{article} {}", name(layer))
}

fn text(account: &Account, call: &Call, action: &str, target: &Target<'_>, rest: &str) -> String {
    let on = match target.resource {
        "*" => String::new(),
        resource => format!(" on resource: {resource}"),
    };
    format!(
        "User: {} is not authorized to perform: {action}{on}{rest}",
        call.caller.arn(account)
    )
}

/// The refusal of a caller of this account.
pub(super) fn refusal(
    account: &Account,
    call: &Call,
    action: &str,
    target: &Target<'_>,
    denial: Denial,
) -> Refusal {
    let public = match call.caller.principal {
        // S3's words; no other service decides about who did not sign.
        Principal::Anonymous => "Access Denied".to_owned(),
        _ => text(account, call, action, target, &denial.because(action)),
    };
    let reason = match (denial.reason(), &call.caller.principal) {
        ("policy-does-not-allow", Principal::Anonymous) => "unsigned",
        (reason, _) => reason,
    };
    let failure = AuthorizationFailure {
        principal_id: call.caller.user_id(),
        principal_arn: call.caller.arn(account),
        conditions: denial.conditions,
    };
    Refusal::new(Kind::AccessDenied, reason, public)
        .with_policy(denial.explanation)
        .with_authorization(failure)
}

/// The refusal of another account's caller, about whom nothing is known.
pub(super) fn other_account(
    account: &Account,
    call: &Call,
    action: &str,
    target: &Target<'_>,
) -> Refusal {
    let public = text(account, call, action, target, " another account's caller");
    Refusal::new(Kind::AccessDenied, "policy-does-not-allow", public)
}
