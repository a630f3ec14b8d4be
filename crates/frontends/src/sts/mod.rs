//! STS over the Query protocol: decoded here, decided in `domain/sts`. `Action` and parameters come in from `door/query.rs`; the
//! inside of the result element goes out, with what was issued for the audit trail.

mod answers;
mod roles;
mod users;

use anyrole_domain::{Call, IssuedSession, Origin, Refusal, Site, printable};
use anyrole_wire::aws_query::{Fill, Parameters};
use anyrole_wire::constraints::Member;
use anyrole_wire::sts::inputs;

use crate::given::Given;
use crate::query_route::read;

/// The namespace of STS's answers.
pub const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// What STS answers.
pub struct Answer {
    /// Fills the result element.
    pub fill: Fill,
    /// The session that was issued, where one was.
    pub issued: Option<IssuedSession>,
}

impl Answer {
    fn of(fill: Fill) -> Self {
        Self { fill, issued: None }
    }
}

type Result = std::result::Result<Answer, Refusal>;

/// An operation: its `Action`, its name in log and audit trail, its input.
struct Operation {
    action: &'static str,
    event: &'static str,
    input: &'static [Member],
}

const fn row(action: &'static str, event: &'static str, input: &'static [Member]) -> Operation {
    Operation {
        action,
        event,
        input,
    }
}

/// The one operation whose caller does not sign.
const WEB_IDENTITY: &str = "AssumeRoleWithWebIdentity";

#[rustfmt::skip]
static OPERATIONS: &[Operation] = &[
    row("AssumeRole", "sts:AssumeRole", inputs::ASSUME_ROLE),
    row(WEB_IDENTITY, "sts:AssumeRoleWithWebIdentity", inputs::ASSUME_ROLE_WITH_WEB_IDENTITY),
    row("DecodeAuthorizationMessage", "sts:DecodeAuthorizationMessage", inputs::DECODE_AUTHORIZATION_MESSAGE),
    row("GetAccessKeyInfo", "sts:GetAccessKeyInfo", inputs::GET_ACCESS_KEY_INFO),
    row("GetCallerIdentity", "sts:GetCallerIdentity", inputs::GET_CALLER_IDENTITY),
    row("GetFederationToken", "sts:GetFederationToken", inputs::GET_FEDERATION_TOKEN),
    row("GetSessionToken", "sts:GetSessionToken", inputs::GET_SESSION_TOKEN),
];

fn find(action: &str) -> Option<&'static Operation> {
    OPERATIONS
        .iter()
        .find(|operation| operation.action == action)
}

/// The operation's name for the log and the audit trail.
pub fn operation_name(action: &str) -> &'static str {
    find(action).map_or("sts:Unknown", |operation| operation.event)
}

/// Whether an action's caller is whoever its token says, not who signed.
pub fn is_unsigned(action: &str) -> bool {
    action == WEB_IDENTITY
}

fn given(
    site: &Site,
    origin: &Origin,
    action: &str,
    parameters: &Parameters,
) -> std::result::Result<Given, Refusal> {
    let unknown = || Refusal::not_implemented(&format!("sts:{}", printable(action)));
    let operation = find(action).ok_or_else(unknown)?;
    site.admit(operation.event, origin)?;
    read(operation.action, operation.input, parameters)
}

/// Answers an operation of a caller who signed.
pub async fn serve(site: &Site, call: &Call, action: &str, parameters: &Parameters) -> Result {
    let given = given(site, &call.origin, action, parameters)?;
    match action {
        "AssumeRole" => roles::assume_role(site, call, given).await,
        "DecodeAuthorizationMessage" => users::decode_authorization_message(site, call, &given),
        "GetAccessKeyInfo" => users::access_key_info(site, &given),
        "GetCallerIdentity" => users::caller_identity(site, call),
        "GetFederationToken" => users::federation_token(site, call, given).await,
        "GetSessionToken" => users::session_token(site, call, &given),
        _ => Err(Refusal::not_implemented(&format!(
            "sts:{}",
            printable(action)
        ))),
    }
}

/// Answers an operation that nobody signs.
pub async fn serve_unsigned(
    site: &Site,
    origin: &Origin,
    action: &str,
    parameters: &Parameters,
) -> Result {
    let given = given(site, origin, action, parameters)?;
    roles::assume_role_with_web_identity(site, origin, given).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_has_a_row_in_the_domain() {
        for operation in OPERATIONS {
            assert_eq!(operation.event, format!("sts:{}", operation.action));
            assert!(anyrole_domain::operations::is_known_action(operation.event));
        }
        assert_eq!(operation_name("AssumeRoot"), "sts:Unknown");
    }
}
