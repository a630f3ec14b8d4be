//! Profiles: which roles a certificate may ask for, for how long, and the session policies that cut them.
//! Create and update; called by `frontends/rolesanywhere`. The rest is `resources/lifecycle.rs`.

use std::sync::Arc;

use anyrole_policy::{Policy, PolicyKind};
pub use anyrole_x509::{AttributeMapping, CertificateField};

use crate::account::AccountId;
use crate::authorize::Target;
use crate::call::Call;
use crate::managed_policies::ManagedPolicies;
use crate::names::{ResourceId, printable};
use crate::quotas;
use crate::refusal::Refusal;
use crate::resources::{self, Actions, NewResource, Noun, Resource, Updated};
use crate::site::Site;
use crate::snapshot::{Change, SessionPolicyText, Snapshot, UnusableRow};
use crate::tags::Tag;

/// The shortest session, in seconds (API reference, CreateProfile).
pub const MIN_DURATION_SECONDS: u32 = 900;
/// The longest session, in seconds.
pub const MAX_DURATION_SECONDS: u32 = 43_200;
/// The length of a session where nothing is said, in seconds.
pub const DEFAULT_DURATION_SECONDS: u32 = 3600;

/// A profile as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The common columns.
    pub resource: Resource,
    /// The ARN of the caller that made it.
    pub created_by: String,
    /// The roles that can be asked for.
    pub role_arns: Vec<String>,
    /// The inline session policy, byte for byte as it was given.
    pub session_policy: Option<String>,
    /// Managed policies that cut the session, too.
    pub managed_policy_arns: Vec<String>,
    /// The longest session, in seconds.
    pub duration_seconds: u32,
    /// Whether a caller may name the session.
    pub accept_role_session_name: bool,
    /// Kept and given back; the service makes nothing of it.
    pub require_instance_properties: bool,
    /// Which attributes of the certificate become session tags.
    pub attribute_mappings: Vec<AttributeMapping>,
}

impl Noun for Profile {
    const KIND: &'static str = "profile";
    const TITLE: &'static str = "Profile";
    const ACTIONS: Actions = Actions {
        create: "rolesanywhere:CreateProfile",
        get: "rolesanywhere:GetProfile",
        list: "rolesanywhere:ListProfiles",
        update: "rolesanywhere:UpdateProfile",
        delete: "rolesanywhere:DeleteProfile",
        enable: "rolesanywhere:EnableProfile",
        disable: "rolesanywhere:DisableProfile",
    };

    fn resource(&self) -> &Resource {
        &self.resource
    }

    fn resource_mut(&mut self) -> &mut Resource {
        &mut self.resource
    }

    fn find<'a>(snapshot: &'a Snapshot, arn: &str) -> Option<&'a Arc<Self>> {
        snapshot.profile(arn).map(|entry| &entry.row)
    }

    fn following<'a>(snapshot: &'a Snapshot, after: &str) -> impl Iterator<Item = &'a Arc<Self>> {
        snapshot.profiles_after(after).map(|entry| &entry.row)
    }

    /// The profile and the session policies that its tokens will name by hash.
    fn put(row: Arc<Self>, snapshot: &Snapshot) -> Result<Vec<Change>, Refusal> {
        let mut changes: Vec<Change> = session_policy_texts(&row, snapshot.policies())
            .map_err(|error| Refusal::internal(error.to_string()))?
            .into_iter()
            .map(Change::PutSessionPolicy)
            .collect();
        changes.push(Change::PutProfile(row));
        Ok(changes)
    }

    fn remove(arn: String) -> Change {
        Change::DeleteProfile(arn)
    }

    fn check_new(&self, site: &Site, snapshot: &Snapshot) -> Result<(), Refusal> {
        check_managed_policies(snapshot, &self.managed_policy_arns)?;
        let wanted = snapshot.profile_count() + 1;
        quotas::check(site.quotas.profiles, wanted, "profiles")
    }

    /// Who enables a profile passes its roles (service authorization reference, EnableProfile).
    fn check_enable(&self, site: &Site, call: &Call, _: &Snapshot) -> Result<(), Refusal> {
        authorize_pass_role(site, call, &self.role_arns)
    }
}

/// A profile with the hashes of its session policies.
#[derive(Debug)]
pub struct ProfileEntry {
    /// The row.
    pub row: Arc<Profile>,
    /// SHA-256 of the inline policy and of each managed policy, as sessions carry them.
    pub session_policies: Arc<[[u8; 32]]>,
}

impl ProfileEntry {
    pub(crate) fn compile(
        row: Arc<Profile>,
        managed: &ManagedPolicies,
    ) -> Result<Self, UnusableRow> {
        let session_policies = session_policy_texts(&row, managed)?
            .iter()
            .map(|document| document.sha256)
            .collect();
        Ok(Self {
            row,
            session_policies,
        })
    }
}

/// The inline policy and each managed policy once. A managed policy that this version does not have is not left out:
/// the session would be cut by less than the profile says.
pub(crate) fn session_policy_texts(
    row: &Profile,
    managed: &ManagedPolicies,
) -> Result<Vec<SessionPolicyText>, UnusableRow> {
    let mut texts: Vec<&str> = row.session_policy.as_deref().into_iter().collect();
    for arn in &row.managed_policy_arns {
        let entry = managed.find(arn).ok_or_else(|| UnusableRow {
            kind: "profile",
            name: row.resource.arn.clone(),
            detail: format!("the managed policy {arn} is gone"),
        })?;
        if !texts.contains(&&*entry.document) {
            texts.push(&entry.document);
        }
    }
    Ok(texts
        .into_iter()
        .map(|text| session_policy_text(&row.resource.account, text))
        .collect())
}

/// A session policy as sessions name it.
pub(crate) fn session_policy_text(account: &AccountId, text: &str) -> SessionPolicyText {
    SessionPolicyText {
        account: account.clone(),
        sha256: sha256(text),
        text: text.into(),
    }
}

pub(crate) fn sha256(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    hash.copy_from_slice(digest.as_ref());
    hash
}

/// What CreateProfile is given.
#[derive(Debug, Clone, Default)]
pub struct CreateProfile {
    /// The name.
    pub name: String,
    /// The roles; may be none.
    pub role_arns: Vec<String>,
    /// The inline session policy.
    pub session_policy: Option<String>,
    /// Managed policies that cut the session, too.
    pub managed_policy_arns: Vec<String>,
    /// Seconds.
    pub duration_seconds: Option<i64>,
    /// On from the start; off where it is left out.
    pub enabled: Option<bool>,
    /// Whether a caller may name the session.
    pub accept_role_session_name: Option<bool>,
    /// Kept and given back.
    pub require_instance_properties: Option<bool>,
    /// An alias.
    pub alias: Option<String>,
    /// Tags.
    pub tags: Vec<Tag>,
}

/// What UpdateProfile is given; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct UpdateProfile {
    /// A new name.
    pub name: Option<String>,
    /// New roles in place of all.
    pub role_arns: Option<Vec<String>>,
    /// A new inline session policy.
    pub session_policy: Option<String>,
    /// New managed policies in place of all.
    pub managed_policy_arns: Option<Vec<String>>,
    /// Seconds.
    pub duration_seconds: Option<i64>,
    /// Whether a caller may name the session.
    pub accept_role_session_name: Option<bool>,
    /// A new alias; an empty one takes the old one away.
    pub alias: Option<String>,
}

/// Makes a profile (API reference, CreateProfile). Needs iam:PassRole for each of its roles.
pub async fn create_profile(
    site: &Site,
    call: &Call,
    input: CreateProfile,
) -> Result<Arc<Profile>, Refusal> {
    let new = NewResource {
        name: input.name,
        enabled: input.enabled,
        alias: input.alias,
        tags: input.tags,
    };
    let resource = resources::start::<Profile>(site, call, new)?;
    check_role_count(site, &input.role_arns)?;
    check_session_policy(input.session_policy.as_deref())?;
    // Asked again where it is stored: a policy may be deleted meanwhile.
    check_managed_policies(&site.directory.read(), &input.managed_policy_arns)?;
    let duration_seconds = check_duration(
        input
            .duration_seconds
            .unwrap_or(DEFAULT_DURATION_SECONDS.into()),
    )?;
    authorize_pass_role(site, call, &input.role_arns)?;
    let row = Profile {
        resource,
        created_by: call.caller.arn(site.account()),
        role_arns: input.role_arns,
        session_policy: input.session_policy,
        managed_policy_arns: input.managed_policy_arns,
        duration_seconds,
        accept_role_session_name: input.accept_role_session_name.unwrap_or(false),
        require_instance_properties: input.require_instance_properties.unwrap_or(false),
        attribute_mappings: anyrole_x509::default_mappings(),
    };
    resources::keep_new(site, row).await
}

/// Changes the members given (API reference, UpdateProfile). Needs iam:PassRole for each of its roles.
pub async fn update_profile(
    site: &Site,
    call: &Call,
    id: &ResourceId,
    input: UpdateProfile,
) -> Result<Updated<Profile>, Refusal> {
    check_role_count(site, input.role_arns.as_deref().unwrap_or_default())?;
    check_session_policy(input.session_policy.as_deref())?;
    let duration_seconds = input.duration_seconds.map(check_duration).transpose()?;
    let common = (input.name, input.alias);
    resources::update(site, call, id, common, |row: &mut Profile, snapshot| {
        if let Some(role_arns) = input.role_arns {
            row.role_arns = role_arns;
        }
        authorize_pass_role(site, call, &row.role_arns)?;
        if let Some(managed_policy_arns) = input.managed_policy_arns {
            check_managed_policies(snapshot, &managed_policy_arns)?;
            row.managed_policy_arns = managed_policy_arns;
        }
        row.session_policy = input.session_policy.or(row.session_policy.take());
        row.duration_seconds = duration_seconds.unwrap_or(row.duration_seconds);
        row.accept_role_session_name = input
            .accept_role_session_name
            .unwrap_or(row.accept_role_session_name);
        Ok(())
    })
    .await
}

fn check_role_count(site: &Site, role_arns: &[String]) -> Result<(), Refusal> {
    let quota = site.quotas.roles_per_profile;
    quotas::check(quota, role_arns.len(), "roles in a profile")
}

fn authorize_pass_role(site: &Site, call: &Call, role_arns: &[String]) -> Result<(), Refusal> {
    for arn in role_arns {
        let keys = [("iam:passedtoservice", "rolesanywhere.amazonaws.com")];
        site.authorize(call, "iam:PassRole", Target::on(arn).with_keys(&keys))?;
    }
    Ok(())
}

fn check_session_policy(session_policy: Option<&str>) -> Result<(), Refusal> {
    if let Some(text) = session_policy {
        Policy::parse(text, PolicyKind::Session).map_err(|error| {
            Refusal::new(
                crate::refusal::Kind::Validation,
                "malformed-policy",
                format!("The session policy is malformed: {error}"),
            )
        })?;
    }
    Ok(())
}

fn check_managed_policies(
    snapshot: &Snapshot,
    managed_policy_arns: &[String],
) -> Result<(), Refusal> {
    match managed_policy_arns
        .iter()
        .find(|arn| snapshot.policies().find(arn).is_none())
    {
        Some(unknown) => Err(Refusal::validation(format!(
            "The managed policy `{}` does not exist.",
            printable(unknown)
        ))),
        None => Ok(()),
    }
}

/// 900 to 43200 seconds, with AWS's words where it is not.
pub(crate) fn check_duration(seconds: i64) -> Result<u32, Refusal> {
    let constraint = if seconds < i64::from(MIN_DURATION_SECONDS) {
        format!("greater than or equal to {MIN_DURATION_SECONDS}")
    } else if seconds > i64::from(MAX_DURATION_SECONDS) {
        format!("less than or equal to {MAX_DURATION_SECONDS}")
    } else {
        return u32::try_from(seconds).map_err(|error| Refusal::internal(error.to_string()));
    };
    Err(Refusal::validation(format!(
        "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value {constraint}"
    )))
}
