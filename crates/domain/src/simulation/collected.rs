//! The policies of a user, with its groups', of a group or of a role, as they are now, each with its name in answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyrole_policy::PolicyKind;

use super::inputs::{Exclusion, invalid, parsed};
use super::{SourceType, Sourced, Stage};
use crate::identities::Identity;
use crate::refusal::Refusal;
use crate::roles::Role;
use crate::snapshot::Snapshot;
use crate::users::{Group, User, groups_of};

/// Whose policies are simulated.
#[derive(Debug)]
pub(super) enum Source {
    User(Arc<User>),
    Group(Arc<Group>),
    Role(Arc<Role>),
}

impl Source {
    /// The user, group or role of this ARN.
    pub fn find(snapshot: &Snapshot, arn: &str) -> Result<Self, Refusal> {
        let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
        let kind = resource.split('/').next().unwrap_or_default();
        let name = resource.rsplit('/').next().unwrap_or_default();
        let found = match kind {
            "user" => User::find(snapshot, name).map(Self::User),
            "group" => Group::find(snapshot, name).map(Self::Group),
            "role" => snapshot
                .role_by_name(name)
                .map(|entry| Self::Role(entry.row.clone())),
            _ => {
                return Err(invalid(
                    "PolicySourceArn must be the ARN of a user, group or role.",
                ));
            }
        };
        found.filter(|source| source.arn() == arn).ok_or_else(|| {
            Refusal::not_found(format!("The {kind} with name {name} cannot be found."))
        })
    }

    pub fn arn(&self) -> &str {
        match self {
            Self::User(row) => &row.arn,
            Self::Group(row) => &row.arn,
            Self::Role(row) => &row.arn,
        }
    }

    pub fn unique_id(&self) -> &str {
        match self {
            Self::User(row) => &row.id,
            Self::Group(row) => &row.id,
            Self::Role(row) => &row.id,
        }
    }

    /// Its identity policies and its boundary, but for what is excluded.
    pub fn collect(&self, snapshot: &Snapshot, exclusions: &[Exclusion]) -> Result<Stage, Refusal> {
        let mut stage = Stage::default();
        let mut collect = |kind, source, name: &str, inline: &Inline, attached: &[String]| {
            let holder = Holder { kind, source, name };
            holder.collect(snapshot, inline, attached, exclusions, &mut stage.identity)
        };
        let boundary = match self {
            Self::User(row) => {
                let source = SourceType::User;
                collect(
                    "user",
                    source,
                    &row.name,
                    &row.inline_policies,
                    &row.attached_policies,
                )?;
                for row in groups_of(snapshot, row) {
                    let (inline, attached) = (&row.inline_policies, &row.attached_policies);
                    collect("group", SourceType::Group, &row.name, inline, attached)?;
                }
                row.boundary.as_deref()
            }
            Self::Group(row) => {
                let source = SourceType::Group;
                collect(
                    "group",
                    source,
                    &row.name,
                    &row.inline_policies,
                    &row.attached_policies,
                )?;
                None
            }
            Self::Role(row) => {
                let source = SourceType::Role;
                collect(
                    "role",
                    source,
                    &row.name,
                    &row.inline_policies,
                    &row.attached_policies,
                )?;
                row.boundary.as_deref()
            }
        };
        let boundary = boundary.filter(|arn| {
            let said = |each: &Exclusion| is_excluded(each, "permission-boundary", Some(arn), None);
            !exclusions.iter().any(said)
        });
        stage.boundary = boundary.map(|arn| managed(snapshot, arn)).transpose()?;
        Ok(stage)
    }
}

/// Inline policies, by name.
type Inline = BTreeMap<String, String>;

struct Holder<'a> {
    kind: &'static str,
    source: SourceType,
    name: &'a str,
}

impl Holder<'_> {
    fn collect(
        &self,
        snapshot: &Snapshot,
        inline: &Inline,
        attached: &[String],
        exclusions: &[Exclusion],
        into: &mut Vec<Sourced>,
    ) -> Result<(), Refusal> {
        for (policy, text) in inline {
            let own = (self.kind, self.name, policy.as_str());
            let said = |each: &Exclusion| is_excluded(each, "inline", None, Some(own));
            if exclusions.iter().any(said) {
                continue;
            }
            let id = format!("{}_{}_{policy}", self.kind, self.name);
            let policy = parsed(&id, text, PolicyKind::Identity)?;
            let source = self.source;
            into.push(Sourced { id, source, policy });
        }
        for arn in attached {
            let sourced = managed(snapshot, arn)?;
            let kind = match sourced.source {
                SourceType::AwsManaged => "aws-managed",
                _ => "user-managed",
            };
            let said = |each: &Exclusion| is_excluded(each, kind, Some(arn), None);
            if !exclusions.iter().any(said) {
                into.push(sourced);
            }
        }
        Ok(())
    }
}

/// Whether a policy is all that an exclusion says.
fn is_excluded(
    exclusion: &Exclusion,
    kind: &str,
    arn: Option<&str>,
    inline: Option<(&str, &str, &str)>,
) -> bool {
    let of_kind = exclusion.policy_type.as_deref();
    let of_arn = exclusion.policy_arn.as_deref();
    let of_inline = exclusion.inline_policy_identifier.as_ref().map(|id| {
        let (holder, name) = (id.attachment_type.as_str(), id.attachment_name.as_str());
        (holder, name, id.policy_name.as_str())
    });
    let says_something = of_kind.is_some() || of_arn.is_some() || of_inline.is_some();
    says_something
        && of_kind.is_none_or(|asked| asked == kind)
        && of_arn.is_none_or(|asked| Some(asked) == arn)
        && of_inline.is_none_or(|asked| Some(asked) == inline)
}

fn managed(snapshot: &Snapshot, arn: &str) -> Result<Sourced, Refusal> {
    let entry = snapshot
        .policies()
        .find(arn)
        .ok_or_else(|| Refusal::internal(format!("the managed policy {arn} is gone")))?;
    let is_of_aws = arn.split(':').nth(4) == Some("aws");
    Ok(Sourced {
        id: entry.row.name.clone(),
        source: if is_of_aws {
            SourceType::AwsManaged
        } else {
            SourceType::UserManaged
        },
        policy: entry.policy.clone(),
    })
}
