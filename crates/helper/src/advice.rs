//! AWS's error texts say what was refused, not what to do: this adds the usual cause and the cure.

use anyrole_sdk::CreateSessionError;

/// Starts of the service's messages, and what helps. First match wins.
const CURES: [(&str, &str); 9] = [
    (
        "Untrusted signing certificate",
        "the certificate does not lead to this trust anchor: check --trust-anchor-arn, and give the CA certificates in between with --intermediates",
    ),
    (
        "Untrusted certificate. Insufficient certificate",
        "the certificate must be X.509 v3, not a CA's, and its key usage must include digitalSignature",
    ),
    ("Certificate revoked", "have a new certificate issued"),
    (
        "Invalid signature",
        "check that this machine's clock is right to within 5 minutes",
    ),
    (
        "Not authorized to set roleSessionName",
        "leave --role-session-name out, or set acceptRoleSessionName on the profile",
    ),
    (
        "Requested Role isn't one of those listed in the Profile",
        "add the role to the profile's roleArns, or check --role-arn",
    ),
    (
        "Specified Trust Anchor wasn't found",
        "check --trust-anchor-arn, its region and --endpoint",
    ),
    (
        "Invalid or empty profile provided",
        "check --profile-arn, its region and --endpoint",
    ),
    (
        "Unable to assume role",
        "the role's trust policy must allow rolesanywhere.amazonaws.com to sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity, under conditions that this certificate meets",
    ),
];

/// A line to append to the error, or nothing.
pub(crate) fn advice(error: &CreateSessionError) -> String {
    let cure = match error {
        CreateSessionError::Refused(refusal) => CURES
            .iter()
            .find(|(start, _)| refusal.message.starts_with(start))
            .map(|(_, cure)| *cure),
        CreateSessionError::Transport {
            untrusted_server: true,
            ..
        } => Some(
            "give the CA of the service's TLS certificate with --ca-bundle FILE (or AWS_CA_BUNDLE)",
        ),
        CreateSessionError::Transport { .. } => Some("check --endpoint, --region and the network"),
        _ => None,
    };
    cure.map_or_else(String::new, |cure| format!("\nhint: {cure}"))
}
