//! What cures a refused CreateSession, as commands: its reason comes in with what was asked for, lines leave.

use serde_json::Value;

use super::row::text_of;
use crate::visit::encoded;
use crate::{Command, Visit, roles};

/// The commands, and the page of the console where the same is done.
pub(super) struct Remedy {
    pub(super) commands: Vec<String>,
    /// Its path below the prefix, and what is there.
    pub(super) page: Option<(String, &'static str)>,
}

/// By the reason codes of `domain/sessions`.
pub(super) fn remedy(visit: &Visit<'_>, record: &Value) -> Remedy {
    let (anchor, profile, role) = (
        text_of(record, "trust_anchor_arn"),
        text_of(record, "profile_arn"),
        text_of(record, "role_arn"),
    );
    let roles_anywhere = |operation| Command::aws(visit, "rolesanywhere", operation);
    let role_name = last(&role);
    match text_of(record, "reason").as_str() {
        "disabled-trust-anchor" => Remedy::of(
            roles_anywhere("enable-trust-anchor").flag("--trust-anchor-id", last(&anchor)),
            format!("trust-anchors/{}", encoded(last(&anchor))),
            "The trust anchor",
        ),
        "unknown-trust-anchor" | "untrusted" => Remedy::of(
            roles_anywhere("list-trust-anchors"),
            "trust-anchors".to_owned(),
            "Trust anchors",
        ),
        "disabled-profile" => Remedy::of(
            roles_anywhere("enable-profile").flag("--profile-id", last(&profile)),
            format!("profiles/{}", encoded(last(&profile))),
            "The profile",
        ),
        "unknown-profile" => Remedy::of(
            roles_anywhere("list-profiles"),
            "profiles".to_owned(),
            "Profiles",
        ),
        "role-not-in-profile" => {
            let known = visit.site.directory.read();
            let held = known.profile(known.resolve(&profile));
            let mut arns: Vec<String> = held
                .map(|held| held.row.role_arns.clone())
                .unwrap_or_default();
            arns.push(role.clone());
            Remedy::of(
                roles_anywhere("update-profile")
                    .flag("--profile-id", last(&profile))
                    .flags("--role-arns", arns),
                format!("profiles/{}", encoded(last(&profile))),
                "The profile",
            )
        }
        "session-name-not-accepted" => Remedy::of(
            roles_anywhere("update-profile")
                .flag("--profile-id", last(&profile))
                .switch("--accept-role-session-name"),
            format!("profiles/{}", encoded(last(&profile))),
            "The profile",
        ),
        "duration-above-role-maximum" => Remedy::of(
            Command::aws(visit, "iam", "update-role")
                .flag("--role-name", role_name)
                .flag("--max-session-duration", "43200"),
            roles::path_of(role_name),
            "The role",
        ),
        "trust-policy-does-not-allow" | "trust-policy-denies" => Remedy::of(
            Command::aws(visit, "iam", "update-assume-role-policy")
                .flag("--role-name", role_name)
                .file("--policy-document", "trust.json"),
            roles::path_of(role_name),
            "The role and its trust policy",
        ),
        "unknown-role" => Remedy::of(
            Command::aws(visit, "iam", "create-role")
                .flag("--role-name", role_name)
                .file("--assume-role-policy-document", "trust.json"),
            "roles".to_owned(),
            "Roles",
        ),
        _ => Remedy {
            commands: Vec::new(),
            page: None,
        },
    }
}

impl Remedy {
    fn of(command: Command, path: String, title: &'static str) -> Self {
        Self {
            commands: vec![command.text()],
            page: Some((path, title)),
        }
    }
}

/// The last part of an ARN.
fn last(arn: &str) -> &str {
    arn.rsplit_once('/').map_or(arn, |(_, last)| last)
}
