//! GetSessionToken and GetFederationToken: for long-term keys alone, of a user or of the root.

use super::allotment::{Allotment, lifetime};
use super::refusals::{no_second_factor, session_credentials};
use crate::authorize::Target;
use crate::call::{Call, Principal};
use crate::refusal::Refusal;
use crate::sessions::{Credentials, FederatedUser, UserSession, UserSessionGrant};
use crate::site::Site;
use crate::tags::Tag;

/// How long sessions of users are, in seconds, where nothing is said, and the longest of the root.
const DEFAULT_SECONDS: i64 = 43_200;
const MAX_ROOT_SECONDS: i64 = 3600;

/// What GetFederationToken is given; the forms of the members are checked.
#[derive(Debug, Clone, Default)]
pub struct GetFederationToken {
    /// The federated user's name.
    pub name: String,
    /// A session policy.
    pub policy: Option<String>,
    /// Managed policies that are session policies.
    pub policy_arns: Vec<String>,
    /// Seconds.
    pub duration_seconds: Option<i64>,
    /// Session tags.
    pub tags: Vec<Tag>,
}

/// What GetFederationToken answers.
#[derive(Debug)]
pub struct FederationToken {
    /// The credentials.
    pub credentials: Credentials,
    /// `arn:…:federated-user/{name}`.
    pub arn: String,
    /// `{account}:{name}`.
    pub id: String,
    /// How much of what a session may be given it takes, in percent.
    pub packed_policy_size: u32,
}

/// Whose long-term keys have signed: ARN, unique id, and for how long.
fn owner(
    site: &Site,
    call: &Call,
    operation: &str,
    seconds: Option<i64>,
) -> Result<(String, String, i64), Refusal> {
    let seconds = seconds.unwrap_or(DEFAULT_SECONDS);
    match &call.caller.principal {
        Principal::User(user) => Ok((user.arn.clone(), user.id.clone(), seconds)),
        // A longer one is cut, not refused (STS API reference, GetSessionToken).
        Principal::Root => Ok((
            site.account().root_arn(),
            call.caller.account.to_string(),
            seconds.min(MAX_ROOT_SECONDS),
        )),
        Principal::RoleSession(_) | Principal::UserSession(_) | Principal::Anonymous => {
            Err(session_credentials(operation))
        }
    }
}

/// Credentials of a session of the caller. No policy has a say (IAM user guide, permissions for GetSessionToken).
pub fn get_session_token(
    site: &Site,
    call: &Call,
    duration_seconds: Option<i64>,
    with_second_factor: bool,
) -> Result<Credentials, Refusal> {
    let (owner_arn, owner_id, seconds) = owner(site, call, "GetSessionToken", duration_seconds)?;
    if with_second_factor {
        return Err(no_second_factor());
    }
    let (issued_at, expires_at) = lifetime(call.origin.now, seconds)?;
    issue(
        site,
        UserSession {
            owner_arn,
            owner_id,
            federated: None,
            issued_at,
            expires_at,
        },
    )
    .map(|(credentials, _)| credentials)
}

/// Credentials of a federated user that the caller makes.
pub async fn get_federation_token(
    site: &Site,
    call: &Call,
    input: GetFederationToken,
) -> Result<FederationToken, Refusal> {
    let (owner_arn, owner_id, seconds) =
        owner(site, call, "GetFederationToken", input.duration_seconds)?;
    let arn = site.account().federated_user_arn(&input.name);
    let snapshot = site.directory.read_full();
    let allotment = Allotment::read(
        &snapshot,
        input.policy.as_deref(),
        &input.policy_arns,
        input.tags,
    )?;
    let length = seconds.to_string();
    let keys = [("sts:durationseconds", length.as_str())];
    let target = Target::on(&arn)
        .with_request_tags(&allotment.tags)
        .with_keys(&keys);
    site.authorize(call, "sts:GetFederationToken", target)?;
    if !allotment.tags.is_empty() {
        site.authorize(call, "sts:TagSession", target)?;
    }
    let rest = owner_arn.len() + owner_id.len() + arn.len() + input.name.len();
    let packed_policy_size = allotment.packed_policy_size(rest)?;
    let (issued_at, expires_at) = lifetime(call.origin.now, seconds)?;
    let federated = FederatedUser {
        name: input.name,
        arn: arn.clone(),
        session_policies: allotment.freeze(site).await?,
        tags: allotment.tags.into(),
        inline_policy: allotment.inline,
    };
    let session = UserSession {
        owner_arn,
        owner_id,
        federated: Some(federated),
        issued_at,
        expires_at,
    };
    let (credentials, session) = issue(site, session)?;
    Ok(FederationToken {
        credentials,
        arn,
        id: session.user_id(&site.account().id),
        packed_policy_size,
    })
}

fn issue(site: &Site, session: UserSession) -> Result<(Credentials, UserSession), Refusal> {
    let grant = UserSessionGrant { session };
    let credentials = site
        .issuer
        .issue_to_user(&grant)
        .map_err(|error| Refusal::internal(error.to_string()))?;
    Ok((credentials, grant.session))
}
