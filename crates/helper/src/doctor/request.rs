//! What is asked for: ARNs, region, duration and name, each by itself and beside the others.

use anyrole_sdk::Arn;

use super::Doctor;
use super::finding::{Finding, Group, Of};
use crate::HelperError;
use crate::session_checks::{
    check_duration, check_name, check_profile, check_role, check_trust_anchor,
};

const OF: Of = Of(Group::Request);

pub(super) fn examine(doctor: &Doctor<'_>) -> Vec<Finding> {
    let settings = doctor.settings;
    let arns = [
        (
            "trust-anchor-arn",
            &settings.trust_anchor_arn,
            check_trust_anchor(settings),
        ),
        (
            "profile-arn",
            &settings.profile_arn,
            check_profile(settings),
        ),
        ("role-arn", &settings.role_arn, check_role(settings)),
    ];
    let mut findings: Vec<Finding> = arns
        .into_iter()
        .map(|(check, arn, outcome)| shape(check, arn, outcome))
        .collect();
    let parsed = [
        &settings.trust_anchor_arn,
        &settings.profile_arn,
        &settings.role_arn,
    ];
    match parsed.map(|arn| Arn::parse(arn)) {
        [Ok(anchor), Ok(profile), Ok(role)] => {
            findings.push(regions(doctor, anchor, profile));
            findings.push(accounts(anchor, profile, role));
        }
        _ => {
            for check in ["regions", "accounts"] {
                findings.push(OF.skipped(check, "an ARN can't be read"));
            }
        }
    }
    let seconds = settings.session_duration;
    findings.push(outcome(
        "session-duration",
        format!("--session-duration {seconds}: the session is to live for {seconds} seconds"),
        check_duration(seconds),
    ));
    if let Some(name) = settings.role_session_name.as_deref() {
        let said = format!("--role-session-name `{name}`: the profile must accept a name");
        findings.push(outcome("role-session-name", said, check_name(Some(name))));
    }
    findings
}

fn outcome<T>(check: &'static str, said: String, outcome: Result<T, HelperError>) -> Finding {
    match outcome {
        Ok(_) => OF.ok(check, said),
        Err(error) => OF.failure(check, error.to_string()),
    }
}

fn shape(check: &'static str, arn: &str, outcome: Result<(), HelperError>) -> Finding {
    if let Err(error) = outcome {
        let finding = match arn {
            "" => OF.failure(check, format!("--{check} is missing")),
            _ => OF.failure(check, error.to_string()),
        };
        return match check {
            "trust-anchor-arn" => finding.command(["aws", "rolesanywhere", "list-trust-anchors"]),
            "profile-arn" => finding.command(["aws", "rolesanywhere", "list-profiles"]),
            _ => finding.command(["aws", "iam", "list-roles"]),
        };
    }
    let account = Arn::parse(arn).map(|arn| arn.account).unwrap_or_default();
    if account.len() != 12 || !account.bytes().all(|octet| octet.is_ascii_digit()) {
        let said = format!("--{check}: `{account}` in `{arn}` is no account, which has 12 digits");
        return OF.failure(check, said);
    }
    OF.ok(check, arn)
}

fn regions(doctor: &Doctor<'_>, anchor: Arn<'_>, profile: Arn<'_>) -> Finding {
    const CHECK: &str = "regions";
    let settings = doctor.settings;
    if anchor.region != profile.region {
        let said = format!(
            "the trust anchor is in region `{}`, the profile in region `{}`: both must be in the same",
            anchor.region, profile.region
        );
        return OF.failure(CHECK, said).command([
            "aws",
            "rolesanywhere",
            "list-profiles",
            "--region",
            anchor.region,
        ]);
    }
    if anchor.region.is_empty() {
        return OF.failure(CHECK, "the ARNs of trust anchor and profile have no region");
    }
    let given = settings
        .region
        .as_deref()
        .filter(|region| !region.is_empty());
    if let Some(given) = given.filter(|given| *given != anchor.region) {
        let said = format!(
            "--region `{given}` is not that of the ARNs, `{}`: the service of `{given}` does not know them",
            anchor.region
        );
        return OF.warning(CHECK, said).look("leave --region out");
    }
    let host = settings.endpoint.as_deref().unwrap_or_default();
    let of_aws = host
        .split("://")
        .nth(1)
        .and_then(|host| host.strip_prefix("rolesanywhere."))
        .and_then(|rest| rest.split('.').next());
    if let Some(other) = of_aws.filter(|region| *region != anchor.region) {
        let said = format!(
            "--endpoint `{host}` is of region `{other}`, the ARNs are of `{}`",
            anchor.region
        );
        return OF.warning(CHECK, said).look(
            "leave --endpoint out (AWS_ENDPOINT_URL_ROLESANYWHERE and AWS_ENDPOINT_URL, too)",
        );
    }
    OF.ok(
        CHECK,
        format!("trust anchor and profile are in region `{}`", anchor.region),
    )
}

fn accounts(anchor: Arn<'_>, profile: Arn<'_>, role: Arn<'_>) -> Finding {
    const CHECK: &str = "accounts";
    let differs = |one: Arn<'_>, other: Arn<'_>| {
        (one.partition, one.account) != (other.partition, other.account)
    };
    let shown = |arn: Arn<'_>| format!("{} ({})", arn.account, arn.partition);
    if differs(anchor, profile) || differs(profile, role) {
        let said = format!(
            "the trust anchor is of account {}, the profile of {}, the role of {}: the service finds them in one account only",
            shown(anchor),
            shown(profile),
            shown(role)
        );
        return OF
            .warning(CHECK, said)
            .look("make all three in one account; a role of another account can be assumed from a session's role")
            .command(["aws", "sts", "get-caller-identity"]);
    }
    OF.ok(
        CHECK,
        format!("all three ARNs are of account {}", shown(anchor)),
    )
}
