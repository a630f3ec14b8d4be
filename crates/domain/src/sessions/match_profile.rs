//! What a profile lets a verified certificate ask for: the role, the session's name, how long it lives.

use crate::names::check_entity_name;
use crate::profiles::{Profile, check_duration};
use crate::refusal::{Kind, Refusal};
use crate::roles::Role;

/// Refuses with AWS's code and a text of its own.
pub(super) fn denied(
    reason: &'static str,
    public: impl Into<std::borrow::Cow<'static, str>>,
) -> Refusal {
    Refusal::new(Kind::AccessDenied, reason, public)
}

/// The role must be one of the profile's.
pub(super) fn check_role(profile: &Profile, role_arn: &str) -> Result<(), Refusal> {
    if profile.role_arns.iter().any(|listed| listed == role_arn) {
        return Ok(());
    }
    Err(denied(
        "role-not-in-profile",
        "Requested Role isn't one of those listed in the Profile.",
    ))
}

/// A name may be given only where the profile says so; it is never ignored (Roles Anywhere user guide).
pub(super) fn session_name(profile: &Profile, asked: Option<&str>) -> Result<(), Refusal> {
    if asked.is_none() || profile.accept_role_session_name {
        return Ok(());
    }
    Err(denied(
        "session-name-not-accepted",
        "Not authorized to set roleSessionName.",
    ))
}

/// The form of a session name: 2 to 64 of `[\w+=,.@-]` (STS API reference, AssumeRole).
pub(super) fn check_session_name(name: &str) -> Result<(), Refusal> {
    if name.len() < 2 {
        return Err(Refusal::validation(
            "1 validation error detected: Value at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2",
        ));
    }
    check_entity_name("roleSessionName", name, 64)
}

/// The smaller of what is asked and what the profile has; above the role's maximum is an error (Roles Anywhere user guide).
pub(super) fn duration(profile: &Profile, role: &Role, asked: Option<i64>) -> Result<u32, Refusal> {
    let asked = asked.map(check_duration).transpose()?;
    let seconds = asked.map_or(profile.duration_seconds, |asked| {
        asked.min(profile.duration_seconds)
    });
    if seconds > role.max_session_duration {
        return Err(denied(
            "duration-above-role-maximum",
            format!(
                "Unable to assume role for {}. The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
                role.arn
            ),
        )
        .with_private(format!(
            "{seconds} seconds were to be issued, the role allows {}",
            role.max_session_duration
        )));
    }
    Ok(seconds)
}
