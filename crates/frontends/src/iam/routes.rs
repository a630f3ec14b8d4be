//! The whole table of IAM operations (IAM API reference): `Action` in, XML out.

use anyrole_domain::{Call, Kind, PageRequest, Refusal, Site, printable};
use anyrole_wire::aws_query::{Fill, Parameters, Xml};
use base64_simd::URL_SAFE_NO_PAD;

use super::{role_policies, roles};

/// The namespace of IAM's answers.
pub const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// Fills the result element of an answer; calls that answer nothing have none.
pub type Result = std::result::Result<Option<Fill>, Refusal>;

/// An operation: its `Action`, its name in log and audit trail, and the parameters that it takes.
struct Operation {
    action: &'static str,
    event: &'static str,
    parameters: &'static [&'static str],
}

const fn row(
    action: &'static str,
    event: &'static str,
    parameters: &'static [&'static str],
) -> Operation {
    Operation {
        action,
        event,
        parameters,
    }
}

const ONE_POLICY: &[&str] = &["RoleName", "PolicyName"];
const ONE_ATTACHMENT: &[&str] = &["RoleName", "PolicyArn"];

const OPERATIONS: &[Operation] = &[
    row("AttachRolePolicy", "iam:AttachRolePolicy", ONE_ATTACHMENT),
    row(
        "CreateRole",
        "iam:CreateRole",
        &[
            "RoleName",
            "Path",
            "AssumeRolePolicyDocument",
            "Description",
            "MaxSessionDuration",
            "Tags",
            // refused in words of its own
            "PermissionsBoundary",
        ],
    ),
    row("DeleteRole", "iam:DeleteRole", &["RoleName"]),
    row("DeleteRolePolicy", "iam:DeleteRolePolicy", ONE_POLICY),
    row("DetachRolePolicy", "iam:DetachRolePolicy", ONE_ATTACHMENT),
    row("GetRole", "iam:GetRole", &["RoleName"]),
    row("GetRolePolicy", "iam:GetRolePolicy", ONE_POLICY),
    row(
        "ListAttachedRolePolicies",
        "iam:ListAttachedRolePolicies",
        &["RoleName", "Marker", "MaxItems"],
    ),
    row(
        "ListInstanceProfilesForRole",
        "iam:ListInstanceProfilesForRole",
        &["RoleName", "Marker", "MaxItems"],
    ),
    row(
        "ListRolePolicies",
        "iam:ListRolePolicies",
        &["RoleName", "Marker", "MaxItems"],
    ),
    row(
        "ListRoles",
        "iam:ListRoles",
        &["PathPrefix", "Marker", "MaxItems"],
    ),
    row(
        "PutRolePolicy",
        "iam:PutRolePolicy",
        &["RoleName", "PolicyName", "PolicyDocument"],
    ),
    row(
        "UpdateAssumeRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        &["RoleName", "PolicyDocument"],
    ),
];

fn find(action: &str) -> Option<&'static Operation> {
    OPERATIONS
        .iter()
        .find(|operation| operation.action == action)
}

/// A parameter that would be passed over may be one that restricts, such as a permissions boundary: it is refused.
fn check_parameters(action: &str, parameters: &Parameters) -> std::result::Result<(), Refusal> {
    let Some(operation) = find(action) else {
        return Ok(());
    };
    let unknown = parameters.names().find(|name| {
        let first = name.split('.').next().unwrap_or_default();
        !matches!(first, "Action" | "Version")
            && !first.starts_with("X-Amz-")
            && !operation.parameters.contains(&first)
    });
    match unknown {
        None => Ok(()),
        Some(name) => Err(Refusal::new(
            Kind::Validation,
            "parameter-not-served",
            format!(
                "The parameter `{}` of {action} is not served yet; leave it out.",
                printable(name)
            ),
        )),
    }
}

/// The operation's name for the log and the audit trail.
pub fn operation_name(action: &str) -> &'static str {
    find(action).map_or("iam:Unknown", |operation| operation.event)
}

/// Decodes, calls the domain, encodes.
pub async fn serve(site: &Site, call: &Call, action: &str, parameters: &Parameters) -> Result {
    check_parameters(action, parameters)?;
    match action {
        "AttachRolePolicy" => role_policies::attach(site, call, parameters).await,
        "CreateRole" => roles::create(site, call, parameters).await,
        "DeleteRole" => roles::delete(site, call, parameters).await,
        "DeleteRolePolicy" => role_policies::delete(site, call, parameters).await,
        "DetachRolePolicy" => role_policies::detach(site, call, parameters).await,
        "GetRole" => roles::read(site, call, parameters),
        "GetRolePolicy" => role_policies::read(site, call, parameters),
        "ListAttachedRolePolicies" => role_policies::list_attached(site, call, parameters),
        "ListInstanceProfilesForRole" => roles::list_instance_profiles(site, call, parameters),
        "ListRolePolicies" => role_policies::list(site, call, parameters),
        "ListRoles" => roles::list(site, call, parameters),
        "PutRolePolicy" => role_policies::put(site, call, parameters).await,
        "UpdateAssumeRolePolicy" => roles::update_assume_role_policy(site, call, parameters).await,
        _ => Err(Refusal::not_implemented(&format!(
            "iam:{}",
            printable(action)
        ))),
    }
}

/// A parameter that must be there.
pub(super) fn required<'a>(
    parameters: &'a Parameters,
    name: &str,
) -> std::result::Result<&'a str, Refusal> {
    parameters.text(name).ok_or_else(|| {
        let mut member = name.to_owned();
        if let Some(first) = member.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        Refusal::validation(format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
        ))
    })
}

/// A number, where it is given.
pub(super) fn number(
    parameters: &Parameters,
    name: &str,
) -> std::result::Result<Option<i64>, Refusal> {
    parameters
        .text(name)
        .map(|text| {
            text.parse()
                .map_err(|_| Refusal::validation(format!("`{name}` is not a whole number.")))
        })
        .transpose()
}

/// `Marker` and `MaxItems`: 1 to 1000, 100 where left out.
pub(super) fn page(parameters: &Parameters) -> std::result::Result<PageRequest, Refusal> {
    let size = number(parameters, "MaxItems")?.unwrap_or(100);
    let size = usize::try_from(size)
        .ok()
        .filter(|size| (1..=1000).contains(size))
        .ok_or_else(|| Refusal::validation("`MaxItems` must be between 1 and 1000."))?;
    let after = match parameters.text("Marker") {
        None => String::new(),
        Some(marker) => URL_SAFE_NO_PAD
            .decode_to_vec(marker)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| Refusal::validation("`Marker` is not a marker of this service."))?,
    };
    Ok(PageRequest { after, size })
}

/// `IsTruncated` and `Marker`.
pub(super) fn page_end(xml: &mut Xml, next: Option<&String>) {
    xml.text("IsTruncated", if next.is_some() { "true" } else { "false" });
    if let Some(key) = next {
        xml.text("Marker", &URL_SAFE_NO_PAD.encode_to_string(key));
    }
}
