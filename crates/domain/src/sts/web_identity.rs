//! AssumeRoleWithWebIdentity: a token of an OpenID Connect provider comes in, unsigned by us; a session of a role or a refusal goes
//! out (STS API reference, AssumeRoleWithWebIdentity; IAM user guide, OIDC federation).

use anyrole_jwt::{Claims, TokenError, UnverifiedToken};
use jiff::Timestamp;

use super::AssumedRole;
use super::allotment::Allotment;
use super::assume_role::{Decided, check_maximum, issue};
use super::refusals::invalid_token;
use super::web_identity_claims::{Passed, condition_keys, passed};
use crate::authorize::{Target, authorize_web_identity};
use crate::call::Origin;
use crate::names::printable;
use crate::oidc_providers::{NoKeys, OidcProvider, of_issuer};
use crate::refusal::{Kind, Refusal, StsKind};
use crate::roles::RoleEntry;
use crate::sessions::WebIdentity;
use crate::site::Site;

/// How far a provider's clock may be ahead of ours, in seconds.
const SKEW: i64 = 300;
/// The longest subject, in characters (STS API reference).
const MAX_SUBJECT: usize = 255;
const HOUR: i64 = 3600;

/// What AssumeRoleWithWebIdentity is given; the forms of the members are checked, the token is not.
#[derive(Debug, Clone, Default)]
pub struct AssumeRoleWithWebIdentity {
    /// The role.
    pub role_arn: String,
    /// The session's name.
    pub role_session_name: String,
    /// The token as it was presented.
    pub unverified_token: String,
    /// A session policy.
    pub policy: Option<String>,
    /// Managed policies that are session policies.
    pub policy_arns: Vec<String>,
    /// Seconds; an hour where it is left out.
    pub duration_seconds: Option<i64>,
}

/// What AssumeRoleWithWebIdentity answers.
#[derive(Debug)]
pub struct WebIdentityRole {
    /// The session with its credentials.
    pub assumed: AssumedRole,
    /// Whom the provider vouches for.
    pub identity: WebIdentity,
}

/// Assumes a role for whom a provider vouches.
pub async fn assume_role_with_web_identity(
    site: &Site,
    origin: &Origin,
    input: AssumeRoleWithWebIdentity,
) -> Result<WebIdentityRole, Refusal> {
    let snapshot = site.directory.read_full();
    let token = UnverifiedToken::parse(&input.unverified_token).map_err(unreadable)?;
    let issuer = token.unverified_issuer().unwrap_or_default().to_owned();
    let provider = of_issuer(site.account(), &snapshot, &issuer).ok_or_else(|| {
        invalid_token(
            "unknown-identity-provider",
            format!(
                "No OpenIDConnect provider found in your account for {}",
                printable(&issuer)
            ),
        )
    })?;
    let keys = site
        .provider_keys
        .of(&provider.url, token.unverified_key_id(), origin.now)
        .await
        .map_err(no_keys)?;
    let claims = token.verify(&keys).map_err(unproved)?;
    let identity = judge(provider, &claims, origin.now)?;
    let Passed {
        tags,
        transitive_tag_keys,
        source_identity,
    } = passed(&claims)?;
    let policy = input.policy.as_deref();
    let allotment = Allotment::read(&snapshot, policy, &input.policy_arns, tags)?;
    let role = snapshot.role(&input.role_arn).ok_or_else(|| {
        Refusal::new(
            Kind::AccessDenied,
            "unknown-role",
            "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        )
    })?;
    let seconds = input.duration_seconds.unwrap_or(HOUR);
    let decided = Decided {
        role,
        session_name: &input.role_session_name,
        source_identity: source_identity.as_deref().unwrap_or_default(),
        seconds,
        allotment,
        transitive_tag_keys,
        web_identity: Some(identity.clone()),
        certificates: [].into(),
    };
    authorize_all(site, origin, provider, &claims, &decided)?;
    check_maximum(role, seconds)?;
    let assumed = issue(site, origin.now, decided).await?;
    Ok(WebIdentityRole { assumed, identity })
}

/// The claims that every token must have, against the provider and the clock.
fn judge(provider: &OidcProvider, claims: &Claims, now: Timestamp) -> Result<WebIdentity, Refusal> {
    let now = now.as_second();
    let required =
        |name: &str| invalid_token("missing-claim", format!("Missing a required claim: {name}"));
    let expires = claims.second("exp").ok_or_else(|| required("exp"))?;
    if now >= expires {
        return Err(Refusal::new(
            Kind::Sts(StsKind::ExpiredIdentityToken),
            "expired-identity-token",
            format!(
                "Token expired: current date/time {now} must be before the expiration date/time {expires}"
            ),
        ));
    }
    let issued = claims.second("iat").ok_or_else(|| required("iat"))?;
    // Where there is one it must be a date.
    let from = match claims.get("nbf") {
        None => issued,
        Some(_) => claims.second("nbf").ok_or_else(|| required("nbf"))?,
    };
    if issued.max(from) > now.saturating_add(SKEW) {
        return Err(invalid_token(
            "identity-token-not-yet-valid",
            "The token is not valid yet",
        ));
    }
    let subject = claims.text("sub").filter(|subject| !subject.is_empty());
    let subject = subject.ok_or_else(|| required("sub"))?;
    if subject.chars().count() > MAX_SUBJECT {
        return Err(invalid_token(
            "subject-too-long",
            "The subject of the token is too long",
        ));
    }
    Ok(WebIdentity {
        provider_arn: provider.arn.clone(),
        subject: subject.to_owned(),
        audience: audience(provider, claims)?.to_owned(),
    })
}

/// `azp` where there is one, else the one `aud`; it must be a client id of the provider.
fn audience<'a>(provider: &OidcProvider, claims: &'a Claims) -> Result<&'a str, Refusal> {
    let wrong = || invalid_token("wrong-audience", "Incorrect token audience");
    let audiences = claims.texts("aud").ok_or_else(wrong)?;
    let audience = match (claims.get("azp"), audiences.as_slice()) {
        (Some(_), _) => claims.text("azp").ok_or_else(wrong)?,
        (None, [one]) => one,
        // Of several it is not known which of them asks.
        (None, _) => return Err(wrong()),
    };
    let known = provider.client_ids.iter().any(|id| id == audience);
    if known { Ok(audience) } else { Err(wrong()) }
}

/// The role's trust policy, for each of the actions that the request is.
fn authorize_all(
    site: &Site,
    origin: &Origin,
    provider: &OidcProvider,
    claims: &Claims,
    decided: &Decided<'_>,
) -> Result<(), Refusal> {
    let RoleEntry {
        row, trust_policy, ..
    } = decided.role;
    let identity = decided.web_identity.as_ref();
    let audience = identity.map_or("", |identity| &identity.audience);
    let (singles, lists) = condition_keys(provider.name(), claims, audience);
    let seconds = decided.seconds.to_string();
    let mut keys: Vec<(&str, &str)> = singles
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    keys.push(("sts:rolesessionname", decided.session_name));
    keys.push(("sts:durationseconds", &seconds));
    let source_identity = Some(decided.source_identity).filter(|identity| !identity.is_empty());
    keys.extend(source_identity.map(|identity| ("sts:sourceidentity", identity)));
    let transitive: Vec<&str> = decided
        .transitive_tag_keys
        .iter()
        .map(String::as_str)
        .collect();
    let mut many: Vec<(&str, &[&str])> = lists
        .iter()
        .map(|(key, values)| (key.as_str(), values.as_slice()))
        .collect();
    many.push(("sts:transitivetagkeys", &transitive));
    let target = Target::on(&row.arn)
        .with_resource_policy(Some(trust_policy))
        .with_resource_tags(&row.tags)
        .with_request_tags(&decided.allotment.tags)
        .with_keys(&keys)
        .with_lists(&many);
    let allowed =
        |action| authorize_web_identity(site.account(), origin, &provider.arn, action, target);
    allowed("sts:AssumeRoleWithWebIdentity")?;
    if !decided.allotment.tags.is_empty() {
        allowed("sts:TagSession")?;
    }
    if source_identity.is_some() {
        allowed("sts:SetSourceIdentity")?;
    }
    Ok(())
}

fn unreadable(error: TokenError) -> Refusal {
    let text = match error {
        TokenError::Malformed => {
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
        }
        TokenError::Algorithm(_) => "The token is signed with an algorithm that is not supported",
        _ => "The ID Token provided is not a valid JWT.",
    };
    invalid_token("unreadable-identity-token", text).with_private(error.to_string())
}

fn no_keys(why: NoKeys) -> Refusal {
    let detail = why.to_string();
    match why {
        NoKeys::Unreachable(_) => Refusal::new(
            Kind::Sts(StsKind::IdpCommunication),
            "identity-provider-unreachable",
            "The identity provider could not be reached to verify the token; try again.",
        ),
        NoKeys::Unusable(_) => no_verification_key("identity-provider-unusable"),
    }
    .with_private(detail)
}

fn no_verification_key(reason: &'static str) -> Refusal {
    invalid_token(
        reason,
        "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    )
}

fn unproved(error: TokenError) -> Refusal {
    match error {
        TokenError::UnknownKey(_) => no_verification_key("unknown-identity-key"),
        _ => invalid_token(
            "identity-token-signature",
            "The signature of the token is not valid",
        ),
    }
    .with_private(error.to_string())
}
