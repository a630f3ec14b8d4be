//! AssumeRole: a caller and what it asks for come in, a session of a role or a refusal goes out (STS API reference, AssumeRole).

use std::sync::Arc;

use super::AssumedRole;
use super::allotment::{Allotment, lifetime};
use super::refusals::{invalid_parameter, no_second_factor};
use crate::authorize::{Target, authorize};
use crate::call::{Call, Principal};
use crate::names::printable;
use crate::refusal::{Kind, Refusal};
use crate::roles::RoleEntry;
use crate::sessions::{Assumed, Session, SessionGrant, WebIdentity};
use crate::site::Site;
use crate::tags::{Tag, find_tag};

/// The longest session of a role that a session of another role assumes, in seconds, and the default of all.
const HOUR: i64 = 3600;

/// What AssumeRole is given; the forms of the members are checked.
#[derive(Debug, Clone, Default)]
pub struct AssumeRole {
    /// The role.
    pub role_arn: String,
    /// The session's name.
    pub role_session_name: String,
    /// A session policy.
    pub policy: Option<String>,
    /// Managed policies that are session policies.
    pub policy_arns: Vec<String>,
    /// Seconds; an hour where it is left out.
    pub duration_seconds: Option<i64>,
    /// Session tags.
    pub tags: Vec<Tag>,
    /// Which of them go on to the next role.
    pub transitive_tag_keys: Vec<String>,
    /// What the trust policy may ask for.
    pub external_id: Option<String>,
    /// The source identity.
    pub source_identity: Option<String>,
    /// Whether a second factor was given.
    pub with_second_factor: bool,
}

/// What the caller's own session hands on.
struct Inherited<'a> {
    tags: Vec<Tag>,
    source_identity: Option<&'a str>,
    is_role: bool,
    certificates: Arc<[[u8; 32]]>,
}

impl<'a> Inherited<'a> {
    fn of(principal: &'a Principal) -> Self {
        let Principal::RoleSession(session) = principal else {
            return Self {
                tags: Vec::new(),
                source_identity: None,
                is_role: false,
                certificates: [].into(),
            };
        };
        let keys = session.assumed.as_deref();
        let keys = keys.map_or(&[][..], |assumed| &assumed.transitive_tag_keys);
        let is_transitive = |tag: &&Tag| keys.iter().any(|key| key.eq_ignore_ascii_case(&tag.key));
        Self {
            tags: session.tags.iter().filter(is_transitive).cloned().collect(),
            source_identity: Some(&*session.source_identity)
                .filter(|identity| !identity.is_empty()),
            is_role: true,
            certificates: session.certificates.clone(),
        }
    }
}

/// A role's session, decided on and not yet issued.
pub(super) struct Decided<'a> {
    pub role: &'a RoleEntry,
    pub session_name: &'a str,
    pub source_identity: &'a str,
    pub seconds: i64,
    pub allotment: Allotment,
    pub transitive_tag_keys: Vec<String>,
    pub web_identity: Option<WebIdentity>,
    /// What the caller's session was opened with: a revocation reaches what came of it, too.
    pub certificates: Arc<[[u8; 32]]>,
}

/// Assumes a role.
pub async fn assume_role(
    site: &Site,
    call: &Call,
    input: AssumeRole,
) -> Result<AssumedRole, Refusal> {
    check_caller(site, call, &input)?;
    let inherited = Inherited::of(&call.caller.principal);
    let seconds = asked_seconds(&input, &inherited)?;
    let snapshot = site.directory.read_full();
    let mut allotment = Allotment::read(
        &snapshot,
        input.policy.as_deref(),
        &input.policy_arns,
        input.tags.clone(),
    )?;
    check_transitive(&input, &inherited)?;
    let role = snapshot.role(&input.role_arn).ok_or_else(|| {
        not_authorized(
            site,
            call,
            "sts:AssumeRole",
            &input.role_arn,
            "unknown-role",
        )
    })?;
    authorize_all(site, call, &snapshot, role, &input, &inherited, seconds)?;
    check_maximum(role, seconds)?;

    let mut transitive_tag_keys = input.transitive_tag_keys;
    transitive_tag_keys.extend(inherited.tags.iter().map(|tag| tag.key.to_string()));
    allotment.tags.extend(inherited.tags);
    let identity = inherited
        .source_identity
        .or(input.source_identity.as_deref());
    let decided = Decided {
        role,
        session_name: &input.role_session_name,
        source_identity: identity.unwrap_or_default(),
        seconds,
        allotment,
        transitive_tag_keys,
        web_identity: None,
        certificates: inherited.certificates,
    };
    issue(site, call.origin.now, decided).await
}

fn check_caller(site: &Site, call: &Call, input: &AssumeRole) -> Result<(), Refusal> {
    let is_root = match &call.caller.principal {
        Principal::Root => true,
        Principal::UserSession(session) if session.federated.is_some() => {
            let role = &input.role_arn;
            return Err(not_authorized(
                site,
                call,
                "sts:AssumeRole",
                role,
                "federated-user",
            ));
        }
        Principal::UserSession(session) => session.is_of_root(&call.caller.account),
        Principal::User(_) | Principal::RoleSession(_) | Principal::Anonymous => false,
    };
    if is_root {
        return Err(Refusal::new(
            Kind::AccessDenied,
            "root-may-not-assume-roles",
            "Roles may not be assumed by root accounts.",
        ));
    }
    if input.with_second_factor {
        return Err(no_second_factor());
    }
    let reserved = input
        .source_identity
        .as_deref()
        .and_then(|identity| identity.get(..4));
    if reserved.is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
        return Err(Refusal::validation(
            "The source identity begins with `aws:`, which is reserved.",
        ));
    }
    Ok(())
}

fn asked_seconds(input: &AssumeRole, inherited: &Inherited<'_>) -> Result<i64, Refusal> {
    let seconds = input.duration_seconds.unwrap_or(HOUR);
    if inherited.is_role && seconds > HOUR {
        return Err(Refusal::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ));
    }
    Ok(seconds)
}

/// A key that goes on must be one of a tag given here, and a tag that came along can't be set anew.
fn check_transitive(input: &AssumeRole, inherited: &Inherited<'_>) -> Result<(), Refusal> {
    let keys = &input.transitive_tag_keys;
    if keys.iter().any(|key| find_tag(&input.tags, key).is_none()) {
        return Err(invalid_parameter(
            "transitive-key-without-tag",
            "The specified transitive tag key must be included in the requested tags.",
        ));
    }
    if input
        .tags
        .iter()
        .any(|tag| find_tag(&inherited.tags, &tag.key).is_some())
    {
        return Err(invalid_parameter(
            "transitive-tag-conflict",
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
        ));
    }
    Ok(())
}

/// The caller's policies and the role's trust policy together, for each of the actions that the request is.
fn authorize_all(
    site: &Site,
    call: &Call,
    snapshot: &crate::snapshot::Snapshot,
    role: &RoleEntry,
    input: &AssumeRole,
    inherited: &Inherited<'_>,
    seconds: i64,
) -> Result<(), Refusal> {
    let asked = input.source_identity.as_deref();
    // Once set, it stays.
    if let (Some(kept), Some(asked)) = (inherited.source_identity, asked)
        && kept != asked
    {
        let action = "sts:SetSourceIdentity";
        return Err(not_authorized(
            site,
            call,
            action,
            &role.row.arn,
            "source-identity-is-set",
        ));
    }
    let identity = inherited.source_identity.or(asked);
    let seconds = seconds.to_string();
    let mut keys = vec![
        ("sts:rolesessionname", input.role_session_name.as_str()),
        ("sts:durationseconds", seconds.as_str()),
    ];
    keys.extend(
        input
            .external_id
            .as_deref()
            .map(|id| ("sts:externalid", id)),
    );
    keys.extend(identity.map(|identity| ("sts:sourceidentity", identity)));
    let transitive: Vec<&str> = input
        .transitive_tag_keys
        .iter()
        .map(String::as_str)
        .collect();
    let lists = [("sts:transitivetagkeys", transitive.as_slice())];
    let target = Target::on(&role.row.arn)
        .with_resource_policy(Some(&role.trust_policy))
        .with_resource_tags(&role.row.tags)
        .with_request_tags(&input.tags)
        .with_keys(&keys)
        .with_lists(&lists);
    let allowed = |action| authorize(site.account(), snapshot, call, action, target);
    allowed("sts:AssumeRole")?;
    if !input.tags.is_empty() || !inherited.tags.is_empty() {
        allowed("sts:TagSession")?;
    }
    if identity.is_some() {
        allowed("sts:SetSourceIdentity")?;
    }
    Ok(())
}

/// AWS's text where it does not say which policy it was: for a role that is not there as for one that can't be assumed.
fn not_authorized(
    site: &Site,
    call: &Call,
    action: &str,
    role_arn: &str,
    reason: &'static str,
) -> Refusal {
    Refusal::new(
        Kind::AccessDenied,
        reason,
        format!(
            "User: {} is not authorized to perform: {action} on resource: {}",
            call.caller.arn(site.account()),
            printable(role_arn)
        ),
    )
}

/// The role's own limit.
pub(super) fn check_maximum(role: &RoleEntry, seconds: i64) -> Result<(), Refusal> {
    if seconds <= i64::from(role.row.max_session_duration) {
        return Ok(());
    }
    Err(Refusal::validation(
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    ))
}

/// Makes the session that was decided on.
pub(super) async fn issue(
    site: &Site,
    now: jiff::Timestamp,
    decided: Decided<'_>,
) -> Result<AssumedRole, Refusal> {
    let role = &decided.role.row;
    let identity = decided.web_identity.as_ref();
    let web = identity.map_or(0, |web| {
        web.provider_arn.len() + web.subject.len() + web.audience.len()
    });
    let keys: usize = decided
        .transitive_tag_keys
        .iter()
        .map(|key| key.len() + 1)
        .sum();
    let names = decided.session_name.len() + decided.source_identity.len();
    let rest = role.arn.len() + role.id.len() + names + web + keys;
    let packed_policy_size = decided.allotment.packed_policy_size(rest)?;
    let session_policies = decided.allotment.freeze(site).await?;
    let (issued_at, expires_at) = lifetime(now, decided.seconds)?;
    let session = Session {
        role_arn: decided.role.arn.clone(),
        role_id: decided.role.id.clone(),
        session_name: decided.session_name.to_owned(),
        assumed_role_arn: site
            .account()
            .assumed_role_arn(&role.name, decided.session_name),
        source_identity: decided.source_identity.into(),
        tags: decided.allotment.tags.into(),
        session_policies,
        assumed: Some(Arc::new(Assumed {
            inline_policy: decided.allotment.inline,
            transitive_tag_keys: decided.transitive_tag_keys,
            web_identity: decided.web_identity,
        })),
        trust_anchor_arn: "".into(),
        certificates: decided.certificates,
        issued_at,
        expires_at,
    };
    let grant = SessionGrant { session };
    let credentials = site
        .issuer
        .issue(&grant)
        .map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(AssumedRole {
        credentials,
        session: grant.session,
        packed_policy_size,
    })
}
