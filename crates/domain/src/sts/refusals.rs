//! Refusals that only STS has, in its words (STS API reference, errors of each operation).

use crate::refusal::{Kind, Refusal, StsKind};

/// A parameter that does not fit the others or the caller.
pub(super) fn invalid_parameter(reason: &'static str, public: &'static str) -> Refusal {
    Refusal::new(Kind::Sts(StsKind::InvalidParameterValue), reason, public)
}

/// An operation that needs long-term keys.
pub(super) fn session_credentials(operation: &str) -> Refusal {
    Refusal::new(
        Kind::AccessDenied,
        "session-credentials",
        format!("Cannot call {operation} with session credentials"),
    )
}

/// A second factor: no user has one here, so no code is right.
pub(super) fn no_second_factor() -> Refusal {
    Refusal::new(
        Kind::AccessDenied,
        "no-mfa-device",
        "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
    )
    .with_private("there are no MFA devices here")
}

/// Policies and tags that don't fit.
pub(super) fn too_large(what: &str, percent: u32) -> Refusal {
    Refusal::new(
        Kind::Sts(StsKind::PackedPolicyTooLarge),
        "packed-policy-too-large",
        format!("Packed size of {what} consumes {percent}% of allotted space."),
    )
}

/// A token that is none of a provider known here.
pub(super) fn invalid_token(reason: &'static str, public: impl Into<String>) -> Refusal {
    Refusal::new(
        Kind::Sts(StsKind::InvalidIdentityToken),
        reason,
        public.into(),
    )
}
