//! What is known to be refused without asking: ARNs of the wrong kind, durations and names out of range.

use anyrole_sdk::{Arn, SessionRequest};

use crate::{HelperError, SessionSettings};

/// Checks the flags and makes the request of them.
pub(crate) fn session_request(settings: &SessionSettings) -> Result<SessionRequest, HelperError> {
    check_role(settings)?;
    check_profile(settings)?;
    check_trust_anchor(settings)?;
    Ok(SessionRequest {
        trust_anchor_arn: settings.trust_anchor_arn.clone(),
        profile_arn: settings.profile_arn.clone(),
        role_arn: settings.role_arn.clone(),
        duration_seconds: check_duration(settings.session_duration)?,
        role_session_name: check_name(settings.role_session_name.as_deref())?,
    })
}

pub(crate) fn check_role(settings: &SessionSettings) -> Result<(), HelperError> {
    check_arn(
        "--role-arn",
        &settings.role_arn,
        ("iam", "role"),
        "arn:aws:iam::ACCOUNT:role/NAME",
    )
}

pub(crate) fn check_profile(settings: &SessionSettings) -> Result<(), HelperError> {
    check_arn(
        "--profile-arn",
        &settings.profile_arn,
        ("rolesanywhere", "profile"),
        "arn:aws:rolesanywhere:REGION:ACCOUNT:profile/ID",
    )
}

pub(crate) fn check_trust_anchor(settings: &SessionSettings) -> Result<(), HelperError> {
    check_arn(
        "--trust-anchor-arn",
        &settings.trust_anchor_arn,
        ("rolesanywhere", "trust-anchor"),
        "arn:aws:rolesanywhere:REGION:ACCOUNT:trust-anchor/ID",
    )
}

fn check_arn(
    flag: &'static str,
    presented: &str,
    (service, kind): (&str, &'static str),
    example: &'static str,
) -> Result<(), HelperError> {
    let arn = Arn::parse(presented).map_err(|cause| HelperError::Arn { flag, cause })?;
    if arn.is(service, kind) {
        return Ok(());
    }
    Err(HelperError::ArnOfAnotherKind {
        flag,
        presented: presented.to_owned(),
        kind,
        example,
    })
}

/// Service model: 900 to 43200 seconds.
pub(crate) fn check_duration(presented: i64) -> Result<u32, HelperError> {
    u32::try_from(presented)
        .ok()
        .filter(|seconds| (900..=43_200).contains(seconds))
        .ok_or(HelperError::Duration { presented })
}

/// STS: 2 to 64 characters of `[\w+=,.@-]`. An empty name counts as none, as in the official helper.
pub(crate) fn check_name(presented: Option<&str>) -> Result<Option<String>, HelperError> {
    let Some(name) = presented.filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if (2..=64).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(Some(name.to_owned()));
    }
    Err(HelperError::SessionName {
        presented: name.to_owned(),
    })
}
