//! STS over the Query protocol: GetCallerIdentity, which any valid key may call.

use anyrole_domain::{Call, Refusal, Site, printable};
use anyrole_wire::aws_query::Fill;

/// The namespace of STS's answers.
pub const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// The operation's name for the log and the audit trail.
pub fn operation_name(action: &str) -> &'static str {
    match action {
        "GetCallerIdentity" => "sts:GetCallerIdentity",
        _ => "sts:Unknown",
    }
}

/// Answers an operation, as the inside of its result element.
pub fn serve(site: &Site, call: &Call, action: &str) -> Result<Fill, Refusal> {
    if action != "GetCallerIdentity" {
        return Err(Refusal::not_implemented(&format!(
            "sts:{}",
            printable(action)
        )));
    }
    let arn = call.caller.arn(site.account());
    let user_id = call.caller.user_id();
    let account = call.caller.account.to_string();
    Ok(Box::new(move |xml| {
        xml.text("Arn", &arn)
            .text("UserId", &user_id)
            .text("Account", &account);
    }))
}
